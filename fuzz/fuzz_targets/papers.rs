//! Papers, as somebody carries them from one machine to another. What is taken
//! has one text, and nothing that is signed differs from what is shown.

#![no_main]

use std::collections::BTreeMap;

use comity_core::act::{self, Act};
use comity_core::basic::Digest;
use comity_core::state::digest_of_sets;
use comity_member::papers::{Papers, reference};
use comity_mirror::signature::ByRing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let papers = match Papers::parse(input) {
        Ok(papers) => papers,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty() && !refusal.rule().is_empty());
            return;
        }
    };
    let octets = papers.to_octets();
    assert_eq!(
        input.strip_suffix(b"\n").unwrap_or(input),
        &octets[..octets.len() - 1]
    );
    assert_eq!(Papers::parse(&octets).unwrap().to_octets(), octets);
    let nothing: BTreeMap<Digest, Vec<u8>> = BTreeMap::new();
    // The proof of a claim is judged when it is filed.
    let is_claim = matches!(papers.act(), Act::Claim(_));
    if papers.envelope().signature_count() > 0 && !is_claim {
        let entry = papers.envelope().to_octets();
        assert!(act::check(&entry, &nothing, &ByRing).is_ok());
    }
    assert_eq!(reference(papers.act()).is_some(), papers.about().is_some());
    if let Act::Consent(consent) = papers.act() {
        let sets = || papers.present().iter();
        for own in &consent.names {
            let sets = sets().filter_map(|it| Some((&it.name, it.rtype, it.old.as_ref()?)));
            assert_eq!(digest_of_sets(&own.name, sets), own.present);
        }
    }
    for missing in papers.missing() {
        assert!(!missing.to_string().is_empty());
    }
});
