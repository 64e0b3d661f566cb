//! Chapter 25: keeping the past: a history table, a row for each version, rows that are valid for a time.

use orm::event::{before_flush, before_update};
use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
struct Account {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    owner: String,
    limit_cents: i64,
}

#[derive(Entity, Debug, Default)]
struct AccountHistory {
    #[entity(primary_key)]
    id: Auto<i64>,
    account_id: i64,
    #[entity(length = 30)]
    field: String,
    #[entity(length = 30)]
    old_value: String,
}
// ANCHOR_END: model

// ANCHOR: listener
fn with_history(engine: &Engine) -> Session {
    let copy_old_values = before_update::<Account>(|scope, account| {
        let account_id = scope[account].id.get().unwrap_or_default();
        for change in scope.history(scope.entity_key(account)?)? {
            let old_value = match change.before {
                Some(Value::Text(text)) => text,
                Some(Value::I64(number)) => number.to_string(),
                _ => String::new(),
            };
            let field = change.column.to_owned();
            scope.add(AccountHistory {
                account_id,
                field,
                old_value,
                ..Default::default()
            });
        }
        Ok(())
    });
    Session::builder(engine).listen(copy_old_values).build()
}
// ANCHOR_END: listener

// ANCHOR: history
fn raise_limit(session: &mut Session) -> orm::Result<()> {
    let account = session.query::<Account>().one()?;
    session[account].limit_cents = 20_000;
    session.commit()
}
// ANCHOR_END: history

// ANCHOR: versions
#[derive(Entity, Debug, Default)]
struct Terms {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 60)]
    text: String,
}

fn never_overwrites(engine: &Engine) -> Session {
    let insert_anew = before_flush(|scope| {
        let edited = scope.dirty_of::<Terms>();
        edited.into_iter().try_for_each(|terms| scope.make_pending(terms))
    });
    Session::builder(engine).listen(insert_anew).build()
}

fn change_terms(session: &mut Session) -> orm::Result<String> {
    let newest = session.query::<Terms>().order_by(Terms::ID.desc()).limit(1).one()?;
    session[newest].text = "Pay within 14 days".into();
    session.commit()?;
    // The key is that of the new row.
    Ok(session.load(newest)?.text.clone())
}
// ANCHOR_END: versions

// ANCHOR: rate
#[derive(Entity, Debug, Default)]
struct Rate {
    #[entity(primary_key, length = 3)]
    currency: String,
    #[entity(primary_key)]
    valid_from: i64,
    valid_to: i64,
    cents: i64,
}

const ALWAYS: i64 = 9999;
// ANCHOR_END: rate

// ANCHOR: day
/// A session that sees the rates of one day, and whose changes are valid from that day.
fn on_day(engine: &Engine, day: i64) -> Session {
    let end_and_begin = before_flush(move |scope| {
        for rate in scope.dirty_of::<Rate>() {
            let Rate { currency, valid_from, .. } = &scope[rate];
            let old =
                and_([Rate::CURRENCY.eq(currency), Rate::VALID_FROM.eq(*valid_from)]);
            scope.execute(update("rate").set(Rate::VALID_TO, day).filter(old));
            scope.make_pending(rate)?;
            scope[rate].valid_from = day;
        }
        Ok(())
    });
    let valid = Rate::VALID_FROM.le(day).and(Rate::VALID_TO.gt(day));
    Session::builder(engine)
        .listen(end_and_begin)
        .criterion(criterion::<Rate>(valid))
        .build()
}
// ANCHOR_END: day

// ANCHOR: temporal
fn devalue(engine: &Engine) -> orm::Result<(i64, i64)> {
    let mut session = on_day(engine, 30);
    let pound = session.query::<Rate>().filter(Rate::CURRENCY.eq("GBP")).one()?;
    session[pound].cents = 110;
    session.commit()?;
    let before = on_day(engine, 29).one(select(Rate::CENTS))?;
    let since = on_day(engine, 30).one(select(Rate::CENTS))?;
    Ok((before, since))
}
// ANCHOR_END: temporal

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Account, AccountHistory, Terms, Rate])?;
    let mut session = with_history(engine);
    session.add(Account {
        owner: "Ann".into(),
        limit_cents: 10_000,
        ..Account::default()
    });
    session.commit()?;
    stage.step("history", || raise_limit(&mut session))?;
    let kept = session.all(select((AccountHistory::FIELD, AccountHistory::OLD_VALUE)))?;
    assert_eq!(kept, [("limit_cents".to_owned(), "10000".to_owned())]);
    drop(session);

    let mut session = never_overwrites(engine);
    session.add(Terms { text: "Pay within 30 days".into(), ..Terms::default() });
    session.commit()?;
    let text = stage.step("versions", || change_terms(&mut session))?;
    assert_eq!(text, "Pay within 14 days");
    assert_eq!(session.query::<Terms>().count()?, 2);
    drop(session);

    let mut session = Session::new(engine);
    session.add(Rate {
        currency: "GBP".into(),
        valid_from: 1,
        valid_to: ALWAYS,
        cents: 120,
    });
    session.commit()?;
    drop(session);
    assert_eq!(stage.step("temporal", || devalue(engine))?, (120, 110));
    Ok(())
}
