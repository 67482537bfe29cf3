//! What a dishonest secretariat can put on the ledger with its own key, act by
//! act. Each gets no share and no cosignature from a member, whom the forger
//! asks for everything; no secretariat starts on it, and an audit names it.

use std::fs;

use comity_core::act::json::{self, Payload, encode};
use comity_core::act::{
    Decision, DecisionResult, Edition, Envelope, RULES, Reason, Session, SessionKind,
    SignatureEntry, TimeAct,
};
use comity_core::basic::{Digest, Signature, Time};
use comity_core::edition;
use comity_core::ledger::{Cosignature, CosignedCheckpoint};
use comity_core::message::Messages;
use comity_core::state::Founded;
use comity_core::zone::Contents;
use comity_mirror::follow::Follower;
use comity_mirror::ledger::entries;
use comity_mirror::source::Directory;
use comity_secretariat::home::Home;
use comity_secretariat::writer::LedgerWriter;

use crate::dishonest::{everybody_cosigns_what_is_good, tasks};
use crate::support::dns;
use crate::support::files::copy;
use crate::support::impostor::Impostor;
use crate::support::liar::{Liar, Said, TRUTH};
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};

/// What the forger has at hand.
struct Desk<'a> {
    founded: &'a Founded,
    entries: &'a [Vec<u8>],
    writer: &'a mut LedgerWriter,
}

/// What is forged, the act but for its signature, and the rule that it breaks.
type Forgery = (&'static str, fn(&mut Desk) -> Envelope, &'static str);

/// An edition is due; nobody has committed to it, and a vote is open.
const BEFORE_A_SESSION: &[Forgery] = &[
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
            let mut tally = desk.founded.tally(proposal, true);
            tally.in_favour += 1;
            tally.taking_part += 1;
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
            let times = acts.filter(|act| act.payload_type() == TimeAct::TYPE);
            let last: TimeAct = times.last().unwrap().payload().unwrap();
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
const BEFORE_ZONEMD: &[Forgery] = &[
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

#[test]
fn nobody_follows_what_is_forged_before_a_session() {
    let mut zone = Zone::serve(&Plan::default());
    let propose = ["propose", "--set", ". 86400 TXT one", "--reason", "A text"];
    let proposed = zone.act("alba", &propose).done();
    let proposal = proposed["id"].as_str().unwrap().to_string();
    zone.act("alba", &["vote", &proposal, "for"]).done();
    everybody_cosigns_what_is_good(&mut zone);
    // An edition becomes due while no member is there to commit to it.
    for member in zone.members.clone() {
        zone.kill(member);
    }
    zone.start(SECRETARIAT);
    zone.change("harbour", "second");
    zone.stop(SECRETARIAT);
    nobody_follows(&mut zone, BEFORE_A_SESSION);
}

#[test]
fn nobody_follows_what_is_forged_before_zonemd() {
    let mut zone = Zone::prepare(&Plan {
        pace: &[("ceremony_timeout_s", 20), ("session_timeout_s", 3600)],
        ..Plan::default()
    });
    let lines: Vec<Liar> = zone
        .members
        .clone()
        .iter()
        .map(|name| zone.liar(name))
        .collect();
    zone.start_all();
    let edition = zone.wait_for_edition(1);
    zone.wait_until_served(edition.serial);
    for line in &lines {
        line.lie(|me, said| match said {
            Said::Shares(shares) if shares.session.kind == SessionKind::Zonemd => Vec::new(),
            _ => TRUTH(me, said),
        });
    }
    zone.change("harbour", "second");
    // The quorum is there, and so are the shares, which nobody passes on.
    zone.wait("the shares for ZONEMD", || {
        let heard = lines.iter().flat_map(Liar::heard);
        let kept = heard.filter(|heard| heard.answers.is_empty()).count();
        (kept == 2).then_some(())
    });
    zone.stop(SECRETARIAT);
    for member in zone.members.clone() {
        zone.kill(member);
        zone.lead(member, zone.http().to_string());
    }
    nobody_follows(&mut zone, BEFORE_ZONEMD);
}

/// The rules let a threshold move ledger time. An honest member has a clock.
#[test]
fn nobody_signs_under_a_time_that_a_threshold_pushed_ahead() {
    let mut zone = Zone::serve(&Plan::default());
    everybody_cosigns_what_is_good(&mut zone);
    for member in zone.members.clone() {
        zone.kill(member);
    }
    let liars = ["alba", "boreal"].map(|name| {
        let home = comity_member::home::Home::new(zone.workshop.path(name));
        (name, home.identity(&zone.passphrase()).unwrap())
    });
    let ahead = Time(comity_mirror::clock::now().0 + 24 * 3600);
    forge(&zone, &Home::new(zone.workshop.path(SECRETARIAT)), |desk| {
        let mut head = desk.writer.checkpoint().clone();
        let message = Cosignature::message(ahead, &head.checkpoint);
        let cosigned = liars.iter().map(|(name, identity)| {
            let member = desk.founded.member_named(name).unwrap();
            let key = &desk.founded.members[member].cosigner;
            Cosignature::new(key, ahead, identity.sign(&message))
        });
        head.cosignatures = cosigned.collect();
        Envelope::unsigned(&TimeAct {
            rules: RULES,
            ledger: desk.founded.ledger,
            checkpoint: head.to_text(),
        })
    });
    // By the rules it is a ledger in good order.
    zone.audit().done();
    let impostor = Impostor::start(zone.http_address(), &zone.ledger(), tasks(&zone));
    let before = zone.log("cedar").len();
    zone.start("cedar");
    zone.wait("cedar to look at its clock", || {
        let log = zone.log("cedar").split_off(before);
        log.contains("[clock]").then_some(())
    });
    let until = impostor.asked() + 2;
    zone.wait("cedar to go on asking", || {
        (impostor.asked() >= until).then_some(())
    });
    assert_eq!(impostor.sent().len(), 0, "{:?}", impostor.sent());
    zone.nobody_panicked();
}

/// Forges each in a copy of the secretariat's directory; members, who are not
/// at work yet, a mirror, an audit and another secretariat look at it.
fn nobody_follows(zone: &mut Zone, forgeries: &[Forgery]) {
    let served = dns::serial(zone.dns()).unwrap();
    for (what, make, rule) in forgeries {
        let copied = zone.workshop.path("forged");
        copy(&zone.workshop.path(SECRETARIAT), &copied);
        let position = forge(zone, &Home::new(&copied), *make);

        let dir = copied.display().to_string();
        let refused = zone.workshop.run(&["secretariat", "run", "--dir", &dir]);
        assert_eq!(refused.code, Some(3), "{what}: {refused:?}");
        let ledger = copied.join("ledger").display().to_string();
        let audit = ["audit", &ledger, "--founding", &zone.founding];
        let refused = zone.workshop.run(&audit);
        let (found, text) = refused.refused();
        assert_eq!(found, *rule, "{what}: {text}");
        assert!(
            text.starts_with(&format!("act {position}: ")),
            "{what}: {text}"
        );

        members_send_nothing(zone, &copied.join("ledger"), what, rule);
        assert_eq!(dns::serial(zone.dns()), Some(served), "{what}");
        fs::remove_dir_all(&copied).unwrap();
    }
    zone.kill(MIRROR);
    zone.nobody_panicked();
}

/// Members that start and find this ledger name the rule and send nothing,
/// whatever they are asked for.
fn members_send_nothing(zone: &mut Zone, ledger: &std::path::Path, what: &str, rule: &str) {
    let impostor = Impostor::start(zone.http_address(), ledger, tasks(zone));
    for member in zone.members.clone() {
        let before = zone.log(member).len();
        zone.start(member);
        zone.wait(&format!("{member} to name {rule} for {what}"), || {
            let log = zone.log(member).split_off(before);
            log.contains(&format!("rule=\"{rule}\"")).then_some(())
        });
    }
    let until = impostor.asked() + 2 * zone.members.len() as u64;
    zone.wait("members to go on asking", || {
        (impostor.asked() >= until).then_some(())
    });
    assert_eq!(impostor.sent().len(), 0, "{what}: {:?}", impostor.sent());
    for member in zone.members.clone() {
        zone.kill(member);
    }
}

/// Signs an act with the log key and appends it, checking nothing. Gives its
/// position.
fn forge(zone: &Zone, home: &Home, make: impl FnOnce(&mut Desk) -> Envelope) -> u64 {
    let config = home.config().unwrap();
    let identity = home.log_key(&config, &zone.passphrase()).unwrap();
    let source = Directory::new(home.ledger());
    let mut follower = Follower::new(Box::new(Directory::new(home.ledger())), None);
    follower.poll().unwrap();
    let size = follower.state().log().size();
    let entries: Vec<Vec<u8>> = entries(&source, 0, size).collect::<Result<_, _>>().unwrap();
    let mut writer = home.writer(&config, &identity).unwrap();
    let mut act = make(&mut Desk {
        founded: follower.state().founded().unwrap(),
        entries: &entries,
        writer: &mut writer,
    });
    let sig = identity.sign(&act.signing_input());
    let keyid = identity.public();
    act.add(SignatureEntry { keyid, sig });
    writer.append(&[act.to_octets()]).unwrap().start
}

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
        key,
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
