//! Messages of ceremonies and sessions, endorsements, and the tasks that a
//! secretariat asks for. What is read is written the same way again.

#![no_main]

use std::fmt::Debug;

use comity_core::act::Envelope;
use comity_core::act::json::{self, Payload};
use comity_core::limits;
use comity_core::message::{
    CeremonyTask, Commit, Confirmation, Deal, Dealing, Endorsement, Invitation, Messages, Opening,
    Possession, Reception, SeenUpstream, Shares, Tasks, UpstreamReport,
};
use comity_fuzz::parts::Parts;
use comity_fuzz::party::signed;
use comity_sign::deal;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let kind = parts.octet() % 16;
    let octets = parts.rest();
    match kind {
        0 => {
            if let Some(opening) = message::<Opening>(octets) {
                read_opening(&opening);
            }
        }
        1 => drop(message::<Deal>(octets)),
        2 => drop(message::<Confirmation>(octets)),
        3 => drop(message::<Commit>(octets)),
        4 => drop(message::<Shares>(octets)),
        5 => drop(text::<Endorsement>(octets)),
        6 => drop(text::<Messages>(octets)),
        7 => drop(text::<CeremonyTask>(octets)),
        8 => tasks(octets),
        9 => envelope(octets),
        10 => drop(message::<Invitation>(octets)),
        11 => drop(message::<Dealing>(octets)),
        12 => drop(message::<Reception>(octets)),
        13 => drop(message::<SeenUpstream>(octets)),
        14 => drop(text::<UpstreamReport>(octets)),
        _ => drop(message::<Possession>(octets)),
    }
});

/// A value that has one text.
fn text<T>(octets: &[u8]) -> Option<T>
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    let value: T = json::decode(octets).ok()?;
    assert_eq!(json::encode(&value), octets);
    Some(value)
}

/// A payload, alone and in its envelope.
fn message<P: Payload + PartialEq + Debug>(octets: &[u8]) -> Option<P> {
    let payload: P = text(octets)?;
    let envelope = signed(Envelope::unsigned(&payload), &[1]);
    let sent = envelope.to_octets();
    let read = Envelope::parse(&sent, limits::MESSAGE_OCTETS_MAX).unwrap();
    assert_eq!(read.payload::<P>().as_ref(), Ok(&payload));
    Some(payload)
}

fn read_opening(message: &Opening) {
    if let Some(opening) = deal::Opening::from_message(message) {
        assert_eq!(opening.to_message(&message.ceremony), *message);
    }
}

/// Tasks are hints, so that their text need not be the one text.
fn tasks(octets: &[u8]) {
    if let Ok(tasks) = serde_json::from_slice::<Tasks>(octets) {
        let text = json::encode(&tasks);
        assert_eq!(serde_json::from_slice::<Tasks>(&text).unwrap(), tasks);
    }
}

/// What a stranger sends.
fn envelope(octets: &[u8]) {
    if let Ok(envelope) = Envelope::parse(octets, limits::MESSAGE_OCTETS_MAX) {
        assert_eq!(envelope.to_octets(), octets);
        assert!(envelope.verified_signers().is_err() || envelope.signature_count() > 0);
    }
}
