//! Checks at proposal, before the decision and before signing: a name's chain
//! of trust is broken, its holder withdraws the DS set, and the members that
//! found it broken spare it the wait.

use crate::support::daemons::Daemon;
use crate::support::judge;
use crate::support::zone::{Plan, Zone};
use crate::support::{PATIENCE, look};

/// The zone of the name, unsigned although the root says that it is not.
const CHILD: &str = "\
atoll. 3600 IN SOA a.nic.atoll. hostmaster.atoll. 1 1800 900 604800 300
atoll. 3600 IN NS a.nic.atoll.
a.nic.atoll. 3600 IN A 192.0.2.3
";

#[test]
fn members_that_found_a_chain_broken_spare_its_holder_the_wait() {
    let Some([nsd]) = judge::programs(["nsd"]) else {
        return;
    };
    let child = Daemon::nsd_of(&nsd, "atoll.", CHILD);
    let ready = || std::net::TcpStream::connect(child.address).ok();
    look(PATIENCE, ready).unwrap();
    let reach = format!("192.0.2.3={}", child.address);
    let resolver = child.address.to_string();
    let asking = [
        "--resolver",
        &resolver,
        "--reach",
        &reach,
        "--timeout-ms",
        "500",
    ];
    let member = [&["--checks"], &asking[..]].concat();
    let zone = Zone::serve(&Plan {
        delay: "72h",
        member: &member,
        ..Plan::default()
    });
    zone.wait_for_edition(1);

    // A check fails, since the name has one name server: nothing is filed
    // before its holder has read that.
    let withdraw = ["propose", "--remove", "atoll. DS", "--reason", "Rescue"];
    let withdraw = [&withdraw[..], &asking].concat();
    let proposed = zone.act("atoll", &withdraw);
    let (rule, said) = proposed.refused();
    assert!(
        rule == "checks" && said.contains("--despite-findings"),
        "{said}"
    );
    assert!(zone.view().unwrap().proposals.is_empty());

    let proposed = zone.act("atoll", &[&withdraw[..], &["--despite-findings"]].concat());
    let proposed = proposed.done();
    assert!(proposed["findings"].is_u64(), "{proposed}");
    let id = proposed["id"].as_str().unwrap();
    zone.act("atoll", &["consent", id]).done();
    let edition = zone.wait_for_edition(2);
    assert_eq!(edition.changes[0].rtype, "DS");

    let proposals = zone.view().unwrap().proposals;
    let found = &proposals[0].findings;
    let at = |stage: &str| found.iter().filter(|it| it.stage == stage).count();
    let broken = found.iter().filter(|it| it.broken == ["atoll."]).count();
    assert_eq!(at("proposal"), 1, "{found:?}");
    assert!(at("decision") >= 2 && at("signing") >= 2, "{found:?}");
    assert!(broken >= 3, "{found:?}");
    // Whoever looks later attaches what it sees as well.
    let later = zone.act("alba", &[&["findings", id], &asking[..]].concat());
    assert_eq!(later.refused().0, "findings-late");
    assert!(
        zone.audit().done()["violations"]
            .as_array()
            .is_none_or(Vec::is_empty)
    );
    zone.nobody_panicked();
}
