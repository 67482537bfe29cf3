//! A root, `be.` and perhaps `nic.be.` on this machine, signed and served by
//! others, and a resolver that trusts that root's key.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use comity_core::basic::Digest;
use comity_core::dnssec::Claim;
use comity_core::zone::RecordSet;
use comity_mirror::claim::{Fault, Report, Request, Resolvers, Verdict, gather};

use crate::judge;
use crate::running::{Daemon, ask, eventually, file, free_port, now};
use crate::signers::{self, SignedFile, Signer};
use crate::signing::name;

pub(crate) const LEDGER: Digest = Digest([0x1e; 32]);
pub(crate) const HOLDER: Digest = Digest([0xab; 32]);
pub(crate) const OTHER: Digest = Digest([0xcd; 32]);

pub(crate) fn claim(ledger: Digest, holder: Digest) -> String {
    format!("\"{}\"", Claim { ledger, holder })
}

/// A TXT record at this name.
pub(crate) fn text(owner: &str, text: &str) -> String {
    format!("{owner} 600 IN TXT {text}\n")
}

/// How the zones of a test are made.
pub(crate) struct Zones {
    /// Records of `be.` and of `nic.be.` beside the ordinary ones.
    pub(crate) be: String,
    pub(crate) nic: String,
    /// Without one, `be.` is not signed.
    pub(crate) sign_be: Option<Signer>,
    pub(crate) sign_nic: Signer,
    /// Whether `nic.be.` is a zone of its own.
    pub(crate) nic_is_cut: bool,
    /// Whether the zones above have the DS sets.
    pub(crate) has_ds: [bool; 2],
}

impl Default for Zones {
    fn default() -> Self {
        Self {
            be: String::new(),
            nic: String::new(),
            sign_be: Some(signers::ldns),
            sign_nic: signers::ldns,
            nic_is_cut: false,
            has_ds: [true, true],
        }
    }
}

fn ordinary(zone: &str, ns: &str) -> String {
    format!("{zone} 3600 IN SOA {ns} admin.be. 1 7200 3600 1209600 300\n{zone} 3600 IN NS {ns}\n")
}

/// A root, `be.` and perhaps `nic.be.`, served by NSD, and Unbound that trusts
/// that root's key.
pub(crate) struct World {
    _daemons: [Daemon; 2],
    server: SocketAddr,
    pub(crate) resolver: SocketAddr,
    ds: RecordSet,
}

impl World {
    pub(crate) fn start(zones: &Zones) -> Option<Self> {
        let glue = "ns.be. 3600 IN A 127.0.0.1\n";
        let mut be = ordinary("be.", "ns.be.") + glue + &zones.be;
        let mut files: Vec<(&str, PathBuf)> = Vec::new();
        let mut kept: Vec<SignedFile> = Vec::new();
        let directory = tempfile::tempdir().unwrap();
        if zones.nic_is_cut {
            let nic = ordinary("nic.be.", "ns.be.") + &zones.nic;
            let nic = (zones.sign_nic)("nic.be.", &nic, "ED25519")?;
            be += "nic.be. 3600 IN NS ns.be.\n";
            if zones.has_ds[1] {
                be += &nic.ds_text();
            }
            files.push(("nic.be", nic.file.clone()));
            kept.push(nic);
        } else {
            be += &zones.nic;
        }
        let mut root = ordinary(".", "ns.be.") + "be. 3600 IN NS ns.be.\n" + glue;
        let mut ds = Vec::new();
        if let Some(sign) = zones.sign_be {
            let be = sign("be.", &be, "ECDSAP256SHA256")?;
            if zones.has_ds[0] {
                root += &be.ds_text();
            }
            ds.extend(be.ds.iter().map(|record| record.data.clone()));
            files.push(("be", be.file.clone()));
            kept.push(be);
        } else {
            files.push(("be", file(&directory, "be", &be)));
        }
        let root = signers::knot(".", &root, "RSASHA256")?;
        files.push((".", root.file.clone()));
        let server = free_port();
        let nsd = nsd(server, &files)?;
        let resolver = free_port();
        let unbound = unbound(resolver, server, &files, &root)?;
        let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let world = Self {
            _daemons: [nsd, unbound],
            server: address(server),
            resolver: address(resolver),
            ds: RecordSet {
                ttl: 3600,
                data: ds.into_iter().collect(),
            },
        };
        world.wait()?;
        Some(world)
    }

    /// Both answer.
    fn wait(&self) -> Option<()> {
        let dig = judge::program("dig")?;
        for address in [self.server, self.resolver] {
            let question = "be. SOA +cd +tries=1 +time=1";
            let is_ready = || ask(&dig, address, question).contains("status: NOERROR");
            assert!(eventually(is_ready), "{}", ask(&dig, address, question));
        }
        Some(())
    }

    pub(crate) fn request(&self) -> Request {
        Request {
            name: name("be."),
            ledger: LEDGER,
            holder: HOLDER,
            ds: Some(self.ds.clone()),
            now: now(),
        }
    }

    /// What both say, which must be the same.
    pub(crate) fn gather(&self) -> Report {
        self.gather_for(&self.request())
    }

    pub(crate) fn gather_for(&self, request: &Request) -> Report {
        let resolvers = Resolvers::new([self.resolver, self.server]);
        let report = gather(request, &resolvers).unwrap();
        assert_eq!(report.heard.len(), 2);
        let [first, second] = [0, 1].map(|index| &report.heard[index].verdict);
        assert_eq!(first, second, "{report}");
        report
    }

    pub(crate) fn fault(&self) -> Fault {
        fault(&self.gather())
    }
}

/// What is wrong with what the first resolver says.
pub(crate) fn fault(report: &Report) -> Fault {
    assert!(report.proof.is_none() && !report.is_unanimous());
    match &report.heard[0].verdict {
        Verdict::Differs(fault) => fault.clone(),
        other => panic!("{other:?}"),
    }
}

fn nsd(port: u16, files: &[(&str, PathBuf)]) -> Option<Daemon> {
    let program = judge::program("nsd")?;
    let zones = files.iter().map(|(zone, file)| {
        let file = file.display();
        format!("zone:\n    name: \"{zone}\"\n    zonefile: \"{file}\"\n")
    });
    let configuration = format!(
        "server:
    ip-address: 127.0.0.1@{port}
    zonesdir: \".\"
    database: \"\"
    username: \"\"
    chroot: \"\"
    pidfile: \"\"
    logfile: \"\"
    xfrdfile: \"xfrd.state\"
    xfrdir: \".\"
    zonelistfile: \"zone.list\"
    server-count: 1
remote-control:
    control-enable: no
{}",
        zones.collect::<String>()
    );
    Some(Daemon::start(
        &program,
        &["-d", "-c", "conf"],
        &configuration,
    ))
}

fn unbound(port: u16, server: u16, files: &[(&str, PathBuf)], root: &SignedFile) -> Option<Daemon> {
    let program = judge::program("unbound")?;
    let stubs = files.iter().map(|(zone, _)| {
        format!("stub-zone:\n    name: \"{zone}\"\n    stub-addr: 127.0.0.1@{server}\n")
    });
    let anchor = root.ds_text();
    let anchors = anchor
        .lines()
        .map(|ds| format!("    trust-anchor: \"{ds}\"\n"));
    let configuration = format!(
        "server:
    interface: 127.0.0.1@{port}
    access-control: 127.0.0.0/8 allow
    do-ip6: no
    do-not-query-localhost: no
    do-daemonize: no
    use-syslog: no
    logfile: \"\"
    verbosity: 1
    chroot: \"\"
    username: \"\"
    directory: \".\"
    pidfile: \"\"
    num-threads: 1
    module-config: \"validator iterator\"
{}remote-control:
    control-enable: no
{}",
        anchors.collect::<String>(),
        stubs.collect::<String>()
    );
    Some(Daemon::start(
        &program,
        &["-d", "-c", "conf"],
        &configuration,
    ))
}
