//! Requests to a secretariat. What it answers is checked against the ledger
//! or the members' signatures; nothing here is believed.

use std::fmt;
use std::time::Duration;

use comity_core::basic::Digest;
use comity_core::ledger::Cosignature;
use comity_core::message::{Endorsement, Tasks};
use comity_mirror::source::{Http, PROTOCOL_HEADER, PROTOCOL_VERSION};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How long the secretariat may keep a request for tasks open.
pub const WAIT_S: u64 = 20;
/// Octets of an answer that is no blob.
const ANSWER_OCTETS_MAX: u64 = 1024 * 1024;
/// Beyond waiting, how long an answer may take.
const TIMEOUT_S: u64 = 60;

/// A connection to a secretariat.
pub struct Link {
    base: String,
    agent: ureq::Agent,
}

/// What the secretariat says of an accepted act.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Accepted {
    /// The act's id.
    pub id: Digest,
    /// Its position on the ledger.
    pub position: u64,
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
    /// The secretariat refused, by a rule.
    Refused {
        /// The rule's short name.
        rule: String,
        /// Its explanation.
        text: String,
    },
    /// The secretariat has no room or no time now.
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

impl Link {
    /// A link to the secretariat at `base`, a URL of http or https.
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(WAIT_S + TIMEOUT_S)))
            .build();
        Self {
            base: base.trim_end_matches('/').to_string(),
            agent: config.into(),
        }
    }

    /// The secretariat's ledger as a source to follow.
    pub fn source(&self) -> Http {
        Http::new(&self.base)
    }

    /// Where the secretariat is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The tasks after those with this sequence number; waits for them for up
    /// to `wait_s` seconds, at most [`WAIT_S`].
    ///
    /// # Errors
    /// Where there is no proper answer.
    pub fn tasks(&self, after: u64, wait_s: u64) -> Result<Tasks, LinkError> {
        self.get(&format!("/v1/tasks?after={after}&wait={wait_s}"))
    }

    /// Any answer in JSON.
    ///
    /// # Errors
    /// Where there is no proper answer.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, LinkError> {
        let url = format!("{}{path}", self.base);
        let request = self
            .agent
            .get(&url)
            .header(PROTOCOL_HEADER, PROTOCOL_VERSION);
        let response = request
            .call()
            .map_err(|error| unreachable_at(&url, &error))?;
        parse(&url, response)
    }

    /// Puts an act into the drop box.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with the rule that the act breaks.
    pub fn submit_act(&self, octets: &[u8]) -> Result<Accepted, LinkError> {
        self.post("/v1/acts", octets)
    }

    /// Sends a ceremony or session message; whether it was wanted.
    ///
    /// # Errors
    /// [`LinkError::Refused`] by a rule; not where it merely came too late.
    pub fn submit_message(&self, octets: &[u8]) -> Result<bool, LinkError> {
        self.post_unless_late("/v1/messages", octets)
    }

    /// Sends a cosignature under the ledger's head; whether it was wanted.
    ///
    /// # Errors
    /// As [`Self::submit_message`].
    pub fn submit_cosignature(&self, cosignature: &Cosignature) -> Result<bool, LinkError> {
        let line = format!("{cosignature}\n");
        self.post_unless_late("/v1/cosignatures", line.as_bytes())
    }

    /// Sends a signature under a payload that the secretariat collects them
    /// for; whether it was wanted.
    ///
    /// # Errors
    /// As [`Self::submit_message`].
    pub fn submit_endorsement(&self, endorsement: &Endorsement) -> Result<bool, LinkError> {
        let octets = comity_core::act::json::encode(endorsement);
        self.post_unless_late("/v1/endorsements", &octets)
    }

    /// A blob that is not, or not yet, on the ledger, of no more than
    /// `octets_max`.
    ///
    /// # Errors
    /// Where there is none of this digest.
    pub fn blob(&self, digest: &Digest, octets_max: usize) -> Result<Vec<u8>, LinkError> {
        let source = self.source();
        comity_mirror::ledger::blob(&source, digest, octets_max).map_err(|error| {
            LinkError::Unreachable {
                url: self.base.clone(),
                cause: error.to_string(),
            }
        })
    }

    /// What came too late is no failure: the next tasks say what is wanted now.
    fn post_unless_late(&self, path: &str, octets: &[u8]) -> Result<bool, LinkError> {
        match self.post::<serde_json::Value>(path, octets) {
            Ok(_) => Ok(true),
            Err(LinkError::Refused { rule, .. }) if rule == "not-wanted" => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn post<T: DeserializeOwned>(&self, path: &str, octets: &[u8]) -> Result<T, LinkError> {
        let url = format!("{}{path}", self.base);
        let request = self
            .agent
            .post(&url)
            .header(PROTOCOL_HEADER, PROTOCOL_VERSION);
        let response = request
            .send(octets)
            .map_err(|error| unreachable_at(&url, &error))?;
        parse(&url, response)
    }
}

fn unreachable_at(url: &str, error: &ureq::Error) -> LinkError {
    LinkError::Unreachable {
        url: url.to_string(),
        cause: error.to_string(),
    }
}

fn parse<T: DeserializeOwned>(
    url: &str,
    mut response: ureq::http::Response<ureq::Body>,
) -> Result<T, LinkError> {
    let malformed = || LinkError::Malformed {
        url: url.to_string(),
    };
    let status = response.status();
    let body = response.body_mut().with_config().limit(ANSWER_OCTETS_MAX);
    let octets = body
        .read_to_vec()
        .map_err(|error| unreachable_at(url, &error))?;
    if status.is_success() {
        return serde_json::from_slice(&octets).map_err(|_| malformed());
    }
    let body: RefusedBody = serde_json::from_slice(&octets).map_err(|_| malformed())?;
    let RefusedBody { rule, text } = body;
    Err(match status.as_u16() {
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
                write!(f, "{url} answered, but not as a Comity secretariat does")
            }
        }
    }
}

impl std::error::Error for LinkError {}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What becomes of a message that is answered so.
    fn answered(status: &str, body: &str) -> Result<bool, LinkError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = Link::new(&format!("http://{}", listener.local_addr().unwrap()));
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n{}") {
                let mut octet = [0];
                stream.read_exact(&mut octet).unwrap();
                request.extend(octet);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let outcome = link.submit_message(b"{}");
        served.join().unwrap();
        outcome
    }

    #[test]
    fn what_came_too_late_is_no_failure() {
        assert!(matches!(answered("200 OK", "{}"), Ok(true)));
        let late = r#"{"rule":"not-wanted","text":"this is not wanted now"}"#;
        assert!(matches!(answered("409 Conflict", late), Ok(false)));
        let refused = r#"{"rule":"not-entitled","text":"no"}"#;
        let refused = answered("422 Unprocessable Content", refused);
        assert!(matches!(refused, Err(LinkError::Refused { rule, .. }) if rule == "not-entitled"));
        let busy = r#"{"rule":"busy","text":"too much"}"#;
        let busy = answered("503 Service Unavailable", busy);
        assert!(matches!(busy, Err(LinkError::Busy { text, .. }) if text == "too much"));
        let nonsense = answered("502 Bad Gateway", "<html>");
        assert!(matches!(nonsense, Err(LinkError::Malformed { .. })));
    }
}
