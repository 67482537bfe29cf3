//! kill -9 of the commands that lay a party's directory out: the same command
//! in the same directory then makes it, or the party was whole already.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use comity_core::act::Founding;
use comity_core::act::json::Payload;
use comity_member::home::{Home as PartyHome, passphrase};
use comity_mirror::ledger;
use comity_mirror::source::Directory;
use comity_secretariat::home::Home as SecretariatHome;

use crate::crashes::{SEED, share};
use crate::support::process::Process;
use crate::support::random::Random;
use crate::support::workshop::Workshop;
use crate::support::zone::SMALL;
use crate::support::{PATIENCE, look};

/// How long a command may work on before it is killed (milliseconds).
const WORK_MS_MAX: usize = 500;
/// The same after its first file is there.
const WRITE_MS_MAX: usize = 60;

#[test]
fn whatever_is_cut_off_can_be_tried_again() {
    let workshop = Workshop::new();
    let member = [
        "member",
        "init",
        "--name",
        "alba",
        "--secretariat",
        "http://unset",
    ];
    let holder = ["holder", "init", "--name", "be"];
    let cards = ["alba", "boreal"].map(|name| {
        let dir = workshop.text(name);
        let init = ["member", "init", "--secretariat", "http://unset"];
        let init = [&init[..], &["--name", name, "--dir", &dir]].concat();
        workshop.run(&init).done();
        format!("{dir}/card.json")
    });
    let charter = workshop.run(&["charter", "new", "--members", "2"]).stdout;
    let charter = workshop.write("charter.toml", charter.as_bytes());
    let zone = workshop.write("zone.in", SMALL.as_bytes());
    let [charter, zone] = [charter, zone].map(|path| path.display().to_string());
    let found = ["found", "--charter", &charter, "--zone", &zone];
    let found = [&found[..], &["--member", &cards[0], "--member", &cards[1]]].concat();
    let commands: [&[&str]; 3] = [&found, &member, &holder];
    let mut random = Random::new(SEED);
    let mut whole_at_once = 0;
    for kill in 0..share(8) {
        let command = commands[kill % commands.len()];
        let dir = workshop.path(&format!("party-{kill}"));
        let at = dir.display().to_string();
        let args = [command, &["--dir", &at]].concat();
        cut_off(&workshop, &args, &dir, &mut random);
        let again = workshop.run(&args);
        let is_taken = again.stdout.contains("already; choose another directory");
        if is_taken {
            assert_eq!(again.code, Some(1), "seed {SEED}, kill {kill}: {again:#?}");
            whole_at_once += 1;
        } else {
            again.done();
        }
        match command[0] {
            "found" => is_whole_secretariat(&dir),
            _ => is_whole_party(&dir, &workshop),
        }
        fs::remove_dir_all(dir).unwrap();
    }
    println!(
        "{whole_at_once} of {} were whole when they were killed",
        share(8)
    );
}

/// Starts a command and kills it: at any moment of its work, or soon after
/// its first file is there.
fn cut_off(workshop: &Workshop, args: &[&str], dir: &Path, random: &mut Random) {
    let log = workshop.path("logs/cut_off.log");
    let mut process = Process::start(workshop.command(args), &log);
    let ms_max = match random.below(2) {
        0 => WORK_MS_MAX,
        _ => {
            let written = || fs::read_dir(dir).ok()?.next();
            look(PATIENCE, written).unwrap().unwrap();
            WRITE_MS_MAX
        }
    };
    let us = u64::try_from(random.below(ms_max * 1000)).unwrap();
    thread::sleep(Duration::from_micros(us));
    process.kill();
}

fn is_whole_party(dir: &Path, workshop: &Workshop) {
    let home = PartyHome::new(dir);
    let secret = passphrase(Some(&workshop.path("passphrase"))).unwrap();
    let identity = home.identity(&secret).unwrap();
    let card = home.card().unwrap();
    assert_eq!(identity.public(), card.key);
    assert_eq!(card.name == "alba", home.config().is_ok());
}

fn is_whole_secretariat(dir: &Path) {
    let home = SecretariatHome::new(dir);
    let draft = home.draft().unwrap();
    assert_eq!(draft.payload_type(), Founding::TYPE);
    let founding: Founding = draft.payload().unwrap();
    let source = Directory::new(home.ledger());
    let log = founding.log.parse().unwrap();
    assert_eq!(
        ledger::read_checkpoint(&source, &log)
            .unwrap()
            .checkpoint
            .size,
        0
    );
    for blob in [founding.charter, founding.contents, founding.holders] {
        ledger::blob(&source, &blob, 1 << 20).unwrap();
    }
    assert_eq!(home.config().unwrap().origin, log.name());
}
