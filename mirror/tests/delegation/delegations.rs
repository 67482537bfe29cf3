//! Sound name servers, and faults in what the parent says of them.

use comity_core::check::{AsnTable, Check, Subject, Verdict};

use crate::network::{FIRST, Network, THIRD, ZONE, ip, name, subject};

/// What is changed in the delegation, and what is found.
type Row<'a> = (&'a str, fn(&mut Subject), &'a [&'a str]);

const TABLE: &[Row<'_>] = &[
    ("nothing", |_| {}, &[]),
    (
        "one name server",
        |it| {
            it.ns.remove(&name("ns2.isle."));
            it.glue.remove(&name("ns2.isle."));
        },
        &[
            "too-few-name-servers",
            "one-network",
            "missing-in-delegation at 193.0.14.129",
        ],
    ),
    (
        "one address for both",
        |it| {
            it.glue
                .insert(name("ns2.isle."), [ip("193.0.14.129")].into());
        },
        &[
            "shared-address at 193.0.14.129",
            "one-network",
            "glue-mismatch at 193.0.14.129",
        ],
    ),
    (
        "a name server that is no host",
        |it| {
            it.ns.insert(name("ns_3.isle."));
            it.glue
                .insert(name("ns_3.isle."), [ip("192.33.4.12")].into());
        },
        &[
            "bad-host-name",
            "glue-mismatch at 193.0.14.129",
            "glue-mismatch at 199.7.83.42",
            "glue-mismatch at 192.33.4.12",
            "missing-in-zone at 193.0.14.129",
            "missing-in-zone at 199.7.83.42",
            "missing-in-zone at 192.33.4.12",
        ],
    ),
    (
        "both addresses of one prefix",
        |it| {
            it.glue
                .insert(name("ns2.isle."), [ip("193.0.14.130")].into());
        },
        &[
            "one-network",
            "glue-mismatch at 193.0.14.129",
            "glue-mismatch at 193.0.14.130",
        ],
    ),
    (
        "glue forgotten",
        |it| {
            it.glue.remove(&name("ns2.isle."));
        },
        &["lookup-failed", "one-network", "missing-glue"],
    ),
    (
        "another address as glue",
        |it| {
            it.glue
                .insert(name("ns1.isle."), [ip("193.0.14.130")].into());
        },
        &[
            "glue-mismatch at 193.0.14.130",
            "glue-mismatch at 199.7.83.42",
        ],
    ),
    (
        "glue for nobody",
        |it| {
            it.glue
                .insert(name("ns3.isle."), [ip("192.33.4.12")].into());
        },
        &["stray-glue"],
    ),
    (
        "a documentation address",
        |it| {
            it.glue.insert(name("ns1.isle."), [ip("192.0.2.1")].into());
        },
        &[
            "glue-mismatch at 192.0.2.1",
            "glue-mismatch at 199.7.83.42",
            "prohibited-address at 192.0.2.1",
        ],
    ),
];

#[test]
fn faults_of_the_delegation_are_found() {
    let zone = ZONE.replace("ns2 3600 IN AAAA 2001:500:9f::42\n", "");
    let Some(mut network) = Network::start(&zone, &zone) else {
        return;
    };
    // Where any other address of the table leads.
    let first = network.target(FIRST);
    for address in ["193.0.14.130", "192.33.4.12", "192.0.2.1"] {
        network.lead(address, first);
    }
    for (what, change, expected) in TABLE {
        network.subject = subject();
        for glue in network.subject.glue.values_mut() {
            glue.remove(&ip(THIRD));
        }
        change(&mut network.subject);
        assert_eq!(network.faults(), *expected, "{what}");
    }
}

#[test]
fn a_sound_delegation_passes_with_origins_and_without() {
    let Some(mut network) = Network::sound() else {
        return;
    };
    let report = network.report();
    let verdicts = report.checks.iter().map(|it| (it.check, it.verdict));
    for (check, verdict) in verdicts {
        let expected = if check < Check::DsFormat {
            Verdict::Passed
        } else {
            Verdict::NotApplicable
        };
        assert_eq!(verdict, expected, "{check}");
    }
    assert_eq!(report.verdict(), Verdict::Passed);
    let codes: Vec<_> = report.findings().map(|it| it.fault.code()).collect();
    assert_eq!(codes, ["no-asn-table"]);
    let table = "193.0.14.0/24 1\n199.7.83.0/24 2\n2001:500:9f::/48 2";
    network.settings.asn = Some(AsnTable::read(table).unwrap());
    assert_eq!(network.report().findings().count(), 0);
    let table = "193.0.14.0/24 1\n199.7.83.0/24 1\n2001:500:9f::/48 1";
    network.settings.asn = Some(AsnTable::read(table).unwrap());
    assert_eq!(network.faults(), ["one-network"]);
}
