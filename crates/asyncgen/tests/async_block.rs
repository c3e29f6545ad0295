//! `async_block!`: loops over generators, and clean-up, in ordinary asynchronous code.

#[path = "keyword/mod.rs"]
mod keyword;

use std::cell::RefCell;

use asyncgen::{AsyncGenerator, async_block, async_gen};
use futures::FutureExt;

use keyword::{run, tick};

/// What has begun, and what has been cleaned up, in order.
#[derive(Default)]
struct Log(RefCell<Vec<String>>);

impl Log {
    fn add(&self, word: impl Into<String>) {
        self.0.borrow_mut().push(word.into());
    }

    fn take(&self) -> String {
        self.0.take().join(" ")
    }
}

fn numbers<'l>(log: &'l Log, name: &'l str) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> + 'l {
    async_gen! {
        log.add(format!("+{name}"));
        try {
            for n in 0..3 { tick().await; yield n; }
            raise!("three");
        } finally {
            tick().await;
            log.add(format!("-{name}"));
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    BreakInner,
    BreakOuter,
    ContinueOuter,
    Return,
    Question,
    Raise,
    End,
}

fn fails() -> Result<(), String> {
    Err("fails".to_owned())
}

async fn three_deep(log: &Log, way: Way) -> Result<u32, String> {
    async_block! {
        let mut outer_turns = 0;
        'outer: for await _ in numbers(log, "a") {
            outer_turns += 1;
            if outer_turns == 2 { break; }
            for await _ in numbers(log, "b") {
                for await n in numbers(log, "c") {
                    match way {
                        Way::BreakInner => break,
                        Way::BreakOuter => break 'outer,
                        Way::ContinueOuter => continue 'outer,
                        Way::Return => return 7,
                        Way::Question => fails()?,
                        Way::Raise => raise!("raised"),
                        Way::End => assert!(n < 3),
                    }
                }
                break;
            }
        }
        log.add("on");
        outer_turns
    }
    .await
}

#[test]
fn a_loop_is_closed_before_control_goes_on_by_each_way_out_of_it() {
    let log = Log::default();
    let error = |text: &str| Err(text.to_owned());
    for (way, result, said) in [
        (Way::BreakInner, Ok(2), "+a +b +c -c -b -a on"),
        (Way::BreakOuter, Ok(1), "+a +b +c -c -b -a on"),
        (Way::ContinueOuter, Ok(2), "+a +b +c -c -b -a on"),
        (Way::Return, Ok(7), "+a +b +c -c -b -a"),
        (Way::Question, error("fails"), "+a +b +c -c -b -a"),
        (Way::Raise, error("raised"), "+a +b +c -c -b -a"),
        (Way::End, error("three"), "+a +b +c -c -b -a"),
    ] {
        assert_eq!(run(three_deep(&log, way)), result);
        assert_eq!(log.take(), said);
    }
}

#[test]
fn errors_are_caught_and_cleaned_up_after() {
    let log = &Log::default();
    let caught = run(async_block! {
        type Error = String;
        let mut texts = Vec::new();
        for i in 0..3 {
            try {
                if i == 1 { continue; }
                for await _ in numbers(log, "a") {}
            } catch error {
                texts.push(error);
            } finally {
                tick().await;
                log.add("finally");
            }
        }
        texts
    });
    assert_eq!(caught, Ok(vec!["three".to_owned(), "three".to_owned()]));
    assert_eq!(log.take(), "+a -a finally finally +a -a finally");
}

#[test]
fn it_converts_errors_and_ends_with_a_value_or_a_result() {
    async fn parsed(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
        async_block! {
            if text.is_empty() { return Ok(0); }
            if text == "full" { raise!("full"); }
            Ok(text.parse()?)
        }
        .await
    }
    assert_eq!(run(parsed("")).unwrap(), 0);
    assert_eq!(run(parsed("12")).unwrap(), 12);
    assert_eq!(run(parsed("full")).unwrap_err().to_string(), "full");
    assert_eq!(run(parsed("x")).unwrap_err().to_string(), "invalid digit found in string");
    // With nothing at its end, and in a closure.
    let done = async |log: &Log| async_block! { type Error = String; log.add("done"); }.await;
    let log = Log::default();
    assert_eq!(run(done(&log)), Ok(()));
    assert_eq!(log.take(), "done");
}

#[test]
fn it_is_send_exactly_if_what_it_holds_is() {
    fn is_send<T: Send>(_: &T) {}
    let block = async_block! {
        type Return = u32; type Error = String;
        let cell = std::cell::Cell::new(1);
        for await n in futures::stream::iter([1, 2]) { cell.set(cell.get() + n); }
        cell.get()
    };
    is_send(&block);
    assert_eq!(block.now_or_never(), Some(Ok(4)));
}

#[test]
fn dropped_half_way_it_is_dropped_as_any_future() {
    let log = Log::default();
    let mut block = Box::pin(three_deep(&log, Way::End));
    assert!(block.as_mut().now_or_never().is_none());
    drop(block);
    // (The hook is told that the clean-up of "a" was missed: `tests/owned_unraisable.rs` shows that of generators.)
    assert_eq!(log.take(), "+a");
}
