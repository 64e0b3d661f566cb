//! Tests of each step: what was heard, and that nothing was sent.
#![allow(clippy::unwrap_used, reason = "tests")]

use recipe_testing::{sent, servers};

use super::*;

fn walk(engine: &Engine) -> orm::Result<()> {
    let recorder = engine.record();
    let (reports, heard) = mpsc::channel();
    let mut session = Session::builder(engine).listen(reporter(reports)).build();
    let (m1, r1) = first_values(&mut session)?;
    session.set(m1, MyMappedClass::DATA, Some("m1mod".to_owned()))?;
    join(&mut session, r1)?;
    session.set(m1, MyMappedClass::DATA, None)?;
    let heard: Vec<String> = heard.try_iter().collect();
    assert_eq!(
        heard,
        [
            "set data to \"r1\" on Related(none)",
            "set data to \"m1\" on MyMappedClass(none)",
            "set related to Related(\"r1\") on MyMappedClass(\"m1\")",
            "append MyMappedClass(\"m1\") to mapped of Related(\"r1\")",
            "set data to \"m1mod\", which was \"m1\", on MyMappedClass(\"m1\")",
            "set data to \"m2\" on MyMappedClass(none)",
            "append MyMappedClass(\"m2\") to mapped of Related(\"r1\")",
            "set related to Related(\"r1\") on MyMappedClass(\"m2\")",
            "remove data, which was \"m1mod\", on MyMappedClass(\"m1mod\")",
        ]
    );
    assert_eq!(sent(&recorder), [0, 0, 0, 0]); // 0, 0, 0, 0
    Ok(())
}

#[test]
fn nine_changes_are_reported_in_order() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}

/// What was told at once is not told again by the flush, and a plain assignment is told by the flush.
#[test]
fn a_flush_reports_plain_assignments() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![MyMappedClass, Related])?;
    let (reports, heard) = mpsc::channel();
    let mut session = Session::builder(&engine).listen(reporter(reports)).build();
    let (m1, _) = first_values(&mut session)?;
    heard.try_iter().for_each(drop);
    session[m1].data = Some("plain".to_owned());
    assert_eq!(heard.try_iter().next(), None);
    session.commit()?;
    assert_eq!(
        heard.try_iter().collect::<Vec<_>>(),
        ["set data to \"plain\", which was \"m1\", on MyMappedClass(\"plain\")"]
    );
    Ok(())
}
