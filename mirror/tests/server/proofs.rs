//! Proofs by DNSSEC from zones that others signed, with every algorithm that
//! counts, and the real root as it was signed once.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::basic::Time;
use comity_core::dnssec::{Chain, ChainRefusal, Link, Rrsig, ZoneKeys};
use comity_core::zone::{Rdata, RecordSet, Rtype, SetKey};
use comity_mirror::signature::ByRing;

use crate::root;
use crate::running::now;
use crate::signers::{self, ALGORITHMS, Sets, Signer};
use crate::signing::name;

const CHILD: &str = "
nic.be. 3600 IN SOA ns.nic.be. admin.be. 1 7200 3600 1209600 300
nic.be. 3600 IN NS ns.nic.be.
ns.nic.be. 3600 IN A 192.0.2.2
_comity.nic.be. 600 IN TXT \"below\"
";

const PARENT: &str = "
be. 3600 IN SOA ns.be. admin.be. 1 7200 3600 1209600 300
be. 3600 IN NS ns.be.
be. 3600 IN MX 10 Mail.Be.
ns.be. 3600 IN A 192.0.2.1
nic.be. 3600 IN NS ns.nic.be.
ns.nic.be. 3600 IN A 192.0.2.2
_comity.be. 600 IN TXT \"one\" \"two\"
_comity.be. 600 IN TXT \"three\"
";

/// The key set of either zone is signed by one key, everything else by
/// another one, as registries do.
fn check_signer(sign: Signer) {
    for algorithm in ALGORITHMS {
        let Some(child) = sign("nic.be.", CHILD, algorithm) else {
            return;
        };
        let records = PARENT.to_owned() + &child.ds_text();
        let parent = sign("be.", &records, algorithm).unwrap();
        let ds = parent.ds.iter().map(|record| record.data.clone());
        let ds = RecordSet {
            ttl: 3600,
            data: ds.collect(),
        };
        let (child, parent) = (child.sets("nic.be."), parent.sets("be."));
        assert!(check_all(&parent, &parent.keys("be.")) >= 7, "{algorithm}");
        assert!(
            check_all(&child, &child.keys("nic.be.")) >= 6,
            "{algorithm}"
        );

        let link = |sets: &Sets, owner, rtype| sets.link(owner, rtype).unwrap();
        let chains: [(Vec<Link>, &str); 2] = [
            (
                vec![
                    link(&parent, "be.", Rtype::DNSKEY),
                    link(&parent, "_comity.be.", Rtype::TXT),
                ],
                "be.",
            ),
            (
                vec![
                    link(&parent, "be.", Rtype::DNSKEY),
                    link(&parent, "nic.be.", Rtype::DS),
                    link(&child, "nic.be.", Rtype::DNSKEY),
                    link(&child, "_comity.nic.be.", Rtype::TXT),
                ],
                "nic.be.",
            ),
        ];
        for (links, signer) in chains {
            let octets = Chain::new(links).unwrap().to_octets();
            let proven = Chain::from_octets(&octets).unwrap().prove(&ByRing).unwrap();
            assert_eq!(*proven.signer(), name(signer));
            assert_eq!(proven.under(&ds, now()), Ok(()), "{algorithm}");
            let (_, until) = proven.validity(&ds, now()).unwrap();
            assert!(matches!(
                proven.under(&ds, until.plus(1)),
                Err(ChainRefusal::Expired { .. })
            ));
        }
    }
}

#[test]
fn what_knot_signs_is_proved() {
    check_signer(signers::knot);
}

#[test]
fn what_bind_signs_is_proved() {
    check_signer(signers::bind);
}

#[test]
fn what_ldns_signs_is_proved() {
    check_signer(signers::ldns);
}

/// Verifies every signature of a zone, and how many there are. None is good
/// for another set, or with another octet.
fn check_all(sets: &Sets, keys: &ZoneKeys) -> usize {
    let mut count = 0;
    for (key, set) in &sets.0 {
        for data in &set.rrsigs {
            let rrsig = Rrsig::parse(data).unwrap();
            let verified = |data: &BTreeSet<Rdata>, rrsig: &Rrsig| {
                keys.verify(key, data, rrsig, &ByRing).map(|_| ())
            };
            assert_eq!(verified(&set.data, &rrsig), Ok(()), "{key}");
            let bad = ChainRefusal::BadSignature {
                set: key.clone(),
                tag: rrsig.key_tag,
            };
            assert_eq!(
                verified(&BTreeSet::new(), &rrsig),
                Err(bad.clone()),
                "{key}"
            );
            let mut wire = data.as_wire().to_vec();
            let last = wire.last_mut().unwrap();
            *last ^= 1;
            let changed = Rdata::from_wire(Rtype::RRSIG, &wire).unwrap();
            let changed = Rrsig::parse(&changed).unwrap();
            assert_eq!(verified(&set.data, &changed), Err(bad), "{key}");
            count += 1;
        }
    }
    count
}

/// Key 20326 of IANA, which everybody's resolver has (RFC 9718).
const ANCHOR: &str = "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
/// 2020-10-20T00:00Z.
const THEN: Time = Time(1_603_152_000);

#[test]
fn the_real_root_holds_as_it_was_signed() {
    let Some(records) = root::signed_records() else {
        return;
    };
    let sets = Sets::new(records);
    let keys = sets.keys(".");
    let mut by_type: BTreeMap<Rtype, usize> = BTreeMap::new();
    for (key, set) in &sets.0 {
        for data in &set.rrsigs {
            let rrsig = Rrsig::parse(data).unwrap();
            let verified = keys.verify(key, &set.data, &rrsig, &ByRing);
            assert!(verified.is_ok(), "{key}: {verified:?}");
            *by_type.entry(key.rtype).or_default() += 1;
        }
    }
    println!("signatures of the root that hold: {by_type:?}");
    // Every set that must be signed is (RFC 4035 §2.2).
    let count = |rtype| {
        let of_type = sets.0.keys().filter(|key| key.rtype == rtype);
        of_type.count()
    };
    assert_eq!(by_type[&Rtype::NSEC], count(Rtype::NSEC));
    assert_eq!(by_type[&Rtype::DS], count(Rtype::DS));
    assert!(by_type[&Rtype::DS] > 1000);
    for rtype in [Rtype::SOA, Rtype::NS, Rtype::DNSKEY] {
        assert_eq!(by_type[&rtype], 1, "{rtype}");
    }

    let anchor = Rdata::from_text(Rtype::DS, ANCHOR).unwrap();
    let anchor = RecordSet::of_one(86_400, anchor);
    let proof = |target: &str| {
        let links = [(".", Rtype::DNSKEY), (target, Rtype::NSEC)];
        let links = links.map(|(owner, rtype)| sets.link(owner, rtype).unwrap());
        Chain::new(links).unwrap().prove(&ByRing).unwrap()
    };
    for key in sets.0.keys().filter(|key| key.rtype == Rtype::NSEC) {
        let SetKey { owner, .. } = key;
        let proven = proof(&owner.to_string());
        assert_eq!(proven.under(&anchor, THEN), Ok(()), "{owner}");
        let late = THEN.plus(30 * 86_400);
        assert!(matches!(
            proven.under(&anchor, late),
            Err(ChainRefusal::Expired { .. })
        ));
    }
}
