//! Connections killed, statements stopped, locks, deadlocks, lost races, full pools and servers that go down: no unit of work is lost
//! or done twice, as the [ledger](crate::ledger) tells.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use orm::prelude::*;
use orm::text as raw;
use orm::{DatabaseErrorKind, Error, Result};

use crate::Db;
use crate::ledger::{self, Account, carry_out, settle};
use crate::mode::Builder;
use crate::server::Stop;
use crate::server::fault::Obstacle;
use crate::victim::Victim;

cases![
    units_of_work_race_for_the_same_rows,
    of_two_that_read_and_write_a_row_one_tries_again,
    a_lock_that_somebody_else_holds_says_so,
    a_full_pool_loses_nothing,
    a_statement_timeout_is_kept_or_refused,
    units_that_read_and_then_write_all_get_their_turn,
    a_transaction_begins_as_it_is_told,
    a_retry_keeps_its_deadline,
    tables_are_created_and_dropped_by_several_at_once,
    a_server_that_is_not_there_may_come_back,
    a_retry_begins_with_nothing_open,
    a_retry_ends_when_trying_again_does_not_help;
    [row_locks]: a_deadlock_is_told_and_tried_again;
    (server): a_connection_killed_before_any_statement_is_survived, a_connection_killed_while_it_reads,
    a_connection_killed_while_it_inserts, a_connection_killed_while_it_updates, a_connection_killed_while_it_deletes,
    a_connection_killed_while_it_commits, a_statement_that_is_stopped_says_so,
    connections_are_killed_among_units_of_work, a_pool_of_dead_connections_is_renewed, a_server_that_restarts,
    a_server_that_crashes;
];

/// One connection, so that the next one is a new one.
fn lone(db: &Db) -> Builder {
    db.shared_builder().pool_size(1).max_overflow(0)
}

/// An engine with the ledger in it.
fn books(db: &Db, accounts: i64, orders: i64) -> Result<Engine> {
    let engine = db.shared_builder().build()?;
    ledger::open(&engine, accounts, orders)?;
    Ok(engine)
}

fn join<T>(thread: thread::JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn a_connection_killed_before_any_statement_is_survived(db: &Db) -> Result<()> {
    const ORDERS: i64 = 40;
    let victim = Victim::new(db, lone(db))?;
    ledger::open(&victim.admin, 2, ORDERS)?;
    let mut struck = BTreeSet::new();
    let mut session = Session::new(&victim.engine);
    for number in 1..=ORDERS {
        // One statement later each time, until there are no more.
        let armed = victim.kill_before(usize::try_from(number).unwrap_or_default())?;
        settle(&mut session, number)?;
        struck.extend(armed.struck()?.and_then(|sql| sql.split(' ').next().map(str::to_owned)));
        ledger::check(&victim.admin, ORDERS, &(number + 1..=ORDERS).collect::<Vec<_>>());
    }
    let verbs: BTreeSet<String> =
        ["BEGIN", "SELECT", "SAVEPOINT", "INSERT", "RELEASE", "UPDATE", "DELETE", "COMMIT"].map(str::to_owned).into();
    assert!(struck.is_superset(&verbs), "{struck:?}");
    Ok(())
}

fn a_connection_killed_while_it_reads(db: &Db) -> Result<()> {
    let lost = struck_while_it_waits(db, Obstacle::Order(1), Victim::kill, |session| {
        session.execute(&raw("SELECT number FROM ledger_order WHERE number = 1 FOR UPDATE"))?;
        carry_out(session, 1)
    })?;
    assert_eq!(lost.database_kind(), Some(DatabaseErrorKind::Disconnected), "{lost}");
    Ok(())
}

fn a_connection_killed_while_it_inserts(db: &Db) -> Result<()> {
    killed_while_it_writes(db, Obstacle::Entry(1, 1))
}

fn a_connection_killed_while_it_updates(db: &Db) -> Result<()> {
    killed_while_it_writes(db, Obstacle::Account(1))
}

fn a_connection_killed_while_it_deletes(db: &Db) -> Result<()> {
    killed_while_it_writes(db, Obstacle::Order(1))
}

fn killed_while_it_writes(db: &Db, obstacle: Obstacle) -> Result<()> {
    let lost = struck_while_it_waits(db, obstacle, Victim::kill, |session| carry_out(session, 1))?;
    assert!(lost.is_disconnect() && lost.is_retryable(), "{lost}");
    Ok(())
}

fn a_connection_killed_while_it_commits(db: &Db) -> Result<()> {
    // What keeps one from its COMMIT keeps all others of the server, too.
    let (db, _server) = db.on_own_server()?;
    let written = |session: &mut Session| carry_out(session, 1).and_then(|()| session.flush());
    let lost = struck_within(&db, Obstacle::Commit, Victim::kill, written, |_| Ok(()))?;
    assert!(matches!(lost, Error::CommitInDoubt(_)) && !lost.is_retryable(), "{lost}");
    Ok(())
}

fn a_statement_that_is_stopped_says_so(db: &Db) -> Result<()> {
    let stopped = struck_while_it_waits(db, Obstacle::Account(1), Victim::cancel, |session| carry_out(session, 1))?;
    assert_eq!(stopped.database_kind(), Some(DatabaseErrorKind::Canceled), "{stopped}");
    Ok(())
}

/// Puts an obstacle in the way of a unit of work and strikes it where it waits; gives the error that it had. Afterwards the same session
/// does the work, and the books balance.
fn struck_while_it_waits(
    db: &Db,
    obstacle: Obstacle,
    strike: fn(&Victim) -> Result<()>,
    work: fn(&mut Session) -> Result<()>,
) -> Result<Error> {
    struck_within(db, obstacle, strike, |_| Ok(()), work)
}

/// The same of a unit of work that has `begun` before the obstacle is there.
fn struck_within(
    db: &Db,
    obstacle: Obstacle,
    strike: fn(&Victim) -> Result<()>,
    begun: fn(&mut Session) -> Result<()>,
    work: fn(&mut Session) -> Result<()>,
) -> Result<Error> {
    let product = db.product()?;
    let victim = Victim::new(db, lone(db))?;
    ledger::open(&victim.admin, 2, 1)?;
    let mut blocker = victim.admin.connect()?;
    for sql in product.prepare(obstacle) {
        blocker.execute(&raw(*sql))?;
    }
    let mut session = Session::new(&victim.engine);
    begun(&mut session)?;
    blocker.begin()?;
    for sql in product.block(obstacle) {
        blocker.query(&raw(sql))?;
    }
    let working = thread::spawn(move || -> Result<Error> {
        let Err(error) = work(&mut session).and_then(|()| session.commit()) else {
            return Err(Error::invalid("nothing struck it"));
        };
        session.rollback()?;
        settle(&mut session, 1)?;
        Ok(error)
    });
    victim.wait_until_it_waits()?;
    strike(&victim)?;
    blocker.rollback()?;
    for sql in product.unblock(obstacle) {
        blocker.execute(&raw(*sql))?;
    }
    let error = join(working)?;
    ledger::check(&victim.admin, 1, &[]);
    Ok(error)
}

fn connections_are_killed_among_units_of_work(db: &Db) -> Result<()> {
    const ORDERS: i64 = 80;
    let victim = Victim::new(db, db.shared_builder().isolation(Isolation::Serializable))?;
    ledger::open(&victim.admin, 4, ORDERS)?;
    let done = Arc::new(AtomicBool::new(false));
    let workers = race(&victim.engine, ORDERS, 4);
    let watching = Arc::clone(&done);
    let waiting = thread::spawn(move || {
        let outcomes: Vec<Result<()>> = workers.into_iter().map(join).collect();
        watching.store(true, Ordering::SeqCst);
        outcomes
    });
    let mut kills = 0;
    while !done.load(Ordering::SeqCst) {
        // The newest is not always alive: it may have been struck already.
        kills += usize::from(kills < 25 && victim.kill().is_ok());
        thread::sleep(Duration::from_millis(10));
    }
    for outcome in join(waiting) {
        outcome?;
    }
    assert!(kills > 0);
    ledger::check(&victim.admin, ORDERS, &[]);
    Ok(())
}

/// Threads that carry the orders out, each order by one of them.
fn race(engine: &Engine, orders: i64, threads: i64) -> Vec<thread::JoinHandle<Result<()>>> {
    let work = |first: i64| {
        let mut session = Session::builder(engine).isolation(Isolation::Serializable).build();
        thread::spawn(move || {
            (first..=orders).step_by(threads as usize).try_for_each(|number| settle(&mut session, number))
        })
    };
    (1..=threads).map(work).collect()
}

fn units_of_work_race_for_the_same_rows(db: &Db) -> Result<()> {
    const ORDERS: i64 = 24;
    let engine = books(db, 4, ORDERS)?;
    for outcome in race(&engine, ORDERS, 4).into_iter().map(join) {
        outcome?;
    }
    ledger::check(&engine, ORDERS, &[]);
    Ok(())
}

/// Runs two units of work at once, each as often as it takes; the two meet once in the middle. Gives how many attempts there were, and what
/// went wrong.
fn meet(
    engine: &Engine,
    work: fn(&mut Session, usize, &mut dyn FnMut()) -> Result<()>,
) -> Result<(usize, Vec<DatabaseErrorKind>)> {
    let (barrier, attempts) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
    let run = |number: usize| {
        let (barrier, attempts) = (Arc::clone(&barrier), Arc::clone(&attempts));
        let mut session = Session::builder(engine).isolation(Isolation::Serializable).build();
        thread::spawn(move || -> Result<Vec<DatabaseErrorKind>> {
            let mut met = false;
            let mut kinds = Vec::new();
            session.retry(10, |session| {
                attempts.fetch_add(1, Ordering::SeqCst);
                if met {
                    // SQLite refuses at once, and the other one must get to its COMMIT before this one has tried in vain ten times.
                    thread::sleep(Duration::from_millis(2));
                }
                let meet_once = &mut || {
                    if !std::mem::replace(&mut met, true) {
                        barrier.wait();
                    }
                };
                // The flush is part of it, so that every refusal is seen but that of COMMIT.
                let outcome = work(session, number, meet_once).and_then(|()| session.flush());
                kinds.extend(outcome.as_ref().err().and_then(Error::database_kind));
                outcome
            })?;
            Ok(kinds)
        })
    };
    let (one, two) = (run(0), run(1));
    let kinds = [join(one)?, join(two)?].concat();
    Ok((attempts.load(Ordering::SeqCst), kinds))
}

fn of_two_that_read_and_write_a_row_one_tries_again(db: &Db) -> Result<()> {
    let engine = books(db, 1, 0)?;
    let (attempts, kinds) = meet(&engine, |session, _, meet| {
        let account = session.get::<Account>(1)?.ok_or_else(|| Error::invalid("the account is gone"))?;
        session.refresh(account)?;
        meet();
        session[account].balance += 1;
        Ok(())
    })?;
    assert_eq!(Session::new(&engine).scalar(select(Account::BALANCE))?, Some(2), "an update was lost");
    assert!(attempts > 2, "{attempts}");
    assert!(
        kinds.iter().all(|kind| [DatabaseErrorKind::SerializationFailure, DatabaseErrorKind::Locked].contains(kind))
    );
    Ok(())
}

fn a_deadlock_is_told_and_tried_again(db: &Db) -> Result<()> {
    let engine = books(db, 2, 0)?;
    let (attempts, kinds) = meet(&engine, |session, number, meet| {
        // Each begins with the row that the other one ends with.
        for id in if number == 0 { [1, 2] } else { [2, 1] } {
            let by_one = update("ledger_account").set(Account::BALANCE, Account::BALANCE + 1);
            session.execute(&by_one.filter(Account::ID.eq(id)))?;
            meet();
        }
        Ok(())
    })?;
    assert!(attempts > 2 && !kinds.is_empty(), "{attempts}");
    assert!(kinds.iter().all(|kind| *kind == DatabaseErrorKind::SerializationFailure), "{kinds:?}");
    assert_eq!(Session::new(&engine).all(select(Account::BALANCE))?, [2, 2]);
    Ok(())
}

fn a_lock_that_somebody_else_holds_says_so(db: &Db) -> Result<()> {
    let engine = books(db, 2, 1)?;
    let hasty = db.hasty_builder().build()?;
    let mut holder = Session::new(&engine);
    let held = holder.get::<Account>(1)?.ok_or_else(|| Error::invalid("the account is gone"))?;
    holder[held].balance = 7;
    holder.flush()?;
    let mut session = Session::new(&hasty);
    let account = session.get::<Account>(1)?.ok_or_else(|| Error::invalid("the account is gone"))?;
    session[account].balance = 1;
    let locked = session.commit().unwrap_err();
    assert_eq!(locked.database_kind(), Some(DatabaseErrorKind::Locked), "{locked}");
    assert!(locked.is_retryable());
    holder.rollback()?;
    // Nothing is lost: what was to be written still is.
    session.commit()?;
    assert_eq!(holder.load(held)?.balance, 1);
    Ok(())
}

fn a_full_pool_loses_nothing(db: &Db) -> Result<()> {
    const ORDERS: i64 = 12;
    let admin = books(db, 2, ORDERS)?;
    let narrow = db.shared_builder().pool_size(2).max_overflow(0).isolation(Isolation::Serializable);
    let engine = narrow.pool_timeout(Duration::from_millis(30)).build()?;
    let holders = [engine.connect()?, engine.connect()?];
    let mut session = Session::new(&engine);
    let full = settle(&mut session, 1).unwrap_err();
    assert!(matches!(full, Error::PoolTimeout { limit: 2, .. }), "{full}");
    ledger::check(&admin, ORDERS, &(1..=ORDERS).collect::<Vec<_>>());
    drop(holders);
    // Six threads, two connections: who finds none asks again.
    let work = |first: i64| {
        let engine = engine.clone();
        thread::spawn(move || -> Result<()> {
            let mut session = Session::new(&engine);
            for number in (first..=ORDERS).step_by(6) {
                while let Err(error) = settle(&mut session, number) {
                    let Error::PoolTimeout { .. } = error else { return Err(error) };
                }
            }
            Ok(())
        })
    };
    for worker in (1..=6).map(work).collect::<Vec<_>>() {
        join(worker)?;
    }
    ledger::check(&admin, ORDERS, &[]);
    assert_eq!(engine.pool_status().in_use, 0);
    Ok(())
}

fn a_statement_timeout_is_kept_or_refused(db: &Db) -> Result<()> {
    let built = lone(db).statement_timeout(Duration::from_millis(300)).build();
    if let Err(Error::Unsupported { feature, instead, .. }) = &built {
        let admin = books(db, 1, 0)?;
        assert!(!admin.capabilities().statement_timeout);
        assert!(feature.contains("300ms") && instead.contains("busy_timeout"), "{feature}; {instead}");
        return Ok(());
    }
    let engine = built?;
    ledger::open(&engine, 2, 1)?;
    let product = db.product()?;
    let admin = db.shared_builder().build()?;
    let mut blocker = admin.connect()?;
    blocker.begin()?;
    for sql in product.block(Obstacle::Account(1)) {
        blocker.query(&raw(sql))?;
    }
    let mut session = Session::new(&engine);
    let late = carry_out(&mut session, 1).and_then(|()| session.commit()).unwrap_err();
    assert_eq!(late.database_kind(), Some(DatabaseErrorKind::Timeout), "{late}");
    assert!(!late.is_retryable());
    session.rollback()?;
    ledger::check(&admin, 1, &[1]);
    blocker.rollback()?;
    settle(&mut session, 1)?;
    ledger::check(&admin, 1, &[]);
    Ok(())
}

fn a_retry_begins_with_nothing_open(db: &Db) -> Result<()> {
    let mut session = Session::new(&books(db, 2, 1)?);
    let account = session.add(Account { id: 3, balance: 0 });
    let refused = session.retry(2, |_| Ok(())).unwrap_err();
    assert!(matches!(refused, Error::TransactionOpen { .. }), "{refused}");
    session.flush()?;
    assert!(matches!(session.retry(2, |_| Ok(())).unwrap_err(), Error::TransactionOpen { .. }));
    // Nothing was done to what was there.
    session.commit()?;
    assert_eq!(session.load(account)?.id, 3);
    Ok(())
}

fn a_retry_ends_when_trying_again_does_not_help(db: &Db) -> Result<()> {
    let engine = books(db, 2, 1)?;
    let mut session = Session::new(&engine);
    let mut attempts = 0;
    let refused = session.retry(5, |session| {
        attempts += 1;
        session.add(Account { id: 1, balance: 0 });
        Ok(())
    });
    assert_eq!(refused.unwrap_err().database_kind(), Some(DatabaseErrorKind::UniqueViolation));
    assert_eq!(attempts, 1);
    // What may pass, and does not: as often as it was said, and then the error itself.
    let mut attempts = 0;
    let lost = session.retry(3, |_| -> Result<()> {
        attempts += 1;
        Err(orm::DatabaseError::new(DatabaseErrorKind::SerializationFailure, "again").into())
    });
    assert_eq!(lost.unwrap_err().database_kind(), Some(DatabaseErrorKind::SerializationFailure));
    assert_eq!(attempts, 3);
    // The session is as new.
    settle(&mut session, 1)?;
    ledger::check(&engine, 1, &[]);
    Ok(())
}

fn a_pool_of_dead_connections_is_renewed(db: &Db) -> Result<()> {
    let (own, server) = db.on_own_server()?;
    let engine = own.shared_builder().build()?;
    ledger::open(&engine, 2, 1)?;
    drop([engine.connect()?, engine.connect()?, engine.connect()?, engine.connect()?]);
    assert_eq!(engine.pool_status().open, 4);
    server.restart(own.product()?, Stop::Orderly).map_err(Error::invalid)?;
    let mut session = Session::new(&engine);
    // The first one finds out, for all of them.
    assert!(carry_out(&mut session, 1).unwrap_err().is_disconnect());
    session.rollback()?;
    let waiting = [engine.connect()?, engine.connect()?, engine.connect()?];
    for mut connection in waiting {
        connection.query(&raw("SELECT 1"))?;
    }
    carry_out(&mut session, 1)?;
    session.commit()?;
    ledger::check(&engine, 1, &[]);
    Ok(())
}

fn a_server_that_restarts(db: &Db) -> Result<()> {
    goes_down(db, Stop::Orderly)
}

fn a_server_that_crashes(db: &Db) -> Result<()> {
    goes_down(db, Stop::Crash)
}

/// Units of work go on while the server goes down twice.
fn goes_down(db: &Db, stop: Stop) -> Result<()> {
    const ORDERS: i64 = 400;
    let (own, server) = db.on_own_server()?;
    let engine = books(&own, 4, ORDERS)?;
    let settled = Arc::new(AtomicUsize::new(0));
    let work = |first: i64| {
        let mut session = Session::builder(&engine).isolation(Isolation::Serializable).build();
        let settled = Arc::clone(&settled);
        thread::spawn(move || -> Result<()> {
            for number in (first..=ORDERS).step_by(2) {
                // While it is down there is nobody to connect to.
                while let Err(error) = settle(&mut session, number) {
                    match error {
                        Error::Connect { .. } => thread::sleep(Duration::from_millis(20)),
                        error if error.is_retryable() => {}
                        error => return Err(error),
                    }
                }
                settled.fetch_add(1, Ordering::SeqCst);
            }
            Ok(())
        })
    };
    let workers = [work(1), work(2)];
    for down in 1..=2 {
        // In the middle of the work, wherever that is.
        while settled.load(Ordering::SeqCst) < down * 100 && !workers.iter().any(thread::JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(1));
        }
        server.restart(own.product()?, stop).map_err(Error::invalid)?;
        assert!(settled.load(Ordering::SeqCst) < ORDERS as usize, "the work was over before the server went down");
    }
    for worker in workers {
        join(worker)?;
    }
    ledger::check(&engine, ORDERS, &[]);
    Ok(())
}

fn units_that_read_and_then_write_all_get_their_turn(db: &Db) -> Result<()> {
    const THREADS: i64 = 8;
    const UNITS: i64 = 60;
    let engine = db.shared_builder().pool_size(8).isolation(Isolation::Serializable).build()?;
    ledger::open(&engine, 4, 0)?;
    let work = |thread: i64| {
        let mut session = Session::new(&engine);
        thread::spawn(move || -> Result<()> {
            (0..UNITS).try_for_each(|unit| {
                session.retry(Duration::from_secs(60), |session| {
                    let account = session.get::<Account>(1 + (thread + unit) % 4)?;
                    let account = account.ok_or_else(|| Error::invalid("the account is gone"))?;
                    session.load(account)?;
                    session[account].balance += 1;
                    Ok(())
                })
            })
        })
    };
    for worker in (0..THREADS).map(work).collect::<Vec<_>>() {
        join(worker)?;
    }
    let sum: i64 = Session::new(&engine).all(select(Account::BALANCE))?.iter().sum();
    assert_eq!(sum, THREADS * UNITS, "an update was lost");
    Ok(())
}

fn a_transaction_begins_as_it_is_told(db: &Db) -> Result<()> {
    let began = |recorder: &orm::Recorder| recorder.take().sql().first().map(|sql| (*sql).to_owned());
    let engine = db.shared_builder().begin_mode(BeginMode::Immediate).build()?;
    ledger::open(&engine, 1, 0)?;
    let locks = |verb: &str| Some(if engine.capabilities().row_locks { "BEGIN" } else { verb }.to_owned());
    drop(engine.connect()?);
    let recorder = engine.record();
    Session::new(&engine).query::<Account>().all()?;
    assert_eq!(began(&recorder), locks("BEGIN IMMEDIATE"));
    let mut session = Session::builder(&engine).begin_mode(BeginMode::Exclusive).build();
    session.query::<Account>().all()?;
    assert_eq!(began(&recorder), locks("BEGIN EXCLUSIVE"));
    session.rollback()?;
    recorder.take();
    session.begin_with(BeginMode::Deferred)?;
    assert!(matches!(session.begin_with(BeginMode::Deferred).unwrap_err(), Error::TransactionOpen { .. }));
    session.query::<Account>().all()?;
    assert_eq!(began(&recorder).as_deref(), Some("BEGIN"));
    session.rollback()?;
    recorder.take();
    let mut connection = engine.connect()?;
    connection.begin_with(BeginMode::Exclusive)?;
    assert_eq!(began(&recorder), locks("BEGIN EXCLUSIVE"));
    Ok(())
}

fn a_retry_keeps_its_deadline(db: &Db) -> Result<()> {
    let mut session = Session::new(&books(db, 1, 0)?);
    let mut attempts = 0;
    let begun = std::time::Instant::now();
    let lost = session.retry(Duration::from_millis(60), |_| -> Result<()> {
        attempts += 1;
        Err(orm::DatabaseError::new(DatabaseErrorKind::Locked, "again").into())
    });
    assert_eq!(lost.unwrap_err().database_kind(), Some(DatabaseErrorKind::Locked));
    // 2, 4, 8, 16 and 32 ms less what chance takes off.
    assert!((2..=7).contains(&attempts), "{attempts}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    Ok(())
}

fn a_server_that_is_not_there_may_come_back(db: &Db) -> Result<()> {
    let absent = [
        (cfg!(feature = "postgres"), "postgresql://ed@127.0.0.1:1/d"),
        (cfg!(feature = "mysql"), "mariadb://ed@127.0.0.1:1/d"),
    ];
    for (_, url) in absent.into_iter().filter(|(is_built_in, _)| *is_built_in) {
        let mut session = Session::new(&Engine::new(url)?);
        let mut attempts = 0;
        let unreached = session.retry(3, |session| {
            attempts += 1;
            session.with_connection(|connection| connection.query(&raw("SELECT 1")))
        });
        let unreached = unreached.unwrap_err();
        assert!(matches!(unreached, Error::Connect { .. }) && unreached.is_retryable(), "{unreached}");
        assert_eq!(attempts, 3);
    }
    // One that does not let this user in stays as it is.
    if let Some(url) = db.url_as("nobody_of_this_name:wrong") {
        let refused = Engine::new(url)?.connect().map(drop);
        if let Err(refused) = refused {
            assert!(matches!(refused, Error::Connect { .. }) && !refused.is_retryable(), "{refused}");
        }
    }
    Ok(())
}

fn tables_are_created_and_dropped_by_several_at_once(db: &Db) -> Result<()> {
    for turn in 0..4 {
        let barrier = Arc::new(Barrier::new(4));
        let work = |_| {
            // As processes do: each with connections of its own.
            let (engine, barrier) = (db.shared_builder().build(), Arc::clone(&barrier));
            thread::spawn(move || -> Result<()> {
                let engine = engine?;
                drop(engine.connect()?);
                barrier.wait();
                let schema = schema![crate::models::User, crate::models::Address, Account];
                if turn % 2 == 0 { engine.create_all(schema) } else { engine.drop_all(schema) }
            })
        };
        for worker in (0..4).map(work).collect::<Vec<_>>() {
            join(worker)?;
        }
    }
    Ok(())
}
