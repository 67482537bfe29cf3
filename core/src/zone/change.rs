//! Changes to a zone's contents, each over one record set.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Contents, Name, RecordSet, Rtype};

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
}

/// One change of one record set, with the value that it expects to find.
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
    /// ADD, MOD or SUP. None where neither value is given.
    pub fn operation(&self) -> Option<Operation> {
        todo!()
    }
}

/// The changes that turn `old` into `new`, in canonical order of owner and type.
pub fn difference(old: &Contents, new: &Contents) -> Vec<Change> {
    todo!()
}
