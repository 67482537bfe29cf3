//! What was judged before, as far as it still matters: so that a change that
//! takes an earlier one back is seen as such.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::judgement::{Judgement, Verdict};
use crate::basic::Time;
use crate::explain::{Explained, Explanation};
use crate::limits;
use crate::zone::{Change, Name};

/// Earlier changes, the oldest first. Of a bounded number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(VecDeque<Past>);

/// One earlier change.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl History {
    /// Remembers what was judged of a version. Those that passed are remembered
    /// too: taking one back takes away what was proved.
    pub fn note(
        &mut self,
        explained: &Explained,
        judgements: &[Judgement],
        serial: u32,
        time: Time,
    ) {
        for (explanation, judgement) in explained.explanations.iter().zip(judgements) {
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
