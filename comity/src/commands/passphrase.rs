//! How a command comes to hold secrets: the process shuts itself off first, and
//! then reads the passphrase, or opens the token. There is no other way to one
//! in this binary.

use std::io;

use comity_member::home::{self, Home};
use comity_member::signer::Signer;
use comity_member::token::{KeyUri, Token};
use comity_sign::sealed::Passphrase;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::args::PassphraseArgs;
use crate::output::Failure;

/// The passphrase that seals a party's keys.
pub(super) fn read(args: &PassphraseArgs) -> Result<Passphrase, Failure> {
    shut_off()?;
    home::passphrase(args.passphrase_file.as_deref()).map_err(Failure::world)
}

/// What every URI of a key on a token begins with.
const TOKEN_SCHEME: &str = "pkcs11:";

/// Whoever signs: the key in a directory, or on a token.
pub(super) fn signer(from: &str, args: &PassphraseArgs) -> Result<Box<dyn Signer>, Failure> {
    if from.starts_with(TOKEN_SCHEME) {
        return Ok(Box::new(token(from)?));
    }
    let identity = Home::new(from).identity(&read(args)?);
    Ok(Box::new(identity.map_err(Failure::world)?))
}

/// A key on a token. The PIN is in the file that the URI's `pin-source` names.
pub(super) fn token(uri: &str) -> Result<Token, Failure> {
    let uri: KeyUri = uri.parse().map_err(Failure::usage)?;
    shut_off()?;
    Token::open(&uri, None).map_err(Failure::world)
}

/// From here on a crash leaves no copy of this process's memory, and no other
/// process of the same user looks into it.
fn shut_off() -> Result<(), Failure> {
    close_memory().map_err(|error| {
        Failure::World(format!(
            "cannot keep secrets out of crash dumps, and reads none: {error}"
        ))
    })
}

fn close_memory() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    // The limit does not hold where the system pipes dumps to a program
    // (core(5)); this does, and ends ptrace(2) as well.
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
