//! Proofs for tests, signed by keys that everybody knows, and each rule's
//! table.

mod octets;
mod properties;
mod rules;
mod selection;
mod times;

use alloc::collections::BTreeSet;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use ed25519_dalek::{Signer as _, SigningKey};

use super::{Algorithm, Chain, ChainRefusal, Ds, Link, SignatureCheck, Signed, ZoneKey};
use crate::basic::Time;
use crate::edition::Dnskey;
use crate::zone::samples::name;
use crate::zone::wire::compose_record;
use crate::zone::{Name, Rdata, RecordSet, Rtype, SetKey};

/// When all of this happens.
pub(crate) const NOW: Time = Time(1_800_000_000);
const TTL: u32 = 3600;

/// No signature holds but those that are verified here.
pub(crate) struct OursAlone;

impl SignatureCheck for OursAlone {
    fn holds(&self, _: Algorithm, _: &Signed<'_>) -> bool {
        false
    }
}

/// A zone with one key, or with more keys beside it.
#[derive(Clone)]
pub(crate) struct Zone {
    pub(crate) name: Name,
    key: SigningKey,
    flags: u16,
    protocol: u8,
    others: Vec<Rdata>,
    now: Time,
}

impl Zone {
    pub(crate) fn new(zone: &str, seed: u8) -> Self {
        Self {
            name: name(zone),
            key: SigningKey::from_bytes(&[seed; 32]),
            flags: 257,
            protocol: 3,
            others: Vec::new(),
            now: NOW,
        }
    }

    /// The same zone, signed at another time.
    pub(crate) fn at(self, now: Time) -> Self {
        Self { now, ..self }
    }

    pub(crate) fn dnskey(&self) -> Rdata {
        let mut wire = self.flags.to_be_bytes().to_vec();
        wire.extend_from_slice(&[self.protocol, 15]);
        wire.extend_from_slice(&self.key.verifying_key().to_bytes());
        Rdata::from_wire(Rtype::DNSKEY, &wire).unwrap()
    }

    pub(crate) fn tag(&self) -> u16 {
        ZoneKey::parse(&self.dnskey()).unwrap().tag()
    }

    /// The DS record that names its key, by SHA-256.
    pub(crate) fn ds(&self) -> Rdata {
        let key = Dnskey::anchor(crate::basic::PublicKey(self.key.verifying_key().to_bytes()));
        assert_eq!(key.rdata(), self.dnskey());
        key.ds(&self.name)
    }

    /// A set of this zone, signed.
    pub(crate) fn link(&self, set: &SetKey, data: &[Rdata]) -> Link {
        self.link_with(set, data, |_| ())
    }

    /// The same, with an RRSIG that says something else.
    fn link_with(&self, set: &SetKey, data: &[Rdata], change: impl FnOnce(&mut Fields)) -> Link {
        let data: BTreeSet<Rdata> = data.iter().cloned().collect();
        let rrsig = self.rrsig(set, &data, change);
        Link::new(set.clone(), data, &BTreeSet::from([rrsig])).unwrap()
    }

    /// Its signature of a set.
    pub(crate) fn signature(&self, set: &SetKey, data: &BTreeSet<Rdata>) -> Rdata {
        self.rrsig(set, data, |_| ())
    }

    fn rrsig(
        &self,
        set: &SetKey,
        data: &BTreeSet<Rdata>,
        change: impl FnOnce(&mut Fields),
    ) -> Rdata {
        let mut fields = Fields {
            covered: set.rtype,
            algorithm: 15,
            labels: set.owner.label_count(),
            ttl: TTL,
            expiration: self.now.plus(1000).0,
            inception: self.now.0 - 1000,
            tag: self.tag(),
            signer: self.name.clone(),
        };
        change(&mut fields);
        let mut message = fields.wire();
        for data in data {
            compose_record(&mut message, &set.owner, set.rtype, fields.ttl, data);
        }
        let signature = self.key.sign(&message).to_bytes();
        let wire = [fields.wire(), signature.to_vec()].concat();
        Rdata::from_wire(Rtype::RRSIG, &wire).unwrap()
    }

    /// Its DNSKEY set, signed.
    pub(crate) fn keys(&self) -> Link {
        self.keys_with(|_| ())
    }

    fn keys_with(&self, change: impl FnOnce(&mut Fields)) -> Link {
        let mut data = self.others.clone();
        data.push(self.dnskey());
        self.link_with(&SetKey::new(&self.name, Rtype::DNSKEY), &data, change)
    }

    /// The DS set of a zone below, signed.
    pub(crate) fn cut(&self, below: &Self) -> Link {
        self.link(&SetKey::new(&below.name, Rtype::DS), &[below.ds()])
    }

    /// A TXT set, signed.
    fn text(&self, owner: &str) -> Link {
        self.link(&text_key(owner), &[text()])
    }
}

/// What an RRSIG says but its signature.
struct Fields {
    covered: Rtype,
    algorithm: u8,
    labels: u8,
    ttl: u32,
    expiration: u64,
    inception: u64,
    tag: u16,
    signer: Name,
}

impl Fields {
    fn wire(&self) -> Vec<u8> {
        let mut octets = self.covered.to_int().to_be_bytes().to_vec();
        octets.extend_from_slice(&[self.algorithm, self.labels]);
        octets.extend_from_slice(&self.ttl.to_be_bytes());
        octets.extend_from_slice(&self.expiration.to_be_bytes()[4..]);
        octets.extend_from_slice(&self.inception.to_be_bytes()[4..]);
        octets.extend_from_slice(&self.tag.to_be_bytes());
        octets.extend_from_slice(self.signer.as_wire());
        octets
    }
}

fn text_key(owner: &str) -> SetKey {
    SetKey::new(&name(owner), Rtype::TXT)
}

fn text() -> Rdata {
    Rdata::from_text(Rtype::TXT, "\"proved\"").unwrap()
}

fn be() -> Zone {
    Zone::new("be.", 1)
}

fn nic() -> Zone {
    Zone::new("nic.be.", 2)
}

/// The DS set by which `be.` is judged.
fn ds_of_be() -> RecordSet {
    RecordSet::of_one(TTL, be().ds())
}

/// A proof that goes through one cut.
fn links() -> Vec<Link> {
    vec_of([
        be().keys(),
        be().cut(&nic()),
        nic().keys(),
        nic().text("_comity.nic.be."),
    ])
}

fn chain() -> Chain {
    Chain::new(links()).unwrap()
}

fn vec_of<const N: usize>(links: [Link; N]) -> Vec<Link> {
    links.into_iter().collect()
}

/// The links are a chain, and what comes of verifying it.
fn prove(links: Vec<Link>) -> Result<super::ProvenChain, ChainRefusal> {
    Chain::new(links)?.prove(&OursAlone)
}

fn dnskey_set(zone: &str) -> SetKey {
    SetKey::new(&name(zone), Rtype::DNSKEY)
}

fn ds_set(zone: &str) -> SetKey {
    SetKey::new(&name(zone), Rtype::DS)
}

#[test]
fn a_chain_proves_its_last_set() {
    for (links, signer, target) in [
        (
            vec_of([be().keys(), be().text("_comity.be.")]),
            "be.",
            "_comity.be.",
        ),
        // No cut at `nic.be.`: the name is the upper zone's own.
        (
            vec_of([be().keys(), be().text("_comity.nic.be.")]),
            "be.",
            "_comity.nic.be.",
        ),
        (links(), "nic.be.", "_comity.nic.be."),
    ] {
        let proven = prove(links).unwrap();
        assert_eq!(*proven.zone(), name("be."));
        assert_eq!(*proven.signer(), name(signer));
        assert_eq!(*proven.target(), text_key(target));
        assert_eq!(*proven.set(), RecordSet::of_one(TTL, text()));
        let [anchor] = proven.anchors() else {
            panic!("{proven:?}");
        };
        let ds = Ds::parse(&be().ds()).unwrap();
        assert!(ds.names(proven.zone(), anchor.key()));
        assert_eq!(proven.under(&ds_of_be(), NOW), Ok(()));
    }
}
