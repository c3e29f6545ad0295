//! `async_block!`: a body that yields to nobody, and is run to its end.

use core::convert::Infallible;
use core::pin::{Pin, pin};

use crate::{Exception, ReturningGenerator, Step};

/// Runs it.
///
/// # Errors
///
/// The error that the body has raised.
///
/// # Panics
///
/// If it has let a `GeneratorExit` out.
pub async fn block<G>(body: G) -> Result<G::Return, G::Error>
where
    G: ReturningGenerator<Yield = Infallible, Sent = ()>,
{
    let mut body = pin!(body);
    match core::future::poll_fn(|cx| body.as_mut().poll_anext(cx)).await {
        Step::Yielded(never) => match never {},
        Step::Raised(Exception::Error(error)) => return Err(error),
        Step::Returned | Step::Raised(Exception::GeneratorExit) => {}
    }
    let value = Pin::as_mut(&mut body).take_return();
    Ok(value.expect("nobody closes a block: no `GeneratorExit` is raised in it"))
}

/// What a block ends with that does not end with an expression. (A `()` would be one too many, to clippy.)
pub const fn nothing() {}
