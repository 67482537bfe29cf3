//! The delegation as its parent has it, and hosts elsewhere, by way of
//! Unbound, which asks NSD.

use std::collections::BTreeSet;

use comity_core::check::Subject;
use comity_mirror::delegation::{PresentError, Settings, present};
use tokio::runtime::Runtime;

use crate::daemons::{self, Daemon};
use crate::network::{faults, ip, name, report, settings};

/// The parent: its own name server is at an address that leads to NSD.
const SEA: &str = "\
$ORIGIN sea.
@ 3600 IN SOA ns admin 1 1800 900 604800 300
@ 3600 IN NS ns
ns 3600 IN A 198.97.190.53
isle 3600 IN NS ns1.isle
isle 3600 IN NS ns.harbour.
isle 3600 IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns1.isle 3600 IN A 193.0.14.129
";

const ISLE: &str = "\
$ORIGIN isle.sea.
@ 3600 IN SOA ns1 admin 7 1800 900 604800 300
@ 3600 IN NS ns1
@ 3600 IN NS ns.harbour.
ns1 3600 IN A 193.0.14.129
";

const HARBOUR: &str = "\
$ORIGIN harbour.
@ 3600 IN SOA ns admin 1 1800 900 604800 300
@ 3600 IN NS ns
ns 3600 IN A 199.7.83.42
alias 3600 IN CNAME ns
";

struct Resolving {
    settings: Settings,
    _servers: [Daemon; 3],
}

impl Resolving {
    fn start() -> Option<Self> {
        let zones = [("sea.", SEA), ("isle.sea.", ISLE), ("harbour.", HARBOUR)];
        let parent = daemons::nsd(1, &zones[..1])?;
        let child = daemons::nsd(2, &zones[1..])?;
        let clauses = [
            ("sea.", &parent),
            ("isle.sea.", &child),
            ("harbour.", &child),
        ];
        let clauses = clauses.map(|(name, at)| {
            let (ip, port) = (at.address().ip(), at.address().port());
            format!("stub-zone:\n name: {name}\n stub-addr: {ip}@{port}\n")
        });
        let refuse = "server:\n local-zone: \"nowhere.\" refuse\n".to_owned();
        let unbound = daemons::unbound(3, &(clauses.concat() + &refuse))?;
        let mut settings = settings(vec![unbound.address()]);
        for (address, server) in [
            ("198.97.190.53", &parent),
            ("193.0.14.129", &child),
            ("199.7.83.42", &child),
        ] {
            settings.reach.insert(ip(address), server.address());
        }
        Some(Self {
            settings,
            _servers: [parent, child, unbound],
        })
    }

    fn present(&self, text: &str) -> Result<Subject, PresentError> {
        let runtime = Runtime::new().unwrap();
        runtime.block_on(present(&name(text), &self.settings))
    }
}

#[test]
fn the_parents_delegation_is_found_and_checked() {
    let Some(resolving) = Resolving::start() else {
        return;
    };
    let mut subject = resolving.present("isle.sea.").unwrap();
    assert_eq!(subject.parent, name("sea."));
    assert_eq!(
        subject.ns,
        BTreeSet::from([name("ns1.isle.sea."), name("ns.harbour.")])
    );
    assert_eq!(
        subject.glue.into_iter().collect::<Vec<_>>(),
        [(name("ns1.isle.sea."), [ip("193.0.14.129")].into())]
    );
    assert_eq!(subject.ds.len(), 1);
    subject = resolving.present("isle.sea.").unwrap();
    subject.ds.clear();
    let found = faults(&report(&subject, &resolving.settings));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_name_that_is_not_delegated_is_none() {
    let Some(resolving) = Resolving::start() else {
        return;
    };
    for text in ["ns.sea.", "other.sea."] {
        let expected = PresentError::NotDelegated {
            name: name(text),
            parent: name("sea."),
        };
        assert_eq!(resolving.present(text), Err(expected));
    }
    assert_eq!(resolving.present("."), Err(PresentError::Root));
    let failed = resolving.present("isle.nowhere.");
    assert!(
        matches!(failed, Err(PresentError::Resolver { .. })),
        "{failed:?}"
    );
}

#[test]
fn faults_of_hosts_elsewhere_are_found() {
    let Some(resolving) = Resolving::start() else {
        return;
    };
    let mut subject = resolving.present("isle.sea.").unwrap();
    subject.ds.clear();
    let table: [(&str, &[&str]); 3] = [
        ("alias.harbour.", &["alias-name"]),
        ("nobody.harbour.", &["no-address", "one-network"]),
        ("ns.nowhere.", &["lookup-failed", "one-network"]),
    ];
    for (host, expected) in table {
        let mut subject = subject.clone();
        subject.ns.remove(&name("ns.harbour."));
        subject.ns.insert(name(host));
        let mut found = faults(&report(&subject, &resolving.settings));
        found.retain(|it| !it.starts_with("missing-in-"));
        assert_eq!(found, expected, "{host}");
    }
}

#[test]
fn glue_of_a_host_elsewhere_is_compared() {
    let Some(mut resolving) = Resolving::start() else {
        return;
    };
    let mut subject = resolving.present("isle.sea.").unwrap();
    subject.ds.clear();
    let child = resolving.settings.reach[&ip("199.7.83.42")];
    resolving.settings.reach.insert(ip("199.7.83.43"), child);
    let glue = [ip("199.7.83.43")].into();
    subject.glue.insert(name("ns.harbour."), glue);
    let found = faults(&report(&subject, &resolving.settings));
    assert_eq!(found, ["glue-mismatch"]);
}
