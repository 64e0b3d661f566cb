//! Fetching the rows of one entity by keys, in batches, and telling which row answers which key.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::alike::{folded, is_alike};
use super::key_select::{BATCH, KeyColumns};
use super::key_tree::{RowsBy, one_of, rows_by, tree};
use super::members::Members;
use super::read::locate;
use super::sink::EntitySink;
use super::strategy::joined::Graph;
use crate::engine::Statement;
use crate::error::{BoxedResult, Result};
use crate::key::Slot;
use crate::mapping::{EntityMeta, KeyValues, RowShape};
use crate::row::{RowReader, read_typed};
use crate::sql::tree::{Node, SelectTree};
use crate::value::{DataType, Value};

/// Rows by key.
#[derive(Debug)]
pub(crate) struct Keyed {
    meta: &'static EntityMeta,
    by: RowsBy,
    order: &'static [(&'static str, bool)],
    /// The types of the key columns and where they are in a row.
    columns: SmallVec<[(usize, &'static DataType); 1]>,
    keys: Vec<KeyValues>,
    numbers: FxHashMap<KeyValues, u32>,
    sent: usize,
    /// The key of the row before, and its number: rows of one key mostly come together.
    last: Option<(KeyValues, u32)>,
    /// The same where the key is one integer, as by far the most are.
    last_integer: Option<(i64, u32)>,
    /// Where that integer is in a row.
    integer: Option<usize>,
    /// Each pair once, where joined collections repeat rows.
    seen: FxHashSet<(u32, Slot)>,
    found: Members,
    again: Again,
    /// Number of keys that a statement asks for.
    batch: usize,
    keys_query: Option<Box<SelectTree>>,
    /// The statement that took its keys from a query.
    query: Option<Arc<SelectTree>>,
    /// Keys to which no row of that statement led: another transaction may have written between the two runs of the query.
    missing: Option<Vec<KeyValues>>,
}

/// Source of the keys in the SELECTs of a load.
#[derive(Debug)]
pub(crate) enum KeySource {
    /// Lists of so many keys, a statement each.
    Lists(usize),
    /// A query that gives the keys, for one statement. Its rows may hold other keys too.
    Query(Box<SelectTree>),
}

/// Keys that are asked for again, one by one: the database takes for equal what is not equal in memory, and only it knows what.
#[derive(Debug, Default)]
struct Again {
    numbers: Vec<u32>,
    /// The key whose rows are coming.
    current: Option<u32>,
    /// Whether the keys without a row were looked for.
    looked: bool,
    /// How many keys are alike, by what is the same in all of them; filled where a key led to no row.
    folded: FxHashMap<KeyValues, u32>,
    /// Whether a row came that holds none of the keys.
    stray: bool,
}

impl Keyed {
    /// Nothing to fetch yet. `types` are those of the key columns.
    pub(crate) fn new(
        meta: &'static EntityMeta,
        by: RowsBy,
        types: impl Iterator<Item = &'static DataType>,
        order: &'static [(&'static str, bool)],
        source: KeySource,
    ) -> Self {
        let (batch, keys_query) = match source {
            KeySource::Lists(batch) => (batch, None),
            KeySource::Query(query) => (BATCH, Some(query)),
        };
        let columns: SmallVec<[(usize, &'static DataType); 1]> = match by {
            RowsBy::Columns(KeyColumns::Own(positions)) => {
                positions.iter().map(|position| meta.row_position(*position)).zip(types).collect()
            }
            RowsBy::Columns(KeyColumns::Secondary(..)) | RowsBy::Owner(_) => types.enumerate().collect(),
        };
        let integer = match columns.as_slice() {
            [(at, DataType::SmallInteger | DataType::Integer | DataType::BigInteger)] => Some(*at),
            _ => None,
        };
        Self {
            meta,
            by,
            order,
            columns,
            keys: Vec::new(),
            numbers: FxHashMap::default(),
            sent: 0,
            last: None,
            last_integer: None,
            integer,
            seen: FxHashSet::default(),
            found: Members::default(),
            again: Again::default(),
            batch,
            keys_query,
            query: None,
            missing: None,
        }
    }

    /// The same for rows of another shape.
    pub(crate) fn of_shape(mut self, shape: &RowShape) -> Self {
        if let RowsBy::Columns(KeyColumns::Own(positions)) = self.by {
            for (position, (at, _)) in positions.iter().zip(&mut self.columns) {
                *at = shape.places[*position].unwrap_or(*at);
            }
            self.integer = self.integer.and(self.columns.first()).map(|(at, _)| *at);
        }
        self
    }

    /// Asks for a key, and gives its number; equal keys have one number.
    pub(crate) fn want(&mut self, key: KeyValues) -> u32 {
        let next = self.keys.len() as u32;
        // A single key needs no table to be found in.
        match self.keys.as_slice() {
            [] => {}
            [only] if *only == key => return 0,
            [only] => {
                self.numbers.insert(only.clone(), 0);
                if let Some(number) = self.number_or(&key, next) {
                    return number;
                }
            }
            _ => {
                if let Some(number) = self.number_or(&key, next) {
                    return number;
                }
            }
        }
        self.keys.push(key);
        next
    }

    fn number_or(&mut self, key: &KeyValues, next: u32) -> Option<u32> {
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        (number != next).then_some(number)
    }

    /// How many keys are asked for.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The next statement, for the next keys.
    ///
    /// # Errors
    /// When a relationship of the graph cannot be joined.
    pub(crate) fn next_statement(&mut self, graph: &mut Graph) -> Result<Option<Arc<dyn Statement>>> {
        if !self.keys.is_empty()
            && let Some(keys) = self.keys_query.take()
        {
            return Ok(Some(self.query_statement(*keys, graph)?));
        }
        if self.query.is_some()
            && let Some(keys) = self.next_missing()
        {
            return self.statement(&keys, graph).map(Some);
        }
        let Some(next) = self.next_keys() else { return Ok(None) };
        let statement = self.statement(&self.keys[next.clone()], graph)?;
        self.sent = self.sent.max(next.end);
        self.found.expect_owners(self.keys.len());
        Ok(Some(statement))
    }

    /// The statement for some keys.
    fn statement(&self, keys: &[KeyValues], graph: &mut Graph) -> Result<Arc<dyn Statement>> {
        if graph.is_plain() {
            return rows_by(self.meta, self.by, keys, self.order, graph.shape());
        }
        let condition = |operands: &[Node]| one_of(operands, keys);
        let (mut tree, name) = tree(self.meta, self.by, condition, self.order, graph.shape())?;
        graph.join_onto(&mut tree, &name)?;
        Ok(Arc::new(tree))
    }

    /// The next keys to which the query of keys led no row. Without asking for them, an owner that the second run of the query no longer gave would
    /// count as loaded and empty.
    fn next_missing(&mut self) -> Option<Vec<KeyValues>> {
        if self.missing.is_none() {
            let mut found = vec![false; self.keys.len()];
            self.found.runs().for_each(|(number, _)| found[number as usize] = true);
            let missing = self.keys.iter().zip(found).filter(|(_, found)| !found).map(|(key, _)| key.clone());
            self.missing = Some(missing.collect());
        }
        let missing = self.missing.as_mut()?;
        let next = missing.split_off(missing.len().saturating_sub(self.batch));
        (!next.is_empty()).then_some(next)
    }

    /// The statement that takes its keys from a query.
    fn query_statement(&mut self, keys: SelectTree, graph: &mut Graph) -> Result<Arc<dyn Statement>> {
        let within = |operands: &[Node]| Node::InSelect {
            operand: match operands {
                [operand] => operand.clone().into(),
                _ => Node::Tuple(operands.to_vec().into()).into(),
            },
            select: keys.into(),
            negated: false,
        };
        let (mut tree, name) = tree(self.meta, self.by, within, self.order, graph.shape())?;
        graph.join_onto(&mut tree, &name)?;
        if let [only] = self.keys.as_slice() {
            // Rows of other owners come with those of the only one.
            self.numbers.insert(only.clone(), 0);
        }
        self.sent = self.keys.len();
        self.found.expect_owners(self.keys.len());
        let tree = Arc::new(tree);
        self.query = Some(Arc::clone(&tree));
        Ok(tree)
    }

    /// The statement that took its keys from a query, if there was one.
    pub(crate) fn query(&self) -> Option<&Arc<SelectTree>> {
        self.query.as_ref()
    }

    /// The positions of the keys that the next statement asks for.
    fn next_keys(&mut self) -> Option<Range<usize>> {
        if self.sent < self.keys.len() {
            return Some(self.sent..self.keys.len().min(self.sent + self.batch));
        }
        if (self.keys.len() > 1 || self.query.is_some()) && !self.again.looked {
            self.look_again();
        }
        self.again.current = self.again.numbers.pop();
        self.again.current.map(|number| number as usize..number as usize + 1)
    }

    /// Whether each key leads to one row, which has it as its primary key.
    fn is_by_identity(&self) -> bool {
        matches!(self.by, RowsBy::Columns(KeyColumns::Own(positions)) if positions == self.meta.primary_key)
    }

    /// Adds the texts among the keys that led to no row, where a row may have come for them all the same; forgets what has come for keys that are asked for again.
    fn look_again(&mut self) {
        self.again.looked = true;
        if self.is_by_identity() && self.columns.iter().any(|(_, data_type)| is_text(data_type)) {
            let mut missing = vec![true; self.keys.len()];
            self.found.runs().for_each(|(number, _)| missing[number as usize] = false);
            let missing = (0..self.keys.len()).filter(|number| missing[*number]);
            let missing: Vec<u32> = missing.filter(|number| self.may_be_another(*number)).map(|at| at as u32).collect();
            self.again.numbers.extend(missing);
        }
        if !self.again.numbers.is_empty() {
            let again = &mut self.again.numbers;
            again.sort_unstable_by(|a, b| b.cmp(a));
            again.dedup();
            self.found = std::mem::take(&mut self.found).without(|number| again.contains(&number));
            self.seen.retain(|(number, _)| !again.contains(number));
        }
    }

    /// Whether the row of a key may have come for another key, or for none.
    fn may_be_another(&mut self, number: usize) -> bool {
        if self.again.stray {
            return true;
        }
        if self.again.folded.is_empty() {
            for key in &self.keys {
                *self.again.folded.entry(key.iter().map(folded).collect()).or_default() += 1;
            }
        }
        let folded: KeyValues = self.keys[number].iter().map(folded).collect();
        self.again.folded.get(&folded).is_some_and(|count| *count > 1)
    }

    /// Asks again for the keys for which a row with another key may have come: those that are alike, else all of the statement.
    fn ask_again(&mut self, key: &[Value]) {
        // The keys that led to no row are asked for again.
        if self.is_by_identity() {
            self.again.stray = true;
            return;
        }
        let is_alike = |number: &usize| self.keys[*number].iter().zip(key).all(|(asked, held)| is_alike(asked, held));
        let alike: Vec<u32> = (0..self.sent).filter(is_alike).map(|number| number as u32).collect();
        match alike.is_empty() {
            // A query of keys gives those of other owners too.
            true if self.query.is_some() => {}
            true => {
                let sent = self.sent.saturating_sub(self.batch)..self.sent;
                self.again.numbers.extend(sent.map(|number| number as u32));
            }
            false => self.again.numbers.extend(alike),
        }
    }

    /// Takes a row: its entity goes to the key that it holds.
    ///
    /// # Errors
    /// When a column does not fit its field.
    pub(crate) fn row(
        &mut self,
        graph: &mut Graph,
        sink: &mut dyn EntitySink,
        row: &mut dyn RowReader,
    ) -> BoxedResult<()> {
        let Some(slot) = graph.accept(sink, row)? else { return Ok(()) };
        let Some(number) = self.number(row)? else { return Ok(()) };
        if !graph.multiplies() || self.seen.insert((number, slot)) {
            self.found.push(number, slot);
        }
        Ok(())
    }

    /// The number of the key that a row holds.
    fn number(&mut self, row: &mut dyn RowReader) -> BoxedResult<Option<u32>> {
        if self.keys.len() == 1 && self.query.is_none() {
            return Ok(Some(0));
        }
        if let Some(number) = self.again.current {
            return Ok(Some(number));
        }
        if let Some(at) = self.integer {
            let key = row.i64(at).map_err(|error| locate(error, self.meta, self.by.width()))?;
            return Ok(key.and_then(|key| self.number_of_integer(key)));
        }
        let mut key = KeyValues::new();
        for (at, data_type) in &self.columns {
            key.push(read_typed(row, *at, data_type).map_err(|error| locate(error, self.meta, self.by.width()))?);
        }
        if let Some((last, number)) = &self.last
            && *last == key
        {
            return Ok(Some(*number));
        }
        let number = self.numbers.get(&key).copied();
        if number.is_none() && !key.iter().any(Value::is_null) {
            self.ask_again(&key);
        }
        self.last = number.map(|number| (key, number));
        Ok(number)
    }

    fn number_of_integer(&mut self, key: i64) -> Option<u32> {
        match self.last_integer {
            Some((last, number)) if last == key => Some(number),
            _ => {
                let number = self.numbers.get([Value::I64(key)].as_slice()).copied();
                self.last_integer = number.map(|number| (key, number));
                number
            }
        }
    }

    /// What was found, by the numbers of the keys.
    pub(crate) fn take_found(&mut self) -> Members {
        std::mem::take(&mut self.found)
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::String(_) | DataType::Text | DataType::Enum(_))
}
