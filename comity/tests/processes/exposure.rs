//! `comity exposure`: what it prints and draws, and how it ends; and real roots,
//! in which names left all of their servers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::judge;
use crate::support::workshop::{Ran, Workshop, ran};

#[path = "../../../mirror/tests/common/mmdb.rs"]
mod mmdb;

use mmdb::{Value, map, text};

const FOLDER: &str = "tests/processes/exposure";

/// Tables, text, JSON and drawings of two small roots. Each line is a golden file
/// and the options that it is printed with.
const PINNED: &[(&str, &str)] = &[
    ("plain.txt", ""),
    (
        "report.txt",
        "--mmdb country.mmdb --mmdb asn.mmdb --countries countries.csv",
    ),
    (
        "operators.txt",
        "--operators operators.csv --mmdb country.mmdb --if-refuses pch",
    ),
    (
        "detail.txt",
        "--mmdb country.mmdb --mmdb asn.mmdb --countries countries.csv --country RU --name us. \
         --if-refuses US",
    ),
    (
        "compare.txt",
        "--mmdb country.mmdb --mmdb asn.mmdb --compare old.zone",
    ),
    (
        "report.json",
        "--mmdb country.mmdb --mmdb asn.mmdb --compare old.zone --if-refuses as64504 --if-refuses \
         CD --json",
    ),
    ("names.csv", "--mmdb country.mmdb --mmdb asn.mmdb --csv"),
    (
        "by-country.csv",
        "--mmdb country.mmdb --mmdb asn.mmdb --countries countries.csv --csv=countries",
    ),
    (
        "parties.csv",
        "--mmdb asn.mmdb --operators operators.csv --csv=parties",
    ),
    (
        "outage.csv",
        "--mmdb country.mmdb --if-refuses US --if-refuses CD --csv=outage",
    ),
    (
        "changes.csv",
        "--mmdb country.mmdb --compare old.zone --csv=changes",
    ),
];

#[test]
fn the_report_of_a_small_root_is_pinned() {
    let bench = Bench::new();
    for (golden, options) in PINNED {
        let ran = bench.run(&format!("exposure new.zone {options}"));
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        assert_golden(golden, &ran.stdout);
    }
}

#[test]
fn drawings_are_pinned() {
    let bench = Bench::new();
    let options = "--mmdb country.mmdb --mmdb asn.mmdb --operators operators.csv \
                   --countries countries.csv --map map.svg --chart chart.svg";
    let ran = bench.run(&format!("exposure new.zone {options}"));
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(
        ran.stdout.ends_with("\nWrote map.svg; chart.svg.\n"),
        "{ran:#?}"
    );
    for drawing in ["map.svg", "chart.svg"] {
        let drawn = fs::read_to_string(bench.0.path(drawing)).unwrap();
        assert_golden(drawing, &drawn);
        // What is written in tables is text, whatever it looks like.
        assert!(
            !drawn.contains("<of>") && !drawn.contains("<&>"),
            "{drawing}"
        );
    }
    let json = bench.run("exposure new.zone --chart again.svg --json");
    assert_eq!(json.json["files"][0], "again.svg", "{json:#?}");
}

/// Options that no report comes of, the exit code, and a word of what is said.
const REFUSED: &[(&str, i32, &str)] = &[
    ("nowhere.zone", 1, "nowhere.zone"),
    ("bad.zone", 3, "bad.zone: line 1: "),
    ("new.zone --compare bad.zone", 3, "bad.zone: line 1: "),
    (
        "new.zone --compare other.zone",
        3,
        "the zone example., the other is the zone .",
    ),
    ("new.zone --mmdb nowhere.mmdb", 1, "nowhere.mmdb"),
    (
        "new.zone --mmdb none.mmdb",
        3,
        "none.mmdb is no database in MaxMind's format",
    ),
    (
        "new.zone --mmdb short.mmdb",
        3,
        "short.mmdb is no database in MaxMind's format",
    ),
    (
        "new.zone --countries bad.csv",
        3,
        "bad.csv: the first line names no column un_member",
    ),
    (
        "new.zone --operators bad.zone",
        3,
        "bad.zone: line 1 is not as",
    ),
    (
        "new.zone --name nowhere.",
        3,
        "nowhere. is not delegated in the zone .",
    ),
    ("new.zone --country ZW", 3, "no name of the zone . is ZW's"),
    (
        "new.zone --if-refuses nobody",
        3,
        "no server is with \"nobody\"",
    ),
    (
        "new.zone --if-refuses US",
        2,
        "US: nothing is known of it without --mmdb",
    ),
    ("new.zone --csv=outage", 2, "needs --if-refuses"),
    ("new.zone --csv=changes", 2, "needs --compare"),
    ("new.zone --map map.svg", 2, "--countries"),
    ("new.zone --chart nowhere/chart.svg", 1, "nowhere/chart.svg"),
];

#[test]
fn what_cannot_be_reported_is_named() {
    let bench = Bench::new();
    let good = fs::read(bench.0.path("asn.mmdb")).unwrap();
    let broken: [(&str, &[u8]); 4] = [
        ("none.mmdb", b"nonsense"),
        ("short.mmdb", &good[..good.len() - 9]),
        ("bad.csv", b"id,name\nai,Anguilla\n"),
        ("bad.zone", b"nonsense\n"),
    ];
    for (file, octets) in broken {
        bench.0.write(file, octets);
    }
    let other = "$ORIGIN example.\n@ 60 SOA ns admin 1 1 2 3 4\n@ 60 NS ns\n";
    bench.0.write("other.zone", other.as_bytes());
    for (options, code, said) in REFUSED {
        let ran = bench.run(&format!("exposure {options}"));
        assert_eq!(ran.code, Some(*code), "{ran:#?}");
        assert!(ran.stderr.contains(said), "{options}: {said}: {ran:#?}");
        assert_eq!(ran.stdout, "", "{options}");
    }
    let many = " --mmdb asn.mmdb".repeat(9);
    let ran = bench.run(&format!("exposure new.zone{many}"));
    assert_eq!(ran.code, Some(2), "{ran:#?}");
}

/// A name that left all of its servers.
struct Move {
    name: &'static str,
    /// The serials of the last version before, and of the first after.
    versions: [u32; 2],
    /// Who could stop it alone, before and after.
    before: &'static [&'static str],
    after: &'static [&'static str],
}

const MOVES: [Move; 3] = [
    Move {
        name: "ai.",
        versions: [2_024_121_602, 2_024_121_702],
        before: &[],
        after: &["own:ai."],
    },
    Move {
        name: "mu.",
        versions: [2_025_021_102, 2_025_021_202],
        before: &[],
        after: &["operator:afilias-nst.info."],
    },
    Move {
        name: "cd.",
        versions: [2_025_121_102, 2_025_121_202],
        before: &["operator:scpt-network.net.", "name:net."],
        after: &[],
    },
];

#[test]
fn names_that_left_all_of_their_servers_are_seen_in_real_roots() {
    let Some(data) = judge::data() else {
        return;
    };
    let bench = Bench::new();
    let archive = data.join("root-history/2023-11_2025-12.tar.zst");
    let mut tar = Command::new("tar");
    tar.arg("--zstd").arg("-xf").arg(archive);
    let versions = MOVES.iter().flat_map(|it| it.versions);
    tar.args(versions.map(|serial| format!("./{serial}.zone")));
    judge::output(tar.current_dir(bench.0.directory()));
    for Move {
        name,
        versions,
        before,
        after,
    } in MOVES
    {
        let [old, new] = versions;
        let [had, has] = [old, new].map(|serial| addresses(&bench, serial, name));
        assert!(!had.is_empty() && had.is_disjoint(&has), "{name}");
        let ran = bench.run(&format!("exposure {new}.zone --compare {old}.zone --json"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let changes = ran.json["changes"].as_array().unwrap();
        let change = changes.iter().find(|it| it["name"] == name).unwrap();
        assert_eq!(change["before"], serde_json::json!(before), "{change}");
        assert_eq!(change["after"], serde_json::json!(after), "{change}");
        assert_eq!(
            (&change["kept"], &change["had"]),
            (&0.into(), &had.len().into())
        );
        // Among so many names few others are in other hands from one day to the next.
        assert!(changes.len() < 20, "{}", changes.len());
        assert!(ran.json["names"].as_array().unwrap().len() > 1400);
    }
}

/// The addresses of a name's servers, read line by line as text.
fn addresses(bench: &Bench, serial: u32, name: &str) -> BTreeSet<String> {
    let zone = fs::read_to_string(bench.0.path(&format!("{serial}.zone"))).unwrap();
    let lines: Vec<Vec<&str>> = zone
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let of = |owner: &str, types: &[&str]| -> BTreeSet<String> {
        let records = lines
            .iter()
            .filter(|it| it[0] == owner && types.contains(&it[3]));
        records.map(|it| it[4].to_string()).collect()
    };
    let servers = of(name, &["NS"]);
    servers
        .iter()
        .flat_map(|it| of(it, &["A", "AAAA"]))
        .collect()
}

// --- what is run and read ---------------------------------------------------

/// A directory with two versions of a root, tables and databases.
struct Bench(Workshop);

impl Bench {
    fn new() -> Self {
        let workshop = Workshop::new();
        for file in ["old.zone", "new.zone", "countries.csv", "operators.csv"] {
            fs::copy(golden(file), workshop.path(file)).unwrap();
        }
        workshop.write("country.mmdb", &countries());
        workshop.write("asn.mmdb", &systems());
        Self(workshop)
    }

    fn run(&self, words: &str) -> Ran {
        let words: Vec<&str> = words.split_whitespace().collect();
        ran(self.0.command(&words).current_dir(self.0.directory()))
    }
}

/// Countries as a database of cities has them.
fn countries() -> Vec<u8> {
    let networks = [
        ("11.0.0.0/8", "US"),
        ("12.0.0.0/8", "US"),
        ("13.0.0.0/8", "MU"),
        ("14.0.0.0/8", "MU"),
        ("15.0.0.0/8", "US"),
        ("16.0.0.0/8", "AI"),
        ("17.0.0.0/8", "CD"),
        ("2a00:1::/32", "US"),
    ];
    let city = |code| {
        map([
            ("country", map([("iso_code", text(code))])),
            ("location", map([("latitude", Value::Double(1.5))])),
        ])
    };
    mmdb::database(&networks.map(|(network, code)| (network, city(code))))
}

fn systems() -> Vec<u8> {
    let networks = [
        ("11.0.0.0/16", 64500, "Servers"),
        ("2a00:1::/32", 64500, "Servers"),
        ("11.1.0.0/16", 64501, "Other, \"Servers\""),
        ("12.0.0.0/16", 64502, "Registry <&> Sons, Inc."),
        ("13.0.0.0/8", 64503, "Far"),
        ("15.0.0.0/8", 64504, "PCH\u{1b}[2J"),
        ("16.0.0.0/8", 64505, ""),
    ];
    let system = |number, organisation| {
        map([
            ("autonomous_system_number", Value::U32(number)),
            ("autonomous_system_organization", text(organisation)),
        ])
    };
    mmdb::database(&networks.map(|(network, number, it)| (network, system(number, it))))
}

fn golden(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(FOLDER)
        .join(file)
}

/// Whether a text is as it was when it was looked at last; written anew with
/// `COMITY_GOLDEN=write`.
fn assert_golden(file: &str, text: &str) {
    let path = golden(file);
    if std::env::var_os("COMITY_GOLDEN").is_some_and(|value| value == "write") {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{file}");
}
