//! Mappings written by hand: the tables they give, and the sentences about those that contradict themselves.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::any::TypeId;
use std::sync::LazyLock;

use expect_test::{Expect, expect};

use super::*;
use crate::engine::{Capabilities, render};
use crate::schema::Ddl;
use crate::value::{DataType, Value};

type Meta = LazyLock<EntityMeta>;

fn entity(name: &'static str, table: &'static str) -> EntityMeta {
    EntityMeta {
        name,
        type_id: TypeId::of::<()>,
        schema: None,
        table,
        comment: None,
        columns: IndexVec::new(),
        primary_key: Vec::new(),
        relations: IndexVec::new(),
        uniques: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        version: None,
        embeds: Vec::new(),
        polymorphism: None,
        new_storage: || unreachable!("no rows here"),
        shape: std::sync::OnceLock::new(),
    }
}

fn column(name: &'static str, data_type: DataType) -> ColumnMeta {
    ColumnMeta {
        field: name,
        name,
        data_type,
        nullable: false,
        generated: false,
        default: None,
        onupdate: None,
        server_default: None,
        unique: false,
        index: false,
        comment: None,
        sensitive: false,
        references: None,
        deferred: None,
    }
}

fn relation(name: &'static str, kind: RelationKind, target: fn() -> &'static EntityMeta) -> RelationMeta {
    RelationMeta {
        name,
        kind,
        target,
        columns: Vec::new(),
        nullable: false,
        inverse: None,
        cascade: Cascade::DEFAULT,
        order_by: Vec::new(),
        shape: CollectionShape::List,
        lazy: LoaderStrategy::Select,
        passive_deletes: false,
        post_update: false,
        secondary: None,
        on_delete: None,
        on_update: None,
        condition: None,
    }
}

fn between(table: &'static str, local: &'static str, remote: &'static str) -> Option<SecondaryMeta> {
    Some(SecondaryMeta { table, local: vec![local], remote: vec![remote] })
}

/// With the key column `id`, counted by the database.
fn keyed(name: &'static str, table: &'static str) -> EntityMeta {
    let id = ColumnMeta { generated: true, ..column("id", DataType::BigInteger) };
    EntityMeta { columns: vec![id].into(), primary_key: vec![ColumnPosition(0)], ..entity(name, table) }
}

static USER: Meta = LazyLock::new(|| EntityMeta {
    comment: Some("Who writes"),
    columns: vec![
        ColumnMeta { generated: true, ..column("id", DataType::BigInteger) },
        ColumnMeta { unique: true, index: true, ..column("name", DataType::String(Some(50))) },
        ColumnMeta {
            generated: true,
            server_default: Some("CURRENT_TIMESTAMP"),
            ..column("joined", DataType::DateTime)
        },
        ColumnMeta { nullable: true, ..column("mood", DataType::Enum(vec!["good", "bad"])) },
        column("version", DataType::Integer),
    ]
    .into(),
    checks: vec![(Some("named"), "name <> ''"), (None, "version > 0")],
    version: Some(ColumnPosition(4)),
    relations: vec![
        RelationMeta {
            inverse: Some("author"),
            order_by: vec![("number", true)],
            shape: CollectionShape::Keyed("number"),
            cascade: Cascade::ALL_DELETE_ORPHAN,
            ..relation("posts", RelationKind::HasMany, || &POST)
        },
        RelationMeta {
            inverse: Some("followed_by"),
            secondary: between("follow", "follower_id", "followed_id"),
            on_delete: Some(ReferentialAction::Cascade),
            ..relation("follows", RelationKind::ManyToMany, || &USER)
        },
        RelationMeta {
            inverse: Some("follows"),
            secondary: between("follow", "followed_id", "follower_id"),
            ..relation("followed_by", RelationKind::ManyToMany, || &USER)
        },
    ]
    .into(),
    ..keyed("User", "user")
});

static POST: Meta = LazyLock::new(|| EntityMeta {
    columns: vec![
        ColumnMeta { name: "author_id", ..column("author", DataType::BigInteger) },
        column("number", DataType::Integer),
        ColumnMeta { name: "answers_author", nullable: true, ..column("answers", DataType::BigInteger) },
        ColumnMeta { name: "answers_number", nullable: true, ..column("answers", DataType::Integer) },
        ColumnMeta {
            references: Some(ReferenceMeta {
                table: "user",
                column: "name",
                on_delete: Some(ReferentialAction::SetNull),
                on_update: Some(ReferentialAction::Cascade),
            }),
            nullable: true,
            ..column("editor", DataType::String(None))
        },
        ColumnMeta { generated: true, default: Some(|| Value::I64(1)), ..column("stars", DataType::SmallInteger) },
    ]
    .into(),
    primary_key: vec![ColumnPosition(0), ColumnPosition(1)],
    uniques: vec![ConstraintMeta { name: Some("once"), columns: vec!["editor", "stars"] }],
    indexes: vec![ConstraintMeta { name: None, columns: vec!["stars", "number"] }],
    relations: vec![
        RelationMeta {
            columns: vec![ColumnPosition(0)],
            inverse: Some("posts"),
            on_delete: Some(ReferentialAction::Cascade),
            ..relation("author", RelationKind::BelongsTo, || &USER)
        },
        RelationMeta {
            columns: vec![ColumnPosition(2), ColumnPosition(3)],
            nullable: true,
            ..relation("answers", RelationKind::BelongsTo, || &POST)
        },
        RelationMeta {
            secondary: Some(SecondaryMeta {
                table: "post_tag",
                local: vec!["author_id", "number"],
                remote: vec!["tag"],
            }),
            on_delete: Some(ReferentialAction::Restrict),
            ..relation("tags", RelationKind::ManyToMany, || &TAG)
        },
    ]
    .into(),
    ..entity("Post", "post")
});

static TAG: Meta = LazyLock::new(|| EntityMeta {
    columns: vec![column("word", DataType::String(Some(30)))].into(),
    primary_key: vec![ColumnPosition(0)],
    ..entity("Tag", "tag")
});

#[test]
fn tables_of_entities() {
    let schema = schema_of(&[&POST, &USER, &TAG, &USER]);
    schema.check().unwrap();
    let caps = Capabilities::sqlite();
    let text: Vec<String> = schema
        .sorted_tables()
        .into_iter()
        .map(|table| render(&Ddl::create_table(table.clone()), &caps).unwrap().sql)
        .collect();
    expect![[r#"
        CREATE TABLE user (
            id INTEGER NOT NULL,
            name VARCHAR(50) NOT NULL,
            joined DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
            mood VARCHAR(4),
            version INTEGER NOT NULL,
            PRIMARY KEY (id),
            CONSTRAINT named CHECK (name <> ''),
            CONSTRAINT ck_user_b6840a09 CHECK (version > 0),
            CONSTRAINT ck_user_mood CHECK (mood IN ('good', 'bad'))
        )
        CREATE TABLE tag (
            word VARCHAR(30) NOT NULL,
            PRIMARY KEY (word)
        )
        CREATE TABLE post (
            author_id BIGINT NOT NULL,
            number INTEGER NOT NULL,
            answers_author BIGINT,
            answers_number INTEGER,
            editor VARCHAR,
            stars SMALLINT NOT NULL,
            PRIMARY KEY (author_id, number),
            CONSTRAINT once UNIQUE (editor, stars),
            CONSTRAINT fk_post_editor_user FOREIGN KEY (editor) REFERENCES user (name) ON DELETE SET NULL ON UPDATE CASCADE,
            CONSTRAINT fk_post_author_id_user FOREIGN KEY (author_id) REFERENCES user (id) ON DELETE CASCADE,
            CONSTRAINT fk_post_answers_author_answers_number_post FOREIGN KEY (answers_author, answers_number) REFERENCES post (author_id, number)
        )
        CREATE TABLE follow (
            follower_id BIGINT NOT NULL,
            followed_id BIGINT NOT NULL,
            PRIMARY KEY (follower_id, followed_id),
            CONSTRAINT fk_follow_follower_id_user FOREIGN KEY (follower_id) REFERENCES user (id) ON DELETE CASCADE,
            CONSTRAINT fk_follow_followed_id_user FOREIGN KEY (followed_id) REFERENCES user (id)
        )
        CREATE TABLE post_tag (
            author_id BIGINT NOT NULL,
            number INTEGER NOT NULL,
            tag VARCHAR(30) NOT NULL,
            PRIMARY KEY (author_id, number, tag),
            CONSTRAINT fk_post_tag_author_id_number_post FOREIGN KEY (author_id, number) REFERENCES post (author_id, number) ON DELETE RESTRICT,
            CONSTRAINT fk_post_tag_tag_tag FOREIGN KEY (tag) REFERENCES tag (word) ON DELETE RESTRICT
        )"#]].assert_eq(&text.join("\n"));
    let indexes: Vec<String> = schema
        .tables()
        .iter()
        .flat_map(|table| table.indexes.iter().map(|index| Ddl::create_index(table.clone(), index.clone())))
        .map(|ddl| render(&ddl, &caps).unwrap().sql)
        .collect();
    expect![[r#"
        CREATE INDEX ix_post_stars_number ON post (stars, number)
        CREATE UNIQUE INDEX ix_user_name ON user (name)"#]]
    .assert_eq(&indexes.join("\n"));
    assert_eq!(schema.find_table("user").unwrap().comment.as_deref(), Some("Who writes"));
}

#[track_caller]
fn check_faults(entities: &[&EntityMeta], expected: Expect) {
    let error = check(entities).unwrap_err();
    expected.assert_eq(&error.to_string());
    let schema = schema_of(entities);
    assert!(schema.tables().is_empty());
    assert_eq!(schema.check().unwrap_err().to_string(), error.to_string(), "the schema tells the same");
}

#[test]
fn what_is_not_listed_is_named() {
    check_faults(
        &[&POST],
        expect![[r#"
        the mapping cannot be used:
          Post.author: refers to User, which is not listed: add User to the schema
          Post.tags: refers to Tag, which is not listed: add Tag to the schema"#]],
    );
}

#[test]
fn faults_of_columns() {
    let twice = EntityMeta {
        columns: vec![column("a", DataType::Text), column("a", DataType::Text)].into(),
        ..entity("Twice", "one")
    };
    let optional = ColumnMeta {
        nullable: true,
        references: Some(ReferenceMeta { table: "user", column: "id", on_delete: None, on_update: None }),
        ..column("b", DataType::Integer)
    };
    let dangling = ColumnMeta {
        references: Some(ReferenceMeta { table: "user", column: "gone", on_delete: None, on_update: None }),
        ..column("c", DataType::Integer)
    };
    let other = EntityMeta {
        columns: vec![optional, dangling].into(),
        primary_key: vec![ColumnPosition(0)],
        indexes: vec![ConstraintMeta { name: None, columns: vec!["b", "d"] }],
        ..entity("Other", "one")
    };
    check_faults(
        &[&twice, &other, &USER, &POST, &TAG],
        expect![[r#"
        the mapping cannot be used:
          Twice: has no primary key: mark a field with #[entity(primary_key)]
          Twice.a: its column `a` is also that of the field `a`: name another one with #[entity(column = "...")]
          Twice and Other are both mapped to the table `one`: give one of them another `table`
          Other.b: is part of the primary key and an `Option`: take the `Option` away
          Other.b: is Integer and refers to User.id, which is BigInteger: give both the same type
          Other.c: refers to `user.gone`, a column that User does not have: correct `references`
          Other: the index (b, d) names the column `d`, which does not exist: correct the name"#]],
    );
}

static OWNER: Meta = LazyLock::new(|| EntityMeta {
    relations: vec![
        relation("silent", RelationKind::HasMany, || &OWNED),
        RelationMeta { inverse: Some("gone"), ..relation("wrong", RelationKind::HasMany, || &OWNED) },
        RelationMeta { inverse: Some("lonely"), ..relation("one_sided", RelationKind::HasOne, || &OWNED) },
        RelationMeta { inverse: Some("tag"), ..relation("elsewhere", RelationKind::HasOne, || &OWNED) },
        RelationMeta {
            inverse: Some("owner"),
            order_by: vec![("size", false)],
            shape: CollectionShape::Keyed("color"),
            ..relation("mixed", RelationKind::ManyToMany, || &OWNED)
        },
        relation("tags", RelationKind::HasMany, || &TAG),
    ]
    .into(),
    ..keyed("Owner", "owner")
});

static OWNED: Meta = LazyLock::new(|| EntityMeta {
    columns: vec![
        ColumnMeta { generated: true, ..column("id", DataType::BigInteger) },
        ColumnMeta { name: "owner_id", ..column("owner", DataType::Integer) },
        ColumnMeta { name: "tag_word", ..column("tag", DataType::Text) },
    ]
    .into(),
    relations: vec![
        RelationMeta {
            columns: vec![ColumnPosition(1)],
            inverse: Some("mixed"),
            cascade: Cascade::ALL_DELETE_ORPHAN,
            ..relation("owner", RelationKind::BelongsTo, || &OWNER)
        },
        RelationMeta {
            columns: vec![ColumnPosition(1), ColumnPosition(2)],
            ..relation("lonely", RelationKind::BelongsTo, || &OWNER)
        },
        RelationMeta { columns: vec![ColumnPosition(2)], ..relation("tag", RelationKind::BelongsTo, || &TAG) },
    ]
    .into(),
    ..keyed("Owned", "owned")
});

#[test]
fn faults_of_relationships() {
    check_faults(
        &[&OWNER, &OWNED, &TAG],
        expect![[r#"
            the mapping cannot be used:
              Owner.silent: does not say which field of Owned refers back: add #[entity(inverse = "owner")]
              Owner.wrong: its inverse Owned.gone does not exist: add it, or correct `inverse`
              Owner.one_sided: its inverse Owned.lonely does not point back: add #[entity(inverse = "one_sided")] there
              Owner.elsewhere: its inverse Owned.tag refers to Tag, not to Owner: name another field in `inverse`
              Owner.mixed: names no table between: add `secondary`, `local` and `remote`
              Owner.mixed: is a ManyToMany and its inverse Owned.owner a BelongsTo: the inverse of a `BelongsTo` is a `HasMany` or `HasOne`, that of a `ManyToMany` another
              Owner.mixed: is ordered by `size`, which Owned does not have: name one of its fields in `order_by`
              Owner.mixed: is keyed by `color`, which Owned does not have: name one of its fields in `key`
              Owner.tags: does not say which field of Tag refers back: give Tag a `BelongsTo<Owner>` and name it with #[entity(inverse = "...")]
              Owned.owner: cannot delete orphans, as others may refer to the same Owner: put `delete-orphan` on the other side, the `HasMany` or `HasOne`
              Owned.owner: its column `owner_id` is Integer and Owner.id is BigInteger: give both the same type
              Owned.owner: is a BelongsTo and its inverse Owner.mixed a ManyToMany: the inverse of a `BelongsTo` is a `HasMany` or `HasOne`, that of a `ManyToMany` another
              Owned.lonely: has 2 columns for the key of Owner, which has one column: name a column for each part of the key"#]],
    );
}

static LEFT: Meta = LazyLock::new(|| EntityMeta {
    relations: vec![
        RelationMeta {
            inverse: Some("lefts"),
            secondary: between("left_right", "left_id", "right_id"),
            ..relation("rights", RelationKind::ManyToMany, || &RIGHT)
        },
        RelationMeta {
            secondary: Some(SecondaryMeta { table: "right", local: vec!["x"], remote: vec!["x", "y"] }),
            cascade: Cascade::ALL_DELETE_ORPHAN,
            ..relation("through_right", RelationKind::ManyToMany, || &RIGHT)
        },
    ]
    .into(),
    ..keyed("Left", "left")
});

static RIGHT: Meta = LazyLock::new(|| EntityMeta {
    relations: vec![
        RelationMeta {
            inverse: Some("rights"),
            secondary: between("right_left", "left_id", "right_id"),
            ..relation("lefts", RelationKind::ManyToMany, || &LEFT)
        },
        RelationMeta {
            secondary: between("left_right", "right_id", "left_id"),
            ..relation("forgotten", RelationKind::ManyToMany, || &LEFT)
        },
    ]
    .into(),
    ..keyed("Right", "right")
});

#[test]
fn faults_of_tables_between() {
    check_faults(
        &[&LEFT, &RIGHT],
        expect![[r#"
            the mapping cannot be used:
              Left.rights: and its inverse Right.lefts name different tables or columns between them: name the same table, and `local` of one as `remote` of the other
              Left.through_right: cannot delete orphans, as others may refer to the same Right: leave `delete-orphan` out
              Left.through_right: `remote` names 2 columns of `right` for the key of Right, which has one column: name a column for each part of the key
              Left.through_right: names the column `x` of `right` on both sides: name another one
              Left.through_right: names the column `x` of `right`, to which Right is mapped without such a column: correct the name
              Left.through_right: names the column `x` of `right`, to which Right is mapped without such a column: correct the name
              Left.through_right: names the column `y` of `right`, to which Right is mapped without such a column: correct the name
              Right.lefts: and its inverse Left.rights name different tables or columns between them: name the same table, and `local` of one as `remote` of the other
              Right.forgotten: and Left.rights both go through `left_right`: make each the `inverse` of the other, or name another table"#]],
    );
}
