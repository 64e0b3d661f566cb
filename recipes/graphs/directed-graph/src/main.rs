//! A directed graph: nodes, and edges that lead from one to another.
//!
//! What to notice: an edge refers to two nodes, and each node has a list for either end. Which list belongs to which end, `inverse` says.
//! A node has no column but its key, so its row is inserted without a single value. `peers` turns questions about single nodes into
//! one statement for all nodes at hand.
//!
//! Counterpart: `examples/graphs/directed_graph.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
struct Node {
    #[entity(primary_key)]
    node_id: Auto<i64>,
    /// The edges in which this node is the lower one.
    #[entity(inverse = "lower", order_by = "higher", lazy = "peers")]
    lower_edges: HasMany<Edge>,
    /// The edges in which this node is the higher one.
    #[entity(inverse = "higher", order_by = "lower", lazy = "peers")]
    higher_edges: HasMany<Edge>,
}

#[derive(Entity, Debug, Default)]
struct Edge {
    #[entity(primary_key, column = "lower_id", inverse = "lower_edges", lazy = "peers")]
    lower: BelongsTo<Node>,
    #[entity(primary_key, column = "higher_id", inverse = "higher_edges", lazy = "peers")]
    higher: BelongsTo<Node>,
}

#[derive(Parser)]
#[command(about = "A directed graph: nodes, and edges that lead from one to another.")]
struct Args {
    /// The database to play in. Its tables `node` and `edge` are dropped first, and stay afterwards.
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
    engine.drop_all(schema![Node, Edge])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the tables that are missing");
    engine.create_all(schema![Node, Edge])?;
    let recorder = engine.record();

    title("Saving seven nodes and six edges: two INSERT statements");
    let mut session = Session::new(&engine);
    let nodes @ [_, n2, n3, ..] = build(&mut session);
    session.commit()?;

    title("Higher neighbors of n3: one SELECT loads the edges of every node in the session");
    tell("n3 ->", &higher_neighbors(&mut session, n3)?, &nodes);

    title("Lower neighbors of n3");
    tell("-> n3:", &lower_neighbors(&mut session, n3)?, &nodes);

    title("Neighbors of n2: everything is loaded, so no SQL is sent");
    tell("-> n2:", &lower_neighbors(&mut session, n2)?, &nodes);
    tell("n2 ->", &higher_neighbors(&mut session, n2)?, &nodes);

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    compare(&recorder.take(), [10, 8, 0, 0]);
    Ok(())
}

/// Seven nodes and six edges; n4 is alone.
fn build(session: &mut Session) -> [Key<Node>; 7] {
    let nodes @ [n1, n2, n3, _, n5, n6, n7] = std::array::from_fn(|_| session.add(Node::default()));
    for (lower, higher) in [(n1, n2), (n1, n3), (n2, n1), (n2, n5), (n2, n7), (n3, n6)] {
        // Naming both ends is all it takes: the edge is in the lists of both nodes from here on.
        session.add(Edge { lower: BelongsTo::to(lower), higher: BelongsTo::to(higher) });
    }
    nodes
}

/// The nodes that a node leads to, by their keys.
fn higher_neighbors(session: &mut Session, node: Key<Node>) -> orm::Result<Vec<Key<Node>>> {
    let edges = session.rel(node, Node::LOWER_EDGES).load()?;
    edges.into_iter().map(|edge| session.rel(edge, Edge::HIGHER).one()).collect()
}

/// The nodes that lead to a node, by their keys.
fn lower_neighbors(session: &mut Session, node: Key<Node>) -> orm::Result<Vec<Key<Node>>> {
    let edges = session.rel(node, Node::HIGHER_EDGES).load()?;
    edges.into_iter().map(|edge| session.rel(edge, Edge::LOWER).one()).collect()
}

fn tell(question: &str, answer: &[Key<Node>], nodes: &[Key<Node>]) {
    let number = |node: &Key<Node>| nodes.iter().position(|known| known == node).map_or(0, |position| position + 1);
    let names: Vec<String> = answer.iter().map(|node| format!("n{}", number(node))).collect();
    println!("{question} {}", names.join(", "));
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
