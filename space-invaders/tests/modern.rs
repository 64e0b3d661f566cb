//! The modern game: its rules, its past, its recordings, on every database.

mod common;

use common::engine;
use orm::prelude::*;
use recipe_testing::servers;
use space_invaders::headless::play_modern;
use space_invaders::keys::{Key as Pressed, Script};
use space_invaders::models::{Coordinate, Glyph, Picture};
use space_invaders::modern::{Battle, Modern, Player, Seat, Stage, is_unfinished};
use space_invaders::playable::{Playable, run_sql};

fn seat() -> Seat {
    Seat::New { seed: 1, name: "ann".to_owned() }
}

/// A battle behind its start message.
fn battle(engine: &Engine) -> Modern {
    let mut game = Modern::open(engine, &seat()).expect("a battle");
    step(&mut game, Some(Pressed::Other));
    game
}

fn step(game: &mut Modern, key: Option<Pressed>) {
    game.step(key).expect("a step");
    game.scene().expect("a picture");
}

/// Every row of the field as text.
fn rows(game: &mut Modern) -> Vec<String> {
    let all = game.session().query::<Coordinate>().order_by(Coordinate::ID).all().expect("rows");
    let session = game.session();
    let rows = all.iter().map(|key| format!("{:?}", session[*key])).collect();
    session.rollback().expect("the end of a look");
    rows
}

fn count(game: &mut Modern, class: &str) -> i64 {
    let rows = game.session().query::<Coordinate>().join(Coordinate::GLYPH).filter(Picture::TYPE.eq(class));
    let count = rows.count().expect("a count");
    game.session().rollback().expect("the end of a look");
    count
}

/// Runs SQL, as a player would in the console.
fn sql(game: &mut Modern, statement: &str) -> String {
    run_sql(game, statement).expect("a statement")
}

/// Keys that move and fire all the time.
fn busy(steps: u64) -> Script {
    let mut script = Script::default();
    script.press(1, Pressed::Other);
    for step in 2..steps {
        match step % 5 {
            0 => script.press(step, Pressed::Fire),
            1 | 2 if step / 40 % 2 == 0 => script.press(step, Pressed::Left),
            1 | 2 => script.press(step, Pressed::Right),
            _ => {}
        }
    }
    script
}

#[test]
fn a_battle_begins_with_three_ships_an_army_and_shields() {
    let mut game = battle(&engine());
    assert_eq!((count(&mut game, "army"), count(&mut game, "player")), (25, 1));
    assert_eq!(count(&mut game, "shield"), 4 * 18);
    let standing = game.standing().expect("numbers");
    assert_eq!((standing.stage, standing.level, standing.players), (Stage::Playing, 1, vec![("ann".to_owned(), 0, 3)]));
}

#[test]
fn a_bomb_takes_a_life_and_the_last_one_ends_the_battle() {
    let mut game = battle(&engine());
    for lives in [2, 1] {
        sql(&mut game, "UPDATE player SET safe_until = 0");
        drop_bomb_on_the_ship(&mut game);
        step(&mut game, None);
        assert_eq!(game.shown().players[0].2, lives);
        assert_eq!(count(&mut game, "player"), 1);
    }
    drop_bomb_on_the_ship(&mut game);
    step(&mut game, None);
    assert_eq!(game.shown().players[0].2, 1, "a new ship is unharmed for a while");
    sql(&mut game, "UPDATE player SET safe_until = 0");
    drop_bomb_on_the_ship(&mut game);
    step(&mut game, None);
    step(&mut game, None);
    assert_eq!((game.shown().stage, game.shown().players[0].2), (Stage::Over, 0));
    assert_eq!(count(&mut game, "player"), 0);
    assert_eq!(game.result(), [("ann".to_owned(), 0, 1)]);
}

fn drop_bomb_on_the_ship(game: &mut Modern) {
    sql(
        game,
        "INSERT INTO glyph_coordinate (glyph_id, x, y) SELECT b.id, s.x + 2, s.y FROM glyph b, glyph_coordinate s \
         JOIN glyph g ON g.id = s.glyph_id WHERE b.name = 'bomb' AND g.type = 'player'",
    );
}

#[test]
fn a_shield_stops_a_missile_and_loses_a_cell() {
    let mut game = battle(&engine());
    // The ship stands between two shields; its missile starts below x = 40, right of the gap.
    sql(&mut game, "UPDATE glyph_coordinate SET x = 38 WHERE y = 30");
    step(&mut game, Some(Pressed::Fire));
    for _ in 0..20 {
        step(&mut game, None);
    }
    assert_eq!((count(&mut game, "shield"), count(&mut game, "missile")), (71, 0));
    assert_eq!(game.shown().players[0].1, 0);
}

#[test]
fn a_missile_hits_and_scores() {
    let mut game = battle(&engine());
    sql(&mut game, "DELETE FROM glyph_coordinate WHERE y >= 25 AND y < 29");
    step(&mut game, Some(Pressed::Left));
    step(&mut game, Some(Pressed::Fire));
    for _ in 0..30 {
        step(&mut game, None);
    }
    assert_eq!((count(&mut game, "army"), game.shown().players[0].1), (24, 10));
}

#[test]
fn a_cleared_level_is_followed_by_a_harder_one() {
    let mut game = battle(&engine());
    sql(&mut game, "DELETE FROM glyph_coordinate WHERE y > 4 AND y < 24");
    step(&mut game, None);
    assert_eq!(game.shown().stage, Stage::Cleared);
    for _ in 0..90 {
        step(&mut game, None);
    }
    assert_eq!((game.shown().stage, game.shown().level, count(&mut game, "army")), (Stage::Playing, 2, 25));
    let top = select(min(Coordinate::Y)).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("army"));
    assert_eq!(game.session().one(top).expect("a row"), Some(6), "one row lower");
    let art = select(orm::sql::count(Glyph::ID)).filter(Glyph::NAME.eq("enemy6"));
    assert_eq!(game.session().one(art).expect("a count"), 1);
    assert_eq!(count(&mut game, "shield"), 72, "the shields are whole again");
}

#[test]
fn an_army_that_lands_ends_the_battle() {
    let mut game = battle(&engine());
    sql(&mut game, "UPDATE glyph_coordinate SET y = 29 WHERE y = 21");
    step(&mut game, None);
    assert_eq!(game.shown().stage, Stage::Over);
    assert!(game.scene().expect("a picture").text().contains("Y O U  L O S E"));
}

#[test]
fn a_pause_stops_time() {
    let mut game = battle(&engine());
    step(&mut game, Some(Pressed::Pause));
    let tick = game.shown().tick;
    step(&mut game, None);
    assert_eq!((game.shown().stage, game.shown().tick), (Stage::Paused, tick));
    assert!(game.scene().expect("a picture").text().contains("P A U S E D"));
    step(&mut game, Some(Pressed::Pause));
    assert_eq!(game.shown().stage, Stage::Playing);
    assert!(!game.scene().expect("a picture").text().contains("P A U S E D"));
}

#[test]
fn the_same_keys_end_in_equal_rows() {
    let script = busy(400);
    let play = || {
        let engine = engine();
        let mut game = Modern::open(&engine, &seat()).expect("a battle");
        let report = play_modern(&engine, &mut game, &script, 400).expect("a game");
        (report.standing, rows(&mut game))
    };
    let (first, second) = (play(), play());
    assert!(first.0.players[0].1 > 0, "something was hit: {:?}", first.0);
    assert_eq!(first, second);
}

#[test]
fn every_database_plays_the_same() {
    let script = busy(300);
    let here = engine();
    let mut game = Modern::open(&here, &seat()).expect("a battle");
    let expected = play_modern(&here, &mut game, &script, 300).expect("a game").standing;
    let picture = game.scene().expect("a picture");
    for server in servers("space-invaders-modern") {
        let engine = server.build().expect("a server");
        let mut game = Modern::open(&engine, &seat()).expect("a battle");
        let report = play_modern(&engine, &mut game, &script, 300).expect("a game");
        assert_eq!(report.standing, expected, "{}", engine.url());
        assert_eq!(game.scene().expect("a picture"), picture, "{}", engine.url());
    }
}

#[test]
fn the_past_shows_what_was_drawn() {
    let mut game = battle(&engine());
    let script = busy(200);
    let mut drawn = vec![(game.shown().tick, game.scene().expect("a picture"))];
    for step in 2..200 {
        game.step(script.at(step)).expect("a step");
        let scene = game.scene().expect("a picture");
        drawn.push((game.shown().tick, scene));
    }
    let now = rows(&mut game);
    for (tick, scene) in drawn.iter().rev() {
        assert_eq!(&game.scene_at(*tick).expect("a tick of the past"), scene, "tick {tick}");
    }
    assert_eq!(rows(&mut game), now, "looking back changes nothing");
    assert_eq!(game.remembered().expect("ticks"), Some((0, 199)));
}

#[test]
fn back_and_on_again_ends_in_equal_rows() {
    let mut game = battle(&engine());
    let script = busy(200);
    for step in 2..=100 {
        game.step(script.at(step)).expect("a step");
    }
    let there = rows(&mut game);
    for step in 101..=200 {
        game.step(script.at(step)).expect("a step");
    }
    let here = rows(&mut game);
    game.rewind(100).expect("tick 100");
    assert_eq!(rows(&mut game), there);
    for step in 101..=200 {
        game.step(script.at(step)).expect("a step");
    }
    assert_eq!(rows(&mut game), here);
    game.rewind(1000).expect_err("a tick that is not remembered");
}

#[test]
fn only_600_ticks_are_remembered() {
    let mut game = battle(&engine());
    sql(&mut game, "UPDATE player SET safe_until = 100000");
    for _ in 0..700 {
        game.step(None).expect("a step");
    }
    let (first, last) = game.remembered().expect("ticks").expect("a past");
    assert_eq!((first, last), (101, 701));
    let old = "SELECT count(*) AS n FROM past_coordinate WHERE to_tick <= 100";
    assert!(sql(&mut game, old).contains("\n  0"), "older rows are gone");
}

#[test]
fn a_game_in_a_file_is_left_and_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:///{}", folder.path().join("game.db").display());
    let engine = Engine::new(&url).expect("a file");
    assert!(!is_unfinished(&engine).expect("an empty file"));
    let mut game = battle(&engine);
    for _ in 0..60 {
        game.step(Some(Pressed::Left)).expect("a step");
    }
    let left = rows(&mut game);
    drop((game, engine));
    let engine = Engine::new(&url).expect("the file again");
    assert!(is_unfinished(&engine).expect("a battle"));
    let mut game = Modern::open(&engine, &Seat::Resume).expect("the battle");
    step(&mut game, None);
    assert_eq!(game.shown().stage, Stage::Paused);
    step(&mut game, Some(Pressed::Other));
    assert_eq!(rows(&mut game), left);
    assert_eq!(game.shown().stage, Stage::Playing);
}

#[test]
fn a_plan_is_shown_before_it_is_sent() {
    let mut game = battle(&engine());
    let before = rows(&mut game);
    let recorder = game.session().engine().record();
    let plan = game.plan(Some(Pressed::Fire)).expect("a plan");
    assert!(plan.contains("INSERT glyph_coordinate") && plan.contains("UPDATE player (missile_id)"), "{plan}");
    let written = |recorder: &orm::Recorder| common::sent(recorder)[1..].iter().sum::<usize>();
    assert_eq!(written(&recorder), 0, "nothing is sent");
    game.scene().expect("a picture of what will be");
    game.write().expect("the flush");
    assert!(written(&recorder) > 2);
    assert_eq!(rows(&mut game).len(), before.len() + 1);
}

#[test]
fn the_console_changes_the_next_frame_and_refusals_do_no_harm() {
    let mut game = battle(&engine());
    assert!(sql(&mut game, "UPDATE glyph_coordinate SET y = y - 4 WHERE y > 8").starts_with("93 rows, "));
    let highest = select(max(Coordinate::Y));
    assert_eq!(game.session().one(highest).expect("a row"), Some(26));
    game.session().rollback().expect("the end of a look");
    let refused = run_sql(&mut game, "UPDATE no_such_table SET y = 1").expect_err("no such table");
    assert!(refused.to_string().contains("no_such_table"));
    step(&mut game, None);
    assert_eq!(game.shown().stage, Stage::Playing);
    // A player without ships loses; the game does not break.
    sql(&mut game, "UPDATE player SET ship_id = NULL");
    sql(&mut game, "DELETE FROM glyph_coordinate");
    step(&mut game, Some(Pressed::Left));
    assert_eq!(game.shown().stage, Stage::Cleared);
}

/// Two players at one game: each change raises the version, and whoever is late takes the step again.
fn two_players(engine: &Engine) {
    let mut host = battle(engine);
    let mut guest = Modern::open(engine, &Seat::Join { name: "bob".to_owned() }).expect("a second seat");
    host.plan(None).expect("a step that is prepared and not written");
    guest.step(Some(Pressed::Left)).expect("the guest is faster");
    let stale = host.write().expect_err("the version has changed");
    assert_eq!(stale.code(), "stale-data", "{stale}");
    host.session().rollback().expect("a way back");
    step(&mut host, None);
    guest.step(Some(Pressed::Fire)).expect("a missile of the guest");
    step(&mut host, None);
    assert_eq!(host.shown().players.len(), 2);
    let ships =
        select(Coordinate::X).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("player")).order_by(Coordinate::X);
    assert_eq!(host.session().all(ships).expect("ships"), [33, 49]);
    assert_eq!(count(&mut host, "missile"), 1);
}

#[test]
fn two_players_share_a_server() {
    for server in servers("space-invaders-two") {
        two_players(&server.build().expect("a server"));
    }
}

/// A guest and a host press keys at the same time; nothing is lost, whoever loses a race.
#[test]
fn players_who_race_lose_nothing() {
    for server in servers("space-invaders-race") {
        let engine = server.build().expect("a server");
        let mut host = battle(&engine);
        let mut guest = Modern::open(&engine, &Seat::Join { name: "bob".to_owned() }).expect("a second seat");
        let presses = std::thread::spawn(move || {
            for press in 0..60 {
                let key = if press % 2 == 0 { Pressed::Left } else { Pressed::Right };
                guest.step(Some(key)).expect("a press of the guest");
            }
            guest.races()
        });
        for _ in 0..60 {
            host.step(None).expect("a tick of the host");
        }
        let races = host.races() + presses.join().expect("the guest");
        let session = host.session();
        let battle = session.query::<Battle>().one().expect("a battle");
        // The guest's seat and its presses.
        assert_eq!((session[battle].tick, session[battle].presses), (61, 61), "{races} races");
        assert_eq!(session.query::<Player>().count().expect("players"), 2);
    }
}

fn join(engine: &Engine) -> Modern {
    Modern::open(engine, &Seat::Join { name: "bob".to_owned() }).expect("a second seat")
}

fn in_a_file() -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = Engine::new(format!("sqlite:///{}", folder.path().join("game.db").display())).expect("a file");
    (folder, engine)
}

/// A guest who comes first waits, takes a seat when there is a battle, and another when a new one begins.
fn a_guest_waits(engine: &Engine) {
    space_invaders::modern::drop_tables(engine).expect("no tables");
    let mut guest = join(engine);
    step(&mut guest, Some(Pressed::Left));
    assert!(guest.scene().expect("a picture").text().contains("waiting for the first player"));
    for _ in 0..2 {
        let mut host = battle(engine);
        // The guest learns of the new battle by a look at the field, and sits down at the next step.
        guest.scene().expect("a picture");
        step(&mut guest, None);
        step(&mut host, None);
        assert_eq!(host.shown().players.len(), 2, "{:?}", guest.waits());
        step(&mut guest, Some(Pressed::Left));
        let ships = select(Coordinate::X).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("player"));
        assert_eq!(host.session().all(ships.order_by(Coordinate::X)).expect("ships"), [33, 49]);
        host.session().rollback().expect("the end of a look");
    }
}

#[test]
fn a_guest_waits_for_a_battle_and_for_the_next() {
    let (_folder, engine) = in_a_file();
    a_guest_waits(&engine);
    for server in servers("space-invaders-waits") {
        a_guest_waits(&server.build().expect("a server"));
    }
}

/// Guests join while the first player begins battles and levels: neither gets an error, and at the end both sit.
fn a_guest_joins_at_any_time(engine: &Engine) {
    let (over, is_over) = std::sync::mpsc::channel::<()>();
    let theirs = engine.clone();
    let guests = std::thread::spawn(move || {
        let mut joined = 0;
        while matches!(is_over.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty)) {
            let mut guest = join(&theirs);
            for key in [None, Some(Pressed::Left), Some(Pressed::Right), None] {
                step(&mut guest, key);
            }
            joined += i32::from(guest.waits().is_none());
        }
        joined
    });
    let mut host = battle(engine);
    for _ in 0..6 {
        host = battle(engine);
        sql_of_both(&mut host, "DELETE FROM glyph_coordinate WHERE y > 4 AND y < 24");
        step(&mut host, None);
        sql_of_both(&mut host, "UPDATE battle SET wait = 1, version = version + 1");
        step(&mut host, None);
        assert_eq!((host.shown().stage, host.shown().level), (Stage::Playing, 2));
    }
    drop(over);
    let joined = guests.join().expect("the guests get no error");
    let mut guest = join(engine);
    step(&mut guest, None);
    step(&mut host, None);
    assert_eq!(host.shown().players.len(), 2, "{joined} guests had a seat before");
}

/// SQL as in the console, taken again where a guest was faster.
fn sql_of_both(game: &mut Modern, statement: &str) {
    let mut left = 50;
    while let Err(error) = run_sql(game, statement) {
        left -= 1;
        assert!(left > 0 && error.is_retryable(), "{error}");
        game.session().rollback().expect("a way back");
    }
}

#[test]
fn a_guest_joins_while_battles_and_levels_begin() {
    let (_folder, engine) = in_a_file();
    a_guest_joins_at_any_time(&engine);
    for server in servers("space-invaders-joins") {
        a_guest_joins_at_any_time(&server.build().expect("a server"));
    }
}
