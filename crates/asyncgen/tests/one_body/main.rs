//! A body with `try`, `catch`, `finally` and `for await` is one body: what compiles in an `async` block compiles in their
//! blocks, too, and does the same.
#![forbid(unsafe_code)]
#![allow(clippy::all, clippy::pedantic, reason = "the programs are as people write them, and try every way out")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../keyword/mod.rs"]
mod keyword;
#[path = "../language/mod.rs"]
mod language;

mod as_async_stream;
mod borrows;
mod catching;
mod catching_structs;
mod clean_up;
mod defined_macros;
mod delegating;
mod delegating_across;
mod drops;
mod expressions;
mod first_values;
mod foreign_macros;
mod generic;
mod header;
mod hidden;
mod hidden_break;
mod macro_arguments;
mod macro_statements;
mod match_arms;
mod moves;
mod names;
mod question_mark_on_poll;
mod raising;
mod select;
mod select_forms;
mod separate_ways;
mod statics;
mod threads;
mod values;
mod waiting;
mod ways_out;
mod why_it_runs;
