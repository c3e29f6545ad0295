//! How values become bytes: by serde, as `MessagePack` or JSON.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::RemoteError;

/// How the values of a session are written. The consumer chooses; every worker reads all that it was built with.
///
/// ```
/// use asyncgen_remote::Format;
///
/// assert_eq!(Format::default(), Format::MessagePack);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [MessagePack](https://msgpack.org), structs as maps.
    #[default]
    MessagePack,
    /// JSON.
    #[cfg(feature = "json")]
    Json,
}

impl Format {
    /// Its number in the protocol.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::MessagePack => 0,
            #[cfg(feature = "json")]
            Self::Json => 1,
        }
    }

    pub(crate) fn of(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::MessagePack),
            #[cfg(feature = "json")]
            1 => Some(Self::Json),
            _ => None,
        }
    }

    /// How nothing is written: `()`, `None`.
    fn nothing(self) -> &'static [u8] {
        match self {
            Self::MessagePack => &[0xc0],
            #[cfg(feature = "json")]
            Self::Json => b"null",
        }
    }

    /// As [`write`](Self::write), with no bytes for nothing.
    pub(crate) fn write_short<T: Serialize>(self, value: &T) -> Result<Bytes, RemoteError> {
        self.write(value).map(|bytes| if bytes == self.nothing() { Bytes::new() } else { bytes })
    }

    /// Reads what [`write_short`](Self::write_short) has written.
    pub(crate) fn read_short<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, RemoteError> {
        self.read(if bytes.is_empty() { self.nothing() } else { bytes })
    }

    pub(crate) fn write<T: Serialize + ?Sized>(self, value: &T) -> Result<Bytes, RemoteError> {
        let written = match self {
            Self::MessagePack => rmp_serde::to_vec_named(value).map_err(|error| error.to_string()),
            #[cfg(feature = "json")]
            Self::Json => serde_json::to_vec(value).map_err(|error| error.to_string()),
        };
        written.map(Bytes::from).map_err(|error| RemoteError::Garbled { what: format!("{}: {error}", type_of::<T>()) })
    }

    pub(crate) fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, RemoteError> {
        let read = match self {
            Self::MessagePack => rmp_serde::from_slice(bytes).map_err(|error| error.to_string()),
            #[cfg(feature = "json")]
            Self::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        };
        read.map_err(|error| RemoteError::Garbled { what: format!("{}: {error}", type_of::<T>()) })
    }
}

fn type_of<T: ?Sized>() -> &'static str {
    std::any::type_name::<T>()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
        enum Row {
            Empty,
            Named { id: u64, tags: BTreeMap<String, Option<f64>> },
        }
        let row = Row::Named { id: u64::MAX, tags: [("a".into(), Some(0.5)), ("b".into(), None)].into() };
        let formats = [
            Format::MessagePack,
            #[cfg(feature = "json")]
            Format::Json,
        ];
        for format in formats {
            assert_eq!(Format::of(format.code()), Some(format));
            assert_eq!(format.read::<Row>(&format.write(&row).unwrap()).as_ref(), Ok(&row));
            assert_eq!(format.read::<Row>(&format.write(&Row::Empty).unwrap()), Ok(Row::Empty));
        }
    }

    #[test]
    fn nothing_can_be_written_in_no_bytes() {
        let formats = [
            Format::MessagePack,
            #[cfg(feature = "json")]
            Format::Json,
        ];
        for format in formats {
            assert!(format.write_short(&()).unwrap().is_empty());
            assert!(format.write_short(&None::<u32>).unwrap().is_empty());
            assert_eq!(format.read_short::<()>(b""), Ok(()));
            assert_eq!(format.read_short::<Option<u32>>(b""), Ok(None));
            assert_eq!(format.read_short::<Option<u32>>(&format.write_short(&Some(1)).unwrap()), Ok(Some(1)));
            assert!(format.read_short::<u32>(b"").is_err());
        }
    }

    #[test]
    fn what_is_no_such_value_is_garbled_and_says_its_type() {
        let Err(RemoteError::Garbled { what }) = Format::MessagePack.read::<Vec<u64>>(&[0xdd, 0xff, 0xff, 0xff, 0xff])
        else {
            panic!("a list of four thousand million numbers in five bytes was read")
        };
        assert!(what.contains("Vec<u64>"), "{what}");
    }
}
