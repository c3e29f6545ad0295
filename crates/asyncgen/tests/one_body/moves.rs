//! Values move in and out of variables around and inside of `try`, `catch`, `finally` and loops.

use asyncgen::{AsyncGenerator, Exception, async_gen};
use futures::channel::oneshot;
use futures::stream::iter;

use crate::keyword::tick;
use crate::language::{all, closed_after, raised, thrown_after};

#[test]
fn a_variable_is_moved_out_and_assigned_again_in_a_try_with_finally() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        let mut s = String::from("a");
        try {
            yield s;
            s = String::from("b");
        } finally {
            tick().await;
        }
        yield s;
    };
    assert_eq!(all(g), (vec!["a".into(), "b".into()], Ok(())));
}

#[test]
fn a_variable_is_moved_out_and_assigned_again_on_both_ways_through_a_catch() {
    let g = || {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let mut s = String::from("a");
            try {
                yield s;
                s = String::from("b");
            } catch error {
                s = error.to_owned();
            }
            yield s;
        }
    };
    assert_eq!(all(g()), (vec!["a".into(), "b".into()], Ok(())));
    assert_eq!(thrown_after(1, "thrown", g()), (vec!["a".into(), "thrown".into()], Ok(())));
}

#[test]
fn batches_are_yielded_in_a_try_in_a_loop() {
    let g = async_gen! {
        type Yield = Vec<u32>; type Sent = (); type Error = &'static str;
        let mut batch = Vec::new();
        for await x in iter(0..5) {
            try {
                batch.push(x);
                if batch.len() == 2 {
                    yield batch;
                    batch = Vec::new();
                }
            } finally {
                tick().await;
            }
        }
        if !batch.is_empty() {
            yield batch;
        }
    };
    assert_eq!(all(g), (vec![vec![0, 1], vec![2, 3], vec![4]], Ok(())));
}

#[test]
fn batches_are_yielded_in_a_loop_in_a_try() {
    let g = async_gen! {
        type Yield = Vec<u32>; type Sent = (); type Error = &'static str;
        let mut batch = Vec::new();
        try {
            for await x in iter(0..5) {
                batch.push(x);
                if batch.len() == 2 {
                    yield batch;
                    batch = Vec::new();
                }
            }
        } finally {
            tick().await;
        }
        if !batch.is_empty() {
            yield batch;
        }
    };
    assert_eq!(all(g), (vec![vec![0, 1], vec![2, 3], vec![4]], Ok(())));
}

#[test]
fn a_value_used_up_on_a_path_that_returns_from_a_try_is_there_after_it() {
    fn g(n: u32, done: oneshot::Sender<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            try {
                yield n;
                if n == 0 {
                    done.send(0).unwrap();
                    return;
                }
            } finally {
                tick().await;
            }
            done.send(n + 100).unwrap();
        }
    }
    for (n, sent) in [(0, 0), (1, 101)] {
        let (sender, mut receiver) = oneshot::channel();
        assert_eq!(all(g(n, sender)), (vec![n], Ok(())));
        assert_eq!(receiver.try_recv(), Ok(Some(sent)));
    }
}

#[test]
fn a_value_used_up_on_a_path_that_returns_from_a_catch_is_there_after_it() {
    fn g(done: oneshot::Sender<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            try {
                yield 1;
            } catch _ {
                done.send(404).unwrap();
                return;
            }
            done.send(200).unwrap();
        }
    }
    let (sender, mut receiver) = oneshot::channel();
    assert_eq!(all(g(sender)), (vec![1], Ok(())));
    assert_eq!(receiver.try_recv(), Ok(Some(200)));
    let (sender, mut receiver) = oneshot::channel();
    assert_eq!(thrown_after(1, "thrown", g(sender)), (vec![1], Ok(())));
    assert_eq!(receiver.try_recv(), Ok(Some(404)));
}

#[test]
fn a_value_used_up_before_it_breaks_out_of_a_try_is_there_in_the_next_round() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        let name = String::from("name");
        let mut n = 0;
        loop {
            try {
                n += 1;
                if n == 3 {
                    yield name;
                    break;
                }
                yield format!("{name} {n}");
            } finally {
                tick().await;
            }
        }
    };
    assert_eq!(all(g), (vec!["name 1".into(), "name 2".into(), "name".into()], Ok(())));
}

#[test]
fn a_value_used_up_before_it_continues_an_outer_loop_is_made_anew_there() {
    let g = async_gen! {
        type Yield = Vec<u32>; type Sent = (); type Error = &'static str;
        'outer: for i in 0..2 {
            let row = vec![i];
            for _ in 0..2 {
                try {
                    if i == 0 {
                        yield row;
                        continue 'outer;
                    }
                    tick().await;
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
fn a_value_is_moved_at_the_end_of_a_try_or_in_its_catch() {
    // Nothing can raise after the move: the block and its handler each have the value.
    fn keep(kept: &mut Vec<String>, value: String) {
        kept.push(value);
    }
    let g = || {
        async_gen! {
            type Yield = Vec<String>; type Sent = (); type Error = &'static str;
            let mut kept = Vec::new();
            let value = String::from("value");
            try {
                yield Vec::new();
                keep(&mut kept, value);
            } catch error {
                keep(&mut kept, value + error);
            }
            yield kept;
        }
    };
    assert_eq!(all(g()), (vec![vec![], vec!["value".into()]], Ok(())));
    assert_eq!(thrown_after(1, "!", g()), (vec![vec![], vec!["value!".into()]], Ok(())));
}

#[test]
fn each_catch_may_use_up_the_same_value() {
    let g = |error| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let name = String::from("name");
            try {
                raise!(error);
            } catch "a" {
                yield name + " a";
            } catch "b" {
                yield name + " b";
            } catch _ {
                yield name;
            }
        }
    };
    assert_eq!(all(g("a")).0, ["name a"]);
    assert_eq!(all(g("b")).0, ["name b"]);
    assert_eq!(all(g("c")).0, ["name"]);
}

#[test]
fn an_unmatched_error_leaves_a_value_to_nobody_and_a_matched_one_to_what_follows() {
    let g = |error| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let name = String::from("name");
            try {
                if error != "" {
                    raise!(error);
                }
            } catch "a" {}
            yield name;
        }
    };
    assert_eq!(all(g("")), (vec!["name".into()], Ok(())));
    assert_eq!(all(g("a")), (vec!["name".into()], Ok(())));
    assert_eq!(all(g("b")), (vec![], raised("b")));
}

#[test]
fn a_value_is_moved_into_a_try_and_out_of_it_by_its_value() {
    let g = async_gen! {
        type Yield = usize; type Sent = (); type Error = &'static str;
        let list = vec![1, 2];
        let list = try {
            let mut list = list;
            yield list.len();
            list.push(3);
            list
        } finally {
            tick().await;
        };
        yield list.len();
        let list = try {
            yield 0;
            let mut list = list;
            list.push(4);
            list
        } catch _ {
            Vec::new()
        };
        yield list.len();
    };
    assert_eq!(all(g), (vec![2, 3, 0, 4], Ok(())));
}

#[test]
fn what_a_try_alone_moves_out_of_it_is_in_the_ok() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        let text = String::from("text");
        let result = try {
            yield "in".into();
            text
        };
        match result {
            Ok(text) => { yield text; }
            Err(error) => { yield error.into(); }
        }
    };
    assert_eq!(all(g), (vec!["in".into(), "text".into()], Ok(())));
}

#[test]
fn the_error_is_moved_out_of_the_catch() {
    #[derive(Debug, PartialEq)]
    struct Owned(String);
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = Owned;
        let mut errors = Vec::new();
        for name in ["a", "b"] {
            try {
                raise!(Owned(name.into()));
            } catch Owned(text) {
                errors.push(text);
            }
        }
        for error in errors {
            yield error;
        }
    };
    assert_eq!(all(g), (vec!["a".into(), "b".into()], Ok(())));
}

#[test]
fn an_option_is_taken_and_put_back_around_a_yield() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let mut connection = Some(Box::new(7));
            try {
                let taken = connection.take().unwrap();
                yield *taken;
                connection = Some(taken);
            } catch _ {
                yield connection.map_or(404, |connection| *connection);
                return;
            } finally {
                tick().await;
            }
            yield *connection.unwrap() + 1;
        }
    };
    assert_eq!(all(g()), (vec![7, 8], Ok(())));
    assert_eq!(thrown_after(1, "thrown", g()), (vec![7, 404], Ok(())));
}

#[test]
fn half_of_a_pair_is_moved_in_the_try_and_the_other_half_after_it() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        let pair = (String::from("left"), String::from("right"));
        try {
            yield pair.0;
        } finally {
            tick().await;
        }
        yield pair.1;
    };
    assert_eq!(all(g), (vec!["left".into(), "right".into()], Ok(())));
}

#[test]
fn a_generator_is_moved_into_a_loop_in_a_try_and_used_before() {
    use asyncgen::AsyncGeneratorExt;
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut inner = Box::pin(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            for i in 1.. { yield i; }
        });
        yield inner.anext().await.unwrap() * 100;
        try {
            for await i in inner {
                if i > 3 { break; }
                yield i;
            }
        } finally {
            tick().await;
        }
    };
    assert_eq!(all(g), (vec![100, 2, 3], Ok(())));
}

#[test]
fn a_value_is_used_up_where_it_is_raised() {
    let g = || {
        async_gen! {
            type Yield = usize; type Sent = (); type Error = String;
            let reason = String::from("reason");
            let list = vec![1];
            try {
                yield list.len();
                if list.is_empty() {
                    raise!(reason);
                }
                if list.len() > 1 {
                    return Err(reason);
                }
                if list[0] == 0 {
                    Err(reason)?;
                    return;
                }
                tick().await;
            } finally {
                tick().await;
            }
            yield reason.len();
        }
    };
    assert_eq!(all(g()), (vec![1, 6], Ok(())));
    assert_eq!(closed_after(1, g()), (vec![1], Ok(())));
}

#[test]
fn a_value_is_used_up_where_it_is_raised_for_a_catch_that_goes_on() {
    let g = |raising: bool| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = String;
            let reason = String::from("reason");
            let mut backup = String::from("backup");
            try {
                if raising {
                    raise!(reason);
                }
                backup = reason;
            } catch error {
                backup = format!("{error} and {backup}");
            }
            yield backup;
        }
    };
    assert_eq!(all(g(true)).0, ["reason and backup"]);
    assert_eq!(all(g(false)).0, ["reason"]);
}

#[test]
fn a_loop_over_a_vector_by_value_stands_in_a_try_that_has_a_finally() {
    let g = async_gen! {
        type Yield = Box<u32>; type Sent = (); type Error = &'static str;
        let boxes = vec![Box::new(1), Box::new(2), Box::new(3)];
        let mut rest = Vec::new();
        try {
            let mut boxes = boxes.into_iter();
            while let Some(first) = boxes.next() {
                if *first == 2 {
                    rest.extend(boxes);
                    break;
                }
                yield first;
            }
        } finally {
            tick().await;
        }
        for one in rest {
            yield one;
        }
    };
    assert_eq!(all(g), (vec![Box::new(1), Box::new(3)], Ok(())));
}

#[test]
fn a_closure_that_is_called_once_is_called_in_the_try_or_after_it() {
    let g = |early: bool| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = &'static str;
            let text = String::from("text");
            let once = move || text;
            let got = 'got: {
                try {
                    tick().await;
                    if early {
                        break 'got once() + " early";
                    }
                } catch error {
                    break 'got error.to_owned();
                } finally {
                    tick().await;
                }
                once()
            };
            yield got;
        }
    };
    assert_eq!(all(g(true)).0, ["text early"]);
    assert_eq!(all(g(false)).0, ["text"]);
}

#[test]
fn an_exception_value_is_kept_and_raised_later() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        let mut kept = None;
        try {
            yield 1;
        } catch error {
            kept = Some(Exception::Error(error + " later"));
        }
        yield 2;
        if let Some(kept) = kept {
            raise!(kept);
        }
    };
    assert_eq!(thrown_after(1, "thrown".to_owned(), g), (vec![1, 2], raised("thrown later".into())));
}
