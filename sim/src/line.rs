//! A party's way to the others: what its process has for a network.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use comity_mirror::client::{Answer, Client, LinkError, Request, Wire};
use comity_mirror::network::Network;
use comity_mirror::source::{Cause, FetchError, Source};

use crate::hub::Hub;
use crate::party::PartyId;

/// One party's way to the others.
#[derive(Clone)]
pub struct Line {
    hub: Weak<Hub>,
    me: PartyId,
}

impl Line {
    /// The line of this party.
    pub fn new(hub: &Arc<Hub>, me: PartyId) -> Self {
        Self {
            hub: Arc::downgrade(hub),
            me,
        }
    }

    /// A line that leads nowhere, for a party that is only being made.
    pub fn to_nowhere(me: PartyId) -> Self {
        let hub = Weak::new();
        Self { hub, me }
    }

    fn ask(&self, request: &Request<'_>) -> Option<Answer> {
        self.hub.upgrade()?.exchange(self.me, request)
    }
}

impl Network for Line {
    fn client(&self, base: &str, _patience: Duration) -> Client {
        Client::on(Arc::new(self.clone()), base)
    }

    fn source(&self, base: &str) -> Box<dyn Source> {
        Box::new(Remote {
            line: self.clone(),
            base: base.to_string(),
        })
    }
}

impl Wire for Line {
    fn exchange(&self, request: &Request<'_>) -> Result<Answer, LinkError> {
        self.ask(request).ok_or_else(|| LinkError::Unreachable {
            url: request.base.to_string(),
            cause: "no answer".to_string(),
        })
    }
}

/// A ledger that a server shows.
struct Remote {
    line: Line,
    base: String,
}

impl Source for Remote {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        let at = format!("{}/{path}", self.base);
        let path = format!("/{path}");
        let request = Request {
            base: &self.base,
            path: &path,
            body: None,
        };
        let unreachable = || FetchError::Unreachable {
            at: at.clone(),
            cause: Cause::Timeout,
        };
        let answer = self.line.ask(&request).ok_or_else(unreachable)?;
        match answer.status {
            200 if answer.octets.len() <= octets_max => Ok(answer.octets),
            200 => Err(FetchError::TooLarge { at, octets_max }),
            404 => Err(FetchError::Missing { at }),
            status => Err(FetchError::Status { at, status }),
        }
    }

    fn describe(&self) -> String {
        self.base.clone()
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line of {:?}", self.me)
    }
}
