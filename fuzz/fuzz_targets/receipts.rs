//! Receipts of drop boxes as somebody hands them over, a box's list, and merge
//! acts around whatever a stranger says is one. What is taken is what was
//! signed, and goes onto the ledger in one piece.

#![no_main]

use std::cell::LazyCell;
use std::collections::BTreeMap;

use comity_core::act::{
    self, Act, Envelope, Merge, RULES, Receipt, check_receipt, is_lodged, json,
};
use comity_core::basic::{Digest, Time};
use comity_core::ledger::leaf_hash;
use comity_core::limits;
use comity_core::state::{Position, accept};
use comity_fuzz::parts::Parts;
use comity_fuzz::party::{HOLDER, public, signed};
use comity_fuzz::world::World;
use comity_mirror::index::Index;
use comity_mirror::receipts::{Given, HeldReceipt, Page, judge};
use comity_mirror::signature::ByRing;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static WORLD: LazyCell<World> = const { LazyCell::new(World::at_work) };
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    match parts.octet() % 3 {
        0 => file(parts.rest()),
        1 => page(parts.rest()),
        _ => lodged(parts),
    }
});

/// A file, as an auditor or a member's operator has it.
fn file(octets: &[u8]) {
    let Ok(given) = Given::parse(octets) else {
        return;
    };
    let text = json::encode(&given);
    if text.len() <= limits::RECEIPT_FILE_OCTETS_MAX {
        assert_eq!(Given::parse(&text).as_ref(), Ok(&given));
    }
    if let Ok(held) = given.verify() {
        holds(&held);
    }
}

fn page(octets: &[u8]) {
    if let Ok(page) = serde_json::from_slice::<Page>(octets) {
        let again = serde_json::from_slice::<Page>(&json::encode(&page));
        assert_eq!(again.unwrap(), page);
        for held in page.receipts.into_iter().filter_map(|it| it.verify().ok()) {
            holds(&held);
        }
    }
}

/// Whatever verifies was signed by one key, for this act.
fn holds(held: &HeldReceipt) {
    assert_eq!(held.envelope.verified_signers().unwrap(), [held.box_key]);
    if let Some((act, checked)) = &held.act {
        assert_eq!(leaf_hash(&act.to_octets()), held.receipt.leaf);
        assert_eq!(checked.leaf(), held.receipt.leaf);
        assert!(is_lodged(act.payload_type()));
    }
    assert!(
        !judge(&Index::default(), &held.receipt)
            .to_string()
            .is_empty()
    );
}

/// Receipt and merge act are signed here, around an act that is not.
fn lodged(mut parts: Parts) {
    let (size, time) = (parts.number(), parts.number());
    let entry = parts.rest();
    let Ok(act) = Envelope::parse(entry, limits::LODGED_OCTETS_MAX) else {
        return;
    };
    WORLD.with(|world| {
        let ledger = world.ledger();
        let receipt = Receipt {
            rules: RULES,
            ledger,
            leaf: leaf_hash(entry),
            size: size.into(),
            time: Time(time.into()),
        };
        let receipt = signed(Envelope::unsigned(&receipt), &[HOLDER]);
        assert_eq!(check_receipt(&receipt).unwrap().1, public(HOLDER));
        let merge = Merge {
            rules: RULES,
            ledger,
            receipt,
            act,
        };
        let merge = signed(Envelope::unsigned(&merge), &[1]).to_octets();
        // An act of every size that a box takes fits an entry with its receipt.
        assert!(merge.len() <= limits::ENTRY_OCTETS_MAX);
        let nothing: BTreeMap<Digest, Vec<u8>> = BTreeMap::new();
        let Ok(checked) = act::check(&merge, &nothing, &ByRing) else {
            return;
        };
        assert!(
            matches!(checked.inner(), Act::Merge(lodged) if lodged.act.leaf() == leaf_hash(entry))
        );
        // This charter names no drop box.
        let position = Position(world.state.log().size());
        assert!(accept(&world.state, &checked, position).is_err());
    });
}
