//! All that the macros' expansions call, but for loops: see [`for_await`](super::for_await).
//!
//! An expansion stands in the middle of the user's code: a method of that name, a macro, a prelude of the user's own must
//! not come between. So everything is called by its path, and what it takes and returns is of this crate's types, or bound
//! by traits that nobody else can implement.
//!
//! A future is taken before the yielder, since what it is made of may use the yielder itself. The value of a yield is taken
//! after it, since the yielder's type says what is expected of it.

use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::engine::{BodyOutput, BodyYielder, EndsWith, MailboxRef};
use crate::scope::{Ending, Valued, YieldFrom};
pub use crate::scope::{WithValue, WithoutValue};
use crate::yield_::{Suspend, TryYield, Yield};
use crate::{AsyncGenerator, Exception, ReturningGenerator, SentValue, Yielder};

mod sealed {
    pub trait Sealed {}
}

/// A body's yielder: its own, or what it shows to macros.
pub trait Lend: sealed::Sealed {
    type Yield;
    type Sent;
    type Error;

    fn lend(&mut self) -> Yielder<'_, Self::Yield, Self::Sent, Self::Error>;
}

impl<Y, S, E> sealed::Sealed for BodyYielder<Y, S, E> {}

impl<Y, S, E> Lend for BodyYielder<Y, S, E> {
    type Yield = Y;
    type Sent = S;
    type Error = E;

    #[inline]
    fn lend(&mut self) -> Yielder<'_, Y, S, E> {
        self.yielder()
    }
}

impl<Y, S, E> sealed::Sealed for Yielder<'_, Y, S, E> {}

impl<Y, S, E> Lend for Yielder<'_, Y, S, E> {
    type Yield = Y;
    type Sent = S;
    type Error = E;

    #[inline]
    fn lend(&mut self) -> Yielder<'_, Y, S, E> {
        Yielder::new(self.mailbox.reborrow())
    }
}

/// The yielder of a body that shows it to macros.
#[inline]
pub fn lend<L: Lend>(yielder: &mut L) -> Yielder<'_, L::Yield, L::Sent, L::Error> {
    yielder.lend()
}

/// A body need not use its yielder, nor change what it raises.
#[inline]
pub fn used<T>(_: &mut T) {}

// --- yields ----------------------------------------------------------------------------------------------------------

/// A yield, the first part: hands the value over. Then the body is to [`SUSPEND`] until [`take_sent`] or [`resumed`] has
/// something.
///
/// Such a yield can't be dropped half-way but with the body, when its value is with the consumer. So it needs no future
/// that takes the value back, nor room in the body for that future.
#[inline]
pub fn hand_over<L: Lend>(yielder: &mut L, value: L::Yield) {
    yielder.lend().mailbox.hand_over(value);
}

/// The same in a scope: an exception that waited for the body to come to a yield is raised there at once.
#[inline]
pub fn try_hand_over<L: Lend>(yielder: &mut L, value: L::Yield) -> Option<Exception<L::Error>> {
    let mailbox = yielder.lend().mailbox;
    mailbox.hand_over(value);
    mailbox.take_exception()
}

/// Waits once. (No call: each would be code of every body, until it is optimized.)
pub const SUSPEND: Suspend = Suspend::NEW;

/// What was sent, outside of every scope. (An exception is taken by the driver there.)
#[inline]
pub fn take_sent<L: Lend<Sent: SentValue>>(yielder: &mut L) -> Option<L::Sent> {
    let mailbox = yielder.lend().mailbox;
    let sent = mailbox.receive();
    if sent.is_none() {
        mailbox.raise_at_yield();
    }
    sent
}

/// What a yield was resumed with, in a scope.
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub enum Resumed<S, E> {
    Sent(S),
    Raised(Exception<E>),
    /// The body was polled for no reason.
    Not,
}

#[inline]
pub fn resumed<L: Lend<Sent: SentValue>>(yielder: &mut L) -> Resumed<L::Sent, L::Error> {
    let mailbox = yielder.lend().mailbox;
    match mailbox.receive() {
        Some(sent) => Resumed::Sent(sent),
        None => resumed_otherwise(&mailbox),
    }
}

#[cold]
fn resumed_otherwise<Y, S, E>(mailbox: &MailboxRef<'_, Y, S, E>) -> Resumed<S, E> {
    mailbox.raise_at_yield();
    mailbox.take_exception().map_or(Resumed::Not, Resumed::Raised)
}

/// What a yield evaluates to.
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Evaluated<S>(pub S);

impl<S> Evaluated<S> {
    #[inline]
    pub fn __asyncgen_value(self) -> S {
        self.0
    }
}

/// A yield that may be dropped half-way.
#[inline]
pub fn yield_<L: Lend<Sent: SentValue>>(yielder: &mut L, value: L::Yield) -> Yield<'_, L::Yield, L::Sent, L::Error> {
    Yield::new(yielder.lend().mailbox, value)
}

/// The same, in a scope.
#[inline]
pub fn try_yield<L: Lend<Sent: SentValue>>(
    yielder: &mut L,
    value: L::Yield,
) -> TryYield<'_, L::Yield, L::Sent, L::Error> {
    TryYield::new(yielder.lend().mailbox, value)
}

// --- delegation ------------------------------------------------------------------------------------------------------

/// A delegation that goes level by level.
#[inline]
pub fn yield_from<L, G>(generator: G, yielder: &mut L) -> YieldFrom<'_, G>
where
    L: Lend<Sent: SentValue>,
    G: AsyncGenerator<Yield = L::Yield, Sent = L::Sent, Error = L::Error>,
{
    YieldFrom::new(yielder.lend().mailbox, generator)
}

/// A delegation in constant time.
///
/// # Safety
///
/// See `engine::yield_from_directly`.
#[inline]
#[allow(unsafe_code, reason = "the contract is the caller's")]
pub unsafe fn yield_from_directly<L, G>(generator: G, yielder: &mut L) -> YieldFrom<'_, G>
where
    L: Lend<Sent: SentValue>,
    G: AsyncGenerator<Yield = L::Yield, Sent = L::Sent, Error = L::Error>,
{
    // SAFETY: as for this function.
    unsafe { crate::engine::yield_from_directly(yielder.lend(), generator) }
}

/// Whether a yielder is the body's own. A macro that gets to see the yielder's name can give it another meaning, for the
/// macro's call as a statement may define variables. It doesn't get to see this.
pub trait Own: sealed::Sealed + Copy {
    fn is<Y, S, E>(self, yielder: &Yielder<'_, Y, S, E>) -> bool;
}

/// No macro gets to see the yielder.
#[derive(Clone, Copy, Debug)]
pub struct NeverShown;

impl sealed::Sealed for NeverShown {}

impl Own for NeverShown {
    #[inline]
    fn is<Y, S, E>(self, _: &Yielder<'_, Y, S, E>) -> bool {
        true
    }
}

/// The address of the mailbox that is the body's own.
#[derive(Clone, Copy, Debug)]
pub struct Shown(usize);

#[inline]
fn address<Y, S, E>(yielder: &Yielder<'_, Y, S, E>) -> usize {
    core::ptr::from_ref(&*yielder.mailbox).addr()
}

#[inline]
pub fn shown<L: Lend>(yielder: &mut L) -> Shown {
    Shown(address(&yielder.lend()))
}

impl sealed::Sealed for Shown {}

impl Own for Shown {
    #[inline]
    fn is<Y, S, E>(self, yielder: &Yielder<'_, Y, S, E>) -> bool {
        self.0 == address(yielder)
    }
}

/// A delegation in constant time, if the yielder is that of the body which it is in: the frame of a delegation by another
/// body's yielder could be leaked together with the body that it is in.
///
/// # Safety
///
/// But for the yielder, see `engine::yield_from_directly`. `own` was made at the beginning of
/// the body.
#[inline]
#[allow(unsafe_code, reason = "the contract is the caller's")]
pub unsafe fn yield_from_in_body<L, G>(generator: G, yielder: &mut L, own: impl Own) -> YieldFrom<'_, G>
where
    L: Lend<Sent: SentValue>,
    G: AsyncGenerator<Yield = L::Yield, Sent = L::Sent, Error = L::Error>,
{
    let yielder = yielder.lend();
    if own.is(&yielder) {
        // SAFETY: as for this function.
        unsafe { crate::engine::yield_from_directly(yielder, generator) }
    } else {
        YieldFrom::new(yielder.mailbox, generator)
    }
}

/// Says by its type whether a generator has a value at its end: `(&&Probe::of(&generator)).__asyncgen_ending()`.
pub trait IsReturning {
    fn __asyncgen_ending(&self) -> WithValue;
}

impl<T: ReturningGenerator> IsReturning for &super::Probe<T> {
    #[inline]
    fn __asyncgen_ending(&self) -> WithValue {
        WithValue
    }
}

/// Any other.
pub trait IsNotReturning {
    fn __asyncgen_ending(&self) -> WithoutValue;
}

impl<T> IsNotReturning for super::Probe<T> {
    #[inline]
    fn __asyncgen_ending(&self) -> WithoutValue {
        WithoutValue
    }
}

/// A delegation whose value is wanted.
#[inline]
pub fn valued<G: AsyncGenerator, K: Ending<G>>(ending: K, delegation: YieldFrom<'_, G>) -> Valued<'_, G, K> {
    Valued::new(delegation, ending)
}

pin_project! {
    /// A delegation in a scope: what comes out of it is raised where it is awaited.
    #[must_use = "nothing runs until this is awaited"]
    pub struct Delegating<'y, G, K>
    where
        G: AsyncGenerator,
    {
        #[pin]
        delegation: YieldFrom<'y, G>,
        ending: K,
    }
}

#[inline]
pub fn delegating<G: AsyncGenerator, K: Ending<G>>(ending: K, delegation: YieldFrom<'_, G>) -> Delegating<'_, G, K> {
    Delegating { delegation, ending }
}

impl<G: AsyncGenerator, K: Ending<G>> Future for Delegating<'_, G, K> {
    type Output = Result<K::Value, Exception<G::Error>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut delegation = self.project().delegation;
        match delegation.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Ok(K::value(delegation.generator()))),
            // The delegation takes what is thrown in itself. What is left is on its way out.
            Poll::Pending => match delegation.mailbox().take_exception() {
                Some(exception) => Poll::Ready(Err(exception)),
                None => Poll::Pending,
            },
        }
    }
}

// --- scopes ----------------------------------------------------------------------------------------------------------

/// The body comes to a place with so many scopes around it. `missed` says that there is clean-up to be missed if it is
/// dropped there, `masked` that clean-up is running.
#[inline]
pub fn stand<L: Lend>(depth: u32, missed: bool, masked: bool, yielder: &mut L) {
    yielder.lend().mailbox.stand(depth, missed, masked);
}

pin_project! {
    /// A future in a scope, which is dropped when an exception comes.
    #[must_use = "nothing runs until this is awaited"]
    pub struct Interruptible<'y, Y, S, E, Fut> {
        #[pin]
        future: Fut,
        mailbox: MailboxRef<'y, Y, S, E>,
    }
}

#[inline]
pub fn interruptible<L: Lend, Fut: IntoFuture>(
    future: Fut,
    yielder: &mut L,
) -> Interruptible<'_, L::Yield, L::Sent, L::Error, Fut::IntoFuture> {
    Interruptible { future: future.into_future(), mailbox: yielder.lend().mailbox }
}

impl<Y, S, E, Fut: Future> Future for Interruptible<'_, Y, S, E, Fut> {
    type Output = Result<Fut::Output, Exception<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(exception) = this.mailbox.take_exception() {
            return Poll::Ready(Err(exception));
        }
        poll_and_take(this.future, this.mailbox, cx)
    }
}

/// Polls a future in a scope. If that is pending, an exception is raised there.
#[inline]
fn poll_and_take<Y, S, E, Fut: Future>(
    future: Pin<&mut Fut>,
    mailbox: &MailboxRef<'_, Y, S, E>,
    cx: &mut Context<'_>,
) -> Poll<Result<Fut::Output, Exception<E>>> {
    match future.poll(cx) {
        Poll::Ready(value) => Poll::Ready(Ok(value)),
        Poll::Pending => match mailbox.take_exception() {
            Some(exception) => Poll::Ready(Err(exception)),
            None => Poll::Pending,
        },
    }
}

pin_project! {
    /// A block in a scope that may await something. What has waited is raised where it does, and not before it has begun.
    #[must_use = "nothing runs until this is awaited"]
    pub struct InterruptibleBlock<'y, Y, S, E, Fut> {
        #[pin]
        block: Fut,
        begun: bool,
        mailbox: MailboxRef<'y, Y, S, E>,
    }
}

#[inline]
pub fn interruptible_block<L: Lend, Fut: Future>(
    block: Fut,
    yielder: &mut L,
) -> InterruptibleBlock<'_, L::Yield, L::Sent, L::Error, Fut> {
    InterruptibleBlock { block, begun: false, mailbox: yielder.lend().mailbox }
}

impl<Y, S, E, Fut: Future> Future for InterruptibleBlock<'_, Y, S, E, Fut> {
    type Output = Result<Fut::Output, Exception<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if core::mem::replace(this.begun, true) {
            if let Some(exception) = this.mailbox.take_exception() {
                return Poll::Ready(Err(exception));
            }
        }
        poll_and_take(this.block, this.mailbox, cx)
    }
}

/// The exception that waited for clean-up to end, which is raised when it has.
#[inline]
pub fn due<L: Lend>(yielder: &mut L) -> Option<Exception<L::Error>> {
    yielder.lend().mailbox.take_exception()
}

/// The same, on the way of a `return`: if that is of an error, this goes on.
#[inline]
pub fn due_after<L: Lend, R>(returned: &Result<R, L::Error>, yielder: &mut L) -> Option<Exception<L::Error>> {
    if returned.is_err() { None } else { due(yielder) }
}

/// The exception that goes on after clean-up. A `GeneratorExit` gives way to what waited: the consumer knows of it.
#[inline]
pub fn settled<L: Lend>(exception: Exception<L::Error>, yielder: &mut L) -> Exception<L::Error> {
    match exception {
        Exception::GeneratorExit => due(yielder).unwrap_or(Exception::GeneratorExit),
        error @ Exception::Error(_) => error,
    }
}

/// No exception goes through a `finally` that wants to see it.
#[inline]
pub fn no_exception_in<'a, L: Lend>(_: &mut L) -> Option<&'a Exception<L::Error>> {
    None
}

/// A `return` goes through a `finally` that wants to see its error, as an exception.
#[inline]
pub fn as_exception<L: Lend, R>(returned: Result<R, L::Error>, _: &mut L) -> Result<R, Exception<L::Error>> {
    returned.map_err(Exception::Error)
}

/// That exception.
#[inline]
pub fn exception_in<R, E>(returned: &Result<R, Exception<E>>) -> Option<&Exception<E>> {
    returned.as_ref().err()
}

/// The `return` goes on, unless the body's error can't be: nobody but [`as_exception`] makes one.
#[inline]
pub fn as_error<R, E>(returned: Result<R, Exception<E>>) -> Result<R, E> {
    match returned {
        Ok(value) => Ok(value),
        Err(Exception::Error(error)) => Err(error),
        Err(Exception::GeneratorExit) => unreachable!("a `return` takes an error along, and no closing"),
    }
}

// --- raising ---------------------------------------------------------------------------------------------------------

/// What `?` looks at: the value that it evaluates to, or the error that it raises.
#[inline]
pub fn branch<T: Branch>(tried: T) -> Result<T::Output, T::Error> {
    tried.branch()
}

/// What `?` can be used on where a body's errors are raised: what it can be used on in an `async` block that ends with a
/// `Result`.
#[diagnostic::on_unimplemented(
    message = "`?` raises the error of a `Result`, and can't be used on `{Self}`",
    label = "not a `Result`",
    note = "of an `Option`, make a `Result` first: `option.ok_or(error)?`"
)]
pub trait Branch: sealed::Sealed {
    type Output;
    type Error;

    fn branch(self) -> Result<Self::Output, Self::Error>;
}

impl<T, E> sealed::Sealed for Result<T, E> {}

impl<T, E> Branch for Result<T, E> {
    type Output = T;
    type Error = E;

    #[inline]
    fn branch(self) -> Self {
        self
    }
}

impl<T, E> sealed::Sealed for Poll<Result<T, E>> {}

impl<T, E> Branch for Poll<Result<T, E>> {
    type Output = Poll<T>;
    type Error = E;

    #[inline]
    fn branch(self) -> Result<Poll<T>, E> {
        match self {
            Poll::Ready(result) => result.map(Poll::Ready),
            Poll::Pending => Ok(Poll::Pending),
        }
    }
}

impl<T, E> sealed::Sealed for Poll<Option<Result<T, E>>> {}

impl<T, E> Branch for Poll<Option<Result<T, E>>> {
    type Output = Poll<Option<T>>;
    type Error = E;

    #[inline]
    fn branch(self) -> Result<Poll<Option<T>>, E> {
        match self {
            Poll::Ready(item) => item.transpose().map(Poll::Ready),
            Poll::Pending => Ok(Poll::Pending),
        }
    }
}

/// What `?` raises, converted.
#[inline]
pub fn error<T: Converts<E>, E>(error: T) -> Exception<E> {
    Exception::Error(error.convert())
}

/// What `raise!` raises.
#[inline]
pub fn exception<E, K>(raised: impl Raised<E, K>) -> Exception<E> {
    raised.exception()
}

/// An exception leaves the body.
#[inline]
pub fn raise_out<L: Lend>(exception: Exception<L::Error>, yielder: &mut L) {
    let mailbox = yielder.lend().mailbox;
    mailbox.stand(0, false, false);
    mailbox.raise(exception);
}

/// The body ends with this, though what it returns is nothing.
#[inline]
pub fn end_with<L: Lend>(result: Result<(), L::Error>, yielder: &mut L) {
    if let Err(error) = result {
        yielder.lend().mailbox.raise(Exception::Error(error));
    }
}

/// What a body returns.
#[inline]
pub fn into_result<E>(output: impl BodyOutput<E, Kept = ()>) -> Result<(), E> {
    output.into_result()
}

/// The end of a body with a value.
#[inline]
pub fn ended<R, E, K>(output: impl EndsWith<R, E, K>) -> Result<Option<R>, E> {
    output.ended()
}

/// The end of a block that a macro's call is in, in a body with a value. (What the macro returns can't be that.)
#[derive(Debug)]
pub struct Completed;

/// What such a block ends with.
#[inline]
pub fn completed<R, E>(end: Result<Completed, E>) -> Result<Option<R>, E> {
    end.map(|Completed| None)
}

/// No exception, but the type of one.
#[inline]
pub fn none<L: Lend>(_: &mut L) -> Option<Exception<L::Error>> {
    None
}

/// Never called: it says the type of what a block evaluates to.
pub fn no_exception<L: Lend>(_: &mut L) -> Exception<L::Error> {
    unreachable!("it is there for its type alone")
}

/// An error that `?` can raise where the body's error is an `E`: everything that converts into it.
#[diagnostic::on_unimplemented(
    message = "`?` couldn't convert the error to `{E}`",
    label = "can't be raised here",
    note = "`?` raises an error of the generator's own type, converted by `From` or `Into`"
)]
pub trait Converts<E> {
    fn convert(self) -> E;
}

#[diagnostic::do_not_recommend]
impl<T: Into<E>, E> Converts<E> for T {
    #[inline]
    fn convert(self) -> E {
        self.into()
    }
}

/// What `raise!` can raise where the body's error is an `E`: what converts into that, and exceptions. `K` says which.
#[diagnostic::on_unimplemented(
    message = "a body whose error type is `{E}` can't raise `{Self}`",
    label = "can't be raised here",
    note = "`raise!` takes what converts into the generator's own error type, or an `Exception` of that type",
    note = "`StopAsyncIteration` can't be raised at all (PEP 479): to end the generator, return from its body"
)]
pub trait Raised<E, K> {
    fn exception(self) -> Exception<E>;
}

#[derive(Debug)]
pub enum IsError {}

#[derive(Debug)]
pub enum IsException {}

#[diagnostic::do_not_recommend]
impl<T: Into<E>, E> Raised<E, IsError> for T {
    #[inline]
    fn exception(self) -> Exception<E> {
        Exception::Error(self.into())
    }
}

impl<E> Raised<E, IsException> for Exception<E> {
    #[inline]
    fn exception(self) -> Self {
        self
    }
}

// --- for editors: see `asyncgen-macros`, `fallback` ------------------------------------------------------------------------

/// A body with a mistake in it, without its keywords.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_editors {
    ($($body:tt)*) => {
        {
            let _ = async move { $($body)* };
        }
    };
}

pub use __for_editors as for_editors;

/// An item of what `for await` goes over.
pub fn item_of<T: futures_core::Stream>(_: T) -> Option<T::Item> {
    None
}

/// A value of a type that is not known.
pub fn unknown<T>() -> T {
    unreachable!("no compiler sees it")
}
