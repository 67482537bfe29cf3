//! Other implementations' servers, each in a directory of its own, on
//! addresses of this process alone.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::judge;

/// How long a server may take to get ready on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A server that runs until it is dropped.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) addresses: Vec<SocketAddr>,
    _directory: tempfile::TempDir,
}

/// Zones: each with its name and its zone file.
pub(crate) type Zones<'a> = &'a [(&'a str, &'a str)];

/// An address of this test's process alone, of several.
pub(crate) fn own_ip(number: u8) -> IpAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let apart = 64 + (high & 7) * 8 + number;
    IpAddr::V4(Ipv4Addr::new(127, apart, middle, low))
}

/// An address on which nobody listens, and where only this test looks for one.
pub(crate) fn free(ip: IpAddr) -> SocketAddr {
    loop {
        let udp = UdpSocket::bind((ip, 0)).unwrap();
        let address = udp.local_addr().unwrap();
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Whether this machine has IPv6 at least for itself.
pub(crate) fn has_ipv6() -> bool {
    UdpSocket::bind("[::1]:0").is_ok()
}

/// NSD at one address.
pub(crate) fn nsd(number: u8, zones: Zones<'_>) -> Option<Daemon> {
    let program = judge::program("nsd")?;
    let address = free(own_ip(number));
    let configuration = format!(
        "server:\n ip-address: {}@{}\n zonesdir: \".\"\n username: \"\"\n chroot: \"\"\n \
         pidfile: \"\"\n xfrdfile: \"xfrd.state\"\n xfrdir: \".\"\n \
         zonelistfile: \"zone.list\"\n database: \"\"\n server-count: 1\n\
         remote-control:\n control-enable: no\n",
        address.ip(),
        address.port()
    );
    let zones_of =
        |file: &str, name: &str| format!("zone:\n name: \"{name}\"\n zonefile: {file}\n");
    Some(Daemon::start(
        &program,
        &["-d", "-c", "conf"],
        Files::new(configuration, zones, zones_of),
        vec![address],
        "nsd started",
    ))
}

/// Knot DNS at one address of IPv4 and, where there is IPv6, at one of it.
pub(crate) fn knot(number: u8, zones: Zones<'_>) -> Option<Daemon> {
    let program = judge::program("knotd")?;
    let mut addresses = vec![free(own_ip(number))];
    addresses.extend(has_ipv6().then(|| free("::1".parse().unwrap())));
    let listen: Vec<_> = addresses
        .iter()
        .map(|address| format!("{}@{}", address.ip(), address.port()))
        .collect();
    let configuration = format!(
        "server:\n  listen: [ {} ]\n  rundir: \".\"\n  udp-workers: 1\n  tcp-workers: 1\n  \
         background-workers: 1\n\
         database:\n  storage: \".\"\n  journal-db-max-size: 1M\n  kasp-db-max-size: 5M\n  \
         timer-db-max-size: 1M\n\
         log:\n  - target: stderr\n    any: info\n\
         template:\n  - id: default\n    storage: \".\"\n    zonefile-sync: -1\n    \
         zonefile-load: whole\n    journal-content: none\n    semantic-checks: off\n\
         zone:\n",
        listen.join(", ")
    );
    let zones_of = |file: &str, name: &str| format!("  - domain: {name}\n    file: {file}\n");
    Some(Daemon::start(
        &program,
        &["-c", "conf"],
        Files::new(configuration, zones, zones_of),
        addresses,
        "server started",
    ))
}

/// Unbound for everybody on this machine, with these further clauses, which
/// say whom it asks.
pub(crate) fn unbound(number: u8, clauses: &str) -> Option<Daemon> {
    let program = judge::program("unbound")?;
    let address = free(own_ip(number));
    let configuration = format!(
        "server:\n interface: {}@{}\n access-control: 127.0.0.0/8 allow\n do-ip6: no\n \
         do-not-query-localhost: no\n do-daemonize: no\n use-syslog: no\n logfile: \"\"\n \
         verbosity: 1\n chroot: \"\"\n username: \"\"\n directory: \".\"\n pidfile: \"\"\n \
         num-threads: 1\n module-config: \"iterator\"\n qname-minimisation: no\n\
         remote-control:\n control-enable: no\n{clauses}",
        address.ip(),
        address.port()
    );
    Some(Daemon::start(
        &program,
        &["-d", "-c", "conf"],
        Files::new(configuration, &[], |_, _| String::new()),
        vec![address],
        "start of service",
    ))
}

/// A configuration and zone files.
struct Files {
    configuration: String,
    zones: Vec<(String, String)>,
}

impl Files {
    fn new(
        mut configuration: String,
        zones: Zones<'_>,
        clause: impl Fn(&str, &str) -> String,
    ) -> Self {
        let mut files = Vec::new();
        for (number, (name, text)) in zones.iter().enumerate() {
            let file = format!("zone{number}");
            configuration.push_str(&clause(&file, name));
            files.push((file, (*text).to_owned()));
        }
        Self {
            configuration,
            zones: files,
        }
    }
}

impl Daemon {
    fn start(
        program: &Path,
        arguments: &[&str],
        files: Files,
        addresses: Vec<SocketAddr>,
        mark: &str,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("conf"), files.configuration).unwrap();
        for (name, text) in files.zones {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let daemon = Self {
            child,
            addresses,
            _directory: directory,
        };
        wait_for(stderr, mark, program);
        daemon
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses[0]
    }
}

/// Waits until a server says that it is ready; what it says after is dropped.
fn wait_for(stderr: impl std::io::Read + Send + 'static, mark: &str, program: &Path) {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let (Ok(()) | Err(_)) = sender.send(line);
        }
    });
    let deadline = Instant::now() + READY_WITHIN;
    let mut said = String::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) if line.contains(mark) => return,
            Ok(line) => said.push_str(&(line + "\n")),
            Err(_) => panic!("{} never said {mark:?}:\n{said}", program.display()),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let (Ok(()) | Err(_)) = self.child.kill();
        let (Ok(_) | Err(_)) = self.child.wait();
    }
}
