//! A zone that rolls its key as RFC 5011 has it, behind NSD: the next key is there for
//! thirty days, then the first is revoked, and from then on what the first alone has signed is
//! refused. BIND's programs make the keys and sign.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use comity_core::zone::{Rdata, Rtype};
use serde_json::Value;

use crate::support::daemons::Daemon;
use crate::support::upstream::{LINES, text};
use crate::support::workshop::{Ran, Workshop};
use crate::support::{PATIENCE, judge, look};

const FIRST: u32 = 2_025_123_001;

/// A folder with keys of the root.
struct Keys {
    folder: tempfile::TempDir,
    signzone: PathBuf,
    revoke: PathBuf,
    keygen: PathBuf,
}

impl Keys {
    fn new() -> Option<Self> {
        let [signzone, revoke, keygen] =
            judge::programs(["dnssec-signzone", "dnssec-revoke", "dnssec-keygen"])?;
        Some(Self {
            folder: tempfile::tempdir().unwrap(),
            signzone,
            revoke,
            keygen,
        })
    }

    /// A new key; the name of its files.
    fn generate(&self, more: &[&str]) -> String {
        let mut command = Command::new(&self.keygen);
        command.args(["-q", "-a", "ECDSAP256SHA256"]).args(more);
        self.named(command.arg("."))
    }

    /// The same key, revoked.
    fn revoke(&self, key: &str) -> String {
        let mut command = Command::new(&self.revoke);
        let said = self.named(command.args(["-K", ".", key]));
        said.trim_start_matches("./").to_owned()
    }

    fn named(&self, command: &mut Command) -> String {
        let said = judge::output(command.current_dir(self.folder.path()));
        String::from_utf8(said).unwrap().trim().to_owned()
    }

    fn line(&self, key: &str) -> String {
        let text = fs::read_to_string(self.folder.path().join(format!("{key}.key"))).unwrap();
        text.lines()
            .find(|line| !line.starts_with(';'))
            .unwrap()
            .to_owned()
    }

    /// DNSKEY data.
    fn data(&self, key: &str) -> String {
        let line = self.line(key);
        line.split_once("DNSKEY ").unwrap().1.to_owned()
    }

    fn tag(&self, key: &str) -> u64 {
        let data = Rdata::from_text(Rtype::DNSKEY, &self.data(key)).unwrap();
        comity_core::dnssec::ZoneKey::parse(&data)
            .unwrap()
            .tag()
            .into()
    }

    /// A version with these keys, signed by those of them that sign, for a year.
    fn sign(&self, serial: u32, keys: &[&str], by: &[&str]) -> String {
        let at = self.folder.path();
        let lines: Vec<String> = keys.iter().map(|key| self.line(key)).collect();
        let zone = text(serial, LINES) + "$TTL 86400\n" + &lines.join("\n") + "\n";
        fs::write(at.join("zone"), zone).unwrap();
        let mut command = Command::new(&self.signzone);
        command.args([
            "-q", "-P", "-N", "keep", "-O", "full", "-o", ".", "-f", "signed",
        ]);
        command
            .args(["-s", "now-3600", "-e", "now+31536000", "zone"])
            .args(by);
        judge::output(command.current_dir(at));
        fs::read_to_string(at.join("signed")).unwrap()
    }
}

/// A watcher of a primary that begins with one key.
fn watcher(workshop: &Workshop, primary: &Daemon, anchor: &str) {
    let (dir, address) = (workshop.text("watch"), primary.address.to_string());
    let words = [
        "watch",
        "init",
        "--dir",
        &dir,
        "--transfer",
        &address,
        "--anchor",
        anchor,
    ];
    workshop.run(&words).done();
    let path = workshop.path("watch/watch.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        path,
        text.replace("zonemd = \"required\"", "zonemd = \"if-there\""),
    )
    .unwrap();
}

/// What a watcher says that looks once this version is there.
fn looked(workshop: &Workshop, serial: u32) -> (Ran, Value) {
    let dir = workshop.text("watch");
    let once = || {
        let ran = workshop.run(&["watch", "run", "--once", "--dir", &dir]);
        let mut lines = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let state = lines.rfind(|it| it["upstreams"].is_array())?;
        (state["upstreams"][0]["serial"] == serial).then_some((ran, state))
    };
    look(PATIENCE, once).unwrap()
}

fn stages(state: &Value) -> Vec<(u64, String)> {
    let anchors = state["anchors"].as_array().unwrap().iter();
    let word = |it: &Value| {
        it["stage"]
            .as_str()
            .unwrap()
            .split([' ', ','])
            .next()
            .unwrap()
            .into()
    };
    anchors
        .map(|it| (it["key"].as_u64().unwrap(), word(it)))
        .collect()
}

#[test]
fn what_a_revoked_key_alone_has_signed_is_refused_and_the_next_key_is_trusted() {
    let Some([nsd, faketime]) = judge::programs(["nsd", "faketime"]) else {
        return;
    };
    let Some(keys) = Keys::new() else {
        return;
    };
    let [a, b] = [0; 2].map(|_| keys.generate(&["-f", "KSK"]));
    let zone_key = keys.generate(&[]);
    let (a, b, zone_key) = (a.as_str(), b.as_str(), zone_key.as_str());
    let all = [a, b, zone_key];
    let primary = Daemon::open_primary(&nsd, &keys.sign(FIRST, &all, &[a, zone_key]));
    look(PATIENCE, || TcpStream::connect(primary.address).ok()).unwrap();
    let mut workshop = Workshop::new();
    watcher(&workshop, &primary, &keys.data(a));
    let [tag_a, tag_b] = [a, b].map(|key| keys.tag(key));
    let stage = |tag, word: &str| (tag, word.to_owned());

    // The next key is there, and is not trusted: nor is what it alone has signed.
    let (_, state) = looked(&workshop, FIRST);
    assert_eq!(
        stages(&state),
        sorted([stage(tag_a, "trusted"), stage(tag_b, "pending")], &state)
    );
    primary.reload(&keys.sign(FIRST + 1, &[b, zone_key], &[b, zone_key]));
    let (_, state) = looked(&workshop, FIRST + 1);
    assert_eq!(state["upstreams"][0]["state"], "wrong-key");
    workshop.pass_days(&faketime, 29);
    primary.reload(&keys.sign(FIRST + 2, &all, &[a, zone_key]));
    let (_, state) = looked(&workshop, FIRST + 2);
    assert!(stages(&state).contains(&stage(tag_b, "pending")), "{state}");
    workshop.pass_days(&faketime, 31);
    primary.reload(&keys.sign(FIRST + 3, &all, &[a, zone_key]));
    let (_, state) = looked(&workshop, FIRST + 3);
    assert!(stages(&state).contains(&stage(tag_b, "trusted")), "{state}");

    // The first is revoked, and has signed that itself.
    let gone = keys.revoke(a);
    let version = keys.sign(FIRST + 4, &[&gone, b, zone_key], &[&gone, b, zone_key]);
    primary.reload(&version);
    let (ran, state) = looked(&workshop, FIRST + 4);
    assert_eq!(state["served"], FIRST + 4, "{ran:#?}");
    assert!(
        ran.stdout.contains("is revoked, and never trusted again"),
        "{ran:#?}"
    );
    assert!(stages(&state).contains(&stage(tag_a, "revoked")), "{state}");

    // Whoever has it signs as if nothing were: today, and long after.
    for (days, serial) in [(31, FIRST + 5), (200, FIRST + 6)] {
        workshop.pass_days(&faketime, days);
        primary.reload(&keys.sign(serial, &[a, zone_key], &[a, zone_key]));
        let (ran, state) = looked(&workshop, serial);
        let upstream = &state["upstreams"][0];
        assert_eq!(
            (ran.code, &upstream["state"]),
            (Some(3), &"revoked-key".into()),
            "{ran:#?}"
        );
        let why = upstream["why"].as_str().unwrap();
        assert!(
            why.contains(&format!("the key {tag_a}, which was revoked")),
            "{why}"
        );
        assert_eq!(state["newest"], FIRST + 4);
    }
    primary.reload(&keys.sign(FIRST + 7, &[a, b, zone_key], &[a, b, zone_key]));
    let (_, state) = looked(&workshop, FIRST + 7);
    assert_eq!(state["served"], FIRST + 7);
    assert!(stages(&state).contains(&stage(tag_a, "revoked")), "{state}");
}

/// These, in the order in which a state has them.
fn sorted(mut these: [(u64, String); 2], state: &Value) -> Vec<(u64, String)> {
    let order: Vec<u64> = stages(state).iter().map(|(tag, _)| *tag).collect();
    these.sort_by_key(|(tag, _)| order.iter().position(|it| it == tag));
    these.into()
}
