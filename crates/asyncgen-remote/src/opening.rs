//! What a consumer says when it asks for a session, and what the worker answers.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use crate::RemoteError;
use crate::id::Id;
use crate::refusal::Refusal;
use crate::value::Format;

/// The head of an `Open` frame's payload: `MessagePack`, a map. The arguments follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// What is asked for.
    pub(crate) name: String,
    /// The lease that the consumer wishes.
    #[serde(rename = "lease_ms")]
    pub(crate) lease: u32,
    /// How values are written.
    pub(crate) format: u8,
    /// What is carried across for tracing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) context: BTreeMap<String, String>,
}

impl Opening {
    pub(crate) fn encode(&self, arguments: &[u8]) -> Result<Bytes, RemoteError> {
        let head = Format::MessagePack.write(self)?;
        let mut payload = BytesMut::with_capacity(4 + head.len() + arguments.len());
        let too_large = |_| RemoteError::TooLarge { size: head.len(), limit: u32::MAX as usize };
        payload.put_u32(u32::try_from(head.len()).map_err(too_large)?);
        payload.put_slice(&head);
        payload.put_slice(arguments);
        Ok(payload.freeze())
    }

    /// The head, its format, and the arguments.
    pub(crate) fn decode(mut payload: Bytes) -> Result<(Self, Format, Bytes), Refusal> {
        let garbled = |what: &str| Refusal::Garbled(what.into());
        if payload.len() < 4 {
            return Err(garbled("an opening without a head"));
        }
        let length = usize::try_from(payload.get_u32()).map_err(|_| garbled("an opening's head"))?;
        if payload.len() < length {
            return Err(garbled("an opening that is shorter than its head"));
        }
        let head = payload.split_to(length);
        let head: Self = Format::MessagePack.read(&head).map_err(|error| Refusal::Garbled(error.to_string()))?;
        let format = Format::of(head.format).ok_or_else(|| garbled("values in a format that this worker has not"))?;
        Ok((head, format, payload))
    }
}

/// The payload of an `Opened` frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// The name of the session at the worker.
    pub(crate) token: Id,
    /// The lease that is in force.
    pub(crate) lease: Duration,
    /// How far the worker runs ahead at most.
    pub(crate) ahead: u32,
    /// The largest frame that the worker takes.
    pub(crate) frame: u32,
    /// The worker's name.
    pub(crate) who: String,
}

impl Opened {
    pub(crate) fn encode(&self) -> Bytes {
        let mut payload = BytesMut::new();
        payload.put_slice(&self.token.0);
        payload.put_u32(millis(self.lease));
        payload.put_u32(self.ahead);
        payload.put_u32(self.frame);
        payload.put_slice(self.who.as_bytes());
        payload.freeze()
    }

    pub(crate) fn decode(mut payload: Bytes) -> Option<Self> {
        if payload.len() < 28 {
            return None;
        }
        let mut token = Id::NONE;
        payload.copy_to_slice(&mut token.0);
        let lease = Duration::from_millis(payload.get_u32().into());
        let (ahead, frame) = (payload.get_u32(), payload.get_u32());
        let who = String::from_utf8_lossy(&payload).into_owned();
        Some(Self { token, lease, ahead, frame, who })
    }
}

/// Milliseconds, at least one, and not more than the protocol can say.
pub(crate) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_come_back_as_they_were() {
        let opening = Opening { name: "ä".into(), lease: 7, format: 0, context: [("a".into(), "b".into())].into() };
        let (head, format, arguments) = Opening::decode(opening.encode(b"xyz").unwrap()).unwrap();
        assert_eq!((head, format, &arguments[..]), (opening, Format::MessagePack, &b"xyz"[..]));

        let lease = Duration::from_millis(1500);
        let opened = Opened { token: Id([3; 16]), lease, ahead: 9, frame: 1000, who: "w".into() };
        assert_eq!(Opened::decode(opened.encode()), Some(opened));
    }

    #[test]
    fn what_is_cut_is_refused() {
        let payload = Opening { name: "a".into(), lease: 7, format: 0, context: BTreeMap::new() }.encode(b"").unwrap();
        for cut in 0..payload.len() {
            assert!(Opening::decode(payload.slice(..cut)).is_err(), "{cut}");
        }
    }
}
