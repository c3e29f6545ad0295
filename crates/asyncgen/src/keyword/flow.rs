//! How control leaves a block that was made an `async` block.

use core::convert::Infallible;

use crate::scope::Ending;

/// The end of a block: its value, or one of the ways out of it.
///
/// The ways out are numbered: the first is `Exit(Value(payload))`, the second `Exit(Exit(Value(payload)))`, and so on;
/// the `Exit` after the last is [`Infallible`]. Only those that occur in the block are there, so that each of their types is
/// known. A block without any evaluates to [`EndOfBlock`].
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub enum Flow<V, X> {
    Value(V),
    Exit(X),
}

/// The end of a block without ways out. (The second field is there as the compiler proposes to wrap what a macro of the
/// user's returns in what has but one.)
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct EndOfBlock<V>(pub V, pub ());

/// That of a `finally`.
impl<T> Ending<T> for EndOfBlock<()> {
    fn way_out(self) -> Option<T> {
        None
    }
}

/// A value where none is ever needed.
#[must_use]
pub fn any<T>() -> T {
    unreachable!("it is there for its type alone")
}

/// The way out that isn't there.
pub fn never(never: Infallible) -> ! {
    match never {}
}
