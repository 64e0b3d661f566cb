//! Checks of lab 16.

use labs::check;
use orm::prelude::*;

use super::{Folder, paths};

labs::checks![one_select_a_level, thirty_folders_have_paths];

/// A folder with two folders in it, and so on for some levels.
fn folder(name: &str, levels: usize) -> Folder {
    let names = if levels == 0 { &[][..] } else { &["a", "b"] };
    let children = names.iter().map(|name| folder(name, levels - 1));
    Folder { name: name.into(), children: HasMany::of(children), ..Folder::default() }
}

fn tree() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Folder])?;
    let mut session = Session::new(&engine);
    session.add(folder("root", 4));
    session.flush()?;
    session.expunge_all();
    Ok(session)
}

fn one_select_a_level() -> orm::Result<()> {
    let mut session = tree()?;
    let recorder = session.engine().record();
    paths(&mut session)?;
    check::count(&recorder, orm::StatementKind::Select, 5);
    Ok(())
}

fn thirty_folders_have_paths() -> orm::Result<()> {
    let paths = paths(&mut tree()?)?;
    assert_eq!(paths.len(), 30, "number of folders below the root");
    assert_eq!(paths[..4], ["/a", "/a/a", "/a/a/a", "/a/a/a/a"]);
    Ok(())
}
