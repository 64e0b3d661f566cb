//! What somebody who knows MariaDB would write over libmariadb: prepared statements of many rows, or, as the other yardstick, of one.

use std::collections::HashMap;

use perf_by_hand::mariadb::{Bind, Kind, Mariadb, Place, Row, Statement};
use url::Url;

use crate::Result;
use crate::fixture::{Child, Customer, Database, Digest, Fill, Parent, shuffled};
use crate::workload::{Run, Side, Workload, timed};

/// Rows of one statement.
const BATCH: usize = 1_000;

pub(crate) struct ByHand {
    connection: Mariadb,
    /// One statement a row instead of many rows a statement.
    single: bool,
}

const CUSTOMER: [Kind; 3] = [Kind::I64, Kind::Text, Kind::Text];

impl ByHand {
    pub(crate) fn open(url: &str, single: bool) -> Result<Self> {
        let connection = Mariadb::connect(&place(url)?)?;
        Ok(Self { connection, single })
    }

    fn batch(&self) -> usize {
        if self.single { 1 } else { BATCH }
    }

    fn digest(&self) -> Result<Digest> {
        let mut digest = Digest::default();
        self.connection.prepare(&Database::Mariadb.digest())?.query(&[], &[Kind::I64; 3], |row| {
            digest = Digest { rows: row.i64(0), keys: row.i64(1), bytes: row.i64(2) };
            Ok(())
        })?;
        Ok(digest)
    }

    /// Work that writes, in a transaction that the clock does not see the ends of.
    fn write<T>(&mut self, work: impl FnOnce(&Self) -> Result<T>) -> Result<Run> {
        self.connection.batch("BEGIN")?;
        let (elapsed, kept) = timed(|| work(self))?;
        self.connection.batch("COMMIT")?;
        drop(kept);
        Ok(Run { elapsed, digest: self.digest()? })
    }

    /// Runs a statement for every batch; it is prepared once for full batches and once for the rest.
    fn each_batch<'c>(
        &self,
        customers: &'c [Customer],
        sql: impl Fn(usize) -> String,
        bind: impl Fn(&'c Customer, &mut Vec<Bind<'c>>),
        mut after: impl FnMut(usize, &'c [Customer]),
    ) -> Result<()> {
        let mut prepared: Option<(usize, Statement<'_>)> = None;
        let mut binds = Vec::new();
        for (number, batch) in customers.chunks(self.batch()).enumerate() {
            binds.clear();
            batch.iter().for_each(|customer| bind(customer, &mut binds));
            let (_, statement) = match prepared.take() {
                Some((rows, statement)) if rows == batch.len() => prepared.insert((rows, statement)),
                _ => prepared.insert((batch.len(), self.connection.prepare(&sql(batch.len()))?)),
            };
            statement.execute(&binds)?;
            after(number, batch);
        }
        Ok(())
    }

    fn insert_generated(&mut self, rows: usize) -> Result<Run> {
        let customers = Customer::many(rows);
        self.write(|side| {
            let mut ids = Vec::with_capacity(customers.len());
            let sql = |rows| format!("INSERT INTO customer (name, description) VALUES {}", list("(?, ?)", rows));
            side.each_batch(
                &customers,
                sql,
                |customer, binds| binds.extend([Bind::Text(&customer.name), Bind::Text(&customer.description)]),
                |_, batch| {
                    // One statement generates its keys in one piece.
                    let first = side.connection.insert_id();
                    ids.extend(first..first + batch.len() as i64);
                },
            )?;
            Ok(ids)
        })
    }

    fn insert_given(&mut self, rows: usize) -> Result<Run> {
        let customers = Customer::many(rows);
        self.write(|side| {
            let sql = |rows| format!("INSERT INTO customer (id, name, description) VALUES {}", list("(?, ?, ?)", rows));
            side.each_batch(
                &customers,
                sql,
                |customer, binds| {
                    let texts = [Bind::Text(&customer.name), Bind::Text(&customer.description)];
                    binds.push(Bind::I64(customer.id));
                    binds.extend(texts);
                },
                |_, _| {},
            )
        })
    }

    fn update(&mut self, rows: usize) -> Result<Run> {
        let new = Customer::new_descriptions(rows);
        let mut customers = Customer::many(rows);
        self.write(|side| {
            for (customer, description) in customers.iter_mut().zip(new) {
                customer.description = description;
            }
            let sql = |rows: usize| match rows {
                1 => "UPDATE customer SET description = ? WHERE id = ?".to_owned(),
                _ => format!(
                    "UPDATE customer JOIN (SELECT ? AS description, ? AS id{}) AS p ON customer.id = p.id \
                     SET customer.description = p.description",
                    " UNION ALL SELECT ?, ?".repeat(rows - 1)
                ),
            };
            side.each_batch(
                &customers,
                sql,
                |customer, binds| binds.extend([Bind::Text(&customer.description), Bind::I64(customer.id)]),
                |_, _| {},
            )?;
            Ok(())
        })
    }

    fn delete(&mut self, rows: usize) -> Result<Run> {
        let customers = Customer::many(rows);
        self.write(|side| {
            let sql = |rows| format!("DELETE FROM customer WHERE id IN ({})", list("?", rows));
            side.each_batch(&customers, sql, |customer, binds| binds.push(Bind::I64(customer.id)), |_, _| {})
        })
    }

    fn load(&mut self) -> Result<Run> {
        let (elapsed, customers) = timed(|| {
            let mut customers = Vec::new();
            let mut statement = self.connection.prepare("SELECT id, name, description FROM customer")?;
            statement.query(&[], &CUSTOMER, |row| {
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
            let mut statement = self.connection.prepare("SELECT id, name, description FROM customer")?;
            statement.query(&[], &CUSTOMER, |row| {
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
            let mut statement = self.connection.prepare("SELECT id, name, description FROM customer WHERE id = ?")?;
            for id in ids {
                statement.query(&[Bind::I64(id)], &CUSTOMER, |row| {
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
            self.connection.prepare("SELECT id, name FROM parent")?.query(&[], &CUSTOMER[..2], |row| {
                parents.push(Parent { id: row.i64(0), name: row.text(1)?.to_owned(), children: Vec::new() });
                Ok(())
            })?;
            let places: HashMap<i64, usize> =
                parents.iter().enumerate().map(|(place, parent)| (parent.id, place)).collect();
            let ids: Vec<i64> = parents.iter().map(|parent| parent.id).collect();
            for ids in ids.chunks(BATCH) {
                let sql =
                    format!("SELECT id, name, parent_id FROM child WHERE parent_id IN ({})", list("?", ids.len()));
                let binds: Vec<Bind<'_>> = ids.iter().map(|id| Bind::I64(*id)).collect();
                self.connection.prepare(&sql)?.query(&binds, &[Kind::I64, Kind::Text, Kind::I64], |row| {
                    let parent_id = row.i64(2);
                    if let Some(place) = places.get(&parent_id) {
                        let child = Child { id: row.i64(0), name: row.text(1)?.to_owned(), parent_id };
                        parents[*place].children.push(child);
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
        if self.single { "one by one" } else { "libmariadb" }
    }

    fn reset(&mut self, fill: Fill) -> Result<()> {
        for statement in Database::Mariadb.reset(fill) {
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

/// `part, part, part`
fn list(part: &str, times: usize) -> String {
    vec![part; times].join(", ")
}

fn customer(row: &Row) -> perf_by_hand::Result<Customer> {
    Ok(Customer { id: row.i64(0), name: row.text(1)?.to_owned(), description: row.text(2)?.to_owned() })
}

fn digest_of(customers: &[Customer]) -> Digest {
    Digest::of(customers.iter().map(|customer| (customer.id, customer.name.as_str(), customer.description.as_str())))
}

/// Where the server of a URL is.
pub(crate) fn place(url: &str) -> Result<Place> {
    let parsed = Url::parse(url)?;
    let socket = parsed.query_pairs().find(|(name, _)| name == "unix_socket");
    Ok(Place {
        host: parsed.host_str().unwrap_or("localhost").to_owned(),
        port: parsed.port().unwrap_or_default(),
        socket: socket.map(|(_, path)| path.into_owned()),
        user: parsed.username().to_owned(),
        password: parsed.password().map(str::to_owned),
        database: parsed.path().trim_start_matches('/').to_owned(),
    })
}
