//! Findings beside a proposal.

use super::{Draft, World, member};
use crate::act::{Findings, Found, RULES, Stage};
use crate::basic::Digest;
use crate::check::{Fault, Finding};
use crate::zone::samples::name;

impl World {
    /// A member found that a name's chain of trust is broken, or that nothing
    /// is wrong with it.
    pub(crate) fn findings(&self, to: Digest, by: usize, broken: bool) -> Draft<Findings> {
        let finding = Finding::new(Fault::NoDsMatches, self.now(), "no key is named".into());
        let findings = match broken {
            true => [finding].into(),
            false => std::vec::Vec::new(),
        };
        let found = Found {
            name: name("frog.example."),
            worst: broken.then_some(Fault::NoDsMatches.severity()),
            broken,
            count: u32::from(broken),
            findings,
        };
        let findings = Findings {
            rules: RULES,
            ledger: self.here().ledger,
            to,
            stage: Stage::Proposal,
            begun: self.now(),
            names: [found].into(),
        };
        Draft::new(findings, [member(by)])
    }
}
