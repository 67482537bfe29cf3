//! Faults of the delegation itself: checks 1, 2, 5, 6, 9 and 10.

use super::world::{Table, World, check, ip, records_become};
use crate::check::observation::{LookupFailure, Silence};
use crate::check::{AsnTable, Subject, Verdict};
use crate::zone::samples::{self, name};
use crate::zone::{Name, Rtype};

/// The world after a change of the delegation.
fn with(change: impl Fn(&mut Subject)) -> World {
    let mut world = World::sound();
    change(&mut world.subject);
    world
}

/// The world in which these are the origins of networks.
fn announced(table: &str) -> World {
    World {
        asn: Some(AsnTable::read(table).unwrap()),
        ..World::sound()
    }
}

/// The delegation in which the other server has this address alone.
fn second_at(address: &str) -> World {
    let mut world = World::sound();
    let host = name("ns2.harbour.");
    world
        .subject
        .glue
        .insert(host.clone(), [ip(address)].into());
    world.observed.lookups.retain(|it| it.rtype == Rtype::A);
    for lookup in &mut world.observed.lookups {
        lookup.outcome.as_mut().unwrap().addresses = [ip(address)].into();
    }
    world.observed.answers.retain_mut(|it| {
        if it.address == ip("199.7.83.42") {
            it.address = ip(address);
        }
        it.address != ip("2001:500:9f::42")
    });
    world
}

pub(super) const TABLE: Table<'_> = &[
    ("nothing", World::sound, &[]),
    (
        "one name server",
        || with(|it| it.ns = [name("ns1.isle.")].into()),
        &[
            "too-few-name-servers",
            "one-network",
            "stray-glue",
            "missing-in-delegation",
        ],
    ),
    (
        "two with one address",
        || second_at("193.0.14.129"),
        &["shared-address", "one-network"],
    ),
    (
        "a name with an underscore",
        || renamed("ns_2.harbour."),
        &["bad-host-name", "missing-in-zone", "missing-in-delegation"],
    ),
    (
        "a name that ends in a number",
        || renamed("ns2.7."),
        &["bad-host-name", "missing-in-zone", "missing-in-delegation"],
    ),
    (
        "a name that ends in a hyphen",
        || renamed("ns2-.harbour."),
        &["bad-host-name", "missing-in-zone", "missing-in-delegation"],
    ),
    (
        "the root as a name server",
        || renamed("."),
        &["bad-host-name", "missing-in-zone", "missing-in-delegation"],
    ),
    ("an alias by the resolver", alias_elsewhere, &["alias-name"]),
    (
        "an alias in the zone",
        || {
            let alias = "ns1.isle. 3600 CNAME ns9.isle.";
            World::sound().each(records_become(Rtype::AAAA, alias))
        },
        &["alias-name", "glue-mismatch"],
    ),
    (
        "addresses with one prefix",
        || second_at("193.0.14.1"),
        &["one-network"],
    ),
    (
        "one origin",
        || announced("193.0.0.0/8 1\n199.0.0.0/8 1\n2001::/16 1"),
        &["one-network"],
    ),
    (
        "one origin in one family",
        || announced("193.0.0.0/8 1\n199.0.0.0/8 1\n2001:500:2f::/48 1\n2001:500:9f::/48 2"),
        &["one-network-in-family"],
    ),
    (
        "two origins",
        || announced("193.0.0.0/8 1\n199.0.0.0/8 2\n2001:500:2f::/48 1\n2001:500:9f::/48 2"),
        &[],
    ),
    (
        "an origin that is not known",
        || announced("193.0.0.0/8 1\n2001::/16 1"),
        &["one-network-in-family", "unlisted-address"],
    ),
    (
        "no glue",
        || with(|it| it.glue.retain(|host, _| *host != name("ns1.isle."))),
        &["no-address", "one-network", "missing-glue"],
    ),
    (
        "another address as glue",
        || {
            with(|it| {
                it.glue
                    .insert(name("ns1.isle."), [ip("193.0.14.130")].into());
            })
        },
        &["glue-mismatch"],
    ),
    (
        "another address as glue of a host elsewhere",
        || {
            with(|it| {
                it.glue
                    .insert(name("ns2.harbour."), [ip("199.7.83.43")].into());
            })
        },
        &["glue-mismatch"],
    ),
    (
        "glue without the address of one kind",
        || {
            with(|it| {
                it.glue
                    .insert(name("ns1.isle."), [ip("193.0.14.129")].into());
            })
        },
        &["glue-mismatch"],
    ),
    (
        "glue that nobody confirms",
        || {
            let mut world = World::sound();
            for lookup in &mut world.observed.lookups {
                lookup.outcome = Err(LookupFailure::Rcode(2));
            }
            world
        },
        &["unconfirmed-glue"],
    ),
    (
        "glue of no name server",
        || {
            with(|it| {
                it.glue
                    .insert(name("ns3.isle."), [ip("193.0.14.131")].into());
            })
        },
        &["stray-glue"],
    ),
    (
        "a name server without an address",
        || without_addresses(None),
        &["no-address"],
    ),
    (
        "a name server that cannot be looked up",
        || without_addresses(Some(LookupFailure::Silence(Silence::Timeout))),
        &["lookup-failed"],
    ),
    (
        "more addresses than are asked",
        || {
            let mut world = World::sound();
            let place = (name("ns2.harbour."), ip("199.7.83.42"));
            world.observed.not_asked.insert(place);
            world
        },
        &["not-asked"],
    ),
    (
        "a private address",
        || second_at("10.1.2.3"),
        &["prohibited-address"],
    ),
    ("too many names", long_names, &["referral-too-large"]),
];

/// The other name server has another name, in the delegation alone.
fn renamed(text: &str) -> World {
    let (old, new) = (name("ns2.harbour."), name(text));
    let mut world = World::sound();
    let subject = &mut world.subject;
    subject.ns = [name("ns1.isle."), new.clone()].into();
    let glue = subject.glue.remove(&old).unwrap();
    subject.glue.insert(new.clone(), glue);
    for lookup in &mut world.observed.lookups {
        lookup.host = new.clone();
    }
    for observation in &mut world.observed.answers {
        if observation.server == old {
            observation.server = new.clone();
        }
    }
    world
}

fn alias_elsewhere() -> World {
    let mut world = World::sound();
    for lookup in &mut world.observed.lookups {
        lookup.outcome.as_mut().unwrap().is_alias = true;
    }
    world
}

fn without_addresses(failure: Option<LookupFailure>) -> World {
    let mut world = World::sound();
    let host = name("ns2.harbour.");
    world.subject.glue.remove(&host);
    for lookup in &mut world.observed.lookups {
        match failure {
            Some(failure) => lookup.outcome = Err(failure),
            None => lookup.outcome = Ok(Default::default()),
        }
    }
    world.observed.answers.retain(|it| it.server != host);
    // One server is left, with one address of each kind.
    world.asn = Some(AsnTable::read("193.0.0.0/8 1\n2001::/16 2").unwrap());
    world
}

/// Thirteen name servers whose names have little in common.
fn long_names() -> World {
    let mut world = World::sound();
    let hosts = (b'a'..=b'm').map(|letter| {
        let letter = char::from(letter);
        name(&alloc::format!("ns.{letter}-name-server.{letter}-network."))
    });
    let hosts: alloc::collections::BTreeSet<Name> = hosts.collect();
    let all = world
        .subject
        .ns
        .iter()
        .cloned()
        .chain(hosts.clone())
        .collect();
    world.subject.ns = all;
    let zone: alloc::vec::Vec<_> = world.subject.ns.iter().cloned().collect();
    for observation in &mut world.observed.answers {
        if observation.question.rtype == Rtype::NS {
            let records = zone
                .iter()
                .map(|host| samples::record(&alloc::format!("isle. 3600 NS {host}")));
            super::world::answer(observation).records = records.collect();
        }
    }
    for (number, host) in (1_u8..).zip(&hosts) {
        let address = ip(&alloc::format!("198.41.{number}.4"));
        let mut lookup = world.observed.lookups[0].clone();
        lookup.host = host.clone();
        lookup.outcome.as_mut().unwrap().addresses = [address].into();
        world.observed.lookups.push(lookup);
    }
    world
}

#[test]
fn faults_of_the_delegation_are_found() {
    check(TABLE);
}

#[test]
fn the_root_has_no_referral() {
    let mut world = World::sound();
    world.subject.name = Name::root();
    let report = world.report();
    assert_eq!(report.checks[8].verdict, Verdict::NotApplicable);
}
