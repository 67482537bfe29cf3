//! Continuity of the key (invariant 7): whoever joins, leaves, deals and tries,
//! the key stays, no epoch signs that was not tested, more than half of its shares
//! sign, and the exposed shares are those that the acts by themselves tell of.

use core::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::vec;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::act::json::{self, Payload};
use crate::act::{
    Ceremony, Compromise, Departure, Envelope, Erasure, Redistribution, Session, SessionKind,
    Succession,
};
use crate::basic::{Digest, PublicKey};
use crate::message::Handover;
use crate::refusal::tests::seeded;
use crate::state::tests::world::{World, member, public};

/// Something that a member or the secretariat does.
#[derive(Clone, Debug)]
enum Step {
    Convoke(usize, bool),
    /// A ceremony without the last few receivers, with so many dealers more.
    Deal(usize, usize),
    Test,
    /// A session of the old epoch.
    Records,
    /// A succession act with so many possessions.
    Succeed(usize),
    Leave(usize),
    Join,
    Erase(usize, u32),
    Compromise(usize, u32),
    Wait(u64),
    /// An act from the ledger a second time.
    Again(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Vec<Step>> {
    let member = 0..8_usize;
    let whole = (0..2_usize, 0..2_usize, select(&[2_usize, 9, 9][..]));
    prop_oneof![
        2 => (member.clone(), any::<bool>()).prop_map(|(by, drill)| [Step::Convoke(by, drill)].into()),
        1 => (0..3_usize, 0..2_usize).prop_map(|(out, more)| [Step::Deal(out, more)].into()),
        1 => Just([Step::Test].into()),
        1 => Just([Step::Records].into()),
        1 => (0..6_usize).prop_map(|count| [Step::Succeed(count)].into()),
        // Seldom more than leave the others able to go on.
        1 => member.clone().prop_map(|by| [Step::Leave(by), Step::Wait(3600)].into()),
        1 => Just([Step::Join, Step::Wait(3600)].into()),
        2 => (member.clone(), 1..5_u32).prop_map(|(by, epoch)| [Step::Erase(by, epoch)].into()),
        1 => (member, 1..5_u32).prop_map(|(by, epoch)| [Step::Compromise(by, epoch)].into()),
        1 => select(&[1_u64, 3600, 90_000][..]).prop_map(|s| [Step::Wait(s)].into()),
        2 => any::<prop::sample::Index>().prop_map(|at| [Step::Again(at)].into()),
        1 => (0..5_usize).prop_map(|by| [Step::Convoke(by, true), Step::Deal(0, 0)].into()),
        4 => whole.prop_map(|(out, more, count)| [
            Step::Deal(out, more), Step::Test, Step::Succeed(count),
        ].into()),
    ]
}

impl World {
    /// The step's act, if there is one to make.
    fn handing_act(&mut self, step: &Step) -> Option<Envelope> {
        let here = self.here();
        Some(match step {
            Step::Convoke(by, drill) => {
                let mut convocation = self.convocation(*by, *drill);
                convocation.payload.reason = std::format!("at {}", self.size());
                convocation.envelope()
            }
            Step::Deal(left_out, more) => {
                let mut handing = self.handing();
                let receivers = handing.receivers.len().saturating_sub(*left_out);
                handing.receivers.truncate(receivers);
                let others = here.epoch()?.shares.iter();
                let others = others.filter(|at| !handing.dealers.contains(at));
                let others: Vec<usize> = others.take(*more).copied().collect();
                handing.dealers.extend(others);
                handing.dealers.sort_unstable();
                let handover = handing.handover();
                self.redistribution_of(&handing, &handover).envelope()
            }
            Step::Test => {
                here.dealt()?;
                self.test_session().envelope()
            }
            Step::Records => {
                let can = here.open_edition().is_some() || here.due().is_some();
                can.then(|| self.records_session().envelope())?
            }
            Step::Succeed(count) => {
                here.test()?;
                let receivers = self.waiting().epoch.shares.iter();
                let some: Vec<usize> = receivers.take(*count).copied().collect();
                self.succession_by(&some).envelope()
            }
            Step::Leave(by) => self.departure(*by).envelope(),
            Step::Join => {
                let next = here.members.len();
                (next < 12).then_some(())?;
                let name = std::format!("member-{next}");
                let proposer = *self.staying().first()?;
                let admission = self.admission(&name, next).by(member(proposer));
                self.settle_matter(&admission);
                self.accession(next).envelope()
            }
            Step::Erase(by, epoch) => self.erasure(*by, *epoch).envelope(),
            Step::Compromise(by, epoch) => self.compromise(*by, *epoch).envelope(),
            Step::Wait(seconds) => {
                let time = self.now().plus(*seconds);
                self.time(&self.staying(), time).envelope()
            }
            Step::Again(at) => {
                let entry = &self.entries[at.index(self.entries.len())];
                Envelope::parse(entry, entry.len()).ok()?
            }
        })
    }
}

/// The shares that one ceremony made, and what their holders have said.
#[derive(Default)]
struct Dealt {
    holders: BTreeSet<PublicKey>,
    erased: BTreeSet<PublicKey>,
    compromised: BTreeSet<PublicKey>,
}

/// What the entries tell, read without the state: who got shares in which epoch
/// and try, and what became of them.
#[derive(Default)]
struct Oracle {
    dealt: BTreeMap<(u32, u32), Dealt>,
    left: BTreeSet<PublicKey>,
    /// The redistribution act of each epoch that came last, and its test sessions.
    acts: BTreeMap<u32, Digest>,
    tests: BTreeMap<u32, BTreeSet<Digest>>,
    /// The epochs that were made live, in order, and their tests' messages.
    live: Vec<u32>,
}

impl Oracle {
    fn of(world: &World) -> Self {
        let mut oracle = Self::default();
        for entry in &world.entries {
            let envelope = Envelope::parse(entry, entry.len()).unwrap();
            oracle.read(world, &envelope);
        }
        oracle
    }

    fn read(&mut self, world: &World, act: &Envelope) {
        let by = act.verified_signers().unwrap()[0];
        match act.payload_type() {
            Ceremony::TYPE => {
                let founders = (0..5).map(|at| public(&member(at)));
                self.add((1, 1), founders.collect());
                self.live.push(1);
            }
            Redistribution::TYPE => {
                let fixed: Redistribution = act.payload().unwrap();
                let blob = &world.blobs[&fixed.transcript];
                let handover: Handover = json::decode(blob).unwrap();
                let invitations = handover.invitations.messages.iter();
                let receivers = invitations.map(|one| one.verified_signers().unwrap()[0]);
                self.add((fixed.epoch, fixed.attempt), receivers.collect());
                self.acts.insert(fixed.epoch, act.id());
            }
            Session::TYPE => {
                let session: Session = act.payload().unwrap();
                if session.kind == SessionKind::Test {
                    let tests = self.tests.entry(session.epoch).or_default();
                    tests.insert(session.batch);
                }
            }
            Succession::TYPE => {
                let made: Succession = act.payload().unwrap();
                let number = made.epoch.to_be_bytes();
                let ledger = world.here().ledger;
                let act = self.acts[&made.epoch];
                let message = [
                    b"comity test of epoch v1\n".as_slice(),
                    &ledger.0,
                    &number,
                    &act.0,
                ];
                let message = message.concat();
                assert!(self.tests[&made.epoch].contains(&Digest::of(&message)));
                let key = world.zone_key().public();
                assert!(key.verifies(&message, &made.signature));
                self.live.push(made.epoch);
            }
            Departure::TYPE => drop(self.left.insert(by)),
            Erasure::TYPE => {
                let epoch = act.payload::<Erasure>().unwrap().epoch;
                self.said(epoch, by, |dealt| &mut dealt.erased);
            }
            Compromise::TYPE => {
                let epoch = act.payload::<Compromise>().unwrap().epoch;
                self.said(epoch, by, |dealt| &mut dealt.compromised);
            }
            _ => {}
        }
    }

    fn add(&mut self, what: (u32, u32), holders: BTreeSet<PublicKey>) {
        let dealt = Dealt {
            holders,
            ..Dealt::default()
        };
        assert!(self.dealt.insert(what, dealt).is_none(), "{what:?} twice");
    }

    /// Of all its shares of that number so far.
    fn said(
        &mut self,
        epoch: u32,
        by: PublicKey,
        where_to: fn(&mut Dealt) -> &mut BTreeSet<PublicKey>,
    ) {
        let own = self.dealt.iter_mut().filter(|(what, _)| what.0 == epoch);
        for (_, dealt) in own.filter(|(_, dealt)| dealt.holders.contains(&by)) {
            where_to(dealt).insert(by);
        }
    }

    /// Shares that are in nobody's hands who answers for them.
    fn exposed(&self, what: (u32, u32)) -> BTreeSet<PublicKey> {
        let dealt = &self.dealt[&what];
        let is_exposed = |key: &&PublicKey| {
            let gone = self.left.contains(*key) && !dealt.erased.contains(*key);
            gone || dealt.compromised.contains(*key)
        };
        dealt.holders.iter().filter(is_exposed).copied().collect()
    }
}

fn check(world: &World) -> Result<(), TestCaseError> {
    let (here, oracle) = (world.here(), Oracle::of(world));
    // Live are those that were tested, one after the other.
    let numbers: Vec<u32> = here.epochs.iter().map(|epoch| epoch.number).collect();
    prop_assert_eq!(&numbers, &oracle.live);
    prop_assert!(numbers.is_sorted_by(|a, b| a + 1 == *b), "{numbers:?}");
    let key = world.zone_key().public();
    for epoch in here.all_dealt() {
        prop_assert_eq!(epoch.group_key, key, "the key is another");
        let (threshold, shares) = (usize::from(epoch.threshold), epoch.shares.len());
        prop_assert!(
            threshold * 2 > shares && threshold <= shares,
            "{threshold} of {shares}"
        );
    }
    // Everything that was dealt is counted, and nothing else.
    let exposures = here.exposures();
    prop_assert_eq!(exposures.len(), oracle.dealt.len());
    for one in exposures {
        let keys = one.exposed.iter().map(|at| here.members[*at].key);
        let keys: BTreeSet<PublicKey> = keys.collect();
        prop_assert_eq!(&keys, &oracle.exposed((one.epoch, one.attempt)));
        let (count, threshold) = (keys.len(), usize::from(one.threshold));
        prop_assert_eq!(one.is_warning(), count >= threshold.div_ceil(2));
        prop_assert_eq!(one.is_roll_due(), count >= (threshold * 4).div_ceil(5));
    }
    // Only what signs, or is to be tested, is signed.
    for kind in [SessionKind::Records, SessionKind::Test] {
        let permit = world.permit(kind, &world.quorum_checkpoint());
        let Ok(permit) = permit else { continue };
        let next = u32::from(kind == SessionKind::Test);
        prop_assert_eq!(permit.session().id.epoch, world.live() + next);
    }
    Ok(())
}

#[test]
fn the_key_stays_whoever_comes_and_goes() {
    let (epochs, drills, unused) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let (exposed, refused) = (Cell::new(0), Cell::new(0));
    let add = |count: &Cell<usize>, more: usize| count.set(count.get() + more);
    let start = World::plain();
    let try_out = |steps: Vec<Vec<Step>>| -> Result<(), TestCaseError> {
        let mut world = start.clone();
        for step in steps.iter().flatten() {
            if let Some(act) = world.handing_act(step) {
                let outcome = world.submit(&act.to_octets());
                add(&refused, usize::from(outcome.is_err()));
            }
        }
        check(&world)?;
        let here = world.here();
        add(&epochs, here.epochs.len() - 1);
        add(&drills, usize::from(here.drill.is_some()));
        add(&unused, here.unused.len());
        let all = here.exposures();
        add(&exposed, all.iter().map(|one| one.exposed.len()).sum());
        Ok(())
    };
    let mut runner = TestRunner::new(seeded(120));
    runner.run(&vec(step(), 1..24), try_out).unwrap();
    // The histories are good for something.
    for (what, count, least) in [
        ("epochs", &epochs, 40),
        ("drills", &drills, 20),
        ("tries that never sign", &unused, 60),
        ("exposed shares", &exposed, 60),
        ("refusals", &refused, 300),
    ] {
        assert!(count.get() >= least, "{} {what}", count.get());
    }
}
