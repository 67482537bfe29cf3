//! Shares pass on at the table: what a receiver says that cannot be is not taken,
//! and stops nobody.

use comity_core::act::{Convocation, RULES};
use comity_core::basic::Digest;
use comity_core::message::{CeremonyTask, Possession, Reception};
use comity_sign::deal::{Complaint, Invited};
use comity_sign::epoch;

use super::table::Table;
use crate::engine::{EngineError, PublicAct};

/// A table whose first member has asked for a ceremony, and what is asked of all.
fn convoked() -> (Table, CeremonyTask) {
    let mut table = Table::new(4, 3);
    let act = table.seats[0].identity.signed(&Convocation {
        rules: RULES,
        ledger: table.founded().ledger,
        epoch: 1,
        drill: false,
        reason: "Shares grow old".into(),
    });
    let act = PublicAct::read(&act.to_octets()).unwrap();
    table.engine.submit_act(&act).unwrap();
    table.pass(1);
    let task = table.engine.tasks().ceremony.clone().unwrap();
    (table, task)
}

fn not_wanted(outcome: &Result<(), EngineError>) -> bool {
    matches!(outcome, Err(EngineError::NotWanted))
}

/// Complaints that no receiver can make, by the number of who makes them.
fn impossible(receiver: u16) -> [Vec<String>; 3] {
    let complaint = |dealer, receiver| Complaint {
        dealer,
        receiver,
        shared: [1; 32],
        proof: [1; 64],
    };
    let own = complaint(1, receiver).to_text();
    [
        ["no hexadecimal digits".repeat(10)].into(),
        [complaint(1, receiver + 1).to_text()].into(),
        vec![own; 5],
    ]
}

#[test]
fn a_reception_that_would_spoil_the_transcript_is_not_taken() {
    let (mut table, task) = convoked();
    let (id, size) = (task.ceremony, task.size.unwrap());
    let mut invited = Vec::new();
    for at in 0..4 {
        let (secret, invitation) = Invited::invite(&mut table.rng);
        let message = invitation.to_message(&id, size);
        let message = table.seats[at].identity.signed(&message);
        table.submit(&message).unwrap();
        invited.push(secret);
    }
    let list = table.work(|table| table.engine.tasks().ceremony.clone()?.openings);
    let from = table.seats[0].share.as_ref().unwrap().group().clone();
    let plan = epoch::plan(table.founded(), &id, (Some(&from), 3), &list).unwrap();
    for at in 0..4 {
        let share = table.seats[at].share.as_ref().unwrap();
        let dealing = plan.deal(share, &mut table.rng).unwrap();
        let message = dealing.to_message(&id, list.digest());
        let message = table.seats[at].identity.signed(&message);
        table.submit(&message).unwrap();
    }
    let list = table.work(|table| table.engine.tasks().ceremony.clone()?.deals);
    let dealings = epoch::dealings(table.founded(), &plan, &list).unwrap();
    for (number, invited) in (1..).zip(invited) {
        let at = usize::from(number) - 1;
        let received = invited.receive(number, &dealings, &mut table.rng);
        assert!(received.unwrap().1.is_empty());
        let mut say = |complaints| {
            let message = Reception {
                ceremony: id.clone(),
                dealings: list.digest(),
                complaints,
            };
            let message = table.seats[at].identity.signed(&message);
            table.submit(&message)
        };
        for complaints in impossible(number) {
            assert!(not_wanted(&say(complaints.clone())), "{complaints:?}");
        }
        say(Vec::new()).unwrap();
    }
    let dealt = table.founded().dealt().unwrap().clone();
    assert_eq!(dealt.epoch.dealers, [1, 2, 3, 4].into());
    // Nor is the word of who computed something else.
    let possession = Possession {
        ceremony: id,
        act: dealt.act,
        verifying_shares: Digest([7; 32]),
    };
    let message = table.seats[0].identity.signed(&possession);
    assert!(not_wanted(&table.submit(&message)));
}
