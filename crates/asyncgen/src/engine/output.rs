//! What a body may end with.

/// What a body may evaluate to: nothing, or a `Result` whose error it raises.
#[diagnostic::on_unimplemented(
    message = "the body of a generator ends with `()` or `Result<(), {E}>`, not with `{Self}`",
    label = "this body ends with `{Self}`",
    note = "a generator hands values out with `yield`; end its body with `;`, or with `Ok(())` if it uses `?`"
)]
#[doc(hidden)]
pub trait BodyOutput<E> {
    fn into_result(self) -> Result<(), E>;
}

impl<E> BodyOutput<E> for () {
    #[inline]
    fn into_result(self) -> Result<(), E> {
        Ok(())
    }
}

impl<E> BodyOutput<E> for Result<(), E> {
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
    fn into_result(self) -> Result<(), E> {
        self
    }
}
