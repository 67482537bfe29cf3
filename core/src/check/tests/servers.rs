//! Faults of name servers: checks 3, 4, 7, 8, 11 and 12.

use super::world::{Table, World, answer, asks, check, records_become, silent};
use crate::check::observation::{Observation, Silence, Transport};
use crate::check::{Check, Verdict};
use crate::zone::Rtype;

const FIRST: &str = "193.0.14.129";

fn by(transport: Transport, edns: bool) -> impl Fn(&Observation) -> bool {
    move |it| it.transport == transport && it.edns == edns
}

fn asks_for_the_zone(it: &Observation) -> bool {
    !it.question.recursion_desired
}

/// What the first server says when somebody desires recursion.
fn recursion(change: fn(&mut Observation)) -> World {
    World::sound().at(FIRST, move |observation| {
        if observation.question.recursion_desired {
            answer(observation).recursion_available = true;
            change(observation);
        }
    })
}

pub(super) const TABLE: Table<'_> = &[
    (
        "nobody answers",
        || World::sound().each(silent(Silence::Timeout, |_| true)),
        &[
            "nobody-answers",
            "silent-udp",
            "silent-tcp",
            "silent-to-question",
            "unconfirmed-glue",
        ],
    ),
    (
        "no UDP",
        || {
            let soa = |it: &Observation| it.question.rtype == Rtype::SOA;
            World::sound().at(
                FIRST,
                silent(Silence::Timeout, move |it| {
                    soa(it) && it.transport == Transport::Udp
                }),
            )
        },
        &["silent-udp"],
    ),
    (
        "no TCP",
        || {
            let change = silent(Silence::Connection, by(Transport::Tcp, true));
            World::sound().at(FIRST, change)
        },
        &["silent-tcp"],
    ),
    (
        "no EDNS",
        || {
            World::sound().at(
                FIRST,
                silent(Silence::Timeout, |it| {
                    by(Transport::Udp, true)(it) && asks(Rtype::SOA)(it)
                }),
            )
        },
        &["silent-to-edns"],
    ),
    (
        "no answer for keys",
        || World::sound().at(FIRST, silent(Silence::Timeout, asks(Rtype::DNSKEY))),
        &["silent-to-question"],
    ),
    (
        "nonsense",
        || {
            let change = silent(Silence::Malformed, by(Transport::Udp, false));
            World::sound().at(FIRST, change)
        },
        &["bad-answer"],
    ),
    (
        "no way from here",
        || {
            World::sound().at(
                "2001:500:2f::f",
                silent(Silence::NoWay, |it| it.question.rtype == Rtype::SOA),
            )
        },
        &["no-way-from-here"],
    ),
    (
        "refused",
        || {
            World::sound().at(FIRST, |it| {
                answer(it).rcode = 5;
                answer(it).authoritative = false;
                answer(it).records.clear();
            })
        },
        &["lame"],
    ),
    (
        "no AA bit",
        || World::sound().at(FIRST, |it| answer(it).authoritative = false),
        &["not-authoritative"],
    ),
    (
        "no SOA record",
        || World::sound().at(FIRST, records_become(Rtype::SOA, "")),
        &["no-apex"],
    ),
    (
        "a name server less in the zone",
        || World::sound().each(records_become(Rtype::NS, "isle. 3600 NS ns1.isle.")),
        &["missing-in-zone"],
    ),
    (
        "a name server more in the zone",
        || {
            World::sound().each(records_become(
                Rtype::NS,
                "isle. 3600 NS ns1.isle.
                 isle. 3600 NS ns2.harbour.
                 isle. 3600 NS ns3.harbour.",
            ))
        },
        &["missing-in-delegation"],
    ),
    (
        "another NS set at one server",
        || World::sound().at(FIRST, records_become(Rtype::NS, "isle. 3600 NS ns1.isle.")),
        &["missing-in-zone", "ns-differs"],
    ),
    (
        "another serial at one server",
        || {
            let soa = "isle. 3600 SOA ns1.isle. admin.isle. 6 1800 900 604800 300";
            World::sound().at(FIRST, records_become(Rtype::SOA, soa))
        },
        &["serials-differ"],
    ),
    (
        "another SOA at one server",
        || {
            let soa = "isle. 3600 SOA ns1.isle. admin.isle. 7 1800 900 604800 301";
            World::sound().at(FIRST, records_become(Rtype::SOA, soa))
        },
        &["soa-differs"],
    ),
    (
        "another key at one server",
        || {
            let key = "isle. 3600 DNSKEY 257 3 15 AAAA";
            World::sound().at(FIRST, records_become(Rtype::DNSKEY, key))
        },
        &["keys-differ", "no-ds"],
    ),
    (
        "other names for everybody",
        || {
            recursion(|it| {
                answer(it).rcode = 0;
                let address = crate::zone::samples::record("www.iana.org. 60 A 192.0.46.8");
                answer(it).records.push(address);
            })
        },
        &["open-recursion"],
    ),
    (
        "no such name for everybody",
        || recursion(|it| answer(it).rcode = 3),
        &["open-recursion"],
    ),
    (
        "recursion offered",
        || recursion(|_| {}),
        &["recursion-offered"],
    ),
    (
        "a referral",
        || recursion(|it| answer(it).recursion_available = false),
        &[],
    ),
    (
        "answers from elsewhere",
        || {
            World::sound().at(FIRST, |it| {
                if it.transport == Transport::Udp {
                    answer(it).elsewhere = Some("193.0.14.1:53".parse().unwrap());
                }
            })
        },
        &["other-source"],
    ),
];

#[test]
fn faults_of_name_servers_are_found() {
    check(TABLE);
}

#[test]
fn a_finding_names_server_address_way_time_and_record() {
    let change = silent(Silence::Connection, by(Transport::Tcp, true));
    let report = World::sound().at(FIRST, change).report();
    let finding = report.checks[2].findings.first().unwrap();
    assert_eq!(
        serde_json::to_string(finding).unwrap(),
        concat!(
            r#"{"check":"reachability","fault":"silent-tcp","severity":"error","#,
            r#""server":"ns1.isle.","address":"193.0.14.129","transport":"tcp","#,
            r#""time":1800000000,"record":"isle. SOA","#,
            r#""text":"ns1.isle. at 193.0.14.129 does not answer the question for isle. SOA "#,
            r#"over TCP: the connection was refused or broke."}"#
        )
    );
}

#[test]
fn what_nobody_answered_has_not_passed() {
    let report = World::sound()
        .each(silent(Silence::Timeout, asks_for_the_zone))
        .report();
    for check in [
        Check::Authority,
        Check::ZoneConsistency,
        Check::ServerConsistency,
    ] {
        let judged = report.checks.iter().find(|it| it.check == check).unwrap();
        assert_eq!(judged.verdict, Verdict::NotJudged, "{check}");
    }
    assert_eq!(report.verdict(), Verdict::Failed);
}

#[test]
fn the_order_of_observations_does_not_matter() {
    let mut world = World::sound().at(FIRST, |it| answer(it).authoritative = false);
    let report = world.report();
    world.observed.answers.reverse();
    world.observed.lookups.reverse();
    assert_eq!(world.report(), report);
}
