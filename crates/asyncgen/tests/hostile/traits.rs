//! Traits in scope with a method for every name that an expansion might call, for all types: none of them is called.

use std::cell::Cell;
use std::pin::Pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen, stream, try_stream};

use crate::common::now;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

fn called<T>() -> T {
    CALLS.set(CALLS.get() + 1);
    panic!("a method of the trait was called")
}

macro_rules! all_methods {
    ($trait_:ident, $self_:ident: $receiver:ty) => {
        methods! { $trait_ $self_ [$receiver]
            lend used hand_over try_hand_over suspend take_sent resumed yield_ try_yield yield_from yield_from_directly
            yield_from_in_body shown own delegating stand interruptible due settled error exception raise_out end_with
            into_result none no_exception convert checked kind of next close next_errorless close_errorless never
            poll_next poll_close poll_item poll_step poll_begin poll_anext poll_value poll_delegated owns_its_body begin
            generator into_body result_stream stream try_stream catch clean_up finally way_out evaluated widen
            as_mut as_ref into_future poll into_iter iter map map_err and_then is_some is_none unwrap unwrap_or take replace
            get get_mut get_ref set deref deref_mut from into try_into try_from branch from_residual from_output
            __asyncgen_value from_error add not neg eq ne cmp drop clone default fmt borrow borrow_mut index call call_once call_mut
        }
    };
}

macro_rules! methods {
    ($trait_:ident $self_:ident [$receiver:ty] $($name:ident)*) => {
        #[allow(dead_code)]
        trait $trait_: Sized {
            $(fn $name($self_: $receiver) -> Mine { called() })*
        }
        impl<T> $trait_ for T {}
    };
}

#[derive(Clone, Copy)]
struct Mine;

type Boxed = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String>>>;

macro_rules! everything {
    ($two:path) => {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            yield 0;
            yield from $two();
            for await n in $two() { if n == 1 { continue } yield n; break }
            let outcome = try { Err("raised".to_owned())?; };
            if let Err(error) = outcome { yield if error == "raised" { 3 } else { 0 } }
            'a: loop {
                try {
                    async {}.await;
                    yield 4;
                    if true { break 'a }
                    yield from $two();
                    raise!("not come to".to_owned());
                } catch error if error == "guard" {
                    yield 40;
                } catch GeneratorExit {
                    return;
                } finally {
                    std::future::ready(()).await;
                    yield 5;
                }
            }
            try { raise!("caught".to_owned()) } catch _ { yield 6; }
            return Err("the end".to_owned());
        }
    };
}

fn two() -> Boxed {
    Box::pin(async_gen! { yield 1; yield 2; })
}

/// What the generator yields, and its end.
macro_rules! run {
    ($everything:expr) => {{
        let mut g: Boxed = Box::pin($everything);
        let mut values = Vec::new();
        loop {
            // By its path: the method's name is another's, too.
            match now(AsyncGeneratorExt::anext(&mut g)) {
                Ok(value) => values.push(value),
                Err(error) => break (values, format!("{error:?}")),
            }
        }
    }};
}

#[track_caller]
fn check((values, end): (Vec<u32>, String)) {
    assert_eq!(values, [0, 1, 2, 2, 3, 4, 5, 6]);
    assert_eq!(end, "Raised(Error(\"the end\"))");
    assert_eq!(CALLS.get(), 0);
}

mod by_value {
    use super::*;
    all_methods!(ByValue, self: Self);

    #[test]
    fn no_method_by_value_comes_between() {
        check(run!(everything!(two)));
    }
}

mod by_reference {
    use super::*;
    all_methods!(ByReference, self: &Self);

    #[test]
    fn no_method_by_reference_comes_between() {
        check(run!(everything!(two)));
    }
}

mod by_mutable_reference {
    use super::*;
    all_methods!(ByMutableReference, self: &mut Self);

    #[test]
    fn no_method_by_mutable_reference_comes_between() {
        check(run!(everything!(two)));
    }

    #[test]
    fn nor_in_streams() {
        let items: Vec<u32> =
            now(futures::StreamExt::collect(stream! { for await n in stream! { yield 1; } { yield n; } yield 2; }));
        assert_eq!(items, [1, 2]);
        let items: Vec<Result<u32, String>> = now(futures::StreamExt::collect(
            try_stream! { for await n in super::two() { yield n; } Err("x".to_owned())?; },
        ));
        assert_eq!(items, [Ok(1), Ok(2), Err("x".to_owned())]);
    }
}

/// The one method that an expansion calls by its name may be the user's, if what it returns is of the library's: the kinds
/// of loops do no harm when they are mistaken for each other.
mod kinds_mistaken {
    use super::*;
    use asyncgen::__private::{IsGenerator, IsStream, Probe};
    use std::rc::Rc;

    trait AsStream: Sized {
        fn __asyncgen_kind(self) -> <&'static Probe<futures::stream::Empty<u32>> as IsStream>::Kind {
            (&Probe::<futures::stream::Empty<u32>>::of(&futures::stream::empty())).stream_kind()
        }
    }
    impl<T> AsStream for T {}

    trait StreamKind {
        fn stream_kind(&self) -> <&'static Probe<futures::stream::Empty<u32>> as IsStream>::Kind;
    }
    impl StreamKind for &Probe<futures::stream::Empty<u32>> {
        fn stream_kind(&self) -> <&'static Probe<futures::stream::Empty<u32>> as IsStream>::Kind {
            IsStream::__asyncgen_kind(self)
        }
    }

    #[test]
    fn a_closable_stream_taken_for_any_stream_is_not_closed() {
        let held = Rc::new(());
        let in_body = held.clone();
        let mut g: Boxed = Box::pin(async_gen! {
            let closable = stream! { let _held = in_body; yield 1; yield 2; };
            for await n in closable { yield n; break; }
            yield 3;
        });
        assert_eq!(now(g.anext()), Ok(1));
        assert_eq!(now(g.anext()), Ok(3));
        drop(g);
        assert_eq!(Rc::strong_count(&held), 1);
        // It is there, and is what is called above.
        let _ = ().__asyncgen_kind();
        let _: fn(&_) -> _ = <&&Probe<Boxed> as IsGenerator>::__asyncgen_kind;
    }
}
