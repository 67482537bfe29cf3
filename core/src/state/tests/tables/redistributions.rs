//! Redistribution: who invited, dealt and received, and when.

use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::json::{self, Payload};
use crate::act::{Envelope, Redistribution};
use crate::edition::samples::NOW;
use crate::message::{Dealing, Handover, Invitation, Reception};
use crate::refusal::{EpochRefusal, Refusal};
use crate::state::tests::world::epochs::{Handing, messages};
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{Draft, Setting, World, member, stranger};

const REDISTRIBUTION: &[Row<Redistribution>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by a member",
        |_, act| act.signers = [member(0)].into(),
        |_, _| not_entitled(0),
    ),
    (
        "names a transcript that is not there",
        |_, act| act.payload.transcript = ELSEWHERE,
        |_, _| Refusal::BlobMissing { blob: ELSEWHERE },
    ),
    (
        "names a transcript that is none",
        |world, act| act.payload.transcript = world.put(b"{\"invitations\":[]}".to_vec()),
        |_, act| Refusal::BlobMalformed {
            blob: act.payload.transcript,
        },
    ),
    (
        "comes before there is a key",
        |world, _| {
            let other = World::founded(&Setting::plain()).with_time(NOW);
            *world = other.with_blobs_of(world);
        },
        |_, _| Refusal::NoKey,
    ),
    (
        "comes before ledger time",
        |world, _| {
            let other = World::founded(&Setting::plain()).with_key();
            *world = other.with_blobs_of(world);
        },
        |_, _| Refusal::NoTime,
    ),
    (
        "is not due",
        |world, _| *world = World::plain().with_blobs_of(world),
        |_, _| EpochRefusal::NotDue.into(),
    ),
    (
        "comes at once when a member has left",
        |world, act| {
            *world = World::plain();
            world.accept(&world.departure(4));
            *act = world.redistribution();
        },
        |_, _| EpochRefusal::NotDue.into(),
    ),
    (
        "deals the epoch that signs",
        |_, act| act.payload.epoch = 1,
        |_, _| Refusal::WrongEpoch { epoch: 1 },
    ),
    (
        "skips an epoch",
        |_, act| act.payload.epoch = 3,
        |_, _| Refusal::WrongEpoch { epoch: 3 },
    ),
    (
        "has another threshold than the charter",
        |_, act| act.payload.threshold = 2,
        |_, _| Refusal::WrongThreshold { threshold: 2 },
    ),
    ("is the try that is there", twice, |_, _| {
        EpochRefusal::EarlierAttempt { attempt: 1 }.into()
    }),
    (
        "is an earlier try than the one that is there",
        |world, act| {
            let mut handing = world.handing();
            handing.ceremony.attempt = 7;
            let later = world.redistribution_of(&handing, &handing.handover());
            world.accept(&later);
            act.payload.attempt = 6;
        },
        |_, _| EpochRefusal::EarlierAttempt { attempt: 6 }.into(),
    ),
    (
        "began later than it ends",
        |world, act| act.payload.size = world.size() + 1,
        |world, _| {
            let size = world.size() + 1;
            EpochRefusal::Unsettled { size }.into()
        },
    ),
    (
        "began before a member left",
        |world, _| {
            world.accept(&world.departure(4));
        },
        unsettled,
    ),
    (
        "began before a member joined",
        |world, act| {
            world.settle_matter(&world.admission("freedonia", 5));
            world.accept(&world.accession(5));
            act.payload.threshold = 4;
        },
        unsettled,
    ),
    (
        "has an invitation that two signed",
        |world, act| {
            edit(world, act, |handover| {
                let invitation: Invitation = payload(&handover.invitations.messages[1]);
                handover.invitations.messages[1] = signed(&invitation, &[member(1), member(2)]);
            });
        },
        |_, _| message("invitations", 1),
    ),
    (
        "has an invitation that is no invitation",
        |world, act| {
            edit(world, act, |handover| {
                handover.invitations.messages[2] = handover.dealings.messages[2].clone();
            });
        },
        |_, _| message("invitations", 2),
    ),
    (
        "has an invitation by nobody",
        |world, act| {
            edit(world, act, |handover| {
                let invitation: Invitation = payload(&handover.invitations.messages[0]);
                handover.invitations.messages[4] = signed(&invitation, &[stranger()]);
            });
        },
        |_, _| message("invitations", 4),
    ),
    (
        "has an invitation to another try",
        |world, act| invite(world, act, |invitation| invitation.ceremony.attempt = 2),
        |_, _| message("invitations", 3),
    ),
    (
        "has an invitation at another size",
        |world, act| invite(world, act, |invitation| invitation.size -= 1),
        |_, _| message("invitations", 3),
    ),
    (
        "has an invitation with half a key",
        |world, act| invite(world, act, |invitation| invitation.seal_key.truncate(62)),
        |_, _| message("invitations", 3),
    ),
    (
        "has an invitation with a key in capitals",
        |world, act| {
            invite(world, act, |invitation| {
                invitation.seal_key.make_ascii_uppercase();
            });
        },
        |_, _| message("invitations", 3),
    ),
    (
        "has its invitations out of order",
        |world, act| {
            edit(world, act, |handover| {
                handover.invitations.messages.swap(0, 1)
            })
        },
        |_, _| message("invitations", 1),
    ),
    (
        "has an invitation twice",
        |world, act| {
            edit(world, act, |handover| {
                handover.invitations.messages[3] = handover.invitations.messages[2].clone();
            });
        },
        |_, _| message("invitations", 3),
    ),
    (
        "has a dealing by somebody without a share",
        |world, act| {
            edit(world, act, |handover| {
                let dealing: Dealing = payload(&handover.dealings.messages[0]);
                handover.dealings.messages[2] = signed(&dealing, &[stranger()]);
            });
        },
        |_, _| message("dealings", 2),
    ),
    (
        "has a dealing for other invitations",
        |world, act| deal(world, act, |dealing| dealing.invitations = ELSEWHERE),
        |_, _| message("dealings", 1),
    ),
    (
        "has a dealing of another try",
        |world, act| deal(world, act, |dealing| dealing.ceremony.attempt = 2),
        |_, _| message("dealings", 1),
    ),
    (
        "has a dealing with nothing for one receiver",
        |world, act| deal(world, act, |dealing| drop(dealing.sealed.pop())),
        |_, _| message("dealings", 1),
    ),
    (
        "has a dealing with two shares for one receiver",
        |world, act| deal(world, act, |dealing| dealing.sealed[4].to = 4),
        |_, _| message("dealings", 1),
    ),
    (
        "has a reception of other dealings",
        |world, act| receive(world, act, |reception| reception.dealings = ELSEWHERE),
        |_, _| message("receptions", 0),
    ),
    (
        "has a reception of another try",
        |world, act| receive(world, act, |reception| reception.ceremony.epoch = 3),
        |_, _| message("receptions", 0),
    ),
    (
        "has half a complaint",
        |world, act| {
            receive(world, act, |reception| {
                reception.complaints.push("ab".repeat(99));
            });
        },
        |_, _| message("receptions", 0),
    ),
    (
        "has more complaints than dealers",
        |world, act| {
            receive(world, act, |reception| {
                reception.complaints = (0..4).map(|_| "ab".repeat(100)).collect();
            });
        },
        |_, _| message("receptions", 0),
    ),
    (
        "has a reception by who did not invite",
        |world, act| {
            let mut handing = world.handing();
            handing.receivers.pop();
            let mut handover = handing.handover();
            let reception: Reception = payload(&handover.receptions.messages[0]);
            handover.receptions.messages[3] = signed(&reception, &[member(4)]);
            *act = world.redistribution_of(&handing, &handover);
        },
        |_, _| message("receptions", 3),
    ),
    (
        "has fewer receivers than two thirds of the present",
        |world, act| otherwise(world, act, |handing| drop(handing.receivers.drain(3..))),
        |_, _| too_few("invitations", 3, 4),
    ),
    (
        "has fewer that have opened what was dealt to them",
        |world, act| {
            edit(world, act, |handover| {
                handover.receptions.messages.drain(3..);
            });
        },
        |_, _| too_few("receptions", 3, 4),
    ),
    (
        "has fewer dealers than the old threshold",
        |_, act| act.payload.refused = [act.payload.dealers.pop().unwrap()].into(),
        |_, _| too_few("dealers", 2, 3),
    ),
    (
        "names its dealers out of order",
        |_, act| act.payload.dealers.reverse(),
        |_, _| EpochRefusal::Dealers.into(),
    ),
    (
        "names one twice",
        |_, act| act.payload.dealers[1] = 1,
        |_, _| EpochRefusal::Dealers.into(),
    ),
    (
        "names one as dealer and as refused",
        |_, act| act.payload.refused = [3].into(),
        |_, _| EpochRefusal::Dealers.into(),
    ),
    (
        "names those refused out of order",
        |world, act| {
            otherwise(world, act, |handing| {
                handing.dealers = [0, 1, 2, 3, 4].into()
            });
            act.payload.dealers.truncate(3);
            act.payload.refused = [5, 4].into();
        },
        |_, _| EpochRefusal::Dealers.into(),
    ),
    (
        "leaves out one that dealt",
        |world, act| {
            otherwise(world, act, |handing| handing.dealers = [0, 1, 2, 3].into());
            act.payload.dealers.pop();
        },
        |_, _| EpochRefusal::Dealers.into(),
    ),
    (
        "names one that did not deal",
        |_, act| act.payload.dealers[2] = 5,
        |_, _| EpochRefusal::Dealers.into(),
    ),
    (
        "was dealt for another threshold",
        |world, act| {
            let mut handing = world.handing();
            handing.threshold = 4;
            *act = world.redistribution_of(&handing, &handing.handover());
            act.payload.threshold = 3;
        },
        |_, _| message("dealings", 0),
    ),
    (
        "has a dealing with half a share",
        |world, act| {
            let handing = world.handing();
            let mut handover = handing.handover();
            let mut dealing: Dealing = payload(&handover.dealings.messages[1]);
            dealing.sealed[2].octets.truncate(48);
            handover.dealings.messages[1] = signed(&dealing, &[member(1)]);
            let after = |_| handing.reception(&handover.dealings);
            handover.receptions = messages(&handing.receivers, after);
            *act = world.redistribution_of(&handing, &handover);
        },
        |_, _| message("dealings", 1),
    ),
];

fn unsettled(_: &World, act: &Draft<Redistribution>) -> Refusal {
    let size = act.payload.size;
    EpochRefusal::Unsettled { size }.into()
}

fn message(list: &'static str, place: usize) -> Refusal {
    EpochRefusal::Message { list, place }.into()
}

pub(super) fn too_few(list: &'static str, count: usize, needed: usize) -> Refusal {
    EpochRefusal::TooFew {
        list,
        count,
        needed,
    }
    .into()
}

fn payload<P: Payload>(message: &Envelope) -> P {
    message.payload().unwrap()
}

/// The act over a transcript that is another in this.
fn edit(world: &mut World, act: &mut Draft<Redistribution>, change: fn(&mut Handover)) {
    let mut handover = json::decode(&world.blobs[&act.payload.transcript]).unwrap();
    change(&mut handover);
    act.payload.transcript = world.put(json::encode(&handover));
}

/// The act after a ceremony that is honest, and another in this.
fn otherwise(world: &mut World, act: &mut Draft<Redistribution>, change: fn(&mut Handing)) {
    let mut handing = world.handing();
    change(&mut handing);
    *act = world.redistribution_of(&handing, &handing.handover());
}

/// The fourth invitation says this instead.
fn invite(world: &mut World, act: &mut Draft<Redistribution>, change: fn(&mut Invitation)) {
    let mut handover: Handover = json::decode(&world.blobs[&act.payload.transcript]).unwrap();
    let mut invitation = payload(&handover.invitations.messages[3]);
    change(&mut invitation);
    handover.invitations.messages[3] = signed(&invitation, &[member(3)]);
    act.payload.transcript = world.put(json::encode(&handover));
}

/// The second dealing says this instead.
fn deal(world: &mut World, act: &mut Draft<Redistribution>, change: fn(&mut Dealing)) {
    let mut handover: Handover = json::decode(&world.blobs[&act.payload.transcript]).unwrap();
    let mut dealing = payload(&handover.dealings.messages[1]);
    change(&mut dealing);
    handover.dealings.messages[1] = signed(&dealing, &[member(1)]);
    act.payload.transcript = world.put(json::encode(&handover));
}

/// The first reception says this instead.
fn receive(world: &mut World, act: &mut Draft<Redistribution>, change: fn(&mut Reception)) {
    let mut handover: Handover = json::decode(&world.blobs[&act.payload.transcript]).unwrap();
    let mut reception = payload(&handover.receptions.messages[0]);
    change(&mut reception);
    handover.receptions.messages[0] = signed(&reception, &[member(0)]);
    act.payload.transcript = world.put(json::encode(&handover));
}

fn redistribution() -> (World, Draft<Redistribution>) {
    let mut world = World::plain().with_convocation();
    let act = world.redistribution();
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    refusals(redistribution(), REDISTRIBUTION)
}

#[test]
fn refuses_a_redistribution_act_that() {
    refusals(redistribution(), REDISTRIBUTION);
}
