//! The macros themselves. Each gives the proc macro the path of this crate, whatever name it goes by.

/// TODO
#[macro_export]
macro_rules! async_gen {
    ($($body:tt)*) => { $crate::__private::async_gen! { ($crate) $($body)* } };
}

/// TODO
#[macro_export]
macro_rules! stream {
    ($($body:tt)*) => { $crate::__private::stream_macro! { ($crate) $($body)* } };
}

/// TODO
#[macro_export]
macro_rules! try_stream {
    ($($body:tt)*) => { $crate::__private::try_stream_macro! { ($crate) $($body)* } };
}

/// TODO
#[macro_export]
macro_rules! raise {
    ($($exception:tt)*) => {
        ::core::compile_error!(
            "`raise!` outside of a generator: it raises an exception in the body of `async_gen!`, `stream!` or \
             `try_stream!`; elsewhere, return an `Err`"
        )
    };
}
