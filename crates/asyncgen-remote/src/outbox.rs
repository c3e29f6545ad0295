//! Frames that wait to be sent, packed by where they go.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use crate::frame::{Frame, VERSION};

/// A packet is sent off once it has this many bytes. (One frame may be larger.)
const FULL: usize = 32 * 1024;

/// Frames on their way out. What is put in before the task that sends has its turn goes out together.
#[derive(Debug)]
pub(crate) struct Outbox<K> {
    packets: Mutex<Packets<K>>,
    filled: Notify,
}

#[derive(Debug)]
struct Packets<K> {
    full: Vec<(K, Bytes)>,
    filling: BTreeMap<K, BytesMut>,
}

impl<K: Clone + Ord> Outbox<K> {
    pub(crate) fn new() -> Self {
        Self { packets: Mutex::new(Packets { full: Vec::new(), filling: BTreeMap::new() }), filled: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Packets<K>> {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds frames.
    pub(crate) fn put(&self, frames: impl IntoIterator<Item = (K, Frame)>) {
        let mut frames = frames.into_iter().peekable();
        if frames.peek().is_none() {
            return;
        }
        {
            let packets = &mut *self.lock();
            for (to, frame) in frames {
                let packet = match packets.filling.get_mut(&to) {
                    Some(packet) => packet,
                    None => packets.filling.entry(to.clone()).or_insert_with(|| BytesMut::from(&[VERSION][..])),
                };
                if packet.len() > 1 && packet.len() + frame.size() > FULL {
                    let packet = std::mem::replace(packet, BytesMut::from(&[VERSION][..])).freeze();
                    packets.full.push((to.clone(), packet));
                }
                if let Some(packet) = packets.filling.get_mut(&to) {
                    frame.encode(packet);
                }
            }
        }
        self.filled.notify_one();
    }

    /// All that is there, in packets. Each place's are in order.
    pub(crate) fn take(&self) -> Vec<(K, Bytes)> {
        let packets = &mut *self.lock();
        let mut all = std::mem::take(&mut packets.full);
        let filling = std::mem::take(&mut packets.filling);
        all.extend(filling.into_iter().map(|(to, packet)| (to, packet.freeze())));
        all
    }

    /// Waits until something may be there, or [`wake`](Self::wake) was called.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Has the task that sends look around.
    pub(crate) fn wake(&self) {
        self.filled.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frames, Kind};
    use crate::id::Id;

    #[test]
    fn frames_are_packed_by_place_in_order_and_none_is_lost() {
        let outbox = Outbox::new();
        let payload = vec![0; 1000];
        for seq in 0..100 {
            outbox.put([(seq % 2, Frame::with(Kind::Yielded, Id::NONE, seq, payload.clone()))]);
        }
        let mut seen = [Vec::new(), Vec::new()];
        let packets = outbox.take();
        assert!(packets.len() < 8, "{} packets", packets.len());
        for (to, packet) in packets {
            assert!(packet.len() <= FULL);
            seen[usize::try_from(to).unwrap()].extend(Frames::of(packet).map(|frame| frame.unwrap().seq));
        }
        assert_eq!(seen[0], (0..100).step_by(2).collect::<Vec<_>>());
        assert_eq!(seen[1], (1..100).step_by(2).collect::<Vec<_>>());
        assert!(outbox.take().is_empty());
    }
}
