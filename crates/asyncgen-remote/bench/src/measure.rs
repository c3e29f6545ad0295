//! How it is measured: in turns with the peer, so that what else the machine does meets both.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    rounds: u32,
    /// The part of the values that is measured.
    part: u64,
}

impl Effort {
    pub const FULL: Self = Self { rounds: 11, part: 1 };
    pub const QUICK: Self = Self { rounds: 1, part: 20 };

    pub fn of(self, values: u64) -> u64 {
        values / self.part
    }
}

/// What is compared with what.
pub struct Case {
    pub what: &'static str,
    pub peer: &'static str,
    /// How fast it should be, as a part of the peer's speed.
    pub goal: f64,
    /// How many values go over the wire in one round.
    pub values: u64,
}

/// What came out.
pub struct Comparison {
    pub case: Case,
    /// Nanoseconds for a value.
    pub ours: Histogram<u64>,
    pub theirs: Histogram<u64>,
    /// Our speed, in thousandths of the peer's, of each round.
    pub speed: Histogram<u64>,
}

pub async fn timed(what: impl Future) -> Duration {
    let before = Instant::now();
    what.await;
    before.elapsed()
}

/// Runs one round of each, once to warm up, then as often as the effort says. Each says how long it took.
pub async fn in_turns(
    case: Case,
    effort: Effort,
    mut ours: impl AsyncFnMut() -> Duration,
    mut theirs: impl AsyncFnMut() -> Duration,
) -> Comparison {
    let new = || Histogram::<u64>::new(3).unwrap();
    let mut comparison = Comparison { case, ours: new(), theirs: new(), speed: new() };
    for round in 0..=effort.rounds {
        let (a, b) = (ours().await, theirs().await);
        let speed = b.as_secs_f64() / a.as_secs_f64();
        eprintln!(
            "{}: round {round} of {}, {speed:.2} of {}",
            comparison.case.what, effort.rounds, comparison.case.peer
        );
        if round > 0 {
            let values = u128::from(comparison.case.values);
            comparison.ours.record(u64::try_from(a.as_nanos() / values).unwrap()).unwrap();
            comparison.theirs.record(u64::try_from(b.as_nanos() / values).unwrap()).unwrap();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is a small positive number"
            )]
            comparison.speed.record((speed * 1000.0) as u64).unwrap();
        }
    }
    comparison
}
