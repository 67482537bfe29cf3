//! The arithmetic of a ledger's ceremonies, which no state computes: every epoch's
//! shares are recomputed from the transcripts, and the dealers judged anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use comity_core::limits;
use comity_core::state::Epoch;
use comity_mirror::follow::Follower;
use comity_mirror::ledger::{self, LedgerError};
use comity_sign::deal::GroupKey;
use comity_sign::epoch::{GroupError, Groups};
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
pub(super) fn recompute(follower: &Follower) -> Result<BTreeMap<u32, Arc<GroupKey>>, Failure> {
    let Ok(founded) = follower.state().founded() else {
        return Ok(BTreeMap::new());
    };
    let mut groups = Groups::default();
    let source = follower.source();
    let dealt = founded.dealt().map(|dealt| &dealt.epoch);
    let epochs = founded.epochs.iter().chain(dealt);
    let recomputed = epochs.map(|epoch| {
        let group = groups.of(founded, epoch.number, |blob| {
            ledger::blob(source, blob, limits::BLOB_OCTETS_MAX)
        });
        Ok((epoch.number, group.map_err(failure)?))
    });
    recomputed.collect()
}

fn failure(error: GroupError<LedgerError>) -> Failure {
    match error {
        GroupError::Blob(error) => Failure::world(error),
        GroupError::Epoch { number, error } => {
            let text = format!("the ceremony of epoch {number}: {error}");
            Failure::rule("ceremony", text)
        }
        GroupError::Unknown => Failure::rule("ceremony", "there is no such epoch"),
    }
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
