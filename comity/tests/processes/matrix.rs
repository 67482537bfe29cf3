//! Four resolvers behind `comity watch`, for each mode and each fault of an upstream, and
//! behind the same upstream without a watcher: what each of them answers is what
//! `docs/resolvers.md` says. `tools/resolvers` writes its tables.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use comity_core::upstream::Zonemd;
use comity_core::zone::Name;
use comity_mirror::watch::Mode;
use comity_mirror::watch::export::{self, Facts};

use crate::support::daemons::Daemon;
use crate::support::process::Process;
use crate::support::resolvers::{Column, Feed, KINDS, Kind, Resolver, SETTLE, Way, Web};
use crate::support::upstream::{How, LINES, Root, USUAL, text};
use crate::support::{PATIENCE, judge};
use crate::watching::{DS, FIRST, HOSTILE, SECOND, Watch};

const DOCUMENT: &str = "../docs/resolvers.md";
/// A fault, the watcher's word for it, and the version; none where there is no upstream.
type Fault = (&'static str, &'static str, Option<String>);
/// A row: what it is about, and what each resolver did, where it was looked at.
type Row = (Vec<String>, Vec<Option<String>>);

/// Each resolver in each way by which it gets all of a zone that is not its own.
const COLUMNS: &[Column] = &[
    Column(Kind::Unbound, Way::Transfer),
    Column(Kind::Bind, Way::Transfer),
    Column(Kind::KnotResolver, Way::Https),
    Column(Kind::PowerDns, Way::Transfer),
    Column(Kind::PowerDns, Way::Https),
];
/// Those that fetch by HTTPS.
const BY_HTTPS: &[Column] = &[
    Column(Kind::Unbound, Way::Https),
    Column(Kind::KnotResolver, Way::Https),
    Column(Kind::PowerDns, Way::Https),
];
/// Those that are told of a later version.
const TOLD: &[Column] = &[
    Column(Kind::Unbound, Way::Transfer),
    Column(Kind::Bind, Way::Transfer),
];

/// What stands in each test.
struct Bench {
    dig: PathBuf,
    openssl: PathBuf,
    root: Root,
    programs: [Option<PathBuf>; 4],
}

impl Bench {
    fn new() -> Option<Self> {
        let [dig, openssl] = judge::programs(["dig", "openssl"])?;
        let root = Root::new("ecdsap256sha256")?;
        let programs = KINDS.map(looked_at);
        if is_writing() {
            write_versions(&programs);
        }
        Some(Self {
            dig,
            openssl,
            root,
            programs,
        })
    }

    fn anchor(&self) -> String {
        format!("DS {}", self.root.anchor)
    }

    /// Each version that is wrong, and the one that is not.
    fn faults(&self) -> Option<Vec<Fault>> {
        let root = &self.root;
        let (stranger, old) = (Root::new("ecdsap256sha256")?, Root::new("rsasha1")?);
        let next = root.sign(SECOND, LINES, USUAL);
        let no_digest = How {
            digest: false,
            ..USUAL
        };
        let long_ago = How {
            days_ago: 60,
            ..USUAL
        };
        let sign = |root: &Root, how| Some(root.sign(SECOND, LINES, how));
        Some(vec![
            ("expired", "expired", sign(root, long_ago)),
            (
                "tampered",
                "tampered",
                Some(next.replace(DS, &DS.replace('C', "D"))),
            ),
            ("wrong key", "wrong-key", sign(&stranger, USUAL)),
            ("unsupported algorithm", "algorithm", sign(&old, USUAL)),
            ("upstream silent", "silent", None),
            (
                "serial backwards",
                "behind",
                Some(root.sign(FIRST - 1, LINES, USUAL)),
            ),
            ("ZONEMD missing", "zonemd-missing", sign(root, no_digest)),
            (
                "ZONEMD wrong",
                "zonemd",
                Some(next.replace("192.0.2.2", "192.0.2.99")),
            ),
            ("good", "good", Some(next)),
        ])
    }

    /// A watcher that serves a good version, by HTTPS too.
    fn watch(&self, mode: &str) -> (Watch, Web, Process, SocketAddr) {
        let (watch, web) = (Watch::new(&self.root, mode), Web::of_watcher(&self.openssl));
        watch.tell(&web.setting());
        watch.upstream(&self.root.sign(FIRST, LINES, USUAL));
        let (process, address) = watch.start();
        watch.wait("served", |state| state["served"] == FIRST);
        (watch, web, process, address)
    }

    /// The program of a column that can be looked at.
    fn program(&self, column: Column) -> Option<&Path> {
        let number = KINDS.iter().position(|it| *it == column.0)?;
        let program = self.programs[number].as_deref()?;
        column.is_possible().then_some(program)
    }

    /// Resolvers that are started on this, each by what is printed for it.
    fn start(&self, exported: impl Fn(Column) -> String, web: &Web, anchored: bool) -> Group {
        let anchor = self.anchor();
        let start = |column: &Column| {
            let program = self.program(*column)?;
            let feed = Feed {
                exported: &exported(*column),
                anchor: anchored.then_some(&*anchor),
                web,
            };
            let address = column.0.free_address();
            Some(Resolver::start(column.0, program, address, feed))
        };
        Group(COLUMNS.iter().map(start).collect())
    }
}

/// The resolvers of a row.
struct Group(Vec<Option<Resolver>>);

impl Group {
    /// What each of them answers; all are looked at at once.
    fn seen(&self, dig: &Path, serial: u32, patience: Duration) -> Vec<Option<String>> {
        let serial = &*serial.to_string();
        thread::scope(|scope| {
            let mut looks = Vec::new();
            for it in &self.0 {
                let look = |it| scope.spawn(move || Resolver::seen(it, dig, serial, patience));
                looks.push(it.as_ref().map(look));
            }
            let seen = |it: Option<thread::ScopedJoinHandle<'_, String>>| Some(it?.join().unwrap());
            looks.into_iter().map(seen).collect()
        })
    }
}

/// The program of a resolver whose results can be compared with those in the document.
fn looked_at(kind: Kind) -> Option<PathBuf> {
    let program = kind.program()?;
    if is_writing() {
        return Some(program);
    }
    let version = kind.version(&program);
    let text = fs::read_to_string(DOCUMENT).unwrap();
    let row = between(&text, "versions")
        .lines()
        .find(|line| line.contains(kind.title()));
    let minor = version
        .rsplit_once('.')
        .map(|(minor, _)| format!(" {minor}."));
    let is_it = row.is_some_and(|row| minor.is_some_and(|minor| row.contains(&minor)));
    if !is_it {
        println!(
            "skipped: {} {version} is not the version in the tables",
            kind.title()
        );
    }
    is_it.then_some(program)
}

/// What the tables were made with.
fn write_versions(programs: &[Option<PathBuf>; 4]) {
    let text = fs::read_to_string(DOCUMENT).unwrap();
    let there = between(&text, "versions");
    let mut table = "| resolver | version |\n| --- | --- |\n".to_owned();
    for (kind, program) in KINDS.iter().zip(programs) {
        let version = program.as_ref().map(|it| kind.version(it));
        let version = version.unwrap_or_else(|| "not run".into());
        table += &format!("| {} | {version} |\n", kind.title());
    }
    let marked = |table: &str| format!("<!-- versions -->\n{table}<!-- end -->");
    fs::write(DOCUMENT, text.replace(&marked(there), &marked(&table))).unwrap();
}

fn is_writing() -> bool {
    std::env::var_os("COMITY_GOLDEN").is_some_and(|value| value == "write")
}

/// The lines of the document between two marks.
fn between<'a>(text: &'a str, mark: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<!-- {mark} -->\n")).unwrap();
    rest.split_once("<!-- end -->").unwrap().0
}

/// Whether a table is as the document has it; written anew with `COMITY_GOLDEN=write`.
fn compare(mark: &str, heads: &[&str], columns: &[Column], rows: Vec<Row>) {
    let text = fs::read_to_string(DOCUMENT).unwrap();
    let there = between(&text, mark);
    let kept: Vec<Vec<&str>> = there
        .lines()
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let titles: Vec<String> = columns.iter().map(|it| it.title()).collect();
    let titles = titles.iter().map(String::as_str);
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<&str> = heads.iter().copied().chain(titles).collect();
    let mut table = line(&heads);
    table += &line(&vec!["---"; heads.len()]);
    for (number, (labels, cells)) in rows.into_iter().enumerate() {
        let mut row: Vec<String> = labels;
        for cell in cells {
            let known = kept.get(number).and_then(|it| it.get(row.len()));
            row.push(cell.unwrap_or_else(|| known.copied().unwrap_or("not run").to_owned()));
        }
        table += &line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if is_writing() {
        let marked = |table: &str| format!("<!-- {mark} -->\n{table}<!-- end -->");
        fs::write(DOCUMENT, text.replace(&marked(there), &marked(&table))).unwrap();
        return;
    }
    assert_eq!(table, there, "{mark}");
}

/// What `comity watch export` prints for a resolver.
fn exported(watch: &Watch, column: Column) -> String {
    let dir = watch.workshop.text("watch");
    let words = ["watch", "export", column.0.word(), "--dir", &dir];
    let words = match column.1 {
        Way::Transfer => words.to_vec(),
        Way::Https => [&words[..], &["--https"]].concat(),
    };
    let said = judge::output(&mut watch.workshop.command(&words));
    String::from_utf8(said).unwrap()
}

fn labels(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// The table of a mode: whatever the upstream does, resolvers that begin then have the
/// last good version, and a later one once it is good.
fn run(mode: &str) {
    let Some(bench) = Bench::new() else { return };
    let Some(faults) = bench.faults() else { return };
    let (watch, web, _process, _) = bench.watch(mode);
    let mut rows = Vec::new();
    for (fault, word, version) in faults {
        match version {
            Some(zone) => watch.upstream(&zone),
            None => fs::remove_file(watch.workshop.path("upstream.zone")).unwrap(),
        }
        let serial = if word == "good" { SECOND } else { FIRST };
        watch.wait(word, |state| {
            state["upstreams"][0]["state"] == word && state["served"] == serial
        });
        let group = bench.start(|it| exported(&watch, it), &web, mode != "seal");
        let seen = group.seen(&bench.dig, serial, PATIENCE);
        let served = if word == "good" {
            "the new one"
        } else {
            "the one before"
        };
        rows.push((labels(&[fault, &format!("`{word}`"), served]), seen));
    }
    let heads = &["upstream", "the watcher says", "and serves"];
    compare(mode, heads, COLUMNS, rows);
}

#[test]
fn in_mode_pass_each_resolver_has_the_last_good_version_under_every_fault() {
    run("pass");
}

#[test]
fn in_mode_buffer_each_resolver_has_the_last_good_version_under_every_fault() {
    run("buffer");
}

#[test]
fn in_mode_seal_each_resolver_has_the_last_good_version_under_every_fault() {
    run("seal");
}

/// The configuration of mode `pass` with a primary in the watcher's place.
fn directly(column: Column, dns: SocketAddr, https: Option<SocketAddr>) -> String {
    let facts = Facts {
        zone: Name::root(),
        mode: Mode::Pass,
        zonemd: Zonemd::Required,
        dns,
        https,
        file: "zone".into(),
        anchors: Vec::new(),
    };
    let resolver = match column.0 {
        Kind::Unbound => export::Resolver::Unbound,
        Kind::Bind => export::Resolver::Bind,
        Kind::KnotResolver => export::Resolver::KnotResolver,
        Kind::PowerDns => export::Resolver::PowerDns,
    };
    match column.1 {
        Way::Transfer => facts.text(resolver),
        Way::Https => facts.by_https(resolver).unwrap(),
    }
}

#[test]
fn without_a_watcher_each_resolver_finds_some_of_the_faults() {
    let Some(bench) = Bench::new() else { return };
    let Some(faults) = bench.faults() else { return };
    let Some([nsd]) = judge::programs(["nsd"]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zone");
    let web = Web::of(&bench.openssl, &file);
    let mut rows = Vec::new();
    for (fault, word, version) in faults {
        let zone = version.clone().unwrap_or_default();
        let _was_not_there = fs::remove_file(&file);
        let mut primary = Daemon::open_primary(&nsd, &zone);
        match version {
            Some(zone) => {
                primary.answer(&bench.dig, "+norec . SOA", "NOERROR");
                fs::write(&file, zone).unwrap();
            }
            None => primary.end(),
        }
        let serial = if word == "behind" { FIRST - 1 } else { SECOND };
        let group = bench.start(|it| directly(it, primary.address, None), &web, true);
        // What does not validate is silently no answer.
        let patience = match word {
            "behind" | "good" | "zonemd" | "zonemd-missing" => PATIENCE,
            _ => SETTLE,
        };
        let seen = group.seen(&bench.dig, serial, patience);
        rows.push((labels(&[fault]), seen));
    }
    compare("alone", &["upstream"], COLUMNS, rows);
}

#[test]
fn a_zone_of_which_changes_are_held_is_taken_where_its_digest_is_not_asked_for() {
    let Some(bench) = Bench::new() else { return };
    let (watch, web, _process, address) = bench.watch("buffer");
    let moved = LINES.replace("lu. NS ns.nic.lu.", HOSTILE);
    watch.upstream(&bench.root.sign(SECOND, &moved, USUAL));
    watch.wait("held", |state| state["held"][0]["name"] == "lu.");
    let mut rows = Vec::new();
    for of in ["buffer", "pass"] {
        let text = |column| match of {
            "buffer" => exported(&watch, column),
            _ => directly(column, address, Some(watch.https())),
        };
        let group = bench.start(text, &web, true);
        let seen = group.seen(&bench.dig, SECOND, PATIENCE);
        rows.push((labels(&[&format!("`{of}`")]), seen));
    }
    compare("held", &["configuration of mode"], COLUMNS, rows);
}

#[test]
fn resolvers_go_back_from_seal_when_told_and_go_on_without_the_watcher() {
    let Some(bench) = Bench::new() else { return };
    let (watch, web, mut process, _) = bench.watch("pass");
    watch.mode("seal");
    watch.wait("sealed", |state| state["served"] == SECOND);
    let mut group = bench.start(|it| exported(&watch, it), &web, false);
    let mut rows = vec![(
        labels(&["sealed"]),
        group.seen(&bench.dig, SECOND, PATIENCE),
    )];
    watch.mode("pass");
    watch.wait("as it was", |state| state["served"] == FIRST);
    let mut note = |what: &str, group: &Group, serial: u32, patience: Duration| {
        rows.push((labels(&[what]), group.seen(&bench.dig, serial, patience)));
    };
    note("back in `pass`: the sealed copy", &group, SECOND, PATIENCE);
    for resolver in group.0.iter_mut().flatten() {
        resolver.fetch_anew();
    }
    note(
        "told to fetch anew: the upstream's",
        &group,
        FIRST,
        PATIENCE,
    );
    process.stop();
    note("the watcher has ended", &group, FIRST, SETTLE);
    for resolver in group.0.iter_mut().flatten() {
        resolver.restart();
    }
    note("and the resolver began again", &group, FIRST, SETTLE);
    compare("back", &["what happened"], COLUMNS, rows);
}

#[test]
fn by_https_the_zone_is_taken_from_whom_the_certificate_says() {
    let Some(bench) = Bench::new() else { return };
    let stranger = Web::of_watcher(&bench.openssl);
    let mut rows = Vec::new();
    for (mode, is_known) in [
        ("pass", true),
        ("buffer", true),
        ("seal", true),
        ("pass", false),
    ] {
        let (watch, web, _process, _) = bench.watch(mode);
        let (believed, patience, what) = match is_known {
            true => (&web, PATIENCE, format!("mode `{mode}`")),
            false => (
                &stranger,
                SETTLE,
                "a certificate of another authority".into(),
            ),
        };
        let served = watch.wait("served", |state| state["served"].is_u64());
        let serial = served["served"].as_u64().unwrap().try_into().unwrap();
        let anchor = (mode != "seal").then(|| bench.anchor());
        let group = BY_HTTPS.iter().map(|column| {
            let feed = Feed {
                exported: &exported(&watch, *column),
                anchor: anchor.as_deref(),
                web: believed,
            };
            let address = column.0.free_address();
            Some(Resolver::start(
                column.0,
                bench.program(*column)?,
                address,
                feed,
            ))
        });
        let seen = Group(group.collect()).seen(&bench.dig, serial, patience);
        rows.push((labels(&[&what]), seen));
    }
    compare("https", &["the watcher"], BY_HTTPS, rows);
}

#[test]
fn nothing_is_printed_for_who_takes_no_zones_so() {
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let watch = Watch::new(&root, "pass");
    let dir = watch.workshop.text("watch");
    for (kind, code) in KINDS.iter().zip([0, 2, 0, 0]) {
        let words = ["watch", "export", kind.word(), "--https", "--dir", &dir];
        let ran = watch.workshop.run(&words);
        assert_eq!(ran.code, Some(code), "{ran:#?}");
        assert_eq!(ran.stdout.contains("https://localhost/zone"), code == 0);
    }
    // Whoever fetches a file needs no DNS.
    watch.tell("listen = []\n");
    for (kind, code) in KINDS.iter().zip([0, 2, 0, 0]) {
        let words = ["watch", "export", kind.word(), "--https", "--dir", &dir];
        assert_eq!(watch.workshop.run(&words).code, Some(code));
        let transferred = kind.word() != "knot-resolver";
        let code = if transferred { 2 } else { 0 };
        assert_eq!(watch.workshop.run(&words_of(kind, &dir)).code, Some(code));
    }
    watch.tell("listen = [\"127.0.0.1:53\"]\n");
    // Knot Resolver takes in the root alone.
    watch.tell("zone = \"example.\"\n");
    for (kind, code) in KINDS.iter().zip([0, 0, 2, 0]) {
        let ran = watch.workshop.run(&words_of(kind, &dir));
        assert_eq!(ran.code, Some(code), "{ran:#?}");
    }
}

/// What prints a resolver's configuration.
fn words_of<'a>(kind: &Kind, dir: &'a str) -> [&'a str; 5] {
    ["watch", "export", kind.word(), "--dir", dir]
}

/// A version with many hosts, so that another address of one is little; nobody keeps its
/// SOA record for longer than a second.
fn with_hosts(root: &Root, serial: u32, address: &str) -> String {
    let hosts = (0..400).map(|it| format!("\nhost-{it}.nic.lu. A 192.0.2.9"));
    let lines = LINES.replace("192.0.2.2", address) + &hosts.collect::<String>();
    let zone = text(serial, &lines).replacen(" 86400 IN SOA", " 1 IN SOA", 1);
    root.sign_zone(&zone, USUAL)
}

#[test]
fn a_resolver_that_runs_is_told_of_a_later_version_and_takes_what_it_changes() {
    let Some(bench) = Bench::new() else { return };
    let (watch, web) = (
        Watch::new(&bench.root, "pass"),
        Web::of_watcher(&bench.openssl),
    );
    let addresses: Vec<SocketAddr> = TOLD.iter().map(|it| it.0.free_address()).collect();
    let notify: Vec<String> = addresses.iter().map(|it| format!("\"{it}\"")).collect();
    watch.tell(&format!("notify = [{}]\n", notify.join(", ")));
    watch.upstream(&with_hosts(&bench.root, FIRST, "192.0.2.2"));
    let (_process, _) = watch.start();
    watch.wait("served", |state| state["served"] == FIRST);
    let anchor = bench.anchor();
    let group = TOLD.iter().zip(addresses).map(|(column, address)| {
        let feed = Feed {
            exported: &exported(&watch, *column),
            anchor: Some(&anchor),
            web: &web,
        };
        Some(Resolver::start(
            column.0,
            bench.program(*column)?,
            address,
            feed,
        ))
    });
    let group = Group(group.collect());
    let row = |what: &str, serial| {
        let seen = group.seen(&bench.dig, serial, PATIENCE);
        (labels(&[what]), seen)
    };
    let begun = row("a version, when the resolver begins", FIRST);
    watch.upstream(&with_hosts(&bench.root, SECOND, "192.0.2.20"));
    watch.wait("served", |state| state["served"] == SECOND);
    let later = row("a later one, while it runs", SECOND);
    let count = group.0.iter().flatten().count();
    let taken = watch.wait("taken", |state| state["taken"]["increments"] == count);
    assert_eq!(taken["taken"]["whole"], count);
    compare("running", &["the watcher has"], TOLD, [begun, later].into());
}
