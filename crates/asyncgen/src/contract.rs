//! What a generator promises: Python's contract, clause by clause.
//!
//! The clauses are those of [PEP 525], [PEP 342], [PEP 380] and [PEP 479], with what Python does where these are
//! silent. Documentation and tests name them by number. Where this crate promises more than Python, the clause says so.
//!
//! | no. | promise | concerns |
//! |---|---|---|
//! | C1 | Making a generator runs nothing of its body. | [`generator!`], [`State::Created`] |
//! | C2 | The first `anext`, or the sending of nothing, starts it: the body runs to its first yield, whose value comes back. | [`anext`], [`start`], [`asend`] |
//! | C3 | A value can't be sent to a generator that was not started. It is given back, and the generator can still be started. | [`asend`], [`StepError::JustStarted`] |
//! | C4 | The yield at which the body stands evaluates to what is sent, and the next value comes back. | [`asend`], [`Yielder::yield_`] |
//! | C5 | `anext` sends nothing. It does not exist for a generator whose `Sent` has no nothing. | [`anext`], [`Nothing`] |
//! | C6 | When the body has returned, that step and every later one end with `StopAsyncIteration`. | [`StepError::StopAsyncIteration`] |
//! | C7 | An error that the body raises ends the step, and closes the generator. | [`StepError::Raised`] |
//! | C8 | A body can't raise `StopAsyncIteration`: it does not compile. | [`Yielder::raise`] |
//! | C9 | An error that is thrown in is raised at the yield. What the body makes of it comes back: its next value, its end, the error, or another one. | [`athrow`], [`Yielder::try_yield`], [`Yielder::catch`] |
//! | C10 | Thrown into a generator that was not started, the error comes straight back. The generator is closed. | [`athrow`] |
//! | C11 | Thrown into a closed generator, it does nothing. | [`athrow`] |
//! | C12 | Closing raises `GeneratorExit` at the yield. The body may clean up, and await it; to return and to let the exception out are both a good end. | [`aclose`], [`Exception::GeneratorExit`] |
//! | C13 | Closing is always allowed. It runs nothing of a body that was not started, or has ended. | [`aclose`] |
//! | C14 | An error that the body raises while it is closed is the closing's. | [`CloseError::Raised`] |
//! | C15 | A body that yields while it is closed is an error. The value is given back. | [`CloseError::IgnoredGeneratorExit`] |
//! | C16 | One step at a time: `&mut` says so. | [`AsyncGenerator`] |
//! | C17 | A closed generator never runs again. | [`State::Closed`] |
//! | C18 | Dropping a step's future loses nothing. The step stays in flight: `anext` carries on with it; a value can't be sent meanwhile; errors and closing are raised where the body stands. (In CPython such a generator can't be used any more, or, from 3.13 on, is closed.) | [`State::Running`], [`StepError::AlreadyRunning`] |
//! | C19 | An exception is raised wherever the body stands, also at an await that is not a yield: the innermost scope around it drops what is inside, and goes on. So closing never waits for that await. | [`aclose`], [`athrow`], [`Yielder::catch`] |
//! | C20 | The future of a closing may be dropped. The next call, of whichever operation, carries on with the same closing. | [`aclose`] |
//! | C21 | A panic in the body reaches the consumer, and closes the generator. | [`AsyncGenerator::poll_step`] |
//! | C22 | A generator on the heap that is dropped half-way is given to a finalizer, which closes it (PEP 525's hooks). | [`OwnedExt`], [`hooks`](crate::hooks) |
//! | C23 | Delegation passes everything through to the inner generator: values, what is sent, exceptions, closing. | [`Yielder::yield_from`] |
//! | C24 | Leaving a `for await` loop, by `break`, `return`, an error or an exception, closes what the loop was given by value, before control goes on (what PEP 533 asked for). What it borrows (`&mut g`, `Pin<&mut G>`, `by_ref()`) is left where it stands, for its owner. Generators and streams alike. | `for await`, in [`async_gen!`](macro@crate::async_gen) |
//! | C25 | Clean-up that has begun (a `finally`, the closing of C24) is not interrupted at its awaits. What arrives meanwhile is raised when it has ended; but an error that is on its way out already goes first, and then the other is raised at the body's next await or yield, or at its end. At a yield in clean-up, an exception is raised as everywhere. (CPython cuts the clean-up off.) | [`Yielder::finally`] |
//! | C26 | A body may end with a value ([PEP 828]). The step that ends it gives `StopAsyncIteration`, and the value is there, once. `yield from` evaluates to it. Closing discards it, and so does an exception that waited for the end. | [`ReturningGenerator`], [`return_value`] |
//!
//! [PEP 342]: https://peps.python.org/pep-0342/
//! [PEP 380]: https://peps.python.org/pep-0380/
//! [PEP 479]: https://peps.python.org/pep-0479/
//! [PEP 525]: https://peps.python.org/pep-0525/
//! [PEP 828]: https://peps.python.org/pep-0828/
//! [`generator!`]: crate::generator
//! [`anext`]: crate::AsyncGeneratorExt::anext
//! [`start`]: crate::AsyncGeneratorExt::start
//! [`asend`]: crate::AsyncGeneratorExt::asend
//! [`athrow`]: crate::AsyncGeneratorExt::athrow
//! [`aclose`]: crate::AsyncGeneratorExt::aclose
//! [`OwnedExt`]: crate::OwnedExt
//! [`State::Created`]: crate::State::Created
//! [`State::Closed`]: crate::State::Closed
//! [`State::Running`]: crate::State::Running
//! [`StepError::JustStarted`]: crate::StepError::JustStarted
//! [`StepError::StopAsyncIteration`]: crate::StepError::StopAsyncIteration
//! [`StepError::Raised`]: crate::StepError::Raised
//! [`StepError::AlreadyRunning`]: crate::StepError::AlreadyRunning
//! [`Yielder::yield_`]: crate::Yielder::yield_
//! [`Yielder::raise`]: crate::Yielder::raise
//! [`Yielder::try_yield`]: crate::Yielder::try_yield
//! [`Yielder::catch`]: crate::Yielder::catch
//! [`Yielder::yield_from`]: crate::Yielder::yield_from
//! [`Yielder::finally`]: crate::Yielder::finally
//! [`Exception::GeneratorExit`]: crate::Exception::GeneratorExit
//! [`CloseError::Raised`]: crate::CloseError::Raised
//! [`CloseError::IgnoredGeneratorExit`]: crate::CloseError::IgnoredGeneratorExit
//! [`AsyncGenerator::poll_step`]: crate::AsyncGenerator::poll_step
//! [`AsyncGenerator`]: crate::AsyncGenerator
//! [`Nothing`]: crate::Nothing
//! [`ReturningGenerator`]: crate::ReturningGenerator
//! [`return_value`]: crate::AsyncGeneratorExt::return_value
