//! Packets on a byte stream: the length in four bytes, then the packet.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

use crate::carrier::{Arrival, Incoming, Outgoing};
use crate::consumer::machine::To;

/// How much is read at once, and how much is kept before it is written.
const CHUNK: usize = 64 * 1024;

/// Packets that come.
pub(crate) struct Reader<IO> {
    io: ReadHalf<IO>,
    buffer: BytesMut,
    longest: usize,
}

impl<IO: AsyncRead> Reader<IO> {
    /// No packet may be longer than this, or than a full one of many frames.
    pub(crate) fn new(io: ReadHalf<IO>, frame: usize) -> Self {
        Self { io, buffer: BytesMut::new(), longest: frame.max(CHUNK) }
    }
}

impl<IO: AsyncRead + Send + 'static> Incoming<()> for Reader<IO> {
    async fn receive(&mut self) -> io::Result<Option<Arrival<()>>> {
        loop {
            let wanted = match self.buffer.first_chunk() {
                Some(length) => {
                    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
                    if length > self.longest {
                        return Err(io::Error::new(io::ErrorKind::InvalidData, "a packet that is too long"));
                    }
                    if self.buffer.len() >= 4 + length {
                        self.buffer.advance(4);
                        return Ok(Some(Arrival::Packet(self.buffer.split_to(length).freeze(), Some(()))));
                    }
                    4 + length - self.buffer.len()
                }
                None => 1,
            };
            // Not all that is announced at once: whoever announces much has to send it.
            self.buffer.reserve(wanted.min(CHUNK));
            if self.io.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }
}

/// Packets that go.
pub(crate) struct Writer<IO> {
    io: WriteHalf<IO>,
    buffer: BytesMut,
}

impl<IO: AsyncWrite> Writer<IO> {
    pub(crate) fn new(io: WriteHalf<IO>) -> Self {
        Self { io, buffer: BytesMut::new() }
    }

    async fn write(&mut self, packet: Bytes) -> io::Result<()> {
        let length = u32::try_from(packet.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.buffer.put_u32(length);
        self.buffer.put_slice(&packet);
        if self.buffer.len() > CHUNK { self.write_out().await } else { Ok(()) }
    }

    async fn write_out(&mut self) -> io::Result<()> {
        self.io.write_all_buf(&mut self.buffer).await
    }
}

impl<IO: AsyncWrite + Send + 'static> Outgoing<()> for Writer<IO> {
    async fn send(&mut self, (): (), packet: Bytes) -> io::Result<()> {
        self.write(packet).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.write_out().await?;
        self.io.flush().await
    }
}

impl<IO: AsyncWrite + Send + 'static> Outgoing<To<()>> for Writer<IO> {
    async fn send(&mut self, _: To<()>, packet: Bytes) -> io::Result<()> {
        self.write(packet).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.write_out().await?;
        self.io.flush().await
    }
}
