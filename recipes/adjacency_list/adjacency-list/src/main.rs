//! A tree in one table: saved, changed, orphaned, loaded four levels deep, deleted.
//!
//! What to notice: a node sees its children as a map by name. Setting a node's parent puts it into the parent's map, and putting it
//! into the map sets its parent, long before anything is sent. A node that is taken out of its map is an orphan, and its row goes.
//!
//! Counterpart: `examples/adjacency_list/adjacency_list.py` of SQLAlchemy.

#![allow(clippy::print_stdout, reason = "a recipe tells its story on the screen")]

#[cfg(test)]
mod tests;

use clap::Parser;
use orm::StatementKind;
use orm::engine::Statements;
use orm::prelude::*;

#[derive(Entity, Debug, Default)]
#[entity(table = "tree")]
struct TreeNode {
    #[entity(primary_key)]
    id: Auto<i64>,

    /// The foreign key `parent_id`, and the node under it. The root has none, hence the `Option`.
    #[entity(inverse = "children")]
    parent: BelongsTo<Option<Self>>,

    name: String,

    /// The other end of `parent`, as a map by name. What is taken out of it has no other place to be: `delete-orphan` deletes it.
    ///
    /// `peers`: whoever asks one node for its children gets those of all nodes at hand, in one statement.
    #[entity(inverse = "parent", key = "name", order_by = "id", cascade = "all, delete-orphan", lazy = "peers")]
    children: HasMany<Self>,
}

impl TreeNode {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    fn under(parent: Key<Self>, name: &str) -> Self {
        Self { parent: BelongsTo::to(parent), ..Self::new(name) }
    }
}

#[derive(Parser)]
#[command(about = "A tree in one table: saved, changed, orphaned, loaded four levels deep, deleted.")]
struct Args {
    /// The database to play in. Its table `tree` is dropped first, and stays afterwards.
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
    engine.drop_all(schema![TreeNode])?; // What an earlier run left in a file.
    if args.echo && !args.quiet {
        engine.set_echo(Echo::stdout().pretty().prefix("    | "))?;
    }

    title("Creating the table if it is missing");
    engine.create_all(schema![TreeNode])?;
    let recorder = engine.record();

    title("Building a tree in memory sends nothing");
    let mut session = Session::new(&engine);
    let root = build(&mut session)?;
    dump(&mut session, root)?;

    title("Saving the tree: one INSERT for each level");
    session.commit()?;

    title("Reading the tree after the commit: everything is expired");
    dump(&mut session, root)?;

    title("Adding four nodes and removing an orphan");
    change(&mut session, root)?;
    session.commit()?;

    title("Reading the tree again");
    dump(&mut session, root)?;

    title("Closing the session: a transaction that only read is rolled back");
    drop(session);

    title("Loading the root and four levels: one SELECT for each level");
    let mut session = Session::new(&engine);
    let root = find(&mut session)?;

    title("Everything is loaded, so printing the tree sends no SQL");
    dump(&mut session, root)?;

    title("Deleting the root deletes the tree, leaves first");
    session.delete(root)?;
    session.commit()?;

    title("Counting the nodes that are left");
    println!("{} nodes", session.query::<TreeNode>().count()?);
    drop(session);

    compare(&recorder.take(), [22, 10, 0, 5]);
    Ok(())
}

/// Makes the first six nodes, from either side of the relationship.
fn build(session: &mut Session) -> orm::Result<Key<TreeNode>> {
    let root = session.add(TreeNode::new("rootnode"));
    session.add(TreeNode::under(root, "node1"));
    session.add(TreeNode::under(root, "node3"));

    // A node can have children before any session knows it. It brings them along.
    let node2 = TreeNode { children: HasMany::of([TreeNode::new("subnode1")]), ..TreeNode::new("node2") };
    session.rel(root, TreeNode::CHILDREN).insert(node2)?;

    let node2 = child(session, root, "node2")?;
    session.add(TreeNode::under(node2, "subnode2"));
    Ok(root)
}

/// Makes four more nodes, and takes one away.
fn change(session: &mut Session, root: Key<TreeNode>) -> orm::Result<()> {
    let node4 = session.add(TreeNode::under(root, "node4"));
    let subnode3 = session.add(TreeNode::under(node4, "subnode3"));
    session.add(TreeNode::under(node4, "subnode4"));
    session.add(TreeNode::under(subnode3, "subsubnode1"));

    session.rel(root, TreeNode::CHILDREN).remove("node1")?;
    Ok(())
}

/// Loads the tree: five statements, however many nodes there are.
fn find(session: &mut Session) -> orm::Result<Key<TreeNode>> {
    session
        .query::<TreeNode>()
        .filter(TreeNode::NAME.eq("rootnode"))
        .options(selectin(TreeNode::CHILDREN).recurse(4))
        .one()
}

/// The child with a name.
fn child(session: &mut Session, node: Key<TreeNode>, name: &str) -> orm::Result<Key<TreeNode>> {
    let found = session.rel(node, TreeNode::CHILDREN).get(name)?;
    found.ok_or_else(|| orm::Error::invalid(format!("no child is named {name}")))
}

/// Prints a tree, three blanks a level.
fn dump(session: &mut Session, root: Key<TreeNode>) -> orm::Result<()> {
    for (level, node) in nodes(session, root)? {
        println!("{}{}", "   ".repeat(level), describe(session, node)?);
    }
    Ok(())
}

/// A node and all below it, each with its level and before its children.
///
/// All are read before the first is printed, so that statements and tree do not mix on the screen.
fn nodes(session: &mut Session, root: Key<TreeNode>) -> orm::Result<Vec<(usize, Key<TreeNode>)>> {
    let mut found = Vec::new();
    let mut waiting = vec![(0, root)];
    while let Some((level, node)) = waiting.pop() {
        session.load(node)?;
        let children = session.rel(node, TreeNode::CHILDREN).load()?;
        waiting.extend(children.into_iter().rev().map(|(_, child)| (level + 1, child)));
        found.push((level, node));
    }
    Ok(found)
}

/// A node in words, its parents included. They are at hand: the way up costs no statement.
fn describe(session: &mut Session, node: Key<TreeNode>) -> orm::Result<String> {
    let mut path = Vec::new();
    let mut up = session.rel(node, TreeNode::PARENT).load()?;
    while let Some(parent) = up {
        path.insert(0, session[parent].name.clone());
        up = session.rel(parent, TreeNode::PARENT).load()?;
    }
    let TreeNode { id, name, parent, .. } = &session[node];
    let place = if path.is_empty() { String::new() } else { format!(", parent {}", path.join("/")) };
    Ok(format!("{name} (id {id}, parent_id {parent}{place})"))
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
