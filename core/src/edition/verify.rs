//! Verification of a whole zone from bare records, wherever they come from.
//! Everything derived is derived again and compared, so that nothing can be
//! there, or be missing, that the rules do not ask for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::draft::Draft;
use super::rrsig::{self, time_left_s};
use super::{Dnskey, EditionRefusal, Item, Rrsig, SignedZone, zonemd};
use crate::basic::{PublicKey, Time};
use crate::zone::{
    Contents, Name, Rdata, Record, RecordSet, Rtype, SetKey, ZoneRefusal, is_derived,
};

impl SignedZone {
    /// The zone that these records are, if it keeps every rule: the
    /// contents' structure; this key alone; one valid signature over each
    /// set that needs one; the exact NSEC chain; the right digest.
    ///
    /// # Errors
    /// The first rule that the records break.
    pub fn verify(
        origin: &Name,
        key: PublicKey,
        records: impl IntoIterator<Item = Record>,
        now: Time,
    ) -> Result<Self, EditionRefusal> {
        let mut sorted = Sorted::default();
        for record in records {
            sorted.insert(record)?;
        }
        let contents = Contents::build(origin, sorted.contents)?;
        let mut draft = Draft::new(&contents, contents.serial(), Dnskey(key));
        let zonemd = SetKey::new(origin, Rtype::ZONEMD);
        let stated = sorted
            .derived
            .remove(&zonemd)
            .ok_or(EditionRefusal::Missing {
                set: zonemd.clone(),
            })?;
        check_derived(&draft, sorted.derived)?;
        draft.insert_zonemd(stated.clone(), None);
        attach_signatures(&mut draft, sorted.rrsigs, now)?;
        let digest = draft.digest();
        if stated != RecordSet::of_one(draft.soa_ttl(), zonemd::rdata(draft.serial, &digest)) {
            return Err(EditionRefusal::DigestDiffers {
                origin: origin.clone(),
            });
        }
        Ok(Self::of_verified(draft, digest, now))
    }
}

/// Records by what becomes of them.
#[derive(Default)]
struct Sorted {
    contents: Vec<Record>,
    derived: BTreeMap<SetKey, RecordSet>,
    rrsigs: BTreeMap<SetKey, Found>,
}

/// An RRSIG record as found.
struct Found {
    ttl: u32,
    data: Rdata,
    rrsig: Rrsig,
}

impl Sorted {
    fn insert(&mut self, record: Record) -> Result<(), EditionRefusal> {
        if record.rtype == Rtype::RRSIG {
            return self.insert_rrsig(record);
        }
        if !is_derived(record.rtype) {
            self.contents.push(record);
            return Ok(());
        }
        let Record {
            owner,
            rtype,
            ttl,
            data,
        } = record;
        let key = SetKey { owner, rtype };
        match self.derived.get_mut(&key) {
            None => {
                self.derived.insert(key, RecordSet::of_one(ttl, data));
            }
            Some(set) if set.ttl != ttl => return Err(ZoneRefusal::TtlClash { set: key }.into()),
            Some(set) => {
                let text = data.to_text(rtype);
                if !set.data.insert(data) {
                    return Err(ZoneRefusal::DuplicateRecord {
                        set: key,
                        data: text,
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    fn insert_rrsig(&mut self, record: Record) -> Result<(), EditionRefusal> {
        let Record {
            owner, ttl, data, ..
        } = record;
        let Some((rtype, rrsig)) = rrsig::parse(&data) else {
            return Err(EditionRefusal::BadRrsig { owner });
        };
        let key = SetKey { owner, rtype };
        let found = Found { ttl, data, rrsig };
        match self.rrsigs.insert(key.clone(), found) {
            None => Ok(()),
            Some(_) => Err(EditionRefusal::SignedTwice { set: key }),
        }
    }
}

/// The derived sets are those of the draft, no more and no less.
fn check_derived(
    draft: &Draft,
    mut found: BTreeMap<SetKey, RecordSet>,
) -> Result<(), EditionRefusal> {
    let sets = draft.signable();
    for (owner, rtype, held) in sets.filter(|(_, rtype, _)| is_derived(*rtype)) {
        let set = SetKey::new(owner, rtype);
        match found.remove(&set) {
            None => return Err(EditionRefusal::Missing { set }),
            Some(found) if found != held.set => return Err(EditionRefusal::Differs { set }),
            Some(_) => {}
        }
    }
    match found.pop_first() {
        None => Ok(()),
        Some((set, _)) => Err(EditionRefusal::Unexpected { set }),
    }
}

/// Gives each set its signature, each verified, none left over.
fn attach_signatures(
    draft: &mut Draft,
    mut found: BTreeMap<SetKey, Found>,
    now: Time,
) -> Result<(), EditionRefusal> {
    let signer = draft.signer.clone();
    let verifier = signer.verifier();
    for (owner, rtype, held) in draft.signable_mut() {
        let set = SetKey::new(owner, rtype);
        let Some(Found { ttl, data, rrsig }) = found.remove(&set) else {
            return Err(EditionRefusal::NotSigned { set });
        };
        if ttl != held.set.ttl || data != signer.rdata(owner, rtype, ttl, &rrsig) {
            return Err(EditionRefusal::RrsigDiffers { set });
        }
        check_validity(&set, &rrsig, now)?;
        let item = Item {
            key: set,
            inception: rrsig.inception,
            expiration: rrsig.expiration,
        };
        if !verifier.accepts(&signer.message(&item, &held.set), &rrsig.signature) {
            return Err(EditionRefusal::BadSignature { set: item.key });
        }
        held.rrsig = Some(rrsig);
    }
    match found.pop_first() {
        None => Ok(()),
        Some((set, _)) => Err(EditionRefusal::NeedlesslySigned { set }),
    }
}

/// RFC 4035 §5.3.1: not before inception, not after expiration.
fn check_validity(set: &SetKey, rrsig: &Rrsig, now: Time) -> Result<(), EditionRefusal> {
    if time_left_s(rrsig.inception, now) > 0 {
        return Err(EditionRefusal::NotYetValid {
            set: set.clone(),
            from: rrsig.begins(now),
        });
    }
    if time_left_s(rrsig.expiration, now) < 0 {
        return Err(EditionRefusal::Expired {
            set: set.clone(),
            until: rrsig.expires(now),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use std::format;

    use super::super::samples::{DAY_S, NOW, key, signed};
    use super::*;
    use crate::zone::samples::{PLAIN, ROOT, build, name, record};

    fn verify(origin: &str, records: Vec<Record>) -> Result<SignedZone, EditionRefusal> {
        SignedZone::verify(&name(origin), key(), records, NOW)
    }

    #[test]
    fn accepts_what_was_signed() {
        for (origin, text) in [(".", ROOT), ("example.", PLAIN)] {
            let zone = signed(&build(origin, text).unwrap());
            let records: Vec<Record> = zone.records().collect();
            assert_eq!(verify(origin, records.clone()), Ok(zone.clone()));
            let reversed = records.into_iter().rev().collect();
            assert_eq!(verify(origin, reversed), Ok(zone));
        }
    }

    /// What is done to a signed zone, and what is said about it.
    type Case = (fn(&mut Vec<Record>), &'static str);

    fn find(records: &mut [Record], owner: &str, rtype: Rtype) -> usize {
        let found = |record: &Record| record.owner == name(owner) && record.rtype == rtype;
        records.iter().position(found).unwrap()
    }

    fn add(records: &mut Vec<Record>, line: &str) {
        records.push(record(line));
    }

    fn replace(records: &mut [Record], owner: &str, rtype: Rtype, line: &str) {
        let at = find(records, owner, rtype);
        records[at] = record(line);
    }

    fn drop_one(records: &mut Vec<Record>, owner: &str, rtype: Rtype) {
        let at = find(records, owner, rtype);
        records.remove(at);
    }

    /// Changes octets of an RRSIG record's data.
    fn rrsig(records: &mut [Record], change: impl FnOnce(&mut Vec<u8>)) {
        let at = find(records, "be.", Rtype::RRSIG);
        let mut wire = records[at].data.as_wire().to_vec();
        change(&mut wire);
        records[at].data = Rdata::from_canonical(&wire);
    }

    const CASES: &[Case] = &[
        (
            |r| {
                let at = find(r, "be.", Rtype::RRSIG);
                let mut wire = r[at].data.as_wire().to_vec();
                wire[1] = 1;
                r.push(Record {
                    owner: name("a.ns.dns.be."),
                    data: Rdata::from_canonical(&wire),
                    ..r[at].clone()
                });
            },
            "a signature over a.ns.dns.be. A, which must have none",
        ),
        (
            |r| drop_one(r, "a.ns.dns.be.", Rtype::A),
            "ZONEMD record of . does not match",
        ),
        (
            |r| add(r, "b.ns.dns.be. 1 A 192.0.2.1"),
            "ZONEMD record of . does not match",
        ),
        (
            |r| replace(r, "net.", Rtype::NS, "net. 1 NS net."),
            "ZONEMD record of . does not match",
        ),
        (
            |r| drop_one(r, "be.", Rtype::DS),
            "be. NSEC is not what follows",
        ),
        (|r| add(r, "aa. 1 NS be."), "is not what follows"),
        (
            |r| add(r, "be. 86400 DS 1 8 2 AB"),
            "signature over be. DS is not one",
        ),
        (
            |r| replace(r, "be.", Rtype::DS, "be. 86400 DS 1 8 2 AB"),
            "signature over be. DS is not one",
        ),
        (
            |r| replace(r, "be.", Rtype::DS, "be. 1 DS 12664 8 2 ABCD"),
            "over be. DS does not follow",
        ),
        (
            |r| replace(r, ".", Rtype::SOA, ". 86400 SOA a. b. 1 2 3 4 86400"),
            "over . SOA is not one",
        ),
        (|r| drop_one(r, "lu.", Rtype::NSEC), "lu. NSEC is missing"),
        (
            |r| add(r, "lu. 86400 NSEC net. NS RRSIG NSEC"),
            "is there twice",
        ),
        (
            |r| add(r, "a.ns.dns.be. 86400 NSEC lu. A RRSIG NSEC"),
            "a.ns.dns.be. NSEC is there and",
        ),
        (
            |r| replace(r, "lu.", Rtype::NSEC, "lu. 86400 NSEC net. NS NSEC"),
            "lu. NSEC is not what",
        ),
        (
            |r| replace(r, "lu.", Rtype::NSEC, "lu. 1 NSEC net. NS RRSIG NSEC"),
            "lu. NSEC is not what",
        ),
        (|r| drop_one(r, ".", Rtype::DNSKEY), ". DNSKEY is missing"),
        (
            |r| add(r, ". 172800 DNSKEY 256 3 15 AAAA"),
            ". DNSKEY is not what follows",
        ),
        (
            |r| replace(r, ".", Rtype::DNSKEY, ". 172800 DNSKEY 257 3 15 AAAA"),
            ". DNSKEY is not what",
        ),
        (
            |r| add(r, ". 1 CDS 1 15 2 AB"),
            ". CDS is there and does not",
        ),
        (
            |r| add(r, ". 1 NSEC3PARAM \\# 5 0100000000"),
            ". NSEC3PARAM is there and",
        ),
        (|r| drop_one(r, ".", Rtype::ZONEMD), ". ZONEMD is missing"),
        (
            |r| {
                add(
                    r,
                    "be. 1 ZONEMD 1 1 1 ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB",
                )
            },
            "be. ZONEMD is there and",
        ),
        (
            |r| drop_one(r, "be.", Rtype::RRSIG),
            "be. DS has no signature",
        ),
        (
            |r| {
                let at = find(r, "be.", Rtype::RRSIG);
                r.push(r[at].clone());
            },
            "be. DS has two signatures",
        ),
        (
            |r| {
                let at = find(r, "be.", Rtype::RRSIG);
                r[at].ttl = 1;
            },
            "over be. DS does not follow",
        ),
        (
            |r| {
                let at = find(r, "be.", Rtype::RRSIG);
                r[at].owner = name("lu.");
            },
            "be. DS has no signature",
        ),
        (
            |r| rrsig(r, |wire| wire[3] = 0),
            "over be. DS does not follow",
        ),
        (
            |r| rrsig(r, |wire| wire[2] = 8),
            "over be. DS does not follow",
        ),
        (
            |r| rrsig(r, |wire| wire[16] ^= 1),
            "over be. DS does not follow",
        ),
        (
            |r| rrsig(r, |wire| wire.truncate(wire.len() - 1)),
            "RRSIG record of be. is not one",
        ),
        (
            |r| rrsig(r, |wire| wire[50] ^= 1),
            "signature over be. DS is not one",
        ),
        (
            |r| rrsig(r, |wire| wire[15] ^= 1),
            "signature over be. DS is not one",
        ),
        (|r| rrsig(r, |wire| wire[1] = 2), "be. DS has no signature"),
        (|r| drop_one(r, ".", Rtype::NS), "has no NS records"),
    ];

    #[test]
    fn refuses_any_change_to_what_was_signed() {
        let zone = signed(&build(".", ROOT).unwrap());
        for (number, (change, said)) in CASES.iter().enumerate() {
            let mut records = zone.records().collect();
            change(&mut records);
            let refusal = verify(".", records).unwrap_err();
            let text = refusal.to_string();
            assert!(text.contains(said), "case {number}, {said}: {text}");
        }
    }

    #[test]
    fn refuses_signatures_out_of_their_time() {
        let zone = signed(&build(".", ROOT).unwrap());
        let at = |now| SignedZone::verify(&Name::root(), key(), zone.records(), now);
        assert!(at(NOW).is_ok());
        assert!(at(Time(NOW.0 - 3600)).is_ok());
        assert!(matches!(
            at(Time(NOW.0 - 3601)),
            Err(EditionRefusal::NotYetValid { from, .. }) if from == Time(NOW.0 - 3600)
        ));
        let end = zone.first_expiration();
        assert!(at(end).is_ok());
        assert!(matches!(
            at(end.plus(1)),
            Err(EditionRefusal::Expired { until, .. }) if until == end
        ));
        assert!(end >= NOW.plus(16 * DAY_S) && end < NOW.plus(28 * DAY_S));
    }

    #[test]
    fn refuses_another_key_and_another_zone() {
        let zone = signed(&build(".", ROOT).unwrap());
        let other = PublicKey([1; 32]);
        let refusal = SignedZone::verify(&Name::root(), other, zone.records(), NOW).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            ". DNSKEY is not what follows from the contents and the key"
        );
        let refusal = verify("be.", zone.records().collect()).unwrap_err();
        assert!(matches!(
            refusal,
            EditionRefusal::Missing { .. } | EditionRefusal::Zone(_)
        ));
    }

    #[test]
    fn a_zone_answers_what_servers_ask() {
        let zone = signed(&build("example.", PLAIN).unwrap());
        assert_eq!(
            zone.cut(&name("ns.sub.example.")),
            Some(&name("sub.example."))
        );
        assert_eq!(zone.cut(&name("mail.example.")), None);
        assert!(zone.exists(&name("b.c.example.")) && !zone.exists(&name("d.example.")));
        for (asked, owner) in [
            ("example.", "example."),
            ("!.example.", "example."),
            ("c.example.", "alias.example."),
            ("d.example.", "a.b.c.example."),
            ("ns.sub.example.", "sub.example."),
            ("zz.example.", "x.example."),
        ] {
            let nsec = zone.nsec_covering(&name(asked)).unwrap();
            assert_eq!(*nsec.owner, name(owner), "{asked}");
        }
        assert!(zone.nsec_covering(&name("other.")).is_none());
        let mx = zone.get(&name("example."), Rtype::MX).unwrap();
        assert_eq!(mx.records().len(), 2);
        assert!(
            zone.get(&name("sub.example."), Rtype::NS)
                .unwrap()
                .rrsig
                .is_none()
        );
        let records: usize = zone.sets().map(|set| set.records().len()).sum();
        assert_eq!(zone.records().count(), records);
        assert!(format!("{zone:?}").starts_with("SignedZone(example. 2025123000"));
    }
}
