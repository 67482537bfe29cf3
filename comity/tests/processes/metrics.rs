//! Figures for monitoring: the secretariat and a mirror show the same ones of
//! the same ledger, and a mirror's go on when the secretariat does not.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::upstream::{LINES, Root, USUAL};
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};
use crate::support::{PATIENCE, http, look, own_ip};
use crate::watching::{FIRST, SECOND, Watch};

/// Least days for which signatures last when an edition is published, by the
/// charter that `comity charter new` writes.
const DAYS_MIN: i64 = 16;
const DAY_S: i64 = 86_400;

/// The figures that a server shows, by name and labels.
fn scrape(server: SocketAddr) -> Figures {
    let answer = http::get(server, "/metrics");
    assert_eq!(answer.status, 200, "{answer:?}");
    let head = answer.head.to_ascii_lowercase();
    assert!(
        head.contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
    let lines = answer.body.lines().filter(|line| !line.starts_with('#'));
    let figures = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_string(), value.parse().unwrap())
    });
    figures.collect()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Where the mirror shows them.
fn of_mirror(zone: &Zone) -> SocketAddr {
    let file = zone.workshop.path(MIRROR).join("metrics-address");
    fs::read_to_string(file).unwrap().parse().unwrap()
}

type Figures = BTreeMap<String, i64>;

/// A zone whose mirror shows figures too.
fn measured() -> Zone {
    let mut zone = Zone::serve(&Plan::default());
    zone.stop(MIRROR);
    let path = zone.workshop.path(MIRROR).join("mirror.toml");
    let config = fs::read_to_string(&path).unwrap();
    let said = "metrics = \"127.0.0.1:0\"";
    let config = config.replace("# metrics = \"127.0.0.1:9153\"", said);
    assert!(config.contains(said));
    fs::write(&path, config).unwrap();
    zone.start(MIRROR);
    zone
}

/// The secretariat's figures and the mirror's, once both have followed the ledger
/// to the same act and seen the quorum there.
fn both(zone: &Zone) -> (Figures, Figures) {
    zone.wait("both to be as far, with the quorum", || {
        let (here, there) = (scrape(zone.http_address()), scrape(of_mirror(zone)));
        let acts = |of: &Figures| of["comity_ledger_acts"];
        let settled = acts(&here) == acts(&there)
            && here["comity_head_has_quorum"] == 1
            && there["comity_head_has_quorum"] == 1;
        settled.then_some((here, there))
    })
}

#[test]
fn a_secretariat_and_a_mirror_show_the_same_figures() {
    let zone = measured();
    let (here, there) = both(&zone);
    for (name, value) in &here {
        // What goes on by itself, or with each cosignature.
        let moves = ["remaining", "quorum_cosigned", "head_cosignatures"];
        if !moves.iter().any(|part| name.contains(part)) {
            assert_eq!(there.get(name), Some(value), "{name}");
        }
    }
    // `status` says the same, to people and to scripts.
    let status = zone
        .workshop
        .run(&["status", "--ledger", zone.http()])
        .done();
    let until = &status["signatures"]["first_expiration"];
    let name = "comity_signatures_first_expiration_timestamp_seconds";
    assert_eq!(until.as_i64(), here.get(name).copied());
    let left = status["signatures"]["left_s"].as_i64().unwrap();
    assert!(
        left > (DAYS_MIN - 1) * DAY_S && left <= 28 * DAY_S,
        "{left}"
    );
    let view = zone.view().unwrap();
    let serial = i64::from(view.editions[0].serial);
    let expected = [
        ("comity_members", 3),
        ("comity_members_present", 3),
        ("comity_edition", 1),
        ("comity_edition_serial", serial),
        ("comity_shares_exposed{epoch=\"1\"}", 0),
        ("comity_shares_threshold{epoch=\"1\"}", 2),
        ("comity_ceremony_due", 0),
    ];
    for (name, value) in expected {
        assert_eq!(here.get(name), Some(&value), "{name}");
    }
    assert_eq!(there["comity_mirror_serving"], 1);
    assert!(!here.contains_key("comity_mirror_serving"));
    for figures in [&here, &there] {
        let left = figures["comity_signatures_remaining_seconds"];
        assert!(
            left > (DAYS_MIN - 1) * DAY_S && left <= 28 * DAY_S,
            "{left}"
        );
        let until = figures["comity_signatures_first_expiration_timestamp_seconds"];
        assert!((until - left - now()).abs() < 600);
        let cosigned = figures["comity_quorum_cosigned_timestamp_seconds"];
        assert!((0..600).contains(&(now() - cosigned)), "{cosigned}");
    }

    // A mirror is asked for nothing else there.
    let server = of_mirror(&zone);
    assert_eq!(http::get(server, "/").status, 404);
    assert_eq!(http::request(server, "POST", "/metrics", b"").status, 405);
}

#[test]
fn a_mirror_that_is_cut_off_counts_down_and_shows_since_when() {
    let mut zone = measured();
    let (_, there) = both(&zone);
    let read = |zone: &Zone| scrape(of_mirror(zone))["comity_mirror_ledger_read_timestamp_seconds"];
    zone.stop(SECRETARIAT);
    zone.wait("the mirror to find nobody", || {
        let log = zone.log(MIRROR);
        log.contains("the ledger cannot be read").then_some(())
    });
    let last = read(&zone);
    zone.wait("time to pass", || (now() > last + 2).then_some(()));
    assert_eq!(read(&zone), last);
    let alone = scrape(of_mirror(&zone));
    assert_eq!(alone["comity_mirror_serving"], 1);
    assert_eq!(
        alone["comity_ledger_acts"], there["comity_ledger_acts"],
        "the ledger as it was"
    );

    // After a restart it knows no ledger, and still when what it serves ends.
    zone.stop(MIRROR);
    zone.start(MIRROR);
    let alone = scrape(of_mirror(&zone));
    assert_eq!(
        alone["comity_signatures_first_expiration_timestamp_seconds"],
        there["comity_signatures_first_expiration_timestamp_seconds"]
    );
    assert_eq!(alone["comity_mirror_serving"], 1);
    assert!(!alone.contains_key("comity_ledger_timestamp_seconds"));
    zone.nobody_panicked();
}

#[test]
fn a_watcher_shows_what_it_serves_and_what_it_refuses() {
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let watch = Watch::new(&root, "pass");
    let path = watch.workshop.path("watch/watch.toml");
    let config = fs::read_to_string(&path).unwrap();
    let said = format!("web = \"{}:0\"", own_ip());
    fs::write(&path, config.replace("# web = \"127.0.0.1:8053\"", &said)).unwrap();
    watch.upstream(&root.sign(FIRST, LINES, USUAL));
    let (_process, _) = watch.start();
    let web = fs::read_to_string(watch.workshop.path("watch/web-address")).unwrap();
    let web = web.parse().unwrap();
    let of = |figures: &Figures, name: &str, label: &str| {
        let begin = format!("comity_watch_{name}{{");
        let is_it = |key: &&String| key.starts_with(&begin) && key.contains(label);
        figures.keys().find(is_it).map(|key| figures[key])
    };
    let wait = |name: &str, label: &str, value: i64| {
        let is = |figures: &Figures| of(figures, name, label) == Some(value);
        look(PATIENCE, || Some(scrape(web)).filter(is)).unwrap()
    };
    let figures = wait("served_serial", "zone=\".\"", FIRST.into());
    let left = of(&figures, "remaining_seconds", "").unwrap();
    assert!((6 * DAY_S..=7 * DAY_S).contains(&left), "{left}");
    assert_eq!(of(&figures, "upstream_good", "upstream.zone"), Some(1));
    assert_eq!(of(&figures, "anchor", "stage=\"trusted\""), Some(1));
    assert_eq!(of(&figures, "versions_taken_total", ""), Some(1));
    watch.upstream(
        &root
            .sign(SECOND, LINES, USUAL)
            .replace("192.0.2.2", "192.0.2.99"),
    );
    let figures = wait("versions_refused_total", "rule=\"zonemd\"", 1);
    assert_eq!(of(&figures, "upstream_good", "upstream.zone"), Some(0));
    assert_eq!(of(&figures, "upstream_state", "state=\"zonemd\""), Some(1));
    assert_eq!(of(&figures, "served_serial", ""), Some(FIRST.into()));
}
