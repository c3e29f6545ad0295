//! Macros that give another meaning to a name of the expansion: a macro's call as a statement may define variables, which
//! hide others of the same name in all that follows.

use std::future::pending;
use std::pin::{Pin, pin};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Yielder, async_gen, generator};

use crate::common::{now, poll};
use crate::leak;

type Boxed<'a> = Pin<Box<dyn AsyncGenerator<Yield = String, Sent = (), Error = String> + 'a>>;

fn two<'a>() -> Boxed<'a> {
    Box::pin(async_gen! {
        yield "one".to_owned();
        yield "two".to_owned();
    })
}

/// What the keyword `yield` becomes in the arguments of a macro names the yielder. This makes it another one.
macro_rules! dbg {
    (($crate_:tt :: __private :: yield_ (& mut $yielder:ident, $other:expr)).await) => {
        let mut $yielder = $other;
    };
}

/// A delegation in the body of one generator by the yielder of another: the frame of the one would be in the mailbox of the
/// other, and the body that it is in can be leaked.
#[test]
fn a_body_that_delegates_by_the_yielder_of_another_body_can_be_leaked() {
    let mut outer = pin!(generator!(|y: Yielder<'_, String, (), String>| {
        {
            let mut delegate = two();
            let inner = &mut delegate;
            let mut thief: Boxed<'_> = Box::pin(async_gen! {
                dbg!(yield y);
                yield from inner;
            });
            assert!(poll(Pin::new(&mut thief.anext())).is_pending());
            leak(thief);
        }
        // What it borrowed is gone.
        pending::<()>().await;
    }));
    assert_eq!(now(outer.anext()), Ok("one".to_owned()));
    assert!(poll(Pin::new(&mut outer.anext())).is_pending());
    assert_eq!(now(outer.aclose()), Ok(()));
}

/// The same by an assignment, in the middle of an expression, in a scope.
mod by_assignment {
    use super::*;

    macro_rules! vec {
        ($($first:tt)*) => { assign!($($first)*) };
    }
    macro_rules! assign {
        ((match ($crate_:tt :: __private :: try_yield (& mut $yielder:ident, $other:expr)).await $arms:tt)) => {
            $yielder = asyncgen::__private::lend(&mut $other)
        };
    }

    #[test]
    fn a_yielder_that_was_exchanged_can_be_delegated_by() {
        let mut outer = pin!(generator!(|mut y: Yielder<'_, String, (), String>| {
            {
                let mut delegate = two();
                let inner = &mut delegate;
                let mut thief: Boxed<'_> = Box::pin(async_gen! {
                    try {
                        let () = vec![yield y];
                        yield from inner;
                    } finally {}
                });
                assert!(poll(Pin::new(&mut thief.anext())).is_pending());
                leak(thief);
            }
            pending::<()>().await;
        }));
        assert_eq!(now(outer.anext()), Ok("one".to_owned()));
        assert!(poll(Pin::new(&mut outer.anext())).is_pending());
        assert_eq!(now(outer.aclose()), Ok(()));
    }
}

/// A body that shows its yielder to a macro, and keeps it, delegates in constant time: its depth takes no stack.
#[test]
fn a_body_that_keeps_its_own_yielder_delegates_as_any() {
    fn down(n: u32) -> Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + Send>> {
        Box::pin(async_gen! {
            if n > 1_000_000 { print!("{:?}", yield 0); }
            if n == 0 { yield 7; } else { yield from down(n - 1); }
        })
    }
    let mut deep = down(20_000);
    assert_eq!(now(deep.anext()), Ok(7));
    assert_eq!(now(deep.aclose()), Ok(()));
}
