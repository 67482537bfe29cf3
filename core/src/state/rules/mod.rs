//! Who decides a change (design of the three kinds of things in a zone), and
//! what a proposal's consents and ballots come to.
//!
//! | module | what it says |
//! | --- | --- |
//! | [`hosts`] | whose names use a host, and what they may say to its change |
//! | [`delays`] | what waits before it can be adopted |
//! | [`votes`] | who has a vote, what ballots come to, which text comes first |

mod delays;
mod hosts;
mod votes;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::judge::is_party_name;
use super::upstream::FollowedUpstream;
use super::{Founded, ProposalState};
use crate::act::{
    Decision, DecisionResult, FoundingMember, Matter, Proposal, Question, RULES, Reason,
};
use crate::basic::{Digest, Time};
use crate::holder::HolderId;
use crate::limits;
use crate::refusal::{Refusal, UpstreamRefusal};
use crate::vote::{Rejection, Verdict};
use crate::zone::{Change, Contents, Kind, Name, Place, RecordSet, Rtype, SetKey};
use votes::Turn;

/// What a proposal needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// The held names it touches, each with its holder.
    pub consents: BTreeMap<Name, HolderId>,
    /// Held names that use a host whose addresses go, each with its holder:
    /// they have notice, which their consent ends early.
    pub notified: BTreeMap<Name, HolderId>,
    /// Those of them that can object, since nobody holds the name above the
    /// host: their silence after the notice is consent.
    pub asked: BTreeMap<Name, HolderId>,
    /// Names that nobody holds and that use such a host: nobody can end
    /// their notice.
    pub unheld: Vec<Name>,
    /// What the members vote on, if they do.
    pub vote: Option<Question>,
}

impl Requirement {
    /// Whether names that use a host have notice.
    pub fn has_notice(&self) -> bool {
        !self.notified.is_empty() || !self.unheld.is_empty()
    }

    /// The names that a consent by this holder can be about.
    pub fn names_of(&self, holder: HolderId) -> impl Iterator<Item = &Name> {
        let all: BTreeMap<&Name, HolderId> = self
            .consents
            .iter()
            .chain(&self.notified)
            .map(|(name, holder)| (name, *holder))
            .collect();
        all.into_iter()
            .filter(move |(_, own)| *own == holder)
            .map(|(name, _)| name)
    }
}

impl Founded {
    /// What a proposal needs.
    ///
    /// # Errors
    /// As [`Founded::requirement`].
    pub fn requirement_of(&self, proposal: &Proposal) -> Result<Requirement, Refusal> {
        let Some(matter) = &proposal.matter else {
            return self.requirement(&proposal.changes);
        };
        let mut requirement = Requirement {
            vote: Some(Question::Membership),
            ..Requirement::default()
        };
        if let Matter::Charter(charter) = matter
            && !self.charter.keeps_entrenched(charter)
        {
            // Entrenched: every holder, for every name.
            let held = self.held.iter();
            let held = held.map(|(name, held)| (name.clone(), held.holder));
            requirement.consents = held.collect();
        }
        Ok(requirement)
    }

    /// Whether what members would decide about themselves is possible now.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub(super) fn check_matter(&self, matter: Option<&Matter>) -> Result<(), Refusal> {
        match matter {
            None => Ok(()),
            Some(Matter::Admission(FoundingMember { name, key })) => {
                let member = name.clone();
                if !is_party_name(name) {
                    return Err(Refusal::MemberName { member });
                }
                let mut known = self.members.iter();
                let is_taken = known.any(|member| member.name == *name || member.key == *key)
                    || self.admitted.contains_key(name)
                    || self.admitted.values().any(|admitted| admitted == key);
                if is_taken {
                    return Err(Refusal::MemberTaken { member });
                }
                let members = self.members.len() + self.admitted.len();
                match members < limits::MEMBERS_MAX {
                    true => Ok(()),
                    false => Err(Refusal::MembersFull),
                }
            }
            Some(Matter::Charter(charter)) => {
                // Another threshold is that of the next shares.
                let staying = self.members.iter();
                let staying = staying.filter(|member| member.departed.is_none());
                Ok(charter.check(staying.count())?)
            }
        }
    }

    /// What these changes need, given the zone's kind and its holders.
    ///
    /// # Errors
    /// [`Refusal::Derived`] for records that are nobody's to change;
    /// [`Refusal::FollowsUpstream`] for names that only upstream changes;
    /// [`UpstreamRefusal::Lacks`] for names that would be this root's alone.
    pub fn requirement(&self, changes: &[Change]) -> Result<Requirement, Refusal> {
        let mut requirement = Requirement::default();
        // What must stay as it is (NOC) needs nobody's leave.
        for change in changes.iter().filter(|change| change.old != change.new) {
            self.require(change, changes, &mut requirement)?;
        }
        Ok(requirement)
    }

    fn require(
        &self,
        change: &Change,
        changes: &[Change],
        requirement: &mut Requirement,
    ) -> Result<(), Refusal> {
        let (name, is_host) = match self.contents.place(&change.name, change.rtype) {
            Place::Derived => {
                let set = SetKey::new(&change.name, change.rtype);
                return Err(Refusal::Derived { set });
            }
            // The apex is common: it is voted in every kind.
            Place::Apex => {
                requirement.vote = Some(Question::Common);
                return Ok(());
            }
            Place::Delegation(name) => (name, false),
            Place::Host(name) => (name, true),
            Place::Inside => (change.name.clone(), false),
        };
        let held = self.held_by(change);
        let dependents = match is_host {
            true => self.dependents_with_notice(change, changes, &held),
            false => hosts::Dependents::default(),
        };
        if held.is_empty() {
            match self.kind {
                Kind::Root => return Err(Refusal::FollowsUpstream { name }),
                Kind::Plain => requirement.vote = Some(Question::Common),
            }
            requirement.asked.extend(dependents.held.clone());
        }
        self.check_upstream_has(change)?;
        requirement.consents.extend(held);
        requirement.notified.extend(dependents.held);
        requirement.unheld.extend(dependents.unheld);
        Ok(())
    }

    /// A root has no name that upstream lacks, whoever holds it (invariant 12): what
    /// upstream has removed against its holder stays, and does not come back.
    fn check_upstream_has(&self, change: &Change) -> Result<(), Refusal> {
        let comes = change.rtype == Rtype::NS && change.old.is_none();
        let lacks = |upstream: &FollowedUpstream| {
            comes && upstream.contents.delegation(&change.name).is_none()
        };
        match self.upstream.as_ref().is_some_and(lacks) {
            true => Err(UpstreamRefusal::Lacks {
                name: change.name.clone(),
            }
            .into()),
            false => Ok(()),
        }
    }

    /// The held names whose holders decide a change: the one at or above it,
    /// and those below a cut or DNAME that it adds. Held names need not be
    /// delegated: one that its holder had suppressed is still its holder's.
    pub(super) fn held_by(&self, change: &Change) -> Vec<(Name, HolderId)> {
        let above = change.name.and_ancestors();
        let above = above.filter_map(|name| self.held.get_key_value(&name));
        let takes_all_below =
            change.old.is_none() && matches!(change.rtype, Rtype::NS | Rtype::DNAME);
        let below = self
            .held
            .range(change.name.clone()..)
            .take_while(|(name, _)| takes_all_below && name.is_at_or_below(&change.name));
        above
            .chain(below)
            .map(|(name, held)| (name.clone(), held.holder))
            .collect()
    }

    /// The decision that the rules give a proposal now, with the contents
    /// that follow if it is adopted; none while it is still open.
    pub fn decide(&self, state: &ProposalState) -> Option<(Decision, Option<Contents>)> {
        let now = self.time?;
        let late = self.is_closed(state);
        let requirement = self.requirement_of(&state.proposal);
        let contents = self.contents.with(&state.proposal.changes);
        let (needs, fits) = match (requirement, contents) {
            (Ok(requirement), contents) => (requirement, contents.ok()),
            (Err(_), _) => (Requirement::default(), None),
        };
        let fits = fits.filter(|_| self.check_matter(state.proposal.matter.as_ref()).is_ok());
        let (consented, missing) = self.consents(state, &needs, now);
        let (tally, verdict) = self.vote_verdict(state, needs.vote, late);
        let objects = |own| state.objections.contains_key(own);
        let (result, reason) = match (self.turn(state), &fits) {
            (Turn::NotPut, _) => (DecisionResult::Lapsed, Reason::NotPut),
            (Turn::Later, _) => return None,
            (Turn::Now, None) => (DecisionResult::Lapsed, Reason::Overtaken),
            (Turn::Now, Some(after)) => match verdict {
                Verdict::Rejected(why) => (DecisionResult::Rejected, rejected(why)),
                _ if needs.asked.values().any(objects) => {
                    (DecisionResult::Rejected, Reason::DependentObjects)
                }
                // Access (invariant 1): no tally and no lapse of time replaces
                // the holder's consent.
                _ if !missing.is_empty() && late => {
                    (DecisionResult::Lapsed, Reason::ConsentMissing)
                }
                Verdict::NoQuorum => (DecisionResult::Lapsed, Reason::NoQuorum),
                Verdict::Postponed => (DecisionResult::Lapsed, Reason::Postponed),
                Verdict::Carried if missing.is_empty() => {
                    // What must wait waits, also past the proposal's end.
                    let ready = self.ready(state, &needs, after);
                    if ready.is_none_or(|ready| now < ready) {
                        return None;
                    }
                    (DecisionResult::Adopted, Reason::RuleMet)
                }
                Verdict::Carried | Verdict::Open => return None,
            },
        };
        let decision = Decision {
            rules: RULES,
            ledger: self.ledger,
            proposal: state.id,
            result,
            reason,
            tally,
            consented,
            missing,
        };
        Some((decision, fits.filter(|_| result == DecisionResult::Adopted)))
    }

    /// The names whose holder's consent counts now, and those where it is
    /// missing.
    pub fn consents(
        &self,
        state: &ProposalState,
        requirement: &Requirement,
        now: Time,
    ) -> (Vec<Name>, Vec<Name>) {
        let mut consented = Vec::new();
        let mut missing = Vec::new();
        for (name, holder) in &requirement.consents {
            let counts = self.counts(state, name, *holder, now);
            if counts { &mut consented } else { &mut missing }.push(name.clone());
        }
        (consented, missing)
    }

    /// Whether a holder's consent for a name counts: until its end date, while
    /// the name is as the holder saw it and the keys are those that signed. So
    /// it cannot be replayed, and a change of keys takes it back.
    pub(super) fn counts(
        &self,
        state: &ProposalState,
        name: &Name,
        holder: HolderId,
        now: Time,
    ) -> bool {
        let revision = self.holders.get(&holder).map(|holder| holder.revision);
        state.consents.get(&holder).is_some_and(|consent| {
            now <= consent.until
                && revision == Some(consent.revision)
                && consent.names.get(name) == Some(&present_digest(&self.contents, name))
        })
    }
}

fn rejected(why: Rejection) -> Reason {
    match why {
        Rejection::Tie => Reason::Tie,
        Rejection::NoMajority => Reason::NoMajority,
    }
}

/// Members number at most a few hundred, octets of a set some thousands.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Digest of a name's present state: every set at or below it, in canonical
/// order. Of a delegated name these are its NS and DS sets and the addresses
/// of its hosts.
pub fn present_digest(contents: &Contents, name: &Name) -> Digest {
    digest_of_sets(name, contents.set_refs_below(name))
}

/// The same digest of a name by its sets alone, in canonical order: for whoever
/// has these and not the zone. Sets of other names do not count.
pub fn digest_of_sets<'a>(
    name: &Name,
    sets: impl IntoIterator<Item = (&'a Name, Rtype, &'a RecordSet)>,
) -> Digest {
    let mut octets = b"comity present state v1\n".to_vec();
    octets.extend_from_slice(name.as_wire());
    let sets = sets.into_iter();
    for (owner, rtype, set) in sets.filter(|(owner, _, _)| owner.is_at_or_below(name)) {
        octets.extend_from_slice(owner.as_wire());
        octets.extend_from_slice(&rtype.to_int().to_be_bytes());
        octets.extend_from_slice(&set.ttl.to_be_bytes());
        octets.extend_from_slice(&narrow(set.data.len()).to_be_bytes());
        for data in &set.data {
            octets.extend_from_slice(&narrow(data.as_wire().len()).to_be_bytes());
            octets.extend_from_slice(data.as_wire());
        }
    }
    Digest::of(&octets)
}
