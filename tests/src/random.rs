//! Chance that can be had again.

/// A generator (SplitMix64) with a seed that is told.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The seed of the environment variable, or a new one. It is printed, so that a failing run can be repeated.
    pub fn seeded(variable: &str) -> Self {
        let given = std::env::var(variable).ok();
        let seed = match &given {
            Some(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")),
            None => uuid::Uuid::new_v4().as_u64_pair().0,
        };
        eprintln!("{variable}={seed}");
        Self(seed)
    }

    /// The generator of a seed.
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit
    }

    /// True this often in a hundred times.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).expect("it is an index")]
    }
}
