//! The checker knows the truth: it follows the ledger on the secretariat's own
//! disk, sees everything that leaves a party, and asks after every step whether
//! the invariants hold. It believes nobody, and changes nothing.
//!
//! | module | what it asks |
//! | --- | --- |
//! | `history` | one history: heads, cosignatures, digests, nothing lost |
//! | `signing` | who released shares for what, nonces once, the quorum before |
//! | `editions` | one content and one ZONEMD, what mirrors serve, time to react |
//! | `epochs` | that the key stays while its shares pass on, with `shares`' arithmetic |
//! | `disks` | which shares are on disks, and which are not any more |
//! | `rolls` | that each key takes its time, and every `resolver` follows |
//! | `access` | that a name changes by its holder's consent alone |
//! | `promises` | acts that were acknowledged, receipts that were given |

mod access;
mod disks;
mod editions;
mod epochs;
mod history;
mod promises;
mod resolver;
mod rolls;
mod shares;
mod signing;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use comity_core::act::Envelope;
use comity_core::basic::{Digest, Time};
use comity_core::limits;
use comity_core::message::Shares;
use comity_core::state::{Founded, KeyStage, State};
use comity_mirror::client::Answer;
use comity_mirror::follow::{Applied, FollowError, Follower};
use comity_mirror::index::Index;
use comity_mirror::ledger;
use comity_mirror::round::Rounds;
use comity_mirror::source::Directory;
use comity_secretariat::requests;

use crate::character::Character;
use crate::disk::Disk;
use crate::party::{Party, PartyId};
use access::Access;
use disks::Disks;
use editions::Editions;
use epochs::Epochs;
use history::History;
use promises::Promises;
use rolls::Rolls;
use signing::Signing;

/// A clock is right that is not further from the time.
const CLOCK_MS_MAX: i64 = 60_000;

/// What must hold, in the words of the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// A name changes only by its holder's policy.
    Access,
    /// Fewer than the threshold of shares sign nothing.
    NoForgery,
    /// One history, one content, one ZONEMD.
    NoFork,
    /// What is served is an edition of the ledger, and verifies.
    NoSilentRuleBreaking,
    /// Everybody computes the same state.
    Replay,
    /// No nonce is used twice.
    NoncesOnce,
    /// The public key stays.
    ContinuityOfTheKey,
    /// A crash loses nothing that was acknowledged, and leaves what verifies.
    NothingLost,
    /// Ledger time is never ahead of the time, while most clocks are right.
    LedgerTime,
    /// Signatures stay valid for at least 14 days.
    TimeToReact,
    /// An act with a receipt is on the ledger within the hour.
    NoCensorship,
    /// Once faults stop, the next edition comes soon.
    Liveness,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: Invariant,
    /// What was seen.
    pub what: String,
}

/// A finding of one of the checker's parts.
type Finding = Result<(), Broken>;

fn broken(invariant: Invariant, what: impl fmt::Display) -> Finding {
    Err(Broken {
        invariant,
        what: what.to_string(),
    })
}

/// One act on the ledger.
struct Act<'a> {
    envelope: &'a Envelope,
    applied: &'a Applied,
    /// The state after it.
    state: &'a State,
}

/// The checker.
pub struct Checker {
    truth: Follower,
    ledger: Directory,
    characters: BTreeMap<PartyId, Character>,
    index: Index,
    history: History,
    signing: Signing,
    editions: Editions,
    access: Access,
    promises: Promises,
    epochs: Epochs,
    rolls: Rolls,
    disks: Disks,
    first: Option<Broken>,
    /// How many acts of each type there are.
    kinds: BTreeMap<String, u64>,
}

impl Checker {
    /// A checker of the ledger in this directory of the secretariat's disk.
    pub fn new(
        ledger: Directory,
        founding: Digest,
        characters: BTreeMap<PartyId, Character>,
    ) -> Self {
        let source = Box::new(ledger.clone());
        Self {
            truth: Follower::new(source, Some(founding)).by_one_processor(),
            ledger,
            characters,
            index: Index::default(),
            history: History::default(),
            signing: Signing::default(),
            editions: Editions::default(),
            access: Access::default(),
            promises: Promises::default(),
            epochs: Epochs::default(),
            rolls: Rolls::default(),
            disks: Disks::default(),
            first: None,
            kinds: BTreeMap::new(),
        }
    }

    /// The first invariant that was seen not to hold.
    pub fn broken(&self) -> Option<&Broken> {
        self.first.as_ref()
    }

    /// The zone as the ledger has it.
    pub fn founded(&self) -> Option<&Founded> {
        self.truth.state().founded().ok()
    }

    /// The state as the ledger has it.
    pub fn state(&self) -> &State {
        self.truth.state()
    }

    /// How many acts of each type the ledger has.
    pub fn kinds(&self) -> &BTreeMap<String, u64> {
        &self.kinds
    }

    /// Everything that was promised.
    pub fn receipts(&self) -> usize {
        self.promises.receipts()
    }

    /// This is somebody's disk.
    pub fn note_disk(&mut self, id: PartyId, disk: Disk) {
        self.disks.add(id, disk);
    }

    /// What of the shares is not as it should be in the end; none where all is.
    pub fn unsettled(&self, away: &BTreeSet<PartyId>) -> Option<String> {
        let founded = self.founded()?;
        if let Some(due) = founded.ceremony_due() {
            return Some(format!("a ceremony is due: {:?}", due.reason));
        }
        if founded.ceremony_at().is_some() || founded.dealt().is_some() {
            return Some("shares are not dealt as they should be".into());
        }
        let keys = founded.keys.iter();
        let gone = keys.filter(|key| key.stage == KeyStage::Gone);
        let gone: BTreeSet<_> = gone.map(|key| key.key).collect();
        let mut left = self.disks.shares().filter(|(id, _)| !away.contains(id));
        if let Some((id, seat)) = left.find(|(_, seat)| !self.epochs.may_be_kept(&gone, *seat)) {
            return Some(format!("{id:?} has its share of {seat:?}"));
        }
        let newest = founded.epochs.iter().map(|epoch| epoch.number).max()?;
        let kept = founded.exposures().into_iter().find_map(|it| {
            // A try of an epoch that signs is wiped, and said to be with that one.
            let of_it = || {
                founded
                    .epochs
                    .iter()
                    .filter(|epoch| founded.is_needed(epoch))
            };
            let signs = |at: &usize| {
                of_it().any(|epoch| epoch.number == it.epoch && epoch.shares.contains(at))
            };
            let mut kept = it.kept.iter().filter(|at| !signs(at));
            let kept = kept.next().filter(|_| it.epoch <= newest)?;
            Some((it.epoch, *kept))
        });
        kept.map(|it| format!("nobody says that {it:?} is wiped"))
    }

    /// Notes that something does not hold; the first counts.
    pub fn note_broken(&mut self, invariant: Invariant, what: impl fmt::Display) {
        self.note(broken(invariant, what));
    }

    fn note(&mut self, finding: Finding) {
        if let Err(broken) = finding {
            self.first.get_or_insert(broken);
        }
    }

    /// From here on a party behaves like this.
    pub fn set_character(&mut self, id: PartyId, character: Character) {
        self.characters.insert(id, character);
    }

    /// Looks whether whoever knows the first key alone has a zone.
    pub fn look_at_the_zone(&mut self, id: PartyId, mirror: &Rounds, now_ms: u64) {
        let finding = self.editions.check_now(id, mirror, Time(now_ms / 1000));
        self.note(finding);
    }

    fn is_honest(&self, id: PartyId) -> bool {
        matches!(self.characters.get(&id), None | Some(Character::Honest))
    }

    /// What really leaves a party of this character; nothing where it is
    /// silent.
    pub fn altered(
        &self,
        from: PartyId,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Option<Option<Vec<u8>>> {
        match self.characters.get(&from) {
            Some(character) => character.alter(path, body),
            None => Some(body),
        }
    }

    /// Looks at what has left a party.
    pub fn note_sent(&mut self, from: PartyId, path: &str, body: Option<&[u8]>) {
        let (Some(at), Some(octets)) = (from.member(), body) else {
            return;
        };
        let is_honest = self.is_honest(from);
        let finding = match path {
            // Also those who lie in sessions cosign as they should.
            requests::COSIGNATURES => {
                let line = String::from_utf8_lossy(octets);
                let cosigned = self
                    .history
                    .note_cosignature((from, at), &line, self.truth.state());
                cosigned.map(|size| self.signing.note_cosigned(at, size))
            }
            requests::MESSAGES => match Envelope::parse(octets, limits::MESSAGE_OCTETS_MAX) {
                Ok(envelope) => self
                    .signing
                    .note_message(at, &envelope, is_honest)
                    .and_then(|()| self.check_said(from, &envelope, is_honest)),
                Err(_) => Ok(()),
            },
            requests::ACTS => match Envelope::parse(octets, limits::ENTRY_OCTETS_MAX) {
                Ok(envelope) => self.disks.note_sent(from, &envelope),
                Err(_) => Ok(()),
            },
            _ => Ok(()),
        };
        self.note(finding);
    }

    fn check_said(&self, from: PartyId, said: &Envelope, is_honest: bool) -> Finding {
        self.disks.note_sent(from, said)?;
        match said.payload::<Shares>() {
            Ok(shares) if is_honest => {
                let session = shares.session;
                self.epochs.check_session(session.kind, session.epoch)
            }
            _ => Ok(()),
        }
    }

    /// Looks at what somebody was answered.
    pub fn note_answer(
        &mut self,
        (from, to): (PartyId, PartyId),
        path: &str,
        body: Option<&[u8]>,
        answer: &Answer,
    ) {
        if answer.status != 200 {
            return;
        }
        let finding = match (to, body) {
            (PartyId::Secretariat, None) => {
                let path = path.trim_start_matches('/');
                self.history.note_shown(from, path, &answer.octets)
            }
            (PartyId::Secretariat, Some(entry)) if path == requests::ACTS => {
                self.history.note_acknowledged(entry, &answer.octets)
            }
            (PartyId::DropBox(_), Some(_)) => self.promises.note_taken(&answer.octets),
            _ => Ok(()),
        };
        self.note(finding);
    }

    /// Looks at a party between two of its steps.
    pub fn look(&mut self, party: &Party, now_ms: u64) {
        if self.first.is_some() {
            return;
        }
        let finding = self.look_at(party, now_ms);
        self.note(finding);
    }

    fn look_at(&mut self, party: &Party, now_ms: u64) -> Finding {
        if let Some(engine) = party.engine() {
            let head = engine.checkpoint().checkpoint.head();
            self.history.check_head(head, self.truth.state())?;
            if head.size > self.truth.state().log().size() {
                self.follow()?;
                self.check_time(now_ms)?;
            }
        }
        if let Some(state) = party.state() {
            self.history.check_state(party.id(), state)?;
        }
        if let Some(mirror) = party.mirror() {
            // What by its clock is not valid yet a mirror does not serve.
            let is_right = party.clock.ahead_ms().abs() < CLOCK_MS_MAX;
            let when = (Time(now_ms / 1000), is_right);
            self.editions.check_served(party.id(), mirror, when)?;
        }
        Ok(())
    }

    fn check_time(&self, now_ms: u64) -> Finding {
        let time = self.founded().and_then(|founded| founded.time);
        let clocks_ms = now_ms.saturating_add_signed(CLOCK_MS_MAX);
        match time {
            Some(time) if time.0 > clocks_ms / 1000 => {
                broken(Invariant::LedgerTime, format!("{time} is yet to come"))
            }
            _ => Ok(()),
        }
    }

    /// Follows the ledger as it is on the disk.
    fn follow(&mut self) -> Finding {
        let lost = |error: &dyn fmt::Display| broken(Invariant::NothingLost, error);
        let from = self.truth.state().log().size();
        let head = match ledger::fetch_checkpoint(&self.ledger) {
            Ok(head) => head.checkpoint.size,
            Err(error) => return lost(&error),
        };
        let entries: Result<Vec<_>, _> = ledger::entries(&self.ledger, from, head).collect();
        let mut entries = match entries {
            Ok(entries) => entries.into_iter(),
            Err(error) => return lost(&error),
        };
        let mut finding = Ok(());
        let Self {
            truth,
            index,
            history,
            signing,
            editions,
            access,
            epochs,
            rolls,
            ledger,
            kinds,
            ..
        } = self;
        let polled = truth.poll_with(&mut |state, applied| {
            let entry = entries.next().unwrap_or_default();
            index.note(applied);
            let Ok(envelope) = Envelope::parse(&entry, limits::ENTRY_OCTETS_MAX) else {
                return;
            };
            let act = Act {
                envelope: &envelope,
                applied,
                state,
            };
            *kinds.entry(kind_of(&envelope)).or_default() += 1;
            history.note_act(&act);
            let all = [
                signing.note_act(&act),
                editions.note_act(&act, signing),
                access.note_act(&act),
                epochs.note_act(&act, ledger),
                rolls.note_act(&act),
            ];
            for one in all {
                if finding.is_ok() {
                    finding = one;
                }
            }
        });
        match polled {
            Ok(_) => finding,
            Err(FollowError::Unreadable(error)) => lost(&error),
            Err(FollowError::Violation(violation)) => broken(Invariant::Replay, violation),
        }
    }

    /// Looks at everything that was promised, once all had time to keep it.
    pub fn check_promises(&mut self) {
        let finding = self.promises.check(&self.index);
        self.note(finding);
    }
}

/// The word for an act's type.
fn kind_of(envelope: &Envelope) -> String {
    let kind = envelope.payload_type();
    let kind = kind.strip_prefix("application/vnd.comity.").unwrap_or(kind);
    kind.strip_suffix(".v1+json").unwrap_or(kind).to_string()
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.what)
    }
}
