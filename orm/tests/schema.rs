//! Tables on real databases: created once, in order, with constraints that hold, and dropped again.
//!
//! SQLite always; PostgreSQL with the feature `postgres` and a server at `ORM_POSTGRES_URL`.
//!
//! Counterpart: `test/sql/test_metadata.py` and `test/engine/test_ddlevents.py` of SQLAlchemy, in part.
#![allow(clippy::unwrap_used, reason = "tests")]

use orm::engine::{DialectName, Engine, StatementKind, Statements, text};
use orm::schema::{Check, Column, ForeignKey, Index, ReferentialAction, Schema, Table, Unique};
use orm::{Auto, BelongsTo, DataType, DatabaseErrorKind, Entity, Error, HasMany, ManyToMany, schema};

/// Runs a test on every database at hand, each time with nothing in it.
fn on_each(name: &str, test: impl Fn(&Engine)) {
    test(&Engine::new("sqlite://").unwrap());
    if let Some(engine) = postgres(name) {
        test(&engine);
    }
}

#[cfg(not(feature = "postgres"))]
fn postgres(_name: &str) -> Option<Engine> {
    None
}

/// An engine that sees one fresh schema, named after the test.
#[cfg(feature = "postgres")]
fn postgres(name: &str) -> Option<Engine> {
    let Ok(url) = std::env::var("ORM_POSTGRES_URL") else {
        eprintln!("skipped on PostgreSQL: ORM_POSTGRES_URL is not set");
        return None;
    };
    let schema = format!("orm_schema_{name}");
    let engine = Engine::new(&url).unwrap();
    run(&engine, &format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).unwrap();
    run(&engine, &format!("CREATE SCHEMA {schema}")).unwrap();
    let path = format!("SET search_path TO {schema}");
    Some(
        Engine::builder(&url).on_connect(move |connection| connection.execute(&text(&path)).map(drop)).build().unwrap(),
    )
}

fn run(engine: &Engine, sql: &str) -> orm::Result<usize> {
    engine.connect()?.execute(&text(sql))
}

fn count(engine: &Engine, sql: &str) -> i64 {
    engine.connect().unwrap().query(&text(sql)).unwrap()[0].get(0).unwrap()
}

/// What `work` sent, without BEGIN and COMMIT.
fn sent(engine: &Engine, work: impl FnOnce()) -> Statements {
    let recorder = engine.record();
    work();
    recorder.take().without_transactions()
}

/// The second word of each DDL statement and what follows it: `TABLE person`, `INDEX ix_person_name`.
fn objects(statements: &Statements) -> Vec<String> {
    let ddl = statements.iter().filter(|statement| statement.kind == StatementKind::Ddl);
    ddl.map(|statement| statement.sql.split_whitespace().skip(1).take(2).collect::<Vec<_>>().join(" ")).collect()
}

#[track_caller]
fn refused(result: orm::Result<usize>, kind: DatabaseErrorKind) {
    assert_eq!(result.unwrap_err().database_kind(), Some(kind));
}

fn id() -> Column {
    Column::new("id", DataType::BigInteger).primary_key().generated()
}

fn garage() -> Schema {
    let car = Table::new("car")
        .comment("It's what drives")
        .column(id())
        .column(Column::new("plate", DataType::String(Some(10))).not_null().unique().comment("As painted"))
        .column(Column::new("doors", DataType::Integer).not_null().server_default("3 + 1"))
        .column(Column::new("color", DataType::Enum(vec!["red", "sun's"])))
        .column(Column::new("made", DataType::DateTime).not_null().server_default("CURRENT_TIMESTAMP"))
        .column(Column::new("note", DataType::Text).server_default("'it''s new'"))
        .column(Column::new("owner_id", DataType::BigInteger))
        .check(Check::new("doors > 0"))
        .index(Index::new(["color", "doors"]))
        .foreign_key(ForeignKey::new(["owner_id"], "person", ["id"]).on_delete(ReferentialAction::SetNull));
    let person = Table::new("person")
        .column(id())
        .column(Column::new("name", DataType::Text).not_null().index())
        .column(Column::new("boss_id", DataType::BigInteger).references("person", "id"));
    let trip = Table::new("trip")
        .column(Column::new("car_id", DataType::BigInteger).primary_key())
        .column(Column::new("day", DataType::Date).primary_key())
        .foreign_key(ForeignKey::new(["car_id"], "car", ["id"]).on_delete(ReferentialAction::Cascade));
    let stop = Table::new("stop")
        .column(id())
        .column(Column::new("car_id", DataType::BigInteger).not_null())
        .column(Column::new("day", DataType::Date).not_null())
        .unique(Unique::new(["car_id", "day"]))
        .foreign_key(ForeignKey::new(["car_id", "day"], "trip", ["car_id", "day"]));
    Schema::new().table(stop).table(trip).table(car).table(person)
}

#[test]
fn tables_are_created_in_order_and_only_once() {
    on_each("order", |engine| {
        let first = sent(engine, || engine.create_all(garage()).unwrap());
        let tables: Vec<String> = objects(&first).into_iter().filter(|object| object.starts_with("TABLE")).collect();
        let creates = &tables[..4];
        assert_eq!(creates, ["TABLE person", "TABLE car", "TABLE trip", "TABLE stop"].map(str::to_owned));
        let second = sent(engine, || engine.create_all(garage()).unwrap());
        assert_eq!(second.len(), 1, "one query finds that nothing is missing: {second:?}");
        let dropped = sent(engine, || engine.drop_all(garage()).unwrap());
        assert_eq!(objects(&dropped), ["TABLE stop", "TABLE trip", "TABLE car", "TABLE person"]);
        let nothing = sent(engine, || engine.drop_all(garage()).unwrap());
        assert_eq!(nothing.len(), 1, "{nothing:?}");
    });
}

#[test]
fn only_missing_tables_are_created() {
    on_each("missing", |engine| {
        run(engine, "CREATE TABLE person (id BIGINT NOT NULL PRIMARY KEY)").unwrap();
        let statements = sent(engine, || engine.create_all(garage()).unwrap());
        assert!(!objects(&statements).contains(&"TABLE person".to_owned()));
        assert_eq!(count(engine, "SELECT count(*) FROM stop"), 0);
    });
}

#[test]
fn constraints_hold() {
    use DatabaseErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    on_each("constraints", |engine| {
        engine.create_all(garage()).unwrap();
        run(engine, "INSERT INTO person (name) VALUES ('ann'), ('bob')").unwrap();
        run(engine, "INSERT INTO car (plate, owner_id) VALUES ('A 1', 1)").unwrap();
        refused(run(engine, "INSERT INTO car (plate) VALUES ('A 1')"), UniqueViolation);
        refused(run(engine, "INSERT INTO car (doors) VALUES (1)"), NotNullViolation);
        refused(run(engine, "INSERT INTO car (plate, doors) VALUES ('B', 0)"), CheckViolation);
        refused(run(engine, "INSERT INTO car (plate, color) VALUES ('B', 'blue')"), CheckViolation);
        refused(run(engine, "INSERT INTO car (plate, owner_id) VALUES ('B', 9)"), ForeignKeyViolation);
        refused(run(engine, "UPDATE person SET boss_id = 9"), ForeignKeyViolation);
        run(engine, "INSERT INTO car (id, plate, color) VALUES (2, 'B', 'sun''s')").unwrap();

        run(engine, "INSERT INTO trip (car_id, day) VALUES (1, '2024-02-29'), (2, '2024-02-29')").unwrap();
        refused(run(engine, "INSERT INTO trip (car_id, day) VALUES (1, '2024-02-29')"), UniqueViolation);
        refused(run(engine, "INSERT INTO stop (car_id, day) VALUES (1, '2024-03-01')"), ForeignKeyViolation);
        run(engine, "INSERT INTO stop (car_id, day) VALUES (1, '2024-02-29')").unwrap();
        refused(run(engine, "INSERT INTO stop (car_id, day) VALUES (1, '2024-02-29')"), UniqueViolation);

        run(engine, "DELETE FROM person WHERE id = 1").unwrap();
        assert_eq!(count(engine, "SELECT count(*) FROM car WHERE owner_id IS NULL"), 2);
        run(engine, "DELETE FROM car WHERE id = 2").unwrap();
        assert_eq!(count(engine, "SELECT count(*) FROM trip"), 1, "gone with its car");
        refused(run(engine, "DELETE FROM car WHERE id = 1"), ForeignKeyViolation);
    });
}

#[test]
fn servers_fill_in_defaults_and_keys() {
    on_each("defaults", |engine| {
        engine.create_all(garage()).unwrap();
        run(engine, "INSERT INTO car (plate) VALUES ('a'), ('b')").unwrap();
        let rows = engine.connect().unwrap().query(&text("SELECT id, doors, note, made FROM car ORDER BY id")).unwrap();
        let (id, doors, note): (i64, i64, String) =
            (rows[1].get("id").unwrap(), rows[1].get("doors").unwrap(), rows[1].get("note").unwrap());
        assert_eq!((id, doors, note.as_str()), (2, 4, "it's new"));
        assert!(!rows[1].values[3].is_null());
        run(engine, "INSERT INTO person (id, name) VALUES (7, 'given')").unwrap();
        assert_eq!(count(engine, "SELECT id FROM person"), 7);
    });
}

#[test]
fn comments_are_kept_where_there_are_comments() {
    on_each("comments", |engine| {
        engine.create_all(garage()).unwrap();
        if engine.dialect() == DialectName::Postgres {
            let sql = "SELECT obj_description('car'::regclass), col_description('car'::regclass, 2)";
            let rows = engine.connect().unwrap().query(&text(sql)).unwrap();
            assert_eq!(rows[0].get::<String>(0).unwrap(), "It's what drives");
            assert_eq!(rows[0].get::<String>(1).unwrap(), "As painted");
        }
    });
}

#[test]
fn tables_in_a_circle() {
    let schema = Schema::new()
        .table(
            Table::new("hen").column(id()).column(Column::new("egg_id", DataType::BigInteger).references("egg", "id")),
        )
        .table(
            Table::new("egg")
                .column(id())
                .column(Column::new("hen_id", DataType::BigInteger).not_null().references("hen", "id")),
        );
    on_each("circle", |engine| {
        engine.create_all(&schema).unwrap();
        run(engine, "INSERT INTO hen (egg_id) VALUES (NULL)").unwrap();
        run(engine, "INSERT INTO egg (hen_id) VALUES (1)").unwrap();
        run(engine, "UPDATE hen SET egg_id = 1").unwrap();
        refused(run(engine, "UPDATE hen SET egg_id = 2"), DatabaseErrorKind::ForeignKeyViolation);
        refused(run(engine, "DELETE FROM hen"), DatabaseErrorKind::ForeignKeyViolation);
        engine.drop_all(&schema).unwrap();
        refused(run(engine, "SELECT * FROM hen"), DatabaseErrorKind::MissingTable);
        engine.create_all(&schema).unwrap();
        assert_eq!(count(engine, "SELECT count(*) FROM egg"), 0);
    });
}

/// SQLite holds RESTRICT at each row, also of a table that is dropped.
#[test]
fn a_table_that_restricts_itself_is_dropped_with_its_rows() {
    let key = ForeignKey::new(["parent_id"], "branch", ["id"]).on_delete(ReferentialAction::Restrict);
    let branch = Table::new("branch").column(id()).column(Column::new("parent_id", DataType::BigInteger));
    let schema = Schema::new().table(branch.foreign_key(key));
    on_each("restricts", |engine| {
        engine.create_all(&schema).unwrap();
        run(engine, "INSERT INTO branch (parent_id) VALUES (NULL), (1), (3)").unwrap();
        engine.drop_all(&schema).unwrap();
        refused(run(engine, "SELECT * FROM branch"), DatabaseErrorKind::MissingTable);
    });
}

/// PostgreSQL cuts the name off.
#[test]
fn a_table_of_a_long_name_is_found_again() {
    let name = "ä".repeat(31);
    let schema = Schema::new().table(Table::new(&name).column(id()));
    let longer = Table::new("ä".repeat(32)).column(id());
    on_each("long", |engine| {
        let fits = engine.capabilities().max_identifier.holds(&longer.name);
        assert_eq!(engine.create_all(Schema::new().table(longer.clone())).is_ok(), fits);
        engine.create_all(&schema).unwrap();
        assert_eq!(objects(&sent(engine, || engine.create_all(&schema).unwrap())), [""; 0]);
        engine.drop_all(&schema).unwrap();
        refused(run(engine, &format!("SELECT * FROM \"{name}\"")), DatabaseErrorKind::MissingTable);
    });
}

#[test]
fn tables_in_another_schema() {
    let shelf = Table::new("shelf").in_schema("orm_schema_shop").column(id());
    let thing = Table::new("thing")
        .in_schema("orm_schema_shop")
        .column(id())
        .column(Column::new("shelf_id", DataType::BigInteger).index())
        .foreign_key(ForeignKey::new(["shelf_id"], "shelf", ["id"]).in_schema("orm_schema_shop"));
    let namesake = Table::new("thing").column(id());
    let schema = Schema::new().table(thing).table(shelf).table(namesake);
    on_each("qualified", |engine| {
        if engine.dialect() == DialectName::Sqlite {
            run(engine, "ATTACH ':memory:' AS orm_schema_shop").unwrap();
        } else {
            run(engine, "DROP SCHEMA IF EXISTS orm_schema_shop CASCADE").unwrap();
            run(engine, "CREATE SCHEMA orm_schema_shop").unwrap();
        }
        engine.create_all(&schema).unwrap();
        run(engine, "INSERT INTO orm_schema_shop.shelf (id) VALUES (1)").unwrap();
        let orphan = "INSERT INTO orm_schema_shop.thing (shelf_id) VALUES (2)";
        refused(run(engine, orphan), DatabaseErrorKind::ForeignKeyViolation);
        run(engine, "DROP TABLE thing").unwrap();
        let again = sent(engine, || engine.create_all(&schema).unwrap());
        assert_eq!(objects(&again), ["TABLE thing"], "its namesake elsewhere is another table");
        engine.drop_all(&schema).unwrap();
        refused(run(engine, "SELECT * FROM orm_schema_shop.shelf"), DatabaseErrorKind::MissingTable);
    });
}

#[test]
fn names_that_need_quotes() {
    let schema = Schema::new().table(
        Table::new("Order \"x\"")
            .column(Column::new("select", DataType::Integer).primary_key().generated())
            .column(Column::new("It's", DataType::Enum(vec!["'", "\\", "\""])).index())
            .column(Column::new("parent", DataType::Integer).references("Order \"x\"", "select")),
    );
    on_each("quotes", |engine| {
        engine.create_all(&schema).unwrap();
        run(engine, r#"INSERT INTO "Order ""x""" ("It's", parent) VALUES ('''', 1), ('\', 1)"#).unwrap();
        let second = sent(engine, || engine.create_all(&schema).unwrap());
        assert_eq!(objects(&second), [""; 0]);
        engine.drop_all(&schema).unwrap();
    });
}

#[test]
fn exact_types_stay_exact() {
    let schema = Schema::new().table(
        Table::new("exact")
            .column(Column::new("price", DataType::Numeric(Some((30, 10)))))
            .column(Column::new("document", DataType::Json)),
    );
    on_each("exact", |engine| {
        engine.create_all(&schema).unwrap();
        run(engine, "INSERT INTO exact VALUES ('12345678901234567890.0123456789', '12345678901234567890')").unwrap();
        let row = engine.connect().unwrap().query(&text("SELECT price, document FROM exact")).unwrap().remove(0);
        let (price, document) =
            (row.get::<bigdecimal::BigDecimal>(0).unwrap(), row.get::<serde_json::Value>(1).unwrap());
        assert_eq!(price.to_plain_string(), "12345678901234567890.0123456789");
        assert_eq!(document.to_string(), "12345678901234567890");
    });
}

#[test]
fn a_failed_create_leaves_nothing() {
    let schema = Schema::new()
        .table(Table::new("fine").column(id()))
        .table(Table::new("broken").column(id()).check(Check::new("this is not SQL")));
    on_each("failed", |engine| {
        assert!(matches!(engine.create_all(&schema), Err(Error::Database(_))));
        refused(run(engine, "SELECT * FROM fine"), DatabaseErrorKind::MissingTable);
    });
}

/// Someone who writes.
#[derive(Entity, Debug, Default)]
#[entity(table = "author")]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50, unique)]
    name: String,
    #[entity(inverse = "author", cascade = "all, delete-orphan")]
    books: HasMany<Book>,
}

/// Something written.
#[derive(Entity, Debug, Default)]
#[entity(table = "book")]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    title: Option<String>,
    #[entity(column = "author_id", inverse = "books")]
    author: BelongsTo<Author>,
    #[entity(secondary = "book_genre", local = "book_id", remote = "genre_id")]
    genres: ManyToMany<Genre>,
}

/// What kind of thing.
#[derive(Entity, Debug, Default)]
#[entity(table = "genre")]
struct Genre {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
}

#[test]
fn entities_bring_their_tables() {
    on_each("entities", |engine| {
        let statements = sent(engine, || engine.create_all(schema![Book, Author, Genre]).unwrap());
        assert_eq!(objects(&statements), ["TABLE author", "TABLE genre", "TABLE book", "TABLE book_genre"]);
        run(engine, "INSERT INTO author (name) VALUES ('le guin')").unwrap();
        run(engine, "INSERT INTO book (author_id) VALUES (1)").unwrap();
        refused(run(engine, "INSERT INTO book (title) VALUES ('orphan')"), DatabaseErrorKind::NotNullViolation);
        refused(
            run(engine, "INSERT INTO book_genre (book_id, genre_id) VALUES (1, 1)"),
            DatabaseErrorKind::ForeignKeyViolation,
        );
        engine.drop_all(schema![Book, Author, Genre]).unwrap();
    });
}

#[test]
fn an_entity_left_out_is_named() {
    let engine = Engine::new("sqlite://").unwrap();
    let statements = sent(&engine, || {
        let error = engine.create_all(schema![Author]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the mapping cannot be used:\n  Author.books: refers to Book, which is not listed: add Book to the schema"
        );
    });
    assert!(statements.is_empty(), "nothing was sent");
}

#[derive(Entity, Debug)]
#[entity(inheritance = "concrete")]
enum Worker {
    Clerk(Clerk),
    Smith(Smith),
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Worker")]
struct Clerk {
    #[entity(primary_key)]
    id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
#[entity(root = "Worker")]
struct Smith {
    #[entity(base)]
    clerk: Clerk,
    #[entity(secondary = "smith_tool", inverse = "smiths")]
    tools: ManyToMany<Tool>,
}

#[derive(Entity, Debug, Default)]
struct Tool {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "smith_tool", inverse = "tools")]
    smiths: ManyToMany<Smith>,
}

/// The mapping of the root says what its classes are linked to; the rows linked are those of the class.
#[test]
fn links_of_a_class_lead_to_its_own_table() {
    let between = |schema: Schema| {
        let table = schema.tables().iter().find(|table| table.name == "smith_tool").unwrap();
        let columns = table.columns.iter().map(|column| (column.name.clone(), column.data_type.clone()));
        let keys = table.foreign_keys.iter().map(|key| key.target.clone());
        let (mut columns, mut keys): (Vec<_>, Vec<_>) = (columns.collect(), keys.collect());
        columns.sort_by(|one, other| one.0.cmp(&other.0));
        keys.sort();
        (columns, keys)
    };
    let integer = |name: &str| (name.to_owned(), DataType::BigInteger);
    let expected = (vec![integer("smith_id"), integer("tool_id")], vec!["smith".to_owned(), "tool".to_owned()]);
    assert_eq!(between(schema![Worker, Tool]), expected);
    assert_eq!(between(schema![Tool, Worker]), expected);
}
