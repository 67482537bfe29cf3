//! What a member may do in one session, and what follows: the answer that it
//! gets, and what the secretariat thinks of it afterwards. In each case the
//! edition is signed all the same.

use comity_core::act::{Envelope, SessionKind};
use comity_core::basic::Digest;
use comity_core::message::{Commit, SessionId, Shares};
use comity_core::refusal::{FormatRefusal, Refusal};
use comity_sign::epoch::generated;
use comity_sign::session::SessionError;
use data_encoding::BASE64;

use super::table::{Lie, Speaker, Table};
use crate::engine::EngineError;
use crate::engine::standing::Standing;
use crate::evidence::{NoProof, Proof, judge};

/// How the secretariat answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Taken,
    NotWanted,
}

use Answer::{NotWanted, Taken};

/// What a member does, what it sends, the answers to the messages for one
/// session, what is thought of it afterwards.
type Row = (&'static str, Lie, &'static [Answer], Standing);

const ROWS: &[Row] = &[
    (
        "sends its shares",
        |it| [right(it)].into(),
        &[Taken],
        Standing::Good,
    ),
    (
        "sends them twice",
        |it| [right(it), right(it)].into(),
        &[Taken, Taken],
        Standing::Good,
    ),
    ("sends nothing", |_| Vec::new(), &[], Standing::Silent),
    (
        "flips a bit",
        |it| [wrong(it)].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends the shares of other messages",
        |it| [changed(it, |octets| octets.rotate_left(32))].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends what is no scalar",
        |it| [changed(it, |octets| octets[..32].fill(0xff))].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends zeros",
        |it| [changed(it, |octets| octets.fill(0))].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends an octet less",
        |it| [changed(it, |octets| octets.truncate(octets.len() - 1))].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends a share more",
        |it| [changed(it, |octets| octets.extend([0; 32]))].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends no octets",
        |it| [changed(it, Vec::clear)].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends what is not base64",
        |it| [said(it, |shares| shares.shares = "no".into())].into(),
        &[Taken],
        Standing::Lied,
    ),
    (
        "sends the right shares as two texts in base64, one after the other",
        |it| {
            [said(it, |shares| {
                shares.shares = in_two_texts(&shares.shares)
            })]
            .into()
        },
        &[Taken],
        Standing::Lied,
    ),
    (
        "answers for another act",
        |it| [said(it, |shares| shares.act = Digest([7; 32]))].into(),
        &[NotWanted],
        Standing::Silent,
    ),
    (
        "answers for another try",
        |it| [said(it, |shares| shares.session.attempt += 1)].into(),
        &[NotWanted],
        Standing::Silent,
    ),
    (
        "answers for another edition",
        |it| [said(it, |shares| shares.session.edition -= 1)].into(),
        &[NotWanted],
        Standing::Silent,
    ),
    (
        "has somebody answer who was not asked",
        |it| [it.other.signed(&it.shares)].into(),
        &[NotWanted],
        Standing::Silent,
    ),
    (
        "sends wrong shares after the right ones",
        |it| [right(it), wrong(it)].into(),
        &[Taken, NotWanted],
        Standing::Good,
    ),
    (
        "sends the right shares after wrong ones",
        |it| [wrong(it), right(it)].into(),
        &[Taken, NotWanted],
        Standing::Lied,
    ),
    (
        "answers for another act, and then rightly",
        |it| [said(it, |shares| shares.act = Digest([7; 32])), right(it)].into(),
        &[NotWanted, Taken],
        Standing::Good,
    ),
];

fn right(speaker: &Speaker) -> Envelope {
    speaker.identity.signed(&speaker.shares)
}

fn wrong(speaker: &Speaker) -> Envelope {
    changed(speaker, |octets| octets[0] ^= 1)
}

fn changed(speaker: &Speaker, change: impl Fn(&mut Vec<u8>)) -> Envelope {
    said(speaker, |shares| {
        let mut octets = BASE64.decode(shares.shares.as_bytes()).unwrap();
        change(&mut octets);
        shares.shares = BASE64.encode(&octets);
    })
}

fn changed_shares(message: &Envelope, change: impl Fn(&mut Vec<u8>)) -> Shares {
    let mut shares: Shares = message.payload().unwrap();
    let mut octets = BASE64.decode(shares.shares.as_bytes()).unwrap();
    change(&mut octets);
    shares.shares = BASE64.encode(&octets);
    shares
}

/// What some decoders read as the same octets.
fn in_two_texts(base64: &str) -> String {
    let octets = BASE64.decode(base64.as_bytes()).unwrap();
    let (first, rest) = octets.split_at(1);
    BASE64.encode(first) + &BASE64.encode(rest)
}

fn said(speaker: &Speaker, change: impl Fn(&mut Shares)) -> Envelope {
    let mut shares = speaker.shares.clone();
    change(&mut shares);
    speaker.identity.signed(&shares)
}

#[test]
fn whatever_a_signer_answers_the_edition_is_signed() {
    for (what, lie, answers, standing) in ROWS {
        let mut table = Table::new(4, 3);
        table.lies.insert(0, *lie);
        let (records, zonemd) = table.sign_next();
        let spoiled = u32::from(*standing != Standing::Good);
        assert_eq!((records, zonemd), (1 + spoiled, 1), "{what}");

        let by_liar = table.said.iter().filter(|(at, _)| *at == 0);
        let found: Vec<Answer> = by_liar.map(|(_, outcome)| answer(outcome)).collect();
        let sessions = if spoiled == 1 { 1 } else { 2 };
        assert_eq!(found, answers.repeat(sessions), "{what}");

        for at in 0..4 {
            let expected = if at == 0 { *standing } else { Standing::Good };
            assert_eq!(
                table.engine.session.standings.of(at),
                expected,
                "{what}: {at}"
            );
        }
        let evidence = table.engine.take_evidence();
        assert_eq!(
            evidence.len(),
            usize::from(*standing == Standing::Lied),
            "{what}"
        );
        assert!(evidence.iter().all(|message| {
            message.verified_signers().unwrap() == [table.seats[0].identity.public()]
        }));
    }
}

fn answer(outcome: &Result<(), EngineError>) -> Answer {
    match outcome {
        Ok(()) => Taken,
        Err(EngineError::NotWanted) => NotWanted,
        Err(error) => panic!("{error}"),
    }
}

/// A table with an edition open whose first session waits for shares; the
/// quorum is not there yet.
fn waiting() -> Table {
    let mut table = Table::new(4, 3);
    table.grow_old();
    table.gone = [3].into();
    while table.founded().open_edition().is_none() {
        table.round();
    }
    table
}

#[test]
fn commitments_that_are_of_no_use_are_refused_with_the_reason() {
    let mut table = Table::new(4, 3);
    let id = table.make_due().remove(0);
    assert_eq!(id.kind, SessionKind::Records);
    let good = table.commitments(3, &id).payload::<Commit>().unwrap();
    let octets = BASE64.decode(good.commitments.as_bytes()).unwrap();
    let mut send = |change: &dyn Fn(&mut SessionId, &mut Vec<u8>)| {
        let (mut session, mut octets) = (id.clone(), octets.clone());
        change(&mut session, &mut octets);
        let commitments = BASE64.encode(&octets);
        let message = table.seats[3].identity.signed(&Commit {
            session,
            commitments,
        });
        format!("{:?}", table.submit(&message))
    };
    let not_wanted = format!("{:?}", Err::<(), _>(EngineError::NotWanted));
    let session = |error| format!("{:?}", Err::<(), _>(EngineError::Session(error)));
    assert_eq!(send(&|_, octets| octets.truncate(64)), not_wanted);
    assert_eq!(send(&|_, octets| octets.extend([3; 64])), not_wanted);
    assert_eq!(send(&|_, octets| octets.clear()), not_wanted);
    assert_eq!(send(&|id, _| id.attempt = 2), not_wanted);
    assert_eq!(send(&|id, _| id.edition = 1), not_wanted);
    assert_eq!(send(&|id, _| id.ledger = Digest([7; 32])), not_wanted);
    let (culprit, index) = (4, 1);
    let bad = SessionError::BadCommitment { culprit, index };
    assert_eq!(send(&|_, octets| octets[64..96].fill(0xff)), session(bad));
    let repeated = SessionError::RepeatedCommitment { culprit, index };
    assert_eq!(
        send(&|_, octets| octets.copy_within(0..64, 64)),
        session(repeated)
    );
    assert_eq!(send(&|_, _| ()), "Ok(())");

    let not_base64 = Commit {
        session: id.clone(),
        commitments: "no".into(),
    };
    let message = table.seats[3].identity.signed(&not_base64);
    let outcome = table.submit(&message);
    let expected = Refusal::Format(FormatRefusal::Base64);
    assert!(matches!(outcome, Err(EngineError::Refused(refusal)) if refusal == expected));
}

#[test]
fn bad_commitments_to_a_spare_session_are_found_before_it_is_opened() {
    let mut table = Table::new(5, 3);
    table.grow_old();
    table.gone = [0].into();
    let spare = |table: &Table| {
        let wanted = table.engine.tasks().commit.clone();
        let mut wanted = wanted.into_iter();
        wanted.find(|id| (id.kind, id.attempt) == (SessionKind::Records, 2))
    };
    table.lies.insert(1, |_| Vec::new());
    while spare(&table).is_none() {
        table.round();
    }
    // It would be among the signers of the next session.
    let id = spare(&table).unwrap();
    let mut commit: Commit = table.commitments(0, &id).payload().unwrap();
    let mut octets = BASE64.decode(commit.commitments.as_bytes()).unwrap();
    octets[64..96].fill(0xff);
    commit.commitments = BASE64.encode(&octets);
    let message = table.seats[0].identity.signed(&commit);
    table.submit(&message).unwrap();
    assert_eq!(table.sign_edition(), (2, 1));
    let silent = table.founded().members.iter().map(|member| member.silent);
    assert_eq!(silent.collect::<Vec<_>>(), [0, 1, 0, 0, 0]);
}

#[test]
fn commitments_swapped_after_they_were_made_cost_one_try() {
    let mut table = Table::new(4, 3);
    // What its owner will not know again.
    for id in table.make_due() {
        let message = table.commitments(0, &id);
        let mut commit: Commit = message.payload().unwrap();
        let mut octets = BASE64.decode(commit.commitments.as_bytes()).unwrap();
        octets[..64].rotate_left(32);
        commit.commitments = BASE64.encode(&octets);
        let message = table.seats[0].identity.signed(&commit);
        table.submit(&message).unwrap();
    }
    assert_eq!(table.sign_edition(), (2, 1));
    assert_eq!(table.engine.session.standings.of(0), Standing::Silent);
    assert!(table.engine.take_evidence().is_empty());
}

#[test]
fn a_proof_holds_against_its_sender_and_nobody_else() {
    let mut table = waiting();
    let open = table.founded().open_edition().cloned().unwrap();
    let record = &open.sessions[&SessionKind::Records];
    let messages = open.messages(SessionKind::Records).unwrap();
    table.gone.clear();
    table.lies.insert(0, |it| [wrong(it)].into());
    while table.engine.evidence.is_empty() {
        table.round();
    }
    let evidence = table.engine.take_evidence();
    let [message] = &evidence[..] else {
        panic!("{evidence:?}");
    };
    let founded = table.founded();
    let epoch = founded.epoch().unwrap();
    let transcript = table.engine.writer.blob(&epoch.transcript).unwrap();
    let group = generated(&transcript, epoch.threshold).unwrap();
    let judge = |message: &Envelope| judge(founded, &group, record, &messages, message);
    let proof = Proof {
        member: "member-00".into(),
        edition: 2,
        kind: SessionKind::Records,
        attempt: 1,
        act: record.act,
        message: message.id(),
    };
    assert_eq!(judge(message), Ok(proof));
    // What this secretariat could not read, an auditor cannot either.
    let right = changed_shares(message, |octets| octets[0] ^= 1);
    let by_sender = |shares: &Shares| judge(&table.seats[0].identity.signed(shares));
    let member = "member-00".into();
    assert_eq!(by_sender(&right), Err(NoProof::Right { member }));
    let unreadable = Shares {
        shares: in_two_texts(&right.shares),
        ..right
    };
    assert!(by_sender(&unreadable).is_ok());

    // Under another's name, for another act, and signed by nobody.
    let shares: Shares = message.payload().unwrap();
    let by = |at: usize, shares: &Shares| table.seats[at].identity.signed(shares);
    let stranger = by(3, &shares);
    let member = "member-03".into();
    assert_eq!(judge(&stranger), Err(NoProof::NotAsked { member }));
    let act = Digest([7; 32]);
    let other = Shares {
        act,
        ..shares.clone()
    };
    assert_eq!(judge(&by(0, &other)), Err(NoProof::OtherSession { act }));
    let octets = String::from_utf8(message.to_octets()).unwrap();
    let key = table.seats[0].identity.public().to_string();
    let framed = octets.replace(&key, &table.seats[1].identity.public().to_string());
    let framed = Envelope::parse(framed.as_bytes(), 65_535).unwrap();
    assert!(matches!(judge(&framed), Err(NoProof::Format(_))));
}

#[test]
fn right_shares_prove_nothing() {
    let mut table = waiting();
    let open = table.founded().open_edition().cloned().unwrap();
    let record = &open.sessions[&SessionKind::Records];
    let messages = open.messages(SessionKind::Records).unwrap();
    // Their sender's own, kept back.
    table.lies.insert(0, |_| Vec::new());
    table.gone.clear();
    let epoch = table.founded().epoch().unwrap().clone();
    let transcript = table.engine.writer.blob(&epoch.transcript).unwrap();
    let group = generated(&transcript, epoch.threshold).unwrap();
    let answers = |table: &Table| {
        let newest = table.engine.session.newest();
        newest.map_or(0, |open| open.answers.len())
    };
    while answers(&table) < 2 {
        table.round();
    }
    for answer in table.engine.session.newest().unwrap().answers.values() {
        let judged = judge(table.founded(), &group, record, &messages, &answer.message);
        assert!(matches!(judged, Err(NoProof::Right { .. })), "{judged:?}");
    }
}
