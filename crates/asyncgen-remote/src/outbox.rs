//! Frames that wait to be sent, packed by where they go.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use crate::frame::{Frame, VERSION};

/// A packet is sent off once it has this many bytes. (One frame may be larger.)
const FULL: usize = 32 * 1024;

/// So many bytes that wait are too many: who has caused them should be heard no more until they are gone.
const TOO_MANY: usize = 16 * 1024 * 1024;

/// Frames on their way out. What is put in before the task that sends has its turn goes out together.
#[derive(Debug)]
pub(crate) struct Outbox<K> {
    packets: Mutex<Packets<K>>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Debug)]
struct Packets<K> {
    full: Vec<(K, Bytes)>,
    filling: BTreeMap<K, BytesMut>,
    bytes: usize,
}

impl<K: Clone + Ord> Outbox<K> {
    pub(crate) fn new() -> Self {
        let packets = Packets { full: Vec::new(), filling: BTreeMap::new(), bytes: 0 };
        Self { packets: Mutex::new(packets), filled: Notify::new(), emptied: Notify::new() }
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
                packets.bytes += frame.size();
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
        packets.bytes = 0;
        self.emptied.notify_waiters();
        let mut all = std::mem::take(&mut packets.full);
        let filling = std::mem::take(&mut packets.filling);
        all.extend(filling.into_iter().map(|(to, packet)| (to, packet.freeze())));
        all
    }

    /// Does too much wait?
    pub(crate) fn is_overfull(&self) -> bool {
        self.lock().bytes > TOO_MANY
    }

    /// Waits until not too much waits.
    pub(crate) async fn not_overfull(&self) {
        loop {
            let emptied = self.emptied.notified();
            if !self.is_overfull() {
                return;
            }
            emptied.await;
        }
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

    #[tokio::test]
    async fn whoever_would_put_too_much_in_waits_until_it_is_taken() {
        let outbox = Outbox::new();
        outbox.not_overfull().await;
        while !outbox.is_overfull() {
            outbox.put([((), Frame::with(Kind::Yielded, Id::NONE, 1, vec![0; 500_000]))]);
        }
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(10), outbox.not_overfull()).await;
        assert!(waiting.is_err());
        let taken: usize = outbox.take().iter().map(|((), packet)| packet.len()).sum();
        assert!((TOO_MANY..TOO_MANY + 1_000_000).contains(&taken), "{taken}");
        outbox.not_overfull().await;
    }

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
