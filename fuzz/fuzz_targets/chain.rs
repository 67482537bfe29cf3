//! Proofs by DNSSEC. What is read is written the same way again; where every
//! signature by others' algorithms is said to hold, so that all rules behind
//! are reached, a proof still names only what stands in it.

#![no_main]

use comity_core::dnssec::{Algorithm, Chain, SignatureCheck, Signed};
use comity_core::limits;
use comity_core::zone::Rtype;
use comity_fuzz::parts::Parts;
use comity_fuzz::samples;
use comity_mirror::signature::ByRing;
use libfuzzer_sys::fuzz_target;

/// Believes whatever is not verified by `core` itself.
struct Believes;

impl SignatureCheck for Believes {
    fn holds(&self, algorithm: Algorithm, signed: &Signed<'_>) -> bool {
        // Nonsense must not stop the one that counts, either.
        let _by_chance = ByRing.holds(algorithm, signed);
        true
    }
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let believes = parts.octet().is_multiple_of(2);
    let octets = parts.rest();
    let chain = match Chain::from_octets(octets) {
        Ok(chain) => chain,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            return;
        }
    };
    assert_eq!(chain.to_octets(), octets);
    assert!(chain.links().count() <= 2 + 2 * limits::CHAIN_CUTS_MAX);
    let proven = if believes {
        chain.prove(&Believes)
    } else {
        chain.prove(&ByRing)
    };
    let proven = match proven {
        Ok(proven) => proven,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            return;
        }
    };
    assert!(proven.target().owner.is_at_or_below(proven.signer()));
    assert!(proven.signer().is_at_or_below(proven.zone()));
    assert!(!proven.anchors().is_empty());
    let target = chain.links().last().unwrap();
    assert_eq!(
        (target.key(), target.set()),
        (proven.target(), proven.set())
    );
    // Any DS set that is there at all.
    for link in chain.links().filter(|link| link.key().rtype == Rtype::DS) {
        let judged = proven.under(link.set(), samples::NOW);
        let validity = proven.validity(link.set(), samples::NOW);
        if judged.is_ok() {
            let (from, until) = validity.unwrap();
            assert!(from <= samples::NOW && samples::NOW <= until);
        }
    }
});
