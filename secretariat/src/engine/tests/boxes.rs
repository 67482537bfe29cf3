//! A drop box at the table: what it takes, what it promises, and how it keeps
//! that when acts come too late. The hour passes here, which no test of
//! processes can wait for.

use std::sync::Arc;

use comity_core::act::json::Payload;
use comity_core::act::{Ballot, Declaration, Proposal, RULES, Vote};
use comity_core::basic::Time;
use comity_core::charter::DropBox;
use comity_core::ledger::leaf_hash;
use comity_core::limits;
use comity_core::state::Outcome;
use comity_core::zone::{Change, Rdata, RecordSet, Rtype};
use comity_mirror::files::Local;
use comity_mirror::follow::Follower;
use comity_mirror::index::Index;
use comity_mirror::receipts::{Given, Standing, judge};
use comity_sign::identity::Identity;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::table::Table;
use crate::dropbox::desk::{Denied, Desk, Full, Taken, Unready};
use crate::dropbox::store::Store;
use crate::engine::{Appended, EngineError, PublicAct};

const DAY_MS: u64 = 24 * 3600 * 1000;
const HOUR_MS: u64 = 3600 * 1000;

struct World {
    table: Table,
    desk: Desk,
    follower: Follower,
    index: Index,
    directory: tempfile::TempDir,
}

/// The box's key, each time the same.
fn key() -> Identity {
    Identity::generate(&mut ChaCha20Rng::seed_from_u64(41))
}

fn desk_of(key: Identity, directory: &tempfile::TempDir) -> Desk {
    let store = Store::open_on(Arc::new(Local), directory.path()).unwrap();
    Desk::new(key, store)
}

impl World {
    fn new() -> Self {
        let north = DropBox {
            name: "north".into(),
            key: key().public(),
            url: "http://box.example".into(),
        };
        let directory = tempfile::tempdir().unwrap();
        let table = Table::with_boxes(3, 2, vec![north]);
        let mut world = Self {
            follower: Follower::new(Box::new(table.disk.clone()), None),
            table,
            desk: desk_of(key(), &directory),
            index: Index::default(),
            directory,
        };
        world.follow();
        world
    }

    /// Has the box read the ledger.
    fn follow(&mut self) {
        let mut applied = Vec::new();
        let followed = self
            .follower
            .poll_with(&mut |_, one| applied.push(one.clone()));
        followed.unwrap();
        applied.iter().for_each(|one| self.index.note(one));
        self.desk.note(&applied, self.follower.state()).unwrap();
    }

    /// Starts the box anew on what it left.
    fn restart(&mut self) {
        self.desk = desk_of(key(), &self.directory);
    }

    /// Lets so much time pass, and ledger time follow.
    fn pass(&mut self, milliseconds: u64) {
        self.table.pass(milliseconds);
        let before = self.table.founded().time;
        while self.table.founded().time == before {
            self.table.round();
        }
        self.follow();
    }

    fn signed<P: Payload>(&self, member: usize, payload: &P) -> Vec<u8> {
        self.table.seats[member]
            .identity
            .signed(payload)
            .to_octets()
    }

    fn submit(&mut self, entry: &[u8]) -> Result<Appended, EngineError> {
        let appended = self.table.engine.submit_act(&PublicAct::read(entry)?);
        self.table.pass(1);
        appended
    }

    /// A proposal that needs the votes of most, on the ledger.
    fn propose(&mut self) -> Proposal {
        let founded = self.table.founded();
        let name = "mail.example.".parse().unwrap();
        let data = Rdata::from_text(Rtype::A, "192.0.2.7").unwrap();
        let proposal = Proposal {
            rules: RULES,
            ledger: founded.ledger,
            changes: vec![Change {
                old: founded.contents.get(&name, Rtype::A).cloned(),
                new: Some(RecordSet::of_one(3600, data)),
                name,
                rtype: Rtype::A,
            }],
            matter: None,
            amends: None,
            reason: "Another server".into(),
            deadline: Time(self.table.now.0 / 1000).plus(2 * DAY_MS / 1000),
        };
        let entry = self.signed(0, &proposal);
        self.submit(&entry).unwrap();
        self.pass(0);
        proposal
    }

    fn ballot(&self, member: usize, vote: Vote) -> Vec<u8> {
        let founded = self.table.founded();
        let ballot = Ballot {
            rules: RULES,
            ledger: founded.ledger,
            proposal: founded.proposals[0].id,
            vote,
        };
        self.signed(member, &ballot)
    }

    fn declaration(&self, member: usize, text: &str) -> Vec<u8> {
        let ledger = self.table.founded().ledger;
        let declaration = Declaration {
            rules: RULES,
            ledger,
            to: ledger,
            text: text.into(),
        };
        self.signed(member, &declaration)
    }

    fn take(&self, entry: &[u8]) -> Result<Taken, Denied> {
        self.desk.take(entry)
    }

    fn given(&self, entry: &[u8]) -> Given {
        self.desk.receipt(&leaf_hash(entry)).unwrap().unwrap()
    }

    /// Sends what the box has for an act, and gives what it was.
    fn forward(&mut self, entry: &[u8], is_late: bool) -> (bool, Result<Appended, EngineError>) {
        let outgoing = self.desk.outgoing(&leaf_hash(entry), is_late).unwrap();
        let outgoing = outgoing.unwrap();
        (outgoing.is_plain, self.submit(&outgoing.entry))
    }
}

fn rule(denied: Result<Taken, Denied>) -> String {
    match denied {
        Err(Denied::Refused(refusal)) => refusal.rule().to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_act_is_taken_once_and_its_receipt_is_the_same_for_ever() {
    let mut world = World::new();
    let entry = world.declaration(0, "We are here.");
    let taken = world.take(&entry).unwrap();
    assert!(taken.is_new_of_party && taken.position.is_none());
    let held = world.given(&entry).verify().unwrap();
    assert_eq!(held.box_key, key().public());
    assert_eq!(held.receipt.leaf, leaf_hash(&entry));
    assert_eq!(held.receipt.size, world.follower.state().log().size());
    assert_eq!(Some(held.receipt.time), world.table.founded().time);

    // Again, after a restart, before the ledger is read, after time has gone
    // on, and once the ledger has it.
    let receipt = taken.receipt.clone();
    assert_eq!(world.take(&entry).unwrap().receipt, receipt);
    world.restart();
    assert_eq!(world.take(&entry).unwrap().receipt, receipt);
    world.pass(HOUR_MS);
    let (is_plain, appended) = world.forward(&entry, false);
    assert!(is_plain);
    world.follow();
    let again = world.take(&entry).unwrap();
    assert_eq!(again.receipt, receipt);
    assert_eq!(again.position, Some(appended.unwrap().position));
    assert!(!again.is_new_of_party);
    assert!(
        world
            .desk
            .outgoing(&leaf_hash(&entry), false)
            .unwrap()
            .is_none()
    );
    assert!(world.desk.page(None).unwrap().receipts.is_empty());
}

#[test]
fn what_cannot_get_onto_the_ledger_is_refused_by_its_rule() {
    let mut world = World::new();
    world.propose();
    let stranger = Identity::generate(&mut ChaCha20Rng::seed_from_u64(42));
    let ledger = world.table.founded().ledger;
    let declaration = Declaration {
        rules: RULES,
        ledger,
        to: ledger,
        text: "We are nobody.".into(),
    };
    let strange = stranger.signed(&declaration).to_octets();
    let elsewhere = world.signed(
        0,
        &Declaration {
            ledger: world.table.founded().proposals[0].id,
            ..declaration
        },
    );
    let mut forged = world.ballot(1, Vote::For);
    let at = forged.len() - 20;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let receipt = {
        let entry = world.declaration(0, "One");
        world.take(&entry).unwrap();
        world.given(&entry).receipt.to_octets()
    };
    let large = world.declaration(0, &"x".repeat(limits::LODGED_OCTETS_MAX));
    for (entry, expected) in [
        (strange, "not-entitled"),
        (elsewhere, "other-ledger"),
        (forged, "format"),
        (receipt, "not-lodged"),
        (large, "format"),
        (b"nonsense".to_vec(), "format"),
    ] {
        assert_eq!(rule(world.take(&entry)), expected);
        assert!(world.desk.receipt(&leaf_hash(&entry)).unwrap().is_none());
    }
}

#[test]
fn a_box_promises_nothing_before_it_may() {
    let mut world = World::new();
    let entry = world.declaration(0, "We are here.");
    world.restart();
    let unread = world.take(&entry);
    assert!(
        matches!(unread, Err(Denied::Unready(Unready::NotRead))),
        "{unread:?}"
    );

    let other = Identity::generate(&mut ChaCha20Rng::seed_from_u64(43));
    let expected = Unready::NotNamed {
        key: other.public(),
    };
    let directory = tempfile::tempdir().unwrap();
    world.desk = desk_of(other, &directory);
    world.follower = Follower::new(Box::new(world.table.disk.clone()), None);
    world.follow();
    assert_eq!(world.desk.unready(), Some(expected.clone()));
    let unnamed = world.take(&entry);
    assert!(
        matches!(&unnamed, Err(Denied::Unready(why)) if *why == expected),
        "{unnamed:?}"
    );
    assert!(world.desk.outstanding().is_empty());
}

#[test]
fn nobody_fills_a_box_alone() {
    let world = World::new();
    for number in 0..limits::BOX_OUTSTANDING_PER_KEY_MAX {
        let entry = world.declaration(0, &format!("{number}"));
        world.take(&entry).unwrap();
    }
    let full = world.take(&world.declaration(0, "One more"));
    assert!(matches!(full, Err(Denied::Full(Full::Key))), "{full:?}");
    assert!(world.take(&world.declaration(1, "And we?")).is_ok());
}

#[test]
fn a_list_comes_in_pages_that_have_an_end() {
    let world = World::new();
    let long = "x".repeat(3000);
    let mut entries = Vec::new();
    for number in 0..3 * limits::BOX_OUTSTANDING_PER_KEY_MAX {
        let entry = world.declaration(number % 3, &format!("{number} {long}"));
        world.take(&entry).unwrap();
        entries.push(leaf_hash(&entry));
    }
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = world.desk.page(after.as_ref()).unwrap();
        assert!(page.receipts.len() <= limits::RECEIPTS_PAGE_MAX);
        found.extend(page.receipts.iter().map(|given| given.leaf.unwrap()));
        after = found.last().copied();
        pages += 1;
        if !page.more {
            break;
        }
    }
    assert_eq!(found, entries);
    assert!(pages > 1);
}

#[test]
fn what_the_ledger_refuses_by_itself_is_put_there_with_its_receipt() {
    let mut world = World::new();
    world.propose();
    let [first, second] = [Vote::For, Vote::Against].map(|vote| world.ballot(1, vote));
    world.take(&first).unwrap();
    world.take(&second).unwrap();
    let (is_plain, appended) = world.forward(&first, false);
    assert!(is_plain && appended.is_ok());
    world.follow();
    // Nobody votes twice with the help of a box; nothing stays outstanding.
    let (is_plain, appended) = world.forward(&second, false);
    assert!(!is_plain);
    assert_eq!(appended.unwrap().outcome, Outcome::Recorded);
    world.follow();
    assert!(world.desk.outstanding().is_empty());
    let ballots = &world.table.founded().proposals[0].ballots;
    assert_eq!(ballots.get(&1), Some(&Vote::For));
}

#[test]
fn what_the_secretariat_refuses_is_put_there_with_its_receipt_too() {
    let mut world = World::new();
    let entry = world.declaration(0, "We are here.");
    world.take(&entry).unwrap();
    let (is_plain, appended) = world.forward(&entry, true);
    assert!(!is_plain && appended.is_ok());
    let (_, again) = world.forward(&entry, true);
    let known = again.unwrap_err();
    assert!(known.to_string().contains("[merged]"), "{known}");
    world.follow();
    assert!(world.desk.outstanding().is_empty());
    assert_eq!(world.table.founded().declarations.len(), 1);
}

#[test]
fn a_ballot_that_was_left_out_voids_the_decision_and_its_receipt_was_breached() {
    let mut world = World::new();
    let proposal = world.propose();
    let entry = world.ballot(0, Vote::For);
    world.submit(&entry).unwrap();
    let left_out = world.ballot(1, Vote::For);
    world.take(&left_out).unwrap();
    let receipt = world.given(&left_out).verify().unwrap().receipt;
    let standing = |world: &World| judge(&world.index, &receipt);
    assert_eq!(standing(&world), Standing::NotDue);
    world.pass(2 * DAY_MS);
    assert_eq!(standing(&world), Standing::NotDue);
    assert!(world.table.founded().time.unwrap() > proposal.deadline);
    while world.table.founded().proposals[0].decided.is_none() {
        world.pass(HOUR_MS);
    }
    // The decision did not have to wait: the hour of the proposal was over when
    // ledger time went on. The receipt's runs from there.
    assert_eq!(standing(&world), Standing::NotDue);
    world.pass(HOUR_MS);
    world.pass(HOUR_MS);
    let breached = standing(&world);
    assert!(
        matches!(breached, Standing::Breach(breach) if breach.late.is_none()),
        "{breached:?}"
    );

    let id = world.table.founded().proposals[0].id;
    let (is_plain, appended) = world.forward(&left_out, false);
    assert!(!is_plain);
    assert_eq!(appended.unwrap().outcome, Outcome::Voided(id));
    world.follow();
    let late = standing(&world);
    assert!(
        matches!(late, Standing::Breach(breach) if breach.late.is_some()),
        "{late:?}"
    );
    assert!(world.desk.outstanding().is_empty());
}

#[test]
fn what_is_merged_is_forgotten_after_thirty_days() {
    let mut world = World::new();
    let entry = world.declaration(0, "We are here.");
    world.take(&entry).unwrap();
    world.forward(&entry, false).1.unwrap();
    world.follow();
    world.pass(29 * DAY_MS);
    assert!(world.desk.receipt(&leaf_hash(&entry)).unwrap().is_some());
    world.pass(2 * DAY_MS);
    assert!(world.desk.receipt(&leaf_hash(&entry)).unwrap().is_none());
    assert_eq!(world.directory.path().read_dir().unwrap().count(), 0);
    // The ledger has it all the same, and says where.
    let again = world.take(&entry).unwrap();
    assert!(again.receipt.is_none() && again.position.is_some());
}
