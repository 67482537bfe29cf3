//! Zones that other implementations signed, with keys that they made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use comity_core::dnssec::{ChainRefusal, Link, ZoneKeys};
use comity_core::zone::{Name, Rdata, Record, Rtype, SetKey};
use domain::base::rdata::ComposeRecordData as _;
use domain::zonefile::inplace::{self, Zonefile};

use crate::judge;
use crate::signing::name;

/// The algorithms whose signatures count (RFC 8624 §3.1).
pub(crate) const ALGORITHMS: [&str; 5] = [
    "RSASHA256",
    "RSASHA512",
    "ECDSAP256SHA256",
    "ECDSAP384SHA384",
    "ED25519",
];

/// Signs a zone, given as records a line without RRSIG, with keys of this
/// algorithm; none where its programs are not installed.
pub(crate) type Signer = fn(origin: &str, records: &str, algorithm: &str) -> Option<SignedFile>;

/// A signed zone file, in a directory with whatever its signer needs.
pub(crate) struct SignedFile {
    _directory: tempfile::TempDir,
    pub(crate) file: PathBuf,
    /// The DS records of its key, as its signer says.
    pub(crate) ds: Vec<Record>,
}

/// Knot's, whose configuration is `conf` in the directory.
pub(crate) fn knot(origin: &str, records: &str, algorithm: &str) -> Option<SignedFile> {
    let (keymgr, sign) = (judge::program("keymgr")?, judge::program("kzonesign")?);
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("zone", records);
    write(
        "conf",
        &format!(
            "server:
    rundir: .
database:
    storage: .
policy:
  - id: ours
    manual: on
zone:
  - domain: {origin}
    storage: .
    file: zone
    dnssec-signing: on
    dnssec-policy: ours
"
        ),
    );
    let path = directory.path();
    let algorithm = format!("algorithm={algorithm}");
    let keys = ["-c", "conf", origin];
    for kind in [["ksk=yes", "zsk=no"], ["ksk=no", "zsk=yes"]] {
        run(
            path,
            &keymgr,
            &[&keys[..], &["generate", &algorithm], &kind].concat(),
        );
    }
    run(path, &sign, &["-c", "conf", "-o", "out", origin]);
    let ds = run(path, &keymgr, &[&keys[..], &["ds"]].concat());
    let ds = ds.replace(" DS ", " 3600 IN DS ");
    let signed = fs::read_to_string(path.join("out/zone")).unwrap();
    let file = path.join("signed");
    fs::write(&file, with_class(&signed)).unwrap();
    Some(SignedFile {
        ds: read(origin, &ds),
        file,
        _directory: directory,
    })
}

/// Knot leaves the class out, which not every reader knows how to do without.
fn with_class(zone: &str) -> String {
    let records = zone.lines().filter(|line| !line.starts_with(';'));
    let lines = records.map(|line| {
        let (owner, rest) = line.split_once(char::is_whitespace).unwrap();
        let (ttl, rest) = rest.trim_start().split_once('\t').unwrap();
        format!("{owner} {ttl} IN {rest}\n")
    });
    lines.collect()
}

/// BIND's.
pub(crate) fn bind(origin: &str, records: &str, algorithm: &str) -> Option<SignedFile> {
    let generate = judge::program("dnssec-keygen")?;
    let sign = judge::program("dnssec-signzone")?;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::write(path.join("zone"), records).unwrap();
    let bits: &[&str] = if algorithm.starts_with("RSA") {
        &["-b", "2048"]
    } else {
        &[]
    };
    for role in [&["-f", "KSK"][..], &[]] {
        let arguments = [&["-q", "-a", algorithm], bits, role, &[origin]].concat();
        run(path, &generate, &arguments);
    }
    let arguments = ["-S", "-q", "-x", "-o", origin, "-f", "signed", "zone"];
    run(path, &sign, &arguments);
    let ds = fs::read_to_string(path.join(format!("dsset-{origin}"))).unwrap();
    let ds = ds.replace("IN DS", "3600 IN DS");
    Some(SignedFile {
        ds: read(origin, &ds),
        file: path.join("signed"),
        _directory: directory,
    })
}

/// That of NLnet Labs' ldns.
pub(crate) fn ldns(origin: &str, records: &str, algorithm: &str) -> Option<SignedFile> {
    ldns_with(origin, records, algorithm, &[])
}

/// The same, for a time that is over.
pub(crate) fn ldns_expired(origin: &str, records: &str, algorithm: &str) -> Option<SignedFile> {
    let times = ["-i", "20250101000000", "-e", "20250201000000"];
    ldns_with(origin, records, algorithm, &times)
}

fn ldns_with(origin: &str, records: &str, algorithm: &str, options: &[&str]) -> Option<SignedFile> {
    let generate = judge::program("ldns-keygen")?;
    let sign = judge::program("ldns-signzone")?;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::write(path.join("zone"), records).unwrap();
    let bits: &[&str] = if algorithm.starts_with("RSA") {
        &["-b", "2048"]
    } else {
        &[]
    };
    let keys = [&["-k"][..], &[]].map(|role| {
        let arguments = [&["-a", algorithm], bits, role, &[origin]].concat();
        run(path, &generate, &arguments).trim().to_owned()
    });
    let arguments = ["-f", "signed", "-o", origin, "zone", &keys[0], &keys[1]];
    run(path, &sign, &[options, &arguments].concat());
    let ds = fs::read_to_string(path.join(format!("{}.ds", keys[0]))).unwrap();
    let ds = ds.replace("IN\tDS", "3600 IN DS");
    Some(SignedFile {
        ds: read(origin, &ds),
        file: path.join("signed"),
        _directory: directory,
    })
}

impl SignedFile {
    pub(crate) fn sets(&self, origin: &str) -> Sets {
        let text = fs::read_to_string(&self.file).unwrap();
        Sets::new(read(origin, &text))
    }

    /// Its DS records, to be put into the zone above.
    pub(crate) fn ds_text(&self) -> String {
        let lines = self.ds.iter().map(|record| {
            let data = record.data.to_text(Rtype::DS);
            format!("{} {} IN DS {data}\n", record.owner, record.ttl)
        });
        lines.collect()
    }
}

fn run(directory: &Path, program: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(directory).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", program.display());
    String::from_utf8(output.stdout).unwrap()
}

/// The records of a zone file, whatever they are.
pub(crate) fn read(origin: &str, text: &str) -> Vec<Record> {
    let mut file = Zonefile::from(text);
    let origin = name(origin).as_wire().to_vec().into();
    file.set_origin(domain::base::Name::from_octets(origin).unwrap());
    let mut records = Vec::new();
    while let Some(entry) = file.next_entry().unwrap() {
        let inplace::Entry::Record(record) = entry else {
            continue;
        };
        let mut wire = Vec::new();
        let Ok(()) = record.data().compose_rdata(&mut wire);
        records.push(Record {
            owner: Name::from_name(record.owner()),
            rtype: record.rtype(),
            ttl: record.ttl().as_secs(),
            data: Rdata::from_wire(record.rtype(), &wire).unwrap(),
        });
    }
    records
}

/// A set and the RRSIG records over it.
#[derive(Default)]
pub(crate) struct Set {
    pub(crate) data: BTreeSet<Rdata>,
    pub(crate) rrsigs: BTreeSet<Rdata>,
}

/// The sets of a signed zone.
pub(crate) struct Sets(pub(crate) BTreeMap<SetKey, Set>);

impl Sets {
    pub(crate) fn new(records: Vec<Record>) -> Self {
        let mut sets: BTreeMap<SetKey, Set> = BTreeMap::new();
        for record in records {
            if record.rtype == Rtype::RRSIG {
                let covered = record.data.as_wire().first_chunk().unwrap();
                let covered = Rtype::from_int(u16::from_be_bytes(*covered));
                let set = sets.entry(SetKey::new(&record.owner, covered)).or_default();
                set.rrsigs.insert(record.data);
            } else {
                let set = sets.entry(SetKey::new(&record.owner, record.rtype));
                set.or_default().data.insert(record.data);
            }
        }
        Self(sets)
    }

    pub(crate) fn keys(&self, origin: &str) -> ZoneKeys {
        let set = &self.0[&SetKey::new(&name(origin), Rtype::DNSKEY)];
        ZoneKeys::new(&name(origin), &set.data)
    }

    pub(crate) fn link(&self, owner: &str, rtype: Rtype) -> Result<Link, ChainRefusal> {
        let key = SetKey::new(&name(owner), rtype);
        let set = &self.0[&key];
        Link::new(key, set.data.clone(), &set.rrsigs)
    }
}
