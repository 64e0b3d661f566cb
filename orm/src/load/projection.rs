//! Rows as plain structs: which column goes to which field is settled when the query is made, and not asked for each row.

use std::marker::PhantomData;
use std::sync::Arc;

use super::select::Select;
use super::selection::{Decode, RowContext};
use crate::error::Result;
use crate::sql::mask::is_sensitive;
use crate::sql::tree::{Node, SelectItem};
use crate::value_row::{FromRow, match_columns, read_struct};

impl<Out: 'static> Select<Out> {
    /// The same rows, each as a struct that derives [`FromRow`], whose fields take the selected columns by label or name.
    ///
    /// Each field must find one column, and each column one field; otherwise the query is an error that says so when it is run.
    /// A selected entity gives its columns, and the session does not own it. More than eight columns are tuples within a tuple.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Entity, Debug, Default)]
    /// # struct User { #[entity(primary_key)] id: Auto<i64>, name: String, fullname: Option<String> }
    /// #[derive(FromRow)]
    /// struct Name {
    ///     name: String,
    ///     letters: i64,
    /// }
    ///
    /// let names = select((User::NAME, length(User::NAME).label("letters"))).rows_as::<Name>().order_by(User::ID);
    /// let wrong = select((User::NAME, User::FULLNAME)).rows_as::<Name>();
    /// assert_eq!(
    ///     wrong.tree().unwrap_err().to_string(),
    ///     "`Name.letters` takes the column `letters`, but no column is named so; there are `name`, `fullname`"
    /// );
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![User])?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(User { name: "ed".into(), ..User::default() });
    /// for row in session.all(names)? {
    ///     println!("{} {}", row.name, row.letters);
    /// }
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// Counterpart: `Result.mappings()`, with a type.
    pub fn rows_as<T: FromRow>(self) -> Select<T> {
        let Self { mut body, .. } = self;
        let names: Vec<Option<&str>> = body.items.iter().map(name_of).collect();
        let matched = match_columns::<T>(&names);
        body.entities.clear();
        let at = matched.unwrap_or_else(|fault| {
            body.note(Err(fault));
            Box::default()
        });
        Select { body, decoder: Arc::new(StructDecoder { at, row: PhantomData }) }
    }
}

/// The label of what is selected, or the name of the column.
fn name_of(item: &SelectItem) -> Option<&str> {
    match (&item.label, &item.node) {
        (Some(label), _) => Some(label),
        (None, Node::Column(column)) => Some(&column.name),
        (None, _) => None,
    }
}

/// Reads a struct from the columns that its fields take.
struct StructDecoder<T> {
    at: Box<[usize]>,
    row: PhantomData<fn() -> T>,
}

impl<T: FromRow> Decode for StructDecoder<T> {
    type Row = T;

    fn decode(&self, row: &mut RowContext<'_>) -> Result<T> {
        let items = row.items;
        read_struct(row.row, &self.at, |at| items.get(at).is_some_and(|item| is_sensitive(&item.node)))
    }
}
