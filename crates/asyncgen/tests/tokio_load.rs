//! Ten thousand generators at once, each dropped at a random point: all clean-up runs once, and the report's numbers are
//! exact.
#![cfg(feature = "tokio")]

mod owned_support;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use asyncgen::tokio::{Report, scope};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, OwnedExt, State, generator};
use owned_support::{Count, Random, ticks};
use tokio::runtime::Builder;
use tokio::sync::Barrier;

const GENERATORS: usize = 10_000;

/// Where a generator is dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Point {
    Unstarted,
    Suspended,
    MidAwait,
    MidCleanUp,
}

/// How its clean-up ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Well,
    Fails,
    Panics,
    Never,
}

fn random_point(random: &mut Random) -> Point {
    match random.below(4) {
        0 => Point::Unstarted,
        1 => Point::Suspended,
        2 => Point::MidAwait,
        _ => Point::MidCleanUp,
    }
}

fn work(
    count: Count,
    end: End,
    naps: u64,
) -> impl AsyncGenerator<Yield = usize, Sent = (), Error = String> + Send + use<> {
    generator!(|y| {
        y.finally(
            async |mut y| {
                for n in 0..2 {
                    ticks(1).await;
                    y.yield_(n).await;
                }
                std::future::pending::<Result<(), String>>().await
            },
            async |_| {
                count.begin();
                ticks(1).await;
                tokio::time::sleep(Duration::from_millis(naps)).await;
                match end {
                    End::Well => {}
                    End::Fails => return Err("failed, as wanted".to_owned()),
                    End::Panics => panic!("panicked, as wanted"),
                    End::Never => std::future::pending().await,
                }
                count.end();
                Ok(())
            },
        )
        .await;
    })
}

/// Drives a generator to the point, waits until all others are there, and drops it.
async fn abandon(
    g: impl AsyncGenerator<Yield = usize, Sent = (), Error = String> + Send + 'static,
    point: Point,
    all: &Barrier,
    delay: u32,
) {
    let mut g = g.boxed();
    if point != Point::Unstarted {
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.anext().await, Ok(1));
    }
    if point == Point::MidAwait {
        assert!(pin!(g.anext()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    if point == Point::MidCleanUp {
        assert!(pin!(g.aclose()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let state = match point {
        Point::Unstarted => State::Created,
        Point::Suspended => State::Suspended,
        Point::MidAwait | Point::MidCleanUp => State::Running,
    };
    assert_eq!(g.state(), state);
    all.wait().await;
    ticks(delay).await;
    drop(g);
}

fn run(plans: &[(Point, End)], limit: Option<Duration>) -> (Vec<Count>, Report) {
    let counts: Vec<Count> = plans.iter().map(|_| Count::default()).collect();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let mut random = Random::new(2);
    let work_of_all = async {
        let all = Arc::new(Barrier::new(plans.len()));
        let mut tasks = Vec::new();
        for ((point, end), count) in plans.iter().copied().zip(&counts) {
            let (count, all, naps, delay) = (count.clone(), all.clone(), random.below(5), random.below(20));
            tasks.push(tokio::spawn(async move {
                abandon(work(count, end, naps), point, &all, u32::try_from(delay).unwrap()).await;
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    };
    let scope = scope(work_of_all).whole_runtime();
    let ((), report) = runtime.block_on(match limit {
        Some(limit) => scope.limit(limit),
        None => scope,
    });
    (counts, report)
}

#[test]
fn every_clean_up_that_should_run_has_run_once_when_the_scope_returns() {
    let mut random = Random::new(1);
    let plans: Vec<_> = (0..GENERATORS).map(|_| (random_point(&mut random), End::Well)).collect();
    let (counts, report) = run(&plans, None);

    for ((point, _), count) in plans.iter().zip(&counts) {
        let should = usize::from(*point != Point::Unstarted);
        assert_eq!((count.begun(), count.ended()), (should, should), "{point:?}");
    }
    let started = plans.iter().filter(|(point, _)| *point != Point::Unstarted).count();
    assert!((GENERATORS / 2..GENERATORS).contains(&started), "a fair mixture: {started}");
    assert_eq!((report.closed, report.handed_over(), report.held), (started, started, 0));
    assert!(report.is_clean());
}

#[test]
fn the_report_is_exact_when_clean_up_fails_panics_and_never_ends() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut random = Random::new(3);
    let mut ends = [(1_000, End::Fails), (100, End::Panics), (100, End::Never)]
        .into_iter()
        .flat_map(|(times, end)| std::iter::repeat_n(end, times));
    let plans: Vec<_> = (0..GENERATORS)
        .map(|_| match random_point(&mut random) {
            Point::Unstarted => (Point::Unstarted, End::Well),
            point if random.below(4) == 0 => (point, ends.next().unwrap_or(End::Well)),
            point => (point, End::Well),
        })
        .collect();
    assert_eq!(ends.next(), None, "all of them have found a generator");
    let (counts, report) = run(&plans, Some(Duration::from_secs(10)));
    let _ = std::panic::take_hook();

    let started = plans.iter().filter(|(point, _)| *point != Point::Unstarted).count();
    assert_eq!(report.errors.len(), 1_000);
    assert!(report.errors.iter().all(|error| error.raised::<String>().unwrap() == "failed, as wanted"));
    assert_eq!(report.panicked.len(), 100);
    assert!(report.panicked.iter().all(|panicked| panicked.message() == "panicked, as wanted"));
    assert_eq!(report.unfinished.len(), 100);
    assert!(report.unfinished.iter().all(|straggler| straggler.created().file() == file!()));
    assert_eq!((report.aborted.len(), report.held), (0, 0));
    assert_eq!(report.closed, started - 1_200);
    for ((point, end), count) in plans.iter().zip(&counts) {
        let begun = usize::from(*point != Point::Unstarted);
        let ended = if *end == End::Well { begun } else { 0 };
        assert_eq!((count.begun(), count.ended()), (begun, ended), "{point:?}, {end:?}");
    }
}
