//! What can be held by an upstream's own signatures, and what cannot.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::*;
use crate::explain::{ChangeType, Explanation, explain};
use crate::upstream::buffer::{Buffered, CannotHold, hold};
use crate::zone::SetKey;
use crate::zone::samples::{ROOT, name};

const NEWS: &str = "nl. 172800 NS ns.nic.lu.";

/// The root, and what becomes of it: lines taken out, and lines put in.
fn changed(out: &[&str], more: &[&str]) -> String {
    let mut text = String::new();
    for line in ROOT.lines().map(str::trim) {
        let serial = line.replace("2025123001", "2025123002");
        if !out.contains(&line) {
            text.push_str(&serial);
            text.push('\n');
        }
    }
    for line in more {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn taken(text: &str, seed: u8, at: Time) -> UpstreamZone {
    let zone = signed(".", text, seed, at);
    verify(&anchors(".", seed), zone.records(), at, Zonemd::Required).unwrap()
}

/// The newest version without its changes of these types.
fn held(
    old: &UpstreamZone,
    new: &UpstreamZone,
    types: &[ChangeType],
    now: Time,
) -> Result<Buffered, CannotHold> {
    let explained = explain(old.version(), new.version()).unwrap();
    let is_held = |it: &&Explanation| types.contains(&it.change);
    let chosen: Vec<&Explanation> = explained.explanations.iter().filter(is_held).collect();
    assert!(!chosen.is_empty(), "{explained:?}");
    hold(old.served(), new, &chosen, (now, &OursAlone))
}

const NS: &str = "lu. 172800 NS ns.nic.lu.";
const DS: &str = "be. 86400 DS 12664 8 2 ABCD";
const GLUE: &str = "ns.nic.lu. 172800 A 192.0.2.2";

#[test]
fn what_is_unsigned_is_held_without_limit() {
    let old = taken(ROOT, 1, NOW);
    let later = NOW.plus(DAY_S);
    let new = taken(
        &changed(&[NS], &["lu. 172800 NS ns.evil.example."]),
        1,
        later,
    );
    let buffered = held(&old, &new, &[ChangeType::NsReplaced], later).unwrap();
    assert_eq!(buffered.until, None);
    let ns = buffered.zone.get(&name("lu."), Rtype::NS).unwrap();
    assert_eq!(
        ns.set,
        old.served().get(&name("lu."), Rtype::NS).unwrap().set
    );
    // Everything else is the new version's; no digest would fit.
    assert_eq!(buffered.zone.serial(), 2_025_123_002);
    assert!(buffered.zone.get(&Name::root(), Rtype::ZONEMD).is_none());
    for set in new.served().sets().filter(|set| set.rtype != Rtype::ZONEMD) {
        if (set.owner, set.rtype) != (&name("lu."), Rtype::NS) {
            let served = buffered.zone.get(set.owner, set.rtype).unwrap();
            assert_eq!((served.set, served.rrsigs), (set.set, set.rrsigs));
        }
    }
}

#[test]
fn what_is_signed_is_held_until_its_signature_ends() {
    let old = taken(ROOT, 1, NOW);
    let end = NOW.plus(14 * DAY_S);
    let later = NOW.plus(DAY_S);
    let other = "be. 86400 DS 1 8 2 AB";
    for (text, change) in [
        (changed(&[DS], &[other]), ChangeType::DsReplaced),
        (changed(&[DS], &[]), ChangeType::DsWithdrawn),
        (changed(&[NS], &[]), ChangeType::Removed),
    ] {
        let new = taken(&text, 1, later);
        let buffered = held(&old, &new, &[change], later).unwrap();
        assert_eq!(buffered.until, Some(end), "{change}");
        assert_eq!(buffered.contents, {
            let mut same = build(".", &ROOT.replace("2025123001", "2025123002")).unwrap();
            if change == ChangeType::Removed {
                same = build(".", &changed(&[], &[])).unwrap();
            }
            same
        });
        // A validator finds nothing wrong but for the digest.
        let refusal = verify(
            &anchors(".", 1),
            buffered.zone.records(),
            later,
            Zonemd::IfThere,
        );
        assert_eq!(refusal.unwrap_err().code(), "chain");
        let withheld = verify(
            &anchors(".", 1),
            buffered.zone.records(),
            later,
            Zonemd::Withheld,
        );
        assert_eq!(*withheld.unwrap().served(), buffered.zone, "{change}");
        let too_late = taken(&text, 1, end.plus(1));
        let refusal = held(&old, &too_late, &[change], end.plus(1)).unwrap_err();
        assert!(matches!(refusal, CannotHold::NotSigned(_)), "{refusal}");
    }
}

#[test]
fn a_name_is_not_held_where_the_chain_has_moved_on() {
    let old = taken(ROOT, 1, NOW);
    let new = taken(&changed(&[NS], &["lt. 172800 NS ns.nic.lu."]), 1, NOW);
    let refusal = held(&old, &new, &[ChangeType::Removed], NOW).unwrap_err();
    assert_eq!(refusal, CannotHold::ChainBroken(name("lt.")));
    assert!(refusal.to_string().contains("from lt. to the next name"));
    // With what is held as well there is a chain.
    let both = [ChangeType::Removed, ChangeType::Added];
    assert!(held(&old, &new, &both, NOW).is_ok());
}

#[test]
fn signatures_by_keys_that_are_gone_hold_nothing() {
    let old = taken(ROOT, 1, NOW);
    let new = taken(&changed(&[DS], &[]), 2, NOW);
    let refusal = held(&old, &new, &[ChangeType::DsWithdrawn], NOW).unwrap_err();
    assert_eq!(
        refusal,
        CannotHold::NotSigned(SetKey::new(&name("be."), Rtype::DS))
    );
}

#[test]
fn the_apex_is_never_held() {
    let old = taken(ROOT, 1, NOW);
    let new = taken(&changed(&[], &[]), 2, NOW);
    let refusal = held(&old, &new, &[ChangeType::Apex], NOW).unwrap_err();
    assert!(matches!(refusal, CannotHold::Derived(_)), "{refusal}");
}

#[test]
fn a_host_that_nobody_needs_any_more_can_be_held() {
    let old = taken(ROOT, 1, NOW);
    let new = taken(
        &changed(&[GLUE], &["ns.nic.lu. 172800 A 192.0.2.66", NEWS]),
        1,
        NOW,
    );
    let buffered = held(&old, &new, &[ChangeType::HostAddress], NOW).unwrap();
    assert_eq!(buffered.until, None);
    assert!(buffered.zone.get(&name("nl."), Rtype::NS).is_some());
}
