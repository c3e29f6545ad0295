"""Faults of the engine."""

FAULTS = {
    "clean-up is skipped when an exception is on its way": (
        "None => match inner.poll(cx) {",
        "None if matches!(this.outcome, Some(Err(_))) => None,\n            None => match inner.poll(cx) {",
    ),
    "a sent value is lost": (
        "self.send(value);\n                Ok(())",
        "self.send(S::nothing().unwrap_or(value));\n                Ok(())",
    ),
    "an exception is raised at an outer scope": ("if self.depth() == level {", "if self.depth() >= level {"),
    "a generator is not closed after an error": (
        "self.close();\n        match exception {",
        "if closing {\n            self.close();\n        }\n        match exception {",
    ),
    "clean-up is interrupted at its awaits": ("|| !self.masked.get()", "|| true"),
    "the mask is never lowered": ("self.entered.mailbox.replace_mask(before);", "let _ = before;"),
    "athrow runs the body of a generator that was not started": ("this.mailbox().raise(exception);", "let _ = exception;"),
    "asend starts a generator with a value": (
        "(State::Created, Resume::Send(value)) => return Err(Refused::JustStarted(value)),",
        "(State::Created, Resume::Send(_)) => this.make_body(),",
    ),
    "asend carries on with a step in flight": (
        "(State::Running, resume @ Resume::Send(_)) => return Err(Refused::AlreadyRunning(resume)),\n            (State::Running, resume @",
        "(State::Running, Resume::Send(_)) => {}\n            (State::Running, resume @",
    ),
    "aclose throws a second time": (
        "(State::Running, Resume::Close) if mailbox.is_closing() => {}",
        "(State::Running, Resume::Close) if false => {}",
    ),
    "a closing that is carried on with raises GeneratorExit": (
        "Exception::GeneratorExit if closing =>",
        "Exception::GeneratorExit if false =>",
    ),
    "a closing never ends": ("self.signal.set(Signal::Suspended);\n        self.closing.set(false);", "self.signal.set(Signal::Suspended);"),
    "an error of clean-up does not replace the one on its way": (
        "drop(replaced);\n                Some(end)",
        "match replaced {\n                    Some(Err(first)) => Some(Err(first)),\n                    _ => Some(end),\n                }",
    ),
    "GeneratorExit on its way goes before an error that waits": (
        "Some(Ok(_) | Err(Exception::GeneratorExit)) if mailbox.exception_is_due() => {}",
        "Some(Ok(_)) if mailbox.exception_is_due() => {}",
    ),
    "a yield raises both exceptions that wait": (
        "Signal::Thrown => self.signal.set(Signal::Raised),",
        "Signal::Thrown => {\n                self.signal.set(Signal::Raised);\n                if self.exit.get() == Exit::Waiting {\n                    self.exit.set(Exit::Raised);\n                }\n            }",
    ),
    "what waits is lost when an error goes first": ("self.put_error(error, Signal::Thrown);", "drop(error);"),
    "what waits is lost at the end of the body": (
        "if let Some(exception) = self.mailbox().take_any_exception() {\n            return self.raised(exception);\n        }\n        // C26",
        "let _ = self.mailbox().take_any_exception();\n        // C26",
    ),
    "the value at the end is lost": ("*self.kept() = value;", "drop(value);"),
    "the value at the end is given twice": ("self.kept().take()", "unsafe { core::ptr::read(self.kept()) }"),
    "the value at the end is given to a close": ("let is_wanted = !self.mailbox().is_closing();", "let is_wanted = true;"),
    "the value at the end is not given if an error has come on top of a closing": (
        "mailbox.set_closing(mailbox.is_closing() && mailbox.exit_waits());",
        "",
    ),
    "the value at the end is given though an exception has waited": (
        "if let Some(exception) = self.mailbox().take_any_exception() {\n            return",
        "if let Some(exception) = self.mailbox().take_any_exception() {\n            *self.as_mut().kept() = value;\n            return",
    ),
    "a delegation evaluates to nothing": ("generator.take_return()\n", "generator.take_return().filter(|_| false)\n"),
    "a delegation evaluates to the value of the one before": (
        "generator.take_return()\n",
        """{
            // Of this type there are all values of the oracle's closures.
            static BEFORE: core::sync::atomic::AtomicPtr<()> = core::sync::atomic::AtomicPtr::new(core::ptr::null_mut());
            let now = std::boxed::Box::into_raw(std::boxed::Box::new(generator.take_return()));
            let before = BEFORE.swap(now.cast(), core::sync::atomic::Ordering::Relaxed);
            let value = if before.is_null() { now } else { before.cast() };
            #[allow(unsafe_code)]
            unsafe { core::ptr::read(value) }
        }
""",
    ),
    "a delegate is not sent values": ("mailbox.take_sent().map(Resume::Send)", "mailbox.take_sent().map(|_| Resume::Next)"),
    "GeneratorExit does not go on after a delegation": (
        "raised.or_else(|| self.closing.get().then_some(Exception::GeneratorExit))",
        "raised",
    ),
    "a delegate's error is swallowed": (
        "raised.or_else(|| self.closing.get().then_some(Exception::GeneratorExit))",
        "(raised.is_none() && self.closing.get()).then_some(Exception::GeneratorExit)",
    ),
    "a value that a direct delegate yields leaves the closings around it": (
        "if self.closing_around.get() {",
        "if false {",
    ),
    "an exception comes to the innermost of direct delegates alone": (
        "(_, resume) => return Ok(Some(resume)),",
        "(_, resume) => self.as_mut().begin_innermost(resume)?,",
    ),
    "an error that comes to the innermost at once leaves the closings around it": (
        "let closing = self.is_closing() || frame.closing.get() || frame.closing_around.get();",
        "let closing = false;",
    ),
    "an error that comes to the innermost at once goes past the clean-up around it": (
        "!(closing || frame.masked.get())",
        "!closing",
    ),
    "a second error that comes to the innermost at once is refused": (
        "Err(Refused::AlreadyRunning(resume)) => return Ok(Some(resume)),",
        "Err(refused @ Refused::AlreadyRunning(_)) => return Err(refused),",
    ),
    "a frame does not know of the closings around it": (
        "frame.closing_around.set(around.is_some_and(|around| around.closing.get() || around.closing_around.get()));",
        "let _ = around;",
    ),
    "the end of a direct delegate does not give back the body that waited": (
        "frame.mailbox().take_back(false);",
        "let _ = frame.mailbox();",
    ),
    "an error on top of a closing makes the delegation forget it": (
        "if raised.is_none() && self.closing_outside.get() {",
        "if false {",
    ),
    "a value that a direct delegate yields leaves the generator running": (
        "self.set_inside(true);",
        "self.set_inside(false);",
    ),
    "a value that a direct delegate yields leaves the generator closing": (
        "self.set_closing(false);\n                    self.set_inside(true);",
        "self.set_inside(true);",
    ),
    "asend carries on with the step of a direct delegate": (
        "(_, Resume::Send(value)) if !value.is_nothing() =>",
        "(_, Resume::Send(_)) if false =>",
    ),
}
