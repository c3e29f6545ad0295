//! Whatever bytes come over the wire: decoded, and given to both ends of a session. No panic, no memory error, and nothing
//! grows without bound.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| asyncgen_remote::__private::any_bytes(bytes));
