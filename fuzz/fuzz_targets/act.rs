//! Acts: envelopes as a stranger sends them, and payloads of every type, which
//! the target signs itself so that they reach the state. A refused act leaves
//! the state as it was; a founding act is judged with blobs of its own.

#![no_main]

use std::cell::LazyCell;
use std::collections::BTreeMap;

use comity_core::act::json::{self, Payload};
use comity_core::act::{
    Absence, Ballot, Ceremony, Compromise, Consent, Convocation, Decision, Edition, Envelope,
    Erasure, Founding, Keyset, Proposal, Redistribution, RollAct, Session, Succession, TimeAct,
    Upstream, blobs_of, check,
};
use comity_core::basic::Digest;
use comity_core::limits;
use comity_core::state::{Position, State, apply};
use comity_fuzz::parts::Parts;
use comity_fuzz::party::{HOLDER, LOG, signed};
use comity_fuzz::world::World;
use comity_mirror::signature::ByRing;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static WORLD: LazyCell<World> = const { LazyCell::new(World::at_work) };
}

/// The types of acts on a founded zone.
const TYPES: [&str; 17] = [
    Ceremony::TYPE,
    TimeAct::TYPE,
    Upstream::TYPE,
    Absence::TYPE,
    Proposal::TYPE,
    Consent::TYPE,
    Ballot::TYPE,
    Decision::TYPE,
    Session::TYPE,
    Edition::TYPE,
    Convocation::TYPE,
    Redistribution::TYPE,
    Succession::TYPE,
    Erasure::TYPE,
    Compromise::TYPE,
    RollAct::TYPE,
    Keyset::TYPE,
];

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    match parts.octet() % 3 {
        0 => raw(parts.rest()),
        1 => found(parts),
        _ => act(parts),
    }
});

/// What a stranger sends.
fn raw(octets: &[u8]) {
    if let Ok(unsigned) = Envelope::from_signing_input(octets) {
        assert_eq!(unsigned.signing_input(), octets);
    }
    let none = BTreeMap::new();
    let Ok(envelope) = Envelope::parse(octets, limits::ENTRY_OCTETS_MAX) else {
        assert!(check(octets, &none, &ByRing).is_err());
        return;
    };
    assert_eq!(envelope.to_octets(), octets);
    if let Ok(checked) = check(octets, &none, &ByRing) {
        assert_eq!(checked.id(), envelope.id());
        assert_eq!(blobs_of(octets), Ok(Vec::new()));
    }
}

/// A founding act's payload and its three blobs, which it names whatever it
/// says.
fn found(mut parts: Parts) {
    let signers = signers(parts.octet());
    let payload = parts.next().unwrap_or_default();
    let Ok(mut founding) = json::decode::<Founding>(payload) else {
        return;
    };
    let mut blobs = BTreeMap::new();
    for place in [
        &mut founding.charter,
        &mut founding.contents,
        &mut founding.holders,
    ] {
        let blob = parts.next().unwrap_or_default().to_vec();
        *place = Digest::of(&blob);
        blobs.insert(*place, blob);
    }
    let entry = signed(Envelope::unsigned(&founding), &signers).to_octets();
    let mut state = State::default();
    submit(&mut state, &entry, &blobs);
}

/// Any other act's payload, but for what each begins with. One more blob may
/// follow; digests of 64 zeros stand for it.
fn act(mut parts: Parts) {
    let kind = TYPES[usize::from(parts.octet()) % TYPES.len()];
    let signers = signers(parts.octet());
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    WORLD.with(|world| {
        let blob = parts.next().unwrap_or_default().to_vec();
        let digest = Digest::of(&blob);
        let mut blobs = world.blobs.clone();
        blobs.insert(digest, blob);
        let text = text.replace(&"0".repeat(64), &digest.to_string());
        let payload = format!("{{\"rules\":1,\"ledger\":\"{}\",{text}", world.ledger());
        let input = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
        let envelope = Envelope::from_signing_input(input.as_bytes()).unwrap();
        let entry = signed(envelope, &signers).to_octets();
        submit(&mut world.state.clone(), &entry, &blobs);
    });
}

/// Whose signatures the bits of an octet ask for; the log's where none does.
fn signers(bits: u8) -> Vec<u8> {
    let asked: Vec<u8> = (0..)
        .zip([1, 2, 3, HOLDER, LOG])
        .filter(|(bit, _)| bits >> bit & 1 == 1)
        .map(|(_, number)| number)
        .collect();
    if asked.is_empty() { vec![LOG] } else { asked }
}

fn submit(state: &mut State, entry: &[u8], blobs: &BTreeMap<Digest, Vec<u8>>) {
    let Ok(checked) = check(entry, blobs, &ByRing) else {
        return;
    };
    let named = blobs_of(entry).unwrap();
    assert!(named.iter().all(|digest| blobs.contains_key(digest)));
    let before = (state.digest(), state.log().size());
    let position = Position(state.log().size());
    match apply(state, &checked, position) {
        Ok(_) => assert_eq!(state.log().size(), before.1 + 1),
        Err(refusal) => {
            assert!(!refusal.rule().is_empty() && !refusal.to_string().is_empty());
            assert_eq!((state.digest(), state.log().size()), before);
        }
    }
}
