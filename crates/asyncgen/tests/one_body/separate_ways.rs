//! Several ways lead out of one `try` with a `finally`: what one of them has moved, or not initialised, is nothing to the
//! others.

use asyncgen::async_gen;
use futures::stream::iter;

use crate::keyword::tick;
use crate::language::{all, fail, raised};

#[test]
fn two_ways_out_of_one_try_use_up_different_values() {
    // Each way out keeps what the other one has used up.
    let g = |way: u32| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let a = String::from("a");
            let b = String::from("b");
            'left: {
                try {
                    tick().await;
                    if way == 0 {
                        drop(a);
                        break 'left;
                    }
                    if way == 1 {
                        drop(b);
                        fail("failed")?;
                        return;
                    }
                } finally {
                    tick().await;
                }
                yield a;
            }
            yield b;
        }
    };
    assert_eq!(all(g(0)), (vec!["b".into()], Ok(())));
    assert_eq!(all(g(1)), (vec![], raised("failed")));
    assert_eq!(all(g(2)), (vec!["a".into(), "b".into()], Ok(())));
}

#[test]
fn a_way_out_by_break_has_given_a_variable_its_first_value_and_an_exception_has_not() {
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
                } finally {
                    tick().await;
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
fn a_continue_uses_up_what_a_break_hands_on() {
    let g = async_gen! {
        type Yield = Vec<u32>; type Sent = (); type Error = &'static str;
        'outer: for i in 0..2 {
            let row = vec![i];
            loop {
                try {
                    if i == 0 {
                        yield row;
                        continue 'outer;
                    }
                    tick().await;
                    break;
                } finally {
                    tick().await;
                }
            }
            yield [row, vec![10]].concat();
        }
    };
    assert_eq!(all(g), (vec![vec![0], vec![1, 10]], Ok(())));
}

#[test]
fn a_return_uses_up_what_a_break_hands_on() {
    let g = |way: u32| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let name = String::from("name");
            loop {
                try {
                    if way == 0 {
                        yield name;
                        return;
                    }
                    if way == 1 {
                        break;
                    }
                    raise!("raised");
                } finally {
                    tick().await;
                }
            }
            yield name + " goes on";
        }
    };
    assert_eq!(all(g(0)), (vec!["name".into()], Ok(())));
    assert_eq!(all(g(1)), (vec!["name goes on".into()], Ok(())));
    assert_eq!(all(g(2)), (vec![], raised("raised")));
}
