//! What can be set, and what it is if nothing is said.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::value::Format;

/// The lease, unless something else is said.
pub(crate) const DEFAULT_LEASE: Duration = Duration::from_secs(10);

/// How many bytes a frame may have, unless something else is said. (A NATS server takes messages of 1,048,576.)
pub(crate) const DEFAULT_FRAME: usize = 1_000_000;

/// How often a link looks at the time: the shortest lease is two of these.
pub(crate) const BEAT: Duration = Duration::from_millis(50);

/// What holds for a session: see [`Remote::terms`](crate::Remote::terms).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// How long nothing may be heard of the other side, at both ends.
    pub lease: Duration,
    /// How many values the worker may make ahead.
    pub ahead: u32,
    /// How values are written.
    pub format: Format,
    /// What is carried to the worker.
    pub context: BTreeMap<String, String>,
}

/// What a worker allows, so that nothing that comes over the wire takes more than it should.
///
/// ```
/// use asyncgen_remote::Limits;
/// use std::time::Duration;
///
/// let limits = Limits { sessions: 50, ..Limits::default() };
/// assert_eq!(limits.frame, 1_000_000);
/// assert_eq!(limits.lease, Duration::from_millis(100)..=Duration::from_secs(3600));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes a frame may have, in both directions: 1,000,000. What is larger is refused before it is read, or
    /// not sent; the session ends with [`RemoteError::TooLarge`](crate::RemoteError::TooLarge).
    pub frame: usize,
    /// How many sessions there may be: 100,000. Who asks for one more gets [`RemoteError::Busy`](crate::RemoteError::Busy).
    pub sessions: usize,
    /// How many of them may have been asked for, and not begun: 10,000, with arguments of not more than 64
    /// frames together. Each is forgotten after `unfinished_for`.
    pub unfinished: usize,
    /// How long a session may have been asked for, and not begun: 5 seconds.
    pub unfinished_for: Duration,
    /// How many values a consumer may let the body run ahead: 1,024. (Not more than 1 MiB of them wait in any case.)
    pub ahead: u32,
    /// The shortest and the longest lease that a consumer may ask for: a tenth of a second to an hour. What is outside
    /// becomes the nearest that is allowed.
    pub lease: RangeInclusive<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame: DEFAULT_FRAME,
            sessions: 100_000,
            unfinished: 10_000,
            unfinished_for: Duration::from_secs(5),
            ahead: 1024,
            lease: Duration::from_millis(100)..=Duration::from_secs(3600),
        }
    }
}
