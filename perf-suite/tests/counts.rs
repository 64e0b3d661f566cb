//! Every workload at ten rows: each side gives the right result, and the ORM sends what it must and no more. No clock is asked.

use orm::assert_statements;
use perf_suite::{Comparison, DEBUG_BUILD, Mapped, Result, Workload, flush_one, get_held};

const ROWS: usize = 10;

/// The harness of the standard library refuses criterion's arguments (`--save-baseline`), and would run before criterion does.
#[test]
fn only_criterion_answers_cargo_bench() {
    let manifest = include_str!("../Cargo.toml");
    for target in ["[lib]\n", "[[bin]]\n"] {
        let section = manifest.split(target).nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
        assert!(section.contains("bench = false"), "{target} has no `bench = false`");
    }
}

#[test]
fn every_side_gives_the_same_result() -> Result<()> {
    for Comparison { workload, contest } in Comparison::all("sqlite://")? {
        for mut side in contest.sides("sqlite://")? {
            workload.measure(side.as_mut(), ROWS)?;
        }
    }
    Ok(())
}

/// The table of `ratios`, each side of which is a process of its own.
#[test]
fn ratios_are_a_table_of_every_side() -> Result<()> {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_perf-suite"));
    command.args(["ratios", "get", "insert-given", "--num", "10", "--rounds", "2", "--no-held"]);
    if cfg!(debug_assertions) {
        let refused = command.output()?;
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("`--anyway` measures them"), "{refused:?}");
        command.arg("--anyway");
    }
    let said = String::from_utf8(command.output()?.stdout)?;
    let table = match cfg!(debug_assertions) {
        true => said
            .strip_prefix(&format!("{DEBUG_BUILD}\n"))
            .ok_or("a debug build says first that its times mean nothing")?,
        false => &said,
    };
    let [head, _, get, insert] = table.lines().collect::<Vec<_>>()[..] else {
        panic!("no table of four lines: {table}")
    };
    assert_eq!(head, "| workload | rows | C API | orm | diesel |");
    assert!(get.starts_with("| `get` of one object | 10 | ") && get.matches('|').count() == 6, "{get}");
    assert!(insert.starts_with("| flush of new objects, keys given | 10 | "), "{insert}");
    let refused = command.arg("--db-url=sqlite:////no/such/folder/file.db").output()?;
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("unable to open"), "{refused:?}");
    Ok(())
}

/// What the ORM sends for a workload, without the fixture and the check of the result.
fn sent(workload: Workload) -> Result<Vec<String>> {
    let mut side = Mapped::open("sqlite://")?;
    let recorder = side.record();
    workload.measure(&mut side, ROWS)?;
    let statements = recorder.take();
    let texts: Vec<String> = statements.iter().map(|statement| statement.sql.clone()).collect();
    let begin = texts.iter().position(|sql| sql.starts_with("BEGIN")).ok_or("no BEGIN")?;
    let end = texts.iter().rposition(|sql| sql == "COMMIT" || sql == "ROLLBACK").ok_or("no end")?;
    Ok(texts[begin + 1..end].to_vec())
}

#[test]
fn a_flush_sends_one_statement_for_objects_of_one_shape() -> Result<()> {
    let rows = |row: &str| [row; ROWS].join(", ");
    assert_eq!(
        sent(Workload::InsertGenerated)?,
        [format!("INSERT INTO customer (name, description) VALUES {} RETURNING id", rows("(?, ?)"))]
    );
    assert_eq!(
        sent(Workload::InsertGiven)?,
        [format!("INSERT INTO customer (id, name, description) VALUES {}", rows("(?, ?, ?)"))]
    );
    assert_eq!(
        sent(Workload::InsertBulk)?,
        [format!("INSERT INTO customer (id, name, description) VALUES {}", rows("(?, ?, ?)"))]
    );
    Ok(())
}

#[test]
fn changes_and_deletions_are_one_statement_after_the_load() -> Result<()> {
    let update = sent(Workload::Update)?;
    assert_eq!(update.len(), 2, "{update:?}");
    assert!(update[1].starts_with("UPDATE customer SET description = "), "{update:?}");
    let delete = sent(Workload::Delete)?;
    assert_eq!(delete.len(), 2, "{delete:?}");
    assert!(delete[1].starts_with("DELETE FROM customer WHERE "), "{delete:?}");
    Ok(())
}

#[test]
fn a_load_is_one_statement_and_its_children_another() -> Result<()> {
    const ALL: &str = "SELECT customer.id, customer.name, customer.description FROM customer";
    for workload in [Workload::LoadTracked, Workload::LoadUntracked, Workload::LoadColumns, Workload::Stream] {
        assert_eq!(sent(workload)?, [ALL], "{}", workload.name());
    }
    assert_eq!(sent(Workload::SelectIn)?.len(), 2);
    Ok(())
}

#[test]
fn an_object_that_is_not_held_is_one_statement() -> Result<()> {
    for workload in [Workload::Get, Workload::Query] {
        let sent = sent(workload)?;
        assert_eq!(sent.len(), ROWS, "{}", workload.name());
        assert!(sent.iter().all(|sql| sql == &sent[0]), "{sent:?}");
    }
    Ok(())
}

#[test]
fn what_is_held_is_none_and_one_change_is_one() -> Result<()> {
    let mut side = Mapped::open("sqlite://")?;
    // Fails by itself when a statement is sent.
    get_held(&mut side, ROWS, 2 * ROWS)?;
    let recorder = side.record();
    flush_one(&mut side, ROWS, 1)?;
    let updates: Vec<String> =
        recorder.take().iter().map(|sent| sent.sql.clone()).filter(|sql| sql.starts_with("UPDATE")).collect();
    assert_eq!(updates, ["UPDATE customer SET description = ? WHERE customer.id = ?"; 2]);
    assert_statements!(recorder, []);
    Ok(())
}
