//! A server in the secretariat's place that checks nothing: it shows a ledger
//! as it lies there, and keeps what members send.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use comity_core::act::json;
use comity_core::message::Tasks;

use super::http;
use super::stand::Stand;

/// How often members are told that there is news.
const NEWS: Duration = Duration::from_millis(100);

/// The server; it ends with this value.
pub(crate) struct Impostor {
    desk: Arc<Desk>,
    _stand: Stand,
}

#[derive(Default)]
struct Desk {
    ledger: PathBuf,
    tasks: Tasks,
    asked: AtomicU64,
    sent: Mutex<Vec<Sent>>,
}

/// What somebody sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) path: String,
    pub(crate) body: String,
}

impl Impostor {
    /// Serves `ledger` at `address`, and asks members for `tasks`.
    pub(crate) fn start(address: SocketAddr, ledger: &Path, tasks: Tasks) -> Self {
        let desk = Arc::new(Desk {
            ledger: ledger.to_path_buf(),
            tasks,
            ..Desk::default()
        });
        let serving = Arc::clone(&desk);
        let stand = Stand::start(address, move |stream| {
            let _none_where_it_broke = serving.answer(&stream);
        });
        Self {
            desk,
            _stand: stand,
        }
    }

    /// How often members have asked what to do.
    pub(crate) fn asked(&self) -> u64 {
        self.desk.asked.load(Ordering::SeqCst)
    }

    /// All that was sent.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.desk.sent.lock().unwrap().clone()
    }
}

impl Desk {
    fn answer(&self, stream: &TcpStream) -> Option<()> {
        let request = http::receive_request(stream)?;
        let path = request.target.split('?').next()?.trim_start_matches('/');
        let (status, octets) = match (request.method.as_str(), path) {
            ("POST", _) => {
                let body = String::from_utf8_lossy(&request.body).into();
                let path = path.to_string();
                self.sent.lock().unwrap().push(Sent { path, body });
                ("200 OK", b"{}".to_vec())
            }
            (_, "v1/tasks") => ("200 OK", self.tasks()),
            _ => match std::fs::read(self.ledger.join(path)) {
                Ok(octets) => ("200 OK", octets),
                Err(_) => ("404 Not Found", Vec::new()),
            },
        };
        http::respond(stream, status, &octets)
    }

    /// The tasks, which are always new.
    fn tasks(&self) -> Vec<u8> {
        thread::sleep(NEWS);
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        json::encode(&Tasks {
            sequence: self.tasks.sequence + asked + 1,
            ..self.tasks.clone()
        })
    }
}
