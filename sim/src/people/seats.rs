//! What members do about their seats at the table and the key: they admit others,
//! accede, leave, ask for ceremonies and for new keys, and say that others may know
//! a share.

use std::collections::BTreeSet;

use comity_core::act::json::Payload;
use comity_core::act::{
    Compromise, Convocation, Envelope, Matter, Proposal, RULES, RollAct, SignatureEntry, Vote,
};
use comity_core::charter::cosigning_quorum;
use comity_core::state::{Epoch, Founded, KeyStage, RollKind};
use comity_member::acts;
use comity_sign::identity::Identity;

use super::People;
use crate::cast::{Cast, member};
use crate::party::PartyId;
use crate::plan::Scene;

impl People {
    /// What brings the next newcomer in: it is proposed with ballots, voted on, and
    /// once it is admitted it signs the charter. One at a time, so that its place
    /// among the members is the one it has here.
    pub(super) fn admission(&mut self, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        let at = founded.members.len();
        let Some(newcomer) = cast.members.get(at) else {
            return Vec::new();
        };
        let candidate = member((at, newcomer));
        if founded.admitted.contains_key(&candidate.name) {
            self.come.insert(at);
            return [newcomer.signed(&acts::accession(founded))].into();
        }
        let is_about = |proposal: &Proposal| match &proposal.matter {
            Some(Matter::Admission(member)) => member.key == candidate.key,
            _ => false,
        };
        let mut open = founded.proposals.iter();
        let open = open.find(|it| it.decided.is_none() && is_about(&it.proposal));
        if let Some(open) = open {
            return self.welcome(cast, founded, open.id);
        }
        let sitting = sitting(founded);
        let by = self
            .dice
            .pick(&sitting)
            .and_then(|at| cast.members.get(*at));
        let (Some(by), Some(now)) = (by, founded.time) else {
            return Vec::new();
        };
        let deadline = now.plus(self.dice.within(1200..=20_000));
        let reason = format!("newcomer {}", self.next());
        let proposed = by.signed(&Proposal {
            matter: Some(Matter::Admission(candidate)),
            ..acts::proposal(founded, Vec::new(), &reason, deadline)
        });
        let id = proposed.id();
        let mut made = vec![proposed];
        made.extend(self.welcome(cast, founded, id));
        made
    }

    /// Nearly everybody is for it.
    fn welcome(
        &mut self,
        cast: &Cast,
        founded: &Founded,
        proposal: comity_core::basic::Digest,
    ) -> Vec<Envelope> {
        let mut made = Vec::new();
        for own in sitting(founded)
            .into_iter()
            .filter_map(|at| cast.members.get(at))
        {
            let is_day = self.plan.scene == Scene::Day;
            let vote = match self.dice.below(16) {
                _ if is_day => Vote::For,
                0 => Vote::Against,
                1 => Vote::Abstain,
                2 => continue,
                _ => Vote::For,
            };
            made.push(own.signed(&acts::ballot(founded, proposal, vote)));
        }
        made
    }

    /// Somebody leaves, if those who keep the rules can go on without it, now and
    /// with the shares that are dealt already. Who walks out stops its machine; else
    /// that hands its share over.
    pub(super) fn departure(
        &mut self,
        cast: &Cast,
        founded: &Founded,
    ) -> Option<(usize, bool, Envelope)> {
        let sitting = sitting(founded);
        let at = *self.dice.pick(&sitting)?;
        let walks_out = self.dice.chance(1, 2);
        let is_needed = self.is_needed(cast, founded, at);
        if is_needed || self.dice.chance(1, 3) {
            return None;
        }
        let own = cast.members.get(at)?;
        Some((
            at,
            walks_out,
            own.signed(&acts::departure(founded, "we leave")),
        ))
    }

    fn is_needed(&self, cast: &Cast, founded: &Founded, leaver: usize) -> bool {
        let stay: BTreeSet<usize> = sitting(founded)
            .into_iter()
            .filter(|at| *at != leaver)
            .collect();
        let honest: BTreeSet<usize> = stay
            .iter()
            .copied()
            .filter(|at| self.plan.is_honest(*at))
            .collect();
        let count = u16::try_from(stay.len()).unwrap_or(u16::MAX);
        let due = founded.charter.rules.signing_threshold.of(count);
        let liars = stay.iter().filter_map(|at| self.plan.liars.get(at));
        let agree = stay.len() - liars.filter(|lies| lies.possession).count();
        if honest.len() < usize::from(due)
            || agree < cosigning_quorum(stay.len(), due)
            || stay.len() < 2
        {
            return true;
        }
        let live = founded
            .keys
            .iter()
            .filter(|key| key.stage != KeyStage::Gone);
        let live = live.filter_map(|key| founded.epoch_of(&key.key));
        let dealt = founded.dealt().map(|dealt| &dealt.epoch);
        live.chain(dealt).any(|epoch| {
            let holders = holders(cast, epoch).intersection(&honest).count();
            holders <= usize::from(epoch.threshold)
        })
    }

    /// Somebody asks for a ceremony, or a drill.
    pub(super) fn convocation(&mut self, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        let drill = self.dice.chance(1, 3);
        self.call(cast, founded, drill)
    }

    /// Somebody asks for a ceremony.
    pub(super) fn request(&mut self, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        self.call(cast, founded, false)
    }

    fn call(&mut self, cast: &Cast, founded: &Founded, drill: bool) -> Vec<Envelope> {
        self.by_somebody(cast, founded, |epoch, reason| Convocation {
            rules: RULES,
            ledger: founded.ledger,
            epoch,
            drill,
            reason,
        })
    }

    /// Somebody says that others may know its share.
    pub(super) fn compromise(&mut self, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        if self.dice.chance(2, 3) {
            return Vec::new();
        }
        self.by_somebody(cast, founded, |epoch, reason| Compromise {
            rules: RULES,
            ledger: founded.ledger,
            epoch,
            reason,
        })
    }

    fn by_somebody<P: Payload>(
        &mut self,
        cast: &Cast,
        founded: &Founded,
        act: impl FnOnce(u32, String) -> P,
    ) -> Vec<Envelope> {
        let reason = format!("reason {}", self.next());
        let by = self.dice.pick(&cast.members);
        let live = founded.epoch().map(|live| live.number);
        let made = by.zip(live).map(|(by, live)| by.signed(&act(live, reason)));
        made.into_iter().collect()
    }

    /// As many members as must ask for a new key: mostly for one that follows the
    /// one that signs, or stands by; once at most because others may have that one.
    pub(super) fn roll(&mut self, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        let kind = match self.dice.below(6) {
            0 if !self.has_compromised => RollKind::Compromised,
            1 | 2 => RollKind::Standby,
            _ => RollKind::Anchor,
        };
        // Others may have one that does not sign, as well.
        let in_use = founded
            .keys
            .iter()
            .filter(|key| key.stage != KeyStage::Gone);
        let in_use: Vec<_> = in_use.map(|key| key.key).collect();
        let anchor = founded.anchor().map(|anchor| anchor.key);
        let key = match kind {
            RollKind::Compromised if self.dice.chance(1, 3) => self.dice.pick(&in_use).copied(),
            _ => anchor,
        };
        let Some(key) = key else {
            return Vec::new();
        };
        self.has_compromised |= kind == RollKind::Compromised;
        let act = RollAct {
            rules: RULES,
            ledger: founded.ledger,
            kind,
            key,
            reason: format!("reason {}", self.next()),
        };
        let by = sitting(founded).into_iter();
        let by = by.filter_map(|at| cast.members.get(at));
        [signed_by(by.take(founded.roll_signers(kind)), &act)].into()
    }
}

/// Who is a member and has not left.
pub fn sitting(founded: &Founded) -> Vec<usize> {
    let members = founded.members.iter().enumerate();
    let staying = members.filter(|(_, member)| member.departed.is_none());
    staying.map(|(at, _)| at).collect()
}

/// Who really has its share of an epoch on its disk, so that no failure of power
/// takes it.
pub fn holders(cast: &Cast, epoch: &Epoch) -> BTreeSet<usize> {
    let has_it = |at: &usize| {
        let party = cast.hub.party(PartyId::Member(*at));
        party.is_some_and(|party| crate::hub::lock(&party).keeps_share(epoch))
    };
    epoch.shares.iter().copied().filter(has_it).collect()
}

fn signed_by<'a, P: Payload>(by: impl Iterator<Item = &'a Identity>, act: &P) -> Envelope {
    let mut envelope = Envelope::unsigned(act);
    let input = envelope.signing_input();
    for key in by {
        envelope.add(SignatureEntry {
            keyid: key.public(),
            sig: key.sign(&input),
        });
    }
    envelope
}
