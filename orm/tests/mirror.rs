//! Memory is a mirror of the rows: random edits of entities with natural and composite keys, keys that change, rows that refer to each other in
//! circles, and links of a kind with itself. No model says what should happen; after every flush, commit and rollback memory and rows must be the
//! same, and after a flush that failed both must be as before it. Guards rules 2 to 5.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "mirror/entities.rs"]
mod entities;
#[path = "mirror/op.rs"]
mod op;

use std::collections::{BTreeMap, BTreeSet};

use orm::engine::{Recorder, text};
use orm::mapping::Record;
use orm::prelude::*;
use orm::session::{Savepoint, Session};
use orm::unit::State;
use orm::{Engine, Error, StatementKind, schema};
use proptest::prelude::*;

use self::entities::{Club, Entry, Member, Membership, Widget};
use self::op::{Op, op};

type Rows = BTreeMap<&'static str, BTreeSet<String>>;

struct Mirror {
    engine: Engine,
    session: Session,
    recorder: Recorder,
    savepoints: Vec<(Savepoint, Rows)>,
    committed: Rows,
    step: usize,
}

macro_rules! each_kind {
    ($entity:ident => $body:block) => {{
        {
            type $entity = Club;
            $body
        }
        {
            type $entity = Member;
            $body
        }
        {
            type $entity = Membership;
            $body
        }
        {
            type $entity = Widget;
            $body
        }
        {
            type $entity = Entry;
            $body
        }
    }};
}

impl Mirror {
    fn new(expire_on_commit: bool) -> Self {
        let engine = Engine::new("sqlite://").unwrap();
        engine.create_all(schema![Club, Member, Membership, Widget, Entry]).unwrap();
        let session = Session::builder(&engine).autoflush(false).expire_on_commit(expire_on_commit).build();
        let mut mirror = Self {
            session,
            recorder: engine.record(),
            engine,
            savepoints: Vec::new(),
            committed: Rows::new(),
            step: 0,
        };
        mirror.committed = mirror.rows();
        mirror
    }

    /// What is there and is to stay.
    fn alive<E: Entity>(&self) -> Vec<Key<E>> {
        let mut keys = self.session.held::<E>();
        keys.retain(|key| matches!(self.session.state(*key).unwrap(), State::Pending | State::Persistent));
        keys
    }

    fn pick<E: Entity>(&self, pick: u8) -> Option<Key<E>> {
        let keys = self.alive::<E>();
        (!keys.is_empty()).then(|| keys[pick as usize % keys.len()])
    }

    /// Every row, as the transaction sees it.
    fn rows(&mut self) -> Rows {
        let mut rows = Rows::new();
        let mut read = |table: &'static str, columns: String| {
            let query = text(format!("SELECT {columns} FROM {table}"));
            let found = self.session.with_connection(|connection| connection.query(&query)).unwrap();
            rows.insert(table, found.iter().map(|row| format!("{:?}", row.values)).collect());
        };
        each_kind!(E => {
            let meta = E::entity_meta();
            let columns: Vec<&str> = meta.columns.iter().map(|column| column.name).collect();
            read(meta.table, columns.join(", "));
        });
        read("friendship", "from_id, to_id".to_owned());
        rows
    }

    /// Every row, as memory has it.
    fn memory(&self) -> Rows {
        let mut rows = Rows::new();
        each_kind!(E => {
            let meta = E::entity_meta();
            let row = |key: Key<E>| {
                let record = &self.session[key];
                let values: Vec<Value> = meta.columns.positions().map(|column| record.value(column).to_value()).collect();
                format!("{values:?}")
            };
            rows.insert(meta.table, self.alive::<E>().into_iter().map(row).collect());
        });
        rows
    }

    /// Memory and rows are the same; what is known of collections is what the rows say.
    fn check(&mut self, when: &str) {
        let mut rows = self.rows();
        self.check_collections(&rows["friendship"].clone(), when);
        rows.remove("friendship");
        assert_eq!(self.memory(), rows, "memory and rows {when}");
        each_kind!(E => {
            for key in self.alive::<E>() {
                assert_eq!(self.session.state(key).unwrap(), State::Persistent);
                assert!(!self.session.is_modified(key).unwrap(), "{key:?} is modified {when}");
            }
        });
        let plan = self.session.flush_plan().unwrap();
        assert!(plan.steps.is_empty(), "nothing is left to flush {when}: {plan}");
    }

    fn check_collections(&mut self, links: &BTreeSet<String>, when: &str) {
        macro_rules! one_to_many {
            ($owner:ident :: $collection:ident, $member:ident . $field:ident, $id:expr) => {
                for owner in self.alive::<$owner>() {
                    if !self.session.rel(owner, $owner::$collection).is_loaded().unwrap() {
                        continue;
                    }
                    let known: BTreeSet<Key<$member>> =
                        self.session.rel(owner, $owner::$collection).load().unwrap().into_iter().collect();
                    let id = $id(&self.session[owner]);
                    let mut expected = BTreeSet::new();
                    for member in self.alive::<$member>() {
                        let reference = &self.session[member].$field;
                        if reference.id() == Some(&id) {
                            expected.insert(member);
                            if let Some(target) = reference.loaded() {
                                assert_eq!(target, owner, "{member:?}.{} {when}", stringify!($field));
                            }
                        }
                    }
                    assert_eq!(known, expected, "{owner:?}.{} {when}", stringify!($collection));
                }
            };
        }
        one_to_many!(Club::MEMBERSHIPS, Membership.club, |club: &Club| club.code.clone());
        one_to_many!(Member::MEMBERSHIPS, Membership.member, |member: &Member| member.id.get().unwrap());
        one_to_many!(Member::SPONSORED, Member.sponsor, |member: &Member| member.id.get().unwrap());
        one_to_many!(Widget::ENTRIES, Entry.widget, |widget: &Widget| widget.id.get().unwrap());
        one_to_many!(Entry::FAVORITE_OF, Widget.favorite, |entry: &Entry| entry.id.get().unwrap());
        let link = |from: &Member, to: &Member| {
            let values: Vec<Value> = [from, to].map(|member| Value::I64(member.id.get().unwrap())).into();
            format!("{values:?}")
        };
        let mut known = BTreeSet::new();
        for from in self.alive::<Member>() {
            if self.session.rel(from, Member::FRIENDS).is_loaded().unwrap() {
                for to in self.session.rel(from, Member::FRIENDS).load().unwrap() {
                    assert!(known.insert(link(&self.session[from], &self.session[to])), "a friend twice {when}");
                }
            } else {
                let mine = format!("[{:?}, ", Value::I64(self.session[from].id.get().unwrap()));
                known.extend(links.iter().filter(|link| link.starts_with(&mine)).cloned());
            }
            if self.session.rel(from, Member::BEFRIENDED).is_loaded().unwrap() {
                for by in self.session.rel(from, Member::BEFRIENDED).load().unwrap() {
                    assert!(links.contains(&link(&self.session[by], &self.session[from])), "befriended {when}");
                }
            }
        }
        assert_eq!(&known, links, "friends {when}");
    }

    /// Everything that can be seen without a statement.
    fn portrait(&mut self) -> String {
        let mut text = Vec::new();
        each_kind!(E => {
            for key in self.session.held::<E>() {
                let session = &self.session;
                text.push(format!(
                    "{:?} {:?} {:?} {:?}",
                    session.state(key).unwrap(), session[key], session.is_modified(key).unwrap(), session.history(key).unwrap()
                ));
            }
            let slots = |keys: Vec<Key<E>>| keys.into_iter().map(Key::slot).collect::<Vec<_>>();
            let lists = [slots(self.session.pending()), slots(self.session.dirty()), slots(self.session.deleted())];
            text.push(format!("{lists:?}"));
        });
        text.push(self.plan());
        text.join("\n")
    }

    fn plan(&mut self) -> String {
        match self.session.flush_plan() {
            Ok(plan) => plan.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Loads what hangs on everything, so that nothing is left to be loaded by a flush.
    fn load(&mut self) {
        macro_rules! load {
            ($($owner:ident :: $relation:ident),+ $(,)?) => {
                $(for owner in self.alive::<$owner>() {
                    self.session.rel(owner, $owner::$relation).load().unwrap();
                })+
            };
        }
        load!(
            Club::MEMBERSHIPS,
            Member::MEMBERSHIPS,
            Member::SPONSORED,
            Member::FRIENDS,
            Member::BEFRIENDED,
            Member::BUDDY,
            Member::SPONSOR,
            Widget::ENTRIES,
            Widget::FAVORITE,
            Entry::WIDGET,
            Entry::FAVORITE_OF,
            Membership::CLUB,
        );
    }

    /// Flushes; what fails must leave no trace.
    fn flush(&mut self) -> bool {
        let before = (self.portrait(), self.rows());
        self.recorder.take();
        match self.session.flush() {
            Ok(()) => {
                self.check("after a flush");
                true
            }
            Err(error) => {
                // What had to be loaded first may stay known.
                if self.recorder.take().count(StatementKind::Select) == 0 {
                    assert_eq!(self.portrait(), before.0, "memory after {error}");
                }
                assert_eq!(self.rows(), before.1, "rows after {error}");
                false
            }
        }
    }

    /// Between transactions somebody else changes rows; then everything is read again, and whoever is gone is let go.
    fn elsewhere(&mut self, change: u8, a: u8, b: u8) -> Option<()> {
        self.run(&Op::Commit);
        if self.session.in_transaction() || self.session.flush_plan().map_or(true, |plan| !plan.steps.is_empty()) {
            return None;
        }
        let row = |mirror: &Self, pick| Some(mirror.session[mirror.pick::<Member>(pick)?].id.get().unwrap());
        let (from, to) = (row(self, a)?, row(self, b)?);
        let entry = self.pick::<Entry>(a).map_or(0, |entry| self.session[entry].id.get().unwrap());
        let widget = self.pick::<Widget>(b).map_or(0, |widget| self.session[widget].id.get().unwrap());
        let sql = match change {
            0 => format!("UPDATE member SET sponsor_id = {to} WHERE id = {from}"),
            1 => format!("UPDATE member SET sponsor_id = NULL WHERE id = {from}"),
            2 => format!("UPDATE member SET name = 'elsewhere', version = version + 1 WHERE id = {from}"),
            3 => format!("DELETE FROM friendship WHERE from_id = {from}"),
            4 => format!("INSERT OR IGNORE INTO friendship (from_id, to_id) VALUES ({from}, {to})"),
            5 => format!("DELETE FROM membership WHERE member_id = {from}"),
            6 => "INSERT INTO member (name, version) VALUES ('elsewhere', 1)".to_owned(),
            _ => format!("UPDATE entry SET widget_id = {widget} WHERE id = {entry} AND {widget} > 0"),
        };
        self.engine.begin(|connection| connection.execute(&text(sql))).unwrap();
        self.session.expire_all();
        each_kind!(E => {
            let there = self.session.query::<E>().all().unwrap();
            for key in self.alive::<E>() {
                if !there.contains(&key) {
                    assert!(matches!(self.session.load(key), Err(Error::ObjectDeleted { .. })));
                    self.session.expunge(key).unwrap();
                }
            }
        });
        self.check("after somebody else's change");
        self.load();
        self.check("after loading somebody else's change");
        self.session.commit().unwrap();
        self.committed = self.rows();
        self.session.commit().unwrap();
        Some(())
    }

    fn run(&mut self, op: &Op) -> Option<()> {
        self.step += 1;
        let name = format!("s{}", self.step);
        match *op {
            Op::AddClub { code } => {
                self.session.add(Club { code: format!("c{code}"), name, ..Club::default() });
            }
            Op::AddMember => {
                self.session.add(Member { name, ..Member::default() });
            }
            Op::Join { member, club, by_club } => {
                let (member, club) = (self.pick::<Member>(member)?, self.pick::<Club>(club)?);
                if by_club {
                    let new = Membership { member: BelongsTo::to(member), role: name, ..Membership::default() };
                    self.session.rel(club, Club::MEMBERSHIPS).push(new).unwrap();
                } else {
                    let new = Membership { club: BelongsTo::to(club), role: name, ..Membership::default() };
                    self.session.rel(member, Member::MEMBERSHIPS).push(new).unwrap();
                }
            }
            Op::Leave { membership } => {
                let membership = self.pick::<Membership>(membership)?;
                let member = self.session[membership].member.loaded()?;
                if self.session.is_expired(membership).unwrap() && self.session.is_modified(membership).unwrap() {
                    // Without autoflush, whose it is cannot be read into memory: that is refused.
                    assert!(self.session.rel(member, Member::MEMBERSHIPS).remove(membership).is_err());
                    return None;
                }
                self.session.rel(member, Member::MEMBERSHIPS).remove(membership).unwrap();
            }
            Op::Role { membership } => {
                let membership = self.pick::<Membership>(membership)?;
                self.session[membership].role = name;
            }
            Op::RenameMember { member, bad } => {
                let member = self.pick::<Member>(member)?;
                self.session[member].name = if bad { "bad".to_owned() } else { name };
            }
            Op::RenameClub { club } => {
                let club = self.pick::<Club>(club)?;
                self.session[club].name = name;
            }
            Op::Recode { club, code } => {
                let club = self.pick::<Club>(club)?;
                self.session[club].code = format!("c{code}");
            }
            Op::Sponsor { member, sponsor, push } => {
                let member = self.pick::<Member>(member)?;
                match sponsor {
                    Some(sponsor) => {
                        let sponsor = self.pick::<Member>(sponsor)?;
                        if push {
                            self.session.rel(sponsor, Member::SPONSORED).push(member).unwrap();
                        } else {
                            self.session.rel(member, Member::SPONSOR).set(sponsor).unwrap();
                        }
                    }
                    None => self.session.rel(member, Member::SPONSOR).clear().unwrap(),
                }
            }
            Op::Buddy { member, buddy } => {
                let member = self.pick::<Member>(member)?;
                match buddy {
                    Some(buddy) => {
                        let buddy = self.pick::<Member>(buddy)?;
                        self.session.rel(member, Member::BUDDY).set(buddy).unwrap();
                    }
                    None => self.session.rel(member, Member::BUDDY).clear().unwrap(),
                }
            }
            Op::Befriend { from, to, by_to } => {
                let (from, to) = (self.pick::<Member>(from)?, self.pick::<Member>(to)?);
                // Who is a friend already must be known.
                self.session.rel(from, Member::FRIENDS).load().unwrap();
                self.session.rel(to, Member::BEFRIENDED).load().unwrap();
                if by_to {
                    self.session.rel(to, Member::BEFRIENDED).push(from).unwrap();
                } else {
                    self.session.rel(from, Member::FRIENDS).push(to).unwrap();
                }
            }
            Op::Unfriend { from, by_to } => {
                let from = self.pick::<Member>(from)?;
                let to = self.session.rel(from, Member::FRIENDS).load().unwrap().first().copied()?;
                if by_to {
                    self.session.rel(to, Member::BEFRIENDED).load().unwrap();
                    self.session.rel(to, Member::BEFRIENDED).remove(from).unwrap();
                } else {
                    self.session.rel(from, Member::FRIENDS).remove(to).unwrap();
                }
            }
            Op::Forget { from, to } => {
                let (from, to) = (self.pick::<Member>(from)?, self.pick::<Member>(to)?);
                self.session.rel(from, Member::FRIENDS).remove(to).unwrap();
            }
            Op::AddWidget => {
                self.session.add(Widget { name, ..Widget::default() });
            }
            Op::AddEntry { widget } => {
                let widget = self.pick::<Widget>(widget)?;
                self.session.rel(widget, Widget::ENTRIES).push(Entry { name, ..Entry::default() }).unwrap();
            }
            Op::MoveEntry { entry, widget } => {
                let (entry, widget) = (self.pick::<Entry>(entry)?, self.pick::<Widget>(widget)?);
                self.session.rel(entry, Entry::WIDGET).set(widget).unwrap();
            }
            Op::Favorite { widget, entry } => {
                let widget = self.pick::<Widget>(widget)?;
                match entry {
                    Some(entry) => {
                        let entry = self.pick::<Entry>(entry)?;
                        self.session.rel(widget, Widget::FAVORITE).set(entry).unwrap();
                    }
                    None => self.session.rel(widget, Widget::FAVORITE).clear().unwrap(),
                }
            }
            Op::DeleteClub { club } => drop(self.session.delete(self.pick::<Club>(club)?)),
            Op::DeleteMember { member } => drop(self.session.delete(self.pick::<Member>(member)?)),
            Op::DeleteMembership { membership } => drop(self.session.delete(self.pick::<Membership>(membership)?)),
            Op::DeleteWidget { widget } => drop(self.session.delete(self.pick::<Widget>(widget)?)),
            Op::DeleteEntry { entry } => drop(self.session.delete(self.pick::<Entry>(entry)?)),
            Op::Elsewhere { change, a, b } => drop(self.elsewhere(change, a, b)),
            Op::Load => self.load(),
            Op::ExpireAll => self.session.expire_all(),
            Op::Flush => drop(self.flush()),
            Op::Commit => {
                if self.flush() {
                    self.session.commit().unwrap();
                    self.savepoints.clear();
                    self.committed = self.rows();
                    self.check("after a commit");
                    self.session.commit().unwrap();
                }
            }
            Op::Rollback => {
                self.session.rollback().unwrap();
                self.savepoints.clear();
                assert_eq!(self.rows(), self.committed, "rows after a rollback");
                self.check("after a rollback");
            }
            Op::BeginNested => {
                if self.flush() {
                    let savepoint = self.session.begin_nested().unwrap();
                    let rows = self.rows();
                    self.savepoints.push((savepoint, rows));
                }
            }
            Op::Release { savepoint } => {
                let at = savepoint as usize % self.savepoints.len().max(1);
                let (savepoint, _) = *self.savepoints.get(at)?;
                if self.flush() {
                    self.session.release(savepoint).unwrap();
                    self.savepoints.truncate(at);
                }
            }
            Op::RollbackTo { savepoint } => {
                let at = savepoint as usize % self.savepoints.len().max(1);
                let (savepoint, rows) = self.savepoints.get(at)?.clone();
                self.session.rollback_to(savepoint).unwrap();
                self.savepoints.truncate(at);
                assert_eq!(self.rows(), rows, "rows after a rollback to a savepoint");
                self.check("after a rollback to a savepoint");
            }
        }
        Some(())
    }
}

/// A thousand cases, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let said = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { said.cases } else { 1_000 };
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 4_000, ..said }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn memory_is_a_mirror_of_the_rows(expire: bool, ops in prop::collection::vec(op(), 1..40)) {
        let mut mirror = Mirror::new(expire);
        for op in &ops {
            mirror.run(op);
        }
        mirror.run(&Op::Commit);
        mirror.run(&Op::Rollback);
    }
}
