//! A text file, by line number.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncSeekExt, BufReader};

use crate::error::TourError;

/// Of a longer line, only this many bytes are kept.
const LONGEST_LINE: usize = 4096;
/// The index keeps the position of one line in so many.
const STRIDE: u64 = 256;

/// A file of any size: what is kept in memory is one line, and a sparse index of the lines that were read so far.
pub struct Text {
    path: PathBuf,
    reader: BufReader<File>,
    /// The number of the line that the reader stands at, from 0, and its position in the file.
    line: u64,
    position: u64,
    /// The position of every `STRIDE`th line.
    index: Vec<u64>,
}

impl Text {
    pub async fn open(path: &Path) -> Result<Self, TourError> {
        let open = async {
            // A named pipe would block before it could be refused.
            if !tokio::fs::metadata(path).await?.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
            }
            File::open(path).await
        };
        let file = open.await.map_err(TourError::file("open", path))?;
        Ok(Self { path: path.to_owned(), reader: BufReader::new(file), line: 0, position: 0, index: vec![0] })
    }

    /// Line `number`, counted from 1; `None` if there is no such line. Bytes that are not UTF-8 are shown as `\u{FFFD}`.
    pub async fn line(&mut self, number: u64) -> Result<Option<String>, TourError> {
        // There is no line 0: it is as far away as a line can be.
        let target = number.wrapping_sub(1);
        let line = async {
            self.go_near(target).await?;
            while self.line < target {
                if self.read_line(&mut Vec::new(), 0).await? == 0 {
                    return Ok(None);
                }
            }
            let mut bytes = Vec::new();
            if self.read_line(&mut bytes, LONGEST_LINE).await? == 0 {
                return Ok(None);
            }
            Ok(Some(shown(&bytes)))
        };
        let line = line.await;
        line.map_err(TourError::file("read", &self.path))
    }

    /// The number of the line that was read last: the last one of all, after `line` was `None`.
    pub fn last_read(&self) -> u64 {
        self.line
    }

    /// Goes to the last known position that is not after line `target`, unless the reader stands at a better one.
    async fn go_near(&mut self, target: u64) -> io::Result<()> {
        let slot = usize::try_from(target / STRIDE).unwrap_or(usize::MAX).min(self.index.len() - 1);
        let line = slot as u64 * STRIDE;
        if self.line > target || self.line < line {
            self.position = self.index[slot];
            self.line = line;
            self.reader.seek(SeekFrom::Start(self.position)).await?;
        }
        Ok(())
    }

    /// Reads to the end of the line, and keeps its first `keep` bytes. Returns its length; 0 at the end of the file.
    async fn read_line(&mut self, bytes: &mut Vec<u8>, keep: usize) -> io::Result<u64> {
        let mut length = 0;
        loop {
            let buffer = self.reader.fill_buf().await?;
            let (part, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => (&buffer[..=end], true),
                None => (buffer, buffer.is_empty()),
            };
            bytes.extend(part.iter().take(keep - bytes.len()));
            let count = part.len();
            self.reader.consume(count);
            length += count as u64;
            if ended {
                break;
            }
        }
        if length > 0 {
            self.line += 1;
            self.position += length;
            if self.line == self.index.len() as u64 * STRIDE {
                self.index.push(self.position);
            }
        }
        Ok(length)
    }
}

/// What is shown of a line: without its end; shortened if it was too long to be kept.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.trim_end_matches(['\n', '\r']);
    if bytes.len() == LONGEST_LINE && !text.ends_with('\n') { format!("{line}…") } else { line.to_owned() }
}
