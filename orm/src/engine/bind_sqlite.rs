//! A compiled statement as a diesel query for SQLite.

use std::marker::PhantomData;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::Error as DieselError;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Bool, Double, HasSqlType, Nullable, SqlType, Text, Untyped, is_nullable};
use diesel::sqlite::{Sqlite, SqliteType};
use uuid::Uuid;

use super::compiled::CompiledStatement;
use super::shape::{ByText, PreparedUnder};
use super::statement::Bind;
use crate::row::iso;

/// A compiled statement that diesel can run. diesel caches the statement under its text or under the type `P`.
pub(super) struct SqliteStatement<'s, P = ByText> {
    compiled: &'s CompiledStatement<'s>,
    prepared_under: PhantomData<fn() -> P>,
}

impl<'s, P> SqliteStatement<'s, P> {
    pub(super) fn new(compiled: &'s CompiledStatement<'s>) -> Self {
        Self { compiled, prepared_under: PhantomData }
    }
}

impl<P> Query for SqliteStatement<'_, P> {
    type SqlType = Untyped;
}

impl<P: PreparedUnder> QueryId for SqliteStatement<'_, P> {
    type QueryId = P;
    const HAS_STATIC_QUERY_ID: bool = P::TYPE_ALONE;
}

/// diesel asks for the text, then whether to cache the statement, then for the parameters. `to_sql` and
/// `is_safe_to_cache_prepared` answer the first two questions without a walk. `walk_ast` answers all three, for queries
/// that diesel holds by reference.
impl<P> QueryFragment<Sqlite> for SqliteStatement<'_, P> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        if !self.compiled.cacheable {
            pass.unsafe_to_cache_prepared();
        }
        self.compiled.walk(|sql, bind| {
            if !sql.is_empty() {
                pass.push_sql(sql);
            }
            match bind {
                None => Ok(()),
                // Apart, as most keys are integers.
                Some(Bind::I64(value)) => pass.push_bind_param::<BigInt, i64>(value),
                Some(bind) => push(&mut pass, bind),
            }
        })
    }

    fn to_sql(&self, out: &mut <Sqlite as Backend>::QueryBuilder, _: &Sqlite) -> QueryResult<()> {
        out.push_sql(&self.compiled.sql().map_err(|error| DieselError::QueryBuilderError(Box::new(error)))?);
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Sqlite) -> QueryResult<bool> {
        Ok(self.compiled.cacheable)
    }
}

fn push<'b>(pass: &mut AstPass<'_, 'b, Sqlite>, bind: Bind<'b>) -> QueryResult<()> {
    match bind {
        Bind::Null => pass.push_bind_param::<Nullable<BigInt>, Option<i64>>(&None),
        Bind::Bool(v) => pass.push_bind_param::<Bool, bool>(v),
        Bind::I64(v) => pass.push_bind_param::<BigInt, i64>(v),
        // SQLite would store NULL instead.
        Bind::F64(v) if v.is_nan() => Err(DieselError::QueryBuilderError("SQLite keeps no NaN".into())),
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
        Bind::Array(_) => Err(DieselError::QueryBuilderError("SQLite has no arrays".into())),
        Bind::Unloaded => Err(DieselError::QueryBuilderError("a column that is not loaded".into())),
    }
}

/// The SQL type of values that SQLite stores as text. Not diesel's types, as diesel would send decimals as floats.
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
