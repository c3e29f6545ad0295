//! What a body may end with.

/// What a body may evaluate to: nothing, or a `Result` whose error it raises; or what [`with_value`](super::with_value) makes of a value.
#[diagnostic::on_unimplemented(
    message = "the body of a generator ends with `()` or `Result<(), {E}>`, not with `{Self}`",
    label = "this body ends with `{Self}`",
    note = "a generator hands values out with `yield`; end its body with `;`, or with `Ok(())` if it uses `?`",
    note = "to end with a value, say its type: `type Return = ..;` at the head of the body (in the closure form, `|y| -> .. {{ .. }}`)"
)]
#[doc(hidden)]
pub trait BodyOutput<E> {
    /// What the generator keeps of it.
    type Kept: Keep;

    fn into_result(self) -> Result<Self::Kept, E>;
}

/// Where a generator keeps the value that its body has ended with: of a body without a value, nothing.
#[doc(hidden)]
pub trait Keep {
    const NOTHING: Self;
}

impl Keep for () {
    const NOTHING: Self = ();
}

impl<R> Keep for Option<R> {
    const NOTHING: Self = None;
}

impl<E> BodyOutput<E> for () {
    type Kept = ();

    #[inline]
    fn into_result(self) -> Result<(), E> {
        Ok(())
    }
}

impl<E> BodyOutput<E> for Result<(), E> {
    type Kept = ();

    #[inline]
    fn into_result(self) -> Result<(), E> {
        self
    }
}

/// Names the type `!`, that of a body which never ends.
#[doc(hidden)]
pub trait Returns {
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

#[diagnostic::do_not_recommend]
impl<E> BodyOutput<E> for <fn() -> ! as Returns>::Output {
    type Kept = ();

    fn into_result(self) -> Result<(), E> {
        self
    }
}
