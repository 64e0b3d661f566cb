//! libpq: one statement over arrays, results in binary.

use perf_by_hand::postgres::{Param, Postgres};

use super::{RawDriver, select};
use crate::Result;
use crate::fixture::Customer;

const INSERT: &str = "INSERT INTO customer (name, description) \
     SELECT * FROM unnest($1::text[], $2::text[]) RETURNING id";

pub(super) struct Raw(Postgres);

impl Raw {
    pub(super) fn open(url: &str) -> Result<Self> {
        Ok(Self(Postgres::connect(url)?))
    }

    fn insert(&mut self, names: Param, descriptions: Param) -> Result<i64> {
        self.0.batch("BEGIN")?;
        self.0.prepare("", INSERT)?;
        let ids = self.0.execute("", &[names, descriptions])?;
        let last = if ids.is_empty() { 0 } else { ids.i64(ids.len() - 1, 0)? };
        self.0.batch("COMMIT")?;
        Ok(last)
    }
}

impl RawDriver for Raw {
    fn insert_all(&mut self, customers: &[Customer]) -> Result<()> {
        let names = Param::text_array(customers.iter().map(|customer| customer.name.as_str()));
        let descriptions = Param::text_array(customers.iter().map(|customer| customer.description.as_str()));
        self.insert(names, descriptions).map(|_| ())
    }

    fn insert_one(&mut self, name: &str, description: &str) -> Result<i64> {
        self.insert(Param::text_array([name].into_iter()), Param::text_array([description].into_iter()))
    }

    fn each(&mut self, limit: usize, each: &mut dyn FnMut(i64, &str, &str)) -> Result<()> {
        self.0.prepare("", &select(limit))?;
        Ok(self.0.stream("", &[], |rows| {
            each(rows.i64(0, 0)?, rows.text(0, 1)?, rows.text(0, 2)?);
            Ok(())
        })?)
    }
}
