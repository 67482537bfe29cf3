//! Who runs which server, as far as can be told.

use std::string::String;
use std::vec::Vec;

use super::{World, alone, exposed, operators, report, zone};
use crate::exposure::{OperatorTable, Report};
use crate::zone::Contents;

const HOSTS: &str = "
    pch.nic.aa. A 11.0.0.7
    a.pch.net. A 11.0.0.1
    b.pch.net. A 11.0.9.1
    x.far.org. A 11.0.0.2
    n.nic.dd. A 12.0.0.1
    n.nic.ee. A 12.0.0.2
    n.nic.ee. AAAA 2a00:1:2::1
    n.nic.ff. AAAA 2a00:1:2:3::1
    n.nic.gg. A 10.0.0.1
    n.nic.hh. A 10.0.0.1
    a.nic.pp. A 13.0.0.1
    a.nic.qq. A 13.0.0.2
    b.nic.pp. A 13.0.1.1
    b.nic.qq. A 13.0.1.2
";

/// Names, their servers, and who runs those.
const TABLE: &[(&str, &[&str], &str)] = &[
    // Its own name does not tell, its network does: most there are of pch.net.
    ("aa.", &["pch.nic.aa."], "operator:pch.net."),
    ("bb.", &["a.pch.net."], "operator:pch.net."),
    (
        "cc.",
        &["x.far.org.", "b.pch.net."],
        "operator:far.org.; operator:pch.net.",
    ),
    // Three names' own servers in networks that they share in turn.
    ("dd.", &["n.nic.dd."], "network:12.0.0.0/24"),
    ("ee.", &["n.nic.ee."], "network:12.0.0.0/24"),
    ("ff.", &["n.nic.ff."], "network:12.0.0.0/24"),
    // Servers of the very same names in each of two networks.
    ("pp.", &["a.nic.pp.", "b.nic.pp."], "network:13.0.0.0/24"),
    ("qq.", &["a.nic.qq.", "b.nic.qq."], "network:13.0.0.0/24"),
    // Two names use the same private network, each its own.
    ("gg.", &["n.nic.gg."], "own:gg."),
    ("hh.", &["n.nic.hh."], "own:hh."),
    // Below some names of countries domains have three labels.
    (
        "ii.",
        &["a.ns.co.jj.", "b.as.co.jj."],
        "operator:as.co.jj.; operator:ns.co.jj.",
    ),
    // Domains of one operator, since they serve one name together.
    (
        "kk.",
        &["a.ultra.com.", "b.ultra.org."],
        "operator:ultra.com.",
    ),
    // Also where one of them has servers of the name above it alone.
    (
        "biz.",
        &["a.ultra.biz.", "b.ultra.org."],
        "operator:ultra.com.",
    ),
    // Alike, but names have domains of this label for themselves.
    (
        "rr.",
        &["a.nic.mm.", "b.nic.oo."],
        "operator:nic.mm.; operator:nic.oo.",
    ),
    // Alike, but they serve no name together.
    ("ll.", &["a.dns.mm."], "operator:dns.mm."),
    ("nn.", &["a.dns.oo."], "operator:dns.oo."),
];

/// The root of the table.
fn root() -> Contents {
    let delegations = TABLE.iter().flat_map(|(name, servers, _)| {
        let servers = servers.iter();
        servers.map(move |server| std::format!("{name} NS {server}\n"))
    });
    let tops = ["jj.", "mm.", "oo."].map(|top| std::format!("{top} NS ns.nic.{top}\n"));
    let lines: String = delegations.chain(tops).collect();
    zone(".", &(lines + HOSTS))
}

fn all(report: &Report, name: &str) -> String {
    let operators: Vec<_> = operators(report, name).into_iter().collect();
    operators.join("; ")
}

#[test]
fn operators_are_told_by_names_then_by_networks() {
    let report = report(&root());
    for (name, _, said) in TABLE {
        assert_eq!(all(&report, name), *said, "{name}");
    }
}

#[test]
fn what_people_say_counts_first_and_for_the_neighbours_too() {
    let zone = root();
    let mut world = World::of(&[&zone]);
    world.operators = OperatorTable::read("pch.net,PCH\nn.nic.ff,Somebody\n").unwrap();
    let [report] = world.survey([&zone]);
    for (name, said) in [
        ("aa.", "operator:PCH"),
        ("ff.", "operator:Somebody"),
        ("ee.", "operator:Somebody"),
        ("dd.", "own:dd."),
    ] {
        assert_eq!(all(&report, name), said, "{name}");
    }
}

#[test]
fn in_other_zones_domains_end_at_the_zones_own_cuts() {
    let report = report(&zone(
        "co.example.",
        "
        a.co.example. NS ns.b.co.example.
        b.co.example. NS ns.b.co.example.
        c.co.example. NS ns.co.example.
        c.co.example. NS other.co.example.
        d.co.example. NS ns.far.net.
        ns.b.co.example. A 11.0.0.1
        ns.co.example. A 11.0.1.1
        ",
    ));
    for (name, said) in [
        ("a.co.example.", "operator:b.co.example."),
        ("b.co.example.", "operator:b.co.example."),
        ("c.co.example.", "operator:co.example."),
        ("d.co.example.", "operator:far.net."),
    ] {
        assert_eq!(all(&report, name), said, "{name}");
    }
    // A server without an address in the zone is one endpoint, and nobody's.
    let far = exposed(&report, "d.co.example.");
    assert_eq!(far.endpoints.len(), 1);
    assert_eq!(far.endpoints[0].address, None);
    assert_eq!(alone(&report, "d.co.example."), ["operator:far.net."]);
}
