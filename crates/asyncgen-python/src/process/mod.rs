//! What a process has one of: the tokio runtime, the way from its threads into the interpreter, and the interpreter.

pub(crate) mod gate;
pub(crate) mod modules;
pub(crate) mod runtime;
pub(crate) mod stack;
pub(crate) mod swap;
pub(crate) mod trash;
