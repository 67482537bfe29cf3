//! Epochs: who has a share of the zone's key, when shares are to be dealt anew,
//! and which of them are exposed (invariant 7).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use serde::Serialize;

use super::signing::check_not_over;
use super::{Founded, Roll, RollKind, SessionRecord, ZoneKey};
use crate::basic::{Digest, PublicKey, Time};
use crate::charter::cosigning_quorum;
use crate::limits;
use crate::message::CeremonyId;
use crate::refusal::Refusal;

/// The set of shares that one ceremony made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Epoch {
    /// Its number, from 1.
    pub number: u32,
    /// How many shares sign.
    pub threshold: u16,
    /// Who has a share, by the members' index: the one at index i has share i+1.
    pub shares: BTreeSet<usize>,
    /// The zone's key.
    pub group_key: PublicKey,
    /// The transcript, a blob.
    pub transcript: Digest,
    /// Which try at the ceremony succeeded.
    pub attempt: u32,
    /// Position of the ceremony act.
    pub position: u64,
    /// The ledger's size when it was settled who receives.
    pub size: u64,
    /// Whose dealings counted, by the numbers of their old shares; none in a
    /// generation, in which everybody deals.
    pub dealers: BTreeSet<u16>,
    /// Whose dealings were refused.
    pub refused: BTreeSet<u16>,
    /// Who said that it has wiped its share, by index.
    pub erased: BTreeSet<usize>,
    /// Who said that others may know its share, by index, with the position of
    /// the act.
    pub compromised: BTreeMap<usize, u64>,
}

/// An epoch that was dealt and waits for its test. Until then the one before it
/// signs.
#[derive(Clone, Debug)]
pub struct DealtEpoch {
    /// The epoch.
    pub epoch: Epoch,
    /// The id of the redistribution act.
    pub act: Digest,
    /// Ledger time at that act.
    pub time: Time,
    /// The newest session of its test; older ones release nothing any more.
    pub session: Option<SessionRecord>,
}

/// A ceremony that a member has asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Convoked {
    /// Position of the act.
    pub position: u64,
    /// Ledger time at that position.
    pub time: Time,
    /// Who asked, by the members' index.
    pub by: usize,
    /// Whether it is a drill.
    pub drill: bool,
}

/// The last drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drill {
    /// Position of the redistribution act.
    pub position: u64,
    /// Ledger time at that position.
    pub time: Time,
    /// Who received, by the members' index.
    pub receivers: BTreeSet<usize>,
    /// Whose dealings counted, by the numbers of their shares.
    pub dealers: BTreeSet<u16>,
    /// Whose dealings were refused.
    pub refused: BTreeSet<u16>,
}

/// Why shares are to be dealt anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CeremonyReason {
    /// A member has asked for it.
    Convoked,
    /// A member joined or left.
    Membership,
    /// The charter wants another threshold.
    Threshold,
    /// Others may know a share.
    Compromise,
    /// A new key is due.
    Roll,
}

/// The ceremony that is due: the same for everybody at the same ledger size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCeremony {
    /// The epoch that it makes.
    pub epoch: u32,
    /// The key whose shares pass on; none where a new key is made.
    pub key: Option<PublicKey>,
    /// Why.
    pub reason: CeremonyReason,
    /// Whether it is a drill.
    pub drill: bool,
    /// How many of the new shares sign.
    pub threshold: u16,
    /// Who may receive, by the members' index.
    pub receivers: BTreeSet<usize>,
    /// How many must.
    pub receivers_min: usize,
}

/// Which shares of one epoch are out of the members' hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The epoch.
    pub epoch: u32,
    /// Which try at its ceremony dealt them.
    pub attempt: u32,
    /// How many of its shares make a signature.
    pub threshold: u16,
    /// The exposed shares, by the members' index: of members that have left and
    /// not said that they wiped it, and of those that others may know.
    pub exposed: BTreeSet<usize>,
    /// Of an epoch that does not sign, the shares of members that have not said
    /// yet that they wiped it.
    pub kept: BTreeSet<usize>,
}

impl Epoch {
    /// The ceremony that dealt its shares.
    pub fn ceremony(&self, ledger: Digest) -> CeremonyId {
        CeremonyId {
            ledger,
            epoch: self.number,
            attempt: self.attempt,
        }
    }

    fn has_share(&self, number: u16) -> bool {
        let at = usize::from(number).checked_sub(1);
        at.is_some_and(|at| self.shares.contains(&at))
    }
}

impl Exposure {
    /// From half of the threshold.
    pub fn is_warning(&self) -> bool {
        self.exposed.len() * 2 >= usize::from(self.threshold)
    }

    /// From four fifths of the threshold: the key is to be rolled.
    pub fn is_roll_due(&self) -> bool {
        self.exposed.len() * 5 >= usize::from(self.threshold) * 4
    }
}

impl DealtEpoch {
    /// The message of the test: it names the act that fixed who dealt, and so the
    /// shares.
    pub fn message(&self, ledger: Digest) -> Vec<u8> {
        let number = self.epoch.number.to_be_bytes();
        [
            b"comity test of epoch v1\n".as_slice(),
            &ledger.0,
            &number,
            &self.act.0,
        ]
        .concat()
    }

    /// The number of the next try at the test.
    pub fn next_attempt(&self) -> u32 {
        self.session
            .as_ref()
            .map_or(0, |session| session.id.attempt)
            + 1
    }

    /// A test that would long be given up, had ledger time moved, is not signed
    /// any more.
    pub(super) fn check_clock(&self, clock: Time) -> Result<(), Refusal> {
        check_not_over((self.time, limits::TEST_SECONDS_MAX), clock)
    }

    /// How many receivers must say that they hold their shares: two thirds, and
    /// not fewer than sign.
    pub fn possessions_min(&self) -> usize {
        cosigning_quorum(self.epoch.shares.len(), self.epoch.threshold)
    }
}

impl Founded {
    /// The epoch that signs the zone.
    pub fn epoch(&self) -> Option<&Epoch> {
        self.epoch_of(&self.signing_key()?.key)
    }

    /// An epoch that signed, signs, or was dealt and waits for its test.
    pub fn epoch_numbered(&self, number: u32) -> Option<&Epoch> {
        let dealt = self.dealt().map(|dealt| &dealt.epoch);
        let mut epochs = self.epochs.iter().chain(dealt);
        epochs.find(|epoch| epoch.number == number)
    }

    /// How many shares sign now; before there are any, as the charter says.
    pub fn threshold(&self) -> u16 {
        match self.epoch() {
            Some(epoch) => epoch.threshold,
            None => self.threshold_due(),
        }
    }

    /// How many shares would sign if they were dealt now.
    pub fn threshold_due(&self) -> u16 {
        let members = u16::try_from(self.staying().count()).unwrap_or(u16::MAX);
        self.charter.rules.signing_threshold.of(members)
    }

    /// Whether the member at this index has a share of the epoch that signs.
    pub fn has_seat(&self, at: usize) -> bool {
        self.epoch().is_some_and(|epoch| self.sits_in(epoch, at))
    }

    /// Whether a member that has not left has a share of this epoch.
    pub fn sits_in(&self, epoch: &Epoch, at: usize) -> bool {
        let is_member = |member: &super::Member| member.departed.is_none();
        epoch.shares.contains(&at) && self.members.get(at).is_some_and(is_member)
    }

    /// The number of the share of whoever has, or had, this key in an epoch, also
    /// after it left.
    pub fn share_in(&self, epoch: &Epoch, key: &PublicKey) -> Option<u16> {
        let number = self.number_of(key)?;
        epoch.has_share(number).then_some(number)
    }

    /// The number that shares of whoever has this key have, whether it is a member
    /// still, and whether it ever had one.
    pub fn number_of(&self, key: &PublicKey) -> Option<u16> {
        let at = self.members.iter().position(|member| member.key == *key)?;
        u16::try_from(at + 1).ok()
    }

    /// The newest try at the ceremony for this epoch that is on the ledger; 0 where
    /// there is none. A drill is one: no two tries have the same number, so that
    /// what was said in one is of no use in another.
    pub fn newest_attempt(&self, epoch: u32) -> u32 {
        let tries = self.all_dealt().filter(|dealt| dealt.number == epoch);
        tries.map(|dealt| dealt.attempt).max().unwrap_or(0)
    }

    /// The epoch that was dealt and waits for its test. One that was not tested
    /// within a day of ledger time is given up.
    pub fn dealt(&self) -> Option<&DealtEpoch> {
        let is_late = |dealt: &&DealtEpoch| {
            let end = dealt.time.plus(limits::TEST_SECONDS_MAX);
            self.time.is_some_and(|now| now > end)
        };
        self.dealt.as_ref().filter(|dealt| !is_late(dealt))
    }

    /// Members that have not left, by index.
    fn staying(&self) -> impl Iterator<Item = usize> {
        let members = self.members.iter().enumerate();
        members
            .filter(|(_, member)| member.departed.is_none())
            .map(|(at, _)| at)
    }

    /// Whether nobody has joined or left since the ledger had this size.
    pub fn is_settled_since(&self, size: u64) -> bool {
        let before = |position: u64| position < size;
        self.members
            .iter()
            .all(|member| before(member.since) && member.departed.is_none_or(before))
    }

    /// The ceremony that is due now; none where the shares are as they should be,
    /// or fewer than two members are left.
    pub fn ceremony_due(&self) -> Option<DueCeremony> {
        let live = self.epoch()?;
        let passes_on = |key: PublicKey, reason| Some((Some(key), reason, false));
        let urgent = |roll: &Roll| roll.kind == RollKind::Compromised;
        let (key, reason, drill) = if self.roll.as_ref().is_some_and(urgent) {
            Some((None, CeremonyReason::Roll, false))
        } else if self.convoked.as_ref().is_some_and(|it| !it.drill) {
            passes_on(live.group_key, CeremonyReason::Convoked)
        } else if let Some((epoch, reason)) = self.unlike().filter(|_| self.has_settled()) {
            passes_on(epoch.group_key, reason)
        } else if self.roll_due().is_some() {
            Some((None, CeremonyReason::Roll, false))
        } else {
            // Else whoever asks for drills could keep shares from being dealt.
            let drill = self.convoked.as_ref();
            drill.map(|_| (Some(live.group_key), CeremonyReason::Convoked, true))
        }?;
        let receivers: BTreeSet<usize> = self.staying().collect();
        if receivers.len() < 2 {
            return None;
        }
        let threshold = self.threshold_due();
        let newest = self.epochs.iter().map(|epoch| epoch.number).max()?;
        Some(DueCeremony {
            epoch: newest + 1,
            key,
            reason,
            drill,
            threshold,
            receivers_min: cosigning_quorum(self.present(), threshold),
            receivers,
        })
    }

    /// When a ceremony is due by itself, if nothing more happens; none where
    /// nothing makes one due.
    pub fn ceremony_at(&self) -> Option<Time> {
        self.unlike()?;
        // What happened before ledger time began counts from there.
        let since = self.unsettled.or(self.began)?;
        Some(since.plus(self.charter.rules.deal_after_s))
    }

    fn has_settled(&self) -> bool {
        let (Some(now), Some(due)) = (self.time, self.ceremony_at()) else {
            return false;
        };
        now >= due
    }

    /// The first epoch whose shares differ from what they should be, of those that
    /// sign or may come to, and how. Who was invited to a ceremony and did not come
    /// is no reason for another one.
    fn unlike(&self) -> Option<(&Epoch, CeremonyReason)> {
        let keys = self.keys.iter().filter(|key| key.is_live());
        // What signs the zone comes first.
        let live = self.epoch().into_iter();
        let epochs = live.chain(keys.filter_map(|key| self.epoch_of(&key.key)));
        let differs = |epoch: &Epoch| {
            if !epoch.compromised.is_empty() {
                return Some(CeremonyReason::Compromise);
            }
            if !self.is_settled_since(epoch.size) {
                return Some(CeremonyReason::Membership);
            }
            (self.threshold_due() != epoch.threshold).then_some(CeremonyReason::Threshold)
        };
        epochs
            .filter_map(|epoch| Some((epoch, differs(epoch)?)))
            .next()
    }

    /// Every set of shares of the key that was ever dealt: the epochs in order, the
    /// one that waits for its test, and those that never sign.
    pub fn all_dealt(&self) -> impl Iterator<Item = &Epoch> {
        let waiting = self.dealt.iter().map(|dealt| &dealt.epoch);
        self.epochs.iter().chain(waiting).chain(&self.unused)
    }

    /// As [`Self::all_dealt`], those of this number of which the member at this
    /// index has a share.
    pub(super) fn shared(&mut self, number: u32, at: usize) -> impl Iterator<Item = &mut Epoch> {
        let waiting = self.dealt.iter_mut().map(|dealt| &mut dealt.epoch);
        let all = self.epochs.iter_mut().chain(waiting);
        let all = all.chain(&mut self.unused);
        all.filter(move |epoch| epoch.number == number && epoch.shares.contains(&at))
    }

    /// The exposed shares of everything that was ever dealt, in the order of
    /// [`Self::all_dealt`] (invariant 7). Tries that never sign are no exception:
    /// their shares are shares of the same key.
    pub fn exposures(&self) -> Vec<Exposure> {
        self.all_dealt().map(|epoch| self.exposed(epoch)).collect()
    }

    /// Whether an epoch signs, or may come to, or waits for its test.
    pub fn is_needed(&self, epoch: &Epoch) -> bool {
        let waiting = self.dealt().map(|dealt| &dealt.epoch);
        let live = self.epoch_of(&epoch.group_key);
        let live = live.filter(|_| self.is_in_use(&epoch.group_key));
        let mut needed = live.into_iter().chain(waiting);
        needed.any(|needed| (needed.number, needed.attempt) == (epoch.number, epoch.attempt))
    }

    /// The exposed shares of one epoch.
    pub fn exposed(&self, epoch: &Epoch) -> Exposure {
        let is_needed = self.is_needed(epoch);
        let has_left = |at: &usize| self.members[*at].departed.is_some();
        let mut exposed: BTreeSet<usize> = epoch.compromised.keys().copied().collect();
        let unwiped = epoch.shares.difference(&epoch.erased).copied();
        let (left, kept): (BTreeSet<usize>, BTreeSet<usize>) = unwiped.partition(has_left);
        exposed.extend(left);
        // What is dealt and not tested yet is of a key that is not there yet.
        let key = self.zone_key(&epoch.group_key);
        if key.is_some_and(ZoneKey::is_over) {
            exposed.clear();
        }
        let kept = match is_needed {
            true => BTreeSet::new(),
            false => kept,
        };
        Exposure {
            epoch: epoch.number,
            attempt: epoch.attempt,
            threshold: epoch.threshold,
            exposed,
            kept,
        }
    }
}
