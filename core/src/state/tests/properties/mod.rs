//! What holds after any history, tried on histories from one seed.
//!
//! | module | what it tries |
//! | --- | --- |
//! | `coverage` | the histories meet every kind of act, accepted and refused |
//! | `access` | a held name changes with its holder's consent only (invariant 1) |
//! | `forks` | one content and one ZONEMD for each edition number (invariant 3) |
//! | `epochs` | the key stays, and the exposed shares are counted (invariant 7) |
//! | `lifetimes` | there is time to react (invariant 10) |
//! | `replay` | same acts, same state, from the octets (invariant 5) |
//! | `receipts` | what a drop box took counts, whatever is left out (invariant 11) |
//! | `neutral` | other names, and the same comes of everything (invariant 9) |
//! | `root` | a root has no name that it did not begin with (invariant 12) |
//! | `time` | ledger time never goes backwards |
//! | `votes` | every outcome of a vote, against the rule in other words |

mod access;
mod coverage;
mod epochs;
mod forks;
mod lifetimes;
mod neutral;
mod receipts;
mod replay;
mod root;
mod time;
mod votes;
