//! Founding acts.

use std::string::ToString;
use std::vec::Vec;

use super::{Row, refusals, twice};
use crate::act::{Founding, json};
use crate::charter::{CharterFinding, SigningThreshold};
use crate::ledger::note::{KeyKind, NoteKey};
use crate::refusal::{FormatRefusal, Refusal};
use crate::state::tests::world::{Draft, Setting, World, log, member, public, stranger};
use crate::zone::samples::name;
use crate::zone::{Kind, Rtype, SetKey, ZoneRefusal};

/// Founds on something else than the usual.
fn on(world: &mut World, act: &mut Draft<Founding>, change: impl Fn(&mut Setting)) {
    let mut setting = Setting::plain();
    change(&mut setting);
    *act = world.founding(&setting);
}

/// Names the founding members alike but for one.
fn rename(act: &mut Draft<Founding>, at: usize, name: &str) {
    act.payload.members[at].name = name.into();
}

fn binding(text: &str) -> Refusal {
    Refusal::HolderBinding { name: name(text) }
}

fn member_name(text: &str) -> Refusal {
    Refusal::MemberName {
        member: text.into(),
    }
}

const BLOBS: &[Row<Founding>] = &[
    (
        "names rules of another version",
        |_, act| act.payload.rules = 2,
        |_, _| FormatRefusal::Rules { found: 2 }.into(),
    ),
    (
        "names a charter that is not there",
        |world, act| drop(world.blobs.remove(&act.payload.charter)),
        |_, act| Refusal::BlobMissing {
            blob: act.payload.charter,
        },
    ),
    (
        "names a charter whose place another blob has",
        |world, act| drop(world.blobs.insert(act.payload.charter, b"{}".to_vec())),
        |_, act| Refusal::BlobDiffers {
            blob: act.payload.charter,
        },
    ),
    (
        "names a charter that is none",
        |world, act| act.payload.charter = world.put(b"{}".to_vec()),
        |_, act| Refusal::BlobMalformed {
            blob: act.payload.charter,
        },
    ),
    (
        "names a charter that is not in its one text",
        |world, act| {
            let mut octets = world.blobs[&act.payload.charter].clone();
            octets.push(b'\n');
            act.payload.charter = world.put(octets);
        },
        |_, act| Refusal::BlobMalformed {
            blob: act.payload.charter,
        },
    ),
    (
        "names contents that are not there",
        |world, act| drop(world.blobs.remove(&act.payload.contents)),
        |_, act| Refusal::BlobMissing {
            blob: act.payload.contents,
        },
    ),
    (
        "names holders that are none",
        |world, act| act.payload.holders = world.put(b"[]".to_vec()),
        |_, act| Refusal::BlobMalformed {
            blob: act.payload.holders,
        },
    ),
];

const MEMBERS: &[Row<Founding>] = &[
    ("comes second", twice, |_, _| Refusal::AlreadyFounded),
    (
        "names no verifier key",
        |_, act| act.payload.log = "ledger".into(),
        |_, _| Refusal::LogKey,
    ),
    (
        "names a verifier key that cosigns",
        |_, act| {
            let key = NoteKey::new("log", KeyKind::CosignatureV1, public(&log()));
            act.payload.log = key.unwrap().to_string();
        },
        |_, _| Refusal::LogKey,
    ),
    (
        "lists its members out of order",
        |_, act| act.payload.members.swap(0, 1),
        |_, _| member_name("atlantis"),
    ),
    (
        "gives two members one name",
        |_, act| rename(act, 1, "atlantis"),
        |_, _| member_name("atlantis"),
    ),
    (
        "gives a member a name that is none",
        |_, act| rename(act, 0, "Atlantis"),
        |_, _| member_name("Atlantis"),
    ),
    (
        "gives two members one key",
        |_, act| act.payload.members[1].key = public(&member(0)),
        |_, _| Refusal::MemberKey {
            key: public(&member(0)),
        },
    ),
    (
        "has one member alone",
        |_, act| act.payload.members.truncate(1),
        |_, _| CharterFinding::Members { count: 1 }.into(),
    ),
    (
        "has a charter that breaks a rule",
        |world, act| {
            on(world, act, |setting| {
                setting.rules.signing_threshold = SigningThreshold::Shares(2)
            })
        },
        |_, _| {
            CharterFinding::Threshold {
                threshold: 2,
                members: 5,
            }
            .into()
        },
    ),
    (
        "calls another zone a root",
        |world, act| on(world, act, |setting| setting.kind = Kind::Root),
        |_, _| Refusal::KindOfZone {
            zone: name("example."),
        },
    ),
    (
        "is not signed by every member",
        |_, act| drop(act.signers.remove(2)),
        |_, _| Refusal::MemberDidNotSign {
            member: "costaguana".into(),
        },
    ),
    (
        "is signed by a stranger too",
        |_, act| act.signers.push(stranger()),
        |_, _| Refusal::NotEntitled {
            key: public(&stranger()),
        },
    ),
    (
        "names a key that did not sign",
        |_, act| act.payload.members[4].key = public(&stranger()),
        |_, _| Refusal::MemberDidNotSign {
            member: "elbonia".into(),
        },
    ),
];

const ZONE: &[Row<Founding>] = &[
    (
        "has contents that are no records",
        |world, act| act.payload.contents = world.put(b"bird.example.".to_vec()),
        |_, _| ZoneRefusal::BadWire { offset: 0 }.into(),
    ),
    (
        "has contents of another zone",
        |_, act| act.payload.zone = name("bird.example."),
        |_, _| {
            let owner = name("example.");
            let set = SetKey::new(&owner, Rtype::NS);
            let origin = name("bird.example.");
            ZoneRefusal::OutOfZone { set, origin }.into()
        },
    ),
    (
        "binds a name that is not delegated",
        |world, act| on(world, act, |s| s.holders = [("ns.example.", 0)].into()),
        |_, _| binding("ns.example."),
    ),
    (
        "binds a name twice",
        |world, act| on(world, act, |s| s.holders.insert(1, ("bird.example.", 1))),
        |_, _| binding("bird.example."),
    ),
    (
        "binds names out of order",
        |world, act| on(world, act, |s| s.holders.reverse()),
        |_, _| binding("fish.example."),
    ),
    (
        "has holders in another order of fields",
        |world, act| {
            let text = json::encode(&Setting::plain().bindings());
            let text = core::str::from_utf8(&text).unwrap();
            let swapped = text.replacen(r#"{"name":"bird.example.","holder":"#, r#"{"holder":"#, 1);
            let swapped = swapped.replacen(r#"},{"#, r#","name":"bird.example."},{"#, 1);
            act.payload.holders = world.put(swapped.into_bytes());
        },
        |_, act| Refusal::BlobMalformed {
            blob: act.payload.holders,
        },
    ),
];

fn base() -> (World, Draft<Founding>) {
    let mut world = World::default();
    let act = world.founding(&Setting::plain());
    (world, act)
}

pub(super) fn all() -> Vec<Refusal> {
    [BLOBS, MEMBERS, ZONE]
        .into_iter()
        .flat_map(|rows| refusals(base(), rows))
        .collect()
}

#[test]
fn refuses_a_founding_act_that() {
    assert_eq!(all().len(), BLOBS.len() + MEMBERS.len() + ZONE.len());
}

#[test]
fn a_ledger_begins_with_its_founding_act() {
    let founded = World::founded(&Setting::plain());
    let time = founded.time(&[0, 1, 2], crate::basic::Time(1));
    assert_eq!(World::default().refuse(&time), Refusal::NotFounded);
}
