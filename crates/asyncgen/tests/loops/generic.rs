//! Loops in generic functions, and over what else owns a generator.

use std::convert::Infallible;
use std::pin::{Pin, pin};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, IntoStreamExt, OwnedExt, async_gen, from_stream, stream};
use futures::stream::iter;
use futures::{Stream, StreamExt};

use crate::keyword::{run, tick};
use crate::language::{all, closed_after};
use crate::sources::{Closings, never_failing, numbers};

fn first_two<G>(generator: G) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>
where
    G: AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>,
{
    async_gen! { for await n in generator { yield n; if n == 1 { break; } } }
}

#[test]
fn a_generic_generator_by_value_is_closed() {
    let closings = &Closings::default();
    assert_eq!(all(first_two(numbers(closings))).0, [0, 1]);
    assert_eq!(closings.get(), 1);
    assert_eq!(all(first_two(Box::pin(numbers(closings)))).0, [0, 1]);
    assert_eq!(closings.get(), 2);
    assert_eq!(closed_after(1, first_two(numbers(closings))).0, [0]);
    assert_eq!(closings.get(), 3);
}

#[test]
fn a_generic_generator_that_is_borrowed_in_the_loop_is_not() {
    fn halves<G>(generator: G) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>
    where
        G: AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>,
    {
        async_gen! {
            let mut generator = pin!(generator);
            for await n in generator.as_mut() { yield n; if n == 1 { break; } }
            yield 100;
            for await n in &mut generator { yield n; }
        }
    }
    let closings = &Closings::default();
    assert_eq!(all(halves(numbers(closings))).0, [0, 1, 100, 2, 3, 4]);
    assert_eq!(closings.get(), 1);
}

#[test]
fn a_generic_stream_that_is_borrowed_in_the_loop_goes_on() {
    fn halves<S: Stream<Item = u32>>(stream: S) -> impl Stream<Item = u32> {
        stream! {
            let mut stream = pin!(stream);
            for await n in stream.as_mut() { yield n; if n == 1 { break; } }
            yield 100;
            for await n in stream.by_ref() { yield n; if n == 3 { break; } }
            for await n in &mut stream { yield n; }
        }
    }
    let closings = &Closings::default();
    assert_eq!(run(halves(iter(0..5)).collect::<Vec<_>>()), [0, 1, 100, 2, 3, 4]);
    assert_eq!(run(halves(never_failing(closings).into_stream()).collect::<Vec<_>>()), [0, 1, 100, 2, 3, 4]);
    assert_eq!(closings.get(), 1);
}

#[test]
fn a_field_is_moved_out_of_a_struct_into_the_loop() {
    struct Source<G> {
        generator: G,
        name: String,
    }
    fn g<G>(source: Source<G>) -> impl AsyncGenerator<Yield = String, Sent = (), Error = &'static str>
    where
        G: AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>,
    {
        async_gen! {
            for await n in source.generator { if n == 1 { break; } yield n.to_string(); }
            yield source.name;
        }
    }
    let closings = &Closings::default();
    assert_eq!(all(g(Source { generator: numbers(closings), name: "name".into() })).0, ["0", "name"]);
    assert_eq!(closings.get(), 1);
}

#[test]
fn a_generator_in_an_option_a_match_or_an_if_is_moved_into_the_loop() {
    let closings = &Closings::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut kept = Some(numbers(closings));
        for await n in kept.take().unwrap() { yield n; break; }
        yield 100 + closings.get();
        for await n in match kept { Some(kept) => kept, None => numbers(closings) } { yield n; break; }
        yield 100 + closings.get();
        for await n in if closings.get() == 2 { numbers(closings) } else { return } { yield n; break; }
        yield 100 + closings.get();
        for await n in { tick().await; numbers(closings) } { yield n; break; }
        yield 100 + closings.get();
    };
    assert_eq!(all(g).0, [0, 101, 0, 102, 0, 103, 0, 104]);
}

#[test]
fn references_of_every_kind_to_trait_objects_are_borrows() {
    let closings = &Closings::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut inner = pin!(numbers(closings));
        {
            let object: Pin<&mut dyn AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>> = inner.as_mut();
            for await n in object { yield n; break; }
        }
        {
            let mut object: Pin<&mut dyn AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>> = inner.as_mut();
            for await n in &mut object { yield n; break; }
            for await n in object.as_mut() { yield n; break; }
        }
        yield 100 + closings.get();
        let mut streams: Vec<Box<dyn Stream<Item = u32> + Unpin>> = vec![Box::new(iter([7, 8]))];
        for await n in &mut streams[0] { yield n; break; }
        for await n in streams.remove(0) { yield n; }
        inner.aclose().await.unwrap();
        yield 100 + closings.get();
    };
    assert_eq!(all(g).0, [0, 1, 2, 100, 7, 8, 101]);
}

#[test]
fn a_stream_made_a_generator_and_back_is_left_as_it_is_given() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = Infallible;
        let mut numbers = iter(0..9);
        for await n in from_stream::<_, Infallible>(&mut numbers) { yield n; if n == 1 { break; } }
        for await n in (&mut numbers).map(|n| n * 10) { yield n; if n == 30 { break; } }
        for await n in numbers.by_ref().take(1) { yield n; }
        for await n in numbers { yield n; }
    };
    assert_eq!(all(g).0, [0, 1, 20, 30, 4, 5, 6, 7, 8]);
}

#[test]
fn a_local_boxed_owner_is_closed_and_a_borrowed_one_is_not() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = Infallible;
        let closings = std::rc::Rc::new(Closings::default());
        let counted = closings.clone();
        let mut owner = async_gen! {
            type Yield = u32; type Sent = (); type Error = Infallible;
            try { for i in 0..5 { yield i; } } finally { tick().await; counted.set(counted.get() + 1); }
        }.boxed_local();
        for await n in &mut owner { yield n; break; }
        yield 100 + closings.get();
        for await n in owner { yield n; break; }
        yield 100 + closings.get();
    };
    assert_eq!(all(g).0, [0, 100, 1, 101]);
}

#[test]
fn fifteen_generic_loops_in_each_other_are_send() {
    fn inc<S: Stream<Item = u32> + Send>(stream: S) -> impl Stream<Item = u32> + Send {
        stream! { for await n in stream { yield n + 1; } }
    }
    let s = iter([1]);
    let s = inc(inc(inc(inc(inc(s)))));
    let s = inc(inc(inc(inc(inc(s)))));
    let s = inc(inc(inc(inc(inc(s)))));
    assert_eq!(run(s.boxed().collect::<Vec<_>>()), [16]);
}
