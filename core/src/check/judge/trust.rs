//! Checks 13 and 14: the DS records, and their keys.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Good, Judging, signatures};
use crate::check::algorithms::{Algorithm, DigestType, Use};
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::table::Check;
use crate::dnssec::{Ds, ZoneKey};
use crate::zone::{Rdata, Rtype};

/// Digest types of which `core` makes digests: SHA-256 and SHA-384.
const COMPARED: [u8; 2] = [2, 4];
/// The key is an entry point (RFC 4034 §2.1.1).
const ENTRY_POINT: u8 = 1;

pub(super) fn judge(judging: &mut Judging<'_>) {
    let answers = judging.good_answers(&judging.subject.name, Rtype::DNSKEY);
    if judging.subject.ds.is_empty() {
        for check in [Check::DsFormat, Check::DsMatchesKey, Check::Signatures] {
            judging.not_applicable(check);
        }
        if let Some((good, _)) = answers.values().find_map(|good| {
            let keys = keys(judging, *good);
            (!keys.is_empty()).then_some((good, keys))
        }) {
            let text = format!(
                "{} is signed, and the delegation has no DS record: nobody can validate it.",
                judging.subject.name
            );
            judging.find(Finding::seen(Fault::NoDs, good.observation, text).by_any_way());
        }
        return;
    }
    for data in &judging.subject.ds {
        format(judging, data);
        not_compared(judging, data);
    }
    if answers.is_empty() {
        judging.not_judged(Check::DsMatchesKey);
        judging.not_judged(Check::Signatures);
    }
    // Nothing is said of digests that are not made here.
    let compared = |data: &Rdata| Ds::parse(data).is_some_and(|ds| is_compared(&ds));
    let mut is_broken = !answers.is_empty() && judging.subject.ds.iter().all(compared);
    for good in answers.into_values() {
        let named = matching(judging, good);
        is_broken &= !signatures::judge(judging, good, &named);
    }
    judging.is_broken = is_broken;
}

fn is_compared(ds: &Ds) -> bool {
    COMPARED.contains(&ds.digest_type)
}

fn keys(judging: &Judging<'_>, good: Good<'_>) -> Vec<ZoneKey> {
    let data = good.answer.data(&judging.subject.name, Rtype::DNSKEY);
    data.iter().filter_map(ZoneKey::parse).collect()
}

fn record(judging: &Judging<'_>, data: &Rdata) -> String {
    format!("{} DS {}", judging.subject.name, data.to_text(Rtype::DS))
}

fn not_compared(judging: &mut Judging<'_>, data: &Rdata) {
    let Some(ds) = Ds::parse(data) else {
        return;
    };
    if !is_compared(&ds) {
        let text = format!(
            "Digests of type {} are not made here: whether the zone has the key is not known.",
            ds.digest_type
        );
        let finding = Finding::new(Fault::DsNotCompared, judging.observed.begun, text);
        let record = record(judging, data);
        judging.find(finding.in_record(record));
    }
}

/// Check 14 at one place: the keys there that DS records name and that may
/// sign the zone.
fn matching(judging: &mut Judging<'_>, good: Good<'_>) -> Vec<ZoneKey> {
    let zone = &judging.subject.name;
    let keys = keys(judging, good);
    let (mut named, mut without) = (Vec::new(), Vec::new());
    for data in &judging.subject.ds {
        let Some(ds) = Ds::parse(data) else {
            continue;
        };
        match keys.iter().find(|key| ds.names(zone, key)) {
            Some(key) => {
                use_of_key(judging, good, data, key);
                named.push(key.clone());
            }
            None if is_compared(&ds) => without.push((data, ds)),
            None => {}
        }
    }
    let is_hopeless = without.len() == judging.subject.ds.len();
    for (data, ds) in without {
        let (fault, all) = if is_hopeless {
            (
                Fault::NoDsMatches,
                ", and none has that of another DS record: validators refuse it",
            )
        } else {
            (Fault::DsWithoutKey, "")
        };
        let text = format!(
            "None of the {} keys that {} serves is the one with tag {} and this digest{all}.",
            keys.len(),
            good.observation.server,
            ds.key_tag
        );
        let finding = Finding::seen(fault, good.observation, text).by_any_way();
        let record = record(judging, data);
        judging.find(finding.in_record(record));
    }
    named.retain(|key| key.is_of_the_zone() && !key.is_revoked());
    named
}

fn use_of_key(judging: &mut Judging<'_>, good: Good<'_>, data: &Rdata, key: &ZoneKey) {
    let tag = key.tag();
    let low_flags = key.rdata().as_wire().get(1).copied().unwrap_or_default();
    let (fault, text) = if !key.is_of_the_zone() {
        (
            Fault::KeyNotForZone,
            format!("The key with tag {tag} is none that signs zones."),
        )
    } else if key.is_revoked() {
        (
            Fault::KeyRevoked,
            format!("The key with tag {tag} is revoked (RFC 5011 §2.1)."),
        )
    } else if low_flags & ENTRY_POINT == 0 {
        let text = format!("The key with tag {tag} does not have the SEP bit (flags 257).");
        (Fault::KeyNotEntryPoint, text)
    } else {
        return;
    };
    let finding = Finding::seen(fault, good.observation, text).by_any_way();
    let record = record(judging, data);
    judging.find(finding.in_record(record));
}

fn format(judging: &mut Judging<'_>, data: &Rdata) {
    let record = record(judging, data);
    let time = judging.observed.begun;
    let mut find = |fault, text| {
        judging.find(Finding::new(fault, time, text).in_record(record.clone()));
    };
    let Some(ds) = Ds::parse(data) else {
        find(
            Fault::DsMalformed,
            "The DS record has fewer than four fields.".into(),
        );
        return;
    };
    match Algorithm::of(ds.algorithm).map(|it| (it, it.usage)) {
        Some((_, Use::Good)) => {}
        Some((it, Use::Deprecated(source))) => {
            let text = format!(
                "Algorithm {} ({}, {}) must not be used any more ({source}).",
                it.number, it.name, it.source
            );
            find(Fault::DsAlgorithmDeprecated, text);
        }
        Some((it, Use::NotForZones)) => {
            let text = format!(
                "Algorithm {} ({}, {}) is not for zones that are delegated.",
                it.number, it.name, it.source
            );
            find(Fault::DsAlgorithmUnknown, text);
        }
        None => {
            let text = format!("Algorithm {} is not assigned (RFC 9904).", ds.algorithm);
            find(Fault::DsAlgorithmUnknown, text);
        }
    }
    let Some(digest_type) = DigestType::of(ds.digest_type) else {
        let text = format!("Digest type {} is not assigned (RFC 9904).", ds.digest_type);
        find(Fault::DsDigestUnknown, text);
        return;
    };
    if let Use::Deprecated(source) = digest_type.usage {
        let text = format!(
            "Digest type {} ({}, {}) must not be used any more ({source}).",
            digest_type.number, digest_type.name, digest_type.source
        );
        find(Fault::DsDigestDeprecated, text);
    }
    if ds.digest.len() != digest_type.octets {
        let text = format!(
            "Digests of type {} ({}) have {} octets, and this one {}.",
            digest_type.number,
            digest_type.name,
            digest_type.octets,
            ds.digest.len()
        );
        find(Fault::DsDigestLength, text);
    }
}
