// Each gives items as text. Nothing here is asyncgen's own.

use std::cell::Cell;
use std::num::ParseIntError;
use std::pin::pin;

use futures::channel::oneshot;
use futures::stream::iter;
use futures::{Stream, StreamExt};

async fn texts<T: std::fmt::Debug>(stream: impl Stream<Item = T>) -> Vec<String> {
    stream.map(|item| format!("{item:?}")).collect().await
}

fn is_send<T: Send>(value: T) -> T {
    value
}

macro_rules! unwrap_or {
    ($option:expr, $otherwise:expr) => {
        match $option {
            Some(value) => value,
            None => $otherwise,
        }
    };
}

macro_rules! some_or_return {
    ($option:expr) => {
        match $option {
            Some(value) => value,
            None => return,
        }
    };
}

macro_rules! ok_or_return {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(_) => return,
        }
    };
}

pub(super) async fn a_buffer_is_yielded_and_made_anew() -> Vec<String> {
    fn batches(input: impl Stream<Item = u32>) -> impl Stream<Item = Vec<u32>> {
        stream! {
            let mut batch = Vec::new();
            for await x in input {
                batch.push(x);
                if batch.len() == 3 {
                    yield batch;
                    batch = Vec::new();
                }
            }
            if !batch.is_empty() {
                yield batch;
            }
        }
    }
    texts(batches(iter(0..7))).await
}

pub(super) async fn a_sender_is_used_up_on_the_way_out() -> Vec<String> {
    fn checked(input: impl Stream<Item = Result<u32, ()>>, done: oneshot::Sender<bool>) -> impl Stream<Item = u32> {
        stream! {
            for await item in input {
                match item {
                    Ok(x) => yield x,
                    Err(()) => {
                        done.send(false).unwrap();
                        return;
                    }
                }
            }
            done.send(true).unwrap();
        }
    }
    let mut all = Vec::new();
    for input in [vec![Ok(1), Err(()), Ok(2)], vec![Ok(3)]] {
        let (sender, receiver) = oneshot::channel();
        all.extend(texts(checked(iter(input), sender)).await);
        all.push(receiver.await.unwrap().to_string());
    }
    all
}

pub(super) async fn a_value_is_moved_on_a_path_that_returns() -> Vec<String> {
    fn f(input: impl Stream<Item = u32>, name: String) -> impl Stream<Item = String> {
        stream! {
            for await x in input {
                if x == 3 {
                    yield name;
                    return;
                }
            }
            yield format!("{name} had no 3");
        }
    }
    let mut all = texts(f(iter(1..6), "a".into())).await;
    all.extend(texts(f(iter(1..2), "b".into())).await);
    all
}

pub(super) async fn a_value_is_moved_on_a_path_that_breaks() -> Vec<String> {
    fn f(input: impl Stream<Item = u32>, name: String) -> impl Stream<Item = String> {
        stream! {
            let kept = 'found: {
                for await x in input {
                    if x == 3 {
                        break 'found Some(name);
                    }
                }
                yield name;
                None
            };
            if let Some(name) = kept {
                yield name + " kept";
            }
        }
    }
    let mut all = texts(f(iter(1..6), "a".into())).await;
    all.extend(texts(f(iter(1..2), "b".into())).await);
    all
}

pub(super) async fn a_loop_that_reads_a_cell_is_send() -> Vec<String> {
    fn sums(input: impl Stream<Item = u32> + Send) -> impl Stream<Item = u32> + Send {
        stream! {
            let sum = Cell::new(0);
            for await x in input {
                sum.set(sum.get() + x);
                yield sum.get();
            }
        }
    }
    texts(is_send(sums(iter([1, 2, 3])))).await
}

pub(super) async fn a_loop_that_calls_a_send_function_is_send() -> Vec<String> {
    fn map<F: Fn(u32) -> u32 + Send>(input: impl Stream<Item = u32> + Send, f: F) -> impl Stream<Item = u32> + Send {
        stream! {
            for await x in input {
                yield f(x);
            }
        }
    }
    let added = Cell::new(10);
    texts(is_send(map(iter([1, 2]), move |x| x + added.get()))).await
}

pub(super) async fn a_loop_that_holds_a_receiver_is_send() -> Vec<String> {
    fn zip(input: impl Stream<Item = u32> + Send, r: std::sync::mpsc::Receiver<u32>) -> impl Stream<Item = u32> + Send {
        stream! {
            for await x in input {
                yield x + r.try_recv().unwrap_or(0);
            }
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    sender.send(10).unwrap();
    texts(is_send(zip(iter([1, 2]), receiver))).await
}

pub(super) async fn the_first_value_is_given_in_the_loop() -> Vec<String> {
    fn first(input: impl Stream<Item = u32>) -> impl Stream<Item = u32> {
        stream! {
            let first;
            'found: {
                for await x in input {
                    first = x;
                    break 'found;
                }
                return;
            }
            yield first;
        }
    }
    texts(first(iter(4..6)).chain(first(iter(0..0)))).await
}

pub(super) async fn the_first_value_is_given_in_an_inner_loop() -> Vec<String> {
    fn find(rows: Vec<Vec<u32>>) -> impl Stream<Item = u32> {
        stream! {
            let found;
            'search: {
                for await row in iter(rows) {
                    for await x in iter(row) {
                        if x > 2 {
                            found = x;
                            break 'search;
                        }
                    }
                }
                yield 404;
                return;
            }
            yield found;
        }
    }
    texts(find(vec![vec![1], vec![2, 5, 6]]).chain(find(vec![vec![1]]))).await
}

pub(super) async fn a_temporary_lives_as_long_as_the_loop() -> Vec<String> {
    texts(stream! {
        for await x in &mut iter(1..4) {
            yield x;
        }
    })
    .await
}

pub(super) async fn a_stream_is_pinned_in_place() -> Vec<String> {
    fn f(s: impl Stream<Item = u32>) -> impl Stream<Item = u32> {
        stream! {
            for await x in pin!(s) {
                yield x;
            }
            for await x in std::pin::pin!(iter([7]).then(|x| async move { x + 1 })) {
                yield x;
            }
        }
    }
    texts(f(iter(1..4))).await
}

pub(super) async fn a_macro_breaks_an_outer_loop() -> Vec<String> {
    texts(stream! {
        'outer: for i in 0..3 {
            for await x in iter([Some(i), None]) {
                yield unwrap_or!(x, break 'outer);
            }
        }
        yield 9;
    })
    .await
}

pub(super) async fn a_macro_continues_the_loop() -> Vec<String> {
    texts(stream! {
        for await x in iter([Some(1), None, Some(2)]) {
            let x = unwrap_or!(x, continue);
            yield x;
        }
    })
    .await
}

pub(super) async fn a_macro_returns_from_the_loop() -> Vec<String> {
    texts(stream! {
        for await x in iter([Some(1), None, Some(2)]) {
            yield unwrap_or!(x, return);
        }
        yield 9;
    })
    .await
}

pub(super) async fn a_macro_returns_beside_a_question_mark() -> Vec<String> {
    fn numbers(mut words: std::vec::IntoIter<&'static str>) -> impl Stream<Item = Result<u32, ParseIntError>> {
        try_stream! {
            loop {
                let word = some_or_return!(words.next());
                yield word.parse::<u32>()?;
            }
        }
    }
    texts(numbers(vec!["1", "2"].into_iter()).chain(numbers(vec!["x", "2"].into_iter()))).await
}

pub(super) async fn a_return_in_a_macro_argument_beside_a_question_mark() -> Vec<String> {
    fn numbers(mut words: std::vec::IntoIter<&'static str>) -> impl Stream<Item = Result<u32, ParseIntError>> {
        try_stream! {
            loop {
                let word = unwrap_or!(words.next(), return);
                yield word.parse::<u32>()?;
            }
        }
    }
    texts(numbers(vec!["1", "2"].into_iter())).await
}

pub(super) async fn a_macro_returns_and_a_question_mark_is_in_a_closure() -> Vec<String> {
    fn numbers(words: Vec<&'static str>) -> impl Stream<Item = u32> {
        stream! {
            let parse = |word: &str| -> Option<u32> { Some(word.parse::<u32>().ok()? + 1) };
            for word in words {
                let n = some_or_return!(parse(word));
                yield n;
            }
        }
    }
    texts(numbers(vec!["1", "2", "x", "3"])).await
}

pub(super) async fn a_macro_returns_and_a_question_mark_is_in_an_async_block() -> Vec<String> {
    fn numbers(words: Vec<&'static str>) -> impl Stream<Item = u32> {
        stream! {
            for word in words {
                let parsed = async {
                    let n: u32 = word.parse()?;
                    Ok::<_, ParseIntError>(n + 1)
                };
                yield ok_or_return!(parsed.await);
            }
        }
    }
    texts(numbers(vec!["1", "2", "x", "3"])).await
}

pub(super) async fn two_buffers_change_places() -> Vec<String> {
    texts(stream! {
        let (mut current, mut spare) = (Vec::new(), Some(Vec::new()));
        for await x in iter(0..5) {
            current.push(x);
            if current.len() == 2 {
                let full = current;
                current = spare.take().unwrap_or_default();
                yield full.len();
                spare = Some(full);
            }
        }
        yield current.len() + spare.map_or(100, |spare| spare.len() * 10);
    })
    .await
}

pub(super) async fn a_box_is_taken_apart() -> Vec<String> {
    struct Pair {
        left: String,
        right: String,
    }
    texts(stream! {
        let pair = Box::new(Pair { left: "l".into(), right: "r".into() });
        for await x in iter(0..3) {
            if x == 1 {
                let Pair { left, right } = *pair;
                yield left;
                yield right;
                return;
            }
            yield format!("{}{}{x}", pair.left, pair.right);
        }
        drop(pair);
    })
    .await
}

pub(super) async fn a_borrow_ends_before_the_yield() -> Vec<String> {
    texts(stream! {
        let mut seen = vec![0];
        for await x in iter(1..4) {
            let last = seen.last_mut().unwrap();
            *last += x;
            let sum = *last;
            seen.push(sum);
            yield sum;
        }
        yield seen.len() as u32;
    })
    .await
}

pub(super) async fn loops_in_loops_share_a_buffer() -> Vec<String> {
    texts(stream! {
        let mut line = String::new();
        for await word in iter(["ab", "c"]) {
            for await letter in iter(word.chars()) {
                line.push(letter);
                if line.len() == 2 {
                    yield line;
                    line = String::from("-");
                }
            }
        }
        yield line;
    })
    .await
}

pub(super) async fn let_else_leaves_the_loop() -> Vec<String> {
    texts(stream! {
        for await word in iter(["1", "2", "x", "3"]) {
            let Ok(n) = word.parse::<u32>() else { break };
            yield n;
        }
        for await word in iter(["x", "4"]) {
            let Ok(n) = word.parse::<u32>() else { continue };
            yield n;
        }
        for await word in iter(["5", "x", "6"]) {
            let Ok(n) = word.parse::<u32>() else { return };
            yield n;
        }
        yield 404;
    })
    .await
}

pub(super) async fn shadowed_names() -> Vec<String> {
    texts(stream! {
        let x = "outer";
        for await x in iter([1, 2]) {
            let x = x * 10;
            for await x in iter([x, x + 1]) {
                yield x.to_string();
            }
            yield x.to_string();
        }
        yield x.to_string();
    })
    .await
}

pub(super) async fn a_labelled_block_gives_a_value() -> Vec<String> {
    texts(stream! {
        let found = 'found: {
            for await x in iter(1..) {
                for await y in iter(1..x) {
                    if x * y > 30 {
                        break 'found (x, y);
                    }
                }
            }
            (0, 0)
        };
        yield found;
    })
    .await
}

pub(super) async fn a_mutable_reference_goes_on() -> Vec<String> {
    fn f(counts: &mut Vec<u32>) -> impl Stream<Item = usize> + '_ {
        stream! {
            for await x in iter(0..3) {
                counts.push(x);
                yield counts.len();
            }
            counts.clear();
            yield counts.len();
        }
    }
    let mut counts = Vec::new();
    texts(f(&mut counts)).await
}

pub(super) async fn the_header_and_the_rows_of_one_stream() -> Vec<String> {
    texts(stream! {
        let mut lines = pin!(stream! {
            for line in ["name", "--", "a", "b"] {
                yield line;
            }
        });
        for await line in lines.as_mut() {
            if line == "--" {
                break;
            }
            yield format!("header {line}");
        }
        for await line in lines.as_mut() {
            yield format!("row {line}");
        }
    })
    .await
}

pub(super) async fn a_borrowed_stream_goes_on_after_a_break() -> Vec<String> {
    let mut numbers = Box::pin(stream! {
        for i in 0..5 {
            yield i;
        }
    });
    let borrowed = &mut numbers;
    let mut all = texts(stream! {
        for await x in borrowed {
            yield x;
            if x == 1 {
                break;
            }
        }
    })
    .await;
    all.extend(texts(numbers).await);
    all
}

pub(super) async fn a_borrowed_stream_goes_on_after_an_error() -> Vec<String> {
    let mut numbers = Box::pin(stream! {
        for i in 0..5 {
            yield i;
        }
    });
    let borrowed = &mut numbers;
    let failing = try_stream! {
        for await x in borrowed {
            if x == 1 {
                Err("one")?;
            }
            yield x;
        }
    };
    let failing: Vec<Result<i32, &str>> = failing.collect().await;
    let mut all = vec![format!("{failing:?}")];
    all.extend(texts(numbers).await);
    all
}

pub(super) async fn an_error_is_converted_by_into() -> Vec<String> {
    type BoxError = Box<dyn std::error::Error + Send + Sync>;
    fn bytes<S, E>(input: S) -> impl Stream<Item = Result<u8, BoxError>>
    where
        S: Stream<Item = Result<u8, E>>,
        E: Into<BoxError>,
    {
        try_stream! {
            for await byte in input {
                yield byte?;
            }
        }
    }
    texts(bytes(iter([Ok(1), Err("no"), Ok(2)]))).await
}
