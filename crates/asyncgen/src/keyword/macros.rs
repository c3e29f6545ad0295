//! The macros themselves. Each gives the proc macro the path of this crate, whatever name it goes by.

/// A generator, written with keywords.
///
/// The body is that of an `async move` block, with these keywords in addition:
///
/// | | |
/// |---|---|
/// | `yield value` | hands a value to the consumer; evaluates to what is sent |
/// | `yield from generator` | yields what another generator, or a stream, yields |
/// | `try { .. } catch PATTERN { .. } finally { .. }` | a block whose errors are caught, and which is cleaned up after |
/// | `finally NAME { .. }` | clean-up that knows the exception which goes through it |
/// | `raise!(error)` | raises an error |
/// | `for await item in items { .. }` | a loop over a stream or a generator |
///
/// It evaluates to an [`AsyncGenerator`](crate::AsyncGenerator), which runs on any executor, and needs no allocation.
///
/// (rustfmt leaves a body in braces as it is. It formats `async_gen!({ .. })`, which is the same, unless there is a `catch`, a
/// `finally` or a `yield from` in it.)
///
/// # `yield`
///
/// ```
/// use std::pin::pin;
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, StepError, async_gen};
///
/// fn countdown(from: u32) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> {
///     async_gen! {
///         let mut n = from;
///         while n > 0 {
///             n = match yield n {
///                 Some(sent) => sent,
///                 None => n - 1,
///             };
///         }
///     }
/// }
///
/// # async_io::block_on(async {
/// let mut g = pin!(countdown(3));
/// assert_eq!(g.anext().await, Ok(3));
/// assert_eq!(g.asend(Some(10)).await, Ok(10));
/// assert_eq!(g.anext().await, Ok(9));
/// assert_eq!(g.asend(Some(0)).await, Err(StepError::StopAsyncIteration));
/// # });
/// ```
///
/// As `return`, `yield` takes in all that follows: to go on with what was sent, write `(yield value).method()`. It
/// may be anywhere in the body but in closures, `async` blocks and functions, which are not part of it, and in the
/// arguments of most macros: see [below](#other-macros-in-a-body). It is no future, which `y.yield_(value)` of the closure form
/// is.
///
/// # Errors, and the end
///
/// `?` raises an error, and converts it as everywhere. Unless a `try` block catches it, it ends the body. `return Err(error)`
/// ends the body with that error as it is. To end it without one, write `return`, or let it come to its end. (In a macro of
/// your own it is `return Ok(())`.)
///
/// ```
/// # use std::pin::pin;
/// # use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use std::num::ParseIntError;
///
/// fn numbers(text: &str) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = ParseIntError> {
///     async_gen! {
///         for word in text.split(' ') {
///             if word == "end" {
///                 return;
///             }
///             yield word.parse()?;
///         }
///     }
/// }
///
/// # async_io::block_on(async {
/// let mut g = pin!(numbers("1 two end"));
/// assert_eq!(g.anext().await, Ok(1));
/// assert_eq!(g.anext().await.unwrap_err().to_string(), "invalid digit found in string");
/// # });
/// ```
///
/// # Types
///
/// The types follow from what the function returns. Where nothing tells them, for a generator that is a local variable, or
/// to call a method of what was sent or caught, they are named, each if need be, at the top level of the body:
///
/// ```
/// # use std::pin::pin;
/// # use asyncgen::{AsyncGeneratorExt, async_gen};
/// # async_io::block_on(async {
/// let mut lengths = pin!(async_gen! {
///     type Yield = usize;
///     type Sent = Option<String>;
///     type Error = std::io::Error;
///
///     let mut length = 0;
///     while let Some(text) = yield length {
///         length = text.len();
///     }
/// });
/// assert_eq!(lengths.anext().await.unwrap(), 0);
/// assert_eq!(lengths.asend(Some("four".into())).await.unwrap(), 4);
/// # });
/// ```
///
/// These names may be used in the body as well. (They are aliases then, which, as all items, can't name what is generic
/// outside of the body.) An alias of any other name is an item of the body.
///
/// # A value at the end
///
/// A body with a `type Return` ends with a value of that type (contract clause C26): its last expression, or what it
/// `return`s; the value itself, or a `Result` of it. The consumer finds it at the end, by
/// [`return_value`](crate::AsyncGeneratorExt::return_value). The function says so in what it returns:
/// [`ReturningGenerator`](crate::ReturningGenerator). `yield from` evaluates to it, in an `Option`: it is `None` if a borrowed
/// generator had ended before, and its value was taken. (A statement, `yield from generator;`, drops it.)
///
/// ```
/// # use std::pin::pin;
/// use asyncgen::{AsyncGeneratorExt, ReturningGenerator, async_gen};
///
/// fn tokens(text: &str) -> impl ReturningGenerator<Yield = &str, Sent = (), Error = String, Return = usize> {
///     async_gen! {
///         type Return = usize;
///         let mut length = 0;
///         for token in text.split(' ') {
///             if token.is_empty() { raise!("an empty token") }
///             length += token.len();
///             yield token;
///         }
///         length
///     }
/// }
///
/// fn answer(texts: [&str; 2]) -> impl ReturningGenerator<Yield = &str, Sent = (), Error = String, Return = usize> {
///     async_gen! {
///         type Return = usize;
///         let mut usage = 0;
///         for text in texts {
///             usage += (yield from tokens(text)).unwrap_or(0);
///         }
///         usage
///     }
/// }
///
/// # async_io::block_on(async {
/// let mut g = pin!(answer(["to be", "or not"]));
/// let mut text = String::new();
/// while let Ok(token) = g.anext().await { text += token; }
/// assert_eq!((&*text, g.return_value()), ("tobeornot", Some(9)));
/// # });
/// ```
///
/// # `try`, `catch`, `finally`
///
/// A `try` block gets to see what is raised in it: errors by `?` and [`raise!`](crate::raise), and what the consumer
/// throws in while the body stands in it, at a `yield` or at any other await. The `yield` itself evaluates to what is sent, and
/// never to an error.
///
/// ```
/// # use std::{cell::RefCell, pin::pin};
/// # use asyncgen::{AsyncGeneratorExt, Exception, async_gen};
/// # async_io::block_on(async {
/// # async fn log_out(log: &RefCell<Vec<&str>>) { log.borrow_mut().push("logged out"); }
/// let log = &RefCell::new(Vec::new());
/// let mut g = pin!(async_gen! {
///     type Sent = ();
///     type Error = &'static str;
///
///     let mut pages = Vec::new();
///     try {
///         loop {
///             pages.push(pages.len());
///             yield pages.len();
///         }
///     } catch "again" {
///         yield 100;
///     } catch error if error.len() > 10 {
///         raise!("too long")
///     } finally {
///         pages.clear();
///         log_out(log).await; // clean-up may await
///     }
///     assert!(pages.is_empty());
/// });
/// assert_eq!(g.anext().await, Ok(1));
/// assert_eq!(g.anext().await, Ok(2));
/// assert_eq!(g.athrow("again").await, Ok(Some(100)));
/// assert_eq!(g.aclose().await, Ok(()));
/// assert_eq!(*log.borrow(), ["logged out"]);
/// # });
/// ```
///
/// - A pattern is of the generator's own error type. The first `catch` that matches runs; an error that none matches goes
///   on. There may be any number of them, also none.
/// - Closing goes through them, as `GeneratorExit` does through Python's `except Exception`. Only `catch GeneratorExit { .. }`
///   sees it. If its block comes to its end, the body goes on after the `try`; `raise!(GeneratorExit)` lets it out again.
/// - What stands in `finally` runs on every way out of the block and its `catch`es: the end, `?`, `return`, `break`,
///   `continue`, an exception, and [`aclose`](crate::AsyncGeneratorExt::aclose). It is not interrupted at its awaits
///   (contract clause C25). An error in it goes instead of the one on its way, as in Python. It does not run if the
///   generator is dropped: destructors can't await. (It is compiled once for each place that control goes to after it.)
/// - `finally exception { .. }` gives a name to what goes through it, an `Option<&Exception<Error>>`: none on the normal ways out
///   (the end, `break`, `continue`, a `return` without an error), otherwise the error, or `GeneratorExit`. So a transaction is
///   committed, or rolled back. (If the error is not `Sync`, look at it by `match exception { None => .., Some(_) => .. }`, and not
///   by a method: a variable that is borrowed is taken to live on over an await, and the generator is not `Send` then.)
/// - A `try` is an expression: its value is that of the block, or of the `catch` that has run.
/// - `try { .. }` alone is of type `Result<T, Error>`. Closing goes through it, too.
/// - `return Err(error)` in a `try` block is a `return`: it leaves the body through each `finally`, and no `catch` sees it.
///
/// ```
/// # use std::pin::pin;
/// # use asyncgen::{AsyncGeneratorExt, Exception, async_gen};
/// # async_io::block_on(async {
/// let mut g = pin!(async_gen! {
///     type Yield = String;
///     type Sent = ();
///     type Error = std::num::ParseIntError;
///
///     let sum = try { "1".parse::<u32>()? + "x".parse::<u32>()? };
///     if let Err(error) = sum {
///         yield error.to_string();
///     }
/// });
/// assert_eq!(g.anext().await, Ok("invalid digit found in string".into()));
/// # });
/// ```
///
/// All of these are blocks of the same body: variables are moved, borrowed and given their first value in them as in any
/// other block, and the generator is `Send` if it would be without them.
///
/// # `for await`
///
/// Goes over a [`Stream`](futures_core::Stream) or a generator. What the loop is given by value is closed, and its clean-up
/// has run, before control goes on, whichever way the loop is left (contract clause C24); what it borrows (`&mut g`,
/// `g.as_mut()`) is left where it stands, and can be gone on with. What a generator raises is raised at the loop, and
/// converted as `?` does. (Of streams, those are closed whose type says that they were made of a generator: what
/// [`stream!`](crate::stream) evaluates to, and [`into_stream`](crate::IntoStreamExt::into_stream). Others are dropped.)
///
/// ```
/// # use std::{cell::RefCell, pin::pin};
/// # use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// # type Log = RefCell<Vec<&'static str>>;
/// fn rows(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
///     async_gen! {
///         try {
///             for row in 1.. { yield row; }
///         } finally {
///             log.borrow_mut().push("closed");
///         }
///     }
/// }
///
/// # async_io::block_on(async {
/// let log = &Log::default();
/// let mut g = pin!(async_gen! {
///     type Sent = ();
///     type Error = String;
///
///     for await row in rows(log) {
///         if row == 2 { break; }
///         yield row;
///     }
///     log.borrow_mut().push("after the loop");
///     for await row in futures::stream::iter([10, 20]) {
///         yield row;
///     }
/// });
/// assert_eq!(g.anext().await, Ok(1));
/// assert_eq!(g.anext().await, Ok(10));
/// assert_eq!(*log.borrow(), ["closed", "after the loop"]);
/// # });
/// ```
///
/// # `yield from`
///
/// Yields what another generator yields, of the same three types. What is sent, thrown in and closed meanwhile goes to that
/// one (contract clause C23), at the same cost however deep generators delegate. It evaluates to `()`.
///
/// ```
/// # use std::pin::pin;
/// # use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// fn down(from: u32) -> std::pin::Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String>>> {
///     Box::pin(async_gen! {
///         yield from;
///         if from > 0 {
///             yield from down(from - 1);
///         }
///     })
/// }
///
/// # async_io::block_on(async {
/// let mut g = down(2);
/// assert_eq!(g.anext().await, Ok(2));
/// assert_eq!(g.anext().await, Ok(1));
/// assert_eq!(g.anext().await, Ok(0));
/// assert!(g.anext().await.is_err());
/// # });
/// ```
///
/// An error of another type is converted, as `?` does, where the body's own is named at its head (`type Error = ..;`, and
/// `type Yield = ..;` before a stream of `Result`s, which might be what is yielded): see
/// [`error_into`](crate::AdaptExt::error_into) for what is thrown in then. A stream can be delegated to as well, of what the body
/// yields or of `Result`s of it: it takes no values, and closing, or an error thrown in, drops it, or closes it if its type says
/// that it was made of a generator.
///
/// ```
/// # use std::pin::pin;
/// # use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// # use std::num::ParseIntError;
/// fn parsed(text: &str) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = ParseIntError> {
///     async_gen! { for word in text.split(' ') { yield word.parse()?; } }
/// }
///
/// fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Box<dyn std::error::Error>> {
///     async_gen! {
///         type Error = Box<dyn std::error::Error>;
///         yield from futures::stream::iter([1, 2]);
///         yield from futures::stream::iter(["3", "4"].map(str::parse::<u32>));
///         yield from parsed("5 x");
///     }
/// }
/// # async_io::block_on(async {
/// let mut numbers = pin!(numbers());
/// for n in 1..=5 { assert_eq!(numbers.try_anext().await.unwrap(), Some(n)); }
/// assert_eq!(numbers.try_anext().await.unwrap_err().to_string(), "invalid digit found in string");
/// # });
/// ```
///
/// As the first example shows, `from` may still be a variable, or a module. Where what follows goes on with an expression, as in
/// `yield from + 1`, `yield from.pow(2)` and `yield from::number()`, its value is yielded. (But `yield from (g)` delegates.)
///
#[doc = include_str!("../../docs/macros-in-bodies.md")]
#[macro_export]
macro_rules! async_gen {
    ($($body:tt)*) => { $crate::__private::async_gen! { (unsafe $crate) $($body)* } };
}

/// A block of ordinary asynchronous code with `for await`, `try`/`catch`/`finally` and `raise!` in it: for consumers.
///
/// The block is that of an `async move` block, with the keywords of [`async_gen!`](crate::async_gen) but `yield`. It evaluates to a
/// future, whose output is a `Result`: what the block ends with, its last expression or what it `return`s (the value, or a `Result`
/// of it), or the error that was raised in it, by `?`, by [`raise!`](crate::raise) or by a loop's generator.
///
/// A `for await` loop closes the generator that it was given by value before control goes on, whichever way it is left: by its
/// end, `break`, `continue` to a loop outside, `return`, `?`. What it borrows it leaves where it stands (contract clause C24).
///
/// ```
/// use asyncgen::{AsyncGenerator, async_block, async_gen};
///
/// fn lines() -> impl AsyncGenerator<Yield = &'static str, Sent = (), Error = std::io::Error> {
///     async_gen! {
///         println!("connects");
///         try {
///             for line in ["a: 1", "b: x", "c: 3"] { yield line; }
///         } finally {
///             println!("disconnects"); // awaited, whichever way the loop is left
///         }
///     }
/// }
///
/// async fn value_of(key: &str) -> Result<Option<u32>, Box<dyn std::error::Error>> {
///     async_block! {
///         for await line in lines() {
///             if let Some((name, value)) = line.split_once(": ") && name == key {
///                 return Some(value.parse()?);
///             }
///         }
///         None
///     }
///     .await
/// }
/// # async_io::block_on(async {
///
/// assert_eq!(value_of("a").await.unwrap(), Some(1));
/// assert_eq!(value_of("b").await.unwrap_err().to_string(), "invalid digit found in string");
/// assert_eq!(value_of("d").await.unwrap(), None);
/// # });
/// ```
///
/// `return`, `?`, `break` and `continue` are the block's own, as of an `async` block: put the whole of a function into it. Where
/// nothing tells the types, they are named at its top level, `type Return = u32;` and `type Error = io::Error;`; a block that
/// raises no errors has `type Error = std::convert::Infallible;`, for example.
///
/// # Dropped half-way
///
/// The future is an ordinary one: if it is dropped (by a timeout, a `select!`, an aborted task), it is dropped as any, and
/// destructors run. What stands in a `finally`, or would be closed, is missed, and reported as of a generator
/// ([`hooks`](crate::hooks)): nobody is left who could await it. A loop's generator that has an [owner](crate::OwnedExt) is
/// closed by its finalizer.
///
/// # Panics
///
/// The future panics if a generator in it lets a `GeneratorExit` out that nobody has thrown in: it can't be told.
#[macro_export]
macro_rules! async_block {
    ($($body:tt)*) => { $crate::__private::async_block! { (unsafe $crate) $($body)* } };
}

/// A stream, written with `yield`: the same as async-stream's `stream!`.
///
/// A program that uses async-stream 0.3 changes `use async_stream::stream` to `use asyncgen::stream`. async-stream's own tests,
/// and two dozen programs from its documentation and of the kinds that projects have, give the same items with both; what differs,
/// and why, is in the chapter [`from_async_stream`](crate::from_async_stream). What the macro evaluates to is a [`Stream`](futures_core::Stream), and a [`FusedStream`](futures_core::FusedStream).
///
/// ```
/// use asyncgen::stream;
/// use futures::{Stream, StreamExt};
///
/// fn zero_to_three() -> impl Stream<Item = u32> {
///     stream! {
///         for i in 0..3 {
///             yield i;
///         }
///     }
/// }
///
/// fn doubled(input: impl Stream<Item = u32>) -> impl Stream<Item = u32> {
///     stream! {
///         for await value in input {
///             yield value * 2;
///         }
///     }
/// }
///
/// # async_io::block_on(async {
/// assert_eq!(doubled(zero_to_three()).collect::<Vec<_>>().await, [0, 2, 4]);
/// # });
/// ```
///
/// No error is lost. If one may leave the body, by `?`, `raise!`, `return Err(..)` or `bail!`, the items are `Result`s, and
/// the error is the last one; a body that yields anything else does not compile. (If nothing but a loop or a delegation may
/// raise one, name its type in the body: `type Error = io::Error;`.)
///
/// ```
/// # use asyncgen::stream;
/// # use futures::StreamExt;
/// # async_io::block_on(async {
/// let sums = stream! {
///     let mut sum = 0;
///     for text in ["1", "2", "three"] {
///         sum += text.parse::<u32>().map_err(|_| text)?;
///         yield Ok(sum);
///     }
/// };
/// assert_eq!(sums.collect::<Vec<_>>().await, [Ok(1), Ok(3), Err("three")]);
/// # });
/// ```
///
/// All the keywords of [`async_gen!`](crate::async_gen) are there as well. A stream that is dropped half-way runs
/// destructors only; but a `for await` loop that is given what this macro evaluates to closes it, so that a `finally` in
/// it runs on every way out of the loop. (The type must be known: behind `impl Stream` it is a stream as any other.) An error
/// that is raised while a loop closes it has no item left that could say it: the hook of
/// [`set_unraisable`](crate::hooks::set_unraisable) is told.
///
/// As with [`async_gen!`](crate::async_gen), types may be named at the top level of the body: `type Yield = u32;` that of what
/// is yielded, and `type Error = io::Error;` that of the errors, which may be needed if the body catches some. (Where a body
/// that was written for async-stream has an alias of one of these names for something else, give it another name.)
///
/// ```
/// # use std::cell::RefCell;
/// # use asyncgen::stream;
/// # use futures::StreamExt;
/// # async_io::block_on(async {
/// let log = &RefCell::new(Vec::new());
/// let ticks = stream! {
///     try {
///         for i in 0.. { yield i; }
///     } finally {
///         async_io::Timer::after(std::time::Duration::ZERO).await;
///         log.borrow_mut().push("cleaned up");
///     }
/// };
/// let first = stream! {
///     for await tick in ticks {
///         yield tick;
///         if tick == 2 { break; }
///     }
/// };
/// assert_eq!(first.collect::<Vec<_>>().await, [0, 1, 2]);
/// assert_eq!(*log.borrow(), ["cleaned up"]);
/// # });
/// ```
#[macro_export]
macro_rules! stream {
    ($($body:tt)*) => { $crate::__private::stream_macro! { (unsafe $crate) $($body)* } };
}

/// A stream of `Result`s, written with `yield` and `?`: the same as async-stream's `try_stream!`.
///
/// What is yielded comes out as `Ok`. An error by `?` comes out as `Err`, and is the last item.
///
/// ```
/// use asyncgen::try_stream;
/// use futures::{Stream, StreamExt};
/// use std::num::ParseIntError;
///
/// fn numbers(text: &str) -> impl Stream<Item = Result<u32, ParseIntError>> {
///     try_stream! {
///         for word in text.split(' ') {
///             yield word.parse()?;
///         }
///     }
/// }
///
/// # async_io::block_on(async {
/// let items: Vec<_> = numbers("1 2 three 4").collect().await;
/// assert_eq!(items[..2], [Ok(1), Ok(2)]);
/// assert!(items[2].is_err());
/// assert_eq!(items.len(), 3);
/// # });
/// ```
///
/// See [`stream!`](crate::stream) for what else it can do.
#[macro_export]
macro_rules! try_stream {
    ($($body:tt)*) => { $crate::__private::try_stream_macro! { (unsafe $crate) $($body)* } };
}

/// Raises an error in a generator's body: Python's `raise`.
///
/// It is a keyword of [`async_gen!`](crate::async_gen), [`stream!`](crate::stream) and
/// [`try_stream!`](crate::try_stream), and needs no `use` there. It takes whatever converts into the generator's own error type
/// by `From`, as `?` does; an [`Exception`](crate::Exception) of another generator; and the name `GeneratorExit`, to let out a
/// closing that was caught. It has no value: control goes to the innermost `try` around it, or out of the generator.
///
/// ```
/// use std::pin::pin;
/// use asyncgen::{AsyncGeneratorExt, Exception, StepError, async_gen};
/// # async_io::block_on(async {
///
/// let mut g = pin!(async_gen! {
///     type Sent = ();
///     type Error = &'static str;
///
///     let Ok(n) = "x".parse::<u32>() else { raise!("not a number") };
///     yield n;
/// });
/// assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("not a number"))));
/// # });
/// ```
///
/// Elsewhere it is an error:
///
/// ```compile_fail
/// fn main() {
///     asyncgen::raise!("outside of a generator");
/// }
/// ```
#[macro_export]
macro_rules! raise {
    ($($exception:tt)*) => {
        ::core::compile_error!(
            "`raise!` outside of a generator: it raises an exception in the body of `async_gen!`, `stream!` or \
             `try_stream!`; elsewhere, return an `Err`"
        )
    };
}
