//! The arithmetic of a ledger's ceremonies, which no state computes: every epoch's
//! shares are recomputed from the transcripts, and the dealers judged anew.

use std::collections::BTreeMap;

use comity_core::limits;
use comity_core::state::Epoch;
use comity_mirror::follow::Follower;
use comity_mirror::ledger;
use comity_sign::deal::GroupKey;
use comity_sign::epoch::group_of;
use serde::Serialize;

use crate::output::Failure;

/// One epoch, as an audit found it.
#[derive(Serialize)]
pub(super) struct AuditedEpoch {
    epoch: u32,
    threshold: u16,
    shares: usize,
    dealers: usize,
    refused: Vec<String>,
}

/// The public side of every epoch's shares, by number.
///
/// # Errors
/// The first epoch whose transcript does not come to what the ledger says.
pub(super) fn recompute(follower: &Follower) -> Result<BTreeMap<u32, GroupKey>, Failure> {
    let mut groups: BTreeMap<u32, GroupKey> = BTreeMap::new();
    let Ok(founded) = follower.state().founded() else {
        return Ok(groups);
    };
    let dealt = founded.dealt().map(|dealt| &dealt.epoch);
    for epoch in founded.epochs.iter().chain(dealt) {
        let (source, digest) = (follower.source(), &epoch.transcript);
        let transcript = ledger::blob(source, digest, limits::BLOB_OCTETS_MAX);
        let transcript = transcript.map_err(Failure::world)?;
        let before = groups.last_key_value().map(|(_, group)| group);
        let group = group_of(founded, epoch, before, &transcript);
        let number = epoch.number;
        let group = group.map_err(|error| {
            Failure::rule(
                "ceremony",
                format!("the ceremony of epoch {number}: {error}"),
            )
        })?;
        groups.insert(number, group);
    }
    Ok(groups)
}

/// What there is to say of the epochs that signed.
pub(super) fn list(follower: &Follower) -> Vec<AuditedEpoch> {
    let Ok(founded) = follower.state().founded() else {
        return Vec::new();
    };
    let name = |number: &u16| {
        let at = usize::from(*number).saturating_sub(1);
        founded.members.get(at).map(|member| member.name.clone())
    };
    let one = |epoch: &Epoch| AuditedEpoch {
        epoch: epoch.number,
        threshold: epoch.threshold,
        shares: epoch.shares.len(),
        dealers: epoch.dealers.len(),
        refused: epoch.refused.iter().filter_map(name).collect(),
    };
    founded.epochs.iter().map(one).collect()
}

impl std::fmt::Display for AuditedEpoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            epoch,
            threshold,
            shares,
            dealers,
            refused,
        } = self;
        write!(f, "epoch {epoch}: {threshold} of {shares} shares sign")?;
        if *dealers > 0 {
            write!(f, "; dealt by {dealers}")?;
        }
        if !refused.is_empty() {
            write!(f, "; refused were the dealings of {}", refused.join(", "))?;
        }
        Ok(())
    }
}
