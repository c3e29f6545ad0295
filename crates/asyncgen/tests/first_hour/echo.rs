//! Messages in, replies out.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, StepError, async_gen};

use crate::keyword::run;

#[derive(Debug, PartialEq)]
enum Message {
    Text(String),
    Ping(u8),
    Close,
}

fn echo() -> impl AsyncGenerator<Yield = Message, Sent = Option<Message>, Error = String> + Send {
    async_gen! {
        let mut n = 0;
        let mut reply = Message::Text("hello".into());
        loop {
            match yield reply {
                Some(Message::Text(text)) => {
                    n += 1;
                    reply = Message::Text(format!("{n}: {text}"));
                }
                Some(Message::Close) | None => return,
                Some(other) => reply = other,
            }
        }
    }
}

#[test]
fn a_reply_is_yielded_and_made_anew_from_what_was_sent() {
    run(async {
        let mut g = pin!(echo());
        assert_eq!(g.anext().await, Ok(Message::Text("hello".into())));
        assert_eq!(g.asend(Some(Message::Text("a".into()))).await, Ok(Message::Text("1: a".into())));
        assert_eq!(g.asend(Some(Message::Ping(3))).await, Ok(Message::Ping(3)));
        assert_eq!(g.asend(Some(Message::Close)).await, Err(StepError::StopAsyncIteration));
    });
}
