//! The secretariat wants another epoch than the members': one of few, one that
//! was never tested, one of long ago. Or a member wants that there is none.

use crate::act::Matter;
use crate::act::SessionKind::{Records, Test};
use crate::basic::Time;
use crate::charter::SigningThreshold;
use crate::edition::samples::{DAY_S, NOW};
use crate::limits::{CLOCK_SECONDS_AHEAD_MAX, TEST_SECONDS_MAX};
use crate::message::Dealing;
use crate::refusal::{EpochRefusal, Refusal};
use crate::state::CeremonyReason;
use crate::state::tests::world::epochs::messages;
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::{World, member};

/// Ledger time between a change of the members and the ceremony.
const HOUR_S: u64 = 3600;

fn reason(world: &World) -> Option<CeremonyReason> {
    world.here().ceremony_due().map(|due| due.reason)
}

fn rule<T: core::fmt::Debug>(refusal: Result<T, Refusal>) -> &'static str {
    refusal.unwrap_err().rule()
}

#[test]
fn nobody_signs_with_shares_that_were_not_tested() {
    let mut world = World::plain().with_convocation().with_dealt();
    let mut session = world.records_session();
    session.payload.epoch = 2;
    assert_eq!(world.refuse(&session), Refusal::WrongEpoch { epoch: 2 });
    // The old ones go on signing until the test, and after it no more.
    let mut world = world.with_edition();
    world.adopt([world.put_set("ns.example. 60 A 192.0.2.66")]);
    let world = world.with_records_session().with_next_test();
    let permitted = |world: &World| world.permit(Records, &world.quorum_checkpoint());
    assert_eq!(permitted(&world).ok().unwrap().session().id.epoch, 1);
    let mut world = world;
    let succession = world.succession();
    world.accept(&succession);
    assert_eq!(permitted(&world).err(), Some(Refusal::NoSession));
    // The edition goes on with the new ones, and is the same.
    let plan = world.plan();
    let world = world.with_records_session();
    let permit = permitted(&world).ok().unwrap();
    assert_eq!(
        (permit.session().id.epoch, permit.session().id.attempt),
        (2, 2)
    );
    assert_eq!(permit.messages(), plan.messages());
    let mut world = world.with_next_zonemd_session();
    world.accept(&world.edition());
    assert_eq!(world.here().editions.len(), 2);
}

#[test]
fn a_test_is_signed_by_who_has_the_quorum_and_the_day() {
    let world = World::plain().with_convocation().with_test();
    let asked = |world: &World, cosigners: &[usize], clock: Time| {
        let checkpoint = world.checkpoint(cosigners);
        world.state.permit(Test, &checkpoint, clock).err()
    };
    assert_eq!(asked(&world, &[0, 1, 2, 3], NOW), None);
    let (cosignatures, needed) = (3, 4);
    let too_few = Refusal::TooFewCosignatures {
        cosignatures,
        needed,
    };
    assert_eq!(asked(&world, &[0, 1, 2], NOW), Some(too_few));
    // Ledger time stands still, and the member's clock does not.
    let latest = NOW.plus(TEST_SECONDS_MAX + CLOCK_SECONDS_AHEAD_MAX);
    assert_eq!(asked(&world, &[0, 1, 2, 3], latest), None);
    let (ledger, clock) = (NOW, latest.plus(1));
    let differs = Refusal::ClockDiffers { ledger, clock };
    assert_eq!(asked(&world, &[0, 1, 2, 3], clock), Some(differs));
    let late = world.clone().with_time(NOW.plus(TEST_SECONDS_MAX + 1));
    let given_up = asked(&late, &[0, 1, 2, 3], late.now());
    assert_eq!(given_up, Some(Refusal::NoSession));
    // Nor for a session of the try before.
    let again = world.with_dealt();
    let replaced = asked(&again, &[0, 1, 2, 3], NOW);
    assert_eq!(replaced, Some(Refusal::NoSession));
}

#[test]
fn an_older_try_is_nobodys_any_more() {
    let mut world = World::plain().with_convocation();
    let first = world.redistribution();
    world.accept(&first);
    let session = world.test_session();
    world.accept(&session);
    let succession = world.succession();
    let mut world = world.with_dealt();
    assert_eq!(world.waiting().epoch.attempt, 2);
    let attempt = EpochRefusal::EarlierAttempt { attempt: 1 };
    assert_eq!(world.refuse(&first), attempt.into());
    assert_eq!(world.refuse(&succession).rule(), "other-shares");
    // The sessions of its test are counted on: no name stands for two.
    let next = world.test_session();
    assert_eq!(next.payload.attempt, 2);
    assert_eq!(world.refuse(&session).rule(), "attempt");
    world.accept(&next);
    // Nor is it any use when everybody has given up the second.
    let mut late = world.clone().with_time(NOW.plus(DAY_S + 1));
    assert_eq!(late.refuse(&first).rule(), "ceremony-attempt");
    let third = late.redistribution();
    assert_eq!(third.payload.attempt, 3);
    late.accept(&third);
    let second = world.succession();
    world.accept(&second);
    assert_eq!(world.here().epoch().unwrap().attempt, 2);
}

/// Whoever took part in a drill has thrown its share away.
#[test]
fn a_drill_makes_nothing_live_and_is_no_ceremony_later() {
    let mut world = World::plain();
    world.accept(&world.convocation(0, true));
    let drill = world.redistribution();
    world.accept(&drill);
    assert!(world.here().dealt().is_none() && world.here().convoked.is_none());
    assert_eq!(world.here().drill.as_ref().unwrap().receivers.len(), 5);
    world.accept(&world.convocation(1, false));
    assert_eq!(world.refuse(&drill).rule(), "ceremony-attempt");
    let mut world = world.with_succession();
    assert_eq!(world.here().epoch().unwrap().attempt, 2);
    // Its shares are shares all the same: who leaves says that it wiped them.
    let exposed = |world: &World| -> usize {
        let all = world.here().exposures();
        all.iter().map(|one| one.exposed.len()).sum()
    };
    world.accept(&world.departure(4));
    assert_eq!(exposed(&world), 3);
    world.accept(&world.erasure(4, 2));
    assert_eq!(exposed(&world), 1);
    world.accept(&world.erasure(4, 1));
    assert_eq!(exposed(&world), 0);
}

#[test]
fn whoever_asks_for_drills_keeps_no_shares_from_being_dealt() {
    let mut world = World::plain();
    world.accept(&world.departure(4));
    let mut world = world.with_time(NOW.plus(HOUR_S));
    world.accept(&world.convocation(3, true));
    let due = world.here().ceremony_due().unwrap();
    assert_eq!((due.reason, due.drill), (CeremonyReason::Membership, false));
    // And one who means it need not wait for the drill's end.
    let mut calm = World::plain();
    calm.accept(&calm.convocation(3, true));
    assert!(calm.here().ceremony_due().unwrap().drill);
    calm.accept(&calm.convocation(2, false));
    assert!(!calm.here().ceremony_due().unwrap().drill);
    let world = world.with_succession();
    assert_eq!(world.here().ceremony_due(), None);
}

#[test]
fn each_member_has_its_own_convocation_once_a_day_and_nobody_elses() {
    let mut world = World::plain();
    let drill = world.convocation(0, true);
    world.accept(&drill);
    world = world.with_drill();
    let another = |world: &World, at| {
        let mut another = world.convocation(at, true);
        another.payload.reason = "again".into();
        another
    };
    assert_eq!(world.refuse(&another(&world, 0)).rule(), "convoked");
    for at in 1..5 {
        world.accept(&world.convocation(at, true));
        world = world.with_drill();
    }
    let mut world = world.with_time(NOW.plus(DAY_S));
    // What it said once, others do not say again for it: not on the next day,
    // and not when another epoch signs.
    let known = EpochRefusal::Known { epoch: 1 };
    assert_eq!(world.refuse(&drill), known.into());
    world.accept(&another(&world, 0));
    let mut world = world.with_drill();
    world.accept(&world.convocation(1, false));
    let mut world = world.with_succession().with_time(NOW.plus(3 * DAY_S));
    assert_eq!(world.refuse(&drill), Refusal::WrongEpoch { epoch: 1 });
}

impl World {
    /// With the drill that was asked for.
    fn with_drill(mut self) -> Self {
        let drill = self.redistribution();
        self.accept(&drill);
        assert!(self.here().convoked.is_none());
        self
    }
}

#[test]
fn nothing_about_shares_that_was_said_once_can_be_said_again() {
    let mut world = World::plain();
    world.accept(&world.convocation(0, true));
    let mut world = world.with_drill();
    world.accept(&world.convocation(1, false));
    let mut world = world.with_test().with_dealt().with_next_test();
    let succession = world.succession();
    world.accept(&succession);
    world.accept(&world.erasure(0, 1));
    world.accept(&world.compromise(1, 2));
    for later_s in [1, HOUR_S, 2 * DAY_S] {
        let world = world.clone().with_time(NOW.plus(later_s));
        for (at, entry) in world.entries.iter().enumerate() {
            let mut world = world.clone();
            assert!(world.submit(entry).is_err(), "act {at} a second time");
        }
    }
}

#[test]
fn receivers_are_not_narrowed_to_fewer_than_sign() {
    let mut world = World::plain();
    world.accept(&world.time(&[0, 1, 2], NOW.plus(14 * DAY_S)));
    world.accept(&world.absence(&[3, 4]));
    let mut world = world.with_convocation();
    // Two thirds of three are two, and three sign: a majority of all members.
    let due = world.here().ceremony_due().unwrap();
    assert_eq!((due.threshold, due.receivers_min), (3, 3));
    let mut handing = world.handing();
    handing.receivers = [0, 1].into();
    let few = world.redistribution_of(&handing, &handing.handover());
    assert_eq!(world.refuse(&few).rule(), "ceremony-too-few");
    // The absent may receive.
    let all = world.redistribution();
    world.accept(&all);
    assert_eq!(world.waiting().epoch.shares.len(), 5);
}

#[test]
fn who_is_left_out_asks_for_another_ceremony() {
    let mut world = World::plain().with_convocation();
    let mut handing = world.handing();
    handing.receivers.pop();
    let narrowed = world.redistribution_of(&handing, &handing.handover());
    world.accept(&narrowed);
    let mut world = world.with_next_test();
    // Nobody signs for it, and it does not say that it has what it has not.
    let session = world.test_session();
    let mut by_it = session.clone();
    by_it.payload.signers[2] = "elbonia".into();
    by_it.payload.commitments = {
        let id = world.next_session(Test);
        world.commitments(&id, &[0, 1, 4], 1)
    };
    assert_eq!(world.refuse(&by_it), Refusal::Signers);
    let by_all = world.succession_by(&[0, 1, 2, 4]);
    assert_eq!(world.refuse(&by_all).rule(), "not-entitled");
    let succession = world.succession();
    world.accept(&succession);
    assert!(!world.here().has_seat(4));
    assert_eq!(reason(&world.clone().with_time(NOW.plus(DAY_S))), None);
    world.accept(&world.convocation(4, false));
    let world = world.with_succession();
    assert!(world.here().has_seat(4));
}

#[test]
fn dealings_and_receptions_are_over_one_list() {
    let mut world = World::plain().with_convocation();
    let handing = world.handing();
    let mut fewer = handing.clone();
    fewer.receivers.pop();
    let (all, few) = (handing.handover(), fewer.handover());
    // Half of one exchange, half of the other.
    let mut mixed = all.clone();
    mixed.dealings = few.dealings.clone();
    let act = world.redistribution_of(&handing, &mixed);
    assert_eq!(world.refuse(&act).rule(), "ceremony-message");
    let mut mixed = all.clone();
    mixed.receptions = few.receptions.clone();
    let act = world.redistribution_of(&handing, &mixed);
    assert_eq!(world.refuse(&act).rule(), "ceremony-message");
    // One dealer was shown fewer invitations than the others.
    let mut mixed = all.clone();
    mixed.dealings.messages[1] = few.dealings.messages[1].clone();
    let act = world.redistribution_of(&handing, &mixed);
    assert_eq!(world.refuse(&act).rule(), "ceremony-message");
    let act = world.redistribution_of(&handing, &all);
    world.accept(&act);
}

/// A dealer that sends octets that are no dealing is left out.
#[test]
fn no_dealer_stops_a_ceremony_with_octets_that_are_none() {
    let mut world = World::plain().with_convocation();
    let mut handing = world.handing();
    handing.dealers = [0, 1, 2, 3].into();
    let mut handover = handing.handover();
    let mut nonsense: Dealing = handover.dealings.messages[1].payload().unwrap();
    nonsense.package = "nonsense".into();
    nonsense.sealed[0].octets.clear();
    handover.dealings.messages[1] = signed(&nonsense, &[member(1)]);
    // Everybody received after that list.
    let receptions = messages(&handing.receivers, |_| {
        handing.reception(&handover.dealings)
    });
    handover.receptions = receptions;
    let mut act = world.redistribution_of(&handing, &handover);
    assert_eq!(world.refuse(&act).rule(), "ceremony-message");
    act.payload.dealers = [1, 3, 4].into();
    act.payload.refused = [2].into();
    world.accept(&act);
}

/// 55 of 144 walk out, in small: those who leave deal before they go for good,
/// and neither receive nor sign.
#[test]
fn who_has_left_deals_and_neither_receives_nor_signs() {
    let mut world = World::plain();
    for at in [3, 4] {
        world.accept(&world.departure(at));
    }
    let mut world = world.with_time(NOW.plus(HOUR_S));
    let mut handing = world.handing();
    assert_eq!(
        (handing.threshold, &*handing.receivers),
        (2, &[0, 1, 2][..])
    );
    handing.dealers = [0, 3, 4].into();
    let mut with_one_more = handing.clone();
    with_one_more.receivers.push(4);
    let act = world.redistribution_of(&with_one_more, &with_one_more.handover());
    assert_eq!(world.refuse(&act).rule(), "ceremony-message");
    let act = world.redistribution_of(&handing, &handing.handover());
    world.accept(&act);
    let mut session = world.test_session();
    session.payload.signers = ["atlantis".into(), "elbonia".into()].into();
    let id = world.next_session(Test);
    session.payload.commitments = world.commitments(&id, &[0, 4], 1);
    assert_eq!(world.refuse(&session), Refusal::Signers);
    let mut world = world.with_next_test();
    let succession = world.succession();
    world.accept(&succession);
    assert_eq!(world.here().threshold(), 2);
    // One more may leave now, which would have been the end before.
    world.accept(&world.departure(2));
    assert_eq!(world.with_edition().here().editions.len(), 1);
}

#[test]
fn a_possession_by_one_that_left_since_counts_for_nothing() {
    let mut world = World::plain().with_convocation().with_test();
    world.accept(&world.departure(4));
    let mut short = world.clone();
    short.accept(&short.departure(3));
    let by_all = short.succession_by(&[0, 1, 2, 3, 4]);
    assert_eq!(short.refuse(&by_all).rule(), "ceremony-too-few");
    // One is not missed, and his leaving makes another ceremony due.
    let succession = world.succession_by(&[0, 1, 2, 3, 4]);
    world.accept(&succession);
    let world = world.with_time(NOW.plus(HOUR_S));
    assert_eq!(reason(&world), Some(CeremonyReason::Membership));
}

#[test]
fn a_ceremony_is_due_when_members_have_settled_and_not_before() {
    let mut world = World::plain();
    assert_eq!((reason(&world), world.here().ceremony_at()), (None, None));
    world.accept(&world.departure(4));
    let mut world = world.with_time(NOW.plus(HOUR_S - 1));
    assert_eq!(reason(&world), None);
    // Somebody else leaves, and it begins anew.
    world.accept(&world.departure(3));
    let due = NOW.plus(2 * HOUR_S - 1);
    assert_eq!(world.here().ceremony_at(), Some(due));
    let world = world.with_time(NOW.plus(HOUR_S));
    assert_eq!(reason(&world), None);
    let world = world.with_time(due);
    assert_eq!(reason(&world), Some(CeremonyReason::Membership));
    let world = world.with_succession();
    assert_eq!((reason(&world), world.here().ceremony_at()), (None, None));
}

#[test]
fn a_departure_before_ledger_time_began_counts_from_there() {
    use crate::state::tests::world::Setting;
    let mut world = World::founded(&Setting::plain()).with_key();
    world.accept(&world.departure(4));
    assert_eq!((reason(&world), world.here().ceremony_at()), (None, None));
    let world = world.with_time(NOW);
    assert_eq!(world.here().ceremony_at(), Some(NOW.plus(HOUR_S)));
    let world = world.with_time(NOW.plus(HOUR_S));
    assert_eq!(reason(&world), Some(CeremonyReason::Membership));
}

#[test]
fn nobody_puts_a_ceremony_off_with_shares_that_are_of_no_use() {
    let mut world = World::second_epoch();
    world.accept(&world.compromise(0, 2));
    let mut world = world.with_time(NOW.plus(HOUR_S - 1));
    for at in [3, 4] {
        world.accept(&world.compromise(at, 1));
    }
    let mut world = world.with_time(NOW.plus(HOUR_S));
    assert_eq!(reason(&world), Some(CeremonyReason::Compromise));
    // One of the shares that sign does, once; a convocation waits for nobody.
    world.accept(&world.compromise(1, 2));
    assert_eq!(reason(&world), None);
    world.accept(&world.convocation(1, false));
    assert_eq!(reason(&world), Some(CeremonyReason::Convoked));
    // Other shares, and they are in no other's hands.
    let world = world.with_succession().with_time(NOW.plus(DAY_S));
    assert_eq!(reason(&world), None);
}

#[test]
fn a_share_can_be_known_to_others_before_it_signs() {
    let mut world = World::plain().with_convocation().with_dealt();
    world.accept(&world.compromise(2, 2));
    let mut world = world.with_next_test();
    let succession = world.succession();
    world.accept(&succession);
    let world = world.with_time(NOW.plus(HOUR_S));
    assert_eq!(reason(&world), Some(CeremonyReason::Compromise));
}

#[test]
fn another_threshold_is_for_the_next_shares_only() {
    let mut world = World::plain();
    let mut charter = world.other_charter();
    charter.rules.signing_threshold = SigningThreshold::Shares(4);
    world.settle_matter(&world.about(Matter::Charter(charter)));
    let threshold = |world: &World| (world.here().threshold(), world.here().threshold_due());
    assert_eq!(threshold(&world), (3, 4));
    assert_eq!(reason(&world), None);
    let mut world = world.with_time(NOW.plus(HOUR_S));
    assert_eq!(reason(&world), Some(CeremonyReason::Threshold));
    // What was dealt for the old one is not what the charter says now.
    let mut handing = world.handing();
    handing.threshold = 3;
    let mut act = world.redistribution_of(&handing, &handing.handover());
    assert_eq!(rule(world.submit(&act.envelope().to_octets())), "threshold");
    act.payload.threshold = 4;
    assert_eq!(world.refuse(&act).rule(), "ceremony-message");
    let world = world.with_succession();
    assert_eq!(threshold(&world), (4, 4));
    world.with_edition();
}

/// A try that never signs makes shares of the same key, and three of them sign.
#[test]
fn shares_of_a_try_that_was_given_up_count_where_they_are() {
    let mut world = World::plain();
    world.settle_matter(&world.admission("freedonia", 5));
    world.accept(&world.accession(5));
    let world = world.with_time(NOW.plus(HOUR_S)).with_dealt();
    let mut world = world.with_time(NOW.plus(HOUR_S + DAY_S + 1));
    assert!(world.here().dealt().is_none());
    // It leaves, and another is dealt without it.
    world.accept(&world.departure(5));
    let later = world.now().plus(HOUR_S);
    let mut world = world.with_time(later).with_succession();
    let exposed = |world: &World| {
        let all = world.here().exposures().into_iter();
        let some = all.filter(|one| !one.exposed.is_empty());
        some.map(|one| (one.epoch, one.attempt, one.exposed))
            .collect::<std::vec::Vec<_>>()
    };
    assert_eq!(exposed(&world), [(2, 1, [5].into())]);
    world.accept(&world.erasure(5, 2));
    assert_eq!(exposed(&world), []);
}
