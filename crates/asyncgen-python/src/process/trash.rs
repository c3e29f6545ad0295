//! Destructors that call each other, put off before they need too much of the stack.
//!
//! A body may hold a generator whose body holds a generator, and so on, a thousand deep. Until 3.11 the interpreter limits
//! how deep destructors nest; since then it relies on counters that know nothing of what Rust needs in between.

use std::cell::{Cell, RefCell};

/// So many nest at most.
const DEEPEST: u32 = 16;

type Later = Box<dyn FnOnce()>;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LATER: RefCell<Vec<Later>> = const { RefCell::new(Vec::new()) };
}

/// One level deeper, until this is dropped.
struct Level;

impl Level {
    fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Calls a destructor: now, or, if it is too deep inside of others, when the outermost one is done.
pub(crate) fn discard(destructor: impl FnOnce() + 'static) {
    if DEPTH.get() >= DEEPEST {
        LATER.with_borrow_mut(|later| later.push(Box::new(destructor)));
        return;
    }
    let is_outermost = DEPTH.get() == 0;
    let _level = Level::enter();
    destructor();
    while is_outermost && let Some(next) = LATER.with_borrow_mut(Vec::pop) {
        next();
    }
}
