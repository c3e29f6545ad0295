//! What a body may end with.

use crate::Return;

/// What a body may evaluate to: nothing, a value in a [`Return`], or a `Result` of either whose error it raises.
#[diagnostic::on_unimplemented(
    message = "the body of a generator ends with `()` or `Result<(), {E}>`, not with `{Self}`",
    label = "this body ends with `{Self}`",
    note = "a generator hands values out with `yield`; end its body with `;`, or with `Ok(())` if it uses `?`",
    note = "to end with a value, name its type at the head of the body, `type Return = ..;` (in the closure form, end with \
            `Return(value)`)"
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

macro_rules! outputs {
    ($([$($generics:ident),*] $output:ty => $kept:ty, |$this:pat_param| $result:expr;)+) => {
        $(impl<$($generics),*> BodyOutput<E> for $output {
            type Kept = $kept;

            #[inline]
            fn into_result(self) -> Result<$kept, E> {
                let $this = self;
                $result
            }
        })+
    };
}

outputs! {
    [E] () => (), |this| Ok(this);
    [E] Result<(), E> => (), |this| this;
    [E, R] Return<R> => Option<R>, |Return(value)| Ok(Some(value));
    [E, R] Result<Return<R>, E> => Option<R>, |this| this.map(|Return(value)| Some(value));
}

/// Of the keyword form, whose body ends without its value where it raises.
#[cfg(feature = "macros")]
impl<E, R> BodyOutput<E> for Result<Option<Return<R>>, E> {
    type Kept = Option<R>;

    #[inline]
    fn into_result(self) -> Result<Option<R>, E> {
        self.map(|value| value.map(|Return(value)| value))
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
