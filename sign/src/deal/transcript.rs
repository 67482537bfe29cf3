//! What a proof hashes to its challenge (Fiat-Shamir), and the nonces of proofs.
//! Each part is preceded by its length, so that no two transcripts are alike by
//! being cut elsewhere.

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

#[derive(Clone)]
pub(super) struct Transcript(Sha512);

impl Transcript {
    /// One for a use of its own.
    pub(super) fn new(domain: &str) -> Self {
        Self(Sha512::new()).with(domain.as_bytes())
    }

    pub(super) fn with(mut self, octets: &[u8]) -> Self {
        // No part is as long as 2^64 octets.
        self.0.update((octets.len() as u64).to_be_bytes());
        self.0.update(octets);
        self
    }

    pub(super) fn with_number(self, number: u16) -> Self {
        self.with(&number.to_be_bytes())
    }

    pub(super) fn digest(self) -> [u8; 64] {
        self.0.finalize().into()
    }

    pub(super) fn challenge(self) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.digest())
    }

    /// A random scalar, not zero, into which a secret and all that was said so
    /// far are mixed, as RFC 9591 §4.1 has it for nonces: so a source of
    /// randomness that is bad, or repeats itself, does not give the secret away.
    pub(super) fn random(
        &self,
        secret: &Scalar,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Zeroizing<Scalar> {
        let mut random = Zeroizing::new([0; 32]);
        loop {
            rng.fill_bytes(random.as_mut());
            let hash = self.clone().with(b"random").with(random.as_ref());
            let digest = Zeroizing::new(hash.with(secret.as_bytes()).digest());
            let scalar = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&digest));
            if *scalar != Scalar::ZERO {
                return scalar;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deal::tests::seeded;

    #[test]
    fn parts_cut_elsewhere_make_another_transcript() {
        let start = || Transcript::new("test");
        let one = start().with(b"ab").with(b"c").challenge();
        for other in [
            start().with(b"a").with(b"bc"),
            start().with(b"abc"),
            start().with(b"ab").with(b"c").with(b""),
            Transcript::new("tes").with(b"tab").with(b"c"),
        ] {
            assert_ne!(one, other.challenge());
        }
        assert_eq!(one, start().with(b"ab").with(b"c").challenge());
    }

    #[test]
    fn a_source_that_repeats_itself_gives_other_nonces_for_other_uses() {
        let (one, two) = (Scalar::from(1_u64), Scalar::from(2_u64));
        let nonce = |part: &[u8], secret: &Scalar| {
            let transcript = Transcript::new("test").with(part);
            *transcript.random(secret, &mut seeded(1))
        };
        assert_ne!(nonce(b"a", &one), nonce(b"b", &one));
        assert_ne!(nonce(b"a", &one), nonce(b"a", &two));
        assert_eq!(nonce(b"a", &one), nonce(b"a", &one));
    }
}
