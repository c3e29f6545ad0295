//! Loops over loops, as deep as async-stream's: that a stream is `Send`, the compiler asks of each level.

use asyncgen::stream;
use futures::{Stream, StreamExt};

use crate::keyword::run;

fn outermost() -> impl Stream<Item = u32> + Send {
    stream! { yield 0; }
}

macro_rules! levels {
    ($of:ident: $($name:ident)*) => { levels! { @ $of $($name)* } };
    (@ $inner:ident $name:ident $($rest:ident)*) => {
        fn $name() -> impl Stream<Item = u32> + Send {
            stream! { for await n in $inner() { yield n + 1; } }
        }
        levels! { @ $name $($rest)* }
    };
    (@ $inner:ident) => {
        fn innermost() -> impl Stream<Item = u32> + Send {
            stream! { for await n in $inner() { yield n; } }
        }
    };
}

levels! {
    outermost: l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l12 l13 l14 l15 l16 l17 l18 l19 l20 l21 l22 l23 l24 l25 l26 l27 l28 l29 l30 l31 l32
        l33 l34 l35 l36 l37 l38
}

#[test]
fn forty_loops_over_each_other_are_send() {
    assert_eq!(run(innermost().boxed().collect::<Vec<_>>()), [38]);
}
