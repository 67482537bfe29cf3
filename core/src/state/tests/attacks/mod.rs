//! What somebody could try who runs the secretariat, has a majority, or both.
//!
//! | module | who tries what |
//! | --- | --- |
//! | `access` | a majority: to take a name from its holder |

mod access;
