//! Who can sign which papers, and what is missing then.

use super::*;

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

/// Papers, the numbers of the keys that sign them, and what is missing then.
type Missings = Vec<(&'static str, Text, &'static [u8], Vec<String>)>;

fn missings() -> Missings {
    let (id, to) = (holder().id, other_holder().id());
    let operational = |signed: u8| format!("{signed} of 2 operational keys of holder {id}");
    let recovery = format!("0 of 1 recovery keys of holder {id}");
    let accepts = format!("0 of 1 operational keys of holder {to}");
    let nobody = "nobody has signed".to_string();
    vec![
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
        ("roll", roll(), &[3], vec!["1 of 2 members".into()]),
        ("roll, by all", roll(), &[3, 1, 2], vec![]),
        ("departure", alone(&departure(), &[]), &[], vec![nobody]),
        ("departure, done", alone(&departure(), &[]), &[9], vec![]),
    ]
}

#[test]
fn papers_say_whose_signatures_are_missing() {
    for (what, text, numbers, missing) in missings() {
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
        (
            "no member",
            roll(),
            &[1, 9],
            PapersRefusal::Stranger { key: key(9) },
        ),
        (
            "a member twice",
            roll(),
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
    let objection = objection(to);
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
        alone(&claim(), &[claiming()]),
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
    assert_eq!(kinds.len(), 11, "{kinds:?}");
}
