//! Signed notes, checkpoints, cosignatures and the keys that they name. What is
//! read is written the same way again.

#![no_main]

use comity_core::ledger::{Checkpoint, Cosignature, CosignedCheckpoint, NoteKey, SignedNote};
use comity_core::limits;
use comity_fuzz::parts::Parts;
use comity_fuzz::party;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let kind = parts.octet() % 4;
    let octets = parts.rest();
    let text = String::from_utf8_lossy(octets);
    match kind {
        0 => {
            note(octets);
            checkpoint(octets);
        }
        1 => {
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                assert_eq!(checkpoint.body(), text);
                assert!(checkpoint.size <= limits::INTEGER_MAX);
            }
        }
        2 => {
            if let Ok(cosignature) = text.parse::<Cosignature>() {
                assert_eq!(cosignature.to_string(), text);
            }
        }
        _ => {
            if let Ok(key) = text.parse::<NoteKey>() {
                assert_eq!(key.to_string(), text);
            }
        }
    }
});

fn note(octets: &[u8]) {
    if let Ok(note) = SignedNote::parse(octets) {
        assert_eq!(note.to_string().as_bytes(), octets);
        assert!(note.lines().len() <= limits::NOTE_SIGNATURES_MAX);
        note.signed_by(&party::log_key());
    }
}

fn checkpoint(octets: &[u8]) {
    let Ok(cosigned) = CosignedCheckpoint::parse(octets) else {
        return;
    };
    // Lines of unknown form are left out, and only they.
    let text = cosigned.to_text();
    if !(cosigned.log_signatures.is_empty() && cosigned.cosignatures.is_empty()) {
        let again = CosignedCheckpoint::parse(text.as_bytes()).unwrap();
        assert_eq!(again, cosigned);
    }
    let keys = [0, 1, 2].map(party::cosigner);
    let counted = cosigned.verified_cosignatures(&keys);
    assert!(counted.len() <= keys.len());
    let _whoever_signed = cosigned.verify_log(&party::log_key());
    for line in &cosigned.cosignatures {
        let mut known = cosigned.clone();
        let _unless_it_is_there = known.add(&keys, line);
    }
}
