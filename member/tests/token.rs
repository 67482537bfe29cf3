//! Keys on a token that others made: SoftHSM's, with keys that OpenSC's
//! `pkcs11-tool` generated on it.
//!
//! A token's library reads its environment when it is loaded, so that each
//! test runs itself again with the environment that it needs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says so by failing, and prints why it is skipped"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use comity_core::act::{self, Ballot, RULES, Vote};
use comity_core::basic::Digest;
use comity_member::signer::{self, Signer};
use comity_member::token::{KeyUri, Pin, Token, TokenError};
use comity_mirror::signature::ByRing;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

/// Where Debian and others have the library.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
/// Names the directory of the tokens, in the second run.
const DIRECTORY: &str = "COMITY_TEST_TOKENS";
const PIN: &str = "1234";
/// Files with a PIN: name, text, mode.
const PIN_FILES: [(&str, &str, u32); 4] = [
    ("pin", "1234\n", 0o600),
    ("wrong", "4321", 0o600),
    ("blank", "\n", 0o600),
    ("open", "1234", 0o644),
];
/// Keys on the token `be`: kind, label, identifier.
const KEYS: [[&str; 3]; 6] = [
    ["EC:edwards25519", "op1", "01"],
    ["EC:edwards25519", "op2", "02"],
    ["EC:edwards25519", "op2", "03"],
    ["EC:prime256v1", "p256", "04"],
    ["rsa:2048", "rsa", "05"],
    ["EC:edwards25519", "torn", "06"],
];

/// Two tokens of one kind, `be` with keys on it and `empty`.
struct World {
    directory: PathBuf,
    library: PathBuf,
}

impl World {
    /// A URI of the token `be` and the file with its PIN.
    fn uri(&self, key: &str) -> String {
        self.uri_of("token=be;", key, "pin")
    }

    fn uri_of(&self, token: &str, key: &str, pin: &str) -> String {
        format!(
            "pkcs11:{token}{key}?module-path={}&pin-source={}",
            self.library.display(),
            self.directory.join(pin).display()
        )
    }

    fn make(&self) -> Option<()> {
        let (util, tool) = (program("softhsm2-util")?, program("pkcs11-tool")?);
        let tokens = self.directory.join("tokens");
        fs::create_dir(&tokens).unwrap();
        let configuration = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(self.directory.join("conf"), configuration).unwrap();
        for (name, pin, mode) in PIN_FILES {
            let path = self.directory.join(name);
            fs::write(&path, pin).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        for token in ["be", "empty"] {
            let words = ["--init-token", "--free", "--so-pin", "12345678"];
            let own = ["--pin", PIN, "--label", token];
            self.run(&util, &[words, own].concat());
        }
        let library = self.library.to_str().unwrap();
        let open = ["--module", library, "--token-label", "be", "--login"];
        for [kind, label, id] in KEYS {
            let words = ["--pin", PIN, "--keypairgen", "--key-type", kind];
            let key = ["--label", label, "--id", id];
            self.run(&tool, &[&open[..], &words, &key].concat());
        }
        Some(())
    }

    fn run(&self, program: &Path, arguments: &[&str]) {
        let mut command = Command::new(program);
        command.args(arguments);
        let output = self.output(command);
        assert!(output.status.success(), "{}", said(&output));
    }

    fn output(&self, mut command: Command) -> Output {
        command.env("SOFTHSM2_CONF", self.directory.join("conf"));
        command.output().unwrap()
    }
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut found = env::split_paths(&path).map(|folder| folder.join(name));
    let found = found.find(|path| path.is_file());
    if found.is_none() {
        skip(&format!("there is no {name} here"));
    }
    found
}

fn skip(reason: &str) {
    let may_not = env::var_os("COMITY_REQUIRE").is_some_and(|value| value == "1");
    assert!(!may_not, "required: {reason}");
    println!("skipped: {reason}");
}

/// Runs the test of this name with tokens: makes them, and runs it again.
fn with_tokens(test: &str, check: fn(&World)) {
    let mut libraries = LIBRARIES.iter().map(PathBuf::from);
    let Some(library) = libraries.find(|path| path.is_file()) else {
        skip("there is no SoftHSM here");
        return;
    };
    if let Some(directory) = env::var_os(DIRECTORY) {
        let directory = PathBuf::from(directory);
        check(&World { directory, library });
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let world = World {
        directory: directory.path().into(),
        library,
    };
    if world.make().is_none() {
        return;
    }
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", test, "--nocapture"]);
    again.env(DIRECTORY, directory.path());
    let output = world.output(again);
    let said = said(&output);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

fn open(uri: &str) -> Result<Token, TokenError> {
    Token::open(&uri.parse::<KeyUri>().unwrap(), None)
}

fn refused(uri: &str) -> TokenError {
    match open(uri) {
        Ok(_) => panic!("{uri}"),
        Err(error) => error,
    }
}

#[test]
fn a_token_signs_as_a_sealed_key_does() {
    with_tokens("a_token_signs_as_a_sealed_key_does", |world| {
        let one = open(&world.uri("object=op1")).unwrap();
        // By its identifier it is the same key, and one session does not hinder
        // another.
        let same = open(&world.uri("id=%01;type=private")).unwrap();
        let other = open(&world.uri("object=op2;id=%02")).unwrap();
        assert_eq!(one.public(), same.public());
        assert_ne!(one.public(), other.public());
        for octets in [&b""[..], b"act", &[7; 65_535]] {
            let signature = one.sign(octets).unwrap();
            assert!(one.public().verifies(octets, &signature));
            assert!(!other.public().verifies(octets, &signature));
            // Ed25519 is deterministic (RFC 8032 §5.1.6).
            assert_eq!(same.sign(octets).unwrap(), signature);
        }

        let ballot = Ballot {
            rules: RULES,
            ledger: Digest([1; 32]),
            proposal: Digest([2; 32]),
            vote: Vote::For,
        };
        let signer: &dyn Signer = &one;
        let envelope = signer::signed(signer, &ballot).unwrap();
        let checked = act::check(&envelope.to_octets(), &BTreeMap::new(), &ByRing).unwrap();
        assert_eq!(checked.signers(), [one.public()]);
    });
}

#[test]
fn a_pin_may_come_from_who_asks() {
    with_tokens("a_pin_may_come_from_who_asks", |world| {
        let uri = world.uri("object=op1");
        let (uri, _) = uri.split_once('&').unwrap();
        let uri: KeyUri = uri.parse().unwrap();
        assert!(matches!(
            Token::open(&uri, None),
            Err(TokenError::NoPin { .. })
        ));
        let pin = Pin::read(&world.directory.join("pin")).unwrap();
        assert!(Token::open(&uri, Some(pin)).is_ok());
    });
}

#[test]
fn what_is_not_one_key_of_ed25519_is_refused() {
    with_tokens("what_is_not_one_key_of_ed25519_is_refused", |world| {
        for key in ["object=other", "object=op1;id=%02"] {
            let refused = refused(&world.uri(key));
            assert!(matches!(refused, TokenError::NoKey { .. }), "{refused}");
        }
        let several = refused(&world.uri("object=op2"));
        assert!(
            matches!(several, TokenError::SeveralKeys { .. }),
            "{several}"
        );
        for key in ["object=p256", "object=rsa"] {
            let refused = refused(&world.uri(key));
            assert!(matches!(refused, TokenError::OtherKind { .. }), "{refused}");
        }
        let any = refused(&world.uri_of("", "object=op1", "pin"));
        assert!(matches!(any, TokenError::SeveralTokens { .. }), "{any}");
        for token in ["token=nl;", "token=be;serial=1;", "token=be;model=x;"] {
            let refused = refused(&world.uri_of(token, "object=op1", "pin"));
            assert!(matches!(refused, TokenError::NoToken { .. }), "{refused}");
        }
        let empty = refused(&world.uri_of("token=empty;", "object=op1", "pin"));
        assert!(matches!(empty, TokenError::NoKey { .. }), "{empty}");
        let none = refused("pkcs11:object=a?module-path=/nowhere/x.so");
        assert!(matches!(none, TokenError::Library { .. }), "{none}");
    });
}

#[test]
fn a_wrong_pin_opens_nothing() {
    with_tokens("a_wrong_pin_opens_nothing", |world| {
        let with = |pin| refused(&world.uri_of("token=be;", "object=op1", pin));
        assert!(matches!(with("wrong"), TokenError::WrongPin { .. }));
        assert!(matches!(with("blank"), TokenError::PinText { .. }));
        assert!(matches!(with("missing"), TokenError::PinFile(_)));
        // Anybody could read it.
        assert!(matches!(with("open"), TokenError::PinFile(_)));
        assert!(open(&world.uri("object=op1")).is_ok());
    });
}

/// The token has another public key beside the private one than its own.
fn tear(world: &World) {
    let library = Pkcs11::new(&world.library).unwrap();
    let flags = CInitializeFlags::OS_LOCKING_OK;
    library.initialize(CInitializeArgs::new(flags)).unwrap();
    let is_ours = |slot: &Slot| library.get_token_info(*slot).unwrap().label() == "be";
    let mut slots = library.get_slots_with_token().unwrap().into_iter();
    let slot = slots.find(is_ours).unwrap();
    let session = library.open_rw_session(slot).unwrap();
    let pin = AuthPin::from(PIN.to_owned());
    session.login(UserType::User, Some(&pin)).unwrap();
    let public = |id: u8| {
        let template = [
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::Id(vec![id]),
        ];
        session.find_objects(&template).unwrap()[0]
    };
    let kinds = [AttributeType::EcParams, AttributeType::EcPoint];
    let mut other = session.get_attributes(public(1), &kinds).unwrap();
    session.destroy_object(public(6)).unwrap();
    other.extend([
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::KeyType(KeyType::EC_EDWARDS),
        Attribute::Token(true),
        Attribute::Id(vec![6]),
    ]);
    session.create_object(&other).unwrap();
}

#[test]
fn what_a_token_gives_back_is_verified() {
    with_tokens("what_a_token_gives_back_is_verified", |world| {
        let uri = world.uri("object=torn");
        assert!(open(&uri).unwrap().sign(b"act").is_ok());
        tear(world);
        let torn = open(&uri).unwrap();
        assert_eq!(
            torn.public(),
            open(&world.uri("object=op1")).unwrap().public()
        );
        let said = torn.sign(b"act");
        assert!(matches!(said, Err(TokenError::BadSignature { .. })));
    });
}
