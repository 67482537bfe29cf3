//! Drop boxes' receipts, as boxes show them and people keep them in files; and
//! what a ledger says of one: kept, not due yet, or breached.

use std::collections::BTreeMap;
use std::fmt;

use comity_core::act::json::Payload as _;
use comity_core::act::{self, Act, Checked, Envelope, Receipt, check_receipt};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::limits;
use comity_core::refusal::{FormatRefusal, MergeRefusal, Refusal};
use serde::{Deserialize, Serialize};

use crate::index::Index;
use crate::signature::ByRing;

/// A receipt with whatever its box says beside it. Nothing is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The act's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Digest>,
    /// The act's leaf hash, which the receipt is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<Digest>,
    /// The act's position on the ledger, once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The receipt.
    pub receipt: Envelope,
    /// The act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Envelope>,
}

/// A page of a drop box's list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// The receipts, the newest last.
    pub receipts: Vec<Given>,
    /// Whether others come behind them.
    pub more: bool,
}

/// A receipt that was verified, and the act beside it, if it is there.
#[derive(Clone, Debug)]
pub struct HeldReceipt {
    /// What it promises.
    pub receipt: Receipt,
    /// The key that signed it: a drop box's, where the charter names it.
    pub box_key: PublicKey,
    /// The same in its envelope.
    pub envelope: Envelope,
    /// The act in its envelope.
    pub act: Option<(Envelope, Box<Checked<Act>>)>,
}

/// What a file can hold.
#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Given(Box<Given>),
    Alone(Envelope),
}

impl Given {
    /// Reads a file with a receipt: the receipt's envelope alone, or what a drop
    /// box answered.
    ///
    /// # Errors
    /// Where it is too large, or neither.
    pub fn parse(octets: &[u8]) -> Result<Self, FormatRefusal> {
        let octets_max = limits::RECEIPT_FILE_OCTETS_MAX;
        if octets.len() > octets_max {
            let octets = octets.len();
            return Err(FormatRefusal::TooLarge { octets, octets_max });
        }
        let read = serde_json::from_slice(octets).map_err(|error| FormatRefusal::Json {
            line: error.line(),
            column: error.column(),
            category: "neither a receipt nor a drop box's answer",
        })?;
        Ok(match read {
            File::Given(given) => *given,
            File::Alone(receipt) => Self {
                id: None,
                leaf: None,
                position: None,
                receipt,
                act: None,
            },
        })
    }

    /// Verifies the receipt, and the act beside it.
    ///
    /// # Errors
    /// Where a signature does not verify, or the act is another one, or none
    /// that drop boxes take.
    pub fn verify(self) -> Result<HeldReceipt, Refusal> {
        let (receipt, box_key) = check_receipt(&self.receipt)?;
        let leaf = receipt.leaf;
        let is_other_id = |act: &Envelope| self.id.is_some_and(|id| id != act.id());
        if self.leaf.is_some_and(|said| said != leaf) || self.act.iter().any(is_other_id) {
            return Err(MergeRefusal::OtherAct { leaf }.into());
        }
        let act = self.act.map(|act| verify_act(act, leaf));
        Ok(HeldReceipt {
            box_key,
            act: act.transpose()?,
            envelope: self.receipt,
            receipt,
        })
    }
}

fn verify_act(act: Envelope, leaf: Digest) -> Result<(Envelope, Box<Checked<Act>>), Refusal> {
    let checked = check_lodged(&act.to_octets())?;
    match checked.leaf() == leaf {
        true => Ok((act, Box::new(checked))),
        false => Err(MergeRefusal::OtherAct { leaf }.into()),
    }
}

/// Checks an act that a drop box is to take, as far as that needs no state.
///
/// # Errors
/// Where it is too large, of a type that no box takes, or not sound.
pub fn check_lodged(entry: &[u8]) -> Result<Checked<Act>, Refusal> {
    act::parse_lodged(entry)?;
    act::check(entry, &BTreeMap::new(), &ByRing)
}

/// Whether an envelope says that it is a receipt.
pub fn is_receipt(envelope: &Envelope) -> bool {
    envelope.payload_type() == Receipt::TYPE
}

/// What a ledger says of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The act came in time.
    Kept {
        /// Where it stands.
        position: u64,
    },
    /// It is not there, and the hour is not over.
    NotDue,
    /// The hour is over, and the act was not there.
    Breach(Breach),
}

/// A promise that was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Ledger time until which the act was due.
    pub due: Time,
    /// Position of the time act that passed it.
    pub passed: u64,
    /// Where the act stands behind it, if it came at all.
    pub late: Option<u64>,
}

/// What the ledger says of a receipt. The hour runs from the first time act at
/// or after the receipt's size: what a box promises is in ledger time, and it
/// cannot know how far that will have moved when the next time act comes.
pub fn judge(index: &Index, receipt: &Receipt) -> Standing {
    let position = index.position(&receipt.leaf);
    let passed = index
        .time_act_from(receipt.size)
        .map(|(_, time)| time.plus(limits::MERGE_SECONDS))
        .and_then(|due| Some((due, index.time_act_past(due)?.0)));
    match (position, passed) {
        (Some(position), None) => Standing::Kept { position },
        (Some(position), Some((_, passed))) if position < passed => Standing::Kept { position },
        (late, Some((due, passed))) => Standing::Breach(Breach { due, passed, late }),
        (None, None) => Standing::NotDue,
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept { position } => write!(f, "kept: it is in act {position}"),
            Self::NotDue => f.write_str("not due yet"),
            Self::Breach(Breach { due, passed, late }) => {
                write!(
                    f,
                    "BREACH: it was due until {due}, which act {passed} passed"
                )?;
                match late {
                    Some(late) => write!(f, "; it came in act {late}"),
                    None => f.write_str("; it never came"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use comity_core::act::RULES;
    use comity_core::state::Outcome;

    use super::*;
    use crate::follow::Applied;

    const ACT: Digest = Digest([1; 32]);

    /// Time acts: position and ledger time.
    type Times = &'static [(u64, u64)];

    /// A ledger with these time acts, and the act at this position.
    fn index(times: Times, act: Option<u64>) -> Index {
        let mut acts: Vec<_> = times
            .iter()
            .map(|(position, time)| (*position, Outcome::TimeMoved(Time(*time))))
            .chain(act.map(|position| (position, Outcome::Recorded)))
            .collect();
        acts.sort_by_key(|(position, _)| *position);
        let mut index = Index::default();
        for (position, outcome) in acts {
            let leaf = match outcome {
                Outcome::Recorded => ACT,
                _ => Digest([9; 32]),
            };
            index.note(&Applied {
                position,
                id: Digest([0; 32]),
                leaf,
                merged: None,
                outcome,
            });
        }
        index
    }

    #[test]
    fn a_promise_is_kept_breached_or_not_due() {
        let breach = |due, passed, late| {
            let due = Time(due);
            Standing::Breach(Breach { due, passed, late })
        };
        let kept = |position| Standing::Kept { position };
        // Time acts, the act's position, and what it comes to. The receipt is
        // of size 10, at ledger time 1000.
        let table: [(Times, Option<u64>, Standing); 12] = [
            (&[(5, 1000)], None, Standing::NotDue),
            (&[(5, 1000)], Some(10), kept(10)),
            // It was there before the box took it.
            (&[(5, 1000), (20, 9999)], Some(7), kept(7)),
            // The hour runs from the first time act after, however late it is.
            (&[(5, 1000), (12, 90_000)], None, Standing::NotDue),
            (&[(5, 1000), (10, 90_000)], None, Standing::NotDue),
            (&[(5, 1000), (12, 90_000)], Some(13), kept(13)),
            (&[(5, 1000), (12, 2000), (15, 5600)], None, Standing::NotDue),
            (&[(5, 1000), (12, 2000), (15, 5600)], Some(16), kept(16)),
            (
                &[(5, 1000), (12, 2000), (15, 5601)],
                None,
                breach(5600, 15, None),
            ),
            (&[(5, 1000), (12, 2000), (15, 5601)], Some(14), kept(14)),
            (
                &[(5, 1000), (12, 2000), (15, 5601)],
                Some(16),
                breach(5600, 15, Some(16)),
            ),
            (
                &[(5, 1000), (12, 2000), (15, 5600), (17, 9000)],
                Some(16),
                kept(16),
            ),
        ];
        let receipt = Receipt {
            rules: RULES,
            ledger: Digest([2; 32]),
            leaf: ACT,
            size: 10,
            time: Time(1000),
        };
        for (times, act, expected) in table {
            let found = judge(&index(times, act), &receipt);
            assert_eq!(found, expected, "{times:?}, act {act:?}");
        }
    }

    #[test]
    fn what_is_no_receipt_is_not_read() {
        let large = vec![b' '; limits::RECEIPT_FILE_OCTETS_MAX + 1];
        for octets in [
            &b""[..],
            b"{}",
            b"[]",
            b"nonsense",
            b"{\"receipt\":{}}",
            &large,
        ] {
            assert!(Given::parse(octets).is_err());
        }
        let text = br#"{"receipt":{"payloadType":"t","payload":"","signatures":[]}}"#;
        let unsigned = Given::parse(text).unwrap();
        assert!(unsigned.verify().is_err());
    }
}
