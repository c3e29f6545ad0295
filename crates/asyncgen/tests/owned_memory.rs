//! A million generators, dropped and finalized one after the other, leave nothing behind.
#![cfg(all(feature = "tokio", target_os = "linux"))]

mod owned_support;

use asyncgen::hooks::Finalizer;
use asyncgen::{AsyncGeneratorExt, OwnedExt};
use owned_support::{Count, counting, with_finalizer};
use tokio::runtime::Builder;

/// The memory that this process has in RAM, in pages.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Runs `cycle` until memory has settled, then as often again as it takes to be a million times; asserts that the
/// process has not grown by a byte for every fourth of them.
fn does_not_grow(mut cycle: impl FnMut()) {
    (0..50_000).for_each(|_| cycle());
    let before = resident();
    (50_000..1_000_000).for_each(|_| cycle());
    let grown = resident().saturating_sub(before) * 4096;
    assert!(grown < 256 * 1024, "grew by {grown} bytes");
}

// One test: they share the process's memory.
#[test]
fn a_million_generators_leave_nothing_behind() {
    let count = Count::default();
    {
        let _restore = with_finalizer(Finalizer::new(|generator| {
            futures::executor::block_on(generator.close()).unwrap();
        }));
        does_not_grow(|| {
            let mut g = counting(&count).boxed();
            futures::executor::block_on(g.anext()).unwrap();
        });
    }
    assert_eq!(count.ended(), 1_000_000);

    let runtime = Builder::new_current_thread().build().unwrap();
    let (done, report) = runtime.block_on(asyncgen::tokio::scope(async {
        // Each is closed before the next one is made.
        let one = || async {
            let before = count.ended();
            let mut g = counting(&count).boxed();
            g.anext().await.unwrap();
            drop(g);
            while count.ended() == before {
                tokio::task::yield_now().await;
            }
        };
        for _ in 0..50_000 {
            one().await;
        }
        let before = resident();
        for _ in 50_000..1_000_000 {
            one().await;
        }
        resident().saturating_sub(before) * 4096
    }));
    assert!(done < 256 * 1024, "grew by {done} bytes");
    assert_eq!((report.closed, count.ended()), (1_000_000, 2_000_000));
}
