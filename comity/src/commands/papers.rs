//! `comity sign` and `comity submit`: papers, shown, signed off line, and filed.

use std::path::Path;

use comity_core::limits;
use comity_member::papers::{Missing, Papers};
use comity_mirror::files;
use serde::Serialize;

use super::actor::{next_step, refused, sign_failure, write_papers};
use super::filing::Filing;
use super::{follow, passphrase, words};
use crate::args::{SignArgs, SubmitArgs};
use crate::output::{Failure, Output};

#[derive(Serialize)]
struct Shown {
    id: comity_core::basic::Digest,
    act: &'static str,
    signed: Vec<comity_core::basic::PublicKey>,
    missing: Vec<String>,
    words: String,
}

/// Runs `comity sign`.
pub(crate) fn sign(args: &SignArgs, output: &Output) -> Result<(), Failure> {
    let mut papers = read(&args.file)?;
    if let Some(signer) = &args.signer {
        let signer = passphrase::signer(signer, &args.passphrase)?;
        papers
            .sign(&*signer)
            .map_err(|error| sign_failure(&error))?;
        write_papers(&args.file, &papers)?;
    }
    let said = words::papers(&papers);
    let next = next_step(&args.file, &papers);
    let done = args
        .signer
        .as_ref()
        .map_or("Nothing was signed.", |_| "You signed it.");
    let text = format!("{said}\n{done} {next}");
    let shown = Shown {
        id: papers.id(),
        act: words::kind(papers.act()),
        signed: papers.signers().copied().collect(),
        missing: papers.missing().iter().map(Missing::to_string).collect(),
        words: said,
    };
    output.print(&shown, text);
    Ok(())
}

/// Runs `comity submit`.
pub(crate) fn submit(args: &SubmitArgs, output: &Output) -> Result<(), Failure> {
    let mut files = args.files.iter();
    let first = files.next().ok_or_else(|| Failure::usage("no papers"))?;
    let mut papers = read(first)?;
    for copy in files {
        papers
            .merge(&read(copy)?)
            .map_err(|refusal| refused(&refusal))?;
    }
    let follower = follow(&args.ledger)?;
    let state = follower.state();
    if let Ok(founded) = state.founded() {
        papers = papers.with_keys_of(founded);
    }
    let filing = Filing::new(&args.ledger.ledger, &args.filing);
    let done = filing.file(&papers, state, output)?;
    let kind = words::kind(papers.act());
    let text = format!("Filed: {kind} {} is {}.", done.id, done.place());
    output.print(&done, text);
    Ok(())
}

fn read(path: &Path) -> Result<Papers, Failure> {
    let octets_max = u64::try_from(limits::PAPERS_OCTETS_MAX).unwrap_or(u64::MAX);
    let octets = files::read_required(path, octets_max).map_err(Failure::world)?;
    Papers::parse(&octets).map_err(|refusal| {
        let text = format!("{}: {refusal}", path.display());
        Failure::rule(refusal.rule(), text)
    })
}
