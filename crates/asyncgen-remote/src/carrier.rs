//! What carries packets: a byte stream, NATS, or the simulation of the tests.

use std::fmt::Debug;
use std::io;

use bytes::Bytes;

use crate::id::Id;

/// Where packets go.
pub trait Address: Clone + Debug + Ord + Send + Sync + 'static {}

impl<A: Clone + Debug + Ord + Send + Sync + 'static> Address for A {}

/// Something that came.
#[derive(Clone, Debug)]
pub enum Arrival<A> {
    /// A packet, and where answers to it go.
    Packet(Bytes, Option<A>),
    /// The session by this name has asked for a worker, and there is none.
    NobodyThere(Id),
}

/// The half that sends.
pub trait Outgoing<K>: Send + 'static {
    /// Sends a packet, or keeps it until the next `flush`. It may be lost; it must not be changed.
    fn send(&mut self, to: K, packet: Bytes) -> impl Future<Output = io::Result<()>> + Send;

    /// Sends what was kept.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

/// The half that receives.
pub trait Incoming<A>: Send + 'static {
    /// The next packet; `None` if none will come any more.
    fn receive(&mut self) -> impl Future<Output = io::Result<Option<Arrival<A>>>> + Send;
}
