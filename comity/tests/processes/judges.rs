//! Zones that members have signed together, judged by other implementations:
//! the exported file, and a mirror's answers through validating resolvers.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::{BASE64, HEXLOWER};

use crate::quickstart::Serving;
use crate::support::daemons::Daemon;
use crate::support::judge;
use crate::support::workshop::Workshop;

/// What `delv` says of an answer, of a denial, and of what is bogus.
const SIGNED: &str = "; fully validated";
const DENIED: &str = "; negative response, fully validated";
const BOGUS: &str = "resolution failed";

const RESOLVERS: [&str; 4] = ["delv", "dig", "unbound", "nsd"];
const VERIFIERS: [&str; 3] = ["dnssec-verify", "ldns-verify-zone", "kzonecheck"];

#[test]
fn judges_accept_the_sample_and_see_what_is_damaged() {
    judge_a_served_zone(None);
}

#[test]
fn judges_accept_the_newest_root_and_see_what_is_damaged() {
    let Some(data) = judge::data() else { return };
    let directory = tempfile::tempdir().unwrap();
    judge_a_served_zone(Some(&judge::newest_root(&data, directory.path())));
}

#[test]
fn judges_accept_the_root_of_2020_signed_anew() {
    let Some(data) = judge::data() else { return };
    let Some(verifiers) = judge::programs(VERIFIERS) else {
        return;
    };
    let workshop = Workshop::new();
    let zone = judge::signed_root(&data, workshop.directory());
    let (dir, zone) = (workshop.text("quickstart"), zone.display().to_string());
    let args = ["quickstart", "--once", "--dir", &dir, "--zone", &zone];
    let ports = ["--dns", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    let ran = workshop.run(&[&args[..], &ports].concat());
    assert!(
        ran.stdout.contains("dropped its old DNSSEC records"),
        "{ran:?}"
    );
    let report = ran.done();
    assert!(report["tlds"].as_u64() > Some(1500), "{report}");
    verify_file(&verifiers, Path::new(&dir));
}

fn judge_a_served_zone(zone: Option<&Path>) {
    let (Some(verifiers), Some(resolvers)) =
        (judge::programs(VERIFIERS), judge::programs(RESOLVERS))
    else {
        return;
    };
    let workshop = Workshop::new();
    let dir = workshop.text("quickstart");
    let mut serving = Serving::start(&workshop, &dir, zone);
    let bench = Bench::new(&workshop, resolvers);
    verify_file(&verifiers, &bench.directory);
    bench.accept_the_mirror();
    bench.refuse_another_anchor();
    bench.see_what_is_damaged();
    let report = serving.stop();
    assert_eq!(report["edition"], 3, "{report}");
}

/// The exported zone is whole and signed under the exported anchor.
fn verify_file([dnssec_verify, ldns, kzonecheck]: &[PathBuf; 3], directory: &Path) {
    let file = directory.join("zone.signed");
    let anchor = directory.join("anchor.key");
    let verify = ["-z", "-o", "."];
    judge::output(Command::new(dnssec_verify).args(verify).arg(&file));
    judge::output(
        Command::new(ldns)
            .args(["-ZZ", "-k"])
            .args([&anchor, &file]),
    );
    judge::output(Command::new(kzonecheck).args(["-o", "."]).arg(&file));
}

/// A zone, its mirror, and those who ask it.
struct Bench<'a> {
    workshop: &'a Workshop,
    directory: PathBuf,
    delv: PathBuf,
    dig: PathBuf,
    unbound: PathBuf,
    nsd: PathBuf,
    mirror: SocketAddr,
    zone: String,
    /// A delegated name with DS records, and one without.
    signed: String,
    unsigned: String,
}

/// A name that is in no zone here.
const NOBODY: &str = "nobody-has-this";

impl<'a> Bench<'a> {
    fn new(workshop: &'a Workshop, [delv, dig, unbound, nsd]: [PathBuf; 4]) -> Self {
        let directory = workshop.path("quickstart");
        let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
        let zone = read("zone.signed");
        let (signed, unsigned) = {
            let of = |rtype: &str| {
                let records = zone.lines().map(|line| line.split_whitespace());
                let owners = records.filter_map(|mut words| {
                    let owner = words.next()?;
                    (words.nth(2)? == rtype && owner != ".").then(|| owner.to_string())
                });
                owners.collect::<Vec<_>>()
            };
            let signed = of("DS");
            let unsigned = of("NS").into_iter().find(|name| !signed.contains(name));
            (signed[signed.len() / 2].clone(), unsigned.unwrap())
        };
        let mirror = read("mirror/address").parse().unwrap();
        Self {
            workshop,
            directory,
            delv,
            dig,
            unbound,
            nsd,
            mirror,
            zone,
            signed,
            unsigned,
        }
    }

    /// Questions with what `delv` says, and the response code of Unbound.
    fn table(&self) -> [(String, &'static str, &'static str); 6] {
        [
            (". NS".into(), SIGNED, "NOERROR"),
            (". SOA".into(), SIGNED, "NOERROR"),
            (format!("{} DS", self.signed), SIGNED, "NOERROR"),
            (format!("{} DS", self.unsigned), DENIED, "NOERROR"),
            (". TXT".into(), DENIED, "NOERROR"),
            (format!("{NOBODY}. A"), DENIED, "NXDOMAIN"),
        ]
    }

    fn delv(&self, server: SocketAddr, anchor: &Path, question: &str) -> String {
        let mut command = Command::new(&self.delv);
        command
            .arg(format!("@{}", server.ip()))
            .args(["-p", &server.port().to_string(), "+root=.", "-a"])
            .arg(anchor)
            .args(question.split(' '));
        let ended = command.output().unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    fn check_delv(&self, server: SocketAddr, anchor: &Path, question: &str, expected: &str) {
        let said = self.delv(server, anchor, question);
        assert!(said.contains(expected), "{question}\n{said}");
    }

    fn anchor(&self) -> PathBuf {
        self.directory.join("anchor.bind")
    }

    fn export(&self, what: &str) -> String {
        let ledger = self.workshop.text("quickstart/secretariat/ledger");
        let mirror = self.mirror.to_string();
        let export = ["export", what, "--ledger", &ledger, "--mirror", &mirror];
        let ran = self.workshop.run(&export);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout
    }

    /// Unbound that asks `server` for the root, under this anchor.
    fn ask_through(&self, server: SocketAddr, anchor: &str) -> Daemon {
        let clauses = format!(
            "server:\n trust-anchor: \"{anchor}\"\n\
             stub-zone:\n name: \".\"\n stub-addr: {}@{}\n",
            server.ip(),
            server.port()
        );
        Daemon::unbound(&self.unbound, &clauses)
    }

    /// The exported trust anchor as a DS record.
    fn ds(&self) -> String {
        let text = fs::read_to_string(self.directory.join("anchor.key")).unwrap();
        let ds = text.lines().find(|line| line.contains(" IN DS "));
        ds.unwrap().to_string()
    }

    /// A secure answer is marked so.
    fn check_unbound(&self, unbound: &Daemon, question: &str, status: &str) {
        let said = unbound.answer(&self.dig, question, status);
        let flags = said.lines().find(|line| line.contains("flags: qr"));
        let is_secure = flags.is_some_and(|flags| flags.contains(" ad;"));
        assert!(is_secure, "{question}\n{said}\n{}", unbound.log());
    }

    fn accept_the_mirror(&self) {
        let anchors = self.export("anchor");
        let files = [("root.key", anchors.as_str())];
        let clauses = self.export("unbound");
        let holding = Daemon::unbound_beside(&self.unbound, &clauses, &files, &[]);
        let asking = self.ask_through(self.mirror, &self.ds());
        for (question, said, status) in self.table() {
            self.check_delv(self.mirror, &self.anchor(), &question, said);
            self.check_unbound(&holding, &question, status);
            self.check_unbound(&asking, &question, status);
        }
    }

    fn refuse_another_anchor(&self) {
        // The key of somebody who signs other things.
        let card = fs::read(self.directory.join("members/alba/card.json")).unwrap();
        let card: serde_json::Value = serde_json::from_slice(&card).unwrap();
        let other = HEXLOWER.decode(card["key"].as_str().unwrap().as_bytes());
        let other = BASE64.encode(&other.unwrap());
        let text = fs::read_to_string(self.anchor()).unwrap();
        let own = text.split('"').nth(3).unwrap();
        let anchor = self
            .workshop
            .write("other.bind", text.replace(own, &other).as_bytes());
        let other = format!(". 172800 IN DNSKEY 257 3 15 {other}");
        let asking = self.ask_through(self.mirror, &other);
        for (question, ..) in self.table() {
            self.check_delv(self.mirror, &anchor, &question, BOGUS);
            asking.answer(&self.dig, &question, "SERVFAIL");
        }
        assert!(
            asking.log().contains("validation failure"),
            "{}",
            asking.log()
        );
    }

    fn see_what_is_damaged(&self) {
        let changed = self.with_another_ds();
        let without_proof = self.without_nsec(|owner, next| {
            (owner < NOBODY && NOBODY < next) || owner == self.unsigned
        });
        let changed_ds = format!("{} DS", self.signed);
        let (nobody, no_data) = (format!("{NOBODY}. A"), format!("{} DS", self.unsigned));
        let cases: [(&str, &[&str]); 3] = [
            (&self.zone, &[]),
            (&changed, &[&changed_ds]),
            (&without_proof, &[&nobody, &no_data]),
        ];
        for (zone, bogus) in cases {
            let nsd = Daemon::nsd(&self.nsd, zone);
            nsd.answer(&self.dig, ". SOA", "NOERROR");
            let asking = self.ask_through(nsd.address, &self.ds());
            for (question, said, status) in self.table() {
                let is_bogus = bogus.contains(&question.as_str());
                let (said, status) = if is_bogus {
                    (BOGUS, "SERVFAIL")
                } else {
                    (said, status)
                };
                self.check_delv(nsd.address, &self.anchor(), &question, said);
                match is_bogus {
                    true => drop(asking.answer(&self.dig, &question, status)),
                    false => self.check_unbound(&asking, &question, status),
                }
            }
        }
    }

    /// The zone with another digest in the DS set of the signed name.
    fn with_another_ds(&self) -> String {
        let changed = |line: &str| {
            let mut words: Vec<_> = line.split('\t').map(str::to_string).collect();
            if words[0] == self.signed && words[3] == "DS" {
                let other = if words[4].ends_with('0') { "1" } else { "0" };
                words[4].pop();
                words[4].push_str(other);
            }
            words.join("\t") + "\n"
        };
        let zone: String = self.zone.lines().map(changed).collect();
        assert_ne!(zone, self.zone);
        zone
    }

    /// The zone without the NSEC records of owners, and next owners, that fit.
    fn without_nsec(&self, fits: impl Fn(&str, &str) -> bool) -> String {
        let is_kept = |line: &&str| {
            let words: Vec<_> = line.split_whitespace().collect();
            words[3] != "NSEC" || !fits(words[0], words[4])
        };
        let kept: Vec<_> = self.zone.lines().filter(is_kept).collect();
        assert_eq!(kept.len(), self.zone.lines().count() - 2);
        kept.join("\n") + "\n"
    }
}
