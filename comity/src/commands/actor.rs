//! Who acts: a key, and the ledger that this machine verified itself. Every act
//! of people goes the same way: it is made from that ledger, signed, judged by
//! the rules, and then filed; or it is written down as papers for those who
//! have yet to sign it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use comity_core::act::{self, Envelope, json::Payload};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::holder::HolderId;
use comity_core::limits;
use comity_core::state::{Founded, ProposalState};
use comity_core::zone::Name;
use comity_member::home::Home;
use comity_member::papers::{Missing, Papers, PapersRefusal, SignError, reference};
use comity_member::signer::Signer;
use comity_mirror::follow::Follower;
use comity_mirror::ledger::entries;
use comity_mirror::{clock, files};
use serde::Serialize;

use super::filing::{Done, Filing};
use super::{follow, follow_failure, passphrase, words};
use crate::args::ActorArgs;
use crate::output::{Failure, Output};

/// Who acts, with the ledger that it verified itself.
pub(super) struct Actor {
    filing: Filing,
    follower: Follower,
    signer: Option<Box<dyn Signer>>,
    prepare: Option<PathBuf>,
}

/// Papers that were written.
#[derive(Serialize)]
struct Written<'a> {
    papers: &'a Path,
    id: Digest,
    missing: Vec<String>,
}

impl Actor {
    /// Opens the actor's key and follows the ledger to its head.
    pub(super) fn open(args: &ActorArgs) -> Result<Self, Failure> {
        let filing = Filing::new(&args.ledger.ledger, &args.filing);
        if args.prepare.is_none() {
            filing.check()?;
        }
        let signer = args.signer.as_ref();
        let signer = signer.map(|signer| passphrase::signer(signer, &args.passphrase));
        Ok(Self {
            filing,
            signer: signer.transpose()?,
            follower: follow(&args.ledger)?,
            prepare: args.prepare.clone(),
        })
    }

    pub(super) fn founded(&self) -> Result<&Founded, Failure> {
        let founded = self.follower.state().founded();
        founded.map_err(|refusal| Failure::rule(refusal.rule(), refusal))
    }

    /// The key that signs, where one does now.
    pub(super) fn key(&self) -> Option<PublicKey> {
        self.signer.as_ref().map(|signer| signer.public())
    }

    /// The holder that acts: the one named, or the one that has the key.
    pub(super) fn holder(&self, named: Option<&str>) -> Result<HolderId, Failure> {
        let founded = self.founded()?;
        if let Some(named) = named {
            return find_holder(founded, named);
        }
        let Some(key) = self.key() else {
            return Err(Failure::usage("say which holder acts, with --holder"));
        };
        only_holder_with(founded, key)
    }

    /// Follows the ledger to its head again, after an act of one's own.
    pub(super) fn refresh(&mut self) -> Result<(), Failure> {
        let followed = self.follower.poll();
        followed.map(drop).map_err(|error| follow_failure(&error))
    }

    /// Signs an act and files it. Where others must sign as well, or papers are
    /// asked for, writes these and gives none.
    pub(super) fn file<P: Payload>(
        &self,
        payload: &P,
        output: &Output,
    ) -> Result<Option<Done>, Failure> {
        let papers = self.papers(payload)?;
        if self.prepare.is_some() || !papers.missing().is_empty() {
            self.write(&papers, output)?;
            return Ok(None);
        }
        let filed = self.filing.file(&papers, self.follower.state(), output);
        filed.map(Some)
    }

    /// An act as papers, with this actor's signature where it signs.
    pub(super) fn papers<P: Payload>(&self, payload: &P) -> Result<Papers, Failure> {
        let act = Envelope::unsigned(payload);
        let about = self.about(&act)?;
        let papers = Papers::prepare(self.founded()?, act, about);
        let mut papers = papers.map_err(|refusal| refused(&refusal))?;
        if let Some(signer) = &self.signer {
            papers
                .sign(&**signer)
                .map_err(|error| sign_failure(&error))?;
        }
        Ok(papers)
    }

    /// What an act refers to, as it is on the ledger.
    fn about(&self, act: &Envelope) -> Result<Option<Envelope>, Failure> {
        let nothing: BTreeMap<Digest, Vec<u8>> = BTreeMap::new();
        let Some(id) = act::read(act, &nothing).ok().as_ref().and_then(reference) else {
            return Ok(None);
        };
        let unknown = || Failure::rule("proposal-unknown", format!("there is no act {id}"));
        let position = position_of(self.founded()?, id).ok_or_else(unknown)?;
        let entry = entries(self.follower.source(), position, position + 1).next();
        let entry = entry.ok_or_else(unknown)?.map_err(Failure::world)?;
        let envelope = Envelope::parse(&entry, limits::ENTRY_OCTETS_MAX);
        let envelope = envelope.map_err(|refusal| Failure::rule("format", refusal))?;
        Ok(Some(envelope))
    }

    /// Writes papers to where they are wanted, or to a file of their own, and
    /// says what comes next.
    pub(super) fn write(&self, papers: &Papers, output: &Output) -> Result<(), Failure> {
        let id = papers.id();
        let kind = words::kind(papers.act());
        let own = || PathBuf::from(format!("{kind}-{}.papers", words::short(&id)));
        let path = self.prepare.clone().unwrap_or_else(own);
        if path.exists() {
            let path = path.display();
            let text = format!("{path} exists, and may have signatures: choose another file");
            return Err(Failure::usage(text));
        }
        write_papers(&path, papers)?;
        let missing: Vec<_> = papers.missing().iter().map(Missing::to_string).collect();
        let next = next_step(&path, papers);
        let text = format!("Wrote {}: {kind} {id}. {next}", path.display());
        let written = Written {
            papers: &path,
            id,
            missing,
        };
        output.print(&written, text);
        Ok(())
    }
}

/// What to do with papers next.
pub(super) fn next_step(path: &Path, papers: &Papers) -> String {
    let path = path.display();
    let missing: Vec<_> = papers.missing().iter().map(Missing::to_string).collect();
    if missing.is_empty() {
        return format!("It is signed; file it with: comity submit {path} --ledger URL");
    }
    format!(
        "Signed so far: {}.\nNext, once for each key, on any machine: comity sign {path} --as DIR\n\
         Then: comity submit {path} --ledger URL",
        missing.join(", ")
    )
}

/// Writes papers.
pub(super) fn write_papers(path: &Path, papers: &Papers) -> Result<(), Failure> {
    files::write_public(path, &papers.to_octets()).map_err(Failure::world)
}

pub(super) fn refused(refusal: &PapersRefusal) -> Failure {
    Failure::rule(refusal.rule(), refusal)
}

pub(super) fn sign_failure(error: &SignError) -> Failure {
    match error {
        SignError::Refused(refusal) => refused(refusal),
        SignError::Token(error) => Failure::world(error),
    }
}

/// The time from which deadlines count: the clock, which is ahead of ledger
/// time, unless this machine's is slow.
pub(super) fn now(founded: &Founded) -> Time {
    clock::now().max(founded.time.unwrap_or_default())
}

/// The position of an act that others refer to.
fn position_of(founded: &Founded, id: Digest) -> Option<u64> {
    let proposals = founded.proposals.iter();
    let mut proposals = proposals.map(|known| (known.id, known.position));
    let waiting = founded.waiting.iter();
    let mut waiting = waiting.map(|known| (known.id, known.position));
    let is = |(known, _): &(Digest, u64)| *known == id;
    let found = proposals.find(is).or_else(|| waiting.find(is));
    found.map(|(_, position)| position)
}

/// The proposal of this id, or beginning of one.
pub(super) fn find_proposal<'a>(
    founded: &'a Founded,
    text: &str,
) -> Result<&'a ProposalState, Failure> {
    let matching = |state: &&ProposalState| state.id.to_string().starts_with(text);
    let found: Vec<_> = founded.proposals.iter().filter(matching).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(Failure::rule(
            "proposal-unknown",
            format!("there is no proposal {text}"),
        )),
        _ => Err(Failure::usage(format!(
            "{text} names {} proposals",
            found.len()
        ))),
    }
}

/// The holder that a person means: by its id, by a directory with one of its
/// keys, or by a name that it holds.
pub(super) fn find_holder(founded: &Founded, text: &str) -> Result<HolderId, Failure> {
    if let Ok(id) = text.parse::<HolderId>() {
        return match founded.holders.contains_key(&id) {
            true => Ok(id),
            false => Err(unknown_holder(text)),
        };
    }
    if Path::new(text).join("card.json").exists() {
        let card = Home::new(text).card().map_err(Failure::world)?;
        return only_holder_with(founded, card.key);
    }
    let name = text.parse::<Name>().ok();
    let holder = name.and_then(|name| founded.holder_of(&name));
    holder.ok_or_else(|| unknown_holder(text))
}

fn unknown_holder(text: &str) -> Failure {
    let text = format!("{text} is no holder's id, no held name and no directory with a key");
    Failure::rule("holder-unknown", text)
}

fn only_holder_with(founded: &Founded, key: PublicKey) -> Result<HolderId, Failure> {
    let holders: Vec<_> = founded.holders_with(key).collect();
    match holders[..] {
        [one] => Ok(one),
        [] => {
            let text = format!("no holder has the key {key}");
            Err(Failure::rule("holder-unknown", text))
        }
        _ => {
            let ids: Vec<_> = holders.iter().map(ToString::to_string).collect();
            let text = format!(
                "the key is one of {} holders; say which with --holder: {}",
                ids.len(),
                ids.join(", ")
            );
            Err(Failure::usage(text))
        }
    }
}
