//! `stream!` whose items are `Result`s: an error of a loop's generator is the last item.

use asyncgen::{AsyncGenerator, async_gen, stream};
use futures::{Stream, StreamExt};

use crate::keyword::{run, tick};

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; yield 2; raise!("lost".to_owned()) }
}

fn items(stream: impl Stream<Item = Result<u32, String>>) -> Vec<Result<u32, String>> {
    run(stream.collect())
}

fn lost() -> Result<u32, String> {
    Err("lost".to_owned())
}

#[test]
fn by_a_loop_over_a_generator() {
    assert_eq!(
        items(stream! { type Error = String; for await row in rows() { yield Ok(row); } yield Ok(404); }),
        [Ok(1), Ok(2), lost()]
    );
}

#[test]
fn by_a_loop_at_the_end_over_a_generator() {
    assert_eq!(
        items(stream! { type Error = String; for await row in rows() { yield Ok(row); } }),
        [Ok(1), Ok(2), lost()]
    );
}

#[test]
fn by_a_loop_whose_generator_fails_as_it_is_closed() {
    fn failing() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        async_gen! { try { yield 1; yield 2; } finally { tick().await; fails()?; } }
    }
    let s = stream! { type Error = String; for await row in failing() { yield Ok(row); break; } yield Ok(404); };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_loop_that_a_caught_error_tells_the_type_of() {
    let s = stream! {
        let caught: Result<u32, String> = try { "x".parse::<u32>().map_err(|error| error.to_string())? };
        yield Ok(u32::from(caught.is_err()));
        for await row in rows() { yield Ok(row); }
    };
    assert_eq!(items(s), [Ok(1), Ok(1), Ok(2), lost()]);
}
