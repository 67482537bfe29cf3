//! Evidence for the guard: who is asked what, and what is kept of it.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::check::Subject;
use comity_core::guard::{Side, Sighting, Wanted, Witness};
use comity_core::zone::Rtype;
use comity_mirror::delegation::Settings;
use comity_mirror::evidence::gather;
use tokio::runtime::Runtime;

use crate::daemons;
use crate::network::{FIRST, Network, SECOND, SHORT, ZONE, ip, name, subject};

/// An address at which nobody answers.
const SILENT: &str = "198.97.190.53";
const TYPES: [Rtype; 5] = [
    Rtype::SOA,
    Rtype::DNSKEY,
    Rtype::NS,
    Rtype::CDS,
    Rtype::CDNSKEY,
];

/// The delegation, whose second server goes to a host elsewhere.
fn moved() -> Subject {
    Subject {
        ns: [name("ns1.isle."), name("ns.far.")].into(),
        glue: BTreeMap::from([(name("ns1.isle."), [ip(FIRST)].into())]),
        ..subject()
    }
}

fn of<'a>(sightings: &'a [Sighting], witness: &Witness) -> Vec<&'a Sighting> {
    let sightings = sightings.iter();
    sightings.filter(|it| it.witness == *witness).collect()
}

#[test]
fn every_place_is_asked_all_but_one_that_is_silent() {
    let Some(mut network) = Network::start(ZONE, ZONE) else {
        return;
    };
    network.lead(SILENT, daemons::free(daemons::own_ip(3)));
    let resolver = network.target(SECOND);
    let mut settings = Settings {
        timeout: SHORT,
        tries: 1,
        resolvers: vec![resolver],
        ..network.settings.clone()
    };
    let host = (name("ns.far."), BTreeSet::from([ip(SILENT)]));
    settings.addresses.extend([host]);
    let mut old = network.subject.clone();
    old.glue.insert(name("ns2.isle."), [ip(SECOND)].into());
    let wanted = Wanted {
        name: name("isle."),
        old: Some(old),
        new: Some(moved()),
    };
    let runtime = Runtime::new().unwrap();
    let evidence = runtime.block_on(gather(&[wanted], &settings));
    let sightings = &evidence.names[&name("isle.")].sightings;

    let server = |host: &str, address: &str, side| Witness::Server {
        name: name(host),
        address: ip(address),
        side,
    };
    let answering = [
        server("ns1.isle.", FIRST, Side::Both),
        server("ns2.isle.", SECOND, Side::Old),
        Witness::Resolver(resolver),
    ];
    for witness in &answering {
        let seen = of(sightings, witness);
        let types: Vec<Rtype> = seen.iter().map(|it| it.rtype).collect();
        assert_eq!(types, TYPES, "{witness}");
        for sighting in seen {
            let answer = sighting.good();
            let answer = answer.unwrap_or_else(|| panic!("{sighting:#?}"));
            let count = match sighting.rtype {
                Rtype::SOA => 1,
                Rtype::NS => 2,
                _ => 0,
            };
            let data = answer.data(&name("isle."), sighting.rtype);
            assert_eq!(data.len(), count, "{sighting:#?}");
        }
    }
    let silent = of(sightings, &server("ns.far.", SILENT, Side::New));
    let [only] = silent[..] else {
        panic!("{silent:#?}");
    };
    assert!(only.outcome.is_err() && only.rtype == Rtype::SOA);
    assert_eq!(sightings.len(), 3 * TYPES.len() + 1);
}

#[test]
fn nobody_is_asked_about_nothing() {
    let runtime = Runtime::new().unwrap();
    let evidence = runtime.block_on(gather(&[], &Settings::new(Vec::new())));
    assert_eq!(evidence, Default::default());
}
