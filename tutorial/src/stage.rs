//! One run of a chapter: a database of its own, and the record of what each step sent.

use std::cell::RefCell;
use std::fmt::{Debug, Display};

use orm::{Engine, Error, Recorder};

use crate::database::{Database, Product};
use crate::transcript::{Output, Step, Transcript};

/// The database of one run of a chapter, and the recorder of its steps.
pub struct Stage {
    engine: Engine,
    recorders: RefCell<Vec<Recorder>>,
    transcript: RefCell<Transcript>,
    product: Product,
    database: Database,
}

impl Stage {
    /// Makes an empty database of a product; `None` when the product is not available.
    ///
    /// # Errors
    /// The error of the file system or of the server.
    pub fn on(product: Product) -> crate::Result<Option<Self>> {
        let Some(database) = Database::create(product)? else { return Ok(None) };
        let engine = Engine::new(database.url())?;
        let recorders = RefCell::new(vec![engine.record()]);
        let transcript = RefCell::default();
        Ok(Some(Self { engine, recorders, transcript, product, database }))
    }

    /// The engine of the chapter.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The URL of the chapter's database.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// The product that the chapter runs on.
    pub fn product(&self) -> Product {
        self.product
    }

    /// Records the statements of another engine in the steps that follow.
    pub fn listen(&self, recorder: Recorder) {
        self.recorders.borrow_mut().push(recorder);
    }

    /// Runs a step; its statements become a section of the transcript.
    ///
    /// # Errors
    /// The error of the step.
    pub fn step<T>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> orm::Result<T>,
    ) -> orm::Result<T> {
        self.start();
        let outcome = work();
        self.end(name);
        outcome
    }

    /// Runs a step that awaits; its statements become a section of the transcript.
    ///
    /// # Errors
    /// The error of the step.
    pub async fn step_async<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = orm::Result<T>>,
    ) -> orm::Result<T> {
        self.start();
        let outcome = work.await;
        self.end(name);
        outcome
    }

    /// Runs a step that must fail; its message becomes a section of the output, and is given back.
    ///
    /// # Errors
    /// A text that names the step when the step succeeds.
    pub fn refused<T: Debug>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> orm::Result<T>,
    ) -> crate::Result<Error> {
        match self.step(name, work) {
            Err(error) => {
                self.show(name, format!("error [{}]: {error}", error.code()));
                Ok(error)
            }
            Ok(value) => {
                Err(format!("the step `{name}` must fail, and gave {value:?}").into())
            }
        }
    }

    /// Adds a section to the output of the chapter.
    pub fn show(&self, name: &'static str, text: impl Display) {
        let mut transcript = self.transcript.borrow_mut();
        let steps_before = transcript.steps.len();
        transcript.outputs.push(Output { name, text: text.to_string(), steps_before });
    }

    /// The record of the run.
    pub fn finish(self) -> Transcript {
        self.transcript.into_inner()
    }

    fn start(&self) {
        for recorder in self.recorders.borrow().iter() {
            recorder.take();
        }
    }

    fn end(&self, name: &'static str) {
        let recorders = self.recorders.borrow();
        let statements =
            recorders.iter().flat_map(|recorder| recorder.take().to_vec()).collect();
        self.transcript.borrow_mut().steps.push(Step { name, statements });
    }
}
