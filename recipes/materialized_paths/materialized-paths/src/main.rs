//! A tree stored as paths: descendants by a prefix, ancestors by the path itself.
//!
//! What to notice: a subtree of any depth is one SELECT with LIKE, and so is the chain of ancestors. Both are view-only relationships, joined by a condition
//! on the paths instead of a foreign key. The price is paid when a node moves: the paths of its whole subtree are written anew, here by the unit of work in
//! one UPDATE for all, and the next look at the relationships asks the database again.
//!
//! Counterpart: `examples/materialized_paths/materialized_paths.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;
use orm::sql::{Alias, Expr};

/// A node. The path has the keys from the root to the node, with dots between: `1.3.4`.
#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    id: i64,
    #[entity(length = 500, index)]
    path: String,
    #[entity(on = Node::is_below, order_by = "path")]
    descendants: ViewMany<Self>,
    #[entity(on = |node, other| Node::is_below(other, node), order_by = "path")]
    ancestors: ViewMany<Self>,
}

impl Node {
    fn new(path: &str) -> Self {
        let id = path.rsplit('.').next().and_then(|id| id.parse().ok()).unwrap_or_default();
        Self { id, path: path.to_owned(), ..Self::default() }
    }

    /// The join condition: the path of the other node begins with that of this one.
    fn is_below(node: &Alias<Self>, other: &Alias<Self>) -> Expr<bool> {
        other.column(Self::PATH).starts_with(node.column(Self::PATH).concat("."))
    }

    fn depth(&self) -> usize {
        self.path.matches('.').count()
    }
}

const PATHS: [&str; 11] = ["1", "1.2", "1.3", "1.3.4", "1.3.5", "1.3.6", "1.7", "1.7.8", "1.7.9", "1.7.9.10", "1.7.11"];

#[derive(Parser)]
#[command(about = "A tree stored as paths: descendants by a prefix, ancestors by the path itself.")]
struct Args {
    /// The database to play in. Its table `node` is dropped first, and stays afterwards.
    #[arg(long, value_name = "URL", default_value = "sqlite://")]
    db_url: String,
    /// Shows every statement that is sent.
    #[arg(long, conflicts_with = "quiet")]
    echo: bool,
    /// Shows the story alone, as without `--echo`.
    #[arg(long)]
    quiet: bool,
}

fn main() -> orm::Result<()> {
    sigpipe::reset(); // A closed pipe, `| head -1`, ends the program without a word.
    let args = Args::parse();
    let engine = Engine::new(args.db_url)?;
    engine.drop_all(schema![Node])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the table: the path has an index");
    engine.create_all(schema![Node])?;
    let recorder = engine.record();

    title("Saving a tree of eleven nodes: one INSERT");
    let mut session = Session::new(&engine);
    session.add_all(PATHS.map(Node::new));
    for line in tree(&mut session, 1)? {
        println!("{line}");
    }

    title("Moving node 7 below node 3: the paths of its subtree change");
    move_to(&mut session, 7, 3)?;
    for line in tree(&mut session, 1)? {
        println!("{line}");
    }

    title("Moving node 3 below node 2");
    move_to(&mut session, 3, 2)?;
    for line in tree(&mut session, 1)? {
        println!("{line}");
    }

    title("Ancestors of node 10: its path begins with theirs");
    println!("{:?}", ancestors(&mut session, 10)?);
    session.commit()?;

    compare(&recorder.take(), [14, 1, 2, 0]);
    Ok(())
}

/// The node with a key; from memory, if the session has it.
fn node(session: &mut Session, id: i64) -> orm::Result<Key<Node>> {
    session.get::<Node>(id)?.ok_or_else(|| orm::Error::invalid(format!("there is no node {id}")))
}

/// The keys of the nodes above a node, the root first.
fn ancestors(session: &mut Session, of: i64) -> orm::Result<Vec<i64>> {
    let of = node(session, of)?;
    let ancestors = session.rel(of, Node::ANCESTORS).load()?;
    Ok(ancestors.into_iter().map(|ancestor| session[ancestor].id).collect())
}

/// Makes a node a child of another: the node and all below it get another prefix.
fn move_to(session: &mut Session, id: i64, parent: i64) -> orm::Result<()> {
    let (moved, parent) = (node(session, id)?, node(session, parent)?);
    let below = session.rel(moved, Node::DESCENDANTS).load()?;
    let before = session[moved].path.len();
    let after = format!("{}.{id}", session[parent].path);
    for node in below.into_iter().chain([moved]) {
        let rest = session[node].path.split_off(before);
        session[node].path = format!("{after}{rest}");
    }
    Ok(())
}

/// A node and all below it, a line each.
fn tree(session: &mut Session, root: i64) -> orm::Result<Vec<String>> {
    let root = node(session, root)?;
    let below = session.rel(root, Node::DESCENDANTS).load()?;
    let line = |key: Key<Node>| format!("{}{}", "  ".repeat(session[key].depth()), session[key].id);
    Ok(std::iter::once(root).chain(below).map(line).collect())
}

/// Prints the statements of this run beside those of SQLAlchemy's program.
fn compare(sent: &Statements, theirs: [usize; 4]) {
    title("Statements, here and in SQLAlchemy");
    let kinds = [StatementKind::Select, StatementKind::Insert, StatementKind::Update, StatementKind::Delete];
    for ((kind, name), theirs) in kinds.into_iter().zip(["SELECT", "INSERT", "UPDATE", "DELETE"]).zip(theirs) {
        println!("{name} {:>2} | {theirs:>2}", sent.count(kind));
    }
}

fn title(text: &str) {
    println!("\n{text}");
}
