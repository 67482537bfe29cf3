//! Who has shares of the key, for the overview.

use std::collections::BTreeSet;

use comity_core::edition::Dnskey;
use comity_core::state::{
    CeremonyReason, DealtEpoch, Drill, DueCeremony, Epoch, Exposure, Figures, Founded,
};

use super::narrow;
use crate::overview::view::{DealtView, DrillView, DueView, EpochView, SharesView};

pub(super) fn shares(founded: &Founded, figures: &Figures) -> SharesView {
    let dealt = founded.all_dealt().zip(&figures.exposures);
    let mut all = dealt.map(|(dealt, exposure)| epoch(founded, dealt, exposure));
    SharesView {
        epochs: all.by_ref().take(founded.epochs.len()).collect(),
        others: all.collect(),
        dealt: founded.dealt().map(waiting),
        due: figures.ceremony.as_ref().map(due),
        drill: founded.drill.as_ref().map(|one| drill(founded, one)),
    }
}

fn epoch(founded: &Founded, epoch: &Epoch, exposure: &Exposure) -> EpochView {
    let names = |members: &BTreeSet<usize>| {
        let members = members.iter();
        members
            .map(|at| founded.members[*at].name.clone())
            .collect()
    };
    let of = |epoch: &Epoch| (epoch.number, epoch.attempt);
    EpochView {
        epoch: epoch.number,
        attempt: epoch.attempt,
        act: epoch.position,
        threshold: epoch.threshold.into(),
        shares: narrow(epoch.shares.len()),
        signs: founded.epoch_of(&epoch.group_key).map(of) == Some(of(epoch))
            && founded.is_in_use(&epoch.group_key),
        tag: Dnskey::anchor(epoch.group_key).key_tag(),
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

fn waiting(dealt: &DealtEpoch) -> DealtView {
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
            CeremonyReason::Roll => "roll",
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
