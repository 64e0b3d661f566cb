//! What an operation on one entity does to those that hang on it.

use orm::Result;
use orm::prelude::*;
use orm::unit::State;

use crate::Db;
use crate::models::{Address, Department, User, Worker};
use crate::sent::{check_kinds, check_silence, check_words};

cases![
    a_graph_is_added_from_the_parent,
    a_graph_is_added_from_the_child,
    deleting_a_parent_deletes_its_children,
    deleting_a_parent_loads_its_children_first,
    an_orphan_is_deleted,
    an_orphan_that_was_never_written_is_dropped,
    a_child_that_finds_another_parent_is_no_orphan,
    without_cascade_children_are_let_go,
    without_cascade_a_removed_child_is_let_go,
    deletions_reach_down_a_tree,
    passive_deletes_leave_it_to_the_database,
    refresh_reaches_the_children,
    deleting_takes_many_to_many_rows_along,
    deleting_many_parents_costs_a_bounded_number_of_statements,
    without_save_update_a_new_entity_is_refused,
    without_merge_the_other_end_is_left_out,
];

#[derive(Entity, Debug, Default)]
struct Folder {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "children", on_delete = "cascade")]
    parent: BelongsTo<Option<Self>>,
    #[entity(inverse = "parent", cascade = "all", order_by = "id")]
    children: HasMany<Self>,
}

impl Folder {
    fn with(name: &str, children: impl IntoIterator<Item = Self>) -> Self {
        Self { name: name.to_owned(), children: HasMany::of(children), ..Self::default() }
    }
}

/// Its tools are added by themselves.
#[derive(Entity, Debug, Default)]
struct Bench {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "bench", cascade = "merge", order_by = "id")]
    tools: HasMany<Tool>,
}

/// Its bench is merged by itself.
#[derive(Entity, Debug, Default)]
struct Tool {
    #[entity(primary_key)]
    id: Auto<i64>,
    name: String,
    #[entity(inverse = "tools", cascade = "save-update")]
    bench: BelongsTo<Option<Bench>>,
}

impl Tool {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// What hangs on it is the business of the database's ON DELETE.
#[derive(Entity, Debug, Default)]
struct Host {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "host", cascade = "all", passive_deletes)]
    guests: HasMany<Guest>,
}

#[derive(Entity, Debug, Default)]
struct Guest {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "guests", on_delete = "cascade")]
    host: BelongsTo<Host>,
}

#[derive(Entity, Debug, Default)]
struct Post {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "post_word", inverse = "posts")]
    words: ManyToMany<Word>,
}

#[derive(Entity, Debug, Default)]
struct Word {
    #[entity(primary_key)]
    word: String,
    #[entity(secondary = "post_word", inverse = "words")]
    posts: ManyToMany<Post>,
}

fn users(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![User, Address])?))
}

fn departments(db: &Db) -> Result<Session> {
    Ok(Session::new(&db.engine(schema![Department, Worker])?))
}

fn a_graph_is_added_from_the_parent(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let recorder = session.engine().record();
    let ed = session.add(User::with("ed", &["a@x.org", "b@x.org"]));
    assert_eq!(session.pending::<Address>().len(), 2);
    session.commit()?;
    check_words(
        db,
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO user_account (name, fullname) VALUES (?, ?) RETURNING id",
            "INSERT INTO address (email, user_id) VALUES (?, ?), (?, ?) RETURNING id",
            "COMMIT",
        ],
    );
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?.len(), 2);
    Ok(())
}

fn a_graph_is_added_from_the_child(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let address = session.add(Address { user: BelongsTo::new(User::named("ed")), ..Address::at("a@x.org") });
    session.commit()?;
    let ed = session.rel(address, Address::USER).load()?.expect("it has a user");
    assert_eq!(session[ed].name, "ed");
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, [address]);
    Ok(())
}

fn deleting_a_parent_deletes_its_children(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org", "b@x.org"]));
    session.flush()?;
    let addresses = session.rel(ed, User::ADDRESSES).load()?;
    session.delete(ed)?;
    let recorder = session.engine().record();
    session.flush()?;
    check_kinds(&recorder, "delete delete");
    assert!(addresses.iter().all(|address| session.state(*address).is_ok_and(|state| state == State::Deleted)));
    session.commit()?;
    assert_eq!(session.query::<Address>().count()? + session.query::<User>().count()?, 0);
    Ok(())
}

fn deleting_a_parent_loads_its_children_first(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    session.load(ed)?;
    let recorder = session.engine().record();
    session.delete(ed)?;
    session.flush()?;
    check_kinds(&recorder, "select delete delete");
    assert_eq!(session.query::<Address>().count()?, 0);
    Ok(())
}

fn an_orphan_is_deleted(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org", "b@x.org"]));
    session.flush()?;
    let addresses = session.rel(ed, User::ADDRESSES).load()?;
    session.rel(ed, User::ADDRESSES).remove(addresses[0])?;
    session.commit()?;
    assert!(!session.contains(addresses[0]));
    assert_eq!(session.all(select(Address::EMAIL))?, ["b@x.org"]);
    Ok(())
}

fn an_orphan_that_was_never_written_is_dropped(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::named("ed"));
    let address = session.rel(ed, User::ADDRESSES).push(Address::at("a@x.org"))?;
    session.rel(ed, User::ADDRESSES).remove(address)?;
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin insert commit");
    assert_eq!(session.query::<Address>().count()?, 0);
    Ok(())
}

fn a_child_that_finds_another_parent_is_no_orphan(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    let wendy = session.add(User::named("wendy"));
    session.flush()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    session.rel(ed, User::ADDRESSES).remove(address)?;
    session.rel(wendy, User::ADDRESSES).push(address)?;
    session.commit()?;
    assert_eq!(session.rel(address, Address::USER).load()?, Some(wendy));
    assert_eq!(session.rel(ed, User::ADDRESSES).load()?, []);
    Ok(())
}

fn without_cascade_children_are_let_go(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::with("sales", &["ann", "bob"]));
    session.commit()?;
    let recorder = session.engine().record();
    session.delete(sales)?;
    session.commit()?;
    check_kinds(&recorder, "begin select update delete commit");
    assert_eq!(session.all(select(Worker::DEPARTMENT_ID))?, [None, None]);
    assert_eq!(session.query::<Department>().count()?, 0);
    Ok(())
}

fn without_cascade_a_removed_child_is_let_go(db: &Db) -> Result<()> {
    let mut session = departments(db)?;
    let sales = session.add(Department::with("sales", &["ann"]));
    session.commit()?;
    let ann = session.rel(sales, Department::WORKERS).load()?[0];
    session.rel(sales, Department::WORKERS).remove(ann)?;
    session.commit()?;
    assert_eq!(session.rel(ann, Worker::DEPARTMENT).load()?, None);
    assert_eq!(session.query::<Worker>().count()?, 1);
    Ok(())
}

fn deletions_reach_down_a_tree(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Folder])?;
    let mut session = Session::new(&engine);
    let leaves = || ["x", "y"].map(|name| Folder::with(name, []));
    let root = session.add(Folder::with("root", [Folder::with("a", leaves()), Folder::with("b", leaves())]));
    session.commit()?;
    session.delete(root)?;
    session.commit()?;
    assert_eq!(session.query::<Folder>().count()?, 0);
    assert_eq!(session.memory().entities, 0);
    Ok(())
}

fn passive_deletes_leave_it_to_the_database(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Host, Guest])?;
    let mut session = Session::new(&engine);
    let host = session.add(Host { guests: HasMany::of([Guest::default(), Guest::default()]), ..Host::default() });
    session.commit()?;
    session.load(host)?;
    let recorder = engine.record();
    session.delete(host)?;
    session.flush()?;
    check_kinds(&recorder, "delete");
    assert_eq!(session.query::<Guest>().count()?, 0);
    Ok(())
}

fn refresh_reaches_the_children(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let ed = session.add(User::with("ed", &["a@x.org"]));
    session.commit()?;
    let address = session.rel(ed, User::ADDRESSES).load()?[0];
    session[address].email = "edited".into();
    session.refresh(ed)?;
    assert!(session.is_expired(address)?);
    assert_eq!(session.load(address)?.email, "a@x.org");
    Ok(())
}

fn deleting_takes_many_to_many_rows_along(db: &Db) -> Result<()> {
    let engine = db.engine(schema![Post, Word])?;
    let mut session = Session::new(&engine);
    let words = ["one", "two"].map(|word| Word { word: word.into(), ..Word::default() });
    let post = session.add(Post { words: ManyToMany::of(words), ..Post::default() });
    session.commit()?;
    let recorder = engine.record();
    session.delete(post)?;
    session.commit()?;
    check_kinds(&recorder, "begin delete delete commit");
    assert_eq!(session.query::<Word>().count()?, 2);
    assert_eq!(session.scalar(select(count_all()).select_from(table("post_word")))?, Some(0));
    Ok(())
}

fn deleting_many_parents_costs_a_bounded_number_of_statements(db: &Db) -> Result<()> {
    let mut session = users(db)?;
    let users = session.add_all((0..50).map(|number| User::with(&number.to_string(), &["a@x.org", "b@x.org"])));
    session.commit()?;
    for user in users {
        session.delete(user)?;
    }
    let recorder = session.engine().record();
    session.commit()?;
    check_kinds(&recorder, "begin select delete delete commit");
    assert_eq!(session.query::<Address>().count()?, 0);
    Ok(())
}

fn without_save_update_a_new_entity_is_refused(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Bench, Tool])?);
    let bench = session.add(Bench { tools: HasMany::of([Tool::named("saw")]), ..Bench::default() });
    let recorder = session.engine().record();
    let refused = session.flush().unwrap_err().to_string();
    assert!(refused.starts_with("Bench.tools holds a new Tool, and its cascade lacks `save-update`"), "{refused}");
    check_silence(&recorder);
    // Nothing is lost: it is added as the message says. From the other end the cascade goes through.
    std::mem::take(&mut session[bench].tools);
    let saw = session.add(Tool::named("saw"));
    session.rel(bench, Bench::TOOLS).push(saw)?;
    session.add(Tool { bench: BelongsTo::new(Bench::default()), ..Tool::named("rasp") });
    session.commit()?;
    assert_eq!((session.query::<Bench>().count()?, session.query::<Tool>().count()?), (2, 2));
    assert_eq!(session.rel(saw, Tool::BENCH).load()?, Some(bench));
    Ok(())
}

fn without_merge_the_other_end_is_left_out(db: &Db) -> Result<()> {
    let mut session = Session::new(&db.engine(schema![Bench, Tool])?);
    let bench = session.add(Bench { name: "old".into(), ..Bench::default() });
    let saw = session.add(Tool::named("saw"));
    session.rel(bench, Bench::TOOLS).push(saw)?;
    session.commit()?;
    let other = Bench { name: "other".into(), ..Bench::default() };
    let merged = session.merge(Tool { id: Auto::from(1), bench: BelongsTo::new(other), ..Tool::named("fine saw") })?;
    assert_eq!(merged, saw);
    session.commit()?;
    assert_eq!(session.query::<Bench>().all()?, [bench]);
    let saw = session.load(saw)?;
    assert_eq!((saw.name.as_str(), saw.bench.loaded()), ("fine saw", Some(bench)));
    // The other way round it goes through, also where `save-update` would not.
    let tools = HasMany::of([Tool { id: Auto::from(1), ..Tool::named("saw") }, Tool::named("rasp")]);
    session.merge(Bench { id: Auto::from(1), name: "new".into(), tools })?;
    session.commit()?;
    let tools = session.rel(bench, Bench::TOOLS).load()?;
    let names: Vec<&str> = tools.iter().map(|tool| session[*tool].name.as_str()).collect();
    assert_eq!(names, ["saw", "rasp"]);
    assert_eq!(session.load(bench)?.name, "new");
    Ok(())
}
