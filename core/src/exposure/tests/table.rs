//! The specification as tables.

use std::collections::BTreeSet;
use std::string::ToString;
use std::vec::Vec;

use super::{World, alone, exposed, operators, report, texts, zone};
use crate::exposure::{Country, Dependence, Party, Report, Shift, addresses, shifts};
use crate::zone::samples::name;

/// Names of countries whose servers are with few and with many.
const ROOT: &str = "
    cd. NS a.op.net.
    cd. NS b.op.net.
    mu. NS ns.mu.
    mu. NS a.op.net.
    ai. NS v0.nic.ai.
    ai. NS v1.nic.ai.
    net. NS a.servers.net.
    com. NS a.servers.net.
    a.op.net. A 11.0.0.1
    b.op.net. A 12.0.1.1
    b.op.net. AAAA 2a00::c
    ns.mu. A 22.0.0.1
    v0.nic.ai. A 13.0.0.1
    v1.nic.ai. A 13.0.1.1
    a.servers.net. A 10.0.0.1
    a.servers.net. AAAA 2a00:1::9
";

#[test]
fn each_name_is_with_these_parties() {
    let report = report(&zone(".", ROOT));
    let table: [(&str, &[&str], Dependence); 5] = [
        // Both servers in one domain and one country, in two systems.
        (
            "cd.",
            &["operator:op.net.", "CD", "name:net."],
            Dependence::Operator,
        ),
        // Two of each.
        ("mu.", &[], Dependence::None),
        // Both servers are its own, in one system of another country.
        ("ai.", &["own:ai.", "AS3", "CD"], Dependence::Abroad),
        // The private address is nobody's, and so the system is not alone.
        (
            "com.",
            &["operator:servers.net.", "name:net."],
            Dependence::Operator,
        ),
        // A server below the name itself needs no other name.
        ("net.", &["operator:servers.net."], Dependence::Operator),
    ];
    for (name, parties, dependence) in table {
        assert_eq!(alone(&report, name), parties, "{name}");
        assert_eq!(exposed(&report, name).dependence(), dependence, "{name}");
    }
    let com = exposed(&report, "com.");
    let special: Vec<_> = com.endpoints.iter().map(|it| it.special).collect();
    assert_eq!(special, [Some("private use"), None]);
    let mu = exposed(&report, "mu.");
    assert_eq!(mu.shares[&Party::System(1)], 1);
    assert_eq!(mu.endpoints.len(), 2);
}

#[test]
fn countries_depend_on_those_who_could_stop_their_names() {
    let zone = zone(
        ".",
        "
        ru. NS a.op.net.
        ru. NS ns.ru.
        su. NS a.op.net.
        xn--p1ai. NS a.op.net.
        cd. NS ns.cd.
        org. NS a.op.net.
        a.op.net. A 11.0.0.1
        ns.ru. A 11.0.1.1
        ns.cd. A 10.0.0.1
        ",
    );
    let mut world = World::of(&[&zone]);
    let table = "id,name,un_member,tlds,latitude,longitude\n\
                 ru,Russia,yes,ru. xn--p1ai.,60,100\n";
    world.countries = crate::exposure::CountryTable::read(table).unwrap();
    let [report] = world.survey([&zone]);
    let said: Vec<_> = report
        .countries()
        .iter()
        .map(|it| {
            let names = texts(it.names.iter().map(|exposed| &exposed.name)).join(" ");
            let (all, any) = (texts(&it.all).join(" "), texts(&it.any).join(" "));
            std::format!(
                "{}|{names}|{}|{all}|{any}",
                it.country,
                it.dependence().as_str()
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "CD|cd.|none|own:cd.|own:cd.",
            "RU|ru. xn--p1ai.|abroad|AS1 CD|operator:op.net. AS1 CD",
            "SU|su.|abroad|operator:op.net. AS1 CD|operator:op.net. AS1 CD",
        ]
    );
}

#[test]
fn a_country_is_abroad_where_the_name_is_another_ones() {
    let zone = zone(
        ".",
        "
        cd. NS ns.cd.
        org. NS ns.org.
        ns.cd. A 11.0.0.1
        ns.org. A 19.0.0.1
        ",
    );
    for (name, code, dependence) in [
        ("cd.", 10, Dependence::None),
        ("cd.", 20, Dependence::Abroad),
        ("cd.", 1, Dependence::System),
        ("org.", 20, Dependence::Country),
        ("org.", 2, Dependence::System),
        ("org.", 0, Dependence::None),
    ] {
        let mut world = World::of(&[&zone]);
        for address in ["11.0.0.1", "19.0.0.1"] {
            let origin = super::origin(code);
            world.origins.insert(address.parse().unwrap(), origin);
        }
        let [report] = world.survey([&zone]);
        assert_eq!(
            exposed(&report, name).dependence(),
            dependence,
            "{name} {code}"
        );
    }
}

#[test]
fn addresses_for_special_purposes_are_not_looked_up() {
    let zone = zone(".", ROOT);
    let looked_up = addresses(&zone);
    assert_eq!(looked_up.len(), 7);
    assert!(!looked_up.contains(&"10.0.0.1".parse().unwrap()));
    // Nor believed where somebody did it.
    let mut world = World::of(&[&zone]);
    world
        .origins
        .insert("10.0.0.1".parse().unwrap(), super::origin(19));
    let [report] = world.survey([&zone]);
    assert!(!alone(&report, "com.").contains(&"AS9".to_string()));
}

#[test]
fn the_names_of_servers_depend_on_others_step_by_step() {
    let report = report(&zone(
        ".",
        "
        a. NS ns.b.
        b. NS ns.c.
        b. NS ns.d.
        c. NS ns.d.
        d. NS ns.d.
        e. NS ns.f.
        f. NS ns.e.
        g. NS ns.b.
        g. NS ns.g.
        h. NS ns.nowhere.
        ",
    ));
    let table: [(&str, &[&str]); 8] = [
        // Of `b.` one server is below `c.`, which needs `d.`; the other below `d.`.
        ("a.", &["name:b.", "name:d."]),
        ("b.", &["name:d."]),
        ("c.", &["name:d."]),
        ("d.", &[]),
        // Each needs the other, and not itself.
        ("e.", &["name:f."]),
        ("f.", &["name:e."]),
        // One server of its own is enough.
        ("g.", &[]),
        ("h.", &[]),
    ];
    for (name, said) in table {
        let alone = alone(&report, name).into_iter();
        let names: Vec<_> = alone.filter(|party| party.starts_with("name:")).collect();
        assert_eq!(names, said, "{name}");
    }
}

#[test]
fn each_party_darkens_these_names() {
    let report = report(&zone(".", ROOT));
    let effects: Vec<_> = report
        .effects()
        .iter()
        .map(|effect| {
            let countries = texts(&effect.countries).join(" ");
            let (dark, half) = (texts(&effect.dark).join(" "), texts(&effect.half).join(" "));
            std::format!(
                "{}|{dark}|{half}|{}|{countries}",
                effect.party,
                effect.fewer
            )
        })
        .collect();
    assert_eq!(
        effects,
        [
            "CD|ai. cd.|mu.|0|AI CD",
            "name:net.|cd. com.|mu.|0|CD",
            "operator:servers.net.|com. net.||0|",
            "operator:op.net.|cd.|mu.|0|CD",
            "own:ai.|ai.||0|AI",
            "AS3|ai.||0|AI",
            "AS2||cd. mu.|0|",
            "AS9||com. net.|0|",
            "own:mu.||mu.|0|",
            "AS1||mu.|1|",
            "MU||mu.|0|",
        ]
    );
}

#[test]
fn several_parties_together_darken_more_than_each_alone() {
    let report = report(&zone(".", ROOT));
    type Texts = &'static [&'static str];
    let table: [(Texts, Texts, Texts, usize); 6] = [
        (&["AS1"], &[], &["mu."], 1),
        (&["AS1", "AS2"], &["cd.", "mu."], &[], 0),
        (&["CD"], &["ai.", "cd."], &["mu."], 0),
        (&["cd", "mu"], &["ai.", "cd.", "mu."], &[], 0),
        // An endpoint that two of them refuse is lost once.
        (&["CD", "op.net", "AS1"], &["ai.", "cd."], &["mu."], 0),
        (&[], &[], &[], 0),
    ];
    for (refusing, dark, half, fewer) in table {
        let refusing: BTreeSet<Party> = refusing.iter().map(|text| party(&report, text)).collect();
        let outage = report.outage(&refusing);
        let said = texts(outage.dark.iter().map(|it| &it.name));
        assert_eq!(said, dark, "{refusing:?}");
        let said = texts(outage.half.iter().map(|(it, _)| &it.name));
        assert_eq!((said, outage.fewer), (texts(half), fewer), "{refusing:?}");
    }
}

fn party(report: &Report, text: &str) -> Party {
    report.party(text).unwrap()
}

#[test]
fn parties_are_called_by_their_texts() {
    let report = report(&zone(".", ROOT));
    for (text, said) in [
        ("operator:op.net.", "operator:op.net."),
        ("OP.net", "operator:op.net."),
        ("own:ai", "own:ai."),
        ("name:net", "name:net."),
        ("as3", "AS3"),
        // Two letters are a country, whatever has a name like it, and whether
        // anything is there or not.
        ("ai", "AI"),
        ("XX", "XX"),
        ("AS4294967295", "AS4294967295"),
    ] {
        assert_eq!(party(&report, text).to_string(), said, "{text}");
    }
    for text in [
        "net",
        "net.",
        "operator:",
        "",
        "ai.",
        "servers",
        "ASX",
        "AS4294967296",
    ] {
        assert_eq!(report.party(text), None, "{text}");
    }
}

#[test]
fn countries_are_told_by_two_letters_and_by_a_table() {
    for (label, country) in [
        ("cd.", Some("CD")),
        ("uk.", Some("GB")),
        ("com.", None),
        ("x1.", None),
        ("cd.example.", None),
        (".", None),
    ] {
        let said = Country::of_label(&name(label));
        assert_eq!(said, country.map(|it| it.parse().unwrap()), "{label}");
    }
    let zone = zone(".", "xn--p1ai. NS a.b.\nac. NS a.b.\n");
    let mut world = World::of(&[&zone]);
    let table = "id,name,un_member,tlds,latitude,longitude\n\
                 ru,Russia,yes,xn--p1ai.,60,100\nsh,S,no,ac.,1,1\n";
    world.countries = crate::exposure::CountryTable::read(table).unwrap();
    let [report] = world.survey([&zone]);
    let said: Vec<_> = report.names.iter().map(|it| it.country).collect();
    assert_eq!(said, ["SH", "RU"].map(|it| Some(it.parse().unwrap())));
}

#[test]
fn a_change_of_servers_that_leaves_no_name_in_other_hands_is_none() {
    let before = "
        one. NS a.op.net.
        one. NS a.far.org.
        same. NS a.op.net.
        same. NS b.op.net.
        gone. NS a.op.net.
        net. NS ns.net.
        a.op.net. A 11.0.0.1
        b.op.net. A 11.0.1.1
        a.far.org. A 22.0.0.1
        ns.net. A 30.0.0.1
    ";
    let after = "
        one. NS v0.nic.one.
        one. NS v1.nic.one.
        same. NS b.op.net.
        net. NS ns.net.
        b.op.net. A 11.0.1.1
        v0.nic.one. A 22.0.0.1
        v1.nic.one. A 33.0.0.1
        v1.nic.one. AAAA 2a00::33
        ns.net. A 30.0.0.1
    ";
    let [before, after] = [before, after].map(|lines| zone(".", lines));
    let [old, new] = World::of(&[&before, &after]).survey([&before, &after]);
    // `v0.nic.one.` is where `a.far.org.` was: that version says whose it is.
    assert_eq!(
        operators(&new, "one."),
        ["operator:far.org.", "own:one."].map(str::to_string).into()
    );
    assert_eq!(shifts(&old, &new), []);
    assert_eq!(shifts(&old, &old), []);
}

#[test]
fn a_name_that_leaves_all_its_servers_for_one_operators_is_seen() {
    let before = zone(
        ".",
        "
        ai. NS a.op.net.
        ai. NS pch.nic.ai.
        mu. NS a.pch.net.
        a.op.net. A 11.0.0.1
        pch.nic.ai. A 22.0.0.1
        a.pch.net. A 22.0.0.2
        ",
    );
    let after = zone(
        ".",
        "
        ai. NS v0.nic.ai.
        ai. NS v1.nic.ai.
        mu. NS a.pch.net.
        a.pch.net. A 22.0.0.2
        v0.nic.ai. A 33.0.0.1
        v1.nic.ai. A 33.0.1.1
        ",
    );
    let [old, new] = World::of(&[&before, &after]).survey([&before, &after]);
    let [shift] = <[Shift; 1]>::try_from(shifts(&old, &new)).unwrap();
    assert_eq!(shift.name, name("ai."));
    assert_eq!(texts(&shift.before), Vec::<std::string::String>::new());
    assert_eq!(texts(&shift.after), ["own:ai.", "AS3", "AI"]);
    assert_eq!((shift.kept, shift.had), (0, 2));
    let [back] = <[Shift; 1]>::try_from(shifts(&new, &old)).unwrap();
    assert_eq!((back.before, back.after), (shift.after, shift.before));
}
