//! What these tests stand on.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`censor`] | what stands before the secretariat and lets some acts not pass |
//! | [`child`] | zones of registries, signed
//! | [`daemons`] | other implementations' servers |
//! | [`dealer`] | a dealer that lies to one receiver |
//! | [`dns`] | questions to a mirror |
//! | [`files`] | directories and their copies |
//! | [`hostile`] | a server that means harm |
//! | [`holders`] | holders who change their names all the time |
//! | [`http`] | requests as they are on the wire |
//! | [`impostor`] | a server in the place of the secretariat |
//! | [`judge`] | other implementations' programs |
//! | [`leaks`] | secrets looked for in whatever somebody said |
//! | [`liar`] | a member that says other things than it should |
//! | [`logarithms`] | secrets known by what everybody sees of them |
//! | [`memory`] | the memory of another process |
//! | [`process`] | children that never outlive their test |
//! | [`random`] | numbers from a seed |
//! | [`relay`] | what stands between two parties and listens |
//! | [`resolvers`] | resolvers of four kinds that get the root from somebody |
//! | [`unseal`] | sealed files opened by other means |
//! | [`small_disk`] | a disk that can be filled |
//! | [`stand`] | whoever listens in a test |
//! | [`witness`] | somebody who has seen a zone all along |
//! | [`workshop`] | a directory for all parties, and commands run in it |
//! | [`zone`] | a zone that members have founded, and its parties at work |

pub(crate) mod censor;
pub(crate) mod child;
pub(crate) mod daemons;
pub(crate) mod dealer;
pub(crate) mod dns;
pub(crate) mod files;
pub(crate) mod holders;
pub(crate) mod hostile;
pub(crate) mod http;
pub(crate) mod impostor;
pub(crate) mod judge;
pub(crate) mod leaks;
pub(crate) mod liar;
pub(crate) mod logarithms;
pub(crate) mod memory;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod relay;
pub(crate) mod resolvers;
pub(crate) mod small_disk;
pub(crate) mod stand;
pub(crate) mod unseal;
pub(crate) mod upstream;
pub(crate) mod witness;
pub(crate) mod workshop;
pub(crate) mod zone;

use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

/// The longest that anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Looks until there is something to see; none when the patience ends.
pub(crate) fn look<T>(patience: Duration, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(value) = ready() {
            return Some(value);
        }
        if started.elapsed() > patience {
            return None;
        }
        thread::sleep(LOOK);
    }
}

/// An address of this test's process alone: a port there that was free stays
/// so until the test takes it.
pub(crate) fn own_ip() -> Ipv4Addr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 + (high & 63), middle, low)
}

/// An address of this test's process from which no party of its zone comes.
pub(crate) fn stranger_ip(number: u8) -> Ipv4Addr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let apart = 128 + ((high + number) & 63);
    Ipv4Addr::new(127, apart, middle, low)
}
