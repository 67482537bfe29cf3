//! Stands before the secretariat and, while it censors, lets no act pass from
//! those who come this way. All else does.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::stand::Stand;
use super::{http, own_ip};

/// What is said of an act that does not pass: a status, and a body.
pub(crate) type Said = (&'static str, &'static [u8]);

/// As if a rule said no.
pub(crate) const REFUSED: Said = (
    "422 Unprocessable Content",
    br#"{"rule":"censored","text":"this act is not to our liking"}"#,
);
/// As if there were no room.
pub(crate) const BUSY: Said = (
    "503 Service Unavailable",
    br#"{"rule":"busy","text":"there is no room, and never will be"}"#,
);

/// The censor; it is gone with this value.
pub(crate) struct Censor {
    stand: Stand,
    desk: Arc<Desk>,
}

struct Desk {
    secretariat: SocketAddr,
    says: Said,
    censors: AtomicBool,
}

impl Censor {
    pub(crate) fn start(secretariat: SocketAddr, says: Said) -> Self {
        let desk = Arc::new(Desk {
            secretariat,
            says,
            censors: AtomicBool::new(true),
        });
        let serving = Arc::clone(&desk);
        let stand = Stand::start((own_ip(), 0), move |stream| {
            let _none_where_it_broke = serving.pass_on(&stream);
        });
        Self { stand, desk }
    }

    /// Where others find the secretariat.
    pub(crate) fn url(&self) -> String {
        self.stand.url()
    }

    /// Lets everything pass from now on.
    pub(crate) fn relent(&self) {
        self.desk.censors.store(false, Ordering::SeqCst);
    }
}

impl Desk {
    fn pass_on(&self, mut stream: &TcpStream) -> Option<()> {
        let request = http::receive_request(stream)?;
        let (method, target) = (request.method.as_str(), request.target.as_str());
        if target == "/v1/acts" && self.censors.load(Ordering::SeqCst) {
            let (status, body) = self.says;
            return http::respond(stream, status, body);
        }
        let answer = http::exchange(self.secretariat, method, target, &request.body).ok()?;
        stream.write_all(&answer).ok()
    }
}
