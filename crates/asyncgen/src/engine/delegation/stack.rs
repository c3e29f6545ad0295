//! A root's stack of frames. The innermost is in the root's mailbox; each knows the one around it.

use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

use super::{Frame, FramePointer, Go, Stage, StepOfLevel};
use crate::engine::mailbox::{Mailbox, Signal};
use crate::{Refused, Resume};

impl<Y, S, E> Mailbox<Y, S, E> {
    /// Puts a frame on this root's stack.
    #[inline]
    pub(in crate::engine) fn push(&self, frame: FramePointer<Y, S, E>) {
        self.push_around(self.innermost(), frame);
    }

    #[inline]
    fn push_around(&self, around: Option<FramePointer<Y, S, E>>, pointer: FramePointer<Y, S, E>) {
        let frame = pointer.get();
        frame.root.set(Some(NonNull::from(self)));
        Frame::link(pointer, around);
        let around = around.as_ref().map(FramePointer::get);
        frame.closing_around.set(around.is_some_and(|around| around.closing.get() || around.closing_around.get()));
        frame.masked.set(frame.mailbox().is_masked() || around.is_some_and(|around| around.masked.get()));
        self.run_inside(pointer);
    }

    /// Takes all frames off this root's stack. An exception then takes its way from level to level, each of which puts
    /// its frame on the stack again.
    pub(in crate::engine) fn unwind_all(&self) {
        self.unwind(None);
    }

    /// Takes frames off this root's stack, to `last` at most. Their delegations then stand as if all that has happened
    /// had passed through every level.
    #[cold]
    pub(super) fn unwind(&self, last: Option<&Frame<Y, S, E>>) {
        let Some(innermost) = self.innermost() else { return };
        let stage = innermost.get().stage.get();
        let mut next = Some(innermost);
        while let Some(pointer) = next {
            let frame = pointer.get();
            frame.root.set(None);
            frame.closing_around.set(false);
            if pointer != innermost {
                frame.stage.set(if stage == Stage::Yield { Stage::Yield } else { Stage::Step });
            }
            frame.mailbox().take_back(stage == Stage::Yield);
            next = frame.around.get();
            if last.is_some_and(|last| core::ptr::eq(last, frame)) {
                break;
            }
        }
        self.set_innermost(next, self.signal() == Signal::SuspendedInside);
    }

    /// C21: a delegate has panicked, and has closed itself. Closes the bodies between it and this root, from the inside
    /// out, as a panic does that passes through them.
    #[cold]
    pub(in crate::engine) fn panicked_inside(&self) {
        while let Some(innermost) = self.innermost() {
            let Some(around) = self.pop(innermost.get()) else { return };
            innermost.get().mailbox().panicked();
            // A body of which that is known ends at its next poll, in which it takes the frame along.
            let poll = around.get().calls().poll;
            // SAFETY: the frame is on the stack; it is called with its own address, and no reference to it is used any
            // more.
            let _: Poll<_> = unsafe { poll(around, Go::On, &mut Context::from_waker(Waker::noop())) };
        }
    }

    /// Would an error that is thrown in come to the innermost delegate, and change nothing on its way? At a yield it does.
    /// At an await it may have to wait in a body whose clean-up runs, and it makes a closing an ordinary step.
    pub(in crate::engine) fn all_pass_errors_on(&self) -> bool {
        self.innermost().is_some_and(|innermost| {
            let frame = innermost.get();
            let closing = self.is_closing() || frame.closing.get() || frame.closing_around.get();
            self.signal() == Signal::SuspendedInside || !(closing || frame.masked.get())
        })
    }

    /// Begins a step of the innermost frame.
    pub(in crate::engine) fn begin_innermost(&self, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let Some(frame) = self.innermost() else { return Ok(()) };
        let begin = frame.get().calls().begin;
        // SAFETY: the frame is on the stack; it is called with its own address.
        unsafe { begin(frame, resume) }
    }

    /// [`send_at_once`](crate::AsyncGenerator::send_at_once) of the innermost frame's generator, which stands at a yield. If a
    /// value comes, that and everything around stands as before.
    pub(in crate::engine) fn send_innermost_at_once(&self, sent: S) -> Result<Y, S> {
        let Some(frame) = self.innermost().filter(|frame| frame.get().stage.get() == Stage::Yield) else {
            return Err(sent);
        };
        let send_at_once = frame.get().calls().send_at_once;
        // SAFETY: the frame is on the stack; it is called with its own address.
        unsafe { send_at_once(frame, sent) }
    }

    /// Runs a step of the innermost frame, until something is yielded (`Some`) or the stack is empty, so that the root's own
    /// body is to go on (`None`).
    #[inline]
    pub(in crate::engine) fn poll_innermost(&self, mut go: Go<S>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        let Some(mut innermost) = self.innermost() else { return Poll::Ready(None) };
        self.set_inside(false);
        loop {
            let frame = innermost.get();
            let next = if matches!(frame.stage.get(), Stage::End | Stage::Left) {
                self.pop(frame)
            } else {
                if frame.stage.replace(Stage::Step) == Stage::Start {
                    go = Go::Next;
                }
                let poll = frame.calls().poll;
                // SAFETY: the frame is on the stack; it is called with its own address, and no reference to it is used any
                // more.
                let step = match unsafe { poll(innermost, go, cx) } {
                    Poll::Ready(step) => step.kind(),
                    Poll::Pending => return Poll::Pending,
                };
                let frame = innermost.get();
                match step {
                    StepOfLevel::Yielded(value) => {
                        frame.yielded();
                        self.set_inside(true);
                        self.set_closing(false);
                        return Poll::Ready(Some(value));
                    }
                    StepOfLevel::Delegated(inside) => {
                        self.push_around(Some(innermost), inside);
                        Some(inside)
                    }
                    StepOfLevel::Returned => {
                        frame.ended(None);
                        self.pop(frame)
                    }
                    StepOfLevel::Raised(exception) => {
                        frame.ended(Some(exception));
                        self.pop(frame)
                    }
                }
            };
            match next {
                Some(next) => innermost = next,
                None => return Poll::Ready(None),
            }
            go = Go::On;
        }
    }

    /// Takes the innermost frame, whose generator has ended, off this root's stack; returns the one around it.
    #[inline]
    fn pop(&self, frame: &Frame<Y, S, E>) -> Option<FramePointer<Y, S, E>> {
        frame.root.set(None);
        let around = frame.unlink_around();
        self.set_innermost(around, false);
        if around.is_some() {
            frame.mailbox().take_back(false);
        }
        around
    }
}
