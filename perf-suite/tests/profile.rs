//! Profiles: figures that are the same on every run, the phases that the ORM marks, the tables, the folded stacks.

use std::collections::BTreeSet;
use std::process::Command;

use orm::prelude::*;
use perf_suite::{Profile, Result, extra, originals};

fn said(arguments: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_perf-suite")).args(arguments).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn two_profiles_are_equal() -> Result<()> {
    for suite in originals().iter().chain(&extra()).map(|suite| suite.name()).filter(|name| *name != "async") {
        let profile = || said(&[suite, "--num", "40", "--profile"]);
        let first = profile()?;
        assert_eq!(first, profile()?);
        let lines = first.lines().filter(|line| line.starts_with("test_"));
        assert!(lines.clone().all(|line| line.contains(" (40 iterations); total calls ")), "{first}");
        let figures = first.lines().filter(|line| line.contains(" allocations · ") && line.contains(" bytes"));
        assert_eq!(figures.count(), lines.count(), "{first}");
        assert!(!first.contains(" sec"), "{first}");
    }
    Ok(())
}

/// The names of all phases that a run went through, each under the phase around it.
fn phases(suite: &str, test: &str) -> Result<BTreeSet<String>> {
    let json = said(&[suite, "--num", "20", "--json", "--test", test, "--profile"])?;
    let report: serde_json::Value = serde_json::from_str(&json)?;
    let phases = report["tests"][0]["phases"].as_array().ok_or("no phases")?;
    Ok(phases.iter().filter_map(|phase| phase["path"].as_str().map(str::to_owned)).collect())
}

#[test]
fn every_phase_is_marked() -> Result<()> {
    let flush = phases("bulk_inserts", "test_flush_no_pk")?;
    for path in
        ["test;flush", "test;flush;plan", "test;flush;render", "test;flush;execute;bind", "test;flush;fetch;hydrate"]
    {
        assert!(flush.contains(path), "{path} in {flush:?}");
    }
    let load = phases("relationships", "test_selectin")?;
    for path in ["test;plan", "test;plan;link", "test;render", "test;execute;bind", "test;fetch;hydrate"] {
        assert!(load.contains(path), "{path} in {load:?}");
    }
    Ok(())
}

#[derive(Entity, Debug, Default)]
struct Note {
    #[entity(primary_key)]
    id: Auto<i64>,
    text: String,
}

/// A row is hydrated once, whatever reads it.
#[test]
fn calls_are_those_of_the_work() -> Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Note])?;
    let mut session = Session::new(&engine);
    session.add_all((0..7).map(|n| Note { text: format!("note {n}"), ..Note::default() }));
    session.commit()?;
    let profile = Profile::record(|| {
        session.query::<Note>().all()?;
        session.flush()?;
        Ok(())
    })?;
    let calls = |name: &str| -> u64 {
        profile.tree.nodes().iter().filter(|node| node.name() == name).map(|node| node.calls).sum()
    };
    assert_eq!((calls("fetch"), calls("hydrate"), calls("flush")), (1, 7, 0));
    assert!(profile.allocations.count > 7 && profile.allocations.peak > 0, "{:?}", profile.allocations);
    let empty = Profile::record(|| Ok(()))?;
    assert_eq!((empty.calls(), empty.allocations.count), (0, 0));
    Ok(())
}

#[test]
fn the_table_has_the_columns_of_the_original() -> Result<()> {
    let table = said(&["bulk_updates", "--num", "100", "--callers", "--sort", "calls"])?;
    assert!(
        table.contains("   ncalls  tottime  percall  cumtime  percall   allocs filename:lineno(function)\n"),
        "{table}"
    );
    assert!(table.contains("   Ordered by: call count\n") && table.contains("Function was called by..."), "{table}");
    let counts: Vec<u64> = table
        .lines()
        .filter(|line| {
            line.starts_with(' ') && (line.contains(".rs:") || line.ends_with(" test")) && !line.contains("<-")
        })
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect();
    assert!(counts.len() > 5 && counts.is_sorted_by(|one, next| one >= next), "{table}");
    Ok(())
}

#[test]
fn folded_stacks_are_names_and_a_number() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("stacks.folded");
    let name = file.to_str().ok_or("no name")?;
    said(&["bulk_inserts", "--num", "50", "--test", "test_flush_no_pk", "test_core_insert", "--raw", name])?;
    let stacks = std::fs::read_to_string(&file)?;
    for line in stacks.lines() {
        let (names, time) = line.rsplit_once(' ').ok_or("no number")?;
        assert!(names.starts_with("test_") && time.parse::<u64>().is_ok(), "{line}");
    }
    assert!(stacks.contains("test_flush_no_pk;flush;execute;bind "), "{stacks}");
    assert!(stacks.contains("test_core_insert;render "), "{stacks}");
    Ok(())
}
