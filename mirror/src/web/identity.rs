//! By what a web server of ours shows who it is: a certificate and its key, in files
//! that are read again when they are others. TLS 1.3 alone (RFC 8446), by rustls with
//! ring.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

use crate::files::{self, FileError};

/// Octets of a chain of certificates, or of a key, in PEM.
const PEM_OCTETS_MAX: u64 = 1024 * 1024;
/// What is spoken over it (RFC 7301).
const ALPN: &[u8] = b"http/1.1";

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityFiles {
    /// The certificate, and those between it and its authority, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

/// Certificate and key cannot be used.
#[derive(Debug)]
pub enum IdentityError {
    /// A file cannot be read.
    File(FileError),
    /// A file is not what it should be.
    Malformed(PathBuf, String),
    /// The key is not this certificate's, or rustls refuses the two.
    Pair(IdentityFiles, rustls::Error),
}

/// Certificate and key, as the files had them when they last were a pair.
#[derive(Debug)]
pub struct Identity {
    files: IdentityFiles,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    /// The files that were last looked at.
    stamps: [Option<Stamp>; 2],
    config: Arc<ServerConfig>,
}

/// By what it is seen that a file is another: device and file, length, and the times of
/// its last changes to the nanosecond.
type Stamp = [i128; 5];

impl Identity {
    /// Reads both.
    ///
    /// # Errors
    /// Where they are not a certificate and its key.
    pub fn read(files: IdentityFiles) -> Result<Self, IdentityError> {
        let stamps = stamps(&files);
        let config = Arc::new(read(&files)?);
        Ok(Self {
            files,
            current: Mutex::new(Current { stamps, config }),
        })
    }

    /// For the next connection. Where the files are others, they are read again; as long
    /// as they are no pair, as while one of them is replaced, the former is used.
    pub fn acceptor(&self) -> TlsAcceptor {
        // Whoever held it cannot have left a half of it.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = stamps(&self.files);
        if stamps != current.stamps {
            current.stamps = stamps;
            match read(&self.files) {
                Ok(config) => {
                    info!(certificate = %self.files.certificate.display(), "read again");
                    current.config = Arc::new(config);
                }
                Err(error) => warn!("the certificate of before is used: {error}"),
            }
        }
        TlsAcceptor::from(Arc::clone(&current.config))
    }
}

fn stamps(files: &IdentityFiles) -> [Option<Stamp>; 2] {
    [&files.certificate, &files.key].map(|path| stamp(path))
}

fn stamp(path: &Path) -> Option<Stamp> {
    let of = std::fs::metadata(path).ok()?;
    let time = |seconds: i64, part: i64| i128::from(seconds) * 1_000_000_000 + i128::from(part);
    Some([
        of.dev().into(),
        of.ino().into(),
        of.len().into(),
        time(of.mtime(), of.mtime_nsec()),
        time(of.ctime(), of.ctime_nsec()),
    ])
}

fn read(files: &IdentityFiles) -> Result<ServerConfig, IdentityError> {
    let octets = |path| files::read_required(path, PEM_OCTETS_MAX).map_err(IdentityError::File);
    let malformed = |path: &Path, why: &dyn fmt::Display| {
        IdentityError::Malformed(path.into(), why.to_string())
    };
    let IdentityFiles { certificate, key } = files;
    let chain = octets(certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(|error| malformed(certificate, &error))?;
    if chain.is_empty() {
        return Err(malformed(certificate, &"there is no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_slice(&octets(key)?);
    let secret = secret.map_err(|error| malformed(key, &error))?;
    let pair = |error| IdentityError::Pair(files.clone(), error);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(pair)?
        .with_no_client_auth();
    let mut config = config.with_single_cert(chain, secret).map_err(pair)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(f, "{error}"),
            Self::Malformed(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Pair(IdentityFiles { certificate, key }, why) => write!(
                f,
                "{} and {} are no certificate with its key: {why}",
                certificate.display(),
                key.display()
            ),
        }
    }
}

impl std::error::Error for IdentityError {}

#[cfg(test)]
mod tests;
