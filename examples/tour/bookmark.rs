//! Where the next run starts.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;
use tokio::io::AsyncWriteExt;

use crate::error::TourError;

/// A file beside the text, `<text file>.bookmark`: the number of the next line.
pub struct Bookmark {
    path: PathBuf,
}

impl Bookmark {
    pub fn beside(text: &Path) -> Self {
        Self { path: with_suffix(text, ".bookmark") }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line to start at: 1 if there is no bookmark yet.
    pub async fn load(&self) -> Result<u64, TourError> {
        let number = match fs::read_to_string(&self.path).await {
            Ok(content) => content.trim().parse().ok().filter(|number| *number > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(1),
            Err(error) => return Err(TourError::file("read the bookmark", &self.path)(error)),
        };
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "it is not a line number");
        number.ok_or_else(invalid).map_err(TourError::file("read the bookmark", &self.path))
    }

    /// Saves it, as a whole or not at all: it is written beside the old one, which it then replaces.
    pub async fn save(&self, line: u64) -> Result<(), TourError> {
        let new = with_suffix(&self.path, ".new");
        let write = async {
            let mut file = fs::File::create(&new).await?;
            file.write_all(format!("{line}\n").as_bytes()).await?;
            file.sync_all().await?;
            fs::rename(&new, &self.path).await
        };
        write.await.map_err(TourError::file("write the bookmark", &self.path))
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
