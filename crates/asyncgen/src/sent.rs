//! What can be sent into a generator, and which of it is "nothing".

use core::convert::Infallible;

/// A value that can be sent into a generator.
///
/// A generator that was not started yet has no `yield` that could evaluate to the value, so that only "nothing" can be
/// sent to it (contract clauses C2 and C3, Python's "can't send non-None value to a just-started async generator").
/// This trait tells a generator which values are nothing: `()` and `None` are; the standard library's other types are
/// not, and neither are yours:
///
/// ```
/// enum Command {
///     Seek(u64),
///     Pause,
/// }
///
/// impl asyncgen::SentValue for Command {}
///
/// use asyncgen::SentValue;
/// assert!(!Command::Pause.is_nothing());
/// assert!(().is_nothing());
/// assert!(None::<Command>.is_nothing());
/// ```
///
/// A type of another crate is sent as `Option<ThatType>`, which also gives the generator an `anext`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent into a generator yet",
    label = "this generator's `Sent` is `{Self}`",
    note = "if `{Self}` is your type, add `impl asyncgen::SentValue for {Self} {{}}`",
    note = "else let the generator take an `Option<{Self}>`: its consumer can then also use `anext()`"
)]
pub trait SentValue: Sized {
    /// Is this value "nothing", so that it can start a generator?
    fn is_nothing(&self) -> bool {
        false
    }

    /// The value that means nothing, if the type has one.
    #[must_use]
    fn nothing() -> Option<Self> {
        None
    }
}

/// A [`SentValue`] that has a "nothing", which is what [`anext`](crate::AsyncGeneratorExt::anext) sends (contract
/// clause C5): `()`, and every `Option`. A type of your own that has one says it in both methods of [`SentValue`], too:
/// where [`SentValue::nothing`] has none to give, `anext` can only say that there are no more values.
///
/// ```
/// use asyncgen::{Nothing, SentValue};
///
/// fn nothing_of<S: Nothing>() -> S {
///     S::nothing().unwrap()
/// }
/// assert_eq!(nothing_of::<Option<u32>>(), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "this generator can't go on without a value: there is no \"nothing\" among the values of `{Self}`",
    label = "needs a value to be sent",
    note = "start the generator with `start()`, then resume it with `asend(value)`",
    note = "`anext()`, and use as a stream, need a generator whose `Sent` is `()` or an `Option`"
)]
pub trait Nothing: SentValue {}

impl SentValue for () {
    #[inline]
    fn is_nothing(&self) -> bool {
        true
    }

    #[inline]
    fn nothing() -> Option<Self> {
        Some(())
    }
}

impl Nothing for () {}

impl<T> SentValue for Option<T> {
    #[inline]
    fn is_nothing(&self) -> bool {
        self.is_none()
    }

    #[inline]
    fn nothing() -> Option<Self> {
        Some(None)
    }
}

impl<T> Nothing for Option<T> {}

macro_rules! never_nothing {
    ($($(#[$attribute:meta])* [$($generic:tt)*] $type:ty,)*) => {
        $($(#[$attribute])* impl<$($generic)*> SentValue for $type {})*
    };
}

never_nothing! {
    [] bool, [] char,
    [] u8, [] u16, [] u32, [] u64, [] u128, [] usize,
    [] i8, [] i16, [] i32, [] i64, [] i128, [] isize,
    [] f32, [] f64,
    [] core::time::Duration,
    [] core::cmp::Ordering,
    [] Infallible,
    [T: ?Sized] &T,
    [T: ?Sized] &mut T,
    [T, E] Result<T, E>,
    [T, const N: usize] [T; N],
    [T] core::ops::Range<T>,
    [A] (A,),
    [A, B] (A, B),
    [A, B, C] (A, B, C),
    [A, B, C, D] (A, B, C, D),
    #[cfg(feature = "std")] [] std::string::String,
    #[cfg(feature = "std")] [] std::path::PathBuf,
    #[cfg(feature = "std")] [] std::time::Instant,
    #[cfg(feature = "std")] [] std::time::SystemTime,
    #[cfg(feature = "std")] [T: ?Sized] std::boxed::Box<T>,
    #[cfg(feature = "std")] [T: ?Sized] std::rc::Rc<T>,
    #[cfg(feature = "std")] [T: ?Sized] std::sync::Arc<T>,
    #[cfg(feature = "std")] [T] std::vec::Vec<T>,
    #[cfg(feature = "std")] [T] std::collections::VecDeque<T>,
    #[cfg(feature = "std")] [T, H] std::collections::HashSet<T, H>,
    #[cfg(feature = "std")] [T] std::collections::BTreeSet<T>,
    #[cfg(feature = "std")] [K, V, H] std::collections::HashMap<K, V, H>,
    #[cfg(feature = "std")] [K, V] std::collections::BTreeMap<K, V>,
    #[cfg(feature = "std")] ['a, T: ?Sized + std::borrow::ToOwned] std::borrow::Cow<'a, T>,
}
