//! Figures of a state that everybody shows who watches over a zone: how long its
//! signatures last, whether a quorum follows, who has shares. Computed here, once;
//! `comity status`, the overview and monitoring only say them.

use alloc::vec::Vec;

use super::{Divergence, DueCeremony, Exposure, Founded, Member, State};
use crate::basic::Time;
use crate::edition::SignedZone;
use crate::guard::Verdict;
use crate::ledger::CosignedCheckpoint;

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The ledger's size.
    pub ledger_size: u64,
    /// Ledger time; none before the first time act.
    pub ledger_time: Option<Time>,
    /// Who watches over the ledger.
    pub cosigning: Cosigning,
    /// Members that have not left.
    pub members: usize,
    /// The present ones of them.
    pub members_present: usize,
    /// The last edition; none before the first.
    pub edition: Option<Published>,
    /// When the first of its signatures expires (invariant 10).
    pub first_expiration: Option<Time>,
    /// The exposed shares of everything that was ever dealt (invariant 7).
    pub exposures: Vec<Exposure>,
    /// The ceremony that is due.
    pub ceremony: Option<DueCeremony>,
    /// Of a root, how it stands to its upstream (invariant 12).
    pub upstream: Option<Following>,
}

/// How a root stands to its upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following {
    /// The upstream's serial, as members last said.
    pub serial: u32,
    /// Position of the act that says so; of the founding act at first.
    pub act: u64,
    /// What came of the members' verdicts.
    pub verdict: Verdict,
    /// The differences.
    pub divergences: Vec<Divergence>,
}

/// What the members have cosigned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cosigning {
    /// Members whose cosignatures are under the head.
    pub cosigned: usize,
    /// How many present members are the quorum.
    pub quorum: usize,
    /// Whether so many present members have cosigned the head.
    pub has_quorum: bool,
    /// The last time at which so many present members had cosigned, each by its own
    /// clock; none where they have not yet.
    pub quorum_time: Option<Time>,
}

/// The last edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its number.
    pub edition: u64,
    /// Its SOA serial.
    pub serial: u32,
    /// The ledger time of its plan.
    pub time: Time,
}

impl State {
    /// The figures, with the head that the ledger shows. Before the founding act
    /// there are none.
    pub fn figures(&self, head: Option<&CosignedCheckpoint>) -> Figures {
        let Ok(founded) = self.founded() else {
            return Figures::default();
        };
        let staying = founded.members.iter();
        Figures {
            ledger_size: self.log().size(),
            ledger_time: founded.time,
            cosigning: founded.cosigning(head),
            members: staying.filter(|member| member.departed.is_none()).count(),
            members_present: founded.present(),
            edition: founded.editions.last().map(|record| Published {
                edition: record.edition,
                serial: record.serial,
                time: record.time,
            }),
            first_expiration: founded.published.as_ref().map(SignedZone::first_expiration),
            exposures: founded.exposures(),
            ceremony: founded.ceremony_due(),
            upstream: founded.upstream.as_ref().map(|upstream| Following {
                serial: upstream.serial,
                act: upstream.position,
                verdict: upstream.verdict,
                divergences: founded.divergences(),
            }),
        }
    }
}

impl Founded {
    fn cosigning(&self, head: Option<&CosignedCheckpoint>) -> Cosigning {
        let verified = head.map_or_else(Vec::new, |head| {
            head.verified_cosignatures(&self.cosigners())
        });
        let is_present = |at: usize| self.members.get(at).is_some_and(Member::is_present);
        let present = verified.iter().filter(|(at, _)| is_present(*at));
        let quorum = self.cosigning_quorum();
        let mut times: Vec<Time> = (0..)
            .zip(&self.members)
            .filter(|(_, member)| member.is_present())
            .filter_map(|(at, member)| {
                let own = verified.iter().find(|(by, _)| *by == at);
                member.cosigned.max(own.map(|(_, time)| *time))
            })
            .collect();
        times.sort_unstable_by(|one, other| other.cmp(one));
        Cosigning {
            cosigned: verified.len(),
            quorum,
            has_quorum: present.count() >= quorum,
            quorum_time: quorum.checked_sub(1).and_then(|at| times.get(at)).copied(),
        }
    }
}
