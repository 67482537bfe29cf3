//! The calm after the storm: all faults stop, and what was promised must come. A
//! change is made and served; whoever is to have a share has one, and no old one is
//! left; and what drop boxes took is on the ledger.

use comity_core::state::{Founded, SessionRecord};

use crate::checker::Invariant;
use crate::hub::lock;
use crate::party::PartyId;
use crate::run::{LOOK_MS_MAX, Simulation, Stage};

/// Once faults stop, an edition with the next change comes within this time, or if
/// that is longer within [`Simulation::soon_ms`].
const SOON_MS: u64 = 120 * 60_000;
/// The longest that a silent member is waited for: `WAIT_S_MAX` of the secretariat.
const PATIENCE_MS: u64 = 30 * 60_000;
/// And shares are dealt as they should be. An epoch whose test too few can sign is
/// given up after a day.
const SETTLED_MS: u64 = 50 * 60 * 60_000;
/// What drop boxes took has come by then.
const MERGED_MS: u64 = 4 * 60 * 60_000;

impl Simulation {
    /// All faults stop.
    pub(crate) fn calm(&mut self, now_ms: u64) {
        self.cast.hub.heal();
        for id in self.cast.hub.ids() {
            self.with(id, |party| {
                party.disk.heal();
                party.clock.set_ahead(0);
            });
        }
        for at in self.start.values_mut() {
            *at = (*at).min(now_ms + 1000);
        }
        for at in self.wake.values_mut() {
            *at = (*at).min(now_ms + LOOK_MS_MAX);
        }
        let edition = self.edition();
        self.stage = Stage::Calm {
            since_ms: now_ms,
            edition,
            is_changed: false,
        };
        self.people_ms = now_ms + 60_000;
    }

    /// Looks whether what is waited for has come.
    pub(crate) fn look_at_the_calm(&mut self, now_ms: u64) {
        self.people_ms = now_ms + 60_000;
        match self.stage {
            Stage::Calm { .. } => self.look_for_the_edition(now_ms),
            Stage::Settling { since_ms } => self.look_at_the_shares(now_ms, since_ms),
            Stage::Late { since_ms } => {
                if self.cast.hub.checker().receipts() == 0 || now_ms > since_ms + MERGED_MS {
                    self.cast.hub.checker().check_promises();
                    self.stage = Stage::Over;
                }
                self.people_ms = now_ms + 10 * 60_000;
            }
            Stage::Storm | Stage::Over => {}
        }
    }

    /// Continuity of the key: shares pass on to whoever is there, and the old ones
    /// are gone.
    fn look_at_the_shares(&mut self, now_ms: u64, since_ms: u64) {
        self.people_ms = now_ms + 10 * 60_000;
        let unsettled = self.cast.hub.checker().unsettled(&self.away);
        let Some(what) = unsettled else {
            self.stage = Stage::Late { since_ms: now_ms };
            return;
        };
        let waits_ms = 3 * 1000 * self.plan.time_interval_s;
        if now_ms > since_ms + SETTLED_MS.max(waits_ms) {
            let what = format!("long after the last fault {what}; {}", self.situation());
            let mut checker = self.cast.hub.checker();
            checker.note_broken(Invariant::Liveness, what);
        }
    }

    pub(crate) fn edition(&self) -> u64 {
        let checker = self.cast.hub.checker();
        let last = checker
            .founded()
            .and_then(|founded| founded.editions.last());
        last.map_or(0, |last| last.edition)
    }

    /// Liveness: once faults have stopped, a change is made, and the edition
    /// that has it is served.
    fn look_for_the_edition(&mut self, now_ms: u64) {
        let Stage::Calm {
            since_ms,
            edition,
            is_changed,
        } = self.stage
        else {
            return;
        };
        let is_changed = is_changed || self.people.change_own_name(&self.cast);
        self.stage = Stage::Calm {
            since_ms,
            edition,
            is_changed,
        };
        if is_changed && self.edition() > edition && self.is_all_served() {
            self.stage = Stage::Settling { since_ms: now_ms };
        } else if now_ms > since_ms + self.soon_ms() {
            let what = format!(
                "{} minutes after the last fault there is {}; {}",
                self.soon_ms() / 60_000,
                self.missing(is_changed, edition),
                self.situation()
            );
            self.cast
                .hub
                .checker()
                .note_broken(Invariant::Liveness, what);
        }
    }

    /// How soon an edition comes. In a storm honest members fell silent too, and after
    /// it each silent one may be asked once more before them: it is waited for to the
    /// end, and that end and the commitments to the next try are seen by who looks.
    fn soon_ms(&self) -> u64 {
        let tries = u64::try_from(self.plan.silent.len()).map_or(1, |silent| silent + 1);
        let one_ms = PATIENCE_MS + 2 * self.look_ms();
        SOON_MS.max(tries * one_ms)
    }

    /// What the secretariat waits for, and who is not there.
    pub(crate) fn situation(&self) -> String {
        let secretariat = self.cast.hub.party(PartyId::Secretariat);
        let secretariat = secretariat.as_deref().map(lock);
        let engine = secretariat.as_ref().and_then(|party| party.engine());
        let Some(engine) = engine else {
            return "the secretariat does not run".into();
        };
        let founded = engine.state().founded().ok();
        let open = founded.and_then(Founded::open_edition);
        let sessions = open.map(|open| {
            let sessions = open.sessions.values();
            let one = |it: &SessionRecord| {
                let signers: Vec<_> = it.commitments.keys().collect();
                format!("{:?} {} by {signers:?}", it.id.kind, it.id.attempt)
            };
            sessions.map(one).collect::<Vec<_>>()
        });
        let commit = engine.tasks().commit.iter();
        let commit: Vec<_> = commit.map(|id| (id.kind, id.attempt)).collect();
        format!(
            "{:?}; wants {commit:?} and cosignatures after {}; {} cosigned; sessions {sessions:?}",
            self.plan,
            engine.tasks().cosign_after,
            engine.checkpoint().cosignatures.len(),
        )
    }

    fn missing(&self, is_changed: bool, edition: u64) -> String {
        match (is_changed, self.edition() > edition) {
            (false, _) => "no change that the secretariat takes".into(),
            (true, false) => "no edition".into(),
            (true, true) => "an edition, and not everybody has it".into(),
        }
    }

    /// Whether the last edition has all that was decided, and every mirror
    /// serves it.
    pub(crate) fn is_all_served(&self) -> bool {
        let published = {
            let checker = self.cast.hub.checker();
            let up_to_date = |founded: &Founded| {
                let zone = founded.published.as_ref()?;
                zone.publishes(&founded.contents).then(|| zone.zonemd())
            };
            checker.founded().and_then(up_to_date)
        };
        let Some(zonemd) = published else {
            return false;
        };
        let mirrors = self.cast.hub.ids().into_iter();
        let mut mirrors = mirrors.filter(|id| matches!(id, PartyId::Mirror(_)));
        mirrors.all(|id| {
            self.cast.hub.party(id).is_some_and(|party| {
                let party = lock(&party);
                let serving = party.mirror().and_then(|mirror| mirror.serving());
                serving.is_some_and(|zone| zone.zonemd() == zonemd)
            })
        })
    }
}
