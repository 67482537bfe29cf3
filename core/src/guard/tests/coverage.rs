//! Nothing is missing: each reason occurs in a table, and is explained.

use std::collections::BTreeSet;
use std::format;

use super::{holds, servers, trust};
use crate::guard::Reason;

#[test]
fn every_reason_occurs_in_a_table() {
    let tables = [servers::TABLE, trust::TABLE, holds::TABLE];
    let said = tables.iter().flat_map(|table| table.iter());
    let said = said.flat_map(|(_, _, said)| said.iter());
    let said = said.filter_map(|line| line.split_once(": "));
    let said = said.flat_map(|(_, codes)| codes.split(", "));
    let said: BTreeSet<&str> = said.chain(holds::BY_THEMSELVES).collect();
    let all: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(said, all);
    assert_eq!(all.len(), Reason::ALL.len());
}

#[test]
fn the_documentation_has_every_reason() {
    let text = include_str!("../../../../docs/guard.md");
    for reason in Reason::ALL {
        let row = format!("| `{reason}` | {} |\n", reason.next());
        assert!(text.contains(&row), "{row}");
    }
}
