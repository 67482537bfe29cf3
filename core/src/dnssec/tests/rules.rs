//! What a chain may not be: links, then the refusal, in the order of the
//! checks.

use super::*;
use crate::limits;

fn at(owner: &str, rtype: Rtype) -> ChainRefusal {
    ChainRefusal::OutOfPlace {
        set: SetKey::new(&name(owner), rtype),
    }
}

#[test]
fn links_stand_in_one_order() {
    let (be, nic) = (be(), nic());
    let text = || nic.text("_comity.nic.be.");
    for (links, refusal) in [
        (vec_of([]), ChainRefusal::NotWhole),
        (vec_of([be.keys()]), ChainRefusal::NotWhole),
        (vec_of([be.keys(), be.cut(&nic)]), ChainRefusal::NotWhole),
        (
            vec_of([be.keys(), be.cut(&nic), nic.keys()]),
            ChainRefusal::NotWhole,
        ),
        (vec_of([text()]), at("_comity.nic.be.", Rtype::TXT)),
        (
            vec_of([be.cut(&nic), nic.keys(), text()]),
            at("nic.be.", Rtype::DS),
        ),
        (
            vec_of([be.keys(), nic.keys(), text()]),
            at("_comity.nic.be.", Rtype::TXT),
        ),
        (vec_of([be.keys(), be.keys()]), at("be.", Rtype::DNSKEY)),
        (
            vec_of([be.keys(), be.cut(&nic), text()]),
            at("_comity.nic.be.", Rtype::TXT),
        ),
        (
            vec_of([be.keys(), be.cut(&nic), be.keys(), text()]),
            at("be.", Rtype::DNSKEY),
        ),
        // Its own DS set is the zone's above.
        (
            vec_of([be.keys(), be.cut(&be), be.keys(), be.text("a.be.")]),
            at("be.", Rtype::DS),
        ),
        (
            vec_of([nic.keys(), nic.cut(&be), be.keys(), be.text("a.be.")]),
            at("be.", Rtype::DS),
        ),
        (
            vec_of([nic.keys(), be.text("a.be.")]),
            at("a.be.", Rtype::TXT),
        ),
        (
            vec_of([be.keys(), be.text("a.be."), be.text("a.be.")]),
            at("a.be.", Rtype::TXT),
        ),
    ] {
        assert_eq!(Chain::new(links), Err(refusal));
    }
}

#[test]
fn everything_is_bounded() {
    let (be, set) = (be(), text_key("a.be."));
    let texts = |count: usize, octets: usize| -> Vec<Rdata> {
        (0..count)
            .map(|number| {
                let text = std::format!("\"{number:0>octets$}\"");
                Rdata::from_text(Rtype::TXT, &text).unwrap()
            })
            .collect()
    };
    let most = limits::CHAIN_SET_RECORDS_MAX;
    assert!(prove(vec_of([be.keys(), be.link(&set, &texts(most, 200))])).is_ok());
    let many: BTreeSet<Rdata> = texts(most + 1, 4).into_iter().collect();
    let rrsig = be.rrsig(&set, &many, |_| ());
    assert_eq!(
        Link::new(set.clone(), many, &BTreeSet::from([rrsig])),
        Err(ChainRefusal::TooManyRecords { set: set.clone() })
    );
    let long = std::format!("\"{}\" ", "x".repeat(250)).repeat(8);
    let large: Vec<Rdata> = (0..10)
        .map(|number| Rdata::from_text(Rtype::TXT, &std::format!("{long}{number}")).unwrap())
        .collect();
    assert_eq!(
        Chain::new([be.keys(), be.link(&set, &large)]),
        Err(ChainRefusal::TooLarge)
    );

    let mut links = vec_of([be.keys()]);
    let mut zone = be;
    for _ in 0..limits::CHAIN_CUTS_MAX {
        let below = Zone::new(&std::format!("a.{}", zone.name), 3);
        links.extend([zone.cut(&below), below.keys()]);
        zone = below;
    }
    let mut whole = links.clone();
    whole.push(zone.link(&SetKey::new(&zone.name, Rtype::TXT), &[text()]));
    assert!(prove(whole).is_ok());
    let below = Zone::new(&std::format!("a.{}", zone.name), 3);
    links.extend([zone.cut(&below), below.keys()]);
    links.push(below.link(&SetKey::new(&below.name, Rtype::TXT), &[text()]));
    assert_eq!(Chain::new(links), Err(ChainRefusal::TooManyCuts));
}

#[test]
fn a_link_has_records_and_signatures_of_them() {
    let (be, set) = (be(), text_key("a.be."));
    let data = BTreeSet::from([text()]);
    let good = be.rrsig(&set, &data, |_| ());
    let covers_ns = be.rrsig(&set, &data, |fields| fields.covered = Rtype::NS);
    let other_ttl = be.rrsig(&set, &data, |fields| fields.ttl += 1);
    let key_set = dnskey_set("be.");
    let link = |data: &BTreeSet<Rdata>, rrsigs: &[&Rdata]| {
        let rrsigs = rrsigs.iter().copied().cloned().collect();
        Link::new(set.clone(), data.clone(), &rrsigs).unwrap_err()
    };
    assert_eq!(
        link(&BTreeSet::new(), &[&good]),
        ChainRefusal::EmptySet { set: set.clone() }
    );
    assert_eq!(
        link(&data, &[]),
        ChainRefusal::NotSigned { set: set.clone() }
    );
    assert_eq!(
        link(&data, &[&text()]),
        ChainRefusal::BadRrsig { set: set.clone() }
    );
    assert_eq!(
        link(&data, &[&covers_ns]),
        ChainRefusal::CoversOther {
            set: set.clone(),
            covered: Rtype::NS
        }
    );
    assert_eq!(
        link(&data, &[&good, &other_ttl]),
        ChainRefusal::TtlDiffers { set: set.clone() }
    );

    // The keys that all begins with may be signed by each of them, anything
    // else once.
    let rrsigs = |zone: &Zone, set: &SetKey, count: u64| {
        let data = BTreeSet::from([if set.rtype == Rtype::TXT {
            text()
        } else {
            zone.dnskey()
        }]);
        let rrsigs = (0..count)
            .map(|number| zone.rrsig(set, &data, |fields| fields.expiration += number))
            .collect();
        Link::new(set.clone(), data, &rrsigs)
    };
    let most = u64::try_from(limits::CHAIN_SIGNATURES_MAX).unwrap();
    let keys = rrsigs(&be, &key_set, most).unwrap();
    let proven = prove(vec_of([keys, be.text("a.be.")])).unwrap();
    assert_eq!(proven.anchors().len(), limits::CHAIN_SIGNATURES_MAX);
    assert_eq!(
        rrsigs(&be, &key_set, most + 1),
        Err(ChainRefusal::TooManySignatures { set: key_set })
    );
    let nic = nic();
    let twice = rrsigs(&nic, &dnskey_set("nic.be."), 2).unwrap();
    assert_eq!(
        Chain::new([be.keys(), be.cut(&nic), twice, nic.text("a.nic.be.")]),
        Err(ChainRefusal::TooManySignatures {
            set: dnskey_set("nic.be.")
        })
    );
    let twice = rrsigs(&be, &set, 2).unwrap();
    assert_eq!(
        Chain::new([be.keys(), twice]),
        Err(ChainRefusal::TooManySignatures { set })
    );
}

/// What an RRSIG says wrongly although its signature holds.
type Change = fn(&mut Fields);

#[test]
fn a_signature_says_what_its_set_is() {
    let be = be();
    let set = || text_key("a.be.");
    let (tag, zone) = (be.tag(), name("be."));
    let refused = |algorithm| ChainRefusal::AlgorithmRefused {
        set: set(),
        algorithm,
    };
    let table: &[(Change, ChainRefusal)] = &[
        (
            |fields| fields.signer = name("."),
            ChainRefusal::SignerDiffers {
                set: set(),
                signer: Name::root(),
                zone: zone.clone(),
            },
        ),
        (
            |fields| fields.signer = name("a.be."),
            ChainRefusal::SignerDiffers {
                set: set(),
                signer: name("a.be."),
                zone: zone.clone(),
            },
        ),
        (
            |fields| fields.labels = 1,
            ChainRefusal::Wildcard { set: set() },
        ),
        (
            |fields| fields.labels = 3,
            ChainRefusal::Wildcard { set: set() },
        ),
        (
            |fields| fields.expiration = fields.inception - 1,
            ChainRefusal::NeverValid { set: set(), tag },
        ),
        (|fields| fields.algorithm = 1, refused(1)),
        (|fields| fields.algorithm = 5, refused(5)),
        (|fields| fields.algorithm = 7, refused(7)),
        (|fields| fields.algorithm = 12, refused(12)),
        (|fields| fields.algorithm = 16, refused(16)),
        (|fields| fields.algorithm = 253, refused(253)),
        (
            |fields| fields.tag ^= 1,
            ChainRefusal::KeyMissing {
                set: set(),
                zone: zone.clone(),
                tag: tag ^ 1,
            },
        ),
        // The key of this tag is one of another algorithm.
        (
            |fields| fields.algorithm = 13,
            ChainRefusal::KeyMissing {
                set: set(),
                zone,
                tag,
            },
        ),
    ];
    for (change, refusal) in table {
        let link = be.link_with(&set(), &[text()], change);
        assert_eq!(prove(vec_of([be.keys(), link])).unwrap_err(), *refusal);
    }
}

#[test]
fn wildcards_prove_nothing() {
    let be = be();
    let set = || text_key("*.be.");
    let refusal = || ChainRefusal::Wildcard { set: set() };
    // With the labels that RFC 4034 §3.1.3 has, and with all of them.
    for labels in [1, 2] {
        let link = be.link_with(&set(), &[text()], |fields| fields.labels = labels);
        let found = prove(vec_of([be.keys(), link]));
        assert_eq!(found.unwrap_err(), refusal(), "{labels}");
    }
}

#[test]
fn only_keys_that_sign_zones_count() {
    let with = |flags, protocol| Zone {
        flags,
        protocol,
        ..be()
    };
    let not: fn(u16) -> ChainRefusal = |tag| ChainRefusal::NotAZoneKey {
        zone: name("be."),
        tag,
    };
    let revoked: fn(u16) -> ChainRefusal = |tag| ChainRefusal::KeyRevoked {
        zone: name("be."),
        tag,
    };
    for (flags, protocol, refusal) in [
        (256, 3, None),
        (257, 3, None),
        (0, 3, Some(not)),
        (1, 3, Some(not)),
        (256, 2, Some(not)),
        (385, 3, Some(revoked)),
    ] {
        let be = with(flags, protocol);
        let expected = refusal.map(|refusal| refusal(be.tag()));
        let found = prove(vec_of([be.keys(), be.text("a.be.")])).err();
        assert_eq!(found, expected, "{flags} {protocol}");
    }
}

#[test]
fn a_signature_is_its_key_s() {
    let (be, set) = (be(), text_key("a.be."));
    let bad = |set: SetKey, tag| ChainRefusal::BadSignature { set, tag };
    // Another key under this key's tag.
    let other = Zone::new("be.", 9);
    let link = other.link_with(&set, &[text()], |fields| fields.tag = be.tag());
    let found = prove(vec_of([be.keys(), link]));
    assert_eq!(found.unwrap_err(), bad(set.clone(), be.tag()));
    // The set was another one when it was signed.
    let other = Rdata::from_text(Rtype::TXT, "\"other\"").unwrap();
    let rrsig = be.rrsig(&set, &BTreeSet::from([other]), |_| ());
    let rrsigs = BTreeSet::from([rrsig]);
    let link = Link::new(set.clone(), BTreeSet::from([text()]), &rrsigs).unwrap();
    let found = prove(vec_of([be.keys(), link]));
    assert_eq!(found.unwrap_err(), bad(set, be.tag()));
    // Keys that another zone's key signed, in the place of each zone.
    let stranger = Zone::new("be.", 9);
    let mut keys = stranger.clone();
    keys.others = vec_of_data([be.dnskey()]);
    let forged = keys.keys_with(|fields| fields.tag = be.tag());
    let found = prove(vec_of([forged, be.text("a.be.")]));
    assert_eq!(found.unwrap_err(), bad(dnskey_set("be."), be.tag()));
}

fn vec_of_data<const N: usize>(data: [Rdata; N]) -> Vec<Rdata> {
    data.into_iter().collect()
}

#[test]
fn a_ds_set_names_the_key_that_signed_the_keys_below() {
    let (be, nic) = (be(), nic());
    let refused = |ds: &[Rdata], keys: &Zone| {
        let cut = be.link(&ds_set("nic.be."), ds);
        prove(vec_of([
            be.keys(),
            cut,
            keys.keys(),
            keys.text("a.nic.be."),
        ]))
        .err()
    };
    assert_eq!(refused(&[nic.ds()], &nic), None);
    let not_named = |tag| {
        Some(ChainRefusal::KeyNotNamed {
            set: ds_set("nic.be."),
            tag,
        })
    };
    let stranger = Zone::new("nic.be.", 9);
    assert_eq!(refused(&[stranger.ds()], &nic), not_named(nic.tag()));
    assert_eq!(refused(&[stranger.ds(), nic.ds()], &nic), None);
    // The named key is in the set, and another one signs.
    let beside = Zone {
        others: vec_of_data([nic.dnskey()]),
        ..stranger.clone()
    };
    assert_eq!(refused(&[nic.ds()], &beside), not_named(stranger.tag()));

    let digest = |digest_type: u8, length: usize| {
        let mut wire = nic.tag().to_be_bytes().to_vec();
        wire.extend_from_slice(&[15, digest_type]);
        wire.resize(4 + length, 7);
        Rdata::from_wire(Rtype::DS, &wire).unwrap()
    };
    let only_sha_1 = Some(ChainRefusal::OnlySha1 {
        set: ds_set("nic.be."),
        tag: nic.tag(),
    });
    assert_eq!(refused(&[digest(1, 20)], &nic), only_sha_1);
    assert_eq!(
        refused(&[digest(1, 20), digest(2, 32)], &nic),
        not_named(nic.tag())
    );
    assert_eq!(refused(&[digest(1, 20), nic.ds()], &nic), None);
    assert_eq!(refused(&[digest(4, 48)], &nic), not_named(nic.tag()));
    assert_eq!(refused(&[digest(3, 32)], &nic), not_named(nic.tag()));
}

#[test]
fn keys_that_share_a_tag_are_few() {
    // Octets whose sum of pairs is the same in another order (RFC 4034
    // appendix B): keys of one tag, which are no points.
    let of_tag = |zone: &Zone, number: usize| {
        let mut wire = zone.dnskey().as_wire().to_vec();
        let (low, high) = (4 + 2 * number, 20);
        wire.swap(low, high);
        wire.swap(low + 1, high + 1);
        Rdata::from_wire(Rtype::DNSKEY, &wire).unwrap()
    };
    for (others, refusal) in [
        (limits::CHAIN_TAG_KEYS_MAX - 1, None),
        (
            limits::CHAIN_TAG_KEYS_MAX,
            Some(ChainRefusal::TagShared {
                zone: name("be."),
                tag: be().tag(),
            }),
        ),
    ] {
        let mut be = Zone::new("be.", 1);
        be.others = (0..others).map(|number| of_tag(&be, number)).collect();
        for other in &be.others {
            assert_eq!(ZoneKey::parse(other).unwrap().tag(), be.tag());
        }
        let found = prove(vec_of([be.keys(), be.text("a.be.")])).err();
        assert_eq!(found, refusal);
    }
}
