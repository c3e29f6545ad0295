//! What Python sends into a Rust body.

use asyncgen::SentValue;
use pyo3::prelude::*;

/// A value that Python code can send into a generator with `asend`.
///
/// `()` takes whatever is sent, and ignores it, as most generators do; `Option<T>` is `None` for Python's `None`. A
/// type of your own becomes one by saying how it is made from a Python object:
///
/// ```ignore
/// impl SentValue for Command {}
///
/// impl FromSent for Command {
///     fn from_sent(value: &Bound<'_, PyAny>) -> PyResult<Self> {
///         value.extract()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "Python code can't send a `{Self}` into a generator",
    label = "the generator's `Sent` must implement `FromSent`",
    note = "`()` takes and ignores whatever is sent; `Option<T>` takes `None` and every `T: FromPyObject`"
)]
pub trait FromSent: SentValue {
    /// The value that `value` stands for.
    ///
    /// # Errors
    ///
    /// What is raised at the consumer's `asend`, usually a `TypeError`; the generator does not notice.
    fn from_sent(value: &Bound<'_, PyAny>) -> PyResult<Self>;
}

impl FromSent for () {
    fn from_sent(_: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(())
    }
}

impl<T> FromSent for Option<T>
where
    T: for<'a, 'py> FromPyObject<'a, 'py>,
{
    fn from_sent(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_none() { Ok(None) } else { value.extract().map(Some).map_err(Into::into) }
    }
}

macro_rules! extracted {
    ($($type:ty),* $(,)?) => {
        $(impl FromSent for $type {
            fn from_sent(value: &Bound<'_, PyAny>) -> PyResult<Self> {
                value.extract()
            }
        })*
    };
}

extracted!(bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);
extracted!(String, std::path::PathBuf, std::time::Duration);
