//! A zone that members have founded, with each of its parties a process.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::thread;
use std::time::Duration;

use comity_core::basic::Digest;
use comity_member::home::Home;
use comity_member::link::Link;
use comity_secretariat::overview::View;
use comity_secretariat::overview::view::EditionView;
use comity_sign::identity::Identity;
use comity_sign::sealed::Passphrase;

use super::files::copy;
use super::liar::Liar;
use super::process::Process;
use super::relay::Relay;
use super::workshop::{Ran, Workshop};
use super::{PATIENCE, dns, look, own_ip};

/// A root in small: two held names and some others.
pub(crate) const SMALL: &str = "\
. 86400 IN SOA a.root.commons. table.commons. 2026010100 1800 900 604800 86400
. 518400 IN NS a.root.commons.
. 518400 IN NS b.root.commons.
a.root.commons. 518400 IN A 192.0.2.1
b.root.commons. 518400 IN A 192.0.2.2
atoll. 172800 IN NS a.nic.atoll.
atoll. 86400 IN DS 31632 13 2 85ee1c4b0567fa1ee1db3866a4429d6d503bc731edd88bda876bd02f2cc2f2f1
a.nic.atoll. 172800 IN A 192.0.2.3
commons. 172800 IN NS a.root.commons.
harbour. 172800 IN NS a.nic.harbour.
harbour. 86400 IN DS 15000 13 2 3982e715ff2e12935f3a4297c1eaa0dd6cd040fd6144182abfe6ae48c16d913d
a.nic.harbour. 172800 IN A 192.0.2.4
lagoon. 172800 IN NS a.root.commons.
";

/// The names that have holders; each holder's directory is called alike.
pub(crate) const HELD: [&str; 2] = ["harbour", "atoll"];
pub(crate) const SECRETARIAT: &str = "secretariat";
pub(crate) const MIRROR: &str = "mirror";
const MEMBERS: [&str; 21] = [
    "alba", "boreal", "cedar", "delta", "ember", "fjord", "glade", "heath", "islet", "jetty",
    "karst", "ledge", "marsh", "north", "oasis", "prairie", "quay", "reef", "shoal", "tundra",
    "upland",
];
/// How many keys are made at a time: sealing one takes a core for a while.
const AT_A_TIME: usize = 2;

/// What a zone is to be founded with.
pub(crate) struct Plan<'a> {
    pub(crate) members: usize,
    pub(crate) threshold: usize,
    pub(crate) zone: &'a str,
    /// The names that have holders; each holder's directory is called alike.
    pub(crate) held: [&'a str; 2],
    /// Other values for rules of the charter.
    pub(crate) rules: &'a [(&'a str, u64)],
    /// Other values for keys of the secretariat's configuration.
    pub(crate) pace: &'a [(&'a str, u64)],
    /// How talkative everybody is, where not as usual.
    pub(crate) log_level: Option<&'a str>,
    /// The charter's drop boxes.
    pub(crate) boxes: &'static [&'static str],
    /// How long what takes a held name away whole waits.
    pub(crate) delay: &'a str,
    /// Further options of `member run`; `{home}` is each member's own directory.
    pub(crate) member: &'a [&'a str],
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self {
            members: 3,
            threshold: 2,
            zone: SMALL,
            held: HELD,
            rules: &[],
            // A party that was killed is not waited for long.
            pace: &[("ceremony_timeout_s", 5), ("session_timeout_s", 3)],
            log_level: None,
            boxes: &[],
            // A name changes as soon as its holder says so.
            delay: "0s",
            member: &[],
        }
    }
}

/// A zone and its parties.
pub(crate) struct Zone {
    pub(crate) workshop: Workshop,
    /// Id of the founding act.
    pub(crate) founding: String,
    pub(crate) members: Vec<&'static str>,
    http: String,
    /// Where the drop boxes are.
    boxes: BTreeMap<&'static str, SocketAddr>,
    /// Members that do not reach the secretariat by themselves.
    lines: BTreeMap<String, String>,
    running: BTreeMap<String, Process>,
    /// Further options of `member run`.
    member: Vec<String>,
    /// The longest that anything may take.
    pub(crate) patience: Duration,
}

impl Zone {
    /// Makes everybody's keys and the founding act's draft; nobody is at work
    /// yet.
    pub(crate) fn prepare(plan: &Plan) -> Self {
        let workshop = Workshop::logging(plan.log_level);
        let members = names(plan.members);
        let at = |below: &str| workshop.text(below);
        for names in members.chunks(AT_A_TIME) {
            thread::scope(|scope| {
                for name in names {
                    scope.spawn(|| {
                        let init = ["member", "init", "--dir", &at(name), "--name", name];
                        let init = [&init[..], &["--secretariat", "http://unset"]].concat();
                        workshop.run(&init).done();
                    });
                }
            });
        }
        for name in plan.held {
            let init = ["holder", "init", "--dir", &at(name), "--name", name];
            let init = [&init[..], &["--no-recovery", "--delay", plan.delay]].concat();
            workshop.run(&init).done();
        }
        let boxes = make_boxes(plan, &workshop);
        write_charter(plan, &boxes, &workshop);
        workshop.write("zone.in", plan.zone.as_bytes());
        let (home, charter, zone) = (at(SECRETARIAT), at("charter.toml"), at("zone.in"));
        let cards: Vec<_> = members
            .iter()
            .map(|name| at(&format!("{name}/card.json")))
            .collect();
        let holders = plan
            .held
            .map(|name| format!("{name}.={}", at(&format!("{name}/holder.json"))));
        let mut found = vec!["found", "--dir", &home, "--charter", &charter];
        found.extend(["--zone", &zone, "--listen", "127.0.0.1:0"]);
        found.extend(cards.iter().flat_map(|card| ["--member", card]));
        found.extend(holders.iter().flat_map(|held| ["--holder", held]));
        let founded = workshop.run(&found).done();
        let founding = founded["founding"].as_str().unwrap().to_string();
        let mut zone = Self {
            workshop,
            founding,
            members,
            http: String::new(),
            boxes,
            lines: BTreeMap::new(),
            running: BTreeMap::new(),
            member: plan.member.iter().copied().map(Into::into).collect(),
            patience: PATIENCE,
        };
        zone.configure(plan.pace);
        zone
    }

    /// The same zone in a directory of its own, as it was left: another world
    /// in which its members may go another way. Nobody may be at work.
    pub(crate) fn copy(&self) -> Self {
        assert!(self.running.is_empty(), "somebody is at work");
        let workshop = Workshop::new();
        copy(self.workshop.directory(), workshop.directory());
        let mut zone = Self {
            workshop,
            founding: self.founding.clone(),
            members: self.members.clone(),
            http: self.http.clone(),
            boxes: self.boxes.clone(),
            lines: BTreeMap::new(),
            running: BTreeMap::new(),
            member: self.member.clone(),
            patience: self.patience,
        };
        let before = zone.http_address().to_string();
        zone.move_to_free_address(&before);
        zone
    }

    /// Founds a zone and waits until its first edition is served.
    pub(crate) fn serve(plan: &Plan) -> Self {
        let mut zone = Self::prepare(plan);
        zone.start_all();
        let edition = zone.wait_for_edition(1);
        zone.wait_until_served(edition.serial);
        zone
    }

    /// Has somebody admitted, who signs the charter and is at work from then on.
    pub(crate) fn join(&mut self, name: &'static str) {
        let proposal = self.propose_to_admit(name).to_string();
        for member in self.members.clone() {
            if self.is_running(member) {
                let _more_than_are_needed = self.act(member, &["vote", &proposal, "for"]);
            }
        }
        self.accede(name);
    }

    /// Makes somebody's keys, and the proposal to admit it.
    pub(crate) fn propose_to_admit(&self, name: &str) -> Digest {
        let home = self.workshop.text(name);
        let init = ["member", "init", "--dir", &home, "--name", name];
        let init = [&init[..], &["--secretariat", "http://unset"]].concat();
        self.workshop.run(&init).done();
        let card = format!("{name}={home}/card.json");
        let admit = ["propose", "--admit", &card, "--reason", "Welcome"];
        let proposed = self.act(self.members[0], &admit).done();
        proposed["id"].as_str().unwrap().parse().unwrap()
    }

    /// Has somebody who is admitted sign the charter, and starts it.
    pub(crate) fn accede(&mut self, name: &'static str) {
        self.wait("a member to be admitted", || {
            let ran = self.act(name, &["member", "accede"]);
            ran.is_done().then_some(())
        });
        self.members.push(name);
        self.start(name);
    }

    /// The secretariat's configuration with other values, on an address of
    /// this zone's own: after a restart it must be found where it was.
    fn configure(&mut self, pace: &[(&str, u64)]) {
        self.move_to_free_address("127.0.0.1:0");
        let path = self.workshop.path("secretariat/secretariat.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, with_values(&text, pace)).unwrap();
    }

    fn move_to_free_address(&mut self, before: &str) {
        let free = TcpListener::bind((own_ip(), 0)).unwrap();
        let address = free.local_addr().unwrap().to_string();
        self.http = format!("http://{address}");
        for file in ["secretariat/secretariat.toml", "mirror/mirror.toml"] {
            let path = self.workshop.path(file);
            // There is no mirror before its first start.
            if let Ok(text) = fs::read_to_string(&path) {
                fs::write(&path, text.replace(before, &address)).unwrap();
            }
        }
    }

    pub(crate) fn start_all(&mut self) {
        self.start(SECRETARIAT);
        for member in self.members.clone() {
            self.start(member);
        }
        self.start(MIRROR);
    }

    /// Starts a party and, where it opens a port, waits until it has.
    pub(crate) fn start(&mut self, party: &str) {
        self.launch(party);
        self.wait_until_open(party);
    }

    /// Waits until a party that was launched has opened its port, if it does.
    pub(crate) fn wait_until_open(&self, party: &str) {
        if !self.members.contains(&party) {
            let address = self.workshop.path(&format!("{party}/address"));
            self.wait(&format!("{party} to be open"), || {
                fs::read_to_string(&address)
                    .ok()
                    .filter(|at| !at.is_empty())
            });
        }
    }

    /// Starts a party, and waits for nothing.
    pub(crate) fn launch(&mut self, party: &str) {
        let home = self.workshop.text(party);
        let address = self.workshop.path(&format!("{party}/address"));
        let _none_before_its_first_start = fs::remove_file(&address);
        let mirror_config = self.workshop.path("mirror/mirror.toml");
        if party == MIRROR && !mirror_config.exists() {
            let (ledger, founding) = (self.http.clone(), self.founding.clone());
            let init = ["mirror", "init", "--dir", &home, "--ledger", &ledger];
            let rest = ["--founding", &founding, "--listen", "127.0.0.1:0"];
            self.workshop.run(&[&init[..], &rest].concat()).done();
        }
        let is_member = self.members.contains(&party);
        let listen = self.boxes.get(party).map(SocketAddr::to_string);
        let args: Vec<&str> = match party {
            _ if listen.is_some() => {
                let listen = listen.as_deref().unwrap_or_default();
                let run = ["box", "run", &home, "--listen", listen, "--ledger"];
                let line = [self.line(party), "--founding", self.founding.as_str()];
                [&run[..], &line].concat()
            }
            MIRROR => vec![MIRROR, "run", "--dir", &home],
            _ if !is_member => vec![SECRETARIAT, "run", "--dir", &home],
            _ => [
                &["member", "run", "--dir", &home, "--founding"],
                &[self.founding.as_str(), "--secretariat", self.line(party)][..],
            ]
            .concat()
            .into_iter()
            .chain(self.member.iter().map(String::as_str))
            .collect(),
        };
        let args: Vec<String> = args.iter().map(|it| it.replace("{home}", &home)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let process = Process::start(self.workshop.command(&args), &self.log_path(party));
        self.running.insert(party.to_string(), process);
    }

    /// Whether a party is at work.
    pub(crate) fn is_running(&self, party: &str) -> bool {
        self.running.contains_key(party)
    }

    /// Everybody who works in this zone.
    pub(crate) fn parties(&self) -> Vec<&'static str> {
        let boxes: Vec<_> = self.boxes.keys().copied().collect();
        [&[SECRETARIAT, MIRROR], &self.members[..], &boxes].concat()
    }

    fn line(&self, member: &str) -> &str {
        self.lines.get(member).unwrap_or(&self.http)
    }

    /// Has a member reach its secretariat at another place from its next start
    /// on.
    pub(crate) fn lead(&mut self, member: &str, url: String) {
        self.lines.insert(member.to_string(), url);
    }

    /// Starts a member anew, with its secretariat at another place.
    pub(crate) fn lead_anew(&mut self, member: &str, url: &str) {
        self.kill(member);
        self.lead(member, url.to_string());
        self.start(member);
    }

    /// Starts a second secretariat on a copy of the first one's directory, and
    /// gives its URL.
    pub(crate) fn start_copy(&mut self, directory: &str) -> String {
        copy(
            &self.workshop.path(SECRETARIAT),
            &self.workshop.path(directory),
        );
        let free = TcpListener::bind((own_ip(), 0)).unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let path = self.workshop.path(&format!("{directory}/secretariat.toml"));
        let text = fs::read_to_string(&path).unwrap();
        let old = self.http_address().to_string();
        fs::write(&path, text.replace(&old, &address)).unwrap();
        self.start(directory);
        format!("http://{address}")
    }

    /// Looks at the zone as the secretariat at this URL shows it.
    pub(crate) fn at<T>(&mut self, url: &str, look: impl FnOnce(&Self) -> T) -> T {
        let own = std::mem::replace(&mut self.http, url.to_string());
        let seen = look(self);
        self.http = own;
        seen
    }

    /// Puts a member, who is not at work yet, behind a line that belongs to a
    /// liar.
    pub(crate) fn liar(&mut self, member: &str) -> Liar {
        let home = Home::new(self.workshop.path(member));
        let identity = home.identity(&self.passphrase()).unwrap();
        let liar = Liar::start(self.http_address(), identity);
        self.lead(member, liar.url());
        liar
    }

    /// What opens everybody's keys.
    pub(crate) fn passphrase(&self) -> Passphrase {
        Passphrase::new(fs::read(self.workshop.path("passphrase")).unwrap())
    }

    /// Ends a party as a failure of power would.
    pub(crate) fn kill(&mut self, party: &str) {
        self.running.remove(party).unwrap().kill();
    }

    /// Asks a party to end.
    pub(crate) fn stop(&mut self, party: &str) -> ExitStatus {
        self.running.remove(party).unwrap().stop()
    }

    /// Asks everybody to end.
    pub(crate) fn stop_all(&mut self) {
        for (party, mut process) in std::mem::take(&mut self.running) {
            let status = process.stop();
            assert!(status.success(), "{party}: {status}");
        }
    }

    /// A party's process.
    pub(crate) fn process(&mut self, party: &str) -> &mut Process {
        self.running.get_mut(party).unwrap()
    }

    /// What a party has said so far.
    pub(crate) fn log(&self, party: &str) -> String {
        fs::read_to_string(self.log_path(party)).unwrap_or_default()
    }

    fn log_path(&self, party: &str) -> PathBuf {
        self.workshop.path(&format!("logs/{party}.log"))
    }

    /// Has everybody speak to the secretariat by way of a relay from now on.
    pub(crate) fn listen_in(&mut self) -> Relay {
        let relay = Relay::start(self.http_address());
        self.http = format!("http://{}", relay.address());
        relay
    }

    /// Where the secretariat is.
    pub(crate) fn http(&self) -> &str {
        &self.http
    }

    pub(crate) fn http_address(&self) -> SocketAddr {
        self.http.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Where a drop box is.
    pub(crate) fn box_address(&self, name: &str) -> SocketAddr {
        self.boxes[name]
    }

    /// Where the mirror answers.
    pub(crate) fn dns(&self) -> SocketAddr {
        let address = fs::read_to_string(self.workshop.path("mirror/address"));
        address.unwrap().parse().unwrap()
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.workshop.path("secretariat/ledger")
    }

    /// What the secretariat shows; none while it is down.
    pub(crate) fn view(&self) -> Option<View> {
        Link::new(&self.http).get("/v1/status").ok()
    }

    /// Waits until there is something to see; fails with the ends of all logs.
    pub(crate) fn wait<T>(&self, what: &str, ready: impl FnMut() -> Option<T>) -> T {
        look(self.patience, ready)
            .unwrap_or_else(|| panic!("waited too long for {what}{}", self.ends_of_logs()))
    }

    pub(crate) fn wait_for_edition(&self, number: u64) -> EditionView {
        self.wait(&format!("edition {number}"), || {
            let editions = self.view()?.editions;
            editions.into_iter().find(|made| made.edition == number)
        })
    }

    pub(crate) fn wait_until_served(&self, serial: u32) {
        self.wait(&format!("serial {serial} to be served"), || {
            (dns::serial(self.dns()) == Some(serial)).then_some(())
        });
    }

    /// Runs a command as a party on this zone's ledger.
    pub(crate) fn act(&self, party: &str, args: &[&str]) -> Ran {
        let home = self.workshop.text(party);
        let rest = ["--as", &home, "--ledger", &self.http, "--founding"];
        let args = [args, &rest, &[self.founding.as_str()]].concat();
        self.workshop.run(&args)
    }

    /// Runs a command of nobody in particular on this zone's ledger.
    pub(crate) fn ask(&self, args: &[&str]) -> Ran {
        let rest = ["--ledger", &self.http, "--founding", &self.founding];
        self.workshop.run(&[args, &rest].concat())
    }

    /// A party's own key.
    pub(crate) fn identity(&self, party: &str) -> Identity {
        let passphrase = fs::read(self.workshop.path("passphrase")).unwrap();
        let home = Home::new(self.workshop.path(party));
        home.identity(&Passphrase::new(passphrase)).unwrap()
    }

    /// Has a holder give its name one more name server, and gives the host's
    /// name once the ledger has the consent.
    pub(crate) fn change(&self, held: &str, label: &str) -> String {
        let host = format!("{label}.{held}.");
        let address = format!("{host} 172800 A 192.0.2.77");
        let servers = [format!("a.nic.{held}."), host.clone()];
        let sets = servers.map(|server| format!("{held}. 172800 NS {server}"));
        let propose = [
            "propose",
            "--no-checks",
            "--reason",
            "One more",
            "--set",
            &address,
        ];
        let sets = ["--set", &sets[0], "--set", &sets[1]];
        let proposed = self.act(held, &[&propose[..], &sets].concat()).done();
        let proposal = proposed["id"].as_str().unwrap();
        self.act(held, &["consent", proposal]).done();
        host
    }

    /// Has a holder change its name, and waits until that is served.
    pub(crate) fn change_and_serve(&self, held: &str, label: &str) {
        let host = self.change(held, label);
        self.wait(&format!("{host} to be served"), || {
            let servers = dns::name_servers(self.dns(), &format!("{held}."));
            servers.contains(&host).then_some(())
        });
    }

    /// Audits the ledger's directory.
    pub(crate) fn audit(&self) -> Ran {
        let ledger = self.ledger().display().to_string();
        let audit = ["audit", &ledger, "--founding", &self.founding];
        self.workshop.run(&audit)
    }

    /// Nobody may have panicked, whatever was done to it.
    pub(crate) fn nobody_panicked(&self) {
        for entry in fs::read_dir(self.workshop.path("logs")).unwrap() {
            let path = entry.unwrap().path();
            let log = fs::read_to_string(&path).unwrap();
            assert!(!log.contains("panicked"), "{}:\n{log}", path.display());
        }
    }

    fn ends_of_logs(&self) -> String {
        let mut text = String::new();
        for party in self.parties() {
            let log = self.log(party);
            let lines: Vec<_> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(12)..];
            let _ = write!(text, "\n--- {party}\n{}", last.join("\n"));
        }
        text
    }
}

/// The names of so many members, in their order.
fn names(count: usize) -> Vec<&'static str> {
    let many = |at: usize| -> &'static str { format!("member-{at:03}").leak() };
    match count <= MEMBERS.len() {
        true => MEMBERS[..count].to_vec(),
        false => (0..count).map(many).collect(),
    }
}

/// Makes the drop boxes, each at an address of this zone's own.
fn make_boxes(plan: &Plan, workshop: &Workshop) -> BTreeMap<&'static str, SocketAddr> {
    let make = |name: &&'static str| {
        let free = TcpListener::bind((own_ip(), 0)).unwrap();
        let address = free.local_addr().unwrap();
        let (home, url) = (workshop.text(name), format!("http://{address}"));
        let init = ["box", "init", &home, "--name", name, "--url", &url];
        workshop.run(&init).done();
        (*name, address)
    };
    plan.boxes.iter().map(make).collect()
}

fn write_charter(plan: &Plan, boxes: &BTreeMap<&str, SocketAddr>, workshop: &Workshop) {
    let (members, threshold) = (plan.members.to_string(), plan.threshold.to_string());
    let new = [
        "charter",
        "new",
        "--members",
        &members,
        "--deadline-min",
        "1s",
    ];
    let mut new = new.to_vec();
    // A majority stays one when members come and go.
    if plan.threshold != plan.members / 2 + 1 {
        new.extend(["--threshold", &threshold]);
    }
    let named: Vec<String> = boxes
        .iter()
        .map(|(name, address)| {
            let card = fs::read(workshop.path(&format!("{name}/box.json"))).unwrap();
            let card: serde_json::Value = serde_json::from_slice(&card).unwrap();
            format!("{name},{},http://{address}", card["key"].as_str().unwrap())
        })
        .collect();
    let named = named.iter().flat_map(|one| ["--box", one]);
    let new: Vec<&str> = new.into_iter().chain(named).collect();
    let text = workshop.run(&new).stdout;
    workshop.write("charter.toml", with_values(&text, plan.rules).as_bytes());
}

/// The text of a TOML file with other values for some of its keys.
fn with_values(text: &str, values: &[(&str, u64)]) -> String {
    let mut changed = String::new();
    for line in text.lines() {
        let key = line.split(" = ").next().unwrap_or_default();
        let other = values.iter().find(|(name, _)| *name == key);
        match other {
            Some((name, value)) => changed.push_str(&format!("{name} = {value}\n")),
            None => changed.push_str(&format!("{line}\n")),
        }
    }
    for (name, _) in values {
        assert!(changed.contains(&format!("{name} = ")), "no key {name}");
    }
    changed
}
