//! Values in and out: `value`, `set_value`, `hydrate`, `refresh`, and the links.

use chrono::NaiveDateTime;
use orm::mapping::{Chunks, ColumnPosition, Record, RelationPosition};
use orm::{Auto, BelongsTo, Entity, HasMany, Value, ValueRef};

use crate::fake_row::FakeRow;
use crate::model::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn values(record: &dyn Record) -> Vec<Value> {
    record.meta().columns.positions().map(|column| record.value(column).to_value()).collect()
}

/// Hydrates from the values (behind two columns of something else), and hydrates `Default` by `set_value`: both must give them back.
fn check_round_trip<E: Entity + Default>(row: Vec<Value>) -> E {
    assert_eq!(row.len(), E::entity_meta().columns.len());
    let mut shifted = FakeRow([vec![Value::Bool(true), Value::Null], row.clone()].concat());
    let hydrated = E::hydrate(&mut shifted, 2).unwrap();
    assert_eq!(values(&hydrated), row);

    let mut set = E::default();
    for (column, value) in E::entity_meta().columns.positions().zip(&row) {
        set.set_value(column, value.clone()).unwrap();
    }
    assert_eq!(values(&set), row);

    let mut refreshed = E::default();
    refreshed.refresh(&mut shifted, 2).unwrap();
    assert_eq!(values(&refreshed), row);

    assert_eq!(hydrated.value(ColumnPosition(row.len())), ValueRef::Null);
    assert!(refreshed.set_value(ColumnPosition(row.len()), Value::Null).is_err());
    hydrated
}

#[test]
fn rows_go_in_and_come_out() {
    let user: User = check_round_trip(vec![Value::I64(7), text("ed"), Value::Null]);
    assert_eq!((user.id, user.name.as_str(), user.fullname), (Auto::Set(7), "ed", None));
    let address: Address = check_round_trip(vec![Value::I64(1), text("ed@x.org"), Value::I64(7)]);
    assert_eq!(address.user.id(), Some(&7));
    check_round_trip::<Item>(vec![
        Value::I64(1),
        text("bolt"),
        text("spare_part"),
        Value::Decimal("1.25".parse().unwrap()),
        text("here"),
        Value::DateTime(fixed_time()),
        Value::I64(3),
        Value::Null,
        Value::I64(1),
    ]);
    check_round_trip::<Node>(vec![Value::I64(1), text("root"), Value::Null]);
}

#[test]
fn composite_foreign_keys_are_set_column_by_column() {
    let row = [10, 1, 5, 20, 2].map(Value::I64).to_vec();
    let parcel: Parcel = check_round_trip(row);
    assert_eq!((parcel.line.id(), parcel.next.id()), (Some(&(10, 1)), Some(&(20, 2))));

    let mut parcel = parcel;
    parcel.set_value(ColumnPosition(4), Value::Null).unwrap();
    assert_eq!(parcel.next.id(), None, "one NULL, no reference");
    assert_eq!(parcel.value(ColumnPosition(3)), ValueRef::I64(20), "the other column keeps what it holds");
    parcel.set_value(ColumnPosition(4), Value::I64(3)).unwrap();
    assert_eq!(parcel.next.id(), Some(&(20, 3)));
    assert!(parcel.set_value(ColumnPosition(3), text("x")).is_err());
    assert_eq!(parcel.next.id(), Some(&(20, 3)), "a refused value changes nothing");
}

#[test]
fn embedded_structs_stand_in_the_middle() {
    let time = Value::DateTime(NaiveDateTime::default());
    let document: Document = check_round_trip(vec![
        Value::I64(1),
        text("title"),
        text("because"),
        time.clone(),
        Value::Null,
        Value::I64(9),
        Value::Null,
        time,
        Value::I64(8),
        Value::I64(4),
    ]);
    assert_eq!(document.audit.times.created, Some(NaiveDateTime::default()));
    assert_eq!(document.times, Timestamps { created: None, changed: Some(NaiveDateTime::default()) });
    assert_eq!((document.audit.auditor.id(), document.owner.id()), (Some(&9), Some(&8)));
    assert_eq!((document.title.as_str(), document.number.id, document.r#type), ("title", Auto::Set(1), 4));

    assert_eq!(document.reference(RelationPosition(0)).unwrap().id_part(0), ValueRef::I64(9));
    assert_eq!(document.reference(RelationPosition(1)).unwrap().id_part(0), ValueRef::I64(8));
    assert!(document.reference(RelationPosition(2)).is_none() && document.collection(RelationPosition(0)).is_none());
}

#[test]
fn a_fault_names_the_column_and_leaves_the_entity_as_it_was() {
    let mut user = User { id: Auto::Set(1), name: "ed".into(), ..User::default() };
    let error = user.refresh(&mut FakeRow(vec![Value::I64(2), text("wendy"), Value::I64(3)]), 0).unwrap_err();
    assert_eq!(error.column, 2);
    assert_eq!(values(&user), [Value::I64(1), text("ed"), Value::Null]);

    let row = &mut FakeRow(vec![Value::I64(1), text("a@x.org"), Value::Null]);
    let error = Address::hydrate(row, 0).unwrap_err();
    assert_eq!((error.column, error.problem.found.as_str()), (2, "NULL"));

    let mut item = vec![Value::I64(1), text("bolt"), text("sprocket")];
    item.resize(9, Value::Null);
    let error = Item::hydrate(&mut FakeRow(item), 0).unwrap_err();
    assert_eq!(error.problem.expected, "one of `gadget`, `spare_part`, `misc.`");
    assert_eq!(error.problem.found, "`sprocket`");
}

#[test]
fn refresh_keeps_links_and_what_is_not_mapped() {
    let mut user = User { addresses: HasMany::of([Address::default()]), ..User::default() };
    user.refresh(&mut FakeRow(vec![Value::I64(2), text("wendy"), Value::Null]), 0).unwrap();
    assert!(user.collection(RelationPosition(0)).unwrap().has_new());

    let mut item = Item { cached: vec!["kept"], ..Item::default() };
    item.set_value(ColumnPosition(1), text("nut")).unwrap();
    assert_eq!((item.name.as_str(), &item.cached[..]), ("nut", &["kept"][..]));
}

#[test]
fn links_are_found_by_position() {
    let mut node = Node { parent: BelongsTo::new(Node::default()), ..Node::default() };
    assert!(node.reference(RelationPosition(0)).unwrap().has_new());
    assert!(
        node.reference(RelationPosition(1)).is_none()
            && node.collection(RelationPosition(0)).is_none()
            && node.collection(RelationPosition(1)).is_some()
    );
    assert!(node.reference_mut(RelationPosition(0)).unwrap().take_new().is_some());
    assert!(!node.reference(RelationPosition(0)).unwrap().has_new());
    node.collection_mut(RelationPosition(1)).unwrap().collection_mut().epoch = 1;
    assert_eq!(node.collection(RelationPosition(1)).unwrap().collection().epoch, 1);
}

#[test]
fn the_storage_is_of_the_type() {
    let mut storage = (User::entity_meta().new_storage)();
    storage.hydrate(0, &mut FakeRow(vec![Value::I64(1), text("ed"), Value::Null]), 0).unwrap();
    let chunks = storage.as_any().downcast_ref::<Chunks<User>>().unwrap();
    assert_eq!(chunks.get(0).unwrap().name, "ed");
    assert_eq!((User::entity_meta().type_id)(), std::any::TypeId::of::<User>());
}
