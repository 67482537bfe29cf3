//! How a command comes to hold secrets: the process shuts itself off first, and
//! then reads the passphrase. There is no other way to one in this binary.

use std::io;

use comity_member::home;
use comity_sign::sealed::Passphrase;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::args::PassphraseArgs;
use crate::output::Failure;

/// The passphrase that seals a party's keys.
pub(super) fn read(args: &PassphraseArgs) -> Result<Passphrase, Failure> {
    shut_off().map_err(|error| {
        Failure::World(format!(
            "cannot keep secrets out of crash dumps, and reads none: {error}"
        ))
    })?;
    home::passphrase(args.passphrase_file.as_deref()).map_err(Failure::world)
}

/// From here on a crash leaves no copy of this process's memory, and no other
/// process of the same user looks into it.
fn shut_off() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    // The limit does not hold where the system pipes dumps to a program
    // (core(5)); this does, and ends ptrace(2) as well.
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}
