//! A dishonest secretariat. It has the log key and can put on the ledger what
//! it wants; nobody follows it there.

use std::fs;

use comity_core::act::json::Payload;
use comity_core::act::{
    Decision, DecisionResult, Envelope, Question, RULES, Reason, SessionKind, SignatureEntry,
};
use comity_core::ledger::CosignedCheckpoint;
use comity_core::message::{SessionId, Tasks};
use comity_core::state::Founded;
use comity_mirror::clock;
use comity_mirror::follow::Follower;
use comity_mirror::source::Directory;
use comity_secretariat::home::Home;
use comity_sign::identity::Identity;

use crate::support::dns;
use crate::support::impostor::Impostor;
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};

/// Rounds of every member in which nothing may happen.
const ROUNDS: u64 = 2;

#[test]
fn a_unanimous_vote_takes_no_held_name_away() {
    let mut zone = Zone::serve(&Plan::default());
    let propose = ["propose", "--remove", "atoll.", "--reason", "Out-voted"];
    let proposed = zone.act("alba", &propose).done();
    let proposal = proposed["id"].as_str().unwrap().to_string();
    for member in zone.members.clone() {
        zone.act(member, &["vote", &proposal, "for"]).done();
    }
    let open = zone.view().unwrap().proposals.remove(0);
    assert_eq!((open.ballots.len(), open.decision), (3, None));
    everybody_cosigns_what_is_good(&mut zone);

    let position = forge(&zone, |founded| {
        let proposal = founded.proposals.last().unwrap();
        Decision {
            rules: RULES,
            ledger: founded.ledger,
            proposal: proposal.id,
            result: DecisionResult::Adopted,
            reason: Reason::RuleMet,
            tally: founded.tally(proposal, Some(Question::Common)).0,
            consented: Vec::new(),
            missing: Vec::new(),
        }
    });
    nobody_follows(&mut zone, position, "access");
    assert_eq!(dns::name_servers(zone.dns(), "atoll."), ["a.nic.atoll."]);
    zone.nobody_panicked();
}

/// Signs an act with the log key and appends it, checking nothing. Gives its
/// position.
pub(crate) fn forge<P: Payload>(zone: &Zone, make: impl FnOnce(&Founded) -> P) -> u64 {
    let home = Home::new(zone.workshop.path(SECRETARIAT));
    let config = home.config().unwrap();
    let identity = home.log_key(&config, &zone.passphrase()).unwrap();
    let mut follower = Follower::new(Box::new(Directory::new(zone.ledger())), None);
    follower.poll().unwrap();
    let founded = follower.state().founded().unwrap();
    let mut writer = home.writer(&config, &identity).unwrap();
    let mut act = Envelope::unsigned(&make(founded));
    let sig = identity.sign(&act.signing_input());
    let keyid = identity.public();
    act.add(SignatureEntry { keyid, sig });
    writer.append(&[act.to_octets()]).unwrap().start
}

fn nobody_follows(zone: &mut Zone, position: u64, rule: &str) {
    let log_key = log_key(zone);
    let edition = dns::serial(zone.dns()).unwrap();
    let head = fs::read(zone.ledger().join("checkpoint")).unwrap();
    assert!(
        CosignedCheckpoint::parse(&head)
            .unwrap()
            .cosignatures
            .is_empty()
    );

    // Our own secretariat does not go on with such a ledger.
    let home = zone.workshop.text(SECRETARIAT);
    let refused = zone.workshop.run(&["secretariat", "run", "--dir", &home]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(
        refused.stdout.contains(&format!("act {position}")),
        "{refused:?}"
    );

    // Another one does.
    let impostor = Impostor::start(zone.http_address(), &zone.ledger(), tasks(zone));
    let is_named = |party: &str| {
        let log = zone.log(party);
        let line = log
            .lines()
            .find(|line| line.contains(&format!("rule=\"{rule}\"")));
        line.filter(|line| line.contains(&format!("act {position}: ")) && line.contains(&log_key))
            .map(|_| ())
    };
    for party in zone.members.iter().chain([&MIRROR]) {
        zone.wait(&format!("{party} to name {rule}"), || is_named(party));
    }
    let until = impostor.asked() + ROUNDS * zone.members.len() as u64;
    zone.wait("members to go on asking", || {
        (impostor.asked() >= until).then_some(())
    });
    assert_eq!(impostor.sent().len(), 0, "{:?}", impostor.sent());
    assert_eq!(fs::read(zone.ledger().join("checkpoint")).unwrap(), head);

    // The mirror serves what it served, and does so after a restart as well.
    assert_eq!(dns::serial(zone.dns()), Some(edition));
    zone.kill(MIRROR);
    zone.start(MIRROR);
    assert_eq!(dns::serial(zone.dns()), Some(edition));

    for ledger in [zone.ledger().display().to_string(), zone.http().to_string()] {
        let audit = ["audit", &ledger, "--founding", &zone.founding];
        let refused = zone.workshop.run(&audit);
        let (named, text) = refused.refused();
        assert_eq!(named, rule, "{text}");
        assert!(text.starts_with(&format!("act {position}: ")), "{text}");
        assert!(text.contains(&format!("signed by {log_key}")), "{text}");
    }
}

/// Before the forgery the members trust the impostor as they trust anybody: it
/// is not its manners that they see.
pub(crate) fn everybody_cosigns_what_is_good(zone: &mut Zone) {
    zone.stop(SECRETARIAT);
    let impostor = Impostor::start(zone.http_address(), &zone.ledger(), tasks(zone));
    zone.wait("everybody's cosignature", || {
        let lines = impostor.sent().into_iter();
        let lines: Vec<_> = lines
            .filter(|sent| sent.path == "v1/cosignatures")
            .map(|sent| sent.body)
            .collect();
        let is_there = |member: &&str| lines.iter().any(|line| line.contains(*member));
        zone.members.iter().all(is_there).then_some(())
    });
}

/// Asks for everything, whatever the state says.
pub(crate) fn tasks(zone: &Zone) -> Tasks {
    let session = |kind| SessionId {
        ledger: zone.founding.parse().unwrap(),
        epoch: 1,
        edition: 2,
        kind,
        attempt: 1,
    };
    let commit = [SessionKind::Records, SessionKind::Zonemd].map(session);
    Tasks {
        sequence: 1,
        run: 1,
        founded: true,
        commit: commit.to_vec(),
        // Later than any cosignature so far, and not so late that clocks cannot
        // differ by it.
        cosign_after: clock::now().0 + 50,
        ..Tasks::default()
    }
}

fn log_key(zone: &Zone) -> String {
    let home = Home::new(zone.workshop.path(SECRETARIAT));
    let config = home.config().unwrap();
    let identity: std::sync::Arc<Identity> = home.log_key(&config, &zone.passphrase()).unwrap();
    identity.public().to_string()
}
