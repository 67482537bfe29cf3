//! The night of 13 December 2012: 55 of 144 delegations left without signing. Here
//! they leave without handing their shares over, and the key outlives them: the 89
//! who stay publish, deal the shares anew among themselves, admit three and publish
//! again, with liars among them and a failure of power at each step. A resolver with
//! the very first anchor validates all the while.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use comity_core::basic::Digest;
use comity_secretariat::overview::view::EpochView;
use data_encoding::BASE64;

use crate::support::daemons::Daemon;
use crate::support::judge::{programs, skip};
use crate::support::liar::{Liar, Lie, Said, TRUTH};
use crate::support::zone::{Plan, SECRETARIAT, Zone};

/// How many found the zone, leave, come, and lie.
struct Day {
    members: usize,
    leave: usize,
    come: usize,
    liars: usize,
}

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

#[test]
fn the_key_outlives_those_who_walk_out() {
    let day = Day {
        members: 12,
        leave: 2,
        come: 2,
        liars: 2,
    };
    pass(&day);
}

fn pass(day: &Day) {
    let Some([unbound, dig]) = programs(["unbound", "dig"]) else {
        return skip("unbound or dig is missing");
    };
    let mut clock = Clock::start();
    let plan = Plan {
        members: day.members,
        threshold: day.members / 2 + 1,
        ..Plan::default()
    };
    let mut zone = Zone::prepare(&plan);
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
    let watch = Watch::start(&zone, (&unbound, &dig));
    for (liar, lie) in liars.iter().zip(LIES) {
        liar.lie(lie);
    }

    // They leave, and take their shares along.
    let leaves = zone.members[day.members - day.leave..].to_vec();
    for name in &leaves {
        zone.kill(name);
    }
    let depart = ["member", "depart", "--reason", "Out-voted"];
    for name in &leaves {
        zone.act(name, &depart).done();
    }
    clock.tell("those who leave have left");
    zone.kill(stays[day.liars]);
    zone.change_and_serve("harbour", "one");
    zone.start(stays[day.liars]);
    clock.tell("an edition by those who stay, with the old shares");

    // Those who stay deal the shares anew.
    let start = ["ceremony", "start", "--reason", "So many have left"];
    zone.act(stays[day.liars + 1], &start).done();
    zone.wait("the ceremony to begin", || {
        zone.log(SECRETARIAT)
            .contains("a ceremony begins")
            .then_some(())
    });
    zone.kill(SECRETARIAT);
    zone.kill(stays[day.liars + 2]);
    zone.start(SECRETARIAT);
    zone.start(stays[day.liars + 2]);
    let epoch = settled(&zone, 2);
    let staying = u32::try_from(stays.len()).unwrap();
    assert_eq!(epoch.threshold, staying / 2 + 1);
    clock.tell("the shares are dealt anew, and the old ones wiped");

    // Some come; then everybody is one of them.
    for at in 0..day.come {
        zone.join(["newport", "osier", "poplar"][at]);
    }
    clock.tell("the newcomers are members");
    zone.act(stays[day.liars + 3], &start).done();
    zone.kill(stays[day.liars + 4]);
    zone.start(stays[day.liars + 4]);
    let epoch = settled(&zone, 3);
    clock.tell("the newcomers have shares");
    assert_eq!(epoch.threshold, (staying + narrow(day.come)) / 2 + 1);
    zone.change_and_serve("atoll", "two");
    clock.tell("an edition with the newest shares");
    assert_eq!(zone.view().unwrap().zone.key, key);
    let asked = watch.end();
    assert!(asked > 0);
    let audited = zone.audit().done();
    assert_eq!(audited["epochs"].as_array().unwrap().len(), 3);
    clock.tell("audited");
    drop(liars);
    zone.nobody_panicked();
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap()
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
    fn start(zone: &Zone, (unbound, dig): (&Path, &Path)) -> Self {
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
                for (question, status) in [("harbour. DS", "NOERROR"), ("nobody. A", "NXDOMAIN")] {
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
