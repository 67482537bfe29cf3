//! Redistributions with members that sleep or lie at each stage, with others that
//! leave in the middle, and with a secretariat that starts anew after each
//! message: the key stays, and in the end the new shares sign.

use std::cell::Cell;

use comity_core::act::{Departure, RULES};
use comity_core::limits::TEST_SECONDS_MAX;

use super::receivers::{Ceremony, STAGES, Stage, submit_act};
use super::table::PACE;

/// Four members, of whom three sign, and three are the quorum.
const FOUR: (usize, u16) = (4, 3);

/// Seconds that a ceremony takes in which nobody sleeps.
const SOON_S: u64 = 60;

#[test]
fn who_sleeps_through_a_stage_costs_a_wait_and_stops_nobody() {
    for stage in STAGES {
        let mut ceremony = Ceremony::convoked(FOUR, false);
        ceremony.asleep.insert((1, stage));
        let took_s = ceremony.succeed();
        let longest_s = SOON_S + PACE.ceremony_timeout_s;
        assert!(took_s <= longest_s, "{stage:?}: {took_s} s");
        let founded = ceremony.table.founded();
        let epoch = founded.epoch().unwrap();
        // Only who did not invite has no share, and who did not deal has dealt none.
        assert_eq!(
            epoch.shares.contains(&1),
            stage != Stage::Invite,
            "{stage:?}"
        );
        assert_eq!(
            epoch.dealers.contains(&2),
            stage != Stage::Deal,
            "{stage:?}"
        );
        assert!(epoch.refused.is_empty());
    }
}

#[test]
fn too_many_sleepers_only_delay_it() {
    for stage in STAGES {
        let mut ceremony = Ceremony::convoked(FOUR, false);
        ceremony.asleep.extend([(0, stage), (1, stage)]);
        let began = ceremony.table.now;
        ceremony.until(|it| it.table.now.0 > began.0 + 200_000);
        assert_eq!(ceremony.live(), 1, "{stage:?}");
        ceremony.asleep.clear();
        ceremony.succeed();
    }
}

#[test]
fn lies_are_refused_or_named_and_stop_nobody() {
    for stage in [Stage::Deal, Stage::Receive, Stage::Possess, Stage::Sign] {
        let mut ceremony = Ceremony::convoked(FOUR, false);
        // Who is among the first to be asked, in the test too.
        ceremony.liars.insert((2, stage));
        let tries = Cell::new(0);
        ceremony.until(|it| {
            let test = it.table.founded().test().map(|(record, _)| record.clone());
            if let Some(record) = test {
                let has_liar = record.commitments.contains_key(&3);
                assert_eq!(has_liar, record.id.attempt == 1, "{stage:?}");
                tries.set(record.id.attempt);
            }
            it.live() == 2
        });
        assert_eq!(
            tries.get(),
            if stage == Stage::Sign { 2 } else { 1 },
            "{stage:?}"
        );
        let epoch = ceremony.table.founded().epoch().unwrap();
        // A dealing that does not hold is refused before it is in any list; false
        // accusations take no dealer away.
        let (dealers, all) = (&epoch.dealers, [1, 2, 3, 4].into());
        let others = [1, 2, 4].into();
        let expected = if stage == Stage::Deal { &others } else { &all };
        assert_eq!(dealers, expected, "{stage:?}");
        assert!(epoch.refused.is_empty(), "{stage:?}");
        let is_refused = ceremony.refused.contains(&(2, stage));
        let at_once = [Stage::Deal, Stage::Possess].contains(&stage);
        assert_eq!(is_refused, at_once, "{stage:?}");
        // What is no share of a signature is kept as a proof.
        let proofs = ceremony.table.engine.take_evidence();
        assert_eq!(!proofs.is_empty(), stage == Stage::Sign, "{stage:?}");
        ceremony.liars.clear();
        ceremony.succeed();
    }
}

#[test]
fn a_drill_ends_before_anything_signs() {
    let mut ceremony = Ceremony::convoked(FOUR, true);
    ceremony.until(|it| it.table.founded().drill.is_some());
    let founded = ceremony.table.founded();
    let drill = founded.drill.as_ref().unwrap();
    assert_eq!(drill.receivers, [0, 1, 2, 3].into());
    assert_eq!(drill.dealers, [1, 2, 3, 4].into());
    assert_eq!((founded.unused.len(), founded.dealt().is_none()), (1, true));
    assert!(founded.ceremony_due().is_none());
    // The shares of before sign on.
    for _round in 0..20 {
        ceremony.round();
    }
    assert!(ceremony.table.engine.tasks().ceremony.is_none());
    assert_eq!(ceremony.live(), 1);
    ceremony.table.sign_next();
}

#[test]
fn who_leaves_in_the_middle_gets_no_share() {
    for stage in STAGES {
        let mut ceremony = Ceremony::convoked((5, 3), false);
        // It has come so far, and waits for the last member.
        ceremony.asleep.insert((4, stage));
        for _round in 0..4 {
            ceremony.round();
        }
        let departure = Departure {
            rules: RULES,
            ledger: ceremony.table.founded().ledger,
            reason: String::new(),
        };
        let act = ceremony.table.seats[4].identity.signed(&departure);
        submit_act(&mut ceremony.table, &act);
        ceremony.table.gone.insert(4);
        ceremony.until(|it| it.live() >= 2);
        let epoch = ceremony.table.founded().epoch().unwrap();
        // Before it was on the ledger who dealt, it began anew; after that the share
        // is one that is exposed, and another ceremony will be due.
        let is_dealt = epoch.shares.contains(&4);
        let exposed = ceremony.table.founded().exposed(epoch).exposed;
        assert_eq!(exposed.contains(&4), is_dealt, "{stage:?}");
        assert!(stage >= Stage::Possess || !is_dealt, "{stage:?}");
        if !is_dealt {
            ceremony.succeed();
        }
    }
}

#[test]
fn a_secretariat_that_starts_anew_after_any_message_finishes() {
    let mut whole = Ceremony::convoked(FOUR, false);
    whole.succeed();
    // Four each of invitations, dealings, receptions, possessions and commitments,
    // and the shares of those who sign.
    assert!(whole.sent >= 22, "{}", whole.sent);
    for message in 1..=whole.sent {
        let mut ceremony = Ceremony::convoked(FOUR, false);
        ceremony.restart_after = Some(message);
        let took_s = ceremony.succeed();
        assert!(took_s <= 2 * SOON_S, "{message}: {took_s} s");
        assert!(ceremony.sent >= message, "{message} was never sent");
    }
}

#[test]
fn a_test_that_nobody_signs_is_given_up_after_a_day() {
    let mut ceremony = Ceremony::convoked(FOUR, false);
    ceremony.asleep.extend([(0, Stage::Sign), (1, Stage::Sign)]);
    ceremony.until(|it| it.table.founded().test().is_some());
    let first = ceremony.table.founded().dealt().unwrap().epoch.attempt;
    // Enough have taken their shares: it is waited for them, all day.
    let almost_ms = (TEST_SECONDS_MAX - 1200) * 1000;
    ceremony.table.pass(almost_ms);
    ceremony.round();
    let waiting = ceremony.table.founded().dealt();
    assert_eq!(waiting.map(|dealt| dealt.epoch.attempt), Some(first));
    assert!(ceremony.table.engine.tasks().ceremony.is_none());
    ceremony.table.pass(2_400_000);
    ceremony.until(|it| it.table.founded().dealt().is_none());
    ceremony.asleep.clear();
    ceremony.succeed();
    let founded = ceremony.table.founded();
    assert!(founded.epoch().unwrap().attempt > first);
    assert_eq!(founded.unused.len(), 1);
}
