//! What an accepted act changes, and the door through which it does.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::holding::{ClaimState, Waiting};
use super::judge::judge;
use super::keys::{OpenKeyset, Roll, SignedKeyset};
use super::upstream::FollowedUpstream;
use super::{
    ConsentState, Convoked, DealtEpoch, Decided, DeclarationRecord, Drill, EditionRecord, Epoch,
    FindingsRecord, Founded, Member, OpenEdition, ProposalState, SessionRecord, State,
};
use crate::act::{Act, Checked, DecisionResult, Vote};
use crate::basic::{Digest, PublicKey, Time};
use crate::edition::SignedZone;
use crate::holder::{Authority, HolderId};
use crate::refusal::Refusal;
use crate::zone::Contents;

/// An act's place on the ledger, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position(pub u64);

/// What an act did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The zone exists.
    Founded,
    /// The zone has a key.
    KeyMade(PublicKey),
    /// Ledger time moved.
    TimeMoved(Time),
    /// This version of upstream is followed.
    Followed(u32),
    /// Recorded, and nothing else follows from it yet.
    Recorded,
    /// A proposal has this id.
    Proposed(Digest),
    /// A proposal ended.
    Decided(Digest, DecisionResult),
    /// The decision on this proposal is void.
    Voided(Digest),
    /// A session opened for this edition; 0 where it is of none.
    SessionOpened(u64),
    /// A key signed a set of keys ahead.
    KeysetSigned(PublicKey),
    /// This epoch's shares were dealt.
    Dealt(u32),
    /// This epoch signs from here on.
    Succeeded(u32),
    /// This edition was published.
    Published(u64),
}

/// What an accepted act changes.
pub(super) enum Effect {
    Found(Box<Founded>),
    Epoch(EpochEffect),
    MoveTime {
        time: Time,
        /// How many acts its checkpoint covers.
        size: u64,
        times: BTreeMap<usize, Time>,
    },
    FollowUpstream(Box<FollowedUpstream>),
    MarkAbsent(BTreeSet<usize>),
    AddProposal(Box<ProposalState>),
    AddConsent {
        at: usize,
        holder: HolderId,
        consent: ConsentState,
    },
    AddFindings {
        at: usize,
        findings: FindingsRecord,
    },
    Merge {
        leaf: Digest,
        answer: Option<Box<Effect>>,
        voids: Option<Void>,
    },
    Member(MemberEffect),
    Holder(HolderEffect),
    AddBallot {
        at: usize,
        member: usize,
        vote: Vote,
    },
    Decide {
        at: usize,
        decided: Decided,
        contents: Option<Contents>,
    },
    OpenSession {
        open: Box<OpenEdition>,
        /// Who was silent in the session before.
        silent: Vec<usize>,
    },
    OpenTest {
        session: SessionRecord,
        /// Who was silent in the session before.
        silent: Vec<usize>,
    },
    Key(KeyEffect),
    Publish {
        record: EditionRecord,
        zone: SignedZone,
    },
}

/// A decision that is void.
pub(super) struct Void {
    /// The proposal's index.
    pub(super) at: usize,
    /// Position of the act that makes it void.
    pub(super) position: u64,
}

/// What an accepted act changes about the shares of the key.
pub(super) enum EpochEffect {
    Add(Epoch),
    Convoke {
        /// The act's id and who signed it.
        said: (Digest, PublicKey),
        convoked: Convoked,
    },
    Deal(DealtEpoch),
    Drill {
        drill: Drill,
        epoch: Epoch,
    },
    Succeed,
    Erase {
        epoch: u32,
        at: usize,
    },
    Compromise {
        epoch: u32,
        at: usize,
        position: u64,
    },
}

/// What an accepted act changes about the zone's keys.
pub(super) enum KeyEffect {
    Ask(Roll),
    OpenSession {
        open: Box<OpenKeyset>,
        /// Who was silent in the session before.
        silent: Vec<usize>,
    },
    SignKeyset(Vec<SignedKeyset>),
}

/// What an accepted act changes about members.
pub(super) enum MemberEffect {
    SignCharter { at: usize, charter: Digest },
    Join(Member),
    Depart { at: usize, position: u64 },
    Declare(DeclarationRecord),
}

/// What an accepted act changes about holders, and what they say to proposals.
pub(super) enum HolderEffect {
    Wait(Waiting),
    Claim(ClaimState),
    EndWaiting {
        holder: HolderId,
        id: Digest,
    },
    Object {
        at: usize,
        holder: HolderId,
        authority: Authority,
    },
}

/// An act that a state accepts, with what it changes: only [`accept`] makes
/// one, so that an act is judged once although it must be durable between
/// judging and [`carry_out`].
pub struct Accepted {
    position: Position,
    /// The ledger's root before the act.
    root: Digest,
    leaf: Digest,
    effect: Effect,
}

/// Judges an act at its place. Changes nothing.
///
/// # Errors
/// The first rule that the act breaks.
pub fn accept(state: &State, act: &Checked<Act>, position: Position) -> Result<Accepted, Refusal> {
    Ok(Accepted {
        position,
        root: state.log.root(),
        leaf: act.leaf(),
        effect: judge(state, act, position)?,
    })
}

/// Carries out what an accepted act changes: the one door to the state.
///
/// # Errors
/// Where this is not the state that accepted it; the state is then as it was.
pub fn carry_out(state: &mut State, accepted: Accepted) -> Result<Outcome, Refusal> {
    let Accepted {
        position,
        root,
        leaf,
        effect,
    } = accepted;
    let expected = state.log.size();
    if position.0 != expected {
        return Err(Refusal::WrongPosition {
            expected,
            found: position.0,
        });
    }
    if root != state.log.root() {
        return Err(Refusal::OtherHistory { size: expected });
    }
    state.log.push(leaf);
    Ok(match (effect, state.founded.as_deref_mut()) {
        (Effect::Found(founded), _) => {
            state.founded = Some(founded);
            Outcome::Founded
        }
        (effect, Some(founded)) => founded.carry_out(effect),
        // Judging lets no other effect through before the founding act.
        (_, None) => Outcome::Recorded,
    })
}

/// Applies an act at its place: [`accept`], then [`carry_out`].
///
/// # Errors
/// The first rule that the act breaks; the state is then as it was.
pub fn apply(
    state: &mut State,
    act: &Checked<Act>,
    position: Position,
) -> Result<Outcome, Refusal> {
    let accepted = accept(state, act, position)?;
    carry_out(state, accepted)
}

impl Founded {
    pub(super) fn carry_out(&mut self, effect: Effect) -> Outcome {
        match effect {
            // A second founding act does not get through judging.
            Effect::Found(_) => Outcome::Founded,
            Effect::Epoch(effect) => self.carry_out_epoch(effect),
            Effect::MoveTime { time, size, times } => self.move_time(time, size, &times),
            Effect::FollowUpstream(upstream) => {
                let serial = upstream.serial;
                self.upstream = Some(*upstream);
                self.follow_upstream();
                Outcome::Followed(serial)
            }
            Effect::MarkAbsent(members) => {
                members
                    .into_iter()
                    .for_each(|member| self.members[member].absent = true);
                Outcome::Recorded
            }
            Effect::AddProposal(proposal) => {
                let id = proposal.id;
                self.proposals.push(*proposal);
                Outcome::Proposed(id)
            }
            Effect::AddConsent {
                at,
                holder,
                consent,
            } => {
                self.proposals[at].objections.remove(&holder);
                self.proposals[at].consents.insert(holder, consent);
                Outcome::Recorded
            }
            Effect::Member(effect) => {
                self.carry_out_member(effect);
                Outcome::Recorded
            }
            Effect::Holder(effect) => {
                self.carry_out_holder(effect);
                Outcome::Recorded
            }
            Effect::AddBallot { at, member, vote } => {
                self.proposals[at].ballots.insert(member, vote);
                Outcome::Recorded
            }
            Effect::Decide {
                at,
                decided,
                contents,
            } => self.take_decision(at, decided, contents),
            Effect::AddFindings { at, findings } => {
                self.proposals[at].findings.push(findings);
                Outcome::Recorded
            }
            Effect::Merge {
                leaf,
                answer,
                voids,
            } => self.merge(leaf, answer, voids),
            Effect::OpenSession { open, silent } => self.open_session(*open, &silent),
            Effect::OpenTest { session, silent } => self.open_test(session, &silent),
            Effect::Key(effect) => self.carry_out_key(effect),
            Effect::Publish { record, zone } => {
                let (edition, time) = (record.edition, record.time);
                self.open = None;
                self.editions.push(record);
                self.note_published(&zone, time);
                self.published = Some(zone);
                self.settle_keys();
                Outcome::Published(edition)
            }
        }
    }

    fn take_decision(
        &mut self,
        at: usize,
        mut decided: Decided,
        contents: Option<Contents>,
    ) -> Outcome {
        if let Some(contents) = contents {
            self.contents = contents;
            decided.replaced = self.adopt(at);
            let before = decided.replaced.as_ref();
            let threshold = before.map(|charter| charter.rules.signing_threshold);
            if threshold.is_some_and(|before| before != self.charter.rules.signing_threshold) {
                self.unsettled = self.time;
            }
        }
        let outcome = Outcome::Decided(decided.decision.proposal, decided.decision.result);
        self.proposals[at].decided = Some(decided);
        outcome
    }

    fn merge(&mut self, leaf: Digest, answer: Option<Box<Effect>>, voids: Option<Void>) -> Outcome {
        self.merged.insert(leaf);
        // Judging has tried it, so it can be taken back.
        let voided = voids.and_then(|Void { at, position }| {
            self.undo(at, position)?;
            Some(self.proposals[at].id)
        });
        let outcome = answer.map_or(Outcome::Recorded, |answer| self.carry_out(*answer));
        voided.map_or(outcome, Outcome::Voided)
    }

    fn count_silent(&mut self, silent: &[usize]) {
        for at in silent {
            let count = &mut self.members[*at].silent;
            *count = count.saturating_add(1);
        }
    }

    fn open_session(&mut self, open: OpenEdition, silent: &[usize]) -> Outcome {
        self.count_silent(silent);
        let edition = open.plan.edition();
        if edition > self.numbered {
            self.pending.clear();
            self.numbered = edition;
            // Its set of keys may come to be signed, and shown, until then.
            let until = open
                .plan
                .time()
                .plus(self.charter.rules.signature_lifetime_s);
            self.note_signed(open.plan.keys().all(), until);
        }
        self.open = Some(open);
        Outcome::SessionOpened(edition)
    }

    fn open_test(&mut self, session: SessionRecord, silent: &[usize]) -> Outcome {
        self.count_silent(silent);
        if let Some(dealt) = &mut self.dealt {
            dealt.session = Some(session);
        }
        Outcome::SessionOpened(0)
    }

    fn carry_out_member(&mut self, effect: MemberEffect) {
        match effect {
            MemberEffect::SignCharter { at, charter } => self.members[at].signed = charter,
            MemberEffect::Join(member) => {
                self.admitted.remove(&member.name);
                self.members.push(member);
                self.unsettled = self.time;
            }
            MemberEffect::Depart { at, position } => {
                self.members[at].departed = Some(position);
                self.unsettled = self.time;
            }
            MemberEffect::Declare(declaration) => self.declarations.push(declaration),
        }
    }

    fn carry_out_epoch(&mut self, effect: EpochEffect) -> Outcome {
        match effect {
            EpochEffect::Add(epoch) => {
                let key = epoch.group_key;
                self.add_key(key);
                self.epochs.push(epoch);
                return Outcome::KeyMade(key);
            }
            EpochEffect::Convoke { said, convoked } => {
                self.convocations.insert(said);
                self.members[convoked.by].convoked = Some(convoked.time);
                self.convoked = Some(convoked);
            }
            EpochEffect::Deal(dealt) => {
                let number = dealt.epoch.number;
                let before = self.dealt.replace(dealt);
                self.unused.extend(before.map(|before| before.epoch));
                return Outcome::Dealt(number);
            }
            EpochEffect::Drill { drill, epoch } => {
                (self.convoked, self.drill) = (None, Some(drill));
                self.unused.push(epoch);
            }
            EpochEffect::Succeed => {
                if let Some(dealt) = self.dealt.take() {
                    let (number, key) = (dealt.epoch.number, dealt.epoch.group_key);
                    let is_new = self.zone_key(&key).is_none();
                    self.epochs.push(dealt.epoch);
                    if is_new {
                        self.add_key(key);
                        self.settle_keys();
                        return Outcome::KeyMade(key);
                    }
                    self.convoked = None;
                    self.convocations.clear();
                    return Outcome::Succeeded(number);
                }
            }
            EpochEffect::Erase { epoch, at } => {
                for epoch in self.shared(epoch, at) {
                    epoch.erased.insert(at);
                }
            }
            EpochEffect::Compromise {
                epoch,
                at,
                position,
            } => {
                // Shares that are of no use any more put nothing off.
                let of_use = self.epoch_numbered(epoch);
                if of_use.is_some_and(|epoch| self.is_needed(epoch)) {
                    self.unsettled = self.time;
                }
                for epoch in self.shared(epoch, at) {
                    epoch.compromised.insert(at, position);
                }
            }
        }
        Outcome::Recorded
    }

    fn carry_out_key(&mut self, effect: KeyEffect) -> Outcome {
        match effect {
            KeyEffect::Ask(roll) => {
                self.ask_for_key(roll);
                self.settle_keys();
                Outcome::Recorded
            }
            KeyEffect::OpenSession { open, silent } => {
                self.count_silent(&silent);
                self.keyset_attempts = open.session.id.attempt;
                self.open_set = Some(*open);
                Outcome::SessionOpened(0)
            }
            KeyEffect::SignKeyset(signed) => {
                let by = self.open_set.take().map(|open| {
                    self.note_signed(open.plan.set(), open.plan.until());
                    open.plan.by().key()
                });
                self.signed_keysets.extend(signed);
                self.settle_keys();
                by.map_or(Outcome::Recorded, Outcome::KeysetSigned)
            }
        }
    }

    fn carry_out_holder(&mut self, effect: HolderEffect) {
        match effect {
            HolderEffect::Wait(waiting) => match waiting.wait_s {
                0 => self.carry_out_waiting(waiting),
                _ => self.waiting.push(waiting),
            },
            HolderEffect::Claim(claim) => self.add_claim(claim),
            HolderEffect::EndWaiting { holder, id } => {
                self.end_waiting(holder, |waiting| waiting.id == id);
            }
            HolderEffect::Object {
                at,
                holder,
                authority,
            } => {
                self.proposals[at].consents.remove(&holder);
                self.proposals[at].objections.insert(holder, authority);
            }
        }
    }

    /// A newer cosignature also ends a member's absence.
    fn move_time(&mut self, time: Time, size: u64, times: &BTreeMap<usize, Time>) -> Outcome {
        self.time = Some(time);
        self.began.get_or_insert(time);
        for proposal in &mut self.proposals {
            if proposal.decided.is_none() && proposal.position < size {
                proposal.seen.get_or_insert(time);
                let consents = proposal.consents.values_mut();
                for consent in consents.filter(|consent| consent.position < size) {
                    consent.seen.get_or_insert(time);
                }
            }
        }
        let claims = self.claims.iter_mut();
        for claim in claims.filter(|claim| claim.position < size) {
            claim.seen.get_or_insert(time);
        }
        for waiting in self
            .waiting
            .iter_mut()
            .filter(|waiting| waiting.position < size)
        {
            waiting.seen.get_or_insert(time);
        }
        for (at, seen) in times {
            let member = &mut self.members[*at];
            if member.cosigned.is_none_or(|before| before < *seen) {
                member.cosigned = Some(*seen);
                member.absent = false;
            }
        }
        self.settle(time);
        self.settle_keys();
        if self.waits_for_upstream() {
            self.follow_upstream();
        }
        Outcome::TimeMoved(time)
    }
}
