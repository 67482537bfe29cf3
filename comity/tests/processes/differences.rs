//! `comity diff` and `comity replay`: what they print, in which order, and how
//! they end; and real roots, of which the test finds the differences by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::judge;
use crate::support::workshop::{Ran, Workshop, ran};

const OLD: &str = include_str!("differences/old.zone");
const NEW: &str = include_str!("differences/new.zone");

#[test]
fn the_difference_of_two_small_roots_is_pinned() {
    let bench = Bench::new();
    bench.write("old.zone", OLD);
    bench.write("new.zone", NEW);
    for (golden, args) in [
        ("changes.txt", &["diff", "old.zone", "new.zone"][..]),
        ("changes.jsonl", &["diff", "old.zone", "new.zone", "--json"]),
    ] {
        let ran = bench.run(args);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        assert_golden(golden, &ran.stdout);
    }
    // With the verdicts of a folder that has the two.
    fs::create_dir(bench.path("both")).unwrap();
    bench.write("both/old.zone", OLD);
    bench.write("both/new.zone", NEW);
    for (golden, args) in [
        ("judged.txt", &["replay", "both"][..]),
        ("judged.jsonl", &["replay", "both", "--json"]),
    ] {
        let ran = bench.run(args);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
        assert_golden(golden, &ran.stdout);
    }
    // The way back has as many lines.
    let back = bench.run(&["diff", "new.zone", "old.zone", "--json"]);
    let there = include_str!("differences/changes.jsonl");
    assert_eq!(back.stdout.lines().count(), there.lines().count());
}

#[test]
fn versions_that_do_not_differ_are_no_failure() {
    let bench = Bench::new();
    bench.write("old.zone", OLD);
    let text = bench.run(&["diff", "old.zone", "old.zone"]);
    assert_eq!(text.code, Some(0), "{text:#?}");
    assert_eq!(
        text.stdout,
        "Zone . from 2026010100 to 2026010100: no changes\n"
    );
    let json = bench.run(&["diff", "old.zone", "old.zone", "--json"]);
    assert_eq!((json.code, &*json.stdout), (Some(0), ""), "{json:#?}");
}

#[test]
fn what_cannot_be_compared_is_named_with_its_line() {
    let bench = Bench::new();
    bench.write("old.zone", OLD);
    bench.write("bad.zone", &format!("{OLD}isle. 60 IN NS\n"));
    bench.write("other.zone", &small("example.", 7));
    fs::create_dir(bench.path("mixed")).unwrap();
    bench.write("mixed/a", &small("example.", 7));
    bench.write("mixed/b", OLD);
    fs::create_dir(bench.path("wrong")).unwrap();
    bench.write("wrong/a", "nonsense\n");
    fs::create_dir(bench.path("empty")).unwrap();
    fs::create_dir(bench.path("around")).unwrap();
    for serial in [0, 0x6000_0000, 0xB000_0000] {
        bench.write(&format!("around/{serial}"), &small("example.", serial));
    }
    let line = format!("bad.zone: line {}: ", OLD.lines().count() + 1);
    let table: [(&[&str], i32, &[&str]); 9] = [
        (&["diff", "old.zone", "none.zone"], 1, &["none.zone"]),
        (&["diff", "old.zone", "bad.zone"], 3, &[&line, "isle. NS"]),
        (&["diff", "bad.zone", "old.zone"], 3, &[&line, "isle. NS"]),
        (
            &["diff", "old.zone", "other.zone"],
            3,
            &["old.zone and other.zone", "zone .,", "zone example."],
        ),
        (&["replay", "none"], 1, &["none"]),
        (&["replay", "empty"], 1, &["empty: no files"]),
        (&["replay", "wrong"], 3, &["wrong/a: line 1: "]),
        (
            &["replay", "mixed"],
            3,
            &["mixed/b: zone . among files of example."],
        ),
        (
            &["replay", "around"],
            3,
            &["around: its serials have no order"],
        ),
    ];
    for (args, code, said) in table {
        let ran = bench.run(args);
        assert_eq!(ran.code, Some(code), "{ran:#?}");
        for said in said {
            assert!(ran.stderr.contains(said), "{args:?}: {said}: {ran:#?}");
        }
        assert_eq!(ran.stdout, "", "{args:?}");
        let json = bench.run(&[args, &["--json"]].concat());
        assert_eq!(json.code, Some(code), "{json:#?}");
        assert!(json.json["error"].is_string(), "{json:#?}");
    }
}

/// What is said in the end of a folder with three names that come and go. That a
/// name goes is held, as nobody can be asked any more whether it was meant.
const TOTALS: &str = "
4 versions, 6 changes
                 changes  passed  alarmed   held   of two letters: alarmed, held
  added                3       3        0      0                         0     0
  removed              3       0        0      3                         0     0
  findings             6       3        0      3                         0     0
";

#[test]
fn a_folder_is_replayed_in_the_order_of_serials() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("history/folder")).unwrap();
    let zone =
        |serial, name: &str| format!("{}{name}.example. 60 NS ns\n", small("example.", serial));
    // Around the end of serials, against the order of names; twice the same one.
    for (file, serial, name) in [
        ("c", u32::MAX - 1, "first"),
        ("d", u32::MAX, "second"),
        ("a", 3, "third"),
        ("b", 3, "fourth"),
    ] {
        bench.write(&format!("history/{file}"), &zone(serial, name));
    }
    bench.write("history/.hidden", "nonsense");
    bench.write("history/folder/zone", "nonsense");
    let ran = bench.run(&["replay", "history", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let said: Vec<_> = lines(&ran)
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line["serial"],
                text(line, "change"),
                text(line, "name")
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "4294967295 removed first.example.",
            "4294967295 added second.example.",
            "3 removed second.example.",
            "3 added third.example.",
            "3 added fourth.example.",
            "3 removed third.example.",
        ]
    );
    let ran = bench.run(&["replay", "history"]);
    assert!(ran.stdout.ends_with(TOTALS), "{ran:#?}");
    // Of what does not change there is no heading.
    bench.write("history/e", &zone(4, "fourth"));
    let more = bench.run(&["replay", "history"]);
    assert_eq!(
        more.stdout,
        ran.stdout.replace("\n4 versions", "\n5 versions")
    );
}

/// Versions of the real root between which each type of change but one occurs.
const ROOTS: [u32; 9] = [
    2_023_110_602,
    2_024_012_202,
    2_024_020_700,
    2_024_021_503,
    2_024_051_102,
    2_025_022_702,
    2_025_042_301,
    2_025_090_502,
    2_025_123_001,
];

#[test]
fn real_roots_differ_as_their_lines_say() {
    let Some(data) = judge::data() else {
        return;
    };
    let bench = Bench::new();
    let archive = data.join("root-history/2023-11_2025-12.tar.zst");
    let mut tar = Command::new("tar");
    tar.arg("--zstd").arg("-xf").arg(archive);
    tar.args(ROOTS.map(|serial| format!("./{serial}.zone")));
    judge::output(tar.current_dir(bench.path("")));
    let folder = bench.path("");
    fs::remove_dir_all(bench.path("logs")).unwrap();
    fs::remove_file(bench.path("passphrase")).unwrap();

    let replayed = bench.run(&["replay", &folder.display().to_string(), "--json"]);
    assert_eq!(replayed.code, Some(0), "{}", replayed.stderr);
    let said = lines(&replayed);
    let roots = ROOTS.map(|serial| Root::read(&bench.path(&format!("{serial}.zone"))));
    let mut types = BTreeSet::new();
    for (serial, pair) in ROOTS[1..].iter().zip(roots.windows(2)) {
        let said = said.iter().filter(|line| line["serial"] == *serial);
        let said: Vec<(Changed, Names)> = said.map(changed).collect();
        let found = pair[0].changes(&pair[1]);
        assert_eq!(said.len(), found.len(), "{serial}: a line for each change");
        assert_eq!(
            said.into_iter().collect::<BTreeMap<_, _>>(),
            found,
            "{serial}"
        );
        types.extend(found.into_keys().map(|(_, change)| change));
    }
    // No name is added in these two years.
    assert_eq!(types.len(), 10, "{types:?}");
    let [old, new] = [0, 1].map(|version| format!("{}.zone", ROOTS[version]));
    let one = bench.run(&["diff", &old, &new, "--json"]);
    let (alone, first) = (lines(&one), said.iter().take(one.stdout.lines().count()));
    let unjudged = first.cloned().map(|mut line| {
        let fields = line.as_object_mut().unwrap();
        assert!(fields.remove("verdict").is_some() && fields.remove("reasons").is_some());
        line
    });
    assert!(!alone.is_empty() && unjudged.eq(alone));
}

// --- what the test finds by itself ------------------------------------------

/// A name, and the type of its change.
type Changed = (String, &'static str);
type Names = BTreeSet<String>;

/// A root zone, line by line as text.
#[derive(Default)]
struct Root {
    ns: BTreeMap<String, Names>,
    ds: BTreeMap<String, Names>,
    addresses: BTreeMap<String, Names>,
    /// SOA without its serial, and DNSKEY.
    apex: Names,
}

impl Root {
    fn read(path: &Path) -> Self {
        let mut root = Self::default();
        for line in fs::read_to_string(path).unwrap().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [owner, _ttl, "IN", rtype, data @ ..] = &words[..] else {
                panic!("not as expected: {line}");
            };
            let (owner, value) = (owner.to_string(), data.join(" "));
            match *rtype {
                "NS" => root.ns.entry(owner).or_default().insert(value),
                "DS" => root.ds.entry(owner).or_default().insert(value),
                "A" | "AAAA" => root.addresses.entry(owner).or_default().insert(value),
                "SOA" => root.apex.insert(value.replace(data[2], "")),
                "DNSKEY" => root.apex.insert(value),
                _ => false,
            };
        }
        root
    }

    /// What has changed, and which names depend on it.
    fn changes(&self, new: &Self) -> BTreeMap<Changed, Names> {
        let mut changes = BTreeMap::new();
        let tops: Names = self.ns.keys().chain(new.ns.keys()).cloned().collect();
        for top in tops.iter().filter(|top| *top != ".") {
            let ns = (self.ns.get(top), new.ns.get(top));
            let kept = || !self.reached(top).is_disjoint(&new.reached(top));
            if let Some(change) = ns_change(ns, kept) {
                let below = format!(".{top}");
                let mut users = self.users(new, |host| host == top || host.ends_with(&below));
                users.remove(top);
                changes.insert((top.clone(), change), users);
            }
            let ds = (self.ds.get(top), new.ds.get(top));
            if let ((Some(_), Some(_)), Some(change)) = (ns, ds_change(ds)) {
                changes.insert((top.clone(), change), Names::new());
            }
        }
        let hosts = self.addresses.keys().chain(new.addresses.keys());
        for host in hosts.collect::<BTreeSet<_>>() {
            if self.addresses.get(host) == new.addresses.get(host) {
                continue;
            }
            let users = self.users(new, |other| other == host);
            let top = host.trim_end_matches('.').rsplit('.').next().unwrap();
            let top = format!("{top}.");
            let is_its_own = self.ns.contains_key(&top) != new.ns.contains_key(&top)
                && users.iter().all(|user| *user == top);
            if !users.is_empty() && !is_its_own {
                changes.insert((host.clone(), "host-address"), users);
            }
        }
        if self.apex != new.apex || self.ns["."] != new.ns["."] {
            changes.insert((".".into(), "apex"), Names::new());
        }
        changes
    }

    /// Who has a name server of these, before or after.
    fn users(&self, new: &Self, is_one: impl Fn(&str) -> bool) -> Names {
        let both = self.ns.iter().chain(&new.ns);
        both.filter(|(_, hosts)| hosts.iter().any(|host| is_one(host)))
            .map(|(user, _)| user.clone())
            .collect()
    }

    /// The addresses of a name's servers.
    fn reached(&self, top: &str) -> BTreeSet<&String> {
        let hosts = self.ns.get(top).into_iter().flatten();
        hosts
            .filter_map(|host| self.addresses.get(host))
            .flatten()
            .collect()
    }
}

type Sets<'a> = (Option<&'a Names>, Option<&'a Names>);

fn ns_change(sets: Sets<'_>, kept: impl Fn() -> bool) -> Option<&'static str> {
    match sets {
        (old, new) if old == new => None,
        (None, _) => Some("added"),
        (_, None) => Some("removed"),
        (Some(old), Some(new)) if !old.is_disjoint(new) => Some("ns-partial"),
        _ if kept() => Some("ns-renamed"),
        _ => Some("ns-replaced"),
    }
}

fn ds_change(sets: Sets<'_>) -> Option<&'static str> {
    match sets {
        (old, new) if old == new => None,
        (None, _) => Some("ds-first"),
        (_, None) => Some("ds-withdrawn"),
        (Some(old), Some(new)) if !old.is_disjoint(new) => Some("ds-partial"),
        _ => Some("ds-replaced"),
    }
}

// --- what is run and read ---------------------------------------------------

/// A directory in which commands are run.
struct Bench(Workshop);

impl Bench {
    fn new() -> Self {
        Self(Workshop::new())
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path(below)
    }

    fn write(&self, below: &str, text: &str) {
        self.0.write(below, text.as_bytes());
    }

    fn run(&self, args: &[&str]) -> Ran {
        ran(self.0.command(args).current_dir(self.0.directory()))
    }
}

/// A zone without delegations.
fn small(zone: &str, serial: u32) -> String {
    format!("$ORIGIN {zone}\n@ 60 SOA ns admin {serial} 1 2 3 4\n@ 60 NS ns\n")
}

fn lines(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text<'a>(line: &'a Value, field: &str) -> &'a str {
    line[field].as_str().unwrap()
}

/// What a line says, in the words of this test.
fn changed(line: &Value) -> (Changed, Names) {
    const WORDS: [&str; 11] = [
        "added",
        "removed",
        "ns-partial",
        "ns-renamed",
        "ns-replaced",
        "ds-first",
        "ds-partial",
        "ds-replaced",
        "ds-withdrawn",
        "host-address",
        "apex",
    ];
    let change = text(line, "change");
    let change = *WORDS.iter().find(|word| **word == change).unwrap();
    let dependents = line["dependents"].as_array().unwrap().iter();
    let dependents = dependents.map(|name| name.as_str().unwrap().to_string());
    (
        (text(line, "name").to_string(), change),
        dependents.collect(),
    )
}

/// Whether a text is as it was when it was looked at last; written anew with
/// `COMITY_GOLDEN=write`.
fn assert_golden(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/processes/differences")
        .join(file);
    if std::env::var_os("COMITY_GOLDEN").is_some_and(|value| value == "write") {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{file}");
}
