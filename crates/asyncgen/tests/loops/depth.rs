//! Loops over loops, as deep as async-stream's.

use asyncgen::stream;
use futures::stream::iter;
use futures::{Stream, StreamExt};

use crate::keyword::run;

#[test]
fn fifteen_generic_loops_in_each_other_are_send() {
    fn inc<S: Stream<Item = u32> + Send>(stream: S) -> impl Stream<Item = u32> + Send {
        stream! { for await n in stream { yield n + 1; } }
    }
    let s = iter([1]);
    let s = inc(inc(inc(inc(inc(s)))));
    let s = inc(inc(inc(inc(inc(s)))));
    let s = inc(inc(inc(inc(inc(s)))));
    assert_eq!(run(s.boxed().collect::<Vec<_>>()), [16]);
}
