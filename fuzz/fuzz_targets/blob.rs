//! Blobs: contents in wire form, holders, charters, transcripts of both kinds of
//! ceremony, lists of messages. Each value has one text.

#![no_main]

use std::fmt::Debug;

use comity_core::act::{Holders, json};
use comity_core::basic::{Digest, PublicKey};
use comity_core::ceremony::check_transcript;
use comity_core::charter::Charter;
use comity_core::handover::{check_packages, read_handover};
use comity_core::message::{CeremonyId, Handover, Invitation, Messages, Transcript};
use comity_core::zone::{Contents, Name};
use comity_fuzz::parts::Parts;
use comity_fuzz::party::public;
use comity_fuzz::samples;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let kind = parts.octet() % 7;
    let number = parts.octet();
    let octets = parts.rest();
    match kind {
        0 => contents(&Name::root(), octets),
        1 => contents(&samples::origin(), octets),
        2 => drop(read::<Holders>(octets)),
        3 => {
            let charter = read::<Charter>(octets);
            let finding = charter.map(|charter| charter.check(number.into()));
            if let Some(Err(finding)) = finding {
                assert!(!finding.to_string().is_empty());
            }
        }
        4 => drop(read::<Messages>(octets).map(|list| list.digest())),
        5 => transcript(octets, number),
        _ => handover(octets, number),
    }
});

fn contents(origin: &Name, octets: &[u8]) {
    match Contents::from_wire(origin, octets) {
        Ok(contents) => assert_eq!(contents.to_wire(), octets),
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

fn read<T>(octets: &[u8]) -> Option<T>
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    let value: T = json::decode(octets).ok()?;
    assert_eq!(json::encode(&value), octets);
    Some(value)
}

fn transcript(octets: &[u8], number: u8) {
    let id = CeremonyId {
        ledger: Digest([0x1e; 32]),
        epoch: 1,
        attempt: 1,
    };
    if let Some(transcript) = read::<Transcript>(octets) {
        let members: Vec<_> = (1..=number % 4).map(public).collect();
        let checked = check_transcript(&transcript, &id, &members, 2);
        // The lists must be signed by all members, who are here at most three.
        assert!(checked.is_err() || transcript.openings.messages.len() == members.len());
    }
}

/// Whatever a transcript says, who takes part can: the first three keys receive,
/// and the second to the fourth deal.
fn handover(octets: &[u8], threshold: u8) {
    let Some(handover) = read::<Handover>(octets) else {
        return;
    };
    let first = handover.invitations.messages.first();
    let Some(first) = first.and_then(|first| first.payload::<Invitation>().ok()) else {
        return;
    };
    let number = |from: u16, to: u16| {
        move |key: &PublicKey| (from..=to).find(|number| public(*number as u8) == *key)
    };
    let ceremony = (&first.ceremony, first.size);
    match read_handover(&handover, ceremony, number(1, 3), number(2, 4)) {
        Ok(parts) => {
            assert!(parts.received.is_subset(&parts.receivers));
            assert!(
                parts
                    .receivers
                    .iter()
                    .all(|number| (1..=3).contains(number))
            );
            assert!(parts.dealers.iter().all(|number| (2..=4).contains(number)));
            let counted = (&parts.dealers, threshold.into());
            if let Err(refusal) = check_packages(&handover, &parts, counted) {
                assert!(!refusal.to_string().is_empty());
            }
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}
