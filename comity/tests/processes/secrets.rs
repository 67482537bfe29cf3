//! Secrets leave the process that holds them sealed, and in no other way:
//! nothing that anybody writes, logs, prints or sends has one, whatever goes
//! wrong; memory keeps none that is not at work; a crash leaves no copy; and
//! nobody else may read a file that has one.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use comity_mirror::files::PASSPHRASE_VARIABLE;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use crate::support::judge::root;
use crate::support::leaks::Needles;
use crate::support::logarithms::{Logarithms, share_of};
use crate::support::unseal::unseal;
use crate::support::workshop::{PASSPHRASE, Ran, Workshop, ran};
use crate::support::zone::{HELD, MIRROR, Plan, SECRETARIAT, Zone};
use crate::support::{PATIENCE, memory};

/// What somebody types by mistake is somebody's secret as well.
const WRONG: &[u8] = b"incorrect zebra paper-clip";

#[test]
fn no_secret_is_written_or_sent() {
    let mut zone = Zone::prepare(&Plan {
        log_level: Some("trace"),
        ..Plan::default()
    });
    let relay = zone.listen_in();
    zone.start_all();
    zone.wait("the key", || zone.view()?.zone.key);
    let (first, second) = (zone.members[0], zone.members[1]);
    zone.kill(first);
    zone.start(first);
    let serial = zone.wait_for_edition(1).serial;
    zone.wait_until_served(serial);
    zone.change_and_serve("harbour", "second");
    for party in [SECRETARIAT, second, MIRROR] {
        zone.kill(party);
        zone.start(party);
    }
    zone.change_and_serve("atoll", "third");
    fail_in_every_way(&zone);
    zone.stop_all();

    let needles = secrets(&zone);
    let mut leaks: BTreeSet<String> = BTreeSet::new();
    let mut said = 0;
    for path in files_below(zone.workshop.directory()) {
        if is_named(&path, "passphrase") {
            continue;
        }
        let octets = fs::read(&path).unwrap();
        said += octets.len();
        let found = needles.find(&octets);
        leaks.extend(
            found
                .iter()
                .map(|name| format!("{name} in {}", path.display())),
        );
    }
    let passed = relay.passed();
    for octets in &passed {
        let found = needles.find(octets);
        leaks.extend(found.iter().map(|name| format!("{name} on the wire")));
    }
    assert!(leaks.is_empty(), "{leaks:#?}");

    // There was something to find it in.
    let logs = [SECRETARIAT, first, second]
        .map(|party| zone.log(party))
        .concat();
    assert!(logs.contains("TRACE") && said > 1_000_000, "{said} octets");
    let wire = String::from_utf8_lossy(&passed.concat()).into_owned();
    for path in ["POST /v1/messages", "POST /v1/acts", "GET /tile/"] {
        assert!(wire.contains(path), "nobody asked for {path}");
    }
    zone.nobody_panicked();
}

/// Commands that cannot do what they were asked to, each for another reason.
fn fail_in_every_way(zone: &Zone) {
    let workshop = &zone.workshop;
    let wrong = workshop.write("passphrase.wrong", WRONG);
    let long = workshop.write("passphrase.long", &WRONG.repeat(200));
    let empty = workshop.write("passphrase.empty", b"");
    let right = workshop.path("passphrase");
    let missing = workshop.path("passphrase.missing");
    for passphrase in [&wrong, &long, &empty, &missing] {
        for party in [SECRETARIAT, zone.members[0], HELD[0]] {
            let ran = act_as(zone, party, &workshop.path(party), passphrase);
            assert_eq!(ran.code, Some(1), "{party}: {ran:?}");
        }
    }
    let sealed = fs::read(workshop.path("alba/identity.sealed")).unwrap();
    let share = files_below(&workshop.path("alba"));
    let share = share.iter().find(|path| is_named(path, "share-")).unwrap();
    let flipped = |at: usize| {
        let mut octets = sealed.clone();
        octets[at] ^= 1;
        octets
    };
    for (case, octets) in [
        ("another kind of secret", fs::read(share).unwrap()),
        ("cut short", sealed[..100].to_vec()),
        ("another salt", flipped(40)),
        ("another body", flipped(sealed.len() - 1)),
        ("another name", flipped(18)),
        ("a passphrase", PASSPHRASE.to_vec()),
    ] {
        let home = workshop.path("alba.broken");
        copy(&workshop.path("alba"), &home);
        fs::write(home.join("identity.sealed"), octets).unwrap();
        let ran = act_as(zone, "alba", &home, &right);
        assert_eq!(ran.code, Some(1), "{case}: {ran:?}");
        // It has what the test put there.
        fs::remove_dir_all(home).unwrap();
    }
}

/// What a party does with its key, from a directory and with a passphrase.
fn act_as(zone: &Zone, party: &str, home: &Path, passphrase: &Path) -> Ran {
    let home = home.display().to_string();
    let link = ["--ledger", zone.http(), "--founding", &zone.founding];
    let run = ["run", "--dir", &home];
    let set = "harbour. 172800 NS a.nic.harbour.";
    let propose = [
        "propose",
        "--no-checks",
        "--reason",
        "None",
        "--set",
        set,
        "--as",
        &home,
    ];
    let args = match party {
        SECRETARIAT => [&["secretariat"], &run[..]].concat(),
        _ if HELD.contains(&party) => [&propose[..], &link].concat(),
        _ => [&["member"], &run[..], &["--founding", &zone.founding]].concat(),
    };
    let mut command = zone.workshop.command(&args);
    let ran = ran(command.env(PASSPHRASE_VARIABLE, passphrase));
    zone.workshop.note(&ran);
    ran
}

/// Every secret that lies sealed somewhere, the keys that seal them, and the
/// passphrases.
fn secrets(zone: &Zone) -> Needles {
    let mut needles = Needles::default();
    needles.add("the passphrase", PASSPHRASE);
    needles.add("a wrong passphrase", WRONG);
    let mut shares = 0;
    for party in [&[SECRETARIAT], &HELD[..], &zone.members].concat() {
        for path in files_below(&zone.workshop.path(party)) {
            if is_named(&path, "sealed") {
                let name = path.strip_prefix(zone.workshop.directory()).unwrap();
                let unsealed = unseal(&path, PASSPHRASE);
                needles.add(&name.display().to_string(), &unsealed.secret);
                needles.add(&format!("the key of {}", name.display()), &unsealed.key);
                shares += usize::from(is_named(&path, "share-"));
            }
        }
    }
    assert!(shares >= zone.members.len());
    needles
}

#[test]
fn memory_keeps_no_secret_that_is_not_at_work() {
    if !root() {
        return;
    }
    let mut zone = Zone::serve(&Plan::default());
    zone.change_and_serve("harbour", "second");
    let logarithms = Logarithms::of(&zone.ledger());
    // Three dealers' polynomials, what they dealt, and what came of it; and two
    // signers' nonces for two messages of two editions at the least.
    let least = 3 * (2 + 3) + 3 + 2 * 2 * 2 * 2;
    assert!(logarithms.count() >= least, "{}", logarithms.count());
    let mut left = Vec::new();
    for (number, party) in (1..).zip(zone.members.clone()) {
        let keys = sealing_keys(&zone, party);
        let mut seen = BTreeSet::new();
        for (mapping, octets) in memory::written(zone.process(party).id()) {
            seen.extend(logarithms.find(&octets));
            if keys.iter().any(|key| has(&octets, key)) {
                left.push(format!(
                    "{party}: a key made of the passphrase in {mapping}"
                ));
            }
        }
        // The share signs; all else is over.
        assert!(
            seen.remove(&share_of(number)),
            "{party} signs without a share"
        );
        left.extend(seen.into_iter().map(|name| format!("{party}: {name}")));
    }
    let keys = sealing_keys(&zone, SECRETARIAT);
    for (mapping, octets) in memory::written(zone.process(SECRETARIAT).id()) {
        for secret in keys.iter().map(Vec::as_slice).chain([PASSPHRASE]) {
            if has(&octets, secret) {
                left.push(format!("the secretariat: {mapping}"));
            }
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

/// What the passphrase gave for each of a party's sealed files.
fn sealing_keys(zone: &Zone, party: &str) -> Vec<Vec<u8>> {
    let files = files_below(&zone.workshop.path(party)).into_iter();
    let sealed = files.filter(|path| is_named(path, "sealed"));
    let keys: Vec<_> = sealed.map(|path| unseal(&path, PASSPHRASE).key).collect();
    assert!(!keys.is_empty());
    keys
}

fn has(memory: &[u8], secret: &[u8]) -> bool {
    memory.windows(secret.len()).any(|octets| octets == secret)
}

#[test]
fn a_crash_leaves_no_copy_of_memory() {
    // Whatever this machine allows, so that there is something to forbid.
    let limit = getrlimit(Resource::Core);
    let all = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Core, all).unwrap();
    let mut zone = Zone::prepare(&Plan::default());
    let mut plain = Command::new("sh");
    plain.args(["-c", "kill -ABRT $$"]);
    let plain = plain.current_dir(zone.workshop.directory()).status();
    let dumps = plain.unwrap().core_dumped();

    zone.start_all();
    zone.wait("the key", || zone.view()?.zone.key);
    for party in [zone.members[0], SECRETARIAT] {
        let limits = fs::read_to_string(format!("/proc/{}/limits", zone.process(party).id()));
        let limits = limits.unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let words: Vec<_> = core.unwrap().split_whitespace().collect();
        assert_eq!(words[4..6], ["0", "0"], "{party}");
        zone.process(party).signal(Signal::ABORT);
        let status = zone.process(party).wait(PATIENCE).unwrap();
        assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()), "{party}");
        assert!(!status.core_dumped(), "{party} (others here do: {dumps})");
    }
}

#[test]
fn files_with_secrets_are_for_their_user_alone() {
    let mut zone = Zone::prepare(&Plan::default());
    zone.start_all();
    zone.wait("the key", || zone.view()?.zone.key);
    let parties = [&[SECRETARIAT], &HELD[..], &zone.members].concat();
    for party in &parties {
        let home = zone.workshop.path(party);
        assert_eq!(mode(&home), 0o700, "{party}");
        let sealed = files_below(&home).into_iter();
        let sealed: Vec<_> = sealed.filter(|path| is_named(path, "sealed")).collect();
        let expected = 1 + usize::from(zone.members.contains(party));
        assert!(sealed.len() >= expected, "{sealed:?}");
        for path in sealed {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
    zone.stop_all();
    // A copy that others may read is not used, as by ssh, and how to mend it
    // is said.
    for (party, file) in [
        (SECRETARIAT, "log.sealed"),
        ("alba", "identity.sealed"),
        ("harbour", "identity.sealed"),
    ] {
        let home = zone.workshop.path(party);
        let path = home.join(file);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let ran = act_as(&zone, party, &home, &zone.workshop.path("passphrase"));
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let what_to_do = format!("chmod 600 {}", path.display());
        assert!(ran.stderr.contains(&what_to_do), "{ran:?}");
    }
}

#[test]
fn systemds_credential_has_the_passphrase() {
    let workshop = Workshop::new();
    fs::create_dir(workshop.path("credentials")).unwrap();
    let credential = workshop.write("credentials/comity-passphrase", PASSPHRASE);
    let home = workshop.text("harbour");
    let init = ["holder", "init", "--dir", &home, "--name", "harbour"];
    let with_credentials = |directory: &Path| {
        let mut command = workshop.command(&init);
        command.env_remove(PASSPHRASE_VARIABLE);
        ran(command.env("CREDENTIALS_DIRECTORY", directory))
    };
    // Without one it is said how to give one.
    let refused = with_credentials(workshop.directory());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("LoadCredential=comity-passphrase"));
    let done = with_credentials(credential.parent().unwrap());
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(done.stderr, "");
    unseal(&workshop.path("harbour/identity.sealed"), PASSPHRASE);
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Whether a file's name has this in it.
fn is_named(path: &Path, part: &str) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().contains(part)
}

fn copy(from: &Path, to: &Path) {
    let _none_yet = fs::create_dir(to);
    for path in files_below(from) {
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// All files below a directory.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
