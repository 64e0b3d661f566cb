//! Limits the number of prepared statements of a connection.
//!
//! Drivers keep every prepared statement forever, under its text. A program whose texts keep changing (updates of
//! different columns, lists of different lengths) would fill its own memory and that of the server. MariaDB refuses to
//! prepare more at some point.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Limit on the prepared statements of a connection. At the limit the driver drops all of them.
const MAX_PREPARED: usize = 500;

/// Counts the statements that a driver keeps prepared. Clones share the count.
#[derive(Clone, Debug, Default)]
pub struct PreparedCount(Arc<AtomicUsize>);

impl PreparedCount {
    /// Whether the limit is reached.
    pub(super) fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= MAX_PREPARED
    }

    /// Resets the count after the driver has dropped its statements.
    pub(super) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Instrumentation for PreparedCount {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Drops all prepared statements of a blocking driver; always succeeds.
pub(super) fn forget(connection: &mut impl diesel::Connection) -> bool {
    use diesel::connection::CacheSize;
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    connection.set_prepared_statement_cache_size(CacheSize::Unbounded);
    true
}

/// Drops all prepared statements of libpq's driver, which does not deallocate them on the server. Returns false when
/// the server failed to deallocate.
#[cfg(feature = "postgres")]
pub(super) fn forget_on_postgres(connection: &mut diesel::pg::PgConnection) -> bool {
    use diesel::RunQueryDsl;
    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::sql_types::{Nullable, Text};
    const NAMES: &str = "SELECT string_agg('DEALLOCATE ' || quote_ident(name), '; ') FROM pg_prepared_statements \
                         WHERE NOT from_sql AND left(name, 14) = '__diesel_stmt_'";
    forget(connection);
    match sql::<Nullable<Text>>(NAMES).get_result::<Option<String>>(connection) {
        Ok(Some(text)) => connection.batch_execute(&text).is_ok(),
        Ok(None) => true,
        Err(_) => false,
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::engine::{Engine, text};

    #[test]
    fn a_connection_keeps_a_bounded_number_of_statements_prepared() {
        let engine = Engine::new("sqlite://").unwrap();
        let mut connection = engine.connect().unwrap();
        let prepared = |connection: &crate::Connection| connection.core.state.slot.as_ref().unwrap().prepared.count();
        for number in 0..3 * MAX_PREPARED + 7 {
            connection.query(&text(format!("SELECT {number}"))).unwrap();
            assert!(prepared(&connection) <= MAX_PREPARED, "{} after {number}", prepared(&connection));
        }
        let before = prepared(&connection);
        assert_eq!(before, 7);
        connection.query(&text("SELECT 1506")).unwrap();
        assert_eq!(prepared(&connection), before, "what is kept is not prepared again");
    }
}
