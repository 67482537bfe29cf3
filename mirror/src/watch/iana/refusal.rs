//! Each rule that published trust anchors can break.

use std::fmt;

use comity_core::basic::Time;
use comity_core::zone::Name;

use super::SIGNER;

/// Why published trust anchors are not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IanaRefusal {
    /// A file is larger than the limit.
    TooLarge,
    /// The file of authorities has no certificate of one, or something that is none.
    NoAuthority,
    /// None of the authorities' certificates is valid now.
    AuthorityExpired,
    /// The signature is no CMS message of signed data (RFC 5652 §5), in DER.
    NotCms,
    /// It has its own contents: it is not detached.
    NotDetached,
    /// Nobody has signed.
    NoSigner,
    /// More signers or certificates than the limit.
    TooMany,
    /// The signer's certificate is not in it.
    NoCertificate,
    /// Signed by an algorithm that is not taken: RSA with 2048 bits or more, or ECDSA, each
    /// with SHA-2, are.
    Algorithm,
    /// The signature is of another file, or of none.
    Differs,
    /// The signer's certificate is of somebody else.
    OtherSigner,
    /// It is not for signatures (RFC 5280 §4.2.1.3).
    Usage,
    /// It is under none of the authorities, or not valid.
    Certificate(webpki::Error),
    /// The file is no XML, or has a document type and so entities.
    NotXml(roxmltree::Error),
    /// The file is not of its form (RFC 9718 §2.1).
    Form(&'static str),
    /// It is about another zone.
    OtherZone(Name),
    /// The key that it shows is not the one that it names.
    KeyDiffers(u16),
    /// None of the keys that it names is valid now.
    NoneValid(Time),
}

impl IanaRefusal {
    /// A word for the rule, for scripts and statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooMany => "too-large",
            Self::NoAuthority => "authorities",
            Self::AuthorityExpired => "authority-expired",
            Self::NotCms | Self::NotDetached => "malformed",
            Self::NoSigner => "unsigned",
            Self::NoCertificate => "no-certificate",
            Self::Algorithm => "algorithm",
            Self::Differs => "tampered",
            Self::OtherSigner => "signer",
            Self::Usage => "usage",
            Self::Certificate(why) => match why {
                webpki::Error::CertExpired { .. } => "expired",
                webpki::Error::CertNotValidYet { .. } => "not-yet-valid",
                webpki::Error::RequiredEkuNotFoundContext(_) => "usage",
                _ => "authority",
            },
            Self::NotXml(_) | Self::Form(_) => "form",
            Self::OtherZone(_) => "zone",
            Self::KeyDiffers(_) => "key",
            Self::NoneValid(_) => "none-valid",
        }
    }
}

impl fmt::Display for IanaRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("a file is larger than the limit"),
            Self::NoAuthority => {
                f.write_str("the file of authorities has no certificate of one that signs its own")
            }
            Self::AuthorityExpired => {
                f.write_str("none of the authorities' certificates is valid now")
            }
            Self::NotCms => f.write_str("the signature is no CMS message of signed data in DER"),
            Self::NotDetached => f.write_str("the signature has contents of its own"),
            Self::NoSigner => f.write_str("nobody has signed"),
            Self::TooMany => f.write_str("more signers or certificates than the limit"),
            Self::NoCertificate => {
                f.write_str("the signer's certificate is not beside the signature")
            }
            Self::Algorithm => f.write_str("signed by an algorithm that is not taken"),
            Self::Differs => f.write_str("the signature is not one of this file"),
            Self::OtherSigner => write!(f, "the signer's certificate is not that of {SIGNER}"),
            Self::Usage => f.write_str("the signer's certificate is not for signatures"),
            Self::Certificate(webpki::Error::CertExpired { .. }) => f.write_str(
                "the signer's certificate is not valid any more: fetch the file and its signature again",
            ),
            Self::Certificate(webpki::Error::CertNotValidYet { .. }) => {
                f.write_str("the signer's certificate is not valid yet: is the clock right?")
            }
            Self::Certificate(why) => write!(f, "the signer's certificate: {why}"),
            Self::NotXml(why) => write!(f, "the file of anchors is not XML that is taken: {why}"),
            Self::Form(what) => write!(f, "the file of anchors is not of its form: {what}"),
            Self::OtherZone(zone) => write!(f, "the file of anchors is about {zone}"),
            Self::KeyDiffers(tag) => write!(f, "the key shown with {tag} is another one"),
            Self::NoneValid(now) => write!(f, "none of the keys that are named is valid at {now}"),
        }
    }
}

impl std::error::Error for IanaRefusal {}
