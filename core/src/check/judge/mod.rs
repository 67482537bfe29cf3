//! From observations to findings, check by check.

mod authority;
mod consistency;
mod glue;
mod network;
mod referral;
mod servers;
mod signatures;
mod trust;

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;

use super::fault::Fault;
use super::finding::Finding;
use super::networks::AsnTable;
use super::observation::{Answer, Observation, Observations, Question, Transport, addresses};
use super::report::{Gaps, Report};
use super::subject::Subject;
use super::table::Check;
use crate::dnssec::SignatureCheck;
use crate::zone::{Name, Rtype};

/// All that a delegation is judged by.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The delegation.
    pub subject: &'a Subject,
    /// What was observed.
    pub observed: &'a Observations,
    /// Who announces which networks, where that is known.
    pub asn: Option<&'a AsnTable>,
    /// Who verifies signatures that `core` does not.
    pub signatures: &'a dyn SignatureCheck,
}

/// Makes the fifteen checks. The same evidence gives the same report, in
/// whatever order the observations are.
pub fn judge(evidence: &Evidence<'_>) -> Report {
    let mut judging = Judging::new(evidence);
    servers::judge(&mut judging);
    authority::judge(&mut judging);
    network::judge(&mut judging);
    glue::judge(&mut judging);
    consistency::judge(&mut judging);
    referral::judge(&mut judging);
    trust::judge(&mut judging);
    Report::new(
        evidence.subject,
        evidence.observed.begun,
        &judging.findings,
        &judging.gaps,
        judging.is_broken,
    )
}

/// One address of one name server.
type Place = (Name, IpAddr);

/// The evidence in order, and what has been found in it so far.
struct Judging<'a> {
    subject: &'a Subject,
    observed: &'a Observations,
    asn: Option<&'a AsnTable>,
    signatures: &'a dyn SignatureCheck,
    /// The addresses of each name server.
    addresses: BTreeMap<Name, BTreeSet<IpAddr>>,
    /// The observations by place, those that say most first.
    places: BTreeMap<Place, alloc::vec::Vec<&'a Observation>>,
    findings: BTreeSet<Finding>,
    gaps: Gaps,
    is_broken: bool,
}

impl<'a> Judging<'a> {
    fn new(evidence: &Evidence<'a>) -> Self {
        let mut places: BTreeMap<Place, alloc::vec::Vec<_>> = BTreeMap::new();
        for observation in &evidence.observed.answers {
            let place = (observation.server.clone(), observation.address);
            places.entry(place).or_default().push(observation);
        }
        for observations in places.values_mut() {
            // Without EDNS after with it: those answers have no signatures.
            observations.sort_by_key(|it| (it.transport, !it.edns, it.question.clone(), it.time));
        }
        Self {
            subject: evidence.subject,
            observed: evidence.observed,
            asn: evidence.asn,
            signatures: evidence.signatures,
            addresses: addresses(evidence.subject, &evidence.observed.lookups),
            places,
            findings: BTreeSet::new(),
            gaps: Gaps::default(),
            is_broken: false,
        }
    }

    fn find(&mut self, finding: Finding) {
        // One finding of a fault for each place and record: the first.
        let is_known = self.findings.iter().any(|known| {
            known.fault == finding.fault
                && known.server == finding.server
                && known.address == finding.address
                && known.record == finding.record
                && known
                    .transport
                    .is_none_or(|transport| Some(transport) == finding.transport)
        });
        if !is_known {
            self.findings.insert(finding);
        }
    }

    /// A fault of the delegation itself.
    fn find_here(&mut self, fault: Fault, text: alloc::string::String) {
        self.find(Finding::new(fault, self.observed.begun, text));
    }

    /// The good answer of each place to a question: whole, with authority,
    /// and with signatures where there is such a one.
    fn good_answers(&self, name: &Name, rtype: Rtype) -> BTreeMap<Place, Good<'a>> {
        let question = Question::new(name, rtype);
        let good = |observations: &[&'a Observation]| {
            observations.iter().find_map(|observation| {
                let answer = observation.outcome.as_ref().ok()?;
                let is_it = observation.question == question && answer.is_good();
                is_it.then_some(Good {
                    observation,
                    answer,
                })
            })
        };
        let places = self.places.iter();
        places
            .filter_map(|(place, observations)| Some((place.clone(), good(observations)?)))
            .collect()
    }

    fn not_judged(&mut self, check: Check) {
        self.gaps.not_judged.insert(check);
    }

    fn not_applicable(&mut self, check: Check) {
        self.gaps.not_applicable.insert(check);
    }
}

/// An answer that counts, with how it came.
#[derive(Clone, Copy)]
struct Good<'a> {
    observation: &'a Observation,
    answer: &'a Answer,
}

/// What came of one question by one way, where it was asked.
fn asked<'a>(
    observations: &[&'a Observation],
    transport: Transport,
    edns: bool,
    question: &Question,
) -> Option<&'a Observation> {
    observations
        .iter()
        .copied()
        .find(|it| it.transport == transport && it.edns == edns && it.question == *question)
}
