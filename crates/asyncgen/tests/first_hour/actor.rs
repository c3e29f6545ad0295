//! An actor: requests in, responses out.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, SentValue, StepError, async_gen};

use crate::keyword::{Log, run, tick};

#[derive(Debug, PartialEq)]
enum Request {
    Get(String),
    Put(String, u32),
    Stop,
}

#[derive(Debug, PartialEq)]
enum Response {
    Ready,
    Value(Option<u32>),
    Old(Option<u32>),
}

impl SentValue for Request {}

fn store(log: &Log) -> impl AsyncGenerator<Yield = Response, Sent = Request, Error = Infallible> {
    async_gen! {
        let mut map = HashMap::new();
        let mut response = Response::Ready;
        try {
            loop {
                response = match yield response {
                    Request::Get(key) => Response::Value(map.get(&key).copied()),
                    Request::Put(key, value) => Response::Old(map.insert(key, value)),
                    Request::Stop => return,
                }
            }
        } finally {
            tick().await;
            log.add(map.len());
        }
    }
}

#[test]
fn requests_are_answered_until_it_is_stopped() {
    run(async {
        let log = &Log::default();
        let mut g = pin!(store(log));
        assert_eq!(g.start().await, Ok(Response::Ready));
        assert_eq!(g.asend(Request::Put("a".into(), 1)).await, Ok(Response::Old(None)));
        assert_eq!(g.asend(Request::Get("a".into())).await, Ok(Response::Value(Some(1))));
        assert_eq!(g.asend(Request::Get("b".into())).await, Ok(Response::Value(None)));
        assert_eq!(g.asend(Request::Stop).await, Err(StepError::StopAsyncIteration));
        assert_eq!(log.take(), "1");
    });
}
