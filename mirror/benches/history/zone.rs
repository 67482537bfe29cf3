//! What the ledger begins with: names, holders, members, and the zone's key.

use std::fmt::Write as _;

use comity_core::act::json::{self, Payload};
use comity_core::act::{Ceremony, Founding, FoundingMember, HolderBinding, Holders, RULES};
use comity_core::basic::{PublicKey, Signature};
use comity_core::charter::{Charter, CharterRules, SigningThreshold};
use comity_core::holder::{HolderKeys, Policy};
use comity_core::ledger::{KeyKind, NoteKey};
use comity_core::message::{
    CeremonyId, Confirmation, Deal, Messages, Opening, SealedShare, Transcript,
};
use comity_core::zone::{Contents, Kind, Name, Rdata, Record, RecordSet, Rtype};
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::Sha512;

use super::parties::Child;
use super::{DAY_S, History, LOG, MEMBER, key, public, signed};

/// Members that found the zone.
pub(crate) const MEMBERS: usize = 5;
/// As many as sign.
pub(crate) const THRESHOLD: u16 = 3;
/// Names.
const NAMES: usize = 100;
/// Those that have a holder when it begins.
pub(crate) const HELD: usize = 60;

pub(crate) fn name(which: usize) -> String {
    format!("n{which:03}.example.")
}

/// Every tenth holder takes care.
pub(crate) fn is_careful(which: usize) -> bool {
    which % 10 == 9
}

/// The number of a holder's key that has one.
pub(crate) fn single(which: usize) -> usize {
    1000 + which
}

/// Keys, the recovery key, and two of three operational ones.
pub(crate) fn careful(which: usize) -> (HolderKeys, SigningKey, Vec<SigningKey>) {
    let operational = [0, 1, 2].map(|at| key(2000 + 10 * which + at));
    let recovery = key(2000 + 10 * which + 9);
    let keys = HolderKeys {
        operational: policy(2, &operational),
        recovery: Some(policy(1, core::slice::from_ref(&recovery))),
        delay_s: 3 * DAY_S,
    };
    (keys, recovery, operational[..2].to_vec())
}

fn policy(threshold: u16, keys: &[SigningKey]) -> Policy {
    let mut keys: Vec<PublicKey> = keys.iter().map(public).collect();
    keys.sort_unstable();
    Policy { threshold, keys }
}

/// A record set of one record.
pub(crate) fn set(line: &str) -> (Name, Rtype, RecordSet) {
    let record = record(line);
    let set = RecordSet::of_one(record.ttl, record.data);
    (record.owner, record.rtype, set)
}

fn record(line: &str) -> Record {
    let mut parts = line.splitn(4, ' ');
    let mut next = || parts.next().unwrap();
    let (owner, ttl) = (next().parse().unwrap(), next().parse().unwrap());
    let rtype = next().parse().unwrap();
    Record {
        owner,
        ttl,
        rtype,
        data: Rdata::from_text(rtype, next()).unwrap(),
    }
}

fn contents() -> Contents {
    let mut text = String::from(
        "example. 3600 SOA ns0.example. admin.example. 7 1800 900 604800 300\n\
         example. 3600 NS ns0.example.",
    );
    for which in 0..7 {
        write!(text, "\nns{which}.example. 3600 A 192.0.2.{which}").unwrap();
    }
    for which in 0..NAMES {
        let (name, ds) = (name(which), Child::new(which).ds());
        write!(text, "\n{name} 3600 NS a.{name}\n{name} 3600 DS {ds}").unwrap();
        write!(text, "\na.{name} 3600 A 198.51.100.{which}").unwrap();
    }
    Contents::build(&"example.".parse().unwrap(), text.lines().map(record)).unwrap()
}

/// What one member adds to the zone's key.
fn constant(at: usize) -> Scalar {
    Scalar::from(0x00c0_ffee_u64 + at as u64).invert()
}

/// The zone's key signs whole here, which it never does elsewhere.
pub(crate) fn sign_as_zone(message: &[u8]) -> Signature {
    let secret = ExpandedSecretKey {
        scalar: (0..MEMBERS).map(constant).sum(),
        hash_prefix: [0; 32],
    };
    let public = VerifyingKey::from_bytes(&group_key().0).unwrap();
    Signature(raw_sign::<Sha512>(&secret, message, &public).to_bytes())
}

fn group_key() -> PublicKey {
    let sum: Scalar = (0..MEMBERS).map(constant).sum();
    PublicKey((&sum * ED25519_BASEPOINT_TABLE).compress().0)
}

/// One message from each member.
fn list<P: Payload>(message: impl Fn(usize) -> P) -> Messages {
    let one = |at| signed(&message(at), &[key(MEMBER + at)]);
    Messages {
        messages: (0..MEMBERS).map(one).collect(),
    }
}

impl History {
    pub(super) fn found(&mut self) {
        let log = NoteKey::new("ledger.example", KeyKind::Ed25519, public(&key(LOG))).unwrap();
        let defaults = CharterRules::defaults();
        let charter = Charter {
            title: "A zone of several".into(),
            preamble: "Nobody is cut off.".into(),
            clauses: Vec::new(),
            rules: CharterRules {
                signing_threshold: SigningThreshold::Shares(THRESHOLD),
                ..defaults
            },
        };
        let members = (0..MEMBERS).map(|at| FoundingMember {
            name: format!("member-{at:03}"),
            key: public(&key(MEMBER + at)),
        });
        let holders = (0..HELD).map(|which| HolderBinding {
            name: name(which).parse().unwrap(),
            holder: match is_careful(which) {
                true => careful(which).0,
                false => HolderKeys::of(public(&key(single(which)))),
            },
        });
        let holders = Holders {
            holders: holders.collect(),
        };
        let founding = Founding {
            rules: RULES,
            zone: "example.".parse().unwrap(),
            kind: Kind::Plain,
            log: log.to_string(),
            members: members.collect(),
            charter: self.put(json::encode(&charter)),
            contents: self.put(contents().to_wire()),
            holders: self.put(json::encode(&holders)),
        };
        let signers: Vec<_> = (0..MEMBERS).map(|at| key(MEMBER + at)).collect();
        self.append(&signed(&founding, &signers));
    }

    /// A dealing without shares, of which the ledger sees nothing anyway.
    pub(super) fn hold_ceremony(&mut self) {
        let ceremony = CeremonyId {
            ledger: self.ledger(),
            epoch: 1,
            attempt: 1,
        };
        let openings = list(|at| {
            let point = (&constant(at) * ED25519_BASEPOINT_TABLE).compress();
            let mut package = point.0.to_vec();
            package.resize(usize::from(THRESHOLD) * 32 + 64, 7);
            Opening {
                ceremony: ceremony.clone(),
                package: HEXLOWER.encode(&package),
                seal_key: HEXLOWER.encode(&[8; 32]),
            }
        });
        let deals = list(|at| Deal {
            ceremony: ceremony.clone(),
            openings: openings.digest(),
            sealed: (0..MEMBERS)
                .filter(|to| *to != at)
                .map(|to| SealedShare {
                    to: u16::try_from(to + 1).unwrap(),
                    octets: "00".into(),
                })
                .collect(),
        });
        let confirmations = list(|_| Confirmation {
            ceremony: ceremony.clone(),
            deals: deals.digest(),
            group_key: group_key(),
        });
        let transcript = self.put(json::encode(&Transcript {
            openings,
            deals,
            confirmations,
        }));
        let ceremony = Ceremony {
            rules: RULES,
            ledger: self.ledger(),
            epoch: 1,
            threshold: THRESHOLD,
            group_key: group_key(),
            transcript,
        };
        self.append(&signed(&ceremony, &[key(LOG)]));
    }
}
