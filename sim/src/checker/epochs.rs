//! Epochs: the key stays while its shares pass on. What was dealt is computed here
//! from the transcripts, and who has which share counted, without asking the state.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::act::json::{self, Payload};
use comity_core::act::{
    Ceremony, Compromise, Departure, Envelope, Erasure, Merge, Redistribution, Session,
    SessionKind, Succession,
};
use comity_core::basic::{Digest, PublicKey, Time};
use comity_core::limits;
use comity_core::message::{Dealing, Handover, Messages, Opening, Possession, Transcript};
use comity_core::state::{Founded, Outcome};
use comity_mirror::ledger;
use comity_mirror::source::{Directory, Source as _};

use super::shares::{Polynomials, digest_of, opening_of};
use super::{Act, Broken, Finding, Invariant};

/// One set of shares that was dealt.
pub(super) struct Set {
    pub(super) number: u32,
    pub(super) attempt: u32,
    threshold: u16,
    pub(super) key: PublicKey,
    /// Whose they are, by the members' index.
    pub(super) shares: BTreeSet<usize>,
    erased: BTreeSet<usize>,
    compromised: BTreeSet<usize>,
    /// What each share is, in the exponent.
    verifying: BTreeMap<u16, [u8; 32]>,
    /// The act that fixed it, and when.
    act: Digest,
    time: Time,
}

/// All that was ever dealt.
#[derive(Default)]
pub(super) struct Epochs {
    pub(super) sets: Vec<Set>,
    /// Which of them signs with each key.
    live: BTreeMap<PublicKey, usize>,
    /// Which of them ever signed, by number.
    signed: BTreeMap<u32, usize>,
    /// Which waits for its test.
    waiting: Option<usize>,
    departed: BTreeSet<usize>,
}

fn fail(what: impl std::fmt::Display) -> Broken {
    Broken {
        invariant: Invariant::ContinuityOfTheKey,
        what: what.to_string(),
    }
}

impl Epochs {
    pub(super) fn note_act(&mut self, act: &Act<'_>, ledger: &Directory) -> Finding {
        let Ok(founded) = act.state.founded() else {
            return Ok(());
        };
        self.note(act, act.envelope, (founded, ledger))?;
        self.check_sessions(act)?;
        self.check_live(founded)?;
        self.check_exposed(founded)
    }

    fn note(
        &mut self,
        act: &Act<'_>,
        envelope: &Envelope,
        (founded, ledger): (&Founded, &Directory),
    ) -> Finding {
        let by = || {
            let signers = envelope.verified_signers().ok()?;
            let key = *signers.first()?;
            founded.members.iter().position(|member| member.key == key)
        };
        match envelope.payload_type() {
            Ceremony::TYPE => self.note_first(act, (founded, ledger))?,
            Redistribution::TYPE => self.note_dealt(act, (founded, ledger))?,
            Succession::TYPE => self.note_succession(act, (founded, ledger))?,
            Departure::TYPE => self.departed.extend(by()),
            Erasure::TYPE => {
                if let (Ok(erasure), Some(at)) = (envelope.payload::<Erasure>(), by()) {
                    self.note_erased(erasure.epoch, at, founded.time.unwrap_or_default());
                }
            }
            Compromise::TYPE => {
                if let (Ok(compromise), Some(at)) = (envelope.payload::<Compromise>(), by()) {
                    for set in self.of(compromise.epoch, at) {
                        set.compromised.insert(at);
                    }
                }
            }
            Merge::TYPE => {
                if let Ok(merge) = envelope.payload::<Merge>() {
                    self.note(act, &merge.act, (founded, ledger))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The sets of this number in which somebody has a share.
    fn of(&mut self, number: u32, at: usize) -> impl Iterator<Item = &mut Set> {
        let sets = self.sets.iter_mut();
        sets.filter(move |set| set.number == number && set.shares.contains(&at))
    }

    /// Who is a member says so only of what signs nothing; with a receipt it may have
    /// come too late to count.
    fn note_erased(&mut self, number: u32, at: usize, now: Time) {
        let needed: BTreeSet<usize> = self.needed(now).collect();
        let sets = self.sets.iter().enumerate();
        let mut own = sets.filter(|(_, it)| it.number == number && it.shares.contains(&at));
        let signs = own.any(|(place, _)| needed.contains(&place));
        if signs && !self.departed.contains(&at) {
            return;
        }
        for set in self.of(number, at) {
            set.erased.insert(at);
        }
    }

    /// The sets that sign, or may come to.
    fn needed(&self, now: Time) -> impl Iterator<Item = usize> {
        let waits = move |place: &usize| {
            let set = self.sets.get(*place);
            set.is_some_and(|set| now <= set.time.plus(limits::TEST_SECONDS_MAX))
        };
        let waiting = self.waiting.into_iter().filter(waits);
        self.live.values().copied().chain(waiting)
    }

    /// The key that everybody made together.
    fn note_first(&mut self, act: &Act<'_>, (founded, ledger): (&Founded, &Directory)) -> Finding {
        let Some(epoch) = founded.epoch() else {
            return Err(fail("a ceremony without a key"));
        };
        let transcript: Transcript = read(ledger, &epoch.transcript)?;
        let mut openings = BTreeMap::new();
        for (number, envelope) in (1..).zip(&transcript.openings.messages) {
            let opening = envelope
                .payload::<Opening>()
                .map_err(|_| fail("no opening"))?;
            openings.insert(number, opening_of(&opening.package, epoch.threshold));
        }
        let made = Polynomials(openings).generated();
        let made = made.ok_or_else(|| fail("a first key of commitments that are none"))?;
        let shares = (0..founded.members.len()).collect();
        let set = Set {
            number: epoch.number,
            attempt: epoch.attempt,
            threshold: epoch.threshold,
            key: made.key(),
            verifying: made.verifying(&shares),
            shares,
            erased: BTreeSet::new(),
            compromised: BTreeSet::new(),
            act: act.applied.id,
            time: founded.time.unwrap_or_default(),
        };
        let place = self.sets.len();
        self.live.insert(set.key, place);
        self.signed.insert(set.number, place);
        self.sets.push(set);
        Ok(())
    }

    /// Shares were dealt: of the very key, by those who have it, or of a new one.
    fn note_dealt(&mut self, act: &Act<'_>, (founded, ledger): (&Founded, &Directory)) -> Finding {
        let dealt: Redistribution = act.envelope.payload().map_err(|_| fail("no dealing"))?;
        let handover: Handover = read(ledger, &dealt.transcript)?;
        let before = self.live.get(&dealt.group_key).copied();
        let before = before.and_then(|place| self.sets.get(place));
        let numbers = |list: &Messages| -> Vec<u16> {
            let signers = list
                .messages
                .iter()
                .filter_map(|it| it.claimed_signers().next());
            signers.filter_map(|key| founded.number_of(key)).collect()
        };
        let mut polynomials = BTreeMap::new();
        let dealers = numbers(&handover.dealings);
        for (number, envelope) in dealers.into_iter().zip(&handover.dealings.messages) {
            if !dealt.dealers.contains(&number) {
                continue;
            }
            let dealing = envelope
                .payload::<Dealing>()
                .map_err(|_| fail("no dealing"))?;
            let commitments = opening_of(&dealing.package, dealt.threshold);
            let constant = commitments.first().copied();
            if let Some(before) = before
                && constant != before.verifying.get(&number).copied()
            {
                let what = format!("epoch {}: {number} dealt another share", dealt.epoch);
                return Err(fail(what));
            }
            polynomials.insert(number, commitments);
        }
        let polynomials = Polynomials(polynomials);
        let made = match before {
            Some(_) => polynomials.redistributed(),
            None => polynomials.generated(),
        };
        let made = made.ok_or_else(|| fail("a dealing of commitments that are none"))?;
        if made.key() != dealt.group_key {
            let what = format!(
                "epoch {} is of another key than the ledger says",
                dealt.epoch
            );
            return Err(fail(what));
        }
        let receivers = numbers(&handover.invitations).into_iter();
        let shares = receivers.map(|number| usize::from(number) - 1).collect();
        let place = self.sets.len();
        self.sets.push(Set {
            number: dealt.epoch,
            attempt: dealt.attempt,
            threshold: dealt.threshold,
            key: dealt.group_key,
            verifying: made.verifying(&shares),
            shares,
            erased: BTreeSet::new(),
            compromised: BTreeSet::new(),
            act: act.applied.id,
            time: founded.time.unwrap_or_default(),
        });
        if matches!(act.applied.outcome, Outcome::Dealt(_)) {
            self.waiting = Some(place);
        }
        Ok(())
    }

    /// What was dealt signs from here on: its shares have made a signature, and who
    /// received them has the ones that were dealt.
    fn note_succession(
        &mut self,
        act: &Act<'_>,
        (founded, ledger): (&Founded, &Directory),
    ) -> Finding {
        let succession: Succession = act.envelope.payload().map_err(|_| fail("none"))?;
        let number = succession.epoch;
        let waiting = self.waiting.take();
        let set = waiting.and_then(|place| Some((place, self.sets.get(place)?)));
        let set = set.filter(|(_, set)| set.number == number);
        let Some((place, set)) = set else {
            return Err(fail(format!("epoch {number} signs, and nobody dealt it")));
        };
        let text = [
            b"comity test of epoch v1\n".as_slice(),
            &founded.ledger.0,
            &number.to_be_bytes(),
            &set.act.0,
        ];
        if !set.key.verifies(&text.concat(), &succession.signature) {
            return Err(fail(format!("epoch {number} signs without its test")));
        }
        let possessions: Messages = read(ledger, &succession.possessions)?;
        let expected = digest_of(set.key, set.threshold, &set.verifying);
        for envelope in &possessions.messages {
            let said = envelope
                .payload::<Possession>()
                .map(|it| it.verifying_shares);
            if said.ok() != Some(expected) {
                let what = format!("epoch {number} has other shares than were dealt");
                return Err(fail(what));
            }
        }
        self.live.insert(set.key, place);
        self.signed.insert(number, place);
        Ok(())
    }

    /// Nothing but a test is signed by an epoch that was not tested.
    fn check_sessions(&self, act: &Act<'_>) -> Finding {
        if act.envelope.payload_type() != Session::TYPE {
            return Ok(());
        }
        let session: Session = act.envelope.payload().map_err(|_| fail("no session"))?;
        self.check_session(session.kind, session.epoch)
    }

    /// As above, for what leaves a member.
    pub(super) fn check_session(&self, kind: SessionKind, epoch: u32) -> Finding {
        let has_signed = self.signed.contains_key(&epoch);
        match (kind, has_signed) {
            (SessionKind::Test, false) => {
                let is_dealt = self.sets.iter().any(|set| set.number == epoch);
                match is_dealt {
                    true => Ok(()),
                    false => Err(fail(format!("a test of epoch {epoch}, which nobody dealt"))),
                }
            }
            (SessionKind::Test, true) => Ok(()),
            (_, true) => Ok(()),
            (_, false) => Err(fail(format!("epoch {epoch} signs before its test"))),
        }
    }

    /// The epochs that sign are those whose shares were tested last.
    fn check_live(&self, founded: &Founded) -> Finding {
        for key in &founded.keys {
            let expected = self
                .live
                .get(&key.key)
                .and_then(|place| self.sets.get(*place));
            let expected = expected.map(|set| (set.number, set.attempt, set.threshold));
            let epoch = founded.epoch_of(&key.key);
            let found = epoch.map(|it| (it.number, it.attempt, it.threshold));
            if found != expected {
                let what = format!("{found:?} signs with {}, and not {expected:?}", key.key);
                return Err(fail(what));
            }
        }
        let known: BTreeSet<_> = founded.keys.iter().map(|key| key.key).collect();
        match self.live.keys().find(|key| !known.contains(key)) {
            Some(key) => Err(fail(format!("the zone has forgotten {key}"))),
            None => Ok(()),
        }
    }

    /// The shares that are out of the members' hands, counted again.
    fn check_exposed(&self, founded: &Founded) -> Finding {
        let over: BTreeSet<PublicKey> = {
            let keys = founded.keys.iter();
            let over = keys.filter(|key| super::rolls::is_over(key.stage));
            over.map(|key| key.key).collect()
        };
        let mut counted: BTreeMap<(u32, u32), BTreeSet<usize>> = BTreeMap::new();
        for set in &self.sets {
            let unwiped = set.shares.difference(&set.erased).copied();
            let mut exposed: BTreeSet<usize> =
                unwiped.filter(|at| self.departed.contains(at)).collect();
            exposed.extend(&set.compromised);
            if over.contains(&set.key) {
                exposed.clear();
            }
            counted.insert((set.number, set.attempt), exposed);
        }
        for said in founded.exposures() {
            let counted = counted.remove(&(said.epoch, said.attempt));
            if counted.as_ref() != Some(&said.exposed) {
                let of = (said.epoch, said.attempt);
                let what = format!("{of:?}: exposed {:?}, counted {counted:?}", said.exposed);
                return Err(fail(what));
            }
        }
        match counted.into_keys().next() {
            Some(of) => Err(fail(format!("nobody counts the shares of {of:?}"))),
            None => Ok(()),
        }
    }

    /// Of which sets there may be shares on a disk: those that sign, and whatever may
    /// come to.
    pub(super) fn may_be_kept(&self, over: &BTreeSet<PublicKey>, seat: (u32, u32)) -> bool {
        let newest = self.signed.keys().next_back().copied().unwrap_or(0);
        let mut live = self.live.iter().filter(|(key, _)| !over.contains(key));
        seat.0 > newest
            || live.any(|(_, place)| {
                let set = self.sets.get(*place);
                set.is_some_and(|set| (set.number, set.attempt) == seat)
            })
    }
}

fn read<T: serde::de::DeserializeOwned + serde::Serialize>(
    ledger: &Directory,
    digest: &Digest,
) -> Result<T, Broken> {
    let octets = ledger.fetch(&ledger::blob_path(digest), limits::BLOB_OCTETS_MAX);
    let octets = octets.map_err(|error| Broken {
        invariant: Invariant::NothingLost,
        what: error.to_string(),
    })?;
    json::decode(&octets).map_err(|_| fail(format!("{digest} is no transcript")))
}
