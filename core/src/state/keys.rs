//! The zone's keys, and how one follows another so that nobody who validates is
//! left behind: by the times of RFC 5011, counted from the zone as it was served.
//!
//! | stage | in the DNSKEY set | what happens |
//! | --- | --- | --- |
//! | made | not yet | the next edition names it |
//! | published | yes | resolvers come to trust it; nothing is signed with it |
//! | standing by | no | resolvers trust it still (RFC 5011 §4.2, "Missing") |
//! | signing | yes | it makes the zone's signatures |
//! | retiring | yes | another signs; its own signatures run out, and caches |
//! | revoked | yes, marked | resolvers are told to trust it no more (§2.1) |
//! | gone | no | its shares are to be wiped |
//!
//! A zone of kind `root` can part its key in two: one that anchors name and that
//! signs the DNSKEY set only, a quarter ahead, and one that signs everything else.
//!
//! A stage ends with ledger time, and not before those keys have signed the set of
//! keys after it that somebody may trust alone: see [`SignedKeyset`].

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Epoch, Founded, SessionRecord};
use crate::basic::{PublicKey, Time};
use crate::edition::key::DNSKEY_TTL_S;
use crate::edition::{Dnskey, KeysetPlan, Rrsig, SignedZone, Timing, ZoneKeys};
use crate::limits;
use crate::zone::Rtype;

const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 24 * HOUR_S;
/// A validator trusts a new key, and forgets a revoked one, no sooner (RFC 5011
/// §2.4.1 and §4.2).
const HOLD_DOWN_S: u64 = 30 * DAY_S;
/// Validators ask for the keys again at the latest after so long (RFC 5011 §2.3).
const QUERY_S_MAX: u64 = 15 * DAY_S;
/// How many query intervals pass beyond the hold-down: until a validator first
/// sees a change, until it asks again once the hold-down is over, and one in which
/// a question of its is lost.
const QUERIES: u64 = 3;
/// How long a key that stands by is published at least.
const STAND_BY_S: u64 = 60 * DAY_S;
/// How long the last secondary takes to have an edition.
const PROPAGATION_S: u64 = DAY_S;
/// Where the key that anchors name signs nothing but keys, it does so for a quarter.
const QUARTER_S: u64 = 91 * DAY_S;
/// A signature of a keyset is renewed so long before its signature would have to be.
const RENEWAL_S: u64 = 3 * DAY_S;

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRole {
    /// The DNSKEY set, and all the rest unless the zone has a key for that. Trust
    /// anchors name it.
    Anchor,
    /// All but the DNSKEY set.
    Zone,
}

/// Why a new key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollKind {
    /// It follows the key that anchors name.
    Anchor,
    /// It follows the key that signs the zone, or parts the two for the first time.
    Zone,
    /// It stands by.
    Standby,
    /// It takes the place of a key that others may have.
    Compromised,
}

/// A new key that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Roll {
    /// Why.
    pub kind: RollKind,
    /// The key whose place it takes; where it stands by, the one that signs.
    pub key: PublicKey,
}

/// How far a key has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyStage {
    /// Its shares are with the members, and no edition has named it.
    Made,
    /// Editions name it.
    Published {
        /// The time of the first.
        since: Time,
        /// From when whoever follows the zone's keys has taken it over.
        trusted: Time,
    },
    /// No edition names it any more, and it is trusted still.
    StandingBy,
    /// It signs.
    Signing {
        /// Since when; none before ledger time began.
        since: Option<Time>,
    },
    /// Another signs in its place.
    Retiring {
        /// Since when.
        since: Time,
        /// From when no cache has a signature of its any more; none while an
        /// edition has one.
        unused: Option<Time>,
    },
    /// Nobody is to trust it.
    Revoked {
        /// Since when.
        since: Time,
        /// The time of the first edition that says so.
        published: Option<Time>,
    },
    /// It is out of use.
    Gone,
}

/// A key of the zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneKey {
    /// The key.
    pub key: PublicKey,
    /// What it signs.
    pub role: KeyRole,
    /// Whether it was made to stand by.
    pub standby: bool,
    /// How far it has come.
    pub stage: KeyStage,
    /// Until when somebody can be shown a DNSKEY set, validly signed, that this key
    /// is not in, or that does not say that it is revoked.
    pub unseen_until: Time,
}

/// A signature of a set of keys by one of them that does not sign the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedKeyset {
    /// The set.
    pub set: BTreeSet<Dnskey>,
    /// The signature.
    pub rrsig: Rrsig,
}

/// A keyset that members are to sign.
#[derive(Clone, Debug)]
pub struct OpenKeyset {
    /// What is signed.
    pub plan: KeysetPlan,
    /// Its newest session; older ones release nothing any more.
    pub session: SessionRecord,
}

/// Which keys an edition is to have.
struct Wanted {
    set: BTreeSet<Dnskey>,
    signer: Dnskey,
    /// Who has to sign the set beside the signer, and for how many seconds ahead.
    others: Vec<(Dnskey, u64)>,
}

impl ZoneKey {
    /// The key as a record, as it stands in a DNSKEY set now.
    pub fn dnskey(&self) -> Dnskey {
        match (self.role, self.stage) {
            (KeyRole::Zone, _) => Dnskey::zone_only(self.key),
            (KeyRole::Anchor, KeyStage::Revoked { .. }) => Dnskey::anchor(self.key).revoked(),
            (KeyRole::Anchor, _) => Dnskey::anchor(self.key),
        }
    }

    /// Whether the DNSKEY set is to have it.
    fn is_listed(&self) -> bool {
        match self.stage {
            KeyStage::Made
            | KeyStage::Published { .. }
            | KeyStage::Signing { .. }
            | KeyStage::Retiring { .. }
            | KeyStage::Revoked { .. } => true,
            KeyStage::StandingBy | KeyStage::Gone => false,
        }
    }

    /// Whether it signs, or may come to: whoever joins is to have a share of it.
    pub fn is_live(&self) -> bool {
        match self.stage {
            KeyStage::Made
            | KeyStage::Published { .. }
            | KeyStage::StandingBy
            | KeyStage::Signing { .. } => true,
            KeyStage::Retiring { .. } | KeyStage::Revoked { .. } | KeyStage::Gone => false,
        }
    }

    /// Whether it is revoked or gone: whoever has it does no harm with it.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, KeyStage::Revoked { .. } | KeyStage::Gone)
    }

    pub(super) fn is_signing(&self) -> bool {
        matches!(self.stage, KeyStage::Signing { .. })
    }

    /// Whether it is on its way to take another's place.
    fn is_next(&self) -> bool {
        let is_early = matches!(self.stage, KeyStage::Made | KeyStage::Published { .. });
        is_early && !self.standby
    }

    /// Whether everybody who follows the zone's keys trusts it.
    fn is_trusted(&self, now: Time) -> bool {
        match self.stage {
            KeyStage::StandingBy | KeyStage::Signing { .. } => true,
            KeyStage::Published { trusted, .. } => trusted <= now,
            _ => false,
        }
    }

    /// Nobody is to trust it from now on. Sets of keys that do not say so are signed
    /// until then.
    fn revoke(&mut self, now: Time, unseen_until: Time) {
        self.unseen_until = unseen_until;
        self.stage = match self.role {
            KeyRole::Anchor => KeyStage::Revoked {
                since: now,
                published: None,
            },
            KeyRole::Zone => KeyStage::Gone,
        };
    }

    /// When its stage ends by itself; none where it does not.
    fn ripe_at(&self, timing: &Timing) -> Option<Time> {
        match self.stage {
            KeyStage::Published { since, trusted } if self.standby => {
                Some(trusted.max(since.plus(STAND_BY_S)))
            }
            KeyStage::Published { trusted, .. } => Some(trusted),
            // Whoever was set up with it, just before another signed, has followed.
            KeyStage::Retiring { since, unused } if self.role == KeyRole::Anchor => {
                unused.map(|unused| unused.max(followed(since, timing)))
            }
            KeyStage::Retiring { unused, .. } => unused,
            KeyStage::Revoked { published, .. } => {
                published.map(|since| followed(since.max(self.unseen_until), timing))
            }
            KeyStage::Made | KeyStage::StandingBy | KeyStage::Signing { .. } | KeyStage::Gone => {
                None
            }
        }
    }
}

/// When validators that follow the zone's keys by RFC 5011 have taken over what
/// each of them can see from `since` on.
fn followed(since: Time, timing: &Timing) -> Time {
    let ttl_s = u64::from(DNSKEY_TTL_S);
    let query_s = QUERY_S_MAX.min(ttl_s / 2).min(timing.lifetime_s / 2);
    since.plus(HOLD_DOWN_S + QUERIES * query_s.max(HOUR_S))
}

/// From when no cache has what editions before `since` had, where sets may be
/// cached for `ttl_s`.
fn expired(since: Time, ttl_s: u32) -> Time {
    since.plus(u64::from(ttl_s) + PROPAGATION_S)
}

/// The key that signs what is not a key.
fn signer(keys: &[ZoneKey]) -> Option<&ZoneKey> {
    let of = |role| {
        keys.iter()
            .find(move |key| key.is_signing() && key.role == role)
    };
    of(KeyRole::Zone).or_else(|| of(KeyRole::Anchor))
}

fn wanted(keys: &[ZoneKey]) -> Option<Wanted> {
    let signer = signer(keys)?.dnskey();
    let listed = keys.iter().filter(|key| key.is_listed());
    let other = |key: &ZoneKey| {
        let ahead_s = match key.stage {
            KeyStage::Signing { .. } => QUARTER_S,
            KeyStage::Retiring { .. } | KeyStage::Revoked { .. } => 0,
            KeyStage::Made | KeyStage::Published { .. } | KeyStage::StandingBy | KeyStage::Gone => {
                return None;
            }
        };
        let is_other = key.role == KeyRole::Anchor && key.dnskey() != signer;
        is_other.then(|| (key.dnskey(), ahead_s))
    };
    Some(Wanted {
        set: listed.map(ZoneKey::dnskey).collect(),
        others: keys.iter().filter_map(other).collect(),
        signer,
    })
}

impl Founded {
    /// The key that trust anchors are to name: it signs, and stays.
    pub fn anchor(&self) -> Option<&ZoneKey> {
        let is = |key: &&ZoneKey| key.is_signing() && key.role == KeyRole::Anchor;
        self.keys.iter().find(is)
    }

    /// The key that signs what is not a key.
    pub fn signing_key(&self) -> Option<&ZoneKey> {
        signer(&self.keys)
    }

    /// When a key's stage ends by itself, if the keys that must sign what comes next
    /// have done so; none where it does not.
    pub fn key_change_at(&self, key: &ZoneKey) -> Option<Time> {
        key.ripe_at(&self.charter.rules.timing())
    }

    /// The keys that a trust anchor is to name now: those that verify the zone, those
    /// that are on their way, and one that stands by.
    pub fn keys_to_trust(&self) -> Vec<PublicKey> {
        let is_trusted = |key: &&ZoneKey| match key.stage {
            KeyStage::Made | KeyStage::Revoked { .. } | KeyStage::Gone => false,
            KeyStage::Published { .. }
            | KeyStage::StandingBy
            | KeyStage::Signing { .. }
            | KeyStage::Retiring { .. } => key.role == KeyRole::Anchor,
        };
        let keys = self.keys.iter().filter(is_trusted);
        keys.map(|key| key.key).collect()
    }

    /// The newest epoch that signs with this key.
    pub fn epoch_of(&self, key: &PublicKey) -> Option<&Epoch> {
        let mut epochs = self.epochs.iter().rev();
        epochs.find(|epoch| epoch.group_key == *key)
    }

    /// What is known of a key; none of one that the zone never had.
    pub(super) fn zone_key(&self, key: &PublicKey) -> Option<&ZoneKey> {
        self.keys.iter().find(|known| known.key == *key)
    }

    /// Whether a key's shares are of use still.
    pub fn is_in_use(&self, key: &PublicKey) -> bool {
        let known = self.zone_key(key);
        known.is_some_and(|known| known.stage != KeyStage::Gone)
    }

    /// The new key that is due: one that was asked for, or since too many shares of
    /// a key are exposed (invariant 7).
    pub fn roll_due(&self) -> Option<Roll> {
        if self.roll.is_some() {
            return self.roll;
        }
        let is_exposed = |key: &&ZoneKey| {
            let mut epochs = self.all_dealt().filter(|epoch| epoch.group_key == key.key);
            key.is_signing() && epochs.any(|epoch| self.exposed(epoch).is_roll_due())
        };
        let exposed = self.keys.iter().find(is_exposed)?;
        let kind = match exposed.role {
            KeyRole::Anchor => RollKind::Anchor,
            KeyRole::Zone => RollKind::Zone,
        };
        let key = exposed.key;
        (!self.is_rolling(exposed.role)).then_some(Roll { kind, key })
    }

    /// Whether a key is on its way to take the place of the one that signs.
    pub(super) fn is_rolling(&self, role: KeyRole) -> bool {
        self.keys
            .iter()
            .any(|key| key.role == role && key.is_next())
    }

    /// The keys of the next edition. Where a signature of a set of keys that is
    /// wanted is missing, they stay as they were.
    pub(super) fn zone_keys(&self, now: Time) -> Option<ZoneKeys> {
        let want = wanted(&self.keys)?;
        if let Some(signatures) = self.all_keyset_signatures(&want, now) {
            return Some(ZoneKeys::new(want.set, want.signer).with(signatures));
        }
        let signer = want.signer;
        let last = self.published.as_ref().map(SignedZone::keys);
        let last = last.filter(|last| last.signer() == signer && self.is_usable(last));
        let mut set = last.map_or(want.set, |last| last.all().clone());
        if last.is_none() {
            // Without its own word nobody believes that a key is revoked.
            set.retain(|key| !key.is_revoked());
        }
        let signatures = self.keyset_signatures(&set, signer, now);
        let keys = ZoneKeys::new(set, signer).with(signatures);
        if keys.anchors().is_empty() {
            let anchor = self.anchor()?.dnskey();
            return Some(ZoneKeys::new(keys.all().iter().copied(), anchor));
        }
        Some(keys)
    }

    /// Whether an edition can still have these keys.
    fn is_usable(&self, last: &ZoneKeys) -> bool {
        let is_current = |key: &Dnskey| {
            let known = self.zone_key(&key.key());
            known.is_some_and(|known| known.is_listed() && known.dnskey() == *key)
        };
        last.all().iter().all(is_current)
    }

    /// The best signature of this set by each of its keys but the signer, of those
    /// that last long enough for an edition.
    fn keyset_signatures(&self, set: &BTreeSet<Dnskey>, signer: Dnskey, now: Time) -> Vec<Rrsig> {
        let needed = now.plus(self.charter.rules.timing().refresh_before_s);
        let is_good = |rrsig: &&Rrsig| rrsig.begins(now) <= now && rrsig.expires(now) >= needed;
        let best = |by: &Dnskey| {
            let all = self.keyset_signatures_by(set, *by).filter(is_good);
            all.max_by_key(|rrsig| rrsig.expires(now)).cloned()
        };
        let others = set.iter().filter(|by| **by != signer);
        others.filter_map(best).collect()
    }

    fn keyset_signatures_by<'a>(
        &'a self,
        set: &'a BTreeSet<Dnskey>,
        by: Dnskey,
    ) -> impl Iterator<Item = &'a Rrsig> {
        let all = self.signed_keysets.iter();
        let all = all.filter(move |known| known.set == *set && known.rrsig.by == by);
        all.map(|known| &known.rrsig)
    }

    /// The same, if each key has signed that has to.
    fn all_keyset_signatures(&self, want: &Wanted, now: Time) -> Option<Vec<Rrsig>> {
        let signatures = self.keyset_signatures(&want.set, want.signer, now);
        let has_signed = |by: &Dnskey| signatures.iter().any(|rrsig| rrsig.by == *by);
        let is_whole = want.others.iter().all(|(by, _)| has_signed(by));
        is_whole.then_some(signatures)
    }

    /// The keyset that members are to sign next; none where none is due.
    pub fn keyset_due(&self) -> Option<KeysetPlan> {
        let now = self.time?;
        let ripe = self.ripe(now).map(|(keys, _)| keys);
        let wants = ripe.iter().map(Vec::as_slice).chain([self.keys.as_slice()]);
        wants
            .filter_map(wanted)
            .find_map(|want| self.keyset_of(&want, now))
    }

    fn keyset_of(&self, want: &Wanted, now: Time) -> Option<KeysetPlan> {
        let timing = self.charter.rules.timing();
        let needed = now.plus(timing.refresh_before_s + RENEWAL_S);
        let is_due = |(by, _): &&(Dnskey, u64)| {
            let mut all = self.keyset_signatures_by(&want.set, *by);
            !all.any(|rrsig| rrsig.expires(now) >= needed)
        };
        let (by, ahead_s) = *want.others.iter().find(is_due)?;
        let what = (self.contents.origin(), want.set.clone(), by);
        Some(KeysetPlan::new(what, ahead_s, now, &timing))
    }

    /// The keyset that is open: one that is not due any more, or is of another
    /// day, is given up.
    pub fn open_keyset(&self) -> Option<&OpenKeyset> {
        let open = self.open_set.as_ref()?;
        let end = open.plan.time().plus(limits::OPEN_EDITION_SECONDS_MAX);
        let is_late = self.time.is_some_and(|now| now > end);
        let due = self.keyset_due().filter(|_| !is_late)?;
        let is_due = (due.set(), due.by()) == (open.plan.set(), open.plan.by());
        is_due.then_some(open)
    }

    /// The keyset that is open, or the one that is due.
    pub fn keyset_plan(&self) -> Option<KeysetPlan> {
        match self.open_keyset() {
            Some(open) => Some(open.plan.clone()),
            None => self.keyset_due(),
        }
    }

    /// The keys after the first change that is due by time, and since when it is.
    fn ripe(&self, now: Time) -> Option<(Vec<ZoneKey>, Time)> {
        let timing = self.charter.rules.timing();
        let is_ripe = |key: &ZoneKey| key.ripe_at(&timing).filter(|at| *at <= now);
        let mut ripe = self.keys.iter().enumerate();
        let (at, since) = ripe.find_map(|(at, key)| Some((at, is_ripe(key)?)))?;
        let mut keys = self.keys.clone();
        let role = keys[at].role;
        match keys[at].stage {
            KeyStage::Published { .. } if keys[at].standby => {
                keys[at].stage = KeyStage::StandingBy;
            }
            KeyStage::Published { .. } => {
                let retiring = KeyStage::Retiring {
                    since: now,
                    unused: None,
                };
                let before = |key: &&mut ZoneKey| key.role == role && key.is_signing();
                if let Some(before) = keys.iter_mut().find(before) {
                    before.stage = retiring;
                }
                keys[at].stage = KeyStage::Signing { since: Some(now) };
            }
            KeyStage::Retiring { .. } if role == KeyRole::Anchor => {
                keys[at].revoke(now, self.keys_signed_until);
            }
            _ => keys[at].stage = KeyStage::Gone,
        }
        Some((keys, since))
    }

    /// Carries out what is due by time. Where a key does not sign the set of keys
    /// that comes next, as one whose shares are lost, it is waited for no longer
    /// than a fortnight.
    pub(super) fn settle_keys(&mut self) {
        let Some(now) = self.time else {
            return;
        };
        self.signed_keysets
            .retain(|known| known.rrsig.expires(now) >= now);
        while let Some((mut keys, since)) = self.ripe(now) {
            let Some(want) = wanted(&keys) else {
                return;
            };
            if self.all_keyset_signatures(&want, now).is_none() {
                if now < since.plus(limits::KEYSET_SECONDS_MAX) {
                    return;
                }
                // Nobody believes that a key is revoked that does not say so.
                for (key, before) in keys.iter_mut().zip(&self.keys) {
                    if key.stage != before.stage && key.dnskey().is_revoked() {
                        key.stage = KeyStage::Gone;
                    }
                }
            }
            self.keys = keys;
        }
    }

    /// Notes that a set of keys is signed until then.
    pub(super) fn note_signed(&mut self, set: &BTreeSet<Dnskey>, until: Time) {
        self.keys_signed_until = self.keys_signed_until.max(until);
        for key in &mut self.keys {
            if !set.contains(&key.dnskey()) {
                key.unseen_until = key.unseen_until.max(until);
            }
        }
    }

    /// Notes what an edition shows of the keys.
    pub(super) fn note_published(&mut self, zone: &SignedZone, time: Time) {
        let timing = self.charter.rules.timing();
        let listed = zone.keys().all();
        for key in &mut self.keys {
            let is_listed = listed.contains(&key.dnskey());
            match &mut key.stage {
                KeyStage::Made if is_listed => {
                    let trusted = match key.role {
                        KeyRole::Anchor => followed(time.max(key.unseen_until), &timing),
                        KeyRole::Zone => expired(time, DNSKEY_TTL_S),
                    };
                    let since = time;
                    key.stage = KeyStage::Published { since, trusted };
                }
                KeyStage::Retiring { unused, .. } if unused.is_none() => {
                    *unused = unused_from(zone, key.key, time);
                }
                KeyStage::Revoked { published, .. } if is_listed => {
                    published.get_or_insert(time);
                }
                _ => {}
            }
        }
    }

    /// A key that was generated takes its place.
    pub(super) fn add_key(&mut self, key: PublicKey) {
        let roll = self.roll_due();
        let kind = roll.map_or(RollKind::Anchor, |roll| roll.kind);
        let compromised = roll.filter(|_| kind == RollKind::Compromised);
        self.roll = None;
        let role = match kind {
            RollKind::Zone => KeyRole::Zone,
            RollKind::Anchor | RollKind::Standby | RollKind::Compromised => KeyRole::Anchor,
        };
        // Before there is a key, or where there is none that could be trusted, it
        // signs at once.
        let stage = match self.keys.is_empty() || compromised.is_some() {
            true => KeyStage::Signing { since: self.time },
            false => KeyStage::Made,
        };
        if let Some(roll) = compromised {
            self.revoke_key(roll.key);
        }
        self.keys.push(ZoneKey {
            key,
            role,
            standby: kind == RollKind::Standby,
            stage,
            unseen_until: self.keys_signed_until,
        });
    }

    fn revoke_key(&mut self, key: PublicKey) {
        let known = self.keys.iter_mut().find(|known| known.key == key);
        if let (Some(known), Some(now)) = (known, self.time) {
            known.revoke(now, self.keys_signed_until);
        }
    }

    /// A key is asked for. One that is trusted, or else one that is on its way, takes
    /// the place of a compromised one at once; a key that signs the zone only gives way
    /// to the one that anchors name.
    pub(super) fn ask_for_key(&mut self, roll: Roll) {
        self.roll = Some(roll);
        let Some(now) = self.time.filter(|_| roll.kind == RollKind::Compromised) else {
            return;
        };
        let signing = self.zone_key(&roll.key).filter(|key| key.is_signing());
        let Some(role) = signing.map(|key| key.role) else {
            // It does not sign yet, or not any more: it never will.
            self.revoke_key(roll.key);
            self.roll = None;
            return;
        };
        let others = || {
            let keys = self.keys.iter().enumerate();
            keys.filter(|(_, key)| key.role == KeyRole::Anchor && key.key != roll.key)
        };
        let trusted = others().find(|(_, key)| key.is_trusted(now));
        // Better one that many have seen than one that nobody has.
        let next = trusted.or_else(|| others().find(|(_, key)| key.is_live()));
        let Some((next, _)) = next else {
            return;
        };
        self.revoke_key(roll.key);
        if role == KeyRole::Anchor {
            self.keys[next].stage = KeyStage::Signing { since: Some(now) };
        }
        self.roll = None;
    }
}

/// From when no cache has a signature by this key, if this edition has none.
fn unused_from(zone: &SignedZone, key: PublicKey, time: Time) -> Option<Time> {
    let mut ttl_max = 0;
    for set in zone.sets().filter(|set| set.rtype != Rtype::DNSKEY) {
        if set.rrsigs().any(|rrsig| rrsig.by.key() == key) {
            return None;
        }
        ttl_max = ttl_max.max(set.set.ttl);
    }
    Some(expired(time, ttl_max.max(DNSKEY_TTL_S)))
}
