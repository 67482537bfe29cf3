//! Requests to a secretariat. What it answers is checked against the ledger
//! or the members' signatures; nothing here is believed.

use std::sync::Arc;
use std::time::Duration;

use comity_core::basic::Digest;
use comity_core::ledger::Cosignature;
use comity_core::message::{Endorsement, Tasks};
use comity_mirror::client::Client;
use comity_mirror::network::{Network, Web};
use comity_mirror::source::Source;
use serde::de::DeserializeOwned;

pub use comity_mirror::client::{Accepted, LinkError};

/// How long the secretariat may keep a request for tasks open.
pub const WAIT_S: u64 = 20;
/// Beyond waiting, how long an answer may take.
const TIMEOUT_S: u64 = 60;

/// A connection to a secretariat.
pub struct Link {
    network: Arc<dyn Network>,
    client: Client,
}

impl Link {
    /// A link to the secretariat at `base`, a URL of http or https.
    pub fn new(base: &str) -> Self {
        Self::over(Arc::new(Web), base)
    }

    /// As [`Link::new`], over any network.
    pub fn over(network: Arc<dyn Network>, base: &str) -> Self {
        Self {
            client: network.client(base, Duration::from_secs(WAIT_S + TIMEOUT_S)),
            network,
        }
    }

    /// The secretariat's ledger as a source to follow.
    pub fn source(&self) -> Box<dyn Source> {
        self.network.source(self.client.base())
    }

    /// Where the secretariat is.
    pub fn base(&self) -> &str {
        self.client.base()
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
        self.client.get(path)
    }

    /// Puts an act into the drop box.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with the rule that the act breaks.
    pub fn submit_act(&self, octets: &[u8]) -> Result<Accepted, LinkError> {
        self.client.submit_act(octets)
    }

    /// Sends a ceremony or session message; whether it was wanted.
    ///
    /// # Errors
    /// [`LinkError::Refused`] by a rule; not where it merely came too late.
    pub fn submit_message(&self, octets: &[u8]) -> Result<bool, LinkError> {
        self.post_unless_late("/v1/messages", octets)
    }

    /// Sends what was seen of the upstream; whether it was wanted.
    ///
    /// # Errors
    /// As [`Self::submit_message`].
    pub fn submit_report(&self, octets: &[u8]) -> Result<bool, LinkError> {
        self.post_unless_late("/v1/upstream", octets)
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
        comity_mirror::ledger::blob(&*source, digest, octets_max).map_err(|error| {
            LinkError::Unreachable {
                url: self.base().to_string(),
                cause: error.to_string(),
            }
        })
    }

    /// What came too late is no failure: the next tasks say what is wanted now.
    fn post_unless_late(&self, path: &str, octets: &[u8]) -> Result<bool, LinkError> {
        match self.client.post::<serde_json::Value>(path, octets) {
            Ok(_) => Ok(true),
            Err(LinkError::Refused { rule, .. }) if rule == "not-wanted" => Ok(false),
            Err(error) => Err(error),
        }
    }
}

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
