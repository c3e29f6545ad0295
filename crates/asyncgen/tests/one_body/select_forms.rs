//! `select!` in all its forms, in a `try` and in a loop.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen, stream};
use futures::future::{Fuse, FusedFuture};
use futures::stream::iter;
use futures::{FutureExt, StreamExt, select, select_biased};
use tokio::sync::{mpsc, oneshot};

use crate::keyword::{Log, forever, run, tick};
use crate::language::{all, closed_after, fail, raised, send, thrown_after};

#[test]
fn else_and_refutable_patterns_and_preconditions() {
    fn g(values: Vec<Option<u32>>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            let mut values = iter(values);
            let mut twice = 0;
            try {
                loop {
                    tokio::select! {
                        Some(Some(n)) = values.next(), if twice < 2 => {
                            twice += u32::from(n == 2);
                            yield n;
                        }
                        else => {
                            if twice == 2 { raise!("twice"); }
                            break;
                        }
                    }
                }
                yield 50;
            } catch "twice" {
                yield 100;
            }
        }
    }
    assert_eq!(all(g(vec![Some(1), None])), (vec![1, 50], Ok(())));
    assert_eq!(all(g(vec![Some(2), Some(2), Some(3)])), (vec![2, 2, 100], Ok(())));
    assert_eq!(all(g(vec![])), (vec![50], Ok(())));
}

#[test]
fn complete_default_and_select_biased() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let mut left = iter([1, 2]).fuse();
            let mut right = iter([3]).fuse();
            try {
                loop {
                    select_biased! {
                        n = left.next() => if let Some(n) = n { yield n; },
                        n = right.next() => if let Some(n) = n { yield n; } else { continue },
                        complete => break,
                    }
                }
                let mut never = Fuse::<std::future::Ready<u32>>::terminated();
                assert!(never.is_terminated());
                let n = select! { n = never => n, default => 7, complete => 8 };
                yield n;
            } catch error {
                yield error.len() as u32;
            } finally {
                tick().await;
            }
        }
    };
    assert_eq!(all(g()).0, [1, 2, 3, 8]);
    assert_eq!(thrown_after(2, "four", g()).0, [1, 2, 4]);
}

#[test]
fn a_select_in_a_select_and_a_labelled_break_with_a_value() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let found = 'found: {
            try {
                loop {
                    tokio::select! {
                        () = tick() => {
                            tokio::select! {
                                biased;
                                n = async { tick().await; 5 } => break 'found n,
                                () = forever() => continue,
                            }
                        }
                        () = forever() => return,
                    }
                }
            } finally {
                tick().await;
                yield 1;
            }
        };
        yield found;
    };
    assert_eq!(all(g).0, [1, 5]);
}

#[test]
fn the_arms_give_the_value_of_a_let_with_question_marks_and_moves() {
    fn g(way: u32) -> impl AsyncGenerator<Yield = String, Sent = (), Error = String> {
        async_gen! {
            type Error = String;
            let name = String::from("name");
            let (sender, receiver) = oneshot::channel::<String>();
            if way == 0 { sender.send("sent".into()).unwrap(); } else { drop(sender); }
            try {
                let text = tokio::select! {
                    received = receiver => match received {
                        Ok(text) => text + &name,
                        Err(_) if way == 1 => name,
                        Err(error) => Err(error.to_string())?,
                    },
                    () = forever() => return,
                };
                yield text;
            } catch error if error == "channel closed" {
                yield error;
            }
        }
    }
    assert_eq!(all(g(0)).0, ["sentname"]);
    assert_eq!(all(g(1)).0, ["name"]);
    assert_eq!(all(g(2)).0, ["channel closed"]);
}

#[test]
fn a_select_in_every_clause() {
    let log = &Log::default();
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                tokio::select! { () = tick() => { yield 1; raise!("raised") } () = forever() => {} }
            } catch error if tokio::select! { () = tick() => error == "raised", () = forever() => false } {
                tokio::select! { () = tick() => yield 2, () = forever() => {} }
            } finally {
                tokio::select! { () = tick() => { log.add("finally"); yield 3; } () = forever() => {} }
            }
        }
    };
    assert_eq!(all(g()), (vec![1, 2, 3], Ok(())));
    assert_eq!(thrown_after(1, "other", g()), (vec![1, 3], raised("other")));
    assert_eq!(thrown_after(2, "other", g()), (vec![1, 2, 3], raised("other")));
    assert_eq!(log.take(), "finally finally finally");
}

#[test]
fn what_a_branch_borrows_is_free_in_its_handler() {
    let g = async_gen! {
        type Yield = usize; type Sent = (); type Error = &'static str;
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let mut seen = vec![];
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        try {
            while seen.len() < 2 {
                tokio::select! {
                    n = receiver.recv() => {
                        seen.push(n.unwrap());
                        if seen.len() == 2 { receiver.close(); }
                        yield seen.len();
                    }
                    () = forever() => unreachable!(),
                }
            }
            drop(sender);
        } finally {
            seen.clear();
        }
        yield seen.len();
    };
    assert_eq!(all(g).0, [1, 2, 0]);
}

#[test]
fn generators_with_selects_in_scopes_are_send() {
    fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            for await n in iter([1, 2]) {
                try {
                    tokio::select! {
                        () = tick() => { yield n; if n == 2 { fail("failed")?; } }
                        () = forever() => {}
                    }
                    let (a, b) = tokio::join!(tick(), async { n });
                    let () = a;
                    yield b * 10;
                } finally {
                    tokio::select! { () = tick() => {} () = forever() => {} }
                }
            }
        }
    }
    assert_eq!(all(send(g())), (vec![1, 10, 2], raised("failed")));
    assert_eq!(closed_after(1, send(g())), (vec![1], Ok(())));
}

#[test]
fn selects_in_streams() {
    let items: Vec<u32> = run(stream! {
        let mut left = iter([1, 2]).fuse();
        let mut right = pin!(stream! { yield 10; yield 20; }.fuse());
        try {
            loop {
                tokio::select! {
                    biased;
                    Some(n) = left.next() => yield n,
                    n = right.next() => match n { Some(n) => { yield n; if n == 20 { break; } } None => return },
                }
            }
        } finally {
            yield 99;
        }
    }
    .collect());
    assert_eq!(items, [1, 2, 10, 20, 99]);
}

#[test]
fn a_generator_that_is_stepped_in_a_select_is_closed_in_the_finally() {
    fn inner(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! { try { yield 1; forever().await; } finally { tick().await; log.add("inner"); } }
    }
    run(async {
        let log = &Log::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let mut source = pin!(inner(log));
            try {
                loop {
                    tokio::select! {
                        step = source.anext() => match step { Ok(n) => { yield n; } Err(_) => break },
                        () = async { for _ in 0..5 { tick().await; } } => { yield 100; }
                    }
                }
            } finally {
                source.aclose().await.unwrap();
                log.add("outer");
            }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(100));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow("thrown").await, Err(StepError::Raised(Exception::Error("thrown"))));
        assert_eq!(log.take(), "inner outer");
    });
}
