//! The acts that are forged, each with the rule that it breaks.

use comity_core::act::json::{self, Payload, encode};
use comity_core::act::{
    Decision, DecisionResult, Edition, Envelope, Question, RULES, Reason, Session, SessionKind,
    TimeAct,
};
use comity_core::basic::{Digest, Signature, Time};
use comity_core::edition;
use comity_core::ledger::CosignedCheckpoint;
use comity_core::message::Messages;
use comity_core::state::Founded;
use comity_core::zone::Contents;
use comity_secretariat::writer::LedgerWriter;

/// What the forger has at hand.
pub(super) struct Desk<'a> {
    pub(super) founded: &'a Founded,
    pub(super) entries: &'a [Vec<u8>],
    pub(super) writer: &'a mut LedgerWriter,
}

/// What is forged, the act but for its signature, and the rule that it breaks.
pub(super) type Forgery = (&'static str, fn(&mut Desk) -> Envelope, &'static str);

/// An edition is due; nobody has committed to it, and a vote is open.
pub(super) const BEFORE_A_SESSION: &[Forgery] = &[
    (
        "a session over contents without a name",
        |desk| {
            let contents = &desk.founded.contents;
            let less = without(contents, "lagoon.");
            let batch = plan(desk, |plan| plan.contents = less).digest();
            session(desk, batch)
        },
        "batch-differs",
    ),
    (
        "a session over signatures of another time",
        |desk| {
            let batch = plan(desk, |plan| plan.now = plan.now.plus(3600)).digest();
            session(desk, batch)
        },
        "batch-differs",
    ),
    (
        "a session over signatures that last longer",
        |desk| {
            let batch = plan(desk, |plan| plan.timing.lifetime_s *= 2).digest();
            session(desk, batch)
        },
        "batch-differs",
    ),
    (
        "a session over all sets, and not over those that changed",
        |desk| {
            let batch = plan(desk, |plan| plan.is_first = true).digest();
            session(desk, batch)
        },
        "batch-differs",
    ),
    (
        "a session with the commitments of the edition before",
        |desk| {
            let batch = plan(desk, |_| ()).digest();
            let old = old_session(desk);
            let session = Session {
                commitments: old.commitments,
                signers: old.signers,
                ..session_over(desk, batch)
            };
            Envelope::unsigned(&session)
        },
        "commitments",
    ),
    (
        "a session in which two members have each other's commitments",
        |desk| {
            let batch = plan(desk, |_| ()).digest();
            let old = old_session(desk);
            let list = desk.writer.blob(&old.commitments).unwrap();
            let list = swapped(&String::from_utf8(list).unwrap());
            let commitments = desk.writer.put_blob(list.as_bytes()).unwrap();
            let session = Session {
                commitments,
                signers: old.signers,
                ..session_over(desk, batch)
            };
            Envelope::unsigned(&session)
        },
        "format",
    ),
    (
        "the session of the edition before, once more",
        |desk| Envelope::unsigned(&old_session(desk)),
        "edition-number",
    ),
    (
        "an edition that no session signed",
        |desk| Envelope::unsigned(&edition_act(desk, "00".repeat(48))),
        "no-session",
    ),
    (
        "a decision that counts a vote which nobody cast",
        |desk| {
            let open = desk
                .founded
                .proposals
                .iter()
                .find(|it| it.decided.is_none());
            let proposal = open.unwrap();
            let (mut tally, _) = desk.founded.tally(proposal, Some(Question::Common));
            tally.count.in_favour += 1;
            tally.count.taking_part += 1;
            Envelope::unsigned(&Decision {
                rules: RULES,
                ledger: desk.founded.ledger,
                proposal: proposal.id,
                result: DecisionResult::Adopted,
                reason: Reason::RuleMet,
                tally,
                consented: Vec::new(),
                missing: Vec::new(),
            })
        },
        "decision-not-due",
    ),
    (
        "a time from cosignatures that moved it before",
        |desk| {
            let acts = desk.entries.iter().map(|entry| envelope(entry));
            let mut times = acts.filter(|act| act.payload_type() == TimeAct::TYPE);
            let last: TimeAct = times.next_back().unwrap().payload().unwrap();
            Envelope::unsigned(&last)
        },
        "time",
    ),
    (
        "a time that no member cosigned",
        |desk| {
            let head = desk.writer.checkpoint().clone();
            let checkpoint = CosignedCheckpoint {
                cosignatures: Vec::new(),
                ..head
            };
            Envelope::unsigned(&TimeAct {
                rules: RULES,
                ledger: desk.founded.ledger,
                checkpoint: checkpoint.to_text(),
            })
        },
        "too-few-cosignatures",
    ),
];

/// The records are signed, and the session for ZONEMD waits for shares.
pub(super) const BEFORE_ZONEMD: &[Forgery] = &[
    (
        "another session for records, which could give another ZONEMD",
        |desk| {
            let open = desk.founded.open_edition().unwrap();
            let session = session_over(desk, open.plan.digest());
            Envelope::unsigned(&Session {
                attempt: 2,
                ..session
            })
        },
        "other-records",
    ),
    (
        "a ZONEMD session over other signatures",
        |desk| {
            let last = last_session(desk);
            let mut octets = desk.writer.blob(&last.records.unwrap()).unwrap();
            octets.reverse();
            let records = Some(desk.writer.put_blob(&octets).unwrap());
            Envelope::unsigned(&Session {
                records,
                attempt: 2,
                ..last
            })
        },
        "other-records",
    ),
    (
        "a ZONEMD session over another digest",
        |desk| {
            let last = last_session(desk);
            Envelope::unsigned(&Session {
                batch: Digest::of(b"another ZONEMD"),
                attempt: 2,
                ..last
            })
        },
        "batch-differs",
    ),
    (
        "the same ZONEMD session once more",
        |desk| Envelope::unsigned(&last_session(desk)),
        "attempt",
    ),
    (
        "an edition whose last signature is made up",
        |desk| {
            let open = desk.founded.open_edition().unwrap();
            let zonemd = open.zonemd.as_ref().unwrap().unsealed.zonemd();
            let zonemd = data_encoding::HEXLOWER.encode(&zonemd);
            Envelope::unsigned(&edition_act(desk, zonemd))
        },
        "edition-verification",
    ),
];

/// What a plan is made of.
struct Parts {
    contents: Contents,
    now: Time,
    timing: edition::Timing,
    /// Whether all sets are signed, as in a first edition.
    is_first: bool,
}

/// The plan of the edition that is due, with other parts.
fn plan(desk: &Desk, change: impl FnOnce(&mut Parts)) -> edition::Plan {
    let founded = desk.founded;
    let mut parts = Parts {
        contents: founded.contents.clone(),
        now: founded.time.unwrap(),
        timing: founded.charter.rules.timing(),
        is_first: false,
    };
    change(&mut parts);
    let last = founded.published.as_ref().filter(|_| !parts.is_first);
    let key = founded.epoch().unwrap().group_key;
    let edition = founded.next_edition();
    edition::Plan::new(
        edition,
        &parts.contents,
        &edition::ZoneKeys::one(key),
        last,
        parts.now,
        &parts.timing,
    )
}

fn session(desk: &mut Desk, batch: Digest) -> Envelope {
    Envelope::unsigned(&session_over(desk, batch))
}

/// The session that is due, with nobody's commitments.
fn session_over(desk: &mut Desk, batch: Digest) -> Session {
    let founded = desk.founded;
    Session {
        rules: RULES,
        ledger: founded.ledger,
        epoch: 1,
        edition: founded.next_edition(),
        kind: SessionKind::Records,
        attempt: 1,
        batch,
        commitments: desk.writer.put_blob(&encode(&Messages::default())).unwrap(),
        signers: founded.members[..2]
            .iter()
            .map(|member| member.name.clone())
            .collect(),
        silent: Vec::new(),
        records: None,
        checkpoint: None,
    }
}

fn edition_act(desk: &Desk, zonemd: String) -> Edition {
    Edition {
        rules: RULES,
        ledger: desk.founded.ledger,
        edition: desk.founded.next_edition(),
        serial: 1,
        zonemd,
        signature: Signature([7; 64]),
        checkpoint: desk.writer.checkpoint().to_text(),
    }
}

/// The session for the first edition's records.
fn old_session(desk: &Desk) -> Session {
    sessions(desk).remove(0)
}

fn last_session(desk: &Desk) -> Session {
    sessions(desk).pop().unwrap()
}

fn sessions(desk: &Desk) -> Vec<Session> {
    let acts = desk.entries.iter().map(|entry| envelope(entry));
    let sessions = acts.filter(|act| act.payload_type() == Session::TYPE);
    sessions.map(|act| act.payload().unwrap()).collect()
}

fn envelope(entry: &[u8]) -> Envelope {
    Envelope::parse(entry, entry.len()).unwrap()
}

/// The contents without the delegation of a name that no other depends on.
fn without(contents: &Contents, name: &str) -> Contents {
    let name: comity_core::zone::Name = name.parse().unwrap();
    let rtype = comity_core::zone::Rtype::NS;
    let old = contents.get(&name, rtype).cloned();
    let change = comity_core::zone::Change {
        name,
        rtype,
        old,
        new: None,
    };
    contents.with(&[change]).unwrap()
}

/// A list of two messages in which each stands under the other's signature.
fn swapped(list: &str) -> String {
    let mut list: Messages = json::decode(list.as_bytes()).unwrap();
    let octets: Vec<String> = list
        .messages
        .iter()
        .map(|message| String::from_utf8(message.to_octets()).unwrap())
        .collect();
    let payload = |text: &str| {
        let rest = text.split_once("\"payload\":\"").unwrap().1;
        rest.split_once('"').unwrap().0.to_string()
    };
    let payloads = [payload(&octets[0]), payload(&octets[1])];
    let one = octets[0].replace(&payloads[0], &payloads[1]);
    let other = octets[1].replace(&payloads[1], &payloads[0]);
    list.messages = [one, other].map(|text| envelope(text.as_bytes())).into();
    String::from_utf8(encode(&list)).unwrap()
}
