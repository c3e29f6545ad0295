//! What is dropped when: every value once, and what a block holds before the clean-up after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, State, async_gen};
use futures::FutureExt;
use futures::lock::Mutex;

use crate::common::{Counted, Tally};
use crate::keyword::{Log, Noisy, run, tick};
use crate::language::{all, closed_after, fail, raised, thrown_after};

/// Moves values through every kind of block, and is left in every way.
fn moving(way: u32, tally: &Tally) -> impl AsyncGenerator<Yield = Counted, Sent = (), Error = &'static str> {
    async_gen! {
        type Error = &'static str;
        let mut kept = tally.make("kept");
        let once = tally.make("once");
        for await inner in async_gen! {
            type Yield = Counted; type Sent = (); type Error = &'static str;
            let held = tally.make("held");
            try { yield tally.make("inner"); yield tally.make("inner"); } finally { tick().await; drop(held); }
        } {
            try {
                let local = tally.make("local");
                yield kept;
                kept = inner;
                match way {
                    0 => {}
                    1 => break,
                    2 => { drop(once); return; }
                    3 => fail("question")?,
                    4 => raise!("caught"),
                    5 => return Err("returned"),
                    _ => { yield local; continue; }
                }
                tick().await;
                drop(local);
            } catch "caught" {
                kept = tally.make("from the handler");
            } finally {
                let late = tally.make("late");
                tick().await;
                drop(late);
            }
        }
        yield kept;
        yield once;
    }
}

#[test]
fn every_value_is_dropped_once_whichever_way_the_blocks_are_left() {
    for way in 0..7 {
        let tally = Tally::default();
        drop(all(moving(way, &tally)));
        tally.check(&format!("way {way}"));
        for count in 1..4 {
            for thrown in ["caught", "other"] {
                let tally = Tally::default();
                drop(thrown_after(count, thrown, moving(way, &tally)));
                tally.check(&format!("way {way}, {thrown} after {count}"));
            }
            let tally = Tally::default();
            run(async {
                let mut g = pin!(moving(way, &tally));
                for _ in 0..count {
                    let _ = g.anext().await;
                }
                let _ = g.aclose().await;
            });
            tally.check(&format!("way {way}, closed after {count}"));
            for steps in 1..8 {
                let tally = Tally::default();
                {
                    let mut g = Box::pin(moving(way, &tally));
                    for _ in 0..steps {
                        let _ = g.anext().now_or_never();
                    }
                    if count == 2 {
                        let _ = g.aclose().now_or_never();
                    }
                }
                tally.check(&format!("way {way}, dropped after {steps} polls"));
            }
        }
    }
}

#[test]
fn what_a_loop_holds_is_dropped_before_its_generator_is_closed() {
    // The clean-up waits for a lock that the loop holds: it would never end.
    fn locking<'l>(
        lock: &'l Mutex<u32>,
        log: &'l Log,
    ) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + 'l {
        async_gen! {
            try { yield 1; yield 2; } finally { *lock.lock().await += 1; log.add("closed"); }
        }
    }
    for way in 0..6 {
        let (lock, log) = (&Mutex::new(0), &Log::default());
        let g = async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            for await n in locking(lock, log) {
                let mut guard = lock.lock().await;
                *guard += n;
                let _noisy = Noisy(log, "local");
                match way {
                    0 => break,
                    1 => return,
                    2 => fail("failed")?,
                    3 => raise!("failed"),
                    4 => return Err("failed"),
                    _ => yield n,
                }
            }
        };
        let end = if way == 5 { thrown_after(1, "failed", g).1 } else { all(g).1 };
        assert_eq!(end, if way < 2 { Ok(()) } else { raised("failed") }, "{way}");
        assert_eq!(log.take(), "local closed", "{way}");
        assert_eq!(*run(lock.lock()), 2);
    }
}

#[test]
fn what_a_try_holds_is_dropped_before_its_clean_up_takes_it() {
    for way in 0..7 {
        let lock = &Mutex::new(0);
        let g = async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            loop {
                try {
                    let mut guard = lock.lock().await;
                    *guard += 1;
                    match way {
                        0 => break,
                        1 => return,
                        2 => fail("failed")?,
                        3 => raise!("failed"),
                        4 => return Err("failed"),
                        5 => { yield 1; }
                        _ => {}
                    }
                } catch "failed" {
                    *lock.lock().await += 10;
                } finally {
                    *lock.lock().await += 100;
                }
                break;
            }
        };
        if way == 5 {
            assert_eq!(closed_after(1, g).1, Ok(()));
        } else {
            let _ = all(g);
        }
        assert_eq!(*run(lock.lock()), if way == 2 || way == 3 { 111 } else { 101 }, "{way}");
    }
}

#[test]
fn a_panic_in_a_try_drops_everything_and_runs_no_clean_up() {
    // C21
    for place in 0..4 {
        let (tally, log) = (&Tally::default(), &Log::default());
        run(async {
            let mut g = pin!(async_gen! {
                type Yield = Counted; type Sent = (); type Error = &'static str;
                let _outer = tally.make("outer");
                try {
                    let _inner = tally.make("inner");
                    yield tally.make("yielded");
                    assert!(place != 0);
                    for await item in async_gen! {
                        type Yield = Counted; type Sent = (); type Error = &'static str;
                        try { yield tally.make("item"); } finally { log.add("loop"); }
                    } {
                        let _item = item;
                        assert!(place != 1);
                    }
                    raise!("raised");
                } catch _ {
                    assert!(place != 2);
                } finally {
                    assert!(place != 3);
                    log.add("finally");
                }
            });
            drop(g.anext().await.unwrap());
            let panicked = catch_unwind(AssertUnwindSafe(|| g.anext().now_or_never().map(drop)));
            assert!(panicked.is_err(), "{place}");
            assert_eq!(g.state(), State::Closed);
            assert!(g.anext().await.is_err());
            assert_eq!(tally.alive(), Vec::<&str>::new(), "{place}");
        });
        tally.check(&format!("{place}"));
        assert!(!log.take().contains("finally"));
    }
}
