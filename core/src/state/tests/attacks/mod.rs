//! What somebody could try who runs the secretariat, has a majority, or both.
//!
//! | module | who tries what |
//! | --- | --- |
//! | `absence` | the secretariat: to have members called absent |
//! | `access` | a majority: to take a name from its holder |
//! | `deadline` | the secretariat: to wait for another result |
//! | `quorum` | the secretariat: to need fewer cosignatures |
//! | `vacant` | the same, while the name is not delegated |

mod absence;
mod access;
mod deadline;
mod quorum;
mod vacant;
