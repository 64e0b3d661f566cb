//! The mapping as data, and the constants.

use std::any::TypeId;

use orm::mapping::{
    Cascade, CollectionShape, ColumnPosition, EntityMeta, Keyed, LoaderStrategy, ReferentialAction, RelationKind,
    RelationPosition, Relationship, ToMany, ToOne,
};
use orm::sql::Column;
use orm::{ColumnType, DataType, Entity, Value};

use crate::model::*;

fn names(meta: &EntityMeta) -> Vec<&str> {
    meta.columns.iter().map(|column| column.name).collect()
}

#[test]
fn the_user_and_address_of_the_design() {
    let user = User::entity_meta();
    assert_eq!((user.name, user.table, &user.primary_key[..]), ("User", "user_account", &[ColumnPosition(0)][..]));
    assert_eq!(names(user), ["id", "name", "fullname"]);
    let [id, name, fullname] = user.columns.as_slice() else { panic!("three columns") };
    assert!(id.generated && !id.nullable && id.data_type == DataType::BigInteger);
    assert!(name.unique && name.index && !name.nullable && name.data_type == DataType::String(Some(50)));
    assert!(fullname.nullable && !fullname.generated && !fullname.unique);

    let addresses = &user.relations[User::ADDRESSES.index()];
    assert_eq!((addresses.name, addresses.kind), ("addresses", RelationKind::HasMany));
    assert_eq!((addresses.target)(), Address::entity_meta());
    assert_eq!(addresses.inverse, Some("user"));
    assert_eq!(addresses.cascade, Cascade::ALL_DELETE_ORPHAN);
    assert_eq!(addresses.order_by, [("id", false)]);

    let address = Address::entity_meta();
    assert_eq!(names(address), ["id", "email", "user_id"]);
    assert_eq!(address.columns[ColumnPosition(2)].field, "user");
    let user = &address.relations[RelationPosition(0)];
    assert_eq!(
        (user.kind, user.columns.as_slice(), user.nullable),
        (RelationKind::BelongsTo, &[ColumnPosition(2)][..], false)
    );
    assert_eq!(user.cascade, Cascade::DEFAULT);
}

#[test]
fn constants_carry_the_types() {
    let _: Column<User, i64> = User::ID;
    let _: Column<User, Option<String>> = User::FULLNAME;
    let _: Relationship<User, Address, ToMany> = User::ADDRESSES;
    let _: Relationship<Address, User, ToOne> = Address::USER;
    let _: Column<Address, i64> = Address::USER_ID;
    let _: Column<Node, Option<i64>> = Node::PARENT_ID;
    let _: Relationship<Node, Node, Keyed<String>> = Node::CHILDREN;
    let _: Relationship<OrderLine, Parcel, ToOne> = OrderLine::PARCEL;
    let _: Column<Parcel, i32> = Parcel::LINE_NUMBER;
    let _: Column<Parcel, Option<i64>> = Parcel::NEXT_ORDER;
    let _: Column<Membership, String> = Membership::CLUB_NAME;
    let _: Column<Item, Option<i16>> = Item::STOCK;
    assert_eq!(format!("{:?}", Document::TYPE), "document.type");
    assert_eq!(format!("{:?}", Item::ID), "item.item_id");
}

#[test]
fn keys_are_typed() {
    fn key<E: Entity<PrimaryKey = K>, K>() {}
    key::<User, i64>();
    key::<OrderLine, (i64, i32)>();
    key::<Parcel, (i64, i32, i16)>();
    key::<Membership, (i64, String)>();
    key::<Document, i64>();
    assert_eq!(Parcel::entity_meta().primary_key, [ColumnPosition(0), ColumnPosition(1), ColumnPosition(2)]);
    assert_eq!(Membership::entity_meta().primary_key, [ColumnPosition(0), ColumnPosition(1)]);
    assert_eq!(Document::entity_meta().primary_key, [ColumnPosition(0)]);
}

#[test]
fn every_attribute_of_a_column() {
    let meta = Item::entity_meta();
    assert_eq!((meta.schema, meta.comment), (Some("shop"), Some("What is sold.")));
    assert_eq!(names(meta), ["item_id", "name", "kind", "price", "origin", "touched", "stock", "vendor", "revision"]);
    let column = |field: &str| &meta.columns[meta.column_of_field(field).unwrap()];
    assert_eq!(column("id").data_type, DataType::Integer);
    assert_eq!(column("name").data_type, DataType::Text);
    assert_eq!((column("name").comment, column("name").sensitive), (Some("As on the label."), true));
    assert_eq!(column("price").data_type, DataType::Numeric(Some((10, 2))));
    assert_eq!(column("origin").server_default, Some("'unknown'"));
    assert_eq!(meta.version, meta.column_of_field("revision"));

    let vendor = column("vendor").references.unwrap();
    assert_eq!((vendor.table, vendor.column), ("vendor", "id"));
    assert_eq!(vendor.on_delete, Some(ReferentialAction::SetNull));
    assert_eq!(vendor.on_update, Some(ReferentialAction::Cascade));

    let default = |field: &str| column(field).default.map(|default| default());
    assert_eq!(default("kind"), Some(Value::Text("gadget".into())));
    assert_eq!(default("origin"), Some(Value::Text("unknown".into())));
    assert_eq!(default("touched"), Some(Value::DateTime(fixed_time())));
    assert_eq!(default("stock"), Some(Value::I64(42)));
    assert_eq!(default("name"), None);
    assert_eq!(column("touched").onupdate.map(|onupdate| onupdate()), Some(Value::DateTime(fixed_time())));
}

#[test]
fn constraints_name_columns() {
    let meta = Item::entity_meta();
    assert_eq!((meta.uniques[0].name, &meta.uniques[0].columns[..]), (None, &["name", "kind"][..]));
    assert_eq!((meta.indexes[0].name, &meta.indexes[0].columns[..]), (Some("ix_item_price"), &["price", "name"][..]));
    assert_eq!(meta.checks, [(None, "price > 0"), (Some("ck_name"), "name <> ''")]);
}

#[test]
fn a_foreign_key_of_several_columns() {
    let meta = Parcel::entity_meta();
    assert_eq!(names(meta), ["order_number", "line_number", "part", "next_order", "next_line"]);
    assert_eq!(meta.columns[ColumnPosition(1)].data_type, DataType::Integer);
    assert_eq!(meta.uniques[0].columns, ["order_number", "line_number"]);
    assert!(
        !meta.columns[ColumnPosition(0)].unique
            && !meta.columns[ColumnPosition(0)].nullable
            && meta.columns[ColumnPosition(3)].nullable
    );
    let [line, next] = meta.relations.as_slice() else { panic!("two relationships") };
    assert_eq!(
        (&line.columns[..], line.on_delete),
        (&[ColumnPosition(0), ColumnPosition(1)][..], Some(ReferentialAction::Cascade))
    );
    assert_eq!(
        (&next.columns[..], next.post_update, next.nullable),
        (&[ColumnPosition(3), ColumnPosition(4)][..], true, true)
    );
}

#[test]
fn a_keyed_tree() {
    let meta = Node::entity_meta();
    assert_eq!(meta.table, "node");
    assert_eq!(names(meta), ["id", "name", "parent_id"]);
    let [parent, children] = meta.relations.as_slice() else { panic!("two relationships") };
    assert_eq!((parent.target)(), meta);
    assert_eq!((parent.lazy, parent.nullable), (LoaderStrategy::Peers, true));
    assert_eq!((children.shape, children.lazy), (CollectionShape::Keyed("name"), LoaderStrategy::SelectIn));
    assert_eq!((children.cascade, children.passive_deletes), (Cascade::ALL, true));
}

#[test]
fn many_to_many_columns_default_to_the_names_of_the_structs() {
    let clubs = User::entity_meta().relations.len();
    assert_eq!(clubs, 1);
    let [clubs, friends] = Member::entity_meta().relations.as_slice() else { panic!("two relationships") };
    let secondary = clubs.secondary.as_ref().unwrap();
    assert_eq!(
        (secondary.table, &secondary.local[..], &secondary.remote[..]),
        ("member_club", &["member_id"][..], &["club_id"][..])
    );
    assert_eq!(clubs.order_by, [("name", true), ("founded", false)]);
    assert_eq!(clubs.shape, CollectionShape::Set);
    let secondary = friends.secondary.as_ref().unwrap();
    assert_eq!((&secondary.local[..], &secondary.remote[..]), (&["from_id"][..], &["to_id"][..]));
    let cascade = friends.cascade;
    assert!(cascade.save_update && cascade.expunge && !cascade.merge && !cascade.delete && !cascade.delete_orphan);
    let members = Club::entity_meta().relations[RelationPosition(0)].secondary.as_ref().unwrap();
    assert_eq!((&members.local[..], &members.remote[..]), (&["club_id"][..], &["member_id"][..]));
}

#[test]
fn embedded_structs_bring_columns_and_relationships() {
    let meta = Document::entity_meta();
    assert_eq!(
        names(meta),
        [
            "id",
            "title",
            "audit_reason",
            "audit_created",
            "audit_changed_at",
            "audit_auditor_id",
            "created",
            "changed_at",
            "owner_id",
            "type"
        ]
    );
    let relations: Vec<_> = meta.relations.iter().map(|relation| (relation.name, &relation.columns[..])).collect();
    assert_eq!(relations, [("auditor", &[ColumnPosition(5)][..]), ("owner", &[ColumnPosition(8)][..])]);
    for embedded in [TypeId::of::<Numbered>(), TypeId::of::<Audit>(), TypeId::of::<Timestamps>()] {
        assert!(meta.embeds.iter().any(|(found, _)| *found == embedded));
    }

    let created: Column<Document, Option<chrono::NaiveDateTime>> = Document::TIMES.column(Timestamps::CREATED);
    assert_eq!(created.name(), "created");
    assert_eq!(Document::AUDIT.column(Audit::AUDITOR_ID).name(), "audit_auditor_id");
    assert_eq!(Document::AUDIT.embedded(Audit::TIMES).column(Timestamps::CHANGED).name(), "audit_changed_at");
    assert_eq!(Document::NUMBER.column(Numbered::ID).name(), "id");
    let auditor: Relationship<Document, User, ToOne> = Document::AUDIT.relationship(Audit::AUDITOR);
    assert_eq!((auditor.index(), Document::OWNER.index()), (RelationPosition(0), RelationPosition(1)));
}

#[test]
fn an_enum_is_one_of_its_words() {
    assert_eq!(Kind::data_type(), DataType::Enum(vec!["gadget", "spare_part", "misc."]));
    assert_eq!(Kind::Other.to_value().to_value(), Value::Text("misc.".into()));
    assert_eq!(Kind::from_value(Value::Text("spare_part".into())), Ok(Kind::SparePart));
    let refused = Kind::from_value(Value::Text("sprocket".into()));
    assert_eq!(refused, Err("one of `gadget`, `spare_part`, `misc.`".to_owned()));
}

#[test]
fn the_column_of_a_foreign_key_has_the_type_of_the_column_it_refers_to() {
    let schema = orm::schema![Club, Member, Membership];
    schema.check().unwrap();
    let column = |table: &str, name: &str| {
        let table = schema.tables().iter().find(|known| known.name == table).unwrap();
        table.columns.iter().find(|column| column.name == name).unwrap().data_type.clone()
    };
    assert_eq!(column("membership", "club_name"), DataType::String(Some(20)));
    assert_eq!(column("member_club", "club_id"), DataType::String(Some(20)));
    assert_eq!(column("membership", "member_id"), DataType::BigInteger);
}
