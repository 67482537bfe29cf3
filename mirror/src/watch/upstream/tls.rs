//! Transfers over TLS (RFC 9103), by rustls with ring. A certificate is verified
//! under the roots that browsers trust, or under those of a file.

use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::error::UpstreamError;

/// What servers of transfers say that they speak (RFC 9103 §7.1).
const ALPN: &[u8] = b"dot";

/// How a server's certificate is verified.
#[derive(Clone, Debug)]
pub struct Tls {
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

impl Tls {
    /// The server must have a certificate for this name, issued by one of the
    /// authorities in a PEM file, or that browsers trust.
    ///
    /// # Errors
    /// Where name or file are not what they should be.
    pub fn new(name: &str, authorities: Option<&Path>) -> Result<Self, UpstreamError> {
        let words = |error: &dyn std::fmt::Display| UpstreamError::Tls(error.to_string());
        let name = ServerName::try_from(name.to_owned()).map_err(|error| words(&error))?;
        let mut roots = RootCertStore::empty();
        match authorities {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let found = CertificateDer::pem_file_iter(path).map_err(|error| words(&error))?;
                for certificate in found {
                    let certificate = certificate.map_err(|error| words(&error))?;
                    roots.add(certificate).map_err(|error| words(&error))?;
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            // RFC 9103 §7.2: nothing older.
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| words(&error))?
            .with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self {
            name,
            config: Arc::new(config),
        })
    }

    /// Agrees with the server on a connection.
    pub(super) fn connect(
        &self,
        mut stream: TcpStream,
    ) -> Result<StreamOwned<ClientConnection, TcpStream>, UpstreamError> {
        let words = |error: &dyn std::fmt::Display| UpstreamError::Tls(error.to_string());
        let connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone());
        let mut connection = connection.map_err(|error| words(&error))?;
        while connection.is_handshaking() {
            connection
                .complete_io(&mut stream)
                .map_err(|error| words(&error))?;
        }
        Ok(StreamOwned::new(connection, stream))
    }
}
