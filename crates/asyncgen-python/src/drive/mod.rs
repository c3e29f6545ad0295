//! How a body is run step by step, for Python: what goes in and what comes out are Python objects.

pub(crate) mod body;
pub(crate) mod bridge;
pub(crate) mod driver;
pub(crate) mod future;
