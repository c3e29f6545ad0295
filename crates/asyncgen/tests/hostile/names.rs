//! Names of the prelude, of crates and of the expansions' own that mean something else where a body stands.

use crate::common::now;

/// Types and functions with the prelude's names.
#[allow(dead_code)]
mod prelude {
    use super::now;
    use ::asyncgen::AsyncGeneratorExt as _;

    pub(super) struct Some;
    pub(super) struct None;
    pub(super) enum Option {}
    pub(super) enum Result {}
    pub(super) trait Into {}
    pub(super) trait From {}
    pub(super) trait Iterator {}
    pub(super) trait IntoIterator {}
    pub(super) trait Default {}
    pub(super) trait Future {}
    pub(super) trait IntoFuture {}
    pub(super) trait Drop {}
    pub(super) trait Send {}
    pub(super) trait Sync {}
    pub(super) trait Copy {}
    pub(super) struct Pin;
    pub(super) struct Box;
    pub(super) struct Exception;
    pub(super) struct GeneratorExit;
    #[allow(non_snake_case)]
    pub(super) fn Ok() {}
    #[allow(non_snake_case)]
    pub(super) fn Err() {}
    fn drop() {}
    fn pin() {}

    #[test]
    fn the_preludes_names_may_mean_anything() {
        let mut g = ::std::pin::pin!(::asyncgen::async_gen! {
            type Yield = u32; type Sent = (); type Error = u8;
            for await n in ::asyncgen::stream! { yield 0; } { yield n; }
            let fails = ::std::result::Result::Err::<u32, _>(7);
            try { fails?; } catch 7 { yield 1; } finally { ::std::future::ready(()).await; yield 2; }
            let outcome = try { raise!(5u8); };
            if let ::std::result::Result::Err(error) = outcome { yield u32::from(error); }
            yield from (::asyncgen::async_gen! { yield 6; });
            return;
        });
        for n in [0, 1, 2, 5, 6] {
            assert_eq!(now(g.anext()), ::std::result::Result::Ok(n));
        }
        assert_eq!(now(g.aclose()), ::std::result::Result::Ok(()));
    }
}

/// Modules with the names of crates.
mod crates {
    #[allow(dead_code)]
    mod std {}
    #[allow(dead_code)]
    mod core {}
    #[allow(dead_code)]
    mod alloc {}
    #[allow(dead_code)]
    mod asyncgen {
        pub(super) mod __private {}
    }
    #[allow(dead_code)]
    mod __private {}

    use super::now;
    use ::asyncgen::AsyncGeneratorExt;
    use ::asyncgen::async_gen;

    #[test]
    fn modules_may_have_the_names_of_crates() {
        let mut g = ::std::pin::pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { yield 1; } finally { yield 2; }
            for await n in ::futures::stream::iter([3]) { yield n; }
            println!("{:?}", yield 4);
        });
        for n in 1..5 {
            assert_eq!(now(g.anext()), Ok(n));
        }
    }
}

/// Variables, labels, functions and modules with the names that the expansions have for their own.
mod own {
    use super::now;
    use asyncgen::{AsyncGeneratorExt, async_gen};

    fn __yielder() -> u32 {
        10
    }

    #[test]
    fn the_expansions_names_are_the_users_too() {
        let __yielder = 1;
        let __own = 2;
        let mut g = std::pin::pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let (__value, __exception, __item, __iterated, __kind) = (3, 4, 5, 6, 7);
            yield __yielder;
            yield __own;
            '__try_1: loop {
                try {
                    let __error = __value;
                    '__raise_1: {
                        if __exception == 4 { break '__raise_1; }
                        yield 100;
                    }
                    for await __kind in futures::stream::iter([__error]) { yield __kind; }
                    break '__try_1;
                } finally { yield __exception; }
            }
            println!("{:?} {}", yield __item, __yielder);
            yield __iterated;
            yield __kind;
            yield own::__yielder();
        });
        for n in [1, 2, 3, 4, 5, 6, 7, 10] {
            assert_eq!(now(g.anext()), Ok(n));
        }
    }

    use super::own;
}
