//! A root of somebody else's: the same keys for all of its versions, which Knot's
//! programs sign.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use comity_mirror::clock::since_1970;

use super::judge;

/// A small root of two registries, version after version.
pub(crate) const LINES: &str = "
    . NS a.root-servers.net.
    a.root-servers.net. A 192.0.2.4
    be. NS a.ns.dns.be.
    be. NS ns.nic.lu.
    be. DS 12664 8 2 0B8C1D4E4F1C6A7B5D2E3F4051627384950617283940516273849506172839AB
    a.ns.dns.be. A 192.0.2.1
    lu. NS ns.nic.lu.
    ns.nic.lu. A 192.0.2.2
    net. NS net.
    net. A 192.0.2.3";

/// How a version is signed.
#[derive(Clone, Copy)]
pub(crate) struct How {
    /// Whether it has a digest.
    pub(crate) digest: bool,
    /// How many days ago.
    pub(crate) days_ago: u64,
}

/// As the root is.
pub(crate) const USUAL: How = How {
    digest: true,
    days_ago: 0,
};

/// Who signs a root.
pub(crate) struct Root {
    sign: PathBuf,
    directory: tempfile::TempDir,
    /// DS data of the key that is the trust anchor.
    pub(crate) anchor: String,
}

impl Root {
    /// One with keys of this algorithm.
    pub(crate) fn new(algorithm: &str) -> Option<Self> {
        Self::with(algorithm, "")
    }

    /// One that proves absent names by NSEC3 records, and may leave out delegations
    /// without a DS set.
    pub(crate) fn hashed(is_opt_out: bool) -> Option<Self> {
        let opt_out = if is_opt_out { "on" } else { "off" };
        let policy = format!("    nsec3: on\n    nsec3-opt-out: {opt_out}\n");
        Self::with("ecdsap256sha256", &policy)
    }

    fn with(algorithm: &str, policy: &str) -> Option<Self> {
        let [keymgr, sign] = judge::programs(["keymgr", "kzonesign"])?;
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        fs::create_dir(at.join("keys")).unwrap();
        for (file, digest) in [("digest", "zonemd-sha384"), ("none", "none")] {
            let configuration = format!(
                "database:\n  storage: {0}/keys\n  kasp-db-max-size: 5M\n  \
                 journal-db-max-size: 1M\n  timer-db-max-size: 1M\n\
                 policy:\n  - id: p\n    manual: on\n    algorithm: {algorithm}\n    \
                 cds-cdnskey-publish: none\n{policy}\
                 zone:\n  - domain: .\n    storage: {0}\n    file: zone\n    \
                 dnssec-policy: p\n    zonemd-generate: {digest}\n",
                at.display()
            );
            fs::write(at.join(file), configuration).unwrap();
        }
        let since = ["created=-90d", "publish=-90d", "active=-90d"];
        for words in [
            &["ksk=yes", "zsk=no", "ready=-90d"][..],
            &["ksk=no", "zsk=yes"],
        ] {
            let mut command = Command::new(&keymgr);
            command.args(["-c", "digest", ".", "generate"]);
            command.args(words).args(since);
            judge::output(command.current_dir(at));
        }
        let mut command = Command::new(&keymgr);
        let said = judge::output(command.args(["-c", "digest", ".", "ds"]).current_dir(at));
        let said = String::from_utf8(said).unwrap();
        let data = said.lines().filter_map(|line| line.split_once(" DS "));
        let anchor = data.map(|(_, data)| data.trim()).find(|data| {
            let digest_type = data.split(' ').nth(2);
            digest_type == Some("2")
        });
        Some(Self {
            sign,
            anchor: anchor.unwrap().into(),
            directory,
        })
    }

    /// A version of these lines, signed.
    pub(crate) fn sign(&self, serial: u32, lines: &str, how: How) -> String {
        self.sign_zone(&text(serial, lines), how)
    }

    /// This zone file, signed.
    pub(crate) fn sign_zone(&self, zone: &str, how: How) -> String {
        let at: &Path = self.directory.path();
        fs::write(at.join("zone"), zone).unwrap();
        let configuration = if how.digest { "digest" } else { "none" };
        let mut command = Command::new(&self.sign);
        let then = since_1970().as_secs() - how.days_ago * 86_400;
        command.args([
            "-c",
            configuration,
            "-o",
            "out",
            "-t",
            &then.to_string(),
            ".",
        ]);
        judge::output(command.current_dir(at));
        fs::read_to_string(at.join("out").join("zone")).unwrap()
    }
}

/// The zone file of these lines, each an owner, a type and data.
pub(crate) fn text(serial: u32, lines: &str) -> String {
    let mut zone = format!(
        ". 86400 IN SOA a.root-servers.net. nstld.example. {serial} 1800 900 604800 86400\n"
    );
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (owner, data) = line.split_once(' ').unwrap();
        zone += &format!("{owner} 86400 IN {data}\n");
    }
    zone
}

/// A real root without what its signer derived.
pub(crate) fn unsigned(zone: &str) -> String {
    let derived = ["RRSIG", "NSEC", "DNSKEY", "ZONEMD"];
    let is_derived = |line: &&str| {
        line.split_whitespace()
            .skip(2)
            .take(2)
            .any(|it| derived.contains(&it))
    };
    let kept = zone.lines().filter(|line| !is_derived(line));
    kept.flat_map(|line| [line, "\n"]).collect()
}
