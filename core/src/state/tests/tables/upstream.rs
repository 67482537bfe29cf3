//! Upstream acts: what a threshold of members saw.

use std::collections::BTreeSet;
use std::string::ToString;
use std::vec::Vec;

use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::{Proposal, Upstream, json};
use crate::guard::Verdict::{self, Alarmed, Held, Passed};
use crate::limits;
use crate::message::{HeldName, Messages, SeenUpstream, UpstreamChanges};
use crate::refusal::tests::variants;
use crate::refusal::{FormatRefusal, Refusal, UpstreamRefusal};
use crate::state::tests::world::keys::signed;
use crate::state::tests::world::upstream::Saw;
use crate::state::tests::world::{Draft, Setting, World, member, public, stranger};
use crate::zone::samples::{name, record};
use crate::zone::{Change, Contents, RecordSet, Rtype, difference};

variants!(UpstreamRefusal: NoRoot, NotNewer, Seen, Verdict, Changes, Lacks);

/// How many rules about upstream there are.
pub(super) const RULES: usize = NAMES.len();

const RECORDED: u32 = 2_025_123_001;
const NEXT: u32 = RECORDED + 1;
const LU_GONE: &[(&str, Rtype)] = &[("lu.", Rtype::NS), ("ns.nic.lu.", Rtype::A)];

fn verdict(verdict: Verdict) -> Refusal {
    UpstreamRefusal::Verdict { verdict }.into()
}

fn changes() -> Refusal {
    UpstreamRefusal::Changes { serial: NEXT }.into()
}

fn seen_by(member: &str) -> Refusal {
    let member = member.to_string();
    UpstreamRefusal::Seen { member }.into()
}

fn not_newer(recorded: u32, found: u32) -> Refusal {
    UpstreamRefusal::NotNewer { recorded, found }.into()
}

const ROWS: &[Row<Upstream>] = &[
    (
        "names rules of another version",
        |_, act| act.payload.rules = 0,
        |_, _| FormatRefusal::Rules { found: 0 }.into(),
    ),
    (
        "names changes that are not there",
        |_, act| act.payload.changes = ELSEWHERE,
        |_, _| Refusal::BlobMissing { blob: ELSEWHERE },
    ),
    (
        "names words of members that are not there",
        |_, act| act.payload.seen = ELSEWHERE,
        |_, _| Refusal::BlobMissing { blob: ELSEWHERE },
    ),
    (
        "has changes as members' words",
        |_, act| act.payload.seen = act.payload.changes,
        |_, act| Refusal::BlobMalformed {
            blob: act.payload.changes,
        },
    ),
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by a member: the secretariat puts it together",
        |_, act| act.signers = [member(0)].into(),
        |_, _| not_entitled(0),
    ),
    (
        "has the word of somebody who is no member",
        |world, act| {
            let seen = world.seen(&world.version(&[], &[]), (0, Passed, &[]));
            let mut messages = messages(world, act);
            messages.messages.push(signed(&seen, &[stranger()]));
            act.payload.seen = world.put(json::encode(&messages));
        },
        |_, _| Refusal::NotEntitled {
            key: public(&stranger()),
        },
    ),
    (
        "has the word of a member that left",
        |world, _| {
            world.accept(&world.departure(0));
        },
        |_, _| not_entitled(0),
    ),
    (
        "has one member's word twice",
        |world, act| {
            let mut messages = messages(world, act);
            messages.messages.extend(messages.messages.first().cloned());
            act.payload.seen = world.put(json::encode(&messages));
        },
        |_, act| Refusal::BlobMalformed {
            blob: act.payload.seen,
        },
    ),
    (
        "has a member's word for another serial",
        |world, act| say(world, act, |seen| seen.serial += 1),
        |_, _| seen_by("borduria"),
    ),
    (
        "has a member's word for other contents",
        |world, act| say(world, act, |seen| seen.digest = ELSEWHERE),
        |_, _| seen_by("borduria"),
    ),
    (
        "has a member's word for another ledger",
        |world, act| say(world, act, |seen| seen.ledger = ELSEWHERE),
        |_, _| seen_by("borduria"),
    ),
    (
        "has a member's word that holds, and names nothing",
        |world, act| say(world, act, |seen| seen.verdict = Held),
        |_, _| seen_by("borduria"),
    ),
    (
        "has a member's word that names what it does not hold",
        |world, act| say(world, act, |seen| seen.held = held(&["lu."], 7)),
        |_, _| seen_by("borduria"),
    ),
    (
        "has a member's word with names out of order",
        |world, act| {
            say(world, act, |seen| {
                (seen.verdict, seen.held) = (Held, held(&["net.", "lu."], 7));
            });
        },
        |_, _| seen_by("borduria"),
    ),
    (
        "has a member's word with a reason that is too long",
        |world, act| {
            say(world, act, |seen| {
                let held = held(&["lu."], limits::UPSTREAM_REASON_OCTETS_MAX + 1);
                (seen.verdict, seen.held) = (Held, held);
            });
        },
        |_, _| seen_by("borduria"),
    ),
    (
        "has a member's word with too many names",
        |world, act| {
            say(world, act, |seen| {
                let names =
                    (0..=limits::UPSTREAM_HELD_NAMES_MAX).map(|at| std::format!("x{at:03}."));
                let names: Vec<_> = names.collect();
                let names: Vec<&str> = names.iter().map(|name| &**name).collect();
                (seen.verdict, seen.held) = (Held, held(&names, 7));
            });
        },
        |_, _| seen_by("borduria"),
    ),
    (
        "has fewer words than the threshold",
        |world, act| {
            let mut messages = messages(world, act);
            messages.messages.pop();
            act.payload.seen = world.put(json::encode(&messages));
        },
        |_, _| Refusal::TooFewSigners {
            signers: 2,
            needed: 3,
        },
    ),
    ("is what is recorded already", twice, |_, _| {
        not_newer(NEXT, NEXT)
    }),
    (
        "is older than what is recorded",
        |world, act| {
            for _ in 0..2 {
                let next = world.upstream();
                world.accept(&next);
            }
            let _ = act;
        },
        |_, _| not_newer(NEXT + 1, NEXT),
    ),
    (
        "says worse than the members do",
        |_, act| act.payload.verdict = Alarmed,
        |_, _| verdict(Passed),
    ),
    (
        "says better than the members do",
        |world, act| {
            let version = world.version(&[], &[]);
            let saw: &[Saw<'_>] = &[(0, Passed, &[]), (1, Passed, &[]), (2, Alarmed, &[])];
            *act = world.upstream_of(&version, saw, Passed);
        },
        |_, _| verdict(Alarmed),
    ),
    (
        "lets pass what one of a bare threshold holds",
        |world, act| {
            let version = world.version(&[], LU_GONE);
            let saw: &[Saw<'_>] = &[(0, Passed, &[]), (1, Passed, &[]), (2, Held, &["lu."])];
            *act = world.upstream_of(&version, saw, Passed);
        },
        |_, _| verdict(Held),
    ),
    (
        "leaves a change out",
        |world, act| {
            let version = world.version(&[], LU_GONE);
            *act = world.passed(&version);
            let mut changes = difference(world.recorded(), &version);
            changes.pop();
            act.payload.changes = world.put(json::encode(&UpstreamChanges { changes }));
        },
        |_, _| changes(),
    ),
    (
        "has a change too many",
        |world, act| {
            let version = world.version(&["new. 60 NS ns.new."], &[]);
            let changes = difference(world.recorded(), &version);
            act.payload.changes = world.put(json::encode(&UpstreamChanges { changes }));
        },
        |_, _| changes(),
    ),
    (
        "has contents whose SOA record has another serial",
        |world, act| {
            let same = world.recorded().clone();
            *act = world.passed(&same);
            act.payload.serial = NEXT;
            say(world, act, |seen| seen.serial = NEXT);
        },
        |_, _| changes(),
    ),
];

/// A version that is held, and its act once more.
const AGAIN: &[Row<Upstream>] = &[
    ("holds again what it held", twice, |_, _| {
        not_newer(NEXT, NEXT)
    }),
    (
        "holds less, of other contents with the same serial",
        |world, act| {
            world.accept(act);
            let before = world.recorded();
            let more = added(before, "me. 60 NS ns.me.");
            let version = before.following(&[more]).unwrap();
            *act = world.passed(&version);
        },
        |_, _| not_newer(NEXT, NEXT),
    ),
    (
        "holds another name instead",
        |world, act| {
            world.accept(act);
            let version = world.recorded().clone();
            let saw: &[Saw<'_>] = &[(0, Passed, &[]), (1, Passed, &[]), (2, Held, &["net."])];
            *act = world.upstream_of(&version, saw, Held);
        },
        |_, _| not_newer(NEXT, NEXT),
    ),
];

/// The change that adds one record.
fn added(before: &Contents, line: &str) -> Change {
    let record = record(line);
    Change {
        old: before.get(&record.owner, record.rtype).cloned(),
        new: Some(RecordSet::of_one(record.ttl, record.data)),
        name: record.owner,
        rtype: record.rtype,
    }
}

fn held(names: &[&str], octets: usize) -> Vec<HeldName> {
    let held = names.iter().map(|held| HeldName {
        name: name(held),
        reason: "r".repeat(octets),
    });
    held.collect()
}

fn messages(world: &World, act: &Draft<Upstream>) -> Messages {
    json::decode(&world.blobs[&act.payload.seen]).unwrap()
}

/// Changes what the members say, and has them sign that.
fn say(world: &mut World, act: &mut Draft<Upstream>, change: impl Fn(&mut SeenUpstream)) {
    let all = messages(world, act).messages.into_iter().enumerate();
    let again = all.map(|(at, message)| {
        let mut seen: SeenUpstream = message.payload().unwrap();
        change(&mut seen);
        signed(&seen, &[member(at)])
    });
    let messages = Messages {
        messages: again.collect(),
    };
    act.payload.seen = world.put(json::encode(&messages));
}

fn upstream() -> (World, Draft<Upstream>) {
    let mut world = World::root();
    let act = world.upstream();
    (world, act)
}

fn again() -> (World, Draft<Upstream>) {
    let mut world = World::root();
    let version = world.version(&[], LU_GONE);
    let saw: &[Saw<'_>] = &[(0, Passed, &[]), (1, Passed, &[]), (2, Held, &["lu."])];
    let act = world.upstream_of(&version, saw, Held);
    (world, act)
}

/// A zone that has no upstream.
fn plain() -> Refusal {
    let mut world = World::plain();
    let act = world.upstream();
    world.refuse(&act)
}

/// Before there is a time, nothing can be said to begin.
fn timeless() -> Refusal {
    let mut world = World::founded(&Setting::root()).with_key();
    let act = world.upstream();
    world.refuse(&act)
}

/// A holder has suppressed its name, as upstream has, and wants it back here alone.
fn lacks() -> Refusal {
    let mut world = World::root();
    let gone = [
        ("be.", Rtype::NS),
        ("be.", Rtype::DS),
        ("a.ns.dns.be.", Rtype::A),
    ];
    world.adopt(gone.map(|(owner, rtype)| world.suppress(owner, rtype)));
    let version = world.version(&[], &gone);
    let act = world.passed(&version);
    world.accept(&act);
    let back: Draft<Proposal> = world.proposal([world.put_set("be. 60 NS ns.nic.lu.")]);
    world.refuse(&back)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(upstream(), ROWS);
    all.extend(refusals(again(), AGAIN));
    all.extend([plain(), timeless(), lacks()]);
    all
}

#[test]
fn refuses_an_upstream_act_that() {
    let all = all();
    let named = all.iter().filter_map(|refusal| match refusal {
        Refusal::Upstream(inner) => Some(name_of(inner)),
        _ => None,
    });
    let named: BTreeSet<&str> = named.collect();
    assert_eq!(named, NAMES.iter().copied().collect());
    assert_eq!(plain(), UpstreamRefusal::NoRoot.into());
    assert_eq!(timeless(), Refusal::NoTime);
}

#[test]
fn a_root_takes_no_name_back_that_upstream_lacks() {
    let name = name("be.");
    assert_eq!(lacks(), UpstreamRefusal::Lacks { name }.into());
}
