//! How control leaves a block that was made an `async` block.

use core::convert::Infallible;

/// The end of a block: its value, or one of the ways out of it.
///
/// The ways out are numbered: the first is `Exit(Value(payload))`, the second `Exit(Exit(Value(payload)))`, and so on;
/// the `Exit` after the last is [`Infallible`]. Only those that occur in the block are there, so that each of their types is
/// known. A block without any evaluates to its value itself.
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub enum Flow<V, X> {
    Value(V),
    Exit(X),
}

/// The way out that isn't there.
pub fn never(never: Infallible) -> ! {
    match never {}
}
