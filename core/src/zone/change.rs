//! Changes to a zone's contents, each over one record set, their JSON form
//! in acts, and the changes between two contents.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Contents, Name, Rdata, RecordSet, Rtype};

/// What a change does to its record set, in the ITU's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// The set is new.
    Add,
    /// The set is replaced by another.
    Mod,
    /// The set is removed.
    Sup,
    /// The set must stay as it is, or the other changes are not made.
    Noc,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "ADD",
            Self::Mod => "MOD",
            Self::Sup => "SUP",
            Self::Noc => "NOC",
        })
    }
}

/// One change of one record set, with the value that it expects to find.
///
/// Its JSON is `{"op":"MOD","name":"be.","type":"NS","old":{"ttl":172800,
/// "data":["a.ns.dns.be."]},"new":{…}}`. Data is in presentation form, each
/// in its one text, in canonical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The owner name.
    pub name: Name,
    /// The record type.
    pub rtype: Rtype,
    /// The present value; none where the set is new.
    pub old: Option<RecordSet>,
    /// The value wanted; none where the set is removed.
    pub new: Option<RecordSet>,
}

impl Change {
    /// ADD, MOD, SUP or, with the same value twice, NOC. None where neither value
    /// is given.
    pub fn operation(&self) -> Option<Operation> {
        match (&self.old, &self.new) {
            (None, Some(_)) => Some(Operation::Add),
            (Some(old), Some(new)) if old == new => Some(Operation::Noc),
            (Some(_), Some(_)) => Some(Operation::Mod),
            (Some(_), None) => Some(Operation::Sup),
            (None, None) => None,
        }
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            old: self.new,
            new: self.old,
            ..self
        }
    }
}

/// The changes that turn `old` into `new`, in canonical order of owner and type.
pub fn difference(old: &Contents, new: &Contents) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut olds = old.set_refs().peekable();
    let mut news = new.set_refs().peekable();
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return changes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((old, old_type, _)), Some((new, new_type, _))) => {
                (old, old_type).cmp(&(new, new_type))
            }
        };
        let old = olds.next_if(|_| order.is_le());
        let new = news.next_if(|_| order.is_ge());
        let Some((name, rtype, _)) = old.or(new) else {
            return changes;
        };
        let old = old.map(|(_, _, set)| set);
        let new = new.map(|(_, _, set)| set);
        if old != new {
            changes.push(Change {
                name: name.clone(),
                rtype,
                old: old.cloned(),
                new: new.cloned(),
            });
        }
    }
}

/// A change as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeText {
    op: Operation,
    name: Name,
    #[serde(rename = "type")]
    rtype: String,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    old: Option<SetText>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    new: Option<SetText>,
}

/// A record set as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetText {
    ttl: u32,
    data: Vec<String>,
}

/// A value that is there: `null` is not another way to leave it out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SetText>, D::Error> {
    SetText::deserialize(deserializer).map(Some)
}

impl SetText {
    fn of(rtype: Rtype, set: &RecordSet) -> Self {
        Self {
            ttl: set.ttl,
            data: set.data.iter().map(|data| data.to_text(rtype)).collect(),
        }
    }

    fn read(self, rtype: Rtype) -> Result<RecordSet, String> {
        let mut data = BTreeSet::new();
        for text in &self.data {
            let read = Rdata::from_text(rtype, text)
                .map_err(|error| format!("data `{text}` of type {rtype}: {error}"))?;
            // One value, one text: else two acts could say the same thing.
            let stored = read.to_text(rtype);
            if stored != *text {
                return Err(format!("data `{text}` must be written `{stored}`"));
            }
            if data.last().is_some_and(|last| *last >= read) {
                return Err(format!("data `{text}` is double or out of canonical order"));
            }
            data.insert(read);
        }
        if data.is_empty() {
            return Err("a record set without data".into());
        }
        Ok(RecordSet {
            ttl: self.ttl,
            data,
        })
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let op = self
            .operation()
            .ok_or_else(|| serde::ser::Error::custom("a change with neither value"))?;
        let set = |set: &Option<RecordSet>| set.as_ref().map(|set| SetText::of(self.rtype, set));
        let text = ChangeText {
            op,
            name: self.name.clone(),
            rtype: self.rtype.to_string(),
            old: set(&self.old),
            new: set(&self.new).filter(|_| op != Operation::Noc),
        };
        text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = ChangeText::deserialize(deserializer)?;
        let rtype = text
            .rtype
            .parse()
            .ok()
            .filter(|rtype: &Rtype| rtype.to_string() == text.rtype)
            .ok_or_else(|| de::Error::custom(format!("unknown record type `{}`", text.rtype)))?;
        let read = |set: Option<SetText>| {
            set.map(|set| set.read(rtype))
                .transpose()
                .map_err(de::Error::custom)
        };
        let (old, given) = (read(text.old)?, read(text.new)?);
        let new = match text.op {
            Operation::Noc if given.is_none() => old.clone(),
            _ => given.clone(),
        };
        let change = Self {
            name: text.name,
            rtype,
            old,
            new,
        };
        let is_doubled = text.op == Operation::Noc && given.is_some();
        if change.operation() == Some(text.op) && !is_doubled {
            Ok(change)
        } else {
            Err(de::Error::custom(
                "ADD has only `new`, SUP and NOC only `old`, MOD two that differ",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOD: &str = concat!(
        r#"{"op":"MOD","name":"be.","type":"NS","old":{"ttl":172800,"data":["a.ns.dns.be."]},"#,
        r#""new":{"ttl":172800,"data":["a.ns.dns.be.","b.ns.dns.be."]}}"#
    );

    #[test]
    fn json_is_pinned_and_reads_back() {
        let change: Change = serde_json::from_str(MOD).unwrap();
        assert_eq!(change.operation(), Some(Operation::Mod));
        assert_eq!(serde_json::to_string(&change).unwrap(), MOD);
        let sup =
            r#"{"op":"SUP","name":"x.","type":"TYPE65280","old":{"ttl":1,"data":["\\# 1 AB"]}}"#;
        let change: Change = serde_json::from_str(sup).unwrap();
        assert_eq!(serde_json::to_string(&change).unwrap(), sup);
        let noc = sup.replace("SUP", "NOC");
        let change: Change = serde_json::from_str(&noc).unwrap();
        assert_eq!(change.operation(), Some(Operation::Noc));
        assert_eq!(serde_json::to_string(&change).unwrap(), noc);
    }

    #[test]
    fn refuses_json_that_is_not_one_change() {
        for (good, bad) in [
            (r#""op":"MOD""#, r#""op":"ADD""#),
            (r#""op":"MOD""#, r#""op":"NOC""#),
            (r#""type":"NS""#, r#""type":"ns""#),
            (r#""type":"NS""#, r#""type":"TYPE2""#),
            (r#""type":"NS""#, r#""type":"NSX""#),
            (r#""type":"NS""#, r#""type":"NS","type":"NS""#),
            (r#""type":"NS""#, r#""type":"NS","why":1"#),
            (r#"["a.ns.dns.be."]"#, r#"[]"#),
            (r#"["a.ns.dns.be."]"#, r#"["a.ns.dns.be"]"#),
            (r#"["a.ns.dns.be."]"#, r#"["A.ns.dns.be."]"#),
            (r#"["a.ns.dns.be."]"#, r#"["b.be.","b.be."]"#),
            (r#"["a.ns.dns.be."]"#, r#"["b.be.","a.be."]"#),
            (
                r#""old":{"ttl":172800,"data":["a.ns.dns.be."]}"#,
                r#""old":null"#,
            ),
            (r#","b.ns.dns.be."]"#, "]"),
            (r#""ttl":172800"#, r#""ttl":4294967296"#),
        ] {
            let text = MOD.replacen(good, bad, 1);
            assert_ne!(text, MOD);
            assert!(serde_json::from_str::<Change>(&text).is_err(), "{text}");
        }
    }
}
