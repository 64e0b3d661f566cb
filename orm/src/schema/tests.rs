//! DDL as text on every dialect, each also read by an independent parser; plans run by a scripted driver.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use expect_test::{Expect, expect};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::*;
use crate::engine::{Capabilities, Command, DialectName, Outcome, Plan, Statement, render};
use crate::value::DataType;

/// The text of a statement, after a parser has read it.
fn sql(statement: &dyn Statement, caps: &Capabilities) -> String {
    let text = render(statement, caps).unwrap().sql;
    let dialect: &dyn Dialect = match caps.dialect {
        DialectName::Sqlite => &SQLiteDialect {},
        DialectName::Postgres => &PostgreSqlDialect {},
        DialectName::Mysql => &MySqlDialect {},
    };
    if !text.starts_with("PRAGMA") {
        Parser::parse_sql(dialect, &text).unwrap_or_else(|error| panic!("{error}: {text}"));
    }
    text
}

/// What a plan sends when these tables exist: its queries as `?`, its writes in full.
fn run(mut plan: SchemaPlan, caps: &Capabilities, existing: &[&str]) -> Result<String> {
    let mut sent = String::new();
    while let Some(command) = plan.next_command()? {
        match command {
            Command::Query(query) => {
                let asked = render(&*query, caps)?;
                sent += &format!("? {}\n", asked.parameters.join(" "));
                existing.iter().for_each(|name| plan.found(name));
                plan.finished()?;
            }
            _ => {
                sent += &sql(&*plan.write()?, caps);
                sent.push('\n');
                plan.executed(Outcome::default())?;
            }
        }
    }
    Ok(sent)
}

/// What a plan sends when nothing exists, or everything.
#[track_caller]
fn check(schema: &Schema, caps: &Capabilities, create: Expect, drop: Expect) {
    create.assert_eq(&run(SchemaPlan::create_all(schema, caps).unwrap(), caps, &[]).unwrap());
    let all: Vec<&str> = schema.tables().iter().map(|table| table.name.as_str()).collect();
    drop.assert_eq(&run(SchemaPlan::drop_all(schema, caps).unwrap(), caps, &all).unwrap());
    let again = run(SchemaPlan::create_all(schema, caps).unwrap(), caps, &all).unwrap();
    assert!(again.lines().all(|line| line.starts_with('?')), "{again}");
}

fn id() -> Column {
    Column::new("id", DataType::BigInteger).primary_key().generated()
}

fn every_type() -> Table {
    let types = [
        ("a_small", DataType::SmallInteger),
        ("b_integer", DataType::Integer),
        ("c_big", DataType::BigInteger),
        ("d_string", DataType::String(Some(20))),
        ("e_text", DataType::Text),
        ("f_float", DataType::Float),
        ("g_double", DataType::Double),
        ("h_numeric", DataType::Numeric(Some((10, 2)))),
        ("i_boolean", DataType::Boolean),
        ("j_date", DataType::Date),
        ("k_time", DataType::Time),
        ("l_datetime", DataType::DateTime),
        ("m_binary", DataType::LargeBinary),
        ("n_uuid", DataType::Uuid),
        ("o_json", DataType::Json),
        ("p_enum", DataType::Enum(vec!["red", "it's"])),
    ];
    let table = Table::new("everything").column(id());
    types.into_iter().fold(table, |table, (name, data_type)| table.column(Column::new(name, data_type)))
}

fn shop() -> Schema {
    let order = Table::new("order")
        .in_schema("shop")
        .comment("What people's carts became")
        .column(id())
        .column(Column::new("number", DataType::Integer).not_null().unique().comment("Counted by hand"))
        .column(Column::new("placed", DataType::DateTime).not_null().server_default("CURRENT_TIMESTAMP").index())
        .column(Column::new("code", DataType::String(Some(8))).unique().index())
        .check(Check::new("number > 0").named("positive"));
    let item = Table::new("item")
        .in_schema("shop")
        .column(Column::new("order_id", DataType::BigInteger).primary_key())
        .column(Column::new("line", DataType::Integer).primary_key())
        .column(Column::new("amount", DataType::Integer).not_null().server_default("0"))
        .foreign_key(
            ForeignKey::new(["order_id"], "order", ["id"])
                .in_schema("shop")
                .on_delete(ReferentialAction::Cascade)
                .on_update(ReferentialAction::NoAction),
        )
        .index(Index::new(["amount", "line"]));
    let gift = Table::new("gift")
        .in_schema("shop")
        .column(id())
        .column(Column::new("order_id", DataType::BigInteger))
        .column(Column::new("line", DataType::Integer))
        .column(Column::new("inside_id", DataType::BigInteger))
        .foreign_key(ForeignKey::new(["inside_id"], "gift", ["id"]).in_schema("shop"))
        .foreign_key(ForeignKey::new(["order_id", "line"], "item", ["order_id", "line"]).in_schema("shop"))
        .unique(Unique::new(["order_id", "line"]))
        .check(Check::new("inside_id <> id"));
    Schema::new().table(gift).table(item).table(order)
}

fn circle() -> Schema {
    let hen =
        Table::new("hen").column(id()).column(Column::new("egg_id", DataType::BigInteger).references("egg", "id"));
    let egg =
        Table::new("egg").column(id()).column(Column::new("hen_id", DataType::BigInteger).references("hen", "id"));
    Schema::new().table(hen).table(egg)
}

#[test]
fn types() {
    let create = Ddl::create_table(every_type());
    expect![[r#"
        CREATE TABLE everything (
            id INTEGER NOT NULL,
            a_small SMALLINT,
            b_integer INTEGER,
            c_big BIGINT,
            d_string VARCHAR(20),
            e_text TEXT,
            f_float FLOAT,
            g_double DOUBLE,
            h_numeric TEXT,
            i_boolean BOOLEAN,
            j_date DATE,
            k_time TIME,
            l_datetime DATETIME,
            m_binary BLOB,
            n_uuid CHAR(36),
            o_json TEXT,
            p_enum VARCHAR(4),
            PRIMARY KEY (id),
            CONSTRAINT ck_everything_p_enum CHECK (p_enum IN ('red', 'it''s'))
        )"#]]
    .assert_eq(&sql(&create, &Capabilities::sqlite()));
    expect![[r#"
        CREATE TABLE everything (
            id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY,
            a_small SMALLINT,
            b_integer INTEGER,
            c_big BIGINT,
            d_string VARCHAR(20),
            e_text TEXT,
            f_float REAL,
            g_double DOUBLE PRECISION,
            h_numeric NUMERIC(10, 2),
            i_boolean BOOLEAN,
            j_date DATE,
            k_time TIME,
            l_datetime TIMESTAMP,
            m_binary BYTEA,
            n_uuid UUID,
            o_json JSONB,
            p_enum VARCHAR(4),
            PRIMARY KEY (id),
            CONSTRAINT ck_everything_p_enum CHECK (p_enum IN ('red', 'it''s'))
        )"#]]
    .assert_eq(&sql(&create, &Capabilities::postgres()));
    expect![[r#"
        CREATE TABLE everything (
            id BIGINT NOT NULL AUTO_INCREMENT,
            a_small SMALLINT,
            b_integer INTEGER,
            c_big BIGINT,
            d_string VARCHAR(20),
            e_text LONGTEXT,
            f_float FLOAT,
            g_double DOUBLE,
            h_numeric NUMERIC(10, 2),
            i_boolean BOOL,
            j_date DATE,
            k_time TIME(6),
            l_datetime DATETIME(6),
            m_binary LONGBLOB,
            n_uuid BINARY(16),
            o_json JSON,
            p_enum VARCHAR(4),
            PRIMARY KEY (id),
            CONSTRAINT ck_everything_p_enum CHECK (p_enum IN ('red', 'it''s'))
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin"#]]
    .assert_eq(&sql(&create, &Capabilities::mysql()));
}

#[test]
fn sqlite_shop() {
    check(
        &shop(),
        &Capabilities::sqlite(),
        expect![[r#"
            ? 'order' 'item' 'gift'
            CREATE TABLE shop."order" (
                id INTEGER NOT NULL,
                number INTEGER NOT NULL,
                placed DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
                code VARCHAR(8),
                PRIMARY KEY (id),
                CONSTRAINT uq_order_number UNIQUE (number),
                CONSTRAINT positive CHECK (number > 0)
            )
            CREATE INDEX shop.ix_order_placed ON "order" (placed)
            CREATE UNIQUE INDEX shop.ix_order_code ON "order" (code)
            CREATE TABLE shop.item (
                order_id BIGINT NOT NULL,
                line INTEGER NOT NULL,
                amount INTEGER DEFAULT 0 NOT NULL,
                PRIMARY KEY (order_id, line),
                CONSTRAINT fk_item_order_id_order FOREIGN KEY (order_id) REFERENCES "order" (id) ON DELETE CASCADE ON UPDATE NO ACTION
            )
            CREATE INDEX shop.ix_item_amount_line ON item (amount, line)
            CREATE TABLE shop.gift (
                id INTEGER NOT NULL,
                order_id BIGINT,
                line INTEGER,
                inside_id BIGINT,
                PRIMARY KEY (id),
                CONSTRAINT uq_gift_order_id_line UNIQUE (order_id, line),
                CONSTRAINT fk_gift_inside_id_gift FOREIGN KEY (inside_id) REFERENCES gift (id),
                CONSTRAINT fk_gift_order_id_line_item FOREIGN KEY (order_id, line) REFERENCES item (order_id, line),
                CONSTRAINT ck_gift_bf07a4a4 CHECK (inside_id <> id)
            )
        "#]],
        expect![[r#"
            ? 'order' 'item' 'gift'
            DROP TABLE shop.gift
            DROP TABLE shop.item
            DROP TABLE shop."order"
        "#]],
    );
}

#[test]
fn postgres_shop() {
    check(
        &shop(),
        &Capabilities::postgres(),
        expect![[r#"
            ? 'shop' 'order' 'item' 'gift'
            CREATE TABLE shop."order" (
                id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY,
                number INTEGER NOT NULL,
                placed TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
                code VARCHAR(8),
                PRIMARY KEY (id),
                CONSTRAINT uq_order_number UNIQUE (number),
                CONSTRAINT positive CHECK (number > 0)
            )
            CREATE INDEX ix_order_placed ON shop."order" (placed)
            CREATE UNIQUE INDEX ix_order_code ON shop."order" (code)
            COMMENT ON TABLE shop."order" IS 'What people''s carts became'
            COMMENT ON COLUMN shop."order".number IS 'Counted by hand'
            CREATE TABLE shop.item (
                order_id BIGINT NOT NULL,
                line INTEGER NOT NULL,
                amount INTEGER DEFAULT 0 NOT NULL,
                PRIMARY KEY (order_id, line),
                CONSTRAINT fk_item_order_id_order FOREIGN KEY (order_id) REFERENCES shop."order" (id) ON DELETE CASCADE ON UPDATE NO ACTION
            )
            CREATE INDEX ix_item_amount_line ON shop.item (amount, line)
            CREATE TABLE shop.gift (
                id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY,
                order_id BIGINT,
                line INTEGER,
                inside_id BIGINT,
                PRIMARY KEY (id),
                CONSTRAINT uq_gift_order_id_line UNIQUE (order_id, line),
                CONSTRAINT fk_gift_inside_id_gift FOREIGN KEY (inside_id) REFERENCES shop.gift (id),
                CONSTRAINT fk_gift_order_id_line_item FOREIGN KEY (order_id, line) REFERENCES shop.item (order_id, line),
                CONSTRAINT ck_gift_bf07a4a4 CHECK (inside_id <> id)
            )
        "#]],
        expect![[r#"
            ? 'shop' 'order' 'item' 'gift'
            DROP TABLE shop.gift
            DROP TABLE shop.item
            DROP TABLE shop."order"
        "#]],
    );
}

#[test]
fn mysql_shop() {
    check(
        &shop(),
        &Capabilities::mysql(),
        expect![[r#"
            ? 'shop' 'order' 'item' 'gift'
            CREATE TABLE shop.`order` (
                id BIGINT NOT NULL AUTO_INCREMENT,
                number INTEGER NOT NULL COMMENT 'Counted by hand',
                placed DATETIME(6) DEFAULT (CURRENT_TIMESTAMP) NOT NULL,
                code VARCHAR(8),
                PRIMARY KEY (id),
                CONSTRAINT uq_order_number UNIQUE (number),
                CONSTRAINT positive CHECK (number > 0)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin COMMENT='What people''s carts became'
            CREATE INDEX ix_order_placed ON shop.`order` (placed)
            CREATE UNIQUE INDEX ix_order_code ON shop.`order` (code)
            CREATE TABLE shop.item (
                order_id BIGINT NOT NULL,
                line INTEGER NOT NULL,
                amount INTEGER DEFAULT 0 NOT NULL,
                PRIMARY KEY (order_id, line),
                CONSTRAINT fk_item_order_id_order FOREIGN KEY (order_id) REFERENCES shop.`order` (id) ON DELETE CASCADE ON UPDATE NO ACTION
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin
            CREATE INDEX ix_item_amount_line ON shop.item (amount, line)
            CREATE TABLE shop.gift (
                id BIGINT NOT NULL AUTO_INCREMENT,
                order_id BIGINT,
                line INTEGER,
                inside_id BIGINT,
                PRIMARY KEY (id),
                CONSTRAINT uq_gift_order_id_line UNIQUE (order_id, line),
                CONSTRAINT fk_gift_inside_id_gift FOREIGN KEY (inside_id) REFERENCES shop.gift (id),
                CONSTRAINT fk_gift_order_id_line_item FOREIGN KEY (order_id, line) REFERENCES shop.item (order_id, line),
                CONSTRAINT ck_gift_bf07a4a4 CHECK (inside_id <> id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin
        "#]],
        expect![[r#"
            ? 'shop' 'order' 'item' 'gift'
            DROP TABLE shop.gift
            DROP TABLE shop.item
            DROP TABLE shop.`order`
        "#]],
    );
}

#[test]
fn sqlite_circle() {
    check(
        &circle(),
        &Capabilities::sqlite(),
        expect![[r#"
        ? 'hen' 'egg' 'hen' 'egg'
        CREATE TABLE hen (
            id INTEGER NOT NULL,
            egg_id BIGINT,
            PRIMARY KEY (id),
            CONSTRAINT fk_hen_egg_id_egg FOREIGN KEY (egg_id) REFERENCES egg (id)
        )
        CREATE TABLE egg (
            id INTEGER NOT NULL,
            hen_id BIGINT,
            PRIMARY KEY (id),
            CONSTRAINT fk_egg_hen_id_hen FOREIGN KEY (hen_id) REFERENCES hen (id)
        )
    "#]],
        expect![[r#"
        ? 'hen' 'egg' 'hen' 'egg'
        PRAGMA defer_foreign_keys = ON
        DROP TABLE egg
        DROP TABLE hen
    "#]],
    );
}

#[test]
fn postgres_circle() {
    check(
        &circle(),
        &Capabilities::postgres(),
        expect![[r#"
        ? 'hen' 'egg'
        CREATE TABLE hen (
            id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY,
            egg_id BIGINT,
            PRIMARY KEY (id)
        )
        CREATE TABLE egg (
            id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY,
            hen_id BIGINT,
            PRIMARY KEY (id),
            CONSTRAINT fk_egg_hen_id_hen FOREIGN KEY (hen_id) REFERENCES hen (id)
        )
        ALTER TABLE hen ADD CONSTRAINT fk_hen_egg_id_egg FOREIGN KEY (egg_id) REFERENCES egg (id)
    "#]],
        expect![[r#"
        ? 'hen' 'egg'
        ALTER TABLE hen DROP CONSTRAINT IF EXISTS fk_hen_egg_id_egg
        DROP TABLE egg
        DROP TABLE hen
    "#]],
    );
}

#[test]
fn mysql_circle() {
    check(
        &circle(),
        &Capabilities::mysql(),
        expect![[r#"
            ? 'hen' 'egg'
            CREATE TABLE hen (
                id BIGINT NOT NULL AUTO_INCREMENT,
                egg_id BIGINT,
                PRIMARY KEY (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin
            CREATE TABLE egg (
                id BIGINT NOT NULL AUTO_INCREMENT,
                hen_id BIGINT,
                PRIMARY KEY (id),
                CONSTRAINT fk_egg_hen_id_hen FOREIGN KEY (hen_id) REFERENCES hen (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin
            ALTER TABLE hen ADD CONSTRAINT fk_hen_egg_id_egg FOREIGN KEY (egg_id) REFERENCES egg (id)
        "#]],
        expect![[r#"
        ? 'hen' 'egg'
        ALTER TABLE hen DROP FOREIGN KEY fk_hen_egg_id_egg
        DROP TABLE egg
        DROP TABLE hen
    "#]],
    );
}

#[test]
fn queries_for_what_exists() {
    for (caps, expected) in [
        (
            Capabilities::sqlite(),
            expect![[r#"
                SELECT name FROM shop.sqlite_master WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?, ?)
                SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?) UNION ALL SELECT name FROM sqlite_temp_master WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?)
            "#]],
        ),
        (
            Capabilities::postgres(),
            expect![[r#"
                SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname = $1 AND CAST(c.relname AS TEXT) IN ($2, $3, $4)
                SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog' AND CAST(c.relname AS TEXT) IN ($1, $2)
            "#]],
        ),
        (
            Capabilities::mysql(),
            expect![[r#"
                SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name IN (?, ?, ?)
                SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (?, ?)
            "#]],
        ),
    ] {
        let queries = existing::ExistingTables::of(shop().and(circle()).tables());
        expected.assert_eq(&queries.iter().map(|query| sql(&**query, &caps) + "\n").collect::<String>());
    }
}

#[test]
fn only_what_is_missing_is_created_and_only_what_exists_dropped() {
    let caps = Capabilities::postgres();
    let plan = SchemaPlan::create_all(&circle(), &caps).unwrap();
    expect![[r#"
        ? 'hen' 'egg'
        CREATE TABLE hen (
            id BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY,
            egg_id BIGINT,
            PRIMARY KEY (id),
            CONSTRAINT fk_hen_egg_id_egg FOREIGN KEY (egg_id) REFERENCES egg (id)
        )
    "#]]
    .assert_eq(&run(plan, &caps, &["egg"]).unwrap());
    let plan = SchemaPlan::drop_all(&circle(), &caps).unwrap();
    expect![[r#"
        ? 'hen' 'egg'
        DROP TABLE egg
    "#]]
    .assert_eq(&run(plan, &caps, &["egg"]).unwrap());
}

#[test]
fn a_table_is_completed_by_the_program_that_created_it() {
    let caps = Capabilities::mysql();
    let mut slow = SchemaPlan::create_all(&circle(), &caps).unwrap();
    assert!(matches!(slow.next_command(), Ok(Some(Command::Query(_)))));
    slow.finished().unwrap();
    assert!(matches!(slow.next_command(), Ok(Some(Command::Execute))));
    assert!(sql(&*slow.write().unwrap(), &caps).starts_with("CREATE TABLE hen"));
    slow.executed(Outcome::default()).unwrap();
    // Another program is faster from here on: the database refuses this.
    assert!(matches!(slow.next_command(), Ok(Some(Command::Execute))));
    assert!(sql(&*slow.write().unwrap(), &caps).starts_with("CREATE TABLE egg"));
    let mut again = SchemaPlan::create_all(&circle(), &caps).unwrap();
    again.resume(slow);
    let sent = run(again, &caps, &["hen", "egg"]).unwrap();
    let (_, after) = sent.split_once('\n').unwrap();
    assert_eq!(after, "ALTER TABLE hen ADD CONSTRAINT fk_hen_egg_id_egg FOREIGN KEY (egg_id) REFERENCES egg (id)\n");
}

#[test]
fn tables_keep_their_order_where_the_foreign_keys_allow() {
    let names = |schema: &Schema| schema.sorted_tables().iter().map(|table| table.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&shop()), ["order", "item", "gift"]);
    assert_eq!(names(&circle()), ["hen", "egg"]);
    let plain = ["c", "a", "b"].map(|name| Table::new(name).column(id()));
    assert_eq!(names(&plain.into_iter().fold(Schema::new(), Schema::table)), ["c", "a", "b"]);
}

#[test]
fn a_key_of_bytes_has_a_length_on_mysql() {
    let bytes = |name: &str| Column::new(name, DataType::LargeBinary);
    let blob = Table::new("blob").column(bytes("hash").primary_key()).column(bytes("content"));
    let sql = sql(&Ddl::create_table(blob), &Capabilities::mysql());
    assert!(sql.contains("hash VARBINARY(255)") && sql.contains("content LONGBLOB"), "{sql}");
}

#[test]
fn nothing_is_sent_when_one_table_cannot_be() {
    let caps = Capabilities::mysql();
    let schema = Schema::new()
        .table(Table::new("fine").column(id()))
        .table(Table::new("faulty").column(Column::new("price", DataType::Numeric(None))));
    let mut plan = SchemaPlan::create_all(&schema, &caps).unwrap();
    assert!(matches!(plan.next_command(), Ok(Some(Command::Query(_)))));
    plan.finished().unwrap();
    let Err(error) = plan.next_command() else { panic!("sent") };
    expect!["MySQL has no exact NUMERIC without a precision (faulty.price); give the column precision and scale"]
        .assert_eq(&error.to_string());
}

#[test]
fn what_a_dialect_cannot_do_is_said() {
    let refused = |ddl: &Ddl, caps: &Capabilities| render(ddl, caps).unwrap_err().to_string() + "\n";
    let table = Arc::new(
        Table::new("t")
            .column(Column::new("a", DataType::Integer).primary_key())
            .column(Column::new("b", DataType::Integer).primary_key().generated()),
    );
    let mut said = String::new();
    for caps in [Capabilities::sqlite(), Capabilities::mysql()] {
        said += &refused(&Ddl::create_table(Arc::clone(&table)), &caps);
    }
    let numeric = Table::new("t").column(Column::new("n", DataType::Numeric(None)));
    said += &refused(&Ddl::create_table(numeric), &Capabilities::mysql());
    said += &refused(&Ddl::comment_on_table(Arc::clone(&table), "c"), &Capabilities::sqlite());
    let key = ForeignKey::new(["a"], "t", ["a"]);
    said += &refused(&Ddl::add_foreign_key(Arc::clone(&table), key), &Capabilities::sqlite());
    let elsewhere = Table::new("u").column(id()).foreign_key(ForeignKey::new(["id"], "t", ["a"]).in_schema("other"));
    said += &refused(&Ddl::create_table(elsewhere), &Capabilities::sqlite());
    expect![[r#"
        SQLite has no generated column beside the primary key (t.b); make it the whole primary key, or assign its values yourself
        MySQL has no generated column that does not lead a key (t.b); put it first in the primary key, or assign its values yourself
        MySQL has no exact NUMERIC without a precision (t.n); give the column precision and scale
        SQLite has no COMMENT ON; create the table with its comments, which keeps them where the database can
        SQLite has no ALTER TABLE ... ADD CONSTRAINT (table t); state the constraint when the table is created
        SQLite has no foreign key into another file (u to t); keep both tables in one schema, or leave the foreign key out
    "#]].assert_eq(&said);
}

#[test]
fn every_fault_is_told_at_once() {
    let schema = Schema::new()
        .table(Table::new("empty"))
        .table(
            Table::new("t")
                .column(Column::new("a", DataType::Text).generated())
                .column(Column::new("a", DataType::Enum(vec![])))
                .unique(Unique::new(["a", "gone"]))
                .index(Index::new(Vec::<String>::new()))
                .foreign_key(ForeignKey::new(["a"], "t", ["a", "gone"])),
        )
        .table(Table::new("t").column(id().server_default("1")));
    expect![[r#"
        the mapping cannot be used:
          table empty has no columns; give it some with .column(..)
          column t.a is generated but no integer; assign its values yourself
          table t has two columns named a; rename one
          column t.a is an enum without any text; name its texts
          table t: the unique constraint (a, gone) names the column gone, which does not exist; add it or correct the name
          table t: its index covers no columns; name some
          table t: the foreign key (a) refers to t (a, gone); name as many columns on both sides
          table t: the foreign key (a) refers to t.gone, which does not exist; correct the name
          two tables are named t; rename one or leave it out
          column t.id is generated and has a default, too; leave one of them out"#]].assert_eq(&schema.check().unwrap_err().to_string());
    assert!(SchemaPlan::create_all(&schema, &Capabilities::sqlite()).is_err());
}
