//! Holders who change their names all the time, in a thread of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use comity_core::act::Consent;
use comity_core::act::json::Payload;
use comity_core::basic::{PublicKey, Time};
use comity_core::state::{Founded, ProposalState};
use comity_core::zone::{Name, Rdata, RecordSet, Rtype};
use comity_member::acts::{self, Wanted};
use comity_member::home::{Home, passphrase};
use comity_member::link::Link;
use comity_mirror::clock;
use comity_mirror::follow::Follower;
use comity_mirror::source::Directory;
use comity_sign::identity::Identity;

use super::witness::{Acknowledged, Witness};
use super::zone::{HELD, Zone};

/// A digest for DS records; the key tag tells them apart.
const DIGEST: &str = "3982e715ff2e12935f3a4297c1eaa0dd6cd040fd6144182abfe6ae48c16d913d";
/// How long consents and proposals are good (seconds).
const VALID_S: u64 = 86_400;

/// The holders at work. They end with this value.
pub(crate) struct Holders {
    is_over: Arc<AtomicBool>,
    working: Option<JoinHandle<()>>,
}

impl Holders {
    /// Sets the holders to work; after each act they rest for so long.
    pub(crate) fn at_work(zone: &Zone, witness: &Witness, rest: Duration) -> Self {
        let secret = passphrase(Some(&zone.workshop.path("passphrase"))).unwrap();
        let keys = HELD.map(|name| {
            Home::new(zone.workshop.path(name))
                .identity(&secret)
                .unwrap()
        });
        let ledger = Box::new(Directory::new(zone.ledger()));
        let mut work = Work {
            follower: Follower::new(ledger, Some(zone.founding.parse().unwrap())),
            link: Link::new(zone.http()),
            acknowledged: Arc::clone(&witness.acknowledged),
            changes: 0,
        };
        let is_over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&is_over);
        let working = thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                for (name, key) in HELD.iter().zip(&keys) {
                    work.go_on(&format!("{name}.").parse().unwrap(), key);
                    thread::sleep(rest);
                }
            }
        });
        Self {
            is_over,
            working: Some(working),
        }
    }
}

impl Drop for Holders {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(working) = self.working.take() {
            assert!(working.join().is_ok() || thread::panicking());
        }
    }
}

struct Work {
    follower: Follower,
    link: Link,
    acknowledged: Acknowledged,
    changes: u32,
}

impl Work {
    /// Consents to the holder's own proposal, or makes one.
    fn go_on(&mut self, name: &Name, key: &Identity) {
        let _the_writer_may_be_at_work = self.follower.poll();
        let Ok(founded) = self.follower.state().founded() else {
            return;
        };
        if founded.time.is_none() {
            return;
        }
        let own = founded
            .proposals
            .iter()
            .filter(|it| it.decided.is_none() && it.by == key.public())
            .find(|it| it.consents.is_empty());
        let until = clock::now().plus(VALID_S);
        match own.and_then(|own| consent(founded, own, key.public(), until)) {
            Some(consent) => self.submit(&consent, key),
            None => {
                self.changes += 1;
                let changes = acts::changes(founded, vec![wanted(name, self.changes)]);
                let reason = format!("change {}", self.changes);
                let proposal = acts::proposal(founded, changes, &reason, until);
                self.submit(&proposal, key);
            }
        }
    }

    fn submit<P: Payload>(&self, payload: &P, key: &Identity) {
        // Nobody may be there to take it, or the state may have moved on.
        if let Ok(accepted) = self.link.submit_act(&key.signed(payload).to_octets()) {
            self.acknowledged.lock().unwrap().push(accepted);
        }
    }
}

/// The consent of the holder that has this key.
fn consent(
    founded: &Founded,
    proposal: &ProposalState,
    key: PublicKey,
    until: Time,
) -> Option<Consent> {
    let mut holders = founded.holders_with(key);
    holders.find_map(|holder| acts::consent(founded, proposal, holder, until))
}

fn wanted(name: &Name, change: u32) -> Wanted {
    let data = format!("{} 13 2 {DIGEST}", change % 60_000);
    let data = Rdata::from_text(Rtype::DS, &data).unwrap();
    Wanted {
        name: name.clone(),
        rtype: Rtype::DS,
        new: Some(RecordSet::of_one(86_400, data)),
    }
}
