//! What somebody who knows PostgreSQL would write over libpq: one statement over arrays, results in binary.

use std::collections::HashMap;

use perf_by_hand::postgres::{Param, Postgres, Rows};

use crate::Result;
use crate::fixture::{Child, Customer, DIGEST, Database, Digest, Fill, Parent, shuffled};
use crate::workload::{Run, Side, Workload, timed};

pub(crate) struct ByHand {
    connection: Postgres,
}

impl ByHand {
    pub(crate) fn open(url: &str) -> Result<Self> {
        Ok(Self { connection: Postgres::connect(url)? })
    }

    fn digest(&mut self) -> Result<Digest> {
        self.connection.prepare("", DIGEST)?;
        let rows = self.connection.execute("", &[])?;
        Ok(Digest { rows: rows.i64(0, 0)?, keys: rows.i64(0, 1)?, bytes: rows.i64(0, 2)? })
    }

    /// Work that writes, in a transaction that the clock does not see the ends of.
    fn write<T>(&mut self, work: impl FnOnce(&mut Postgres) -> Result<T>) -> Result<Run> {
        self.connection.batch("BEGIN")?;
        let (elapsed, kept) = timed(|| work(&mut self.connection))?;
        self.connection.batch("COMMIT")?;
        drop(kept);
        Ok(Run { elapsed, digest: self.digest()? })
    }

    fn insert_generated(&mut self, rows: usize) -> Result<Run> {
        let mut customers = Customer::many(rows);
        self.write(|connection| {
            connection.prepare(
                "",
                "INSERT INTO customer (name, description) SELECT p.name, p.description \
                 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS p(name, description, n) ORDER BY p.n RETURNING id",
            )?;
            let ids = connection.execute("", &[names(&customers), descriptions(&customers)])?;
            for (row, customer) in customers.iter_mut().enumerate() {
                customer.id = ids.i64(row, 0)?;
            }
            Ok(customers)
        })
    }

    fn insert_given(&mut self, rows: usize) -> Result<Run> {
        let customers = Customer::many(rows);
        self.write(|connection| {
            connection.prepare(
                "",
                "INSERT INTO customer (id, name, description) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])",
            )?;
            connection.execute("", &[keys(&customers), names(&customers), descriptions(&customers)])?;
            Ok(())
        })
    }

    fn update(&mut self, rows: usize) -> Result<Run> {
        let new = Customer::new_descriptions(rows);
        let mut customers = Customer::many(rows);
        self.write(|connection| {
            for (customer, description) in customers.iter_mut().zip(new) {
                customer.description = description;
            }
            connection.prepare(
                "",
                "UPDATE customer SET description = p.description \
                 FROM unnest($1::text[], $2::bigint[]) AS p(description, id) WHERE customer.id = p.id",
            )?;
            connection.execute("", &[descriptions(&customers), keys(&customers)])?;
            Ok(customers)
        })
    }

    fn delete(&mut self, rows: usize) -> Result<Run> {
        let customers = Customer::many(rows);
        self.write(|connection| {
            connection.prepare("", "DELETE FROM customer WHERE id = ANY($1::bigint[])")?;
            connection.execute("", &[keys(&customers)])?;
            Ok(())
        })
    }

    fn load(&mut self) -> Result<Run> {
        let (elapsed, customers) = timed(|| {
            let mut customers = Vec::new();
            self.connection.prepare("", "SELECT id, name, description FROM customer")?;
            self.connection.stream("", &[], |rows| {
                customers.push(customer(rows, 0)?);
                Ok(())
            })?;
            Ok(customers)
        })?;
        Ok(Run { elapsed, digest: digest_of(&customers) })
    }

    fn stream(&mut self) -> Result<Run> {
        let (elapsed, digest) = timed(|| {
            let mut digest = Digest::default();
            self.connection.prepare("", "SELECT id, name, description FROM customer")?;
            self.connection.stream("", &[], |rows| {
                let customer = customer(rows, 0)?;
                digest.add(customer.id, &[&customer.name, &customer.description]);
                Ok(())
            })?;
            Ok(digest)
        })?;
        Ok(Run { elapsed, digest })
    }

    fn select_one(&mut self, rows: usize) -> Result<Run> {
        let ids = shuffled(rows);
        self.connection.batch("BEGIN")?;
        let (elapsed, customers) = timed(|| {
            let mut customers = Vec::with_capacity(rows);
            self.connection.prepare("", "SELECT id, name, description FROM customer WHERE id = $1::bigint")?;
            for id in ids {
                customers.push(customer(&self.connection.execute("", &[Param::i64(id)])?, 0)?);
            }
            Ok(customers)
        })?;
        self.connection.batch("COMMIT")?;
        Ok(Run { elapsed, digest: digest_of(&customers) })
    }

    fn select_in(&mut self) -> Result<Run> {
        let (elapsed, parents) = timed(|| {
            let mut parents: Vec<Parent> = Vec::new();
            self.connection.prepare("", "SELECT id, name FROM parent")?;
            self.connection.stream("", &[], |rows| {
                parents.push(Parent { id: rows.i64(0, 0)?, name: rows.text(0, 1)?.to_owned(), children: Vec::new() });
                Ok(())
            })?;
            let places: HashMap<i64, usize> =
                parents.iter().enumerate().map(|(place, parent)| (parent.id, place)).collect();
            let ids = Param::i64_array(parents.iter().map(|parent| parent.id));
            self.connection.prepare("", "SELECT id, name, parent_id FROM child WHERE parent_id = ANY($1::bigint[])")?;
            self.connection.stream("", &[ids], |rows| {
                let parent_id = rows.i64(0, 2)?;
                if let Some(place) = places.get(&parent_id) {
                    parents[*place].children.push(Child {
                        id: rows.i64(0, 0)?,
                        name: rows.text(0, 1)?.to_owned(),
                        parent_id,
                    });
                }
                Ok(())
            })?;
            Ok(parents)
        })?;
        Ok(Run { elapsed, digest: Digest::of_family(&parents) })
    }
}

impl Side for ByHand {
    fn name(&self) -> &'static str {
        "libpq"
    }

    fn reset(&mut self, fill: Fill) -> Result<()> {
        for statement in Database::Postgres.reset(fill) {
            self.connection.batch(&statement)?;
        }
        Ok(())
    }

    fn run(&mut self, workload: Workload, rows: usize) -> Result<Run> {
        match workload {
            Workload::InsertGenerated => self.insert_generated(rows),
            Workload::InsertGiven | Workload::InsertBulk => self.insert_given(rows),
            Workload::Update => self.update(rows),
            Workload::Delete => self.delete(rows),
            Workload::LoadUntracked | Workload::LoadTracked | Workload::LoadColumns => self.load(),
            Workload::Stream => self.stream(),
            Workload::Get | Workload::Query => self.select_one(rows),
            Workload::SelectIn => self.select_in(),
        }
    }
}

fn customer(rows: &Rows, row: usize) -> perf_by_hand::Result<Customer> {
    Ok(Customer {
        id: rows.i64(row, 0)?,
        name: rows.text(row, 1)?.to_owned(),
        description: rows.text(row, 2)?.to_owned(),
    })
}

fn keys(customers: &[Customer]) -> Param {
    Param::i64_array(customers.iter().map(|customer| customer.id))
}

fn names(customers: &[Customer]) -> Param {
    Param::text_array(customers.iter().map(|customer| customer.name.as_str()))
}

fn descriptions(customers: &[Customer]) -> Param {
    Param::text_array(customers.iter().map(|customer| customer.description.as_str()))
}

fn digest_of(customers: &[Customer]) -> Digest {
    Digest::of(customers.iter().map(|customer| (customer.id, customer.name.as_str(), customer.description.as_str())))
}
