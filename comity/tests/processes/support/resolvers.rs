//! Validating resolvers of four kinds, each with the configuration that a watcher prints
//! and cut off from everything else: what they answer comes from there.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::process::Process;
use super::{PATIENCE, judge, look, own_ip};

/// A kind of resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Unbound,
    Bind,
    KnotResolver,
    PowerDns,
}

/// All of them, in the order of the tables.
pub(crate) const KINDS: [Kind; 4] = [
    Kind::Unbound,
    Kind::Bind,
    Kind::KnotResolver,
    Kind::PowerDns,
];

/// How it takes the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Transfer,
    Https,
}

/// A resolver that takes the zone in one of its ways: a column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column(pub(crate) Kind, pub(crate) Way);

impl Column {
    /// What stands above it.
    pub(crate) fn title(self) -> String {
        match self {
            // It knows no other way.
            Self(Kind::KnotResolver, _) | Self(_, Way::Transfer) => self.0.title().to_owned(),
            Self(kind, Way::Https) => format!("{} by HTTPS", kind.title()),
        }
    }

    /// Whether it can be told here whom to believe.
    pub(crate) fn is_possible(self) -> bool {
        if !matches!(self, Self(Kind::PowerDns, Way::Https)) {
            return true;
        }
        let Some([unshare]) = judge::programs(["unshare"]) else {
            return false;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(unshare);
        command
            .args(APART)
            .arg(folder.path())
            .args([AUTHORITIES, "true"]);
        let is_possible = command.output().unwrap().status.success();
        if !is_possible {
            judge::skip("nothing can be mounted over the system's authorities here");
        }
        is_possible
    }
}

/// The root servers of those who are cut off: nobody is there.
const NOBODY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 99);
/// What the configuration for Knot Resolver has to be given by its operator.
const SHOWN: &str = "https://localhost/zone";
const AUTHORITY: &str = "-- ca_file = '/etc/ssl/ca.pem'";
/// Where a system has the authorities that it believes, and all of them in one file.
const AUTHORITIES: &str = "/etc/ssl/certs";
const BUNDLE: &str = "ca-certificates.crt";
/// A program that sees those of its own directory there (mount_namespaces(7)): libcurl is
/// told by no variable whom to believe.
const APART: [&str; 4] = [
    "-Urm",
    "sh",
    "-c",
    "mount --bind \"$0\" \"$1\" && shift && exec \"$@\"",
];
/// How long a resolver is looked at that does not say what has become of a zone.
pub(crate) const SETTLE: Duration = Duration::from_secs(12);

impl Kind {
    /// Its name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Unbound => "Unbound",
            Self::Bind => "BIND",
            Self::KnotResolver => "Knot Resolver",
            Self::PowerDns => "PowerDNS Recursor",
        }
    }

    /// As `comity watch export` calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unbound => "unbound",
            Self::Bind => "bind",
            Self::KnotResolver => "knot-resolver",
            Self::PowerDns => "powerdns-recursor",
        }
    }

    /// Its program, if it is here with what it needs.
    pub(crate) fn program(self) -> Option<PathBuf> {
        let name = match self {
            Self::Unbound => "unbound",
            Self::Bind => "named",
            Self::KnotResolver => "kresd",
            Self::PowerDns => "pdns_recursor",
        };
        let [program] = judge::programs([name])?;
        // Without it kresd fetches nothing.
        let needed = Path::new("/usr/share/lua/5.1/http/request.lua");
        if self == Self::KnotResolver && !needed.exists() {
            judge::skip("there is no lua-http here");
            return None;
        }
        Some(program)
    }

    /// An address where it can answer.
    pub(crate) fn free_address(self) -> SocketAddr {
        // BIND listens on addresses that interfaces have.
        let ip = match self {
            Self::Bind => Ipv4Addr::LOCALHOST,
            Self::Unbound | Self::KnotResolver | Self::PowerDns => own_ip(),
        };
        free_address(ip.into())
    }

    /// The version of its program.
    pub(crate) fn version(self, program: &Path) -> String {
        let option = match self {
            Self::Unbound | Self::Bind => "-V",
            Self::KnotResolver | Self::PowerDns => "--version",
        };
        let said = Command::new(program).arg(option).output().unwrap();
        let said = [said.stdout, said.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let is_number = |word: &&str| {
            let starts = word.starts_with(|first: char| first.is_ascii_digit());
            starts && word.matches('.').count() == 2 && !word.contains(':')
        };
        let line = said.lines().find_map(|line| {
            let words = line.split([' ', '-']);
            words.filter(|word| !word.is_empty()).find(is_number)
        });
        line.unwrap_or("unknown").to_owned()
    }

    /// Everything but where the root comes from. `anchor` is set where that does not.
    fn base(self, address: SocketAddr, at: &Path, anchor: Option<&str>) -> String {
        let (ip, port, at) = (address.ip(), address.port(), at.display());
        match self {
            Self::Unbound => {
                let anchor = anchor.map(|it| format!(" trust-anchor: \". {it}\"\n"));
                format!(
                    "server:\n interface: {ip}@{port}\n access-control: 127.0.0.0/8 allow\n \
                     do-ip6: no\n do-not-query-localhost: no\n do-daemonize: no\n use-syslog: no\n \
                     logfile: \"\"\n verbosity: 2\n val-log-level: 2\n chroot: \"\"\n \
                     username: \"\"\n directory: \"{at}\"\n pidfile: \"\"\n num-threads: 1\n \
                     root-hints: \"hints\"\n module-config: \"validator iterator\"\n{}\
                     remote-control:\n control-enable: no\n",
                    anchor.unwrap_or_default()
                )
            }
            Self::Bind => {
                let anchors = anchor.map(|it| {
                    let data = it.splitn(5, ' ').collect::<Vec<_>>();
                    let (data, digest) = (data[1..4].join(" "), data[4].replace(' ', ""));
                    format!("trust-anchors {{ \".\" static-ds {data} \"{digest}\"; }};\n")
                });
                format!(
                    "options {{\n directory \"{at}\";\n listen-on port {port} {{ {ip}; }};\n \
                     listen-on-v6 {{ none; }};\n pid-file none;\n session-keyfile none;\n \
                     dnssec-validation yes;\n recursion yes;\n}};\n\
                     key control {{ algorithm hmac-sha256; secret \"{SECRET}\"; }};\n\
                     controls {{ inet {ip} port {port} allow {{ any; }} keys {{ control; }}; }};\n\
                     server 0.0.0.0/0 {{ bogus yes; }};\nserver 127.0.0.0/8 {{ bogus no; }};\n{}",
                    anchors.unwrap_or_default()
                )
                // DNS is answered by UDP alone: the port is the controls' by TCP.
                .replace(
                    &format!("inet {ip} port {port}"),
                    &format!("inet {ip} port {}", free_address(ip).port()),
                )
            }
            Self::KnotResolver => {
                let anchor = anchor.map(|it| format!("trust_anchors.add('. {it}')\n"));
                format!(
                    "log_level('info')\nnet.listen('{ip}', {port}, {{ kind = 'dns' }})\n\
                     cache.size = 10 * MB\nmodules.unload('ta_update')\n\
                     trust_anchors.remove('.')\nmodules.load('hints')\n\
                     hints.root({{ ['a.root-servers.net.'] = {{ '{NOBODY}' }} }})\n{}",
                    anchor.unwrap_or_default()
                )
            }
            Self::PowerDns => {
                let anchor = anchor.and_then(|it| it.strip_prefix("DS "));
                let anchor = anchor.map(|data| format!("addTA(\".\", \"{data}\")\n"));
                format!("clearTA(\".\")\n{}", anchor.unwrap_or_default())
            }
        }
    }

    /// What a log says once the zone is there. Unbound says nothing.
    fn arrived(self) -> Option<&'static str> {
        match self {
            Self::Unbound => None,
            Self::Bind => Some("mirror zone is now in use"),
            Self::KnotResolver => Some("import started"),
            Self::PowerDns => Some("Loaded zone into cache"),
        }
    }

    /// What a log says once the zone was thrown away, or never came.
    fn failed(self) -> &'static [&'static str] {
        match self {
            Self::Unbound => &["ZONEMD verification failed"],
            Self::Bind => &["zone verification failed"],
            Self::KnotResolver => &["cannot download"],
            Self::PowerDns => &["Unable to load zone into cache"],
        }
    }
}

/// Of the key by which BIND is controlled.
const SECRET: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// What a resolver takes the root from, and whom it believes.
#[derive(Clone, Copy)]
pub(crate) struct Feed<'a> {
    /// As it was printed for this kind.
    pub(crate) exported: &'a str,
    /// The trust anchor, where that does not say it.
    pub(crate) anchor: Option<&'a str>,
    /// Who shows the file, to those who fetch by HTTPS.
    pub(crate) web: &'a Web,
}

/// A resolver at work.
pub(crate) struct Resolver {
    pub(crate) kind: Kind,
    process: Process,
    program: PathBuf,
    address: SocketAddr,
    directory: tempfile::TempDir,
}

impl Resolver {
    /// One in a directory of its own, which answers at this address.
    pub(crate) fn start(kind: Kind, program: &Path, address: SocketAddr, feed: Feed) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        let hints = format!(". 3600000 NS nobody.example.\nnobody.example. 3600000 A {NOBODY}\n");
        fs::write(at.join("hints"), hints).unwrap();
        let exported = match &feed.web.url {
            Some(url) => feed.exported.replace(SHOWN, url),
            None => feed.exported.to_owned(),
        };
        let authority = format!("ca_file = '{}'", feed.web.authority().display());
        let exported = exported.replace(AUTHORITY, &authority);
        let bundle = format!("{AUTHORITIES}/{BUNDLE}");
        let authority = feed.web.authority();
        let exported = exported.replace(&bundle, &authority.display().to_string());
        if kind == Kind::PowerDns && exported.contains("https://") {
            fs::create_dir(at.join("authorities")).unwrap();
            fs::copy(authority, at.join("authorities").join(BUNDLE)).unwrap();
        }
        let base = kind.base(address, at, feed.anchor);
        fs::write(at.join("conf"), base + &exported).unwrap();
        if kind == Kind::PowerDns {
            let at = at.display();
            let settings = format!(
                "local-address={}\nlocal-port={}\ndaemon=no\nsetuid=\nsetgid=\nsocket-dir={at}\n\
                 hint-file={at}/hints\nthreads=1\ndont-query=\nlua-config-file={at}/conf\n\
                 security-poll-suffix=\nwrite-pid=no\n\
                 packetcache-servfail-ttl=0\nnetwork-timeout=200\nloglevel=6\ndisable-syslog=yes\n",
                address.ip(),
                address.port()
            );
            fs::write(directory.path().join("recursor.conf"), settings).unwrap();
        }
        Self {
            process: launch(kind, program, directory.path()),
            program: program.to_owned(),
            kind,
            address,
            directory,
        }
    }

    /// Ends it, and starts it again with what it had kept.
    pub(crate) fn restart(&mut self) {
        self.process.stop();
        let log = self.directory.path().join("log");
        let _kept = fs::rename(&log, self.directory.path().join("log.before"));
        self.process = launch(self.kind, &self.program, self.directory.path());
    }

    /// Has it forget its copy and fetch the zone anew, as its operator would.
    pub(crate) fn fetch_anew(&mut self) {
        let at = self.directory.path();
        match self.kind {
            Kind::Bind => {
                let conf = fs::read_to_string(at.join("conf")).unwrap();
                let controls = conf.lines().find(|it| it.starts_with("controls")).unwrap();
                let port = controls.split(' ').skip_while(|it| *it != "port").nth(1);
                let key = format!(
                    "key control {{ algorithm hmac-sha256; secret \"{SECRET}\"; }};\n\
                     options {{ default-key control; default-server 127.0.0.1; \
                     default-port {}; }};\n",
                    port.unwrap()
                );
                fs::write(at.join("rndc"), key).unwrap();
                for words in [&["retransfer", "."][..], &["flush"]] {
                    let mut command = Command::new("rndc");
                    judge::output(command.args(["-c", "rndc"]).args(words).current_dir(at));
                }
            }
            Kind::Unbound | Kind::KnotResolver => {
                self.process.stop();
                for file in ["root.zone", "data.mdb", "lock.mdb"] {
                    let _may_not_be_there = fs::remove_file(at.join(file));
                }
                self.process = launch(self.kind, &self.program, self.directory.path());
            }
            // `rec_control reload-lua-config` fetches nothing where nothing is new in it.
            Kind::PowerDns => self.restart(),
        }
    }

    /// What it answers, once it has the zone or has said that it will not.
    pub(crate) fn seen(&self, dig: &Path, serial: &str, patience: Duration) -> String {
        let expected = |it: &String| it.starts_with("validated") && !it.contains("another");
        let settled = look(patience, || {
            let log = self.log();
            let has_failed = self.kind.failed().iter().any(|it| log.contains(it));
            let may_have_come = self.kind.arrived().is_none_or(|it| log.contains(it));
            if !may_have_come && !has_failed {
                return None;
            }
            let seen = self.look(dig, serial);
            (expected(&seen) || has_failed).then_some(seen)
        });
        settled.unwrap_or_else(|| self.look(dig, serial))
    }

    /// What it answers now.
    pub(crate) fn look(&self, dig: &Path, serial: &str) -> String {
        let there = self.ask(dig, "be. DS");
        let there = match (there.contains("status: NOERROR"), is_validated(&there)) {
            (true, true) if there.contains("12664") => "validated",
            (true, false) if there.contains("12664") => "not validated",
            // Whoever is cut off has no answer, or none in time.
            _ => return "no answer".into(),
        };
        let version = self.ask(dig, ". SOA");
        if !version.contains(&format!(" {serial} ")) {
            return format!("{there}, another version");
        }
        let absent = self.ask(dig, "absent. A");
        let is_proved = absent.contains("status: NXDOMAIN") && is_validated(&absent);
        match is_proved || there != "validated" {
            true => there.into(),
            false => format!("{there}, absent names not"),
        }
    }

    fn ask(&self, dig: &Path, question: &str) -> String {
        let mut command = Command::new(dig);
        command
            .arg(format!("@{}", self.address.ip()))
            .args(["-p", &self.address.port().to_string()])
            .args(["+dnssec", "+tries=1", "+time=2", "+nosearch"])
            .args(question.split(' '));
        let said = command.output().unwrap().stdout;
        String::from_utf8_lossy(&said).into_owned()
    }

    /// What it has said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

fn is_validated(answer: &str) -> bool {
    let flags = answer.lines().find(|line| line.contains("flags: qr"));
    flags.is_some_and(|line| line.contains(" ad"))
}

fn launch(kind: Kind, program: &Path, at: &Path) -> Process {
    let authorities = at.join("authorities");
    let mut command = match authorities.exists() {
        true => Command::new("unshare"),
        false => Command::new(program),
    };
    if authorities.exists() {
        command
            .args(APART)
            .args([&authorities, Path::new(AUTHORITIES), program]);
    }
    match kind {
        Kind::Unbound => command.args(["-d", "-c", "conf"]),
        Kind::Bind => command.args(["-g", "-n", "1", "-c", "conf"]),
        Kind::KnotResolver => command.args(["-n", "-c", "conf", "."]),
        Kind::PowerDns => command.arg(format!("--config-dir={}", at.display())),
    };
    Process::start(
        {
            command.current_dir(at);
            command
        },
        &at.join("log"),
    )
}

/// Who shows the zone by HTTPS, and by which certificate.
pub(crate) struct Web {
    /// Where, unless the configuration says it.
    url: Option<String>,
    directory: tempfile::TempDir,
    _process: Option<Process>,
}

impl Web {
    /// A certificate for a watcher's own server, which is its own authority.
    pub(crate) fn of_watcher(openssl: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(openssl);
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt"]);
        command.args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]);
        command.args(["-keyout", "key", "-out", "certificate", "-subj", "/CN=web"]);
        command.args(["-addext", &format!("subjectAltName=IP:{}", own_ip())]);
        judge::output(command.current_dir(directory.path()));
        Self {
            url: None,
            directory,
            _process: None,
        }
    }

    /// A server that shows the file at this path, whatever it is at the time.
    pub(crate) fn of(openssl: &Path, file: &Path) -> Self {
        let mut web = Self::of_watcher(openssl);
        let at = web.directory.path();
        fs::create_dir(at.join("shown")).unwrap();
        std::os::unix::fs::symlink(file, at.join("shown/zone")).unwrap();
        let address = free_address(own_ip().into());
        let mut command = Command::new(openssl);
        command.args(["s_server", "-WWW", "-accept", &address.to_string()]);
        command.args(["-cert", "../certificate", "-key", "../key"]);
        command.current_dir(at.join("shown"));
        let log = at.join("log");
        let process = Process::start(command, &log);
        look(PATIENCE, || {
            let said = fs::read_to_string(&log).ok()?;
            said.contains("ACCEPT").then_some(())
        })
        .unwrap();
        web.url = Some(format!("https://{address}/zone"));
        web._process = Some(process);
        web
    }

    /// What a watcher is told, so that it answers HTTPS by this certificate.
    pub(crate) fn setting(&self) -> String {
        let [certificate, key] = ["certificate", "key"].map(|it| self.directory.path().join(it));
        format!(
            "web = \"{}:0\"\nweb_tls = {{ certificate = \"{}\", key = \"{}\" }}\n",
            own_ip(),
            certificate.display(),
            key.display()
        )
    }

    /// Whom to believe.
    pub(crate) fn authority(&self) -> PathBuf {
        self.directory.path().join("certificate")
    }
}

/// An address on which nobody listens.
fn free_address(ip: IpAddr) -> SocketAddr {
    let free = || {
        let udp = UdpSocket::bind((ip, 0)).unwrap();
        let address = udp.local_addr().unwrap();
        TcpListener::bind(address).is_ok().then_some(address)
    };
    look(PATIENCE, free).unwrap()
}
