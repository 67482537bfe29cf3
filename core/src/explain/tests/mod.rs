//! What is said about each change, as tables, and what holds for any two zones.

mod properties;
mod table;

use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use super::{Explained, Version, explain};
use crate::zone::samples::{name, records};
use crate::zone::{Contents, Record, RecordSet, Rtype, is_derived};

/// A version of a zone, from lines of owner, TTL, type and data.
#[derive(Clone, Debug)]
struct Zone {
    contents: Contents,
    keys: BTreeMap<Rtype, RecordSet>,
}

impl Zone {
    fn of(origin: &str, lines: &str) -> Self {
        let (keys, records): (Vec<Record>, Vec<Record>) = records(lines)
            .into_iter()
            .partition(|record| is_derived(record.rtype));
        let mut sets: BTreeMap<Rtype, RecordSet> = BTreeMap::new();
        for Record {
            rtype, ttl, data, ..
        } in keys
        {
            let set = sets.entry(rtype).or_insert_with(|| RecordSet {
                ttl,
                data: [].into(),
            });
            set.data.insert(data);
        }
        Self {
            contents: Contents::build(&name(origin), records).unwrap(),
            keys: sets,
        }
    }

    fn version(&self) -> Version<'_> {
        Version {
            contents: &self.contents,
            keys: &self.keys,
        }
    }

    fn to(&self, new: &Self) -> Explained {
        explain(self.version(), new.version()).unwrap()
    }
}

/// Lines of a zone after an edit: each of its lines begins with `-` or `+`.
fn edited(zone: &str, edit: &str) -> String {
    let mut lines: Vec<&str> = zone.lines().map(str::trim).collect();
    for line in edit.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(new) = line.strip_prefix('+') {
            lines.push(new);
        } else {
            let old = line.strip_prefix('-').unwrap();
            let at = lines.iter().position(|line| *line == old);
            lines.remove(at.unwrap_or_else(|| std::panic!("no line {old}")));
        }
    }
    lines.join("\n")
}
