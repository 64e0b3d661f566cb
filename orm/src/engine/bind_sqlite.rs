//! A statement as diesel sees it on SQLite: rendered, bound and cached by diesel.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Bool, Double, HasSqlType, Nullable, SqlType, Text, Untyped, is_nullable};
use diesel::sqlite::{Sqlite, SqliteType};
use uuid::Uuid;

use super::flat::Flat;
use super::statement::Bind;
use crate::row::iso;

/// A statement with what diesel needs to run it.
pub(super) struct SqliteStatement<'s>(pub(super) &'s Flat<'s>);

impl Query for SqliteStatement<'_> {
    type SqlType = Untyped;
}

impl QueryId for SqliteStatement<'_> {
    type QueryId = ();
    // Cached under its text instead.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Sqlite> for SqliteStatement<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> diesel::QueryResult<()> {
        if !self.0.cacheable {
            pass.unsafe_to_cache_prepared();
        }
        self.0.walk(|sql, bind| {
            pass.push_sql(sql);
            bind.map_or(Ok(()), |bind| push(&mut pass, bind))
        })
    }
}

fn push<'b>(pass: &mut AstPass<'_, 'b, Sqlite>, bind: Bind<'b>) -> diesel::QueryResult<()> {
    match bind {
        Bind::Null => pass.push_bind_param::<Nullable<BigInt>, Option<i64>>(&None),
        Bind::Bool(v) => pass.push_bind_param::<Bool, bool>(v),
        Bind::I64(v) => pass.push_bind_param::<BigInt, i64>(v),
        Bind::F64(v) => pass.push_bind_param::<Double, f64>(v),
        Bind::Text(v) => pass.push_bind_param::<Text, str>(v),
        Bind::Bytes(v) => pass.push_bind_param::<Binary, [u8]>(v),
        Bind::Date(v) => pass.push_bind_param::<AsText, NaiveDate>(v),
        Bind::Time(v) => pass.push_bind_param::<AsText, NaiveTime>(v),
        Bind::DateTime(v) => pass.push_bind_param::<AsText, NaiveDateTime>(v),
        Bind::Decimal(v) => pass.push_bind_param::<AsText, BigDecimal>(v),
        Bind::Uuid(v) => pass.push_bind_param::<AsText, Uuid>(v),
        Bind::Json(v) => pass.push_bind_param::<AsText, serde_json::Value>(v),
        Bind::Sensitive(v) => push(pass, Bind::from(v)),
        // Refused when the statement was written out.
        Bind::Array(_) => Err(diesel::result::Error::QueryBuilderError("SQLite has no arrays".into())),
    }
}

/// The SQL type of what SQLite has no type for and stores as text. Ours, as diesel would send decimals as floats.
struct AsText;

impl SqlType for AsText {
    type IsNull = is_nullable::NotNull;
}

impl HasSqlType<AsText> for Sqlite {
    fn metadata(_: &mut ()) -> SqliteType {
        SqliteType::Text
    }
}

macro_rules! as_text {
    ($type:ty, $value:ident => $text:expr) => {
        impl ToSql<AsText, Sqlite> for $type {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                let $value = self;
                out.set_value($text);
                Ok(IsNull::No)
            }
        }
    };
}

as_text!(NaiveDate, value => iso::date_text(value));
as_text!(NaiveTime, value => iso::time_text(value));
as_text!(NaiveDateTime, value => iso::datetime_text(value));
as_text!(BigDecimal, value => value.to_plain_string());
as_text!(Uuid, value => value.to_string());
as_text!(serde_json::Value, value => value.to_string());
