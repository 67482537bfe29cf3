//! Where a signed act goes: to the secretariat, or where that does not answer,
//! or somebody wants it so, to a drop box of the charter, whose receipt is kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use comity_core::act::{self, Envelope, json};
use comity_core::basic::Digest;
use comity_core::charter::DropBox;
use comity_core::refusal::Refusal;
use comity_core::state::{Founded, Position, State, accept};
use comity_member::papers::{Missing, Papers};
use comity_mirror::client::{Accepted, Client, LinkError};
use comity_mirror::files;
use comity_mirror::receipts::Given;
use comity_mirror::signature::ByRing;
use serde::Serialize;

use super::words;
use crate::args::FilingArgs;
use crate::output::{Failure, Output};

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where acts go.
#[derive(Clone, Debug)]
pub(super) struct Filing {
    ledger: String,
    args: FilingArgs,
}

/// An act that was taken.
#[derive(Serialize)]
pub(super) struct Done {
    /// Its id.
    pub(super) id: Digest,
    /// Its position; none where a drop box is to bring it onto the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) act: Option<u64>,
    /// The drop box that took it.
    #[serde(skip_serializing_if = "Option::is_none", rename = "box")]
    lodged: Option<Lodged>,
}

/// What a drop box promised.
#[derive(Serialize)]
struct Lodged {
    name: String,
    url: String,
    /// The file with the receipt.
    receipt: PathBuf,
}

impl Done {
    fn plain(accepted: &Accepted) -> Self {
        Self {
            id: accepted.id,
            act: accepted.position,
            lodged: None,
        }
    }

    /// Where the act is, as a part of a sentence.
    pub(super) fn place(&self) -> String {
        match (&self.lodged, self.act) {
            (Some(lodged), _) => format!(
                "with the drop box {} ({}), which promises that the ledger has it within the \
                 hour; keep the receipt {}",
                lodged.name,
                lodged.url,
                lodged.receipt.display()
            ),
            (None, Some(position)) => format!("act {position}"),
            (None, None) => "with the secretariat".into(),
        }
    }
}

impl Filing {
    /// Acts on the ledger at this place go so.
    pub(super) fn new(ledger: &str, args: &FilingArgs) -> Self {
        Self {
            ledger: ledger.to_string(),
            args: args.clone(),
        }
    }

    /// Whether acts can go there. With a drop box the ledger may be any copy.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match is_url(&self.ledger) || self.args.dropbox.is_some() {
            true => Ok(()),
            false => Err(Failure::usage(
                "acts are put into a drop box: give the secretariat's URL as --ledger, or one of \
                 the charter's drop boxes as --box",
            )),
        }
    }

    /// Judges an act by the state and hands it in.
    pub(super) fn file(
        &self,
        papers: &Papers,
        state: &State,
        output: &Output,
    ) -> Result<Done, Failure> {
        self.check()?;
        let act = papers.envelope();
        judge(papers, state, &act.to_octets())?;
        let founded = state.founded();
        let founded = founded.map_err(|refusal| Failure::rule(refusal.rule(), refusal))?;
        if let Some(named) = &self.args.dropbox {
            let one = find_box(founded, named)?;
            return match self.lodge(founded, one, act)? {
                Ok(done) => Ok(done),
                Err(error) => Err(failure(error)),
            };
        }
        match submit(&self.ledger, act) {
            Ok(accepted) => Ok(Done::plain(&accepted)),
            Err(error @ LinkError::Refused { .. }) => Err(failure(error)),
            Err(error) => self.lodge_anywhere(founded, act, error, output),
        }
    }

    /// Through the first drop box that answers, since the secretariat does not.
    fn lodge_anywhere(
        &self,
        founded: &Founded,
        act: &Envelope,
        silent: LinkError,
        output: &Output,
    ) -> Result<Done, Failure> {
        let mut tried = vec![silent.to_string()];
        for one in &founded.charter.rules.boxes {
            match self.lodge(founded, one, act)? {
                Ok(done) => {
                    if !output.json {
                        output.line(&format!("{}; filed through a drop box.", tried.join("; ")));
                    }
                    return Ok(done);
                }
                Err(error @ LinkError::Refused { .. }) => return Err(failure(error)),
                Err(error) => tried.push(error.to_string()),
            }
        }
        Err(Failure::World(tried.join("; ")))
    }

    /// Puts an act into a drop box, and keeps the receipt.
    fn lodge(
        &self,
        founded: &Founded,
        one: &DropBox,
        act: &Envelope,
    ) -> Result<Result<Done, LinkError>, Failure> {
        let accepted = match submit(&one.url, act) {
            Ok(accepted) => accepted,
            Err(error) => return Ok(Err(error)),
        };
        let wrong = |what: &str| {
            let text = format!(
                "the drop box {} ({}) {what}: do not rely on it, and file the act elsewhere",
                one.name, one.url
            );
            Failure::rule("receipt", text)
        };
        let id = act.id();
        let Some(receipt) = accepted.receipt.clone() else {
            return match accepted.position {
                // It was there before; whether that is true the ledger says.
                Some(_) => Ok(Ok(Done::plain(&accepted))),
                None => Err(wrong("gave no receipt")),
            };
        };
        let given = Given {
            id: Some(id),
            leaf: None,
            position: accepted.position,
            receipt,
            act: Some(act.clone()),
        };
        let held = given.clone().verify();
        let held = held.map_err(|refusal| wrong(&format!("gave no receipt for it ({refusal})")))?;
        if held.box_key != one.key || held.receipt.ledger != founded.ledger {
            return Err(wrong(
                "gave a receipt by another key, or for another ledger",
            ));
        }
        let given = Given {
            leaf: Some(held.receipt.leaf),
            ..given
        };
        let lodged = Lodged {
            name: one.name.clone(),
            url: one.url.clone(),
            receipt: self.keep(&given, &held.receipt.leaf)?,
        };
        Ok(Ok(Done {
            id,
            act: accepted.position,
            lodged: Some(lodged),
        }))
    }

    fn keep(&self, given: &Given, leaf: &Digest) -> Result<PathBuf, Failure> {
        let directory = self.args.receipts.as_deref();
        if let Some(directory) = directory {
            files::create_private_directory(directory).map_err(Failure::world)?;
        }
        let name = format!("receipt-{}.json", words::short(leaf));
        let path = directory.unwrap_or_else(|| Path::new("")).join(name);
        let octets = [json::encode(given), b"\n".to_vec()].concat();
        files::write_public(&path, &octets).map_err(Failure::world)?;
        Ok(path)
    }
}

/// The drop box of the charter that somebody means.
fn find_box<'a>(founded: &'a Founded, named: &str) -> Result<&'a DropBox, Failure> {
    let boxes = &founded.charter.rules.boxes;
    let is = |url: &str| url.trim_end_matches('/') == named.trim_end_matches('/');
    let found = boxes.iter().find(|one| one.name == named || is(&one.url));
    found.ok_or_else(|| {
        let known: Vec<_> = boxes.iter().map(|one| one.name.as_str()).collect();
        let text = match known.is_empty() {
            true => "the charter names no drop box".to_string(),
            false => format!(
                "{named} is none of the charter's drop boxes: {}",
                known.join(", ")
            ),
        };
        Failure::rule("unknown-box", text)
    })
}

fn submit(url: &str, act: &Envelope) -> Result<Accepted, LinkError> {
    Client::new(url, PATIENCE).submit_act(&act.to_octets())
}

fn failure(error: LinkError) -> Failure {
    match error {
        // No rule says no: the secretariat cannot write.
        LinkError::Refused { rule, text } if rule == "ledger" => Failure::world(text),
        LinkError::Refused { rule, text } => Failure::rule(&rule, format!("refused: {text}")),
        LinkError::Unreachable { .. } | LinkError::Busy { .. } | LinkError::Malformed { .. } => {
            Failure::world(error)
        }
    }
}

/// Whether the rules take the act as it is signed; says which signatures are
/// missing where it is these.
fn judge(papers: &Papers, state: &State, entry: &[u8]) -> Result<(), Failure> {
    let missing: Vec<_> = papers.missing().iter().map(Missing::to_string).collect();
    let too_few = || {
        let text = format!("not filed; signed so far: {}", missing.join(", "));
        Failure::rule("policy-not-met", text)
    };
    if papers.signers().next().is_none() {
        return Err(too_few());
    }
    let nothing: BTreeMap<Digest, Vec<u8>> = BTreeMap::new();
    let judged = act::check(entry, &nothing, &ByRing)
        .and_then(|checked| accept(state, &checked, Position(state.log().size())));
    match judged {
        Ok(_) => Ok(()),
        Err(Refusal::Holder(_)) if !missing.is_empty() => Err(too_few()),
        Err(refusal) => Err(Failure::rule(refusal.rule(), format!("refused: {refusal}"))),
    }
}

/// Whether a text is an address that acts can be sent to.
pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}
