//! Awaits, `?` and yields at every place of an expression, in a `try` and in a loop: as in an `async` block.

use std::cell::RefCell;
use std::future::{IntoFuture, Ready, poll_fn, ready};
use std::pin::pin;
use std::task::Poll;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
use futures::StreamExt;
use futures::lock::Mutex;
use futures::stream::iter;

use crate::keyword::{Log, run, tick};
use crate::language::{all, closed_after, raised, send, thrown_after};

async fn value<T>(value: T) -> T {
    tick().await;
    value
}

async fn first(list: &[u32]) -> &u32 {
    tick().await;
    &list[0]
}

async fn parse(text: &str) -> Result<u32, &'static str> {
    tick().await;
    text.parse().map_err(|_| "no number")
}

#[test]
fn awaits_in_operands_indices_arguments_and_literals() {
    struct Point {
        x: u32,
        y: u32,
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            let list = vec![1, 2, 3];
            yield value(1).await + value(2).await * value(3).await;
            yield list[value(2_usize).await];
            yield [value(4).await, 0][value(0).await];
            yield u32::max(value(5).await, value(4).await);
            let Point { x, y } = Point { x: value(6).await, ..Point { x: 0, y: value(7).await } };
            yield x;
            yield y;
            yield (value(0).await, value(8).await).1;
            yield (value(9).await as u64) as u32;
            yield -value(-10).await as u32;
            let mut sum = 1;
            sum += value(10).await;
            yield sum;
            for n in value(12).await..value(14).await { yield n; }
            yield value(value(14).await).await;
            yield *&value(15).await;
            yield { value(16).await };
            yield if value(true).await && !value(false).await { value(17).await } else { 0 };
            yield match value(Some(18)).await { Some(n) if n > 17 => n, _ => 0 };
            let mut n = 17;
            while value({ n += 1; n }).await < 20 { yield n + 1; }
            yield loop { break value(21).await };
            yield 'label: { break 'label value(22).await };
            yield (async |n: u32| value(n).await)(23).await;
            yield async { value(24).await }.await;
            yield (|n: u32| value(n))(25).await;
        } finally {
            tick().await;
        }
    };
    assert_eq!(all(g).0, [7, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
}

#[test]
fn question_marks_after_awaits_and_in_chains() {
    struct Api;
    impl Api {
        async fn open(&self, name: &str) -> Result<Api, &'static str> {
            tick().await;
            if name == "x" { Err("no such") } else { Ok(Api) }
        }
        fn count(&self) -> Result<u32, &'static str> {
            Ok(7)
        }
    }
    let g = |name: &'static str| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                yield parse("1").await? + parse("2").await?;
                yield Api.open("a").await?.open(name).await?.count()?;
                yield [parse("8").await?, 0][parse("0").await? as usize];
                let (a, b) = (parse("4").await?, parse("5").await?);
                yield a * b;
                yield "6".parse::<u32>().map_err(|_| "no")?.pow(2);
                yield Some(9).ok_or("none")?;
                yield None.ok_or("none")?;
            } catch "no such" {
                yield 404;
            }
        }
    };
    assert_eq!(all(g("b")), (vec![3, 7, 8, 20, 36, 9], raised("none")));
    assert_eq!(all(g("x")), (vec![3, 404], Ok(())));
}

#[test]
fn temporaries_of_an_awaited_expression_live_until_the_end_of_the_statement() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            yield first(&vec![1, 2]).await.pow(1);
            yield first(&[value(2).await]).await + 0;
            assert_eq!(*first(&vec![3]).await, 3);
            yield std::str::from_utf8(String::from("33").as_bytes()).map_err(|_| "no text")?.len() as u32;
            let kept = &value(vec![4]).await;
            yield kept[0];
            let kept: &[u32] = &[value(5).await];
            yield kept[0];
            if let [n, ..] = value(vec![6]).await.as_slice() { let n = *n; yield n; }
            match value(vec![7]).await.as_slice() { [n] => { let n = *n; tick().await; yield n; } _ => {} }
        } catch _ {}
        for await n in iter([8]) {
            yield first(&vec![n]).await + 0;
        }
    };
    assert_eq!(all(g).0, [1, 2, 2, 4, 5, 6, 7, 8]);
}

#[test]
fn a_guard_in_a_statement_is_dropped_at_its_end() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let counter = Mutex::new(0);
        try {
            *counter.lock().await += 1;
            *counter.lock().await += 1;
            let n = *counter.lock().await;
            yield n;
            { let mut guard = counter.lock().await; *guard += 1; }
            yield { *counter.lock().await };
            while *counter.lock().await < 5 { *counter.lock().await += 1; }
            let n = counter.lock().await.pow(2);
            yield n;
        } finally {
            assert!(counter.try_lock().is_some());
        }
    };
    assert_eq!(all(g).0, [2, 3, 25]);
}

#[test]
fn what_is_awaited_is_anything_that_turns_into_a_future() {
    struct Request(u32);
    impl IntoFuture for Request {
        type Output = Result<u32, &'static str>;
        type IntoFuture = Ready<Self::Output>;
        fn into_future(self) -> Self::IntoFuture {
            ready(if self.0 > 9 { Err("large") } else { Ok(self.0) })
        }
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            yield Request(1).await?;
            let boxed: std::pin::Pin<Box<dyn Future<Output = u32>>> = Box::pin(value(2));
            yield boxed.await;
            let mut pinned = pin!(value(3));
            yield pinned.as_mut().await;
            yield poll_fn(|_| Poll::Ready(4)).await;
            let mut on_heap = Box::pin(value(5));
            yield (&mut on_heap).await;
            yield Request(10).await?;
        } catch error {
            yield error.len() as u32;
        }
    };
    assert_eq!(all(g).0, [1, 2, 3, 4, 5, 5]);
}

#[test]
fn types_are_inferred_through_awaits_and_question_marks() {
    fn takes(n: u8) -> u32 {
        n.into()
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = std::num::ParseIntError;
        try {
            let all: Vec<_> = iter([1_u32, 2]).collect().await;
            yield all.len() as u32;
            let n = "7".parse()?;
            yield takes(n);
            let mut list = Vec::new();
            list.push(value(1).await);
            yield list[0];
            let sum: u32 = iter([1, 2]).fold(0, async |a, b| a + b).await;
            yield sum;
            let n = value(Default::default()).await;
            yield takes(n);
            let collected = ["1", "2"].iter().map(|text| text.parse()).collect::<Result<Vec<u32>, _>>()?;
            yield collected[1];
            yield "x".parse()?;
        } catch _ {
            yield 404;
        }
    };
    assert_eq!(all(g).0, [2, 7, 1, 3, 0, 2, 404]);
}

#[test]
fn two_phase_borrows_and_mutable_places() {
    let g = async_gen! {
        type Yield = usize; type Sent = (); type Error = &'static str;
        let mut list = vec![1];
        let mut grid = [[0; 2]; 2];
        try {
            list.push(list.len());
            list.push(value(list.len()).await);
            let n = list.len();
            list[value(0).await] = value(n).await;
            yield list[0];
            grid[1][0] += value(5).await;
            yield grid[1][0];
            *value(&mut grid[0][0]).await = 8;
            yield grid[0][0];
            (list, grid[0]) = (vec![value(9).await], [10, 10]);
            yield list[0];
            yield std::mem::replace(&mut grid[0][1], value(1).await);
        } catch _ {}
    };
    assert_eq!(all(g).0, [3, 5, 8, 9, 10]);
}

#[test]
fn yields_at_every_place_of_an_expression() {
    fn add(a: u32, b: u32) -> u32 {
        a + b
    }
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = Option<u32>; type Error = &'static str;
            try {
                let sum = add((yield 1).unwrap_or(10), (yield 2).unwrap_or(20));
                let list = [yield 3, yield sum];
                let answer = if let Some(n) = yield list.len() as u32 { n } else { 50 };
                let n = match yield answer { Some(0) => return, Some(n) => n, None => { (yield 60).ok_or("none")? } };
                let Some(n) = (yield n) else { break_here(); return };
                while let Some(m) = yield n { if m == 0 { break; } }
                yield yield_twice(yield 70, yield 71);
            } catch "none" {
                yield 404;
            } finally {
                let _ = yield 99;
            }
        }
    };
    fn break_here() {}
    fn yield_twice(a: Option<u32>, b: Option<u32>) -> u32 {
        a.unwrap_or(100) + b.unwrap_or(1)
    }
    run(async {
        let mut sent = pin!(g());
        assert_eq!(sent.anext().await, Ok(1));
        for (send, next) in [
            (Some(5), 2),
            (None, 3),
            (None, 25),
            (None, 2),
            (Some(6), 6),
            (None, 60),
            (Some(7), 7),
            (Some(8), 8),
            (Some(1), 8),
            (Some(0), 70),
            (None, 71),
            (None, 101),
            (None, 99),
        ] {
            assert_eq!(sent.asend(send).await, Ok(next));
        }
        let mut raising = pin!(g());
        for next in [1, 2, 3, 30, 2, 50, 60, 404, 99] {
            assert_eq!(raising.anext().await, Ok(next));
        }
        assert!(raising.anext().await.is_err());
    });
}

#[test]
fn closures_functions_and_async_blocks_in_a_try_have_their_own_returns_and_question_marks() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            let double = |text: &str| -> Option<u32> {
                let n = text.parse::<u32>().ok()?;
                if n > 9 { return None; }
                Some(n * 2)
            };
            yield double("4").unwrap_or(404);
            yield double("x").unwrap_or(404);
            let future = async { let n = parse("x").await?; if n > 1 { return Ok::<_, &str>(1); } Err("not this") };
            yield u32::from(future.await.is_err());
            fn inner(text: &str) -> Result<u32, std::num::ParseIntError> { let n = text.parse()?; return Ok(n); }
            yield inner("5").unwrap_or(404);
            let found = (1..9).find(|n| { if n % 3 != 0 { return false; } *n > 3 });
            yield found.unwrap();
            let each = async |n: u32| { for i in 0.. { if i == n { return i; } } 0 };
            yield each(7).await;
        } catch _ {
            yield 404;
        }
    };
    assert_eq!(all(g).0, [8, 404, 1, 5, 6, 7]);
}

#[test]
fn generators_in_a_try_of_a_generator_have_their_own_scopes() {
    let log = &Log::default();
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                let mut inner = pin!(async_gen! {
                    type Yield = u32; type Sent = (); type Error = &'static str;
                    try { yield 1; raise!("inner"); } catch "outer" { yield 404; } finally { log.add("inner"); }
                });
                loop {
                    match inner.anext().await {
                        Ok(n) => { yield n; }
                        Err(_) => break,
                    }
                }
                let values: Vec<u32> = asyncgen::stream! { for i in 2..4 { try { yield i; } finally { tick().await; } } }.collect().await;
                yield values.len() as u32;
                raise!("outer");
            } catch "outer" {
                yield 3;
            } finally {
                log.add("outer");
            }
        }
    };
    assert_eq!(all(g()).0, [1, 2, 3]);
    assert_eq!(log.take(), "inner outer");
    assert_eq!(thrown_after(1, "outer", g()).0, [1, 3]);
    assert_eq!(log.take(), "outer");
    // (The inner one was dropped: it is a local variable, and nobody closes it.)
}

#[test]
fn bare_yields_and_yields_of_unit() {
    let g = async_gen! {
        type Yield = (); type Sent = (); type Error = &'static str;
        try { yield; yield (); for await () in iter([()]) { yield } } finally { yield }
    };
    assert_eq!(all(g).0.len(), 4);
}

#[test]
fn a_body_may_hold_a_lot_between_awaits_and_be_send() {
    fn g() -> impl AsyncGenerator<Yield = usize, Sent = (), Error = &'static str> + Send {
        async_gen! {
            let big = [1_u8; 1000];
            let text = String::from("text");
            let shared = std::sync::Arc::new(std::sync::Mutex::new(vec![1]));
            try {
                for await n in iter(0..2) {
                    let here = [n; 3];
                    shared.lock().unwrap().push(n);
                    yield here.len() + text.len();
                    tick().await;
                    shared.lock().unwrap().push(here[0]);
                }
            } finally {
                tick().await;
                yield big.len() + shared.lock().unwrap().len();
            }
        }
    }
    assert_eq!(all(send(g())).0, [7, 7, 1005]);
    assert_eq!(closed_after(1, send(g())).0, [7]);
}

#[test]
fn a_ref_cell_guard_is_dropped_before_the_await_of_its_statement_if_it_was_there() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let shared = RefCell::new(vec![1, 2]);
        try {
            let n = { let shared = shared.borrow(); shared.len() };
            yield value(n as u32).await;
            let popped = shared.borrow_mut().pop();
            yield popped.ok_or("empty")?;
            yield shared.borrow().len() as u32;
            shared.borrow_mut().clear();
            let popped = shared.borrow_mut().pop();
            yield popped.ok_or("empty")?;
        } catch "empty" {
            shared.borrow_mut().push(7);
            yield shared.borrow()[0];
        }
    };
    assert_eq!(all(g).0, [2, 2, 1, 7]);
}
