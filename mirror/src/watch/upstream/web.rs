//! A zone file behind a web server. It is asked for what is new since the last time
//! (RFC 9110 §13.1.2), so that looking often costs nobody much.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use comity_core::limits;
use ureq::Agent;
use ureq::http::{StatusCode, header};

use super::error::UpstreamError;

/// A web server, and what it said last of the file.
#[derive(Clone, Debug)]
pub struct WebFile {
    url: String,
    agent: Agent,
    /// The entity tag, and when it was changed (RFC 9110 §8.8).
    validators: Arc<Mutex<[Option<String>; 2]>>,
}

/// The headers that say it, and those that ask for what is newer.
const VALIDATORS: [(header::HeaderName, header::HeaderName); 2] = [
    (header::ETAG, header::IF_NONE_MATCH),
    (header::LAST_MODIFIED, header::IF_MODIFIED_SINCE),
];

impl WebFile {
    /// The file at this address. Nothing is fetched yet.
    pub fn new(url: &str, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("comity/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(patience))
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_per_read(Some(patience))
            .timeout_recv_body(Some(Duration::from_secs(limits::TRANSFER_SECONDS_MAX)))
            .build();
        Self {
            url: url.to_owned(),
            agent: config.new_agent(),
            validators: Arc::default(),
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file; nothing where it is the same as the last time.
    pub(super) fn fetch(&self) -> Result<Option<Vec<u8>>, UpstreamError> {
        let failed = |error: ureq::Error| UpstreamError::Http(error.to_string());
        let before = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut request = self.agent.get(&self.url);
        for ((_, asks), said) in VALIDATORS.iter().zip(&before) {
            if let Some(said) = said {
                request = request.header(asks, said);
            }
        }
        let mut answer = request.call().map_err(failed)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(None),
            status => return Err(UpstreamError::Http(format!("status {status}"))),
        }
        let said = VALIDATORS.clone().map(|(says, _)| {
            let value = answer.headers().get(says)?.to_str().ok()?;
            Some(value.to_owned())
        });
        let one_more = limits::TRANSFER_OCTETS_MAX as u64 + 1;
        let mut octets = Vec::new();
        let body = answer.body_mut().as_reader();
        body.take(one_more)
            .read_to_end(&mut octets)
            .map_err(|error| UpstreamError::Broken(error.kind()))?;
        if octets.len() > limits::TRANSFER_OCTETS_MAX {
            return Err(UpstreamError::TooLarge);
        }
        *self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = said;
        Ok(Some(octets))
    }

    /// Forgets what was said: what came was not taken.
    pub(crate) fn forget(&self) {
        *self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = [None, None];
    }
}
