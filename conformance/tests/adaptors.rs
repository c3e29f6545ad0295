//! The contract through adaptors that change nothing: what the corpus's cases do is the same.

use asyncgen::{AdaptExt, AsyncGenerator, ReturningGenerator};
use conformance::corpus::read_all;
use conformance::interpret::{Delegation, Native, World, run};
use conformance::script::{Error, Made, play};

/// Puts an adaptor between a program's generator and its consumer.
macro_rules! adapted {
    ($name:ident: |$generator:ident| $adapted:expr) => {
        fn $name(made: Made<'_, Error>) -> Made<'_, Error> {
            match made {
                Made::Plain($generator) => Made::Plain(Box::pin($adapted)),
                Made::Sometimes($generator) => Made::Sometimes(Box::pin($adapted)),
                Made::Always($generator) => Made::Always(Box::pin($adapted)),
            }
        }
    };
}

adapted!(yielded: |generator| generator.map_yielded(|value| value));
adapted!(sent: |generator| generator.map_sent(|value: Option<i64>| value));
adapted!(error: |generator| generator.map_error(|error| error, Ok));
adapted!(all: |generator| {
    let shifted = generator.map_yielded(|value| value + 1).map_sent(|sent: Option<i64>| sent.map(|value| value - 1));
    shifted.map_error(Some, |error: Option<Error>| error.ok_or(None)).map_yielded(|value| value - 1).map_sent(
        |sent: Option<i64>| sent.map(|value| value + 1),
    ).map_error(|error| error.expect("there is one"), |error| Ok(Some(error)))
});

fn compare(adapt: impl Fn(Made<'_, Error>) -> Made<'_, Error>) {
    let corpus = read_all().unwrap();
    assert!(corpus.len() > 5_000);
    for case in corpus.iter().map(|recorded| &recorded.case) {
        for delegation in Delegation::BOTH {
            let world = World::new(&case.program, delegation, Native);
            let trace = play(&case.script, adapt(world.generator()), || world.words());
            assert_eq!(trace, run(case, delegation), "{}", serde_json::to_string(case).unwrap());
        }
    }
}

#[test]
fn what_is_yielded_is_mapped() {
    compare(yielded);
}

#[test]
fn what_is_sent_is_mapped() {
    compare(sent);
}

#[test]
fn what_is_raised_is_mapped() {
    compare(error);
}

#[test]
fn all_at_once() {
    compare(all);
}

/// It would not compile if an adaptor hid the value at the end.
#[expect(dead_code, reason = "it is compiled")]
fn returns<G: ReturningGenerator<Error = Error>>(
    generator: G,
) -> impl ReturningGenerator<Return = G::Return, Sent = G::Sent> {
    fn same<G: AsyncGenerator>(generator: G) -> G {
        generator
    }
    same(generator.map_yielded(|_| ()).error_into::<Error>())
}
