//! Names for tables that a statement joins on its own account.

use rustc_hash::FxHashSet;

use crate::engine::fit_identifier;
use crate::sql::tree::{FromItem, Name, SelectTree};

/// The names that a statement uses already.
#[derive(Debug, Default)]
pub(crate) struct Names(FxHashSet<String>);

impl Names {
    /// The names in the FROM clause of a statement.
    pub(crate) fn of(tree: &SelectTree) -> Self {
        let mut names = Self::default();
        tree.from.iter().chain(tree.joins.iter().map(|join| &join.item)).for_each(|item| names.add(item));
        names
    }

    fn add(&mut self, item: &FromItem) {
        self.0.insert(item.name().to_string());
        if let FromItem::Joined { joins, .. } = item {
            joins.iter().for_each(|join| self.add(&join.item));
        }
    }

    /// Whether the statement uses a name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// A name after that of a table: `address_1`; cut where it is too long.
    pub(crate) fn fresh(&mut self, table: &str) -> Name {
        let names = (1..).map(|number: u32| fit_identifier(format!("{table}_{number}")));
        let fresh = names.into_iter().find(|name| !self.0.contains(name)).unwrap_or_default();
        self.0.insert(fresh.clone());
        Name::Owned(fresh)
    }
}
