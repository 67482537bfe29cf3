//! A resolver that follows the zone's keys by itself, as RFC 5011 says: from the keys
//! that it was given it comes to trust what they vouch for long enough.

use std::collections::{BTreeMap, BTreeSet};

use comity_core::basic::{PublicKey, Time};
use comity_core::edition::{Dnskey, SignedZone};
use comity_core::zone::Rtype;

const DAY_S: u64 = 86_400;
/// RFC 5011 §2.4.1.
const ADD_HOLD_DOWN_S: u64 = 30 * DAY_S;

/// What a resolver thinks of a key (RFC 5011 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// Seen since then, and not trusted yet.
    Pending(Time),
    /// Trusted, and in the set when it was looked at last.
    Valid,
    /// Trusted, and not in the set.
    Missing,
    /// Not trusted any more, nor ever again.
    Revoked,
}

/// A resolver.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    keys: BTreeMap<PublicKey, Trust>,
    /// When it asks for the keys next, and how often it does.
    next: Time,
    every_s: u64,
    /// Of how many questions one is lost; 0 where none is.
    loses: u64,
    asked: u64,
}

impl Resolver {
    /// One that is given these keys.
    pub(super) fn new(keys: &[PublicKey], now: Time, (every_s, loses): (u64, u64)) -> Self {
        Self {
            keys: keys.iter().map(|key| (*key, Trust::Valid)).collect(),
            next: now,
            every_s,
            loses,
            asked: 0,
        }
    }

    /// The same, given these keys anew.
    pub(super) fn anew(&self, keys: &[PublicKey], now: Time) -> Self {
        Self::new(keys, now, (self.every_s, self.loses))
    }

    /// The keys that it trusts now.
    pub(super) fn trusts(&self) -> BTreeSet<PublicKey> {
        let keys = self.keys.iter();
        let trusted = keys.filter(|(_, trust)| matches!(trust, Trust::Valid | Trust::Missing));
        trusted.map(|(key, _)| *key).collect()
    }

    /// Asks as often as it does until `now`, while this edition is served.
    pub(super) fn ask_until(&mut self, now: Time, zone: &SignedZone) {
        while self.next <= now {
            self.asked += 1;
            if self.loses == 0 || !self.asked.is_multiple_of(self.loses) {
                self.look(zone, self.next);
            }
            self.next = self.next.plus(self.every_s);
        }
    }

    fn look(&mut self, zone: &SignedZone, now: Time) {
        let set = zone.keys().all();
        let sets = zone.sets().filter(|set| set.rtype == Rtype::DNSKEY);
        let signatures = sets.flat_map(|set| set.rrsigs().cloned().collect::<Vec<_>>());
        let valid = signatures.filter(|it| (it.begins(now)..=it.expires(now)).contains(&now));
        let by: BTreeSet<Dnskey> = valid.map(|it| it.by).collect();
        // §2.1: a key's own word is enough.
        for key in by.iter().filter(|key| key.is_revoked()) {
            if let Some(trust) = self.keys.get_mut(&key.key()) {
                *trust = Trust::Revoked;
            }
        }
        let trusted = self.trusts();
        let vouches = |by: &Dnskey| !by.is_revoked() && trusted.contains(&by.key());
        if !by.iter().any(vouches) {
            return;
        }
        let anchors = set
            .iter()
            .filter(|key| key.is_anchor() && !key.is_revoked());
        let there: BTreeSet<PublicKey> = anchors.map(Dnskey::key).collect();
        for key in &there {
            let trust = self.keys.entry(*key).or_insert(Trust::Pending(now));
            *trust = match *trust {
                Trust::Pending(since) if now >= since.plus(ADD_HOLD_DOWN_S) => Trust::Valid,
                Trust::Missing => Trust::Valid,
                Trust::Pending(_) | Trust::Valid | Trust::Revoked => *trust,
            };
        }
        self.keys.retain(|key, trust| {
            let is_missing = !there.contains(key);
            if is_missing && *trust == Trust::Valid {
                *trust = Trust::Missing;
            }
            // §4.2: what is not there any more begins anew.
            !(is_missing && matches!(trust, Trust::Pending(_)))
        });
    }
}
