//! A member's part in a ceremony: it invites, deals its old share, or its part of a
//! new key, opens what
//! was dealt to it, and takes its new share once the ledger says who dealt. What it
//! holds in between lives in memory only; a member that restarts in the middle gets
//! no share, and asks for another ceremony.

use std::collections::BTreeSet;
use std::sync::Arc;

use comity_core::act::Envelope;
use comity_core::act::json;
use comity_core::basic::{Digest, PublicKey};
use comity_core::limits;
use comity_core::message::{
    CeremonyId, CeremonyTask, Handover, Invitation, Messages, Possession, Reception,
};
use comity_core::state::{DealtEpoch, DueCeremony, Founded};
use comity_sign::deal::{Complaint, Dealings, GroupKey, Invited, Plan, Received, Share};
use comity_sign::epoch::{self, EpochError, GroupError, Groups, digest_of};
use tracing::{error, info, warn};

use crate::ceremony::share_number;
use crate::run::{Member, RunError};
use crate::sent::Sent;
use crate::shares::seat;

/// The redistribution that this member is in.
pub(crate) struct HandoverRun {
    id: CeremonyId,
    size: u64,
    due: DueCeremony,
    invited: Option<Invited>,
    plan: Option<(Digest, Plan)>,
    opened: Option<Opened>,
    messages: Vec<Sent>,
}

/// What was dealt to this member, opened.
struct Opened {
    /// The list of dealings.
    list: Digest,
    received: Received,
    dealings: Dealings,
}

impl Member {
    /// Does what a redistribution's stage asks for, if this member's own state says
    /// that one is due.
    pub(crate) fn hand_over(&mut self, task: &CeremonyTask, run: u64) -> Result<(), RunError> {
        let Some(size) = task.size else {
            return Ok(());
        };
        let state = self.follower.state();
        let founded = state.founded().map_err(RunError::Refusal)?;
        let id = &task.ceremony;
        let due = founded.ceremony_due();
        let due = due.filter(|due| {
            id.ledger == founded.ledger
                && id.epoch == due.epoch
                && size <= state.log().size()
                && founded.is_settled_since(size)
        });
        let Some(due) = due else {
            return Ok(());
        };
        let is_this =
            |current: &HandoverRun| current.id == *id && current.size == size && current.due == due;
        if !self.handover.as_ref().is_some_and(is_this) {
            let is_later = |current: &HandoverRun| {
                current.id.epoch == id.epoch && current.id.attempt >= id.attempt
            };
            if self.handover.as_ref().is_some_and(is_later) {
                return Ok(());
            }
            self.handover = Some(self.begin(id, size, due));
        }
        if let Some(list) = task.openings {
            self.deal_on(list)?;
        }
        if let Some(list) = task.deals {
            self.open_dealt(list)?;
        }
        self.tell_handover(run)
    }

    fn begin(&self, id: &CeremonyId, size: u64, due: DueCeremony) -> HandoverRun {
        let founded = self.follower.state().founded().ok();
        let me = founded.and_then(|founded| founded.member_of(&self.identity.public()));
        let receives = me.is_some_and(|me| due.receivers.contains(&me));
        let mut run = HandoverRun {
            id: id.clone(),
            size,
            due,
            invited: None,
            plan: None,
            opened: None,
            messages: Vec::new(),
        };
        if receives {
            let (invited, invitation) = Invited::invite(&mut self.random());
            let message = self.identity.signed(&invitation.to_message(id, size));
            (run.invited, run.messages) = (Some(invited), [Sent::new(message)].into());
        }
        run
    }

    /// Deals this member's share to those who have invited, once.
    fn deal_on(&mut self, list: Digest) -> Result<(), RunError> {
        if self.handover.as_ref().is_none_or(|run| run.plan.is_some()) {
            return Ok(());
        }
        let invitations = self.fetch_list(&list)?;
        let key = self.handover.as_ref().and_then(|run| run.due.key);
        let from = key.map(|key| self.live_group(&key)).transpose()?;
        let Some(run) = &self.handover else {
            return Ok(());
        };
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        if !are_invited(founded, run, &invitations) {
            warn!("the secretariat's list of invitations is not of those who may receive");
            return Err(RunError::MalformedTask);
        }
        let from = (from.as_ref(), run.due.threshold);
        let plan = epoch::plan(founded, &run.id, from, &invitations);
        let plan = plan.map_err(RunError::Epoch)?;
        let dealing = match run.due.key {
            // It was loaded for its public side, if there is one.
            Some(key) => {
                let share = founded.epoch_of(&key).and_then(|live| self.shares.of(live));
                share.map(|share| plan.deal(share, &mut self.random()))
            }
            // Of a new key those deal who receive, this member if it has invited.
            None => {
                let me = founded.number_of(&self.identity.public());
                let me =
                    me.filter(|me| run.invited.is_some() && plan.receivers().any(|it| it == *me));
                me.map(|me| plan.generate(me, &mut self.random()))
            }
        };
        let dealing = dealing.transpose().map_err(RunError::Deal)?;
        let Some(run) = &mut self.handover else {
            return Ok(());
        };
        if let Some(dealing) = dealing {
            let message = self.identity.signed(&dealing.to_message(&run.id, list));
            run.messages.push(Sent::new(message));
            info!(epoch = run.id.epoch, "dealt a share");
        }
        run.plan = Some((list, plan));
        Ok(())
    }

    /// Opens what was dealt to this member, once, and complains of what is wrong.
    fn open_dealt(&mut self, list: Digest) -> Result<(), RunError> {
        let is_open = |run: &HandoverRun| run.invited.is_some() && run.plan.is_some();
        if !self.handover.as_ref().is_some_and(is_open) {
            return Ok(());
        }
        let dealt = self.fetch_list(&list)?;
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let me = founded.number_of(&self.identity.public());
        let me = me.ok_or(RunError::MalformedTask)?;
        let Some(HandoverRun {
            plan: Some((_, plan)),
            ..
        }) = &self.handover
        else {
            return Ok(());
        };
        let dealings = epoch::dealings(founded, plan, &dealt).map_err(RunError::Epoch)?;
        let random = &mut self.random();
        let Some(run) = &mut self.handover else {
            return Ok(());
        };
        let Some(invited) = run.invited.take() else {
            return Ok(());
        };
        let opened = invited.receive(me, &dealings, random);
        let (received, complaints) = opened.map_err(RunError::Deal)?;
        for (dealer, wrong) in received.wrong() {
            warn!(dealer, %wrong, "complains of a share that was dealt to it");
        }
        let reception = Reception {
            ceremony: run.id.clone(),
            dealings: list,
            complaints: complaints.iter().map(Complaint::to_text).collect(),
        };
        run.messages
            .push(Sent::new(self.identity.signed(&reception)));
        run.opened = Some(Opened {
            list,
            received,
            dealings,
        });
        Ok(())
    }

    /// Takes the new share, once the ledger says who dealt; says so until the new
    /// epoch is live.
    pub(crate) fn take_share(&mut self, run: u64) -> Result<(), RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let ledger = founded.ledger;
        let dealt = founded.dealt().cloned();
        let key = self.identity.public();
        let Some(dealt) = dealt.filter(|it| founded.share_in(&it.epoch, &key).is_some()) else {
            return Ok(());
        };
        let said = self.possession.as_ref().map(|(act, _)| *act);
        if said != Some(dealt.act) {
            let group = match self.load_share(dealt.epoch.number)? {
                true => self.shares.of(&dealt.epoch).map(|it| it.group().clone()),
                false => self.finish(&dealt)?,
            };
            let Some(group) = group else {
                return Ok(());
            };
            let message = self.identity.signed(&Possession {
                ceremony: dealt.epoch.ceremony(ledger),
                act: dealt.act,
                verifying_shares: digest_of(&group),
            });
            self.possession = Some((dealt.act, Sent::new(message)));
        }
        if let Some((_, sent)) = &mut self.possession {
            sent.tell(&self.link, run)?;
        }
        Ok(())
    }

    /// Computes the new share from what was opened, if what the ledger says of the
    /// ceremony is what this member saw.
    fn finish(&mut self, dealt: &DealtEpoch) -> Result<Option<GroupKey>, RunError> {
        let epoch = &dealt.epoch;
        let is_this = |run: &HandoverRun| {
            (run.id.epoch, run.id.attempt) == (epoch.number, epoch.attempt) && run.opened.is_some()
        };
        if !self.handover.as_ref().is_some_and(is_this) {
            return Ok(None);
        }
        let octets = self.link.blob(&epoch.transcript, limits::BLOB_OCTETS_MAX);
        let octets = octets.map_err(RunError::Link)?;
        let handover: Handover = json::decode(&octets).map_err(|_| RunError::MalformedTask)?;
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let seat = seat(founded, epoch);
        // Whatever comes of it, this was the one time.
        let Some(HandoverRun {
            plan: Some((invitations, _)),
            opened:
                Some(Opened {
                    list,
                    received,
                    dealings,
                }),
            ..
        }) = self.handover.take()
        else {
            return Ok(None);
        };
        let lists = (handover.invitations.digest(), handover.dealings.digest());
        let fixed = match lists == (invitations, list) {
            true => epoch::complaints(founded, &handover.receptions)
                .and_then(|complaints| epoch::fixed_as(&dealings, &complaints, epoch)),
            false => Err(EpochError::OtherDealers),
        };
        let share: Result<Share, EpochError> = fixed.and_then(|fixed| Ok(received.finish(&fixed)?));
        let share = match share {
            Ok(share) => share,
            Err(error) => {
                error!(epoch = epoch.number, %error, "takes no share of the new epoch");
                return Ok(None);
            }
        };
        // The share is on the disk before anybody hears that it is. If this fails
        // there is none, and the old one still signs.
        self.home
            .write_share(&share, &seat, &self.passphrase)
            .map_err(RunError::Home)?;
        info!(epoch = epoch.number, "took a share of the new epoch");
        let group = share.group().clone();
        self.shares.put(&seat, share);
        Ok(Some(group))
    }

    /// The public side of the epoch that signs with a key: from this member's share,
    /// or, for one that has none, from the transcripts on the ledger.
    fn live_group(&mut self, key: &PublicKey) -> Result<GroupKey, RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let number = founded.epoch_of(key).map_or(0, |live| live.number);
        self.load_share(number)?;
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        if let Some(share) = founded.epoch_of(key).and_then(|live| self.shares.of(live)) {
            return Ok(share.group().clone());
        }
        let link = &self.link;
        let group = Groups::default().of(founded, number, |blob| {
            link.blob(blob, limits::BLOB_OCTETS_MAX)
        });
        group
            .map(Arc::unwrap_or_clone)
            .map_err(|error| match error {
                GroupError::Blob(error) => RunError::Link(error),
                GroupError::Epoch { error, .. } => RunError::Epoch(error),
                GroupError::Unknown => RunError::MalformedTask,
            })
    }

    fn tell_handover(&mut self, run: u64) -> Result<(), RunError> {
        let Some(current) = &mut self.handover else {
            return Ok(());
        };
        for sent in &mut current.messages {
            sent.tell(&self.link, run)?;
        }
        Ok(())
    }
}

/// Whether the invitations are of those who may receive, this member among them if
/// it has invited, and of as many as must.
fn are_invited(founded: &Founded, run: &HandoverRun, list: &Messages) -> bool {
    let may = run
        .due
        .receivers
        .iter()
        .filter_map(|at| share_number(*at).ok());
    let may: BTreeSet<u16> = may.collect();
    let fits = |message: &Envelope| {
        let invitation = message.payload::<Invitation>().ok()?;
        let signer = message.claimed_signers().next()?;
        let number = founded.number_of(signer)?;
        let fits =
            invitation.ceremony == run.id && invitation.size == run.size && may.contains(&number);
        fits.then_some(number)
    };
    let numbers: Option<Vec<u16>> = list.messages.iter().map(fits).collect();
    numbers.is_some_and(|numbers| {
        numbers.len() >= run.due.receivers_min && numbers.is_sorted_by(|a, b| a < b)
    })
}
