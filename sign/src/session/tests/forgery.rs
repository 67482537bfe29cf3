//! Fewer than the threshold of shares sign nothing, whatever those who hold
//! none add to them (invariant 2). The forgers choose their commitments, see
//! every honest share before they speak, and remember those of earlier
//! sessions.

use rand_chacha::ChaCha20Rng;
use rand_core::RngCore as _;

use super::*;

/// What the forgers know when they speak.
struct Seen {
    /// The honest signers' shares of this session.
    honest: BySigner,
    /// Those of an earlier session, over the same messages.
    earlier: BySigner,
    /// The nonces behind each forger's commitments.
    nonces: BTreeMap<u16, Vec<Scalar>>,
}

/// What a forger sends; and what it does to the honest shares on their way.
type Forgery = fn(&mut Seen, u16, &mut ChaCha20Rng) -> Vec<u8>;

const MESSAGES: usize = 2;

const FORGERIES: &[(&str, Forgery)] = &[
    ("nothing but zeros", |_, _, _| {
        vec![0; MESSAGES * SHARE_OCTETS]
    }),
    ("one", |_, _, _| repeated(Scalar::ONE)),
    ("a random scalar", |_, _, rng| repeated(random(rng))),
    ("its nonces", |seen, id, _| {
        let pairs = seen.nonces[&id].chunks_exact(2);
        pairs
            .flat_map(|pair| (pair[0] + pair[1]).to_bytes())
            .collect()
    }),
    ("an honest share again", |seen, _, _| first(&seen.honest)),
    ("an honest share with the other sign", |seen, _, _| {
        scaled(&first(&seen.honest), -Scalar::ONE)
    }),
    ("an honest share, rescaled", |seen, _, rng| {
        scaled(&first(&seen.honest), random(rng))
    }),
    ("an honest share of an earlier session", |seen, _, _| {
        first(&seen.earlier)
    }),
    ("the sum of the honest shares", |seen, _, _| {
        let mut sums = vec![Scalar::ZERO; MESSAGES];
        for octets in seen.honest.values() {
            for (sum, share) in sums.iter_mut().zip(scalars(octets)) {
                *sum += share;
            }
        }
        encoded(&sums)
    }),
    (
        "zeros, and an honest signer's shares of an earlier session",
        |seen, _, _| {
            seen.honest.clone_from(&seen.earlier);
            vec![0; MESSAGES * SHARE_OCTETS]
        },
    ),
    (
        "zeros, and the honest signers' shares under each other's names",
        |seen, _, _| {
            let ids: Vec<u16> = seen.honest.keys().copied().collect();
            let mut octets: Vec<_> = seen.honest.values().cloned().collect();
            octets.rotate_left(1.min(ids.len()));
            seen.honest = ids.into_iter().zip(octets).collect();
            vec![0; MESSAGES * SHARE_OCTETS]
        },
    ),
    ("its share for another message", |seen, _, _| {
        let mut octets = first(&seen.honest);
        octets.rotate_left(SHARE_OCTETS);
        octets
    }),
];

#[test]
fn no_forgery_makes_up_for_a_missing_share() {
    for (n, t) in [(3, 2), (5, 3), (7, 4)] {
        let shares = shares(n, t, 50 + u64::from(n));
        for chosen in 0_u32..1 << n {
            if chosen.count_ones() < u32::from(t) {
                let honest = shares
                    .iter()
                    .filter(|share| chosen >> (share.id() - 1) & 1 == 1);
                nothing_is_signed(&shares, &honest.collect::<Vec<_>>(), chosen.into());
            }
        }
    }
}

#[test]
fn no_forgery_makes_up_for_a_missing_share_in_a_large_group() {
    let shares = shares(21, 11, 60);
    let mut rng = seeded(61);
    for seed in 0..4 {
        let mut honest: Vec<&Share> = shares.iter().collect();
        while honest.len() > 10 {
            let place = rng.next_u32() as usize % honest.len();
            honest.remove(place);
        }
        nothing_is_signed(&shares, &honest, seed);
    }
}

/// Tries every forgery beside the honest signers, who are too few.
fn nothing_is_signed(all: &[Share], honest: &[&Share], seed: u64) {
    let is_honest = |id: u16| honest.iter().any(|share| share.id() == id);
    let missing = usize::from(all[0].threshold()) - honest.len();
    let forgers: Vec<u16> = all
        .iter()
        .map(Share::id)
        .filter(|id| !is_honest(*id))
        .take(missing)
        .collect();
    for (what, forgery) in FORGERIES {
        let mut rng = seeded(seed);
        let earlier = session(honest, &forgers, &mut rng).0.honest;
        let (mut seen, commitments) = session(honest, &forgers, &mut rng);
        seen.earlier = earlier;
        let forged: Vec<_> = forgers
            .iter()
            .map(|id| (*id, forgery(&mut seen, *id, &mut rng)))
            .collect();
        let mut sent = seen.honest.clone();
        sent.extend(forged);
        let (group, messages) = (all[0].group(), messages(MESSAGES));
        let (batch, sent) = (batch(&messages, &commitments), slices(&sent));
        let outcome = aggregate(group, &batch, &sent);
        let Err(SessionError::BadShares { culprits }) = outcome else {
            panic!("{what} of {forgers:?}: {outcome:?}");
        };
        // Every forger is among those named, and each can be shown to lie.
        for id in &forgers {
            assert!(culprits.contains(id), "{what}: {id} is not named");
        }
        let named: Vec<u16> = wrong_shares(group, &batch, &sent)
            .unwrap()
            .into_iter()
            .collect();
        assert_eq!(named, culprits, "{what}");
        for (id, octets) in &sent {
            let alone = BTreeMap::from([(*id, *octets)]);
            let judged = wrong_shares(group, &batch, &alone).unwrap();
            assert_eq!(!judged.is_empty(), culprits.contains(id), "{what}: {id}");
        }
    }
}

/// One session: what is seen of it, and everybody's commitments.
fn session(honest: &[&Share], forgers: &[u16], rng: &mut ChaCha20Rng) -> (Seen, BySigner) {
    let (mut held, mut commitments) = (BTreeMap::new(), BySigner::new());
    for share in honest {
        let (nonces, octets) = commit(share, MESSAGES, rng);
        held.insert(share.id(), nonces);
        commitments.insert(share.id(), octets);
    }
    let mut nonces = BTreeMap::new();
    for id in forgers {
        let own: Vec<Scalar> = (0..2 * MESSAGES).map(|_| random(rng)).collect();
        let points = own.iter().map(|nonce| ED25519_BASEPOINT_POINT * nonce);
        let octets = points.flat_map(|point| point.compress().to_bytes());
        commitments.insert(*id, octets.collect());
        nonces.insert(*id, own);
    }
    let mut released = BySigner::new();
    for share in honest {
        let nonces = held.remove(&share.id()).unwrap();
        let shares = nonces.sign(share, &batch(&messages(MESSAGES), &commitments));
        released.insert(share.id(), shares.unwrap());
    }
    let seen = Seen {
        honest: released,
        earlier: BySigner::new(),
        nonces,
    };
    (seen, commitments)
}

fn random(rng: &mut ChaCha20Rng) -> Scalar {
    let mut octets = [0; 64];
    rng.fill_bytes(&mut octets);
    Scalar::from_bytes_mod_order_wide(&octets)
}

fn repeated(scalar: Scalar) -> Vec<u8> {
    encoded(&[scalar; MESSAGES])
}

/// The first signer's octets; zeros where nobody is honest.
fn first(shares: &BySigner) -> Vec<u8> {
    let first = shares.values().next().cloned();
    first.unwrap_or_else(|| vec![0; MESSAGES * SHARE_OCTETS])
}

fn scaled(octets: &[u8], factor: Scalar) -> Vec<u8> {
    let scaled: Vec<Scalar> = scalars(octets).map(|share| share * factor).collect();
    encoded(&scaled)
}

fn scalars(octets: &[u8]) -> impl Iterator<Item = Scalar> {
    let shares = octets.chunks_exact(SHARE_OCTETS);
    shares.map(|share| crate::group::decode_scalar(share).unwrap())
}

fn encoded(scalars: &[Scalar]) -> Vec<u8> {
    scalars.iter().flat_map(Scalar::to_bytes).collect()
}

#[test]
fn one_share_is_judged_alike_alone_and_with_the_others() {
    let (shares, messages) = (shares(5, 3, 62), messages(3));
    let signers = [&shares[0], &shares[2], &shares[3]];
    let (commitments, released) = signed(&signers, &messages).unwrap();
    let (group, batch) = (shares[0].group(), batch(&messages, &commitments));
    let judge = |id, octets: &[u8]| wrong_shares(group, &batch, &BTreeMap::from([(id, octets)]));
    for (id, octets) in &released {
        assert_eq!(judge(*id, octets), Ok([].into()));
        let wrong = Ok([*id].into());
        for place in [0, 31, 95] {
            let mut changed = octets.clone();
            changed[place] ^= 1;
            assert_eq!(judge(*id, &changed), wrong);
            let mut all = slices(&released);
            all.insert(*id, &changed);
            assert_eq!(wrong_shares(group, &batch, &all), wrong);
        }
        assert_eq!(judge(*id, &[]), wrong);
        assert_eq!(judge(*id, &octets[1..]), wrong);
        assert_eq!(judge(*id, &[0xff; 96]), wrong);
    }
    for id in [0, 2] {
        let stranger = Err(SessionError::Stranger { id });
        assert_eq!(judge(id, &released[&1]), stranger);
    }
    assert_eq!(wrong_shares(group, &batch, &BTreeMap::new()), Ok([].into()));
}

#[test]
fn bad_commitments_of_one_prove_nothing_against_another() {
    let (shares, messages) = (shares(3, 2, 63), messages(1));
    let (commitments, released) = signed(&[&shares[0], &shares[1]], &messages).unwrap();
    let mut changed = commitments.clone();
    changed.get_mut(&2).unwrap()[..32].fill(0xff);
    let batch = batch(&messages, &changed);
    let judged = wrong_shares(shares[0].group(), &batch, &slices(&released));
    let (culprit, index) = (2, 0);
    assert_eq!(judged, Err(SessionError::BadCommitment { culprit, index }));
}
