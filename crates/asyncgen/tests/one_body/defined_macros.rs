//! Macros that the body defines may yield.

use asyncgen::{AsyncGeneratorExt, StepError, async_gen, stream, try_stream};
use futures::StreamExt;
use futures::stream::iter;
use std::pin::pin;

use crate::keyword::run;
use crate::language::all;

#[test]
fn a_macro_of_the_body_yields() {
    let s = stream! {
        let mut n = 0;
        macro_rules! next {
            () => {{ n += 1; yield n; }};
            ($more:expr) => { yield n + $more };
        }
        next!();
        next!();
        next!(40);
        for await m in iter([5]) { next!(m); }
    };
    assert_eq!(run(s.collect::<Vec<u32>>()), [1, 2, 42, 7]);
}

#[test]
fn a_macro_of_the_body_forwards_a_stream_and_leaves_a_loop() {
    let s = try_stream! {
        macro_rules! forward {
            ($label:lifetime, $items:expr) => {
                let mut items = $items;
                while let Some(item) = items.next().await {
                    yield item;
                    if item == 4 { break $label; }
                }
            };
        }
        'outer: loop {
            forward!('outer, iter([1, 2]));
            forward!('outer, iter([3, 4, 5]));
        }
        Err("the end")?;
    };
    let items: Vec<Result<u32, &str>> = run(s.collect());
    assert_eq!(items, [Ok(1), Ok(2), Ok(3), Ok(4), Err("the end")]);
}

#[test]
fn what_is_sent_comes_out_of_it() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = Option<u32>; type Error = String;
            macro_rules! ask { ($value:expr) => { (yield $value).unwrap_or(0) }; }
            let n = ask!(1);
            yield ask!(n + 1);
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.asend(Some(5)).await, Ok(6));
        assert_eq!(g.asend(Some(9)).await, Ok(9));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
    let g = async_gen! {
        type Yield = (); type Sent = (); type Error = String;
        macro_rules! twice { () => { yield; yield }; }
        twice! {}
    };
    assert_eq!(all(g).0, [(), ()]);
}
