//! A small generator of numbers, so that every home is the same on every machine.

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Seed(u64);

impl Seed {
    pub(crate) fn new(number: usize) -> Seed {
        Seed(number as u64)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `of` times.
    pub(crate) fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A made-up GitHub token of full length.
    pub(crate) fn token(&mut self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let letters = (0..36).map(|_| char::from(*self.pick(LETTERS)));
        std::iter::once("ghp_".to_owned()).chain(letters.map(String::from)).collect()
    }
}

/// The sum of a key's letters, by which the servers of `tests/real` know theirs.
pub(crate) fn sum(key: &str) -> u32 {
    key.chars().map(u32::from).sum()
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let some = |number| (0..4).map(|_| Seed::new(number).below(1_000)).collect::<Vec<_>>();
        assert_eq!(some(7), some(7));
        assert_ne!(Seed::new(1).token(), Seed::new(2).token());
        assert_eq!(Seed::new(1).token().len(), 40);
    }
}
