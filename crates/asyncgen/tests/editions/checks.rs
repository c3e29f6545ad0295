//! What the bodies give, the same in both editions.

use std::pin::pin;

use futures::StreamExt;
use futures::executor::block_on;
use generators::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, StepError};

use super::bodies;
use super::failure::Failure;

fn all<G: AsyncGenerator<Sent = ()>>(generator: G) -> (Vec<G::Yield>, Option<G::Error>) {
    block_on(async {
        let mut generator = pin!(generator);
        let mut values = Vec::new();
        loop {
            match generator.anext().await {
                Ok(value) => values.push(value),
                Err(StepError::Raised(Exception::Error(error))) => return (values, Some(error)),
                Err(_) => return (values, None),
            }
        }
    })
}

#[test]
fn every_clause_and_every_way_out() {
    for (word, values, end) in [
        ("7", vec![7, 1, 1000], None),
        ("raise", vec![200, 1, 1000], None),
        ("long raise", vec![100, 1, 1000], None),
        ("error", vec![200, 1, 1000], None),
        ("break", vec![1, 1000], None),
        ("continue", vec![1, 1000], None),
        ("return", vec![1], None),
        ("return error", vec![1], Some(Failure::from("returned"))),
    ] {
        assert_eq!(all(bodies::every_clause(vec![word])), (values, end), "{word}");
    }
    assert!(matches!(all(bodies::every_clause(vec!["x"])), (values, Some(Failure::Parse(_))) if values == [1]));
}

#[test]
fn closing_goes_through_errors_and_meets_a_yield_in_the_finally() {
    block_on(async {
        let mut g = pin!(bodies::every_clause(vec!["7"]));
        assert_eq!(g.anext().await, Ok(7));
        assert_eq!(g.aclose().await, Err(CloseError::IgnoredGeneratorExit(1)));
        assert_eq!(g.aclose().await, Ok(()));
    });
}

#[test]
fn moves_first_values_loops_and_delegation() {
    assert_eq!(all(bodies::batches(vec![1, 2, 3])).0, [vec![1, 2], vec![3]]);
    assert_eq!(all(bodies::expressions("42")).0, ["2", "finally", "2 42", "42"]);
    assert_eq!(all(bodies::expressions("x")).0[..3], ["1", "finally", "1 404"]);
    assert_eq!(all(bodies::delegating(vec!["4"])).0, [1, 1, 2, 2, 1000, 4, 1, 1000]);
    assert_eq!(all(bodies::delegating(vec!["return error"])).0, [1, 1, 2, 2, 1000, 1, 3, 1, 1000]);
    assert_eq!(all(bodies::loops()).0, [0, 2, 3, 10, 11, 12, 12, 200, 1000]);
}

#[test]
fn what_is_sent_comes_back() {
    block_on(async {
        let mut g = pin!(bodies::echo());
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.asend(Some(5)).await, Ok(25));
        assert_eq!(g.anext().await, Ok(26));
        assert_eq!(g.asend(Some(0)).await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn streams_of_plain_items_and_of_results() {
    assert_eq!(block_on(bodies::plain(2).collect::<Vec<_>>()), [0, 1, 99]);
    let items = block_on(bodies::parsed("1  2 x").collect::<Vec<_>>());
    assert_eq!(items[..2], [Ok(1), Ok(2)]);
    assert!(matches!(items[2..], [Err(Failure::Parse(_))]));
}
