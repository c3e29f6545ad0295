//! A session of turns: prompts and settings in, tokens out, interrupted at any token.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen};
use futures::Stream;

use crate::keyword::{run, tick};

#[derive(Debug, PartialEq)]
enum ChatError {
    Interrupted,
    Io,
}

#[derive(Debug, PartialEq)]
enum UserTurn {
    Prompt(String),
    Settings { temperature: f32 },
}

#[derive(Debug, PartialEq)]
enum Reply {
    Token(String),
    EndOfTurn { tokens: usize, temperature: f32 },
    Interrupted,
}

fn model(prompt: String) -> impl Stream<Item = String> {
    asyncgen::stream! {
        for word in prompt.split_whitespace().rev() {
            tick().await;
            yield word.to_owned();
        }
    }
}

fn chat() -> impl AsyncGenerator<Yield = Reply, Sent = Option<UserTurn>, Error = ChatError> {
    async_gen! {
        let mut temperature = 1.0;
        let mut turn = yield Reply::EndOfTurn { tokens: 0, temperature };
        loop {
            let prompt = match turn {
                Some(UserTurn::Prompt(prompt)) => prompt,
                Some(UserTurn::Settings { temperature: new }) => {
                    temperature = new;
                    turn = yield Reply::EndOfTurn { tokens: 0, temperature };
                    continue;
                }
                None => return,
            };
            let mut tokens = 0;
            try {
                for await token in model(prompt) {
                    tokens += 1;
                    if let Some(UserTurn::Settings { temperature: new }) = yield Reply::Token(token) {
                        temperature = new;
                    }
                }
            } catch ChatError::Interrupted {
                yield Reply::Interrupted;
            }
            turn = yield Reply::EndOfTurn { tokens, temperature };
        }
    }
}

#[test]
fn turns_are_sent_in_and_interrupted() {
    run(async {
        let mut chat = pin!(chat());
        assert_eq!(chat.anext().await, Ok(Reply::EndOfTurn { tokens: 0, temperature: 1.0 }));
        assert_eq!(chat.asend(Some(UserTurn::Prompt("a b c".into()))).await, Ok(Reply::Token("c".into())));
        assert_eq!(chat.asend(Some(UserTurn::Settings { temperature: 0.5 })).await, Ok(Reply::Token("b".into())));
        assert_eq!(chat.athrow(ChatError::Interrupted).await, Ok(Some(Reply::Interrupted)));
        assert_eq!(chat.anext().await, Ok(Reply::EndOfTurn { tokens: 2, temperature: 0.5 }));
        assert_eq!(
            chat.asend(Some(UserTurn::Settings { temperature: 0.1 })).await,
            Ok(Reply::EndOfTurn { tokens: 0, temperature: 0.1 })
        );
        assert_eq!(chat.asend(Some(UserTurn::Prompt("x".into()))).await, Ok(Reply::Token("x".into())));
        assert_eq!(chat.athrow(ChatError::Io).await, Err(StepError::Raised(Exception::Error(ChatError::Io))));
    });
}
