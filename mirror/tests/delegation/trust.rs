//! Signed zones, sound and not.

use comity_core::check::Verdict;

use crate::network::{Network, ZONE, ds};
use crate::signing::{ByBind, Signed, by_knot};

/// The delegation of a signed zone that both servers have.
fn delegated(signed: &Signed) -> Option<Network> {
    let mut network = Network::start(&signed.zone, &signed.zone)?;
    network.subject.ds = signed.ds.iter().map(|text| ds(text)).collect();
    Some(network)
}

/// The faults in it, without where they are.
fn faults(signed: &Signed) -> Option<Vec<String>> {
    let faults = delegated(signed)?.faults();
    let codes = faults.iter().filter_map(|it| it.split(' ').next());
    let mut codes: Vec<String> = codes.map(ToOwned::to_owned).collect();
    codes.dedup();
    Some(codes)
}

fn sound(signed: Option<Signed>) {
    let Some(network) = signed.and_then(|it| delegated(&it)) else {
        return;
    };
    for judged in network.report().checks {
        assert_eq!(judged.verdict, Verdict::Passed, "{judged:?}");
    }
}

fn by_bind(algorithm: &str, key: &[&str]) {
    let signer = ByBind {
        algorithm,
        key,
        ..ByBind::USUAL
    };
    sound(signer.sign(ZONE));
}

#[test]
fn a_zone_signed_by_knot_passes_all_fifteen() {
    sound(by_knot(ZONE));
}

#[test]
fn a_zone_signed_with_ecdsa_passes_all_fifteen() {
    by_bind("ECDSAP256SHA256", &["-f", "KSK"]);
}

#[test]
fn a_zone_signed_with_rsa_passes_all_fifteen() {
    by_bind("RSASHA256", &["-b", "2048", "-f", "KSK"]);
}

#[test]
fn a_zone_signed_with_ed25519_passes_all_fifteen() {
    by_bind("ED25519", &["-f", "KSK"]);
}

#[test]
fn a_zone_that_is_not_signed_is_found() {
    let unsigned = Signed {
        zone: ZONE.to_owned(),
        ds: vec![format!("1 13 2 {}", "0".repeat(64))],
    };
    if let Some(faults) = faults(&unsigned) {
        assert_eq!(faults, ["no-ds-matches"]);
    }
}

#[test]
fn a_delegation_without_its_ds_record_is_found() {
    let Some(mut signed) = ByBind::USUAL.sign(ZONE) else {
        return;
    };
    signed.ds.clear();
    if let Some(faults) = faults(&signed) {
        assert_eq!(faults, ["no-ds"]);
    }
}

#[test]
fn a_ds_record_more_is_found() {
    let Some(mut signed) = ByBind::USUAL.sign(ZONE) else {
        return;
    };
    signed.ds.push(format!("1 13 2 {}", "0".repeat(64)));
    if let Some(faults) = faults(&signed) {
        assert_eq!(faults, ["ds-without-key"]);
    }
}

#[test]
fn ds_records_that_must_not_be_are_found() {
    let Some(mut signed) = ByBind::USUAL.sign(ZONE) else {
        return;
    };
    let tag = signed.ds[0].split(' ').next().unwrap().to_owned();
    let (forty, sixty_four) = ("0".repeat(40), "0".repeat(64));
    signed.ds.extend([
        format!("{tag} 13 1 {forty}"),
        format!("{tag} 7 2 {sixty_four}"),
        format!("{tag} 99 2 {sixty_four}"),
        format!("{tag} 13 9 {forty}"),
        format!("{tag} 13 2 {forty}"),
    ]);
    let Some(mut faults) = faults(&signed) else {
        return;
    };
    faults.sort();
    faults.dedup();
    assert_eq!(
        faults,
        [
            "ds-algorithm-deprecated",
            "ds-algorithm-unknown",
            "ds-digest-deprecated",
            "ds-digest-length",
            "ds-digest-unknown",
            "ds-not-compared",
            "ds-without-key",
        ]
    );
}

/// How BIND signs, and what is found.
const TABLE: &[(&str, ByBind<'_>, &[&str])] = &[
    (
        "signatures that are over",
        ByBind {
            times: ["20200101000000", "20200201000000"],
            ..ByBind::USUAL
        },
        &["signature-expired"],
    ),
    (
        "signatures that are not good yet",
        ByBind {
            times: ["now+3600", "now+86400"],
            ..ByBind::USUAL
        },
        &["signature-not-yet-valid"],
    ),
    (
        "a key without the SEP bit",
        ByBind {
            key: &[],
            ..ByBind::USUAL
        },
        &["key-not-entry-point"],
    ),
    (
        "a revoked key",
        ByBind {
            revoked: true,
            ..ByBind::USUAL
        },
        &["key-revoked"],
    ),
];

#[test]
fn what_is_wrong_with_keys_and_times_is_found() {
    for (what, signer, expected) in TABLE {
        let Some(found) = signer.sign(ZONE).and_then(|signed| faults(&signed)) else {
            return;
        };
        assert_eq!(found, *expected, "{what}");
    }
}

#[test]
fn data_that_was_changed_after_signing_is_found() {
    let Some(mut signed) = ByBind::USUAL.sign(ZONE) else {
        return;
    };
    let changed = signed.zone.replacen("604800", "604801", 1);
    assert_ne!(changed, signed.zone);
    signed.zone = changed;
    if let Some(faults) = faults(&signed) {
        assert_eq!(faults, ["signature-wrong"]);
    }
}

#[test]
fn a_set_without_its_signature_is_found() {
    let Some(mut signed) = ByBind::USUAL.sign(ZONE) else {
        return;
    };
    signed.zone = without_signatures(&signed.zone, "SOA");
    if let Some(faults) = faults(&signed) {
        assert_eq!(faults, ["signature-missing"]);
    }
}

/// A zone file without the signatures of sets of this type. BIND writes each
/// over several lines, with the last parenthesis at the end.
fn without_signatures(zone: &str, rtype: &str) -> String {
    let mark = format!("RRSIG\t{rtype} ");
    let mut is_inside = false;
    let mut kept = String::new();
    for line in zone.lines() {
        is_inside |= line.contains(&mark);
        if !is_inside {
            kept.push_str(&(line.to_owned() + "\n"));
        }
        is_inside &= !line.ends_with(')');
    }
    assert!(kept.len() < zone.len());
    kept
}
