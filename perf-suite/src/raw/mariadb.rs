//! libmariadb: prepared statements of many rows.

use perf_by_hand::mariadb::{Bind, Kind, Mariadb};

use super::{RawDriver, select};
use crate::Result;
use crate::by_hand_mariadb::place;
use crate::fixture::Customer;

/// Rows of one statement.
const BATCH: usize = 1_000;

pub(super) struct Raw(Mariadb);

impl Raw {
    pub(super) fn open(url: &str) -> Result<Self> {
        Ok(Self(Mariadb::connect(&place(url)?)?))
    }

    fn insert(&mut self, texts: &[(&str, &str)]) -> Result<i64> {
        self.0.batch("BEGIN")?;
        let mut id = 0;
        for batch in texts.chunks(BATCH) {
            let values = vec!["(?, ?)"; batch.len()].join(", ");
            let binds: Vec<Bind<'_>> =
                batch.iter().flat_map(|(name, description)| [Bind::Text(name), Bind::Text(description)]).collect();
            self.0.prepare(&format!("INSERT INTO customer (name, description) VALUES {values}"))?.execute(&binds)?;
            id = self.0.insert_id();
        }
        self.0.batch("COMMIT")?;
        Ok(id)
    }
}

impl RawDriver for Raw {
    fn insert_all(&mut self, customers: &[Customer]) -> Result<()> {
        let texts: Vec<(&str, &str)> =
            customers.iter().map(|customer| (customer.name.as_str(), customer.description.as_str())).collect();
        self.insert(&texts).map(|_| ())
    }

    fn insert_one(&mut self, name: &str, description: &str) -> Result<i64> {
        self.insert(&[(name, description)])
    }

    fn each(&mut self, limit: usize, each: &mut dyn FnMut(i64, &str, &str)) -> Result<()> {
        Ok(self.0.prepare(&select(limit))?.query(&[], &[Kind::I64, Kind::Text, Kind::Text], |row| {
            each(row.i64(0), row.text(1)?, row.text(2)?);
            Ok(())
        })?)
    }
}
