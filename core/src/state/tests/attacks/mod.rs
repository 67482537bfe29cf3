//! What somebody could try who runs the secretariat, has a majority, or both.
//!
//! | module | who tries what |
//! | --- | --- |
//! | `absence` | the secretariat: to have members called absent |
//! | `access` | a majority: to take a name from its holder |
//! | `clocks` | the secretariat: signatures of another day |
//! | `consents` | a majority: to use a consent for something else |
//! | `deadline` | the secretariat: to wait for another result |
//! | `epochs` | the secretariat: shares of few, untested or of long ago; a member: none |
//! | `forks` | the secretariat: two contents under one edition number |
//! | `history` | the secretariat: other acts under a checkpoint |
//! | `holders` | a thief of a holder's keys: to take its names |
//! | `hosts` | the holder of a host: to leave others unreachable, or a veto |
//! | `keys` | whoever shows resolvers old keys; a thief of the zone's key |
//! | `members` | a bloc that leaves; a majority: to unmake what is entrenched |
//! | `neutral` | a majority: to have names go by what they are used for |
//! | `quorum` | the secretariat: to need fewer cosignatures |
//! | `receipts` | the secretariat: to leave out what a drop box took; a box: to make it up |
//! | `rescue` | a thief: to withdraw a DS set at once |
//! | `root` | a majority, or a holder: to have a root of its own |
//! | `vacant` | a majority: to take a name from its holder while the name is not delegated |

mod absence;
mod access;
mod clocks;
mod consents;
mod deadline;
mod epochs;
mod forks;
mod history;
mod holders;
mod hosts;
mod keys;
mod members;
mod neutral;
mod quorum;
mod receipts;
mod rescue;
mod root;
mod vacant;
