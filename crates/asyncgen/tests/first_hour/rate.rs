//! A method of what was sent, and a boxed error.

use std::error::Error;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};

use crate::keyword::{run, tick};

type BoxError = Box<dyn Error + Send + Sync>;

async fn call(n: u64) -> Result<u64, BoxError> {
    tick().await;
    n.checked_mul(n).ok_or_else(|| "too large".into())
}

fn squares() -> impl AsyncGenerator<Yield = u64, Sent = Option<u64>, Error = BoxError> + Send {
    async_gen! {
        type Sent = Option<u64>;
        let mut n = 0;
        loop {
            let squared = call(n).await?;
            n = (yield squared).unwrap_or(n + 1);
        }
    }
}

#[test]
fn what_is_sent_has_its_methods_by_the_header() {
    run(async {
        let mut g = pin!(squares());
        for n in [0, 1, 4] {
            assert_eq!(g.anext().await.unwrap(), n);
        }
        assert_eq!(g.asend(Some(100)).await.unwrap(), 10000);
        assert_eq!(g.asend(Some(u64::MAX)).await.unwrap_err().to_string(), "too large");
    });
}
