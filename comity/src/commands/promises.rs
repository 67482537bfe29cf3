//! Drop boxes' receipts, judged in the course of an audit: what the charter
//! said, and what time it was, when a box gave one, is known when the acts are
//! applied.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use comity_core::act::{Act, Checked, DecisionResult};
use comity_core::basic::Digest;
use comity_core::charter::DropBox;
use comity_core::holder::HolderId;
use comity_core::limits;
use comity_core::state::{ConsentState, Founded, Outcome, State};
use comity_mirror::files;
use comity_mirror::follow::Applied;
use comity_mirror::index::Index;
use comity_mirror::receipts::{Breach, Given, HeldReceipt, Standing, judge};
use serde::Serialize;

use super::words;
use crate::output::Failure;

/// The receipts, and what they are judged by.
pub(super) struct Promises {
    /// Each with its file's name.
    receipts: Vec<(String, HeldReceipt)>,
    index: Index,
    /// The drop boxes of the charter in force after so many acts.
    boxes: BTreeMap<u64, Vec<DropBox>>,
    /// The state before the last act, while a decision may come that leaves one
    /// of the acts out.
    before: Option<State>,
    /// Decisions that were taken without an act.
    without: BTreeMap<Digest, Undone>,
}

/// What the ledger says of one receipt.
#[derive(Serialize)]
pub(super) struct Promise {
    file: String,
    /// The act's leaf hash.
    leaf: Digest,
    /// The act's id, where the file has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Digest>,
    #[serde(rename = "box")]
    dropbox: String,
    /// When the box took the act: how many acts there were, and ledger time.
    size: u64,
    time: u64,
    /// `kept`, `not-due` or `breach`.
    standing: &'static str,
    /// Where the act stands, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breach: Option<BreachText>,
    #[serde(skip)]
    text: String,
}

/// A promise that was not kept.
#[derive(Serialize)]
struct BreachText {
    /// Ledger time until which the act was due.
    due: u64,
    /// The time act that passed it.
    passed: u64,
    /// The decision that was taken without the act, if it answers a proposal, and
    /// the file has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Undone>,
}

/// A decision that was taken without an act that a box had taken in time.
#[derive(Clone, Copy, Serialize)]
struct Undone {
    proposal: Digest,
    position: u64,
    result: DecisionResult,
    /// Whether it would have been another with the act: then it is void.
    would_differ: bool,
}

impl Promises {
    /// All files in the directory, if there is one.
    pub(super) fn read(directory: Option<&Path>) -> Result<Self, Failure> {
        let mut receipts = Vec::new();
        let entries = directory.map(fs::read_dir).transpose();
        for entry in entries.map_err(Failure::world)?.into_iter().flatten() {
            let path = entry.map_err(Failure::world)?.path();
            if receipts.len() >= limits::RECEIPT_FILES_MAX {
                let text = format!(
                    "more than {} receipts; judge them a directory at a time",
                    limits::RECEIPT_FILES_MAX
                );
                return Err(Failure::usage(text));
            }
            let name = path.display().to_string();
            let octets_max = u64::try_from(limits::RECEIPT_FILE_OCTETS_MAX).unwrap_or(u64::MAX);
            let octets = files::read_required(&path, octets_max).map_err(Failure::world)?;
            let held = Given::parse(&octets)
                .map_err(|refusal| no_receipt(&name, &refusal))?
                .verify()
                .map_err(|refusal| no_receipt(&name, &refusal))?;
            receipts.push((name, held));
        }
        receipts.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Self {
            receipts,
            index: Index::default(),
            boxes: BTreeMap::new(),
            before: None,
            without: BTreeMap::new(),
        })
    }

    /// Notes an act, and the charter after it where a receipt was given there.
    pub(super) fn look(&mut self, state: &State, applied: &Applied) {
        if self.receipts.is_empty() {
            return;
        }
        self.index.note(applied);
        self.look_at_decisions(state, applied);
        let size = state.log().size();
        let is_there = |(_, held): &(String, HeldReceipt)| held.receipt.size == size;
        if let Ok(founded) = state.founded()
            && self.receipts.iter().any(is_there)
        {
            self.boxes.insert(size, founded.charter.rules.boxes.clone());
        }
    }

    /// Finds decisions that are taken without an act which a box had by then.
    fn look_at_decisions(&mut self, state: &State, applied: &Applied) {
        let before = self.before.take();
        let size = state.log().size();
        let mut may_be_left_out = false;
        for (_, held) in &self.receipts {
            let answered = held
                .act
                .as_ref()
                .map(|(_, act)| (act, answers(act.inner())));
            let Some((act, Some(proposal))) = answered else {
                continue;
            };
            if held.receipt.size > size || self.index.position(&act.leaf()).is_some() {
                continue;
            }
            match applied.outcome {
                Outcome::Decided(decided, result) if decided == proposal => {
                    let other = before.as_ref().and_then(|before| {
                        let founded = before.founded().ok()?;
                        result_with(founded, proposal, act)
                    });
                    let undone = Undone {
                        proposal,
                        position: applied.position,
                        result,
                        would_differ: other.is_some_and(|other| other != Some(result)),
                    };
                    self.without.insert(act.leaf(), undone);
                }
                Outcome::Voided(voided) if voided == proposal => {
                    self.without.remove(&act.leaf());
                }
                _ => {}
            }
            let founded = state.founded().ok();
            let mut known = founded.iter().flat_map(|founded| &founded.proposals);
            may_be_left_out |= known.any(|one| one.id == proposal && one.decided.is_none());
        }
        self.before = may_be_left_out.then(|| state.clone());
    }

    /// What became of each promise. A file that proves nothing is a finding, as
    /// is a box that lies.
    pub(super) fn judge(&self, state: &State) -> Result<Vec<Promise>, Failure> {
        let judge = |(name, held): &(String, HeldReceipt)| self.judge_one(state, name, held);
        self.receipts.iter().map(judge).collect()
    }

    fn judge_one(&self, state: &State, name: &str, held: &HeldReceipt) -> Result<Promise, Failure> {
        let founded = state.founded().map_err(Failure::world)?;
        let receipt = &held.receipt;
        if receipt.ledger != founded.ledger {
            let text = format!("it is for the ledger {}, which is another", receipt.ledger);
            return Err(no_receipt(name, &text));
        }
        let size = receipt.size;
        if size > state.log().size() {
            let text = format!(
                "it is of {size} acts, which this ledger has not reached; audit a newer copy, or \
                 the box lies"
            );
            return Err(no_receipt(name, &text));
        }
        let boxes = self.boxes.get(&size).map_or(&[][..], Vec::as_slice);
        let Some(dropbox) = boxes.iter().find(|one| one.key == held.box_key) else {
            let text = format!(
                "the charter in force after {size} acts named no drop box with the key {}",
                held.box_key
            );
            return Err(no_receipt(name, &text));
        };
        let time = self.index.time_after(size);
        if time != Some(receipt.time) {
            let time = time.map_or("there was none".to_string(), |time| {
                format!("it was {time}")
            });
            let text = format!(
                "{name}: the drop box {} lies: it says that ledger time was {} after {size} acts, \
                 and {time}",
                dropbox.name, receipt.time
            );
            return Err(Failure::rule("receipt-false", text));
        }
        let standing = judge(&self.index, receipt);
        let without = self.without.get(&receipt.leaf).copied();
        Ok(promise(name, held, dropbox, (standing, without)))
    }
}

impl Promise {
    /// Whether it was not kept.
    pub(super) fn is_breach(&self) -> bool {
        self.breach.is_some()
    }
}

fn promise(
    name: &str,
    held: &HeldReceipt,
    dropbox: &DropBox,
    (standing, decision): (Standing, Option<Undone>),
) -> Promise {
    let receipt = &held.receipt;
    let (word, position, breach) = match standing {
        Standing::Kept { position } => ("kept", Some(position), None),
        Standing::NotDue => ("not-due", None, None),
        Standing::Breach(Breach { due, passed, late }) => {
            let breach = BreachText {
                due: due.0,
                passed,
                decision,
            };
            ("breach", late, Some(breach))
        }
    };
    let mut text = format!(
        "receipt {name}: act {}, taken by the drop box {} at {}, {standing}",
        words::short(&receipt.leaf),
        dropbox.name,
        receipt.time,
    );
    if let Some(breach) = &breach {
        text.push_str(&breach.words());
    }
    Promise {
        file: name.to_string(),
        leaf: receipt.leaf,
        act: held.act.as_ref().map(|(act, _)| act.id()),
        dropbox: dropbox.name.clone(),
        size: receipt.size,
        time: receipt.time.0,
        standing: word,
        position,
        breach,
        text,
    }
}

impl BreachText {
    fn words(&self) -> String {
        let Some(decision) = &self.decision else {
            return String::new();
        };
        let result = words::result(decision.result);
        let text = format!(
            "; proposal {} was {result} without it in act {}",
            words::short(&decision.proposal),
            decision.position
        );
        match decision.would_differ {
            true => format!("{text}, which it would have changed"),
            false => format!("{text}, which it would not have changed"),
        }
    }
}

/// The proposal that an act answers.
fn answers(act: &Act) -> Option<Digest> {
    match act {
        Act::Ballot(ballot) => Some(ballot.proposal),
        Act::Consent(consent) => Some(consent.proposal),
        Act::Objection(objection) => Some(objection.to),
        _ => None,
    }
}

/// What a proposal would come to with one more answer, in the state right
/// before it was decided; none inside where it would be open still. None where
/// the answer is not one.
fn result_with(
    founded: &Founded,
    proposal: Digest,
    act: &Checked<Act>,
) -> Option<Option<DecisionResult>> {
    let mut known = founded.proposals.iter();
    let mut with = known.find(|known| known.id == proposal)?.clone();
    let authority = |holder: &HolderId| {
        let keys = &founded.holders.get(holder)?.keys;
        keys.authority(act.signers())
    };
    match act.inner() {
        Act::Ballot(ballot) => {
            let member = act
                .signers()
                .first()
                .and_then(|key| founded.member_of(key))?;
            with.ballots.entry(member).or_insert(ballot.vote);
        }
        Act::Consent(consent) => {
            let names = consent.names.iter();
            let state = ConsentState {
                names: names.map(|one| (one.name.clone(), one.present)).collect(),
                until: consent.until,
                authority: authority(&consent.holder)?,
                revision: founded.holders.get(&consent.holder)?.revision,
                position: with.position,
                seen: with.seen,
            };
            with.objections.remove(&consent.holder);
            with.consents.insert(consent.holder, state);
        }
        Act::Objection(objection) => {
            let authority = authority(&objection.holder)?;
            with.consents.remove(&objection.holder);
            with.objections.insert(objection.holder, authority);
        }
        _ => return None,
    }
    let decided = founded.decide(&with);
    Some(decided.map(|(decision, _)| decision.result))
}

fn no_receipt(name: &str, reason: &dyn fmt::Display) -> Failure {
    Failure::rule("receipt", format!("{name} proves nothing: {reason}"))
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
