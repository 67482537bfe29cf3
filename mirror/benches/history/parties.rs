//! Acts about holders and members.

use std::collections::BTreeSet;

use comity_core::act::{
    Accession, ClaimAct, Declaration, Departure, FoundingMember, Matter, Objection, RULES,
    Rotation, Testament, Transfer,
};
use comity_core::basic::{Digest, PublicKey};
use comity_core::dnssec::{Chain, Claim, Link, ZoneKey};
use comity_core::edition::Dnskey;
use comity_core::holder::{HolderId, HolderKeys};
use comity_core::zone::{Name, Rdata, Rtype, SetKey};
use data_encoding::BASE64;
use ed25519_dalek::{Signer as _, SigningKey};

use super::zone::{HELD, careful, name, single};
use super::{DAY_S, History, MEMBER, key, public, signed};

/// A name's own zone, which proves claims.
pub(super) struct Child {
    name: Name,
    key: SigningKey,
}

impl Child {
    pub(super) fn new(which: usize) -> Self {
        Self {
            name: name(which).parse().unwrap(),
            key: key(5000 + which),
        }
    }

    /// Its DS record in presentation form.
    pub(super) fn ds(&self) -> String {
        self.dnskey().ds(&self.name).to_text(Rtype::DS)
    }

    fn dnskey(&self) -> Dnskey {
        Dnskey::anchor(PublicKey(self.key.verifying_key().to_bytes()))
    }

    /// A set of one record with its signature (RFC 4034 §3.1).
    fn link(&self, set: &SetKey, data: Rdata, now: u64) -> Link {
        let tag = ZoneKey::parse(&self.dnskey().rdata()).unwrap().tag();
        let mut fields = set.rtype.to_int().to_be_bytes().to_vec();
        fields.extend_from_slice(&[15, set.owner.label_count()]);
        fields.extend_from_slice(&3600_u32.to_be_bytes());
        for time in [now + 1000, now - 1000] {
            fields.extend_from_slice(&u32::try_from(time).unwrap().to_be_bytes());
        }
        fields.extend_from_slice(&tag.to_be_bytes());
        fields.extend_from_slice(self.name.as_wire());
        let mut message = fields.clone();
        message.extend_from_slice(set.owner.as_wire());
        message.extend_from_slice(&set.rtype.to_int().to_be_bytes());
        message.extend_from_slice(&1_u16.to_be_bytes());
        message.extend_from_slice(&3600_u32.to_be_bytes());
        let octets = u16::try_from(data.as_wire().len()).unwrap();
        message.extend_from_slice(&octets.to_be_bytes());
        message.extend_from_slice(data.as_wire());
        fields.extend_from_slice(&self.key.sign(&message).to_bytes());
        let rrsig = Rdata::from_wire(Rtype::RRSIG, &fields).unwrap();
        let (data, rrsigs) = (BTreeSet::from([data]), BTreeSet::from([rrsig]));
        Link::new(set.clone(), data, &rrsigs).unwrap()
    }

    /// The proof that it says so.
    fn proof(&self, claim: &Claim, now: u64) -> String {
        let text = claim.to_string();
        let mut wire = vec![u8::try_from(text.len()).unwrap()];
        wire.extend_from_slice(text.as_bytes());
        let owner: Name = format!("_comity.{}", self.name).parse().unwrap();
        let keys = SetKey::new(&self.name, Rtype::DNSKEY);
        let keys = self.link(&keys, self.dnskey().rdata(), now);
        let text = Rdata::from_wire(Rtype::TXT, &wire).unwrap();
        let text = self.link(&SetKey::new(&owner, Rtype::TXT), text, now);
        BASE64.encode(&Chain::new([keys, text]).unwrap().to_octets())
    }
}

impl History {
    /// One of the things that holders do, by turns.
    pub(super) fn act_as_holder(&mut self, turn: usize) {
        match turn % 5 {
            0 => self.rotate(turn),
            1 => self.bequeath_and_object(turn),
            2 => self.give_away(turn),
            _ if turn / 5 < 100 - HELD => self.claim(HELD + turn / 5),
            _ => {}
        }
    }

    /// A careful holder's operational keys stay the same: another revision.
    fn rotate(&mut self, turn: usize) {
        let (keys, recovery, _) = careful(10 * (turn % 6) + 9);
        let rotation = Rotation {
            rules: RULES,
            ledger: self.ledger(),
            holder: keys.id(),
            revision: self.here().holders[&keys.id()].revision,
            keys,
        };
        self.append(&signed(&rotation, &[recovery]));
    }

    fn bequeath_and_object(&mut self, turn: usize) {
        let (keys, recovery, _) = careful(10 * (turn % 6) + 9);
        let testament = Testament {
            rules: RULES,
            ledger: self.ledger(),
            holder: keys.id(),
            keys: HolderKeys::of(public(&key(single(999)))),
            wait_s: 30 * DAY_S,
            until: self.now().plus(DAY_S),
        };
        let to = self.append(&signed(&testament, core::slice::from_ref(&recovery)));
        let objection = Objection {
            rules: RULES,
            ledger: self.ledger(),
            holder: keys.id(),
            to,
            reason: "we are still here".into(),
        };
        self.append(&signed(&objection, &[recovery]));
    }

    /// To itself, so that the name's holder is known afterwards.
    fn give_away(&mut self, turn: usize) {
        let which = turn % 9;
        let keys = HolderKeys::of(public(&key(single(which))));
        let name: Name = name(which).parse().unwrap();
        let transfer = Transfer {
            rules: RULES,
            ledger: self.ledger(),
            since: self.here().held[&name].since,
            name,
            from: keys.id(),
            to: keys.id(),
            keys,
            until: self.now().plus(DAY_S),
        };
        self.append(&signed(&transfer, &[key(single(which))]));
    }

    fn claim(&mut self, which: usize) {
        let child = Child::new(which);
        if self.here().held.contains_key(&child.name) {
            return;
        }
        let keys = HolderKeys::of(public(&key(single(which))));
        let holder: HolderId = keys.id();
        let (ledger, now) = (self.ledger(), self.now().0);
        let claim = Claim {
            ledger,
            holder: holder.0,
        };
        let claim = ClaimAct {
            rules: RULES,
            ledger,
            proof: Some(child.proof(&claim, now)),
            name: child.name,
            holder,
            keys,
        };
        if self
            .here()
            .claims
            .iter()
            .all(|known| known.name != claim.name)
        {
            self.append(&signed(&claim, &[key(single(which))]));
        }
    }

    /// A newcomer that leaves again, or another charter that members sign; and
    /// a statement about it.
    pub(super) fn act_as_member(&mut self, turn: usize) {
        let next = self.here().members.len();
        let matter = match turn % 4 {
            0 => Matter::Admission(FoundingMember {
                name: format!("member-{next:03}"),
                key: public(&key(MEMBER + next)),
            }),
            _ => {
                let mut charter = self.here().charter.clone();
                charter.preamble = format!("Nobody is cut off, {turn} times.");
                Matter::Charter(charter)
            }
        };
        let is_admission = matches!(matter, Matter::Admission(_));
        let proposal = self.proposal(None, Some(matter));
        let id = self.append(&signed(&proposal, &[key(MEMBER)]));
        self.ballots(id, 5);
        self.decide(id);
        self.declare(id);
        match is_admission {
            true => {
                self.accede(next);
                let departure = Departure {
                    rules: RULES,
                    ledger: self.ledger(),
                    reason: "the table is not round".into(),
                };
                self.append(&signed(&departure, &[key(MEMBER + next)]));
            }
            false => (0..5).for_each(|at| self.accede(at)),
        }
    }

    fn accede(&mut self, at: usize) {
        let accession = Accession {
            rules: RULES,
            ledger: self.ledger(),
            charter: self.here().charter.digest(),
        };
        self.append(&signed(&accession, &[key(MEMBER + at)]));
    }

    fn declare(&mut self, to: Digest) {
        let declaration = Declaration {
            rules: RULES,
            ledger: self.ledger(),
            to,
            text: "our vote was meant for another text".into(),
        };
        self.append(&signed(&declaration, &[key(MEMBER + 1)]));
    }
}
