//! Claims in zones that others sign and serve, asked for at others' resolvers,
//! some of which lie.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use comity_core::dnssec::{ChainRefusal, ClaimRefusal};
use comity_core::zone::{Name, Rtype, SetKey};
use comity_mirror::claim::{Fault, Resolvers, Verdict, gather};

use crate::claim_world::{HOLDER, LEDGER, OTHER, World, Zones, claim, fault, text};
use crate::running::{free_port, now};
use crate::signers::{self, Signer};
use crate::signing::name;
use crate::tamper;

/// Everything is on this machine.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn a_claim_is_proved_where_it_stands() {
    let good = claim(LEDGER, HOLDER);
    let table = [
        ("_comity.be.", "be.", false),
        ("_comity.nic.be.", "be.", false),
        ("_comity.nic.be.", "nic.be.", true),
    ];
    for (place, signer, nic_is_cut) in table {
        let mut zones = Zones {
            nic_is_cut,
            ..Zones::default()
        };
        if place == "_comity.be." {
            zones.be = text(place, &good);
        } else {
            zones.nic = text(place, &good);
        }
        let Some(world) = World::start(&zones) else {
            return;
        };
        let report = world.gather();
        assert!(report.is_unanimous(), "{report}");
        let proof = report.proof.unwrap();
        assert_eq!((proof.place, proof.signer), (name(place), name(signer)));
        assert!(proof.from <= now() && now() <= proof.until);
        // The root has the same DS set, so that the resolver's will do too.
        let mut request = world.request();
        request.ds = None;
        assert!(world.gather_for(&request).is_unanimous());
        request.now = proof.until.plus(1);
        assert!(matches!(
            fault(&world.gather_for(&request)),
            Fault::Chain(ChainRefusal::Expired { .. })
        ));
    }
}

#[test]
fn other_records_may_stand_beside_a_claim() {
    let place = "_comity.be.";
    // With all of them the answer needs TCP.
    let long = (0..10).map(|number| text(place, &format!("\"{number:0>200}\"")));
    let be = long.collect::<String>()
        + &text(place, &claim(OTHER, OTHER))
        + &text(place, &claim(LEDGER, HOLDER));
    let zones = Zones {
        be,
        ..Zones::default()
    };
    let Some(world) = World::start(&zones) else {
        return;
    };
    let report = world.gather();
    assert!(report.is_unanimous(), "{report}");
    assert!(report.proof.unwrap().chain.to_octets().len() > 2000);
}

fn place() -> Name {
    name("_comity.be.")
}

fn set(owner: &str, rtype: Rtype) -> SetKey {
    SetKey::new(&name(owner), rtype)
}

/// Zones where `be.` has these records, too.
fn with(be: String) -> Zones {
    Zones {
        be,
        ..Zones::default()
    }
}

/// Zones, and what is wrong with what resolvers say of them.
fn check(table: impl IntoIterator<Item = (Zones, Fault)>) {
    for (zones, expected) in table {
        let Some(world) = World::start(&zones) else {
            return;
        };
        assert_eq!(world.fault(), expected);
    }
}

#[test]
fn what_is_missing_is_said() {
    let good = || text("_comity.be.", &claim(LEDGER, HOLDER));
    check([
        (
            Zones::default(),
            Fault::NoClaim {
                places: vec![place(), name("_comity.nic.be.")],
                ledger: LEDGER,
            },
        ),
        (
            with(text("_comity.be.", &claim(OTHER, HOLDER))),
            Fault::NoClaim {
                places: vec![place(), name("_comity.nic.be.")],
                ledger: LEDGER,
            },
        ),
        (
            with(text("_comity.be.", &claim(LEDGER, OTHER))),
            Fault::OtherHolder {
                place: place(),
                expected: HOLDER,
                found: OTHER,
            },
        ),
        (
            with(good() + &text("_comity.be.", &claim(LEDGER, OTHER))),
            Fault::Claim(ClaimRefusal::Two { place: place() }),
        ),
        (
            with(text("_comity.be.", "\"comity-claim-v1 ledger=1\"")),
            Fault::Claim(ClaimRefusal::Malformed {
                place: place(),
                text: "comity-claim-v1 ledger=1".into(),
            }),
        ),
    ]);
}

#[test]
fn what_is_not_the_zones_own_word_is_no_claim() {
    let good = || claim(LEDGER, HOLDER);
    check([
        (
            with(text("*.be.", &good())),
            Fault::Chain(ChainRefusal::Wildcard {
                set: set("_comity.be.", Rtype::TXT),
            }),
        ),
        (
            with(format!(
                "_comity.be. 600 IN CNAME a.be.\n{}",
                text("a.be.", &good())
            )),
            Fault::Alias { name: place() },
        ),
        (
            Zones {
                sign_be: None,
                ..with(text("_comity.be.", &good()))
            },
            Fault::NotSigned {
                set: set("_comity.be.", Rtype::TXT),
            },
        ),
        (
            Zones {
                nic: text("_comity.nic.be.", &good()),
                nic_is_cut: true,
                has_ds: [true, false],
                ..Zones::default()
            },
            Fault::NoDs {
                zone: name("nic.be."),
            },
        ),
    ]);
}

#[test]
fn a_name_without_ds_proves_nothing() {
    let zones = Zones {
        be: text("_comity.be.", &claim(LEDGER, HOLDER)),
        has_ds: [false, true],
        ..Zones::default()
    };
    let Some(world) = World::start(&zones) else {
        return;
    };
    let mut request = world.request();
    request.ds = None;
    let zone = name("be.");
    assert_eq!(fault(&world.gather_for(&request)), Fault::NoDs { zone });
}

#[test]
fn signatures_that_are_over_prove_nothing() {
    let old: Signer = signers::ldns_expired;
    let claim = || claim(LEDGER, HOLDER);
    let table = [
        (
            Zones {
                be: text("_comity.be.", &claim()),
                sign_be: Some(old),
                ..Zones::default()
            },
            "be. DNSKEY",
        ),
        (
            Zones {
                nic: text("_comity.nic.be.", &claim()),
                nic_is_cut: true,
                sign_nic: old,
                ..Zones::default()
            },
            "nic.be. DNSKEY",
        ),
    ];
    for (zones, first) in table {
        let Some(world) = World::start(&zones) else {
            return;
        };
        let Fault::Chain(ChainRefusal::Expired { set, until }) = world.fault() else {
            panic!("{first}");
        };
        assert_eq!(set.to_string(), first);
        assert_eq!(until.to_string(), "2025-02-01T00:00:00Z");
    }
}

/// Another holder's digits in the claim.
fn other_holder(mut response: Vec<u8>) -> Vec<u8> {
    let digits = HOLDER.to_string().into_bytes();
    let at = response.windows(64).position(|window| window == digits);
    if let Some(at) = at {
        response[at..at + 64].copy_from_slice(OTHER.to_string().as_bytes());
    }
    response
}

/// Nothing, as if there were no such name.
fn no_name(mut response: Vec<u8>) -> Vec<u8> {
    response[3] = (response[3] & 0xF0) | 3;
    response[6..12].fill(0);
    response.truncate(12 + question_octets(&response));
    response
}

/// The resolver cannot.
fn server_failure(response: Vec<u8>) -> Vec<u8> {
    let mut response = no_name(response);
    response[3] = (response[3] & 0xF0) | 2;
    response
}

fn question_octets(message: &[u8]) -> usize {
    let mut octets = 0;
    while message[12 + octets] != 0 {
        octets += 1 + usize::from(message[12 + octets]);
    }
    octets + 5
}

#[test]
fn a_resolver_that_lies_can_withhold_a_claim_and_not_make_one() {
    let zones = Zones {
        be: text("_comity.be.", &claim(LEDGER, HOLDER)),
        ..Zones::default()
    };
    let Some(world) = World::start(&zones) else {
        return;
    };
    let lying = tamper::between(world.resolver, other_holder);
    let silent = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let resolvers = Resolvers::new([
        lying,
        tamper::between(world.resolver, no_name),
        tamper::between(world.resolver, server_failure),
        silent,
        world.resolver,
    ])
    .within(PATIENCE);
    let report = gather(&world.request(), &resolvers).unwrap();
    let set = SetKey::new(&name("_comity.be."), Rtype::TXT);
    assert!(report.proof.is_some(), "{report}");
    assert!(!report.is_unanimous());
    let verdicts: Vec<&Verdict> = report.heard.iter().map(|heard| &heard.verdict).collect();
    let [first, second, third, fourth, fifth] = verdicts[..] else {
        panic!("{report}");
    };
    let bad = |fault: &Fault| {
        let Fault::Chain(ChainRefusal::BadSignature { set: found, .. }) = fault else {
            return false;
        };
        *found == set
    };
    assert!(matches!(first, Verdict::Differs(fault) if bad(fault)));
    assert!(matches!(second, Verdict::Differs(Fault::NoClaim { .. })));
    let failed = |rcode: &str| rcode == "SERVFAIL";
    assert!(matches!(third, Verdict::Fails(Fault::Failed { rcode, .. }) if failed(rcode)));
    assert!(matches!(fourth, Verdict::Fails(Fault::Silent { .. })));
    assert!(matches!(fifth, Verdict::Agrees { .. }));
    let said = report.to_string();
    assert_eq!(said.lines().count(), 6, "{said}");

    // Whoever asks for the other holder is not lied to successfully.
    let mut request = world.request();
    request.holder = OTHER;
    let report = gather(&request, &Resolvers::new([lying, world.resolver])).unwrap();
    assert_eq!(report.proof, None, "{report}");
}
