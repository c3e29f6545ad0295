//! What goes over the wire, and the two generators that bring it.

use std::time::Duration;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
use asyncgen_remote::{Remote, RemoteError};
use serde::{Deserialize, Serialize};

use crate::measure::timed;

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
pub struct Item {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(string, tag = "2")]
    pub text: String,
}

pub fn item(id: u64) -> Item {
    Item { id, text: "one of the words of a model".into() }
}

/// The bytes that an item is for this crate: what raw peers send.
pub fn written(id: u64) -> Vec<u8> {
    rmp_serde::to_vec_named(&item(id)).unwrap()
}

/// Items, as many as are wanted.
pub fn items(_: ()) -> impl AsyncGenerator<Yield = Item, Sent = (), Error = RemoteError> + Send {
    async_gen! {
        for id in 0.. {
            yield item(id);
        }
    }
}

/// How long it takes to take so many of them; closing takes no part of it.
pub async fn taken(mut far: Remote<Item, (), RemoteError>, count: u64) -> Duration {
    let took = timed(async {
        for id in 0..count {
            assert_eq!(far.anext().await.unwrap().id, id);
        }
    })
    .await;
    far.aclose().await.unwrap();
    took
}

/// Gives back what is sent.
pub fn echo(_: ()) -> impl AsyncGenerator<Yield = Item, Sent = Option<Item>, Error = RemoteError> + Send {
    async_gen! {
        let mut next = item(0);
        while let Some(sent) = yield next {
            next = sent;
        }
    }
}
