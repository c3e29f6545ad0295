//! Programs that were written for async-stream: they give the same items after changing the `use` line alone.
//!
//! `programs.rs` holds the examples of async-stream's documentation, and programs as they are found in real projects.
//! `suite.rs` is async-stream's own test suite. `unwind.rs` is about panics, `threads.rs` about threads, `named.rs` about the type that
//! has a name. All are compiled twice.

#![allow(
    clippy::pedantic,
    clippy::never_loop,
    clippy::manual_repeat_n,
    clippy::needless_lifetimes,
    reason = "as it was found"
)]

mod with_async_stream {
    use async_stream::{stream, try_stream};
    include!("programs.rs");

    mod suite {
        use async_stream::{stream, try_stream};
        include!("suite.rs");
    }

    pub(super) mod unwind {
        use async_stream::{stream, try_stream};
        include!("unwind.rs");
    }

    pub(super) mod threads {
        use async_stream::{stream, try_stream};
        include!("threads.rs");
    }

    pub(super) mod named {
        use async_stream::__private::AsyncStream;
        use async_stream::{stream, try_stream};
        include!("named.rs");
    }
}

mod with_asyncgen {
    use asyncgen::{stream, try_stream};
    include!("programs.rs");

    mod suite {
        use asyncgen::{stream, try_stream};
        include!("suite.rs");
    }

    pub(super) mod unwind {
        use asyncgen::{stream, try_stream};
        include!("unwind.rs");
    }

    pub(super) mod threads {
        use asyncgen::{stream, try_stream};
        include!("threads.rs");
    }

    pub(super) mod named {
        use asyncgen::__private::AsyncStream;
        use asyncgen::{stream, try_stream};
        include!("named.rs");
    }
}

macro_rules! same_items {
    ($($(($module:ident))? $program:ident,)*) => {$(
        #[tokio::test]
        async fn $program() {
            let theirs = with_async_stream::$($module::)?$program().await;
            let ours = with_asyncgen::$($module::)?$program().await;
            assert!(!theirs.is_empty());
            assert_eq!(ours, theirs);
        }
    )*};
}

same_items! {
    zero_to_three_doubled, bind_and_accept, pages_over_http, tail_a_file, retry_with_backoff, merge_two, walk_a_tree,
    lines_of_frames, debounce, rate_limit, batches, events_of_a_session, cancel_on_signal, collatz_in_a_trait,
    join_of_two_sorted, watch_changes, items_are_results, nothing_is_lost_in_a_select, early_return,
    labels_and_nested_loops, borrowed_and_owned, a_stream_of_streams, where_values_are_dropped, size_hints,
    (unwind) a_panic_is_caught, (unwind) who_is_unwind_safe, (named) a_named_stream_is_returned,
    (named) a_named_stream_is_a_field_and_a_variable, (threads) items_that_are_sync_and_not_send,
}
