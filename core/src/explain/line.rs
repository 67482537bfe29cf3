//! Explanations as text: the values before and after in presentation form, and
//! the line of JSON that leaves the machine.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::{ChangeType, Explanation};
use crate::zone::{Change, Name, RecordSet};

/// An explanation as JSON has it, one in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line<'a> {
    /// The serial of the later version.
    pub serial: u32,
    /// The name.
    pub name: &'a Name,
    /// What the change does to it.
    pub change: ChangeType,
    /// The values before; see [`Explanation::before`].
    pub old: Vec<String>,
    /// The values after; see [`Explanation::after`].
    pub new: Vec<String>,
    /// The names that depend on it.
    pub dependents: &'a [Name],
}

impl Explanation {
    /// The line for it, in the version with this serial.
    pub fn line(&self, serial: u32) -> Line<'_> {
        Line {
            serial,
            name: &self.name,
            change: self.change,
            old: self.before(),
            new: self.after(),
            dependents: &self.dependents,
        }
    }

    /// The values before: all data of its sets in presentation form and canonical
    /// order. Where they may be of several types, each begins with its type, and
    /// with its owner before that where this is not the explanation's name. Where
    /// the TTL of a set is another, the set begins with it.
    pub fn before(&self) -> Vec<String> {
        self.values(|set| set.old.as_ref())
    }

    /// The values after, as [`Explanation::before`].
    pub fn after(&self) -> Vec<String> {
        self.values(|set| set.new.as_ref())
    }

    fn values(&self, side: impl Fn(&Change) -> Option<&RecordSet>) -> Vec<String> {
        let mut values = Vec::new();
        for change in &self.sets {
            let Some(set) = side(change) else {
                continue;
            };
            if has_other_ttl(change) {
                values.push(format!("{} TTL {}", change.rtype, set.ttl));
            }
            for data in &set.data {
                let data = data.to_text(change.rtype);
                values.push(self.labelled(change, data));
            }
        }
        values
    }

    fn labelled(&self, change: &Change, data: String) -> String {
        let Change { name, rtype, .. } = change;
        match self.change {
            ChangeType::Added | ChangeType::Removed | ChangeType::Apex => {
                match *name == self.name {
                    true => format!("{rtype} {data}"),
                    false => format!("{name} {rtype} {data}"),
                }
            }
            ChangeType::NsPartial
            | ChangeType::NsRenamed
            | ChangeType::NsReplaced
            | ChangeType::DsFirst
            | ChangeType::DsPartial
            | ChangeType::DsReplaced
            | ChangeType::DsWithdrawn
            | ChangeType::HostAddress => data,
        }
    }
}

fn has_other_ttl(change: &Change) -> bool {
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => old.ttl != new.ttl,
        _ => false,
    }
}
