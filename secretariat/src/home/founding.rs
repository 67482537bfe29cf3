//! Founding: the secretariat's directory is laid out, or nothing of it counts.

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::Arc;

use comity_core::act::{Envelope, Founding, FoundingMember, Holders, RULES, json};
use comity_core::basic::Digest;
use comity_core::charter::Charter;
use comity_core::zone::{Contents, Kind};
use comity_mirror::files::{self, FileError, FileSystem};
use comity_mirror::ledger::{CHECKPOINT_PATH, NEXT_CHECKPOINT_PATH, UNFINISHED_PATH};
use comity_sign::identity::Identity;
use comity_sign::sealed::{Cost, Passphrase};
use rand_core::{CryptoRng, OsRng, RngCore};

use super::{CONFIG, Config, DRAFT, Home, HomeError, LOG_KEY, Sealing, note_key, signer};
use crate::writer::LedgerWriter;
use crate::writer::disk::DirectoryDisk;

/// What a zone is founded with.
pub struct FoundingParts {
    /// The zone's kind.
    pub kind: Kind,
    /// The charter.
    pub charter: Charter,
    /// The first contents.
    pub contents: Contents,
    /// The holders bound to names, sorted.
    pub holders: Holders,
    /// The members, sorted by name.
    pub members: Vec<FoundingMember>,
}

/// A log key that is new.
struct FreshKey<'a> {
    /// The ledger's name.
    origin: &'a str,
    identity: Arc<Identity>,
    /// The same as it is kept.
    sealed: Vec<u8>,
}

impl Home {
    /// Makes a secretariat: a fresh log key, sealed; an empty ledger with the
    /// blobs of the founding act; and the draft of that act, which waits for
    /// the members' signatures. Returns the draft's id, by which each member
    /// says that it agrees. Where it is cut off, it can be tried again.
    ///
    /// # Errors
    /// [`HomeError::Taken`] where there is one; or where a write fails.
    pub fn found(
        &self,
        parts: &FoundingParts,
        origin: &str,
        listen: &str,
        passphrase: &Passphrase,
    ) -> Result<Digest, HomeError> {
        let mut sealing = Sealing {
            passphrase,
            cost: Cost::PRODUCTION,
            random: &mut OsRng,
        };
        self.found_with(parts, origin, listen, &mut sealing)
    }

    /// As [`Home::found`], with a key that is made and sealed in this way.
    ///
    /// # Errors
    /// As there.
    pub fn found_with<R: CryptoRng + RngCore>(
        &self,
        parts: &FoundingParts,
        origin: &str,
        listen: &str,
        sealing: &mut Sealing<'_, R>,
    ) -> Result<Digest, HomeError> {
        let _alone = self.prepare()?;
        let identity = Arc::new(Identity::generate(sealing.random));
        let sealed = sealing.seal(&identity, origin);
        let sealed = sealed.map_err(|error| HomeError::Sealed {
            path: self.directory.join(LOG_KEY),
            error,
        })?;
        let key = FreshKey {
            origin,
            identity,
            sealed,
        };
        self.lay_out(parts, listen, &key)
    }

    /// Makes the directory and takes it, so that nobody else founds there as
    /// long as what this returns lives.
    fn prepare(&self) -> Result<DirectoryDisk, HomeError> {
        files::create_private_directory_on(&*self.system, &self.directory)?;
        let alone = DirectoryDisk::open_on(Arc::clone(&self.system), &self.directory)?;
        self.clear()?;
        Ok(alone)
    }

    /// Removes what a founding that was cut off has left: without a draft
    /// nobody can have signed anything.
    fn clear(&self) -> Result<(), HomeError> {
        let ledger = self.ledger();
        let has_no_act = has_no_act(&*self.system, &ledger);
        let is_unfinished = || has_no_act.map_err(|error| failed("read", &ledger, error));
        if files::is_there(&*self.system, &self.directory.join(DRAFT)) || !is_unfinished()? {
            return Err(HomeError::Taken {
                path: self.directory.clone(),
            });
        }
        // Crash: less is left to be removed.
        let removed = self.system.remove_directory(&ledger);
        removed.map_err(|error| failed("remove", &ledger, error))
    }

    /// Writes everything, the draft last.
    fn lay_out(
        &self,
        parts: &FoundingParts,
        listen: &str,
        key: &FreshKey,
    ) -> Result<Digest, HomeError> {
        let log = note_key(key.origin, &key.identity)?;
        self.write(LOG_KEY, &key.sealed)?;
        self.write(CONFIG, Config::template(key.origin, listen).as_bytes())?;
        let disk = DirectoryDisk::create_on(Arc::clone(&self.system), &self.ledger())?;
        let sign = signer(&key.identity);
        let mut writer = LedgerWriter::create_on(Box::new(disk), log.clone(), sign)?;
        let founding = Founding {
            rules: RULES,
            zone: parts.contents.origin().clone(),
            kind: parts.kind,
            log: log.to_string(),
            members: parts.members.clone(),
            charter: writer.put_blob(&json::encode(&parts.charter))?,
            contents: writer.put_blob(&parts.contents.to_wire())?,
            holders: writer.put_blob(&json::encode(&parts.holders))?,
        };
        let draft = Envelope::unsigned(&founding);
        // Crash on any line above: without a draft, all this is thrown away by
        // the next try. Below: there is a secretariat, and it is whole.
        self.write(DRAFT, &draft.signing_input())?;
        Ok(draft.id())
    }
}

/// Whether a ledger's directory has nothing but what a founding leaves: no
/// act, and nothing of anybody else's.
fn has_no_act(system: &dyn FileSystem, ledger: &Path) -> io::Result<bool> {
    let is_blob = |name: &str| name.parse::<Digest>().is_ok();
    let names = names_in(system, ledger)?;
    let blobs = names_in(system, &ledger.join("blob"))?;
    let ours = [
        "blob",
        CHECKPOINT_PATH,
        NEXT_CHECKPOINT_PATH,
        UNFINISHED_PATH,
    ];
    Ok(names.iter().all(|name| ours.contains(&name.as_str()))
        && blobs.iter().all(|name| is_blob(name)))
}

/// What a directory has, if it is there.
fn names_in(system: &dyn FileSystem, directory: &Path) -> io::Result<Vec<String>> {
    match system.list(directory) {
        Ok(entries) => Ok(entries.into_iter().map(|(name, _)| name).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn failed(action: &'static str, path: &Path, error: io::Error) -> HomeError {
    let path = path.to_owned();
    HomeError::File(FileError {
        path,
        action,
        error,
    })
}
