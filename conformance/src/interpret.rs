//! asyncgen's side: interprets a program in bodies on the real engine, through the public API.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::pin::Pin;

use asyncgen::__private::{due, yield_from_directly};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, StepError, YieldFrom, Yielder, generator};

use crate::keyword::Loops;
use crate::program::{Block, Case, Cond, Expr, Filter, Id, Kind, Program, Stmt, VARS, Var, has_value};
use crate::script::{Error, Log, Made, Pause, in_python, play};
use crate::trace::{Step, Trace};

/// What the bodies of a run do in their own way: in Rust, or inside of Python's objects.
pub trait Host: 'static {
    /// The bodies' errors.
    type Error: 'static;

    /// An error of this kind; `None` is Python's `RuntimeError`, which no program raises by itself.
    fn error(kind: Option<Kind>, message: String) -> Self::Error;
    /// Its kind. It is `Exit` if it is Python's `GeneratorExit` after all.
    fn kind(error: &Self::Error) -> Option<Kind>;
    /// Its message.
    fn message(error: &Self::Error) -> String;
    /// The same error again.
    fn copy(error: &Self::Error) -> Self::Error;
    /// Is pending once. The word names it in the log.
    fn pause(&self, word: &str) -> impl Future<Output = Result<(), Self::Error>>;
}

/// Bodies that know nothing of Python.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Host for Native {
    type Error = Error;

    fn error(kind: Option<Kind>, message: String) -> Error {
        Error { kind, message }
    }

    fn kind(error: &Error) -> Option<Kind> {
        error.kind
    }

    fn message(error: &Error) -> String {
        error.message.clone()
    }

    fn copy(error: &Error) -> Error {
        error.clone()
    }

    async fn pause(&self, _: &str) -> Result<(), Error> {
        Pause::default().await;
        Ok(())
    }
}

fn exception<H: Host>(kind: Kind, message: impl FnOnce() -> String) -> Exception<H::Error> {
    match kind {
        Kind::Exit => Exception::GeneratorExit,
        kind => Exception::Error(H::error(Some(kind), message())),
    }
}

fn kind<H: Host>(exception: &Exception<H::Error>) -> Option<Kind> {
    match exception {
        Exception::GeneratorExit => Some(Kind::Exit),
        Exception::Error(error) => H::kind(error),
    }
}

/// Its kind and its message, as Python has them.
fn words<H: Host>(exception: &Exception<H::Error>) -> (&'static str, String) {
    let name = Kind::in_python(kind::<H>(exception));
    match exception {
        Exception::GeneratorExit => (name, String::new()),
        Exception::Error(error) => (name, H::message(error)),
    }
}

// --- the body ----------------------------------------------------------------------------------------------------

type Body<'y, H> = Yielder<'y, i64, Option<i64>, <H as Host>::Error>;

/// How `yield from` is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delegation {
    /// Every step goes through all generators between: `Yielder::yield_from`.
    ByLevels,
    /// The outermost generator steps the innermost: what the keyword's `yield from` expands to.
    Direct,
}

impl Delegation {
    /// Both ways.
    pub const BOTH: [Self; 2] = [Self::ByLevels, Self::Direct];
}

/// Whose loops these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Written with `anext` and `aclose`.
    Closures,
    /// The keyword's. What has waited is raised before the generator's step is begun (D14).
    Keywords(Loops),
}

/// What all bodies of a run have in common.
#[derive(Debug)]
pub struct World<'p, H> {
    program: &'p Program,
    delegation: Delegation,
    form: Form,
    host: H,
    log: Log,
    reached: RefCell<Reached>,
}

/// The names of the statements that a body has come to.
pub type Reached = BTreeSet<&'static str>;

impl<'p, H: Host> World<'p, H> {
    /// A world in which nothing has happened.
    pub fn new(program: &'p Program, delegation: Delegation, host: H) -> Self {
        Self { program, delegation, form: Form::Closures, host, log: Log::default(), reached: RefCell::default() }
    }

    /// The program's first generator.
    pub fn generator(&self) -> Made<'_, H::Error> {
        self.make(0)
    }

    /// What the bodies have done since this was last asked.
    pub fn words(&self) -> String {
        self.log.words()
    }

    fn log(&self, word: String) {
        self.log.add(word);
    }

    fn make(&self, index: usize) -> Made<'_, H::Error> {
        if has_value(&self.program[index]) {
            Made::Sometimes(Box::pin(generator!(|y| -> Option<i64> { self.body(&mut y, index).await })))
        } else {
            Made::Plain(Box::pin(generator!(|y| self.body(&mut y, index).await.map(drop))))
        }
    }

    async fn body(&self, y: &mut Body<'_, H>, index: usize) -> Result<Option<i64>, H::Error> {
        self.log(format!("begin{index}"));
        let vars = [const { Cell::new(None) }; VARS as usize];
        let frame = Frame { world: self, vars: &vars, caught: None };
        let flow = frame.block(y, &self.program[index]).await?;
        self.log(format!("end{index}"));
        Ok(if let Flow::Return(value) = flow { value } else { None })
    }
}

/// How a statement was left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
    Return(Option<i64>),
}

/// The future of a statement or a block: boxed, as they are nested.
type Run<'a, H> = Pin<Box<dyn Future<Output = Result<Flow, <H as Host>::Error>> + 'a>>;

/// A body's variables, and what the handlers around the current point have caught.
struct Frame<'a, H: Host> {
    world: &'a World<'a, H>,
    vars: &'a [Cell<Option<i64>>; VARS as usize],
    caught: Option<&'a Caught<'a, H>>,
}

impl<H: Host> Clone for Frame<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: Host> Copy for Frame<'_, H> {}

struct Caught<'a, H: Host> {
    id: Id,
    exception: Exception<H::Error>,
    outer: Option<&'a Caught<'a, H>>,
}

impl<'a, H: Host> Frame<'a, H> {
    fn block(self, y: &'a mut Body<'_, H>, block: &'a [Stmt]) -> Run<'a, H> {
        Box::pin(async move {
            for stmt in block {
                let flow = self.stmt(y, stmt).await?;
                if flow != Flow::Next {
                    return Ok(flow);
                }
            }
            Ok(Flow::Next)
        })
    }

    async fn stmt(self, y: &mut Body<'_, H>, stmt: &Stmt) -> Result<Flow, H::Error> {
        self.world.reached.borrow_mut().insert(stmt.name());
        match stmt {
            Stmt::Mark(id) => self.world.log(format!("mark{id}")),
            Stmt::Yield(id, value, var) => {
                self.world.log(format!("yield{id}"));
                let sent = y.yield_(self.value(*value)).await;
                self.world.log(format!("sent{id}={}", in_python(sent)));
                if let Some(var) = var {
                    self.set(*var, sent);
                }
            }
            Stmt::Await(id, polls) => {
                for tick in 0..*polls {
                    let word = format!("await{id}/{tick}");
                    self.world.log(word.clone());
                    self.world.host.pause(&word).await?;
                }
                self.world.log(format!("await{id}."));
            }
            Stmt::Let(var, value) => self.set(*var, Some(self.value(*value))),
            Stmt::If(Cond(var, value), then, otherwise) => {
                let branch = if self.get(*var) == *value { then } else { otherwise };
                return self.block(y, branch).await;
            }
            Stmt::Repeat(times, block) => {
                for _ in 0..*times {
                    match self.block(y, block).await? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow @ Flow::Return(_) => return Ok(flow),
                    }
                }
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            Stmt::Return => return Ok(Flow::Return(None)),
            Stmt::ReturnValue(value) => return Ok(Flow::Return(Some(self.value(*value)))),
            Stmt::Try(id, block, handlers) => return self.try_(y, *id, block, handlers).await,
            Stmt::Finally(id, block, clean_up) => return Ok(self.finally(y, *id, block, clean_up).await),
            Stmt::Raise(id, kind) => return self.raise(y, exception::<H>(*kind, || format!("m{id}"))).await,
            Stmt::Reraise(id) => return self.raise(y, self.caught(*id)).await,
            Stmt::From(id, index, var) => {
                self.world.log(format!("from{id}"));
                let value = match (self.world.make(*index), var) {
                    (Made::Plain(generator), _) => {
                        self.delegation(y, generator).await;
                        None
                    }
                    (Made::Sometimes(generator), None) => {
                        self.delegation(y, generator).await;
                        None
                    }
                    (Made::Sometimes(generator), Some(_)) => {
                        self.delegation(y, generator).value().await.expect("it is a new generator")
                    }
                    (Made::Always(_), _) => unreachable!("the keyword form alone has such"),
                };
                match var {
                    Some(var) => {
                        self.world.log(format!("from{id}={}", in_python(value)));
                        self.set(*var, value);
                    }
                    None => self.world.log(format!("from{id}.")),
                }
            }
            Stmt::For(id, var, index, block) => {
                return Ok(match self.world.make(*index) {
                    Made::Plain(generator) => self.for_(y, *id, *var, generator, block).await,
                    Made::Sometimes(generator) => self.for_(y, *id, *var, generator, block).await,
                    Made::Always(_) => unreachable!("the keyword form alone has such"),
                });
            }
        }
        Ok(Flow::Next)
    }

    /// The caller awaits it at once, and for nothing else at the same time.
    fn delegation<'y, G>(self, y: &'y mut Body<'_, H>, generator: G) -> YieldFrom<'y, G>
    where
        G: AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = H::Error>,
    {
        match self.world.delegation {
            Delegation::ByLevels => y.yield_from(generator),
            // SAFETY: it is awaited where it is made; all that is around it are blocks, statements and scopes, each of
            // which is awaited where it is made, and waits for nothing else.
            #[allow(unsafe_code)]
            Delegation::Direct => unsafe { yield_from_directly(generator, y) },
        }
    }

    async fn try_(
        self,
        y: &mut Body<'_, H>,
        id: Id,
        block: &Block,
        handlers: &[(Filter, Block)],
    ) -> Result<Flow, H::Error> {
        let result = y
            .catch(async |mut y| {
                self.world.log(format!("try{id}"));
                let flow = self.block(&mut y, block).await?;
                if flow == Flow::Next {
                    self.world.log(format!("left{id}"));
                }
                Ok(flow)
            })
            .await;
        let exception = match result {
            Ok(flow) => return Ok(flow),
            Err(exception) => exception,
        };
        let kind = kind::<H>(&exception);
        let Some((_, handler)) = handlers.iter().find(|(filter, _)| filter.catches(kind)) else {
            return self.raise(y, exception).await;
        };
        let (name, message) = words::<H>(&exception);
        self.world.log(format!("catch{id}={name}:{message}"));
        let caught = Caught { id, exception, outer: self.caught };
        Frame { caught: Some(&caught), ..self }.block(y, handler).await
    }

    async fn finally(self, y: &mut Body<'_, H>, id: Id, block: &Block, clean_up: &Block) -> Flow {
        y.finally(
            async |mut y| {
                self.world.log(format!("try{id}"));
                self.block(&mut y, block).await
            },
            async |mut y| {
                self.world.log(format!("finally{id}"));
                self.block(&mut y, clean_up).await?;
                self.world.log(format!("finally{id}."));
                Ok(())
            },
        )
        .await
    }

    /// Errors are raised as most bodies raise them, by returning them.
    async fn raise(self, y: &mut Body<'_, H>, exception: Exception<H::Error>) -> Result<Flow, H::Error> {
        match exception {
            Exception::Error(error) => Err(error),
            exit @ Exception::GeneratorExit => y.raise(exit).await,
        }
    }

    #[expect(clippy::await_holding_refcell_ref, reason = "the loop is dropped before its clean-up runs")]
    async fn for_<G>(self, y: &mut Body<'_, H>, id: Id, var: Var, generator: G, block: &Block) -> Flow
    where
        G: AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = H::Error> + Unpin,
    {
        let items = RefCell::new(generator);
        let flow = y
            .finally(
                async |mut y| {
                    self.world.log(format!("for{id}"));
                    loop {
                        let due = if self.world.form == Form::Closures { None } else { due(&mut y) };
                        if let Some(exception) = due {
                            return self.raise(&mut y, exception).await;
                        }
                        let item = match items.borrow_mut().anext().await {
                            Ok(item) => item,
                            Err(StepError::Raised(exception)) => return self.raise(&mut y, exception).await,
                            Err(StepError::StopAsyncIteration) => return Ok(Flow::Next),
                        };
                        self.world.log(format!("for{id}={item}"));
                        self.set(var, Some(item));
                        match self.block(&mut y, block).await? {
                            Flow::Next | Flow::Continue => {}
                            Flow::Break => return Ok(Flow::Next),
                            flow @ Flow::Return(_) => return Ok(flow),
                        }
                    }
                },
                async |_| match items.borrow_mut().aclose().await {
                    Ok(()) => Ok(()),
                    Err(CloseError::Raised(error)) => Err(error),
                    Err(CloseError::IgnoredGeneratorExit(_)) if self.world.form == Form::Keywords(Loops::ByValue) => {
                        Ok(())
                    }
                    Err(CloseError::IgnoredGeneratorExit(_)) => {
                        Err(H::error(None, "async generator ignored GeneratorExit".into()))
                    }
                },
            )
            .await;
        if flow == Flow::Next {
            self.world.log(format!("for{id}."));
        }
        flow
    }

    fn get(self, var: Var) -> Option<i64> {
        self.vars[usize::from(var)].get()
    }

    fn set(self, var: Var, value: Option<i64>) {
        self.vars[usize::from(var)].set(value);
    }

    fn value(self, Expr(number, var): Expr) -> i64 {
        number + var.and_then(|var| self.get(var)).unwrap_or(0)
    }

    fn caught(self, id: Id) -> Exception<H::Error> {
        let caught = std::iter::successors(self.caught, |caught| caught.outer).find(|caught| caught.id == id);
        match &caught.expect("the case is well-formed").exception {
            Exception::GeneratorExit => Exception::GeneratorExit,
            Exception::Error(error) => Exception::Error(H::copy(error)),
        }
    }
}

/// Runs a case on the engine. Where the engine panics, that is the outcome.
pub fn run(case: &Case, delegation: Delegation) -> Trace {
    run_and_watch(case, delegation).into_iter().map(|(step, _)| step).collect()
}

/// Runs a case on the engine as the keyword form does it (D13, D14).
pub fn run_as_keywords(case: &Case, loops: Loops) -> Trace {
    let mut world = World::new(&case.program, Delegation::Direct, Native);
    world.form = Form::Keywords(loops);
    play(&case.script, world.generator(), || world.log.words())
}

/// Runs a case on the engine, and notes in each step which statements its bodies have come to.
pub fn run_and_watch(case: &Case, delegation: Delegation) -> Vec<(Step, Reached)> {
    let world = World::new(&case.program, delegation, Native);
    let mut reached = Vec::new();
    let trace = play(&case.script, world.generator(), || {
        reached.push(world.reached.take());
        world.log.words()
    });
    trace.into_iter().zip(reached).collect()
}
