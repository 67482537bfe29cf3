//! A key follows another, in front of a stock resolver that follows the zone's keys
//! by RFC 5011 with its own timers: everybody's clock is set ahead, a fortnight at a
//! time, and nobody is told anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use comity_secretariat::overview::view::KeyView;

use crate::support::daemons::Daemon;
use crate::support::dns;
use crate::support::judge::{programs, skip};
use crate::support::zone::{Plan, Zone};

const DAY_S: u64 = 86_400;
/// A fortnight less a day: no signature ends meanwhile, and nobody counts as absent.
const STEP_DAYS: u64 = 13;

/// A zone through the months, and a resolver that is started now and then.
struct Months {
    zone: Zone,
    faketime: PathBuf,
    unbound: PathBuf,
    dig: PathBuf,
    days: u64,
}

/// The states that the resolver's file has of the keys, by their tags.
type States = BTreeMap<u16, String>;

impl Months {
    fn begin() -> Option<Self> {
        let Some([faketime, unbound, dig]) = programs(["faketime", "unbound", "dig"]) else {
            skip("faketime, unbound or dig is missing");
            return None;
        };
        let zone = Zone::serve(&Plan::default());
        Some(Self {
            zone,
            faketime,
            unbound,
            dig,
            days: 0,
        })
    }

    /// The seconds since 1970 by everybody's clock.
    fn now(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.as_secs() + self.days * DAY_S
    }

    /// Days pass, in which nobody is at work; then everybody is, until what is due
    /// is done.
    fn pass_to(&mut self, days: u64) {
        self.days = days;
        let now = self.now();
        self.zone.stop_all();
        self.zone.workshop.pass_days(&self.faketime, days);
        self.zone.start_all();
        self.zone.wait("ledger time to be today's", || {
            let time = self.zone.view()?.ledger.time?;
            (time >= now).then_some(())
        });
        self.settle();
    }

    /// Waits until nothing is due, and the last edition is served.
    fn settle(&self) {
        self.zone.wait("everything that is due to be done", || {
            let view = self.zone.view()?;
            let due = view.keys.keyset.is_some() || view.keys.roll.is_some();
            let is_fresh = view.signatures.left_s? > view.signatures.refresh_before_s;
            let is_named = view.keys.keys.iter().all(|key| key.stage != "made");
            let last = view.editions.last()?.serial;
            let is_served = dns::serial(self.zone.dns()) == Some(last);
            let is_done = !due && is_fresh && is_named && view.shares.due.is_none();
            (is_done && is_served).then_some(())
        });
    }

    /// A key once it is at this stage.
    fn key(&self, number: usize, stage: &str) -> KeyView {
        self.zone.wait(&format!("key {number} to be {stage}"), || {
            let key = self.zone.view()?.keys.keys.get(number - 1)?.clone();
            (key.stage == stage).then_some(key)
        })
    }

    /// Waits until an edition says that a key is revoked, and is served.
    fn shows_as_revoked(&self, number: usize) {
        self.zone.wait("an edition to revoke a key", || {
            let key = self.zone.view()?.keys.keys.get(number - 1)?.clone();
            // From then on it is known when the key is gone.
            (key.stage == "revoked").then_some(key.until?)
        });
        self.settle();
    }

    /// Waits until the mirror's set of keys has so many.
    fn serves_keys(&self, count: usize) {
        let mirror = self.zone.dns();
        self.zone.wait(&format!("{count} keys to be served"), || {
            let mut dig = Command::new(&self.dig);
            dig.arg(format!("@{}", mirror.ip())).args([
                "-p",
                &mirror.port().to_string(),
                ".",
                "DNSKEY",
                "+short",
            ]);
            let said = dig.output().ok()?.stdout;
            (String::from_utf8_lossy(&said).lines().count() == count).then_some(())
        });
    }

    /// Waits until everybody has said that its shares of a key are wiped.
    fn wiped(&self, tag: u16) {
        self.zone.wait("the shares of a key to be wiped", || {
            let epochs = self.zone.view()?.shares.epochs;
            let mut own = epochs.iter().filter(|epoch| epoch.tag == tag);
            own.all(|epoch| epoch.kept.is_empty()).then_some(())
        });
    }

    /// Members ask for a new key: so many of them sign the papers.
    fn ask(&self, what: &str, members: &[&str]) {
        let papers = self.zone.workshop.text(&format!("{what}.papers"));
        let reason = ["--reason", "Every five years", "--prepare", &papers];
        let ask = [&["key", what][..], &reason].concat();
        self.zone.act(members[0], &ask).done();
        for member in &members[1..] {
            let home = self.zone.workshop.text(member);
            let sign = ["sign", &papers, "--as", &home];
            self.zone.workshop.run(&sign).done();
        }
        self.zone.ask(&["submit", &papers]).done();
    }

    /// What the resolver remembers of the keys between its starts.
    fn anchors(&self) -> PathBuf {
        self.zone.workshop.path("anchors.key")
    }

    fn export_anchors(&self, to: &Path) {
        let ledger = self.zone.ledger().display().to_string();
        let export = ["export", "anchor", "--ledger", &ledger];
        fs::write(to, self.zone.workshop.run(&export).stdout).unwrap();
    }

    /// Starts the resolver with what it remembers, and its clock like everybody's.
    fn resolver(&self, anchors: &Path) -> Daemon {
        let (ip, port) = (self.zone.dns().ip(), self.zone.dns().port());
        let clauses = format!(
            "server:\n auto-trust-anchor-file: \"{}\"\n\
             stub-zone:\n name: \".\"\n stub-addr: {ip}@{port}\n",
            anchors.display()
        );
        let clock = self.zone.workshop.clock();
        Daemon::unbound_beside(&self.unbound, &clauses, &[], clock)
    }

    /// Has the resolver look at the keys and answer; what it remembers then.
    fn validate(&self) -> States {
        let unbound = self.resolver(&self.anchors());
        for (question, status) in [
            ("harbour. DS", "NOERROR"),
            ("nobody-has-this. A", "NXDOMAIN"),
        ] {
            let said = unbound.answer(&self.dig, question, status);
            let flags = said.lines().find(|line| line.contains("flags: qr"));
            let is_secure = flags.is_some_and(|flags| flags.contains(" ad;"));
            assert!(
                is_secure,
                "day {}: {question}\n{said}\n{}",
                self.days,
                unbound.log()
            );
        }
        let now = self.now();
        self.zone
            .wait("the resolver to have looked at the keys", || {
                let text = fs::read_to_string(self.anchors()).ok()?;
                let mut lines = text.lines();
                let last = lines.find_map(|line| line.strip_prefix(";;last_success: "))?;
                let last: u64 = last.split(' ').next()?.parse().ok()?;
                (last + 120 >= now).then(|| states(&text))
            })
    }
}

/// `. 172800 IN DNSKEY 257 3 15 … ;{id = 3613 (ksk), …} ;;state=2 [  VALID  ] …`
fn states(text: &str) -> States {
    let state = |line: &str| {
        let tag = line
            .split("{id = ")
            .nth(1)?
            .split(' ')
            .next()?
            .parse()
            .ok()?;
        let state = line.split(";;state=").nth(1)?.split(['[', ']']).nth(1)?;
        Some((tag, state.trim().to_string()))
    };
    text.lines().filter_map(state).collect()
}

fn tags(states: &States, wanted: &str) -> Vec<u16> {
    let states = states.iter().filter(|(_, state)| *state == wanted);
    states.map(|(tag, _)| *tag).collect()
}

#[test]
fn a_resolver_follows_a_roll_and_must_be_told_of_a_compromise() {
    let Some(mut months) = Months::begin() else {
        return;
    };
    months.export_anchors(&months.anchors());
    let first = months.key(1, "signing").tag;
    assert_eq!(tags(&months.validate(), "VALID"), [first]);

    months.ask("roll", &["alba", "boreal"]);
    let second = months.key(2, "published").tag;
    months.settle();
    // What anybody is given from now on names both.
    let today = months.zone.workshop.path("today.key");
    months.export_anchors(&today);
    let today = fs::read_to_string(&today).unwrap();
    assert_eq!(today.matches(" DNSKEY ").count(), 2);
    assert_eq!(tags(&months.validate(), "ADDPEND"), [second]);

    for days in [STEP_DAYS, 2 * STEP_DAYS] {
        months.pass_to(days);
        assert_eq!(tags(&months.validate(), "VALID"), [first], "day {days}");
    }
    // The resolver's thirty days are over, and the zone's sixty-one are not.
    months.pass_to(3 * STEP_DAYS);
    let mut both = [first, second];
    both.sort_unstable();
    assert_eq!(tags(&months.validate(), "VALID"), both);
    months.pass_to(4 * STEP_DAYS);
    months.key(1, "signing");

    months.pass_to(62);
    months.key(2, "signing");
    months.key(1, "retiring");
    months.settle();
    assert_eq!(tags(&months.validate(), "VALID"), both);
    for days in [75, 88] {
        months.pass_to(days);
        assert_eq!(tags(&months.validate(), "VALID"), both, "day {days}");
    }
    months.pass_to(97);
    assert_eq!(months.key(1, "revoked").tag, first + 128);
    months.shows_as_revoked(1);
    let revoked = months.validate();
    assert_eq!(tags(&revoked, "VALID"), [second], "{revoked:?}");
    for days in [110, 123, 136, 149] {
        months.pass_to(days);
        assert_eq!(tags(&months.validate(), "VALID"), [second], "day {days}");
    }
    // An edition that was opened just before can be shown until day 125.
    months.pass_to(160);
    months.key(1, "gone");
    assert_eq!(tags(&months.validate(), "VALID"), [second]);
    months.wiped(first);

    // Nothing stands by: the members make another key, and nobody follows by itself.
    months.ask("compromised", &["alba", "boreal", "cedar"]);
    let third = months.key(3, "signing").tag;
    months.settle();
    months.shows_as_revoked(2);
    // Whoever trusts no key any more takes the zone for unsigned (RFC 5011 §5).
    let unbound = months.resolver(&months.anchors());
    let said = unbound.answer(&months.dig, "harbour. DS", "NOERROR");
    assert!(!said.contains(" ad;"), "{said}");
    fs::remove_file(months.anchors()).unwrap();
    months.export_anchors(&months.anchors());
    assert_eq!(tags(&months.validate(), "VALID"), [third]);
    let audited = months.zone.audit().done();
    assert_eq!(audited["epochs"].as_array().unwrap().len(), 3);
    months.zone.nobody_panicked();
}

#[test]
fn a_resolver_that_has_seen_a_key_stand_by_notices_no_theft() {
    let Some(mut months) = Months::begin() else {
        return;
    };
    months.export_anchors(&months.anchors());
    let first = months.key(1, "signing").tag;
    months.ask("standby", &["alba", "boreal"]);
    let second = months.key(2, "published").tag;
    months.settle();
    months.validate();
    for days in [13, 26, 39, 52] {
        months.pass_to(days);
        months.validate();
    }
    months.pass_to(62);
    months.key(2, "standing-by");
    months.serves_keys(1);
    // It is in no edition, and trusted still.
    let states = months.validate();
    assert_eq!(states.get(&second).map(String::as_str), Some("MISSING"));
    months.ask("compromised", &["alba", "boreal", "cedar"]);
    months.key(2, "signing");
    months.shows_as_revoked(1);
    assert_eq!(tags(&months.validate(), "VALID"), [second]);
    assert_eq!(months.key(1, "revoked").tag, first + 128);
    months.zone.audit().done();
    months.zone.nobody_panicked();
}

#[test]
fn a_resolver_notices_nothing_when_a_root_parts_its_key() {
    let Some(mut months) = Months::begin() else {
        return;
    };
    months.export_anchors(&months.anchors());
    let first = months.key(1, "signing").tag;
    months.ask("part", &["boreal", "cedar"]);
    months.key(2, "published");
    months.settle();
    months.validate();
    for days in [4, 17, 30] {
        months.pass_to(days);
        months.key(2, "signing");
        assert_eq!(tags(&months.validate(), "VALID"), [first]);
    }
    // By now the second key has signed everything, and the first nothing but keys.
    let zone = months.zone.workshop.text("zone.signed");
    let ledger = months.zone.ledger().display().to_string();
    let export = ["export", "zone", "--ledger", &ledger, "--out", &zone];
    months.zone.workshop.run(&export).done();
    let text = fs::read_to_string(&zone).unwrap();
    let by_first = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(3) == Some(&"RRSIG") && words.get(10) == Some(&first.to_string().as_str())
    };
    let by_first: Vec<&str> = text.lines().filter(by_first).collect();
    assert_eq!(by_first.len(), 1, "{by_first:?}");
    assert!(by_first[0].contains("RRSIG\tDNSKEY") || by_first[0].contains("RRSIG DNSKEY"));
    months.zone.audit().done();
    months.zone.nobody_panicked();
}
