//! Programs that once did harm: use after free, a data race, lost errors, hangs.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::{Mutex, TryLockError};
use std::task::{Context, Poll};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Exception, Refused, Resume, State, Step, StepError, Yielder, async_gen,
    generator, stream, try_stream,
};
use futures::StreamExt;

use crate::common::{now, pending_for, poll};
use crate::leak;

type Boxed<'a> = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + 'a>>;

fn two() -> Boxed<'static> {
    Box::pin(async_gen! { yield 1; yield 2; })
}

mod kind {
    use super::*;

    thread_local! {
        static HIJACKED: Cell<u32> = const { Cell::new(0) };
    }

    trait Hijack: Sized {
        fn kind(self) -> Mine {
            HIJACKED.set(HIJACKED.get() + 1);
            Mine
        }
    }
    impl<T> Hijack for T {}

    #[derive(Clone, Copy)]
    struct Mine;

    impl Mine {
        #[allow(dead_code)]
        async fn catch<V, F: Future<Output = Result<V, String>>>(self, body: F) -> Result<V, Exception<String>> {
            let mut body = Box::pin(body);
            let _ = poll(body.as_mut());
            drop(body);
            std::future::pending().await
        }
    }

    #[test]
    fn a_trait_in_scope_does_not_say_of_which_kind_a_loop_is() {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            for await _ in futures::stream::iter([0]) {
                yield from two();
            }
        });
        assert_eq!((now(g.anext()), now(g.anext())), (Ok(1), Ok(2)));
        assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
        assert_eq!(HIJACKED.get(), 0);
        let _ = ().kind();
    }
}

mod lend {
    use super::*;
    use asyncgen::__private::{self, BodyYielder};

    thread_local! {
        static STOLEN: RefCell<Option<Yielder<'static, String, (), u32>>> = const { RefCell::new(None) };
    }

    trait Thief {
        fn lend(self) -> Yielder<'static, String, (), u32>;
    }
    impl Thief for BodyYielder<String, (), u32> {
        fn lend(self) -> Yielder<'static, String, (), u32> {
            STOLEN.set(Some(__private::lend(Box::leak(Box::new(self)))));
            panic!("stolen")
        }
    }
    #[allow(dead_code)]
    fn it_is_there(yielder: BodyYielder<String, (), u32>) {
        let _ = yielder.lend();
    }

    #[test]
    fn a_trait_for_the_hidden_yielder_does_not_get_it() {
        let mut g = Box::pin(async_gen! {
            type Yield = String; type Sent = (); type Error = u32;
            println!("{:?}", yield "shown".to_owned());
            raise!(1u32);
            yield String::new();
        });
        assert_eq!(now(g.anext()), Ok("shown".to_owned()));
        assert_eq!(now(g.anext()), Err(StepError::Raised(Exception::Error(1))));
        drop(g);
        assert!(STOLEN.take().is_none());
    }
}

/// A harmless trait of the user's, whose methods happen to have the names that the expansion once called.
mod by_accident {
    use super::*;

    trait Accident {
        fn kind(&self) -> &'static str {
            "thing"
        }
        fn lend(&self) -> &Self {
            self
        }
    }
    impl<T> Accident for T {}

    #[test]
    fn methods_of_the_users_own_have_whatever_names() {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            for await n in two() { yield n; }
            try { yield 3; } catch _ { yield 4; }
        });
        assert_eq!(now(g.anext()), Ok(1.lend().lend().to_owned()));
        assert_eq!((now(g.anext()), now(g.anext())), (Ok(2), Ok(3)));
        assert_eq!(now(g.athrow(().kind().to_owned())), Ok(Some(4)));
    }
}

/// What a `try` block becomes has no two halves that a macro could use on two threads; what it has is used by one at a time.
mod on_threads {
    use super::*;

    macro_rules! dbg {
        ($try_:tt) => {
            std::thread::scope(|threads| {
                let thread = threads.spawn(|| {
                    let mut body = std::pin::pin!(async {
                        $try_;
                        Ok::<(), u32>(())
                    });
                    for _ in 0..100 {
                        let _ = poll(body.as_mut());
                    }
                });
                thread.join().unwrap();
            })
        };
    }

    #[test]
    fn a_try_block_is_run_on_another_thread_and_dropped_there() {
        let mut g = pin!(async_gen! {
            type Yield = String; type Sent = (); type Error = u32;
            let value = dbg!({ try { yield "on a thread".to_owned(); } catch _ { yield "caught".to_owned(); } });
            yield format!("{value:?}");
        });
        let first = now(g.anext());
        assert_eq!(first, Ok("()".to_owned()));
        assert_eq!(now(g.aclose()), Ok(()));
    }
}

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}

macro_rules! give_up {
    ($error:expr) => {
        return Err($error)
    };
}

type Item = Result<u32, String>;

/// As items the errors come, whichever way they leave the body.
#[test]
fn a_stream_loses_no_error() {
    let lost = || Err::<u32, _>("lost".to_owned());
    let items: Vec<Item> = now(stream! { type Error = String; yield Ok(1); return fails(); }.collect());
    assert_eq!(items, [Ok(1), lost()]);
    let items: Vec<Item> = now(stream! { type Error = String; yield Ok(1); fails() }.collect());
    assert_eq!(items, [Ok(1), lost()]);
    let items: Vec<Item> = now(stream! {
        let caught = try { "x".parse::<u32>().map_err(|e| e.to_string())? };
        yield Ok(u32::from(caught.is_err()));
        return fails();
    }
    .collect());
    assert_eq!(items, [Ok(1), lost()]);
    let items: Vec<Item> =
        now(stream! { type Error = String; yield Ok(1); if true { give_up!("lost".to_owned()) } return Ok(()); }
            .collect());
    assert_eq!(items, [Ok(1), lost()]);
}

// (A loop in a `stream!` with no other error in it is refused: tests/ui/hostile.)
fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; raise!("lost".to_owned()) }
}
fn row_results() -> impl AsyncGenerator<Yield = Item, Sent = (), Error = String> {
    async_gen! { yield Ok(1); raise!("lost".to_owned()) }
}

#[test]
fn a_stream_loses_no_error_of_a_loop_or_a_delegation() {
    let expected = [Ok(1), Err("lost".to_owned())];
    let items: Vec<Item> = now(stream! { type Error = String; yield from row_results(); }.collect());
    assert_eq!(items, expected);
    let items: Vec<Item> = now(try_stream! { for await row in rows() { yield row; } }.collect());
    assert_eq!(items, expected);
}

#[test]
fn a_leaked_generator_does_not_stop_what_it_delegated_to() {
    fn counting() -> Boxed<'static> {
        Box::pin(async_gen! { for n in 0.. { yield n; } })
    }
    fn inner() -> Boxed<'static> {
        Box::pin(async_gen! { yield from counting(); })
    }
    for keyword in [true, false] {
        let mut g = inner();
        {
            let borrowed = &mut g;
            let mut outer: Boxed<'_> = if keyword {
                Box::pin(async_gen! { yield from borrowed; })
            } else {
                Box::pin(generator!(|y: Yielder<'_, u32, (), String>| {
                    y.yield_from(borrowed).await;
                }))
            };
            assert_eq!(now(outer.anext()), Ok(0));
            leak(outer);
        }
        assert_eq!(g.state(), State::Suspended);
        assert_eq!(now(g.anext()), Ok(1));
        assert_eq!(now(g.aclose()), Ok(()));
    }
}

#[test]
fn a_generator_that_refuses_to_be_closed_is_taken_for_ended() {
    struct Busy;
    impl AsyncGenerator for Busy {
        type Yield = u32;
        type Sent = ();
        type Error = String;
        fn begin(self: Pin<&mut Self>, resume: Resume<(), String>) -> Result<(), Refused<(), String>> {
            match resume {
                Resume::Close => Err(Refused::AlreadyRunning(Resume::Close)),
                _ => Ok(()),
            }
        }
        fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, String>> {
            Poll::Ready(Step::Yielded(1))
        }
        fn state(&self) -> State {
            State::Suspended
        }
    }
    let mut g = pin!(async_gen! { type Yield = u32; type Sent = (); type Error = String; yield from Busy; });
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(g.state(), State::Closed);
    let mut g = pin!(generator!(|y: Yielder<'_, u32, (), String>| {
        y.yield_from(Busy).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn no_clean_up_runs_of_a_try_that_did_not_begin() {
    let log = &RefCell::new(Vec::new());
    let mut g = pin!(async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            try { Err("no connection")? } finally { log.borrow_mut().push("disconnect"); pending_for(1).await; }
        } catch _ { log.borrow_mut().push("caught"); }
        let mut open = 0u32;
        try {
            open += 1; // nothing is awaited here
            log.borrow_mut().push("opened");
        } finally {
            log.borrow_mut().push("close");
            open -= 1;
        }
        let _ = open;
    });
    assert!(poll(pin!(g.anext())).is_pending()); // dropped half-way, in the clean-up
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(*log.borrow(), ["disconnect", "caught", "opened", "close"]);
}

#[test]
fn a_body_that_panicked_has_let_go_of_all_that_it_held() {
    fn panics() -> Boxed<'static> {
        Box::pin(async_gen! { yield 1; resume_unwind(Box::new("expected")); })
    }
    let lock = Mutex::new(());
    for keyword in [false, true] {
        let lock = &lock;
        let mut inner: Boxed<'_> = Box::pin(async_gen! { let _held = lock.lock(); yield from panics(); });
        let borrowed = &mut inner;
        let mut outer: Boxed<'_> = if keyword {
            Box::pin(async_gen! { yield from borrowed; })
        } else {
            Box::pin(generator!(|y: Yielder<'_, u32, (), String>| {
                y.yield_from(borrowed).await;
            }))
        };
        assert_eq!(now(outer.anext()), Ok(1));
        assert!(catch_unwind(AssertUnwindSafe(|| now(outer.anext()))).is_err());
        drop(outer);
        assert_eq!(inner.state(), State::Closed);
        assert!(!matches!(lock.try_lock(), Err(TryLockError::WouldBlock)), "keyword {keyword}: the lock is still held");
    }
}

#[test]
fn a_try_block_ends_a_match_arm_without_a_comma() {
    for n in 0..2 {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            match n {
                0 => try { yield 1; } catch _ { yield 2; }
                _ => {}
            }
        });
        assert_eq!(now(g.anext()).is_ok(), n == 0);
    }
}

#[no_implicit_prelude]
mod without_a_prelude {
    #[test]
    fn nothing_of_the_prelude_is_needed() {
        use ::asyncgen::AsyncGeneratorExt as _;
        let mut g = ::std::pin::pin!(::asyncgen::async_gen! {
            type Yield = u32; type Sent = (); type Error = u8;
            try { yield 1; } catch _ { yield 2; } finally { yield 3; }
            for await n in ::futures::stream::iter([4]) { yield n; }
            let outcome = try { raise!(5); };
            yield outcome.map_or(5, |()| 0);
        });
        ::std::assert_eq!(crate::common::now(g.anext()), ::std::result::Result::Ok(1));
        ::std::assert_eq!(crate::common::now(g.athrow(0)), ::std::result::Result::Ok(::std::option::Option::Some(2)));
        for n in [3, 4, 5] {
            ::std::assert_eq!(crate::common::now(g.anext()), ::std::result::Result::Ok(n));
        }
    }
}
