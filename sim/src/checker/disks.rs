//! What is on members' disks: a share before anybody hears that it is there, and
//! none that its member has said to be wiped.

use std::collections::BTreeMap;
use std::path::Path;

use comity_core::act::json::Payload as _;
use comity_core::act::{Envelope, Erasure};
use comity_core::message::Possession;

use super::{Finding, Invariant, broken};
use crate::disk::Disk;
use crate::party::{HOME, PartyId, seats};

/// Everybody's disk.
#[derive(Default)]
pub(super) struct Disks(BTreeMap<PartyId, Disk>);

impl Disks {
    pub(super) fn add(&mut self, id: PartyId, disk: Disk) {
        self.0.insert(id, disk);
    }

    /// The shares that a machine of a member has, or would have again after the loss
    /// of power, by number and try of their epochs.
    pub(super) fn shares(&self) -> impl Iterator<Item = (PartyId, (u32, u32))> {
        let machines = self.0.iter().filter(|(id, _)| id.member().is_some());
        machines.flat_map(|(id, disk)| {
            let seats = seats(&disk.traces(Path::new(HOME)));
            seats.into_iter().map(|seat| (*id, seat))
        })
    }

    /// What leaves a machine of a member.
    pub(super) fn note_sent(&self, from: PartyId, said: &Envelope) -> Finding {
        match said.payload_type() {
            Erasure::TYPE => {
                let epoch = said.payload::<Erasure>().map_or(0, |said| said.epoch);
                let mut own = self.shares().filter(|(id, _)| *id == from);
                match own.find(|(_, (number, _))| *number == epoch) {
                    Some((_, seat)) => broken(
                        Invariant::ContinuityOfTheKey,
                        format!("{from:?} says that its share of {seat:?} is wiped"),
                    ),
                    None => Ok(()),
                }
            }
            Possession::TYPE => {
                let Ok(Possession { ceremony, .. }) = said.payload() else {
                    return Ok(());
                };
                let seat = (ceremony.epoch, ceremony.attempt);
                let file = format!("share-{}-{}.sealed", seat.0, seat.1);
                let disk = self.0.get(&from);
                match disk.is_some_and(|disk| disk.keeps(&Path::new(HOME).join(file))) {
                    true => Ok(()),
                    false => broken(
                        Invariant::NothingLost,
                        format!("{from:?} says that it has a share of {seat:?}"),
                    ),
                }
            }
            _ => Ok(()),
        }
    }
}
