//! The entities of these tests: one for each thing that a mapping can say.

use chrono::NaiveDateTime;
use orm::{Auto, BelongsTo, ColumnEnum, Embed, Entity, HasMany, HasOne, ManyToMany};

#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
pub(crate) struct User {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(length = 50, unique, index)]
    pub(crate) name: String,
    pub(crate) fullname: Option<String>,
    #[entity(inverse = "user", cascade = "all, delete-orphan", order_by = "id")]
    pub(crate) addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "address")]
pub(crate) struct Address {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) email: String,
    #[entity(column = "user_id", inverse = "addresses")]
    pub(crate) user: BelongsTo<User>,
}

/// Every attribute of a column, and every constraint.
#[derive(Entity, Debug, Default)]
#[entity(table = "item", schema = "shop", comment = "What is sold.")]
#[entity(unique(name, kind), index(name = "ix_item_price", columns(price, "name")))]
#[entity(check = "price > 0", check(name = "ck_name", sql = "name <> ''"))]
pub(crate) struct Item {
    #[entity(primary_key, column = "item_id")]
    pub(crate) id: Auto<i32>,
    #[entity(text, comment = "As on the label.", sensitive)]
    pub(crate) name: String,
    #[entity(default = Kind::Gadget)]
    pub(crate) kind: Auto<Kind>,
    #[entity(precision = 10, scale = 2)]
    pub(crate) price: bigdecimal::BigDecimal,
    #[entity(default = "unknown", server_default = "'unknown'")]
    pub(crate) origin: Auto<String>,
    #[entity(default = fixed_time, onupdate = fixed_time())]
    pub(crate) touched: Auto<NaiveDateTime>,
    #[entity(default = 40 + 2)]
    pub(crate) stock: Auto<Option<i16>>,
    #[entity(references = "vendor.id", on_delete = "set null", on_update = "CASCADE")]
    pub(crate) vendor: Option<i64>,
    #[entity(version)]
    pub(crate) revision: i32,
    #[entity(skip)]
    pub(crate) cached: Vec<&'static str>,
}

pub(crate) fn fixed_time() -> NaiveDateTime {
    NaiveDateTime::default()
}

#[derive(ColumnEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Gadget,
    SparePart,
    #[column_enum(name = "misc.")]
    Other,
}

/// A natural key of two columns.
#[derive(Entity, Debug, Default)]
pub(crate) struct OrderLine {
    #[entity(primary_key)]
    pub(crate) order: i64,
    #[entity(primary_key)]
    pub(crate) line: i32,
    #[entity(inverse = "line")]
    pub(crate) parcel: HasOne<Parcel>,
}

/// A foreign key of two columns, and a key made of it.
#[derive(Entity, Debug, Default)]
pub(crate) struct Parcel {
    #[entity(primary_key, columns("order_number", "line_number"), unique, inverse = "parcel", on_delete = "cascade")]
    pub(crate) line: BelongsTo<OrderLine>,
    #[entity(primary_key)]
    pub(crate) part: i16,
    #[entity(column = "next_order, next_line", post_update)]
    pub(crate) next: BelongsTo<Option<OrderLine>>,
}

/// A tree.
#[derive(Entity, Debug, Default)]
pub(crate) struct Node {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) name: Option<String>,
    #[entity(inverse = "children", lazy = "peers")]
    pub(crate) parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", key = "name", cascade = "all", lazy = "selectin", passive_deletes)]
    pub(crate) children: HasMany<Self>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Member {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    #[entity(secondary = "member_club", inverse = "members", order_by = "name desc, founded", set)]
    pub(crate) clubs: ManyToMany<Club>,
    #[entity(secondary = "friendship", local = "from_id", remote = "to_id", cascade = "save-update, expunge")]
    pub(crate) friends: ManyToMany<Self>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Club {
    #[entity(primary_key, length = 20)]
    pub(crate) name: String,
    pub(crate) founded: i32,
    #[entity(secondary = "member_club", inverse = "clubs")]
    pub(crate) members: ManyToMany<Member>,
}

/// An association object: its key is made of two foreign keys.
#[derive(Entity, Debug, Default)]
pub(crate) struct Membership {
    #[entity(primary_key)]
    pub(crate) member: BelongsTo<Member>,
    #[entity(primary_key, column = "club_name")]
    pub(crate) club: BelongsTo<Club>,
    pub(crate) since: i32,
}

#[derive(Embed, Debug, Default, Clone, PartialEq)]
pub(crate) struct Timestamps {
    pub(crate) created: Option<NaiveDateTime>,
    #[entity(column = "changed_at")]
    pub(crate) changed: Option<NaiveDateTime>,
}

/// An embedded struct within an embedded struct, and relationships in it.
#[derive(Embed, Debug, Default)]
pub(crate) struct Audit {
    pub(crate) reason: String,
    #[entity(embed)]
    pub(crate) times: Timestamps,
    #[entity(column = "auditor_id")]
    pub(crate) auditor: BelongsTo<Option<User>>,
}

#[derive(Embed, Debug, Default)]
pub(crate) struct Numbered {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
}

#[derive(Entity, Debug, Default)]
pub(crate) struct Document {
    #[entity(embed, primary_key)]
    pub(crate) number: Numbered,
    pub(crate) title: String,
    #[entity(embed(prefix = "audit_"))]
    pub(crate) audit: Audit,
    #[entity(embed)]
    pub(crate) times: Timestamps,
    #[entity(column = "owner_id")]
    pub(crate) owner: BelongsTo<User>,
    pub(crate) r#type: i16,
}
