//! Checks 13 to 15: the DS records, their keys, and the signatures.

use alloc::format;

use super::Judging;
use crate::check::algorithms::{Algorithm, DigestType, Use};
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::table::Check;
use crate::zone::{Rdata, Rtype};

pub(super) fn judge(judging: &mut Judging<'_>) {
    if judging.subject.ds.is_empty() {
        for check in [Check::DsFormat, Check::DsMatchesKey, Check::Signatures] {
            judging.not_applicable(check);
        }
        return;
    }
    for data in &judging.subject.ds {
        format(judging, data);
    }
}

/// The parts of a DS record's data (RFC 4034 §5.1).
struct Ds<'a> {
    algorithm: u8,
    digest_type: u8,
    digest: &'a [u8],
}

impl<'a> Ds<'a> {
    fn read(data: &'a Rdata) -> Option<Self> {
        let [_, _, algorithm, digest_type, digest @ ..] = data.as_wire() else {
            return None;
        };
        Some(Self {
            algorithm: *algorithm,
            digest_type: *digest_type,
            digest,
        })
    }
}

fn format(judging: &mut Judging<'_>, data: &Rdata) {
    let record = format!("{} DS {}", judging.subject.name, data.to_text(Rtype::DS));
    let time = judging.observed.begun;
    let mut find = |fault, text| {
        judging.find(Finding::new(fault, time, text).in_record(record.clone()));
    };
    let Some(ds) = Ds::read(data) else {
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
            "The digest has {} octets; one of type {} ({}) has {}.",
            ds.digest.len(),
            digest_type.number,
            digest_type.name,
            digest_type.octets
        );
        find(Fault::DsDigestLength, text);
    }
}
