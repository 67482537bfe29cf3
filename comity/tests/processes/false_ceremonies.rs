//! A secretariat that asks for ceremonies that are not due, and shows lists of its
//! own making: no share is dealt or taken, and the old ones stay.

use std::fs;

use comity_core::act::{Envelope, json};
use comity_core::basic::Digest;
use comity_core::limits;
use comity_core::message::{CeremonyId, CeremonyTask, Dealing, Invitation, Messages, Tasks};
use comity_mirror::ledger::blob_path;

use crate::dishonest::tasks;
use crate::support::impostor::Impostor;
use crate::support::zone::{Plan, SECRETARIAT, Zone};

/// Times that each member asks what to do before it is believed to stay still.
const ROUNDS: u64 = 2;

fn four() -> Plan<'static> {
    Plan {
        members: 4,
        threshold: 3,
        ..Plan::default()
    }
}

/// Asks for a ceremony that makes epoch 2, with these lists.
fn asking(zone: &Zone, size: u64, lists: [Option<Digest>; 2]) -> Tasks {
    let [openings, deals] = lists;
    let task = CeremonyTask {
        ceremony: CeremonyId {
            ledger: zone.founding.parse().unwrap(),
            epoch: 2,
            attempt: 7,
        },
        openings,
        deals,
        size: Some(size),
    };
    Tasks {
        ceremony: Some(task),
        commit: Vec::new(),
        ..tasks(zone)
    }
}

/// What members send to a secretariat that asks so, once they have asked often
/// enough, or as many have said this as are waited for.
fn said<P: json::Payload>(zone: &Zone, tasks: Tasks, awaited: usize) -> Vec<(usize, Envelope)> {
    let impostor = Impostor::start(zone.http_address(), &zone.ledger(), tasks);
    let read = || -> Vec<(usize, Envelope)> {
        let sent = impostor.sent().into_iter();
        let messages = sent.filter(|sent| sent.path == "v1/messages");
        let envelopes = messages
            .map(|sent| Envelope::parse(sent.body.as_bytes(), limits::MESSAGE_OCTETS_MAX).unwrap());
        let mut of_kind: Vec<(usize, Envelope)> = envelopes
            .filter(|envelope| envelope.payload_type() == P::TYPE)
            .map(|envelope| (sender(zone, &envelope), envelope))
            .collect();
        of_kind.sort_by_key(|(at, _)| *at);
        of_kind.dedup();
        of_kind
    };
    let until = ROUNDS * zone.members.len() as u64;
    zone.wait("members to ask, and to answer", || {
        let is_still = impostor.asked() >= until;
        (is_still && read().len() >= awaited).then(read)
    })
}

/// Whose it is, by the members' index.
fn sender(zone: &Zone, envelope: &Envelope) -> usize {
    let signer = envelope.claimed_signers().next().unwrap();
    let mut members = zone.members.iter();
    let at = members.position(|member| zone.identity(member).public() == *signer);
    at.unwrap()
}

/// Puts a list where members look for it.
fn show(zone: &Zone, messages: Vec<Envelope>) -> Digest {
    let list = Messages { messages };
    let path = zone.ledger().join(blob_path(&list.digest()));
    fs::write(path, json::encode(&list)).unwrap();
    list.digest()
}

/// Everybody's shares are as they were.
fn nobody_has_another_share(zone: &Zone) {
    for member in &zone.members {
        let files = fs::read_dir(zone.workshop.path(member)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let shares: Vec<String> = names.filter(|name| name.starts_with("share-")).collect();
        assert_eq!(shares.len(), 1, "{member}: {shares:?}");
        assert!(shares[0].starts_with("share-1-"), "{member}: {shares:?}");
    }
}

#[test]
fn a_ceremony_that_is_not_due_is_nobodys() {
    let mut zone = Zone::serve(&four());
    let size = zone.view().unwrap().ledger.size;
    zone.stop(SECRETARIAT);
    let invitations = said::<Invitation>(&zone, asking(&zone, size, [None, None]), 0);
    assert!(invitations.is_empty(), "{invitations:?}");
    nobody_has_another_share(&zone);
    // They are at work again for one that does as it should.
    zone.start(SECRETARIAT);
    zone.change_and_serve("harbour", "one");
    zone.nobody_panicked();
}

#[test]
fn lists_of_its_own_making_get_no_share_dealt() {
    let mut zone = Zone::serve(&four());
    let members = zone.members.clone();
    for member in &members {
        zone.stop(member);
    }
    let start = ["ceremony", "start", "--reason", "Shares grow old"];
    zone.act("alba", &start).done();
    let size = zone.view().unwrap().ledger.size;
    zone.stop(SECRETARIAT);
    for member in &members {
        zone.start(member);
    }
    let invited = said::<Invitation>(&zone, asking(&zone, size, [None, None]), 4);
    let invitations: Vec<Envelope> = invited.into_iter().map(|(_, message)| message).collect();
    assert_eq!(invitations.len(), 4);

    // A holder, and no member.
    let stranger = zone.identity("harbour");
    let own: Invitation = invitations[3].payload().unwrap();
    let with = |message: Envelope| [&invitations[..3], &[message]].concat();
    let lists = [
        ("a stranger", with(stranger.signed(&own))),
        ("one of them twice", with(invitations[2].clone())),
        ("too few", invitations[..2].to_vec()),
        (
            "in another order",
            [&invitations[1..], &invitations[..1]].concat(),
        ),
    ];
    for (what, list) in lists {
        let list = show(&zone, list);
        let dealt = said::<Dealing>(&zone, asking(&zone, size, [Some(list), None]), 0);
        assert!(dealt.is_empty(), "{what}: {dealt:?}");
    }
    // To those who have invited everybody deals, once: a second list, as good by
    // itself, gets nothing.
    let honest = show(&zone, invitations.clone());
    let dealt = said::<Dealing>(&zone, asking(&zone, size, [Some(honest), None]), 4);
    assert_eq!(dealt.len(), 4);
    let other = show(&zone, invitations[..3].to_vec());
    for dealing in said::<Dealing>(&zone, asking(&zone, size, [Some(other), None]), 0) {
        assert!(dealt.contains(&dealing), "{dealing:?}");
    }
    // Nor does a list of dealings make a share before the ledger says who dealt.
    let dealings = dealt.into_iter().map(|(_, message)| message).collect();
    let deals = show(&zone, dealings);
    said::<Dealing>(&zone, asking(&zone, size, [Some(honest), Some(deals)]), 0);
    nobody_has_another_share(&zone);
    zone.nobody_panicked();
}
