//! What one member of three sends in a ceremony and in a session, and it sends
//! nonsense. Whoever is blamed is that member, and nothing comes of nonsense.

#![no_main]

#[path = "../../sign/tests/zone/mod.rs"]
mod zone;

use std::cell::RefCell;
use std::collections::BTreeMap;

use comity_fuzz::parts::Parts;
use comity_sign::deal::{Ceremony, DealError, Dealt, GroupKey, Opening};
use comity_sign::session::{
    Ahead, Batch, COMMITMENT_OCTETS, aggregate, check_commitments, commit, wrong_shares,
};
use libfuzzer_sys::fuzz_target;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

const CONTEXT: &[u8] = b"example. ceremony 1";
/// Who sends nonsense.
const LIAR: u16 = 2;
const THRESHOLD: u16 = 2;
/// Sessions on one ledger before another is founded: it grows with each.
const SESSIONS: u32 = 200;

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    match parts.octet() % 3 {
        0 => open(parts),
        1 => deal(parts.rest()),
        _ => sign(parts),
    }
});

type ById<T> = BTreeMap<u16, T>;

fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// All three at the beginning, always the same.
fn begin() -> (ById<Ceremony>, ById<Opening>) {
    let mut rng = seeded(1);
    let (mut begun, mut openings) = (BTreeMap::new(), BTreeMap::new());
    for me in 1..=3 {
        let (ceremony, opening) = Ceremony::begin(me, 3, THRESHOLD, CONTEXT, &mut rng).unwrap();
        begun.insert(me, ceremony);
        openings.insert(me, opening);
    }
    (begun, openings)
}

/// All three after dealing: what each keeps, and what it dealt.
fn dealt() -> (ById<Dealt>, ById<ById<Vec<u8>>>) {
    let (begun, openings) = begin();
    let mut rng = seeded(2);
    let (mut kept, mut sealed) = (BTreeMap::new(), BTreeMap::new());
    for (me, ceremony) in begun {
        let (dealt, shares) = ceremony.deal(&openings, &mut rng).unwrap();
        kept.insert(me, dealt);
        sealed.insert(me, shares);
    }
    (kept, sealed)
}

fn dealt_to(me: u16, sealed: &ById<ById<Vec<u8>>>) -> ById<Vec<u8>> {
    let others = sealed.iter().filter(|(from, _)| **from != me);
    others.map(|(from, to)| (*from, to[&me].clone())).collect()
}

/// Another opening: the liar is named, unless it opened soundly, which takes
/// knowing a logarithm.
fn open(mut parts: Parts) {
    let (mut begun, mut openings) = begin();
    let right = openings[&LIAR].clone();
    let seal_key = parts.next().unwrap_or_default();
    let liars = Opening {
        package: parts.rest().to_vec(),
        seal_key: seal_key.try_into().unwrap_or(right.seal_key),
    };
    let is_same_package = liars.package == right.package;
    openings.insert(LIAR, liars);
    let group = GroupKey::from_openings(&openings, THRESHOLD);
    let honest = begun.remove(&1).unwrap();
    match honest.deal(&openings, &mut seeded(3)) {
        Ok((dealt, _)) => {
            assert!(is_same_package);
            assert_eq!(group.as_ref(), Ok(dealt.group()));
        }
        Err(error) => {
            assert_eq!(error.culprit(), Some(LIAR), "{error}");
            assert_eq!(group, Err(error));
        }
    }
}

/// Another sealed share.
fn deal(octets: &[u8]) {
    let (mut kept, sealed) = dealt();
    let mut to_me = dealt_to(1, &sealed);
    let right = to_me.insert(LIAR, octets.to_vec()).unwrap();
    match kept.remove(&1).unwrap().finish(&to_me) {
        Ok(_) => assert_eq!(right, octets),
        Err(error) => assert!(matches!(error, DealError::Unopened { culprit: LIAR })),
    }
}

thread_local! {
    /// A zone of three, and how many sessions its ledger has.
    static ZONE: RefCell<Option<(zone::Zone, u32)>> = const { RefCell::new(None) };
}

/// Other commitments and other shares of signatures.
fn sign(parts: Parts) {
    ZONE.with_borrow_mut(|kept| {
        if kept
            .as_ref()
            .is_none_or(|(_, sessions)| *sessions == SESSIONS)
        {
            *kept = Some((zone::Zone::new(3, THRESHOLD, 0), 0));
        }
        let (zone, sessions) = kept.as_mut().unwrap();
        *sessions += 1;
        sign_in(zone, parts);
    });
}

fn sign_in(zone: &mut zone::Zone, mut parts: Parts) {
    let others = parts.octet();
    let theirs = parts.next().unwrap_or_default();
    let open = zone.founded().open_edition();
    let count = open.map_or_else(|| zone.batch_size(), |open| open.plan.to_sign().len());
    let mut rng = seeded(4);
    let (nonces, ours) = commit(&zone.shares[0], count, &mut rng);
    let (their_nonces, right) = commit(&zone.shares[usize::from(LIAR) - 1], count, &mut rng);
    let mut committed = right;
    if others & 1 == 1 {
        // As far as they go; the state takes no other length.
        let given = theirs.len().min(count * COMMITMENT_OCTETS);
        committed[..given].copy_from_slice(&theirs[..given]);
        assert_eq!(
            check_commitments(LIAR, count, theirs).is_ok(),
            given == theirs.len() && check_commitments(LIAR, count, &theirs[..given]).is_ok()
        );
    }
    let is_fit = check_commitments(LIAR, count, &committed);
    let checked = is_fit.as_ref().ok().filter(|_| others & 4 == 4);
    let ahead: Ahead = checked.map(|it| (LIAR, it)).into_iter().collect();
    zone.open_session(&BTreeMap::from([
        (1, ours.clone()),
        (LIAR, committed.clone()),
    ]));
    let permit = zone.permit(3).unwrap();
    let (honest, liar) = (&zone.shares[0], &zone.shares[usize::from(LIAR) - 1]);
    let released = match nonces.release(honest, &permit, ahead.clone()) {
        Ok(released) => released,
        Err(error) => {
            assert_eq!(is_fit.as_ref(), Err(&error));
            assert_eq!(error.culprits(), [LIAR], "{error}");
            return;
        }
    };
    let theirs = match others & 2 {
        0 => their_nonces.release(liar, &permit, Ahead::new()).ok(),
        _ => Some(parts.next().unwrap_or_default().to_vec()),
    };
    let theirs = theirs.unwrap_or_default();
    let sent = BTreeMap::from([(1, released.as_slice()), (LIAR, theirs.as_slice())]);
    let batch = Batch {
        messages: permit.messages(),
        commitments: &permit.session().commitments,
        ahead,
    };
    let wrong = wrong_shares(honest.group(), &batch, &sent).unwrap();
    match aggregate(honest.group(), &batch, &sent) {
        Ok(signatures) => {
            let key = honest.group().public();
            let mut signed = batch.messages.iter().zip(&signatures);
            assert!(signed.all(|(message, signature)| key.verifies(message, signature)));
            assert!(wrong.is_empty());
        }
        Err(error) => {
            assert_eq!(error.culprits(), [LIAR], "{error}");
            assert!(wrong.contains(&LIAR));
        }
    }
}
