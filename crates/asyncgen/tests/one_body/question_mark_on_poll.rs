//! `?` on what is no `Result`, but gives one: as in an `async` block.

use asyncgen::async_gen;

use crate::language::all;

#[test]
fn a_question_mark_on_an_option_like_type_is_as_in_an_async_block() {
    // `Poll<Result<..>>`'s `?` keeps the `Poll`.
    use std::task::Poll;
    let g = |poll: Poll<Result<u32, &'static str>>| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                if let Poll::Ready(n) = poll? { yield n; } else { yield 404; }
            } catch error {
                yield error.len() as u32;
            }
        }
    };
    assert_eq!(all(g(Poll::Ready(Ok(1)))).0, [1]);
    assert_eq!(all(g(Poll::Pending)).0, [404]);
    assert_eq!(all(g(Poll::Ready(Err("four")))).0, [4]);
}
