//! Rules of known assemblies, as data: each with the provision that every
//! field of it was taken from, and whether that provision could be read.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::VotingRule;
use crate::act::json;

/// The names of the presets.
pub const PRESETS: [&str; 4] = ["e164-60-days", "itu-basic-texts", "itu-plenary", "unga"];

/// An assembly's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its name.
    pub name: String,
    /// Whose rules these are.
    pub title: String,
    /// The rules, the usual one first.
    pub rules: Vec<NamedRule>,
    /// Where each field of them comes from.
    pub sources: Vec<Source>,
}

/// A rule of an assembly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedRule {
    /// Its name within the preset.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The rule.
    pub rule: VotingRule,
}

/// Where a field of a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The rule's name.
    pub rule: String,
    /// The field of the rule, or `amendments` for the order of voting on them.
    pub field: String,
    /// The text.
    pub text: String,
    /// The number of the provision in it.
    pub provision: String,
    /// Whether the provision was read.
    pub read: Reading,
    /// Where it was read; nothing where it was not.
    pub seen: String,
    /// What a reader should know: where our rule says less or more.
    pub note: String,
}

/// Whether a provision was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    /// Its text was read.
    #[serde(rename = "read")]
    Read,
    /// Its text was not read: the field says what it is commonly said to say.
    #[serde(rename = "not read")]
    NotRead,
    /// The text has no such provision: the field is ours.
    #[serde(rename = "ours")]
    Ours,
}

impl Preset {
    /// The rule with this name.
    pub fn rule(&self, name: &str) -> Option<&VotingRule> {
        let named = self.rules.iter().find(|named| named.name == name)?;
        Some(&named.rule)
    }
}

/// The preset with this name.
pub fn preset(name: &str) -> Option<Preset> {
    let text = match name {
        "e164-60-days" => include_str!("presets/e164-60-days.json"),
        "itu-basic-texts" => include_str!("presets/itu-basic-texts.json"),
        "itu-plenary" => include_str!("presets/itu-plenary.json"),
        "unga" => include_str!("presets/unga.json"),
        _ => return None,
    };
    // A file ends with a line, a value's one text does not.
    let text = text.strip_suffix('\n')?;
    json::decode(text.as_bytes()).ok()
}
