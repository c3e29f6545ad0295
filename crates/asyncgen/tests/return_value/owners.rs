//! Owners and pointers pass the value on; streams drop it.

use std::pin::{Pin, pin};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, BoxReturningGenerator, IntoStreamExt, Owned, OwnedExt, ReturningGenerator,
    StepError, async_gen,
};
use futures::StreamExt;

use crate::keyword::{Log, Noisy, run};

fn counted() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = std::convert::Infallible, Return = u32> + Send {
    async_gen! { type Return = u32; yield 1; 5 }
}

async fn value<G: ReturningGenerator<Yield = u32, Sent = ()> + Unpin>(mut g: G) -> Option<G::Return> {
    assert!(g.anext().await.is_ok());
    assert!(matches!(g.anext().await, Err(StepError::StopAsyncIteration)));
    g.return_value()
}

#[test]
fn all_pointers_have_it() {
    run(async {
        assert_eq!(value(Box::pin(counted())).await, Some(5));
        assert_eq!(value(pin!(counted())).await, Some(5));
        assert_eq!(value(&mut Box::pin(counted())).await, Some(5));
        assert_eq!(value(Box::new(Box::pin(counted()))).await, Some(5));
        let dynamic: Pin<Box<dyn ReturningGenerator<Yield = u32, Sent = (), Error = _, Return = u32>>> =
            Box::pin(counted());
        assert_eq!(value(dynamic).await, Some(5));
        assert_eq!(value(Owned::new(Box::pin(counted()))).await, Some(5));
        let owned: BoxReturningGenerator<u32, u32> = counted().boxed_returning();
        assert_eq!(value(owned).await, Some(5));
        // Its other owner hides it.
        let mut hidden = counted().boxed();
        assert_eq!(hidden.anext().await, Ok(1));
        assert_eq!(hidden.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_stream_drops_it() {
    let log = &Log::default();
    run(async {
        let mut stream = Box::pin(
            async_gen! {
                type Yield = u32; type Sent = (); type Error = std::convert::Infallible; type Return = Noisy<'_>;
                yield 1;
                Noisy(log, "value")
            }
            .into_stream(),
        );
        assert_eq!(stream.next().await, Some(1));
        assert_eq!(stream.next().await, None);
        drop(stream);
        assert_eq!(log.take(), "value");
    });
}

#[test]
fn it_is_a_generator_as_any() {
    fn any<G: AsyncGenerator>(_: &G) {}
    any(&counted());
}
