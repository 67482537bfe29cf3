//! What holds for all changes of a delegation, and of a version: a delegation is
//! held whole, a hold by the difference alone lasts no longer than caches do, a
//! change that takes another back is no theft, and what one operator does to many
//! names at once is one finding.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::evidence::{Consent, has_moved};
use super::judgement::{Batch, Judgement, Release, Verdict};
use super::reading::Reading;
use super::reason::Reason;
use super::rules::{Ruling, finding, servers, types};
use super::{Judging, concerned};
use crate::basic::Time;
use crate::check::Subject;
use crate::check::subject::address;
use crate::explain::{ChangeType, Explanation};
use crate::zone::{Change, Contents, Name, RecordSet};

/// From a verdict on each change by itself to judgements.
pub(super) fn conclude(judging: &Judging<'_>, rulings: Vec<Ruling>) -> Vec<Judgement> {
    let explanations = &judging.case.explained.explanations;
    let pairs = explanations.iter().zip(rulings);
    let lowered: Vec<(&Explanation, Ruling)> = pairs
        .map(|(it, ruling)| {
            (
                it,
                unless_stale(judging, it, unless_back(judging, it, ruling)),
            )
        })
        .collect();
    let held: BTreeSet<&Name> = lowered
        .iter()
        .filter(|(_, ruling)| ruling.verdict == Verdict::Held)
        .flat_map(|(it, _)| held_names(judging, it))
        .collect();
    let whole: Vec<(&Explanation, Ruling)> = lowered
        .into_iter()
        .map(|(it, ruling)| (it, with_delegation(judging, it, ruling, &held)))
        .collect();
    let batches = batches(judging, &whole);
    let judgements = whole.into_iter().zip(batches);
    let judgements = judgements.map(|((it, ruling), batch)| judgement(judging, it, ruling, batch));
    judgements.collect()
}

fn judgement(
    judging: &Judging<'_>,
    explanation: &Explanation,
    ruling: Ruling,
    batch: Option<Batch>,
) -> Judgement {
    let case = judging.case;
    let Ruling { verdict, findings } = ruling;
    let is_blind = findings
        .iter()
        .any(|it| it.reason == Reason::EvidenceMissing);
    let due = match is_blind {
        true => case.now.plus(case.policy.alarm_seconds),
        false => case.now,
    };
    Judgement {
        name: explanation.name.clone(),
        change: explanation.change,
        verdict,
        findings,
        due: (verdict == Verdict::Alarmed).then_some(due),
        until: (verdict == Verdict::Held).then(|| held_until(judging, explanation)),
        releases: releases(verdict, explanation.change),
        batch,
    }
}

/// Of whose old state nothing was learnt: a hold must not outlast the caches,
/// which keep that state for its TTL whatever the zone says. A delegation is held
/// whole, so that the shortest TTL of what changes counts for all of it.
fn held_until(judging: &Judging<'_>, explanation: &Explanation) -> Time {
    let case = judging.case;
    let longest = case.now.plus(case.policy.hold_seconds);
    let names = concerned(explanation);
    let is_blind = |name: &&Name| judging.reading(name).is_some_and(Reading::is_blind);
    if !names.iter().any(is_blind) {
        return longest;
    }
    let all = case.explained.explanations.iter();
    let of_names = all.filter(|it| names.contains(&&it.name));
    let sets = of_names.chain([explanation]).flat_map(|it| &it.sets);
    let ttls = sets.filter_map(|set| set.old.as_ref()).map(|set| set.ttl);
    let ttl = ttls.min().unwrap_or_default();
    let seen = case.current_until.unwrap_or(case.now);
    longest.min(seen.plus(u64::from(ttl)))
}

/// Whether nobody has the old state in its caches any more.
fn unless_stale(judging: &Judging<'_>, explanation: &Explanation, ruling: Ruling) -> Ruling {
    let is_over = held_until(judging, explanation) <= judging.case.now;
    if ruling.verdict != Verdict::Held || !is_over {
        return ruling;
    }
    let name = &explanation.name;
    let text = format!("The old state of {name} was seen last longer ago than caches keep it.");
    let record = (name, types(explanation.change));
    let finding = finding(Reason::OldVersionStale, record, None, text);
    ruling.turned(Verdict::Alarmed, finding)
}

/// Whoever takes back what nobody proved takes nothing that was theirs for long.
/// What was proved is another matter: taking it back is a change like any other.
fn unless_back(judging: &Judging<'_>, explanation: &Explanation, ruling: Ruling) -> Ruling {
    let case = judging.case;
    let since = Time(case.now.0.saturating_sub(case.policy.history_seconds));
    let Some(past) = case.history.taken_back(explanation, since) else {
        return ruling;
    };
    let text = format!(
        "It takes back what version {} of {} did, which was {}.",
        past.serial, past.time, past.verdict
    );
    let record = (&explanation.name, types(explanation.change));
    let finding = finding(Reason::RevertsEarlier, record, None, text);
    let is_lowered = ruling.verdict == Verdict::Held
        && past.verdict != Verdict::Passed
        && !(concerned(explanation).iter()).any(|name| judging.consent(name) == Consent::Missing);
    match is_lowered {
        true => ruling.turned(Verdict::Alarmed, finding),
        false => Ruling {
            findings: ruling.findings.into_iter().chain([finding]).collect(),
            ..ruling
        },
    }
}

/// The delegations that are held where a change is.
fn held_names<'a>(judging: &Judging<'_>, explanation: &'a Explanation) -> Vec<&'a Name> {
    let case = judging.case;
    let mut names = concerned(explanation);
    if explanation.change == ChangeType::HostAddress {
        names.retain(|name| {
            has_moved(name, case.old.contents, case.new.contents)
                && servers::has_same_servers(judging, name)
        });
    }
    names
}

/// A delegation is held whole: old servers with a new DS set, or without their
/// addresses, would be a state that nobody ever published.
fn with_delegation(
    judging: &Judging<'_>,
    explanation: &Explanation,
    ruling: Ruling,
    held: &BTreeSet<&Name>,
) -> Ruling {
    let broken = |name: &&Name| judging.reading(name).is_some_and(Reading::is_old_broken);
    let consents = |name: &&Name| judging.consent(name) == Consent::Given;
    let concerned = concerned(explanation);
    let is_host = explanation.change == ChangeType::HostAddress;
    let with = concerned.iter().find(|name| {
        held.contains(*name) && (!is_host || needs(judging.case.old.contents, name, explanation))
    });
    let Some(name) = with.filter(|_| ruling.verdict != Verdict::Held) else {
        return ruling;
    };
    if concerned.iter().any(broken) || concerned.iter().all(consents) {
        return ruling;
    }
    let text = format!("Another change of {name} is held, and a delegation is held whole.");
    let record = (&explanation.name, types(explanation.change));
    let finding = finding(Reason::HeldWithDelegation, record, None, text);
    ruling.turned(Verdict::Held, finding)
}

/// Whether a name's old servers need the old addresses of this host.
fn needs(old: &Contents, name: &Name, explanation: &Explanation) -> bool {
    let delegation = old.delegation(name);
    let is_named = delegation.is_some_and(|it| it.ns.targets().any(|it| it == explanation.name));
    is_named && !explanation.sets.iter().any(servers::keeps_one)
}

fn releases(verdict: Verdict, change: ChangeType) -> Vec<Release> {
    let all: &[Release] = match change {
        ChangeType::Apex | ChangeType::Added => &[Release::UpstreamReverts, Release::Operator],
        ChangeType::Removed => &[
            Release::Consent,
            Release::OldStateBreaks,
            Release::UpstreamReverts,
            Release::Operator,
        ],
        ChangeType::NsPartial
        | ChangeType::NsRenamed
        | ChangeType::NsReplaced
        | ChangeType::DsFirst
        | ChangeType::DsPartial
        | ChangeType::DsReplaced
        | ChangeType::DsWithdrawn
        | ChangeType::HostAddress => &[
            Release::Consent,
            Release::ChildAnnounces,
            Release::OldStateBreaks,
            Release::UpstreamReverts,
            Release::Operator,
        ],
    };
    match verdict {
        Verdict::Passed => Vec::new(),
        Verdict::Alarmed | Verdict::Held => all.to_vec(),
    }
}

/// Where a name server is: a network, or its name where the zone has no address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Network(IpAddr),
    Host(Name),
}

/// By what names change alike: the change, its verdict, what goes and what comes.
type Likeness = (ChangeType, Verdict, BTreeSet<Mark>, BTreeSet<Mark>);

fn batches(judging: &Judging<'_>, all: &[(&Explanation, Ruling)]) -> Vec<Option<Batch>> {
    let likenesses = all
        .iter()
        .map(|(it, ruling)| likeness(judging, it, ruling.verdict));
    let likenesses: Vec<Option<Likeness>> = likenesses.collect();
    let mut batches: BTreeMap<&Likeness, Batch> = BTreeMap::new();
    for ((explanation, _), likeness) in all.iter().zip(&likenesses) {
        if let Some(likeness) = likeness {
            let batch = batches.entry(likeness).or_insert_with(|| Batch {
                first: explanation.name.clone(),
                names: 0,
            });
            batch.names += 1;
        }
    }
    let batch = |likeness: &Option<Likeness>| {
        let batch = batches.get(likeness.as_ref()?)?;
        (batch.names > 1).then(|| batch.clone())
    };
    likenesses.iter().map(batch).collect()
}

fn likeness(
    judging: &Judging<'_>,
    explanation: &Explanation,
    verdict: Verdict,
) -> Option<Likeness> {
    let (old, new) = (judging.case.old.contents, judging.case.new.contents);
    let change = explanation.change;
    let (before, after) = match change {
        ChangeType::Apex => return None,
        ChangeType::HostAddress => (
            networks(explanation, |set| set.old.as_ref()),
            networks(explanation, |set| set.new.as_ref()),
        ),
        ChangeType::DsFirst
        | ChangeType::DsPartial
        | ChangeType::DsReplaced
        | ChangeType::DsWithdrawn => (marks(old, &explanation.name), BTreeSet::new()),
        ChangeType::Added
        | ChangeType::Removed
        | ChangeType::NsPartial
        | ChangeType::NsRenamed
        | ChangeType::NsReplaced => (marks(old, &explanation.name), marks(new, &explanation.name)),
    };
    let is_empty = before.is_empty() && after.is_empty();
    (!is_empty).then_some((change, verdict, before, after))
}

fn marks(zone: &Contents, name: &Name) -> BTreeSet<Mark> {
    let Some(subject) = Subject::of(zone, name) else {
        return BTreeSet::new();
    };
    let marks = subject
        .ns
        .iter()
        .flat_map(|host| match subject.glue.get(host) {
            Some(glue) => glue.iter().map(|it| Mark::Network(network(*it))).collect(),
            None => Vec::from([Mark::Host(host.clone())]),
        });
    marks.collect()
}

fn networks(
    explanation: &Explanation,
    side: impl Fn(&Change) -> Option<&RecordSet>,
) -> BTreeSet<Mark> {
    let mut networks = BTreeSet::new();
    for set in &explanation.sets {
        let data = side(set).into_iter().flat_map(|set| &set.data);
        let addresses = data.filter_map(|data| address(set.rtype, data));
        networks.extend(addresses.map(|it| Mark::Network(network(it))));
    }
    networks
}

/// The network that an address is announced in: 24 bits of IPv4, 48 of IPv6, which
/// are the longest that are.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
    }
}
