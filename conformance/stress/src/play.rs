//! Runs a case in all forms, and says what is wrong.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

use asyncgen::hooks::{self, Finalizer, Hooks};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, State};

use crate::program::{Call, Case, Operation, Statement, TO_THE_END};
use crate::world::{Boxed, Forms, Token, World};

/// Runs a piece of a run, on this thread or on another one.
pub(crate) type Jump<'j> = &'j dyn Fn(&mut (dyn FnMut() + Send));

/// How much was run.
#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) programs: u64,
    pub(crate) polls: u64,
    pub(crate) finallys: u64,
    pub(crate) handed_over: u64,
    /// Generators in the keyword form.
    pub(crate) keywords: u64,
}

thread_local! {
    /// The run that is going on.
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// Abandoned generators are closed by the run that is going on. For each thread that runs something.
pub(crate) fn set_hooks() {
    let finalizer = Finalizer::new(|unfinished| {
        let world = WORLD.with_borrow(Clone::clone);
        world.expect("generators are dropped in a run").abandon(unfinished);
    });
    hooks::set(Hooks { finalizer: Some(finalizer), ..Hooks::default() });
}

/// What is wrong with the case, if anything. `counts_values`: no other case is run meanwhile.
pub(crate) fn fault(case: &Case, jump: Jump<'_>, totals: &mut Totals, counts_values: bool) -> Option<String> {
    let (before, leaked_before) = (Token::alive(), Token::leaked());
    let by_levels = World::new(Forms::ByLevels);
    let expected = trace(case, &by_levels, jump);
    let contains = |is: fn(&Statement) -> bool| case.program.contains(&is);
    for forms in [u32::MAX, case.forms, 1] {
        let world = World::new(Forms::Mixed(forms));
        let got = trace(case, &world, jump);
        totals.polls += world.counts().polls.load(SeqCst);
        totals.keywords += world.counts().keywords.load(SeqCst);
        totals.handed_over += got.iter().filter(|line| *line == "handed over").count() as u64;
        // What a generator answers at random depends on how often it is asked, and that is not the same in all forms.
        if got != expected && !contains(Statement::is_weird) {
            return Some(difference(forms, &expected, &got));
        }
    }
    if expected.iter().any(|line| line == NOT_WOKEN) && !contains(Statement::is_wild) {
        return Some(format!("not woken: {expected:#?}"));
    }
    let counts = by_levels.counts();
    let [entered, begun, ended] = [&counts.entered, &counts.begun, &counts.ended].map(|count| count.load(SeqCst));
    totals.finallys += entered;
    if all_clean_up_runs(case, &expected) && !(entered <= begun && begun == ended) {
        return Some(format!("missed: entered {entered}, begun {begun}, ended {ended}: {expected:#?}"));
    }
    drop(by_levels);
    let (alive, leaked) = (Token::alive() - before, Token::leaked() - leaked_before);
    (counts_values && !(0..=leaked).contains(&alive))
        .then(|| format!("values: {alive} were not dropped: {expected:#?}"))
}

fn difference(forms: u32, expected: &[String], got: &[String]) -> String {
    let same = expected.iter().zip(got).take_while(|(expected, got)| expected == got).count();
    let mut text = format!("traces differ from line {same} on, forms {forms:#x}\n");
    for (name, trace) in [("level by level", expected), ("mixed", got)] {
        let _ = writeln!(text, "  {name}: {:#?}", &trace[same.saturating_sub(5).min(trace.len())..]);
    }
    text
}

/// Is nothing in the case that misses clean-up by right?
fn all_clean_up_runs(case: &Case, trace: &[String]) -> bool {
    let may_ignore = |statement: &Statement| matches!(statement, Statement::For(..) | Statement::Catch(..));
    let ignores = trace.iter().any(|line| line.contains("IgnoredGeneratorExit")) || case.program.contains(&may_ignore);
    let allow = case.allow;
    !allow.panics && !allow.yields_in_clean_up && !allow.wild && !ignores && (!case.is_dropped || case.is_owned)
}

fn trace(case: &Case, world: &World, jump: Jump<'_>) -> Vec<String> {
    let mut generator: Option<Boxed> =
        Some(if case.is_owned { Box::pin(world.own(&case.program)) } else { world.make(&case.program) });
    let in_world = |run: &mut (dyn FnMut() + Send)| {
        jump(&mut || {
            WORLD.set(Some(world.clone()));
            run();
            close_abandoned(world);
            WORLD.set(None);
        });
    };
    for call in &case.calls {
        in_world(&mut || operate(generator.as_mut().expect("it is dropped later"), *call, world));
    }
    for _ in 0..TO_THE_END {
        if case.is_dropped || generator.as_ref().is_some_and(|generator| generator.state() == State::Closed) {
            break;
        }
        let close = Call { operation: Operation::Close, polls: TO_THE_END };
        in_world(&mut || operate(generator.as_mut().expect("it is dropped later"), close, world));
    }
    in_world(&mut || {
        if catch_unwind(AssertUnwindSafe(|| drop(generator.take()))).is_err() {
            world.log("drop panicked");
        }
    });
    world.take_trace()
}

fn operate(generator: &mut Boxed, call: Call, world: &World) {
    let polls = call.polls;
    let result = catch_unwind(AssertUnwindSafe(|| match call.operation {
        Operation::Value => run(poll_fn(|cx| generator.as_mut().poll_value(cx)), polls, world),
        Operation::PollAnext => run(poll_fn(|cx| generator.as_mut().poll_anext(cx)), polls, world),
        Operation::Anext => run(generator.anext(), polls, world),
        Operation::Send(number) => run(generator.asend(Some(Token::new(number))), polls, world),
        Operation::SendNothing => run(generator.asend(None), polls, world),
        Operation::Throw(number) => run(generator.athrow(Token::new(number)), polls, world),
        Operation::ThrowExit => run(generator.athrow(Exception::GeneratorExit), polls, world),
        Operation::Close => run(generator.aclose(), polls, world),
        Operation::Stray => {
            format!("{:?}", generator.as_mut().poll_step(&mut Context::from_waker(Waker::noop())))
        }
    }));
    let result = result.unwrap_or_else(|_| "a panic".to_owned());
    world.log(format!("{:?} -> {result} {:?}", call.operation, generator.state()));
}

const NOT_WOKEN: &str = "NOT WOKEN";

struct Woken(AtomicU64);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Polls a future at most so often, with another waker each time.
fn run(future: impl Future<Output: Debug>, polls: u32, world: &World) -> String {
    let mut future = pin!(future);
    for _ in 0..polls {
        let woken = Arc::new(Woken(AtomicU64::new(0)));
        world.counts().polls.fetch_add(1, SeqCst);
        match future.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&woken)))) {
            Poll::Ready(output) => return format!("{output:?}"),
            Poll::Pending if woken.0.load(SeqCst) == 0 => {
                world.log(NOT_WOKEN);
                break;
            }
            Poll::Pending => {}
        }
    }
    "dropped".to_owned()
}

fn close_abandoned(world: &World) {
    while let Some(unfinished) = world.take_abandoned() {
        let mut closing = Box::pin(unfinished.close());
        let result = catch_unwind(AssertUnwindSafe(|| {
            run(poll_fn(|cx| closing.as_mut().poll(cx).map_err(|error| error.kind().clone())), TO_THE_END, world)
        }));
        world.log(format!("finalized {}", result.unwrap_or_else(|_| "a panic".to_owned())));
        let _ = catch_unwind(AssertUnwindSafe(|| drop(closing)));
    }
}
