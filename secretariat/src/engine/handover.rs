//! The secretariat's desk in the ceremonies of a zone that has its key: it passes the members' signed
//! messages on, puts on the ledger who dealt, and can read none of the sealed
//! shares. Once enough have answered it waits a while for the others, and goes on
//! without those who sleep; who lies is named, and stops nobody.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use comity_core::act::json::{self, Payload};
use comity_core::act::{Envelope, RULES, Redistribution};
use comity_core::basic::{Digest, PublicKey};
use comity_core::message::{
    CeremonyId, CeremonyTask, Dealing, Handover, Invitation, Messages, Reception,
};
use comity_core::state::{DueCeremony, Founded};
use comity_sign::deal::{self, Complaint, GroupKey};
use comity_sign::epoch;
use tracing::{info, warn};

use super::ceremony::next_attempt;
use super::{Engine, EngineError, Now};

/// A ceremony under way.
pub(super) struct HandoverDesk {
    id: CeremonyId,
    size: u64,
    due: DueCeremony,
    /// The key whose shares are dealt; none where a new one is made.
    from: Option<Arc<GroupKey>>,
    progress: Now,
    invitations: Stage,
    dealings: Stage,
    receptions: Stage,
    plan: Option<deal::Plan>,
}

/// One message from each of those who answer, by the numbers of their shares, and
/// the list of them once it is closed.
#[derive(Default)]
struct Stage {
    messages: BTreeMap<u16, Envelope>,
    list: Option<(Digest, Messages)>,
    /// Since when there have been enough.
    enough: Option<Now>,
}

impl Stage {
    /// Closes the list once everybody has answered who is expected to, or enough
    /// have and the others had their time. Whether it is closed now.
    fn close(&mut self, (needed, expected): (usize, usize), grace_s: u64, now: Now) -> bool {
        if self.list.is_some() || self.messages.len() < needed {
            return false;
        }
        let since = *self.enough.get_or_insert(now);
        if self.messages.len() < expected && !now.is_past(since, grace_s) {
            return false;
        }
        let list = Messages {
            messages: self.messages.values().cloned().collect(),
        };
        self.list = Some((list.digest(), list));
        true
    }

    fn digest(&self) -> Option<Digest> {
        self.list.as_ref().map(|(digest, _)| *digest)
    }

    fn list(&self) -> Messages {
        let list = self.list.as_ref();
        list.map(|(_, list)| list.clone()).unwrap_or_default()
    }
}

impl HandoverDesk {
    /// What the members are asked for.
    pub(super) fn task(&self) -> CeremonyTask {
        CeremonyTask {
            ceremony: self.id.clone(),
            openings: self.invitations.digest(),
            deals: self.dealings.digest(),
            size: Some(self.size),
        }
    }

    fn stage(&mut self, payload_type: &str) -> &mut Stage {
        match payload_type {
            Invitation::TYPE => &mut self.invitations,
            Dealing::TYPE => &mut self.dealings,
            _ => &mut self.receptions,
        }
    }

    /// The number of the sender's share in this stage, if the message belongs here.
    fn belongs(
        &self,
        founded: &Founded,
        member: usize,
        message: &Envelope,
    ) -> Result<u16, EngineError> {
        let receives = self.due.receivers.contains(&member);
        let number = u16::try_from(member + 1).map_err(|_| EngineError::NotWanted)?;
        let holds = match self.due.key {
            Some(key) => founded
                .epoch_of(&key)
                .is_some_and(|live| live.shares.contains(&member)),
            None => receives && self.invitations.messages.contains_key(&number),
        };
        let fits = match message.payload_type() {
            Invitation::TYPE => {
                let invitation: Invitation = message.payload()?;
                let read = deal::Invitation::from_message(&invitation);
                let read = read.ok_or(EngineError::NotWanted)?;
                read.check(number).map_err(EngineError::Deal)?;
                receives && invitation.ceremony == self.id && invitation.size == self.size
            }
            Dealing::TYPE => {
                let dealing: Dealing = message.payload()?;
                let (Some(plan), true) = (&self.plan, dealing.ceremony == self.id) else {
                    return Err(EngineError::NotWanted);
                };
                let read = deal::Dealing::from_message(&dealing);
                plan.check(number, &read).map_err(EngineError::Deal)?;
                holds && Some(dealing.invitations) == self.invitations.digest()
            }
            _ => {
                let reception: Reception = message.payload()?;
                let invited = self.invitations.messages.contains_key(&number);
                // What no complaint can be would spoil the whole transcript.
                let complaints = reception.complaints.iter();
                let is_own = |text: &String| {
                    Complaint::from_text(text).is_some_and(|it| it.receiver == number)
                };
                invited
                    && complaints.len() <= self.dealings.messages.len()
                    && complaints.clone().all(is_own)
                    && reception.ceremony == self.id
                    && Some(reception.dealings) == self.dealings.digest()
            }
        };
        fits.then_some(number).ok_or(EngineError::NotWanted)
    }
}

impl Engine {
    /// Takes a message of the ceremony under way.
    pub(super) fn take_handover_message(
        &mut self,
        member: usize,
        message: Envelope,
        now: Now,
    ) -> Result<(), EngineError> {
        let founded = self.state.founded()?;
        let desk = self.handover.as_mut().ok_or(EngineError::NotWanted)?;
        let number = desk
            .belongs(founded, member, &message)
            .inspect_err(|error| {
                if let EngineError::Deal(error) = error {
                    let member = &founded.members[member].name;
                    warn!(member, %error, "refused a message of the ceremony");
                }
            })?;
        let is_invitation = message.payload_type() == Invitation::TYPE;
        let stage = desk.stage(message.payload_type());
        let before = stage.messages.get(&number);
        if before == Some(&message) {
            return Ok(());
        }
        // Until the list is closed, a receiver that restarted invites anew. Nobody
        // deals or receives twice.
        if stage.list.is_some() || (before.is_some() && !is_invitation) {
            return Err(EngineError::NotWanted);
        }
        stage.messages.insert(number, message);
        desk.progress = now;
        Ok(())
    }

    /// Begins the ceremony that is due, or tries a stalled one anew; goes on
    /// with it when enough have answered.
    pub(super) fn append_handover(&mut self, now: Now) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        let due = founded.ceremony_due().filter(|_| !self.waits_for_test(now));
        let Some(due) = due else {
            self.end_handover();
            return Ok(false);
        };
        let stale = |desk: &HandoverDesk| desk.due != due || !founded.is_settled_since(desk.size);
        match &self.handover {
            Some(desk) if stale(desk) => {}
            Some(desk) if now.is_past(desk.progress, self.pace.ceremony_timeout_s) => {
                let silent = silent(founded, desk);
                warn!(waiting_for = silent, "the ceremony stalled; trying anew");
            }
            Some(_) => return self.advance_handover(now),
            None => {}
        }
        self.begin_handover(due, now)?;
        Ok(false)
    }

    fn begin_handover(&mut self, due: DueCeremony, now: Now) -> Result<(), EngineError> {
        let earlier = self.handover.as_ref().map_or(0, |desk| desk.id.attempt);
        self.end_handover();
        let founded = self.state.founded()?;
        let from = due.key.and_then(|key| founded.epoch_of(&key));
        let from = match from.map(|from| from.number) {
            None => None,
            Some(number) => match self.group(number)? {
                Some(group) => Some(group),
                None => return Ok(()),
            },
        };
        let founded = self.state.founded()?;
        let on_ledger = founded.newest_attempt(due.epoch);
        info!(epoch = due.epoch, reason = ?due.reason, "a ceremony begins");
        self.handover = Some(HandoverDesk {
            id: CeremonyId {
                ledger: founded.ledger,
                epoch: due.epoch,
                attempt: next_attempt(earlier.max(on_ledger), now),
            },
            size: self.state.log().size(),
            due,
            from,
            progress: now,
            invitations: Stage::default(),
            dealings: Stage::default(),
            receptions: Stage::default(),
            plan: None,
        });
        Ok(())
    }

    fn end_handover(&mut self) {
        let Some(desk) = self.handover.take() else {
            return;
        };
        for digest in [desk.invitations.digest(), desk.dealings.digest()] {
            digest.map(|digest| self.work.remove(&digest));
        }
    }

    fn advance_handover(&mut self, now: Now) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        let Some(desk) = &mut self.handover else {
            return Ok(false);
        };
        let grace_s = self.pace.session_timeout_s;
        let present = founded.present();
        let needed = desk.due.receivers_min;
        if desk
            .invitations
            .close((needed, present.max(needed)), grace_s, now)
        {
            let list = desk.invitations.list();
            let from = (desk.from.as_deref(), desk.due.threshold);
            match epoch::plan(founded, &desk.id, from, &list) {
                Ok(plan) => desk.plan = Some(plan),
                Err(error) => return self.fail_handover(&error, now),
            }
            self.work.insert(list.digest(), json::encode(&list).into());
            desk.progress = now;
        }
        if let Some(plan) = &desk.plan {
            let expected = match desk.due.key {
                Some(key) => dealers(founded, &key),
                None => desk.invitations.messages.len(),
            };
            let needed = usize::from(plan.dealers_min());
            if desk
                .dealings
                .close((needed, expected.max(needed)), grace_s, now)
            {
                let list = desk.dealings.list();
                self.work.insert(list.digest(), json::encode(&list).into());
                desk.progress = now;
            }
        }
        if desk.dealings.list.is_some() {
            let expected = desk.invitations.messages.len();
            if desk.receptions.close((needed, expected), grace_s, now) {
                return self.fix_dealers(now);
            }
        }
        Ok(false)
    }

    /// Puts on the ledger who dealt, after all complaints.
    fn fix_dealers(&mut self, now: Now) -> Result<bool, EngineError> {
        let founded = self.state.founded()?;
        let Some(HandoverDesk {
            plan: Some(plan),
            id,
            size,
            due,
            invitations,
            dealings,
            receptions,
            ..
        }) = &self.handover
        else {
            return Ok(false);
        };
        let handover = Handover {
            invitations: invitations.list(),
            dealings: dealings.list(),
            receptions: receptions.list(),
        };
        let fixed = epoch::dealings(founded, plan, &handover.dealings).and_then(|dealings| {
            let complaints = epoch::complaints(founded, &handover.receptions)?;
            epoch::fix(&dealings, &complaints)
        });
        let (fixed, refused) = match fixed {
            Ok(fixed) => fixed,
            Err(error) => return self.fail_handover(&error, now),
        };
        for (numbers, why) in [
            (&refused, "dealt wrongly"),
            (fixed.false_accusers(), "complained falsely"),
        ] {
            for number in numbers {
                warn!(member = self.name_of(*number), why, "lied in the ceremony");
            }
        }
        let (epoch, attempt, size, threshold) = (id.epoch, id.attempt, *size, due.threshold);
        let ledger = id.ledger;
        let transcript = self.writer.put_blob(&json::encode(&handover))?;
        let appended = self.append(&Redistribution {
            rules: RULES,
            ledger,
            epoch,
            attempt,
            size,
            threshold,
            group_key: fixed.group().public(),
            dealers: fixed.dealers().collect(),
            refused: refused.into_iter().collect(),
            transcript,
        });
        match appended {
            Ok(_) => {
                self.end_handover();
                self.groups.put((epoch, attempt), fixed.group().clone());
                self.begin_test(now);
                Ok(true)
            }
            // Somebody who should not have been in a list was: begin anew.
            Err(EngineError::Refused(refusal)) => self.fail_handover(&refusal, now),
            Err(error) => Err(error),
        }
    }

    fn fail_handover(&mut self, why: &dyn Display, now: Now) -> Result<bool, EngineError> {
        warn!(%why, "the ceremony failed; trying anew");
        if let Some(due) = self.handover.as_ref().map(|desk| desk.due.clone()) {
            self.begin_handover(due, now)?;
        }
        Ok(false)
    }
}

/// How many are expected to deal: who holds a share and has not left.
fn dealers(founded: &Founded, key: &PublicKey) -> usize {
    let Some(live) = founded.epoch_of(key) else {
        return 0;
    };
    let members = 0..founded.members.len();
    members
        .filter(|at| founded.sits_in(live, *at) && founded.members[*at].is_present())
        .count()
}

/// Who has not answered, by name.
fn silent(founded: &Founded, desk: &HandoverDesk) -> String {
    let stages = [&desk.invitations, &desk.dealings, &desk.receptions];
    let Some(stage) = stages.into_iter().find(|stage| stage.list.is_none()) else {
        return String::new();
    };
    let answered =
        |at: usize| u16::try_from(at + 1).is_ok_and(|id| stage.messages.contains_key(&id));
    let members = desk.due.receivers.iter().filter(|at| !answered(**at));
    let names: Vec<_> = members
        .map(|at| founded.members[*at].name.as_str())
        .collect();
    names.join(", ")
}
