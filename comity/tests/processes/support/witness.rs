//! Somebody who has seen a zone all along, and forgets nothing: each act that
//! was acknowledged, each head that a member cosigned, each edition that was
//! made or served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use comity_core::basic::Digest;
use comity_member::home::{CosignedHead, Home};
use comity_member::link::Accepted;
use comity_mirror::follow::{FollowError, Follower};
use comity_mirror::source::Directory;

use super::dns;
use super::zone::{MIRROR, SECRETARIAT, Zone};

/// Acts that the secretariat has acknowledged, from whoever put them in.
pub(crate) type Acknowledged = Arc<Mutex<Vec<Accepted>>>;

/// The witness.
pub(crate) struct Witness {
    follower: Follower,
    pub(crate) acknowledged: Acknowledged,
    /// The acts, by their places.
    ids: Vec<Digest>,
    /// Serial and place of each edition.
    editions: BTreeMap<u64, (u32, u64)>,
    cosigned: BTreeMap<String, CosignedHead>,
    served: Option<u32>,
}

impl Witness {
    pub(crate) fn of(zone: &Zone) -> Self {
        let founding = zone.founding.parse().unwrap();
        let ledger = Box::new(Directory::new(zone.ledger()));
        Self {
            follower: Follower::new(ledger, Some(founding)),
            acknowledged: Acknowledged::default(),
            ids: Vec::new(),
            editions: BTreeMap::new(),
            cosigned: BTreeMap::new(),
            served: None,
        }
    }

    /// How many acts there are.
    pub(crate) fn acts(&self) -> usize {
        self.ids.len()
    }

    /// How many editions there are.
    pub(crate) fn editions(&self) -> usize {
        self.editions.len()
    }

    /// How many acts were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// What was there is there still, at its place, and nobody said two things.
    pub(crate) fn look(&mut self, zone: &Zone) {
        let (told, heads, serial) = self.hear(zone);
        let is_at_rest = !zone.is_running(SECRETARIAT);
        match self.follower.poll() {
            Ok(applied) => self.ids.extend(applied.into_iter().map(|act| act.id)),
            // A writer at work may just be replacing a file.
            Err(FollowError::Unreadable(_)) if !is_at_rest => return,
            Err(error) => panic!("{error}"),
        }
        for act in told {
            let place = usize::try_from(act.position.unwrap()).unwrap();
            assert_eq!(self.ids.get(place), Some(&act.id), "act {place} is lost");
        }
        self.check_editions();
        for (member, head) in heads {
            self.check_cosigned(member, head);
        }
        if let Some(serial) = serial {
            let known = self.editions.values().any(|(known, _)| *known == serial);
            assert!(known, "serial {serial} is served and is no edition's");
            assert!(self.served <= Some(serial), "{:?} was served", self.served);
            self.served = Some(serial);
        }
    }

    /// What others say before the ledger is looked at, which must then bear
    /// them out.
    fn hear(&self, zone: &Zone) -> (Vec<Accepted>, Vec<(String, CosignedHead)>, Option<u32>) {
        let told = self.acknowledged.lock().unwrap().clone();
        let head = |member: &&str| {
            let head = Home::new(zone.workshop.path(member)).cosigned().unwrap()?;
            Some((member.to_string(), head))
        };
        let heads = zone.members.iter().filter_map(head).collect();
        let is_served = zone.is_running(MIRROR);
        let serial = is_served.then(|| dns::serial(zone.dns())).flatten();
        (told, heads, serial)
    }

    fn check_editions(&mut self) {
        let Ok(founded) = self.follower.state().founded() else {
            return;
        };
        for record in &founded.editions {
            let content = (record.serial, record.position);
            let known = self.editions.insert(record.edition, content);
            assert!(known.is_none_or(|known| known == content), "{record:?}");
        }
    }

    /// A member has cosigned nothing but this ledger, and never goes back.
    fn check_cosigned(&mut self, member: String, head: CosignedHead) {
        let root = self.follower.state().log().root_at(head.size);
        assert_eq!(root, Some(head.root), "{member} cosigned another history");
        let before = self.cosigned.insert(member, head);
        assert!(before.is_none_or(|before| before.size <= head.size));
    }
}
