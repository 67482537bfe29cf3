//! What drop boxes promised.

use comity_core::act::Envelope;
use comity_mirror::index::Index;
use comity_mirror::receipts::{Given, HeldReceipt, Standing, judge};
use serde::Deserialize;

use super::{Finding, Invariant, broken};

/// The part of a drop box's answer that promises something.
#[derive(Deserialize)]
struct Answered {
    receipt: Option<Envelope>,
}

/// All receipts so far.
#[derive(Default)]
pub(super) struct Promises {
    receipts: Vec<HeldReceipt>,
}

impl Promises {
    pub(super) fn receipts(&self) -> usize {
        self.receipts.len()
    }

    /// A drop box took an act.
    pub(super) fn note_taken(&mut self, octets: &[u8]) -> Finding {
        let Ok(Answered { receipt }) = serde_json::from_slice(octets) else {
            return broken(Invariant::NoCensorship, "an answer without sense");
        };
        let Some(receipt) = receipt else {
            return Ok(());
        };
        let given = Given {
            id: None,
            leaf: None,
            position: None,
            receipt,
            act: None,
        };
        match given.verify() {
            Ok(held) => {
                self.receipts.push(held);
                Ok(())
            }
            Err(refusal) => broken(Invariant::NoCensorship, refusal),
        }
    }

    /// Each act came in time, or late and with the receipt that proves it.
    pub(super) fn check(&self, index: &Index) -> Finding {
        for held in &self.receipts {
            let leaf = held.receipt.leaf;
            match judge(index, &held.receipt) {
                Standing::Kept { .. } => {}
                Standing::NotDue => {
                    let what = format!("{leaf} was promised, and is not there at the end");
                    return broken(Invariant::NoCensorship, what);
                }
                Standing::Breach(breach) if breach.late.is_some() => {}
                Standing::Breach(breach) => {
                    let what = format!("{leaf}: {}", Standing::Breach(breach));
                    return broken(Invariant::NoCensorship, what);
                }
            }
        }
        Ok(())
    }
}
