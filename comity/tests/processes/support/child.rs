//! Zones of registries, signed by Knot's programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::judge;

/// A signed zone file, and the data of the DS records that name its keys, in the
/// order in which the keys were made.
pub(crate) struct Signed {
    pub(crate) zone: String,
    pub(crate) ds: Vec<String>,
}

/// What signs.
pub(crate) struct Signer {
    keymgr: PathBuf,
    sign: PathBuf,
}

impl Signer {
    pub(crate) fn new() -> Option<Self> {
        let [keymgr, sign] = judge::programs(["keymgr", "kzonesign"])?;
        Some(Self { keymgr, sign })
    }

    /// Signs a zone with so many new keys for its key set, and one for the rest.
    pub(crate) fn sign(&self, name: &str, zone: &str, entry_keys: usize) -> Signed {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        fs::create_dir(at.join("keys")).unwrap();
        fs::write(at.join("zone"), zone).unwrap();
        let configuration = format!(
            "database:\n  storage: {0}/keys\n  kasp-db-max-size: 5M\n  \
             journal-db-max-size: 1M\n  timer-db-max-size: 1M\n\
             policy:\n  - id: p\n    manual: on\n    algorithm: ecdsap256sha256\n\
             zone:\n  - domain: {name}\n    storage: {0}\n    file: zone\n    \
             dnssec-policy: p\n",
            at.display()
        );
        fs::write(at.join("conf"), configuration).unwrap();
        let mut ds = Vec::new();
        for _ in 0..entry_keys {
            let words = ["-c", "conf", name, "generate", "ksk=yes", "zsk=no"];
            let id = run(&self.keymgr, &words, at);
            let said = run(&self.keymgr, &["-c", "conf", name, "ds", id.trim()], at);
            ds.push(by_sha_256(&said));
        }
        let words = ["-c", "conf", name, "generate", "ksk=no", "zsk=yes"];
        run(&self.keymgr, &words, at);
        run(&self.sign, &["-c", "conf", "-o", "out", name], at);
        Signed {
            zone: fs::read_to_string(at.join("out").join("zone")).unwrap(),
            ds,
        }
    }
}

/// The DS data with digest type 2, in lines that end with such data.
fn by_sha_256(said: &str) -> String {
    let data = said.lines().filter_map(|line| line.split_once(" DS "));
    let mut data = data.map(|(_, data)| data.trim());
    let is_it = |data: &&str| data.split(' ').nth(2) == Some("2");
    data.find(is_it).unwrap().to_string()
}

fn run(program: &Path, words: &[&str], at: &Path) -> String {
    let mut command = Command::new(program);
    let said = judge::output(command.args(words).current_dir(at));
    String::from_utf8(said).unwrap()
}
