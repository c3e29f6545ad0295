//! A lease that is given back though its client walks away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use asyncgen::{AsyncGeneratorExt, BoxGenerator, OwnedExt, async_gen};

/// How many leases are taken.
#[derive(Clone, Default)]
struct Leases(Arc<AtomicU32>);

impl Leases {
    async fn take(&self) {
        tokio::task::yield_now().await;
        self.0.fetch_add(1, SeqCst);
    }

    async fn give_back(&self) {
        tokio::task::yield_now().await;
        self.0.fetch_sub(1, SeqCst);
    }
}

fn ticks(leases: Leases) -> BoxGenerator<u32> {
    async_gen! {
        leases.take().await;
        try {
            for n in 0.. { yield n; }
        } finally {
            leases.give_back().await; // a client hangs up, a timeout fires: this still runs
        }
    }
    .boxed()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let leases = Leases::default();
    let (first, report) = asyncgen::tokio::scope(async {
        let mut ticks = ticks(leases.clone());
        ticks.anext().await // dropped here, in the middle
    })
    .await;
    println!("first: {first:?}, leases that are still taken: {}, {report}", leases.0.load(SeqCst));
}
