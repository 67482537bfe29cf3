//! No fork (invariant 3): whatever sessions the secretariat announces, the
//! messages that members may sign for one edition number are the same ones,
//! and the edition published is the one they are of.

use core::cell::Cell;
use std::collections::BTreeMap;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::act::{Envelope, SessionKind};
use crate::refusal::tests::seeded;
use crate::state::tests::world::World;

/// Something that the secretariat does.
#[derive(Clone, Debug)]
enum Step {
    Records,
    /// A ZONEMD session over this variant of the signatures.
    Zonemd(u8),
    /// An edition act, right or with a bit of its ZONEMD turned.
    Publish(bool),
    /// A decision, by the rules, that changes the contents.
    Change(u8),
    Wait(u64),
    /// An act from the ledger a second time.
    Again(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Records),
        4 => (0..3_u8).prop_map(Step::Zonemd),
        3 => any::<bool>().prop_map(Step::Publish),
        3 => (1..200_u8).prop_map(Step::Change),
        1 => select(&[1_u64, 90_000, 1_300_000][..]).prop_map(Step::Wait),
        2 => any::<prop::sample::Index>().prop_map(Step::Again),
    ]
}

/// A batch, and the messages in it.
type Batch = ((u64, SessionKind), Vec<Vec<u8>>);

impl World {
    /// The act that announces or publishes, if there is one to make.
    fn signing_act(&mut self, step: &Step) -> Option<Envelope> {
        let here = self.here();
        match step {
            Step::Records => {
                let can = here.open_edition().is_some() || here.due().is_some();
                can.then(|| self.records_session().envelope())
            }
            Step::Zonemd(variant) => {
                here.open_edition()?;
                Some(self.zonemd_session(*variant).envelope())
            }
            Step::Publish(right) => {
                here.open_edition()?.zonemd.as_ref()?;
                let mut edition = self.edition();
                if !right {
                    let flipped = if edition.payload.zonemd.starts_with('0') {
                        "1"
                    } else {
                        "0"
                    };
                    edition.payload.zonemd.replace_range(..1, flipped);
                }
                Some(edition.envelope())
            }
            Step::Change(octet) => {
                let line = std::format!("ns.example. 60 A 192.0.2.{octet}");
                let change = self.put_set(&line);
                if change.old != change.new {
                    self.adopt([change]);
                }
                None
            }
            Step::Wait(seconds) => {
                let time = self.now().plus(*seconds);
                Some(self.time(&self.everybody(), time).envelope())
            }
            Step::Again(at) => {
                let entry = &self.entries[at.index(self.entries.len())];
                Envelope::parse(entry, entry.len()).ok()
            }
        }
    }

    /// What members may sign now, by edition and kind.
    fn permitted(&self) -> Vec<Batch> {
        let kinds = [SessionKind::Records, SessionKind::Zonemd];
        let permits = kinds.map(|kind| self.permit(kind, &self.quorum_checkpoint()));
        let permits = permits.into_iter().flatten();
        permits
            .map(|permit| {
                let id = &permit.session().id;
                ((id.edition, id.kind), permit.messages().to_vec())
            })
            .collect()
    }
}

#[test]
fn an_edition_number_has_one_content_and_one_zonemd() {
    let (editions, repeated, given_up) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let start = World::plain();
    let try_out = |steps: Vec<Step>| -> Result<(), TestCaseError> {
        let mut world = start.clone();
        let mut signed = BTreeMap::new();
        for step in &steps {
            if let Some(act) = world.signing_act(step) {
                // Most are refused.
                let _ = world.submit(&act.to_octets());
            }
            for (what, messages) in world.permitted() {
                let first = signed.entry(what).or_insert_with(|| messages.clone());
                prop_assert!(*first == messages, "{what:?} has two contents");
                repeated.set(repeated.get() + 1);
            }
        }
        for record in &world.here().editions {
            prop_assert!(signed.contains_key(&(record.edition, SessionKind::Records)));
            prop_assert!(signed.contains_key(&(record.edition, SessionKind::Zonemd)));
        }
        let numbers: Vec<u64> = world.here().editions.iter().map(|e| e.edition).collect();
        prop_assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        let last = numbers.last().copied().unwrap_or_default();
        given_up.set(given_up.get() + last - numbers.len() as u64);
        let serials: Vec<u32> = world.here().editions.iter().map(|e| e.serial).collect();
        prop_assert!(serials.is_sorted_by(|a, b| a < b), "{serials:?}");
        editions.set(editions.get() + numbers.len());
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(60));
    runner.run(&vec(step(), 1..40), try_out).unwrap();
    assert!(editions.get() > 20, "{} editions", editions.get());
    assert!(repeated.get() > 200, "{} permits", repeated.get());
    assert!(given_up.get() > 5, "{} given up", given_up.get());
}
