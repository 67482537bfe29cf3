//! Which of the signatures that were found go into a chain.

use super::*;
use crate::basic::Digest;
use crate::dnssec::{Claim, ClaimRefusal, Found};

/// What an RRSIG says that will not do.
type Change = fn(&mut Fields);

/// The links of the proof as a resolver would have them.
fn found() -> Vec<Found> {
    links().iter().map(of_link).collect()
}

fn of_link(link: &Link) -> Found {
    let rrsigs = link.signatures().iter();
    Found {
        key: link.key().clone(),
        data: link.set().data.clone(),
        rrsigs: rrsigs.map(|rrsig| rrsig.rdata().clone()).collect(),
    }
}

fn select(found: &[Found]) -> Result<Chain, ChainRefusal> {
    Chain::select(found, &ds_of_be(), NOW, &OursAlone)
}

/// Who signs each set of the proof.
fn signers() -> [Zone; 4] {
    [be(), be(), nic(), nic()]
}

#[test]
fn what_was_found_becomes_the_chain() {
    assert_eq!(select(&found()), Ok(chain()));
}

#[test]
fn what_will_not_do_is_left_out() {
    for (index, zone) in signers().iter().enumerate() {
        let mut found = found();
        let set = &mut found[index];
        let stranger = Zone::new(&zone.name.to_string(), 9);
        let useless: [(&Zone, Change); 5] = [
            (zone, |fields| fields.expiration = NOW.0 - 1),
            (zone, |fields| fields.inception = NOW.0 + 1),
            (zone, |fields| fields.algorithm = 5),
            (zone, |fields| fields.labels -= 1),
            (&stranger, |_| ()),
        ];
        for (zone, change) in useless {
            let rrsig = zone.rrsig(&set.key, &set.data, change);
            set.rrsigs.insert(rrsig);
        }
        assert_eq!(select(&found), Ok(chain()), "{index}");
    }
}

#[test]
fn below_the_first_set_the_longest_valid_signature_is_enough() {
    for (index, zone) in signers().iter().enumerate() {
        let mut found = found();
        let set = &mut found[index];
        let longer = zone.rrsig(&set.key, &set.data, |fields| fields.expiration += 5);
        set.rrsigs.insert(longer.clone());
        let selected = select(&found).unwrap();
        let link = selected.links().nth(index).unwrap();
        let rrsigs: Vec<&Rdata> = link
            .signatures()
            .iter()
            .map(|rrsig| rrsig.rdata())
            .collect();
        assert_eq!(rrsigs.len(), if index == 0 { 2 } else { 1 });
        assert!(rrsigs.contains(&&longer));
    }
}

#[test]
fn where_none_will_do_the_nearest_is_said() {
    for (index, zone) in signers().iter().enumerate() {
        let mut found = found();
        let set = found[index].key.clone();
        found[index].rrsigs.clear();
        assert_eq!(
            select(&found),
            Err(ChainRefusal::NotSigned { set: set.clone() })
        );
        let data = found[index].data.clone();
        let rrsig = zone.rrsig(&set, &data, |fields| fields.algorithm = 5);
        found[index].rrsigs.insert(rrsig);
        let refusal = ChainRefusal::AlgorithmRefused {
            set: set.clone(),
            algorithm: 5,
        };
        assert_eq!(select(&found), Err(refusal));
        let until = Time(NOW.0 - 1);
        let rrsig = zone.rrsig(&set, &data, |fields| fields.expiration = until.0);
        found[index].rrsigs.insert(rrsig);
        assert_eq!(select(&found), Err(ChainRefusal::Expired { set, until }));
    }
    let stranger = RecordSet::of_one(TTL, Zone::new("be.", 9).ds());
    assert_eq!(
        Chain::select(&found(), &stranger, NOW, &OursAlone),
        Err(ChainRefusal::KeyNotNamed {
            set: ds_set("be."),
            tag: be().tag()
        })
    );
}

#[test]
fn a_proof_of_a_claim_is_about_its_place() {
    let (ledger, holder) = (Digest([1; 32]), Digest([2; 32]));
    let claim = Claim { ledger, holder };
    let data = Rdata::from_text(Rtype::TXT, &std::format!("\"{claim}\"")).unwrap();
    let proven = |zone: Zone, owner: &str, data: &Rdata| {
        let link = zone.link(&text_key(owner), core::slice::from_ref(data));
        prove(vec_of([zone.keys(), link])).unwrap()
    };
    for owner in ["_comity.be.", "_comity.nic.be."] {
        let proven = proven(be(), owner, &data);
        assert_eq!(Claim::proven(&proven, ledger), Ok(claim));
        let other = Digest([3; 32]);
        assert_eq!(
            Claim::proven(&proven, other),
            Err(ClaimRefusal::Missing {
                place: name(owner),
                ledger: other
            })
        );
    }
    for (zone, owner) in [
        (be(), "be."),
        (be(), "x.be."),
        (be(), "_comity.x.be."),
        (be(), "_comity.nic.x.be."),
        (be(), "x._comity.be."),
        (nic(), "nic.be."),
    ] {
        let name = zone.name.clone();
        assert_eq!(
            Claim::proven(&proven(zone, owner, &data), ledger),
            Err(ClaimRefusal::Elsewhere {
                set: text_key(owner),
                name
            })
        );
    }
    let be = be();
    let mx = Rdata::from_text(Rtype::MX, "10 mail.be.").unwrap();
    let link = be.link(&SetKey::new(&name("_comity.be."), Rtype::MX), &[mx]);
    let proven = prove(vec_of([be.keys(), link])).unwrap();
    assert!(matches!(
        Claim::proven(&proven, ledger),
        Err(ClaimRefusal::Elsewhere { .. })
    ));
}
