//! Checks of lab 27.

use labs::check;
use orm::prelude::*;
use space_invaders::keys;
use space_invaders::models::{Coordinate, Glyph};
use space_invaders::rules::{Game, set_up};

use super::{PICTURE, invade};

labs::checks![two_rows_are_added, the_boss_stands_above_the_ship, a_scripted_game_scores_150];

/// A game that has begun.
fn game() -> orm::Result<Game> {
    let engine = Engine::new("sqlite://")?;
    set_up(&engine)?;
    let mut game = Game::new(&engine, 1)?;
    game.step(Some(keys::Key::Other))?;
    game.session().flush()?;
    Ok(game)
}

fn two_rows_are_added() -> orm::Result<()> {
    let mut game = game()?;
    let recorder = game.session().engine().record();
    invade(game.session())?;
    game.session().flush()?;
    check::count(&recorder, orm::StatementKind::Insert, 2);
    let boss = select((Glyph::WIDTH, Glyph::HEIGHT, Glyph::DATA)).filter(Glyph::NAME.eq("boss"));
    assert_eq!(game.session().all(boss)?, [(5, 2, PICTURE.to_owned())], "the picture called boss");
    Ok(())
}

fn the_boss_stands_above_the_ship() -> orm::Result<()> {
    let mut game = game()?;
    // The ship moves three columns to the right before.
    for _ in 0..3 {
        game.step(Some(keys::Key::Right))?;
    }
    let boss = invade(game.session())?;
    let Coordinate { x, y, score, .. } = game.session()[boss];
    assert_eq!((x, y, score), (36, 26, Some(150)), "column, row and points");
    Ok(())
}

fn a_scripted_game_scores_150() -> orm::Result<()> {
    let mut game = game()?;
    invade(game.session())?;
    game.step(Some(keys::Key::Fire))?;
    for _ in 0..20 {
        game.step(None)?;
    }
    assert_eq!(game.state().score, 150, "points after one shot");
    Ok(())
}
