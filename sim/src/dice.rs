//! All chance there is. Each purpose has a stream of its own, so that a draw
//! more for one does not change what another comes to.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

use comity_core::basic::Digest;
use comity_member::surroundings::RandomSource;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// One stream of chance.
#[derive(Clone)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream for a purpose.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let key = Digest::of(format!("{seed} {purpose}").as_bytes());
        Self(ChaCha8Rng::from_seed(key.0))
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end.max(1)
    }

    /// An index into something of this length.
    pub fn index(&mut self, length: usize) -> usize {
        let end = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(end)).unwrap_or(0)
    }

    /// A number of a range.
    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (first, last) = range.into_inner();
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// Whether something comes about that does so in `times` of `of`.
    pub fn chance(&mut self, times: u64, of: u64) -> bool {
        self.below(of) < times
    }

    /// One of several; none of nothing.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.index(from.len()))
    }

    /// The generator itself, for what makes keys.
    pub fn generator(&mut self) -> &mut ChaCha8Rng {
        &mut self.0
    }
}

/// The randomness of one party.
pub struct Seeded(Mutex<ChaCha8Rng>);

impl Seeded {
    /// The stream of a party.
    pub fn new(seed: u64, party: &str) -> Self {
        Self(Mutex::new(
            Dice::new(seed, &format!("secrets of {party}")).0,
        ))
    }
}

impl RandomSource for Seeded {
    fn fill(&self, octets: &mut [u8]) {
        let mut generator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generator.fill_bytes(octets);
    }
}

impl fmt::Debug for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seeded")
    }
}
