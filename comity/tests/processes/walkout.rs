//! The night of 13 December 2012: 55 of 144 delegations left without signing. Here
//! they leave without handing their shares over, and the key outlives them: the 89
//! who stay publish, deal the shares anew among themselves, admit three and publish
//! again, with liars among them and a failure of power at each step. A resolver with
//! the very first anchor validates all the while.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use comity_core::act::json::Payload;
use comity_core::act::{Ballot, Departure, RULES, Vote};
use comity_core::basic::Digest;
use comity_member::home::Home;
use comity_member::link::Link;
use comity_secretariat::overview::view::EpochView;
use comity_sign::identity::Identity;
use data_encoding::BASE64;

use crate::support::daemons::Daemon;
use crate::support::dns;
use crate::support::judge::{programs, skip};
use crate::support::liar::{Liar, Lie, Said, TRUTH};
use crate::support::zone::{HELD, Plan, SECRETARIAT, SMALL, Zone};

/// How many found the zone, leave, come, and lie.
struct Day<'a> {
    members: usize,
    leave: usize,
    come: usize,
    liars: usize,
    zone: &'a str,
    held: [&'a str; 2],
    /// What takes five a moment takes so many a minute.
    pace: &'a [(&'a str, u64)],
    /// The longest that anything may take.
    patience: Duration,
}

/// What happened in 2012, in a root of a few names.
const DAY: Day = Day {
    members: 144,
    leave: 55,
    come: 3,
    liars: 5,
    zone: SMALL,
    held: HELD,
    pace: &[("ceremony_timeout_s", 90), ("session_timeout_s", 10)],
    patience: Duration::from_secs(300),
};

/// The ways in which the liars lie, each in everything that it says.
const LIES: [Lie; 5] = [
    // Wrong shares of signatures.
    |me, said| match said {
        Said::Shares(shares) => {
            let mut shares = shares.clone();
            let mut octets = BASE64.decode(shares.shares.as_bytes()).unwrap();
            octets[3] ^= 1;
            shares.shares = BASE64.encode(&octets);
            [me.signed(&shares)].into()
        }
        _ => TRUTH(me, said),
    },
    // Another's commitment to a dealing.
    |me, said| match said {
        Said::Dealing(dealing) => {
            let mut dealing = dealing.clone();
            dealing.package.replace_range(66..68, "00");
            [me.signed(&dealing)].into()
        }
        _ => TRUTH(me, said),
    },
    // Sealed shares that are not what was promised.
    |me, said| match said {
        Said::Dealing(dealing) => {
            let mut dealing = dealing.clone();
            dealing.sealed.swap(0, 1);
            let numbers = (dealing.sealed[0].to, dealing.sealed[1].to);
            (dealing.sealed[1].to, dealing.sealed[0].to) = numbers;
            [me.signed(&dealing)].into()
        }
        _ => TRUTH(me, said),
    },
    // A complaint about nothing.
    |me, said| match said {
        Said::Reception(reception) => {
            let mut reception = reception.clone();
            let complaint = format!("0006{FOURTH_LIAR:04x}{}", "01".repeat(96));
            reception.complaints = [complaint].into();
            [me.signed(&reception)].into()
        }
        _ => TRUTH(me, said),
    },
    // Other shares than everybody else's.
    |me, said| match said {
        Said::Possession(possession) => {
            let mut possession = possession.clone();
            possession.verifying_shares = Digest([7; 32]);
            [me.signed(&possession)].into()
        }
        _ => TRUTH(me, said),
    },
];

/// The number of the share of the liar that complains.
const FOURTH_LIAR: u16 = 4;

/// Names a zone file for the day in place of the small one: a root's, with the two
/// names that have holders here.
const ZONE: &str = "COMITY_WALKOUT_ZONE";

#[test]
fn the_key_outlives_those_who_walk_out() {
    let Some(file) = env::var_os(ZONE) else {
        return pass(&DAY);
    };
    pass(&Day {
        zone: &fs::read_to_string(file).unwrap(),
        held: ["fj", "ch"],
        // On two processors each member has a seventieth of one.
        pace: &[
            ("ceremony_timeout_s", 300),
            ("session_timeout_s", 30),
            ("session_commitments_per_s", 100),
        ],
        patience: Duration::from_secs(3600),
        ..DAY
    });
}

fn pass(day: &Day) {
    let Some([unbound, dig]) = programs(["unbound", "dig"]) else {
        return skip("unbound or dig is missing");
    };
    let mut clock = Clock::start();
    let plan = Plan {
        members: day.members,
        threshold: day.members / 2 + 1,
        zone: day.zone,
        held: day.held,
        pace: day.pace,
        ..Plan::default()
    };
    let mut zone = Zone::prepare(&plan);
    zone.patience = day.patience;
    clock.tell("keys are made");
    let stays = zone.members[..day.members - day.leave].to_vec();
    let liars: Vec<Liar> = stays[..day.liars]
        .iter()
        .map(|name| zone.liar(name))
        .collect();
    zone.start_all();
    let edition = zone.wait_for_edition(1);
    zone.wait_until_served(edition.serial);
    clock.tell("founded, and the first edition is served");
    let key = zone.view().unwrap().zone.key;
    let watch = Watch::start(&zone, day.held[0], (&unbound, &dig));
    for (liar, lie) in liars.iter().zip(LIES) {
        liar.lie(lie);
    }
    let hands = Hands::of(&zone, &zone.members.clone());
    let honest = &stays[day.liars..];

    leave(&mut zone, &hands, stays.len());
    clock.tell("those who leave have left");
    zone.kill(honest[0]);
    give_server(&zone, day.held[0], "one");
    zone.start(honest[0]);
    clock.tell("an edition by those who stay, with the old shares");

    deal_anew(&mut zone, honest);
    let staying = narrow(stays.len());
    assert_eq!(settled(&zone, 2).threshold, staying / 2 + 1);
    clock.tell("the shares are dealt anew, and the old ones wiped");

    for name in &COMERS[..day.come] {
        hands.admit(&mut zone, &stays, name);
    }
    clock.tell("the newcomers are members");
    zone.act(honest[3], &START).done();
    zone.kill(honest[4]);
    zone.start(honest[4]);
    let threshold = (staying + narrow(day.come)) / 2 + 1;
    assert_eq!(settled(&zone, 3).threshold, threshold);
    clock.tell("the newcomers have shares");
    give_server(&zone, day.held[1], "two");
    clock.tell("an edition with the newest shares");
    assert_eq!(zone.view().unwrap().zone.key, key);
    println!("          {} answers validated, and no other", watch.end());
    let audited = zone.audit().done();
    assert_eq!(audited["epochs"].as_array().unwrap().len(), 3);
    clock.tell("audited");
    drop(liars);
    zone.nobody_panicked();
}

/// All but the first of the members leave, and take their shares along.
fn leave(zone: &mut Zone, hands: &Hands, staying: usize) {
    let leaves = zone.members[staying..].to_vec();
    for name in &leaves {
        zone.kill(name);
    }
    for name in &leaves {
        let departure = Departure {
            rules: RULES,
            ledger: hands.ledger,
            reason: "Out-voted".into(),
        };
        hands.file(name, &departure);
    }
}

const START: [&str; 4] = ["ceremony", "start", "--reason", "So many have left"];

/// Those who stay deal the shares anew; the power fails in the middle.
fn deal_anew(zone: &mut Zone, honest: &[&str]) {
    zone.act(honest[1], &START).done();
    zone.wait("the ceremony to begin", || {
        let log = zone.log(SECRETARIAT);
        log.contains("a ceremony begins").then_some(())
    });
    for party in [SECRETARIAT, honest[2]] {
        zone.kill(party);
        zone.start(party);
    }
}

const COMERS: [&str; 3] = ["newport", "osier", "poplar"];

/// The keys of many members, in one hand: a command for each of their acts would
/// open its sealed key and verify the ledger anew each time.
struct Hands {
    keys: BTreeMap<&'static str, Identity>,
    link: Link,
    ledger: Digest,
}

impl Hands {
    fn of(zone: &Zone, names: &[&'static str]) -> Self {
        let passphrase = &zone.passphrase();
        let open = |name: &&'static str| {
            let home = Home::new(zone.workshop.path(name));
            (*name, home.identity(passphrase).unwrap())
        };
        let halves = names.chunks(names.len().div_ceil(2));
        let keys = thread::scope(|scope| {
            let opening: Vec<_> = halves
                .map(|half| scope.spawn(move || half.iter().map(open).collect::<Vec<_>>()))
                .collect();
            let opened = opening.into_iter().flat_map(|half| half.join().unwrap());
            opened.collect()
        });
        Self {
            keys,
            link: Link::new(zone.http()),
            ledger: zone.founding.parse().unwrap(),
        }
    }

    fn file<P: Payload>(&self, name: &str, act: &P) {
        let entry = self.keys[name].signed(act).to_octets();
        self.link.submit_act(&entry).unwrap();
    }

    /// Has a newcomer admitted by as many as are needed.
    fn admit(&self, zone: &mut Zone, members: &[&str], name: &'static str) {
        let proposal = zone.propose_to_admit(name);
        let (rules, ledger, vote) = (RULES, self.ledger, Vote::For);
        for member in members {
            let ballot = self.keys[member].signed(&Ballot {
                rules,
                ledger,
                proposal,
                vote,
            });
            // Once two thirds are for it, it is decided.
            if self.link.submit_act(&ballot.to_octets()).is_err() {
                break;
            }
        }
        zone.accede(name);
    }
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap()
}

/// Has a holder give its name one server and no other, and waits until it is served.
fn give_server(zone: &Zone, held: &str, label: &str) {
    let host = format!("{label}.{held}.");
    let (address, server) = (
        format!("{host} 172800 A 192.0.2.77"),
        format!("{held}. 172800 NS {host}"),
    );
    let sets = ["--set", &address, "--set", &server];
    let propose = ["propose", "--no-checks", "--reason", "Another one"];
    let proposed = zone.act(held, &[&propose[..], &sets].concat()).done();
    let proposal = proposed["id"].as_str().unwrap();
    zone.act(held, &["consent", proposal]).done();
    zone.wait(&format!("{host} to be served"), || {
        let servers = dns::name_servers(zone.dns(), &format!("{held}."));
        servers.contains(&host).then_some(())
    });
}

/// Waits until this epoch signs and the old shares of those who stay are wiped.
fn settled(zone: &Zone, number: u32) -> EpochView {
    zone.wait(&format!("epoch {number} to sign"), || {
        let epochs = zone.view()?.shares.epochs;
        let is_wiped = |epoch: &EpochView| epoch.signs || epoch.kept.is_empty();
        let last = epochs.last()?.clone();
        (last.epoch == number && epochs.iter().all(is_wiped)).then_some(last)
    })
}

/// Asks a validating resolver all the while, which knows the first anchor only.
struct Watch {
    is_over: Arc<AtomicBool>,
    asking: JoinHandle<usize>,
}

impl Watch {
    fn start(zone: &Zone, held: &str, (unbound, dig): (&Path, &Path)) -> Self {
        let questions = [
            (format!("{held}. DS"), "NOERROR"),
            ("nobody-has-this. A".into(), "NXDOMAIN"),
        ];
        let ledger = zone.ledger().display().to_string();
        let anchor = zone
            .workshop
            .run(&["export", "anchor", "--ledger", &ledger]);
        let ds = anchor.stdout.lines().find(|line| line.contains(" IN DS "));
        let clauses = format!(
            "server:\n trust-anchor: \"{}\"\n cache-max-ttl: 0\n\
             stub-zone:\n name: \".\"\n stub-addr: {}@{}\n",
            ds.unwrap(),
            zone.dns().ip(),
            zone.dns().port()
        );
        let (unbound, dig) = (Daemon::unbound(unbound, &clauses), dig.to_path_buf());
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let asking = thread::spawn(move || {
            let mut asked = 0;
            while !ends.load(Ordering::SeqCst) {
                for (question, status) in &questions {
                    let said = unbound.answer(&dig, question, status);
                    let flags = said.lines().find(|line| line.contains("flags: qr"));
                    let is_secure = flags.is_some_and(|flags| flags.contains(" ad;"));
                    assert!(is_secure, "{question}\n{said}\n{}", unbound.log());
                    asked += 1;
                }
                thread::sleep(Duration::from_millis(500));
            }
            asked
        });
        Self { is_over, asking }
    }

    /// How many answers were secure; none was anything else.
    fn end(self) -> usize {
        self.is_over.store(true, Ordering::SeqCst);
        self.asking.join().unwrap()
    }
}

/// Says how long each step took.
struct Clock {
    since: Instant,
}

impl Clock {
    fn start() -> Self {
        let since = Instant::now();
        Self { since }
    }

    fn tell(&mut self, what: &str) {
        println!("{:>7.1} s  {what}", self.since.elapsed().as_secs_f64());
        self.since = Instant::now();
    }
}
