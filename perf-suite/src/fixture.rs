//! The tables and the rows. Every side gets the same, by the same SQL.

use crate::Result;

/// A customer as plain data: what a hand-written loop makes of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// The primary key, from 1.
    pub id: i64,
    /// `customer name 1`
    pub name: String,
    /// `customer description 1`
    pub description: String,
}

/// A parent as plain data.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    pub(crate) id: i64,
    #[expect(dead_code, reason = "loaded as every side does")]
    pub(crate) name: String,
    pub(crate) children: Vec<Child>,
}

/// A child as plain data.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) id: i64,
    pub(crate) name: String,
    #[expect(dead_code, reason = "loaded as every side does")]
    pub(crate) parent_id: i64,
}

/// Which database a URL leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite; without a file, each side has a database of its own in memory.
    Sqlite,
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres,
    /// MariaDB, or MySQL, which is given the same statements.
    #[cfg(feature = "mysql")]
    Mariadb,
}

/// What the tables hold before a workload runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Nothing.
    Empty,
    /// So many customers.
    Customers(usize),
    /// So many parents with so many children each.
    Family {
        /// How many parents.
        parents: usize,
        /// How many children each of them has.
        children: usize,
    },
}

/// A result in few numbers, for comparing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many rows.
    pub rows: i64,
    /// The sum of their keys, each times its parent's where it has one.
    pub keys: i64,
    /// The bytes of their texts.
    pub bytes: i64,
}

impl Database {
    /// Which database a URL leads to.
    ///
    /// # Errors
    /// When the suite does not know the database, or was built without it.
    pub fn of(url: &str) -> Result<Self> {
        match url.split(':').next() {
            Some("sqlite") => Ok(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            #[cfg(not(feature = "postgres"))]
            Some("postgres" | "postgresql") => Err("PostgreSQL needs `--features postgres`".into()),
            #[cfg(feature = "mysql")]
            Some("mariadb" | "mysql") => Ok(Self::Mariadb),
            #[cfg(not(feature = "mysql"))]
            Some("mariadb" | "mysql") => Err("MariaDB and MySQL need `--features mysql`".into()),
            _ => Err(format!("{url}: the suite runs on sqlite://, postgresql://, mariadb:// and mysql://").into()),
        }
    }

    /// The query for the digest of the customers that are in the database.
    pub(crate) fn digest(self) -> String {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mariadb => DIGEST.replace("AS BIGINT", "AS SIGNED"),
            _ => DIGEST.to_owned(),
        }
    }

    /// The statements that make the tables anew and fill them; no semicolons within.
    pub(crate) fn reset(self, fill: Fill) -> Vec<String> {
        let (key, generated) = match self {
            Self::Sqlite => ("INTEGER", "INTEGER PRIMARY KEY"),
            #[cfg(feature = "postgres")]
            Self::Postgres => ("BIGINT", "BIGSERIAL PRIMARY KEY"),
            #[cfg(feature = "mysql")]
            Self::Mariadb => ("BIGINT", "BIGINT AUTO_INCREMENT PRIMARY KEY"),
        };
        let mut statements = vec![
            "DROP TABLE IF EXISTS child".to_owned(),
            "DROP TABLE IF EXISTS parent".to_owned(),
            "DROP TABLE IF EXISTS customer".to_owned(),
            format!(
                "CREATE TABLE customer (id {generated}, name VARCHAR(255) NOT NULL, description VARCHAR(255) NOT NULL)"
            ),
            format!("CREATE TABLE parent (id {generated}, name VARCHAR(255) NOT NULL)"),
            format!(
                "CREATE TABLE child (id {generated}, name VARCHAR(255) NOT NULL, parent_id {key} NOT NULL REFERENCES parent (id))"
            ),
            "CREATE INDEX ix_child_parent_id ON child (parent_id)".to_owned(),
        ];
        let numbers = |last: usize| {
            #[cfg(feature = "mysql")]
            if self == Self::Mariadb {
                return numbers_of_digits(last);
            }
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i")
        };
        match fill {
            Fill::Empty | Fill::Customers(0) => {}
            Fill::Customers(rows) => statements.push(format!(
                "INSERT INTO customer (id, name, description) {}, \
                 concat('customer name ', i), concat('customer description ', i) FROM n",
                numbers(rows)
            )),
            Fill::Family { parents, children } => {
                statements
                    .push(format!("INSERT INTO parent (id, name) {}, concat('parent ', i) FROM n", numbers(parents)));
                statements.push(format!(
                    "INSERT INTO child (id, name, parent_id) {}, concat('child ', i), (i - 1 - (i - 1) % {children}) / {children} + 1 FROM n",
                    numbers(parents * children)
                ));
            }
        }
        #[cfg(feature = "postgres")]
        if self == Self::Postgres {
            // Otherwise a scan finds unhinted rows the first time, and the first side pays for all; and no plan is based on guesses.
            statements.extend(
                ["VACUUM ANALYZE customer", "VACUUM ANALYZE parent", "VACUUM ANALYZE child"].map(str::to_owned),
            );
        }
        statements
    }
}

/// Numbers from 1, where a recursion is given up after 1000 steps: one table of digits for each of their places.
#[cfg(feature = "mysql")]
fn numbers_of_digits(last: usize) -> String {
    let digits: Vec<String> = (0..10).map(|digit| format!("SELECT {digit} AS i")).collect();
    let places = 0..last.saturating_sub(1).to_string().len();
    let sum: Vec<String> = places.clone().map(|place| format!("{} * d{place}.i", 10_usize.pow(place as u32))).collect();
    let tables: Vec<String> = places.map(|place| format!("digit AS d{place}")).collect();
    format!(
        "WITH digit AS ({}), n AS (SELECT 1 + {} AS i FROM {} ORDER BY i LIMIT {last}) SELECT i",
        digits.join(" UNION ALL "),
        sum.join(" + "),
        tables.join(", ")
    )
}

/// The digest of the customers that are in the database.
pub(crate) const DIGEST: &str = "SELECT count(*), CAST(coalesce(sum(id), 0) AS BIGINT), \
     CAST(coalesce(sum(length(name) + length(description)), 0) AS BIGINT) FROM customer";

impl Customer {
    /// The customer with a key.
    pub fn new(id: usize) -> Self {
        Self { id: id as i64, name: format!("customer name {id}"), description: format!("customer description {id}") }
    }

    /// So many customers, from 1.
    pub fn many(rows: usize) -> Vec<Self> {
        (1..=rows).map(Self::new).collect()
    }

    /// What an update makes of the descriptions.
    pub fn new_descriptions(rows: usize) -> Vec<String> {
        (1..=rows).map(|id| format!("another description {id}")).collect()
    }
}

/// Keys of so many customers in an order that nobody can guess, each once.
pub(crate) fn shuffled(rows: usize) -> Vec<i64> {
    let mut ids: Vec<i64> = (1..=rows as i64).collect();
    let mut state = 42_u64;
    for last in (1..ids.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ids.swap(last, (state >> 33) as usize % (last + 1));
    }
    ids
}

impl Digest {
    /// Takes a row in.
    pub(crate) fn add(&mut self, key: i64, texts: &[&str]) {
        self.rows += 1;
        self.keys = self.keys.wrapping_add(key);
        self.bytes += texts.iter().map(|text| text.len() as i64).sum::<i64>();
    }

    /// Takes in what another has taken in.
    #[cfg(feature = "async")]
    pub(crate) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.keys = self.keys.wrapping_add(other.keys);
        self.bytes += other.bytes;
    }

    /// Of customers in hand.
    pub(crate) fn of<'c>(customers: impl IntoIterator<Item = (i64, &'c str, &'c str)>) -> Self {
        let mut digest = Self::default();
        customers.into_iter().for_each(|(id, name, description)| digest.add(id, &[name, description]));
        digest
    }

    /// Of children under their parents.
    pub(crate) fn of_family(parents: &[Parent]) -> Self {
        let mut digest = Self::default();
        for parent in parents {
            parent.children.iter().for_each(|child| digest.add(child.id * parent.id, &[&child.name]));
        }
        digest
    }

    /// Of the first so many customers of the fixture.
    pub(crate) fn expected(rows: usize) -> Self {
        let mut digest = Self::default();
        for customer in (1..=rows).map(Customer::new) {
            digest.add(customer.id, &[&customer.name, &customer.description]);
        }
        digest
    }
}
