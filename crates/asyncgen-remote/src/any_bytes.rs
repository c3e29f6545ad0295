//! Whatever comes over the wire, at both ends of a session: for the fuzz target, and for a test that makes frames.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use crate::consumer::machine::{Answer, Machine as Consumer, Operation, Terms};
use crate::frame::{Frame, Frames, Kind};
use crate::id::Id;
use crate::opening::{Opened, Opening};
use crate::refusal::Refusal;
use crate::value::Format;
use crate::worker::machine::{Machine as Worker, Outcome};

/// What values are read as: something of everything.
type Value = BTreeMap<String, Vec<(Option<f64>, Result<u8, Box<[String]>>)>>;

/// Reads bytes as a packet, gives its frames to both ends of a session, and lets both go on. There must be no panic, and
/// nothing may grow without bound.
///
/// # Panics
///
/// If it is not so.
#[cfg_attr(not(feature = "simulation"), allow(unreachable_pub, reason = "it is exported for the fuzz target alone"))]
pub fn any_bytes(bytes: &[u8]) {
    let packet = Bytes::copy_from_slice(bytes);
    let most = bytes.len();
    let mut worker = Worker::new(Id([1; 16]), Duration::from_secs(1), 8, Duration::ZERO);
    let terms = Terms { lease: Duration::from_secs(1), ahead: 8, frame: 1000 };
    let mut consumer = Consumer::<()>::new(Id([1; 16]), "fuzz".into(), terms);
    consumer.start(Bytes::new(), Duration::ZERO);
    let opened = Opened { token: Id([2; 16]), lease: Duration::from_secs(1), ahead: 8, frame: 1000, who: "w".into() };
    consumer.receive(Frame::with(Kind::Opened, Id([1; 16]), 0, opened.encode()), Some(()), Duration::ZERO);

    let mut now = Duration::ZERO;
    for frame in Frames::of(packet) {
        let Ok(frame) = frame else { break };
        now += Duration::from_millis(frame.payload.len().try_into().unwrap_or(0));
        payload(&frame.payload);

        worker.receive(frame.clone(), now);
        let mut steps = 0;
        while let Some(operation) = worker.next() {
            steps += 1;
            assert!(steps <= 8 + 40, "the body is run further than is allowed");
            let outcome = match operation {
                Operation::Next | Operation::Close if frame.seq % 7 == 6 => Outcome::Returned(frame.payload.clone()),
                Operation::Throw(error) if frame.seq % 2 == 0 => Outcome::Raised(error),
                Operation::Throw(Some(value)) | Operation::Send(value) => Outcome::Yielded(value),
                _ => Outcome::Yielded(Bytes::new()),
            };
            // Sometimes an operation comes in the middle of the step.
            if frame.seq % 3 != 2 {
                worker.stepped(&outcome);
            }
        }
        let sent: usize = worker.output().map(|frame| frame.size()).sum();
        // All answers that wait, which came in this packet themselves, and what is said besides.
        assert!(sent <= (most + 1100) * 60, "{sent} bytes are sent of {most} that came");
        worker.tick(now, false, Duration::from_secs(1));

        consumer.receive(frame.clone(), Some(()), now);
        match consumer.take() {
            Some((Answer::Yielded(_), _)) => consumer.operate(
                match frame.seq % 4 {
                    0 => Operation::Send(frame.payload.clone()),
                    1 => Operation::Throw(None),
                    2 => Operation::Close,
                    _ => Operation::Next,
                },
                now,
            ),
            None if frame.seq % 5 == 0 && !consumer.is_full() => consumer.operate(Operation::Throw(None), now),
            _ => {}
        }
        consumer.tick(now, false);
        let sent: usize = consumer.output().map(|(_, frame)| frame.size()).sum();
        assert!(sent <= (most + 1100) * 60, "{sent} bytes are sent of {most} that came");
    }
}

fn payload(payload: &Bytes) {
    let _opening: Result<_, Refusal> = Opening::decode(payload.clone());
    let _opened: Option<Opened> = Opened::decode(payload.clone());
    let refusal = Refusal::decode(payload);
    assert!(refusal.encode().len() <= 1001 + 2000, "{refusal:?}");
    let formats = [
        Format::MessagePack,
        #[cfg(feature = "json")]
        Format::Json,
    ];
    for format in formats {
        if let Ok(value) = format.read::<Value>(payload) {
            let written = format.write(&value).expect("what was read can be written");
            assert!(format.read::<Value>(&written).is_ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use proptest::prelude::*;

    use super::*;
    use crate::frame::VERSION;

    fn any_frame() -> impl Strategy<Value = Frame> {
        let payloads = prop_oneof![
            Just(vec![]),
            Just(vec![0]),
            proptest::collection::vec(any::<u8>(), 0..20),
            proptest::collection::vec(0..3_u8, 16),
            proptest::collection::vec(0..3_u8, 24),
        ];
        (0..Kind::ALL.len(), prop_oneof![0..12_u64, Just(u64::MAX), any::<u64>()], payloads)
            .prop_map(|(kind, seq, payload)| Frame::with(Kind::ALL[kind], Id([1; 16]), seq, payload))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_frames_come_both_ends_stay_within_their_bounds(frames in proptest::collection::vec(any_frame(), 0..30)) {
            let mut packet = BytesMut::from(&[VERSION][..]);
            for frame in &frames {
                frame.encode(&mut packet);
            }
            any_bytes(&packet);
        }

        #[test]
        fn whatever_bytes_come(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            any_bytes(&bytes);
        }
    }
}
