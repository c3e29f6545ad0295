//! The user's names, labels, traits and macros, whatever they are called, stay the user's.
#![allow(dead_code, unused_imports, non_snake_case, reason = "they are here to be in the way")]

use asyncgen::{AsyncGenerator, async_gen};
use futures::stream::iter;

use crate::keyword::tick;
use crate::language::{all, closed_after, raised, thrown_after};

#[test]
fn labels_of_any_name() {
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            'done: for i in 0..3 {
                'raise: loop {
                    'body: {
                        try {
                            'finally: for await n in iter(0..3) {
                                'item: {
                                    try {
                                        match (way, n) {
                                            (0, 1) => break 'done,
                                            (1, 1) => break 'raise,
                                            (2, 1) => break 'body,
                                            (3, 1) => break 'finally,
                                            (4, 1) => break 'item,
                                            (5, 1) => continue 'done,
                                            (6, 1) => continue 'finally,
                                            _ => {}
                                        }
                                        yield i * 10 + n;
                                    } finally { tick().await; }
                                }
                            }
                            yield 100;
                        } catch _ {} finally { tick().await; }
                    }
                    if way != 2 || i == 2 { break 'raise; }
                    break;
                }
                if i == 0 { break 'done; }
            }
            yield 999;
        }
    };
    assert_eq!(all(g(0)).0, [0, 999]);
    assert_eq!(all(g(1)).0, [0, 999]);
    assert_eq!(all(g(2)).0, [0, 999]);
    assert_eq!(all(g(3)).0, [0, 100, 999]);
    assert_eq!(all(g(4)).0, [0, 2, 100, 999]);
    assert_eq!(all(g(5)).0, [0, 10, 20, 999]);
    assert_eq!(all(g(6)).0, [0, 2, 100, 999]);
}

#[test]
fn the_same_label_twice_one_in_the_other() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        #[allow(unused_labels)]
        'a: for i in 0..2 {
            try {
                #[allow(clippy::never_loop)]
                for await n in iter([5]) { if i == 1 { break 'a; } yield n; continue 'a; }
            } finally { tick().await; }
        }
        'a: loop { try { break 'a; } finally { yield 7; } }
    };
    assert_eq!(all(g).0, [5, 7]);
}

#[test]
fn variables_of_any_name() {
    let (exception, error, value, result, scope, future, yielder, y) = (1, 2, 3, 4, 5, 6, 7, 8);
    let (__yielder, __scope, __exception, __value, __future, __result, __item, __way) = (1, 1, 1, 1, 1, 1, 1, 1);
    let g = async_gen! {
        type Yield = i32; type Sent = (); type Error = &'static str;
        let mut item = 0;
        try {
            yield exception + error + value + result + scope + future + yielder + y;
            for await n in iter([1]) {
                item += n;
                yield __yielder + __scope + __exception + __value + __future + __result + __item + __way + item;
            }
            raise!("raised");
        } catch thrown {
            let exception = thrown.len() as i32 + exception;
            yield exception;
        } finally {
            let value = value + error;
            yield value;
        }
    };
    assert_eq!(all(g).0, [36, 9, 7, 5]);
}

mod shadowed {
    //! Names of the prelude that mean something else here, and traits that have every method.
    pub(super) struct Ok;
    pub(super) struct Err;
    pub(super) struct Some;
    pub(super) struct None;
    pub(super) struct Result;
    pub(super) struct Option;
    pub(super) struct Into;
    pub(super) struct From;
    pub(super) struct Box;
    pub(super) struct Future;
    pub(super) struct Pin;
    pub(super) struct Default;
    pub(super) struct Drop;
    pub(super) struct Send;
    pub(super) mod core {}
    pub(super) mod std {}
    pub(super) mod asyncgen {}
    pub(super) fn drop() {}
}

mod where_names_are_shadowed {
    use super::shadowed::{
        Box, Default, Drop, Err, From, Future, Into, None, Ok, Option, Pin, Result, Send, Some, asyncgen, core, drop,
        std,
    };
    use ::asyncgen::{AsyncGenerator, async_gen};

    pub(super) fn g(way: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            type Error = &'static str;
            let first;
            try {
                first = 1;
                for await n in ::futures::stream::iter([2, 3]) {
                    yield n;
                    if n == 3 && way == 0 { raise!("raised"); }
                    if n == 3 && way == 1 { ::std::result::Result::Err("question")?; }
                }
            } catch error if error.len() < 7 {
                yield error.len() as u32;
                return;
            } catch GeneratorExit {
                raise!(GeneratorExit);
            } finally {
                yield 100;
            }
            yield first;
        }
    }
}

#[test]
fn prelude_names_may_be_shadowed() {
    assert_eq!(all(where_names_are_shadowed::g(0)), (vec![2, 3, 6, 100], Ok(())));
    assert_eq!(all(where_names_are_shadowed::g(1)), (vec![2, 3, 100], raised("question")));
    assert_eq!(all(where_names_are_shadowed::g(2)), (vec![2, 3, 100, 1], Ok(())));
}

mod where_traits_have_every_method {
    //! Blanket methods of the names that an expansion might call.
    use asyncgen::{AsyncGenerator, async_gen};
    use futures::stream::iter;

    macro_rules! everything {
        ($($name:ident)*) => {
            trait Everything { $(#[allow(clippy::wrong_self_convention)] fn $name(self) -> &'static str where Self: Sized { stringify!($name) })* }
            impl<T> Everything for T {}
        };
    }
    everything! {
        kind lend catch finally yield_ try_yield raise next close clean_up poll split share hand_over take_sent enter leave
        interruptible into_iterated mask unmask run begin probe of checked over delegate yield_from into_exception convert
    }

    pub(super) fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            try {
                for await n in async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; yield 1; } { yield n; }
                for await n in iter([2]) { yield n; }
                yield from async_gen! { yield 3; };
                raise!("raised");
            } catch "raised" {
                yield 4.kind().len() as u32;
            } finally {
                yield 5;
            }
        }
    }
}

#[test]
fn traits_in_scope_may_have_methods_of_any_name() {
    assert_eq!(all(where_traits_have_every_method::g()).0, [1, 2, 3, 4, 5]);
}

#[test]
fn loops_and_trys_that_macros_make_keep_their_labels_apart() {
    macro_rules! twice {
        ($body:block) => {
            'outer: for _ in 0..2 {
                loop {
                    $body
                    continue 'outer;
                }
            }
        };
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut n = 0;
        'outer: loop {
            try {
                n += 1;
                twice!({ n += 10; });
                if n > 40 { break 'outer; }
                yield n;
            } finally {
                tick().await;
            }
        }
        yield n;
    };
    assert_eq!(all(g).0, [21, 42]);
}

#[test]
fn variables_that_are_called_as_the_keywords_are() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let catch = 1;
            let finally = 2;
            let from = 3;
            try {
                yield catch + finally + from;
                yield from;
            } catch catch {
                yield catch.len() as u32;
            } finally {
                yield finally;
            }
        }
    };
    assert_eq!(all(g()).0, [6, 3, 2]);
    assert_eq!(thrown_after(1, "four", g()).0, [6, 4, 2]);
    assert_eq!(closed_after(3, g()).0, [6, 3, 2]);
}
