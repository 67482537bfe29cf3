//! The state and its one door, [`apply`]. The state is a function of the
//! ledger: same acts, same state, on every machine (invariant 5).
//!
//! An act is first judged against the state as it is (`judge`, `rules`,
//! `signing`), which gives an effect or a refusal; only then is the effect
//! carried out. A refused act cannot have changed anything.

mod digest;
mod effect;
mod epochs;
mod figures;
mod holding;
mod judge;
mod keys;
mod log;
mod rules;
mod signing;
#[cfg(test)]
pub(crate) mod tests;
mod undo;
mod upstream;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

pub use effect::{Accepted, Outcome, Position, accept, apply, carry_out};
pub use epochs::{CeremonyReason, Convoked, DealtEpoch, Drill, DueCeremony, Epoch, Exposure};
pub use figures::{Cosigning, Figures, Following, Published};
pub use holding::{ClaimState, Held, Holder, Matter, Waiting};
pub use judge::is_party_name;
pub use keys::{KeyRole, KeyStage, OpenKeyset, Roll, RollKind, SignedKeyset, ZoneKey};
pub use log::Log;
pub use rules::{Requirement, digest_of_sets, present_digest};
pub use signing::{OpenEdition, Permit, SessionRecord, ZonemdPlan};
pub use upstream::{Divergence, DivergenceReason, FollowedUpstream, unit_of};

use crate::act::{Decision, Proposal, Stage, Tally, Vote};
use crate::basic::{Digest, PublicKey, Time};
use crate::charter::{Charter, cosigning_quorum};
use crate::check::Severity;
use crate::edition::SignedZone;
use crate::holder::{Authority, HolderId};
use crate::ledger::note::NoteKey;
use crate::limits;
use crate::refusal::Refusal;
use crate::vote::{VotingRule, explain, verdict};
use crate::zone::{Change, Contents, Kind, Name};

/// Everything that a ledger says. Empty before the founding act.
#[derive(Clone, Default)]
pub struct State {
    log: Log,
    founded: Option<Box<Founded>>,
}

/// The state of a founded zone.
#[derive(Clone)]
pub struct Founded {
    /// The ledger's name: the founding act's id.
    pub ledger: Digest,
    /// The ledger's verifier key, held by the secretariat.
    pub log_key: NoteKey,
    /// The zone's kind.
    pub kind: Kind,
    /// The charter.
    pub charter: Charter,
    /// The members; the one at index i has share i+1.
    pub members: Vec<Member>,
    /// Who was admitted and has not signed the charter yet.
    pub admitted: BTreeMap<String, PublicKey>,
    /// Statements beside proposals and the charter.
    pub declarations: Vec<DeclarationRecord>,
    /// Who holds which name.
    pub held: BTreeMap<Name, Held>,
    /// The holders, also those without a name.
    pub holders: BTreeMap<HolderId, Holder>,
    /// Changes of holders' keys and names that wait, in the order of their acts.
    pub waiting: Vec<Waiting>,
    /// Claims of names that nobody holds, in the order of their acts.
    pub claims: Vec<ClaimState>,
    /// Acts that came with a drop box's receipt, by their leaf hashes.
    pub merged: BTreeSet<Digest>,
    /// Claims that are over; none of them can come again.
    pub claims_over: BTreeSet<Digest>,
    /// The zone's contents by the acts so far.
    pub contents: Contents,
    /// Ledger time; none before the first time act.
    pub time: Option<Time>,
    /// The first ledger time.
    pub began: Option<Time>,
    /// The zone's keys in the order in which they were made, those that are gone
    /// among them.
    pub keys: Vec<ZoneKey>,
    /// The new key that was asked for.
    pub roll: Option<Roll>,
    /// What keys that do not sign the zone have signed ahead.
    pub signed_keysets: Vec<SignedKeyset>,
    /// The keyset that was opened last; see [`Founded::open_keyset`].
    pub(crate) open_set: Option<OpenKeyset>,
    /// How many sessions of keysets there were.
    pub keyset_attempts: u32,
    /// When the last signature of a DNSKEY set ends.
    pub keys_signed_until: Time,
    /// The epochs in order; of each key the last one signs.
    pub epochs: Vec<Epoch>,
    /// The epoch that was dealt last, until it is tested; see
    /// [`Founded::dealt`].
    pub(crate) dealt: Option<DealtEpoch>,
    /// What was dealt and never signs: tries that gave way to a later one, and
    /// drills. Their shares are shares of the key all the same.
    pub unused: Vec<Epoch>,
    /// The ceremony that a member has asked for.
    pub convoked: Option<Convoked>,
    /// The convocations while this epoch signs, by id and member; none of them can
    /// come again.
    pub convocations: BTreeSet<(Digest, PublicKey)>,
    /// The last drill.
    pub drill: Option<Drill>,
    /// Ledger time when something last happened that makes a ceremony due.
    pub unsettled: Option<Time>,
    /// What upstream has, by the last upstream act; none in kind `plain`.
    pub upstream: Option<FollowedUpstream>,
    /// The proposals in the order of their arrival.
    pub proposals: Vec<ProposalState>,
    /// Changes decided since the last edition was opened.
    pub pending: Vec<Change>,
    /// The edition that was opened last, until it is published; see
    /// [`Founded::open_edition`].
    pub(crate) open: Option<OpenEdition>,
    /// The highest number that an edition was opened with.
    pub numbered: u64,
    /// The editions so far.
    pub editions: Vec<EditionRecord>,
    /// The last edition.
    pub published: Option<SignedZone>,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its identity key.
    pub key: PublicKey,
    /// The same key as it cosigns checkpoints.
    pub cosigner: NoteKey,
    /// Its newest cosignature in a time act.
    pub cosigned: Option<Time>,
    /// Whether an absence act names it.
    pub absent: bool,
    /// Position of the act by which it is a member.
    pub since: u64,
    /// The charter that it signed last.
    pub signed: Digest,
    /// Position of its departure.
    pub departed: Option<u64>,
    /// When it last asked for a ceremony.
    pub convoked: Option<Time>,
    /// In how many sessions it was a signer and did not answer in time, by the
    /// secretariat's word: a statistic.
    pub silent: u64,
}

/// A declaration that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeclarationRecord {
    /// The act's id.
    pub id: Digest,
    /// Its position.
    pub position: u64,
    /// Who declares.
    pub by: PublicKey,
    /// Beside what: a proposal's id, or the ledger's for the charter.
    pub to: Digest,
    /// The statement.
    pub text: String,
}

/// A proposal and what has come in for it.
#[derive(Clone, Debug)]
pub struct ProposalState {
    /// Its id.
    pub id: Digest,
    /// Position of the act.
    pub position: u64,
    /// Ledger time at that position.
    pub time: Time,
    /// Ledger time as the first time act made it whose checkpoint covers the
    /// proposal: when a threshold of members had it before them.
    pub seen: Option<Time>,
    /// The proposal.
    pub proposal: Proposal,
    /// Who proposed.
    pub by: PublicKey,
    /// The consents, by holder.
    pub consents: BTreeMap<HolderId, ConsentState>,
    /// The holders that objected, and with which keys.
    pub objections: BTreeMap<HolderId, Authority>,
    /// The roll call, by the members' index.
    pub ballots: BTreeMap<usize, Vote>,
    /// What those found who looked at the name servers, in the order of their
    /// acts.
    pub findings: Vec<FindingsRecord>,
    /// What became of it.
    pub decided: Option<Decided>,
    /// Positions of decisions that are void, since they left out what a drop
    /// box had taken.
    pub voided: Vec<u64>,
}

/// Findings that have come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingsRecord {
    /// Whose they are.
    pub by: PublicKey,
    /// Position of the act.
    pub position: u64,
    /// Ledger time at that position.
    pub time: Time,
    /// At which stage they were made.
    pub stage: Stage,
    /// The worst of them.
    pub worst: Option<Severity>,
    /// The names whose chain of trust they say is broken.
    pub broken: BTreeSet<Name>,
}

/// A decision that was taken.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// The rule that its vote was counted by.
    pub rule: VotingRule,
    /// Position of the act.
    pub position: u64,
    /// Ledger time at that position.
    pub time: Time,
    /// The charter that it replaced by another.
    pub replaced: Option<Box<Charter>>,
}

/// A consent that has come in.
#[derive(Clone, Debug)]
pub struct ConsentState {
    /// The names consented for, with the state of them that the holder saw.
    pub names: BTreeMap<Name, Digest>,
    /// Its end date.
    pub until: Time,
    /// With which of the holder's sets it was signed.
    pub authority: Authority,
    /// How often the holder's keys had changed.
    pub revision: u64,
    /// Position of the act.
    pub position: u64,
    /// Ledger time as the first time act made it whose checkpoint covers the
    /// consent.
    pub seen: Option<Time>,
}

/// A published edition.
#[derive(Clone, Debug)]
pub struct EditionRecord {
    /// Its number.
    pub edition: u64,
    /// Its SOA serial.
    pub serial: u32,
    /// The ledger time of its plan.
    pub time: Time,
    /// Position of the edition act.
    pub position: u64,
    /// How many record sets were signed anew, ZONEMD among them.
    pub sets_signed: usize,
    /// What it changed; empty for the first.
    pub changes: Vec<Change>,
}

impl Decided {
    /// The vote's arithmetic as one sentence; none where no vote was needed.
    pub fn arithmetic(&self) -> Option<String> {
        let Tally { needed, count, .. } = self.decision.tally;
        let verdict = verdict(&self.rule, &count, true);
        needed.then(|| explain(&self.rule, &count, verdict))
    }
}

impl Member {
    /// Whether it has not departed, and no absence act names it.
    pub fn is_present(&self) -> bool {
        self.departed.is_none() && !self.absent
    }
}

impl State {
    /// The ledger so far, as a Merkle tree.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The founded zone.
    ///
    /// # Errors
    /// [`Refusal::NotFounded`] before the founding act.
    pub fn founded(&self) -> Result<&Founded, Refusal> {
        self.founded.as_deref().ok_or(Refusal::NotFounded)
    }
}

impl Founded {
    /// The index of the member with this identity key, unless it has departed.
    pub fn member_of(&self, key: &PublicKey) -> Option<usize> {
        let is = |member: &Member| member.departed.is_none() && member.key == *key;
        self.members.iter().position(is)
    }

    /// The index of the member with this name, unless it has departed.
    pub fn member_named(&self, name: &str) -> Option<usize> {
        let is = |member: &Member| member.departed.is_none() && member.name == name;
        self.members.iter().position(is)
    }

    /// The keys with which the members cosign, in the members' order.
    pub fn cosigners(&self) -> Vec<NoteKey> {
        let cosigner = |member: &Member| member.cosigner.clone();
        self.members.iter().map(cosigner).collect()
    }

    /// How many members are present.
    pub fn present(&self) -> usize {
        let present = self.members.iter().filter(|member| member.is_present());
        present.count()
    }

    /// How many present members' cosignatures are the quorum.
    pub fn cosigning_quorum(&self) -> usize {
        cosigning_quorum(self.present(), self.threshold())
    }

    /// The end of a proposal: its deadline, and not before the members had
    /// their time for it. None while it is not known that they have seen it:
    /// otherwise one time act after a pause could end a vote that nobody saw.
    pub fn end(&self, proposal: &ProposalState) -> Option<Time> {
        let seen = proposal.seen?;
        let earliest = seen.plus(self.shortest_s(&proposal.proposal));
        Some(proposal.proposal.deadline.max(earliest))
    }

    /// How long a proposal is open at least: as the charter says, and where it
    /// is voted on as the rule of that vote says.
    pub(crate) fn shortest_s(&self, proposal: &Proposal) -> u64 {
        let rules = &self.charter.rules;
        let vote = self.requirement_of(proposal).ok();
        let vote = vote.and_then(|requirement| requirement.vote);
        let vote_s = vote.map_or(0, |question| rules.voting(question).deadline_s_min);
        rules.deadline_s_min.max(vote_s).max(1)
    }

    /// From when on, not included, what is missing for a proposal is missing:
    /// its end, and where there are drop boxes the hour in which what they took
    /// before it is merged.
    pub fn close(&self, proposal: &ProposalState) -> Option<Time> {
        let end = self.end(proposal)?;
        Some(end.plus(self.charter.rules.merge_s()))
    }

    fn is_closed(&self, proposal: &ProposalState) -> bool {
        let (close, now) = (self.close(proposal), self.time);
        close.zip(now).is_some_and(|(close, now)| now > close)
    }

    /// Whether ledger time is one that a member can go along with.
    ///
    /// # Errors
    /// [`Refusal::ClockDiffers`] where it is ahead of the member's own clock.
    pub fn check_clock(&self, clock: Time) -> Result<(), Refusal> {
        let latest = clock.plus(limits::CLOCK_SECONDS_AHEAD_MAX);
        match self.time {
            Some(ledger) if ledger > latest => Err(Refusal::ClockDiffers { ledger, clock }),
            Some(_) | None => Ok(()),
        }
    }

    /// The members, by index, that are present by the ledger but have not
    /// cosigned for as long as the charter allows. For one of whom the ledger
    /// shows no cosignature yet, the period runs from the first ledger time.
    pub fn silent(&self) -> Vec<usize> {
        let Some(now) = self.time else {
            return Vec::new();
        };
        let after = self.charter.rules.absence_after_s;
        let silent = |member: &Member| {
            let since = member.cosigned.or(self.began);
            member.is_present() && since.is_some_and(|since| since.plus(after) <= now)
        };
        (0..self.members.len())
            .filter(|at| silent(&self.members[*at]))
            .collect()
    }
}
