//! What holds after any history, tried on histories from one seed.
//!
//! | module | what it tries |
//! | --- | --- |
//! | `steps` | random acts of members, holders and a secretariat that lies |
//! | `access` | a held name changes with its holder's consent only |
//! | `forks` | one content and one ZONEMD for each edition number |
//! | `receipts` | what a drop box took counts, whatever is left out |
//! | `replay` | same acts, same state, from the octets |
//! | `time` | ledger time never goes backwards |
//! | `votes` | every outcome of a vote, against the rule in other words |

mod access;
mod forks;
mod receipts;
mod replay;
mod steps;
mod time;
mod votes;
