//! What sessions are named by.

use std::fmt;

/// 128 random bits from the operating system: the name of a session at one of its ends. Who does not know it can't reach
/// the session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub(crate) [u8; 16]);

impl Id {
    /// What is in place of a session's name where a frame concerns no session.
    pub(crate) const NONE: Self = Self([0; 16]);

    /// A new one, which nobody can guess.
    ///
    /// # Panics
    ///
    /// Where the operating system has no random numbers: there is no safe way to go on then.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        Self(bytes)
    }
}

/// The whole of it. What is logged is shortened by [`Short`].
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Short(*self), f)
    }
}

/// The first half of an [`Id`], for logs: enough to tell sessions apart, and too little to reach one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short(pub(crate) Id);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_never_the_same_and_a_log_has_half_of_it() {
        let (a, b) = (Id::random(), Id::random());
        assert_ne!(a, b);
        assert_eq!(a.to_string().len(), 32);
        assert_eq!(format!("{a:?}"), a.to_string()[..16]);
    }
}
