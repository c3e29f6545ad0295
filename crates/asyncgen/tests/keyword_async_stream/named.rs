// async-stream's hidden type is named in public code, to return a stream, and to say what a `try_stream!`'s errors are.

use std::future::Future;
use std::num::ParseIntError;

use futures::{Stream, StreamExt};

fn counted(up_to: u32) -> AsyncStream<u32, impl Future<Output = ()>> {
    stream! {
        for n in 0..up_to {
            yield n;
        }
    }
}

fn borrowed<'t>(text: &'t str) -> AsyncStream<&'t str, impl Future<Output = ()> + Send + 't> {
    stream! {
        for word in text.split(' ') {
            yield word;
        }
    }
}

fn parsed(text: String) -> AsyncStream<Result<u32, ParseIntError>, impl Future<Output = ()>> {
    try_stream! {
        let words = borrowed(&text);
        for await word in words {
            yield word.parse::<u32>()?;
        }
    }
}

struct Counter<F> {
    counted: AsyncStream<u32, F>,
}

fn is_send<T: Send>(value: T) -> T {
    value
}

pub(crate) async fn a_named_stream_is_returned() -> Vec<String> {
    let mut items: Vec<_> = counted(3).map(|n| n.to_string()).collect().await;
    items.extend(is_send(borrowed("to be")).map(str::to_owned).collect::<Vec<_>>().await);
    items.extend(parsed("1 2 x 3".into()).map(|n| format!("{n:?}")).collect::<Vec<_>>().await);
    items
}

pub(crate) async fn a_named_stream_is_a_field_and_a_variable() -> Vec<String> {
    let counter = Counter { counted: counted(2) };
    let mut items: Vec<_> = counter.counted.map(|n| n.to_string()).collect().await;
    let results: AsyncStream<Result<u32, ParseIntError>, _> = try_stream! {
        for word in ["4", "x"] {
            yield word.parse()?;
        }
    };
    items.extend(results.map(|n| format!("{n:?}")).collect::<Vec<_>>().await);
    let mut pinned: std::pin::Pin<Box<AsyncStream<u32, _>>> = Box::pin(counted(1));
    items.push(format!("{:?}", pinned.next().await));
    items.push(format!("{:?} {:?}", pinned.next().await, pinned.size_hint()));
    items
}
