//! `comity propose`, `consent` and `vote`: acts of people. Each follows the
//! ledger first, so that what is signed is what this machine verified.

use std::collections::BTreeMap;

use comity_core::act::{self, json::Payload};
use comity_core::basic::{Digest, Time};
use comity_core::state::{Founded, ProposalState};
use comity_core::zone::{Change, Name, Rdata, RecordSet, Rtype, SetKey};
use comity_member::acts::{self, Wanted};
use comity_member::home::Home;
use comity_member::link::{Link, LinkError};
use comity_mirror::clock;
use comity_mirror::follow::Follower;
use comity_sign::identity::Identity;
use serde::Serialize;

use super::{follow, passphrase};
use crate::args::{ActorArgs, ConsentArgs, ProposeArgs, VoteArgs, VoteChoice};
use crate::output::{Failure, Output};

/// Who acts, with the ledger that it verified itself.
struct Actor {
    secretariat: String,
    follower: Follower,
    identity: Identity,
}

/// An act that the secretariat took.
#[derive(Serialize)]
struct Done {
    id: Digest,
    act: u64,
}

/// Runs `comity propose`.
pub(crate) fn propose(args: &ProposeArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let mut wanted = wanted_sets(&args.set)?;
    for text in &args.remove {
        wanted.extend(wanted_removal(founded, text)?);
    }
    let changes = acts::changes(founded, wanted);
    if changes.is_empty() {
        return Err(Failure::usage("nothing would change"));
    }
    let listed = list(&changes);
    let deadline = now(founded).plus(args.deadline);
    let proposal = acts::proposal(founded, changes, &args.reason, deadline);
    let done = actor.submit(&proposal)?;
    let text = format!(
        "Proposal {} is act {}; its deadline is {deadline}.\n{listed}",
        done.id, done.act
    );
    output.print(&done, text);
    Ok(())
}

/// Runs `comity consent`.
pub(crate) fn consent(args: &ConsentArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let proposal = find(founded, &args.proposal)?;
    let until = now(founded).plus(args.valid);
    let mut holders = founded.holders_with(actor.identity.public());
    let consent = holders.find_map(|holder| acts::consent(founded, proposal, holder, until));
    let consent = consent.ok_or_else(|| {
        let text = format!("proposal {} touches no name of this holder", proposal.id);
        Failure::rule("not-holder", text)
    })?;
    let names: Vec<_> = consent
        .names
        .iter()
        .map(|consented| consented.name.to_string())
        .collect();
    let done = actor.submit(&consent)?;
    let text = format!(
        "Consented for {}, good until {until}; act {}. The proposal {}:\n{}",
        names.join(", "),
        done.act,
        proposal.id,
        list(&proposal.proposal.changes)
    );
    output.print(&done, text);
    Ok(())
}

/// Runs `comity vote`.
pub(crate) fn vote(args: &VoteArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(&args.actor)?;
    let founded = actor.founded()?;
    let proposal = find(founded, &args.proposal)?;
    let vote = match args.vote {
        VoteChoice::For => act::Vote::For,
        VoteChoice::Against => act::Vote::Against,
        VoteChoice::Abstain => act::Vote::Abstain,
    };
    let needs = founded.requirement_of(&proposal.proposal);
    let done = actor.submit(&acts::ballot(founded, proposal.id, vote))?;
    let mut text = format!("Voted on proposal {}; act {}.", proposal.id, done.act);
    for name in needs.unwrap_or_default().consents.keys() {
        text.push_str(&format!(
            "\n{name} is held: whatever the tally, it changes only with its holder's consent."
        ));
    }
    output.print(&done, text);
    Ok(())
}

impl Actor {
    /// Opens the actor's key and follows the ledger to its head.
    fn open(args: &ActorArgs) -> Result<Self, Failure> {
        let secretariat = args.ledger.ledger.clone();
        if !secretariat.starts_with("http://") && !secretariat.starts_with("https://") {
            let text = "acts are put into a drop box: give the secretariat's URL as --ledger";
            return Err(Failure::usage(text));
        }
        let passphrase = passphrase::read(&args.passphrase)?;
        let identity = Home::new(&args.home)
            .identity(&passphrase)
            .map_err(Failure::world)?;
        Ok(Self {
            secretariat,
            follower: follow(&args.ledger)?,
            identity,
        })
    }

    fn founded(&self) -> Result<&Founded, Failure> {
        self.follower
            .state()
            .founded()
            .map_err(|refusal| Failure::rule(refusal.rule(), refusal))
    }

    /// Signs an act and puts it into the drop box.
    fn submit<P: Payload>(&self, payload: &P) -> Result<Done, Failure> {
        let entry = self.identity.signed(payload).to_octets();
        let accepted =
            Link::new(&self.secretariat)
                .submit_act(&entry)
                .map_err(|error| match error {
                    // No rule says no: the secretariat cannot write.
                    LinkError::Refused { rule, text } if rule == "ledger" => Failure::world(text),
                    LinkError::Refused { rule, text } => {
                        Failure::rule(&rule, format!("refused: {text}"))
                    }
                    LinkError::Unreachable { .. }
                    | LinkError::Busy { .. }
                    | LinkError::Malformed { .. } => Failure::world(error),
                })?;
        Ok(Done {
            id: accepted.id,
            act: accepted.position,
        })
    }
}

/// The time from which deadlines count: the clock, which is ahead of ledger
/// time, unless this machine's is slow.
fn now(founded: &Founded) -> Time {
    clock::now().max(founded.time.unwrap_or_default())
}

/// Changes as people read them, a line each.
fn list(changes: &[Change]) -> String {
    let values = |rtype: Rtype, set: &Option<RecordSet>| {
        set.as_ref().map_or_else(
            || "nothing".to_string(),
            |set| {
                let data: Vec<_> = set.data.iter().map(|data| data.to_text(rtype)).collect();
                data.join(", ")
            },
        )
    };
    let mut text = String::new();
    for change in changes {
        let operation = change.operation().map_or("NOC".into(), |it| it.to_string());
        let (name, rtype) = (&change.name, change.rtype);
        let (old, new) = (values(rtype, &change.old), values(rtype, &change.new));
        text.push_str(&format!("  {operation} {name} {rtype}: {old} -> {new}\n"));
    }
    text
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
