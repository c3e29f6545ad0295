//! Every part of the core, used without std and without an allocator.
//!
//! That it builds is the proof. The panic handler does not compile where anything uses std, which has its own, and
//! without an allocator nothing links that allocates.
#![no_std]

use core::convert::Infallible;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Exception, IntoStreamExt, StepError, Yielder, async_gen, from_stream, generator,
    stream,
};
use futures_core::Stream;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Counts up; an error that is thrown in sets it back.
fn counter() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> {
    generator!(|y: Yielder<'_, u32, Option<u32>, &'static str>| {
        let mut n = 0;
        y.finally(
            async |mut y| {
                loop {
                    n = match y.catch(async |mut y| Ok(y.yield_(n).await)).await {
                        Ok(sent) => sent.unwrap_or(n + 1),
                        Err(Exception::Error(_)) => 0,
                        Err(Exception::GeneratorExit) => return Ok(()),
                    };
                }
            },
            async |_| Ok(()),
        )
        .await;
    })
}

/// The same with keywords.
fn counter_of_keywords() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> {
    async_gen! {
        let mut n = 0;
        try {
            loop {
                try {
                    n = if let Some(sent) = yield n { sent } else { n + 1 };
                } catch _ {
                    n = 0;
                }
            }
        } finally {
            for await zero in stream! { yield 0; } {
                n = zero;
            }
        }
    }
}

fn twice() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> {
    generator!(|y| {
        y.yield_from(counter()).await;
        y.yield_from(counter()).await;
    })
}

async fn drive(mut g: Pin<&mut dyn AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str>>) -> bool {
    g.anext().await == Ok(0)
        && g.asend(Some(7)).await == Ok(7)
        && g.athrow("back").await == Ok(Some(0))
        && g.aclose().await == Ok(())
        && g.anext().await == Err(StepError::StopAsyncIteration)
}

async fn streams() -> bool {
    let numbers = generator!(|y: Yielder<'_, u32>| y.yield_(1).await);
    let again = from_stream::<_, Infallible>(numbers.into_stream()).into_stream();
    let mut again = pin!(again);
    core::future::poll_fn(|cx| again.as_mut().poll_next(cx)).await == Some(1)
}

/// All of it.
pub fn run() -> bool {
    let all = pin!(async {
        drive(pin!(counter())).await
            && drive(pin!(counter_of_keywords())).await
            && drive(pin!(twice())).await
            && streams().await
    });
    all.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(true)
}
