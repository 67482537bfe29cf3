//! A member's part in a ceremony: opens, deals, and confirms once its share is
//! on the disk. The secrets in between live in memory only; a member that
//! restarts takes part in the next try.

use std::collections::BTreeMap;

use comity_core::act::Envelope;
use comity_core::act::json::{self, Payload};
use comity_core::basic::Digest;
use comity_core::message::{
    CeremonyId, CeremonyTask, Confirmation, Deal, Messages, Opening, SealedShare,
};
use comity_core::state::Founded;
use comity_sign::deal::{self, Dealt};
use comity_sign::identity::Identity;
use data_encoding::HEXLOWER;

use crate::home::ShareSeat;
use crate::run::{Member, RunError};
use crate::sent::Sent;
use crate::surroundings::Random;

/// Octets of a list of messages: 250 members' deals are a third of it.
const LIST_OCTETS_MAX: usize = 48 * 1024 * 1024;

/// The ceremony that this member is in.
pub(crate) struct CeremonyRun {
    id: CeremonyId,
    stage: Stage,
    /// The newest message.
    message: Sent,
}

enum Stage {
    Opened(Box<deal::Ceremony>),
    Dealt(Box<Dealt>),
    /// Confirmed, or failed: there is nothing more to do in this try.
    Over,
}

impl Member {
    /// Does what the ceremony's stage asks for.
    pub(crate) fn take_part(&mut self, task: &CeremonyTask, run: u64) -> Result<(), RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let foreign = task.size.is_some()
            || task.ceremony.ledger != founded.ledger
            || task.ceremony.epoch != 1
            || !founded.epochs.is_empty();
        let Some(me) = founded.member_of(&self.identity.public()) else {
            return Ok(());
        };
        if foreign {
            return Ok(());
        }
        let current = self.ceremony.take();
        match current.filter(|current| current.id == task.ceremony) {
            // Fresh secrets are opened before anything else: what the others
            // have in our name is of secrets that a restart took.
            None => {
                let random = &mut self.random();
                let opened = open(founded, me, &task.ceremony, &self.identity, random)?;
                self.ceremony = Some(opened);
            }
            Some(current) => self.advance(current, me, task)?,
        }
        if let Some(current) = &mut self.ceremony {
            current.message.tell(&self.link, run)?;
        }
        Ok(())
    }

    /// Takes the next step, if the messages for it are there.
    fn advance(
        &mut self,
        current: CeremonyRun,
        me: usize,
        task: &CeremonyTask,
    ) -> Result<(), RunError> {
        let list = match (&current.stage, task.openings, task.deals) {
            (Stage::Opened(_), Some(list), _) | (Stage::Dealt(_), _, Some(list)) => list,
            _ => {
                self.ceremony = Some(current);
                return Ok(());
            }
        };
        let list = match self.fetch_list(&list) {
            Ok(list) => list,
            Err(error) => {
                // The secrets are not the network's to lose.
                self.ceremony = Some(current);
                return Err(error);
            }
        };
        let CeremonyRun { id, stage, message } = current;
        // A step that fails leaves nothing to go on with in this try.
        self.ceremony = Some(CeremonyRun {
            id: id.clone(),
            stage: Stage::Over,
            message,
        });
        let (stage, message) = match stage {
            Stage::Opened(ceremony) => self.deal(*ceremony, &id, &list)?,
            Stage::Dealt(dealt) => self.confirm(*dealt, &id, me, &list)?,
            Stage::Over => return Ok(()),
        };
        self.ceremony = Some(CeremonyRun {
            id,
            stage,
            message: Sent::new(message),
        });
        Ok(())
    }

    fn deal(
        &self,
        ceremony: deal::Ceremony,
        id: &CeremonyId,
        list: &Messages,
    ) -> Result<(Stage, Envelope), RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let openings = self.openings(founded, list, id)?;
        let (dealt, sealed) = ceremony
            .deal(&openings, &mut self.random())
            .map_err(RunError::Deal)?;
        let deal = Deal {
            ceremony: id.clone(),
            openings: list.digest(),
            sealed: sealed.into_iter().map(sealed_share).collect(),
        };
        Ok((Stage::Dealt(Box::new(dealt)), self.identity.signed(&deal)))
    }

    fn confirm(
        &mut self,
        dealt: Dealt,
        id: &CeremonyId,
        me: usize,
        list: &Messages,
    ) -> Result<(Stage, Envelope), RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let sealed = self.dealt_to(founded, list, id, me)?;
        let share = dealt.finish(&sealed).map_err(RunError::Deal)?;
        let seat = ShareSeat {
            ledger: id.ledger,
            epoch: id.epoch,
            attempt: id.attempt,
        };
        // The share is on the disk before anybody hears that it is.
        self.home
            .write_share(&share, &seat, &self.passphrase)
            .map_err(RunError::Home)?;
        let confirmation = Confirmation {
            ceremony: id.clone(),
            deals: list.digest(),
            group_key: share.group().public(),
        };
        self.shares.put(&seat, share);
        Ok((Stage::Over, self.identity.signed(&confirmation)))
    }

    pub(crate) fn fetch_list(&self, digest: &Digest) -> Result<Messages, RunError> {
        let octets = self.link.blob(digest, LIST_OCTETS_MAX);
        let octets = octets.map_err(RunError::Link)?;
        json::decode(&octets).map_err(|_| RunError::MalformedTask)
    }

    /// Everybody's openings by share number.
    fn openings(
        &self,
        founded: &Founded,
        list: &Messages,
        id: &CeremonyId,
    ) -> Result<BTreeMap<u16, deal::Opening>, RunError> {
        let mut openings = BTreeMap::new();
        for (share, opening) in by_members::<Opening>(founded, list)? {
            if opening.ceremony != *id {
                return Err(RunError::MalformedTask);
            }
            let opening = deal::Opening::from_message(&opening).ok_or(RunError::MalformedTask)?;
            openings.insert(share, opening);
        }
        Ok(openings)
    }

    /// What the others dealt to this member.
    fn dealt_to(
        &self,
        founded: &Founded,
        list: &Messages,
        id: &CeremonyId,
        me: usize,
    ) -> Result<BTreeMap<u16, Vec<u8>>, RunError> {
        let mut sealed = BTreeMap::new();
        let mine = share_number(me)?;
        for (share, deal) in by_members::<Deal>(founded, list)? {
            if deal.ceremony != *id {
                return Err(RunError::MalformedTask);
            }
            let Some(own) = deal.sealed.iter().find(|sealed| sealed.to == mine) else {
                continue;
            };
            let octets = HEXLOWER.decode(own.octets.as_bytes());
            sealed.insert(share, octets.map_err(|_| RunError::MalformedTask)?);
        }
        Ok(sealed)
    }
}

fn open(
    founded: &Founded,
    me: usize,
    id: &CeremonyId,
    identity: &Identity,
    random: &mut Random,
) -> Result<CeremonyRun, RunError> {
    let members = share_number(founded.members.len().saturating_sub(1))?;
    let threshold = founded.threshold_due();
    let context = json::encode(id);
    let (ceremony, opening) =
        deal::Ceremony::begin(share_number(me)?, members, threshold, &context, random)
            .map_err(RunError::Deal)?;
    Ok(CeremonyRun {
        id: id.clone(),
        stage: Stage::Opened(Box::new(ceremony)),
        message: Sent::new(identity.signed(&opening.to_message(id))),
    })
}

fn sealed_share((to, octets): (u16, Vec<u8>)) -> SealedShare {
    SealedShare {
        to,
        octets: HEXLOWER.encode(&octets),
    }
}

/// The share number of the member at this index.
pub(crate) fn share_number(at: usize) -> Result<u16, RunError> {
    u16::try_from(at + 1).map_err(|_| RunError::MalformedTask)
}

/// One message from each member, each signed by it alone.
fn by_members<P: Payload>(founded: &Founded, list: &Messages) -> Result<Vec<(u16, P)>, RunError> {
    if list.messages.len() != founded.members.len() {
        return Err(RunError::MalformedTask);
    }
    let pairs = list.messages.iter().zip(&founded.members).enumerate();
    pairs
        .map(|(at, (message, member))| {
            let signers = message
                .verified_signers()
                .map_err(|_| RunError::MalformedTask)?;
            let payload = message.payload().map_err(|_| RunError::MalformedTask)?;
            if signers != [member.key] {
                return Err(RunError::MalformedTask);
            }
            Ok((share_number(at)?, payload))
        })
        .collect()
}
