//! Packets on a byte stream: the length in four bytes, then the packet.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

use crate::carrier::{Arrival, Incoming, Outgoing};
use crate::consumer::machine::To;

/// How much is kept before it is written, and the most that is made room for at once.
const CHUNK: usize = 64 * 1024;

/// There is room for so much whenever something is read, so that a packet takes one read, as a rule.
const ROOM: usize = 1024;

/// How much is made room for when there is none any more. (A value that waits keeps all that came with it.)
const FEW_PACKETS: usize = 8 * 1024;

/// Packets that come.
pub(crate) struct Reader<IO> {
    io: ReadHalf<IO>,
    buffer: BytesMut,
    longest: usize,
}

impl<IO: AsyncRead> Reader<IO> {
    /// No packet may be longer than this, or than a full one of many frames.
    pub(crate) fn new(io: ReadHalf<IO>, frame: usize) -> Self {
        Self { io, buffer: BytesMut::with_capacity(FEW_PACKETS), longest: frame.max(CHUNK) }
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
            self.buffer.reserve(wanted.clamp(ROOM, CHUNK));
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

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{DuplexStream, ReadBuf};

    use super::*;

    /// Counts how often something was read from it.
    struct Counted(DuplexStream, usize);

    impl AsyncRead for Counted {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            let polled = Pin::new(&mut self.0).poll_read(cx, buffer);
            self.1 += usize::from(polled.is_ready());
            polled
        }
    }

    impl AsyncWrite for Counted {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.0).poll_write(cx, bytes)
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_packet_takes_one_read() {
        let (here, there) = tokio::io::duplex(1 << 20);
        let (read, unused) = tokio::io::split(Counted(there, 0));
        let (_, write) = tokio::io::split(here);
        let (mut reader, mut writer) = (Reader::new(read, 1 << 20), Writer::new(write));
        for size in (0..1000).map(|n| n % 700) {
            Outgoing::<()>::send(&mut writer, (), vec![7; size].into()).await.unwrap();
            Outgoing::<()>::flush(&mut writer).await.unwrap();
            let Some(Arrival::Packet(packet, _)) = reader.receive().await.unwrap() else { panic!("it has ended") };
            assert_eq!(packet, vec![7; size]);
        }
        assert_eq!(reader.io.unsplit(unused).1, 1000);
    }
}
