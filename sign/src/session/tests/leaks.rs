//! Nothing that a ceremony or a session gives away has a secret in it: no random
//! octets that were drawn, no coefficient, nothing that was dealt, no share.

use std::collections::BTreeMap;
use std::format;
use std::vec;
use std::vec::Vec;

use crate::deal::{Ceremony, Opening, Share};
use crate::sealed::{Cost, Passphrase, seal};
use crate::session::{Ahead, Batch, Nonces, aggregate, commit};
use comity_core::basic::Digest;
use comity_core::message::CeremonyId;
use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::scalar::Scalar;
use data_encoding::HEXLOWER;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rand_core::{CryptoRng, Error, RngCore};

const MEMBERS: u16 = 3;
const THRESHOLD: u16 = 2;

/// A source of randomness that remembers what it gave.
struct Recorder {
    source: ChaCha20Rng,
    drawn: Vec<Vec<u8>>,
}

impl RngCore for Recorder {
    fn next_u32(&mut self) -> u32 {
        self.source.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.source.next_u64()
    }

    fn fill_bytes(&mut self, octets: &mut [u8]) {
        self.source.fill_bytes(octets);
        self.drawn.push(octets.to_vec());
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(octets);
        Ok(())
    }
}

impl CryptoRng for Recorder {}

/// What is secret, and what is given away.
#[derive(Default)]
struct Seen {
    secrets: Vec<Vec<u8>>,
    given: Vec<Vec<u8>>,
}

#[test]
fn what_is_given_away_has_no_secret() {
    let source = ChaCha20Rng::seed_from_u64(9);
    let drawn = Vec::new();
    let mut rng = Recorder { source, drawn };
    let mut seen = Seen::default();
    let shares = ceremony(&mut rng, &mut seen);
    session(&shares, &mut rng, &mut seen);
    seen.secrets.append(&mut rng.drawn);
    // Salt and nonce of a sealed secret are drawn as well, and public.
    let passphrase = Passphrase::new(b"correct horse battery staple".as_slice());
    let sealed = seal(&shares[0], "a", &passphrase, Cost::INTERACTIVE, &mut rng);
    seen.given.push(sealed.unwrap());
    seen.secrets.push(b"correct horse battery staple".to_vec());

    assert!(seen.secrets.len() > 40, "{}", seen.secrets.len());
    let has = |given: &[u8], part: &[u8]| given.windows(part.len()).any(|window| window == part);
    for secret in &seen.secrets {
        let text = HEXLOWER.encode(secret);
        for given in &seen.given {
            assert!(
                !has(given, secret) && !has(given, text.as_bytes()),
                "{text}"
            );
        }
    }
}

/// Everybody's shares, from an honest ceremony.
fn ceremony(rng: &mut Recorder, seen: &mut Seen) -> Vec<Share> {
    let id = CeremonyId {
        ledger: Digest([0x1e; 32]),
        epoch: 1,
        attempt: 1,
    };
    let (mut begun, mut openings) = (Vec::new(), BTreeMap::new());
    let mut sums = vec![Scalar::ZERO; MEMBERS.into()];
    for me in 1..=MEMBERS {
        let before = rng.drawn.len();
        let (ceremony, opening) = Ceremony::begin(me, MEMBERS, THRESHOLD, b"a", rng).unwrap();
        let coefficients = coefficients(&rng.drawn[before..], &opening);
        for (receiver, sum) in (1_u16..).zip(&mut sums) {
            let dealt = coefficients[0] + coefficients[1] * Scalar::from(receiver);
            seen.secrets.push(dealt.to_bytes().into());
            *sum += dealt;
        }
        let scalars = coefficients.iter().map(|scalar| scalar.to_bytes().into());
        seen.secrets.extend(scalars);
        seen.given.push(opening.package.clone());
        seen.given.push(opening.seal_key.into());
        seen.given
            .push(format!("{opening:?} {:?}", opening.to_message(&id)).into());
        begun.push(ceremony);
        openings.insert(me, opening);
    }
    let mut deal = |ceremony: Ceremony| ceremony.deal(&openings, rng).unwrap();
    let (kept, sealed): (Vec<_>, Vec<_>) = begun.into_iter().map(&mut deal).unzip();
    seen.given
        .extend(sealed.iter().flat_map(|to| to.values().cloned()));
    let mut shares = Vec::new();
    for (me, dealt) in (1..).zip(kept) {
        let others = (1..).zip(&sealed).filter(|(from, _)| *from != me);
        let to_me = others.map(|(from, to)| (from, to[&me].clone())).collect();
        shares.push(dealt.finish(&to_me).unwrap());
    }
    for (share, sum) in shares.iter().zip(&sums) {
        let point = (ED25519_BASEPOINT_TABLE * sum).compress().0;
        assert_eq!(share.group().verifying_share(share.id()), Some(point));
        seen.secrets.push(sum.to_bytes().into());
    }
    shares
}

/// A dealer's polynomial, which is what it drew first.
fn coefficients(drawn: &[Vec<u8>], opening: &Opening) -> Vec<Scalar> {
    let wide = drawn.iter().take(THRESHOLD.into());
    let coefficients: Vec<_> = wide
        .map(|octets| Scalar::from_bytes_mod_order_wide(octets.as_slice().try_into().unwrap()))
        .collect();
    let commitments = coefficients.iter();
    let commitments =
        commitments.flat_map(|scalar| (ED25519_BASEPOINT_TABLE * scalar).compress().0);
    assert!(
        opening
            .package
            .starts_with(&commitments.collect::<Vec<_>>())
    );
    coefficients
}

fn session(shares: &[Share], rng: &mut Recorder, seen: &mut Seen) {
    let messages = [b"one".to_vec(), b"two".to_vec()];
    let signers = &shares[..THRESHOLD.into()];
    let made = signers
        .iter()
        .map(|share| commit(share, messages.len(), rng));
    let (nonces, commitments): (Vec<_>, Vec<_>) = made.collect::<Vec<_>>().into_iter().unzip();
    let by_signer = |octets: &[Vec<u8>]| -> BTreeMap<u16, Vec<u8>> {
        let ids = signers.iter().map(Share::id);
        ids.zip(octets.iter().cloned()).collect()
    };
    let committed = by_signer(&commitments);
    let batch = Batch {
        messages: &messages,
        commitments: &committed,
        ahead: Ahead::new(),
    };
    let release = |(nonces, share): (Nonces, &Share)| nonces.sign(share, &batch).unwrap();
    let released: Vec<_> = nonces.into_iter().zip(signers).map(release).collect();
    let sent = by_signer(&released);
    let sent = sent
        .iter()
        .map(|(id, octets)| (*id, octets.as_slice()))
        .collect();
    let signatures = aggregate(shares[0].group(), &batch, &sent).unwrap();
    seen.given.extend(commitments);
    seen.given.extend(released);
    seen.given.push(format!("{signatures:?}").into());
}
