//! Random programs, each run level by level and in mixes of forms and owners, with the same operations.
//!
//! The traces must be equal, the order of destructors included; every value is dropped once; every clean-up that has begun
//! comes to its end; whatever is pending has asked to be woken. Steps are dropped half-way, generators abandoned, leaked,
//! borrowed, pre-started; bodies and destructors panic, yield in destructors; some generators answer at random. With more
//! than one thread, each operation may run on a thread of its own.

mod closure;
mod foreign;
mod keyword {
    //! Written by `build.rs`.
    include!(concat!(env!("OUT_DIR"), "/keyword.rs"));
}
mod play;
mod program;
mod random;
mod shrink;
mod world;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use asyncgen::hooks::{UnraisableHook, set_unraisable};
use clap::Parser;

use crate::play::{Jump, Totals, fault, set_hooks};
use crate::random::{Random, case};
use crate::shrink::shrink;
use crate::world::Token;

/// Runs random programs in several forms at once. Fails if they differ, or something is lost, or dropped twice.
#[derive(Parser)]
struct Arguments {
    /// For how long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The same seed makes the same programs.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// With more than one, operations move between threads, and values are only counted at the end.
    #[arg(long, default_value_t = 1)]
    threads: u32,
    /// One program: that of the seed.
    #[arg(long)]
    one: bool,
}

/// How many faults are enough.
const ENOUGH: u32 = 3;

/// What all threads share.
struct Run {
    until: Instant,
    first: u64,
    last: u64,
    next: AtomicU64,
    faults: AtomicU32,
    counts_values: bool,
}

impl Run {
    /// Plays cases until it is enough.
    fn play(&self, jump: Jump<'_>) -> Totals {
        set_hooks();
        let mut totals = Totals::default();
        while Instant::now() < self.until && self.faults.load(Relaxed) < ENOUGH {
            let seed = self.next.fetch_add(1, Relaxed);
            if seed > self.last {
                break;
            }
            if !self.play_one(seed, jump, &mut totals) {
                self.faults.fetch_add(1, Relaxed);
            }
        }
        totals
    }

    fn play_one(&self, seed: u64, jump: Jump<'_>, totals: &mut Totals) -> bool {
        let case = case(seed);
        totals.programs += 1;
        let what = catch_unwind(AssertUnwindSafe(|| fault(&case, jump, totals, self.counts_values)));
        match what {
            Ok(None) => return true,
            Ok(Some(what)) if self.counts_values => {
                let (case, what) = shrink(case, what);
                println!("seed {seed}: {what}\n{case:#?}");
            }
            Ok(Some(what)) => println!("seed {seed}: {what}"),
            Err(_) => println!("seed {seed}: a panic came out"),
        }
        false
    }

    fn progress(&self, started: Instant) {
        let elapsed = started.elapsed().as_secs();
        let programs = self.next.load(Relaxed) - self.first;
        println!("{elapsed} s: {programs} programs, {} faults", self.faults.load(Relaxed));
    }
}

/// Runs it here, or on another thread, at random.
fn on_any_thread(random: &RefCell<Random>, run: &mut (dyn FnMut() + Send)) {
    if random.borrow_mut().one_in(2) {
        return run();
    }
    thread::scope(|scope| {
        scope.spawn(|| {
            set_hooks();
            run();
        });
    });
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let started = Instant::now();
    // Those that are expected say nothing.
    std::panic::set_hook(Box::new(|panic| println!("{panic}")));
    // Clean-up is missed on purpose, a thousand times a second.
    set_unraisable(Some(UnraisableHook::new(|_| {})));
    let first = arguments.seed.wrapping_mul(1_000_000_007) & (u64::MAX >> 1);
    let first = if arguments.one { arguments.seed } else { first };
    let run = &Run {
        until: started + Duration::from_secs(arguments.seconds),
        first,
        last: if arguments.one { first } else { u64::MAX },
        next: AtomicU64::new(first),
        faults: AtomicU32::new(0),
        counts_values: arguments.threads == 1,
    };
    let totals: Vec<Totals> = thread::scope(|scope| {
        let threads: Vec<_> = (0..arguments.threads)
            .map(|thread| {
                scope.spawn(move || {
                    if run.counts_values {
                        return run.play(&|piece| piece());
                    }
                    let random = RefCell::new(Random::new(u64::from(thread)));
                    run.play(&|piece| on_any_thread(&random, piece))
                })
            })
            .collect();
        let mut said = Instant::now();
        while !threads.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(20));
            if said.elapsed() > Duration::from_secs(10) {
                said = Instant::now();
                run.progress(started);
            }
        }
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let sum = |count: fn(&Totals) -> u64| totals.iter().map(count).sum::<u64>();
    println!(
        "seed {}: {} programs, each in 4 runs, {} generators in the keyword form, {} polls, {} `finally`s, {} handed over, in {:.1} s; {} values left, of {} that may be; {} faults",
        arguments.seed,
        sum(|totals| totals.programs),
        sum(|totals| totals.keywords),
        sum(|totals| totals.polls),
        sum(|totals| totals.finallys),
        sum(|totals| totals.handed_over),
        started.elapsed().as_secs_f32(),
        Token::alive(),
        Token::leaked(),
        run.faults.load(Relaxed),
    );
    let all_joined = totals.len() == arguments.threads as usize;
    if all_joined && Token::alive() <= Token::leaked() && run.faults.load(Relaxed) == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
