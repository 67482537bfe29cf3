//! The zone's keys, for the overview.

use comity_core::state::{Founded, KeyRole, KeyStage, RollKind, ZoneKey};

use crate::overview::view::{KeyView, KeysView};

pub(super) fn keys(founded: &Founded) -> KeysView {
    KeysView {
        keys: founded.keys.iter().map(|key| one(founded, key)).collect(),
        roll: founded.roll_due().map(|roll| {
            match roll.kind {
                RollKind::Anchor => "anchor",
                RollKind::Zone => "zone",
                RollKind::Standby => "standby",
                RollKind::Compromised => "compromised",
            }
            .into()
        }),
        keyset: founded.keyset_due().map(|plan| plan.by().key_tag()),
    }
}

fn one(founded: &Founded, key: &ZoneKey) -> KeyView {
    let (stage, since) = match key.stage {
        KeyStage::Made => ("made", None),
        KeyStage::Published { since, .. } => ("published", Some(since)),
        KeyStage::StandingBy => ("standing-by", None),
        KeyStage::Signing { since } => ("signing", since),
        KeyStage::Retiring { since, .. } => ("retiring", Some(since)),
        KeyStage::Revoked { since, .. } => ("revoked", Some(since)),
        KeyStage::Gone => ("gone", None),
    };
    KeyView {
        key: key.key.to_string(),
        tag: key.dnskey().key_tag(),
        anchor: key.role == KeyRole::Anchor,
        standby: key.standby,
        epoch: founded.epoch_of(&key.key).map_or(0, |epoch| epoch.number),
        stage: stage.into(),
        since: since.map(|time| time.0),
        until: founded.key_change_at(key).map(|time| time.0),
    }
}
