//! A variable gets its first value in a block.

use asyncgen::async_gen;
use futures::stream::iter;

use crate::keyword::tick;
use crate::language::{all, closed_after, fail, raised, thrown_after};

#[test]
fn in_a_try_with_finally() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let x;
        try {
            x = 5;
            yield 1;
        } finally {
            tick().await;
        }
        yield x;
    };
    assert_eq!(all(g), (vec![1, 5], Ok(())));
}

#[test]
fn in_a_try_or_in_its_catch() {
    let g = |text: &'static str| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = std::num::ParseIntError;
            let n;
            try {
                n = text.parse::<u32>()?;
            } catch _ {
                n = 404;
            }
            yield n;
        }
    };
    assert_eq!(all(g("7")).0, [7]);
    assert_eq!(all(g("x")).0, [404]);
}

#[test]
fn in_a_try_whose_catch_leaves() {
    let g = |text: &'static str| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = std::num::ParseIntError;
            let n: u32;
            try {
                n = text.parse()?;
                yield 1;
            } catch _ {
                return;
            } finally {
                tick().await;
            }
            yield n;
        }
    };
    assert_eq!(all(g("7")).0, [1, 7]);
    assert_eq!(all(g("x")), (vec![], Ok(())));
    assert_eq!(closed_after(1, g("7")), (vec![1], Ok(())));
}

#[test]
fn in_a_match_in_a_try() {
    let g = |n: u32| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let name;
            let size: usize;
            try {
                match n {
                    0 => {
                        name = "none";
                        size = 0;
                    }
                    1 => {
                        yield "one comes".into();
                        name = "one";
                        size = name.len();
                    }
                    _ => raise!("many"),
                }
            } finally {
                tick().await;
            }
            yield format!("{name} {size}");
        }
    };
    assert_eq!(all(g(0)), (vec!["none 0".into()], Ok(())));
    assert_eq!(all(g(1)), (vec!["one comes".into(), "one 3".into()], Ok(())));
    assert_eq!(all(g(2)), (vec![], raised("many")));
    assert_eq!(thrown_after(1, "thrown", g(1)), (vec!["one comes".into()], raised("thrown")));
}

#[test]
fn in_a_loop_in_a_try() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let found;
        try {
            let mut i = 0;
            loop {
                tick().await;
                i += 1;
                yield i;
                if i == 2 {
                    found = i * 10;
                    break;
                }
            }
        } finally {
            tick().await;
        }
        yield found;
    };
    assert_eq!(all(g), (vec![1, 2, 20], Ok(())));
}

#[test]
fn in_a_loop_over_a_stream_in_a_try() {
    let g = |limit: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let found;
            'search: {
                try {
                    for await x in iter(0..limit) {
                        if x == 3 {
                            found = x;
                            break 'search;
                        }
                        yield x;
                    }
                } catch "none" {
                    return;
                }
                return;
            }
            yield found * 10;
        }
    };
    assert_eq!(all(g(9)).0, [0, 1, 2, 30]);
    assert_eq!(all(g(2)).0, [0, 1]);
}

#[test]
fn in_a_try_in_a_loop_that_is_left_by_it() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut tries = 0;
        let connection;
        loop {
            try {
                tries += 1;
                if tries < 3 {
                    fail("refused")?;
                }
                connection = tries * 100;
                break;
            } catch "refused" {
                yield tries;
            }
        }
        yield connection;
    };
    assert_eq!(all(g), (vec![1, 2, 300], Ok(())));
}

#[test]
fn in_the_finally() {
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let closed;
            try {
                yield 1;
                if way == 1 {
                    raise!("raised");
                }
            } finally {
                tick().await;
                closed = way + 10;
            }
            yield closed;
        }
    };
    assert_eq!(all(g(0)), (vec![1, 10], Ok(())));
    assert_eq!(all(g(1)), (vec![1], raised("raised")));
}

#[test]
fn in_three_scopes() {
    let g = async_gen! {
        type Yield = (u32, u32, u32); type Sent = (); type Error = &'static str;
        let (a, b, c);
        try {
            a = 1;
            try {
                b = a + 1;
                yield (a, b, 0);
                try {
                    c = b + 1;
                    tick().await;
                } finally {
                    tick().await;
                }
            } catch "never" {
                return;
            }
        } finally {
            tick().await;
        }
        yield (a, b, c);
    };
    assert_eq!(all(g), (vec![(1, 2, 0), (1, 2, 3)], Ok(())));
}

#[test]
fn of_a_reference_to_a_local_of_the_body() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        let long = String::from("long");
        let short = String::from("s");
        let chosen: &str;
        let owned;
        try {
            yield "choosing".into();
            owned = format!("{long}{short}");
            chosen = if owned.len() > 3 { &owned } else { &short };
        } finally {
            tick().await;
        }
        yield chosen.to_owned();
    };
    assert_eq!(all(g).0, ["choosing", "longs"]);
}
