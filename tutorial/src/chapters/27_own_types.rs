//! Chapter 27: columns of your own types, groups of columns, and rules that hold in memory and in SQL.

use orm::prelude::*;
use orm::{DataType, ValueRef};

use crate::Stage;

// ANCHOR: cents
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
struct Cents(i64);

impl ColumnType for Cents {
    type Base = Self;

    fn data_type() -> DataType {
        DataType::BigInteger
    }

    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::I64(self.0)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(Self).map_err(|_| "an amount in cents".to_owned())
    }
}
// ANCHOR_END: cents

// ANCHOR: place
#[derive(Embed, Debug, Default)]
struct Place {
    #[entity(length = 50)]
    street: String,
    #[entity(length = 50)]
    city: Option<String>,
}
// ANCHOR_END: place

// ANCHOR: account
#[derive(Entity, Debug, Default)]
struct Account {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    owner: String,
    balance: Cents,
    limit_of_credit: Cents,
    #[entity(embed)]
    home: Place,
    #[entity(embed(prefix = "work_"))]
    work: Place,
}
// ANCHOR_END: account

// ANCHOR: rule
impl Account {
    /// Whether the account is overdrawn: in memory.
    fn is_overdrawn(&self) -> bool {
        self.balance < Cents(0)
    }

    /// The same rule as a condition of SQL.
    fn overdrawn() -> Expr<bool> {
        Self::BALANCE.lt(literal(Cents(0)))
    }
}
// ANCHOR_END: rule

// ANCHOR: save
fn save(session: &mut Session) -> orm::Result<()> {
    let account = |owner: &str, cents| Account {
        owner: owner.into(),
        balance: Cents(cents),
        home: Place { street: "5 elm road".into(), city: Some("Cork".into()) },
        ..Account::default()
    };
    session.add(account("ann", 2_500));
    session.add(account("bob", -300));
    session.commit()
}
// ANCHOR_END: save

// ANCHOR: both
fn both(session: &mut Session) -> orm::Result<Vec<String>> {
    let mut owners = Vec::new();
    for account in session.query::<Account>().filter(Account::overdrawn()).all()? {
        assert!(session[account].is_overdrawn());
        owners.push(session[account].owner.clone());
    }
    Ok(owners)
}
// ANCHOR_END: both

// ANCHOR: embedded
fn move_out(session: &mut Session) -> orm::Result<()> {
    let in_cork = Account::HOME.column(Place::CITY).eq("Cork");
    for account in session.query::<Account>().filter(in_cork).all()? {
        session[account].home.city = Some("Oslo".into());
        session[account].work.city = Some("Cork".into());
    }
    session.commit()
}
// ANCHOR_END: embedded

// ANCHOR: decode
fn decode(session: &mut Session) -> orm::Result<Vec<Cents>> {
    let words = text("'a lot'").typed::<Cents>(); // the database gives text
    session.all(select(words))
}
// ANCHOR_END: decode

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    stage.step("account", || engine.create_all(schema![Account]))?;
    let mut session = Session::new(engine);
    stage.step("save", || save(&mut session))?;
    assert_eq!(stage.step("both", || both(&mut session))?, ["bob"]);
    stage.step("embedded", || move_out(&mut session))?;
    stage.refused("decode", || decode(&mut session))?;
    Ok(())
}
