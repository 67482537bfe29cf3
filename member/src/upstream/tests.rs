//! What is news of the upstream.

use comity_core::guard::Verdict;
use comity_core::message::HeldName;

use super::*;

fn seen(serial: u32, digest: u8, held: &[&str]) -> Seen {
    let zone = b". 60 IN SOA a. b. 7 1 1 1 1\n. 60 IN NS a.\na. 60 IN A 192.0.2.1\n";
    let contents = comity_mirror::zonefile::read_from(&zone[..], None)
        .unwrap()
        .contents;
    let held = held.iter().map(|held| HeldName {
        name: held.parse().unwrap(),
        reason: "removed-but-answers".into(),
    });
    Seen {
        serial,
        digest: Digest([digest; 32]),
        contents,
        verdict: Verdict::Passed,
        held: held.collect(),
    }
}

/// What is news to a ledger that has version 7 with contents 1, of which `lu.` is held.
#[test]
fn news_is_a_later_version_or_less_that_is_held() {
    for (what, serial, digest, held, expected) in [
        ("later", 8, 2, &[][..], true),
        ("later, and more is held", 8, 2, &["be.", "lu."], true),
        ("before", 6, 2, &[], false),
        ("the same", 7, 1, &["lu."], false),
        ("the same, and more is held", 7, 1, &["be.", "lu."], false),
        ("the same, and less is held", 7, 1, &[], true),
        ("the same, and another is held", 7, 1, &["be."], true),
        ("other contents with that serial", 7, 2, &[], false),
        // RFC 1982 §3.2.
        ("too far away", 7 + (1 << 31), 2, &[], false),
    ] {
        let recorded = (7, Digest([1; 32]));
        let lu: Name = "lu.".parse().unwrap();
        let seen = seen(serial, digest, held);
        assert_eq!(
            is_news(recorded, [&lu].into_iter(), &seen),
            expected,
            "{what}"
        );
    }
}
