//! Packets as NATS messages.

use std::cmp::Ordering;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use async_nats::{Client, Message, StatusCode, Subject, Subscriber};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::carrier::{Arrival, Incoming, Outgoing};
use crate::consumer::machine::To;
use crate::id::Id;

/// Where packets go: a subject, which can be a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(pub(super) Subject);

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.as_str().cmp(other.0.as_str())
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where a worker is asked for.
pub(super) fn opening(name: &str) -> Subject {
    format!("asyncgen.open.{name}").into()
}

/// Where a worker is spoken to. Who does not know its id can't.
pub(super) fn worker(id: Id) -> Subject {
    format!("asyncgen.to.{id}").into()
}

/// The last word of the subject on which all sessions of a consumer's link are spoken to. A worker is asked for with the
/// session's id in its place, so that the server's "there is nobody" says whom it concerns.
const ALL_SESSIONS: &str = "s";

/// The subject on which all sessions are spoken to.
pub(super) fn sessions(inbox: &str) -> Subject {
    format!("{inbox}.{ALL_SESSIONS}").into()
}

/// The same, of the subject that a session has asked with.
fn return_address(reply: Subject) -> Subject {
    match reply.rsplit_once('.') {
        Some((inbox, id)) if id.len() == 32 => sessions(inbox),
        _ => reply,
    }
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, error)
}

pub(super) struct ConsumerOutgoing {
    client: Client,
    inbox: String,
    reply: Subject,
}

impl ConsumerOutgoing {
    pub(super) fn new(client: Client, inbox: String) -> Self {
        let reply = sessions(&inbox);
        Self { client, inbox, reply }
    }
}

impl Outgoing<To<Place>> for ConsumerOutgoing {
    async fn send(&mut self, to: To<Place>, packet: Bytes) -> io::Result<()> {
        let sent = match to {
            To::Worker(Place(worker)) => self.client.publish_with_reply(worker, self.reply.clone(), packet).await,
            To::Service(id, name) => {
                self.client.publish_with_reply(opening(&name), format!("{}.{id}", self.inbox), packet).await
            }
        };
        sent.map_err(broken)
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(()) // the client does so by itself
    }
}

pub(super) struct ConsumerIncoming(Subscriber);

impl ConsumerIncoming {
    pub(super) fn new(subscriber: Subscriber) -> Self {
        Self(subscriber)
    }
}

impl Incoming<Place> for ConsumerIncoming {
    async fn receive(&mut self) -> io::Result<Option<Arrival<Place>>> {
        while let Some(message) = self.0.next().await {
            match message.status {
                None => return Ok(Some(Arrival::Packet(message.payload, message.reply.map(Place)))),
                Some(StatusCode::NO_RESPONDERS) => {
                    // Of a worker that was there before, this says nothing for sure: it may be connecting again. The lease
                    // tells.
                    if let Some(id) = message.subject.rsplit('.').next().and_then(parse) {
                        return Ok(Some(Arrival::NobodyThere(id)));
                    }
                }
                Some(_) => {}
            }
        }
        Ok(None)
    }
}

fn parse(hex: &str) -> Option<Id> {
    let mut id = Id::NONE;
    if hex.len() != 32 || !hex.is_ascii() {
        return None;
    }
    for (byte, digits) in id.0.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(id)
}

pub(super) struct WorkerOutgoing {
    client: Client,
    reply: Subject,
}

impl WorkerOutgoing {
    pub(super) fn new(client: Client, reply: Subject) -> Self {
        Self { client, reply }
    }
}

impl Outgoing<Place> for WorkerOutgoing {
    async fn send(&mut self, Place(to): Place, packet: Bytes) -> io::Result<()> {
        self.client.publish_with_reply(to, self.reply.clone(), packet).await.map_err(broken)
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Who asks for sessions, and who speaks to those that there are.
pub(super) struct WorkerIncoming {
    opens: Subscriber,
    frames: Subscriber,
}

impl WorkerIncoming {
    pub(super) fn new(opens: Subscriber, frames: Subscriber) -> Self {
        Self { opens, frames }
    }

    fn poll(&mut self, cx: &mut std::task::Context<'_>) -> Poll<Option<Message>> {
        match Pin::new(&mut self.frames).poll_next(cx) {
            Poll::Pending => Pin::new(&mut self.opens).poll_next(cx),
            ready @ Poll::Ready(_) => ready,
        }
    }
}

impl Incoming<Place> for WorkerIncoming {
    async fn receive(&mut self) -> io::Result<Option<Arrival<Place>>> {
        loop {
            let Some(message) = std::future::poll_fn(|cx| self.poll(cx)).await else { return Ok(None) };
            // That a consumer is not there says nothing for sure: it may be connecting again. The lease tells.
            if message.status.is_none() {
                return Ok(Some(Arrival::Packet(message.payload, message.reply.map(return_address).map(Place))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_the_subject_of_all_sessions() {
        let id = Id::random();
        assert_eq!(parse(&id.to_string()), Some(id));
        assert_eq!(return_address(format!("_INBOX.x.{id}").into()), sessions("_INBOX.x"));
        assert_eq!(return_address("_INBOX.x.s".into()), sessions("_INBOX.x"));
        for hex in ["", "zz", &"z".repeat(32), "s", &"é".repeat(16)] {
            assert_eq!(parse(hex), None, "{hex:?}");
        }
    }
}
