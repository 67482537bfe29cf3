//! What was judged before, as far as it still matters: so that a change that
//! takes an earlier one back is seen as such.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::judgement::{Judgement, Verdict};
use crate::basic::Time;
use crate::explain::{Explained, Explanation};
use crate::limits;
use crate::zone::{Change, Name};

/// Earlier changes, the oldest first. Of a bounded number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(VecDeque<Past>);

/// One earlier change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// When it was judged.
    pub time: Time,
    /// The serial of the version that had it.
    pub serial: u32,
    /// The name.
    pub name: Name,
    /// What it did.
    pub sets: Vec<Change>,
    /// What it was judged to be.
    pub verdict: Verdict,
}

/// A text is no history, or not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoHistory;

/// A history as it is kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    changes: VecDeque<Past>,
}

/// The same, to be written.
#[derive(Serialize)]
struct KeptRef<'a> {
    version: u32,
    changes: &'a [&'a Past],
}

/// The form of a history that is kept.
const FORM: u32 = 1;

impl History {
    /// A history that was kept.
    ///
    /// # Errors
    /// Where the text is none, or longer than one can be.
    pub fn from_json(text: &str) -> Result<Self, NoHistory> {
        if text.len() > limits::GUARD_HISTORY_OCTETS_MAX {
            return Err(NoHistory);
        }
        let kept: Kept = serde_json::from_str(text).map_err(|_| NoHistory)?;
        let fits = kept.version == FORM && kept.changes.len() <= limits::GUARD_HISTORY_MAX;
        fits.then_some(Self(kept.changes)).ok_or(NoHistory)
    }

    /// The history, to be kept: without the oldest changes where it would be longer than
    /// one can be.
    pub fn to_json(&self) -> String {
        let mut changes: Vec<&Past> = self.0.iter().collect();
        loop {
            let (version, all) = (FORM, &*changes);
            let kept = KeptRef {
                version,
                changes: all,
            };
            // Names, types and octets always have a text.
            let text = serde_json::to_string(&kept).unwrap_or_default();
            if text.len() <= limits::GUARD_HISTORY_OCTETS_MAX || changes.is_empty() {
                return text;
            }
            changes.drain(..changes.len().div_ceil(2));
        }
    }

    /// Remembers what was judged of a version. Those that passed are remembered
    /// too: taking one back takes away what was proved. What is judged again is
    /// remembered once, as it was judged last.
    pub fn note(
        &mut self,
        explained: &Explained,
        judgements: &[Judgement],
        serial: u32,
        time: Time,
    ) {
        for (explanation, judgement) in explained.explanations.iter().zip(judgements) {
            let again = self.0.iter_mut().rev().find(|past| {
                past.serial == serial
                    && past.name == explanation.name
                    && past.sets == explanation.sets
            });
            if let Some(past) = again {
                past.verdict = judgement.verdict;
                continue;
            }
            if self.0.len() >= limits::GUARD_HISTORY_MAX {
                self.0.pop_front();
            }
            self.0.push_back(Past {
                time,
                serial,
                name: explanation.name.clone(),
                sets: explanation.sets.clone(),
                verdict: judgement.verdict,
            });
        }
    }

    /// Forgets what was judged before a time.
    pub fn forget_before(&mut self, time: Time) {
        self.0.retain(|past| past.time >= time);
    }

    /// The latest change at or after a time that this one takes back to the record.
    pub fn taken_back(&self, explanation: &Explanation, since: Time) -> Option<&Past> {
        let is_back = |past: &&Past| {
            past.time >= since && past.name == explanation.name && mirrors(past, explanation)
        };
        self.0.iter().rev().find(is_back)
    }
}

fn mirrors(past: &Past, explanation: &Explanation) -> bool {
    let is_mirror = |(then, now): (&Change, &Change)| {
        (&then.name, then.rtype) == (&now.name, now.rtype)
            && then.old == now.new
            && then.new == now.old
    };
    past.sets.len() == explanation.sets.len()
        && past.sets.iter().zip(&explanation.sets).all(is_mirror)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::ChangeType;
    use crate::zone::{Rdata, RecordSet, Rtype};

    fn explained(names: impl IntoIterator<Item = Name>, records: usize) -> Explained {
        let set = |first: usize| {
            let text = |it: usize| alloc::format!("host-{it}.example.");
            let data = (first..first + records).map(|it| Rdata::from_text(Rtype::NS, &text(it)));
            RecordSet {
                ttl: 60,
                data: data.map(Result::unwrap).collect(),
            }
        };
        let explanation = |name: Name| Explanation {
            change: ChangeType::NsReplaced,
            sets: [Change {
                name: name.clone(),
                rtype: Rtype::NS,
                old: Some(set(0)),
                new: Some(set(records)),
            }]
            .into(),
            dependents: Vec::new(),
            name,
        };
        Explained {
            explanations: names.into_iter().map(explanation).collect(),
            ..Explained::default()
        }
    }

    fn judgements(explained: &Explained, verdict: Verdict) -> Vec<Judgement> {
        let judgement = |it: &Explanation| Judgement {
            name: it.name.clone(),
            change: it.change,
            verdict,
            findings: Vec::new(),
            due: None,
            until: None,
            releases: Vec::new(),
            batch: None,
        };
        explained.explanations.iter().map(judgement).collect()
    }

    fn names(count: usize) -> impl Iterator<Item = Name> {
        (0..count).map(|it| alloc::format!("name-{it}.").parse().unwrap())
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let mut history = History::default();
        assert_eq!(History::from_json(&history.to_json()), Ok(history.clone()));
        for (serial, verdict) in [(1, Verdict::Held), (2, Verdict::Passed)] {
            let explained = explained(names(3), 2);
            let judgements = judgements(&explained, verdict);
            history.note(&explained, &judgements, serial, Time(7));
        }
        assert_eq!(history.0.len(), 6);
        assert_eq!(History::from_json(&history.to_json()), Ok(history.clone()));
        let text = history.to_json();
        for wrong in [
            "",
            "{}",
            &text[..text.len() - 1],
            &text.replacen("\"version\":1", "\"version\":2", 1),
            &text.replacen("held", "hold", 1),
            &text.replacen("\"time\"", "\"when\"", 1),
        ] {
            assert_eq!(History::from_json(wrong), Err(NoHistory), "{wrong}");
        }
    }

    #[test]
    fn what_is_judged_again_is_remembered_once() {
        let (mut history, explained) = (History::default(), explained(names(2), 1));
        for (verdict, at) in [(Verdict::Held, 7), (Verdict::Held, 8), (Verdict::Passed, 9)] {
            history.note(&explained, &judgements(&explained, verdict), 1, Time(at));
        }
        let found: Vec<_> = history.0.iter().map(|it| (it.time, it.verdict)).collect();
        assert_eq!(found, [(Time(7), Verdict::Passed); 2]);
    }

    #[test]
    fn a_history_is_bounded_in_number_and_in_octets() {
        let mut history = History::default();
        let all = explained(names(limits::GUARD_HISTORY_MAX + 1), 1);
        history.note(&all, &judgements(&all, Verdict::Held), 1, Time(7));
        assert_eq!(history.0.len(), limits::GUARD_HISTORY_MAX);
        assert_eq!(History::from_json(&history.to_json()), Ok(history));
        let (mut history, large) = (History::default(), explained(names(300), 500));
        history.note(&large, &judgements(&large, Verdict::Held), 1, Time(7));
        let text = history.to_json();
        assert!(text.len() <= limits::GUARD_HISTORY_OCTETS_MAX);
        let read = History::from_json(&text).unwrap();
        assert!(!read.0.is_empty() && read.0.len() < history.0.len());
        assert_eq!(read.0.back(), history.0.back());
    }
}
