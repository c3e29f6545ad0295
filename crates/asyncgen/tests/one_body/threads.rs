//! A generator is `Send` exactly when the same body without the scopes would be.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Mutex;

use asyncgen::{AsyncGenerator, async_gen, stream};
use futures::Stream;
use futures::stream::iter;

use crate::keyword::tick;
use crate::language::{all, is_send, raised, send, thrown_after};

/// A guard that must stay in its thread: std's mutex has one.
fn lock(mutex: &Mutex<u32>) -> std::sync::MutexGuard<'_, u32> {
    mutex.lock().unwrap()
}

#[test]
fn raising_while_a_guard_lives_is_no_await() {
    fn g(list: &Mutex<Vec<u32>>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> + Send {
        async_gen! {
            loop {
                let first = {
                    let list = list.lock().unwrap();
                    if list.is_empty() { raise!("empty"); }
                    list[0]
                };
                yield first;
            }
        }
    }
    assert_eq!(all(send(g(&Mutex::new(vec![])))), (vec![], raised("empty".into())));
    let list = &Mutex::new(vec![3]);
    assert_eq!(thrown_after(2, "thrown".to_owned(), send(g(list))), (vec![3, 3], raised("thrown".into())));
    assert!(list.try_lock().is_ok());
}

#[test]
fn raising_in_a_try_while_a_guard_lives_is_no_await() {
    fn g(n: &Mutex<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            try {
                {
                    let n = lock(n);
                    if *n == 0 { raise!("zero"); }
                    if *n == 1 { Err("one")?; }
                }
                yield 2;
            } catch error @ ("zero" | "one") {
                assert!(n.try_lock().is_ok(), "the guard was dropped on the way to the handler");
                yield error.len() as u32 * 100;
            } finally {
                tick().await;
            }
        }
    }
    assert_eq!(all(send(g(&Mutex::new(0)))).0, [400]);
    assert_eq!(all(send(g(&Mutex::new(1)))).0, [300]);
    assert_eq!(all(send(g(&Mutex::new(2)))).0, [2]);
}

#[test]
fn leaving_a_try_while_a_guard_lives_is_no_await() {
    // (With a `finally` that awaits it is one, as the guard is dropped before.)
    fn g(way: u32, n: &Mutex<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            for i in 0..2 {
                try {
                    {
                        let mut n = lock(n);
                        *n += 1;
                        match way {
                            0 => break,
                            1 => continue,
                            2 => return,
                            3 => return Err("returned"),
                            _ => {}
                        }
                    }
                    yield i;
                } finally {
                    tick().await;
                }
            }
            yield 9;
        }
    }
    for (way, rounds, expected) in [
        (0, 1, (vec![9], Ok(()))),
        (1, 2, (vec![9], Ok(()))),
        (2, 1, (vec![], Ok(()))),
        (3, 1, (vec![], raised("returned"))),
        (4, 2, (vec![0, 1, 9], Ok(()))),
    ] {
        let n = Mutex::new(0);
        assert_eq!(all(send(g(way, &n))), expected, "{way}");
        assert_eq!(*n.lock().unwrap(), rounds, "{way}");
    }
}

#[test]
fn leaving_a_loop_while_a_guard_lives_is_no_await_of_the_guard() {
    fn g(way: u32, n: &Mutex<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            for await i in async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; try { yield 0; yield 1; } finally { tick().await; } } {
                {
                    let mut n = lock(n);
                    *n += 1;
                    match way {
                        0 => break,
                        1 => continue,
                        2 => return,
                        3 => raise!("raised"),
                        _ => {}
                    }
                }
                yield i;
            }
            yield 9;
        }
    }
    for (way, rounds, expected) in [
        (0, 1, (vec![9], Ok(()))),
        (1, 2, (vec![9], Ok(()))),
        (2, 1, (vec![], Ok(()))),
        (3, 1, (vec![], raised("raised"))),
        (4, 2, (vec![0, 1, 9], Ok(()))),
    ] {
        let n = Mutex::new(0);
        assert_eq!(all(send(g(way, &n))), expected, "{way}");
        assert_eq!(*n.lock().unwrap(), rounds, "{way}");
    }
}

#[test]
fn a_cell_may_be_read_in_every_block() {
    fn g(cell: Cell<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            try {
                cell.set(cell.get() + 1);
                yield cell.get();
                for await n in iter([10, 20]) {
                    cell.set(cell.get() + n);
                    tick().await;
                }
            } catch _ if cell.get() > 0 {
                cell.set(cell.get() + 100);
                yield cell.get();
            } finally {
                tick().await;
                cell.set(cell.get() + 1000);
            }
            yield cell.get();
        }
    }
    assert_eq!(all(send(g(Cell::new(0)))).0, [1, 1031]);
    assert_eq!(thrown_after(1, "thrown", send(g(Cell::new(0)))).0, [1, 101, 1101]);
}

#[test]
fn a_send_function_may_be_called_in_every_block() {
    fn g<F: Fn(u32) -> u32 + Send>(f: F) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            try {
                yield f(1);
                for await n in iter([2]) { yield f(n); }
            } catch _ {
                yield f(3);
            } finally {
                tick().await;
                yield f(4);
            }
        }
    }
    let added = Cell::new(10);
    assert_eq!(all(send(g(move |n| n + added.get()))).0, [11, 12, 14]);
    assert_eq!(thrown_after(1, "thrown", send(g(|n| n))).0, [1, 3, 4]);
}

#[test]
fn a_boxed_function_and_a_receiver_may_be_used_in_a_loop() {
    fn g(
        f: Box<dyn Fn(u32) -> u32 + Send>,
        receiver: std::sync::mpsc::Receiver<u32>,
    ) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            for await n in iter([1, 2]) {
                try {
                    yield f(n) + receiver.try_recv().unwrap_or(0);
                } finally {
                    tick().await;
                }
            }
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    sender.send(100).unwrap();
    assert_eq!(all(send(g(Box::new(|n| n * 10), receiver))).0, [110, 20]);
}

#[test]
fn an_rc_that_does_not_live_across_an_await_is_no_matter() {
    fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + Send {
        async_gen! {
            try {
                let n = { let shared = Rc::new(Cell::new(1)); shared.set(2); shared.get() };
                yield n;
                for await n in iter([3]) {
                    let n = { let shared = Rc::new(n); *shared + 1 };
                    yield n;
                }
            } catch _ {
                let n = { *Rc::new(5) };
                yield n;
            } finally {
                let n = { *Rc::new(6) };
                yield n;
            }
        }
    }
    assert_eq!(all(send(g())).0, [2, 4, 6]);
    assert_eq!(thrown_after(1, "thrown", send(g())).0, [2, 5, 6]);
}

// --- not `Send`, as the same body without the scopes ------------------------------------------------------------------

fn rc_across_a_yield_in_a_try() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! { try { let shared = Rc::new(1); yield *shared; drop(shared); } catch _ {} }
}

fn rc_across_an_await_in_a_finally() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! { try { yield 1; } finally { let shared = Rc::new(1); tick().await; drop(shared); } }
}

fn rc_across_an_await_in_a_catch() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! { try { yield 1; } catch _ { let shared = Rc::new(1); tick().await; drop(shared); } }
}

fn guard_across_a_yield_in_a_loop(n: &Mutex<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! { for await i in iter([1]) { let mut n = lock(n); yield i; *n += 1; } }
}

fn reference_to_a_cell(cell: &Cell<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! { try { yield cell.get(); } finally { cell.set(9); } }
}

fn loop_over_what_is_not_send(shared: Rc<RefCell<Vec<u32>>>) -> impl Stream<Item = u32> {
    stream! { for await n in iter([1]).map_rc(&shared) { yield n; } }
}

/// A stream that holds an `Rc`.
trait MapRc: Stream<Item = u32> + Sized {
    fn map_rc(self, shared: &Rc<RefCell<Vec<u32>>>) -> impl Stream<Item = u32> {
        use futures::StreamExt;
        let shared = Rc::clone(shared);
        self.inspect(move |n| shared.borrow_mut().push(*n))
    }
}
impl<S: Stream<Item = u32>> MapRc for S {}

/// Without scopes.
fn rc_across_a_yield() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! { let shared = Rc::new(1); yield *shared; drop(shared); }
}

fn rc_before_a_yield_in_a_try() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! { try { { let shared = Rc::new(1); drop(shared); } yield 1; } catch _ {} finally {} }
}

#[test]
fn what_is_not_send_makes_a_generator_with_scopes_not_send_where_it_would_without() {
    let n = Mutex::new(0);
    let cell = Cell::new(7);
    assert!(!is_send!(rc_across_a_yield()));
    assert!(!is_send!(rc_across_a_yield_in_a_try()));
    assert!(!is_send!(rc_across_an_await_in_a_finally()));
    assert!(!is_send!(rc_across_an_await_in_a_catch()));
    assert!(!is_send!(guard_across_a_yield_in_a_loop(&n)));
    assert!(!is_send!(reference_to_a_cell(&cell)));
    assert!(!is_send!(loop_over_what_is_not_send(Rc::default())));
    assert!(is_send!(rc_before_a_yield_in_a_try()));
    // They run all the same.
    assert_eq!(all(rc_across_a_yield_in_a_try()).0, [1]);
    assert_eq!(all(rc_across_an_await_in_a_finally()).0, [1]);
    assert_eq!(all(rc_across_an_await_in_a_catch()).0, [1]);
    assert_eq!(all(guard_across_a_yield_in_a_loop(&n)).0, [1]);
    assert_eq!(*n.lock().unwrap(), 1);
    assert_eq!(all(reference_to_a_cell(&cell)).0, [7]);
    assert_eq!(cell.get(), 9);
}
