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
    /// Whether the account is overdrawn.
    const IS_OVERDRAWN: Hybrid<Self, bool> =
        Hybrid::new("is_overdrawn", || Self::BALANCE.lt(literal(Cents(0))));

    /// Whether the account holds an amount: a hybrid with an argument.
    fn holds(amount: Cents) -> Expr<bool> {
        Self::BALANCE.ge(literal(amount))
    }
}
// ANCHOR_END: rule

// ANCHOR: loan
#[derive(Entity, Debug, Default)]
struct Loan {
    #[entity(primary_key)]
    id: Auto<i64>,
    amount: i64,
    paid: i64,
}

impl Loan {
    /// The part that is not paid yet. An assignment changes what is paid.
    const OPEN: Hybrid<Self, i64, Writable> =
        Hybrid::new("open", || Self::AMOUNT - Self::PAID)
            .setter(|open| Assignments::new(Self::PAID, Self::AMOUNT - open));
}
// ANCHOR_END: loan

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
    for account in session.query::<Account>().filter(Account::IS_OVERDRAWN).all()? {
        // In memory: nothing is sent.
        assert!(Account::IS_OVERDRAWN.of(&session[account])?);
        assert!(!Account::holds(Cents(100)).of(&session[account])?);
        owners.push(session[account].owner.clone());
    }
    Ok(owners)
}
// ANCHOR_END: both

// ANCHOR: settle
fn settle(session: &mut Session) -> orm::Result<Vec<(i64, i64)>> {
    let small = session.add(Loan { amount: 100, ..Loan::default() });
    let large = session.add(Loan { amount: 900, paid: 300, ..Loan::default() });
    session.set_hybrid(small, Loan::OPEN, 40)?;
    assert_eq!(session[small].paid, 60);

    let halved =
        update("loan").set(Loan::OPEN, Loan::OPEN / 2).filter(Loan::OPEN.gt(500));
    session.execute_synchronized(halved, Synchronize::Auto)?;
    assert_eq!(session[large].paid, 600); // memory follows the UPDATE
    session.all(select((Loan::AMOUNT, Loan::OPEN)).order_by(Loan::OPEN.desc()))
}
// ANCHOR_END: settle

// ANCHOR: refused
fn refused(account: &Account) -> orm::Result<bool> {
    Account::OWNER.lt("m").of(account)
}
// ANCHOR_END: refused

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
    stage.step("account", || engine.create_all(schema![Account, Loan]))?;
    let mut session = Session::new(engine);
    stage.step("save", || save(&mut session))?;
    assert_eq!(stage.step("both", || both(&mut session))?, ["bob"]);
    stage.step("embedded", || move_out(&mut session))?;
    assert_eq!(stage.step("settle", || settle(&mut session))?, [(900, 300), (100, 40)]);
    stage.refused("refused", || refused(&Account::default()))?;
    stage.refused("decode", || decode(&mut session))?;
    Ok(())
}
