//! A game that is played to the end, and played again from its keys.

mod common;

use common::{engine, game};
use orm::prelude::*;
use space_invaders::bounds::Bounds;
use space_invaders::headless::play;
use space_invaders::keys::{Key as Pressed, Script};
use space_invaders::models::{Coordinate, Picture};
use space_invaders::rules::{Game, Heading, Phase, State};

/// Every row of the field as text.
fn rows(game: &mut Game) -> Vec<String> {
    let all = game.session().query::<Coordinate>().order_by(Coordinate::ID).all().expect("rows");
    let session = game.session();
    all.iter().map(|key| format!("{:?}", session[*key])).collect()
}

/// A member of the army: its left end, its top, its right end.
type Foe = (i32, i32, i32);

/// Keys of a player who computes each shot: steps to the nearest place from which a missile hits, and the shot.
fn plan(game: &mut Game) -> Vec<Pressed> {
    let boxes = |class: &str| {
        select((Coordinate::X, Coordinate::Y, Bounds::columns().right()))
            .join(Coordinate::GLYPH)
            .filter(Picture::TYPE.eq(class))
    };
    let (ship, ..) = game.session().one(boxes("player")).expect("a ship");
    let army = game.session().all(boxes("army")).expect("an army");
    if army.is_empty() {
        return Vec::new();
    }
    let ways = (0..=60).flat_map(|steps: i32| [(steps, -1, Pressed::Left), (steps, 1, Pressed::Right)]);
    for (steps, side, key) in ways {
        let there = ship + steps * side;
        if (0..=60).contains(&there) && hits(army.clone(), game.state(), steps, there + 3) {
            let way = std::iter::repeat_n(key, usize::try_from(steps).expect("few"));
            return way.chain([Pressed::Fire]).collect();
        }
    }
    vec![Pressed::Other]
}

/// Plays the army ahead, without a database: whether a missile that is fired after so many ticks hits.
fn hits(mut army: Vec<Foe>, mut state: State, wait: i32, x: i32) -> bool {
    let speed = i32::try_from(army.len()).expect("few");
    let mut y = 29;
    for later in 0.. {
        state.tick += 1;
        if later >= wait && state.tick % 2 == 0 {
            let hit = |&(left, top, right): &Foe| x + 1 >= left && right >= x && y + 2 >= top && top + 3 >= y;
            if army.iter().any(hit) {
                return true;
            }
            y -= 1;
        }
        if y < 0 {
            return false;
        }
        if state.tick % speed == 0 {
            march(&mut army, &mut state);
        }
    }
    false
}

fn march(army: &mut [Foe], state: &mut State) {
    let (left, right) = army.iter().fold((99, 0), |(left, right), foe| (left.min(foe.0), right.max(foe.2)));
    let (dx, dy) = match state.heading {
        Heading::Right if right + 1 >= 65 => (0, 1),
        Heading::Left if left - 1 <= 0 => (0, 1),
        Heading::Right => (1, 0),
        Heading::Left => (-1, 0),
    };
    if dy == 1 {
        state.heading = if state.heading == Heading::Right { Heading::Left } else { Heading::Right };
    }
    for (left, top, right) in army {
        *left += dx;
        *right += dx;
        *top += dy;
    }
}

/// Plays until the level is cleared.
fn win() -> (Game, Script) {
    let mut game = game(&engine());
    let (mut script, mut keys) = (Script::default(), Vec::new().into_iter());
    for step in 1..20_000 {
        let key = keys.next().or_else(|| {
            let free = !game.has_missile();
            keys = if free { plan(&mut game) } else { Vec::new() }.into_iter();
            keys.next()
        });
        if let Some(key) = key {
            script.press(step, key);
        }
        match game.step(key).expect("a step") {
            Phase::Playing => {}
            Phase::Won => return (game, script),
            other => panic!("{other:?} at step {step}"),
        }
    }
    panic!("the aim is bad: {:?}", game.state());
}

#[test]
fn the_army_is_worth_600_points_and_the_score_stays() {
    let (mut game, _) = win();
    // A saucer on the way may have been hit too: its points are hundreds.
    let score = game.state().score;
    assert_eq!(score, 600);
    assert!(game.scene().expect("a picture").text().contains("L E V E L  C L E A R E D"));
    game.next_round().expect("a round");
    assert_eq!((game.state().score, game.state().tick, game.phase()), (600, 0, Phase::Playing));
    let army = game.session().query::<Coordinate>().join(Coordinate::GLYPH).filter(Picture::TYPE.eq("army"));
    assert_eq!(army.count().expect("an army"), 25);
}

/// The scores of SQLAlchemy's program for a single shot after so many steps to the right.
#[test]
fn one_shot_scores_as_in_the_original() {
    for (steps, score) in [(0, 25), (1, 50), (2, 50), (3, 10), (8, 10)] {
        let mut game = game(&engine());
        let keys = std::iter::repeat_n(Pressed::Right, steps).chain([Pressed::Fire]).map(Some);
        for key in keys.chain([None; 80]) {
            game.step(key).expect("a step");
        }
        assert_eq!(game.state().score, score, "{steps} steps");
    }
}

#[test]
fn recorded_keys_end_in_equal_rows() {
    let (mut first, script) = win();
    let engine = engine();
    let mut second = common::waiting(&engine);
    let script = Script::parse(&script.to_string()).expect("keys");
    let report = play(&engine, &mut second, &script, 20_000).expect("the game again");
    assert_eq!((report.phase, report.state), (Phase::Won, first.state()));
    assert_eq!(rows(&mut first), rows(&mut second));
}

#[test]
fn after_a_loss_the_score_is_zero() {
    let mut game = game(&engine());
    while game.step(None).expect("a step") == Phase::Playing {}
    assert!(game.scene().expect("a picture").text().contains("Y O U  L O S E"));
    game.next_round().expect("a round");
    assert_eq!((game.state().score, game.phase()), (0, Phase::Playing));
}

#[test]
fn the_ship_stays_on_the_field() {
    let mut game = game(&engine());
    for (key, end) in [(Pressed::Left, 0), (Pressed::Right, 60)] {
        for _ in 0..80 {
            game.step(Some(key)).expect("a step");
        }
        let ship = select(Coordinate::X).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("player"));
        assert_eq!(game.session().one(ship).expect("a ship"), end);
    }
}

/// The formulas say the same in memory and in SQL.
#[test]
fn memory_and_sql_agree_about_bounds() {
    let mut game = game(&engine());
    let probe = Bounds { x: 12, y: 6, width: 20, height: 4 };
    for (x, y) in [(-1, -1), (0, 0), (1, 1), (7, 12), (32, 10), (33, 11), (60, 29), (61, 30), (65, 31), (66, 33)] {
        let find = select(entity::<Coordinate>()).join(Coordinate::GLYPH).filter(Picture::TYPE.eq("player"));
        let session = game.session();
        let ship = session.one(find).expect("a ship");
        (session[ship].x, session[ship].y) = (x, y);
        let here = Bounds { x, y, width: 5, height: 3 };
        let sql = Bounds::columns();
        let questions = [
            (here.top_bound(), sql.top_bound()),
            (here.bottom_bound(), sql.bottom_bound()),
            (here.left_bound(), sql.left_bound()),
            (here.right_bound(), sql.right_bound()),
            (here.right_edge_bound(), sql.right_edge_bound()),
            (here.intersects(&probe), sql.intersects(&probe.bound())),
        ];
        for (at, (memory, sql)) in questions.into_iter().enumerate() {
            let ships = session.query::<Coordinate>().join(Coordinate::GLYPH).filter(Picture::TYPE.eq("player"));
            let found = ships.filter(sql).count().expect("a count") == 1;
            assert_eq!(memory, found, "question {at} at {x}, {y}");
        }
    }
}
