//! Each sort of change, edit by edit: what is said about it.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::super::{ChangeType, Explained, Explanation, explain};
use super::{Zone, edited};
use crate::zone::samples::PLAIN;

/// A root in small. `be.` has servers below itself and one below `lu.`, which the
/// root's own server is below as well; `eu.` has one without addresses here.
const ROOT: &str = "
    . 86400 SOA a.nic.lu. admin.lu. 7 1800 900 604800 86400
    . 518400 NS a.nic.lu.
    . 172800 DNSKEY 257 3 15 AAAA
    be. 172800 NS a.be.
    be. 172800 NS b.be.
    be. 172800 NS c.nic.lu.
    be. 86400 DS 1 8 2 AA
    be. 86400 DS 2 8 2 BB
    a.be. 172800 A 192.0.2.1
    a.be. 172800 AAAA 2001:db8::1
    b.be. 172800 A 192.0.2.2
    eu. 172800 NS a.far.
    eu. 172800 NS c.nic.lu.
    lu. 172800 NS c.nic.lu.
    c.nic.lu. 172800 A 192.0.2.3
    a.nic.lu. 172800 A 192.0.2.4
    idle.lu. 172800 A 192.0.2.5";

/// An edit, and what is said: name, type, values before, values after, dependents.
type Row = (&'static str, &'static [&'static str]);

const DELEGATIONS: &[Row] = &[
    ("", &[]),
    // What comes with a new name is part of it; nobody else uses it.
    (
        "+at. 172800 NS a.at.
         +at. 86400 DS 3 8 2 CC
         +a.at. 172800 A 192.0.2.9
         +b.at. 172800 A 192.0.2.8",
        &["at. added:  -> NS a.at., DS 3 8 2 CC, a.at. A 192.0.2.9, b.at. A 192.0.2.8;"],
    ),
    // A host of its own that has the very name.
    (
        "+at. 172800 NS at.
         +at. 172800 A 192.0.2.9",
        &["at. added:  -> A 192.0.2.9, NS at.;"],
    ),
    // A new host below another name is that one's, though only the new name uses it.
    (
        "+at. 172800 NS d.nic.lu.
         +d.nic.lu. 172800 A 192.0.2.9",
        &[
            "at. added:  -> NS d.nic.lu.;",
            "d.nic.lu. host-address:  -> 192.0.2.9; at.",
        ],
    ),
    // A new host of the new name that another uses is said for itself.
    (
        "+at. 172800 NS a.at.
         +a.at. 172800 A 192.0.2.9
         +lu. 172800 NS a.at.",
        &[
            "at. added:  -> NS a.at.; lu.",
            "a.at. host-address:  -> 192.0.2.9; at., lu.",
            "lu. ns-partial: c.nic.lu. -> a.at., c.nic.lu.; ., be., eu.",
        ],
    ),
    (
        "-be. 172800 NS a.be.
         -be. 172800 NS b.be.
         -be. 172800 NS c.nic.lu.
         -be. 86400 DS 1 8 2 AA
         -be. 86400 DS 2 8 2 BB
         -a.be. 172800 A 192.0.2.1
         -a.be. 172800 AAAA 2001:db8::1
         -b.be. 172800 A 192.0.2.2",
        &[
            "be. removed: NS a.be., NS b.be., NS c.nic.lu., DS 1 8 2 AA, DS 2 8 2 BB, \
             a.be. A 192.0.2.1, a.be. AAAA 2001:db8::1, b.be. A 192.0.2.2 -> ;",
        ],
    ),
];

const NAME_SERVERS: &[Row] = &[
    // A name server stays: the names that have servers below are told.
    (
        "+lu. 172800 NS a.nic.lu.",
        &["lu. ns-partial: c.nic.lu. -> a.nic.lu., c.nic.lu.; ., be., eu."],
    ),
    (
        "-be. 172800 NS a.be.",
        &["be. ns-partial: a.be., b.be., c.nic.lu. -> b.be., c.nic.lu.;"],
    ),
    // No server stays, but an address; IPv4 or IPv6, of any of them.
    (
        "-lu. 172800 NS c.nic.lu.
         +lu. 172800 NS d.nic.lu.
         +d.nic.lu. 172800 A 192.0.2.3",
        &[
            "lu. ns-renamed: c.nic.lu. -> d.nic.lu.; ., be., eu.",
            "d.nic.lu. host-address:  -> 192.0.2.3; lu.",
        ],
    ),
    (
        "-be. 172800 NS a.be.
         -be. 172800 NS b.be.
         -be. 172800 NS c.nic.lu.
         +be. 172800 NS x.be.
         +x.be. 172800 AAAA 2001:db8::1",
        &[
            "be. ns-renamed: a.be., b.be., c.nic.lu. -> x.be.;",
            "x.be. host-address:  -> 2001:db8::1; be.",
        ],
    ),
    // An address is what it is at the time: that a new server has one that an old
    // one has given up keeps it; that an old one has it only now does not.
    (
        "-lu. 172800 NS c.nic.lu.
         +lu. 172800 NS a.nic.lu.
         -a.nic.lu. 172800 A 192.0.2.4
         +a.nic.lu. 172800 A 192.0.2.3
         -c.nic.lu. 172800 A 192.0.2.3
         +c.nic.lu. 172800 A 192.0.2.4",
        &[
            "lu. ns-renamed: c.nic.lu. -> a.nic.lu.; ., be., eu.",
            "a.nic.lu. host-address: 192.0.2.4 -> 192.0.2.3; ., lu.",
            "c.nic.lu. host-address: 192.0.2.3 -> 192.0.2.4; be., eu., lu.",
        ],
    ),
    (
        "-lu. 172800 NS c.nic.lu.
         +lu. 172800 NS a.nic.lu.
         -c.nic.lu. 172800 A 192.0.2.3
         +c.nic.lu. 172800 A 192.0.2.4",
        &[
            "lu. ns-replaced: c.nic.lu. -> a.nic.lu.; ., be., eu.",
            "c.nic.lu. host-address: 192.0.2.3 -> 192.0.2.4; be., eu., lu.",
        ],
    ),
    (
        "-lu. 172800 NS c.nic.lu.
         +lu. 172800 NS a.nic.lu.",
        &["lu. ns-replaced: c.nic.lu. -> a.nic.lu.; ., be., eu."],
    ),
    // Servers without addresses here keep none.
    (
        "-lu. 172800 NS c.nic.lu.
         +lu. 172800 NS a.far.",
        &["lu. ns-replaced: c.nic.lu. -> a.far.; ., be., eu."],
    ),
    // Who used a host below before is told as well.
    (
        "-eu. 172800 NS c.nic.lu.
         +lu. 172800 NS a.far.",
        &[
            "eu. ns-partial: a.far., c.nic.lu. -> a.far.;",
            "lu. ns-partial: c.nic.lu. -> a.far., c.nic.lu.; ., be., eu.",
        ],
    ),
    // Another TTL is a change, and is said.
    (
        "-lu. 172800 NS c.nic.lu.
         +lu. 60 NS c.nic.lu.",
        &["lu. ns-partial: NS TTL 172800, c.nic.lu. -> NS TTL 60, c.nic.lu.; ., be., eu."],
    ),
];

const DS_SETS: &[Row] = &[
    ("+lu. 86400 DS 3 8 2 CC", &["lu. ds-first:  -> 3 8 2 CC;"]),
    (
        "-be. 86400 DS 1 8 2 AA
         -be. 86400 DS 2 8 2 BB",
        &["be. ds-withdrawn: 1 8 2 AA, 2 8 2 BB -> ;"],
    ),
    (
        "+be. 86400 DS 3 8 2 CC",
        &["be. ds-partial: 1 8 2 AA, 2 8 2 BB -> 1 8 2 AA, 2 8 2 BB, 3 8 2 CC;"],
    ),
    (
        "-be. 86400 DS 1 8 2 AA",
        &["be. ds-partial: 1 8 2 AA, 2 8 2 BB -> 2 8 2 BB;"],
    ),
    (
        "-be. 86400 DS 1 8 2 AA
         +be. 86400 DS 3 8 2 CC",
        &["be. ds-partial: 1 8 2 AA, 2 8 2 BB -> 2 8 2 BB, 3 8 2 CC;"],
    ),
    // The same key by another digest is another record.
    (
        "-be. 86400 DS 1 8 2 AA
         -be. 86400 DS 2 8 2 BB
         +be. 86400 DS 1 8 4 AA",
        &["be. ds-replaced: 1 8 2 AA, 2 8 2 BB -> 1 8 4 AA;"],
    ),
    // Both sets of one name: a line each, NS first.
    (
        "-be. 172800 NS a.be.
         -be. 86400 DS 1 8 2 AA",
        &[
            "be. ns-partial: a.be., b.be., c.nic.lu. -> b.be., c.nic.lu.;",
            "be. ds-partial: 1 8 2 AA, 2 8 2 BB -> 2 8 2 BB;",
        ],
    ),
];

const HOSTS: &[Row] = &[
    // All addresses of the host, also of the type that is as before.
    (
        "-a.be. 172800 AAAA 2001:db8::1
         +a.be. 172800 AAAA 2001:db8::9",
        &["a.be. host-address: 192.0.2.1, 2001:db8::1 -> 192.0.2.1, 2001:db8::9; be."],
    ),
    (
        "-a.be. 172800 A 192.0.2.1
         -a.be. 172800 AAAA 2001:db8::1",
        &["a.be. host-address: 192.0.2.1, 2001:db8::1 -> ; be."],
    ),
    (
        "+c.nic.lu. 172800 A 192.0.2.9",
        &["c.nic.lu. host-address: 192.0.2.3 -> 192.0.2.3, 192.0.2.9; be., eu., lu."],
    ),
    // The zone's own server.
    (
        "+a.nic.lu. 172800 A 192.0.2.9",
        &["a.nic.lu. host-address: 192.0.2.4 -> 192.0.2.4, 192.0.2.9; ."],
    ),
    // A host that comes into use with its address, or goes out of it.
    (
        "+eu. 172800 NS idle.lu.
         -idle.lu. 172800 A 192.0.2.5
         +idle.lu. 172800 A 192.0.2.6",
        &[
            "eu. ns-partial: a.far., c.nic.lu. -> a.far., c.nic.lu., idle.lu.;",
            "idle.lu. host-address: 192.0.2.5 -> 192.0.2.6; eu.",
        ],
    ),
    // An address that no name uses is no change of a delegation.
    (
        "-idle.lu. 172800 A 192.0.2.5
         +more.lu. 172800 A 192.0.2.6",
        &["other: idle.lu. A", "other: more.lu. A"],
    ),
    (
        "-b.be. 172800 A 192.0.2.2
         +b.be. 60 A 192.0.2.2",
        &["b.be. host-address: A TTL 172800, 192.0.2.2 -> A TTL 60, 192.0.2.2; be."],
    ),
];

const SOA: &str = "-. 86400 SOA a.nic.lu. admin.lu. 7 1800 900 604800 86400";

/// Edits of the SOA record: what is instead of it, and what is said.
const SERIALS: &[Row] = &[
    (
        "+. 86400 SOA a.nic.lu. admin.lu. 8 1800 900 604800 86400",
        &[],
    ),
    (
        "+. 86400 SOA a.nic.lu. admin.lu. 8 1800 900 604800 60",
        &[
            ". apex: SOA a.nic.lu. admin.lu. 7 1800 900 604800 86400 -> \
           SOA a.nic.lu. admin.lu. 8 1800 900 604800 60;",
        ],
    ),
    (
        "+. 86400 SOA b.nic.lu. admin.lu. 7 1800 900 604800 86400",
        &[
            ". apex: SOA a.nic.lu. admin.lu. 7 1800 900 604800 86400 -> \
           SOA b.nic.lu. admin.lu. 7 1800 900 604800 86400;",
        ],
    ),
    (
        "+. 60 SOA a.nic.lu. admin.lu. 8 1800 900 604800 86400",
        &[
            ". apex: SOA TTL 86400, SOA a.nic.lu. admin.lu. 7 1800 900 604800 86400 -> \
           SOA TTL 60, SOA a.nic.lu. admin.lu. 8 1800 900 604800 86400;",
        ],
    ),
];

const APEX: &[Row] = &[
    // All sets that changed at the apex are one line, in the order of their types.
    (
        "+. 518400 NS c.nic.lu.
         +. 60 TXT x
         -. 172800 DNSKEY 257 3 15 AAAA
         +. 172800 DNSKEY 257 3 15 BBBB",
        &[". apex: NS a.nic.lu., DNSKEY 257 3 15 AAAA -> \
           NS a.nic.lu., NS c.nic.lu., TXT \"x\", DNSKEY 257 3 15 BBBB;"],
    ),
    (
        "-. 172800 DNSKEY 257 3 15 AAAA",
        &[". apex: DNSKEY 257 3 15 AAAA -> ;"],
    ),
    ("+. 60 CDS 1 8 2 AA", &[". apex:  -> CDS 1 8 2 AA;"]),
];

#[test]
fn a_delegation_that_comes_or_goes_is_one_line() {
    check(DELEGATIONS);
}

#[test]
fn name_servers_change_in_part_by_name_or_whole() {
    check(NAME_SERVERS);
}

#[test]
fn ds_sets_come_go_and_change_in_part_or_whole() {
    check(DS_SETS);
}

#[test]
fn addresses_of_hosts_in_use_are_explained() {
    check(HOSTS);
}

#[test]
fn the_apex_is_explained_but_for_its_serial() {
    check(APEX);
    for (edit, expected) in SERIALS {
        assert_eq!(said_of(&format!("{SOA}\n{edit}")), *expected, "{edit}");
    }
}

#[test]
fn every_type_of_change_is_in_a_table() {
    let tables = [DELEGATIONS, NAME_SERVERS, DS_SETS, HOSTS, APEX, SERIALS];
    let said: Vec<_> = tables.concat().iter().flat_map(|(_, said)| *said).collect();
    for change in ChangeType::ALL {
        let word = format!(" {change}: ");
        assert!(said.iter().any(|line| line.contains(&word)), "{change}");
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(json, format!("\"{change}\""));
    }
    assert!(ChangeType::ALL.is_sorted());
}

#[test]
fn a_zones_own_data_is_named_and_not_explained() {
    let old = Zone::of("example.", PLAIN);
    let edit = "-mail.example. 3600 A 192.0.2.10
                +mail.example. 3600 A 192.0.2.99
                +mail.example. 3600 TXT x
                -ns.example. 3600 A 192.0.2.11
                +ns.example. 3600 A 192.0.2.99";
    let new = Zone::of("example.", &edited(PLAIN, edit));
    assert_eq!(
        said(&old.to(&new)),
        [
            "ns.example. host-address: 192.0.2.11 -> 192.0.2.99; example.",
            "other: mail.example. A",
            "other: mail.example. TXT",
        ]
    );
}

#[test]
fn two_zones_have_no_difference() {
    let (root, plain) = (Zone::of(".", ROOT), Zone::of("example.", PLAIN));
    let error = explain(root.version(), plain.version()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "one is the zone ., the other is the zone example."
    );
}

#[test]
fn a_line_of_json_is_pinned() {
    let old = Zone::of(".", ROOT);
    let new = Zone::of(".", &edited(ROOT, "+lu. 172800 NS a.nic.lu."));
    let explained = old.to(&new);
    let json = serde_json::to_string(&explained.explanations[0].line(2_025_123_001)).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"serial":2025123001,"name":"lu.","change":"ns-partial","old":["c.nic.lu."],"#,
            r#""new":["a.nic.lu.","c.nic.lu."],"dependents":[".","be.","eu."]}"#
        )
    );
}

// --- how the tables are read ------------------------------------------------

fn check(rows: &[Row]) {
    for (edit, expected) in rows {
        assert_eq!(said_of(edit), *expected, "{edit}");
    }
}

fn said_of(edit: &str) -> Vec<String> {
    let new = edited(ROOT, edit);
    said(&Zone::of(".", ROOT).to(&Zone::of(".", &new)))
}

fn said(explained: &Explained) -> Vec<String> {
    let lines = explained.explanations.iter().map(line);
    let others = explained.others.iter().map(|set| format!("other: {set}"));
    lines.chain(others).collect()
}

fn line(explanation: &Explanation) -> String {
    let Explanation { name, change, .. } = explanation;
    let (old, new) = (
        explanation.before().join(", "),
        explanation.after().join(", "),
    );
    let dependents: Vec<_> = explanation
        .dependents
        .iter()
        .map(ToString::to_string)
        .collect();
    let text = format!("{name} {change}: {old} -> {new}; {}", dependents.join(", "));
    text.trim_end().to_string()
}
