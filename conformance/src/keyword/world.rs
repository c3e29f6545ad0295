//! What a rendered body calls. It is small, so that the body's own statements are all that the macros see.

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError};

use super::Loops;
use crate::program::{Id, Kind};
use crate::script::{Error, Log, Made, Pause, in_python};

/// What all bodies of a run have in common.
#[derive(Debug, Default)]
pub struct World {
    log: Log,
}

/// A program, compiled.
#[derive(Clone, Copy, Debug)]
pub struct Compiled {
    /// Its case's number in the corpus.
    pub number: usize,
    /// How its loops are written.
    pub loops: Loops,
    /// The generators that do not log their end.
    pub silent: &'static [usize],
    /// Makes the first generator.
    pub make: fn(&World) -> Made<'_, Error>,
}

/// An error of another type, which `?` and `raise!` convert.
#[derive(Clone, Copy, Debug)]
pub struct Fault(pub Kind, pub Id);

impl From<Fault> for Error {
    fn from(Fault(kind, id): Fault) -> Self {
        Error { kind: Some(kind), message: format!("m{id}") }
    }
}

impl World {
    /// What the bodies have done since this was last asked.
    pub fn words(&self) -> String {
        self.log.words()
    }

    /// One more word.
    pub fn log(&self, word: &str) {
        self.log.add(word.into());
    }

    /// Something that is pending once.
    pub fn tick(&self, id: Id, tick: u8) -> Pause {
        self.log.add(format!("await{id}/{tick}"));
        Pause::default()
    }

    /// What a `yield` evaluated to.
    pub fn got(&self, id: Id, sent: Option<i64>) -> Option<i64> {
        self.log.add(format!("sent{id}={}", in_python(sent)));
        sent
    }

    /// What a delegation to a new generator evaluated to.
    ///
    /// # Panics
    ///
    /// If there is no value.
    pub fn evaluated(&self, id: Id, value: Option<impl Into<Option<i64>>>) -> Option<i64> {
        let value = value.expect("it is a new generator").into();
        self.log.add(format!("from{id}={}", in_python(value)));
        value
    }

    /// An item of a loop.
    pub fn item(&self, id: Id, item: i64) -> Option<i64> {
        self.log.add(format!("for{id}={item}"));
        Some(item)
    }

    /// A handler has caught this error.
    pub fn caught(&self, id: Id, error: &Error) {
        self.log.add(format!("catch{id}={}:{}", Kind::in_python(error.kind), error.message));
    }

    /// Closes a generator, for whoever has lent it to a loop. Where it yields, an error says so.
    ///
    /// # Errors
    ///
    /// That, or the generator's own.
    pub async fn close<G>(&self, generator: &mut G) -> Result<(), Error>
    where
        G: AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = Error> + Unpin,
    {
        match generator.aclose().await {
            Ok(()) => Ok(()),
            Err(CloseError::Raised(error)) => Err(error),
            Err(CloseError::IgnoredGeneratorExit(_)) => {
                Err(Error { kind: None, message: "async generator ignored GeneratorExit".into() })
            }
        }
    }
}
