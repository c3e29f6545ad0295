#![doc = include_str!("../docs/guide.md")]
#![cfg_attr(not(feature = "tokio"), allow(rustdoc::broken_intra_doc_links))]
