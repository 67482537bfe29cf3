//! Trust anchors as IANA publishes them: what nobody signed gives none, whatever it is,
//! and nothing of it panics. Of what was signed, only the octets that nobody signs may be
//! others.

#![no_main]

use comity_core::basic::Time;
use comity_core::zone::Name;
use comity_fuzz::parts::Parts;
use comity_mirror::watch::iana::{Publication, document};
use libfuzzer_sys::fuzz_target;

/// 2025-01-01, when IANA's signature of October 2024 was good.
const NOW: Time = Time(1_735_689_600);
const IANA: Publication<'_> = Publication {
    document: include_bytes!("../../mirror/src/watch/iana/published/root-anchors.xml"),
    signature: include_bytes!("../../mirror/src/watch/iana/published/root-anchors.p7s"),
    authorities: include_bytes!("../../mirror/src/watch/iana/published/icannbundle.pem"),
};

fn read(publication: &Publication<'_>) -> bool {
    match publication.anchors(&Name::root(), NOW) {
        Ok(found) => {
            assert_eq!(publication.document, IANA.document);
            assert_eq!(found.len(), 2);
            true
        }
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty() && !refusal.code().is_empty());
            false
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let choice = parts.octet() % 5;
    let rest = parts.rest();
    match choice {
        // The reader of the file, without a signature.
        0 => {
            if let Ok(found) = document::anchors(rest, &Name::root(), NOW) {
                assert!(!found.is_empty());
            }
        }
        1 => {
            read(&Publication {
                document: rest,
                ..IANA
            });
        }
        2 => {
            read(&Publication {
                signature: rest,
                ..IANA
            });
        }
        3 => {
            read(&Publication {
                authorities: rest,
                ..IANA
            });
        }
        // One octet of a good signature is another.
        _ => {
            let mut signature = IANA.signature.to_vec();
            let at = rest
                .iter()
                .fold(0_usize, |at, octet| (at << 8) | usize::from(*octet));
            let at = at % signature.len();
            signature[at] ^= rest.first().copied().unwrap_or(1).max(1);
            read(&Publication {
                signature: &signature,
                ..IANA
            });
        }
    }
});
