//! Papers that are not taken, each by its rule.

use super::*;

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
        "show other keys than a claim brings",
        |text| *text = alone(&claim(), &[holder()]),
        || PapersRefusal::HolderMissing {
            holder: holder().id,
        },
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
        "do not say which members sign",
        |text| {
            *text = roll();
            text.members = None;
        },
        || PapersRefusal::MembersMissing,
    ),
    (
        "have the members in another order",
        |text| {
            *text = roll();
            text.members.as_mut().unwrap().keys.reverse();
        },
        || PapersRefusal::MembersMissing,
    ),
    (
        "have members although a holder signs",
        |text| text.members = roll().members,
        || PapersRefusal::NotAsked { what: "members" },
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
