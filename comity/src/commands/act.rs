//! `comity propose`, `consent`, `vote` and `declare`: acts of people. Each
//! follows the ledger first, so that what is signed is what this machine
//! verified.

use std::collections::BTreeMap;
use std::path::Path;

use comity_core::act::{self, Consent, FoundingMember, Matter, Proposal};
use comity_core::basic::Time;
use comity_core::check::Planned;
use comity_core::holder::HolderId;
use comity_core::state::{Founded, ProposalState};
use comity_core::zone::{Change, Name, Rdata, RecordSet, Rtype, SetKey};
use comity_member::acts::{self, Wanted};
use serde::Serialize;

use super::actor::{Actor, find_holder, find_proposal, now};
use super::charter::CharterFile;
use super::filing::Done;
use super::findings::{self, Findings};
use super::{papers, read_card, words};
use crate::args::{
    ActorArgs, ConsentArgs, DeclareArgs, LedgerArgs, ProposeArgs, SignArgs, SubmitArgs, VoteArgs,
    VoteChoice,
};
use crate::output::{Failure, Output};

/// Runs `comity propose`.
pub(crate) fn propose(args: &ProposeArgs, output: &Output) -> Result<(), Failure> {
    let mut actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let matter = matter(args, founded)?;
    let changes = changes(args, founded)?;
    if matter.is_none() && changes.iter().all(|change| change.old == change.new) {
        return Err(Failure::usage("nothing would change"));
    }
    let listed = words::list(&changes);
    let amended = args.amends.as_ref();
    let amended = amended
        .map(|text| find_proposal(founded, text))
        .transpose()?;
    // An amendment is decided with what it amends.
    let deadline = match amended {
        Some(amended) => amended.proposal.deadline,
        None => now(founded).plus(args.deadline),
    };
    let mut proposal = acts::proposal(founded, changes, &args.reason, deadline);
    proposal.matter = matter;
    proposal.amends = amended.map(|amended| amended.id);
    let found = checks(args, founded, &proposal)?;
    let Some(done) = actor.file(&proposal, output)? else {
        return Ok(());
    };
    let mut text = format!(
        "Proposal {} is {}; its deadline is {deadline}.\n{listed}",
        done.id,
        done.place()
    );
    let mut proposed = Proposed {
        done,
        findings: None,
    };
    if let Some(found) = found {
        text.push_str(&found.text());
        if proposed.done.act.is_some() {
            actor.refresh()?;
            let act = found.act(actor.founded()?, proposed.done.id);
            let filed = actor.file(&act, output)?;
            proposed.findings = filed.and_then(|done| done.act);
            text.push_str("These findings are attached to it.");
        } else {
            text.push_str(
                "They are not attached: the ledger has no proposal yet to attach them to.",
            );
        }
    }
    output.print(&proposed, text);
    Ok(())
}

/// A proposal that was taken, and the findings beside it.
#[derive(Serialize)]
struct Proposed {
    #[serde(flatten)]
    done: Done,
    /// Position of the act with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<u64>,
}

/// What the name servers of changed delegations say, before anything is
/// filed. Papers are made on machines that may have no network.
fn checks(
    args: &ProposeArgs,
    founded: &Founded,
    proposal: &Proposal,
) -> Result<Option<Findings>, Failure> {
    if args.no_checks || args.actor.prepare.is_some() {
        return Ok(None);
    }
    let planned = Planned::of(&founded.contents, &proposal.changes);
    let found = findings::look(&planned, &args.asking)?;
    let failed: Vec<String> = found
        .iter()
        .flat_map(Findings::failed)
        .map(ToString::to_string)
        .collect();
    match &found {
        Some(found) if !failed.is_empty() && !args.despite_findings => {
            let text = format!(
                "{}not proposed: checks failed for {}. Mend it, or propose it with \
                 --despite-findings, or --no-checks where its servers cannot be asked from here",
                found.text(),
                failed.join(", ")
            );
            Err(Failure::rule("checks", text))
        }
        _ => Ok(found),
    }
}

/// What else a proposal is about than the zone.
fn matter(args: &ProposeArgs, founded: &Founded) -> Result<Option<Matter>, Failure> {
    if let Some(text) = &args.admit {
        let wrong = || Failure::Usage(format!("--admit {text}: give NAME=CARD"));
        let (name, path) = text.split_once('=').ok_or_else(wrong)?;
        let key = read_card(Path::new(path))?.key;
        let name = name.to_string();
        return Ok(Some(Matter::Admission(FoundingMember { name, key })));
    }
    let Some(path) = &args.charter else {
        return Ok(None);
    };
    let file = CharterFile::read(path)?;
    if file.zone != *founded.contents.origin() || file.kind != founded.kind {
        let text = "the charter is for another zone, or another kind of zone";
        return Err(Failure::rule("charter", text));
    }
    Ok(Some(Matter::Charter(file.charter())))
}

/// The changes of the zone, with what must stay as it is.
fn changes(args: &ProposeArgs, founded: &Founded) -> Result<Vec<Change>, Failure> {
    let mut wanted = wanted_sets(&args.set)?;
    for text in &args.remove {
        wanted.extend(wanted_removal(founded, text)?);
    }
    let mut changes = acts::changes(founded, wanted);
    for text in &args.keep {
        let parts: Vec<_> = text.split_whitespace().collect();
        let [name, rtype] = parts[..] else {
            return Err(Failure::Usage(format!("--keep {text:?}: give 'NAME TYPE'")));
        };
        let kept = acts::unchanged(founded, &parse_name(name)?, parse_type(rtype)?);
        let none = || Failure::Usage(format!("--keep {text:?}: the zone has no such set"));
        changes.push(kept.ok_or_else(none)?);
    }
    changes.sort_by(|a, b| (&a.name, a.rtype).cmp(&(&b.name, b.rtype)));
    Ok(changes)
}

/// Runs `comity consent`.
pub(crate) fn consent(args: &ConsentArgs, output: &Output) -> Result<(), Failure> {
    if let Some(file) = &args.sign {
        let args = SignArgs {
            file: file.clone(),
            signer: args.signer.clone(),
            passphrase: args.passphrase.clone(),
        };
        return papers::sign(&args, output);
    }
    let no_ledger = || Failure::usage("give the ledger, with --ledger");
    let ledger = LedgerArgs {
        ledger: args.ledger.clone().ok_or_else(no_ledger)?,
        founding: args.founding,
    };
    if let Some(file) = &args.submit {
        let files = vec![file.clone()];
        let filing = args.filing.clone();
        let args = SubmitArgs {
            files,
            ledger,
            filing,
        };
        return papers::submit(&args, output);
    }
    let actor = Actor::open(&ActorArgs {
        ledger,
        signer: args.signer.clone(),
        prepare: args.prepare.clone(),
        filing: args.filing.clone(),
        passphrase: args.passphrase.clone(),
    })?;
    consent_to(args, &actor, output)
}

fn consent_to(args: &ConsentArgs, actor: &Actor, output: &Output) -> Result<(), Failure> {
    let founded = actor.founded()?;
    let proposal = find_proposal(founded, args.proposal.as_deref().unwrap_or_default())?;
    let until = until(args.valid, founded, proposal);
    let consent = match &args.holder {
        Some(named) => {
            let holder = find_holder(founded, named)?;
            acts::consent(founded, proposal, holder, until)
        }
        None => consent_of_whom(founded, proposal, actor, until)?,
    };
    let consent = consent.ok_or_else(|| {
        let text = format!("proposal {} touches no name of this holder", proposal.id);
        Failure::rule("not-holder", text)
    })?;
    let names: Vec<_> = consent
        .names
        .iter()
        .map(|consented| consented.name.to_string())
        .collect();
    let Some(done) = actor.file(&consent, output)? else {
        return Ok(());
    };
    let text = format!(
        "Consented for {}, good until {until}; {}. The proposal {}:\n{}",
        names.join(", "),
        done.place(),
        proposal.id,
        words::list(&proposal.proposal.changes)
    );
    output.print(&done, text);
    Ok(())
}

/// The consent of the one holder that has the key; without a key, of the one
/// holder that the proposal touches.
/// A consent must count when the proposal is decided: after its close, and
/// whatever delay its holders chose.
fn until(valid: Option<u64>, founded: &Founded, proposal: &ProposalState) -> Time {
    const DAY_S: u64 = 86_400;
    let now = now(founded);
    if let Some(valid_s) = valid {
        return now.plus(valid_s);
    }
    let deadline = proposal.proposal.deadline;
    let close = founded.close(proposal).unwrap_or(deadline).max(deadline);
    let requirement = founded.requirement_of(&proposal.proposal);
    let requirement = requirement.unwrap_or_default();
    let holders = requirement.consents.values();
    let delays = holders.filter_map(|holder| founded.holders.get(holder));
    let delay_s = delays.map(|holder| holder.keys.delay_s).max();
    let needed = close.max(now).plus(delay_s.unwrap_or_default() + DAY_S);
    needed.max(now.plus(7 * DAY_S))
}

fn consent_of_whom(
    founded: &Founded,
    proposal: &ProposalState,
    actor: &Actor,
    until: Time,
) -> Result<Option<Consent>, Failure> {
    let holders: Vec<HolderId> = match actor.key() {
        Some(key) => founded.holders_with(key).collect(),
        None => founded.holders.keys().copied().collect(),
    };
    let consents = holders.into_iter();
    let consents = consents.filter_map(|holder| acts::consent(founded, proposal, holder, until));
    let consents: Vec<_> = consents.collect();
    match consents.len() {
        0 | 1 => Ok(consents.into_iter().next()),
        several => Err(Failure::Usage(format!(
            "{several} holders could consent; say which with --holder"
        ))),
    }
}

/// Runs `comity vote`.
pub(crate) fn vote(args: &VoteArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let proposal = find_proposal(founded, &args.proposal)?;
    let vote = match args.vote {
        VoteChoice::For => act::Vote::For,
        VoteChoice::Against => act::Vote::Against,
        VoteChoice::Abstain => act::Vote::Abstain,
    };
    let needs = founded.requirement_of(&proposal.proposal);
    let ballot = acts::ballot(founded, proposal.id, vote);
    let Some(done) = actor.file(&ballot, output)? else {
        return Ok(());
    };
    let mut text = format!("Voted on proposal {}; {}.", proposal.id, done.place());
    for name in needs.unwrap_or_default().consents.keys() {
        text.push_str(&format!(
            "\n{name} is held: whatever the tally, it changes only with its holder's consent."
        ));
    }
    output.print(&done, text);
    Ok(())
}

/// Runs `comity declare`.
pub(crate) fn declare(args: &DeclareArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let to = match args.to.as_str() {
        "charter" => founded.ledger,
        text => find_proposal(founded, text)?.id,
    };
    let declaration = acts::declaration(founded, to, &args.text);
    if let Some(done) = actor.file(&declaration, output)? {
        let text = format!("Declaration {} is {}.", done.id, done.place());
        output.print(&done, text);
    }
    Ok(())
}

/// Gathers records into sets: all that name one owner and type are one set.
fn wanted_sets(records: &[String]) -> Result<Vec<Wanted>, Failure> {
    let mut sets: BTreeMap<SetKey, RecordSet> = BTreeMap::new();
    for text in records {
        let wrong = || Failure::Usage(format!("--set {text:?}: give 'NAME TTL TYPE DATA'"));
        let mut parts = text.split_whitespace();
        let (name, ttl, rtype) = (parts.next(), parts.next(), parts.next());
        let (Some(name), Some(ttl), Some(rtype)) = (name, ttl, rtype) else {
            return Err(wrong());
        };
        let (name, rtype) = (parse_name(name)?, parse_type(rtype)?);
        let ttl = ttl.parse().map_err(|_| wrong())?;
        let data = parts.collect::<Vec<_>>().join(" ");
        let data = Rdata::from_text(rtype, &data)
            .map_err(|error| Failure::Usage(format!("--set {text:?}: {error}")))?;
        match sets.get_mut(&SetKey {
            owner: name.clone(),
            rtype,
        }) {
            Some(set) if set.ttl != ttl => {
                return Err(Failure::Usage(format!(
                    "--set {text:?}: one set has one TTL"
                )));
            }
            Some(set) => {
                set.data.insert(data);
            }
            None => {
                sets.insert(SetKey { owner: name, rtype }, RecordSet::of_one(ttl, data));
            }
        }
    }
    let wanted = sets.into_iter();
    Ok(wanted
        .map(|(key, set)| Wanted {
            name: key.owner,
            rtype: key.rtype,
            new: Some(set),
        })
        .collect())
}

fn wanted_removal(founded: &Founded, text: &str) -> Result<Vec<Wanted>, Failure> {
    let parts: Vec<_> = text.split_whitespace().collect();
    match parts[..] {
        [name] => Ok(acts::removal(founded, &parse_name(name)?)),
        [name, rtype] => {
            let (name, rtype) = (parse_name(name)?, parse_type(rtype)?);
            Ok(vec![Wanted {
                name,
                rtype,
                new: None,
            }])
        }
        _ => Err(Failure::Usage(format!(
            "--remove {text:?}: give 'NAME' or 'NAME TYPE'"
        ))),
    }
}

fn parse_name(text: &str) -> Result<Name, Failure> {
    text.parse()
        .map_err(|error| Failure::Usage(format!("{text:?}: {error}")))
}

fn parse_type(text: &str) -> Result<Rtype, Failure> {
    text.parse()
        .map_err(|_| Failure::Usage(format!("{text:?} is not a record type")))
}
