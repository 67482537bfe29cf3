//! A name that nobody holds is claimed by somebody who is no member: by a record
//! in the name's own zone, which NSD serves and BIND's tools signed.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::daemons::Daemon;
use crate::support::judge;
use crate::support::workshop::Workshop;
use crate::support::zone::{Plan, SMALL, Zone};

const NAME: &str = "lagoon.";

/// The tools that keep the name's own zone.
struct Tools([PathBuf; 4]);

/// The name's own zone, kept by its registry.
struct Child<'a> {
    tools: &'a Tools,
    directory: &'a Path,
    key: String,
}

fn run(program: &Path, directory: &Path, args: &[&str]) -> String {
    let mut command = Command::new(program);
    let ran = command.current_dir(directory).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{}: {said}", program.display());
    String::from_utf8(ran.stdout).unwrap()
}

impl<'a> Child<'a> {
    fn new(tools: &'a Tools, directory: &'a Path) -> Self {
        let Tools([_, keygen, ..]) = tools;
        let args = ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", NAME];
        let key = run(keygen, directory, &args).trim().to_string();
        Self {
            tools,
            directory,
            key,
        }
    }

    /// Its DS record, as the parent has it.
    fn ds(&self) -> String {
        let Tools([_, _, dsfromkey, _]) = self.tools;
        let ds = run(dsfromkey, self.directory, &["-2", &self.key]);
        ds.replace(" IN ", " 86400 IN ")
    }

    /// At work with these further records.
    fn serve(&self, records: &str) -> Daemon {
        let Tools([nsd, _, _, signzone]) = self.tools;
        let key = std::fs::read_to_string(self.directory.join(format!("{}.key", self.key)));
        let zone = format!(
            "lagoon. 3600 IN SOA ns.lagoon. hostmaster.lagoon. 1 1800 900 604800 300\n\
             lagoon. 3600 IN NS ns.lagoon.\nns.lagoon. 3600 IN A 192.0.2.7\n{records}\n{}",
            key.unwrap()
        );
        std::fs::write(self.directory.join("child"), zone).unwrap();
        run(
            signzone,
            self.directory,
            &["-q", "-z", "-o", NAME, "child", &self.key],
        );
        let signed = std::fs::read_to_string(self.directory.join("child.signed"));
        let daemon = Daemon::nsd_of(nsd, NAME, &signed.unwrap());
        let ready = || std::net::TcpStream::connect(daemon.address).ok();
        crate::support::look(crate::support::PATIENCE, ready).unwrap();
        daemon
    }
}

#[test]
fn somebody_who_is_no_member_claims_a_name_by_a_record_in_its_own_zone() {
    let programs = [
        "nsd",
        "dnssec-keygen",
        "dnssec-dsfromkey",
        "dnssec-signzone",
    ];
    let Some(tools) = judge::programs(programs).map(Tools) else {
        return;
    };
    let keeping = Workshop::new();
    let child = Child::new(&tools, keeping.directory());
    let text = format!("{SMALL}{}", child.ds());
    let zone = Zone::serve(&Plan {
        zone: &text,
        ..Plan::default()
    });
    zone.wait_for_edition(1);
    let home = zone.workshop.text("claimant");
    let init = ["holder", "init", "--dir", &home, "--name", "claimant"];
    zone.workshop.run(&init).done();
    let card = zone.workshop.text("claimant/holder.json");
    let claim = ["claim", NAME, "--holder-card", &card];
    let printed = zone.act("claimant", &[&claim[..], &["--print"]].concat());
    let printed = printed.done();
    let record = printed["record"].as_str().unwrap();

    // Without the record nothing is proved, and the record is told again.
    let silent = child.serve("");
    let resolver = silent.address.to_string();
    let asked = zone.act(
        "claimant",
        &[&claim[..], &["--resolver", &resolver]].concat(),
    );
    let (rule, said) = asked.refused();
    assert!(rule == "claim" && said.contains(record), "{said}");

    // With it, and one resolver that has not heard of it yet, it takes more
    // than a word to file it.
    let speaking = child.serve(record);
    let resolvers = ["--resolver", &resolver, "--resolver"];
    let second = speaking.address.to_string();
    let resolvers = [&resolvers[..], &[&second]].concat();
    let both = [&claim[..], &resolvers].concat();
    let asked = zone.act("claimant", &both);
    assert!(asked.refused().1.contains("differ"), "{asked:?}");
    let filed = zone.act(
        "claimant",
        &[&both[..], &["--despite-differences"]].concat(),
    );
    assert_eq!(filed.done()["proven"], true);

    let claims = zone.wait("the claim", || {
        let claims = zone.view()?.claims;
        claims.first()?.binds.is_some().then_some(claims)
    });
    assert_eq!((&*claims[0].name, claims[0].proven), (NAME, true));
    let shown = zone.ask(&["holder", "show"]).done();
    let mut shown = shown["holders"].as_array().unwrap().iter();
    assert!(shown.any(|holder| holder["claims"][0]["name"] == NAME));
    // The same once more is known, and a held name is not to be claimed.
    let again = zone.act(
        "claimant",
        &[&both[..], &["--despite-differences"]].concat(),
    );
    assert_eq!(again.refused().0, "claim-known");
    let held = ["claim", "atoll.", "--holder-card", &card, "--unproven"];
    let held = zone.act("claimant", &[&held[..], &resolvers].concat());
    assert!(!held.refused().0.is_empty());
    assert!(
        zone.audit().done()["violations"]
            .as_array()
            .is_none_or(Vec::is_empty)
    );
    zone.nobody_panicked();
}
