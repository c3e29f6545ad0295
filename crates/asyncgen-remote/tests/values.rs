//! Bodies that end with a value (contract clause C26), at the other end of a wire.

#[cfg(feature = "nats")]
#[path = "support/nats.rs"]
mod server;
mod support;

use std::time::Duration;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, ReturningGenerator, State, StepError, async_gen};
use asyncgen_remote::__private::{Frame, Frames, Id, Kind};
use asyncgen_remote::{Limits, Remote, RemoteError, open, returning, serve, serve_with};
use support::{Failed, own};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{sleep, timeout};

type Words = Remote<String, (), Failed, usize>;
type Step = Result<String, StepError<Failed, std::convert::Infallible>>;

/// The words of a text; at the end, how many there were. If "enough" is thrown in, that is the end.
fn words(text: String) -> impl ReturningGenerator<Yield = String, Sent = (), Error = Failed, Return = usize> + Send {
    async_gen! {
        type Return = usize;
        let mut count = 0;
        for word in text.split(' ') {
            if word == "wait" {
                sleep(Duration::from_secs(1)).await;
            }
            count += 1;
            try {
                yield word.to_owned();
            } catch Failed::Own(why) if why == "enough" {
                return count;
            } catch GeneratorExit {
                return 1000 + count;
            }
        }
        count
    }
}

fn far(text: &str) -> Words {
    let (here, there) = duplex(4096);
    serve(there, returning(words));
    open(here, text).returning()
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a step is compared with")]
fn word(word: &str) -> Step {
    Ok(word.into())
}

const END: Step = Err(StepError::StopAsyncIteration);

#[tokio::test(start_paused = true)]
async fn c26_the_value_comes_with_the_end_once() {
    let mut g = far("twas brillig");
    assert_eq!(g.return_value(), None);
    assert_eq!(g.anext().await, word("twas"));
    assert_eq!(g.anext().await, word("brillig"));
    assert_eq!(g.return_value(), None);
    assert_eq!(g.anext().await, END);
    assert_eq!(g.return_value(), Some(2));
    assert_eq!(g.return_value(), None);
    assert_eq!(g.anext().await, END);
    assert_eq!(g.return_value(), None);
}

#[tokio::test(start_paused = true)]
async fn c26_it_also_ends_a_step_that_an_error_was_thrown_into() {
    let mut g = far("twas brillig");
    g.anext().await.unwrap();
    assert_eq!(g.athrow(own("enough")).await, Err(StepError::StopAsyncIteration));
    assert_eq!(g.return_value(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn c26_a_closing_discards_it_whenever_that_comes() {
    let mut g = far("twas brillig");
    g.anext().await.unwrap();
    assert_eq!(g.aclose().await, Ok(()));
    assert_eq!((g.state(), g.return_value()), (State::Closed, None));

    // The body has come to its end before: the answer is on its way, or there already.
    for pause in [0, 10] {
        let mut g = far("twas");
        g.anext().await.unwrap();
        assert!(timeout(Duration::ZERO, g.anext()).await.is_err());
        sleep(Duration::from_millis(pause)).await;
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(g.return_value(), None, "after {pause} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn c26_an_error_that_meets_the_end_goes_before_the_value() {
    for pause in [0, 10] {
        let mut g = far("twas");
        g.anext().await.unwrap();
        assert!(timeout(Duration::ZERO, g.anext()).await.is_err());
        sleep(Duration::from_millis(pause)).await;
        assert_eq!(g.athrow(own("late")).await, Err(StepError::Raised(Exception::Error(own("late")))));
        assert_eq!(g.return_value(), None, "after {pause} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn c26_it_is_what_a_delegation_evaluates_to() {
    let mut g = Box::pin(async_gen! {
        type Yield = String;
        type Error = Failed;
        type Return = String;
        let first = yield from far("twas brillig");
        let second = yield from far("wait and the slithy toves").ahead(2);
        format!("{first:?} and {second:?}")
    });
    while g.anext().await.is_ok() {}
    assert_eq!(g.return_value().unwrap(), "Some(2) and Some(5)");
}

#[tokio::test(start_paused = true)]
async fn c26_it_comes_after_what_was_made_ahead() {
    let text = vec!["word"; 1000].join(" ");
    let mut g = far(&text).ahead(16);
    for _ in 0..1000 {
        assert_eq!(g.anext().await, word("word"));
        assert_eq!(g.return_value(), None);
    }
    assert_eq!(g.anext().await, END);
    assert_eq!(g.return_value(), Some(1000));
}

#[tokio::test(start_paused = true)]
async fn without_being_asked_for_it_is_hidden_at_either_end() {
    let (here, there) = duplex(4096);
    serve(there, returning(words));
    let mut g = open::<String, (), Failed>(here, "twas");
    assert_eq!((g.anext().await, g.anext().await), (word("twas"), END));
    assert_eq!(g.return_value(), Some(()), "it has none, which is `()`");

    // Of a worker that hides it, nothing is what comes.
    let (here, there) = duplex(4096);
    serve(there, words);
    let mut g = open::<String, (), Failed>(here, "twas").returning::<Option<usize>>();
    assert_eq!((g.anext().await, g.anext().await), (word("twas"), END));
    assert_eq!(g.return_value(), Some(None));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_of_the_expected_type_is_garbled() {
    let (here, there) = duplex(4096);
    serve(there, returning(words));
    let mut g = open::<String, (), Failed>(here, "twas").returning::<String>();
    g.anext().await.unwrap();
    let Err(StepError::Raised(Exception::Error(Failed::Remote(RemoteError::Garbled { what })))) = g.anext().await
    else {
        panic!("a number was read as text")
    };
    assert!(what.contains("String"), "{what}");
    assert_eq!((g.state(), g.return_value()), (State::Closed, None));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_too_large_is_an_error() {
    let body = |size: usize| {
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            type Return = String;
            yield 1;
            "x".repeat(size)
        }
    };
    let (here, there) = duplex(4096);
    serve_with(there, returning(body), Limits { frame: 1000, ..Limits::default() });
    let mut g = open::<u32, (), Failed>(here, &2000).returning::<String>();
    assert_eq!(g.anext().await, Ok(1));
    let error = g.anext().await.unwrap_err();
    assert!(
        matches!(error, StepError::Raised(Exception::Error(Failed::Remote(RemoteError::TooLarge { limit: 1000, .. })))),
        "{error:?}"
    );
}

#[cfg(feature = "json")]
#[tokio::test(start_paused = true)]
async fn as_json_it_is_the_same() {
    let mut g = far("twas brillig").format(asyncgen_remote::Format::Json);
    while g.anext().await.is_ok() {}
    assert_eq!(g.return_value(), Some(2));
}

// --- the bytes -------------------------------------------------------------------------------------------------------

async fn say(io: &mut DuplexStream, frame: Frame) {
    let mut packet = bytes::BytesMut::from(&[1][..]);
    frame.encode(&mut packet);
    io.write_u32(u32::try_from(packet.len()).unwrap()).await.unwrap();
    io.write_all(&packet).await.unwrap();
}

/// The next packet's only frame.
async fn hear(io: &mut DuplexStream) -> Frame {
    let length = io.read_u32().await.unwrap();
    let mut packet = vec![0; usize::try_from(length).unwrap()];
    io.read_exact(&mut packet).await.unwrap();
    Frames::of(packet.into()).next().unwrap().unwrap()
}

/// Opens a session, and gives the token.
async fn ask(io: &mut DuplexStream) -> Id {
    // "name": "", "lease_ms": 1000, "format": 0; and `nil`, the arguments
    let payload = *b"\0\0\0\x1b\x83\xa4name\xa0\xa8lease_ms\xcd\x03\xe8\xa6format\x00\xc0";
    say(io, Frame::with(Kind::Open, Id::random(), 0, payload.to_vec())).await;
    let opened = hear(io).await;
    assert_eq!(opened.kind, Kind::Opened);
    let mut id = bytes::BytesMut::from(&[1][..]);
    // A name as it is in a frame.
    id.extend([Kind::Next as u8]);
    id.extend(&opened.payload[..16]);
    id.extend([0; 12]);
    Frames::of(id.freeze()).next().unwrap().unwrap().session
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_sent_again_is_answered_with_the_value_again() {
    let body = |(): ()| {
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            type Return = u32;
            yield 1;
            7
        }
    };
    let (mut here, there) = duplex(4096);
    serve(there, returning(body));
    let token = ask(&mut here).await;
    say(&mut here, Frame::new(Kind::Next, token, 1)).await;
    assert_eq!(hear(&mut here).await.kind, Kind::Yielded);
    for _ in 0..3 {
        say(&mut here, Frame::new(Kind::Next, token, 2)).await;
        let returned = hear(&mut here).await;
        assert_eq!((returned.kind, returned.seq, &returned.payload[..]), (Kind::Returned, 2, &[7][..]));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_and_no_value_cost_no_byte() {
    async fn at_the_end<G>(body: impl Fn(()) -> G + Send + Sync + 'static) -> usize
    where
        G: asyncgen_remote::Body,
    {
        let (mut here, there) = duplex(4096);
        serve(there, body);
        let token = ask(&mut here).await;
        say(&mut here, Frame::new(Kind::Next, token, 1)).await;
        let returned = hear(&mut here).await;
        assert_eq!(returned.kind, Kind::Returned);
        returned.payload.len()
    }
    let none = |(): ()| {
        async_gen! { type Yield = u32; type Sent = (); type Error = Failed; if false { yield 1; } }
    };
    let nothing = |(): ()| {
        async_gen! { type Yield = u32; type Sent = (); type Error = Failed; type Return = Option<u8>; if false { yield 1; } None }
    };
    let value = |(): ()| {
        async_gen! { type Yield = u32; type Sent = (); type Error = Failed; type Return = u8; if false { yield 1; } 1 }
    };
    assert_eq!(at_the_end(none).await, 0);
    assert_eq!(at_the_end(returning(nothing)).await, 0);
    assert_eq!(at_the_end(returning(value)).await, 1);
}

#[cfg(feature = "nats")]
#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn c26_the_value_comes_through_nats() {
    use asyncgen_remote::nats;

    let nats_server = server::NatsServer::start().await;
    let worker = nats_server.client().await;
    nats::serve(&worker, "words", returning(words)).await.unwrap();
    let client = nats_server.client().await;
    for ahead in [0, 8] {
        let far = nats::open::<_, String, (), Failed>(&client, "words", "to be or not to be");
        let mut g = far.ahead(ahead).returning::<usize>();
        while g.anext().await.is_ok() {}
        assert_eq!((g.return_value(), g.return_value()), (Some(6), None));
    }
    let mut g = nats::open::<_, String, (), Failed>(&client, "words", "to be").returning::<usize>();
    g.anext().await.unwrap();
    g.aclose().await.unwrap();
    assert_eq!(g.return_value(), None);
}
