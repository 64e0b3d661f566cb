//! The suites: names and statements of the 34 tests, the form of the report, exit codes, and tables that are not the suite's.

use std::process::{Command, Output};

use orm::prelude::*;
use perf_suite::{Result, Sent, Suite, extra, originals};

/// SQLAlchemy's tests: suite, test, statements at 1000 items as SQLAlchemy 2.1.9 sends them on SQLite, where an execute-many counts once for each
/// set of parameters (SQLite runs it once for each). The drivers' own tests count one prepared statement.
const ORIGINALS: [(&str, &str, Sent); 34] = [
    ("bulk_inserts", "test_flush_no_pk", inserts(1000)),
    ("bulk_inserts", "test_flush_pk_given", inserts(1000)),
    ("bulk_inserts", "test_orm_bulk_insert", inserts(1)),
    ("bulk_inserts", "test_orm_insert_returning", inserts(1)),
    ("bulk_inserts", "test_core_insert", inserts(1)),
    ("bulk_inserts", "test_dbapi_raw", inserts(1)),
    ("bulk_updates", "test_orm_flush", Sent { update: 1000, ..selects(1) }),
    ("large_resultsets", "test_orm_full_objects_list", selects(1)),
    ("large_resultsets", "test_orm_full_objects_chunks", selects(1)),
    ("large_resultsets", "test_orm_bundles", selects(1)),
    ("large_resultsets", "test_orm_columns", selects(1)),
    ("large_resultsets", "test_core_fetchall", selects(1)),
    ("large_resultsets", "test_core_fetchall_mapping", selects(1)),
    ("large_resultsets", "test_core_fetchmany_w_streaming", selects(1)),
    ("large_resultsets", "test_core_fetchmany", selects(1)),
    ("large_resultsets", "test_dbapi_fetchall_plus_append_objects", selects(1)),
    ("large_resultsets", "test_dbapi_fetchall_no_object", selects(1)),
    ("short_selects", "test_orm_query_classic_style", selects(1000)),
    ("short_selects", "test_orm_query_classic_style_w_cache", selects(1000)),
    ("short_selects", "test_orm_query_new_style", selects(1000)),
    ("short_selects", "test_orm_query_new_style_cache", selects(1000)),
    ("short_selects", "test_orm_query_classic_style_cols_only", selects(1000)),
    ("short_selects", "test_orm_query_classic_style_cols_only_cache", selects(1000)),
    ("short_selects", "test_core_new_stmt_each_time", selects(1000)),
    ("short_selects", "test_core_new_stmt_each_time_compiled_cache", selects(1000)),
    ("short_selects", "test_core_reuse_stmt", selects(1000)),
    ("short_selects", "test_core_reuse_stmt_compiled_cache", selects(1000)),
    ("single_inserts", "test_orm_commit", inserts(1000)),
    ("single_inserts", "test_bulk_save", inserts(1000)),
    ("single_inserts", "test_bulk_insert_dictionaries", inserts(1000)),
    ("single_inserts", "test_core", inserts(1000)),
    ("single_inserts", "test_core_query_caching", inserts(1000)),
    ("single_inserts", "test_dbapi_raw_w_connect", inserts(1000)),
    ("single_inserts", "test_dbapi_raw_w_pool", inserts(1000)),
];

const NONE: Sent = Sent { select: 0, insert: 0, update: 0, delete: 0, other: 0, rows: 0 };

const fn inserts(insert: usize) -> Sent {
    Sent { insert, ..NONE }
}

const fn selects(select: usize) -> Sent {
    Sent { select, ..NONE }
}

fn file() -> Result<(tempfile::TempDir, String)> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:///{}", folder.path().join("suite.db").display());
    Ok((folder, url))
}

/// The program, which says its first line and `Tests to run` before anything else.
fn perf_suite(arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(env!("CARGO_BIN_EXE_perf-suite")).args(arguments).output()?)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_tests_have_the_names_of_the_originals() {
    let ours: Vec<(String, String)> = originals()
        .iter()
        .flat_map(|suite| suite.tests().map(|test| (suite.name().to_owned(), test.to_owned())).collect::<Vec<_>>())
        .collect();
    let theirs: Vec<(String, String)> =
        ORIGINALS.iter().map(|(suite, test, _)| ((*suite).to_owned(), (*test).to_owned())).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn no_test_sends_more_than_the_original() -> Result<()> {
    for suite in originals() {
        // Each of these commits 1000 times; a tenth shows the same.
        let (num, part) = if suite.name() == "single_inserts" { (100, 10) } else { (1000, 1) };
        let (_folder, url) = file()?;
        for test in suite.measure(&url, num, 0)?.tests {
            let (_, _, theirs) = ORIGINALS.iter().find(|(_, name, _)| *name == test.name).ok_or("an unknown test")?;
            let Sent { select, insert, update, delete, other, rows } = test.sent;
            let within = select <= theirs.select / part && insert <= theirs.insert / part && update <= theirs.update;
            assert!(within && delete == 0 && other == 0, "{}: {} beside {theirs}", test.name, test.sent);
            // A row on the border of two chunks is read and changed with both.
            let expected = if suite.name() == "bulk_updates" { 2 * num } else { num };
            assert_eq!(rows, expected, "{}", test.name);
        }
    }
    Ok(())
}

/// What a flush sends is fewer statements than rows; a chunk is always whole.
#[test]
fn flushes_go_in_whole_chunks() -> Result<()> {
    let suite = originals().remove(0);
    let (_folder, url) = file()?;
    let measurement = suite.measure(&url, 1001, 0)?;
    assert_eq!(measurement.tests[0].sent, Sent { insert: 20, rows: 2000, ..NONE });
    assert_eq!(measurement.tests[2].sent, Sent { insert: 1, rows: 1001, ..NONE });
    Ok(())
}

#[test]
fn the_suites_of_our_own_run_and_leave_nothing_behind() -> Result<()> {
    for suite in extra() {
        let (_folder, url) = file()?;
        let num = if suite.name() == "relationships" { 20 } else { 300 };
        let measurement = suite.measure(&url, num, 1)?;
        assert!(measurement.tests.iter().all(|test| test.times.len() == 1), "{}", suite.name());
        let tables = Engine::new(&url)?.connect()?.query(&orm::text("SELECT name FROM sqlite_master"))?;
        assert!(tables.is_empty(), "{}: {tables:?}", suite.name());
    }
    Ok(())
}

/// One SELECT a parent, one for all, one for 500, one that repeats the query, one with a join.
#[test]
fn loader_strategies_differ_in_their_statements() -> Result<()> {
    let suites = extra();
    let suite = suites.iter().find(|suite| suite.name() == "relationships").ok_or("no such suite")?;
    let (_folder, url) = file()?;
    let sent: Vec<usize> = suite.measure(&url, 20, 0)?.tests.iter().map(|test| test.sent.select).collect();
    assert_eq!(sent, [21, 2, 2, 2, 1]);
    Ok(())
}

/// `name : description (n iterations); total time s.ssssss sec`
fn is_line_of_the_original(line: &str) -> bool {
    let Some((name, rest)) = line.split_once(" : ") else { return false };
    let Some((about, rest)) = rest.rsplit_once(" (") else { return false };
    let Some((num, rest)) = rest.split_once(" iterations); total time ") else { return false };
    let Some(seconds) = rest.strip_suffix(" sec") else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.starts_with("test_")
        && !about.is_empty()
        && digits(num)
        && seconds.split_once('.').is_some_and(|(whole, part)| digits(whole) && digits(part) && part.len() == 6)
}

#[test]
fn each_test_is_a_line_of_the_original_and_a_line_of_figures() -> Result<()> {
    for suite in originals() {
        let output = perf_suite(&[suite.name(), "--num", "12", "--rounds", "2"])?;
        let said = text(&output.stdout);
        assert!(output.status.success(), "{said}{}", text(&output.stderr));
        let tests = suite.tests().collect::<Vec<_>>();
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("test_")).collect();
        assert_eq!(lines.len(), tests.len(), "{said}");
        for (line, test) in lines.iter().zip(tests) {
            assert!(is_line_of_the_original(line) && line.starts_with(test), "{line}");
        }
        let figures: Vec<&str> = said.lines().filter(|line| line.starts_with("    median of 2 ")).collect();
        assert_eq!(figures.len(), lines.len(), "{said}");
        assert!(figures.iter().all(|line| line.contains(" rows")), "{said}");
        assert_eq!(cfg!(debug_assertions), said.starts_with("This is a debug build"), "{said}");
        assert_eq!(said.contains("Running setup once"), suite.name() == "large_resultsets", "{said}");
    }
    Ok(())
}

#[test]
fn only_named_tests_run_in_the_order_of_the_suite() -> Result<()> {
    let output =
        perf_suite(&["bulk_inserts", "--num=5", "--rounds=1", "--test", "test_core_insert", "test_flush_no_pk"])?;
    let said = text(&output.stdout);
    assert!(said.contains("Tests to run: test_flush_no_pk, test_core_insert\n"), "{said}");
    Ok(())
}

#[test]
fn json_is_for_machines() -> Result<()> {
    let output = perf_suite(&["bulk_inserts", "--num", "10", "--rounds", "2", "--json", "--test", "test_core_insert"])?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["suite"], "bulk_inserts");
    assert_eq!(report["tests"][0]["statements"]["insert"], 1);
    assert_eq!(report["tests"][0]["rows"], 10);
    assert_eq!(report["tests"][0]["times"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[test]
fn statements_are_echoed_or_counted_by_text() -> Result<()> {
    let arguments = ["short_selects", "--num", "7", "--rounds", "1", "--test", "test_core_reuse_stmt"];
    let recorded = perf_suite(&[arguments.as_slice(), &["--record"]].concat())?;
    let said = text(&recorded.stdout);
    assert!(said.contains("       7 x SELECT id, name, description FROM customer WHERE id = ?"), "{said}");
    let echoed = perf_suite(&[arguments.as_slice(), &["--echo"]].concat())?;
    let selects = text(&echoed.stdout).matches("SELECT id, name, description FROM customer WHERE id = ?").count();
    assert_eq!(selects, 14, "one run that counts and one that is timed");
    Ok(())
}

#[test]
fn a_wrong_command_line_runs_nothing() -> Result<()> {
    let refused = |arguments: &[&str], words: &[&str]| -> Result<()> {
        let output = perf_suite(arguments)?;
        let (said, complained) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {complained}");
        assert!(!said.contains("Tests to run"), "{said}");
        for word in words {
            assert!(complained.contains(word), "{arguments:?}: no {word} in {complained}");
        }
        Ok(())
    };
    let five = ["bulk_inserts", "bulk_updates", "large_resultsets", "short_selects", "single_inserts"];
    refused(&[], &[["<SUITE>"].as_slice(), &five].concat())?;
    refused(&["bulk_insert"], &["`bulk_insert` (did you mean `bulk_inserts`?)"])?;
    refused(
        &["bulk_inserts", "--test", "test_core_insert", "nope", "test_dbapi"],
        &["unknown tests: `nope`, `test_dbapi` (did you mean `test_dbapi_raw`?)"],
    )?;
    refused(&["bulk_inserts", "--sort", "nope"], &["cumulative"])?;
    refused(&["bulk_inserts", "--beside", "java"], &["sqlalchemy"])?;
    refused(&["bulk_inserts", "--rounds", "0"], &["0"])
}

#[test]
fn a_failed_test_is_another_exit_code() -> Result<()> {
    let output = perf_suite(&["short_selects", "--num", "11000", "--rounds", "1"])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("11000 different keys were asked for"), "{}", text(&output.stderr));
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "customer")]
struct Strange {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    city: String,
}

#[test]
fn a_table_of_another_program_is_kept() -> Result<()> {
    let (_folder, url) = file()?;
    let engine = Engine::new(&url)?;
    engine.create_all(schema![Strange])?;
    let mut session = Session::new(&engine);
    session.add(Strange { city: "Rome".to_owned(), ..Strange::default() });
    session.commit()?;
    let arguments = ["bulk_inserts", "--num", "10", "--rounds", "1", "--dburl", &url];
    for arguments in [&arguments[..], &["run", "get", "--num", "10", "--dburl", &url]] {
        let refused = perf_suite(arguments)?;
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("has a table `customer`"), "{}", text(&refused.stderr));
        assert_eq!(session.query::<Strange>().count()?, 1);
        session.rollback()?;
    }
    let replaced = perf_suite(&[arguments.as_slice(), &["--anyway"]].concat())?;
    assert!(replaced.status.success(), "{}", text(&replaced.stderr));
    let left = engine.connect()?.query(&orm::text("SELECT name FROM sqlite_master"))?;
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

/// A run that was killed leaves its tables and its mark; the next one may replace them.
#[test]
fn what_a_killed_run_left_is_replaced() -> Result<()> {
    let (_folder, url) = file()?;
    let killed = Suite::new("killed", 1).setup(|context| context.recreate(schema![Strange])).test(
        "test_nothing",
        "nothing",
        |_| Ok(()),
    );
    let mut connection = Engine::new(&url)?.connect()?;
    connection.execute(&orm::text("CREATE TABLE perf_suite_mark (id INTEGER PRIMARY KEY)"))?;
    connection.execute(&orm::text("CREATE TABLE customer (id INTEGER PRIMARY KEY)"))?;
    drop(connection);
    killed.measure(&url, 1, 1)?;
    let left = Engine::new(&url)?.connect()?.query(&orm::text("SELECT name FROM sqlite_master"))?;
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

/// A test that fails leaves no table behind either.
#[test]
fn a_failure_drops_the_tables() -> Result<()> {
    let (_folder, url) = file()?;
    let failing = Suite::new("failing", 1).setup(|context| context.recreate(schema![Strange])).test(
        "test_fails",
        "an error",
        |_| Err("no".into()),
    );
    let error = failing.measure(&url, 1, 1).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(error, Err("test_fails: no".to_owned()));
    let left = Engine::new(&url)?.connect()?.query(&orm::text("SELECT name FROM sqlite_master"))?;
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

#[path = "../examples/test_loads.rs"]
#[expect(dead_code, reason = "the example has a main of its own")]
mod test_loads;

/// The documented suite: statements at its own number of parents, which are SQLAlchemy's.
#[test]
fn the_example_loads_in_three_ways() -> Result<()> {
    let (_folder, url) = file()?;
    let tests = test_loads::suite().measure(&url, 1000, 0)?.tests;
    let sent: Vec<(&str, usize)> = tests.iter().map(|test| (test.name, test.sent.select)).collect();
    assert_eq!(sent, [("lazyload", 1001), ("joinedload", 1), ("subqueryload", 2)]);
    Ok(())
}
