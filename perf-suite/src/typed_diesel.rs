//! Typed diesel, as its guides write it.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use crate::Result;
use crate::fixture::{self, DIGEST, Database, Digest, Fill, shuffled};
use crate::workload::{Run, Side, Workload, timed};

diesel::table! {
    customer (id) {
        id -> BigInt,
        name -> Text,
        description -> Text,
    }
}

diesel::table! {
    parent (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    child (id) {
        id -> BigInt,
        name -> Text,
        parent_id -> BigInt,
    }
}

diesel::joinable!(child -> parent (parent_id));
diesel::allow_tables_to_appear_in_same_query!(child, parent);

#[derive(Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = customer)]
pub(crate) struct Customer {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) description: String,
}

#[derive(Insertable)]
#[diesel(table_name = customer)]
struct NewCustomer<'a> {
    name: &'a str,
    description: &'a str,
}

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = parent)]
struct Parent {
    id: i64,
    #[expect(dead_code, reason = "loaded as every side does")]
    name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = child, belongs_to(Parent))]
struct Child {
    id: i64,
    name: String,
    parent_id: i64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    keys: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    bytes: i64,
}

/// Rows of one INSERT: thousands of parameters, fewer than any database's limit.
const CHUNK: usize = 1_000;

/// Written out for each connection: being generic over backends takes more bounds than code.
macro_rules! side {
    ($name:ident, $connection:ty, $database:expr, $row_by_row:ty, $in_one_statement:expr, $open:expr) => {
        pub(crate) struct $name {
            connection: $connection,
        }

        impl $name {
            pub(crate) fn open(url: &str) -> Result<Self> {
                let open: fn(&str) -> Result<$connection> = $open;
                Ok(Self { connection: open(url)? })
            }

            fn digest(&mut self) -> Result<Digest> {
                let sql = DIGEST.replacen("count(*),", "count(*) AS rows,", 1).replacen(
                    "AS BIGINT),",
                    "AS BIGINT) AS keys,",
                    1,
                );
                let sql = sql.replacen("AS BIGINT) FROM", "AS BIGINT) AS bytes FROM", 1);
                let counted: Counted = diesel::sql_query(sql).get_result(&mut self.connection)?;
                Ok(Digest { rows: counted.rows, keys: counted.keys, bytes: counted.bytes })
            }

            /// Work that writes, in a transaction that the clock does not see the ends of.
            fn write<T>(&mut self, work: impl FnOnce(&mut $connection) -> Result<T>) -> Result<Run> {
                let (elapsed, kept) = self.connection.transaction(|connection| timed(|| work(connection)))?;
                drop(kept);
                Ok(Run { elapsed, digest: self.digest()? })
            }

            fn insert_generated(&mut self, rows: usize) -> Result<Run> {
                let mut customers = fixture::Customer::many(rows);
                self.write(|connection| {
                    for chunk in customers.chunks_mut(CHUNK) {
                        let new: Vec<NewCustomer<'_>> = chunk
                            .iter()
                            .map(|customer| NewCustomer { name: &customer.name, description: &customer.description })
                            .collect();
                        let insert = diesel::insert_into(customer::table).values(&new).returning(customer::id);
                        let ids: Vec<i64> = insert.get_results(connection)?;
                        chunk.iter_mut().zip(ids).for_each(|(customer, id)| customer.id = id);
                    }
                    Ok(customers)
                })
            }

            fn insert_given(&mut self, rows: usize) -> Result<Run> {
                let customers = customers(rows);
                self.write(|connection| {
                    for chunk in customers.chunks(CHUNK) {
                        diesel::insert_into(customer::table).values(chunk).execute(connection)?;
                    }
                    Ok(())
                })
            }

            fn update(&mut self, rows: usize) -> Result<Run> {
                let descriptions = fixture::Customer::new_descriptions(rows);
                let mut customers = customers(rows);
                self.write(|connection| {
                    for (customer, description) in customers.iter_mut().zip(descriptions) {
                        customer.description = description;
                        diesel::update(&*customer)
                            .set(customer::description.eq(&customer.description))
                            .execute(connection)?;
                    }
                    Ok(customers)
                })
            }

            fn delete(&mut self, rows: usize) -> Result<Run> {
                let customers = customers(rows);
                self.write(|connection| {
                    for customer in &customers {
                        diesel::delete(customer).execute(connection)?;
                    }
                    Ok(())
                })
            }

            fn load(&mut self) -> Result<Run> {
                let (elapsed, customers) = timed(|| Ok(customer::table.load::<Customer>(&mut self.connection)?))?;
                Ok(Run { elapsed, digest: digest_of(&customers) })
            }

            fn stream(&mut self) -> Result<Run> {
                let (elapsed, digest) = timed(|| {
                    let mut digest = Digest::default();
                    for customer in customer::table.load_iter::<Customer, $row_by_row>(&mut self.connection)? {
                        let customer: Customer = customer?;
                        digest.add(customer.id, &[&customer.name, &customer.description]);
                    }
                    Ok(digest)
                })?;
                Ok(Run { elapsed, digest })
            }

            fn select_one(&mut self, rows: usize) -> Result<Run> {
                let ids = shuffled(rows);
                let (elapsed, customers) = self.connection.transaction(|connection| {
                    timed(|| {
                        let mut customers: Vec<Customer> = Vec::with_capacity(rows);
                        for id in ids {
                            customers.push(customer::table.find(id).get_result(connection)?);
                        }
                        Ok(customers)
                    })
                })?;
                Ok(Run { elapsed, digest: digest_of(&customers) })
            }

            fn select_in(&mut self) -> Result<Run> {
                let (elapsed, family) = timed(|| {
                    let parents: Vec<Parent> = parent::table.load(&mut self.connection)?;
                    let mut children: Vec<Child> = Vec::new();
                    for parents in parents.chunks($in_one_statement) {
                        children.extend(Child::belonging_to(parents).load::<Child>(&mut self.connection)?);
                    }
                    let children = children.grouped_by(&parents);
                    Ok(parents.into_iter().zip(children).collect::<Vec<_>>())
                })?;
                let mut digest = Digest::default();
                for (parent, children) in &family {
                    children.iter().for_each(|child| digest.add(child.id * parent.id, &[&child.name]));
                }
                Ok(Run { elapsed, digest })
            }
        }

        impl Side for $name {
            fn name(&self) -> &'static str {
                "diesel"
            }

            fn reset(&mut self, fill: Fill) -> Result<()> {
                for statement in $database.reset(fill) {
                    diesel::sql_query(statement).execute(&mut self.connection)?;
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
    };
}

side!(OnSqlite, SqliteConnection, Database::Sqlite, DefaultLoadingMode, 500, |url| {
    let mut connection = SqliteConnection::establish(&crate::by_hand_sqlite::sqlite_file(url))?;
    diesel::sql_query("PRAGMA foreign_keys = ON").execute(&mut connection)?;
    Ok(connection)
});

#[cfg(feature = "postgres")]
side!(OnPostgres, PgConnection, Database::Postgres, diesel::pg::PgRowByRowLoadingMode, usize::MAX, |url| {
    Ok(PgConnection::establish(url)?)
});

fn customers(rows: usize) -> Vec<Customer> {
    let customers = fixture::Customer::many(rows).into_iter();
    customers.map(|fixture::Customer { id, name, description }| Customer { id, name, description }).collect()
}

fn digest_of(customers: &[Customer]) -> Digest {
    Digest::of(customers.iter().map(|customer| (customer.id, customer.name.as_str(), customer.description.as_str())))
}
