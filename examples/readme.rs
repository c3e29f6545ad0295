#![doc = include_str!("../README.md")]
#![allow(clippy::doc_markdown, reason = "the README is prose, and partly written by the benchmark")]
