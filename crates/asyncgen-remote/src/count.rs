//! How many sessions there are, and how they ended.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::RemoteError;

macro_rules! endings {
    ($($(#[$attribute:meta])* $name:ident $field:ident $text:literal,)*) => {
        /// How a session ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Ending {
            $($(#[$attribute])* $name,)*
        }

        impl Ending {
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }

        /// Counts of sessions, at one end: how many there are, and how those have ended that are no more.
        ///
        /// ```
        /// use asyncgen_remote::Counts;
        ///
        /// let counts = Counts { open: 1, opened: 3, returned: 2, ..Counts::default() };
        /// assert_eq!(counts.to_string(), "1 open, 3 opened: 2 returned");
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts {
            /// How many there are now.
            pub open: u64,
            /// How many there ever were.
            pub opened: u64,
            /// How many values were dropped since an exception went before them: see [`Remote`](crate::Remote).
            pub dropped_values: u64,
            $($(#[$attribute])* pub $field: u64,)*
        }

        impl Counts {
            /// How many have ended, in whatever way.
            ///
            /// ```
            /// use asyncgen_remote::Counts;
            ///
            /// assert_eq!(Counts { returned: 2, lost: 1, ..Counts::default() }.ended(), 3);
            /// ```
            #[must_use]
            pub fn ended(&self) -> u64 {
                0 $(+ self.$field)*
            }
        }

        impl fmt::Display for Counts {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} open, {} opened", self.open, self.opened)?;
                let mut separator = ": ";
                for (count, what) in [$((self.$field, $text)),*, (self.dropped_values, "values dropped")] {
                    if count > 0 {
                        write!(f, "{separator}{count} {what}")?;
                        separator = ", ";
                    }
                }
                Ok(())
            }
        }

        /// [`Counts`] that are being counted.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            opened: AtomicU64,
            dropped_values: AtomicU64,
            $($field: AtomicU64,)*
        }

        impl Counters {
            pub(crate) fn ended(&self, ending: Ending) {
                let counter = match ending {
                    $(Ending::$name => &self.$field,)*
                };
                counter.fetch_add(1, Ordering::Relaxed);
            }

            pub(crate) fn counts(&self) -> Counts {
                let mut counts = Counts {
                    open: 0,
                    // Read before those that have ended: none is counted as ended and not as opened.
                    $($field: self.$field.load(Ordering::Acquire),)*
                    dropped_values: self.dropped_values.load(Ordering::Relaxed),
                    opened: self.opened.load(Ordering::Acquire),
                };
                counts.open = counts.opened.saturating_sub(counts.ended());
                counts
            }
        }
    };
}

endings! {
    /// The body returned.
    Returned returned "returned",
    /// The body let an exception out.
    Raised raised "raised",
    /// The consumer closed it.
    Closed closed "closed",
    /// The other side, or the way to it, was lost; or nobody served what was asked for.
    Lost lost "lost",
    /// The worker shut down.
    ShutDown shut_down "shut down",
    /// A frame or a value was too large or garbled, of another version, or there were too many sessions.
    Refused refused "refused",
    /// The body panicked.
    Panicked panicked "panicked",
}

impl Ending {
    pub(crate) fn of(error: &RemoteError) -> Self {
        match error {
            RemoteError::Lost { .. } | RemoteError::NobodyServes { .. } => Self::Lost,
            RemoteError::ShuttingDown { .. } => Self::ShutDown,
            RemoteError::Panicked { .. } => Self::Panicked,
            _ => Self::Refused,
        }
    }
}

impl Counters {
    pub(crate) fn opened(&self) {
        self.opened.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn dropped_values(&self, count: u64) {
        self.dropped_values.fetch_add(count, Ordering::Relaxed);
    }
}
