//! The checks before a delegation: the fifteen that IANA makes before it
//! changes the root, over any delegation. What servers said comes in as
//! *observations*, what is wrong goes out as *findings*; nothing is asked here.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`table`] | the fifteen checks as data |
//! | [`fault`] | what can be wrong, each with its severity and what to do |
//! | [`subject`] | the delegation that is checked |
//! | [`observation`] | what was asked, and what came back |
//! | [`finding`] | one fault at one place and time |
//! | [`report`] | all findings, check by check, and the verdict |
//! | [`networks`] | prefixes, their origin, and those no server may be in |
//! | [`algorithms`] | DNSSEC's algorithms and digests, and which are still good |
//!
//! IANA's text: <https://www.iana.org/help/nameserver-requirements>. Severities
//! are those of Zonemaster, which ICANN's Registry System Testing (RST v2) uses.

pub mod algorithms;
pub mod fault;
pub mod finding;
mod judge;
pub mod networks;
pub mod observation;
pub mod report;
pub mod subject;
pub mod table;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Severity};
pub use finding::Finding;
pub use judge::{Evidence, judge};
pub use networks::AsnTable;
pub use observation::{Observations, addresses};
pub use report::{Report, Verdict};
pub use subject::{Planned, Subject};
pub use table::Check;
