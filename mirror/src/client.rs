//! Requests to a server that takes acts: a secretariat, or a drop box. What it
//! answers is not believed; who reads it verifies.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use comity_core::act::Envelope;
use comity_core::basic::Digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::source::{PROTOCOL_HEADER, PROTOCOL_VERSION};

/// Octets of an answer that is no blob.
const ANSWER_OCTETS_MAX: u64 = 1024 * 1024;

/// A connection to such a server.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    wire: Arc<dyn Wire>,
}

/// What carries requests to a server, and its answers back.
pub trait Wire: fmt::Debug + Send + Sync {
    /// The answer to a request, whatever it says.
    ///
    /// # Errors
    /// [`LinkError::Unreachable`] where there is no whole answer. The server may
    /// have done what it was asked nevertheless.
    fn exchange(&self, request: &Request<'_>) -> Result<Answer, LinkError>;
}

/// What a server is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The server's URL.
    pub base: &'a str,
    /// What is asked for, with the query.
    pub path: &'a str,
    /// What it is given; nothing where something is only looked at.
    pub body: Option<&'a [u8]>,
}

impl Request<'_> {
    fn url(&self) -> String {
        format!("{}{}", self.base, self.path)
    }
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code (RFC 9110 §15).
    pub status: u16,
    /// The body.
    pub octets: Vec<u8>,
}

/// The wire of the web.
#[derive(Clone, Debug)]
struct Web {
    agent: ureq::Agent,
}

/// What a server says of an act that it took.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Accepted {
    /// The act's id.
    pub id: Digest,
    /// Its position on the ledger; none where a drop box is to bring it there.
    #[serde(default)]
    pub position: Option<u64>,
    /// A drop box's receipt.
    #[serde(default)]
    pub receipt: Option<Envelope>,
}

/// Why a request failed.
#[derive(Debug)]
pub enum LinkError {
    /// No answer.
    Unreachable {
        /// Where.
        url: String,
        /// How.
        cause: String,
    },
    /// The server refused, by a rule.
    Refused {
        /// The rule's short name.
        rule: String,
        /// Its explanation.
        text: String,
    },
    /// The server has no room or no time now.
    Busy {
        /// Where.
        url: String,
        /// What it says.
        text: String,
    },
    /// An answer that is not what it should be.
    Malformed {
        /// Where.
        url: String,
    },
}

#[derive(Deserialize)]
struct RefusedBody {
    rule: String,
    text: String,
}

impl Client {
    /// A client of the server at `base`, a URL of http or https, that waits no
    /// longer than this for a whole answer.
    pub fn new(base: &str, patience: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(patience))
            .build();
        let agent = config.into();
        Self::on(Arc::new(Web { agent }), base)
    }

    /// As [`Client::new`], over any wire.
    pub fn on(wire: Arc<dyn Wire>, base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_string(),
            wire,
        }
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Puts an act into the drop box.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with the rule that the act breaks.
    pub fn submit_act(&self, octets: &[u8]) -> Result<Accepted, LinkError> {
        self.post("/v1/acts", octets)
    }

    /// Any answer in JSON.
    ///
    /// # Errors
    /// Where there is no proper answer.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, LinkError> {
        self.ask(path, None)
    }

    /// What comes back for these octets, in JSON.
    ///
    /// # Errors
    /// Where there is no proper answer, or a rule says no.
    pub fn post<T: DeserializeOwned>(&self, path: &str, octets: &[u8]) -> Result<T, LinkError> {
        self.ask(path, Some(octets))
    }

    fn ask<T: DeserializeOwned>(&self, path: &str, body: Option<&[u8]>) -> Result<T, LinkError> {
        let base = &self.base;
        let request = Request { base, path, body };
        let answer = self.wire.exchange(&request)?;
        parse(&request.url(), &answer)
    }
}

impl Wire for Web {
    fn exchange(&self, request: &Request<'_>) -> Result<Answer, LinkError> {
        let url = request.url();
        let version = (PROTOCOL_HEADER, PROTOCOL_VERSION);
        let sent = match request.body {
            None => self.agent.get(&url).header(version.0, version.1).call(),
            Some(octets) => {
                let post = self.agent.post(&url).header(version.0, version.1);
                post.send(octets)
            }
        };
        let mut response = sent.map_err(|error| unreachable_at(&url, &error))?;
        let body = response.body_mut().with_config().limit(ANSWER_OCTETS_MAX);
        let octets = body
            .read_to_vec()
            .map_err(|error| unreachable_at(&url, &error))?;
        Ok(Answer {
            status: response.status().as_u16(),
            octets,
        })
    }
}

fn unreachable_at(url: &str, error: &ureq::Error) -> LinkError {
    LinkError::Unreachable {
        url: url.to_string(),
        cause: error.to_string(),
    }
}

fn parse<T: DeserializeOwned>(url: &str, answer: &Answer) -> Result<T, LinkError> {
    let malformed = || LinkError::Malformed {
        url: url.to_string(),
    };
    let Answer { status, octets } = answer;
    if (200..300).contains(status) {
        return serde_json::from_slice(octets).map_err(|_| malformed());
    }
    let body: RefusedBody = serde_json::from_slice(octets).map_err(|_| malformed())?;
    let RefusedBody { rule, text } = body;
    Err(match status {
        // No rule says no: the same may be taken later.
        408 | 429 | 503 => LinkError::Busy {
            url: url.to_string(),
            text,
        },
        _ => LinkError::Refused { rule, text },
    })
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { url, cause } => write!(f, "no answer from {url}: {cause}"),
            Self::Refused { text, .. } => f.write_str(text),
            Self::Busy { url, text } => write!(f, "{url} takes nothing now: {text}"),
            Self::Malformed { url } => {
                write!(f, "{url} answered, but not as a Comity server does")
            }
        }
    }
}

impl std::error::Error for LinkError {}
