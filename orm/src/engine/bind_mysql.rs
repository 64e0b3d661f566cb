//! A compiled statement as a diesel query for MariaDB and MySQL.

use std::io::Write;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::mysql::{Mysql, MysqlType};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{
    BigInt, Binary, Bool, Date, Datetime, Double, HasSqlType, Nullable, SqlType, Text, Time, Untyped, is_nullable,
};

use super::compiled::CompiledStatement;
use super::statement::Bind;

/// A compiled statement that diesel can run.
pub(super) struct MysqlStatement<'s>(pub(super) &'s CompiledStatement<'s>);

impl Query for MysqlStatement<'_> {
    type SqlType = Untyped;
}

impl QueryId for MysqlStatement<'_> {
    type QueryId = ();
    // diesel caches the statement under its text instead.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Mysql> for MysqlStatement<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Mysql>) -> diesel::QueryResult<()> {
        if !self.0.cacheable {
            pass.unsafe_to_cache_prepared();
        }
        self.0.walk(|sql, bind| {
            pass.push_sql(sql);
            bind.map_or(Ok(()), |bind| push(&mut pass, bind))
        })
    }
}

fn push<'b>(pass: &mut AstPass<'_, 'b, Mysql>, bind: Bind<'b>) -> diesel::QueryResult<()> {
    match bind {
        // A number, so that beside numbers in a list of rows none turns into text.
        Bind::Null => pass.push_bind_param::<Nullable<BigInt>, Option<i64>>(&None),
        Bind::Bool(v) => pass.push_bind_param::<Bool, bool>(v),
        Bind::I64(v) => pass.push_bind_param::<BigInt, i64>(v),
        Bind::F64(v) => pass.push_bind_param::<Double, f64>(v),
        Bind::Text(v) => pass.push_bind_param::<Text, str>(v),
        Bind::Bytes(v) => pass.push_bind_param::<Binary, [u8]>(v),
        Bind::Date(v) => pass.push_bind_param::<Date, NaiveDate>(v),
        Bind::Time(v) => pass.push_bind_param::<Time, NaiveTime>(v),
        Bind::DateTime(v) => pass.push_bind_param::<Datetime, NaiveDateTime>(v),
        Bind::Decimal(v) => pass.push_bind_param::<Plain, BigDecimal>(v),
        Bind::Uuid(v) => pass.push_bind_param::<Binary, [u8]>(v.as_bytes().as_slice()),
        Bind::Json(v) => pass.push_bind_param::<AsText, serde_json::Value>(v),
        Bind::Sensitive(v) => push(pass, Bind::from(v)),
        // Refused when the statement was written out.
        Bind::Array(_) => Err(diesel::result::Error::QueryBuilderError("MariaDB has no arrays".into())),
        Bind::Unloaded => Err(diesel::result::Error::QueryBuilderError("a column that is not loaded".into())),
    }
}

/// The SQL type of values that are sent as text.
struct AsText;

impl SqlType for AsText {
    type IsNull = is_nullable::NotNull;
}

impl HasSqlType<AsText> for Mysql {
    fn metadata(_: &mut ()) -> MysqlType {
        MysqlType::String
    }
}

/// The SQL type of decimals written without an exponent: the server would read diesel's exponent as a float.
struct Plain;

impl SqlType for Plain {
    type IsNull = is_nullable::NotNull;
}

impl HasSqlType<Plain> for Mysql {
    fn metadata(_: &mut ()) -> MysqlType {
        MysqlType::Numeric
    }
}

macro_rules! as_text {
    ($sql_type:ty, $type:ty, $value:ident => $text:expr) => {
        impl ToSql<$sql_type, Mysql> for $type {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
                let $value = self;
                out.write_all($text.as_bytes())?;
                Ok(IsNull::No)
            }
        }
    };
}

as_text!(Plain, BigDecimal, value => value.to_plain_string());
as_text!(AsText, serde_json::Value, value => value.to_string());
