//! What one dealer of three deals on, and what one receiver complains of, and it
//! is nonsense. Whoever is blamed is that dealer or that receiver, and the key
//! goes over all the same.

#![no_main]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use comity_fuzz::parts::Parts;
use comity_sign::deal::{
    Ceremony, Complaint, DealError, Dealing, Generation, GroupKey, Invitation, Invited, Opening,
    Plan, Share, Verdict,
};
use libfuzzer_sys::fuzz_target;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

const FIRST: &[u8] = b"example. ceremony 1";
const SECOND: &[u8] = b"example. ceremony 2";
/// Who deals nonsense.
const LIAR: u16 = 2;
const THRESHOLD: u16 = 2;
const RECEIVERS: [u16; 3] = [1, 4, 5];

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    match parts.octet() % 4 {
        0 => deal(parts),
        1 => complain(parts.rest()),
        2 => generate_with(parts),
        _ => complain_in_a_generation(parts),
    }
});

type ById<T> = BTreeMap<u16, T>;

/// Always the same.
struct World {
    openings: ById<Opening>,
    /// What the liar sealed to participant 1 of the generation.
    sealed: Vec<u8>,
    group: GroupKey,
    plan: Plan,
    dealings: ById<Dealing>,
    /// A new key that those who receive deal, and what they dealt.
    new_key: Plan,
    parts: ById<Dealing>,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let (openings, shares, sealed) = generate();
        let group = shares[0].group().clone();
        let (_, invitations) = invite();
        let plan = Plan::redistribution(SECOND, &group, THRESHOLD, &invitations).unwrap();
        let mut rng = seeded(3);
        let deal = |share: &Share| (share.id(), plan.deal(share, &mut rng).unwrap());
        let dealings = shares.iter().map(deal).collect();
        let new_key = Plan::generation(SECOND, THRESHOLD, &invitations).unwrap();
        let part = |id: u16| (id, new_key.generate(id, &mut rng).unwrap());
        let parts = RECEIVERS.into_iter().map(part).collect();
        World {
            openings,
            sealed,
            group,
            plan,
            dealings,
            new_key,
            parts,
        }
    })
}

fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn generate() -> (ById<Opening>, Vec<Share>, Vec<u8>) {
    let mut rng = seeded(1);
    let (mut begun, mut openings) = (Vec::new(), BTreeMap::new());
    for me in 1..=3 {
        let (ceremony, opening) = Ceremony::begin(me, 3, THRESHOLD, FIRST, &mut rng).unwrap();
        begun.push(ceremony);
        openings.insert(me, opening);
    }
    let deal = |ceremony: Ceremony| ceremony.deal(&openings, &mut rng).unwrap();
    let (dealt, sealed): (Vec<_>, Vec<_>) = begun.into_iter().map(deal).unzip();
    let mut shares = Vec::new();
    for (me, dealt) in (1..).zip(dealt) {
        let from = (1..).zip(&sealed).filter(|(from, _)| *from != me);
        let to_me = from.map(|(from, shares)| (from, shares[&me].clone()));
        shares.push(dealt.finish(&to_me.collect()).unwrap());
    }
    (openings, shares, sealed[usize::from(LIAR) - 1][&1].clone())
}

fn invite() -> (ById<Invited>, ById<Invitation>) {
    let mut rng = seeded(2);
    let (mut invited, mut invitations) = (BTreeMap::new(), BTreeMap::new());
    for id in RECEIVERS {
        let (me, invitation) = Invited::invite(&mut rng);
        invited.insert(id, me);
        invitations.insert(id, invitation);
    }
    (invited, invitations)
}

/// Another dealing: it is refused, unless it is the one that the share's holder
/// made, and nobody else loses anything.
fn deal(mut parts: Parts) {
    let world = world();
    let mut dealings = world.dealings.clone();
    let right = dealings[&LIAR].clone();
    let mut liars = right.clone();
    let places = parts.octet();
    if places & 1 == 1 {
        liars.package = parts.next().unwrap_or_default().to_vec();
    }
    while places & 2 == 2 && liars.sealed.len() < 8 {
        let receiver = parts.octet().into();
        let Some(octets) = parts.next() else { break };
        liars.sealed.insert(receiver, octets.to_vec());
    }
    let is_right = liars == right;
    let alone = world.plan.check(LIAR, &liars);
    dealings.insert(LIAR, liars);
    let gathered = world.plan.gather(&dealings);
    match &alone {
        Ok(()) => assert!(is_right && gathered.refused().is_empty()),
        Err(error) => {
            assert_eq!(error.culprit(), Some(LIAR));
            assert_eq!(gathered.refused(), &[(LIAR, error.clone())].into());
        }
    }
    let fixed = gathered.fix(&[]).unwrap();
    assert_eq!(fixed.group().public(), world.group.public());
    let newcomer = invite().0.remove(&4).unwrap();
    let (received, complaints) = newcomer.receive(4, &gathered, &mut seeded(4)).unwrap();
    assert_eq!(complaints, []);
    assert_eq!(received.finish(&fixed).unwrap().id(), 4);
}

/// Another part of a new key: it is refused, unless it is the one that its dealer
/// made, and the others' make the key.
fn generate_with(mut parts: Parts) {
    let world = world();
    let liar = RECEIVERS[0];
    let mut dealt = world.parts.clone();
    let right = dealt[&liar].clone();
    let mut liars = right.clone();
    let places = parts.octet();
    if places & 1 == 1 {
        liars.package = parts.next().unwrap_or_default().to_vec();
    }
    while places & 2 == 2 && liars.sealed.len() < 8 {
        let receiver = parts.octet().into();
        let Some(octets) = parts.next() else { break };
        liars.sealed.insert(receiver, octets.to_vec());
    }
    // Two dealings that are right and not the same do not come out of octets.
    let is_right = liars == right;
    dealt.insert(liar, liars);
    let gathered = world.new_key.gather(&dealt);
    assert_eq!(gathered.refused().is_empty(), is_right);
    let fixed = gathered.fix(&[]).unwrap();
    let dealers: Vec<u16> = fixed.dealers().collect();
    match is_right {
        true => assert_eq!(dealers, RECEIVERS),
        false => assert_eq!(dealers, RECEIVERS[1..]),
    }
    assert_ne!(fixed.group().public(), world.group.public());
    let receiver = invite().0.remove(&4).unwrap();
    let (received, _) = receiver.receive(4, &gathered, &mut seeded(4)).unwrap();
    assert_eq!(received.finish(&fixed).unwrap().id(), 4);
}

/// A complaint without cause: it is false, or about nobody.
fn complain(octets: &[u8]) {
    let Some(complaint) = Complaint::decode(octets) else {
        return;
    };
    assert_eq!(complaint.encode(), octets);
    let world = world();
    let gathered = world.plan.gather(&world.dealings);
    let verdict = gathered.judge(&complaint);
    let fixed = gathered.fix(std::slice::from_ref(&complaint)).unwrap();
    assert!(fixed.liars().is_empty() && fixed.dealers().eq(1..=3));
    match verdict {
        Ok(verdict) => {
            assert_eq!(verdict, Verdict::ReceiverLied);
            assert_eq!(fixed.false_accusers(), &[complaint.receiver].into());
        }
        Err(error) => {
            assert!(matches!(error, DealError::Stranger { .. }));
            assert!(fixed.false_accusers().is_empty());
        }
    }
}

/// Another sealed share, and a complaint about it: what was dealt rightly is never
/// judged a lie.
fn complain_in_a_generation(mut parts: Parts) {
    let world = world();
    let generation = Generation::check(FIRST, &world.openings, THRESHOLD).unwrap();
    let Some(complaint) = parts.next().and_then(Complaint::decode) else {
        return;
    };
    let about = (complaint.dealer, complaint.receiver);
    if about == (LIAR, 1) {
        let verdict = generation.judge(&complaint, &world.sealed);
        assert_eq!(verdict, Ok(Verdict::ReceiverLied));
    }
    drop(generation.judge(&complaint, parts.rest()));
}
