//! Replay (invariant 5): the state is a function of the ledger's octets.

use std::collections::BTreeSet;
use std::vec::Vec;

use proptest::prelude::*;

use crate::act::{Blobs, Envelope, Matter, Vote, blobs_of, check, read};
use crate::basic::Digest;
use crate::dnssec::tests::NOW;
use crate::edition::samples::DAY_S;
use crate::guard::Verdict::{Held, Passed};
use crate::ledger::NoteKey;
use crate::ledger::note::KeyKind;
use crate::refusal::Refusal;
use crate::refusal::tests::seeded;
use crate::state::RollKind;
use crate::state::tests::histories::{KINDS, Play, histories, kind_of};
use crate::state::tests::world::claims::{WILD, wild};
use crate::state::tests::world::keys::{CAREFUL, recovery};
use crate::state::tests::world::upstream::Saw;
use crate::state::tests::world::{Setting, World, member, public};
use crate::state::{Position, State, accept, apply};
use crate::zone::{Kind, Rtype};

/// Only those blobs that an entry says it names.
struct Named<'a>(&'a World, Vec<Digest>);

impl Blobs for Named<'_> {
    fn blob(&self, digest: &Digest) -> Option<Vec<u8>> {
        assert!(
            self.1.contains(digest),
            "{digest} is asked for and not named"
        );
        self.0.blobs.blob(digest)
    }
}

/// The state's digest after each entry, computed from the octets.
fn replayed(world: &World) -> Vec<Digest> {
    let mut state = State::default();
    let after = |(position, entry): (u64, &Vec<u8>)| {
        let envelope = Envelope::parse(entry, entry.len()).unwrap();
        assert_eq!(envelope.to_octets(), *entry);
        let blobs = Named(world, blobs_of(entry).unwrap());
        let checked = check(entry, &blobs, &crate::dnssec::tests::OursAlone).unwrap();
        let accepted = accept(&state, &checked, Position(position));
        assert_eq!(accepted.map(drop), Ok(()));
        apply(&mut state, &checked, Position(position)).unwrap();
        state.digest()
    };
    (0..).zip(&world.entries).map(after).collect()
}

proptest! {
    #![proptest_config(seeded(40))]

    #[test]
    fn same_acts_make_the_same_state(history in histories(&[Kind::Plain, Kind::Root])) {
        let mut play = Play::new(history.start);
        let mut digests = Vec::new();
        for step in &history.steps {
            let before = play.world.state.digest();
            let Some(taken) = play.take(step) else { continue };
            match taken.is_accepted() {
                true => digests.push(play.world.state.digest()),
                false => prop_assert_eq!(play.world.state.digest(), before),
            }
        }
        // From the octets of the accepted ones alone, after each of them.
        prop_assert_eq!(&replayed(&play.world), &digests);
        let distinct: BTreeSet<_> = digests.iter().collect();
        prop_assert_eq!(distinct.len(), play.world.entries.len());
    }
}

/// What the state says to an act whose checkpoint was verified ahead of it, for
/// these keys; how it would change is told by the digest.
fn said_ahead(world: &World, entry: &[u8], keys: &(NoteKey, Vec<NoteKey>)) -> Said {
    let mut checked = check(entry, &world.blobs, &crate::dnssec::tests::OursAlone)?;
    checked.look_ahead(&keys.0, &keys.1);
    let mut state = world.state.clone();
    let position = Position(state.log().size());
    apply(&mut state, &checked, position)?;
    Ok(state.digest())
}

type Said = Result<Digest, Refusal>;

proptest! {
    #![proptest_config(seeded(20))]

    /// Whoever verifies many acts at a time does not know yet whose signatures
    /// count: too few keys, too many, or those of others change nothing.
    #[test]
    fn what_is_verified_ahead_changes_no_verdict(
        history in histories(&[Kind::Plain]),
        chosen in prop::collection::vec(any::<bool>(), 8),
        is_other_log in any::<bool>(),
    ) {
        let mut play = Play::new(history.start);
        for step in &history.steps {
            let mut before = play.world.clone();
            let Some(taken) = play.take(step) else { continue };
            before.blobs.clone_from(&play.world.blobs);
            let Ok(founded) = before.state.founded() else { continue };
            let mut keys = founded.cosigners();
            // One under a name that is not its own.
            let misnamed = NoteKey::new("elsewhere", KeyKind::CosignatureV1, keys[0].key());
            keys.push(misnamed.unwrap());
            let mut choice = chosen.iter();
            keys.retain(|_| choice.next() == Some(&true));
            let log = match is_other_log {
                true => NoteKey::new(founded.log_key.name(), KeyKind::Ed25519, public(&member(0))),
                false => Ok(founded.log_key.clone()),
            };
            let said = said_ahead(&before, &taken.entry, &(log.unwrap(), keys));
            let expected = taken.verdict.map(|_| play.world.state.digest());
            prop_assert_eq!(said, expected, "{:?}", step);
        }
    }
}

/// A ledger with every kind of act, and the digest of its state on every
/// machine and architecture, in every version that keeps these rules.
#[test]
fn the_state_of_a_known_ledger_has_this_digest() {
    let mut setting = Setting::plain().boxed();
    setting.holders[2].1 = CAREFUL;
    let ds = wild().ds().to_text(Rtype::DS);
    setting
        .records
        .push_str(&std::format!("\n{WILD} 3600 DS {ds}"));
    let world = World::founded(&setting).with_key().with_time(NOW);
    let mut world = world.with_edition();
    voted(&mut world);
    looked(&mut world);
    held(&mut world);
    joined(&mut world);
    let open = world.propose([world.put_set("bird.example. 60 NS ns.example.")]);
    world.accept(&world.consent(open, 0));
    let mut world = rolled(passed_on(world.with_edition()));
    world.accept(&world.time(&[0, 1, 2], NOW.plus(77 * DAY_S)));
    world.accept(&world.absence(&[3, 5]));
    let mut world = world.with_zonemd_session();
    world.accept(&world.convocation(2, false));
    let world = world.with_dealt().with_test();

    let mut kinds = kinds(&world);
    assert!(kinds.insert("Upstream"), "a plain zone has no upstream");
    assert_eq!(kinds, KINDS.iter().copied().collect());
    assert_eq!(replayed(&world).last(), Some(&world.state.digest()));
    assert_eq!(std::format!("{}", world.state.digest()), KNOWN);
}

/// The same of a root that follows upstream: a name that goes, one that stays with
/// its holder, one that is held.
#[test]
fn the_state_of_a_known_root_has_this_digest() {
    let mut world = World::root();
    let saw: &[Saw<'_>] = &[(0, Passed, &[]), (2, Passed, &[]), (4, Held, &["lu."])];
    let gone = &[("be.", Rtype::DS), ("lu.", Rtype::NS)];
    let version = world.version(&["new. 60 NS ns.nic.new."], gone);
    let upstream = world.upstream_of(&version, saw, Held);
    world.accept(&upstream);
    assert!(kinds(&world).contains("Upstream"));
    assert_eq!(replayed(&world).last(), Some(&world.state.digest()));
    assert_eq!(std::format!("{}", world.state.digest()), KNOWN_ROOT);
}

fn kinds(world: &World) -> BTreeSet<&'static str> {
    let kind = |entry: &Vec<u8>| {
        let envelope = Envelope::parse(entry, entry.len()).unwrap();
        kind_of(&read(&envelope, &world.blobs).unwrap())
    };
    world.entries.iter().map(kind).collect()
}

/// Another key, which signs after the one before has said so.
fn rolled(world: World) -> World {
    let world = world.with_roll(RollKind::Anchor).with_succession();
    let world = world.with_edition().with_time(NOW.plus(62 * DAY_S));
    world.with_keyset().with_edition()
}

/// A vote and a consent, an amendment that stays open, what goes with them.
fn voted(world: &mut World) {
    let proposal = world.propose([
        world.put_set("example. 60 TXT \"a zone of several\""),
        world.suppress("fish.example.", Rtype::NS),
    ]);
    world.accept(&world.consent(proposal, 1));
    world.vote(proposal, &[0, 1, 2], Vote::For);
    world.decide(proposal);
    world.accept(&world.declaration(proposal));
    let original = world.propose([world.put_set("ns.example. 60 A 192.0.2.9")]);
    let mut amendment = world.proposal([world.put_set("ns.example. 60 A 192.0.2.8")]);
    amendment.payload.amends = Some(original);
    world.accept(&amendment);
    world.vote(original, &[0], Vote::Abstain);
}

/// What somebody found, and what came through a drop box.
fn looked(world: &mut World) {
    let proposal = world.propose([world.put_set("frog.example. 60 DS 1 15 2 AB")]);
    world.accept(&world.findings(proposal, 0, true));
    let consent = world.consent(proposal, CAREFUL).by(recovery());
    world.accept(&world.lodged(&consent));
    world.decide(proposal);
}

/// What holders do with their keys and names.
fn held(world: &mut World) {
    world.accept(&world.claim(5));
    let transfer = world.transfer();
    world.accept(&transfer);
    world.accept(&world.objection(transfer.id()));
    world.accept(&world.testament());
    world.accept(&world.rotation());
}

/// Somebody joins, the charter changes, somebody leaves.
fn joined(world: &mut World) {
    world.settle_matter(&world.admission("freedonia", 5));
    world.accept(&world.accession(5));
    let charter = Matter::Charter(world.other_charter());
    world.settle_matter(&world.about(charter));
    world.accept(&world.accession(0));
    world.accept(&world.departure(4));
}

/// Shares pass on to who joined, and from who left; after a drill.
fn passed_on(mut world: World) -> World {
    world.accept(&world.convocation(0, true));
    let drill = world.redistribution();
    world.accept(&drill);
    world.accept(&world.convocation(1, false));
    let mut world = world.with_succession();
    world.accept(&world.erasure(4, 1));
    world.accept(&world.compromise(0, 1));
    world
}

const KNOWN_ROOT: &str = "465ba4ef8ccdedd9463e81cb824a2b94a6064ea744bd0dacb625c1e5b06c0958";
const KNOWN: &str = "18ee292afd429a8acd956ce3ebcec6e1c5f27db2c73fcb503a4af058427bbb77";
