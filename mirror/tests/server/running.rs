//! Servers and judges that run while a test does.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::iter;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use comity_core::basic::Time;
use comity_core::edition::SignedZone;
use comity_mirror::dns::{Access, Networks, Server, Settings, Told};
use comity_mirror::export::Facts;
use tokio::runtime::Runtime;

use crate::signing::{self, public_key};

/// How long a judge may take to get ready.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The clock of this machine: judges use it too.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Time(since.unwrap().as_secs())
}

/// The zone of kind `plain`, signed just now.
pub(crate) fn plain() -> SignedZone {
    signing::sign("example.", signing::records(signing::PLAIN), now())
}

/// The small root zone, signed just now.
pub(crate) fn root() -> SignedZone {
    signing::sign(".", signing::records(signing::ROOT), now())
}

/// A server of ours.
pub(crate) struct Running {
    runtime: Runtime,
    server: Option<Server>,
}

impl Running {
    /// Serves a zone to everybody on this machine.
    pub(crate) fn start(zone: SignedZone) -> Self {
        let running = Self::with(Settings {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
            access: Access::transfers(Networks::everybody()),
            notify: Vec::new(),
        });
        running.server().publish(zone);
        running
    }

    /// Serves nothing yet, with these settings.
    pub(crate) fn with(settings: Settings) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::start(settings)).unwrap();
        Self {
            runtime,
            server: Some(server),
        }
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server().addresses()[0]
    }

    /// What the first secondary said in the end of what it was told last.
    pub(crate) fn told(&self) -> Told {
        let told = || self.server().secondaries().next().unwrap().1;
        eventually(|| !matches!(told(), Told::NotYet | Told::Telling(_)));
        told()
    }

    /// What an operator of another server knows of this zone.
    pub(crate) fn facts(&self, mirror: SocketAddr) -> Facts {
        let zone = self.server().serving().unwrap();
        Facts::new(zone.origin().clone(), &[public_key()], mirror).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}

/// Whether this comes true while one may wait.
pub(crate) fn eventually(condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + READY_WITHIN;
    while Instant::now() < deadline {
        if condition() {
            return true;
        }
        thread::yield_now();
    }
    false
}

/// Runs a judge to its end: whether it succeeded, and all that it said.
pub(crate) fn run(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> (bool, String) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

/// Asks with `dig` or `kdig`: what it prints.
pub(crate) fn ask(program: &Path, address: SocketAddr, question: &str) -> String {
    let to = [
        format!("@{}", address.ip()),
        "-p".to_owned(),
        address.port().to_string(),
    ];
    let words = question.split(' ').map(str::to_owned);
    let (_, text) = run(program, to.into_iter().chain(words));
    text
}

/// A judge that runs until it is dropped. Its own directory goes with it.
pub(crate) struct Daemon {
    child: Child,
    lines: mpsc::Receiver<String>,
    said: Vec<String>,
    _directory: tempfile::TempDir,
}

impl Daemon {
    /// Starts `program` with a configuration file in a directory of its own.
    pub(crate) fn start(program: &Path, arguments: &[&str], configuration: &str) -> Self {
        Self::start_beside(program, arguments, configuration, &[])
    }

    /// The same, with other files beside the configuration, by name.
    pub(crate) fn start_beside(
        program: &Path,
        arguments: &[&str],
        configuration: &str,
        files: &[(String, String)],
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        fs::write(directory.path().join("conf"), configuration).unwrap();
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            said: Vec::new(),
            _directory: directory,
        }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.lines.try_iter().collect::<Vec<_>>().join("\n")
    }

    /// Waits until it says one of these things, and returns which.
    pub(crate) fn wait_for(&mut self, marks: &[&str]) -> usize {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("waited for {marks:?} in vain:\n{}", self.said.join("\n"));
            };
            let found = marks.iter().position(|mark| line.contains(mark));
            self.said.push(line);
            if let Some(found) = found {
                return found;
            }
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // This very child, which has not been waited for, so that its number
        // is still its own.
        let (Ok(()) | Err(_)) = self.child.kill();
        let (Ok(_) | Err(_)) = self.child.wait();
    }
}

/// A port that nobody uses now. It lies below those that the system gives to
/// clients, and each test process begins elsewhere, so that nobody else gets
/// it before its judge does.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(process::id() % 1000).unwrap() * 20;
    let is_free = |port: &u16| {
        let address = (Ipv4Addr::LOCALHOST, *port);
        UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
    };
    let ports = iter::repeat_with(|| NEXT.fetch_add(1, Ordering::Relaxed) % 20);
    let mut ports = ports.map(|number| 10_000 + first + number).take(20);
    ports.find(is_free).unwrap()
}

/// A file that lives as long as its directory.
pub(crate) fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// The most memory that this process has taken so far (proc(5)).
pub(crate) fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = most.and_then(|most| most.split_ascii_whitespace().next());
    kib.unwrap().parse().unwrap()
}
