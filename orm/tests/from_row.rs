//! Plain structs that the rows of a query fill: by name, on SQLite end to end.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use orm::engine::text;
use orm::prelude::*;
use orm::{Error, Result, ValueRow};

#[derive(Entity, Debug, Default)]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    fullname: Option<String>,
    #[entity(inverse = "user", lazy = "joined")]
    addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "addresses")]
    user: BelongsTo<User>,
}

#[derive(FromRow, Debug, PartialEq)]
struct Count {
    name: String,
    n: i64,
    #[from_row(column = "fullname")]
    full: Option<String>,
}

/// A field that is a keyword.
#[derive(FromRow, Debug, PartialEq)]
struct Typed {
    r#type: String,
}

fn session() -> Session {
    let engine = Engine::new("sqlite://").unwrap();
    engine.create_all(schema![User, Address]).unwrap();
    let mut session = Session::new(&engine);
    for (name, fullname, addresses) in [("ed", Some("Ed Jones"), 2), ("mary", None, 1), ("wendy", None, 3)] {
        let fullname = fullname.map(str::to_owned);
        let user = session.add(User { name: name.to_owned(), fullname, ..User::default() });
        for _ in 0..addresses {
            session.rel(user, User::ADDRESSES).push(Address::default()).unwrap();
        }
    }
    session.commit().unwrap();
    session
}

fn counts() -> Select<Count> {
    select((User::FULLNAME, count(Address::ID).label("n"), User::NAME))
        .join(User::ADDRESSES)
        .group_by((User::NAME, User::FULLNAME))
        .rows_as()
}

fn counted(name: &str, n: i64, full: Option<&str>) -> Count {
    Count { name: name.to_owned(), n, full: full.map(str::to_owned) }
}

#[test]
fn fields_take_columns_by_name_and_the_query_goes_on() {
    let mut session = session();
    let rows = session.all(counts().order_by(User::NAME.desc())).unwrap();
    assert_eq!(rows, [counted("wendy", 3, None), counted("mary", 1, None), counted("ed", 2, Some("Ed Jones"))]);
    let few = counts().filter(User::NAME.ne("wendy")).having(count(Address::ID).gt(1)).order_by(User::NAME).limit(5);
    assert_eq!(session.one(&few).unwrap(), counted("ed", 2, Some("Ed Jones")));
    assert_eq!(session.count(counts()).unwrap(), 3);
}

#[test]
fn rows_stream_into_structs() {
    let mut session = session();
    let mut total = 0;
    session
        .for_each(counts(), |row| {
            total += row.n;
            Ok(())
        })
        .unwrap();
    assert_eq!(total, 6);
}

#[test]
fn an_entity_gives_its_columns_and_is_not_held() {
    #[derive(FromRow, Debug, PartialEq)]
    struct Plain {
        id: i64,
        fullname: Option<String>,
        name: String,
    }
    let mut session = session();
    session.expunge_all();
    let rows = session.all(select(entity::<User>()).rows_as::<Plain>().order_by(User::ID)).unwrap();
    assert_eq!(rows.len(), 3, "addresses are not joined");
    assert_eq!(rows[0], Plain { id: 1, fullname: Some("Ed Jones".to_owned()), name: "ed".to_owned() });
    assert!(session.held::<User>().is_empty());
}

#[test]
fn a_keyword_names_its_column() {
    let kind = session().one(select(User::NAME.label("type")).rows_as::<Typed>().limit(1)).unwrap();
    assert_eq!(kind.r#type.len(), 2);
}

fn fault<Out: 'static>(query: Select<Out>) -> String {
    let error = session().all(query.rows_as::<Count>()).unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }), "{error:?}");
    error.to_string()
}

#[test]
fn columns_and_fields_without_partners_are_named_when_the_query_runs() {
    let n = || count(Address::ID).label("n");
    assert_eq!(
        fault(select((User::NAME, n())).join(User::ADDRESSES)),
        "`Count.full` takes the column `fullname`, but no column is named so; there are `name`, `n`"
    );
    assert_eq!(
        fault(select((User::NAME, count(Address::ID), User::FULLNAME))),
        "`Count.n` takes the column `n`, but no column is named so; \
         there are `name`, an expression without a label, `fullname`"
    );
    assert_eq!(
        fault(select((User::NAME, User::FULLNAME, n(), Address::ID))),
        "`Count` has no field for `id`: add one, or leave the column out; \
         there are `name`, `fullname`, `n`, `id`"
    );
    assert_eq!(
        fault(select((User::NAME, User::FULLNAME, n(), User::FULLNAME.label("name")))),
        "`Count.name` takes the column `name`, but several are named so: give them labels; \
         there are `name`, `fullname`, `n`, `name`"
    );
}

#[test]
fn a_value_of_another_type_is_placed() {
    let twisted = select((User::NAME.label("n"), User::FULLNAME, User::NAME)).rows_as::<Count>();
    assert_eq!(session().all(twisted).unwrap_err().to_string(), "Count.n: expected an integer, the row holds text");
}

#[test]
fn rows_of_hand_written_sql_fill_structs() {
    let engine = Engine::new("sqlite://").unwrap();
    let mut connection = engine.connect().unwrap();
    let rows: Vec<ValueRow> = connection.query(&text("SELECT 2 AS n, NULL AS fullname, 'ed' AS name")).unwrap();
    let filled: Result<Vec<Count>> = rows.iter().map(ValueRow::unpack).collect();
    assert_eq!(filled.unwrap(), [counted("ed", 2, None)]);
    assert_eq!(
        rows[0].unpack::<Typed>().unwrap_err().to_string(),
        "`Typed.type` takes the column `type`, but no column is named so; there are `n`, `fullname`, `name`"
    );
}
