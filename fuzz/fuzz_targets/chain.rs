//! Proofs by DNSSEC, resolvers' answers and claims' text. What is read is written
//! the same way again; where every signature by others' algorithms is said to
//! hold, so that all rules behind are reached, a proof still names only what
//! stands in it.

#![no_main]

use comity_core::dnssec::{Algorithm, Chain, Claim, SignatureCheck, Signed};
use comity_core::limits;
use comity_core::zone::{Rdata, RecordSet, Rtype, SetKey};
use comity_fuzz::parts::Parts;
use comity_fuzz::samples;
use comity_mirror::claim::{Resolvers, read_answer};
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
    match parts.octet() % 4 {
        0 => chain(parts.rest(), true),
        1 => chain(parts.rest(), false),
        2 => answer(parts),
        _ => text(&String::from_utf8_lossy(parts.rest())),
    }
});

fn chain(octets: &[u8], believes: bool) {
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
}

/// Answers to a question for keys, for DS records and for a claim: one set
/// under the other, as if they were a proof.
fn answer(parts: Parts<'_>) {
    let name = || "be.".parse().unwrap();
    let keys = SetKey::new(&name(), Rtype::DNSKEY);
    let place = "_comity.be.".parse().unwrap();
    let target = SetKey::new(&place, Rtype::TXT);
    let mut found = Vec::new();
    for (set, octets) in [keys, target].iter().zip(parts) {
        match read_answer(set, octets) {
            Ok(Some(answer)) => {
                assert_eq!(answer.key, *set);
                assert!(!answer.data.is_empty());
                found.push(answer);
            }
            Ok(None) => {}
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
    }
    let anchor = Rdata::from_text(Rtype::DS, "1 8 2 AB").unwrap();
    let ds = RecordSet::of_one(60, anchor);
    let selected = Chain::select(&found, &ds, samples::NOW, &Believes);
    // No key has such a digest.
    assert!(!selected.unwrap_err().to_string().is_empty());
}

fn text(text: &str) {
    if let Ok(claim) = text.parse::<Claim>() {
        assert_eq!(claim.to_string(), text);
    }
    let resolvers = Resolvers::from_resolv_conf(text);
    assert!(resolvers.addresses().len() <= limits::RESOLVERS_MAX);
}
