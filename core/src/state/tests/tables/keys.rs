//! The zone's keys: who asks for a new one, a ceremony that makes it, and what a key
//! signs ahead.

use std::collections::BTreeSet;
use std::vec::Vec;

use super::redistributions::too_few;
use super::{ELSEWHERE, Row, not_entitled, refusals, twice};
use crate::act::{Keyset, Redistribution, RollAct, Session};
use crate::basic::{PublicKey, Signature};
use crate::edition::EditionRefusal;
use crate::edition::samples::{DAY_S, NOW};
use crate::ledger::CheckpointRefusal;
use crate::ledger::note::NoteRefusal;
use crate::limits;
use crate::refusal::tests::variants;
use crate::refusal::{EpochRefusal, KeyRefusal, Refusal};
use crate::state::tests::world::{Draft, Setting, World, member, public, stranger};
use crate::state::{KeyStage, RollKind};
use crate::zone::{Rtype, SetKey};

variants!(KeyRefusal: OtherKey, Rolling, TooMany, NotParted, NoKeysetDue, NoNewKey);

/// How many rules there are here, but for the one by which others know them.
pub(super) const RULES: usize = NAMES.len();

const OTHER: PublicKey = PublicKey([9; 32]);

const ROLL: &[Row<RollAct>] = &[
    (
        "is for another ledger",
        |_, act| act.payload.ledger = ELSEWHERE,
        |_, _| Refusal::OtherLedger { ledger: ELSEWHERE },
    ),
    (
        "is signed by somebody who is no member",
        |_, act| act.signers.push(stranger()),
        |_, _| Refusal::NotEntitled {
            key: public(&stranger()),
        },
    ),
    (
        "is signed by fewer than sign",
        |_, act| drop(act.signers.pop()),
        |_, _| Refusal::TooFewSigners {
            signers: 2,
            needed: 3,
        },
    ),
    (
        "has more of a reason than anybody reads",
        |_, act| act.payload.reason = "a".repeat(limits::REASON_OCTETS_MAX + 1),
        |_, _| Refusal::ReasonTooLong {
            octets: limits::REASON_OCTETS_MAX + 1,
        },
    ),
    (
        "comes before ledger time",
        |world, act| {
            *world = World::founded(&Setting::plain()).with_key();
            act.payload.ledger = world.here().ledger;
        },
        |_, _| Refusal::NoTime,
    ),
    (
        "is to part the keys of a plain zone",
        |_, act| act.payload.kind = RollKind::Zone,
        |_, _| KeyRefusal::NotParted.into(),
    ),
    (
        "names another key than the one that signs",
        |_, act| act.payload.key = OTHER,
        |_, _| KeyRefusal::OtherKey { key: OTHER }.into(),
    ),
    ("is there already", twice, |_, _| KeyRefusal::Rolling.into()),
    (
        "comes while a new key is published",
        |world, act| {
            world.accept(act);
            *world = world.clone().settled();
        },
        |_, _| KeyRefusal::Rolling.into(),
    ),
    (
        "wants more keys than there may be",
        |world, act| {
            act.payload.kind = RollKind::Standby;
            for _ in 1..limits::KEYS_IN_USE_MAX {
                let mut roll = world.roll(RollKind::Standby);
                roll.payload.reason = std::format!("{}", world.size());
                world.accept(&roll);
                *world = world.clone().settled();
            }
        },
        |_, _| KeyRefusal::TooMany.into(),
    ),
    (
        "calls a key compromised with fewer than two thirds of the members",
        |_, act| act.payload.kind = RollKind::Compromised,
        |_, _| Refusal::TooFewSigners {
            signers: 3,
            needed: 4,
        },
    ),
    (
        "calls a key compromised that the zone never had",
        |world, act| {
            *act = world.roll(RollKind::Compromised);
            act.payload.key = OTHER;
        },
        |_, _| KeyRefusal::OtherKey { key: OTHER }.into(),
    ),
    (
        "calls a key compromised twice",
        |world, act| {
            *act = world.roll(RollKind::Compromised);
            world.accept(act);
        },
        |_, _| KeyRefusal::Rolling.into(),
    ),
    (
        "calls a key compromised that is revoked",
        |world, act| {
            *act = world.roll(RollKind::Compromised);
            world.accept(act);
            *world = world.clone().settled();
            assert!(matches!(world.stage(1), KeyStage::Revoked { .. }));
        },
        |_, act| {
            KeyRefusal::OtherKey {
                key: act.payload.key,
            }
            .into()
        },
    ),
];

const GENERATION: &[Row<Redistribution>] = &[
    (
        "has a dealer who does not receive",
        |world, act| {
            let mut handing = world.handing();
            handing.receivers.remove(0);
            *act = world.redistribution_of(&handing, &handing.handover());
        },
        |_, _| EpochRefusal::Dealers.into(),
    ),
    (
        "has fewer dealers than sign",
        |world, act| {
            let mut handing = world.handing();
            handing.dealers.pop();
            *act = world.redistribution_of(&handing, &handing.handover());
        },
        |_, _| too_few("dealers", 2, 3),
    ),
    (
        "names another key than was dealt",
        |_, act| act.payload.group_key = OTHER,
        |_, _| KeyRefusal::NoNewKey { key: OTHER }.into(),
    ),
    (
        "names the key that signs",
        |world, act| act.payload.group_key = world.key(1).key,
        |world, _| {
            let key = world.key(1).key;
            KeyRefusal::NoNewKey { key }.into()
        },
    ),
    (
        "passes shares of the key that signs on",
        |world, act| {
            let mut handing = world.handing();
            handing.key = Some(world.key(1).key);
            *act = world.redistribution_of(&handing, &handing.handover());
        },
        // What was dealt makes no key of the prime-order group.
        |world, _| {
            let key = world.key(1).key;
            KeyRefusal::NoNewKey { key }.into()
        },
    ),
];

const SESSION: &[Row<Session>] = &[
    (
        "comes when no key has to sign",
        |world, _| *world = World::plain().settled().with_blobs_of(world),
        |_, _| KeyRefusal::NoKeysetDue.into(),
    ),
    (
        "is of another key's epoch",
        |_, act| act.payload.epoch = 2,
        |_, _| Refusal::WrongEpoch { epoch: 2 },
    ),
    (
        "is of an edition",
        |_, act| act.payload.edition = 1,
        |_, _| Refusal::SessionFields,
    ),
    (
        "has the records of a ZONEMD session",
        |world, act| act.payload.records = Some(world.put(Vec::new())),
        |_, _| Refusal::SessionFields,
    ),
    (
        "skips an attempt",
        |_, act| act.payload.attempt = 2,
        |_, _| Refusal::WrongAttempt {
            expected: 1,
            found: 2,
        },
    ),
    ("is there already", twice, |_, _| Refusal::WrongAttempt {
        expected: 2,
        found: 1,
    }),
    (
        "signs another set of keys",
        |_, act| act.payload.batch = ELSEWHERE,
        |_, _| Refusal::BatchDiffers { edition: 0 },
    ),
    (
        "has a signer too few",
        |_, act| drop(act.payload.signers.pop()),
        |_, _| Refusal::Signers,
    ),
];

const KEYSET: &[Row<Keyset>] = &[
    (
        "is signed by a member",
        |_, act| act.signers = [member(0)].into(),
        |_, _| not_entitled(0),
    ),
    (
        "comes without a session",
        |world, _| *world = signing_due().with_blobs_of(world),
        |_, _| Refusal::NoSession,
    ),
    (
        "comes when its session was given up",
        |world, _| {
            let now = world.now();
            *world = world.clone().with_time(now.plus(DAY_S + 1));
        },
        |_, _| Refusal::NoSession,
    ),
    (
        "is of another key's epoch",
        |_, act| act.payload.epoch = 2,
        |_, _| Refusal::WrongEpoch { epoch: 2 },
    ),
    (
        "has a checkpoint that cannot be read",
        |_, act| act.payload.checkpoint.truncate(20),
        |_, _| CheckpointRefusal::Note(NoteRefusal::NoSignatures).into(),
    ),
    (
        "has a checkpoint that fewer than the quorum have cosigned",
        |world, act| act.payload.checkpoint = world.checkpoint(&[0, 1, 2]),
        |_, _| Refusal::TooFewCosignatures {
            cosignatures: 3,
            needed: 4,
        },
    ),
    (
        "has a signature too many",
        |_, act| act.payload.signatures.push(Signature([0; 64])),
        |_, _| {
            EditionRefusal::SignatureOctets {
                expected: 64,
                found: 128,
            }
            .into()
        },
    ),
    (
        "has a signature that is none",
        |_, act| act.payload.signatures[0].0[40] ^= 1,
        bad_signature,
    ),
    (
        "has a signature by the new key",
        |world, act| {
            let message = &world.keyset_plan().messages()[0];
            let signature = world.key_of(world.key(2).key).sign(message, 0);
            act.payload.signatures = [signature].into();
        },
        bad_signature,
    ),
    ("is there already", twice, |_, _| Refusal::NoSession),
];

fn bad_signature<T>(world: &World, _: &T) -> Refusal {
    let origin = world.here().contents.origin();
    let set = SetKey::new(origin, Rtype::DNSKEY);
    EditionRefusal::BadSignature { set }.into()
}

/// A second key is trusted, and the first one has to say so.
fn signing_due() -> World {
    let world = World::plain().settled().with_roll(RollKind::Anchor);
    let (world, _) = world
        .settled()
        .until(|world| world.now() >= NOW.plus(60 * DAY_S));
    world.with_time(NOW.plus(61 * DAY_S))
}

fn roll() -> (World, Draft<RollAct>) {
    let world = World::plain().settled();
    let act = world.roll(RollKind::Anchor);
    (world, act)
}

fn generation() -> (World, Draft<Redistribution>) {
    let mut world = World::plain().settled().with_roll(RollKind::Anchor);
    let act = world.redistribution();
    (world, act)
}

fn session() -> (World, Draft<Session>) {
    let mut world = signing_due();
    let act = world.keyset_session();
    (world, act)
}

fn keyset() -> (World, Draft<Keyset>) {
    let world = signing_due().with_keyset_session();
    let act = world.keyset();
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    let mut all = refusals(roll(), ROLL);
    all.extend(refusals(generation(), GENERATION));
    all.extend(refusals(session(), SESSION));
    all.extend(refusals(keyset(), KEYSET));
    all
}

#[test]
fn every_rule_about_keys_has_its_row() {
    let rows = all();
    let named: BTreeSet<&str> = rows
        .iter()
        .filter_map(|refusal| match refusal {
            Refusal::Key(inner) => Some(name_of(inner)),
            _ => None,
        })
        .collect();
    assert_eq!(named, NAMES.iter().copied().collect());
}

#[test]
fn refuses_a_roll_act_that() {
    refusals(roll(), ROLL);
}

#[test]
fn refuses_a_new_key_that() {
    refusals(generation(), GENERATION);
}

#[test]
fn refuses_a_session_for_a_set_of_keys_that() {
    refusals(session(), SESSION);
}

#[test]
fn refuses_a_set_of_keys_that() {
    refusals(keyset(), KEYSET);
}
