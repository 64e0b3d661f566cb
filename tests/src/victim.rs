//! An engine whose connection somebody else can strike.

use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use orm::engine::Echo;
use orm::{Engine, Error, Result, text};

use crate::Db;
use crate::mode::Builder;
use crate::server::Product;
use crate::server::fault::holds;

/// How long something that must happen soon may take.
const SOON: Duration = Duration::from_secs(20);

const LOOK_OFTEN: Duration = Duration::from_millis(2);

/// InnoDB shows its locks as they were while somebody asks for them more often than every 100 ms.
const LOOK_RARELY: Duration = Duration::from_millis(130);

/// An engine, the number of its newest connection, and an engine beside it to strike from.
pub(crate) struct Victim {
    pub(crate) engine: Engine,
    pub(crate) admin: Engine,
    product: Product,
    id: Arc<AtomicI64>,
}

/// Which statement is the last that a connection does not live to see.
enum Mark {
    /// The one with this number, counted from 1.
    Number(usize),
    /// The first that begins so.
    Beginning(String),
}

/// A strike that waits for its statement.
struct Strike {
    mark: Option<Mark>,
    seen: usize,
    /// What the statement was.
    struck: Option<String>,
}

/// A strike that was set: disarmed when it is asked for what it struck.
pub(crate) struct Armed {
    strike: Arc<Mutex<Strike>>,
    engine: Engine,
}

impl Victim {
    /// An engine with these options.
    pub(crate) fn new(db: &Db, builder: Builder) -> Result<Self> {
        let product = db.product()?;
        let id = Arc::new(AtomicI64::new(0));
        let told = Arc::clone(&id);
        let engine = builder
            .on_connect(move |connection| {
                let rows = connection.query(&text(product.connection_id()))?;
                let row = rows.first().ok_or_else(|| Error::invalid("a connection has no number"))?;
                told.store(row.get(0)?, Ordering::SeqCst);
                Ok(())
            })
            .build()?;
        // Connected here, so that what a connection is told first is over.
        engine.connect()?;
        Ok(Self { engine, admin: db.shared_builder().build()?, product, id })
    }

    /// The number of the newest connection.
    pub(crate) fn id(&self) -> i64 {
        self.id.load(Ordering::SeqCst)
    }

    /// Ends the connection from now on at the `number`th statement: it is gone before the statement is sent.
    pub(crate) fn kill_before(&self, number: usize) -> Result<Armed> {
        self.arm(Mark::Number(number))
    }

    /// Ends the connection before the next statement that begins so is sent.
    pub(crate) fn kill_before_text(&self, beginning: &str) -> Result<Armed> {
        self.arm(Mark::Beginning(beginning.to_owned()))
    }

    fn arm(&self, mark: Mark) -> Result<Armed> {
        let strike = Arc::new(Mutex::new(Strike { mark: Some(mark), seen: 0, struck: None }));
        let killer = Killer {
            strike: Arc::clone(&strike),
            admin: self.admin.clone(),
            product: self.product,
            id: Arc::clone(&self.id),
        };
        // Echo hears of a statement before it is sent.
        self.engine.set_echo(Echo::writer(killer))?;
        Ok(Armed { strike, engine: self.engine.clone() })
    }

    /// Waits until the connection waits for a lock.
    pub(crate) fn wait_until_it_waits(&self) -> Result<()> {
        // One test at a time: the server shows old news to those who ask too often, all of them taken together.
        static LOOKING: Mutex<()> = Mutex::new(());
        wait_for("the statement waits", LOOK_RARELY, || {
            let _turn = LOOKING.lock().unwrap_or_else(PoisonError::into_inner);
            std::thread::sleep(LOOK_RARELY);
            holds(&self.admin, &self.product.waits(self.id()))
        })
    }

    /// Ends the connection, whatever it does.
    pub(crate) fn kill(&self) -> Result<()> {
        kill(&self.admin, self.product, self.id())
    }

    /// Stops the statement that the connection runs.
    pub(crate) fn cancel(&self) -> Result<()> {
        self.admin.connect()?.query(&text(self.product.cancel(self.id()))).map(drop)
    }
}

/// Ends a connection and waits until it is gone.
fn kill(admin: &Engine, product: Product, id: i64) -> Result<()> {
    admin.connect()?.query(&text(product.kill(id)))?;
    wait_for("the connection is gone", LOOK_OFTEN, || Ok(!holds(admin, &product.lives(id))?))
}

fn wait_for(what: &str, pause: Duration, mut happened: impl FnMut() -> Result<bool>) -> Result<()> {
    let waiting = Instant::now();
    while !happened()? {
        if waiting.elapsed() > SOON {
            return Err(Error::invalid(format!("it was waited in vain until {what}")));
        }
        std::thread::sleep(pause);
    }
    Ok(())
}

impl Armed {
    /// The statement that was struck, if it came to that.
    pub(crate) fn struck(self) -> Result<Option<String>> {
        self.engine.set_echo(false)?;
        Ok(self.strike.lock().unwrap_or_else(PoisonError::into_inner).struck.take())
    }
}

/// Takes what echo writes, and strikes when its statement comes.
struct Killer {
    strike: Arc<Mutex<Strike>>,
    admin: Engine,
    product: Product,
    id: Arc<AtomicI64>,
}

impl Write for Killer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let said = String::from_utf8_lossy(bytes);
        let mut strike = self.strike.lock().unwrap_or_else(PoisonError::into_inner);
        strike.seen += 1;
        let now = match &strike.mark {
            Some(Mark::Number(number)) => strike.seen == *number,
            Some(Mark::Beginning(beginning)) => said.starts_with(beginning),
            None => false,
        };
        if now {
            strike.mark = None;
            strike.struck = said.lines().next().map(str::to_owned);
            kill(&self.admin, self.product, self.id.load(Ordering::SeqCst))
                .map_err(|error| std::io::Error::other(error.to_string()))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
