//! `try` and its company as expressions, and ordinary control flow in their blocks.

use asyncgen::{AsyncGenerator, Exception, async_gen, stream};
use futures::StreamExt;
use futures::stream::iter;

use crate::keyword::{run, tick};
use crate::language::{all, raised, thrown_after};

#[test]
fn a_try_is_a_match_scrutinee_a_condition_and_an_argument() {
    fn twice(n: u32) -> u32 {
        n * 2
    }
    let g = |text: &'static str| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = std::num::ParseIntError;
            match try { text.parse::<u32>()? } catch _ { 0 } {
                0 => { yield 404; }
                n => { yield n; }
            }
            if try { text.parse::<u32>()? > 3 } catch _ { false } {
                yield 1;
            }
            yield twice(try { text.parse()? } catch _ { 50 });
            yield [try { text.parse()? } catch _ { 7 }, 1][0];
        }
    };
    assert_eq!(all(g("5")), (vec![5, 1, 10, 5], Ok(())));
    assert_eq!(all(g("x")), (vec![404, 100, 7], Ok(())));
}

#[test]
fn a_try_alone_is_a_result_of_the_error_type() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = String;
        let value: Result<u32, String> = try { 1 + 1 };
        yield format!("{value:?}");
        let value = try { "x".parse::<u32>().map_err(|error| error.to_string())? };
        yield value.unwrap_err();
        let value: Result<u32, String> = try { tick().await; raise!("raised".to_owned()) };
        if let Err(error) = value { yield error; }
        yield try { 1 }.map_or("none".into(), |n: i32| n.to_string());
        yield format!("{:?}", try { yield "at a yield".into(); });
    };
    assert_eq!(all(g).0, ["Ok(2)", "invalid digit found in string", "raised", "1", "at a yield", "Ok(())"]);
}

#[test]
fn what_is_thrown_into_a_try_alone_is_its_err_and_closing_goes_through() {
    let g = || {
        async_gen! {
            type Yield = String; type Sent = (); type Error = String;
            let result = try { yield "in".into(); 7 };
            yield format!("{result:?}");
        }
    };
    assert_eq!(all(g()).0, ["in", "Ok(7)"]);
    assert_eq!(thrown_after(1, "thrown".to_owned(), g()).0, ["in", "Err(\"thrown\")"]);
    assert_eq!(crate::language::closed_after(1, g()), (vec!["in".into()], Ok(())));
}

#[test]
fn a_try_is_the_tail_of_a_block_and_of_the_body() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let n = {
                let m = 3;
                try { yield m; m + 1 } catch _ { m + 100 }
            };
            yield n;
            try { yield 5; } catch _ { yield 6; }
        }
    };
    assert_eq!(all(g()).0, [3, 4, 5]);
    assert_eq!(thrown_after(1, "thrown", g()).0, [3, 103, 5]);
    assert_eq!(thrown_after(3, "thrown", g()).0, [3, 4, 5, 6]);
}

#[test]
fn let_else_in_a_try_leaves_in_each_way() {
    let g = |text: &'static str| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            for word in text.split(' ') {
                try {
                    let Some(word) = word.strip_prefix('n') else { continue };
                    let Ok(n) = word.parse::<u32>() else { raise!("no number") };
                    let 1.. = n else { break };
                    let 0..9 = n else { return };
                    yield n;
                } catch "no number" {
                    yield 404;
                } finally {
                    tick().await;
                    yield 0;
                }
            }
            yield 99;
        }
    };
    assert_eq!(all(g("n1")).0, [1, 0, 99]);
    assert_eq!(all(g("1 n2")).0, [0, 2, 0, 99]);
    assert_eq!(all(g("nx n3")).0, [404, 0, 3, 0, 99]);
    assert_eq!(all(g("n0 n4")).0, [0, 99]);
    assert_eq!(all(g("n9 n4")).0, [0]);
}

#[test]
fn the_else_of_a_let_is_a_try() {
    let g = |text: &'static str| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let Ok(n) = text.parse::<u32>() else {
                try { yield 1; raise!("raised") } catch _ { return } finally { yield 2; }
            };
            yield n;
        }
    };
    assert_eq!(all(g("7")).0, [7]);
    assert_eq!(all(g("x")).0, [1, 2]);
}

#[test]
fn while_let_and_match_guards_go_over_what_is_sent() {
    use asyncgen::AsyncGeneratorExt;
    run(async {
        let mut g = std::pin::pin!(async_gen! {
            type Yield = u32; type Sent = Option<u32>; type Error = &'static str;
            let mut sum = 0;
            try {
                while let Some(n) = yield sum {
                    match n {
                        n if n > 100 => raise!("large"),
                        n if n % 2 == 0 => sum += n,
                        _ if sum == 0 => continue,
                        7 => break,
                        n => sum += n * 10,
                    }
                }
            } catch error if error == "large" && sum > 0 {
                sum = 1000;
            }
            yield sum + 1;
        });
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.asend(Some(3)).await, Ok(0));
        assert_eq!(g.asend(Some(4)).await, Ok(4));
        assert_eq!(g.asend(Some(3)).await, Ok(34));
        assert_eq!(g.asend(Some(101)).await, Ok(1001));
    });
}

#[test]
fn a_match_guard_may_yield_and_await_in_a_try() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                match Some(3) {
                    Some(n) if { yield n; n > 5 } => { yield 50; }
                    Some(n) if { tick().await; n > 2 } => { yield n * 10; }
                    _ => {}
                }
            } catch _ {
                yield 404;
            }
        }
    };
    assert_eq!(all(g()).0, [3, 30]);
    assert_eq!(thrown_after(1, "thrown", g()).0, [3, 404]);
}

#[test]
fn let_chains_and_if_let_else_have_scopes_in_their_blocks() {
    let g = |n: Option<u32>| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let doubled = if let Some(n) = n {
                try { yield n; n * 2 } finally { yield 0; }
            } else {
                try { raise!("none"); } catch _ { 404 }
            };
            yield doubled;
        }
    };
    assert_eq!(all(g(Some(4))).0, [4, 0, 8]);
    assert_eq!(all(g(None)).0, [404]);
}

#[test]
fn shadowing_ends_with_each_block() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        let x = "body";
        try {
            yield x.to_string();
            let x = 1;
            try {
                let x = x + 1;
                yield x.to_string();
                raise!("error");
            } catch x {
                yield x.to_string();
                let x = 'c';
                yield x.to_string();
            } finally {
                yield x.to_string();
                let x = 2.5;
                yield x.to_string();
            }
            yield x.to_string();
        } finally {
            for await x in iter([true]) {
                yield x.to_string();
            }
        }
        yield x.to_string();
    };
    assert_eq!(all(g).0, ["body", "2", "error", "c", "1", "2.5", "1", "true", "body"]);
}

#[test]
fn items_in_the_blocks_are_the_blocks_own() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        const N: u32 = 1;
        try {
            const N: u32 = 2;
            fn double(n: u32) -> u32 { n * 2 }
            struct Local(u32);
            use std::cmp::max;
            yield double(Local(N).0);
            yield max(N, 3);
        } catch _ {
        } finally {
            fn double(n: u32) -> u32 { n * 20 }
            yield double(N);
        }
        yield N;
    };
    assert_eq!(all(g).0, [4, 3, 20, 1]);
}

#[test]
fn destructuring_assignments_swap_in_a_try() {
    let g = async_gen! {
        type Yield = (u32, u32); type Sent = (); type Error = &'static str;
        let (mut a, mut b) = (0, 1);
        try {
            for _ in 0..3 {
                (a, b) = (b, a + b);
                yield (a, b);
            }
        } finally {
            [a, b] = [b, a];
        }
        yield (a, b);
    };
    assert_eq!(all(g).0, [(1, 1), (1, 2), (2, 3), (3, 2)]);
}

#[test]
fn a_labelled_block_in_a_try_in_a_labelled_loop() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        'rows: for await row in iter([[1, 2], [3, 4], [5, 6]]) {
            let sum = 'sum: {
                try {
                    for n in row {
                        if n == 2 { continue 'rows; }
                        if n == 4 { break 'sum 400; }
                    }
                    row.iter().sum()
                } finally {
                    yield row[0] * 100;
                }
            };
            yield sum;
        }
    };
    assert_eq!(all(g).0, [100, 300, 400, 500, 11]);
}

#[test]
fn the_value_of_a_try_with_finally_is_made_before_the_clean_up() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut n = 1;
        let before = try { n } finally { n = 2; };
        yield before;
        yield n;
        let of_handler = try { raise!("raised") } catch _ { n * 10 } finally { n = 3; };
        yield of_handler;
        yield n;
    };
    assert_eq!(all(g).0, [1, 2, 20, 3]);
}

#[test]
fn a_try_of_the_never_type_fits_everywhere() {
    let g = |n: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let value: u32 = match n {
                0 => try { raise!("zero") } catch _ { return; },
                1 => try { return Err("one") } finally { tick().await; },
                n => n,
            };
            yield value;
        }
    };
    assert_eq!(all(g(0)), (vec![], Ok(())));
    assert_eq!(all(g(1)), (vec![], raised("one")));
    assert_eq!(all(g(2)), (vec![2], Ok(())));
}

#[test]
fn each_kind_of_handler_may_give_another_expression_of_the_type() {
    fn g(n: u32) -> impl AsyncGenerator<Yield = Box<dyn std::fmt::Display>, Sent = (), Error = &'static str> {
        async_gen! {
            type Yield = Box<dyn std::fmt::Display>;
            type Error = &'static str;
            let value: Box<dyn std::fmt::Display> = try {
                if n > 0 { raise!(["", "a", "b", "c"][n as usize]); }
                Box::new(1)
            } catch "a" {
                Box::new("text")
            } catch "b" {
                Box::new('c')
            } catch _ {
                return
            };
            yield value;
        }
    }
    for (n, text) in [(0, "1"), (1, "text"), (2, "c")] {
        assert_eq!(all(g(n)).0[0].to_string(), text);
    }
    assert_eq!(all(g(3)).0.len(), 0);
}

#[test]
fn a_stream_of_no_errors_has_scopes_without_a_header() {
    let items: Vec<u32> = run(stream! {
        let n;
        try {
            n = 5;
            for await m in iter([1, 2]) {
                if m == 2 { break; }
                yield m;
            }
        } finally {
            tick().await;
        }
        yield n;
    }
    .collect());
    assert_eq!(items, [1, 5]);
}

#[test]
fn parentheses_and_methods_may_follow_a_try_with_clauses() {
    let g = async_gen! {
        type Yield = usize; type Sent = (); type Error = &'static str;
        let length = (try { raise!("raised") } catch error { error }).len();
        yield length;
        let length = { try { "four" } finally { tick().await; } }.len();
        yield length;
        yield 1 + (try { 2 } catch _ { 0 });
    };
    assert_eq!(all(g).0, [6, 4, 3]);
}

#[test]
fn an_exception_value_of_the_old_kind_is_not_needed_to_tell_errors_apart() {
    let g = |end: &'static str| {
        async_gen! {
            type Yield = usize; type Sent = (); type Error = &'static str;
            try {
                try { if !end.is_empty() { raise!(Exception::Error(end)); } yield 0; } catch "a" { yield 1; }
            } catch error {
                yield error.len();
            }
        }
    };
    assert_eq!(all(g("")).0, [0]);
    assert_eq!(all(g("a")).0, [1]);
    assert_eq!(all(g("bb")).0, [2]);
}

#[test]
fn a_try_at_the_end_is_the_value_of_the_whole() {
    use asyncgen::{AsyncGeneratorExt, ReturningGenerator, async_block};

    fn parsed(text: &str) -> impl Future<Output = Result<u32, std::num::ParseIntError>> {
        async_block! {
            try { let n: u32 = text.parse()?; tick().await; n } finally { tick().await; }
        }
    }
    fn or_zero(text: &str) -> impl Future<Output = Result<u32, std::num::ParseIntError>> {
        async_block! { try { text.parse::<u32>()? } catch _ { 0 } }
    }
    fn nothing(text: &str) -> impl Future<Output = Result<(), std::num::ParseIntError>> {
        async_block! { try { text.parse::<u32>()?; } finally { tick().await; } }
    }
    fn length(text: &str) -> impl ReturningGenerator<Yield = &str, Sent = (), Error = String, Return = usize> {
        async_gen! {
            type Return = usize;
            try { yield text; text.len() } catch _ { 0 } finally { tick().await; }
        }
    }
    run(async {
        assert_eq!(parsed("5").await, Ok(5));
        assert!(parsed("x").await.is_err());
        assert_eq!((or_zero("5").await, or_zero("x").await), (Ok(5), Ok(0)));
        assert_eq!(nothing("5").await, Ok(()));
        assert!(nothing("x").await.is_err());
        let mut g = std::pin::pin!(length("four"));
        assert_eq!(g.try_anext().await, Ok(Some("four")));
        assert_eq!(g.try_anext().await, Ok(None));
        assert_eq!(g.return_value(), Some(4));
        let mut g = std::pin::pin!(length("four"));
        assert_eq!(g.try_anext().await, Ok(Some("four")));
        assert_eq!(g.athrow("thrown".to_owned()).await, Err(asyncgen::StepError::StopAsyncIteration));
        assert_eq!(g.return_value(), Some(0));
    });
}
