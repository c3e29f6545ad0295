//! What the tests of the keyword language share: driving a generator to its end, and asking whether a value is `Send`.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, StepError};

use crate::keyword::run;

/// How a generator ended.
pub(crate) type End<E> = Result<(), Exception<E>>;

/// The end of a generator whose body raised `error`.
pub(crate) fn raised<E>(error: E) -> End<E> {
    Err(Exception::Error(error))
}

/// All that `generator` yields, and how it ends.
pub(crate) fn all<G: AsyncGenerator<Sent = ()>>(generator: G) -> (Vec<G::Yield>, End<G::Error>) {
    thrown(generator, usize::MAX, || unreachable!("nothing is thrown in"))
}

/// All that `generator` yields if `exception` is thrown in after its first `count` values, and how it ends.
pub(crate) fn thrown_after<G: AsyncGenerator<Sent = ()>>(
    count: usize,
    exception: impl Into<Exception<G::Error>>,
    generator: G,
) -> (Vec<G::Yield>, End<G::Error>) {
    let mut exception = Some(exception.into());
    thrown(generator, count, || exception.take().expect("it is thrown once"))
}

fn thrown<G: AsyncGenerator<Sent = ()>>(
    generator: G,
    count: usize,
    mut exception: impl FnMut() -> Exception<G::Error>,
) -> (Vec<G::Yield>, End<G::Error>) {
    run(async {
        let mut generator = pin!(generator);
        let mut values = Vec::new();
        let mut was_thrown = false;
        loop {
            if values.len() == count && !was_thrown {
                was_thrown = true;
                match generator.athrow(exception()).await {
                    Ok(Some(value)) => values.push(value),
                    Ok(None) | Err(StepError::StopAsyncIteration) => return (values, Ok(())),
                    Err(StepError::Raised(exception)) => return (values, Err(exception)),
                    Err(_) => unreachable!("no step is in flight"),
                }
                continue;
            }
            match generator.anext().await {
                Ok(value) => values.push(value),
                Err(StepError::StopAsyncIteration) => return (values, Ok(())),
                Err(StepError::Raised(exception)) => return (values, Err(exception)),
                Err(_) => unreachable!("no step is in flight"),
            }
        }
    })
}

/// The first `count` values of `generator`, and what closing it says then.
#[allow(clippy::type_complexity, reason = "it says both")]
pub(crate) fn closed_after<G: AsyncGenerator<Sent = ()>>(
    count: usize,
    generator: G,
) -> (Vec<G::Yield>, Result<(), CloseError<G::Yield, G::Error>>) {
    run(async {
        let mut generator = pin!(generator);
        let mut values = Vec::new();
        while values.len() < count {
            let Ok(value) = generator.anext().await else { panic!("it ended after {} values", values.len()) };
            values.push(value);
        }
        let closed = generator.aclose().await;
        (values, closed)
    })
}

/// Must be `Send`.
pub(crate) fn send<T: Send>(value: T) -> T {
    value
}

/// Is the value of this expression `Send`? (Its type must be known from a function's signature.)
#[allow(unused_macros, reason = "each test binary uses a part of it")]
macro_rules! is_send {
    ($value:expr) => {{
        struct Asked<T>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "only where it is not `Send`")]
        trait Otherwise {
            fn is_send(&self) -> bool {
                false
            }
        }
        impl<T> Otherwise for Asked<T> {}
        impl<T: Send> Asked<T> {
            #[allow(dead_code, reason = "only where it is `Send`")]
            fn is_send(&self) -> bool {
                true
            }
        }
        fn asked<T>(_: T) -> Asked<T> {
            Asked(std::marker::PhantomData)
        }
        asked($value).is_send()
    }};
}
#[allow(unused_imports, reason = "each test binary uses a part of it")]
pub(crate) use is_send;

/// An error, as long as one wants one.
pub(crate) fn fail(error: &'static str) -> Result<(), &'static str> {
    Err(error)
}
