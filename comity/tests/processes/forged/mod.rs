//! What a dishonest secretariat can put on the ledger with its own key, act by
//! act. Each gets no share and no cosignature from a member, whom the forger
//! asks for everything; no secretariat starts on it, and an audit names it.

mod acts;

use std::fs;
use std::path::Path;

use comity_core::act::{Envelope, RULES, SessionKind, SignatureEntry, TimeAct};
use comity_core::basic::Time;
use comity_core::ledger::Cosignature;
use comity_mirror::follow::Follower;
use comity_mirror::ledger::entries;
use comity_mirror::source::Directory;
use comity_secretariat::home::Home;

use crate::dishonest::{everybody_cosigns_what_is_good, tasks};
use crate::support::dns;
use crate::support::files::copy;
use crate::support::impostor::Impostor;
use crate::support::liar::{Liar, Said, TRUTH};
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};
use acts::{BEFORE_A_SESSION, BEFORE_ZONEMD, Desk, Forgery};

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
fn members_send_nothing(zone: &mut Zone, ledger: &Path, what: &str, rule: &str) {
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
