//! A compiled statement as a diesel query for PostgreSQL.

use std::io::Write;
use std::marker::PhantomData;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::pg::{Pg, PgTypeMetadata};
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::Error as DieselError;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date, Double, HasSqlType, Nullable, Numeric, SqlType, Text, Time, Timestamp, Untyped,
    Uuid as UuidType, is_nullable,
};
use uuid::Uuid;

use super::compiled::CompiledStatement;
use super::shape::{ByText, PreparedUnder};
use super::statement::{ArrayBind, Bind};
use crate::row::json;

/// Limit on the `NULL`s of a cached statement. Each combination of `NULL`s is a separate prepared statement, and the
/// server keeps all of them.
const CACHED_NULLS: usize = 8;

/// A compiled statement that diesel can run. diesel caches the statement under its text and parameter types, or under
/// the type `P`.
pub(super) struct PostgresStatement<'s, P = ByText> {
    compiled: &'s CompiledStatement<'s>,
    cacheable: bool,
    prepared_under: PhantomData<fn() -> P>,
}

impl<'s, P> PostgresStatement<'s, P> {
    pub(super) fn new(compiled: &'s CompiledStatement<'s>) -> Self {
        let nulls = compiled.binds().filter(|bind| matches!(bind, Bind::Null));
        let cacheable = compiled.cacheable && nulls.take(CACHED_NULLS + 1).count() <= CACHED_NULLS;
        Self { compiled, cacheable, prepared_under: PhantomData }
    }
}

impl<P> Query for PostgresStatement<'_, P> {
    type SqlType = Untyped;
}

impl<P: PreparedUnder> QueryId for PostgresStatement<'_, P> {
    type QueryId = P;
    const HAS_STATIC_QUERY_ID: bool = P::TYPE_ALONE;
}

/// diesel asks for the text, then whether to cache the statement, then for the parameters. `to_sql` and
/// `is_safe_to_cache_prepared` answer the first two questions without a walk. `walk_ast` answers all three, for queries
/// that diesel holds by reference.
impl<P> QueryFragment<Pg> for PostgresStatement<'_, P> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.cacheable {
            pass.unsafe_to_cache_prepared();
        }
        self.compiled.walk(|sql, bind| {
            pass.push_sql(sql);
            bind.map_or(Ok(()), |bind| push(&mut pass, bind))
        })
    }

    fn to_sql(&self, out: &mut <Pg as Backend>::QueryBuilder, _: &Pg) -> QueryResult<()> {
        out.push_sql(&self.compiled.sql().map_err(|error| DieselError::QueryBuilderError(Box::new(error)))?);
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(self.cacheable)
    }
}

fn push<'b>(pass: &mut AstPass<'_, 'b, Pg>, bind: Bind<'b>) -> QueryResult<()> {
    match bind {
        Bind::Null => pass.push_bind_param::<Inferred, Null>(&Null),
        Bind::Bool(v) => pass.push_bind_param::<Bool, bool>(v),
        Bind::I64(v) => pass.push_bind_param::<BigInt, i64>(v),
        Bind::F64(v) => pass.push_bind_param::<Double, f64>(v),
        Bind::Text(v) => pass.push_bind_param::<Text, str>(v),
        Bind::Bytes(v) => pass.push_bind_param::<Binary, [u8]>(v),
        Bind::Date(v) => pass.push_bind_param::<Date, NaiveDate>(v),
        Bind::Time(v) => pass.push_bind_param::<Time, NaiveTime>(v),
        Bind::DateTime(v) => pass.push_bind_param::<Timestamp, NaiveDateTime>(v),
        Bind::Decimal(v) => pass.push_bind_param::<Numeric, BigDecimal>(v),
        Bind::Uuid(v) => pass.push_bind_param::<UuidType, Uuid>(v),
        Bind::Json(v) => pass.push_bind_param::<Document, serde_json::Value>(v),
        Bind::Sensitive(v) => push(pass, Bind::from(v)),
        Bind::Array(v) => push_array(pass, v),
        Bind::Unloaded => Err(DieselError::QueryBuilderError("a column that is not loaded".into())),
    }
}

fn push_array<'b>(pass: &mut AstPass<'_, 'b, Pg>, array: &'b ArrayBind<'b>) -> QueryResult<()> {
    match array {
        ArrayBind::Bool(v) => pass.push_bind_param::<Array<Nullable<Bool>>, _>(v),
        ArrayBind::I64(v) => pass.push_bind_param::<Array<Nullable<BigInt>>, _>(v),
        ArrayBind::F64(v) => pass.push_bind_param::<Array<Nullable<Double>>, _>(v),
        ArrayBind::Text(v) => pass.push_bind_param::<Array<Nullable<Text>>, _>(v),
        ArrayBind::Bytes(v) => pass.push_bind_param::<Array<Nullable<Binary>>, _>(v),
        ArrayBind::Date(v) => pass.push_bind_param::<Array<Nullable<Date>>, _>(v),
        ArrayBind::Time(v) => pass.push_bind_param::<Array<Nullable<Time>>, _>(v),
        ArrayBind::DateTime(v) => pass.push_bind_param::<Array<Nullable<Timestamp>>, _>(v),
        ArrayBind::Decimal(v) => pass.push_bind_param::<Array<Nullable<Numeric>>, _>(v),
        ArrayBind::Uuid(v) => pass.push_bind_param::<Array<Nullable<UuidType>>, _>(v),
        ArrayBind::Json(v) => pass.push_bind_param::<Array<Nullable<Document>>, _>(v),
    }
}

/// The SQL type that the server infers from the parameter's position (OID 0).
struct Inferred;

impl SqlType for Inferred {
    type IsNull = is_nullable::NotNull;
}

impl HasSqlType<Inferred> for Pg {
    fn metadata(_: &mut Self::MetadataLookup) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}

/// `NULL` of any type.
#[derive(Debug)]
struct Null;

impl ToSql<Inferred, Pg> for Null {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Pg>) -> serialize::Result {
        Ok(IsNull::Yes)
    }
}

/// JSONB, written so that floats stay floats; diesel would write `1.0` as an integer.
struct Document;

impl SqlType for Document {
    type IsNull = is_nullable::NotNull;
}

impl HasSqlType<Document> for Pg {
    fn metadata(_: &mut Self::MetadataLookup) -> PgTypeMetadata {
        PgTypeMetadata::new(3802, 3807)
    }
}

impl ToSql<Document, Pg> for serde_json::Value {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The first byte is the version of the format.
        out.write_all(&[1])?;
        out.write_all(json::decimal_text(self).as_bytes())?;
        Ok(IsNull::No)
    }
}
