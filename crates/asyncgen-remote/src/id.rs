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
    #[must_use]
    pub fn random() -> Self {
        #[cfg(feature = "simulation")]
        if let Some(id) = simulated::next() {
            return id;
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        Self(bytes)
    }
}

/// Ids that are the same in every run of a simulation, on a thread that has asked for them.
#[cfg(feature = "simulation")]
pub(crate) mod simulated {
    use std::cell::Cell;

    use super::Id;

    thread_local! {
        static NEXT: Cell<Option<u128>> = const { Cell::new(None) };
    }

    /// From now on, the ids of this thread follow from this seed.
    pub fn seed(seed: u64) {
        NEXT.set(Some(u128::from(seed) << 64));
    }

    pub(super) fn next() -> Option<Id> {
        let next = NEXT.get()? + 1;
        NEXT.set(Some(next));
        // In no order, as real ones are.
        Some(Id(next.wrapping_mul(0xda94_2042_e4dd_58b5_9e37_79b9_7f4a_7c15).to_be_bytes()))
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
