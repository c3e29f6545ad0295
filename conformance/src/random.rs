//! Choices, from which a random case is made: by a seed, or by a fuzzer's bytes.

/// A source of choices.
pub trait Choices {
    /// A number below `n`, which is not 0.
    fn below(&mut self, n: u32) -> u32;

    /// True in `part` of `whole` cases.
    fn chance(&mut self, part: u32, whole: u32) -> bool {
        self.below(whole) < part
    }

    /// One of these.
    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }

    /// The number of one of these weights, the heavier the likelier.
    fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            match at.checked_sub(*weight) {
                Some(rest) => at = rest,
                None => return index,
            }
        }
        unreachable!("`at` is below the sum")
    }
}

/// SplitMix64: small, and the same on every platform and in every version, so that a seed stays a seed.
#[derive(Debug)]
pub struct Seed(pub u64);

impl Choices for Seed {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((u128::from(z) * u128::from(n)) >> 64) as u32
    }
}

/// A fuzzer's bytes; when they are used up, the first choice always.
#[derive(Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Choices for Bytes<'_> {
    fn below(&mut self, n: u32) -> u32 {
        match self.0.split_first() {
            Some((byte, rest)) => {
                self.0 = rest;
                u32::from(*byte) % n
            }
            None => 0,
        }
    }
}
