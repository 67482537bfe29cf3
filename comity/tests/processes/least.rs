//! The least number of members signs alone, once the ledger says that the
//! others are absent.

use crate::support::zone::{Plan, Zone};

/// Silence after which an absence act may name a member (seconds).
const ABSENCE_AFTER_S: u64 = 4;

#[test]
fn two_of_three_sign_while_one_is_absent() {
    sign_without_the_others(3, 2);
}

#[test]
fn three_of_five_sign_while_two_are_absent() {
    sign_without_the_others(5, 3);
}

fn sign_without_the_others(members: usize, threshold: usize) {
    let mut zone = Zone::prepare(&Plan {
        members,
        threshold,
        rules: &[("absence_after_s", ABSENCE_AFTER_S)],
        ..Plan::default()
    });
    zone.start_all();
    zone.wait("the ceremony", || zone.view()?.zone.key);
    let gone = zone.members[threshold..].to_vec();
    gone.iter().for_each(|member| zone.kill(member));

    let absent = |zone: &Zone| -> Option<Vec<String>> {
        let members = zone.view()?.members.into_iter();
        let absent = members.filter(|member| !member.present);
        Some(absent.map(|member| member.name).collect())
    };
    zone.wait("an absence act that names who is gone", || {
        (absent(&zone)? == gone).then_some(())
    });
    let first = zone.wait_for_edition(1);
    zone.wait_until_served(first.serial);
    zone.change_and_serve("harbour", "second");
    let view = zone.view().unwrap();
    assert_eq!(view.editions.len(), 2);
    assert_eq!(absent(&zone).unwrap(), gone);
    // Two thirds of those present, and never fewer than sign.
    assert_eq!(view.ledger.quorum as usize, threshold);

    // Who comes back is present again with its next cosignature.
    zone.start(gone[0]);
    zone.wait("the end of an absence", || {
        (absent(&zone)? == gone[1..]).then_some(())
    });
    zone.change_and_serve("harbour", "third");
    zone.audit().done();
    zone.nobody_panicked();
}
