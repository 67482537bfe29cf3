//! `comity propose`, `consent` and `vote`: acts of people. Each follows the
//! ledger first, so that what is signed is what this machine verified.

use std::collections::BTreeMap;

use comity_core::act::{self, Envelope};
use comity_core::basic::Time;
use comity_core::state::{Founded, ProposalState};
use comity_core::zone::{Name, Rdata, RecordSet, Rtype, SetKey};
use comity_member::acts::{self, Wanted};
use comity_member::home::{self, Home};
use comity_member::link::{Accepted, Link, LinkError};
use comity_sign::identity::Identity;
use serde::Serialize;

use super::follow;
use crate::args::{ActorArgs, ConsentArgs, ProposeArgs, VoteArgs, VoteChoice};
use crate::output::{Failure, Output};

#[derive(Serialize)]
struct Done {
    id: comity_core::basic::Digest,
    act: u64,
}

/// Runs `comity propose`.
pub(crate) fn propose(args: &ProposeArgs, output: &Output) -> Result<(), Failure> {
    let (follower, identity) = open(&args.actor)?;
    let founded = follower
        .state()
        .founded()
        .map_err(|r| Failure::rule(r.rule(), r))?;
    let mut wanted = wanted_sets(&args.set)?;
    for text in &args.remove {
        wanted.extend(wanted_removal(founded, text)?);
    }
    let changes = acts::changes(founded, wanted);
    if changes.is_empty() {
        return Err(Failure::usage("nothing would change"));
    }
    let now = founded
        .time
        .ok_or_else(|| Failure::rule("no-time", "the ledger has no time yet"))?;
    // The deadline counts from the clock, which is ahead of ledger time.
    let now = Time(now.0.max(clock_s()));
    let proposal = acts::proposal(founded, changes, &args.reason, now.plus(args.deadline));
    let done = submit(&args.actor, &acts::sign(&proposal, &identity))?;
    let text = format!(
        "Proposal {} is act {}. Its deadline is {}.",
        done.id, done.position, proposal.deadline
    );
    output.print(
        &Done {
            id: done.id,
            act: done.position,
        },
        text,
    );
    Ok(())
}

/// Runs `comity consent`.
pub(crate) fn consent(args: &ConsentArgs, output: &Output) -> Result<(), Failure> {
    let (follower, identity) = open(&args.actor)?;
    let founded = follower
        .state()
        .founded()
        .map_err(|r| Failure::rule(r.rule(), r))?;
    let proposal = find(founded, &args.proposal)?;
    let now = Time(founded.time.unwrap_or_default().0.max(clock_s()));
    let consent =
        acts::consent(founded, proposal, &identity, now.plus(args.valid)).ok_or_else(|| {
            let text = format!("proposal {} touches no name of this holder", proposal.id);
            Failure::rule("not-holder", text)
        })?;
    let names: Vec<_> = consent
        .names
        .iter()
        .map(|name| name.name.to_string())
        .collect();
    let done = submit(&args.actor, &acts::sign(&consent, &identity))?;
    let text = format!(
        "Consented to proposal {} for {}; act {}, good until {}.",
        proposal.id,
        names.join(", "),
        done.position,
        consent.until
    );
    output.print(
        &Done {
            id: done.id,
            act: done.position,
        },
        text,
    );
    Ok(())
}

/// Runs `comity vote`.
pub(crate) fn vote(args: &VoteArgs, output: &Output) -> Result<(), Failure> {
    let (follower, identity) = open(&args.actor)?;
    let founded = follower
        .state()
        .founded()
        .map_err(|r| Failure::rule(r.rule(), r))?;
    let proposal = find(founded, &args.proposal)?;
    let vote = match args.vote {
        VoteChoice::For => act::Vote::For,
        VoteChoice::Against => act::Vote::Against,
        VoteChoice::Abstain => act::Vote::Abstain,
    };
    let requirement = founded
        .requirement(&proposal.proposal.changes)
        .unwrap_or_default();
    let ballot = acts::ballot(founded, proposal.id, vote);
    let done = submit(&args.actor, &acts::sign(&ballot, &identity))?;
    let mut text = format!("Voted on proposal {}; act {}.", proposal.id, done.position);
    for name in requirement.consents.keys() {
        text.push_str(&format!(
            "\n{name} is held: whatever the tally, it changes only with its holder's consent."
        ));
    }
    output.print(
        &Done {
            id: done.id,
            act: done.position,
        },
        text,
    );
    Ok(())
}

fn open(actor: &ActorArgs) -> Result<(comity_mirror::follow::Follower, Identity), Failure> {
    let passphrase = home::passphrase(actor.passphrase.passphrase_file.as_deref());
    let identity = Home::new(&actor.home)
        .identity(&passphrase.map_err(Failure::world)?)
        .map_err(Failure::world)?;
    Ok((follow(&actor.ledger)?, identity))
}

fn submit(actor: &ActorArgs, envelope: &Envelope) -> Result<Accepted, Failure> {
    let base = &actor.ledger.ledger;
    if !base.starts_with("http") {
        let text = "acts are put into a drop box: give the secretariat's URL as --ledger";
        return Err(Failure::usage(text));
    }
    Link::new(base)
        .submit_act(&envelope.to_octets())
        .map_err(|error| match error {
            LinkError::Refused { rule, text } => Failure::rule(&rule, format!("refused: {text}")),
            LinkError::Unreachable { .. } | LinkError::Malformed { .. } => Failure::world(error),
        })
}

fn find<'a>(founded: &'a Founded, text: &str) -> Result<&'a ProposalState, Failure> {
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

fn clock_s() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
