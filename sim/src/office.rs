//! The processes that answer requests: the secretariat's and the drop boxes'. What
//! reads a request and answers it is what runs on machines.

use std::path::PathBuf;
use std::sync::Arc;

use comity_core::act::json;
use comity_core::limits;
use comity_member::surroundings::Surroundings;
use comity_mirror::client::Answer;
use comity_mirror::source::{Directory, FetchError, Source as _};
use comity_secretariat::dropbox::desk::Desk;
use comity_secretariat::dropbox::forward::Forwarder;
use comity_secretariat::dropbox::home::Alone;
use comity_secretariat::dropbox::requests as box_requests;
use comity_secretariat::engine::{Engine, EngineError, Now};
use comity_secretariat::{evidence, requests};
use serde_json::Value;

/// The secretariat's process.
pub(crate) struct Secretariat {
    pub(crate) engine: Engine,
    pub(crate) surroundings: Surroundings,
    pub(crate) ledger: Directory,
    pub(crate) evidence: PathBuf,
    /// It has to start anew.
    pub(crate) has_failed: bool,
}

/// A drop box's process.
pub(crate) struct DropBox {
    pub(crate) desk: Arc<Desk>,
    pub(crate) forwarder: Forwarder,
    pub(crate) _alone: Alone,
}

impl Secretariat {
    pub(crate) fn step(&mut self, now: Now) {
        if let Err(error) = self.engine.step(now) {
            self.has_failed |= requests::is_fatal(&error);
        }
        for message in self.engine.take_evidence() {
            let system = &*self.surroundings.system;
            // The work goes on without it.
            let _lost = evidence::keep(system, &self.evidence, &message);
        }
    }

    pub(crate) fn handle(&mut self, path: &str, body: Option<&[u8]>, now: Now) -> Answer {
        let (place, _query) = path.split_once('?').unwrap_or((path, ""));
        let Some(octets) = body else {
            return match place {
                requests::TASKS => shown(json::encode(self.engine.tasks())),
                _ => self.file(place.trim_start_matches('/')),
            };
        };
        let engine = &mut self.engine;
        let taken = match place {
            requests::ACTS => requests::take_act(engine, octets),
            requests::MESSAGES => {
                let members = engine.members();
                let read = requests::read_message(octets, members.as_deref());
                read.and_then(|message| requests::take_message(engine, message, now))
            }
            requests::UPSTREAM => {
                let members = engine.members();
                let read = requests::read_report(octets, members.as_deref());
                read.and_then(|report| requests::take_report(engine, report))
            }
            requests::COSIGNATURES => {
                let taken = requests::take_cosignature(engine, octets);
                taken.map(|_| Value::Object(serde_json::Map::new()))
            }
            requests::ENDORSEMENTS => requests::take_endorsement(engine, octets),
            _ => Err(EngineError::NotWanted),
        };
        match &taken {
            Ok(_) => self.step(now),
            Err(error) => self.has_failed |= requests::is_fatal(error),
        }
        requests::answer(&taken)
    }

    fn file(&self, path: &str) -> Answer {
        match self.ledger.fetch(path, limits::BLOB_OCTETS_MAX) {
            Ok(octets) => shown(octets),
            Err(FetchError::Missing { .. } | FetchError::BadPath { .. }) => {
                let works = self.engine.works();
                let blob = requests::blob_of(path).and_then(|digest| works.get(&digest));
                match blob {
                    Some(octets) => shown(octets.to_vec()),
                    None => status(404),
                }
            }
            Err(_) => status(500),
        }
    }
}

impl DropBox {
    pub(crate) fn handle(&self, path: &str, body: Option<&[u8]>) -> Option<Answer> {
        if let Some(octets) = body {
            return match path {
                box_requests::ACTS => Some(box_requests::taken(&self.desk.take(octets))),
                _ => None,
            };
        }
        let after = path.strip_prefix(box_requests::RECEIPTS)?;
        let after = after.strip_prefix("?after=").map(str::parse).transpose();
        let page = self.desk.page(after.ok()?.as_ref());
        Some(box_requests::looked(&page.map(Some)))
    }
}

fn shown(octets: Vec<u8>) -> Answer {
    Answer {
        status: 200,
        octets,
    }
}

fn status(status: u16) -> Answer {
    Answer {
        status,
        octets: b"{\"rule\":\"no\",\"text\":\"no\"}".to_vec(),
    }
}
