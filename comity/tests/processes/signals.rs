//! Ctrl-C and SIGTERM end every party at once and cleanly.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};
use crate::support::{PATIENCE, dns};

/// The longest that an end may take.
const END: Duration = Duration::from_secs(2);

#[test]
fn a_member_runs_once() {
    let zone = Zone::serve(&Plan::default());
    let home = zone.workshop.text(zone.members[0]);
    let ran = zone.workshop.run(&["member", "run", "--dir", &home]);
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(
        ran.stdout.contains("another process is at work"),
        "{ran:#?}"
    );
    zone.nobody_panicked();
}

#[test]
fn signals_end_every_party_cleanly() {
    let mut zone = Zone::serve(&Plan::default());
    let serial = dns::serial(zone.dns()).unwrap();
    for signal in [Signal::TERM, Signal::INT] {
        for party in [MIRROR, zone.members[0], SECRETARIAT] {
            let asked = Instant::now();
            zone.process(party).signal(signal);
            let status = zone.process(party).wait(PATIENCE).unwrap();
            let took = asked.elapsed();
            assert_eq!(status.code(), Some(0), "{party}: {}", zone.log(party));
            assert!(took <= END, "{party} took {took:?} to end");
            zone.start(party);
        }
        zone.wait_until_served(serial);
    }
    // A member waits for tasks most of the time; one without a secretariat
    // waits for that.
    zone.stop(SECRETARIAT);
    let asked = Instant::now();
    assert_eq!(zone.stop(zone.members[1]).code(), Some(0));
    assert!(asked.elapsed() <= END);
    zone.nobody_panicked();
}
