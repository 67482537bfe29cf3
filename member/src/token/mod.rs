//! Keys on PKCS #11 tokens (smart cards, HSMs): an Ed25519 key that signs with
//! the mechanism CKM_EDDSA and never leaves its token. What a token gives
//! back is verified before anybody gets it.
//!
//! The token's library runs inside of this process and is trusted like the
//! system's own: it is named by who runs this, and by nothing that comes from
//! elsewhere.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`uri`] | which key: a PKCS #11 URI |
//! | `point` | public keys as tokens write them |
//! | [`error`] | what can go wrong |

pub mod error;
mod point;
pub mod uri;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use comity_core::basic::{PublicKey, Signature};
use comity_mirror::files;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

pub use error::TokenError;
pub use uri::{KeyUri, UriError};

/// Octets of a file with a PIN.
const PIN_OCTETS_MAX: u64 = 256;

/// What opens a token. Wiped when dropped.
pub struct Pin(AuthPin);

impl Pin {
    /// The PIN in a file that nobody else may read: all of it but a line feed
    /// at its end.
    ///
    /// # Errors
    /// Where the file cannot be read, others may read it, or it has no PIN.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let octets = files::required(path, files::read_secret(path, PIN_OCTETS_MAX))
            .map_err(TokenError::PinFile)?;
        let text =
            String::from_utf8(octets).map_err(|_| TokenError::PinText { path: path.into() })?;
        let pin = text.strip_suffix('\n').unwrap_or(&text);
        if pin.is_empty() || pin.contains('\n') {
            return Err(TokenError::PinText { path: path.into() });
        }
        Ok(Self(AuthPin::from(pin.to_owned())))
    }
}

/// A key on a token, ready to sign.
pub struct Token {
    /// One operation at a time (PKCS #11 §5.6).
    session: Mutex<Session>,
    key: ObjectHandle,
    public: PublicKey,
    uri: String,
}

impl Token {
    /// Opens the token that has this key. The PIN is that of the URI's
    /// `pin-source`, where it has one.
    ///
    /// # Errors
    /// Where there is no such token, it does not open, or has no such key that
    /// can sign with Ed25519.
    pub fn open(uri: &KeyUri, pin: Option<Pin>) -> Result<Self, TokenError> {
        let pin = match &uri.pin_source {
            Some(path) => Some(Pin::read(path)?),
            None => pin,
        };
        let library = load(&uri.module_path)?;
        let (slot, info) = find_token(&library, uri)?;
        let mechanisms = library.get_mechanism_list(slot);
        let mechanisms = mechanisms.map_err(failed("listing the token's mechanisms"))?;
        if !mechanisms.contains(&MechanismType::EDDSA) {
            return Err(TokenError::NoMechanism {
                uri: uri.to_string(),
            });
        }
        let session = library.open_ro_session(slot);
        let session = session.map_err(failed("opening a session"))?;
        log_in(&session, &info, uri, pin)?;
        let key = find_private(&session, uri)?;
        let public = public_key(&session, uri, key)?;
        Ok(Self {
            session: Mutex::new(session),
            key,
            public,
            uri: uri.to_string(),
        })
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// A signature over these octets, which was verified under
    /// [`Token::public`].
    ///
    /// # Errors
    /// Where the token does not sign, or what it gives back is no signature of
    /// its key.
    pub fn sign(&self, octets: &[u8]) -> Result<Signature, TokenError> {
        // Pure Ed25519 (RFC 8032 §5.1): no parameters, nothing hashed before.
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = session.sign(&mechanism, self.key, octets);
        let signed = signed.map_err(failed("signing"))?;
        let signature = signed.as_slice().try_into().map(Signature);
        let uri = || self.uri.clone();
        let signature = signature.map_err(|_| TokenError::BadSignature { uri: uri() })?;
        if self.public.verifies(octets, &signature) {
            Ok(signature)
        } else {
            Err(TokenError::BadSignature { uri: uri() })
        }
    }
}

/// What failed, for errors of the token's library.
fn failed(action: &'static str) -> impl FnOnce(Error) -> TokenError {
    move |error| TokenError::Failed { action, error }
}

/// Loads a library, which it is once for a process however often it is asked
/// for.
fn load(path: &Path) -> Result<Pkcs11, TokenError> {
    let library = Pkcs11::new(path).map_err(|error| TokenError::Library {
        path: path.into(),
        error,
    })?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(library),
        Err(error) => Err(TokenError::Library {
            path: path.into(),
            error,
        }),
    }
}

fn find_token(library: &Pkcs11, uri: &KeyUri) -> Result<(Slot, TokenInfo), TokenError> {
    let slots = library.get_slots_with_token();
    let mut found = None;
    for slot in slots.map_err(failed("listing tokens"))? {
        let info = library.get_token_info(slot);
        let info = info.map_err(failed("looking at a token"))?;
        if !info.token_initialized() || !is_meant(&info, uri) {
            continue;
        }
        if found.is_some() {
            return Err(TokenError::SeveralTokens {
                uri: uri.to_string(),
            });
        }
        found = Some((slot, info));
    }
    found.ok_or_else(|| TokenError::NoToken {
        uri: uri.to_string(),
    })
}

/// RFC 7512 §2.5: what the URI says of the token is all as it says.
fn is_meant(info: &TokenInfo, uri: &KeyUri) -> bool {
    [
        (&uri.token, info.label()),
        (&uri.manufacturer, info.manufacturer_id()),
        (&uri.serial, info.serial_number()),
        (&uri.model, info.model()),
    ]
    .iter()
    .all(|(wanted, found)| wanted.as_ref().is_none_or(|wanted| wanted == found))
}

fn log_in(
    session: &Session,
    info: &TokenInfo,
    uri: &KeyUri,
    pin: Option<Pin>,
) -> Result<(), TokenError> {
    let uri = || uri.to_string();
    if !info.login_required() {
        return Ok(());
    }
    if info.user_pin_locked() {
        return Err(TokenError::PinLocked { uri: uri() });
    }
    // A wrong file must not cost a token its last try.
    if info.user_pin_final_try() {
        return Err(TokenError::LastTry { uri: uri() });
    }
    let pin = match pin {
        Some(Pin(pin)) => Some(pin),
        // The PIN is typed on the token itself.
        None if info.protected_authentication_path() => None,
        None => return Err(TokenError::NoPin { uri: uri() }),
    };
    match session.login(UserType::User, pin.as_ref()) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange, _)) => {
            Err(TokenError::WrongPin { uri: uri() })
        }
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::PinLocked { uri: uri() }),
        Err(error) => Err(failed("logging in")(error)),
    }
}

/// The one private key that the URI means.
fn find_private(session: &Session, uri: &KeyUri) -> Result<ObjectHandle, TokenError> {
    let label = uri.object.iter();
    let label = label.map(|label| Attribute::Label(label.clone().into_bytes()));
    let id = uri.id.iter().map(|id| Attribute::Id(id.clone()));
    let names: Vec<Attribute> = label.chain(id).collect();
    find(session, uri, ObjectClass::PRIVATE_KEY, &names)
}

/// The public key beside a private one: that with its identifier, by which a
/// token keeps both halves together (PKCS #11 §4.5), or with its names.
fn find_public(
    session: &Session,
    uri: &KeyUri,
    private: ObjectHandle,
) -> Result<ObjectHandle, TokenError> {
    let names = [AttributeType::Id, AttributeType::Label];
    for name in names {
        match attribute_of(session, private, name)? {
            Some(Attribute::Id(octets) | Attribute::Label(octets)) if octets.is_empty() => {}
            None => {}
            Some(name) => return find(session, uri, ObjectClass::PUBLIC_KEY, &[name]),
        }
    }
    Err(TokenError::BadPoint {
        uri: uri.to_string(),
    })
}

fn find(
    session: &Session,
    uri: &KeyUri,
    class: ObjectClass,
    names: &[Attribute],
) -> Result<ObjectHandle, TokenError> {
    let template = [&[Attribute::Class(class)], names].concat();
    let found = session.find_objects(&template);
    match found.map_err(failed("looking for the key"))?.as_slice() {
        [key] => Ok(*key),
        [] => Err(TokenError::NoKey {
            uri: uri.to_string(),
        }),
        [_, _, ..] => Err(TokenError::SeveralKeys {
            uri: uri.to_string(),
        }),
    }
}

/// The public half of an Ed25519 key, which some tokens have in the private
/// object and all in the public one.
fn public_key(
    session: &Session,
    uri: &KeyUri,
    private: ObjectHandle,
) -> Result<PublicKey, TokenError> {
    let said = || uri.to_string();
    let [key_type, curve] = [AttributeType::KeyType, AttributeType::EcParams]
        .map(|attribute| attribute_of(session, private, attribute));
    let Some(Attribute::KeyType(KeyType::EC_EDWARDS)) = key_type? else {
        return Err(TokenError::OtherKind { uri: said() });
    };
    let mut curve = curve?;
    let mut point = attribute_of(session, private, AttributeType::EcPoint)?;
    if curve.is_none() || !is_there(&point) {
        let public = find_public(session, uri, private)?;
        point = attribute_of(session, public, AttributeType::EcPoint)?;
        curve = match curve {
            None => attribute_of(session, public, AttributeType::EcParams)?,
            curve => curve,
        };
    }
    match curve {
        Some(Attribute::EcParams(octets)) if point::is_ed25519(&octets) => {}
        Some(_) | None => return Err(TokenError::OtherKind { uri: said() }),
    }
    match point {
        Some(Attribute::EcPoint(octets)) => point::read(&octets),
        Some(_) | None => None,
    }
    .ok_or_else(|| TokenError::BadPoint { uri: said() })
}

fn is_there(point: &Option<Attribute>) -> bool {
    matches!(point, Some(Attribute::EcPoint(octets)) if !octets.is_empty())
}

fn attribute_of(
    session: &Session,
    object: ObjectHandle,
    attribute: AttributeType,
) -> Result<Option<Attribute>, TokenError> {
    let found = session.get_attributes(object, &[attribute]);
    let found = found.map_err(failed("reading the key's attributes"))?;
    Ok(found.into_iter().next())
}
