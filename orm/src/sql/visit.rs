//! Visitors of the SQL tree: `Visitor` reads every node, `Rewriter` changes nodes in place, subqueries included.

use super::tree::{
    ColumnRef, DeleteTree, FromItem, InsertTree, Join, Name, Node, OrderKey, Secret, SelectItem, SelectTree,
    StatementTree, TableRef, TextPart, UpdateTree,
};
use crate::value::{Value, ValueRef};

/// Generates a visitor trait, with one method for each kind of node, and one function for each kind that visits the
/// children.
///
/// A macro, because the two visitors differ only in the kind of reference.
macro_rules! walk {
    (
        $(#[$doc:meta])* $trait:ident $(<$life:lifetime>)?, $(& $mut:tt)?, $inside:ident;
        $walk_node:ident $walk_text:ident $walk_select:ident $walk_from:ident $walk_join:ident
        $walk_insert:ident $walk_update:ident $walk_delete:ident $walk_statement:ident
    ) => {
        $(#[$doc])*
        pub trait $trait $(<$life>)? {
            /// Visits a statement and its children.
            fn visit_statement(&mut self, statement: &$($life)? $($mut)? StatementTree) {
                $walk_statement(self, statement);
            }

            /// Visits an INSERT and its children.
            fn visit_insert(&mut self, insert: &$($life)? $($mut)? InsertTree) {
                $walk_insert(self, insert);
            }

            /// Visits an UPDATE and its children.
            fn visit_update(&mut self, update: &$($life)? $($mut)? UpdateTree) {
                $walk_update(self, update);
            }

            /// Visits a DELETE and its children.
            fn visit_delete(&mut self, delete: &$($life)? $($mut)? DeleteTree) {
                $walk_delete(self, delete);
            }

            /// Visits a SELECT (a statement or a subquery) and its children.
            fn visit_select(&mut self, select: &$($life)? $($mut)? SelectTree) {
                $walk_select(self, select);
            }

            /// Visits a FROM item and its children.
            fn visit_from(&mut self, item: &$($life)? $($mut)? FromItem) {
                $walk_from(self, item);
            }

            /// Visits a join and its children.
            fn visit_join(&mut self, join: &$($life)? $($mut)? Join) {
                $walk_join(self, join);
            }

            /// Visits an item of a SELECT or RETURNING list and its children.
            fn visit_item(&mut self, item: &$($life)? $($mut)? SelectItem) {
                self.visit_node(&$($mut)? item.node);
            }

            /// Visits an ORDER BY key and its children.
            fn visit_order_key(&mut self, key: &$($life)? $($mut)? OrderKey) {
                self.visit_node(&$($mut)? key.node);
            }

            /// Visits an expression and its children.
            fn visit_node(&mut self, node: &$($life)? $($mut)? Node) {
                $walk_node(self, node);
            }

            /// Visits a piece of a text fragment and its value.
            fn visit_text(&mut self, part: &$($life)? $($mut)? TextPart) {
                $walk_text(self, part);
            }

            /// Visits a table.
            fn visit_table(&mut self, _table: &$($life)? $($mut)? TableRef) {}

            /// Visits a column.
            fn visit_column(&mut self, _column: &$($life)? $($mut)? ColumnRef) {}

            /// Visits a bound value, of an expression, a text fragment, LIMIT or OFFSET.
            fn visit_bind(&mut self, _value: &$($life)? $($mut)? Value) {}

            /// Visits a bound value that is sensitive.
            fn visit_sensitive(&mut self, _value: &$($life)? $($mut)? ValueRef<'static>) {}
        }

        /// Visits the statement of the given kind.
        pub fn $walk_statement<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, statement: &$($life)? $($mut)? StatementTree) {
            match statement {
                StatementTree::Select(tree) => visitor.visit_select(tree),
                StatementTree::Insert(tree) => visitor.visit_insert(tree),
                StatementTree::Update(tree) => visitor.visit_update(tree),
                StatementTree::Delete(tree) => visitor.visit_delete(tree),
            }
        }

        /// Visits the table, the values and the returned items.
        pub fn $walk_insert<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, insert: &$($life)? $($mut)? InsertTree) {
            let InsertTree { table, columns: _, rows, returning } = insert;
            visitor.visit_table(table);
            for row in rows {
                for node in row {
                    visitor.visit_node(node);
                }
            }
            for item in returning {
                visitor.visit_item(item);
            }
        }

        /// Visits the table, the values, the conditions and the returned items.
        pub fn $walk_update<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, update: &$($life)? $($mut)? UpdateTree) {
            let UpdateTree { table, set, filters, returning } = update;
            visitor.visit_table(table);
            for (_, node) in set {
                visitor.visit_node(node);
            }
            for node in filters {
                visitor.visit_node(node);
            }
            for item in returning {
                visitor.visit_item(item);
            }
        }

        /// Visits the table, the conditions and the returned items.
        pub fn $walk_delete<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, delete: &$($life)? $($mut)? DeleteTree) {
            let DeleteTree { table, filters, returning } = delete;
            visitor.visit_table(table);
            for node in filters {
                visitor.visit_node(node);
            }
            for item in returning {
                visitor.visit_item(item);
            }
        }

        /// Visits every clause, in the order of the SQL text.
        pub fn $walk_select<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, select: &$($life)? $($mut)? SelectTree) {
            let SelectTree { distinct: _, items, from, joins, filters, group_by, having, order_by, limit, offset, fault: _ } = select;
            for item in items {
                visitor.visit_item(item);
            }
            for item in from {
                visitor.visit_from(item);
            }
            for join in joins {
                visitor.visit_join(join);
            }
            for nodes in [filters, group_by, having] {
                for node in nodes {
                    visitor.visit_node(node);
                }
            }
            for key in order_by {
                visitor.visit_order_key(key);
            }
            for value in [limit, offset] {
                if let Some(value) = value {
                    visitor.visit_bind(value);
                }
            }
        }

        /// Visits the table or the subquery.
        pub fn $walk_from<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, item: &$($life)? $($mut)? FromItem) {
            match item {
                FromItem::Table(table) => visitor.visit_table(table),
                FromItem::Select { select, alias: _ } => select.$inside(|select| visitor.visit_select(select)),
                FromItem::Union { selects, alias: _ } => selects.$inside(|selects| {
                    for select in selects {
                        visitor.visit_select(select);
                    }
                }),
                FromItem::Joined { first, joins } => {
                    visitor.visit_table(first);
                    joins.$inside(|joins| {
                        for join in joins {
                            visitor.visit_join(join);
                        }
                    });
                }
            }
        }

        /// Visits the joined item and the condition.
        pub fn $walk_join<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, join: &$($life)? $($mut)? Join) {
            visitor.visit_from(&$($mut)? join.item);
            visitor.visit_node(&$($mut)? join.on);
        }

        /// Visits the value, if there is one.
        pub fn $walk_text<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, part: &$($life)? $($mut)? TextPart) {
            match part {
                TextPart::Bind(value) => visitor.visit_bind(value),
                TextPart::Sensitive(Secret(value)) => visitor.visit_sensitive(value),
                TextPart::Sql(_) | TextPart::Parameter(_) | TextPart::Stray(_) => {}
            }
        }

        /// Visits the operands, from left to right.
        pub fn $walk_node<$($life,)? V: $trait $(<$life>)? + ?Sized>(visitor: &mut V, node: &$($life)? $($mut)? Node) {
            match node {
                Node::Column(column) => visitor.visit_column(column),
                Node::Bind(value) => visitor.visit_bind(value),
                Node::Sensitive(Secret(value)) => visitor.visit_sensitive(value),
                Node::Binary { left, op: _, right } => {
                    left.$inside(|left| visitor.visit_node(left));
                    right.$inside(|right| visitor.visit_node(right));
                }
                Node::Chain { first, rest } => {
                    first.$inside(|first| visitor.visit_node(first));
                    rest.$inside(|rest| {
                        for (_, operand) in rest {
                            visitor.visit_node(operand);
                        }
                    });
                }
                Node::And(nodes) | Node::Or(nodes) | Node::Tuple(nodes) | Node::Function { arguments: nodes, .. } => {
                    nodes.$inside(|nodes| {
                        for node in nodes {
                            visitor.visit_node(node);
                        }
                    });
                }
                Node::Not(operand)
                | Node::Negate(operand)
                | Node::IsNull { operand, .. }
                | Node::Cast { operand, .. }
                | Node::Typed { operand, .. }
                | Node::Decimal(operand)
                | Node::Stored { operand, .. } => operand.$inside(|operand| visitor.visit_node(operand)),
                Node::Between { operand, low, high, .. } => {
                    operand.$inside(|operand| visitor.visit_node(operand));
                    low.$inside(|low| visitor.visit_node(low));
                    high.$inside(|high| visitor.visit_node(high));
                }
                Node::InList { operand, list, .. } => {
                    operand.$inside(|operand| visitor.visit_node(operand));
                    list.$inside(|list| {
                        for node in list {
                            visitor.visit_node(node);
                        }
                    });
                }
                Node::InSelect { operand, select, .. } => {
                    operand.$inside(|operand| visitor.visit_node(operand));
                    select.$inside(|select| visitor.visit_select(select));
                }
                Node::Like { operand, pattern, .. } => {
                    operand.$inside(|operand| visitor.visit_node(operand));
                    pattern.$inside(|pattern| visitor.visit_node(pattern));
                }
                Node::Case { whens, otherwise } => {
                    whens.$inside(|whens| {
                        for (condition, result) in whens {
                            visitor.visit_node(condition);
                            visitor.visit_node(result);
                        }
                    });
                    if let Some(otherwise) = otherwise {
                        otherwise.$inside(|otherwise| visitor.visit_node(otherwise));
                    }
                }
                Node::Exists { select, .. } | Node::Scalar(select) => select.$inside(|select| visitor.visit_select(select)),
                Node::Text(parts) => {
                    for part in parts {
                        visitor.visit_text(part);
                    }
                }
                Node::Star | Node::LabelRef(_) | Node::Fault(_) => {}
            }
        }
    };
}

walk! {
    /// Reads the nodes of a tree. An overridden method visits the children only if it calls the `walk_` function of its
    /// kind.
    ///
    /// Counterpart: `sqlalchemy.sql.visitors.traverse`.
    Visitor<'t>,, look;
    walk_node walk_text walk_select walk_from walk_join walk_insert walk_update walk_delete walk_statement
}

walk! {
    /// Changes nodes of a tree in place. An overridden method visits the children only if it calls the `rewrite_`
    /// function of its kind.
    ///
    /// Counterpart: `sqlalchemy.sql.visitors.replacement_traverse`.
    Rewriter, &mut, edit;
    rewrite_node rewrite_text rewrite_select rewrite_from rewrite_join rewrite_insert rewrite_update rewrite_delete rewrite_statement
}

/// Lists the tables of a statement, in the order of the text, with repetitions.
pub fn tables(statement: &StatementTree) -> Vec<&TableRef> {
    struct Tables<'t>(Vec<&'t TableRef>);
    impl<'t> Visitor<'t> for Tables<'t> {
        fn visit_table(&mut self, table: &'t TableRef) {
            self.0.push(table);
        }
    }
    let mut tables = Tables(Vec::new());
    tables.visit_statement(statement);
    tables.0
}

/// Whether an expression uses a column.
pub(crate) fn has_column(node: &Node) -> bool {
    struct Found(bool);
    impl<'t> Visitor<'t> for Found {
        fn visit_column(&mut self, _column: &'t ColumnRef) {
            self.0 = true;
        }
    }
    let mut found = Found(false);
    found.visit_node(node);
    found.0
}

/// Lists the bound values of a statement, in the order of the text, without sensitive ones.
pub fn binds(statement: &StatementTree) -> Vec<&Value> {
    struct Binds<'t>(Vec<&'t Value>);
    impl<'t> Visitor<'t> for Binds<'t> {
        fn visit_bind(&mut self, value: &'t Value) {
            self.0.push(value);
        }
    }
    let mut binds = Binds(Vec::new());
    binds.visit_statement(statement);
    binds.0
}

/// Replaces the table of columns in an expression by an alias. A subquery that selects from the table itself is
/// unchanged.
///
/// Counterpart: `sqlalchemy.sql.util.ClauseAdapter`.
pub fn adapt(node: &mut Node, from_table: &str, to_alias: &Name) {
    struct Adapter<'a> {
        from_table: &'a str,
        to_alias: &'a Name,
    }
    impl Rewriter for Adapter<'_> {
        fn visit_select(&mut self, select: &mut SelectTree) {
            let mut items = select.from.iter().chain(select.joins.iter().map(|join| &join.item));
            if !items.any(|item| item.shows(self.from_table)) {
                rewrite_select(self, select);
            }
        }

        fn visit_column(&mut self, column: &mut ColumnRef) {
            if column.table.as_deref() == Some(self.from_table) {
                column.table = Some(self.to_alias.clone());
            }
        }
    }
    Adapter { from_table, to_alias }.visit_node(node);
}

/// Fills the open parameters of text fragments: `value` returns the value for a name.
pub fn substitute(node: &mut Node, value: impl FnMut(&str) -> Option<Value>) {
    struct Substitution<F>(F);
    impl<F: FnMut(&str) -> Option<Value>> Rewriter for Substitution<F> {
        fn visit_text(&mut self, part: &mut TextPart) {
            if let TextPart::Parameter(name) = part
                && let Some(value) = (self.0)(name)
            {
                *part = TextPart::Bind(value);
            }
        }
    }
    Substitution(value).visit_node(node);
}

/// Checks whether a statement must not be cached as a prepared statement.
///
/// A list of more than `MAX_CACHED_LIST` values makes the text different in each run. A statement with `IN (SELECT
/// ...)` returns wrong rows on MariaDB (10.11) when it runs prepared for the second time: `NOT IN` fails when the
/// subquery returns a `NULL` or no row.
#[derive(Debug, Default)]
pub(super) struct CacheabilityCheck {
    pub(super) found: bool,
}

/// Maximum number of values in a list of a cached statement.
pub(super) const MAX_CACHED_LIST: usize = 8;

impl<'t> Visitor<'t> for CacheabilityCheck {
    fn visit_node(&mut self, node: &'t Node) {
        self.found |= match node {
            Node::InList { list, .. } => list.len() > MAX_CACHED_LIST,
            Node::InSelect { .. } => true,
            _ => false,
        };
        walk_node(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Column, Expression, alias, exists, text, update};

    struct User;
    impl crate::key::Rooted for User {
        type Root = Self;
    }
    const ID: Column<User, i64> = Column::new("t", "id");
    const NAME: Column<User, String> = Column::new("t", "name");

    fn select_from(table: TableRef, filter: Node) -> SelectTree {
        SelectTree { from: vec![FromItem::Table(table)], filters: vec![filter], ..SelectTree::default() }
    }

    #[test]
    fn an_alias_takes_the_place_of_its_table() {
        let other = select_from("other".into(), ID.eq(1).into_node());
        let own = select_from("t".into(), ID.eq(2).into_node());
        let mut node = NAME.eq("x").and(exists(other)).and(exists(own)).into_node();
        adapt(&mut node, "t", &"t1".into());
        let aliased = alias::<User>("t1");
        let other = select_from("other".into(), aliased.column(ID).eq(1).into_node());
        let own = select_from("t".into(), ID.eq(2).into_node());
        assert_eq!(node, aliased.column(NAME).eq("x").and(exists(other)).and(exists(own)).into_node());
    }

    #[test]
    fn tables_and_binds_are_found_in_subqueries_too() {
        let inner = select_from("other".into(), text("x = :x").bind("x", 3).typed::<bool>().into_node());
        let statement = update("t").set(NAME, "new").filter(ID.in_([1, 2])).filter(exists(inner)).into();
        assert_eq!(tables(&statement), [&TableRef::from("t"), &TableRef::from("other")]);
        let values = [Value::Text("new".into()), Value::I64(1), Value::I64(2), Value::I64(3)];
        assert_eq!(binds(&statement), values.iter().collect::<Vec<_>>());
    }

    #[test]
    fn parameters_are_substituted_by_name() {
        let mut node = text("a = :a OR b = :b").typed::<bool>().into_node();
        substitute(&mut node, |name| (name == "a").then_some(Value::I64(1)));
        assert_eq!(node, text("a = :a OR b = :b").bind("a", 1_i64).typed::<bool>().into_node());
    }
}
