//! `catch`: patterns of the error type, guards, and closing, which only `catch GeneratorExit` sees.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, State, async_gen};
use futures::FutureExt;

use crate::keyword::{Log, forever, run, tick};
use crate::language::{all, closed_after, raised, thrown_after};

#[test]
fn closing_goes_through_all_patterns_of_errors() {
    for catching in 0..4 {
        let log = &Log::default();
        let g = async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            loop {
                match catching {
                    0 => { try { yield 1; } catch error { log.add(error); } }
                    1 => { try { yield 1; } catch _ { log.add("_"); } }
                    2 => { try { yield 1; } catch "a" | "b" | _ { log.add("or"); } }
                    _ => { let result = try { yield 1; }; log.add(result.is_err()); }
                }
            }
        };
        assert_eq!(closed_after(2, g), (vec![1, 1], Ok(())), "{catching}");
        assert_eq!(log.take(), if catching == 3 { "false" } else { "" });
    }
}

#[test]
fn closing_at_an_await_goes_through_the_patterns_of_errors() {
    run(async {
        let log = &Log::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { forever().await; } catch error { log.add(error); } finally { log.add("finally"); }
            yield 1;
        });
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(g.state(), State::Closed);
        assert_eq!(log.take(), "finally");
    });
}

#[test]
fn catch_generator_exit_sees_closing_alone_and_swallows_it_if_its_block_ends() {
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try {
                yield 1;
            } catch GeneratorExit {
                log.add("exit");
                tick().await;
            }
            log.add("after");
        }
    };
    let log = &Log::default();
    assert_eq!(closed_after(1, g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "exit after");
    assert_eq!(thrown_after(1, "thrown", g(log)), (vec![1], raised("thrown")));
    assert_eq!(log.take(), "");
    assert_eq!(all(g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "after");
}

#[test]
fn a_swallowed_closing_and_a_yield_after_it_is_given_back() {
    // C15: closing again closes.
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { yield 1; } catch GeneratorExit {}
            yield 2;
            yield 3;
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.aclose().await, Err(CloseError::IgnoredGeneratorExit(2)));
        assert_eq!(g.anext().await, Ok(3));
        assert_eq!(g.aclose().await, Ok(()));
    });
}

#[test]
fn closing_is_raised_again_by_raise_generator_exit() {
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try {
                try {
                    yield 1;
                } catch GeneratorExit {
                    log.add("inner");
                    raise!(GeneratorExit);
                } catch error {
                    log.add(error);
                } finally {
                    log.add("finally");
                }
                log.add("between");
            } catch GeneratorExit {
                log.add("outer");
                raise!(GeneratorExit)
            }
            log.add("after");
        }
    };
    let log = &Log::default();
    assert_eq!(closed_after(1, g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "inner finally outer");
    assert_eq!(thrown_after(1, "thrown", g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "thrown finally between after");
}

#[test]
fn generator_exit_may_be_written_with_its_type() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try { yield 1; } catch Exception::GeneratorExit { log.add("exit"); }
    };
    assert_eq!(closed_after(1, g), (vec![1], Ok(())));
    assert_eq!(log.take(), "exit");
}

#[test]
fn errors_and_closing_are_caught_in_any_order_of_the_clauses() {
    for order in 0..2 {
        let log = &Log::default();
        let g = || {
            async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                if order == 0 {
                    try { yield 1; } catch "a" { log.add("a"); } catch GeneratorExit { log.add("exit"); } catch _ { log.add("rest"); }
                } else {
                    try { yield 1; } catch GeneratorExit { log.add("exit"); } catch "a" { log.add("a"); } catch _ { log.add("rest"); }
                }
            }
        };
        assert_eq!(thrown_after(1, "a", g()), (vec![1], Ok(())));
        assert_eq!(thrown_after(1, "b", g()), (vec![1], Ok(())));
        assert_eq!(closed_after(1, g()), (vec![1], Ok(())));
        assert_eq!(log.take(), "a rest exit");
    }
}

#[test]
fn a_guard_on_generator_exit_decides_too() {
    let g = |polite: bool, log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try { yield 1; } catch GeneratorExit if polite { log.add("exit"); return; } finally { log.add("finally"); }
            log.add("after");
        }
    };
    let log = &Log::default();
    assert_eq!(closed_after(1, g(true, log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "exit finally");
    assert_eq!(closed_after(1, g(false, log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "finally");
}

#[test]
fn an_error_raised_while_closing_is_what_aclose_gives() {
    // C14
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try { yield 1; } catch GeneratorExit { tick().await; raise!("instead"); }
    };
    assert_eq!(closed_after(1, g), (vec![1], Err(CloseError::Raised("instead"))));
}

#[test]
fn an_error_type_may_have_a_variant_of_its_own_that_is_called_so() {
    // `GeneratorExit` as a last segment of another path is the user's own.
    #[derive(Debug, PartialEq)]
    enum Mine {
        GeneratorExited,
        Other(u32),
    }
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = Mine;
            try { yield 1; } catch Mine::GeneratorExited { yield 2; } catch Mine::Other(n) { yield n; }
        }
    };
    assert_eq!(thrown_after(1, Mine::GeneratorExited, g()).0, [1, 2]);
    assert_eq!(thrown_after(1, Mine::Other(7), g()).0, [1, 7]);
}

#[test]
fn methods_of_what_is_caught_are_known_from_the_header() {
    fn g() -> impl AsyncGenerator<Yield = usize, Sent = (), Error = String> {
        async_gen! {
            type Error = String;
            try { yield 1; } catch error if error.starts_with('l') { yield error.len(); }
        }
    }
    assert_eq!(thrown_after(1, "long".to_owned(), g()).0, [1, 4]);
    assert_eq!(thrown_after(1, "short".to_owned(), g()), (vec![1], raised("short".into())));
}

#[test]
fn a_guard_may_await_and_yield_and_raise() {
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { raise!("first"); }
                catch _ if { tick().await; way == 0 } { yield 1; }
                catch _ if { yield 2; way == 1 } { yield 3; }
                catch _ if { if way == 2 { raise!("second"); } false } { yield 4; }
            } catch "second" {
                yield 5;
            }
        }
    };
    assert_eq!(all(g(0)), (vec![1], Ok(())));
    assert_eq!(all(g(1)), (vec![2, 3], Ok(())));
    assert_eq!(all(g(2)), (vec![2, 5], Ok(())));
    assert_eq!(all(g(3)), (vec![2], raised("first")));
}

#[test]
fn mutable_bindings_and_references_in_patterns() {
    let g = |log| {
        async_gen! {
            type Yield = usize; type Sent = (); type Error = (String, Vec<u32>);
            let log: &Log = log;
            try {
                yield 0;
            } catch (mut name, ref list) if !list.is_empty() {
                name.push('!');
                log.add(name);
                yield list.len();
            } catch (name, _) if { name.len() > 1 } {
                log.add(name);
            }
        }
    };
    let log = &Log::default();
    assert_eq!(thrown_after(1, ("a".to_owned(), vec![1, 2]), g(log)).0, [0, 2]);
    assert_eq!(thrown_after(1, ("bb".to_owned(), vec![]), g(log)).0, [0]);
    assert_eq!(log.take(), "a! bb");
    assert_eq!(thrown_after(1, (String::new(), vec![]), g(log)).1, raised((String::new(), vec![])));
}

#[test]
fn what_a_guard_refuses_goes_on_unharmed() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = Box<u32>;
        try {
            try { raise!(Box::new(7)); } catch n if *n > 100 { drop(n); }
        } catch n if *n == 8 {
            drop(n);
        } catch n {
            yield *n;
        }
    };
    assert_eq!(all(g).0, [7]);
}
