//! Why a worker refuses a session, or ends it: the payload of a `Refused` frame.

use std::time::SystemTime;

use bytes::{BufMut, Bytes, BytesMut};

use crate::RemoteError;
use crate::frame::VERSION;

/// The longest text that a refusal carries: it may come from a body's panic.
const LONGEST: usize = 1000;

/// Why there is no session, or none any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no session by this name: it has ended, or the lease has.
    NoSession,
    /// The worker serves no generators by this name.
    NobodyServes,
    /// The worker shuts down.
    ShuttingDown,
    /// The worker has as many sessions as it may have.
    Busy,
    /// A value is larger than a frame may be.
    TooLarge { size: u64, limit: u64 },
    /// Something is not what it should be.
    Garbled(String),
    /// The worker speaks another version.
    OtherVersion(u8),
    /// The body panicked.
    Panicked(String),
}

impl Refusal {
    /// The payload: a code, and what belongs to it.
    pub(crate) fn encode(&self) -> Bytes {
        let mut payload = BytesMut::new();
        match self {
            Self::NoSession => payload.put_u8(1),
            Self::NobodyServes => payload.put_u8(2),
            Self::ShuttingDown => payload.put_u8(3),
            Self::Busy => payload.put_u8(4),
            Self::TooLarge { size, limit } => {
                payload.put_u8(5);
                payload.put_u64(*size);
                payload.put_u64(*limit);
            }
            Self::Garbled(text) => put_text(&mut payload, 6, text),
            Self::OtherVersion(version) => payload.put_slice(&[7, *version]),
            Self::Panicked(text) => put_text(&mut payload, 8, text),
        }
        payload.freeze()
    }

    /// What a payload says. What is not understood is garbled.
    pub(crate) fn decode(payload: &[u8]) -> Self {
        let text = |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(LONGEST)]).into_owned();
        match payload {
            [1, ..] => Self::NoSession,
            [2, ..] => Self::NobodyServes,
            [3, ..] => Self::ShuttingDown,
            [4, ..] => Self::Busy,
            [5, rest @ ..] if rest.len() >= 16 => {
                let number = |bytes: &[u8]| bytes.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
                Self::TooLarge { size: number(&rest[..8]), limit: number(&rest[8..16]) }
            }
            [6, rest @ ..] => Self::Garbled(text(rest)),
            [7, version, ..] => Self::OtherVersion(*version),
            [8, rest @ ..] => Self::Panicked(text(rest)),
            _ => Self::Garbled("a refusal for an unknown reason".into()),
        }
    }

    /// What the consumer is told. `name` is what it asked for, `who` the worker, `since` when that was heard of last.
    pub(crate) fn into_error(self, name: &str, who: &str, since: SystemTime) -> RemoteError {
        let (name, who) = (name.to_owned(), who.to_owned());
        let clamp = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        match self {
            Self::NoSession => RemoteError::Lost { who, since },
            Self::NobodyServes => RemoteError::NobodyServes { name },
            Self::ShuttingDown => RemoteError::ShuttingDown { who },
            Self::Busy => RemoteError::Busy { who },
            Self::TooLarge { size, limit } => RemoteError::TooLarge { size: clamp(size), limit: clamp(limit) },
            Self::Garbled(what) => RemoteError::Garbled { what },
            Self::OtherVersion(theirs) => RemoteError::OtherVersion { theirs, ours: VERSION },
            Self::Panicked(message) => RemoteError::Panicked { message },
        }
    }
}

fn put_text(payload: &mut BytesMut, code: u8, text: &str) {
    payload.put_u8(code);
    payload.put_slice(&text.as_bytes()[..text.floor_boundary(LONGEST)]);
}

trait FloorBoundary {
    fn floor_boundary(&self, at: usize) -> usize;
}

impl FloorBoundary for str {
    /// The end of the last character that ends at or before `at`.
    fn floor_boundary(&self, at: usize) -> usize {
        (0..=at.min(self.len())).rev().find(|at| self.is_char_boundary(*at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for refusal in [
            Refusal::NoSession,
            Refusal::NobodyServes,
            Refusal::ShuttingDown,
            Refusal::Busy,
            Refusal::TooLarge { size: u64::MAX, limit: 1 << 20 },
            Refusal::Garbled("an ä".into()),
            Refusal::OtherVersion(9),
            Refusal::Panicked(String::new()),
        ] {
            assert_eq!(Refusal::decode(&refusal.encode()), refusal);
        }
    }

    #[test]
    fn a_text_is_cut_between_two_characters() {
        let Refusal::Panicked(text) = Refusal::decode(&Refusal::Panicked("ä".repeat(2000) + "x").encode()) else {
            panic!("it is another refusal")
        };
        assert_eq!(text, "ä".repeat(500));
    }

    #[test]
    fn no_bytes_and_unknown_ones_are_garbled() {
        for payload in [&[][..], &[99], &[5, 1, 2]] {
            assert!(matches!(Refusal::decode(payload), Refusal::Garbled(_)), "{payload:?}");
        }
    }
}
