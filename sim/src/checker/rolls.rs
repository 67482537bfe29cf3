//! How one key follows another: each goes through its stages in order and takes its
//! time, and whoever follows the zone's keys by RFC 5011, from whenever on, trusts a
//! key that signs each edition.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::act::RollAct;
use comity_core::act::json::Payload as _;
use comity_core::basic::{PublicKey, Time};
use comity_core::edition::SignedZone;
use comity_core::state::{Founded, KeyRole, KeyStage, Outcome, RollKind, ZoneKey};

use super::resolver::Resolver;
use super::{Act, Broken, Finding, Invariant};

const HOUR_S: u64 = 3600;
const DAY_S: u64 = 24 * HOUR_S;
/// RFC 5011 §2.4: no validator trusts a key, or forgets one, sooner.
const HOLD_DOWN_S: u64 = 30 * DAY_S;
/// How often resolvers ask (§2.3: at the latest after half of a TTL of two days), and
/// of how many questions one is lost.
const HABITS: [(u64, u64); 3] = [(HOUR_S, 0), (DAY_S, 0), (DAY_S, 3)];
/// Somebody sets a resolver up with each so many-th edition.
const SET_UP_EVERY: u64 = 8;

/// The keys so far.
#[derive(Default)]
pub(super) struct Rolls {
    keys: Vec<ZoneKey>,
    served: Option<SignedZone>,
    resolvers: Vec<Resolver>,
    /// The keys that were said to be compromised.
    compromised: BTreeSet<PublicKey>,
    /// Whether a key took its place that nobody can trust by itself.
    is_excused: bool,
}

/// Whether a key in this stage does no harm any more, whoever has it.
pub(super) fn is_over(stage: KeyStage) -> bool {
    matches!(stage, KeyStage::Revoked { .. } | KeyStage::Gone)
}

fn fail(what: impl std::fmt::Display) -> Broken {
    Broken {
        invariant: Invariant::ContinuityOfTheKey,
        what: what.to_string(),
    }
}

impl Rolls {
    pub(super) fn note_act(&mut self, act: &Act<'_>) -> Finding {
        let Ok(founded) = act.state.founded() else {
            return Ok(());
        };
        let now = founded.time.unwrap_or_default();
        self.note_compromise(act, now);
        self.check_stages(founded, now)?;
        if let Some(served) = &self.served {
            for resolver in &mut self.resolvers {
                resolver.ask_until(now, served);
            }
        }
        if let Outcome::Published(number) = act.applied.outcome
            && let Some(zone) = &founded.published
        {
            self.check_edition(number, zone, founded)?;
            self.served = Some(zone.clone());
        }
        Ok(())
    }

    /// Others may have a key. Where no other is trusted yet, whoever follows has to be
    /// told.
    fn note_compromise(&mut self, act: &Act<'_>, now: Time) {
        if act.envelope.payload_type() != RollAct::TYPE {
            return;
        }
        let Ok(roll) = act.envelope.payload::<RollAct>() else {
            return;
        };
        if roll.kind != RollKind::Compromised {
            return;
        }
        self.compromised.insert(roll.key);
        let is_trusted = |key: &&ZoneKey| match key.stage {
            KeyStage::StandingBy => true,
            KeyStage::Published { trusted, .. } => trusted <= now,
            _ => false,
        };
        let mut others = self.keys.iter().filter(|key| key.key != roll.key);
        let signs = |key: &&ZoneKey| key.key == roll.key && is_signing(key.stage);
        if self.keys.iter().any(|key| signs(&key)) && !others.any(|key| is_trusted(&key)) {
            self.is_excused = true;
        }
    }

    fn check_stages(&mut self, founded: &Founded, now: Time) -> Finding {
        let before: BTreeMap<PublicKey, KeyStage> =
            self.keys.iter().map(|key| (key.key, key.stage)).collect();
        for key in &founded.keys {
            let stage = before.get(&key.key).copied();
            if stage == Some(key.stage) || self.may_follow(stage, key, now) {
                continue;
            }
            let what = format!(
                "at {now} {} went from {stage:?} to {:?}",
                key.key, key.stage
            );
            return Err(fail(what));
        }
        let known: BTreeSet<_> = founded.keys.iter().map(|key| key.key).collect();
        if let Some(key) = before.keys().find(|key| !known.contains(key)) {
            return Err(fail(format!("the zone has forgotten {key}")));
        }
        let anchors = founded.keys.iter();
        let anchors = anchors.filter(|key| key.role == KeyRole::Anchor && is_signing(key.stage));
        let count = anchors.count();
        if count > 1 || (count == 0 && !founded.keys.is_empty()) {
            return Err(fail(format!("{count} keys sign as anchors")));
        }
        self.keys.clone_from(&founded.keys);
        Ok(())
    }

    /// Whether a key may come from one stage to another.
    fn may_follow(&self, before: Option<KeyStage>, key: &ZoneKey, now: Time) -> bool {
        let has_passed = |since: Time| now >= since.plus(HOLD_DOWN_S);
        let mut others = self.keys.iter().filter(|it| it.key != key.key);
        let in_need = others.any(|it| is_signing(it.stage) && self.compromised.contains(&it.key));
        let is_compromised = self.compromised.contains(&key.key);
        let is_anchor = key.role == KeyRole::Anchor;
        match (before, key.stage) {
            (None, KeyStage::Made) => true,
            (None, KeyStage::Signing { .. }) => self.keys.is_empty() || in_need,
            (Some(KeyStage::Made), KeyStage::Published { since, .. }) => since == now,
            (Some(KeyStage::Published { since, .. }), KeyStage::StandingBy) => {
                key.standby && has_passed(since)
            }
            (Some(KeyStage::Published { since, .. }), KeyStage::Signing { .. }) => {
                !is_anchor || has_passed(since) || in_need
            }
            (Some(KeyStage::Made | KeyStage::StandingBy), KeyStage::Signing { .. }) => in_need,
            (Some(KeyStage::Signing { .. }), KeyStage::Retiring { .. }) => true,
            (
                Some(KeyStage::Retiring {
                    since,
                    unused: None,
                }),
                KeyStage::Retiring { since: same, .. },
            ) => since == same,
            (Some(KeyStage::Retiring { since, .. }), KeyStage::Revoked { .. } | KeyStage::Gone) => {
                !is_anchor || has_passed(since) || is_compromised
            }
            (
                Some(KeyStage::Revoked {
                    since,
                    published: None,
                }),
                KeyStage::Revoked { since: same, .. },
            ) => since == same,
            (
                Some(KeyStage::Revoked {
                    published: Some(since),
                    ..
                }),
                KeyStage::Gone,
            ) => has_passed(since),
            (Some(_), KeyStage::Revoked { .. }) => is_compromised,
            _ => false,
        }
    }

    /// Every resolver verifies the edition by a key that it trusts.
    fn check_edition(&mut self, number: u64, zone: &SignedZone, founded: &Founded) -> Finding {
        let now = founded.time.unwrap_or_default();
        let given = founded.keys_to_trust();
        if self.resolvers.is_empty() {
            let first = HABITS.map(|habit| Resolver::new(&zone.anchors(), now, habit));
            self.resolvers = first.to_vec();
        }
        let mut known: BTreeMap<BTreeSet<PublicKey>, Option<String>> = BTreeMap::new();
        let signed_by: BTreeSet<PublicKey> = zone.anchors().into_iter().collect();
        for resolver in &mut self.resolvers {
            let trusts = resolver.trusts();
            let refused = known.entry(trusts.clone()).or_insert_with(|| {
                let keys: Vec<PublicKey> = trusts.intersection(&signed_by).copied().collect();
                let zone = SignedZone::verify(zone.origin(), &keys, zone.records(), now);
                zone.err().map(|refusal| refusal.to_string())
            });
            match refused {
                None => {}
                Some(_) if self.is_excused => *resolver = resolver.anew(&given, now),
                Some(refused) => {
                    let what = format!("edition {number} of {now} for {resolver:?}: {refused}");
                    return Err(fail(what));
                }
            }
        }
        if !self.compromised.contains(&zone.keys().signer().key()) {
            self.is_excused = false;
        }
        if number.is_multiple_of(SET_UP_EVERY) {
            self.resolvers.push(Resolver::new(&given, now, HABITS[1]));
        }
        Ok(())
    }
}

fn is_signing(stage: KeyStage) -> bool {
    matches!(stage, KeyStage::Signing { .. })
}
