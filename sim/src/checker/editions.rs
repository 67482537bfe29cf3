//! Editions: each number once, with one ZONEMD; valid for long enough; and
//! nothing else is served.

use std::collections::BTreeMap;

use comity_core::basic::{PublicKey, Time};
use comity_core::edition::SignedZone;
use comity_core::state::Outcome;
use comity_mirror::round::Rounds;

use super::signing::Signing;
use super::{Act, Finding, Invariant, broken};
use crate::party::PartyId;

/// Invariant 10.
const TIME_TO_REACT_S: u64 = 14 * 86_400;

/// All editions so far.
#[derive(Default)]
pub(super) struct Editions {
    /// ZONEMD by number.
    published: BTreeMap<u64, [u8; 48]>,
    /// The first key.
    first: Option<PublicKey>,
    /// What each mirror served last: ZONEMD, number, and whether it had it on
    /// its disk.
    served: BTreeMap<PartyId, ([u8; 48], u64, bool)>,
    /// From when to when each edition is valid for whoever knows the first key alone.
    valid: BTreeMap<[u8; 48], (Time, Time)>,
}

impl Editions {
    pub(super) fn note_act(&mut self, act: &Act<'_>, signing: &Signing) -> Finding {
        let Ok(founded) = act.state.founded() else {
            return Ok(());
        };
        if let Some(epoch) = founded.epoch() {
            self.first.get_or_insert(epoch.group_key);
        }
        let Outcome::Published(number) = act.applied.outcome else {
            return Ok(());
        };
        let Some(zone) = &founded.published else {
            return broken(Invariant::NoFork, format!("edition {number} has no zone"));
        };
        if self.published.insert(number, zone.zonemd()).is_some() {
            return broken(Invariant::NoFork, format!("edition {number} came twice"));
        }
        let now = founded.time.unwrap_or_default();
        if zone.first_expiration() < now.plus(TIME_TO_REACT_S) {
            let what = format!(
                "edition {number} of {now} has a signature until {}",
                zone.first_expiration()
            );
            return broken(Invariant::TimeToReact, what);
        }
        signing.check_published(number)
    }

    /// There is no gap: what a mirror serves is valid now, by the first key.
    pub(super) fn check_now(&mut self, id: PartyId, mirror: &Rounds, now: Time) -> Finding {
        let gap = |what: &dyn std::fmt::Display| {
            let what = format!("at {now} {id:?} serves no zone by the first key: {what}");
            broken(Invariant::ContinuityOfTheKey, what)
        };
        let Some(zone) = mirror.serving() else {
            return match self.served.get(&id) {
                Some((_, _, true)) => gap(&"it has none"),
                Some(_) | None => Ok(()),
            };
        };
        let (begin, end) = match self.valid.get(&zone.zonemd()) {
            Some(valid) => *valid,
            None => {
                let first: Vec<PublicKey> = self.first.into_iter().collect();
                let zone = SignedZone::verify(zone.origin(), &first, zone.records(), now);
                let zone = match zone {
                    Ok(zone) => zone,
                    Err(refusal) => return gap(&refusal),
                };
                let rrsigs = || {
                    zone.sets()
                        .flat_map(|set| set.rrsigs().cloned().collect::<Vec<_>>())
                };
                let begin = rrsigs().map(|rrsig| rrsig.begins(now)).max();
                let end = rrsigs().map(|rrsig| rrsig.expires(now)).min();
                let valid = (begin.unwrap_or_default(), end.unwrap_or_default());
                self.valid.insert(zone.zonemd(), valid);
                valid
            }
        };
        match (begin..=end).contains(&now) {
            true => Ok(()),
            false => gap(&format!("it is valid from {begin} to {end}")),
        }
    }

    /// What a mirror serves.
    pub(super) fn check_served(
        &mut self,
        id: PartyId,
        mirror: &Rounds,
        (now, is_clock_right): (Time, bool),
    ) -> Finding {
        let Some(zone) = mirror.serving() else {
            return Ok(());
        };
        let is_kept = mirror.unkept().is_none();
        let served = self.served.get(&id).copied();
        if let Some((zonemd, number, _)) = served
            && zonemd == zone.zonemd()
        {
            self.served.insert(id, (zonemd, number, is_kept));
            return Ok(());
        }
        let number = self.published.iter();
        let mut number = number.filter(|(_, zonemd)| **zonemd == zone.zonemd());
        let Some((number, _)) = number.next_back() else {
            let what = format!("{id:?} serves what is no edition of the ledger");
            return broken(Invariant::NoSilentRuleBreaking, what);
        };
        // An edition that could not be kept is served nevertheless, and a
        // restart goes back to the one before.
        if let Some((_, before, true)) = served
            && *number < before
            && is_clock_right
        {
            let what = format!("{id:?} serves edition {number} after {before}");
            return broken(Invariant::NothingLost, what);
        }
        self.served.insert(id, (zone.zonemd(), *number, is_kept));
        let verified = SignedZone::verify(zone.origin(), &zone.anchors(), zone.records(), now);
        match verified {
            Ok(_) => Ok(()),
            Err(refusal) => broken(
                Invariant::NoSilentRuleBreaking,
                format!("{id:?} serves edition {number}: {refusal}"),
            ),
        }
    }
}
