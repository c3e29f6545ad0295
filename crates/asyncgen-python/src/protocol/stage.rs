//! Where an awaitable stands.

use std::sync::atomic::{AtomicU8, Ordering};

/// Where an awaitable stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not awaited yet.
    Init,
    /// In the middle of its step.
    Iter,
    Closed,
}

pub(crate) struct StageCell(AtomicU8);

impl StageCell {
    pub(crate) fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    pub(crate) fn get(&self) -> Stage {
        match self.0.load(Ordering::Relaxed) {
            0 => Stage::Init,
            1 => Stage::Iter,
            _ => Stage::Closed,
        }
    }

    pub(crate) fn set(&self, stage: Stage) {
        self.0.store(
            match stage {
                Stage::Init => 0,
                Stage::Iter => 1,
                Stage::Closed => 2,
            },
            Ordering::Relaxed,
        );
    }
}
