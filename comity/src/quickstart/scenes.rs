//! Three scenes: a holder changes its own name with its own key; a majority
//! tries to take away somebody else's; a bloc leaves the table, and the name of
//! one of its own stays in its hand.

use std::time::Instant;

use comity_core::zone::{Change, Contents, Name, Place};
use serde::Serialize;

use super::dns;
use super::founding::{FoundedZone, party};
use super::parties::Parties;
use super::stage::{Stages, rounded};
use crate::output::Failure;

/// Names to play with, in the sample and in the real root.
const OWN: [&str; 3] = ["harbour.", "be.", "ch."];
const VICTIMS: [&str; 4] = ["atoll.", "ai.", "cd.", "tr."];

/// Who plays.
pub(super) struct Cast {
    /// The name whose holder changes it.
    pub own: Name,
    /// The name that is to be cut off.
    pub victim: Name,
}

/// What a scene came to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Scene {
    /// The name.
    pub name: String,
    /// The proposal's id.
    pub proposal: String,
    /// Who proposed.
    pub by: String,
    /// `adopted`, `rejected` or `lapsed`.
    pub result: String,
    /// The rule that gave the result.
    pub rule: String,
    /// Ballots for and against.
    pub votes: (u32, u32),
    /// How long it took.
    pub seconds: f64,
}

impl Cast {
    /// Chooses two delegated names of the zone.
    pub(super) fn choose(contents: &Contents) -> Result<Self, Failure> {
        let own = pick(contents, &OWN, |_| true);
        let own = own.ok_or_else(|| Failure::usage("the zone delegates no name"))?;
        let victim = pick(contents, &VICTIMS, |name| {
            *name != own && removable(contents, name)
        });
        let victim = victim.ok_or_else(|| {
            Failure::usage("the zone has no second name that could be cut off: nothing to show")
        })?;
        Ok(Self { own, victim })
    }

    /// The held names.
    pub(super) fn held(&self) -> impl Iterator<Item = &Name> {
        [&self.own, &self.victim].into_iter()
    }

    /// The party that holds a name.
    pub(super) fn party(name: &Name) -> String {
        format!("holders/{}", name.to_string().trim_end_matches('.'))
    }
}

/// The first of these names that fits, or else the first delegation that does.
fn pick(contents: &Contents, names: &[&str], fits: impl Fn(&Name) -> bool) -> Option<Name> {
    let preferred = names.iter().filter_map(|name| name.parse::<Name>().ok());
    let preferred = preferred.filter(|name| contents.delegation(name).is_some());
    let any = contents.delegations().map(|(name, _)| name.clone());
    preferred.chain(any).find(fits)
}

/// Whether a name could be removed without taking others' hosts along.
fn removable(contents: &Contents, name: &Name) -> bool {
    let below = contents
        .sets()
        .filter(|(key, _)| match contents.place(&key.owner, key.rtype) {
            Place::Delegation(cut) | Place::Host(cut) => cut == *name,
            Place::Apex | Place::Inside | Place::Derived => false,
        });
    let changes: Vec<_> = below
        .map(|(key, set)| Change {
            name: key.owner,
            rtype: key.rtype,
            old: Some(set.clone()),
            new: None,
        })
        .collect();
    contents.with(&changes).is_ok()
}

/// A holder adds a name server to its own name.
pub(super) fn own_change(
    founded: &FoundedZone,
    parties: &Parties,
    stages: &Stages,
) -> Result<Scene, Failure> {
    let name = &founded.cast.own;
    let stage = stages.begin("a holder changes its own name");
    let scene = add_server(founded, parties, name)?;
    stage.end(&format!(
        "{name} has a new name server by its holder's key alone; served {:.1} s after the proposal",
        scene.seconds
    ));
    Ok(scene)
}

/// As many members leave as can without stopping the others, two at most; the
/// holder that was to be cut off then changes its name. None where all are
/// needed to sign.
pub(super) fn walk_out(
    founded: &FoundedZone,
    parties: &Parties,
    stages: &Stages,
) -> Result<Option<Scene>, Failure> {
    let spare = founded.members.len() - usize::from(founded.threshold);
    let leaving: Vec<&String> = founded.members.iter().rev().take(spare.min(2)).collect();
    if leaving.is_empty() {
        return Ok(None);
    }
    let stage = stages.begin("a bloc walks out and keeps its names");
    for member in &leaving {
        let home = home_of(parties, member);
        let depart = ["member", "depart", "--as", &home, "--reason", "Out-voted"];
        act(founded, parties, &party(member), &depart)?;
    }
    let name = &founded.cast.victim;
    let scene = add_server(founded, parties, name)?;
    let left: Vec<_> = leaving.iter().map(|member| member.as_str()).collect();
    stage.end(&format!(
        "{} left; {} members go on and sign. {name} is still its holder's, who gave it a new name \
         server; served {:.1} s after the proposal",
        left.join(" and "),
        founded.members.len() - leaving.len(),
        scene.seconds
    ));
    Ok(Some(scene))
}

/// The holder of a name gives it one more name server.
fn add_server(founded: &FoundedZone, parties: &Parties, name: &Name) -> Result<Scene, Failure> {
    let holder = Cast::party(name);
    let host = format!("quickstart.{name}");
    let mut sets = vec![format!("{host} 172800 A 192.0.2.253")];
    let servers = dns::name_servers(founded.dns, name);
    let servers = servers.ok_or_else(|| Failure::world("the mirror gave no referral"))?;
    sets.extend(
        servers
            .iter()
            .chain([&host])
            .map(|ns| format!("{name} 172800 NS {ns}")),
    );
    let home = parties.home(&holder).display().to_string();
    let mut propose = vec!["propose", "--as", &home, "--reason", "One more name server"];
    // The server's address is one for documentation: nobody answers there.
    propose.push("--no-checks");
    propose.extend(sets.iter().flat_map(|set| ["--set", set.as_str()]));
    let started = Instant::now();
    let proposal = act(founded, parties, &holder, &propose)?;
    act(
        founded,
        parties,
        &holder,
        &["consent", &proposal, "--as", &home],
    )?;
    wait(parties, || {
        let servers = dns::name_servers(founded.dns, name)?;
        servers.contains(&host).then_some(())
    })?;
    let seconds = rounded(started.elapsed());
    let scene = outcome(founded, &proposal, name, seconds)?;
    expect(&scene, "adopted")?;
    Ok(scene)
}

/// All members vote to take a held name away. `pace` is how long the change
/// before took, in seconds: the deadline must leave time for the ballots.
pub(super) fn cut_off(
    founded: &FoundedZone,
    parties: &Parties,
    stages: &Stages,
    pace: f64,
) -> Result<Scene, Failure> {
    let name = &founded.cast.victim;
    let stage = stages.begin("a majority tries to cut somebody off");
    let started = Instant::now();
    let proposer = &founded.members[0];
    let (home, removed) = (home_of(parties, proposer), name.to_string());
    let deadline = format!("{}s", deadline_s(founded, pace));
    let propose = ["propose", "--as", &home, "--remove", &removed];
    let propose = [
        &propose[..],
        &["--deadline", &deadline, "--reason", "Out-voted"],
    ]
    .concat();
    let proposal = act(founded, parties, &party(proposer), &propose)?;
    vote_for(founded, parties, &proposal)?;
    wait(parties, || outcome(founded, &proposal, name, 0.0).ok())?;
    let scene = outcome(founded, &proposal, name, rounded(started.elapsed()))?;
    expect(&scene, "lapsed")?;
    let still = dns::name_servers(founded.dns, name).is_some_and(|servers| !servers.is_empty());
    if !still {
        return Err(Failure::rule(
            "access",
            format!("{name} is no longer served"),
        ));
    }
    stage.end(&format!(
        "{} proposed to remove {name}; {} voted for, {} against; {}: its holder did not consent \
         [{}], and no tally replaces that. {name} is still served",
        scene.by, scene.votes.0, scene.votes.1, scene.result, scene.rule
    ));
    Ok(scene)
}

/// A deadline by which all members can have voted.
fn deadline_s(founded: &FoundedZone, pace: f64) -> u64 {
    let ballots = u64::try_from(founded.members.len()).unwrap_or(u64::MAX);
    // Two processors vote; a ballot takes less than the change did.
    3 + ballots.saturating_mul((pace * 1000.0) as u64) / 2000
}

/// All members vote at once, as they would.
fn vote_for(founded: &FoundedZone, parties: &Parties, proposal: &str) -> Result<(), Failure> {
    std::thread::scope(|scope| {
        let voters: Vec<_> = founded
            .members
            .iter()
            .map(|member| {
                scope.spawn(move || {
                    let home = home_of(parties, member);
                    let vote = ["vote", proposal, "for", "--as", &home];
                    act(founded, parties, &party(member), &vote)
                })
            })
            .collect();
        for voter in voters {
            match voter.join() {
                // With many members the deadline may come before the last ballot.
                Ok(Err(Failure::Rule { rule, .. })) if rule == "proposal-decided" => {}
                Ok(voted) => drop(voted?),
                Err(_) => return Err(Failure::world("a vote failed")),
            }
        }
        Ok(())
    })
}

fn home_of(parties: &Parties, member: &str) -> String {
    parties.home(&party(member)).display().to_string()
}

/// Runs an act's command and gives the act's id.
fn act(
    founded: &FoundedZone,
    parties: &Parties,
    party: &str,
    args: &[&str],
) -> Result<String, Failure> {
    let common = ["--ledger", &founded.http, "--founding", &founded.founding];
    let done = parties.command(&[args, &common].concat(), Some(party))?;
    done["id"]
        .as_str()
        .map(ToString::to_string)
        .ok_or_else(|| Failure::world("no act's id"))
}

pub(super) fn wait<T>(
    parties: &Parties,
    mut ready: impl FnMut() -> Option<T>,
) -> Result<T, Failure> {
    let started = Instant::now();
    loop {
        if let Some(value) = ready() {
            return Ok(value);
        }
        parties.go_on()?;
        if started.elapsed() > super::PATIENCE {
            let logs = parties.directory().join("logs");
            return Err(Failure::World(format!(
                "waited too long; see {}",
                logs.display()
            )));
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// What became of a proposal, if it is decided.
fn outcome(
    founded: &FoundedZone,
    proposal: &str,
    name: &Name,
    seconds: f64,
) -> Result<Scene, Failure> {
    let view = founded.view()?;
    let found = view
        .proposals
        .into_iter()
        .find(|known| known.id == proposal);
    let decided = found.and_then(|known| known.decision.map(|decision| (known.by, decision)));
    let (by, decision) = decided.ok_or_else(|| Failure::world("not decided yet"))?;
    Ok(Scene {
        name: name.to_string(),
        proposal: proposal.to_string(),
        by,
        result: decision.result,
        rule: decision.rule,
        votes: (decision.in_favour, decision.against),
        seconds,
    })
}

fn expect(scene: &Scene, result: &str) -> Result<(), Failure> {
    if scene.result == result {
        return Ok(());
    }
    let text = format!(
        "{}: {} by rule {}, expected {result}",
        scene.name, scene.result, scene.rule
    );
    Err(Failure::rule(&scene.rule, text))
}
