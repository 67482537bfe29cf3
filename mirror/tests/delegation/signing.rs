//! Zones signed by others' programs: BIND's and Knot's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use comity_core::dnssec::ZoneKey;
use comity_core::zone::{Rdata, Rtype};
use sha2::{Digest as _, Sha256};

use crate::judge;
use crate::network::name;

/// A signed zone file, and the DS records of its keys.
pub(crate) struct Signed {
    pub(crate) zone: String,
    pub(crate) ds: Vec<String>,
}

/// How BIND signs.
#[derive(Clone, Copy)]
pub(crate) struct ByBind<'a> {
    pub(crate) algorithm: &'a str,
    /// Further words for `dnssec-keygen`.
    pub(crate) key: &'a [&'a str],
    /// From when to when, as `dnssec-signzone` takes it.
    pub(crate) times: [&'a str; 2],
    /// Whether the key is revoked before.
    pub(crate) revoked: bool,
}

impl ByBind<'_> {
    pub(crate) const USUAL: Self = Self {
        algorithm: "ECDSAP256SHA256",
        key: &["-f", "KSK"],
        times: ["now-3600", "now+86400"],
        revoked: false,
    };

    /// Signs a zone with one key.
    pub(crate) fn sign(self, zone: &str) -> Option<Signed> {
        let keygen = judge::program("dnssec-keygen")?;
        let signzone = judge::program("dnssec-signzone")?;
        let digest = judge::program("dnssec-dsfromkey")?;
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        let words = [&["-q", "-a", self.algorithm], self.key, &["isle."]].concat();
        let mut key = run(&keygen, &words, at).trim().to_owned();
        if self.revoked {
            let revoke = judge::program("dnssec-revoke")?;
            let path = run(&revoke, &[&key], at);
            key = stem(path.trim());
        }
        let public = fs::read_to_string(at.join(key.clone() + ".key")).unwrap();
        fs::write(at.join("zone"), zone.to_owned() + &public).unwrap();
        let [from, until] = self.times;
        let words = [
            "-P", "-z", "-q", "-s", from, "-e", until, "-o", "isle.", "zone", &key,
        ];
        run(&signzone, &words, at);
        let ds = if self.revoked {
            // BIND's program makes none of such a key.
            vec![ds_of(&public)]
        } else {
            ds_data(&run(&digest, &["-2", &key], at))
        };
        Some(Signed {
            zone: fs::read_to_string(at.join("zone.signed")).unwrap(),
            ds,
        })
    }
}

/// A zone signed by Knot's program, with two keys, as its policy has it.
pub(crate) fn by_knot(zone: &str) -> Option<Signed> {
    let keymgr = judge::program("keymgr")?;
    let sign = judge::program("kzonesign")?;
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::create_dir(at.join("keys")).unwrap();
    fs::write(at.join("zone"), zone).unwrap();
    let configuration = format!(
        "database:\n  storage: {0}/keys\n  kasp-db-max-size: 5M\n  journal-db-max-size: 1M\n  \
         timer-db-max-size: 1M\n\
         policy:\n  - id: p\n    manual: on\n    algorithm: ecdsap384sha384\n\
         zone:\n  - domain: isle.\n    storage: {0}\n    file: zone\n    dnssec-policy: p\n",
        at.display()
    );
    fs::write(at.join("conf"), configuration).unwrap();
    for uses in [["ksk=yes", "zsk=no"], ["ksk=no", "zsk=yes"]] {
        let words = [&["-c", "conf", "isle.", "generate"], &uses[..]].concat();
        run(&keymgr, &words, at);
    }
    run(&sign, &["-c", "conf", "-o", "out", "isle."], at);
    let ds = run(&keymgr, &["-c", "conf", "isle.", "ds"], at);
    Some(Signed {
        zone: fs::read_to_string(at.join("out").join("zone")).unwrap(),
        ds: ds_data(&ds),
    })
}

/// The data of DS records, from lines that end with it.
fn ds_data(lines: &str) -> Vec<String> {
    let data = lines.lines().filter_map(|line| line.split_once(" DS "));
    data.map(|(_, data)| data.trim().to_owned()).collect()
}

/// The data of the DS record that names the key in a file (RFC 4034 §5.1.4).
fn ds_of(file: &str) -> String {
    let (_, data) = file.split_once(" DNSKEY ").unwrap();
    let data = Rdata::from_text(Rtype::DNSKEY, data.trim()).unwrap();
    let key = ZoneKey::parse(&data).unwrap();
    let digest = Sha256::new()
        .chain_update(name("isle.").as_wire())
        .chain_update(data.as_wire())
        .finalize();
    let digest = data_encoding::HEXUPPER.encode(&digest);
    format!("{} {} 2 {digest}", key.tag(), key.algorithm())
}

/// The name of a key without its directory and ending.
fn stem(path: &str) -> String {
    let stem = PathBuf::from(path);
    let stem = stem.file_name().unwrap().to_string_lossy().into_owned();
    stem.trim_end_matches(".key")
        .trim_end_matches(".private")
        .to_owned()
}

/// What a program prints that ends well.
fn run(program: &Path, words: &[&str], at: &Path) -> String {
    let ended = Command::new(program).args(words).current_dir(at).output();
    let ended = ended.unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(
        ended.status.success(),
        "{} {words:?}: {said}{}",
        program.display(),
        String::from_utf8_lossy(&ended.stderr)
    );
    said
}
