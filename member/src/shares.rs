//! The shares that a member has: of the epochs that sign, each with its key, and of
//! one that was dealt and waits for its test. Whatever signs nothing any more is wiped, and the
//! ledger says so.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::act::{Erasure, RULES};
use comity_core::state::{Epoch, Founded};
use comity_sign::deal::Share;
use tracing::{error, info, warn};

use crate::home::ShareSeat;
use crate::link::LinkError;
use crate::run::{Member, RunError};

/// Shares in memory, by epoch and try.
#[derive(Default)]
pub(crate) struct Shares {
    held: BTreeMap<(u32, u32), Share>,
    /// Why there is none where there should be.
    trouble: Option<String>,
    /// The epochs beside which all shares are wiped.
    wiped_for: Option<Needed>,
}

/// Which epochs sign or may come to, by number and try, and the newest of all that
/// came to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Needed {
    epochs: BTreeSet<(u32, u32)>,
    newest: u32,
}

impl Needed {
    fn of(founded: &Founded) -> Option<Self> {
        let needed = founded
            .epochs
            .iter()
            .filter(|epoch| founded.is_needed(epoch));
        Some(Self {
            epochs: needed.map(|epoch| (epoch.number, epoch.attempt)).collect(),
            newest: founded.epochs.iter().map(|epoch| epoch.number).max()?,
        })
    }

    /// Whatever is of an epoch to come may sign one day.
    fn is_old(&self, seat: &(u32, u32)) -> bool {
        seat.0 <= self.newest && !self.epochs.contains(seat)
    }

    /// Whether an epoch of this number may sign.
    fn has(&self, number: u32) -> bool {
        number > self.newest || self.epochs.iter().any(|(epoch, _)| *epoch == number)
    }
}

impl Shares {
    /// The share of an epoch, once it is loaded.
    pub(crate) fn of(&self, epoch: &Epoch) -> Option<&Share> {
        self.held.get(&(epoch.number, epoch.attempt))
    }

    pub(crate) fn put(&mut self, seat: &ShareSeat, share: Share) {
        self.held.insert((seat.epoch, seat.attempt), share);
    }
}

/// The ceremony of an epoch.
pub(crate) fn seat(founded: &Founded, epoch: &Epoch) -> ShareSeat {
    ShareSeat {
        ledger: founded.ledger,
        epoch: epoch.number,
        attempt: epoch.attempt,
    }
}

impl Member {
    /// Opens the sealed share of an epoch, once, or says why it cannot. Whether it
    /// is there.
    pub(crate) fn load_share(&mut self, number: u32) -> Result<bool, RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let Some(epoch) = founded.epoch_numbered(number) else {
            return Ok(false);
        };
        if self.shares.of(epoch).is_some() {
            return Ok(true);
        }
        if founded.share_in(epoch, &self.identity.public()).is_none() {
            return Ok(false);
        }
        let seat = seat(founded, epoch);
        let signs = founded.is_needed(epoch) && founded.epochs.contains(epoch);
        let trouble = match self.home.share(&seat, &self.passphrase) {
            Ok(Some(share)) => {
                self.shares.put(&seat, share);
                return Ok(true);
            }
            Ok(None) if !signs => return Ok(false),
            Ok(None) => {
                let directory = self.home.directory().display();
                format!(
                    "there is no {} in {directory}; put it back from a copy, or have a ceremony \
                     with `comity ceremony start`",
                    seat.file()
                )
            }
            Err(error) => error.to_string(),
        };
        // All else goes on: a quorum may need the cosignature.
        if self.shares.trouble.as_ref() != Some(&trouble) {
            error!("{trouble}; until then this member cosigns, but does not sign");
            self.shares.trouble = Some(trouble);
        }
        Ok(false)
    }

    /// Wipes shares that sign nothing any more, on the disk and in memory, and has
    /// the ledger say so: once for each epoch that comes to sign, or whose key is out
    /// of use, and after a start.
    pub(crate) fn wipe_old_shares(&mut self) -> Result<(), RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let Some(needed) = Needed::of(founded) else {
            return Ok(());
        };
        if self.shares.wiped_for.as_ref() == Some(&needed) {
            return Ok(());
        }
        let seats = self.home.share_seats().map_err(RunError::Home)?;
        for (epoch, attempt) in seats.into_iter().filter(|seat| needed.is_old(seat)) {
            self.home
                .wipe_share(epoch, attempt)
                .map_err(RunError::Home)?;
            info!(epoch, attempt, "wiped a share that signs nothing any more");
        }
        self.shares.held.retain(|seat, _| !needed.is_old(seat));
        self.held.retain(|id, _| needed.has(id.epoch));
        self.declare_erasures(needed.newest)?;
        self.shares.wiped_for = Some(needed);
        Ok(())
    }

    /// Says on the ledger which shares are wiped: those of past epochs, also of tries
    /// and drills that never signed. None of them is on the disk any more.
    fn declare_erasures(&mut self, newest: u32) -> Result<(), RunError> {
        let founded = self.follower.state().founded().map_err(RunError::Refusal)?;
        let key = self.identity.public();
        // An act is about all shares of a number: not about one that signs.
        let needed = founded.all_dealt().filter(|epoch| founded.is_needed(epoch));
        let own = needed.filter(|epoch| founded.share_in(epoch, &key).is_some());
        let needed: BTreeSet<u32> = own.map(|epoch| epoch.number).collect();
        let is_past = |number: u32| number <= newest && !needed.contains(&number);
        let own = founded.all_dealt().filter(|epoch| {
            let share = founded.share_in(epoch, &key);
            let is_said = |share| epoch.erased.contains(&(usize::from(share) - 1));
            is_past(epoch.number) && share.is_some_and(|share: u16| !is_said(share))
        });
        let numbers: BTreeSet<u32> = own.map(|epoch| epoch.number).collect();
        let acts = numbers.into_iter().map(|epoch| Erasure {
            rules: RULES,
            ledger: founded.ledger,
            epoch,
        });
        let acts: Vec<Erasure> = acts.collect();
        for act in acts {
            let entry = self.identity.signed(&act).to_octets();
            match self.link.submit_act(&entry) {
                Ok(_) => {}
                // Its answer was lost, and the act was not.
                Err(LinkError::Refused { rule, .. }) if rule == "share-known" => {}
                Err(error @ LinkError::Refused { .. }) => {
                    warn!(epoch = act.epoch, %error, "the ledger does not say that a share is wiped");
                }
                Err(error) => return Err(RunError::Link(error)),
            }
        }
        Ok(())
    }
}
