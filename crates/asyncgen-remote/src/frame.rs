//! What goes over the wire: frames, and the packets that carry them. `PROTOCOL.md` is the same in words.

use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::id::Id;

/// The protocol's version: the first byte of each packet.
pub(crate) const VERSION: u8 = 1;

/// The sequence number of a refusal that concerns all of a session, and not an operation of it.
pub(crate) const ALL: u64 = u64::MAX;

/// The bytes of a frame before its payload: kind, session, sequence number, length of the payload.
pub(crate) const HEADER: usize = 1 + 16 + 8 + 4;

macro_rules! kinds {
    ($($(#[$attribute:meta])* $name:ident = $number:literal,)*) => {
        /// What a frame says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[$attribute])* $name = $number,)*
        }

        impl Kind {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name),*];

            fn of(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// Asks for a session. To the worker, and addressed by the consumer's id.
    Open = 0x01,
    /// Go on without a value. To the worker, as all up to `Done`, and addressed by the worker's token.
    Next = 0x02,
    /// Go on with this value.
    Send = 0x03,
    /// Raise this exception.
    Throw = 0x04,
    /// Close the generator.
    Close = 0x05,
    /// The consumer is alive, has sent this much, and has received that much.
    Here = 0x06,
    /// The consumer needs the session no more.
    Done = 0x07,
    /// There is a session, and this is its token. To the consumer, as all that follow, and addressed by its id.
    Opened = 0x81,
    /// The body yielded this value.
    Yielded = 0x82,
    /// The body returned, with this value.
    Returned = 0x83,
    /// The body let this exception out.
    Raised = 0x84,
    /// There is no such session, or none any more, and why.
    Refused = 0x85,
    /// The worker is alive, has received this much, and has answered that much.
    Alive = 0x86,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it says.
    pub kind: Kind,
    /// Whom it concerns: the name that the receiver has given the session.
    pub session: Id,
    /// Which operation it is, or answers.
    pub seq: u64,
    /// What else belongs to it.
    pub payload: Bytes,
}

impl Frame {
    /// A frame without a payload.
    #[must_use]
    pub fn new(kind: Kind, session: Id, seq: u64) -> Self {
        Self { kind, session, seq, payload: Bytes::new() }
    }

    /// A frame with a payload.
    pub fn with(kind: Kind, session: Id, seq: u64, payload: impl Into<Bytes>) -> Self {
        Self { kind, session, seq, payload: payload.into() }
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        HEADER + self.payload.len()
    }

    /// Adds its bytes to a packet.
    ///
    /// # Panics
    ///
    /// If its payload has more than 4 GiB. Limits are far below that.
    pub fn encode(&self, packet: &mut BytesMut) {
        packet.reserve(self.size());
        packet.put_u8(self.kind as u8);
        packet.put_slice(&self.session.0);
        packet.put_u64(self.seq);
        packet.put_u32(u32::try_from(self.payload.len()).expect("a payload is below the limit on frames"));
        packet.put_slice(&self.payload);
    }
}

/// Why bytes are no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is of this version of the protocol. Whoever sent it, a session by this name.
    OtherVersion(u8, Id),
    /// It ends in the middle of a frame.
    Short,
    /// There is no frame of this kind.
    Kind(u8),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherVersion(version, _) => write!(f, "a packet of version {version} of the protocol"),
            Self::Short => f.write_str("a packet that ends in the middle of a frame"),
            Self::Kind(kind) => write!(f, "a frame of the unknown kind {kind:#04x}"),
        }
    }
}

/// The frames of a packet. Their payloads are parts of it, and nothing is allocated. The first error is the last item.
#[derive(Clone, Debug)]
pub struct Frames {
    rest: Bytes,
    started: bool,
}

impl Frames {
    /// The frames of this packet.
    pub fn of(packet: Bytes) -> Self {
        Self { rest: packet, started: false }
    }

    fn version(&mut self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            return Err(Malformed::Short);
        }
        match self.rest.get_u8() {
            VERSION => Ok(()),
            other => {
                // Kind and session of the first frame are where they are in every version.
                let session = self.rest.get(1..17).and_then(|id| id.try_into().ok()).map_or(Id::NONE, Id);
                Err(Malformed::OtherVersion(other, session))
            }
        }
    }

    fn frame(&mut self) -> Result<Frame, Malformed> {
        if self.rest.len() < HEADER {
            return Err(Malformed::Short);
        }
        let kind = self.rest.get_u8();
        let kind = Kind::of(kind).ok_or(Malformed::Kind(kind))?;
        let mut session = Id::NONE;
        self.rest.copy_to_slice(&mut session.0);
        let seq = self.rest.get_u64();
        let length = usize::try_from(self.rest.get_u32()).map_err(|_| Malformed::Short)?;
        if self.rest.len() < length {
            return Err(Malformed::Short);
        }
        Ok(Frame { kind, session, seq, payload: self.rest.split_to(length) })
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let version = if self.started { Ok(()) } else { self.version() };
        if std::mem::replace(&mut self.started, true) && self.rest.is_empty() {
            return None;
        }
        let frame = version.and_then(|()| self.frame());
        if frame.is_err() {
            self.rest.clear();
        }
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(frames: &[Frame]) -> Bytes {
        let mut packet = BytesMut::from(&[VERSION][..]);
        for frame in frames {
            frame.encode(&mut packet);
        }
        packet.freeze()
    }

    fn any_frame() -> impl Strategy<Value = Frame> {
        (0..Kind::ALL.len(), any::<[u8; 16]>(), any::<u64>(), proptest::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(kind, id, seq, payload)| Frame::with(Kind::ALL[kind], Id(id), seq, payload))
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(frames in proptest::collection::vec(any_frame(), 1..5)) {
            let decoded: Result<Vec<_>, _> = Frames::of(packet(&frames)).collect();
            prop_assert_eq!(decoded, Ok(frames));
        }

        #[test]
        fn a_packet_that_was_cut_gives_the_frames_before_the_cut_and_one_error(
            frames in proptest::collection::vec(any_frame(), 1..4), cut in any::<proptest::sample::Index>(),
        ) {
            let whole = packet(&frames);
            let cut = cut.index(whole.len());
            let decoded: Vec<_> = Frames::of(whole.slice(..cut)).collect();
            let complete = decoded.iter().filter(|frame| frame.is_ok()).count();
            prop_assert!(decoded.iter().take(complete).zip(&frames).all(|(a, b)| a.as_ref() == Ok(b)));
            // At a border between two frames, what is there is a packet.
            let sizes: usize = 1 + frames[..complete].iter().map(Frame::size).sum::<usize>();
            prop_assert_eq!(decoded.len() - complete, usize::from(cut != sizes || complete == 0));
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let count = Frames::of(bytes.into()).count();
            prop_assert!((1..=7).contains(&count));
        }
    }

    #[test]
    fn of_another_version_the_session_is_known() {
        let mut bytes = packet(&[Frame::new(Kind::Open, Id([7; 16]), 1)]).to_vec();
        bytes[0] = 9;
        let decoded: Vec<_> = Frames::of(bytes.into()).collect();
        assert_eq!(decoded, [Err(Malformed::OtherVersion(9, Id([7; 16])))]);
    }
}
