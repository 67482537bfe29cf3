//! Which key on which token: a PKCS #11 URI (RFC 7512), for example
//! `pkcs11:token=be;object=op1?module-path=/usr/lib/softhsm/libsofthsm2.so`.
//!
//! Of the attributes only those are taken that name a token, a key, a library
//! and a file with a PIN. Any other is refused and not overlooked, which
//! RFC 7512 §2.3 leaves to who reads. A PIN itself has no place in a URI.

use std::error;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Octets of a URI.
const URI_OCTETS_MAX: usize = 2048;
const SCHEME: &str = "pkcs11:";

/// A key on a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUri {
    /// The text that it was read from.
    text: String,
    /// `module-path`: the token's library.
    pub module_path: PathBuf,
    /// `pin-source`: a file with the PIN.
    pub pin_source: Option<PathBuf>,
    /// `token`: the token's label.
    pub token: Option<String>,
    /// `manufacturer`: who made the token.
    pub manufacturer: Option<String>,
    /// `serial`: the token's serial number.
    pub serial: Option<String>,
    /// `model`: the token's model.
    pub model: Option<String>,
    /// `object`: the key's label.
    pub object: Option<String>,
    /// `id`: the key's identifier, any octets.
    pub id: Option<Vec<u8>>,
}

/// Why a text does not name a key on a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UriError {
    /// It is not a PKCS #11 URI.
    NotPkcs11,
    /// It is longer than any such URI.
    TooLong,
    /// A part of it is not `name=value` in the URI's characters.
    Malformed {
        /// The part.
        part: String,
    },
    /// An attribute stands twice.
    Twice {
        /// Its name.
        name: String,
    },
    /// An attribute that is not taken here.
    Unknown {
        /// Its name.
        name: String,
    },
    /// The URI has a PIN in it, where others can read it.
    PinInside,
    /// The PIN would come from a command.
    PinCommand,
    /// It names another type of object.
    OtherType,
    /// It does not say where the library is.
    NoLibrary,
    /// It does not say which key.
    NoKey,
}

impl fmt::Display for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for KeyUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        if text.len() > URI_OCTETS_MAX {
            return Err(UriError::TooLong);
        }
        let rest = text.strip_prefix(SCHEME).ok_or(UriError::NotPkcs11)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut path = Attributes::read(path, ';', b"&")?;
        let mut query = Attributes::read(query, '&', b"/?|")?;
        if query.take("pin-value").is_some() {
            return Err(UriError::PinInside);
        }
        if !matches!(path.take("type").as_deref(), None | Some(b"private")) {
            return Err(UriError::OtherType);
        }
        let uri = Self {
            module_path: query
                .take_text("module-path")?
                .map(PathBuf::from)
                .unwrap_or_default(),
            pin_source: query.take_text("pin-source")?.map(pin_file).transpose()?,
            token: path.take_text("token")?,
            manufacturer: path.take_text("manufacturer")?,
            serial: path.take_text("serial")?,
            model: path.take_text("model")?,
            object: path.take_text("object")?,
            id: path.take("id"),
            text: text.to_owned(),
        };
        if let Some((name, _)) = path.0.into_iter().chain(query.0).next() {
            return Err(UriError::Unknown { name });
        }
        if uri.module_path.as_os_str().is_empty() {
            return Err(UriError::NoLibrary);
        }
        if uri.object.is_none() && uri.id.is_none() {
            return Err(UriError::NoKey);
        }
        Ok(uri)
    }
}

/// A path, or a `file` URI of this machine (RFC 8089 §2).
fn pin_file(source: String) -> Result<PathBuf, UriError> {
    if source.starts_with('|') {
        return Err(UriError::PinCommand);
    }
    let path = source.strip_prefix("file:").unwrap_or(&source);
    let path = path.strip_prefix("//").unwrap_or(path);
    Ok(PathBuf::from(path))
}

/// Names and values that were not taken yet.
struct Attributes(Vec<(String, Vec<u8>)>);

impl Attributes {
    fn read(text: &str, separator: char, further: &[u8]) -> Result<Self, UriError> {
        let mut attributes: Vec<(String, Vec<u8>)> = Vec::new();
        for part in text.split(separator).filter(|_| !text.is_empty()) {
            let malformed = || UriError::Malformed {
                part: part.to_owned(),
            };
            let (name, value) = part.split_once('=').ok_or_else(malformed)?;
            let is_of_names = |octet: u8| octet.is_ascii_alphanumeric() || b"-_".contains(&octet);
            if name.is_empty() || !name.bytes().all(is_of_names) {
                return Err(malformed());
            }
            if attributes.iter().any(|(other, _)| other == name) {
                return Err(UriError::Twice { name: name.into() });
            }
            let value = decode(value, further).ok_or_else(malformed)?;
            attributes.push((name.to_owned(), value));
        }
        Ok(Self(attributes))
    }

    fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let index = self.0.iter().position(|(other, _)| other == name)?;
        Some(self.0.swap_remove(index).1)
    }

    fn take_text(&mut self, name: &str) -> Result<Option<String>, UriError> {
        let text = self.take(name).map(String::from_utf8).transpose();
        text.map_err(|_| UriError::Malformed { part: name.into() })
    }
}

/// A value without its percent signs; none where a character has no place in
/// it (RFC 7512 §2.3: `pk11-res-avail` and the unreserved ones, and
/// `further`).
fn decode(value: &str, further: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_first_chunk::<2>()?;
            let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
            octets.push(u8::try_from(high? * 16 + low?).ok()?);
            rest = after;
        } else if first.is_ascii_alphanumeric()
            || b"-._~:[]@!$'()*+,=".contains(first)
            || further.contains(first)
        {
            octets.push(*first);
        } else {
            return None;
        }
    }
    Some(octets)
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPkcs11 => f.write_str("a key on a token begins with \"pkcs11:\""),
            Self::TooLong => write!(f, "a PKCS #11 URI has at most {URI_OCTETS_MAX} octets"),
            Self::Malformed { part } => {
                write!(f, "\"{part}\" is not a name and a value of a PKCS #11 URI")
            }
            Self::Twice { name } => write!(f, "\"{name}\" stands twice in the PKCS #11 URI"),
            Self::Unknown { name } => write!(
                f,
                "\"{name}\" is not taken in a PKCS #11 URI here; leave it out"
            ),
            Self::PinInside => {
                f.write_str("a PIN does not belong into a PKCS #11 URI; name a file by pin-source=")
            }
            Self::PinCommand => f.write_str("pin-source= names a file, not a command"),
            Self::OtherType => f.write_str("the PKCS #11 URI is to name a private key"),
            Self::NoLibrary => {
                f.write_str("the PKCS #11 URI does not name the token's library; add module-path=")
            }
            Self::NoKey => f.write_str("the PKCS #11 URI does not name a key; add object= or id="),
        }
    }
}

impl error::Error for UriError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_token_key_library_and_pin() {
        let text = "pkcs11:token=The%20Software%20token;manufacturer=Snake%20Oil,%20Inc.;\
            serial=0001;model=1.0;object=op1;id=%01%FF;type=private\
            ?module-path=/usr/lib/libx.so&pin-source=file:///run/pin";
        let uri: KeyUri = text.parse().unwrap();
        assert_eq!(uri.to_string(), text);
        assert_eq!(uri.token.as_deref(), Some("The Software token"));
        assert_eq!(uri.manufacturer.as_deref(), Some("Snake Oil, Inc."));
        assert_eq!(uri.serial.as_deref(), Some("0001"));
        assert_eq!(uri.model.as_deref(), Some("1.0"));
        assert_eq!(uri.object.as_deref(), Some("op1"));
        assert_eq!(uri.id.as_deref(), Some(&[1, 255][..]));
        assert_eq!(uri.module_path, PathBuf::from("/usr/lib/libx.so"));
        assert_eq!(uri.pin_source, Some(PathBuf::from("/run/pin")));
        for source in ["/run/pin", "file:/run/pin", "file:///run/pin"] {
            let text = format!("pkcs11:id=a?module-path=x&pin-source={source}");
            let uri: KeyUri = text.parse().unwrap();
            assert_eq!(uri.pin_source, Some(PathBuf::from("/run/pin")));
        }
    }

    #[test]
    fn refuses_what_does_not_name_one_key() {
        let malformed = |part: &str| UriError::Malformed { part: part.into() };
        let twice = |name: &str| UriError::Twice { name: name.into() };
        let unknown = |name: &str| UriError::Unknown { name: name.into() };
        for (text, error) in [
            ("", UriError::NotPkcs11),
            ("PKCS11:object=a?module-path=x", UriError::NotPkcs11),
            ("file:a", UriError::NotPkcs11),
            ("pkcs11:", UriError::NoLibrary),
            ("pkcs11:object=a", UriError::NoLibrary),
            ("pkcs11:object=a?module-path=", UriError::NoLibrary),
            ("pkcs11:?module-path=x", UriError::NoKey),
            ("pkcs11:token=a?module-path=x", UriError::NoKey),
            ("pkcs11:object", malformed("object")),
            ("pkcs11:object=a;;id=b", malformed("")),
            ("pkcs11:object=a;", malformed("")),
            ("pkcs11:=a", malformed("=a")),
            ("pkcs11:object=a b", malformed("object=a b")),
            ("pkcs11:object=a/b", malformed("object=a/b")),
            ("pkcs11:object=%", malformed("object=%")),
            ("pkcs11:object=%1", malformed("object=%1")),
            ("pkcs11:object=%+1", malformed("object=%+1")),
            ("pkcs11:object=\u{e4}", malformed("object=\u{e4}")),
            ("pkcs11:object=%FF?module-path=x", malformed("object")),
            ("pkcs11:object=a;object=b", twice("object")),
            (
                "pkcs11:object=a?module-path=x&module-path=y",
                twice("module-path"),
            ),
            (
                "pkcs11:slot-id=1;object=a?module-path=x",
                unknown("slot-id"),
            ),
            (
                "pkcs11:object=a?module-path=x&module-name=y",
                unknown("module-name"),
            ),
            ("pkcs11:module-path=x;object=a", unknown("module-path")),
            (
                "pkcs11:object=a;type=public?module-path=x",
                UriError::OtherType,
            ),
            (
                "pkcs11:object=a?module-path=x&pin-value=1",
                UriError::PinInside,
            ),
            (
                "pkcs11:object=a?module-path=x&pin-source=|pass",
                UriError::PinCommand,
            ),
        ] {
            assert_eq!(text.parse::<KeyUri>(), Err(error), "{text}");
        }
        let long = format!("pkcs11:object={}", "a".repeat(URI_OCTETS_MAX));
        assert_eq!(long.parse::<KeyUri>(), Err(UriError::TooLong));
    }
}
