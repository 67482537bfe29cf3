//! What a party has shown to others is on its disk, also where a process ended
//! in the middle of a write, another went on with what it saw, and the power
//! went then.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::path::Path;
use std::sync::Arc;

use comity_core::act::{Declaration, Envelope, RULES, Receipt};
use comity_core::basic::{Digest, Time};
use comity_core::ledger::leaf_hash;
use comity_member::home::{Home, ShareSeat};
use comity_member::surroundings::{Errands, Random, Surroundings};
use comity_mirror::files::{self, FileSystem};
use comity_mirror::memory::Memory;
use comity_secretariat::dropbox::store::Store;
use comity_sign::deal::{Ceremony, Share};
use comity_sign::identity::Identity;
use comity_sign::sealed::{Cost, Passphrase};
use comity_sim::clock::{PartyClock, TrueTime};
use comity_sim::dice::{Dice, Seeded};
use comity_sim::disk::{Disk, Failing, Failure};
use comity_sim::line::Line;
use comity_sim::party::PartyId;

const HOME: &str = "/home";
const WAYS: [Failing; 3] = [Failing::Lost, Failing::Torn, Failing::Persisted];

/// A disk on which `write` ended after so many steps, for each number of steps
/// and each way to fail, and several ways in which the power takes what is left.
fn after_each_step(write: impl Fn(&Disk), check: impl Fn(&Disk, &str)) {
    for how in WAYS {
        for after in 0..12 {
            for seed in 0..4 {
                let disk = Disk::new(Dice::new(seed, "power"));
                disk.arm(Failure {
                    after,
                    how,
                    is_end: true,
                });
                write(&disk);
                disk.restart(false);
                check(&disk, &format!("step {after} {how:?}, seed {seed}"));
            }
        }
    }
}

fn act(key: &Identity) -> Envelope {
    key.signed(&Declaration {
        rules: RULES,
        ledger: Digest([7; 32]),
        to: Digest([7; 32]),
        text: "we were there".into(),
    })
}

#[test]
fn a_receipt_that_was_shown_after_a_crash_survives_the_power() {
    let key = Identity::generate(Dice::new(1, "key").generator());
    let act = act(&key);
    let leaf = leaf_hash(&act.to_octets());
    let receipt = Receipt {
        rules: RULES,
        ledger: Digest([7; 32]),
        leaf,
        size: 1,
        time: Time(1000),
    };
    let directory = Path::new(HOME).join("acts");
    let open = |disk: &Disk| Store::open_on(disk.system(), &directory);
    after_each_step(
        |disk| {
            let store = open(disk);
            let _ends_in_the_middle = store.and_then(|mut it| it.put(receipt.clone(), &act));
        },
        |disk, case| {
            let is_shown = open(disk).unwrap().get(&leaf).is_some();
            disk.restart(true);
            let is_there = open(disk).unwrap().get(&leaf).is_some();
            assert!(is_there || !is_shown, "{case}");
        },
    );
}

#[test]
fn what_a_mirror_found_after_a_crash_survives_the_power() {
    let home = Path::new(HOME);
    let path = home.join("edition");
    after_each_step(
        |disk| {
            let made = files::create_private_directory_on(disk, home);
            let _ends_in_the_middle =
                made.and_then(|()| files::write_private_on(disk, &path, b"edition"));
        },
        |disk, case| {
            let is_shown = files::is_there(disk, &path);
            // One without a directory has nothing to settle.
            let memory = Memory::on(disk.system(), home, Digest([7; 32]));
            let settled = memory.settle();
            disk.restart(true);
            let is_there = files::is_there(disk, &path);
            assert!(is_there || !is_shown || settled.is_err(), "{case}");
            assert!(settled.is_ok() || !is_shown, "{case}");
        },
    );
}

/// The share of the first of two.
fn share() -> Share {
    let mut dice = Dice::new(1, "shares");
    let mut begin = |me| Ceremony::begin(me, 2, 2, b"a test", dice.generator()).unwrap();
    let ((first, opening), (second, other)) = (begin(1), begin(2));
    let openings = [(1, opening), (2, other)].into();
    let (first, _) = first.deal(&openings, dice.generator()).unwrap();
    let (_, mut sealed) = second.deal(&openings, dice.generator()).unwrap();
    let to_first = sealed.remove(&1).unwrap();
    first.finish(&[(2, to_first)].into()).unwrap()
}

#[test]
fn a_share_that_a_member_found_after_a_crash_survives_the_power() {
    let (share, passphrase) = (share(), Passphrase::new(b"a passphrase".to_vec()));
    let seat = ShareSeat {
        ledger: Digest([7; 32]),
        epoch: 2,
        attempt: 1,
    };
    let home = |disk: &Disk| {
        let surroundings = Surroundings {
            system: disk.system(),
            clock: Arc::new(PartyClock::new(TrueTime::default(), 0)),
            random: Random(Arc::new(Seeded::new(1, "a member"))),
            network: Arc::new(Line::to_nowhere(PartyId::Member(0))),
            cost: Cost::LEAST,
            errands: Errands::InTurn,
        };
        Home::amid(surroundings, HOME)
    };
    let is_there = |disk: &Disk| matches!(home(disk).share(&seat, &passphrase), Ok(Some(_)));
    after_each_step(
        |disk| {
            let made = files::create_private_directory_on(disk, Path::new(HOME));
            let _ends_in_the_middle =
                made.map(|()| home(disk).write_share(&share, &seat, &passphrase));
        },
        |disk, case| {
            let is_shown = is_there(disk);
            disk.restart(true);
            assert!(is_there(disk) || !is_shown, "{case}");
        },
    );
}

#[test]
fn what_was_written_survives_the_power() {
    let path = Path::new(HOME).join("file");
    let write = |disk: &Disk, octets: &[u8]| {
        files::create_private_directory_on(disk, Path::new(HOME))?;
        files::write_private_on(disk, &path, octets)
    };
    let old = |disk: &Disk| write(disk, b"old").unwrap();
    after_each_step(
        |disk| {
            let _ends_in_the_middle = write(disk, b"new");
        },
        |disk, case| {
            disk.restart(true);
            old(disk);
            disk.arm(Failure {
                after: 5,
                how: Failing::Lost,
                is_end: true,
            });
            let written = write(disk, b"newer");
            disk.restart(true);
            let read = files::read_on(disk, &path, 10).unwrap().unwrap();
            assert!(read == b"newer" || written.is_err(), "{case}");
            assert!(read == b"newer" || read == b"old", "{case}: {read:?}");
        },
    );
}

#[test]
fn a_file_that_is_renamed_is_lost_under_neither_name() {
    for seed in 0..32 {
        let disk = Disk::new(Dice::new(seed, "power"));
        let [old, new] = ["/old", "/new"].map(Path::new);
        files::write_private_on(&disk, old, b"octets").unwrap();
        disk.system().rename(old, new).unwrap();
        disk.restart(true);
        let there = [old, new].map(|path| files::is_there(&disk, path));
        assert_ne!(there[0], there[1], "seed {seed}");
    }
}

#[test]
fn what_was_not_made_durable_may_be_gone_or_torn() {
    let mut found = [false; 3];
    for seed in 0..32 {
        let disk = Disk::new(Dice::new(seed, "power"));
        let system: Arc<dyn FileSystem> = disk.system();
        let path = Path::new("/file");
        let mut file = system.create(path, 0o600).unwrap();
        file.write(b"1234").unwrap();
        disk.restart(true);
        match files::read_on(&disk, path, 10).unwrap() {
            None => found[0] = true,
            Some(octets) if octets.len() < 4 => found[1] = true,
            Some(_) => found[2] = true,
        }
    }
    assert_eq!(found, [true; 3]);
}
