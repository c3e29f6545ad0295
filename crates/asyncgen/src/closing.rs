//! Closing a generator where nobody waits for what it may yield meanwhile.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

#[cfg(feature = "std")]
use crate::hooks::{Unraisable, raise_no_further};
use crate::{AsyncGenerator, Exception, Resume, State, Step};

/// Begins to close it. `false`: there is nothing to wait for.
pub(crate) fn begin_to_close<G: AsyncGenerator + ?Sized>(generator: Pin<&mut G>) -> bool {
    // Nobody refuses to be closed, but who answers wrongly: there is nothing to wait for then.
    generator.state() != State::Closed && generator.begin(Resume::Close).is_ok()
}

/// Closes a generator. A value that it yields meanwhile has nobody to be given back to, as C15 would have it: it is
/// dropped, and the generator reported.
pub(crate) fn poll_close<G>(generator: Pin<&mut G>, cx: &mut Context<'_>) -> Poll<Result<(), G::Error>>
where
    G: AsyncGenerator + ?Sized,
{
    Poll::Ready(match ready!(generator.poll_step(cx)) {
        Step::Raised(Exception::Error(error)) => Err(error),
        Step::Raised(Exception::GeneratorExit) | Step::Returned => Ok(()),
        Step::Yielded(_) => {
            #[cfg(feature = "std")]
            raise_no_further(&Unraisable::IgnoredGeneratorExit { generator: core::any::type_name::<G>() });
            Ok(())
        }
    })
}
