//! Nothing is missing: each fault is planted somewhere, and explained.

use std::collections::BTreeSet;
use std::string::ToString;

use super::{delegation, servers, trust};
use crate::check::{Check, Fault, Finding, Severity};

#[test]
fn every_fault_is_planted_in_a_table() {
    let tables = [delegation::TABLE, servers::TABLE, trust::TABLE];
    let planted: BTreeSet<&str> = tables
        .iter()
        .flat_map(|table| table.iter())
        .flat_map(|(_, _, faults)| faults.iter().copied())
        .collect();
    let all = Fault::ALL
        .iter()
        .filter(|fault| fault.severity() > Severity::Info);
    let all: BTreeSet<&str> = all.map(|fault| fault.code()).collect();
    assert_eq!(planted, all);
}

#[test]
fn checks_are_numbered_and_named_once() {
    for (number, check) in (1..).zip(Check::ALL) {
        assert_eq!(check.rule().number, number);
        assert_eq!(check.to_string().parse(), Ok(check));
    }
    let faults: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.code()).collect();
    assert_eq!(faults.len(), Fault::ALL.len());
    for fault in Fault::ALL {
        assert_eq!(fault.to_string().parse(), Ok(*fault));
    }
}

#[test]
fn the_documentation_has_every_check_and_fault() {
    let text = include_str!("../../../../docs/checks.md");
    for check in Check::ALL {
        let rule = check.rule();
        let heading = std::format!(
            "| {} | `{}` | {} | {} | {} |",
            rule.number,
            rule.code,
            rule.title,
            rule.gist,
            rule.sources
        );
        assert!(text.contains(&heading), "{heading}");
    }
    for fault in Fault::ALL {
        let row = std::format!("| `{}` | {} | {} |", fault, fault.severity(), fault.next());
        assert!(text.contains(&row), "{row}");
    }
}

#[test]
fn a_finding_has_one_text() {
    let finding = Finding::new(Fault::OneNetwork, crate::basic::Time(1), "x".to_string());
    let text = serde_json::to_string(&finding).unwrap();
    assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
    for (good, bad) in [
        (r#""severity":"error""#, r#""severity":"info""#),
        ("network-diversity", "reachability"),
        (r#""one-network""#, r#""two-networks""#),
        (r#""time":1"#, r#""time":1,"why":1"#),
        (r#""time":1"#, r#""time":1.5"#),
    ] {
        let text = text.replacen(good, bad, 1);
        assert!(serde_json::from_str::<Finding>(&text).is_err(), "{text}");
    }
}
