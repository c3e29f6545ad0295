//! What the feature `tracing` knows of a generator: where it was made, and a span for each of its steps.

use core::panic::Location;

use tracing::Span;

/// Beside a generator's body.
pub(crate) struct Trace {
    created: &'static Location<'static>,
    /// That of the step in flight.
    step: Option<Span>,
}

impl Trace {
    #[track_caller]
    pub(crate) const fn new() -> Self {
        Self { created: Location::caller(), step: None }
    }

    pub(crate) fn created(&self) -> &'static Location<'static> {
        self.created
    }

    /// The span of the step in flight, which is a child of the span in which the step is polled for the first time.
    pub(crate) fn step(&mut self, body: &'static str) -> Span {
        let created = self.created;
        self.step
            .get_or_insert_with(|| {
                let body = crate::hooks::body_name(body);
                tracing::debug_span!(target: "asyncgen", "step", generator = body, created = %created)
            })
            .clone()
    }

    /// The step has ended, and its span with it.
    pub(crate) fn step_ended(&mut self) {
        self.step = None;
    }
}
