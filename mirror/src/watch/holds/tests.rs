//! How long what is held is held.

use comity_core::explain::explain;
use comity_core::guard::{Judgement, Release};
use comity_core::upstream::{Anchor, Anchors, Verification, Zonemd};
use comity_core::zone::Name;

use super::super::seal::{Algorithm, SealKey, VALID_SECONDS};
use super::*;
use crate::zonefile;

const NOW: Time = Time(1_800_000_000);
/// As long as the guard holds at the longest.
const HOLD_SECONDS: u64 = 72 * 3600;

const ZONE: &str = "\
. 86400 IN SOA ns.be. admin.be. SERIAL 1800 900 604800 86400
. 86400 IN NS ns.be.
be. 86400 IN NS ns.be.
ns.be. 86400 IN A 192.0.2.1
lu. 86400 IN NS ns.be.
lu. 86400 IN DS 12664 8 2 ABCD
";

fn version(key: &SealKey, serial: u32, text: &str, now: Time) -> UpstreamZone {
    let text = text.replace("SERIAL", &serial.to_string());
    let contents = zonefile::read_from(text.as_bytes(), None).unwrap().contents;
    let signed = key.sign(&contents, serial, now).unwrap();
    let root = Name::root();
    let anchors = Anchors::new(&root, vec![Anchor::Key(key.anchor().clone())]).unwrap();
    let how = Verification {
        anchors: &anchors,
        now,
        zonemd: Zonemd::Required,
        check: ByRing,
    };
    UpstreamZone::verify(&root, signed.records(), &how).unwrap()
}

/// What is in effect after each change was judged as `verdict` says by its name.
fn judge_all(
    holds: &mut Holds,
    (before, newest): (&Buffered, &UpstreamZone),
    verdict: impl Fn(&str) -> Verdict,
    now: Time,
) -> (Buffered, Vec<Event>) {
    let explained = explain(before.version(), newest.version()).unwrap();
    let judgement = |explanation: &Explanation| {
        let verdict = verdict(&explanation.name.to_string());
        let end = |is: Verdict, seconds| (verdict == is).then(|| now.plus(seconds));
        Judgement {
            name: explanation.name.clone(),
            change: explanation.change,
            verdict,
            findings: Vec::new(),
            due: end(Verdict::Alarmed, 6 * 3600),
            until: end(Verdict::Held, HOLD_SECONDS),
            releases: vec![Release::Operator],
            batch: None,
        }
    };
    let judgements: Vec<Judgement> = explained.explanations.iter().map(judgement).collect();
    let plan = Plan {
        explained: &explained,
        judgements: &judgements,
        newest,
        before,
        now,
    };
    let mut events = Vec::new();
    let next = holds.apply(&plan, Mode::Buffer, &mut events);
    holds.raise(newest, now, &mut events);
    (next, events)
}

/// What is in effect after the whole difference was held at this time, and what was said.
fn hold_all(holds: &mut Holds, before: &Buffered, newest: &UpstreamZone, now: Time) -> Buffered {
    judge_all(holds, (before, newest), |_| Verdict::Held, now).0
}

#[test]
fn what_is_signed_is_held_until_its_signature_ends_and_the_rest_for_as_long_as_it_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let key = SealKey::open(folder.path(), Algorithm::Ed25519).unwrap();
    let old = version(&key, 1, ZONE, NOW);
    let end = NOW.plus(VALID_SECONDS);
    let later = Time(end.0 - 3600);
    let ds = "lu. 86400 IN DS 12664 8 2 ABCD\n";
    let moved = (
        "be. 86400 IN NS ns.be.",
        "be. 86400 IN NS ns.elsewhere.example.",
    );
    for (what, new, until) in [
        ("another DS set", ZONE.replace("ABCD", "DCBA"), end),
        ("no DS set", ZONE.replace(ds, ""), end),
        (
            "no name",
            ZONE.replace(ds, "").replace("lu. 86400 IN NS ns.be.\n", ""),
            end,
        ),
        (
            "other servers",
            ZONE.replace(moved.0, moved.1),
            later.plus(HOLD_SECONDS),
        ),
        (
            "another address",
            ZONE.replace("192.0.2.1", "192.0.2.9"),
            later.plus(HOLD_SECONDS),
        ),
    ] {
        let new = version(&key, 2, &new, later);
        let mut holds = Holds::default();
        let effective = hold_all(&mut holds, &Buffered::whole(&old), &new, later);
        assert_eq!(holds.held[0].until, until, "{what}");
        assert_ne!(effective, Buffered::whole(&new), "{what}");
        // Then it is time to judge, and it takes effect.
        assert!(
            !holds.is_due(Time(until.0 - 1).min(later.plus(1))),
            "{what}"
        );
        assert!(holds.is_due(until), "{what}");
        let effective = hold_all(&mut holds, &effective, &new, until);
        assert_eq!(effective, Buffered::whole(&new), "{what}");
        assert_eq!((holds.held.len(), holds.frozen), (0, None), "{what}");
    }
}

#[test]
fn while_a_version_is_frozen_what_was_said_is_not_said_again() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [key, other] = folders
        .each_ref()
        .map(|it| SealKey::open(it.path(), Algorithm::Ed25519).unwrap());
    // Another key signs, so that no set is as it was under these signatures.
    let old = version(&key, 1, ZONE, NOW);
    let new = ZONE
        .replace("ABCD", "DCBA")
        .replace(
            "be. 86400 IN NS ns.be.",
            "be. 86400 IN NS ns.elsewhere.example.",
        )
        .replace("192.0.2.1", "192.0.2.9");
    let newest = version(&other, 2, &new, NOW);
    let verdict = |name: &str| match name {
        "lu." => Verdict::Held,
        "be." => Verdict::Alarmed,
        _ => Verdict::Passed,
    };
    let (mut holds, before) = (Holds::default(), Buffered::whole(&old));
    let judge = |holds: &mut Holds, minutes: u64| {
        let now = NOW.plus(minutes * 60);
        let (next, events) = judge_all(holds, (&before, &newest), verdict, now);
        assert_eq!(next, before);
        let kept = serde_json::to_string(holds).unwrap();
        *holds = serde_json::from_str(&kept).unwrap();
        let said = |event: Event| match event.what {
            What::Change(judged) => format!("{} {} {}", event.level, judged.name, judged.verdict),
            What::Frozen { .. } => "frozen".into(),
            other => format!("{other:?}"),
        };
        events.into_iter().map(said).collect::<Vec<_>>()
    };
    let first = judge(&mut holds, 0);
    for name in ["lu. held", "be. alarmed", "ns.be. passed"] {
        let count = first.iter().filter(|it| it.ends_with(name)).count();
        assert_eq!(count, 1, "{name} {first:?}");
    }
    assert!(first.contains(&"frozen".into()));
    assert_eq!(judge(&mut holds, 15), [""; 0]);
    assert_eq!(holds.alarms.len(), 1);
    // The alarm is raised when it is due, and then not again.
    assert_eq!(judge(&mut holds, 360), ["alarm be. alarmed"]);
    assert_eq!(judge(&mut holds, 375), [""; 0]);
    assert_eq!(judge(&mut holds, 800), [""; 0]);
}
