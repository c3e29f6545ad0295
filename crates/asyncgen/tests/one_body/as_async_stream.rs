//! Ordinary code in `for await`, as async-stream compiles it: the same programs with both, and the same items.

mod with_async_stream {
    use async_stream::{stream, try_stream};
    include!("as_async_stream/programs.rs");
}

mod with_asyncgen {
    use asyncgen::{stream, try_stream};
    include!("as_async_stream/programs.rs");
}

macro_rules! same_items {
    ($($program:ident,)*) => {$(
        #[test]
        fn $program() {
            let theirs = crate::keyword::run(with_async_stream::$program());
            let ours = crate::keyword::run(with_asyncgen::$program());
            assert!(!theirs.is_empty());
            assert_eq!(ours, theirs);
        }
    )*};
}

same_items! {
    a_buffer_is_yielded_and_made_anew, a_sender_is_used_up_on_the_way_out, a_value_is_moved_on_a_path_that_returns,
    a_value_is_moved_on_a_path_that_breaks, a_loop_that_reads_a_cell_is_send, a_loop_that_calls_a_send_function_is_send,
    a_loop_that_holds_a_receiver_is_send, the_first_value_is_given_in_the_loop, the_first_value_is_given_in_an_inner_loop,
    a_temporary_lives_as_long_as_the_loop, a_stream_is_pinned_in_place, a_macro_breaks_an_outer_loop,
    a_macro_continues_the_loop, a_macro_returns_from_the_loop, a_macro_returns_beside_a_question_mark,
    a_return_in_a_macro_argument_beside_a_question_mark, a_macro_returns_and_a_question_mark_is_in_a_closure,
    a_macro_returns_and_a_question_mark_is_in_an_async_block, two_buffers_change_places, a_box_is_taken_apart,
    a_borrow_ends_before_the_yield, loops_in_loops_share_a_buffer, let_else_leaves_the_loop, shadowed_names,
    a_labelled_block_gives_a_value, a_mutable_reference_goes_on, the_header_and_the_rows_of_one_stream,
    a_borrowed_stream_goes_on_after_a_break, a_borrowed_stream_goes_on_after_an_error, an_error_is_converted_by_into,
}
