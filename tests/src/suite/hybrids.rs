//! Hybrids: one definition of a computed attribute, in SQL and over entities in memory.

use bigdecimal::BigDecimal;
use orm::event::validate;
use orm::prelude::*;
use orm::{Error, Result};

use crate::Db;
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_hybrid_is_used_like_a_column,
    a_hybrid_is_used_under_an_alias,
    a_hybrid_is_used_through_relationships,
    a_hybrid_is_the_same_in_memory_and_in_sql,
    null_is_the_third_truth_value,
    a_function_is_a_hybrid_with_arguments,
    a_hybrid_may_have_a_comparator_of_its_own,
    a_setter_assigns_columns_in_memory_and_in_bulk,
    a_setter_assigns_all_or_nothing,
    a_setter_is_heard_by_listeners,
    a_setter_does_not_use_what_it_has_assigned,
    a_setter_of_an_expired_entity_does_not_use_old_values,
    a_body_stands_beside_the_expression,
    a_body_is_compared_with_the_database,
    what_databases_disagree_about_is_refused,
    what_is_not_in_memory_is_refused,
    sensitive_values_do_not_show_in_refusals,
    a_decimal_counts_as_its_column_holds_it,
    a_hybrid_of_a_base_class_is_that_of_all_classes,
];

#[derive(Entity, Debug, Default)]
#[entity(table = "timetable")]
struct Timetable {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "timetable", order_by = "id")]
    intervals: HasMany<Interval>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "span")]
struct Interval {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(column = "first")]
    start: i64,
    #[entity(column = "last")]
    end: i64,
    bonus: Option<i64>,
    label: Option<String>,
    #[entity(precision = 10, scale = 2)]
    price: BigDecimal,
    #[entity(sensitive)]
    code: Option<String>,
    #[entity(inverse = "intervals")]
    timetable: BelongsTo<Option<Timetable>>,
}

impl Interval {
    const LENGTH: Hybrid<Self, i64, Writable> = Hybrid::new("length", || Self::END - Self::START)
        .setter(|length| Assignments::new(Self::END, Self::START + length));
    const RADIUS: Hybrid<Self, i64> = Hybrid::new("radius", || Self::LENGTH / 2);
    const TOTAL: Hybrid<Self, Option<i64>> = Hybrid::new("total", || Self::LENGTH + Self::BONUS);
    const IS_LONG: Hybrid<Self, bool> = Hybrid::new("is_long", || Self::TOTAL.gt(10));

    fn holds(point: impl IntoExpr<i64>) -> Expr<bool> {
        let point = Expr::<i64>::new(point.into_node());
        Self::START.le(point.clone()) & Self::END.gt(point)
    }

    fn meets(first: impl IntoExpr<i64>, last: impl IntoExpr<i64>) -> Expr<bool> {
        Self::START.lt(last) & Self::END.gt(first)
    }
}

fn interval(start: i64, end: i64, bonus: Option<i64>) -> Interval {
    Interval { start, end, bonus, ..Interval::default() }
}

/// Three intervals, of which two are in a timetable.
fn session(db: &Db) -> Result<(Session, Vec<Key<Interval>>)> {
    let engine = db.engine(schema![Timetable, Interval])?;
    let mut session = Session::new(&engine);
    let intervals = [interval(5, 10, None), interval(7, 25, Some(1)), interval(0, 3, Some(9))];
    let keys = session.add_all(intervals);
    let timetable = session.add(Timetable { name: "day".into(), ..Timetable::default() });
    session.rel(timetable, Timetable::INTERVALS).extend(keys[..2].iter().copied())?;
    session.flush()?;
    Ok((session, keys))
}

fn a_hybrid_is_used_like_a_column(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    let recorder = session.engine().record();
    let long = session.query::<Interval>().filter(Interval::LENGTH.ge(5)).order_by(Interval::LENGTH.desc()).all()?;
    assert_eq!(long, [keys[1], keys[0]]);
    let rows = session.all(select((Interval::ID, Interval::RADIUS)).order_by(Interval::RADIUS))?;
    assert_eq!(rows.iter().map(|(_, radius)| *radius).collect::<Vec<_>>(), [1, 2, 9]);
    let groups =
        session.all(select((Interval::LENGTH, count_all())).group_by(Interval::LENGTH).order_by(Interval::LENGTH))?;
    assert_eq!(groups, [(3, 1), (5, 1), (18, 1)]);
    // PostgreSQL takes a value here and one there for different values, so the name stands for the expression.
    let groups = session.all(select((Interval::RADIUS, count_all())).group_by("radius").order_by("radius"))?;
    assert_eq!(groups, [(1, 1), (2, 1), (9, 1)]);
    assert_eq!(session.execute(&update("span").set(Interval::BONUS, Interval::LENGTH).filter(Interval::IS_LONG))?, 2);
    let totals = session.all(select(Interval::TOTAL).order_by(Interval::ID))?;
    assert_eq!(totals, [None, Some(36), Some(6)]);
    check_words(
        db,
        &recorder,
        &[
            "SELECT span.id, span.first, span.last, span.bonus, span.label, span.price, span.code, span.timetable_id FROM span WHERE span.last - span.first >= ? ORDER BY span.last - span.first DESC",
            "SELECT span.id, (span.last - span.first) / ? AS radius FROM span ORDER BY (span.last - span.first) / ?",
            "SELECT span.last - span.first AS length, count(*) FROM span GROUP BY span.last - span.first ORDER BY span.last - span.first",
            "SELECT (span.last - span.first) / ? AS radius, count(*) FROM span GROUP BY radius ORDER BY radius",
            "UPDATE span SET bonus = span.last - span.first WHERE span.last - span.first + span.bonus > ?",
            "SELECT span.last - span.first + span.bonus AS total FROM span ORDER BY span.id",
        ],
    );
    Ok(())
}

fn a_hybrid_is_used_under_an_alias(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    let other = alias::<Interval>("other");
    // Which intervals are longer than another that they meet?
    let pairs = session.all(
        select((entity::<Interval>(), &other))
            .join_to(&other, Interval::meets(other.column(Interval::START), other.column(Interval::END)))
            .filter(Interval::LENGTH.gt(Interval::LENGTH.on(&other))),
    )?;
    assert_eq!(pairs, [(keys[1], keys[0])]);
    let recorder = session.engine().record();
    let within =
        session.all(select(&other).filter(Interval::holds(8).on(&other)).order_by(other.column(Interval::ID)))?;
    assert_eq!(within, [keys[0], keys[1]]);
    let lengths =
        session.all(select(Interval::LENGTH.on(&other)).select_from(&other).order_by(Interval::LENGTH.on(&other)))?;
    assert_eq!(lengths, [3, 5, 18]);
    check_words(
        db,
        &recorder,
        &[
            "SELECT other.id, other.first, other.last, other.bonus, other.label, other.price, other.code, other.timetable_id FROM span AS other WHERE other.first <= ? AND other.last > ? ORDER BY other.id",
            "SELECT other.last - other.first FROM span AS other ORDER BY other.last - other.first",
        ],
    );
    Ok(())
}

fn a_hybrid_is_used_through_relationships(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    let long = session.query::<Timetable>().filter(Timetable::INTERVALS.any(Interval::IS_LONG)).all()?;
    assert_eq!(long.len(), 1);
    assert!(session.query::<Timetable>().filter(Timetable::INTERVALS.any(Interval::holds(2))).all()?.is_empty());
    let timetabled = session
        .query::<Interval>()
        .filter(Interval::TIMETABLE.has(Timetable::INTERVALS.any(Interval::holds(20))))
        .order_by(Interval::ID)
        .all()?;
    assert_eq!(timetabled, keys[..2]);
    let sums = session
        .all(select((Timetable::NAME, sum(Interval::LENGTH))).join(Timetable::INTERVALS).group_by(Timetable::NAME))?;
    assert_eq!(sums, [("day".to_owned(), Some(23))]);
    Ok(())
}

fn a_hybrid_is_the_same_in_memory_and_in_sql(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    let rows = session.all(
        select((Interval::LENGTH, Interval::RADIUS, Interval::TOTAL, optional(Interval::IS_LONG)))
            .order_by(Interval::ID),
    )?;
    let recorder = session.engine().record();
    for (key, row) in keys.into_iter().zip(rows) {
        let it = &session[key];
        let total = Interval::TOTAL.of(it)?;
        let is_long = Interval::IS_LONG.expr();
        let is_long = Expr::<Option<bool>>::new(is_long.into_node()).of(it)?;
        assert_eq!((Interval::LENGTH.of(it)?, Interval::RADIUS.of(it)?, total, is_long), row);
    }
    check_silence(&recorder);
    Ok(())
}

fn null_is_the_third_truth_value(_: &Db) -> Result<()> {
    let it = interval(5, 10, None);
    let maybe = |condition: Expr<bool>| Expr::<Option<bool>>::new(condition.into_node()).of(&it);
    assert_eq!(maybe(Interval::BONUS.gt(1))?, None);
    assert_eq!(maybe(not_(Interval::BONUS.gt(1)))?, None);
    assert_eq!(maybe(Interval::BONUS.gt(1) & Interval::START.gt(5))?, Some(false));
    assert_eq!(maybe(Interval::BONUS.gt(1) | Interval::START.eq(5))?, Some(true));
    assert_eq!(maybe(Interval::BONUS.gt(1) | Interval::START.gt(5))?, None);
    assert_eq!(maybe(Interval::START.in_([1, 5]))?, Some(true));
    assert_eq!(maybe(Interval::BONUS.in_(Vec::<i64>::new()))?, Some(false));
    assert_eq!(maybe(Interval::START.between(Interval::BONUS, 3))?, Some(false));
    assert_eq!(maybe(Interval::START.between(Interval::BONUS, 7))?, None);
    assert_eq!(maybe(Interval::START.not_in([Expr::from(Interval::BONUS), Expr::from(Interval::BONUS)]))?, None);
    assert_eq!(maybe(Interval::LABEL.like("%"))?, None);
    assert!(coalesce(Interval::BONUS, 7).eq(7).of(&it)?);
    // NULL where the type has none.
    let error = Interval::IS_LONG.of(&it).map(drop);
    check_refusal(
        error,
        "`span.last - span.first + span.bonus > $1` cannot be computed for Interval in memory: its value is NULL, and its type is a boolean",
    );
    Ok(())
}

fn a_function_is_a_hybrid_with_arguments(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    let found = session.query::<Interval>().filter(Interval::holds(8)).order_by(Interval::ID).all()?;
    assert_eq!(found, keys[..2]);
    for key in keys {
        assert_eq!(Interval::holds(8).of(&session[key])?, found.contains(&key));
    }
    // The numbers of another instance are values.
    let (start, end) = (session[found[0]].start, session[found[0]].end);
    assert!(Interval::meets(start, end).of(&session[found[1]])?);
    Ok(())
}

/// A comparison of labels that ignores case.
struct Label;

impl Label {
    fn eq(self, word: impl IntoExpr<String>) -> Expr<bool> {
        lower(Interval::LABEL).eq(lower(Expr::<String>::new(word.into_node())))
    }
}

fn a_hybrid_may_have_a_comparator_of_its_own(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    session[keys[0]].label = Some("Lunch".into());
    assert_eq!(session.query::<Interval>().filter(Label.eq("LUNCH")).all()?, keys[..1]);
    assert!(Label.eq("lUNCH").of(&session[keys[0]])?);
    Ok(())
}

fn a_setter_assigns_columns_in_memory_and_in_bulk(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    let recorder = session.engine().record();
    session.set_hybrid(keys[0], Interval::LENGTH, 8)?;
    assert_eq!((session[keys[0]].start, session[keys[0]].end), (5, 13));
    check_silence(&recorder);
    session.flush()?;
    recorder.take();
    session.execute(&update("span").set(Interval::LENGTH, Interval::LENGTH * 2).filter(Interval::START.gt(0)))?;
    check_words(
        db,
        &recorder,
        &["UPDATE span SET last = span.first + (span.last - span.first) * ? WHERE span.first > ?"],
    );
    assert_eq!(session.all(select(Interval::LENGTH).order_by(Interval::ID))?, [16, 36, 3]);
    session.rollback()?;
    Ok(())
}

fn a_setter_assigns_all_or_nothing(db: &Db) -> Result<()> {
    const BOTH: Hybrid<Interval, i64, Writable> = Hybrid::new("both", || Interval::START + 0)
        .setter(|value| Assignments::new(Interval::BONUS, Interval::START / value.clone()).set(Interval::START, value));
    let (mut session, keys) = session(db)?;
    session.set_hybrid(keys[0], BOTH, 2)?;
    assert_eq!((session[keys[0]].bonus, session[keys[0]].start), (Some(2), 2));
    let failed = session.set_hybrid(keys[0], BOTH, 0);
    check_refusal(
        failed,
        "`span.first / $1` cannot be computed for Interval in memory: databases disagree about a division by zero",
    );
    assert_eq!((session[keys[0]].bonus, session[keys[0]].start), (Some(2), 2));
    session.flush()
}

fn a_setter_is_heard_by_listeners(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    session.listen(validate(Interval::END, |end| match end {
        101.. => Err("too late"),
        end => Ok(end),
    }));
    session.set_hybrid(keys[0], Interval::LENGTH, 20)?;
    assert!(matches!(session.set_hybrid(keys[0], Interval::LENGTH, 200), Err(Error::ListenerFailed { .. })));
    assert_eq!(session[keys[0]].end, 25);
    Ok(())
}

fn a_setter_does_not_use_what_it_has_assigned(db: &Db) -> Result<()> {
    const MOVED: Hybrid<Interval, i64, Writable> = Hybrid::new("moved", || Interval::START + 0)
        .setter(|start| Assignments::new(Interval::START, start).set(Interval::END, Interval::START + 1));
    let (mut session, keys) = session(db)?;
    let words = "a setter uses the column `first` behind an assignment to it, where databases disagree";
    let failed = session.set_hybrid(keys[0], MOVED, 1);
    assert!(failed.as_ref().is_err_and(|error| error.to_string().contains(words)), "{failed:?}");
    assert_eq!(session[keys[0]].start, 5);
    let failed = session.execute(&update("span").set(MOVED, 1));
    assert!(failed.as_ref().is_err_and(|error| error.to_string().contains(words)), "{failed:?}");
    Ok(())
}

fn a_setter_of_an_expired_entity_does_not_use_old_values(db: &Db) -> Result<()> {
    const FIRST: Hybrid<Interval, i64, Writable> =
        Hybrid::new("first", || Interval::START + 0).setter(|first| Assignments::new(Interval::START, first));
    let (mut session, keys) = session(db)?;
    session.commit()?;
    let failed = session.set_hybrid(keys[0], Interval::LENGTH, 8);
    assert!(
        matches!(&failed, Err(Error::InvalidRequest { message, .. }) if message.contains("the hybrid `length`") && message.contains("load(key)")),
        "{failed:?}"
    );
    // Nothing of memory is used here.
    session.set_hybrid(keys[0], FIRST, 5)?;
    session.load(keys[1])?;
    session.set_hybrid(keys[1], Interval::LENGTH, 8)?;
    session.commit()?;
    assert_eq!(session.all(select(Interval::LENGTH).order_by(Interval::ID))?, [5, 8, 3]);
    session.delete(keys[2])?;
    session.flush()?;
    assert!(matches!(session.set_hybrid(keys[2], FIRST, 5), Err(Error::RowDeleted { .. })));
    Ok(())
}

fn a_body_stands_beside_the_expression(_: &Db) -> Result<()> {
    const RIGHT: Hybrid<Interval, i64> = Interval::RADIUS.body(|it| (it.end - it.start) / 2);
    const WRONG: Hybrid<Interval, i64> =
        Hybrid::new("half", || Interval::LENGTH / 2).body(|it| (it.end - it.start) >> 1);
    const ASKED: Hybrid<Interval, i64> = Hybrid::new("asked", || func::<i64>("abs_of_mine", Interval::LENGTH))
        .body(|it| it.end.abs_diff(it.start) as i64);
    let samples = [interval(0, 7, None), interval(7, 0, None), interval(3, 3, None)];
    RIGHT.check(&samples)?;
    assert_eq!(RIGHT.of(&samples[1])?, -3);
    let failed = WRONG.check(&samples);
    let words =
        "Interval, the hybrid `half`: for the entity at position 1 the expression gives I64(-3), the body I64(-4)";
    assert!(failed.as_ref().is_err_and(|error| error.to_string() == words), "{failed:?}");
    assert_eq!(ASKED.of(&samples[1])?, 7, "the body needs no evaluation");
    check_refusal(ASKED.check(&samples), "the function `abs_of_mine` is the database's");
    assert!(matches!(Interval::LENGTH.check(&samples), Err(Error::InvalidRequest { .. })));
    Ok(())
}

fn a_body_is_compared_with_the_database(db: &Db) -> Result<()> {
    const LABEL: Hybrid<Interval, Option<String>> =
        Hybrid::new("shown", || func("trim", Interval::LABEL)).body(|it| Some(it.label.as_deref()?.trim().to_owned()));
    const CODE: Hybrid<Interval, Option<String>> =
        Hybrid::new("code", || func("trim", Interval::CODE)).body(|it| it.code.clone());
    let (mut session, keys) = session(db)?;
    session[keys[0]].label = Some("  Lunch ".into());
    let recorder = session.engine().record();
    assert_eq!(session.check_hybrid(LABEL)?, 3);
    check_kinds(&recorder, "update select");
    assert_eq!(session.check_hybrid(Interval::RADIUS.body(|it| (it.end - it.start) / 2))?, 3);
    let failed =
        session.check_hybrid(Interval::RADIUS.body(|it| (it.end - it.start) / if it.start == 5 { 3 } else { 2 }));
    let words =
        "Interval, the hybrid `radius`: for the row with the key 1 the expression gives I64(2), the body I64(1)";
    assert!(failed.as_ref().is_err_and(|error| error.to_string() == words), "{failed:?}");
    assert!(matches!(session.check_hybrid(Interval::LENGTH), Err(Error::InvalidRequest { .. })));
    session[keys[0]].code = Some(" geheim".into());
    let Err(error) = session.check_hybrid(CODE) else { panic!("they differ") };
    assert!(!format!("{error:?}").contains("geheim"), "{error}");
    session.rollback()?;
    Ok(())
}

#[track_caller]
fn check_refusal<T: std::fmt::Debug>(outcome: Result<T>, words: &str) {
    match outcome {
        Err(error @ Error::NotComputable { .. }) => {
            assert_eq!(error.code(), "not-computable");
            assert!(error.to_string().contains(words), "{error}");
        }
        other => panic!("{other:?} instead of a refusal: {words}"),
    }
}

fn what_databases_disagree_about_is_refused(_: &Db) -> Result<()> {
    let it = Interval { label: Some("Äpfel".into()), ..interval(i64::MAX, 0, Some(0)) };
    check_refusal(
        Interval::LABEL.lt("b").of(&it),
        "`span.label < $1` cannot be computed for Interval in memory: the order of texts",
    );
    check_refusal(lower(Interval::LABEL).of(&it), "letters beyond ASCII");
    check_refusal(Interval::LABEL.ilike("ä%").of(&it), "letters beyond ASCII");
    check_refusal((Interval::START + 1).of(&it), "out of range");
    check_refusal((-Interval::START - 2).of(&it), "out of range");
    check_refusal((Interval::START / Interval::BONUS).of(&it), "division by zero");
    check_refusal(max(Interval::START).of(&it), "an aggregate needs all rows");
    check_refusal(now().of(&it), "the clock of the database");
    check_refusal((literal(1.0) / literal(0.0)).of(&it), "division by zero");
    check_refusal(literal(f64::NAN).eq(1.0).of(&it), "NaN");
    check_refusal(cast::<i64>(literal(1.5)).of(&it), "convert a float to this type differently");
    check_refusal(Interval::LABEL.like_escape("a/", '/').of(&it), "cannot end with its escape character");
    // One bad operand does not matter where another decides.
    assert!(!(Interval::LABEL.lt("b") & Interval::START.eq(0)).of(&it)?);
    Ok(())
}

fn what_is_not_in_memory_is_refused(db: &Db) -> Result<()> {
    let (mut session, _) = session(db)?;
    let it = interval(5, 10, None);
    check_refusal(Interval::TIMETABLE.has(Timetable::NAME.eq("day")).of(&it), "it asks other rows");
    let longest = select(max(Interval::LENGTH)).select_from(entity::<Interval>());
    check_refusal(Interval::START.in_select(longest).of(&it), "it asks other rows");
    check_refusal(
        Timetable::NAME.of(&it),
        "`timetable.name` cannot be computed for Interval in memory: it is no column of Interval",
    );
    check_refusal(text("1 = 1").typed::<bool>().of(&it), "it is SQL text");
    check_refusal(Interval::ID.of(&it), "Interval.id has no value yet; flush first");
    let timetable = session.add(Timetable { name: "new".into(), ..Timetable::default() });
    let it = session.rel(timetable, Timetable::INTERVALS).push(it)?;
    let refers = |session: &Session| Interval::TIMETABLE.is(1).of(&session[it]);
    check_refusal(refers(&session), "the key of Interval.timetable is not known yet; flush first");
    session.flush()?;
    assert!(!refers(&session)?, "the timetable is the second");
    assert!(!Interval::TIMETABLE.is_null().of(&session[it])?);
    assert!(Interval::TIMETABLE.is_null().of(&interval(1, 2, None))?);
    Ok(())
}

fn sensitive_values_do_not_show_in_refusals(_: &Db) -> Result<()> {
    let it = Interval { code: Some("geheim-ß".into()), ..interval(1, 2, None) };
    let Err(error) = upper(Interval::CODE).eq("GEHEIM-ß").of(&it) else { panic!("it is refused") };
    assert!(!format!("{error:?}").to_lowercase().contains("geheim"), "{error}");
    assert!(Interval::CODE.eq("geheim-ß").of(&it)?);
    const CODE: Hybrid<Interval, Option<String>> = Hybrid::new("code", || Interval::CODE.into()).body(|_| None);
    let Err(error) = CODE.check([&it]) else { panic!("they differ") };
    assert!(!format!("{error:?}").contains("geheim"), "{error}");
    Ok(())
}

fn a_decimal_counts_as_its_column_holds_it(db: &Db) -> Result<()> {
    let (mut session, keys) = session(db)?;
    let number = |text: &str| text.parse::<BigDecimal>().unwrap_or_default();
    session[keys[0]].price = number("9.555");
    let is = Interval::PRICE.eq(number("9.56"));
    assert!(is.clone().of(&session[keys[0]])?);
    assert_eq!(session.query::<Interval>().filter(is).all()?, keys[..1]);
    let double = Interval::PRICE * number("2");
    assert_eq!(double.clone().of(&session[keys[0]])?, number("19.12"));
    assert_eq!(session.one(select(double).filter(Interval::ID.eq(1)))?, number("19.12"));
    check_refusal((Interval::PRICE / number("3")).of(&session[keys[0]]), "databases round the quotient");
    assert_eq!((Interval::PRICE / number("4")).of(&session[keys[0]])?, number("2.39"));
    Ok(())
}

mod staff {
    use orm::prelude::*;

    #[derive(Entity, Debug)]
    #[entity(inheritance = "joined")]
    pub(super) enum Person {
        Employee(Employee),
        Manager(Manager),
    }

    #[derive(Entity, Debug, Default)]
    #[entity(table = "employee", root = "Person")]
    pub(super) struct Employee {
        #[entity(primary_key)]
        pub(super) id: Auto<i64>,
        pub(super) salary: i64,
    }

    #[derive(Entity, Debug, Default)]
    #[entity(table = "manager", root = "Person")]
    pub(super) struct Manager {
        #[entity(base)]
        pub(super) employee: Employee,
        pub(super) bonus: i64,
    }

    impl Employee {
        pub(super) const YEARLY: Hybrid<Self, i64, Writable> =
            Hybrid::new("yearly", || Self::SALARY * 12).setter(|yearly| Assignments::new(Self::SALARY, yearly / 12));
    }

    impl Manager {
        pub(super) const INCOME: Hybrid<Self, i64> = Hybrid::new("income", || Employee::SALARY * 12 + Self::BONUS);
    }
}

fn a_hybrid_of_a_base_class_is_that_of_all_classes(db: &Db) -> Result<()> {
    use staff::{Employee, Manager, Person};
    let engine = db.engine(schema![Person])?;
    let mut session = Session::new(&engine);
    let clerk = session.add(Employee { salary: 10, ..Employee::default() });
    let boss = session.add(Manager { employee: Employee { salary: 20, ..Employee::default() }, bonus: 7 });
    session.flush()?;
    assert_eq!(Employee::YEARLY.of(&session[boss])?, 240);
    assert_eq!(Employee::YEARLY.of(&session[clerk])?, 120);
    assert_eq!(Manager::INCOME.of(&session[boss])?, 247);
    assert_eq!(session.query::<Manager>().filter(Manager::INCOME.gt(240)).all()?, [boss]);
    assert_eq!(session.query::<Employee>().filter(Employee::YEARLY.lt(200)).all()?, [clerk]);
    session.set_hybrid(boss, Employee::YEARLY, 480)?;
    session.flush()?;
    assert_eq!(session.all(select(Employee::YEARLY).order_by(Employee::ID))?, [120, 480]);
    // Rows of other classes have nothing there.
    let bonus = Expr::<Option<i64>>::new(Manager::BONUS.node());
    assert_eq!(bonus.of(&session[clerk.upcast()])?, None);
    Ok(())
}
