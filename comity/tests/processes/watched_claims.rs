//! A watcher that hears the holders of a joint zone: upstream's changes of a claimed name
//! take effect when its holder has consented on the ledger, and not before; whatever
//! nobody has claimed is judged as ever.

use serde_json::Value;

use crate::support::upstream::{Root, USUAL};
use crate::support::zone::{Plan, SMALL, Zone};
use crate::watching::{Watch, seen};

#[test]
fn a_claimed_name_changes_when_its_holder_has_consented_on_the_ledger() {
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let zone = Zone::serve(&Plan::default());
    let watch = Watch::new(&root, "buffer");
    watch.tell(&format!(
        "claims = {{ ledger = \"{}\", founding = \"{}\" }}\n",
        zone.ledger().display(),
        zone.founding
    ));
    let upstream = |serial: u32, more: &str| {
        let text = SMALL.replace("2026010100", &serial.to_string()) + more;
        watch.upstream(&root.sign_zone(&text, USUAL));
    };
    let held = |expected: &[(&str, &str)]| {
        let state = seen(&watch.look());
        let held = state["held"].as_array().unwrap().iter();
        let held: Vec<(&str, &str)> = held
            .map(|it| (word(&it["name"]), word(&it["reasons"][0])))
            .collect();
        assert_eq!(held, expected, "{state}");
    };
    upstream(2_026_010_100, "");
    held(&[]);
    // Both get one more server; a name that nobody has claimed just has it.
    let second = |held: &str| {
        format!("{held}. 172800 IN NS second.{held}.\nsecond.{held}. 172800 IN A 192.0.2.77\n")
    };
    upstream(2_026_010_101, &(second("harbour") + &second("lagoon")));
    held(&[("harbour.", "holder-does-not-consent")]);
    assert!(watch.served().contains("second.lagoon."));
    let is_served = || {
        let served = watch.served();
        let mut lines = served
            .lines()
            .map(|it| it.split_whitespace().collect::<Vec<_>>());
        lines.any(|it| it.contains(&"harbour.") && it.last() == Some(&"second.harbour."))
    };
    assert!(!is_served());
    zone.change("harbour", "second");
    held(&[]);
    assert!(is_served());
    zone.nobody_panicked();
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap()
}
