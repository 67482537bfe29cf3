//! A member that lies: a real one, behind a line that belongs to somebody who
//! has its key and says other things in its name. All else passes unchanged.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use comity_core::act::Envelope;
use comity_core::act::json::Payload;
use comity_core::message::{Commit, Dealing, Possession, Reception, Shares};
use comity_sign::identity::Identity;

use super::stand::Stand;
use super::{http, own_ip};

/// What the member says in a session, or a ceremony.
pub(crate) enum Said {
    Commit(Commit),
    Shares(Shares),
    Dealing(Dealing),
    Reception(Reception),
    Possession(Possession),
}

/// What goes to the secretariat instead, one after the other.
pub(crate) type Lie = fn(&Identity, &Said) -> Vec<Envelope>;

/// The same of one that knows more.
pub(crate) trait Lies: Fn(&Identity, &Said) -> Vec<Envelope> + Send + Sync {}

impl<L: Fn(&Identity, &Said) -> Vec<Envelope> + Send + Sync> Lies for L {}

/// What an honest member sends.
pub(crate) const TRUTH: Lie = |identity, said| [said.signed(identity)].into();

/// The line; it is cut with this value.
pub(crate) struct Liar {
    stand: Stand,
    desk: Arc<Desk>,
}

struct Desk {
    secretariat: SocketAddr,
    identity: Identity,
    lie: Mutex<Arc<dyn Lies>>,
    heard: Mutex<Vec<Heard>>,
}

/// A message of the member's, and what became of it.
#[derive(Clone)]
pub(crate) struct Heard {
    /// As the member signed it.
    pub(crate) honest: Envelope,
    /// The secretariat's answers to what was sent instead.
    pub(crate) answers: Vec<http::Answer>,
}

impl Said {
    fn of(envelope: &Envelope) -> Option<Self> {
        match envelope.payload_type() {
            Commit::TYPE => envelope.payload().ok().map(Self::Commit),
            Shares::TYPE => envelope.payload().ok().map(Self::Shares),
            Dealing::TYPE => envelope.payload().ok().map(Self::Dealing),
            Reception::TYPE => envelope.payload().ok().map(Self::Reception),
            Possession::TYPE => envelope.payload().ok().map(Self::Possession),
            _ => None,
        }
    }

    /// The message as it should be.
    pub(crate) fn signed(&self, identity: &Identity) -> Envelope {
        match self {
            Self::Commit(commit) => identity.signed(commit),
            Self::Shares(shares) => identity.signed(shares),
            Self::Dealing(dealing) => identity.signed(dealing),
            Self::Reception(reception) => identity.signed(reception),
            Self::Possession(possession) => identity.signed(possession),
        }
    }
}

impl Liar {
    /// Stands between the member with this identity and its secretariat.
    pub(crate) fn start(secretariat: SocketAddr, identity: Identity) -> Self {
        let desk = Arc::new(Desk {
            secretariat,
            identity,
            lie: Mutex::new(Arc::new(TRUTH)),
            heard: Mutex::default(),
        });
        let serving = Arc::clone(&desk);
        let stand = Stand::start((own_ip(), 0), move |stream| {
            let _none_where_it_broke = serving.pass_on(&stream);
        });
        Self { stand, desk }
    }

    /// Where the member finds its secretariat.
    pub(crate) fn url(&self) -> String {
        self.stand.url()
    }

    /// Lies so from now on.
    pub(crate) fn lie<L>(&self, lie: L)
    where
        L: Fn(&Identity, &Said) -> Vec<Envelope> + Send + Sync + 'static,
    {
        *self.desk.lie.lock().unwrap() = Arc::new(lie);
        self.desk.heard.lock().unwrap().clear();
    }

    /// The member's messages since then, each once all it led to was answered.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.desk.heard.lock().unwrap().clone()
    }

    /// Sends a message, and gives the secretariat's answer.
    pub(crate) fn send(&self, message: &Envelope) -> http::Answer {
        http::post(self.desk.secretariat, "/v1/messages", &message.to_octets())
    }
}

impl Desk {
    fn pass_on(&self, mut stream: &TcpStream) -> Option<()> {
        let request = http::receive_request(stream)?;
        let (method, target) = (request.method.as_str(), request.target.as_str());
        if target == "/v1/messages"
            && let Ok(honest) = Envelope::parse(&request.body, request.body.len())
            && let Some(said) = Said::of(&honest)
        {
            self.speak(honest, &said);
            return http::respond(stream, "200 OK", b"{}");
        }
        let answer = http::exchange(self.secretariat, method, target, &request.body).ok()?;
        stream.write_all(&answer).ok()
    }

    fn speak(&self, honest: Envelope, said: &Said) {
        let lie = Arc::clone(&self.lie.lock().unwrap());
        let send =
            |message: &Envelope| http::post(self.secretariat, "/v1/messages", &message.to_octets());
        let answers = lie(&self.identity, said).iter().map(send).collect();
        self.heard.lock().unwrap().push(Heard { honest, answers });
    }
}
