//! Hybrids in every clause of a query: under aliases, in join conditions, through relationships and view-only
//! relationships.

use orm::Result;
use orm::prelude::*;
use orm::sql::{Alias, Expr};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_hybrid_groups_and_sorts_under_an_alias,
    a_hybrid_joins_a_table_to_itself,
    a_hybrid_is_a_condition_on_children_in_the_same_table,
    a_hybrid_is_a_condition_along_several_relationships,
    a_hybrid_sorts_what_a_relationship_is_filtered_to,
    a_hybrid_connects_the_rows_of_a_view,
    a_view_by_a_hybrid_is_the_same_by_every_strategy,
    a_hybrid_filters_across_a_view,
];

/// A box of a width and a height, which may stand in another.
#[derive(Entity, Debug, Default)]
#[entity(table = "crate")]
struct Crate {
    #[entity(primary_key)]
    id: Auto<i64>,
    width: i64,
    height: i64,
    #[entity(inverse = "inside")]
    outside: BelongsTo<Option<Self>>,
    #[entity(inverse = "outside", order_by = "id")]
    inside: HasMany<Self>,
    #[entity(on = Crate::is_larger, order_by = "id")]
    smaller: ViewMany<Self>,
    #[entity(on = |small, large| Crate::is_larger(large, small), order_by = "width desc")]
    widest: ViewOne<Self>,
}

impl Crate {
    const AREA: Hybrid<Self, i64> = Hybrid::new("area", || Self::WIDTH * Self::HEIGHT);
    const IS_FLAT: Hybrid<Self, bool> = Hybrid::new("is_flat", || Self::WIDTH.gt(Self::HEIGHT * 2));

    fn is_larger(large: &Alias<Self>, small: &Alias<Self>) -> Expr<bool> {
        Self::AREA.on(large).gt(Self::AREA.on(small))
    }
}

/// 4x3, in it 1x5 and 6x1, in the last 2x1; the places are their keys less one. Nothing is held.
fn crates(db: &Db) -> Result<(Session, Vec<Key<Crate>>)> {
    let mut session = Session::new(&db.engine(schema![Crate])?);
    let sizes = [(4, 3), (1, 5), (6, 1), (2, 1)];
    let keys = session.add_all(sizes.map(|(width, height)| Crate { width, height, ..Crate::default() }));
    session.rel(keys[0], Crate::INSIDE).extend([keys[1], keys[2]])?;
    session.rel(keys[2], Crate::INSIDE).push(keys[3])?;
    session.commit()?;
    session.expunge_all();
    let keys = session.query::<Crate>().order_by(Crate::ID).all()?;
    session.commit()?;
    Ok((session, keys))
}

fn a_hybrid_groups_and_sorts_under_an_alias(db: &Db) -> Result<()> {
    let (mut session, _) = crates(db)?;
    let other = alias::<Crate>("other");
    let recorder = session.engine().record();
    let areas = session.all(
        select((Crate::AREA.on(&other).label("area"), count_all()))
            .select_from(&other)
            .group_by(Crate::AREA.on(&other))
            .having(max(Crate::AREA.on(&other)).gt(2))
            .order_by(Crate::AREA.on(&other).desc()),
    )?;
    assert_eq!(areas, [(12, 1), (6, 1), (5, 1)]);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT other.width * other.height AS area, count(*) FROM crate AS other \
             GROUP BY other.width * other.height HAVING max(other.width * other.height) > ? \
             ORDER BY other.width * other.height DESC",
        ],
    );
    Ok(())
}

fn a_hybrid_joins_a_table_to_itself(db: &Db) -> Result<()> {
    let (mut session, keys) = crates(db)?;
    let small = alias::<Crate>("small");
    let recorder = session.engine().record();
    let pairs = session.all(
        select((entity::<Crate>(), &small))
            .join_to(&small, Crate::AREA.gt(Crate::AREA.on(&small) * 2))
            .order_by((Crate::AREA, Crate::AREA.on(&small))),
    )?;
    let expected = [(1, 3), (2, 3), (0, 3), (0, 1)].map(|(large, small)| (keys[large], keys[small]));
    assert_eq!(pairs, expected);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT crate.id, crate.width, crate.height, crate.outside_id, small.id, small.width, small.height, small.outside_id \
             FROM crate JOIN crate AS small ON crate.width * crate.height > small.width * small.height * ? \
             ORDER BY crate.width * crate.height, small.width * small.height",
        ],
    );
    // The same in memory, where both sides are entities.
    for (large, small) in pairs {
        assert!(Crate::AREA.of(&session[large])? > Crate::AREA.of(&session[small])? * 2);
    }
    Ok(())
}

fn a_hybrid_is_a_condition_on_children_in_the_same_table(db: &Db) -> Result<()> {
    let (mut session, keys) = crates(db)?;
    let with_flat = session.query::<Crate>().filter(Crate::INSIDE.any(Crate::IS_FLAT)).all()?;
    assert_eq!(with_flat, keys[..1]);
    let recorder = session.engine().record();
    // The condition is about the crate inside, what stands beside it about the one outside.
    let found = session
        .query::<Crate>()
        .filter(Crate::INSIDE.any(Crate::AREA.lt(6)) & Crate::AREA.lt(7))
        .order_by(Crate::AREA)
        .all()?;
    assert_eq!(found, [keys[2]]);
    check_words(
        db,
        &recorder,
        &["SELECT crate.id, crate.width, crate.height, crate.outside_id FROM crate \
           WHERE EXISTS (SELECT 1 FROM crate AS crate_1 WHERE crate.id = crate_1.outside_id AND crate_1.width * crate_1.height < ?) \
           AND crate.width * crate.height < ? ORDER BY crate.width * crate.height"],
    );
    let inside_large = session.query::<Crate>().filter(Crate::OUTSIDE.has(Crate::AREA.ge(12))).order_by(Crate::ID);
    assert_eq!(inside_large.all()?, keys[1..3]);
    Ok(())
}

fn a_hybrid_is_a_condition_along_several_relationships(db: &Db) -> Result<()> {
    let (mut session, keys) = crates(db)?;
    let around_two = Crate::INSIDE.any(Crate::INSIDE.any(Crate::AREA.eq(2)) & Crate::IS_FLAT) & Crate::AREA.eq(12);
    assert_eq!(session.query::<Crate>().filter(around_two).all()?, keys[..1]);
    let innermost = Crate::OUTSIDE.has(Crate::IS_FLAT & Crate::OUTSIDE.has(!Crate::IS_FLAT.expr()));
    assert_eq!(session.query::<Crate>().filter(innermost).all()?, keys[3..]);
    Ok(())
}

fn a_hybrid_sorts_what_a_relationship_is_filtered_to(db: &Db) -> Result<()> {
    let (mut session, keys) = crates(db)?;
    let inside = session.rel(keys[0], Crate::INSIDE).select()?;
    assert_eq!(session.all(inside.clone().filter(Crate::AREA.gt(5)))?, [keys[2]]);
    assert_eq!(session.all(inside.order_by(Crate::AREA))?, [keys[1], keys[2]]);
    Ok(())
}

fn areas(session: &mut Session, crates: &[Key<Crate>]) -> Result<Vec<i64>> {
    crates.iter().map(|it| Crate::AREA.of(&session[*it])).collect()
}

fn a_hybrid_connects_the_rows_of_a_view(db: &Db) -> Result<()> {
    let (mut session, keys) = crates(db)?;
    let recorder = session.engine().record();
    let smaller = session.rel(keys[2], Crate::SMALLER).load()?;
    assert_eq!(smaller, [keys[1], keys[3]]);
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "SELECT crate_1.id, crate.id, crate.width, crate.height, crate.outside_id FROM crate AS crate_1 \
             JOIN crate ON crate_1.width * crate_1.height > crate.width * crate.height WHERE crate_1.id = ? ORDER BY crate.id",
        ],
    );
    assert_eq!(areas(&mut session, &smaller)?, [5, 2]);
    assert_eq!(session.rel(keys[1], Crate::WIDEST).load()?, Some(keys[2]));
    assert_eq!(session.rel(keys[0], Crate::WIDEST).load()?, None);
    // An edit that the hybrid uses shows at the next load.
    session.load(keys[3])?;
    session[keys[3]].height = 100;
    assert_eq!(session.rel(keys[2], Crate::SMALLER).load()?, [keys[1]]);
    recorder.take();
    session.rel(keys[2], Crate::SMALLER).load()?;
    check_silence(&recorder);
    Ok(())
}

fn a_view_by_a_hybrid_is_the_same_by_every_strategy(db: &Db) -> Result<()> {
    let (mut session, keys) = crates(db)?;
    let queries = [
        select(entity::<Crate>()).options((lazy(Crate::SMALLER), lazy(Crate::WIDEST))),
        select(entity::<Crate>()).options((selectin(Crate::SMALLER), selectin(Crate::WIDEST))),
        select(entity::<Crate>()).options((subquery(Crate::SMALLER), subquery(Crate::WIDEST))),
        select(entity::<Crate>()).options((joined(Crate::SMALLER), joined(Crate::WIDEST))),
    ];
    for (query, eager) in queries.into_iter().zip([false, true, true, true]) {
        session.commit()?;
        let found = session.all(query.order_by(Crate::ID))?;
        assert_eq!(found, keys);
        let recorder = session.engine().record();
        let mut seen = Vec::new();
        for key in &keys {
            let smaller = session.rel(*key, Crate::SMALLER).load()?;
            let widest = session.rel(*key, Crate::WIDEST).load()?;
            seen.push((areas(&mut session, &smaller)?, widest));
        }
        let expected =
            [(vec![5, 6, 2], None), (vec![2], Some(keys[2])), (vec![5, 2], Some(keys[0])), (vec![], Some(keys[2]))];
        assert_eq!(seen, expected);
        match eager {
            true => check_silence(&recorder),
            false => check_kinds(&recorder, &["select"; 8].join(" ")),
        }
    }
    Ok(())
}

fn a_hybrid_filters_across_a_view(db: &Db) -> Result<()> {
    let (mut session, keys) = crates(db)?;
    let above_flat = session.query::<Crate>().filter(Crate::SMALLER.any(Crate::IS_FLAT)).order_by(Crate::ID);
    assert_eq!(above_flat.all()?, keys[..1]);
    let below_flat = session.query::<Crate>().filter(Crate::WIDEST.has(Crate::IS_FLAT)).order_by(Crate::AREA);
    assert_eq!(below_flat.all()?, [keys[3], keys[1]]);
    let smaller = session.rel(keys[0], Crate::SMALLER).select()?;
    assert_eq!(session.all(smaller.filter(Crate::AREA.lt(6)))?, [keys[1], keys[3]]);
    Ok(())
}
