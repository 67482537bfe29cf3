//! A detached signature as a CMS message (RFC 5652 §5): who has signed which octets.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedAttributes, SignedData, SignerIdentifier, SignerInfo};
use comity_core::basic::Time;
use comity_core::limits;
use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::db::{rfc5911, rfc5912};
use der::{Any, Decode as _, Encode as _};
use rustls::pki_types::SignatureVerificationAlgorithm;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use webpki::ring;
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::IanaRefusal;
use super::signer::{self, Authorities};

/// A signature that was read and not verified.
pub(super) struct Message {
    certificates: Vec<Certificate>,
    signers: Vec<SignerInfo>,
}

/// How a signer signs.
struct Method {
    /// The hash of a document, as the signed attributes state it.
    digest: fn(&[u8]) -> Vec<u8>,
    /// Who verifies it. Of ECDSA each curve.
    algorithms: Vec<&'static dyn SignatureVerificationAlgorithm>,
}

impl Message {
    /// Reads a message.
    pub(super) fn parse(octets: &[u8]) -> Result<Self, IanaRefusal> {
        let not_cms = |_| IanaRefusal::NotCms;
        let outer = ContentInfo::from_der(octets).map_err(not_cms)?;
        if outer.content_type != rfc5911::ID_SIGNED_DATA {
            return Err(IanaRefusal::NotCms);
        }
        let signed: SignedData = outer.content.decode_as().map_err(not_cms)?;
        let contents = signed.encap_content_info;
        if contents.econtent.is_some() || contents.econtent_type != rfc5911::ID_DATA {
            return Err(IanaRefusal::NotDetached);
        }
        let certificates = signed.certificates.map(|set| set.0.into_vec());
        let plain = |choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate),
            CertificateChoices::Other(_) => None,
        };
        let certificates = certificates.unwrap_or_default().into_iter();
        let certificates: Vec<Certificate> = certificates.filter_map(plain).collect();
        let signers = signed.signer_infos.0.into_vec();
        if signers.is_empty() {
            return Err(IanaRefusal::NoSigner);
        }
        if signers.len() > limits::ANCHOR_SIGNERS_MAX
            || certificates.len() > limits::ANCHOR_CERTIFICATES_MAX
        {
            return Err(IanaRefusal::TooMany);
        }
        Ok(Self {
            certificates,
            signers,
        })
    }

    /// One of those who have signed this document may: else why the last may not.
    pub(super) fn verify(
        &self,
        document: &[u8],
        authorities: &Authorities,
        now: Time,
    ) -> Result<(), IanaRefusal> {
        let mut why = IanaRefusal::NoSigner;
        for signer in &self.signers {
            match self.verify_signer(signer, document, authorities, now) {
                Ok(()) => return Ok(()),
                Err(refusal) => why = refusal,
            }
        }
        Err(why)
    }

    fn verify_signer(
        &self,
        by: &SignerInfo,
        document: &[u8],
        authorities: &Authorities,
        now: Time,
    ) -> Result<(), IanaRefusal> {
        let is_it = |certificate: &&Certificate| is_of(&by.sid, certificate);
        let certificate = self.certificates.iter().find(is_it);
        let certificate = certificate.ok_or(IanaRefusal::NoCertificate)?;
        let method = Method::of(by).ok_or(IanaRefusal::Algorithm)?;
        let signed = match &by.signed_attrs {
            None => document.to_vec(),
            // RFC 5652 §5.4: over the attributes, as a set in DER, which state the hash.
            Some(attributes) => {
                check_attributes(attributes, &(method.digest)(document))?;
                attributes.to_der().map_err(|_| IanaRefusal::NotCms)?
            }
        };
        signer::check(certificate, &self.certificates, authorities, now)?;
        let signature = by.signature.as_bytes();
        signer::check_signature(certificate, &method.algorithms, &signed, signature)
    }
}

/// Whether a certificate is the one that a signer names (RFC 5652 §5.3).
fn is_of(signer: &SignerIdentifier, certificate: &Certificate) -> bool {
    let certificate = &certificate.tbs_certificate;
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(it) => {
            it.issuer == certificate.issuer && it.serial_number == certificate.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(it) => {
            let found = certificate.get::<SubjectKeyIdentifier>();
            found.is_ok_and(|found| found.is_some_and(|(_, found)| found == *it))
        }
    }
}

/// The attributes say of what they are and state its hash, each once (RFC 5652 §11.1,
/// §11.2). Of others, nothing is asked.
fn check_attributes(attributes: &SignedAttributes, digest: &[u8]) -> Result<(), IanaRefusal> {
    let content_type = value_of(attributes, rfc5911::ID_CONTENT_TYPE)?;
    let content_type = content_type.decode_as::<ObjectIdentifier>();
    let stated = value_of(attributes, rfc5911::ID_MESSAGE_DIGEST)?;
    let stated = stated.decode_as::<OctetString>();
    let is_data = content_type.is_ok_and(|it| it == rfc5911::ID_DATA);
    match is_data && stated.is_ok_and(|it| it.as_bytes() == digest) {
        true => Ok(()),
        false => Err(IanaRefusal::Differs),
    }
}

fn value_of(attributes: &SignedAttributes, id: ObjectIdentifier) -> Result<&Any, IanaRefusal> {
    let mut values = attributes
        .iter()
        .filter(|attribute| attribute.oid == id)
        .flat_map(|attribute| attribute.values.iter());
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(IanaRefusal::NotCms),
    }
}

impl Method {
    fn of(signer: &SignerInfo) -> Option<Self> {
        // RFC 3370 §3.2, RFC 5754 §3.2: RSA may be named with its hash or without.
        let (digest, signature) = (signer.digest_alg.oid, signer.signature_algorithm.oid);
        let rsa = |with| signature == rfc5912::RSA_ENCRYPTION || signature == with;
        match digest {
            rfc5912::ID_SHA_256 if rsa(rfc5912::SHA_256_WITH_RSA_ENCRYPTION) => Some(Self {
                digest: |octets| Sha256::digest(octets).to_vec(),
                algorithms: vec![ring::RSA_PKCS1_2048_8192_SHA256],
            }),
            rfc5912::ID_SHA_384 if rsa(rfc5912::SHA_384_WITH_RSA_ENCRYPTION) => Some(Self {
                digest: |octets| Sha384::digest(octets).to_vec(),
                algorithms: vec![ring::RSA_PKCS1_2048_8192_SHA384],
            }),
            rfc5912::ID_SHA_512 if rsa(rfc5912::SHA_512_WITH_RSA_ENCRYPTION) => Some(Self {
                digest: |octets| Sha512::digest(octets).to_vec(),
                algorithms: vec![ring::RSA_PKCS1_2048_8192_SHA512],
            }),
            rfc5912::ID_SHA_256 if signature == rfc5912::ECDSA_WITH_SHA_256 => Some(Self {
                digest: |octets| Sha256::digest(octets).to_vec(),
                algorithms: vec![ring::ECDSA_P256_SHA256, ring::ECDSA_P384_SHA256],
            }),
            rfc5912::ID_SHA_384 if signature == rfc5912::ECDSA_WITH_SHA_384 => Some(Self {
                digest: |octets| Sha384::digest(octets).to_vec(),
                algorithms: vec![ring::ECDSA_P256_SHA384, ring::ECDSA_P384_SHA384],
            }),
            _ => None,
        }
    }
}
