//! Attributes on the keywords: they stay with what the keyword becomes.

#![deny(warnings)]
#![allow(clippy::pedantic, reason = "it is about attributes")]

mod keyword;

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen, stream};
use futures::StreamExt;
use futures::stream::iter;
use keyword::{Log, run};

/// All that it yields.
async fn all(g: impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>) -> Vec<u32> {
    let mut g = pin!(g);
    let mut values = Vec::new();
    while let Ok(value) = g.anext().await {
        values.push(value);
    }
    values
}

#[test]
fn what_is_configured_out_does_not_run() {
    let log = &Log::default();
    run(async {
        let g = async_gen! {
            yield 1;
            #[cfg(any())]
            yield 2;
            #[cfg(any())]
            yield from missing();
            #[cfg(any())]
            for await x in missing() {
                yield x;
            }
            #[cfg(any())]
            'label: for await x in iter([3]) {
                yield x;
                break 'label;
            }
            #[cfg(any())]
            try { yield 4; } finally { log.add("finally"); }
            #[cfg(any())]
            try { yield 5; };
            #[cfg(any())]
            raise!("never");
            #[cfg(any())]
            (yield 6);
            #[cfg(any())]
            let () = yield 7;
            #[cfg(any())]
            return;
            try {
                #[cfg(any())]
                raise!("never");
                #[cfg(any())]
                return;
                #[cfg(any())]
                yield from missing();
                yield 8;
            } catch _ {
                #[cfg(any())]
                yield 9;
            } finally {
                #[cfg(any())]
                return;
                log.add("left");
            }
            for n in 10..12 {
                try {
                    #[cfg(any())]
                    continue;
                    yield n;
                    #[cfg(any())]
                    break;
                } finally {
                    log.add(n);
                }
            }
        };
        assert_eq!(all(g).await, [1, 8, 10, 11]);
    });
    assert_eq!(log.take(), "left 10 11");
}

#[test]
fn what_is_configured_in_runs() {
    let log = &Log::default();
    run(async {
        let g = async_gen! {
            #[cfg(all())]
            yield 1;
            #[cfg(all())]
            for await x in iter([2]) {
                yield x;
            }
            #[cfg(all())]
            try { yield 3; } finally { log.add("finally"); }
            #[cfg(all())]
            yield from async_gen! { yield 4; };
            try {
                #[cfg(all())]
                raise!("raised");
            } catch _ {
                #[cfg(all())]
                return;
            }
        };
        assert_eq!(all(g).await, [1, 2, 3, 4]);
    });
    assert_eq!(log.take(), "finally");
}

#[test]
fn an_argument_or_an_element_may_be_configured_out() {
    run(async {
        let g = async_gen! {
            let units = [#[cfg(any())] yield 1, #[cfg(all())] yield 2, yield 3];
            yield u32::try_from(units.len()).unwrap();
        };
        assert_eq!(all(g).await, [2, 3, 2]);
    });
}

#[test]
fn what_a_stream_has_configured_out_does_not_run() {
    run(async {
        let s = stream! {
            #[cfg(any())]
            yield 1;
            yield 2;
        };
        assert_eq!(s.collect::<Vec<_>>().await, [2]);
    });
}

#[test]
fn lints_are_allowed_where_the_attribute_says_so() {
    run(async {
        let g = async_gen! {
            #[allow(unused_variables)]
            for await x in iter([1]) {
                yield 1;
            }
            for await x in iter([1]) {
                #![allow(unused_variables)]
                yield 2;
            }
            #[allow(unused_variables)]
            try {
                let x = 1;
                yield 3;
            } catch e {
                yield 4;
            }
            #[allow(unused_must_use)]
            try {
                yield 5;
            };
            #[allow(deprecated)]
            yield old();
        };
        assert_eq!(all(g).await, [1, 2, 3, 5, 6]);
    });
}

#[deprecated]
fn old() -> u32 {
    6
}
