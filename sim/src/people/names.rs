//! What holders do about their names, and others about names that are not theirs;
//! and what members vote on.

use std::collections::BTreeSet;

use comity_core::act::json::Payload;
use comity_core::act::{Envelope, SignatureEntry, Vote};
use comity_core::basic::Digest;
use comity_core::holder::HolderKeys;
use comity_core::state::Founded;
use comity_core::zone::{Change, Name, Rdata, RecordSet, Rtype};
use comity_member::acts::{self, Wanted};
use comity_sign::identity::Identity;

use super::People;
use crate::cast::{Cast, Holder};

impl People {
    /// Another server for a held name, beside one that stays, and the consent.
    pub(super) fn own_change(&mut self, holders: &[Holder], founded: &Founded) -> Vec<Envelope> {
        let Some(holder) = self.dice.pick(holders) else {
            return Vec::new();
        };
        let number = self.next();
        let present = founded.contents.get(&holder.name, Rtype::NS);
        let stays = present.and_then(|set| set.first().cloned());
        let server = format!(
            "ns{number}.{}.",
            self.dice.pick(&["net", "org"]).unwrap_or(&"net")
        );
        let Some(new) = servers(stays, &server) else {
            return Vec::new();
        };
        self.proposal_with_consent(holder, (&holder.name, Rtype::NS, Some(new)), founded)
    }

    fn proposal_with_consent(
        &mut self,
        holder: &Holder,
        (name, rtype, new): (&Name, Rtype, Option<RecordSet>),
        founded: &Founded,
    ) -> Vec<Envelope> {
        let name = name.clone();
        let changes = acts::changes(founded, [Wanted { name, rtype, new }].into());
        let Some(proposal) = self.proposal(founded, changes) else {
            return Vec::new();
        };
        let by = Signers::of(holder, founded);
        let proposed = by.sign(&proposal);
        // The consent names the proposal as it will be on the ledger.
        let consent = consent_to(founded, &proposed, holder, &proposal.changes);
        let mut made = vec![proposed];
        made.extend(consent.map(|consent| by.sign(&consent)));
        made
    }

    fn proposal(
        &mut self,
        founded: &Founded,
        changes: Vec<Change>,
    ) -> Option<comity_core::act::Proposal> {
        let wait_s = self.dice.within(1200..=20_000);
        let deadline = founded.time?.plus(wait_s);
        let reason = format!("reason {}", self.next());
        let is_any = !changes.is_empty();
        is_any.then(|| acts::proposal(founded, changes, &reason, deadline))
    }

    /// A member has a majority vote for taking a name away.
    pub(super) fn theft(
        &mut self,
        own: &Identity,
        cast: &Cast,
        founded: &Founded,
    ) -> Vec<Envelope> {
        let Some(victim) = self.dice.pick(&cast.holders) else {
            return Vec::new();
        };
        let rtype = *self
            .dice
            .pick(&[Rtype::NS, Rtype::DS])
            .unwrap_or(&Rtype::NS);
        let new = match rtype {
            Rtype::NS => servers(None, "ns.evil."),
            _ => None,
        };
        let name = victim.name.clone();
        let wanted = match self.dice.chance(1, 3) {
            true => acts::removal(founded, &name),
            false => [Wanted { name, rtype, new }].into(),
        };
        let changes = acts::changes(founded, wanted);
        self.voted(own, cast, founded, changes)
    }

    pub(super) fn apex(&mut self, own: &Identity, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        let text = format!("\"text {}\"", self.next());
        let data = Rdata::from_text(Rtype::TXT, &text).ok();
        let wanted = Wanted {
            name: founded.contents.origin().clone(),
            rtype: Rtype::TXT,
            new: data.map(|data| RecordSet::of_one(300, data)),
        };
        let changes = acts::changes(founded, [wanted].into());
        self.voted(own, cast, founded, changes)
    }

    /// A proposal, and ballots of most members for it.
    fn voted(
        &mut self,
        own: &Identity,
        cast: &Cast,
        founded: &Founded,
        changes: Vec<Change>,
    ) -> Vec<Envelope> {
        let Some(proposal) = self.proposal(founded, changes) else {
            return Vec::new();
        };
        let proposed = own.signed(&proposal);
        let id = proposed.id();
        let mut made = vec![proposed];
        for member in &cast.members {
            if self.dice.chance(4, 5) {
                made.push(member.signed(&acts::ballot(founded, id, self.vote())));
            }
        }
        made
    }

    pub(super) fn vote(&mut self) -> Vote {
        match self.dice.below(8) {
            0 => Vote::Against,
            1 => Vote::Abstain,
            _ => Vote::For,
        }
    }

    fn open_proposal(&mut self, founded: &Founded) -> Option<Digest> {
        let open = founded.proposals.iter().filter(|it| it.decided.is_none());
        let open: Vec<Digest> = open.map(|it| it.id).collect();
        self.dice.pick(&open).copied()
    }

    pub(super) fn ballots(&mut self, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        let Some(proposal) = self.open_proposal(founded) else {
            return Vec::new();
        };
        let ballot =
            |member: &Identity, vote| member.signed(&acts::ballot(founded, proposal, vote));
        let members = cast.members.iter();
        members.map(|member| ballot(member, self.vote())).collect()
    }

    pub(super) fn late_consent(&mut self, holders: &[Holder], founded: &Founded) -> Vec<Envelope> {
        let Some(id) = self.open_proposal(founded) else {
            return Vec::new();
        };
        let proposal = founded.proposals.iter().find(|it| it.id == id);
        let (Some(proposal), Some(holder)) = (proposal, self.dice.pick(holders)) else {
            return Vec::new();
        };
        // Nobody consents to the theft of its own name.
        let is_own = proposal.by
            == holder
                .operational
                .first()
                .map_or(proposal.by, Identity::public);
        let until = founded.time.unwrap_or_default().plus(86_400);
        let consent = acts::consent(founded, proposal, holder.keys.id(), until);
        let consent = consent.filter(|_| is_own);
        let by = Signers::of(holder, founded);
        consent
            .map(|consent| by.sign(&consent))
            .into_iter()
            .collect()
    }

    /// Keys change to the very same in another threshold, so that people keep
    /// being able to sign.
    pub(super) fn rotation(
        &mut self,
        holders: &[Holder],
        founded: &Founded,
        recovers: bool,
    ) -> Vec<Envelope> {
        let Some(holder) = self.dice.pick(holders) else {
            return Vec::new();
        };
        let Some(known) = founded.holders.get(&holder.keys.id()) else {
            return Vec::new();
        };
        let mut keys = known.keys.clone();
        let most = u16::try_from(keys.operational.keys.len()).unwrap_or(1);
        keys.operational.threshold = keys.operational.threshold % most + 1;
        if keys == known.keys {
            keys.delay_s += 60;
        }
        let Some(rotation) = acts::rotation(founded, holder.keys.id(), keys) else {
            return Vec::new();
        };
        let by = match (&holder.recovery, recovers) {
            (Some(recovery), true) => Signers([recovery].into()),
            _ => Signers::of(holder, founded),
        };
        [by.sign(&rotation)].into()
    }

    pub(super) fn objection(&mut self, holders: &[Holder], founded: &Founded) -> Vec<Envelope> {
        let waiting: Vec<_> = founded
            .waiting
            .iter()
            .map(|it| (it.holder, it.id))
            .collect();
        let Some((of, id)) = self.dice.pick(&waiting).copied() else {
            return Vec::new();
        };
        let holder = holders.iter().find(|it| it.keys.id() == of);
        let sign = |holder: &Holder| {
            let objection = acts::objection(founded, of, id, "not by us");
            Signers::of(holder, founded).sign(&objection)
        };
        holder.map(sign).into_iter().collect()
    }
}

/// As many keys as a policy asks for.
struct Signers<'a>(Vec<&'a Identity>);

impl<'a> Signers<'a> {
    fn of(holder: &'a Holder, founded: &Founded) -> Self {
        let known = founded.holders.get(&holder.keys.id());
        let keys: &HolderKeys = known.map_or(&holder.keys, |it| &it.keys);
        let enough = usize::from(keys.operational.threshold);
        Self(holder.operational.iter().take(enough).collect())
    }

    fn sign<P: Payload>(&self, payload: &P) -> Envelope {
        let mut envelope = Envelope::unsigned(payload);
        let input = envelope.signing_input();
        for key in &self.0 {
            envelope.add(SignatureEntry {
                keyid: key.public(),
                sig: key.sign(&input),
            });
        }
        envelope
    }
}

/// The consent to changes that only concern the holder's own name.
fn consent_to(
    founded: &Founded,
    proposed: &Envelope,
    holder: &Holder,
    changes: &[Change],
) -> Option<comity_core::act::Consent> {
    let names = changes.iter().map(|change| &change.name);
    let is_own = names.clone().all(|name| *name == holder.name);
    let present = comity_core::state::present_digest(&founded.contents, &holder.name);
    is_own.then(|| comity_core::act::Consent {
        rules: comity_core::act::RULES,
        ledger: founded.ledger,
        zone: founded.contents.origin().clone(),
        holder: holder.keys.id(),
        proposal: proposed.id(),
        names: [comity_core::act::Consented {
            name: holder.name.clone(),
            present,
        }]
        .into(),
        until: founded.time.unwrap_or_default().plus(86_400),
    })
}

/// A set of servers: one that stays, and a new one.
fn servers(stays: Option<Rdata>, new: &str) -> Option<RecordSet> {
    let mut data = BTreeSet::from([Rdata::from_text(Rtype::NS, new).ok()?]);
    data.extend(stays);
    Some(RecordSet { ttl: 3600, data })
}
