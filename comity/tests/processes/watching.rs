//! `comity watch` behind real primaries and before real resolvers: what is good is
//! served, whatever is wrong is named and is not, what is held is as it was, and all of
//! it can be had back by one command.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;

use data_encoding::BASE64;
use serde_json::Value;

use crate::support::daemons::{Daemon, TSIG};
use crate::support::process::Process;
use crate::support::upstream::{How, LINES, Root, USUAL, text};
use crate::support::workshop::{Ran, Workshop};
use crate::support::{PATIENCE, dns, judge, look, own_ip};

pub(crate) const FIRST: u32 = 2_025_123_001;
pub(crate) const SECOND: u32 = FIRST + 1;
pub(crate) const DS: &str = "0B8C1D4E4F1C6A7B5D2E3F4051627384950617283940516273849506172839AB";

/// A watcher of a file, in a workshop.
pub(crate) struct Watch {
    pub(crate) workshop: Workshop,
}

impl Watch {
    pub(crate) fn new(root: &Root, mode: &str) -> Self {
        let workshop = Workshop::new();
        let (dir, file) = (workshop.text("watch"), workshop.text("upstream.zone"));
        let listen = format!("{}:0", own_ip());
        let words = [
            "watch", "init", "--dir", &dir, "--file", &file, "--mode", mode,
        ];
        let more = ["--anchor", &root.anchor, "--listen", &listen];
        workshop.run(&[&words[..], &more].concat()).done();
        Self { workshop }
    }

    /// It is told this, too.
    pub(crate) fn tell(&self, settings: &str) {
        let path = self.workshop.path("watch/watch.toml");
        let text = fs::read_to_string(&path).unwrap();
        let keys = settings.lines().filter_map(|line| line.split_once(" ="));
        let keys: Vec<&str> = keys.map(|(key, _)| key).collect();
        let is_said = |line: &&str| line.split_once(" =").is_some_and(|it| keys.contains(&it.0));
        let rest: Vec<&str> = text.lines().filter(|line| !is_said(line)).collect();
        fs::write(&path, format!("{settings}{}\n", rest.join("\n"))).unwrap();
    }

    /// Where HTTPS is answered.
    pub(crate) fn https(&self) -> SocketAddr {
        let address = fs::read_to_string(self.workshop.path("watch/web-address"));
        address.unwrap().parse().unwrap()
    }

    /// The upstream has this from now on.
    pub(crate) fn upstream(&self, zone: &str) {
        let aside = self.workshop.write("aside", zone.as_bytes());
        fs::rename(aside, self.workshop.path("upstream.zone")).unwrap();
    }

    /// Looks once.
    pub(crate) fn look(&self) -> Ran {
        let dir = self.workshop.text("watch");
        self.workshop
            .run(&["watch", "run", "--once", "--dir", &dir])
    }

    pub(crate) fn served(&self) -> String {
        fs::read_to_string(self.workshop.path("watch/zone")).unwrap()
    }

    /// Watches on, and says where.
    pub(crate) fn start(&self) -> (Process, SocketAddr) {
        let path = self.workshop.path("watch/watch.toml");
        let often = fs::read_to_string(&path).unwrap();
        let often = often.replace("refresh_s = 300", "refresh_s = 1");
        fs::write(&path, often).unwrap();
        let dir = self.workshop.text("watch");
        let command = self.workshop.command(&["watch", "run", "--dir", &dir]);
        let process = Process::start(command, &self.workshop.path("logs/watch.log"));
        let address = self.workshop.path("watch/address");
        let address = look(PATIENCE, || fs::read_to_string(&address).ok()?.parse().ok());
        (process, address.unwrap())
    }

    pub(crate) fn mode(&self, mode: &str) {
        let dir = self.workshop.text("watch");
        let words = ["watch", "mode", mode, "--dir", &dir];
        self.workshop.run(&words).done();
    }

    /// Waits until the state is as it should be.
    pub(crate) fn wait(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = String::new();
        let state = || {
            let text = fs::read_to_string(self.workshop.path("watch/view.json")).ok()?;
            // What was not as it should be is not read again.
            let text = (text != last).then_some(text)?;
            last.clone_from(&text);
            serde_json::from_str(&text).ok().filter(&is)
        };
        look(PATIENCE, state).unwrap_or_else(|| {
            let log = fs::read_to_string(self.workshop.path("logs/watch.log"));
            panic!("never {what}: {}", log.unwrap_or_default())
        })
    }

    /// Every change with its verdict, as it was said.
    pub(crate) fn changes(&self) -> Vec<String> {
        let events = fs::read_to_string(self.workshop.path("watch/events.jsonl")).unwrap();
        let events = events
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let changes = events.filter_map(|event: Value| {
            let change = event["what"].get("change")?;
            let words = ["name", "change", "verdict"].map(|it| change[it].as_str().unwrap());
            Some(words.join(" "))
        });
        changes.collect()
    }
}

/// The state that was printed last, before anything that is wrong with it.
pub(crate) fn seen(ran: &Ran) -> Value {
    let mut lines = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.rfind(|line| line["upstreams"].is_array()).unwrap()
}

#[test]
fn a_version_that_is_wrong_is_named_and_never_served() {
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let (Some(stranger), Some(old_fashioned)) =
        (Root::new("ecdsap256sha256"), Root::new("rsasha1"))
    else {
        return;
    };
    let watch = Watch::new(&root, "pass");
    let good = root.sign(FIRST, LINES, USUAL);
    watch.upstream(&good);
    let state = watch.look().done();
    assert_eq!(state["served"], FIRST);
    let next = root.sign(SECOND, LINES, USUAL);
    let no_digest = How {
        digest: false,
        ..USUAL
    };
    let long_ago = How {
        days_ago: 60,
        ..USUAL
    };
    let before = root.sign(FIRST - 1, LINES, USUAL);
    for (zone, state) in [
        (root.sign(SECOND, LINES, long_ago), "expired"),
        (next.replace(DS, &DS.replace('C', "D")), "tampered"),
        (stranger.sign(SECOND, LINES, USUAL), "wrong-key"),
        (old_fashioned.sign(SECOND, LINES, USUAL), "algorithm"),
        (next[..next.len() / 2].to_string(), "malformed"),
        (before, "behind"),
        (root.sign(SECOND, LINES, no_digest), "zonemd-missing"),
        (next.replace("192.0.2.2", "192.0.2.99"), "zonemd"),
        (text(SECOND, LINES), "unsigned"),
    ] {
        watch.upstream(&zone);
        let ran = watch.look();
        let seen = seen(&ran);
        assert_eq!(seen["upstreams"][0]["state"], state, "{ran:#?}");
        let is_fine = state == "behind";
        assert_eq!(
            ran.code,
            Some(if is_fine { 0 } else { 3 }),
            "{state}: {ran:#?}"
        );
        let newest = (&seen["newest"], &seen["served"]);
        assert_eq!(newest, (&FIRST.into(), &FIRST.into()), "{state}");
        assert!(watch.served().contains("192.0.2.2"), "{state}");
    }
    fs::remove_file(watch.workshop.path("upstream.zone")).unwrap();
    let ran = watch.look();
    assert_eq!(seen(&ran)["upstreams"][0]["state"], "silent", "{ran:#?}");
    watch.upstream(&next);
    let state = watch.look().done();
    assert_eq!(
        (&state["served"], &state["upstreams"][0]["state"]),
        (&SECOND.into(), &"good".into())
    );
}

#[test]
fn a_web_server_that_cannot_show_who_it_is_is_not_started() {
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let watch = Watch::new(&root, "pass");
    let key = watch.workshop.write("key", b"nothing of the kind");
    let (key, dir) = (key.display(), watch.workshop.text("watch"));
    let web = format!("web = \"{}:0\"\n", own_ip());
    let pair = format!("web_tls = {{ certificate = \"{key}\", key = \"{key}\" }}\n");
    watch.tell(&(web + &pair));
    let ran = watch.workshop.run(&["watch", "run", "--dir", &dir]);
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.stdout.contains(&key.to_string()), "{ran:#?}");
    watch.tell("web = 0\n");
    let path = watch.workshop.path("watch/watch.toml");
    let text = fs::read_to_string(&path).unwrap().replace("web = 0\n", "");
    fs::write(&path, text).unwrap();
    let ran = watch.workshop.run(&["watch", "run", "--dir", &dir]);
    assert!(ran.stdout.contains("`web_tls` says nothing"), "{ran:#?}");
}

/// Unbound with this root, which it gets from a watcher by transfer.
fn resolver(unbound: &Path, watcher: SocketAddr, anchors: &[&str], check: &str) -> Daemon {
    let anchors: String = anchors
        .iter()
        .map(|it| format!(" trust-anchor: \". {it}\"\n"))
        .collect();
    let clauses = format!(
        "server:\n{anchors}auth-zone:\n name: \".\"\n primary: {}@{}\n for-upstream: yes\n \
         for-downstream: no\n zonemd-check: {check}\n",
        watcher.ip(),
        watcher.port()
    );
    Daemon::unbound(unbound, &clauses)
}

fn is_validated(daemon: &Daemon, dig: &Path, question: &str) -> String {
    let answer = daemon.answer(dig, question, "NOERROR");
    let flags = answer.lines().find(|line| line.contains("flags:")).unwrap();
    assert!(flags.contains(" ad"), "{answer}\n{}", daemon.log());
    answer
}

/// A watcher of a primary, which knows this TSIG key.
pub(crate) fn watcher_of(root: &Root, primary: &Daemon, secret: &str) -> Watch {
    look(PATIENCE, || TcpStream::connect(primary.address).ok()).unwrap();
    let watch = Watch::new(root, "pass");
    let path = watch.workshop.path("watch/watch.toml");
    let configured = fs::read_to_string(&path).unwrap();
    let file = format!("file = \"{}\"", watch.workshop.text("upstream.zone"));
    let transfer = format!("transfer = \"{}\"\nkey = \"{TSIG}\"", primary.address);
    let key =
        format!("[[key]]\nname = \"{TSIG}\"\nalgorithm = \"hmac-sha256\"\nsecret = \"{secret}\"\n");
    let configured = configured.replace(&file, &transfer) + &key;
    fs::write(&path, configured).unwrap();
    watch
}

#[test]
fn what_a_primary_has_reaches_a_validating_resolver_by_transfers() {
    let Some([nsd, unbound, dig]) = judge::programs(["nsd", "unbound", "dig"]) else {
        return;
    };
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let secret = BASE64.encode(&[7; 32]);
    let primary = Daemon::primary(&nsd, &root.sign(FIRST, LINES, USUAL), &secret);
    let watch = watcher_of(&root, &primary, &secret);
    let (_process, address) = watch.start();
    watch.wait("served", |state| state["served"] == FIRST);
    let behind = resolver(&unbound, address, &[&format!("DS {}", root.anchor)], "yes");
    let answer = is_validated(&behind, &dig, "be. DS");
    assert!(answer.contains("12664"), "{answer}");
    assert_eq!(dns::name_servers(address, "lu."), ["ns.nic.lu."]);
    // What has changed comes by itself, and is explained.
    let more = LINES.to_string() + "\nnl. NS ns.nic.lu.";
    primary.reload(&root.sign(SECOND, &more, USUAL));
    watch.wait("served", |state| state["served"] == SECOND);
    assert_eq!(dns::name_servers(address, "nl."), ["ns.nic.lu."]);
    assert_eq!(watch.changes(), ["nl. added passed"]);
    let dir = watch.workshop.text("watch");
    let ran = watch.workshop.run(&["history", "nl.", "--dir", &dir]);
    assert_eq!(ran.done()["change"], "added");
}

/// A certificate for this name, and its key, in PEM.
fn certificate(openssl: &Path, name: &str) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(openssl);
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
    ]);
    command.args([
        "-nodes",
        "-keyout",
        "key",
        "-out",
        "certificate",
        "-days",
        "30",
        "-subj",
    ]);
    command.arg(format!("/CN={name}"));
    command.args(["-addext", &format!("subjectAltName=DNS:{name}")]);
    command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    judge::output(command.current_dir(folder.path()));
    ["certificate", "key"].map(|file| fs::read_to_string(folder.path().join(file)).unwrap())
}

#[test]
fn a_primary_shows_by_tls_who_it_is() {
    let Some([nsd, openssl]) = judge::programs(["nsd", "openssl"]) else {
        return;
    };
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let [shown, key] = certificate(&openssl, "primary.example");
    let zone = root.sign(FIRST, LINES, USUAL);
    let primary = Daemon::primary_by_tls(&nsd, &zone, [&shown, &key]);
    look(PATIENCE, || TcpStream::connect(primary.address).ok()).unwrap();
    let watch = Watch::new(&root, "pass");
    let authorities = watch.workshop.write("authorities.pem", shown.as_bytes());
    let path = watch.workshop.path("watch/watch.toml");
    let configured = fs::read_to_string(&path).unwrap();
    let file = format!("file = \"{}\"", watch.workshop.text("upstream.zone"));
    for (name, state) in [
        ("other.example", "unauthentic"),
        ("primary.example", "good"),
    ] {
        let upstream = format!(
            "transfer = \"{}\"\ntls = \"{name}\"\nauthorities = \"{}\"",
            primary.address,
            authorities.display()
        );
        fs::write(&path, configured.replace(&file, &upstream)).unwrap();
        let ran = watch.look();
        assert_eq!(seen(&ran)["upstreams"][0]["state"], state, "{ran:#?}");
    }
}

pub(crate) const HOSTILE: &str = "lu. NS ns.elsewhere.example.";

#[test]
fn what_is_held_is_served_as_it_was_until_the_operator_says_otherwise() {
    let Some([unbound, dig]) = judge::programs(["unbound", "dig"]) else {
        return;
    };
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let watch = Watch::new(&root, "buffer");
    watch.upstream(&root.sign(FIRST, LINES, USUAL));
    let (_process, address) = watch.start();
    watch.wait("served", |state| state["served"] == FIRST);
    // A name moves without any proof, and another one is new.
    let moved = LINES.replace("lu. NS ns.nic.lu.", HOSTILE) + "\nnl. NS ns.nic.lu.";
    watch.upstream(&root.sign(SECOND, &moved, USUAL));
    let state = watch.wait("held", |state| state["held"][0]["name"] == "lu.");
    assert_eq!(
        (&state["served"], &state["newest"]),
        (&SECOND.into(), &SECOND.into())
    );
    assert_eq!(dns::name_servers(address, "lu."), ["ns.nic.lu."]);
    assert_eq!(dns::name_servers(address, "nl."), ["ns.nic.lu."]);
    let behind = resolver(&unbound, address, &[&format!("DS {}", root.anchor)], "no");
    is_validated(&behind, &dig, "be. DS");
    let changes = watch.changes();
    assert_eq!(changes, ["lu. ns-replaced held", "nl. added passed"]);
    let dir = watch.workshop.text("watch");
    let words = ["watch", "status", "--dir", &dir];
    assert_eq!(watch.workshop.run(&words).code, Some(3));
    watch
        .workshop
        .run(&["watch", "allow", "lu.", "--dir", &dir])
        .done();
    watch.wait("let go", |state| {
        state["held"].as_array().unwrap().is_empty()
    });
    assert_eq!(dns::name_servers(address, "lu."), ["ns.elsewhere.example."]);
    watch.workshop.run(&words).done();
}

#[test]
fn a_sealed_zone_has_a_key_of_ones_own_and_one_command_goes_back() {
    let Some([unbound, dig]) = judge::programs(["unbound", "dig"]) else {
        return;
    };
    let Some(root) = Root::new("ecdsap256sha256") else {
        return;
    };
    let watch = Watch::new(&root, "pass");
    watch.upstream(&root.sign(FIRST, LINES, USUAL));
    let (_process, address) = watch.start();
    watch.wait("served", |state| state["served"] == FIRST);
    watch.mode("seal");
    // Later than what resolvers have, so that they take it.
    watch.wait("sealed", |state| state["served"] == SECOND);
    let key = fs::read_to_string(watch.workshop.path("watch/seal.key")).unwrap();
    let (own, upstream) = (
        key.replacen("257", "DNSKEY 257", 1),
        format!("DS {}", root.anchor),
    );
    let both = [own.trim(), &upstream];
    let behind = anchored(&unbound, address, &both);
    is_validated(&behind, &dig, "be. DS");
    // Who knows the upstream's key alone does not believe it.
    let stranger = anchored(&unbound, address, &[&upstream]);
    stranger.answer(&dig, "be. DS", "SERVFAIL");
    watch.mode("pass");
    watch.wait("as it was", |state| state["served"] == FIRST);
    let behind = anchored(&unbound, address, &both);
    is_validated(&behind, &dig, "be. DS");
    let forwarding = format!(
        "server:\n trust-anchor: \". {upstream}\"\nforward-zone:\n name: \".\"\n forward-addr: {}@{}\n",
        behind.address.ip(),
        behind.address.port()
    );
    let forwarder = Daemon::unbound(&unbound, &forwarding);
    is_validated(&forwarder, &dig, "be. DS");
}

fn anchored(unbound: &Path, watcher: SocketAddr, anchors: &[&str]) -> Daemon {
    resolver(unbound, watcher, anchors, "yes")
}
