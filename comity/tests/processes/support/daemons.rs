//! Other implementations' servers: NSD with a zone file, Unbound as a
//! validating resolver that asks nobody but whom it is told to.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::Process;
use super::{PATIENCE, look, own_ip};

/// The name of the TSIG key of primaries.
pub(crate) const TSIG: &str = "key.example.";

/// How NSD keeps to its own directory.
const NSD_ALONE: &str = " zonesdir: \".\"\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n \
    xfrdfile: \"xfrd.state\"\n xfrdir: \".\"\n zonelistfile: \"zone.list\"\n database: \"\"\n \
    server-count: 1\nremote-control:\n control-enable: no\n";

/// A server at work, in a directory of its own.
pub(crate) struct Daemon {
    process: Process,
    pub(crate) address: SocketAddr,
    log: PathBuf,
    directory: tempfile::TempDir,
}

impl Daemon {
    /// NSD with this file as the root zone.
    pub(crate) fn nsd(program: &Path, zone: &str) -> Self {
        Self::nsd_of(program, ".", zone)
    }

    /// NSD with this file as the zone of this name.
    pub(crate) fn nsd_of(program: &Path, name: &str, zone: &str) -> Self {
        Self::nsd_with(program, (name, zone), "", "")
    }

    /// The same as a primary, for whoever has the TSIG key with this secret in base64.
    pub(crate) fn primary(program: &Path, zone: &str, secret: &str) -> Self {
        Self::primary_of(program, zone, secret, "")
    }

    /// The same, which tells a secondary at this address of each new version.
    pub(crate) fn notifying(
        program: &Path,
        zone: &str,
        secret: &str,
        secondary: SocketAddr,
    ) -> Self {
        let (ip, port) = (secondary.ip(), secondary.port());
        // From its own address, as the system would not choose one on loopback.
        let notify = format!(" notify: {ip}@{port} NOKEY\n outgoing-interface: {ip}\n");
        Self::primary_of(program, zone, secret, &notify)
    }

    fn primary_of(program: &Path, zone: &str, secret: &str, more: &str) -> Self {
        let key =
            format!("key:\n name: \"{TSIG}\"\n algorithm: hmac-sha256\n secret: \"{secret}\"\n");
        let may = format!(
            " provide-xfr: 127.0.0.0/8 {TSIG}\n store-ixfr: yes\n create-ixfr: yes\n{more}"
        );
        Self::nsd_with(program, (".", zone), &key, &may)
    }

    /// A primary of the root that everybody may transfer from.
    pub(crate) fn open_primary(program: &Path, zone: &str) -> Self {
        Self::nsd_with(
            program,
            (".", zone),
            "",
            " provide-xfr: 127.0.0.0/8 NOKEY\n",
        )
    }

    /// Reads its zone anew, which is this from now on.
    pub(crate) fn reload(&self, zone: &str) {
        fs::write(self.directory.path().join("zone"), zone).unwrap();
        self.process.signal(rustix::process::Signal::HUP);
    }

    /// A primary that everybody may transfer from, by TLS alone, with this certificate and
    /// its key in PEM.
    pub(crate) fn primary_by_tls(
        program: &Path,
        zone: &str,
        [certificate, key]: [&str; 2],
    ) -> Self {
        Self::start(program, |address, directory| {
            for (file, text) in [("zone", zone), ("certificate", certificate), ("key", key)] {
                fs::write(directory.join(file), text).unwrap();
            }
            let (ip, port) = (address.ip(), address.port());
            format!(
                "server:\n ip-address: {ip}@{port}\n tls-port: {port}\n \
                 tls-service-pem: \"certificate\"\n tls-service-key: \"key\"\n{}\
                 zone:\n name: \".\"\n zonefile: \"zone\"\n provide-xfr: 127.0.0.0/8 NOKEY\n",
                NSD_ALONE
            )
        })
    }

    fn nsd_with(program: &Path, (name, zone): (&str, &str), before: &str, more: &str) -> Self {
        Self::start(program, |address, directory| {
            fs::write(directory.join("zone"), zone).unwrap();
            format!(
                "server:\n ip-address: {}@{}\n{NSD_ALONE}\
                 {before}zone:\n name: \"{name}\"\n zonefile: \"zone\"\n{more}",
                address.ip(),
                address.port()
            )
        })
    }

    /// Unbound with these further clauses, which say where the root is.
    pub(crate) fn unbound(program: &Path, clauses: &str) -> Self {
        Self::unbound_beside(program, clauses, &[], &[])
    }

    /// The same with files beside its configuration, by name, and with variables in
    /// its environment.
    pub(crate) fn unbound_beside(
        program: &Path,
        clauses: &str,
        files: &[(&str, &str)],
        environment: &[(String, String)],
    ) -> Self {
        Self::start_in(program, environment, |address, directory| {
            for (name, text) in files {
                fs::write(directory.join(name), text).unwrap();
            }
            format!(
                "server:\n interface: {}@{}\n access-control: 127.0.0.0/8 allow\n do-ip6: no\n \
                 do-not-query-localhost: no\n do-daemonize: no\n use-syslog: no\n logfile: \"\"\n \
                 verbosity: 1\n val-log-level: 2\n chroot: \"\"\n username: \"\"\n \
                 directory: \".\"\n pidfile: \"\"\n num-threads: 1\n \
                 module-config: \"validator iterator\"\n\
                 remote-control:\n control-enable: no\n{clauses}",
                address.ip(),
                address.port()
            )
        })
    }

    fn start(program: &Path, configuration: impl FnOnce(SocketAddr, &Path) -> String) -> Self {
        Self::start_in(program, &[], configuration)
    }

    fn start_in(
        program: &Path,
        environment: &[(String, String)],
        configuration: impl FnOnce(SocketAddr, &Path) -> String,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let address = free_address();
        let text = configuration(address, directory.path());
        fs::write(directory.path().join("conf"), text).unwrap();
        let log = directory.path().join("log");
        let mut command = Command::new(program);
        command
            .args(["-d", "-c", "conf"])
            .envs(environment.iter().cloned())
            .current_dir(directory.path());
        Self {
            process: Process::start(command, &log),
            address,
            log,
            directory,
        }
    }

    /// Ends it. Nobody is at its address from then on.
    pub(crate) fn end(&mut self) {
        self.process.kill();
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// What `dig` says of a question, once there is an answer as expected.
    pub(crate) fn answer(&self, dig: &Path, question: &str, status: &str) -> String {
        let ask = || {
            let mut command = Command::new(dig);
            command
                .arg(format!("@{}", self.address.ip()))
                .args(["-p", &self.address.port().to_string()])
                .args(["+dnssec", "+tries=1", "+time=3", "+nosearch"])
                .args(question.split(' '));
            let said = command.output().unwrap().stdout;
            String::from_utf8_lossy(&said).into_owned()
        };
        let expected = format!("status: {status},");
        look(PATIENCE, || {
            Some(ask()).filter(|said| said.contains(&expected))
        })
        .unwrap_or_else(|| panic!("{question} is not {status}: {}\n{}", ask(), self.log()))
    }
}

/// An address on which nobody listens, and where only this test looks for one.
pub(crate) fn free_address() -> SocketAddr {
    let ip = IpAddr::V4(own_ip());
    let free = || {
        let udp = UdpSocket::bind((ip, 0)).unwrap();
        let address = udp.local_addr().unwrap();
        TcpListener::bind(address).is_ok().then_some(address)
    };
    look(PATIENCE, free).unwrap()
}
