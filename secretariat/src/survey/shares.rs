//! Who has shares of the key, for the overview.

use std::collections::BTreeSet;

use comity_core::state::{CeremonyReason, DealtEpoch, Drill, DueCeremony, Epoch, Founded};

use super::narrow;
use crate::overview::view::{DealtView, DrillView, DueView, EpochView, SharesView};

pub(super) fn shares(founded: &Founded) -> SharesView {
    SharesView {
        epochs: founded
            .epochs
            .iter()
            .map(|one| epoch(founded, one))
            .collect(),
        dealt: founded.dealt().map(dealt),
        due: founded.ceremony_due().as_ref().map(due),
        drill: founded.drill.as_ref().map(|one| drill(founded, one)),
    }
}

fn epoch(founded: &Founded, epoch: &Epoch) -> EpochView {
    let exposure = founded.exposed(epoch);
    let names = |members: &BTreeSet<usize>| {
        let members = members.iter();
        members
            .map(|at| founded.members[*at].name.clone())
            .collect()
    };
    EpochView {
        epoch: epoch.number,
        act: epoch.position,
        threshold: epoch.threshold.into(),
        shares: narrow(epoch.shares.len()),
        signs: founded
            .epoch()
            .is_some_and(|live| live.number == epoch.number),
        refused: by_number(founded, &epoch.refused),
        warning: exposure.is_warning(),
        roll_due: exposure.is_roll_due(),
        exposed: names(&exposure.exposed),
        kept: names(&exposure.kept),
    }
}

fn by_number(founded: &Founded, numbers: &BTreeSet<u16>) -> Vec<String> {
    let name = |number: &u16| {
        let at = usize::from(*number).checked_sub(1)?;
        Some(founded.members.get(at)?.name.clone())
    };
    numbers.iter().filter_map(name).collect()
}

fn dealt(dealt: &DealtEpoch) -> DealtView {
    DealtView {
        epoch: dealt.epoch.number,
        threshold: dealt.epoch.threshold.into(),
        shares: narrow(dealt.epoch.shares.len()),
    }
}

fn due(due: &DueCeremony) -> DueView {
    DueView {
        epoch: due.epoch,
        reason: match due.reason {
            CeremonyReason::Convoked => "convoked",
            CeremonyReason::Membership => "membership",
            CeremonyReason::Threshold => "threshold",
            CeremonyReason::Compromise => "compromise",
        }
        .into(),
        drill: due.drill,
        threshold: due.threshold.into(),
        receivers: narrow(due.receivers.len()),
        receivers_min: narrow(due.receivers_min),
    }
}

fn drill(founded: &Founded, drill: &Drill) -> DrillView {
    DrillView {
        act: drill.position,
        time: drill.time.0,
        receivers: narrow(drill.receivers.len()),
        dealers: narrow(drill.dealers.len()),
        refused: by_number(founded, &drill.refused),
    }
}
