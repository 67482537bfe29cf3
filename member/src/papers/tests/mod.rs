//! What papers are taken, and who signs them.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `formats` | their one text |
//! | `refusals` | papers that are not taken, each by its rule |
//! | `signing` | who can sign which, and what is missing then |

mod formats;
mod refusals;
mod signing;

use std::collections::BTreeSet;

use comity_core::act::json::Payload;
use comity_core::act::{
    Accession, Ballot, ClaimAct, Consent, Consented, Declaration, Departure, Objection, RULES,
    RollAct, Rotation, Testament, TimeAct, Transfer, Vote,
};
use comity_core::act::{Matter, Proposal};
use comity_core::basic::{Signature, Time};
use comity_core::charter::CharterRules;
use comity_core::holder::{HolderFinding, Policy};
use comity_core::refusal::FormatRefusal;
use comity_core::state::digest_of_sets;
use comity_core::zone::{Rdata, RecordSet};
use comity_sign::identity::Identity;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;

const LEDGER: Digest = Digest([0x1e; 32]);
const ELSEWHERE: Digest = Digest([0x2e; 32]);

/// The key of this number: 1 to 3 are operational, 4 is the recovery key,
/// 5 another holder's, 9 a stranger's.
fn identity(number: u8) -> Identity {
    Identity::generate(&mut ChaCha20Rng::from_seed([number; 32]))
}

fn key(number: u8) -> PublicKey {
    identity(number).public()
}

fn policy(threshold: u16, numbers: &[u8]) -> Policy {
    let mut keys: Vec<_> = numbers.iter().map(|number| key(*number)).collect();
    keys.sort_unstable();
    Policy { threshold, keys }
}

fn holder() -> KnownHolder {
    let keys = HolderKeys {
        operational: policy(2, &[1, 2, 3]),
        recovery: Some(policy(1, &[4])),
        delay_s: 259_200,
    };
    KnownHolder {
        id: keys.id(),
        keys,
    }
}

fn other_holder() -> HolderKeys {
    HolderKeys::of(key(5))
}

fn set(rtype: Rtype, data: &str) -> RecordSet {
    RecordSet::of_one(60, Rdata::from_text(rtype, data).unwrap())
}

fn stays(name: &str, rtype: Rtype, data: &str) -> Change {
    let set = set(rtype, data);
    Change {
        name: name.parse().unwrap(),
        rtype,
        old: Some(set.clone()),
        new: Some(set),
    }
}

fn proposal() -> Proposal {
    Proposal {
        rules: RULES,
        ledger: LEDGER,
        changes: vec![Change {
            new: Some(set(Rtype::NS, "b.be.")),
            ..stays("be.", Rtype::NS, "a.be.")
        }],
        matter: None,
        amends: None,
        reason: "Other servers".into(),
        deadline: Time(2_000_000_000),
    }
}

fn state_of_be() -> Vec<Change> {
    [
        stays("be.", Rtype::NS, "a.be."),
        stays("a.be.", Rtype::A, "192.0.2.1"),
    ]
    .into()
}

fn present_digest(present: &[Change]) -> Digest {
    let sets = present.iter();
    let sets = sets.filter_map(|it| Some((&it.name, it.rtype, it.old.as_ref()?)));
    digest_of_sets(&"be.".parse().unwrap(), sets)
}

fn consent() -> Consent {
    Consent {
        rules: RULES,
        ledger: LEDGER,
        zone: Name::root(),
        holder: holder().id,
        proposal: Envelope::unsigned(&proposal()).id(),
        names: vec![Consented {
            name: "be.".parse().unwrap(),
            present: present_digest(&state_of_be()),
        }],
        until: Time(2_000_000_000),
    }
}

/// Papers for the consent above.
fn good() -> Text {
    Text {
        papers: VERSION,
        act: Envelope::unsigned(&consent()),
        about: Some(identity(9).signed(&proposal())),
        holders: [holder()].into(),
        present: state_of_be(),
        charter: None,
        members: None,
    }
}

/// Papers for an act that refers to nothing.
fn alone<P: Payload>(act: &P, holders: &[KnownHolder]) -> Text {
    Text {
        act: Envelope::unsigned(act),
        about: None,
        holders: holders.to_vec(),
        present: Vec::new(),
        ..good()
    }
}

/// Papers by which two of three members ask for a new key.
fn roll() -> Text {
    let policy = policy(2, &[1, 2, 3]);
    let roll = RollAct {
        rules: RULES,
        ledger: LEDGER,
        kind: RollKind::Anchor,
        key: key(8),
        reason: "every five years".into(),
    };
    Text {
        members: Some(KnownMembers {
            keys: policy.keys,
            needed: policy.threshold,
        }),
        ..alone(&roll, &[])
    }
}

fn rotation() -> Rotation {
    Rotation {
        rules: RULES,
        ledger: LEDGER,
        holder: holder().id,
        revision: 0,
        keys: HolderKeys {
            operational: policy(1, &[6]),
            ..holder().keys
        },
    }
}

/// A rotation that leaves nothing as it was.
fn recovered() -> Rotation {
    Rotation {
        keys: other_holder(),
        ..rotation()
    }
}

fn testament() -> Testament {
    Testament {
        rules: RULES,
        ledger: LEDGER,
        holder: holder().id,
        keys: other_holder(),
        wait_s: 2_592_000,
        until: Time(2_000_000_000),
    }
}

fn transfer() -> Transfer {
    Transfer {
        rules: RULES,
        ledger: LEDGER,
        name: "be.".parse().unwrap(),
        from: holder().id,
        since: 0,
        keys: other_holder(),
        to: other_holder().id(),
        until: Time(2_000_000_000),
    }
}

fn accession(charter: &Charter) -> Accession {
    Accession {
        rules: RULES,
        ledger: LEDGER,
        charter: charter.digest(),
    }
}

fn charter(title: &str) -> Charter {
    Charter {
        title: title.into(),
        preamble: String::new(),
        clauses: Vec::new(),
        rules: CharterRules::defaults(),
    }
}

fn claim() -> ClaimAct {
    ClaimAct {
        rules: RULES,
        ledger: LEDGER,
        name: "be.".parse().unwrap(),
        holder: holder().id,
        keys: holder().keys,
        proof: None,
    }
}

/// The claim's holder, as it signs.
fn claiming() -> KnownHolder {
    let KnownHolder { id, mut keys } = holder();
    keys.recovery = None;
    KnownHolder { id, keys }
}

fn departure() -> Departure {
    Departure {
        rules: RULES,
        ledger: LEDGER,
        reason: String::new(),
    }
}

fn objection(to: Digest) -> Objection {
    Objection {
        rules: RULES,
        ledger: LEDGER,
        holder: holder().id,
        to,
        reason: String::new(),
    }
}

fn declaration(to: Digest) -> Declaration {
    Declaration {
        rules: RULES,
        ledger: LEDGER,
        to,
        text: String::new(),
    }
}

fn encoded(text: &Text) -> Vec<u8> {
    json::encode(text)
}
