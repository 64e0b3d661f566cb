//! Values of columns marked `sensitive`: no text that the crate makes ever shows one, whatever is done with the column.

use std::fmt::Debug;

use orm::prelude::*;
use orm::sql::func;
use orm::text as raw;
use orm::{Recorder, Result};

use crate::Db;

cases![
    no_expression_over_a_sensitive_column_shows_a_value,
    a_sensitive_key_never_shows,
    links_and_references_of_a_sensitive_key_never_show,
    writes_of_a_sensitive_column_never_show,
    what_a_row_cannot_give_never_shows,
    what_the_database_quotes_never_shows,
    a_cause_never_shows_a_value_that_no_parameter_has,
];

/// What no text may show, in whatever case.
const SECRET: &str = "S3CRET";

#[derive(Entity, Debug, Default)]
struct Vault {
    #[entity(primary_key, sensitive, length = 60)]
    token: String,
    #[entity(sensitive, length = 60)]
    email: String,
    #[entity(sensitive)]
    pin: i32,
    #[entity(length = 60)]
    name: String,
    #[entity(embed)]
    contact: Contact,
    #[entity(inverse = "vault")]
    items: HasMany<Item>,
    #[entity(secondary = "vault_label", inverse = "vaults")]
    labels: ManyToMany<Label>,
}

#[derive(Embed, Debug, Default)]
struct Contact {
    #[entity(sensitive, length = 60)]
    phone: String,
}

#[derive(Entity, Debug, Default)]
struct Item {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "items")]
    vault: BelongsTo<Option<Vault>>,
}

#[derive(Entity, Debug, Default)]
struct Label {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "vault_label", inverse = "labels")]
    vaults: ManyToMany<Vault>,
}

#[derive(Entity, Debug, Default)]
#[entity(unique(place, code))]
struct Locker {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 60)]
    place: String,
    #[entity(sensitive, length = 60)]
    code: String,
}

fn secret(name: &str) -> String {
    format!("{SECRET}-{name}")
}

fn vault(token: &str) -> Vault {
    Vault {
        token: secret(token),
        email: secret("mail"),
        pin: 1,
        name: "plain".to_owned(),
        contact: Contact { phone: secret("phone") },
        ..Vault::default()
    }
}

fn session(db: &Db) -> Result<(Session, Recorder)> {
    let engine = db.engine(schema![Vault, Item, Label])?;
    let recorder = engine.record();
    Ok((Session::new(&engine), recorder))
}

#[track_caller]
fn hides(what: &str, shown: impl Debug) {
    let text = format!("{shown:?}");
    assert!(!text.to_uppercase().contains(SECRET) && !text.contains("313373"), "{what}: {text}");
}

#[track_caller]
fn hides_sent(what: &str, recorder: &Recorder) {
    for sent in recorder.take().iter() {
        hides(what, (&sent.sql, &sent.parameters, &sent.error));
    }
}

/// Expressions in which the sensitive column takes part, and values that must not show beside it.
struct Random(u64);

impl Random {
    fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count
    }

    fn value(&mut self) -> String {
        secret(&self.below(100).to_string())
    }

    /// A text, of the column where it must be and of values elsewhere.
    fn text(&mut self, column: bool, depth: u32) -> Expr<String> {
        if depth == 0 {
            return match (column, self.below(4)) {
                (true, 0) => Expr::new(alias::<Vault>("vault").column(Vault::EMAIL).into_node()),
                (true, 1) => Expr::new(Vault::CONTACT.column(Contact::PHONE).node()),
                (true, _) => Expr::new(Vault::EMAIL.node()),
                (false, 0) => raw("lower(:value)").bind("value", self.value()).typed(),
                (false, _) => literal(self.value()),
            };
        }
        let first = self.below(2) == 0;
        let (one, other) = (self.text(column && first, depth - 1), self.text(column && !first, depth - 1));
        match self.below(8) {
            0 => lower(one).concat(other),
            1 => one.concat(upper(other)),
            2 => one.concat(other).concat(self.value()),
            3 => coalesce(one, other),
            4 => case::<String>().when(one.eq(self.value()), other).otherwise(self.value()),
            5 => func("replace", (one, self.value(), other)),
            6 => coalesce(scalar::<String>(select(one).select_from(entity::<Vault>()).limit(1)), other),
            _ => cast::<String>(one).concat(cast::<String>(other)),
        }
    }

    fn comparison(&mut self) -> Expr<bool> {
        let (left, depth) = (self.below(2) == 0, self.below(3) as u32);
        let (one, other) = (self.text(left, depth), self.text(!left, depth));
        match self.below(10) {
            0 => one.ne(other),
            1 => one.lt(other),
            2 => other.between(one, self.value()),
            3 => one.in_([other, literal(self.value())]),
            4 => one.like(other),
            5 => one.concat(other).starts_with(self.value()),
            6 => one.concat(other).ilike(self.value()),
            7 => one.concat(other).not_in([self.value()]),
            8 => literal(self.value()).in_select(select(one.concat(other)).select_from(entity::<Vault>())),
            _ => one.eq(other),
        }
    }

    fn condition(&mut self, depth: u32) -> Expr<bool> {
        if depth == 0 {
            return self.comparison();
        }
        let (one, other) = (self.condition(depth - 1), self.condition(depth - 1));
        match self.below(5) {
            0 => one.and(other).and(Vault::NAME.eq("plain")),
            1 => one.or(other),
            2 => !one.and(other),
            3 => select(Vault::NAME).filter(one).exists().or(other),
            _ => one.eq(other),
        }
    }
}

fn no_expression_over_a_sensitive_column_shows_a_value(db: &Db) -> Result<()> {
    let (mut session, recorder) = session(db)?;
    session.add(vault("a"));
    session.commit()?;
    let mut random = Random(7);
    for _ in 0..60 {
        let condition = random.condition(2);
        let query = select(Vault::NAME).filter(condition.clone());
        hides("Debug of an expression", &condition);
        hides("Debug of a query", (&query, query.tree()?));
        let ordered = select((Vault::NAME, random.text(true, 2).label("text"))).order_by(random.text(true, 2));
        let grouped = select(count_all()).group_by(Vault::NAME).having(max(Vault::EMAIL).eq(random.value()));
        let joined = select(Vault::NAME).join_on::<Label>(random.comparison());
        let inner = select((Vault::NAME, Vault::EMAIL.label("mail"))).as_subquery("inner");
        let outer = select(inner.column::<String>("name"))
            .select_from(&inner)
            .filter(inner.column::<String>("mail").eq(random.value()));
        let changed = update("vault").set(Vault::EMAIL, random.text(true, 1)).filter(random.comparison());
        let deleted = delete("vault").filter(random.comparison().and(Vault::NAME.eq("nobody")));
        hides("Debug of a statement", (&ordered, &grouped, &joined, &outer, &changed, &deleted));
        // A text that is no number is an error on some databases, which quote it.
        let number = select(Vault::NAME).filter(cast::<i64>(random.text(true, 2)).eq(313_373_i64));
        let outcomes = [
            session.all(query).map(drop),
            session.all(ordered).map(drop),
            session.all(grouped).map(drop),
            session.all(joined).map(drop),
            session.all(outer).map(drop),
            session.execute(&changed).map(drop),
            session.execute(&deleted).map(drop),
            session.all(number).map(drop),
        ];
        for error in outcomes.into_iter().filter_map(Result::err) {
            hides("an error", error);
        }
        hides_sent("what is recorded", &recorder);
        session.rollback()?;
    }
    Ok(())
}

fn a_sensitive_key_never_shows(db: &Db) -> Result<()> {
    let (mut session, recorder) = session(db)?;
    let held = session.add(vault("a"));
    session.commit()?;
    assert_eq!(session.get::<Vault>(secret("a"))?, Some(held));
    session.load(held)?;
    session[held].email = secret("other");
    hides("history", session.history(held)?);
    let plan = session.flush_plan()?;
    hides("a flush plan", (plan.to_string(), plan));
    hides("the session", &session);
    session.rollback()?;
    session.load(held)?;
    let twin = session.add(vault("a"));
    hides("history of what is new", session.history(twin)?);
    hides("a key that is there", session.flush().unwrap_err());
    session.rollback()?;
    session.close()?;
    session.add(vault("a"));
    hides("a key that the database has", session.flush().unwrap_err());
    session.rollback()?;
    let held = session.get::<Vault>(secret("a"))?.unwrap();
    session.execute(&delete("vault"))?;
    hides("a row that is gone", session.refresh(held).unwrap_err());
    session[held].name = "other".to_owned();
    hides("a row that is not found", session.flush().unwrap_err());
    session.rollback()?;
    session.merge(vault("a"))?;
    session.commit()?;
    hides("none found", session.query::<Vault>().filter(Vault::TOKEN.eq(secret("z"))).one().unwrap_err());
    hides_sent("what is recorded", &recorder);
    Ok(())
}

fn links_and_references_of_a_sensitive_key_never_show(db: &Db) -> Result<()> {
    let (mut session, recorder) = session(db)?;
    let (one, two) = (session.add(vault("a")), session.add(vault("b")));
    for owner in [one, two] {
        session.rel(owner, Vault::ITEMS).push(Item::default())?;
        session.rel(owner, Vault::LABELS).push(Label::default())?;
    }
    let plan = session.flush_plan()?;
    hides("a flush plan", (plan.to_string(), plan));
    session.commit()?;
    session.expunge_all();
    let options = || (selectin(Vault::ITEMS), selectin(Vault::LABELS));
    assert_eq!(session.query::<Vault>().options(options()).all()?.len(), 2);
    session.expunge_all();
    assert_eq!(session.query::<Vault>().options((joined(Vault::ITEMS), joined(Vault::LABELS))).all()?.len(), 2);
    session.expunge_all();
    for item in session.query::<Item>().all()? {
        let vault = session.rel(item, Item::VAULT).load()?.unwrap();
        session.rel(vault, Vault::LABELS).load()?;
        session.rel(item, Item::VAULT).clear()?;
        let plan = session.flush_plan()?;
        hides("a flush plan", (plan.to_string(), plan, session.history(item)?));
    }
    session.rollback()?;
    for condition in [Item::VAULT.is(secret("a")), Item::VAULT.is_not(secret("a")), Item::VAULT_ID.eq(secret("b"))] {
        hides("Debug of a reference", &condition);
        assert_eq!(session.query::<Item>().filter(condition).count()?, 1);
    }
    let linked = Label::VAULTS.contains(secret("a"));
    hides("Debug of a link", &linked);
    assert_eq!(session.query::<Label>().filter(linked).count()?, 1);
    let label = session.query::<Label>().filter(Label::VAULTS.any(Vault::TOKEN.eq(secret("a")))).one()?;
    let linked = session.rel(label, Label::VAULTS).load()?;
    session.rel(label, Label::VAULTS).remove(linked[0])?;
    session.commit()?;
    hides_sent("what is recorded", &recorder);
    Ok(())
}

fn writes_of_a_sensitive_column_never_show(db: &Db) -> Result<()> {
    let (mut session, recorder) = session(db)?;
    let columns = (Vault::TOKEN, Vault::EMAIL, Vault::PIN, Vault::NAME, Vault::CONTACT.column(Contact::PHONE));
    let row = |token: &str| (secret(token), secret("mail"), 313_373, "plain", secret("phone"));
    let rows = insert("vault").rows(columns, [row("a"), row("b")]);
    let computed = update("vault").set(Vault::EMAIL, upper(literal(secret("new")).concat(secret("new"))));
    let raised = update("vault").set(Vault::PIN, Vault::PIN + 313_373).filter((Vault::PIN - 313_373).lt(313_373));
    hides("Debug of writes", (&rows, &computed, &raised));
    session.execute(&rows)?;
    session.execute(&computed)?;
    session.execute(&raised)?;
    let mut held = Vec::new();
    for number in 0..30 {
        held.push(session.add(vault(&format!("c{number}"))));
    }
    session.flush()?;
    for key in held {
        session[key].email = secret("changed");
        session[key].pin = 313_373;
        session[key].contact.phone = secret("changed");
    }
    let plan = session.flush_plan()?;
    hides("a flush plan", (plan.to_string(), plan));
    session.commit()?;
    hides_sent("what is recorded", &recorder);
    Ok(())
}

fn what_a_row_cannot_give_never_shows(db: &Db) -> Result<()> {
    let (mut session, _) = session(db)?;
    session.add(Vault { pin: 313_373, ..vault("a") });
    session.commit()?;
    session.close()?;
    // A number that the field does not take, a text that is no number: as somebody else may have put in, or a query has it.
    let narrow = table("vault").column::<i16>("pin").sensitive(true);
    if let Err(error) = session.all(select(narrow).select_from(entity::<Vault>())) {
        hides("a number out of range", error);
    }
    let date = table("vault").column::<chrono::NaiveDate>("email").sensitive(true);
    hides("a text that is no date", session.all(select(date).select_from(entity::<Vault>())).unwrap_err());
    Ok(())
}

fn what_the_database_quotes_never_shows(db: &Db) -> Result<()> {
    let (mut session, _) = session(db)?;
    session.add(vault("a"));
    session.commit()?;
    let number = cast::<i64>(Vault::EMAIL.concat("x"));
    if let Err(error) = session.all(select(number)) {
        hides("a text that is no number", error);
    }
    session.rollback()?;
    let twice = insert("vault").values((Vault::TOKEN, Vault::EMAIL), (secret("a"), secret("b")));
    hides("a key that is there", session.execute(&twice).unwrap_err());
    session.rollback()?;
    let day = func::<bool>("date", Vault::EMAIL.concat(secret("day"))).is_null();
    if let Err(error) = session.query::<Vault>().filter(day).all() {
        hides("a text that is no date", error);
    }
    Ok(())
}

fn a_cause_never_shows_a_value_that_no_parameter_has(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Locker])?);
    let locker = |place: &str| Locker { place: place.to_owned(), code: secret("code"), ..Locker::default() };
    session.add_all([locker("hall"), locker("attic")]);
    session.commit()?;
    let attic = session.query::<Locker>().filter(Locker::PLACE.eq("attic")).one()?;
    session[attic].place = "hall".into();
    let refused = session.flush().unwrap_err();
    assert_eq!(refused.code(), "unique-violation");
    let mut cause: Option<&dyn std::error::Error> = Some(&refused);
    while let Some(error) = cause {
        hides("a cause", (error.to_string(), error));
        cause = error.source();
    }
    let orm::Error::Database(refused) = refused else { panic!("a violation") };
    hides("a refusal", &refused);
    assert_eq!(refused.key::<Locker>(), Some(attic));
    Ok(())
}
