//! The loops that somebody would write over libsqlite3: prepare once, bind, step, reset.

use std::collections::HashMap;

use perf_by_hand::sqlite::{Bind, Row, Sqlite};

use crate::Result;
use crate::fixture::{Child, Customer, DIGEST, Database, Digest, Fill, Parent, shuffled};
use crate::workload::{Run, Side, Workload, timed};

pub(crate) struct ByHand {
    connection: Sqlite,
}

impl ByHand {
    pub(crate) fn open(url: &str) -> Result<Self> {
        let connection = Sqlite::open(&sqlite_file(url))?;
        connection.batch("PRAGMA foreign_keys = ON")?;
        Ok(Self { connection })
    }

    fn digest(&self) -> Result<Digest> {
        let mut digest = Digest::default();
        self.connection.prepare(DIGEST)?.query(&[], |row| {
            digest = Digest { rows: row.i64(0), keys: row.i64(1), bytes: row.i64(2) };
            Ok(())
        })?;
        Ok(digest)
    }

    /// Work that writes, in a transaction that the clock does not see the ends of.
    fn write<T>(&mut self, work: impl FnOnce(&Sqlite) -> Result<T>) -> Result<Run> {
        self.connection.batch("BEGIN")?;
        let (elapsed, kept) = timed(|| work(&self.connection))?;
        self.connection.batch("COMMIT")?;
        drop(kept);
        Ok(Run { elapsed, digest: self.digest()? })
    }

    fn insert_generated(&mut self, rows: usize) -> Result<Run> {
        let mut customers = Customer::many(rows);
        self.write(|connection| {
            let mut insert = connection.prepare("INSERT INTO customer (name, description) VALUES (?, ?)")?;
            for customer in &mut customers {
                insert.execute(&[Bind::Text(&customer.name), Bind::Text(&customer.description)])?;
                customer.id = connection.last_insert_rowid();
            }
            Ok(customers)
        })
    }

    fn insert_given(&mut self, rows: usize) -> Result<Run> {
        let customers = Customer::many(rows);
        self.write(|connection| {
            let mut insert = connection.prepare("INSERT INTO customer (id, name, description) VALUES (?, ?, ?)")?;
            for customer in &customers {
                insert.execute(&[
                    Bind::I64(customer.id),
                    Bind::Text(&customer.name),
                    Bind::Text(&customer.description),
                ])?;
            }
            Ok(())
        })
    }

    fn update(&mut self, rows: usize) -> Result<Run> {
        let descriptions = Customer::new_descriptions(rows);
        let mut customers = Customer::many(rows);
        self.write(|connection| {
            let mut update = connection.prepare("UPDATE customer SET description = ? WHERE id = ?")?;
            for (customer, description) in customers.iter_mut().zip(descriptions) {
                customer.description = description;
                update.execute(&[Bind::Text(&customer.description), Bind::I64(customer.id)])?;
            }
            Ok(customers)
        })
    }

    fn delete(&mut self, rows: usize) -> Result<Run> {
        let customers = Customer::many(rows);
        self.write(|connection| {
            let mut delete = connection.prepare("DELETE FROM customer WHERE id = ?")?;
            for customer in &customers {
                delete.execute(&[Bind::I64(customer.id)])?;
            }
            Ok(())
        })
    }

    fn load(&mut self) -> Result<Run> {
        let (elapsed, customers) = timed(|| {
            let mut customers = Vec::new();
            self.connection.prepare("SELECT id, name, description FROM customer")?.query(&[], |row| {
                customers.push(customer(row)?);
                Ok(())
            })?;
            Ok(customers)
        })?;
        Ok(Run { elapsed, digest: digest_of(&customers) })
    }

    fn stream(&mut self) -> Result<Run> {
        let (elapsed, digest) = timed(|| {
            let mut digest = Digest::default();
            self.connection.prepare("SELECT id, name, description FROM customer")?.query(&[], |row| {
                let customer = customer(row)?;
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
            let mut select = self.connection.prepare("SELECT id, name, description FROM customer WHERE id = ?")?;
            for id in ids {
                select.query(&[Bind::I64(id)], |row| {
                    customers.push(customer(row)?);
                    Ok(())
                })?;
            }
            Ok(customers)
        })?;
        self.connection.batch("COMMIT")?;
        Ok(Run { elapsed, digest: digest_of(&customers) })
    }

    fn select_in(&mut self) -> Result<Run> {
        let (elapsed, parents) = timed(|| {
            let mut parents: Vec<Parent> = Vec::new();
            self.connection.prepare("SELECT id, name FROM parent")?.query(&[], |row| {
                parents.push(Parent { id: row.i64(0), name: row.text(1)?.to_owned(), children: Vec::new() });
                Ok(())
            })?;
            let places: HashMap<i64, usize> =
                parents.iter().enumerate().map(|(place, parent)| (parent.id, place)).collect();
            let ids: Vec<i64> = parents.iter().map(|parent| parent.id).collect();
            for ids in ids.chunks(500) {
                let marks = vec!["?"; ids.len()].join(", ");
                let sql = format!("SELECT id, name, parent_id FROM child WHERE parent_id IN ({marks})");
                let binds: Vec<Bind<'_>> = ids.iter().map(|id| Bind::I64(*id)).collect();
                self.connection.prepare(&sql)?.query(&binds, |row| {
                    let parent_id = row.i64(2);
                    if let Some(place) = places.get(&parent_id) {
                        parents[*place].children.push(Child {
                            id: row.i64(0),
                            name: row.text(1)?.to_owned(),
                            parent_id,
                        });
                    }
                    Ok(())
                })?;
            }
            Ok(parents)
        })?;
        Ok(Run { elapsed, digest: Digest::of_family(&parents) })
    }
}

impl Side for ByHand {
    fn name(&self) -> &'static str {
        "C API"
    }

    fn reset(&mut self, fill: Fill) -> Result<()> {
        for statement in Database::Sqlite.reset(fill) {
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

/// What SQLite calls the file of a URL.
pub(crate) fn sqlite_file(url: &str) -> String {
    match url.trim_start_matches("sqlite://").strip_prefix('/') {
        None | Some("" | ":memory:") => ":memory:".to_owned(),
        Some(file) => file.to_owned(),
    }
}

fn customer(row: &Row<'_>) -> perf_by_hand::Result<Customer> {
    Ok(Customer { id: row.i64(0), name: row.text(1)?.to_owned(), description: row.text(2)?.to_owned() })
}

fn digest_of(customers: &[Customer]) -> Digest {
    Digest::of(customers.iter().map(|customer| (customer.id, customer.name.as_str(), customer.description.as_str())))
}
