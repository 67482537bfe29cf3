//! What bad members cost over many sessions: one try each, and then only what
//! there is no way around.

use comity_core::act::SessionKind;
use comity_core::message::Shares;
use data_encoding::BASE64;

use super::table::{AGE_MS, Lie, PACE, Table};
use crate::engine::Pace;
use crate::engine::standing::Standing;

const LIES: Lie = |it| {
    let octets = BASE64.decode(it.shares.shares.as_bytes()).unwrap();
    let shares = BASE64.encode(&vec![0; octets.len()]);
    let shares = Shares {
        shares,
        ..it.shares.clone()
    };
    [it.identity.signed(&shares)].into()
};

const STALLS: Lie = |_| Vec::new();

/// Signs the records and falls silent for ZONEMD.
const STALLS_LATER: Lie = |it| match it.shares.session.kind {
    SessionKind::Records => [it.identity.signed(&it.shares)].into(),
    SessionKind::Zonemd | SessionKind::Test | SessionKind::Keyset => Vec::new(),
};

#[test]
fn a_bad_member_costs_one_try_and_no_more() {
    for (lie, first) in [(LIES, (2, 1)), (STALLS, (2, 1)), (STALLS_LATER, (1, 2))] {
        let mut table = Table::new(5, 3);
        table.lies.insert(0, lie);
        assert_eq!(table.sign_next(), first);
        let before = table.now;
        for _edition in 0..3 {
            assert_eq!(table.sign_next(), (1, 1));
        }
        // Nobody was waited for either.
        let waited_ms = table.now.0 - before.0 - 3 * AGE_MS;
        assert!(waited_ms < 3 * PACE.session_timeout_s * 1000, "{waited_ms}");
    }
}

#[test]
fn bad_members_together_cost_one_try_each_at_most() {
    let mut table = Table::new(7, 4);
    for (at, lie) in [(0, LIES), (1, STALLS), (2, LIES)] {
        table.lies.insert(at, lie);
    }
    // All three are in the first try, and found in it.
    assert_eq!(table.sign_next(), (2, 1));
    let standings = &table.engine.session.standings;
    let found: Vec<_> = (0..7).map(|at| standings.of(at)).collect();
    let good = [Standing::Good; 4];
    let bad = [Standing::Lied, Standing::Silent, Standing::Lied];
    assert_eq!(found, [&bad[..], &good].concat());
    assert_eq!(table.engine.take_evidence().len(), 2);
}

#[test]
fn a_member_that_was_silent_once_is_asked_again_where_it_is_needed() {
    let mut table = Table::new(3, 2);
    table.lies.insert(0, STALLS);
    assert_eq!(table.sign_next(), (2, 1));
    table.lies.clear();
    // A quorum is two of three.
    table.gone = [1].into();
    assert_eq!(table.sign_next(), (1, 1));
    assert_eq!(table.engine.session.standings.of(0), Standing::Good);
}

#[test]
fn a_proven_liar_is_not_asked_again_while_a_threshold_is_left_without_it() {
    let mut table = Table::new(5, 3);
    table.lies.insert(0, LIES);
    table.lies.insert(1, STALLS);
    table.gone = [2].into();
    table.grow_old();
    let newest = |table: &Table| {
        let open = table.founded().open_edition()?;
        let record = open.sessions.get(&SessionKind::Records)?;
        let signers = record.commitments.keys().copied().collect::<Vec<_>>();
        Some((record.id.attempt, signers))
    };
    let mut sessions = Vec::new();
    let until = table.now.0 + 3600 * 1000;
    while table.now.0 < until {
        // Cosigned by all, answered, and then waited for.
        (0..3).for_each(|_| table.round());
        table.pass(9700);
        let found = newest(&table);
        sessions.extend(found.filter(|found| !sessions.contains(found)));
    }
    // The silent one is asked instead, after ever longer waits.
    assert_eq!(sessions.remove(0), (1, vec![1, 2, 4]));
    assert!((3..12).contains(&sessions.len()), "{sessions:?}");
    let left = |(_, signers): &(u32, Vec<u16>)| signers == &[2, 4, 5];
    assert!(sessions.iter().all(left), "{sessions:?}");
}

#[test]
fn tries_that_come_to_nothing_fill_no_ledger() {
    let mut table = Table::new(3, 2);
    table.lies.insert(0, LIES);
    table.gone = [2].into();
    table.grow_old();
    let mut tries = 0;
    let edition = table.founded().next_edition();
    let until = table.now.0 + 12 * 3600 * 1000;
    while table.now.0 < until {
        table.round();
        table.pass(59_900);
        let open = table.founded().open_edition();
        let records = open.and_then(|open| open.sessions.get(&SessionKind::Records));
        tries = records.map_or(tries, |record| record.id.attempt);
    }
    assert_eq!(table.founded().next_edition(), edition);
    // One each half hour, and those of the first hour, in which waits double.
    assert!((20..36).contains(&tries), "{tries} tries in half a day");
    // Whoever comes back is asked at once.
    table.gone.clear();
    let before = table.now;
    assert_eq!(table.sign_edition(), (tries + 1, 1));
    assert!(table.now.0 - before.0 < 3000);
}

#[test]
fn shares_that_come_late_are_of_use_until_there_is_another_try() {
    let mut table = Table::new(3, 2);
    table.gone = [2].into();
    table.grow_old();
    // Its octets in a message of its own, later.
    table.lies.insert(0, STALLS);
    table.kept.clear();
    while table.kept.len() < 2 {
        table.round();
    }
    let late = table.kept[&0].clone();
    for _second in 0..=PACE.session_timeout_s {
        table.pass(1000);
    }
    assert!(table.engine.session.given_up);
    table.submit(&late).unwrap();
    table.lies.clear();
    assert_eq!(table.sign_edition(), (1, 1));
}

/// Works until the records are in this try.
fn reach(table: &mut Table, attempt: u32) {
    let newest = |table: &Table| {
        let open = table.founded().open_edition()?;
        Some(open.sessions.get(&SessionKind::Records)?.id.attempt)
    };
    while newest(table) != Some(attempt) {
        table.round();
    }
}

#[test]
fn shares_of_an_earlier_try_count_while_no_other_is_whole() {
    let mut table = Table::new(4, 3);
    table.grow_old();
    table.lies.insert(0, STALLS);
    reach(&mut table, 2);
    // Nothing would come of the second try alone.
    table.lies.insert(1, STALLS);
    let late = table.kept[&0].clone();
    table.submit(&late).unwrap();
    assert!(table.engine.session.signatures.is_some());
    let shares: Shares = late.payload().unwrap();
    assert_eq!(shares.session.attempt, 1);
    table.lies.clear();
    assert_eq!(table.sign_edition(), (2, 1));
    assert_eq!(table.engine.session.standings.of(0), Standing::Good);
}

#[test]
fn late_answers_are_judged_like_others() {
    let mut table = Table::new(5, 3);
    table.grow_old();
    table.lies.insert(0, STALLS);
    table.lies.insert(1, STALLS);
    reach(&mut table, 2);
    let shares: Shares = table.kept[&0].payload().unwrap();
    let octets = BASE64.decode(shares.shares.as_bytes()).unwrap();
    let shares = BASE64.encode(&vec![0; octets.len()]);
    let kept = table.kept[&0].payload().unwrap();
    let wrong = table.seats[0].identity.signed(&Shares { shares, ..kept });
    let right = table.kept[&1].clone();
    table.submit(&wrong).unwrap();
    table.submit(&right).unwrap();
    let standings = &table.engine.session.standings;
    let found = [0, 1].map(|at| standings.of(at));
    assert_eq!(found, [Standing::Lied, Standing::Good]);
    table.lies.clear();
    assert_eq!(table.sign_edition(), (2, 1));
    assert_eq!(table.engine.take_evidence(), [wrong]);
}

#[test]
fn who_is_passed_over_is_named_and_counted_and_nobody_else() {
    let counts = |table: &Table| -> Vec<u64> {
        let members = &table.founded().members;
        members.iter().map(|member| member.silent).collect()
    };
    let mut table = Table::new(4, 3);
    for (lie, expected) in [
        (LIES, [0, 0, 0, 0]),
        (STALLS, [1, 0, 0, 0]),
        (STALLS_LATER, [2, 0, 0, 0]),
    ] {
        table.lies.insert(0, lie);
        table.sign_next();
        assert_eq!(counts(&table), expected);
        // A new secretariat, which asks it first.
        table.start_another(PACE);
    }
    // One whose answer comes before the next is opened is not named.
    table.lies.insert(0, STALLS);
    table.gone = [3].into();
    table.grow_old();
    reach(&mut table, 1);
    table.kept.clear();
    (0..60).for_each(|_| table.round());
    assert!(table.engine.session.given_up);
    let late = table.kept[&0].clone();
    table.submit(&late).unwrap();
    table.gone.clear();
    table.lies.clear();
    assert_eq!(table.sign_edition(), (1, 1));
    assert_eq!(counts(&table), [2, 0, 0, 0]);
}

#[test]
fn who_owes_shares_makes_no_other_session_begin() {
    let mut table = Table::new(4, 3);
    table.lies.insert(0, STALLS);
    // Without it, and without who is gone, two are left of three that sign.
    table.gone = [3].into();
    table.grow_old();
    reach(&mut table, 1);
    let pace = PACE.session_pace_s * 1000 / 100;
    (0..2 * pace).for_each(|_| table.round());
    let session = &table.engine.session;
    assert!(!session.given_up);
    assert_eq!(session.standings.of(0), Standing::Good);
    // Who is back makes up for it.
    table.gone.clear();
    assert_eq!(table.sign_edition(), (2, 1));
}

#[test]
fn a_session_of_many_commitments_is_given_longer() {
    // A day's renewals and a whole root, by a few and by as many as meet.
    for (messages, signers, longer_s) in [
        (1, 97, 0),
        (215, 3, 0),
        (215, 97, 4),
        (2790, 3, 1),
        (2790, 97, 54),
    ] {
        let (usual, pace) = (
            Pace::default(),
            Pace::default().of_session(messages, signers),
        );
        assert_eq!(pace.session_timeout_s, usual.session_timeout_s + longer_s);
        assert_eq!(pace.session_pace_s, usual.session_pace_s + longer_s);
    }
}

#[test]
fn what_was_committed_to_past_tries_is_forgotten() {
    let mut table = Table::new(5, 3);
    table.grow_old();
    table.lies.insert(0, LIES);
    reach(&mut table, 2);
    // This try's are with its session; the coming one's for ZONEMD wait.
    let session = &table.engine.session;
    assert_eq!(session.commits.len(), 1);
    let open = table.founded().open_edition().unwrap();
    let record = &open.sessions[&SessionKind::Records];
    let checked_ahead = |id| session.newest().unwrap().ahead.contains_key(id);
    assert!(record.commitments.keys().all(checked_ahead));
}

#[test]
fn a_clock_that_is_ahead_does_not_fill_the_ledger_with_time() {
    let mut table = Table::new(5, 3);
    table.ahead_ms = 3 * 3600 * 1000;
    let before = table.engine.state().log().size();
    let hour = 3600 / 10;
    for _ten_seconds in 0..hour {
        table.round();
        table.pass(9_900);
    }
    let moved = table.engine.state().log().size() - before;
    // Ten tries, each twice as long after the one before, and six an hour.
    assert!((6..=16).contains(&moved), "{moved} acts in an hour");
}

#[test]
fn a_clock_that_was_set_back_does_not_make_signers_wait_for_it() {
    let mut table = Table::new(5, 3);
    table.lies.insert(0, STALLS);
    table.ahead_ms = 3 * 3600 * 1000;
    table.make_due();
    while table.founded().open_edition().is_none() {
        table.round();
    }
    // The quorum cosigns: from here on signers are waited for.
    table.round();
    table.ahead_ms = 0;
    let before = table.now;
    let tries = table.sign_edition();
    // What waited is over at once, and whoever was asked is asked once more.
    assert!(tries <= (3, 1), "{tries:?}");
    assert!(table.now.0 - before.0 < 60_000);
}
