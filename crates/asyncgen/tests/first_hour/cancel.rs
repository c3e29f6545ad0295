//! Steps that are dropped half-way lose nothing.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
use futures::FutureExt;

use crate::common::pending_for;
use crate::keyword::{Log, run};

fn slow(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = Option<&'static str>, Error = String> {
    async_gen! {
        try {
            for i in 0..3 {
                pending_for(2).await;
                if let Some(sent) = yield i { log.add(sent); }
            }
        } finally {
            pending_for(2).await;
            log.add("closed");
        }
    }
}

#[test]
fn a_step_is_carried_on_with_through_yields_and_clean_up() {
    run(async {
        let log = &Log::default();
        let mut g = pin!(slow(log));
        let mut values = Vec::new();
        let mut polls = 0;
        loop {
            polls += 1;
            match g.anext().now_or_never() {
                None => {}
                Some(Ok(value)) => values.push(value),
                Some(Err(_)) => break,
            }
        }
        assert_eq!(values, [0, 1, 2]);
        assert_eq!(polls, 12);
        let mut g = pin!(slow(log));
        while g.anext().now_or_never().is_none() {}
        assert!(g.asend(Some("hello")).now_or_never().is_none());
        while g.anext().now_or_never().is_none() {}
        assert!(g.aclose().now_or_never().is_none());
        while g.aclose().now_or_never().is_none() {}
        assert_eq!(log.take(), "closed hello closed");
    });
}
