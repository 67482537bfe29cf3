//! Everybody who asks a server, before one that means harm: endless and slow
//! answers, wrong lengths, redirections, files that are no ledger's, and counts
//! of which there is no end. They say where it is and what is wrong, in bounded
//! time and memory, and the mirror goes on serving.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use comity_core::basic::Digest;
use comity_core::ledger::{Checkpoint, CosignedCheckpoint, tile};
use comity_core::limits;
use comity_mirror::follow::Follower;
use comity_mirror::ledger;
use comity_mirror::source::Directory;
use comity_secretariat::home::Home;
use comity_sign::sealed::Passphrase;
use serde_json::Value;

use crate::support::hostile::{Harm, Hostile};
use crate::support::process::{self, Process};
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};
use crate::support::{PATIENCE, dns, look, own_ip};

/// The longest that a command asks a server that gives it nothing: until the
/// head, and then until the body has come.
const COMMAND_MAX: Duration = Duration::from_secs(75);
/// The largest blob, twice while it grows, and what there is besides.
const MEMORY_KIB_MAX: u64 = 320 * 1024;

/// What is wrong, and the rule by which it is refused: none where the server
/// is not even understood.
type Case = (&'static str, Harm, Option<&'static str>);

#[test]
fn commands_say_what_is_wrong_with_a_server_and_end() {
    let zone = Zone::serve(&Plan::default());
    let cases = [misbehaved(), malformed(&zone)].concat();
    assert!(cases.len() > 18);
    thread::scope(|scope| {
        for (number, (name, harm, rule)) in cases.into_iter().enumerate() {
            let zone = &zone;
            scope.spawn(move || {
                let hostile = Hostile::start(SocketAddr::from((own_ip(), 0)), harm);
                let url = format!("http://{}", hostile.address);
                check_command(zone, name, &["audit", &url], &url, rule, number);
            });
        }
    });
    zone.nobody_panicked();
}

#[test]
fn a_mirror_and_members_go_on_after_all_of_it() {
    let mut zone = Zone::serve(&Plan::default());
    zone.change_and_serve("harbour", "second");
    let serial = dns::serial(zone.dns()).unwrap();
    zone.stop(SECRETARIAT);
    let is_quick = |harm: &Harm| !matches!(harm, Harm::DripHead | Harm::Silence);
    for (name, harm, _) in misbehaved() {
        if is_quick(&harm) {
            let hostile = Hostile::start(zone.http_address(), harm);
            zone.wait(&format!("everybody to see {name}"), || {
                (hostile.asked() > 4).then_some(())
            });
        }
        assert_eq!(dns::serial(zone.dns()), Some(serial), "{name}");
    }
    for (name, harm, rule) in malformed(&zone) {
        zone.stop(MIRROR);
        let hostile = Hostile::start(zone.http_address(), harm);
        let said = zone.log(MIRROR).len();
        // It has to read all of it again.
        zone.start(MIRROR);
        zone.wait(&format!("the mirror to see {name}"), || {
            let log = zone.log(MIRROR).split_off(said);
            match rule {
                Some(rule) => log.contains(&format!("rule=\"{rule}\"")),
                None => log.contains(&format!("cannot be read: http://{}", hostile.address)),
            }
            .then_some(())
        });
        assert_eq!(dns::serial(zone.dns()), Some(serial), "{name}");
    }
    for party in [&zone.members[..], &[MIRROR]].concat() {
        let kib = process::memory_kib(zone.process(party).id()).unwrap();
        println!("{party} took at most {} MiB", kib / 1024);
        assert!(kib < MEMORY_KIB_MAX, "{party}: {kib} KiB");
    }
    zone.start(SECRETARIAT);
    zone.change_and_serve("atoll", "afterwards");
    zone.nobody_panicked();
}

/// Servers that do not keep to HTTP, or to what it is for.
fn misbehaved() -> Vec<Case> {
    let says = |text: &str| Harm::Says(text.as_bytes().to_vec());
    let round = "HTTP/1.1 302 Found\r\nLocation: /checkpoint\r\nContent-Length: 0\r\n\r\n";
    vec![
        ("an endless body", Harm::Endless, None),
        ("an endless head", Harm::EndlessHead, None),
        ("a body that drips", Harm::Drip, None),
        ("a head that drips", Harm::DripHead, None),
        ("silence", Harm::Silence, None),
        ("a reset", Harm::Reset, None),
        ("nothing", says(""), None),
        ("garbage", says("\u{0}\u{1}nonsense\r\n\r\n"), None),
        ("half a head", says("HTTP/1.1 200 OK\r\nContent-"), None),
        (
            "less than it says",
            says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot"),
            None,
        ),
        (
            "more than may be",
            says("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n7"),
            None,
        ),
        (
            "a bad length",
            says("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n7"),
            None,
        ),
        (
            "a bad chunk",
            says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
            None,
        ),
        (
            "an error",
            says("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
            None,
        ),
        ("round and round", says(round), None),
        (
            "elsewhere",
            says("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
            None,
        ),
    ]
}

/// Servers with files that are no ledger's.
fn malformed(zone: &Zone) -> Vec<Case> {
    let dir = zone.ledger();
    let instead = move |of: &'static str, octets: usize| {
        let dir = dir.clone();
        serves(move |path| match path.starts_with(of) {
            true => Some(vec![7; octets]),
            false => fs::read(dir.join(path)).ok(),
        })
    };
    let head = fs::read_to_string(zone.ledger().join("checkpoint")).unwrap();
    let size = head.lines().nth(1).unwrap();
    let (line, most) = (format!("\n{size}\n"), "\n9007199254740991\n");
    let unsigned = head.replacen(&line, most, 1);
    let lines = format!("{head}{}", "\u{2014} nobody AAAA\n".repeat(1500));
    let endless = signed_head(zone, limits::LEDGER_ENTRIES_MAX + 1);
    let over = limits::CHECKPOINT_OCTETS_MAX + 1;
    let blob = limits::BLOB_OCTETS_MAX + 1;
    let refused = |name, text: &str, rule| (name, with_head(zone, text), Some(rule));
    vec![
        refused("no checkpoint", "nonsense", "checkpoint"),
        refused("an empty checkpoint", "", "checkpoint"),
        refused("a count that nobody signed", &unsigned, "checkpoint"),
        refused("lines without number", &lines, "checkpoint"),
        refused("a count without end", &endless, "too-many-entries"),
        ("a checkpoint too large", instead("checkpoint", over), None),
        ("a tile that is none", instead("tile", 100), Some("tile")),
        ("a tile too large", instead("tile", 17 << 20), None),
        ("another blob", instead("blob", 100), Some("blob-differs")),
        ("a blob too large", instead("blob", blob), None),
    ]
}

/// A ledger with this head, whose first act is the true one, and whose others
/// have no end and are as large as may be.
fn with_head(zone: &Zone, head: &str) -> Harm {
    let source = Directory::new(zone.ledger());
    let acts = ledger::fetch_checkpoint(&source).unwrap().checkpoint.size;
    let first = ledger::entries(&source, 0, acts).next().unwrap();
    let mut bundle = vec![vec![7; limits::ENTRY_OCTETS_MAX]; tile::WIDTH.into()];
    bundle[0] = first.unwrap();
    let bundle = tile::encode_bundle(&bundle).unwrap();
    let head = head.as_bytes().to_vec();
    serves(move |path| match path {
        "checkpoint" => Some(head.clone()),
        _ => path.starts_with("tile/entries").then(|| bundle.clone()),
    })
}

fn serves(serve: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Harm {
    Harm::Serves(Arc::new(move |path: &str| {
        // Members are told that there is something to follow.
        match path.starts_with("v1/tasks") {
            true => Some(br#"{"sequence":1,"run":1,"founded":true,"endorse":[],"ceremony":null,"commit":[],"cosign_after":0}"#.to_vec()),
            false => serve(path),
        }
    }))
}

/// A head that the log itself has signed, of so many acts.
fn signed_head(zone: &Zone, size: u64) -> String {
    let home = Home::new(zone.workshop.path(SECRETARIAT));
    let passphrase = Passphrase::new(fs::read(zone.workshop.path("passphrase")).unwrap());
    let identity = home.log_key(&home.config().unwrap(), &passphrase).unwrap();
    let mut follower = Follower::new(Box::new(Directory::new(zone.ledger())), None);
    follower.poll().unwrap();
    let log = follower.state().founded().unwrap().log_key.clone();
    let checkpoint = Checkpoint {
        origin: log.name().to_owned(),
        size,
        root: Digest([7; 32]),
    };
    let signature = identity.sign(checkpoint.body().as_bytes());
    CosignedCheckpoint::new(checkpoint, &log, signature).to_text()
}

/// Runs a command and looks at its time, its memory and what it says.
fn check_command(
    zone: &Zone,
    name: &str,
    args: &[&str],
    url: &str,
    rule: Option<&str>,
    number: usize,
) {
    let log: PathBuf = zone.workshop.path(&format!("logs/hostile-{number}.log"));
    let args = [args, &["--founding", &zone.founding, "--json"]].concat();
    let started = Instant::now();
    let mut child = Process::start(zone.workshop.command(&args), &log);
    let (id, mut most_kib) = (child.id(), 0);
    let ended = look(PATIENCE, || {
        most_kib = process::memory_kib(id).unwrap_or(0).max(most_kib);
        child.ended()
    });
    let said = fs::read_to_string(&log).unwrap();
    let ended = ended.unwrap_or_else(|| panic!("{name}: does not end: {said}"));
    assert!(
        started.elapsed() < COMMAND_MAX,
        "{name}: {:?}",
        started.elapsed()
    );
    assert!(most_kib < MEMORY_KIB_MAX, "{name}: {most_kib} KiB");
    let said: Value = serde_json::from_str(said.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
    assert_eq!(said["rule"].as_str(), rule, "{name}: {said}");
    let text = said["error"].as_str().unwrap();
    let code = if rule.is_some() { 3 } else { 1 };
    assert_eq!(ended.code(), Some(code), "{name}: {said}");
    assert!(rule.is_some() || text.contains(url), "{name}: {said}");
}
