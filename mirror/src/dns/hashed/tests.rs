//! Which records prove what, as the cases of RFC 5155 §7.2 have it: `=` before a name is
//! the record for it, `~` the record that covers it.

use std::collections::BTreeSet;

use comity_core::basic::Time;
use comity_core::upstream::{Anchor, Anchors, UpstreamZone, Verification, Zonemd};
use comity_core::zone::{Rdata, Rtype};
use domain::base::iana::Rcode;

use super::super::answer::{Asked, answer};
use super::*;
use crate::signature::ByRing;
use crate::zonefile;

/// Zones that BIND has signed, until January 2026.
const PLAIN: &str = include_str!("../../../../core/src/upstream/tests/nsec3/plain.zone");
const OPT_OUT: &str = include_str!("../../../../core/src/upstream/tests/nsec3/opt-out.zone");
const KEY: &str = "257 3 15 8ABH5K1OpBKf+63wjnTB17c9wG1yvALOgR7A1eyxMs8=";
const NOW: Time = Time(1_767_096_000);

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn zone(text: &str) -> ServedZone {
    let origin = name("example.");
    let (_, records) = zonefile::read_records(text.as_bytes(), Some(&origin)).unwrap();
    let key = Rdata::from_text(Rtype::DNSKEY, KEY).unwrap();
    let how = Verification {
        anchors: &Anchors::new(&origin, vec![Anchor::Key(key)]).unwrap(),
        now: NOW,
        zonemd: Zonemd::IfThere,
        check: ByRing,
    };
    let verified = UpstreamZone::verify(&origin, records, &how).unwrap();
    verified.served().clone()
}

type Case = (&'static str, Rcode, &'static [&'static str]);

const OF_PLAIN: &[Case] = &[
    // Nothing of this type (§7.2.3), at an empty name too.
    ("mail.example. TXT", Rcode::NOERROR, &["=mail.example."]),
    ("b.c.example. A", Rcode::NOERROR, &["=b.c.example."]),
    ("w.example. A", Rcode::NOERROR, &["=w.example."]),
    ("between.example. A", Rcode::NOERROR, &["=between.example."]),
    ("mail.example. NSEC3", Rcode::NOERROR, &["=mail.example."]),
    // No such name (§7.2.2).
    (
        "nowhere.example. A",
        Rcode::NXDOMAIN,
        &["=example.", "~nowhere.example.", "~*.example."],
    ),
    (
        "x.y.mail.example. A",
        Rcode::NXDOMAIN,
        &["=mail.example.", "~y.mail.example.", "~*.mail.example."],
    ),
    (
        "x.b.c.example. A",
        Rcode::NXDOMAIN,
        &["=b.c.example.", "~x.b.c.example.", "~*.b.c.example."],
    ),
    // By a wildcard (§7.2.6), and nothing of this type by one (§7.2.5).
    ("x.any.w.example. A", Rcode::NOERROR, &["~any.w.example."]),
    (
        "any.w.example. TXT",
        Rcode::NOERROR,
        &["=w.example.", "~any.w.example.", "=*.w.example."],
    ),
    // No DS set (§7.2.4), and referrals (§7.2.7).
    ("plain.example. DS", Rcode::NOERROR, &["=plain.example."]),
    ("www.plain.example. A", Rcode::NOERROR, &["=plain.example."]),
    ("www.signed.example. A", Rcode::NOERROR, &[]),
];

const OF_OPT_OUT: &[Case] = &[
    ("mail.example. TXT", Rcode::NOERROR, &["=mail.example."]),
    (
        "plain.example. DS",
        Rcode::NOERROR,
        &["=example.", "~plain.example."],
    ),
    (
        "www.plain.example. A",
        Rcode::NOERROR,
        &["=example.", "~plain.example."],
    ),
    (
        "between.example. A",
        Rcode::NOERROR,
        &["=example.", "~between.example."],
    ),
    (
        "deep.between.example. DS",
        Rcode::NOERROR,
        &["=example.", "~between.example."],
    ),
    (
        "x.between.example. A",
        Rcode::NXDOMAIN,
        &["=example.", "~between.example.", "~*.example."],
    ),
];

#[test]
fn each_answer_has_the_proofs_that_rfc_5155_asks_for() {
    for (text, cases) in [(PLAIN, OF_PLAIN), (OPT_OUT, OF_OPT_OUT)] {
        let zone = zone(text);
        for (question, rcode, proofs) in cases {
            assert_eq!(
                found(&zone, question),
                expected(&zone, *rcode, proofs),
                "{question}"
            );
        }
    }
}

/// RFC 5155 §7.2.8: a question for the owner of a record is one for a name that is not.
#[test]
fn the_owner_of_a_record_for_a_hash_is_no_name() {
    let zone = zone(PLAIN);
    let owner = zone.nsec3_matching(&name("mail.example.")).unwrap().owner;
    let covered = format!("~{owner}");
    let proofs = ["=example.", covered.as_str(), "~*.example."];
    for rtype in ["A", "NSEC3", "ANY", "RRSIG"] {
        let question = format!("{owner} {rtype}");
        let expected = expected(&zone, Rcode::NXDOMAIN, &proofs);
        assert_eq!(found(&zone, &question), expected, "{question}");
    }
}

type Said = (Rcode, BTreeSet<String>);

/// The code of an answer, and the owners of its NSEC3 records, all of them signed.
fn found(zone: &ServedZone, question: &str) -> Said {
    let (asked, rtype) = question.split_once(' ').unwrap();
    let asked = Asked {
        name: &name(asked),
        rtype: rtype.parse().unwrap(),
        dnssec: true,
    };
    let answer = answer(zone, asked);
    let proofs = answer
        .authority
        .iter()
        .filter(|it| it.rtype == Rtype::NSEC3);
    let owners = proofs.map(|it| {
        assert!(!it.signatures.is_empty(), "{question}");
        it.owner.to_string()
    });
    (answer.rcode, owners.collect())
}

fn expected(zone: &ServedZone, rcode: Rcode, proofs: &[&str]) -> Said {
    let owners = proofs.iter().map(|proof| {
        let (kind, of) = proof.split_at(1);
        let set = match kind {
            "=" => zone.nsec3_matching(&name(of)),
            _ => zone.nsec3_covering(&name(of)),
        };
        set.unwrap().owner.to_string()
    });
    (rcode, owners.collect())
}
