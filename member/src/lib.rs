//! A member: a mirror that also acts. It follows the ledger and computes the
//! state itself, cosigns checkpoints, takes part in ceremonies and signs. It
//! decides no rule, opens no port, and makes only outgoing connections.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`home`] | the member's directory: configuration, sealed keys, memory |
//! | [`link`] | requests to a secretariat |
//! | [`acts`] | makes the acts of people |
//! | [`papers`] | acts that wait for signatures, for machines without a network |
//! | [`receipts`] | holds the secretariat to what drop boxes promised |
//! | [`signer`] | who signs acts: a sealed key or a token |
//! | [`surroundings`] | what a member has from outside |
//! | [`token`] | keys on PKCS #11 tokens |
//! | `upstream` | its own look at the upstream, for the others |
//! | `checks` | its own look at the name servers of what is proposed |
//! | [`run`] | the member's work, round after round |

pub mod acts;
mod ceremony;
mod checks;
mod cosign;
#[cfg(test)]
#[path = "../../mirror/tests/common/faulty.rs"]
mod faulty;
mod handover;
pub mod home;
pub mod link;
pub mod papers;
pub mod receipts;
pub mod run;
mod sent;
mod session;
mod shares;
pub mod signer;
pub mod surroundings;
pub mod token;
mod upstream;
