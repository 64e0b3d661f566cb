//! Checks of lab 22.

use orm::prelude::*;

use super::{Album, Photo, sessions};

labs::checks![
    a_deleted_photo_is_unseen,
    it_is_unseen_through_the_album_too,
    a_join_does_not_count_it,
    the_row_is_still_there,
];

/// An album with two photos, one of which is deleted.
fn album() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Album, Photo])?;
    let mut session = sessions(&engine).build();
    let album = session.add(Album { name: "sea".into(), ..Album::default() });
    let photos = ["wave", "foot"].map(|title| Photo { title: title.into(), ..Photo::default() });
    let photos = session.rel(album, Album::PHOTOS).extend(photos)?;
    session.commit()?;
    session.delete(photos[1])?;
    session.commit()?;
    session.expunge_all();
    Ok(session)
}

fn a_deleted_photo_is_unseen() -> orm::Result<()> {
    let mut session = album()?;
    assert_eq!(session.all(select(Photo::TITLE))?, ["wave"], "photos that a query shows");
    Ok(())
}

fn it_is_unseen_through_the_album_too() -> orm::Result<()> {
    let mut session = album()?;
    let album = session.query::<Album>().one()?;
    let photos = session.rel(album, Album::PHOTOS).load()?;
    assert_eq!(photos.len(), 1, "photos of the album");
    Ok(())
}

fn a_join_does_not_count_it() -> orm::Result<()> {
    let mut session = album()?;
    let pairs = select((Album::NAME, Photo::TITLE)).join(Album::PHOTOS);
    assert_eq!(session.count(pairs)?, 1, "photos of the join");
    Ok(())
}

fn the_row_is_still_there() -> orm::Result<()> {
    let mut session = album()?;
    let all = select(Photo::TITLE).order_by(Photo::ID).options(without_criteria(["trash"]));
    assert_eq!(session.all(all)?, ["wave", "foot"], "photos with the trash");
    Ok(())
}
