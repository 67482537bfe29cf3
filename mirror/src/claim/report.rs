//! What came of asking, resolver by resolver.

use std::fmt;
use std::net::SocketAddr;

use comity_core::basic::Time;
use comity_core::dnssec::Chain;
use comity_core::zone::Name;

use super::Fault;

/// Evidence that a zone makes the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The proof, which an act carries.
    pub chain: Chain,
    /// Where the claim stands.
    pub place: Name,
    /// The zone that it stands in.
    pub signer: Name,
    /// From when the proof counts.
    pub from: Time,
    /// Until when it counts.
    pub until: Time,
}

/// How a resolver's word compares with the claim that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its answers prove the claim.
    Agrees {
        /// Until when they do.
        until: Time,
    },
    /// It answers, and that proves no such claim.
    Differs(Fault),
    /// It does not answer.
    Fails(Fault),
}

/// One resolver, and what was heard from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who was asked.
    pub resolver: SocketAddr,
    /// What it said.
    pub verdict: Verdict,
}

/// What all resolvers said, and the best proof that came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The proof that counts longest, if any resolver's answers are one.
    pub proof: Option<Proof>,
    /// Each resolver in the order in which they were given.
    pub heard: Vec<Heard>,
}

impl Report {
    pub(super) fn new(
        outcomes: impl IntoIterator<Item = (SocketAddr, Result<Proof, Fault>)>,
    ) -> Self {
        let mut report = Self {
            proof: None,
            heard: Vec::new(),
        };
        for (resolver, outcome) in outcomes {
            let verdict = match outcome {
                Ok(proof) => {
                    let until = proof.until;
                    let best = report.proof.as_ref();
                    if best.is_none_or(|best| best.until < until) {
                        report.proof = Some(proof);
                    }
                    Verdict::Agrees { until }
                }
                Err(fault) if fault.is_silence() => Verdict::Fails(fault),
                Err(fault) => Verdict::Differs(fault),
            };
            report.heard.push(Heard { resolver, verdict });
        }
        report
    }

    /// Whether every resolver that answers agrees, and one does.
    pub fn is_unanimous(&self) -> bool {
        let differs = |heard: &Heard| matches!(heard.verdict, Verdict::Differs(_));
        self.proof.is_some() && !self.heard.iter().any(differs)
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resolver, verdict } = self;
        match verdict {
            Verdict::Agrees { until } => write!(f, "{resolver} agrees, signed until {until}"),
            Verdict::Differs(fault) => write!(f, "{resolver} differs: {fault}"),
            Verdict::Fails(fault) => write!(f, "{resolver} fails: {fault}"),
        }
    }
}

impl fmt::Display for Report {
    /// One line for each resolver, then what came of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for heard in &self.heard {
            writeln!(f, "{heard}")?;
        }
        match &self.proof {
            Some(Proof {
                place,
                signer,
                until,
                ..
            }) => write!(
                f,
                "proved by {place} in the zone {signer}, signed until {until}"
            ),
            None => f.write_str("not proved"),
        }
    }
}
