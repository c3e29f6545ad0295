//! Borrows that end before a yield, and those that live across it, as in any other body.

use std::cell::RefCell;
use std::collections::HashMap;

use asyncgen::{AsyncGenerator, async_gen};
use futures::stream::iter;

use crate::keyword::tick;
use crate::language::{all, closed_after, thrown_after};

#[test]
fn a_mutable_borrow_ends_before_the_yield_in_a_try() {
    let g = async_gen! {
        type Yield = usize; type Sent = (); type Error = &'static str;
        let mut list = vec![1];
        try {
            let last = list.last_mut().unwrap();
            *last += 1;
            yield list.len();
            list.push(5);
        } catch _ {
            list.clear();
        } finally {
            list.push(6);
            tick().await;
        }
        yield list.len();
    };
    assert_eq!(all(g), (vec![1, 3], Ok(())));
}

#[test]
fn try_catch_and_finally_each_borrow_the_same_variable_mutably() {
    let g = || {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let mut text = String::new();
            try {
                text.push('t');
                yield text.clone();
                text.push('u');
            } catch error {
                text.push_str(error);
            } finally {
                text.push('f');
                tick().await;
            }
            yield text;
        }
    };
    assert_eq!(all(g()).0, ["t", "tuf"]);
    assert_eq!(thrown_after(1, "c", g()).0, ["t", "tcf"]);
}

#[test]
fn a_shared_borrow_lives_across_a_yield_in_three_scopes() {
    let g = async_gen! {
        type Yield = char; type Sent = (); type Error = &'static str;
        let text = String::from("abc");
        let mut letters = text.chars();
        try {
            try {
                for await n in iter(0..2) {
                    let letter = letters.next().unwrap();
                    if n == 1 { continue; }
                    yield letter;
                }
            } catch _ {
                letters.next();
            }
        } finally {
            tick().await;
        }
        for letter in letters {
            yield letter;
        }
    };
    assert_eq!(all(g).0, ['a', 'c']);
}

#[test]
fn a_mutable_reference_is_borrowed_again_in_each_block() {
    fn g(counts: &mut [u32; 3]) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            for round in 1..3 {
                try {
                    counts[0] += round;
                    yield counts[0];
                } catch _ {
                    counts[1] += round;
                } finally {
                    let third = &mut counts[2];
                    tick().await;
                    *third += round;
                }
            }
            counts[0] = 0;
        }
    }
    let mut counts = [0; 3];
    assert_eq!(all(g(&mut counts)).0, [1, 3]);
    assert_eq!(counts, [0, 0, 3]);
    assert_eq!(thrown_after(1, "thrown", g(&mut counts)).0, [1, 3]);
    assert_eq!(counts, [0, 1, 6]);
}

#[test]
fn two_fields_are_borrowed_apart_in_a_try() {
    struct State {
        seen: Vec<u32>,
        sum: u32,
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut state = State { seen: vec![1, 2, 3], sum: 0 };
        try {
            for n in &state.seen {
                state.sum += n;
                yield state.sum;
            }
        } finally {
            tick().await;
        }
        state.seen.clear();
        yield state.sum * 10;
    };
    assert_eq!(all(g).0, [1, 3, 6, 60]);
}

#[test]
fn an_entry_of_a_map_is_changed_between_yields() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for word in ["a", "b", "a"] {
            try {
                let count = counts.entry(word).or_default();
                *count += 1;
                yield *count;
            } finally {
                counts.insert("rounds", counts.len() as u32);
            }
        }
        yield counts["rounds"];
    };
    assert_eq!(all(g).0, [1, 1, 2, 3]);
}

#[test]
fn the_finally_uses_what_the_try_has_only_borrowed() {
    let log = &RefCell::new(Vec::new());
    let g = async_gen! {
        type Yield = usize; type Sent = (); type Error = &'static str;
        let connection = String::from("connection");
        try {
            let name: &str = &connection;
            yield name.len();
            log.borrow_mut().push(name.to_owned());
        } finally {
            log.borrow_mut().push(connection + " closed");
        }
    };
    assert_eq!(closed_after(1, g), (vec![10], Ok(())));
    assert_eq!(*log.borrow(), ["connection closed"]);
}

#[test]
fn the_finally_uses_up_a_value_and_it_is_made_anew_in_the_next_round() {
    let log = &RefCell::new(Vec::new());
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        for i in 0..2 {
            let session = vec![i; 2];
            try {
                yield session[0];
                if i == 0 { continue; }
                yield session[1] + 10;
            } finally {
                tick().await;
                log.borrow_mut().push(session);
            }
        }
    };
    assert_eq!(all(g), (vec![0, 1, 11], Ok(())));
    assert_eq!(*log.borrow(), [vec![0, 0], vec![1, 1]]);
}

#[test]
fn what_is_caught_may_be_borrowed_from_the_arguments() {
    fn g<'a>(text: &'a str, other: &'a str) -> impl AsyncGenerator<Yield = &'a str, Sent = (), Error = &'a str> {
        async_gen! {
            type Error = &'a str;
            for word in text.split(' ') {
                try {
                    if word == other {
                        raise!(other);
                    }
                    yield word;
                } catch raised if raised.len() > 1 {
                    yield &raised[1..];
                }
            }
        }
    }
    let text = String::from("ab cd ef");
    assert_eq!(all(g(&text, "cd")), (vec!["ab", "d", "ef"], Ok(())));
}

#[test]
fn a_ref_cell_is_borrowed_and_given_back_around_each_yield() {
    let shared = &RefCell::new(0);
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            for _ in 0..2 {
                let n = { let mut n = shared.borrow_mut(); *n += 1; *n };
                assert!(shared.try_borrow_mut().is_ok());
                yield n;
            }
        } finally {
            *shared.borrow_mut() += 10;
        }
        yield *shared.borrow();
    };
    assert_eq!(all(g).0, [1, 2, 12]);
}

#[test]
fn a_slice_pattern_borrows_in_a_loop_in_a_try() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let list = vec![1, 2, 3, 4, 5];
        let mut rest = &list[..];
        try {
            while let [first, second, tail @ ..] = rest {
                yield first + second;
                rest = tail;
            }
        } finally {
            tick().await;
        }
        yield rest.len() as u32;
        drop(list);
    };
    assert_eq!(all(g).0, [3, 7, 1]);
}
