#![doc = include_str!("../docs/from-async-stream.md")]
