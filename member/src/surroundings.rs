//! Everything that a member has from outside, in one place: its disk, its
//! clock, its randomness, the way to others. Whatever stands in their place, it
//! is the same member.

use std::fmt;
use std::sync::Arc;

use comity_mirror::clock::{self, Clock};
use comity_mirror::files::{self, FileSystem};
use comity_mirror::network::{Network, Web};
use comity_sign::sealed::Cost;
use rand_core::{CryptoRng, Error, OsRng, RngCore};

/// What surrounds a member.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Where it keeps what must last.
    pub system: Arc<dyn FileSystem>,
    /// What it reads the time from.
    pub clock: Arc<dyn Clock>,
    /// Where its secrets come from.
    pub random: Random,
    /// How it reaches servers.
    pub network: Arc<dyn Network>,
    /// What it costs to try a passphrase for what it seals.
    pub cost: Cost,
    /// How it does what may take long.
    pub errands: Errands,
}

/// How a member does what may take long and nothing waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errands {
    /// Beside its work, by threads.
    InThreads,
    /// Between its rounds. No thread is started.
    InTurn,
}

impl Surroundings {
    /// Those of this machine.
    pub fn of_this_machine() -> Self {
        Self {
            system: Arc::new(files::Local),
            clock: Arc::new(clock::Local),
            random: Random(Arc::new(OsRng)),
            network: Arc::new(Web),
            cost: Cost::PRODUCTION,
            errands: Errands::InThreads,
        }
    }
}

/// A place that randomness comes from.
pub trait RandomSource: fmt::Debug + Send + Sync {
    /// Fills all of `octets` with what nobody can guess.
    fn fill(&self, octets: &mut [u8]);
}

impl RandomSource for OsRng {
    fn fill(&self, octets: &mut [u8]) {
        Self.fill_bytes(octets);
    }
}

/// Randomness as it is passed on to what uses it.
#[derive(Clone, Debug)]
pub struct Random(pub Arc<dyn RandomSource>);

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        let mut octets = [0; 4];
        self.0.fill(&mut octets);
        u32::from_le_bytes(octets)
    }

    fn next_u64(&mut self) -> u64 {
        let mut octets = [0; 8];
        self.0.fill(&mut octets);
        u64::from_le_bytes(octets)
    }

    fn fill_bytes(&mut self, octets: &mut [u8]) {
        self.0.fill(octets);
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Error> {
        self.0.fill(octets);
        Ok(())
    }
}

/// What [`RandomSource`] asks of every source.
impl CryptoRng for Random {}
