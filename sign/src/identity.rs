//! A party's own key: what signs acts, ballots, cosignatures and messages of a
//! member, a holder, a witness or a secretariat. It is an ordinary Ed25519 key
//! (RFC 8032) in one place, unlike the zone key, which is in none.

use alloc::boxed::Box;
use alloc::vec::Vec;

use comity_core::act::json::Payload;
use comity_core::act::{Envelope, SignatureEntry};
use comity_core::basic::{PublicKey, Signature};
use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::{CryptoRng, RngCore};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::assertions::assert_secret;
use crate::sealed::{Kind, Secret};

/// An Ed25519 secret key. Wiped when dropped.
///
/// ```compile_fail
/// fn copy(identity: comity_sign::identity::Identity) -> comity_sign::identity::Identity {
///     identity.clone()
/// }
/// ```
pub struct Identity {
    // Wipes itself (`ed25519_dalek`, feature `zeroize`).
    key: Box<SigningKey>,
}

impl ZeroizeOnDrop for Identity {}

assert_secret!(Identity);

impl Identity {
    /// A new key from 32 random octets (RFC 8032 §5.1.5).
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.key.verifying_key().to_bytes())
    }

    /// A signature over `message` (RFC 8032 §5.1.6). Deterministic.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.key.sign(message).to_bytes())
    }

    /// An act or a message with this key's signature.
    pub fn signed<P: Payload>(&self, payload: &P) -> Envelope {
        let mut envelope = Envelope::unsigned(payload);
        let sig = self.sign(&envelope.signing_input());
        envelope.add(SignatureEntry {
            keyid: self.public(),
            sig,
        });
        envelope
    }

    fn from_seed(seed: &[u8; 32]) -> Self {
        Self {
            key: Box::new(SigningKey::from_bytes(seed)),
        }
    }
}

/// At rest: the 32 octets of the seed.
impl Secret for Identity {
    const KIND: Kind = Kind::Identity;

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.key.as_bytes().to_vec())
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self::from_seed)
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn signs_as_rfc_8032_says() {
        // RFC 8032 §7.1, TEST 2.
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        let seed = HEXLOWER.decode(seed.as_bytes()).unwrap();
        let identity = Identity::decode(&seed).unwrap();

        assert_eq!(HEXLOWER.encode(&identity.public().0), public);
        assert_eq!(HEXLOWER.encode(&identity.sign(&[0x72]).0), signature);
    }

    #[test]
    fn signatures_verify_under_the_public_key_and_no_other() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (one, other) = (Identity::generate(&mut rng), Identity::generate(&mut rng));
        let signature = one.sign(b"act");

        assert!(one.public().verifies(b"act", &signature));
        assert!(!one.public().verifies(b"acts", &signature));
        assert!(!other.public().verifies(b"act", &signature));
    }

    #[test]
    fn refuses_a_seed_of_another_length() {
        assert!(Identity::decode(&[7; 31]).is_none());
        assert!(Identity::decode(&[7; 33]).is_none());
    }
}
