//! The key of a watcher that signs what it verified: one key, for this machine's own
//! resolvers, in BIND's form, so that other tools read it. It never leaves its file.

use std::fmt;
use std::path::{Path, PathBuf};

use comity_core::basic::{Digest, Time};
use comity_core::dnssec::ZoneKey;
use comity_core::edition::serial;
use comity_core::served::ServedZone;
use comity_core::upstream::seal::{Validity, seal};
use comity_core::zone::{Contents, Rdata, Rtype};
use domain::base::rdata::ComposeRecordData as _;
use domain::crypto::sign::{GenerateParams, KeyPair, SecretKeyBytes, SignRaw as _, generate};
use domain::rdata::Dnskey;
use serde::{Deserialize, Serialize};

use crate::files::{self, FileError};

/// The secret part, in BIND's form.
pub const SECRET: &str = "seal.private";
/// The public part: DNSKEY data, which is the trust anchor.
pub const PUBLIC: &str = "seal.key";
const OCTETS_MAX: u64 = 64 * 1024;

/// For how long signatures are valid, and when they are made anew (seconds). Short: who
/// has the key can withdraw what it signed by doing nothing.
pub const VALID_SECONDS: u64 = 3 * 86_400;
const RENEW_SECONDS: u64 = 86_400;
/// Clocks of resolvers may be behind by so much (seconds).
const BEHIND_SECONDS: u64 = 3600;

/// With what a watcher signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// Ed25519 (RFC 8080). Some resolvers do not know it.
    Ed25519,
    /// ECDSA on P-256 with SHA-256 (RFC 6605), which all know.
    #[default]
    EcdsaP256,
}

/// A key.
pub struct SealKey {
    pair: KeyPair,
    zone_key: ZoneKey,
}

/// A key could not be made, read or used.
#[derive(Debug)]
pub enum SealError {
    /// A file.
    File(FileError),
    /// A file is not what it should be.
    Malformed(PathBuf),
    /// The library refuses.
    Crypto(String),
}

impl SealKey {
    /// The key in this folder; where there is none, a new one.
    ///
    /// # Errors
    /// Where it cannot be read or made.
    pub fn open(directory: &Path, algorithm: Algorithm) -> Result<Self, SealError> {
        let (secret, public) = (directory.join(SECRET), directory.join(PUBLIC));
        let text = files::read_secret(&secret, OCTETS_MAX).map_err(SealError::File)?;
        let Some(text) = text else {
            return Self::generate(&secret, &public, algorithm);
        };
        let malformed = |path: &Path| SealError::Malformed(path.to_owned());
        let text = String::from_utf8(text).map_err(|_| malformed(&secret))?;
        let bytes = SecretKeyBytes::parse_from_bind(&text).map_err(|_| malformed(&secret))?;
        let data = files::read_required(&public, OCTETS_MAX).map_err(SealError::File)?;
        let data = String::from_utf8(data).map_err(|_| malformed(&public))?;
        let data = Rdata::from_text(Rtype::DNSKEY, data.trim()).map_err(|_| malformed(&public))?;
        let zone_key = ZoneKey::parse(&data).ok_or_else(|| malformed(&public))?;
        let algorithm = domain::base::iana::SecurityAlgorithm::from_int(zone_key.algorithm());
        let dnskey = Dnskey::new(257, 3, algorithm, zone_key.public_key());
        let dnskey = dnskey.map_err(|_| malformed(&public))?;
        let pair = KeyPair::from_bytes(&bytes, &dnskey);
        let pair = pair.map_err(|error| SealError::Crypto(error.to_string()))?;
        Ok(Self { pair, zone_key })
    }

    fn generate(secret: &Path, public: &Path, algorithm: Algorithm) -> Result<Self, SealError> {
        let params = match algorithm {
            Algorithm::Ed25519 => GenerateParams::Ed25519,
            Algorithm::EcdsaP256 => GenerateParams::EcdsaP256Sha256,
        };
        let words = |error: &dyn fmt::Display| SealError::Crypto(error.to_string());
        let (bytes, dnskey) = generate(&params, 257).map_err(|error| words(&error))?;
        let pair = KeyPair::from_bytes(&bytes, &dnskey).map_err(|error| words(&error))?;
        let mut wire = Vec::new();
        let Ok(()) = dnskey.compose_rdata(&mut wire);
        let data = Rdata::from_wire(Rtype::DNSKEY, &wire);
        let data = data.map_err(|error| words(&error))?;
        let zone_key = ZoneKey::parse(&data).ok_or_else(|| words(&"no key"))?;
        // Crash between the two: a key whose public part is gone, which nobody trusts yet.
        let text = format!("{}\n", data.to_text(Rtype::DNSKEY));
        files::write_public(public, text.as_bytes()).map_err(SealError::File)?;
        let text = bytes.display_as_bind().to_string();
        files::write_private(secret, text.as_bytes()).map_err(SealError::File)?;
        Ok(Self { pair, zone_key })
    }

    /// The trust anchor: DNSKEY data.
    pub fn anchor(&self) -> &Rdata {
        self.zone_key.rdata()
    }

    /// The zone with these contents, signed under this serial.
    ///
    /// # Errors
    /// Where the library does not sign.
    pub fn sign(
        &self,
        contents: &Contents,
        serial: u32,
        now: Time,
    ) -> Result<ServedZone, SealError> {
        let validity = Validity {
            inception: Time(now.0.saturating_sub(BEHIND_SECONDS)),
            expiration: now.plus(VALID_SECONDS),
        };
        seal((contents, serial), &self.zone_key, validity, |message| {
            let signature = self.pair.sign_raw(message);
            let signature = signature.map_err(|error| SealError::Crypto(error.to_string()))?;
            Ok(signature.as_ref().to_vec())
        })
    }
}

/// What was signed last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Its serial.
    pub serial: Option<u32>,
    /// When.
    pub time: Option<Time>,
    /// The digest of its contents.
    pub contents: Option<Digest>,
}

impl Sealed {
    /// Whether it is time to sign again though nothing has changed.
    pub(super) fn is_old(&self, now: Time) -> bool {
        self.time
            .is_none_or(|time| now >= time.plus(RENEW_SECONDS) || now < time)
    }

    /// The serial of the next: the upstream's, or the one after the last that was served,
    /// sealed or not, where that is not later.
    pub(super) fn next_serial(&self, upstream: u32, served: Option<u32>) -> u32 {
        let lasts = [self.serial, served].into_iter().flatten();
        lasts.fold(upstream, |next, last| match serial::is_later(next, last) {
            true => next,
            false => last.wrapping_add(1),
        })
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.zone_key.tag())
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Malformed(path) => write!(f, "{}: not a key of a watcher", path.display()),
            Self::Crypto(why) => write!(f, "the zone cannot be signed: {why}"),
        }
    }
}

impl std::error::Error for SealError {}
