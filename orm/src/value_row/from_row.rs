//! Plain structs that rows fill, by the names of the columns.

use super::{FromValueRow, ValueReader, ValueRow};
use crate::error::{Error, Result};
use crate::row::{ReadError, RowReader};

/// A plain struct whose fields are read from columns of the same names. Implemented by `#[derive(FromRow)]`.
///
/// [`Select::rows_as`](crate::load::Select::rows_as) makes one for each row of a query, [`ValueRow::unpack`] for a row
/// of hand-written SQL.
#[diagnostic::on_unimplemented(
    message = "no row fills a `{Self}` by the names of its columns",
    note = "a struct of columns: `#[derive(FromRow)]`; an entity: `select(entity::<{Self}>())`, or `untracked` for plain values"
)]
pub trait FromRow: Sized + 'static {
    /// The name of the struct.
    const NAME: &'static str;
    /// Fields, and the names of their columns.
    const FIELDS: &'static [(&'static str, &'static str)];

    /// Reads a row. `at` has the position of each field's column, in the order of the fields.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn from_row(row: &mut dyn RowReader, at: &[usize]) -> Result<Self, ReadError>;
}

/// Finds the column of each field. Every field needs a column, and every column a field.
///
/// `None` is a column without a name.
///
/// # Errors
/// In words: the struct, the field or column without partner, and the existing columns.
pub(crate) fn match_columns<T: FromRow>(columns: &[Option<&str>]) -> Result<Box<[usize]>, String> {
    let place = |(field, name): &(&str, &str)| {
        let mut places = columns.iter().enumerate().filter(|(_, column)| **column == Some(*name));
        let problem = match (places.next(), places.next()) {
            (Some((place, _)), None) => return Ok(place),
            (None, _) => "but no column is named so",
            (Some(_), Some(_)) => "but several are named so: give them labels",
        };
        Err(fault(columns, &format!("`{}.{field}` takes the column `{name}`, {problem}", T::NAME)))
    };
    let places: Box<[usize]> = T::FIELDS.iter().map(place).collect::<Result<_, _>>()?;
    match (0..columns.len()).find(|column| !places.contains(column)) {
        None => Ok(places),
        Some(surplus) => {
            let column = said(&columns[surplus]);
            Err(fault(columns, &format!("`{}` has no field for {column}: add one, or leave the column out", T::NAME)))
        }
    }
}

/// Reads a row, and adds the names of struct and column to an error, without the value of a sensitive column.
pub(crate) fn read_struct<T: FromRow>(
    row: &mut dyn RowReader,
    at: &[usize],
    is_sensitive: impl Fn(usize) -> bool,
) -> Result<T> {
    T::from_row(row, at).map_err(|error| {
        let sensitive = is_sensitive(error.column);
        let field = at.iter().position(|place| *place == error.column);
        let column = field.map_or_else(|| format!("column {}", error.column), |field| T::FIELDS[field].1.to_owned());
        error.hidden(sensitive).locate(T::NAME, column)
    })
}

#[cold]
fn fault(columns: &[Option<&str>], what: &str) -> String {
    let columns: Vec<String> = columns.iter().map(said).collect();
    format!("{what}; there are {}", columns.join(", "))
}

fn said(column: &Option<&str>) -> String {
    column.map_or_else(|| "an expression without a label".to_owned(), |name| format!("`{name}`"))
}

/// Reads all columns of a row into a struct, by name.
impl<T: FromRow> FromValueRow for T {
    fn from_value_row(row: &ValueRow) -> Result<Self> {
        let names: Vec<Option<&str>> = row.names.iter().map(|name| Some(name.as_str())).collect();
        let at = match_columns::<T>(&names).map_err(Error::invalid)?;
        read_struct(&mut ValueReader::new(row), &at, |_| false)
    }
}
