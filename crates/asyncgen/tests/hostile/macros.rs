//! Macros with the names of the standard library's (and futures', tokio's, anyhow's), which do something else with what they
//! receive: twice, never, elsewhere, in another order, on another thread.

use std::cell::RefCell;
use std::pin::{Pin, pin};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, State, async_gen};

use crate::common::{Log, now, pending_for, poll};

type Boxed<'a> = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + 'a>>;

fn two() -> Boxed<'static> {
    Box::pin(async_gen! { yield 1; yield 2; })
}

/// What a generator yields, and how it ends.
fn run(mut g: Boxed<'_>) -> (Vec<u32>, String) {
    let mut values = Vec::new();
    loop {
        match now(g.anext()) {
            Ok(value) => values.push(value),
            Err(error) => break (values, format!("{error:?}")),
        }
    }
}

const END: &str = "StopAsyncIteration";

mod twice {
    use super::*;

    macro_rules! dbg {
        ($($code:tt)*) => {{ let _ = $($code)*; $($code)* }};
    }

    #[test]
    fn each_keyword_may_be_there_twice() {
        let (values, end) = run(Box::pin(async_gen! {
            dbg!(yield 1);
            dbg!({ yield from two(); });
            let _ = dbg!(try { yield 3; });
            dbg!({ for await n in two() { yield n + 3; } });
            try { dbg!(yield 6); raise!("caught".to_owned()) } catch _ { dbg!(yield 7); } finally { dbg!(yield 8); }
            dbg!(std::future::ready(9).await);
            dbg!("9".parse::<u32>().map_err(|e| e.to_string())?);
            dbg!(raise!("the end".to_owned()));
        }));
        assert_eq!(values, [1, 1, 1, 2, 1, 2, 3, 3, 4, 5, 4, 5, 6, 6, 7, 7, 8, 8]);
        assert_eq!(end, "Raised(Error(\"the end\"))");
    }

    #[test]
    fn ways_out_may_be_there_twice() {
        let log = &Log::default();
        let (values, end) = run(Box::pin(async_gen! {
            for n in 0..3 {
                try {
                    if n == 0 { dbg!(continue); }
                    yield n;
                    if n == 1 { dbg!(break); }
                } finally { log.add("cleaned up"); }
            }
            try { dbg!(return); } finally { log.add("returned"); }
        }));
        assert_eq!((values, &*end), (vec![1], END));
        assert_eq!(log.take(), ["cleaned up", "cleaned up", "returned"]);
    }
}

mod never {
    use super::*;

    macro_rules! vec {
        ($($code:tt)*) => {
            ()
        };
    }
    macro_rules! bail {
        ($($code:tt)*) => {
            ()
        };
    }
    macro_rules! select {
        ($($code:tt)*) => {
            ()
        };
    }
    macro_rules! join {
        ($($code:tt)*) => {
            ()
        };
    }

    #[test]
    fn keywords_may_be_thrown_away() {
        let (values, end) = run(Box::pin(async_gen! {
            type Sent = ();
            vec![yield 1];
            vec![yield from two()];
            vec![try { yield 1; } finally { yield 2; }];
            vec![raise!("never".to_owned())];
            vec![{ for await n in two() { yield n; } }];
            try { vec![yield 1]; bail!("never".to_owned()); let () = join!(two().anext()); yield 3; } finally { vec![yield 2]; }
        }));
        assert_eq!((values, &*end), ([3].to_vec(), END));
    }

    /// Whose `select!` takes no branch is in an unknown place: the body ends there.
    #[test]
    fn a_select_that_takes_no_branch_ends_the_body() {
        let log = &Log::default();
        let (values, end) = run(Box::pin(async_gen! {
            try {
                yield 1;
                select! { n = async { 2 } => { yield n; } }
                yield 3;
            } finally { log.add("cleaned up"); }
            yield 4;
        }));
        assert_eq!((values, &*end), ([1].to_vec(), END));
        assert_eq!(log.take(), ["cleaned up"]);
    }
}

mod in_another_order {
    use super::*;

    macro_rules! assert_eq_ {
        ($($t:tt)*) => { ::std::assert_eq!($($t)*) };
    }
    macro_rules! matches {
        ($a:expr, $b:expr) => {{
            let b = $b;
            let a = $a;
            (a, b)
        }};
    }
    macro_rules! select {
        ($p:pat = $f:expr => $h:expr, $q:pat = $g:expr => $i:expr $(,)?) => {{
            if let $q = $g.await {
                $i
            }
            if let $p = $f.await {
                $h
            }
        }};
    }

    #[test]
    fn arguments_may_be_evaluated_in_another_order() {
        let mut g: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String>>> =
            Box::pin(async_gen! {
                let (a, b): (Option<u32>, Option<u32>) = matches!(yield 1, yield 2);
                let (c, d) = try { matches!(yield a.unwrap() + 10, yield b.unwrap() + 10) } catch _ { (None, None) };
                yield c.unwrap() * 100 + d.unwrap();
            });
        assert_eq_!(now(g.anext()), Ok(2));
        assert_eq_!(now(g.asend(Some(3))), Ok(1));
        assert_eq_!(now(g.asend(Some(4))), Ok(13));
        assert_eq_!(now(g.asend(Some(5))), Ok(14));
        assert_eq_!(now(g.asend(Some(6))), Ok(605));
    }

    /// Both handlers of this `select!` would run. The body takes one, the first.
    #[test]
    fn a_select_that_takes_all_branches() {
        let (values, end) = run(Box::pin(async_gen! {
            try {
                select! { n = async { 1u32 } => { yield n; }, n = async { 2u32 } => { yield n; } }
            } finally { yield 3; }
            select! { n = async { 4u32 } => { yield n; }, n = async { 5u32 } => { yield n; } }
        }));
        assert_eq_!((values, &*end), (vec![1, 3, 5, 4], END));
    }
}

mod dropped_half_way {
    use super::*;

    /// Polls once, and drops what is not ready.
    macro_rules! println {
        ($($code:tt)*) => {{
            let mut body = Box::pin(async { let _ = { $($code)* }; Ok::<(), String>(()) });
            match poll(body.as_mut()) { std::task::Poll::Ready(_) => 1, std::task::Poll::Pending => 0 }
        }};
    }
    /// Polls once, and leaks what is not ready.
    macro_rules! print {
        ($($code:tt)*) => {{
            let mut body = Box::pin(async { let _ = { $($code)* }; Ok::<(), String>(()) });
            let _ = poll(body.as_mut());
            crate::leak(body);
        }};
    }

    // (In a scope, a keyword has a `break` to the scope's end in it, which compiles nowhere else.)
    macro_rules! todo {
        ((match ($crate_:tt :: __private :: try_yield (& mut $yielder:ident, $value:expr)).await $arms:tt)) => {{
            use asyncgen::__private::{delegating, interruptible, try_yield, yield_from};
            polled_and_leaked(try_yield(&mut $yielder, $value));
            polled_and_leaked(delegating(asyncgen::__private::WithoutValue, yield_from(two(), &mut $yielder)));
            polled_and_leaked(interruptible(pending_for(9), &mut $yielder));
            polled_and_leaked($yielder.catch(async |mut y| {
                y.yield_(31).await;
                Ok(())
            }));
            polled_and_leaked($yielder.finally(
                async |_| Ok(()),
                async |mut y| {
                    y.yield_(32).await;
                    Ok(())
                },
            ));
        }};
    }
    fn polled_and_leaked(future: impl Future) {
        let mut future = Box::pin(future);
        let _ = poll(future.as_mut());
        crate::leak(future);
    }

    #[test]
    fn yields_delegations_and_loops_may_be_dropped() {
        let (values, end) = run(Box::pin(async_gen! {
            yield 1;
            println!(yield 10);
            println!({ yield from two(); });
            println!({ try { yield 11; } finally { yield 12; } });
            println!({ for await n in two() { yield n; } });
            yield 2;
            yield 3;
            yield from two();
        }));
        assert_eq!((values, &*end), (vec![1, 2, 3, 1, 2], END));
    }

    /// Some of what is leaked goes out with the next await, as it would in the closure form.
    #[test]
    fn yields_delegations_and_loops_may_be_leaked() {
        for closing in [false, true] {
            let mut g: Boxed<'_> = Box::pin(async_gen! {
                print!({ yield from two(); });
                print!({ try { yield 11; } finally { yield 12; } });
                print!({ for await n in two() { yield n; } });
                yield 100;
                try {
                    todo!(yield 10);
                    pending_for(1).await;
                    yield from two();
                    todo!(yield 13);
                    yield 15;
                } finally { todo!(yield 16); todo!(yield 17); yield from two(); }
                print!(yield 14);
                yield from two();
                pending_for(2).await;
            });
            for _ in 0..20 {
                let _ = poll(pin!(g.anext()));
                if closing && g.state() == State::Suspended {
                    let _ = poll(pin!(g.athrow("thrown".to_owned())));
                }
            }
            for _ in 0..20 {
                let _ = poll(pin!(g.aclose()));
            }
            assert_eq!(g.state(), State::Closed);
        }
    }
}

mod on_other_threads {
    use super::*;

    /// Each poll is on another thread, while the body waits for it.
    macro_rules! todo {
        ($($code:tt)*) => {{
            let mut body = Box::pin(async { $($code)*; Ok::<(), String>(()) });
            std::future::poll_fn(|_| {
                std::thread::scope(|threads| threads.spawn(|| poll(body.as_mut())).join().unwrap())
            })
            .await
        }};
    }

    #[test]
    fn keywords_may_be_run_on_other_threads() {
        let mut g: Pin<Box<dyn AsyncGenerator<Yield = String, Sent = Option<String>, Error = String> + Send>> =
            Box::pin(async_gen! {
                let mut sent = None;
                todo!(sent = yield "one".to_owned())?;
                todo!({ try { yield sent.take().unwrap_or_default(); } catch error { yield error; } finally { yield "last".to_owned(); } })?;
            });
        assert_eq!(now(g.anext()), Ok("one".to_owned()));
        assert_eq!(now(g.asend(Some("sent".to_owned()))), Ok("sent".to_owned()));
        assert_eq!(now(g.athrow("thrown".to_owned())), Ok(Some("thrown".to_owned())));
        assert_eq!(now(g.anext()), Ok("last".to_owned()));
        assert!(now(g.anext()).is_err());
    }

    #[test]
    fn the_generator_goes_from_thread_to_thread_meanwhile() {
        let mut g: Pin<Box<dyn AsyncGenerator<Yield = String, Sent = Option<String>, Error = String> + Send>> =
            Box::pin(async_gen! {
                let mut n = 0;
                loop {
                    n += 1;
                    todo!(yield n.to_string())?;
                    yield from async_gen! { todo!(yield "delegated".to_owned())?; };
                }
            });
        for n in 1..20 {
            let values = std::thread::scope(|threads| {
                threads.spawn(|| (now(g.anext()), now(g.asend(Some("sent".to_owned()))))).join().unwrap()
            });
            assert_eq!(values, (Ok(n.to_string()), Ok("delegated".to_owned())));
        }
        assert_eq!(now(g.aclose()), Ok(()));
    }
}

/// A macro that calls the hidden functions itself, in places of its own choice.
mod with_calls_of_its_own {
    use super::*;
    use asyncgen::__private;

    macro_rules! dbg {
        (($crate_:tt :: __private :: $function:ident (& mut $yielder:ident, $value:expr)).await) => {{
            __private::hand_over(&mut $yielder, $value);
            __private::hand_over(&mut $yielder, $value + 1);
            __private::stand(7, true, true, &mut $yielder);
        }};
        ((match ($crate_:tt :: __private :: $function:ident (& mut $yielder:ident, $value:expr)).await $arms:tt)) => {{
            __private::hand_over(&mut $yielder, $value);
            __private::raise_out(asyncgen::Exception::GeneratorExit, &mut $yielder);
            __private::stand(u32::MAX >> 1, false, true, &mut $yielder);
        }};
    }

    #[test]
    fn the_engine_may_be_told_anything() {
        for throw in [false, true] {
            let mut g: Boxed<'_> = Box::pin(async_gen! {
                dbg!(yield 1);
                yield from two();
                dbg!(yield 10);
                yield 20;
                try { dbg!(yield 30); yield from two(); } catch _ { yield 40; }
                for await n in two() { dbg!(yield n); }
            });
            for _ in 0..20 {
                if throw {
                    let _ = poll(pin!(g.athrow("thrown".to_owned())));
                }
                let _ = poll(pin!(g.anext()));
            }
            for _ in 0..20 {
                let _ = poll(pin!(g.aclose()));
            }
            assert_eq!(g.state(), State::Closed);
        }
    }
}

/// What is known to return an error, and returns none; what is known to await, and returns.
mod that_return {
    use super::*;

    macro_rules! bail {
        ($($code:tt)*) => {
            return Ok(())
        };
    }
    macro_rules! ensure {
        ($condition:expr, $error:expr) => {
            if !$condition {
                return Err($error);
            }
        };
    }
    macro_rules! join {
        ($($future:expr),*) => {{ $($future.await;)* return Err("joined".to_owned()) }};
    }
    macro_rules! helper {
        ($value:expr) => {{
            pending_for(1).await;
            if $value > 3 {
                return Ok(());
            }
            $value
        }};
    }

    fn wait(n: u32) -> impl Future<Output = ()> {
        pending_for(n)
    }

    #[test]
    fn a_hidden_return_passes_by_no_finally() {
        let log = &Log::default();
        for (way, expected) in
            [(0, "cleaned up"), (1, "cleaned up"), (2, "cleaned up"), (3, "cleaned up"), (4, "cleaned up")]
        {
            let mut g: Boxed<'_> = Box::pin(async_gen! {
                try {
                    try {
                        if way == 0 { bail!("no error") }
                        ensure!(way != 1, "not one".to_owned());
                        if way == 2 { join!(wait(1), wait(0)) }
                        let _ = helper!(way);
                    } finally { log.add("cleaned up"); }
                } catch error { log.add("caught"); let _ = error; }
            });
            for _ in 0..6 {
                let _ = poll(pin!(g.anext()));
            }
            assert_eq!(g.state(), State::Closed);
            let events = log.take();
            assert_eq!(events[0], expected);
            assert_eq!(events.len(), if way == 1 || way == 2 { 2 } else { 1 }, "{way}: {events:?}");
        }
    }
}

/// A macro that keeps what it receives in a variable of its own: a future that is polled later, out of turn.
mod kept {
    use super::*;

    macro_rules! format {
        ($($code:tt)*) => { async { $($code)*; Ok::<(), String>(()) } };
    }

    #[test]
    fn a_yield_may_be_kept_and_polled_later() {
        let log = &RefCell::new(Vec::new());
        let mut g: Boxed<'_> = Box::pin(async_gen! {
            let mut kept = Box::pin(format!({ yield 1; log.borrow_mut().push("resumed"); yield 2; }));
            pending_for(1).await;
            let _ = poll(kept.as_mut());
            std::future::poll_fn(|cx| if log.borrow().is_empty() { kept.as_mut().poll(cx).map(|_| ()) } else { std::task::Poll::Ready(()) }).await;
            drop(kept);
            yield 3;
            yield from two();
        });
        assert!(poll(pin!(g.anext())).is_pending());
        assert_eq!(now(g.anext()), Ok(1));
        assert_eq!(now(g.anext()), Ok(2));
        assert_eq!(now(g.anext()), Ok(3));
        assert_eq!(run(g), (vec![1, 2], END.to_owned()));
    }
}
