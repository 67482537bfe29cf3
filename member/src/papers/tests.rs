//! Papers that are not taken, each by its rule; and who can sign which.

use std::collections::BTreeSet;

use comity_core::act::json::Payload;
use comity_core::act::{
    Accession, Ballot, Consent, Consented, Declaration, Departure, Objection, RULES, Rotation,
    Testament, TimeAct, Transfer, Vote,
};
use comity_core::act::{Matter, Proposal};
use comity_core::basic::{Signature, Time};
use comity_core::charter::CharterRules;
use comity_core::holder::{HolderFinding, Policy};
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
        rules: CharterRules::defaults(3),
    }
}

fn departure() -> Departure {
    Departure {
        rules: RULES,
        ledger: LEDGER,
        reason: String::new(),
    }
}

fn encoded(text: &Text) -> Vec<u8> {
    json::encode(text)
}

fn named_other() -> PapersRefusal {
    PapersRefusal::AboutDiffers {
        named: Envelope::unsigned(&proposal()).id(),
    }
}

/// What is done to good papers, and what is said to the result.
type Row = (&'static str, fn(&mut Text), fn() -> PapersRefusal);

const TABLE: &[Row] = &[
    (
        "are of a version to come",
        |text| text.papers = 2,
        || PapersRefusal::Version { found: 2 },
    ),
    (
        "are for an act of the secretariat",
        |text| {
            text.act = Envelope::unsigned(&TimeAct {
                rules: RULES,
                ledger: LEDGER,
                checkpoint: String::new(),
            });
        },
        || PapersRefusal::OtherKind {
            found: TimeAct::TYPE.into(),
        },
    ),
    (
        "are for an act under rules to come",
        |text| {
            text.act = Envelope::unsigned(&Consent {
                rules: 2,
                ..consent()
            });
        },
        || PapersRefusal::Act(Box::new(FormatRefusal::Rules { found: 2 }.into())),
    ),
    (
        "have a signature that is none",
        |text| {
            text.act.add(SignatureEntry {
                keyid: key(1),
                sig: Signature([7; 64]),
            });
        },
        || PapersRefusal::Format(FormatRefusal::BadSignature { key: key(1) }),
    ),
    (
        "are signed by somebody who has no part in it",
        |text| text.act = identity(9).signed(&consent()),
        || PapersRefusal::Stranger { key: key(9) },
    ),
    (
        "are for an act longer than an entry",
        |text| {
            text.act = Envelope::unsigned(&Departure {
                reason: "x".repeat(limits::ENTRY_OCTETS_MAX),
                ..departure()
            });
        },
        || {
            let act = Departure {
                reason: "x".repeat(limits::ENTRY_OCTETS_MAX),
                ..departure()
            };
            PapersRefusal::Format(FormatRefusal::TooLarge {
                octets: Envelope::unsigned(&act).to_octets().len(),
                octets_max: limits::ENTRY_OCTETS_MAX,
            })
        },
    ),
    (
        "show no proposal",
        |text| text.about = None,
        || PapersRefusal::AboutMissing {
            named: consent().proposal,
        },
    ),
    (
        "show another proposal",
        |text| {
            text.about = Some(Envelope::unsigned(&Proposal {
                reason: "Nothing to see".into(),
                ..proposal()
            }));
        },
        named_other,
    ),
    (
        "show the act itself as what it is about",
        |text| text.about = Some(text.act.clone()),
        named_other,
    ),
    (
        "show a proposal that somebody else seems to have made",
        |text| {
            if let Some(about) = &mut text.about {
                about.add(SignatureEntry {
                    keyid: key(1),
                    sig: Signature([7; 64]),
                });
            }
        },
        || PapersRefusal::Format(FormatRefusal::BadSignature { key: key(1) }),
    ),
    (
        "show a proposal on another ledger",
        |text| {
            let elsewhere = Proposal {
                ledger: ELSEWHERE,
                ..proposal()
            };
            text.act = Envelope::unsigned(&Consent {
                proposal: Envelope::unsigned(&elsewhere).id(),
                ..consent()
            });
            text.about = Some(Envelope::unsigned(&elsewhere));
        },
        || PapersRefusal::OtherLedger,
    ),
    (
        "are about something although the act is about nothing",
        |text| {
            let about = text.about.clone();
            *text = alone(&departure(), &[]);
            text.about = about;
        },
        || PapersRefusal::NotAsked { what: "about" },
    ),
    (
        "say nothing of the holder",
        |text| text.holders.clear(),
        || PapersRefusal::HolderMissing {
            holder: holder().id,
        },
    ),
    (
        "say something of another holder",
        |text| text.holders[0].id = other_holder().id(),
        || PapersRefusal::HolderMissing {
            holder: holder().id,
        },
    ),
    (
        "say it twice",
        |text| text.holders.push(holder()),
        || PapersRefusal::HolderMissing {
            holder: holder().id,
        },
    ),
    (
        "have a holder although a member signs",
        |text| *text = alone(&departure(), &[holder()]),
        || PapersRefusal::NotAsked { what: "holders" },
    ),
    (
        "have a holder without keys",
        |text| text.holders[0].keys.operational.keys.clear(),
        || PapersRefusal::HolderKeys(HolderFinding::Keys { count: 0 }),
    ),
    (
        "show another state of a name",
        |text| text.present[0] = stays("be.", Rtype::NS, "c.be."),
        || PapersRefusal::PresentDiffers {
            name: "be.".parse().unwrap(),
        },
    ),
    (
        "leave a set of a name out",
        |text| drop(text.present.pop()),
        || PapersRefusal::PresentDiffers {
            name: "be.".parse().unwrap(),
        },
    ),
    (
        "show a state that nobody signs",
        |text| text.present.push(stays("lu.", Rtype::NS, "a.lu.")),
        || PapersRefusal::PresentList,
    ),
    (
        "show a state out of order",
        |text| text.present.reverse(),
        || PapersRefusal::PresentList,
    ),
    (
        "show a set twice",
        |text| text.present.insert(0, text.present[0].clone()),
        || PapersRefusal::PresentList,
    ),
    (
        "show a change as the state",
        |text| text.present[0].new = Some(set(Rtype::NS, "c.be.")),
        || PapersRefusal::PresentList,
    ),
    (
        "show a state although nobody consents",
        |text| {
            *text = alone(&rotation(), &[holder()]);
            text.present = state_of_be();
        },
        || PapersRefusal::NotAsked { what: "present" },
    ),
    (
        "show no charter",
        |text| *text = alone(&accession(&charter("One")), &[]),
        || PapersRefusal::CharterDiffers,
    ),
    (
        "show another charter",
        |text| {
            *text = alone(&accession(&charter("One")), &[]);
            text.charter = Some(charter("Other"));
        },
        || PapersRefusal::CharterDiffers,
    ),
    (
        "show a charter that nobody signs",
        |text| text.charter = Some(charter("One")),
        || PapersRefusal::NotAsked { what: "charter" },
    ),
];

#[test]
fn papers_that_differ_from_what_is_signed_are_refused() {
    assert!(Papers::parse(&encoded(&good())).is_ok());
    for (what, change, expected) in TABLE {
        let mut text = good();
        change(&mut text);
        let refusal = Papers::parse(&encoded(&text)).expect_err(what);
        assert_eq!(refusal, expected(), "papers that {what}");
        assert!(refusal.to_string().len() > 12 && !refusal.rule().is_empty());
    }
}

/// Papers are kept for years: a testament is filed when nobody remembers the
/// program that made it.
#[test]
fn the_format_is_pinned() {
    let mut consent = Papers::verify(good()).unwrap();
    consent.sign(&identity(1)).unwrap();
    let mut testament = Papers::verify(alone(&testament(), &[holder()])).unwrap();
    testament.sign(&identity(4)).unwrap();
    let golden: [(&Papers, &[u8]); 2] = [
        (&consent, include_bytes!("golden/consent.papers")),
        (&testament, include_bytes!("golden/testament.papers")),
    ];
    for (papers, golden) in golden {
        let written = papers.to_octets();
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(golden)
        );
    }
}

#[test]
fn papers_have_one_text() {
    let text = String::from_utf8(encoded(&good())).unwrap();
    let written = Papers::parse(text.as_bytes()).unwrap().to_octets();
    assert_eq!(written, format!("{text}\n").as_bytes());
    let table = [
        ("nothing", String::new()),
        ("white space", format!(" {text}")),
        ("two line feeds", format!("{text}\n\n")),
        ("half", text[..text.len() / 2].to_string()),
        (
            "a field more",
            text.replacen("{\"papers\":1", "{\"papers\":1,\"x\":1", 1),
        ),
        (
            "a field twice",
            text.replacen("{\"papers\":1", "{\"papers\":1,\"papers\":1", 1),
        ),
        (
            "null",
            text.replacen("\"holders\":", "\"charter\":null,\"holders\":", 1),
        ),
        (
            "an empty list",
            text.replacen("\"holders\"", "\"x\":[],\"holders\"", 1),
        ),
        ("depth", "[".repeat(100_000)),
    ];
    for (what, text) in table {
        let refusal = Papers::parse(text.as_bytes()).expect_err(what);
        assert!(
            matches!(refusal, PapersRefusal::Format(_)),
            "{what}: {refusal}"
        );
    }
    let octets = limits::PAPERS_OCTETS_MAX + 1;
    let refusal = Papers::parse(&vec![b' '; octets]).unwrap_err();
    assert_eq!(refusal, PapersRefusal::TooLarge { octets });
}

/// Signs by the keys of these numbers; what is missing then.
fn signed_by(text: Text, numbers: &[u8]) -> Result<Vec<String>, PapersRefusal> {
    let mut papers = Papers::verify(text)?;
    for number in numbers {
        papers
            .sign(&identity(*number))
            .map_err(|error| match error {
                SignError::Refused(refusal) => refusal,
                SignError::Token(error) => panic!("{error}"),
            })?;
        // Each time they go to another machine.
        papers = Papers::parse(&papers.to_octets())?;
    }
    Ok(papers.missing().iter().map(ToString::to_string).collect())
}

#[test]
fn papers_say_whose_signatures_are_missing() {
    let (id, to) = (holder().id, other_holder().id());
    let operational = |signed: u8| format!("{signed} of 2 operational keys of holder {id}");
    let recovery = format!("0 of 1 recovery keys of holder {id}");
    let accepts = format!("0 of 1 operational keys of holder {to}");
    let nobody = "nobody has signed".to_string();
    let table: Vec<(&str, Text, &[u8], Vec<String>)> = vec![
        ("consent", good(), &[], vec![operational(0)]),
        ("consent", good(), &[3], vec![operational(1)]),
        ("consent", good(), &[3, 1], vec![]),
        ("consent", good(), &[1, 2, 3], vec![]),
        ("consent by recovery", good(), &[4], vec![]),
        (
            "rotation",
            alone(&rotation(), &[holder()]),
            &[1],
            vec![operational(1)],
        ),
        (
            "recovery",
            alone(&recovered(), &[holder()]),
            &[],
            vec![recovery.clone()],
        ),
        (
            "recovery, done",
            alone(&recovered(), &[holder()]),
            &[4],
            vec![],
        ),
        (
            "testament",
            alone(&testament(), &[holder()]),
            &[],
            vec![recovery],
        ),
        (
            "testament, done",
            alone(&testament(), &[holder()]),
            &[4],
            vec![],
        ),
        (
            "transfer",
            alone(&transfer(), &[holder()]),
            &[],
            vec![operational(0), accepts.clone()],
        ),
        (
            "transfer",
            alone(&transfer(), &[holder()]),
            &[4],
            vec![accepts],
        ),
        (
            "transfer",
            alone(&transfer(), &[holder()]),
            &[5, 1],
            vec![operational(1)],
        ),
        (
            "transfer, done",
            alone(&transfer(), &[holder()]),
            &[1, 5, 2],
            vec![],
        ),
        ("departure", alone(&departure(), &[]), &[], vec![nobody]),
        ("departure, done", alone(&departure(), &[]), &[9], vec![]),
    ];
    for (what, text, numbers, missing) in table {
        assert_eq!(
            signed_by(text, numbers),
            Ok(missing),
            "{what} by {numbers:?}"
        );
    }
}

#[test]
fn no_key_signs_that_has_no_part_or_would_spoil_the_act() {
    let table: Vec<(&str, Text, &[u8], PapersRefusal)> = vec![
        (
            "a stranger",
            good(),
            &[9],
            PapersRefusal::Stranger { key: key(9) },
        ),
        (
            "the same twice",
            good(),
            &[1, 1],
            PapersRefusal::Signed { key: key(1) },
        ),
        ("both sets", good(), &[1, 4], PapersRefusal::BothSets),
        (
            "both sets, the other way",
            good(),
            &[4, 1],
            PapersRefusal::BothSets,
        ),
        (
            "operational keys in a testament",
            alone(&testament(), &[holder()]),
            &[1],
            PapersRefusal::RecoveryNeeded {
                holder: holder().id,
            },
        ),
        (
            "operational keys in a change of the recovery set",
            alone(&recovered(), &[holder()]),
            &[1],
            PapersRefusal::RecoveryNeeded {
                holder: holder().id,
            },
        ),
        (
            "two members",
            alone(&departure(), &[]),
            &[9, 8],
            PapersRefusal::OneSigns,
        ),
    ];
    for (what, text, numbers, refusal) in table {
        assert_eq!(signed_by(text, numbers), Err(refusal), "{what}");
    }
}

#[test]
fn copies_signed_apart_are_one() {
    let copy = |number: u8| {
        let mut papers = Papers::verify(good()).unwrap();
        papers.sign(&identity(number)).unwrap();
        papers
    };
    let mut all = copy(1);
    all.merge(&copy(2)).unwrap();
    assert_eq!(all.missing(), []);
    let other = Papers::verify(alone(&departure(), &[])).unwrap();
    let refusal = all.merge(&other).unwrap_err();
    assert_eq!(refusal, PapersRefusal::OtherAct { found: other.id() });
    assert_eq!(all.signers().count(), 2);
}

#[test]
fn every_act_of_people_can_be_papers() {
    let to = Envelope::unsigned(&proposal()).id();
    let about = |mut text: Text| {
        text.about = Some(Envelope::unsigned(&proposal()));
        text
    };
    let ballot = Ballot {
        rules: RULES,
        ledger: LEDGER,
        proposal: to,
        vote: Vote::For,
    };
    let objection = Objection {
        rules: RULES,
        ledger: LEDGER,
        holder: holder().id,
        to,
        reason: String::new(),
    };
    let declaration = |to| Declaration {
        rules: RULES,
        ledger: LEDGER,
        to,
        text: String::new(),
    };
    let amendment = Proposal {
        amends: Some(to),
        ..proposal()
    };
    let on_charter = Proposal {
        matter: Some(Matter::Charter(charter("One"))),
        changes: Vec::new(),
        ..proposal()
    };
    let mut joining = alone(&accession(&charter("One")), &[]);
    joining.charter = Some(charter("One"));
    let all = [
        good(),
        alone(&proposal(), &[]),
        alone(&on_charter, &[]),
        about(alone(&amendment, &[])),
        about(alone(&ballot, &[])),
        about(alone(&objection, &[holder()])),
        about(alone(&declaration(to), &[])),
        alone(&declaration(LEDGER), &[]),
        alone(&rotation(), &[holder()]),
        alone(&testament(), &[holder()]),
        alone(&transfer(), &[holder()]),
        alone(&departure(), &[]),
        joining,
    ];
    let mut kinds = BTreeSet::new();
    for text in all {
        let kind = text.act.payload_type().to_string();
        let papers = Papers::parse(&encoded(&text)).expect(&kind);
        assert_eq!(
            papers.to_octets(),
            [encoded(&text), b"\n".to_vec()].concat()
        );
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), 10, "{kinds:?}");
}
