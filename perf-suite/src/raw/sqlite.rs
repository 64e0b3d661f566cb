//! libsqlite3: prepare once, then bind, step and reset for each row.

use perf_by_hand::sqlite::{Bind, Sqlite};

use super::{RawDriver, select};
use crate::Result;
use crate::by_hand_sqlite::sqlite_file;
use crate::fixture::Customer;

const INSERT: &str = "INSERT INTO customer (name, description) VALUES (?, ?)";

pub(super) struct Raw(Sqlite);

impl Raw {
    pub(super) fn open(url: &str) -> Result<Self> {
        match sqlite_file(url).as_str() {
            ":memory:" => Err("a second connection cannot see a database in memory: name a file".into()),
            file => Ok(Self(Sqlite::open(file)?)),
        }
    }
}

impl RawDriver for Raw {
    fn insert_all(&mut self, customers: &[Customer]) -> Result<()> {
        self.0.batch("BEGIN")?;
        let mut insert = self.0.prepare(INSERT)?;
        for customer in customers {
            insert.execute(&[Bind::Text(&customer.name), Bind::Text(&customer.description)])?;
        }
        drop(insert);
        Ok(self.0.batch("COMMIT")?)
    }

    fn insert_one(&mut self, name: &str, description: &str) -> Result<i64> {
        self.0.batch("BEGIN")?;
        self.0.prepare(INSERT)?.execute(&[Bind::Text(name), Bind::Text(description)])?;
        let id = self.0.last_insert_rowid();
        self.0.batch("COMMIT")?;
        Ok(id)
    }

    fn each(&mut self, limit: usize, each: &mut dyn FnMut(i64, &str, &str)) -> Result<()> {
        Ok(self.0.prepare(&select(limit))?.query(&[], |row| {
            each(row.i64(0), row.text(1)?, row.text(2)?);
            Ok(())
        })?)
    }
}
