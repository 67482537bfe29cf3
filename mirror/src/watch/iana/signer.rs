//! The certificate of who signed (RFC 5280): whose it is, what it is for, and whether it is
//! under an authority that the operator has named.

use std::time::Duration;

use comity_core::basic::Time;
use comity_core::limits;
use der::asn1::{Ia5StringRef, Utf8StringRef};
use der::oid::db::rfc3280;
use der::{Decode as _, Encode as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage as Usage, SubjectAltName};

use super::{IanaRefusal, SIGNER};

/// `id-kp-emailProtection` (RFC 5280 §4.2.1.12): what a certificate with an extended
/// usage must be for, since that is what signs messages.
const EMAIL_PROTECTION: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 3, 4];

/// The authorities that an operator names.
pub(super) struct Authorities {
    /// Those that have signed their own certificate: trusted.
    anchors: Vec<CertificateDer<'static>>,
    /// Others beside them: on the way to one that is.
    between: Vec<CertificateDer<'static>>,
}

impl Authorities {
    /// Reads certificates in PEM, with any text between them.
    pub(super) fn parse(pem: &[u8], now: Time) -> Result<Self, IanaRefusal> {
        let bad = IanaRefusal::NoAuthority;
        let found = CertificateDer::pem_slice_iter(pem).take(limits::ANCHOR_CERTIFICATES_MAX + 1);
        let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|_| bad.clone())?;
        if found.len() > limits::ANCHOR_CERTIFICATES_MAX {
            return Err(IanaRefusal::TooMany);
        }
        let (mut anchors, mut between, mut was_expired) = (Vec::new(), Vec::new(), false);
        for octets in found {
            let certificate = Certificate::from_der(&octets).map_err(|_| bad.clone())?;
            let is_own = certificate.tbs_certificate.issuer == certificate.tbs_certificate.subject;
            match (
                is_own && is_authority(&certificate),
                is_valid(&certificate, now),
            ) {
                (true, true) => anchors.push(octets),
                (true, false) => was_expired = true,
                (false, _) => between.push(octets),
            }
        }
        match (anchors.is_empty(), was_expired) {
            (true, true) => Err(IanaRefusal::AuthorityExpired),
            (true, false) => Err(bad),
            (false, _) => Ok(Self { anchors, between }),
        }
    }
}

fn is_authority(certificate: &Certificate) -> bool {
    let found = certificate.tbs_certificate.get::<BasicConstraints>();
    found.is_ok_and(|found| found.is_some_and(|(_, found)| found.ca))
}

fn is_valid(certificate: &Certificate, now: Time) -> bool {
    let validity = &certificate.tbs_certificate.validity;
    let [from, until] = [validity.not_before, validity.not_after].map(|it| it.to_unix_duration());
    (from..=until).contains(&Duration::from_secs(now.0))
}

/// The certificate is the signer's, for signatures, valid now, and under an authority.
pub(super) fn check(
    certificate: &Certificate,
    beside: &[Certificate],
    authorities: &Authorities,
    now: Time,
) -> Result<(), IanaRefusal> {
    if !is_signers(certificate) {
        return Err(IanaRefusal::OtherSigner);
    }
    let usage = certificate.tbs_certificate.get::<Usage>();
    if !usage.is_ok_and(|usage| usage.is_some_and(|(_, usage)| usage.digital_signature())) {
        return Err(IanaRefusal::Usage);
    }
    let octets = octets(certificate)?;
    let signer = EndEntityCert::try_from(&octets).map_err(IanaRefusal::Certificate)?;
    let anchors = authorities
        .anchors
        .iter()
        .map(webpki::anchor_from_trusted_cert);
    let anchors: Vec<TrustAnchor<'_>> = anchors
        .collect::<Result<_, _>>()
        .map_err(IanaRefusal::Certificate)?;
    let beside = beside.iter().map(self::octets);
    let mut between: Vec<CertificateDer<'_>> = beside.collect::<Result<_, _>>()?;
    between.extend(authorities.between.iter().cloned());
    let verified = signer.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &between,
        UnixTime::since_unix_epoch(Duration::from_secs(now.0)),
        KeyUsage::required_if_present(EMAIL_PROTECTION),
        None,
        None,
    );
    verified.map_err(IanaRefusal::Certificate).map(|_| ())
}

/// The certificate's key has made this signature.
pub(super) fn check_signature(
    certificate: &Certificate,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
    signed: &[u8],
    signature: &[u8],
) -> Result<(), IanaRefusal> {
    let octets = octets(certificate)?;
    let signer = EndEntityCert::try_from(&octets).map_err(IanaRefusal::Certificate)?;
    let holds = |algorithm: &&dyn SignatureVerificationAlgorithm| {
        signer
            .verify_signature(*algorithm, signed, signature)
            .is_ok()
    };
    match algorithms.iter().any(holds) {
        true => Ok(()),
        false => Err(IanaRefusal::Differs),
    }
}

/// Whether its subject, or one of its other names, is the signer's address (RFC 5280
/// §4.1.2.6, §4.2.1.6).
fn is_signers(certificate: &Certificate) -> bool {
    let subject = &certificate.tbs_certificate.subject;
    let mut parts = subject.0.iter().flat_map(|part| part.0.iter());
    let in_subject = parts.any(|part| {
        let is_text = |text: &str| text.eq_ignore_ascii_case(SIGNER);
        let ia5 = part.value.decode_as::<Ia5StringRef<'_>>();
        let utf8 = part.value.decode_as::<Utf8StringRef<'_>>();
        let is_it =
            ia5.is_ok_and(|it| is_text(it.as_str())) || utf8.is_ok_and(|it| is_text(it.as_str()));
        part.oid == rfc3280::EMAIL_ADDRESS && is_it
    });
    let others = certificate.tbs_certificate.get::<SubjectAltName>();
    let is_it = |name: &GeneralName| match name {
        GeneralName::Rfc822Name(address) => address.as_str().eq_ignore_ascii_case(SIGNER),
        _ => false,
    };
    in_subject || others.is_ok_and(|it| it.is_some_and(|(_, it)| it.0.iter().any(is_it)))
}

fn octets(certificate: &Certificate) -> Result<CertificateDer<'static>, IanaRefusal> {
    let octets = certificate.to_der().map_err(|_| IanaRefusal::NotCms)?;
    Ok(octets.into())
}
