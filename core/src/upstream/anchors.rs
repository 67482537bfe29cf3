//! Trust anchors that follow a zone's keys (RFC 5011): a key that the zone has shown
//! for thirty days, signed by a trusted one, is trusted; one that says of itself that
//! it is revoked is not, ever again. A value in, a value out: whoever keeps a state
//! keeps it on a disk, and hands in the time.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::UpstreamZone;
use crate::basic::{BadText, Time};
use crate::dnssec::ZoneKey;
use crate::limits;
use crate::zone::{Name, Rdata, Rtype};

/// For how long a new key must have been there (RFC 5011 §2.4.1), and for how long
/// one that is revoked is remembered at least (§2.4.2): in fact until there is no room.
pub const HOLD_DOWN_SECONDS: u64 = 30 * 86_400;
/// Flags: secure entry point (RFC 4034 §2.1.1), revoked (RFC 5011 §7).
const SECURE_ENTRY_POINT: u8 = 1;
const REVOKED: u8 = 0x80;

/// What trust begins with: a key of the zone, by itself or by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// DS data (RFC 4034 §5.1).
    Ds(Rdata),
    /// DNSKEY data (RFC 4034 §2.1).
    Key(Rdata),
}

impl Anchor {
    /// The key's tag.
    pub fn tag(&self) -> u16 {
        match self {
            Self::Ds(data) => data
                .as_wire()
                .first_chunk()
                .map_or(0, |it| u16::from_be_bytes(*it)),
            Self::Key(data) => tag(data),
        }
    }
}

/// How far a key has come (RFC 5011 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "stage", content = "since")]
pub enum Stage {
    /// Seen since then, not trusted yet.
    Pending(Time),
    /// Trusted.
    Valid,
    /// Trusted, and not in the zone since then.
    Missing(Time),
    /// Given up by its owner at that time.
    Revoked(Time),
}

impl Stage {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Valid => "trusted",
            Self::Missing(_) => "missing",
            Self::Revoked(_) => "revoked",
        }
    }
}

/// A key and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tracked {
    /// Its data without the flag that says that it is revoked.
    key: Rdata,
    stage: Stage,
}

/// The trust anchors of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchors {
    zone: Name,
    /// What trust begins with, and has not been seen in the zone yet.
    unseen: Vec<Anchor>,
    tracked: Vec<Tracked>,
}

/// What has become of an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnchorEvent {
    /// A key that was configured is in the zone.
    Found(u16),
    /// A new key is there, and will be trusted then.
    Pending(u16, Time),
    /// A key is trusted from now on.
    Trusted(u16),
    /// A key that was not trusted yet is gone again.
    Forgotten(u16),
    /// A trusted key is not in the zone any more.
    Missing(u16),
    /// It is there again.
    Back(u16),
    /// Its owner has given it up.
    Revoked(u16),
    /// Whoever publishes anchors names a key that was not known.
    Named(u16),
    /// They name one no more that was never seen: it is not trusted any more.
    Dropped(u16),
    /// They do not name one that is trusted. It stays so until it is revoked.
    Unnamed(u16),
}

impl Anchors {
    /// What trust begins with.
    ///
    /// # Errors
    /// Where data is no DS or DNSKEY data, or there is too much or none of it.
    pub fn new(zone: &Name, anchors: Vec<Anchor>) -> Result<Self, BadText> {
        let is_good = |anchor: &Anchor| match anchor {
            Anchor::Ds(data) => crate::dnssec::Ds::parse(data).is_some(),
            Anchor::Key(data) => ZoneKey::parse(data).is_some_and(|key| key.is_of_the_zone()),
        };
        let count = anchors.len();
        if count == 0 || count > limits::ANCHORS_MAX || !anchors.iter().all(is_good) {
            return Err(BadText {
                expected: "trust anchors",
            });
        }
        Ok(Self {
            zone: zone.clone(),
            unseen: anchors,
            tracked: Vec::new(),
        })
    }

    /// The zone.
    pub fn zone(&self) -> &Name {
        &self.zone
    }

    /// Whether a key of the zone is trusted. Not while it says that it is revoked.
    pub fn trust(&self, key: &ZoneKey) -> bool {
        if key.is_revoked() || !key.is_of_the_zone() {
            return false;
        }
        match self.tracked.iter().find(|it| it.key == *key.rdata()) {
            Some(tracked) => matches!(tracked.stage, Stage::Valid | Stage::Missing(_)),
            None => self.unseen.iter().any(|anchor| self.names(anchor, key)),
        }
    }

    /// Whether a key, whatever it says of itself now, was an anchor until it was revoked.
    pub fn has_revoked(&self, key: &ZoneKey) -> bool {
        let tracked = self.tracked.iter().find(|it| it.key == *key.rdata());
        tracked.is_some_and(|it| matches!(it.stage, Stage::Revoked(_)))
    }

    fn names(&self, anchor: &Anchor, key: &ZoneKey) -> bool {
        match anchor {
            Anchor::Ds(data) => key.check_named(&self.zone, [data]).is_ok(),
            Anchor::Key(data) => data == key.rdata(),
        }
    }

    /// The tags of the keys that are trusted and have been seen.
    pub fn tags(&self) -> Vec<u16> {
        let trusted = self.tracked.iter();
        let trusted = trusted.filter(|it| matches!(it.stage, Stage::Valid | Stage::Missing(_)));
        trusted.map(|it| tag(&it.key)).collect()
    }

    /// What is trusted, as records' text: `DS …` of what was not seen yet, `DNSKEY …`.
    pub fn texts(&self) -> Vec<String> {
        let unseen = self.unseen.iter().map(|anchor| match anchor {
            Anchor::Ds(data) => format!("DS {}", data.to_text(Rtype::DS)),
            Anchor::Key(data) => format!("DNSKEY {}", data.to_text(Rtype::DNSKEY)),
        });
        let trusted = |it: &&Tracked| matches!(it.stage, Stage::Valid | Stage::Missing(_));
        let seen = self.tracked.iter().filter(trusted);
        let seen = seen.map(|it| format!("DNSKEY {}", it.key.to_text(Rtype::DNSKEY)));
        unseen.chain(seen).collect()
    }

    /// Each key that has been seen, with how far it has come.
    pub fn stages(&self) -> impl Iterator<Item = (u16, Stage)> {
        self.tracked.iter().map(|it| (tag(&it.key), it.stage))
    }

    /// The anchors after this version, which they verified: and what became of them.
    pub fn observe(&self, version: &UpstreamZone, now: Time) -> (Self, Vec<AnchorEvent>) {
        let mut next = self.clone();
        let mut events = Vec::new();
        if *version.origin() != self.zone {
            return (next, events);
        }
        for revoked in version.revoked() {
            next.revoke(revoked, now, &mut events);
        }
        let is_anchor = |key: &ZoneKey| has_flag(key.rdata(), SECURE_ENTRY_POINT);
        let usable = version
            .keys()
            .filter(|key| !key.is_revoked() && key.is_of_the_zone());
        let seen: Vec<ZoneKey> = usable.filter(is_anchor).collect();
        for key in &seen {
            next.see(key, now, &mut events);
        }
        let is_seen = |it: &Tracked| seen.iter().any(|key| *key.rdata() == it.key);
        for tracked in &mut next.tracked {
            if tracked.stage == Stage::Valid && !is_seen(tracked) {
                tracked.stage = Stage::Missing(now);
                events.push(AnchorEvent::Missing(tag(&tracked.key)));
            }
        }
        next.tracked.retain(|tracked| match tracked.stage {
            Stage::Pending(_) if !is_seen(tracked) => {
                events.push(AnchorEvent::Forgotten(tag(&tracked.key)));
                false
            }
            // For ever, if there is room: it must not come back (RFC 5011 §4.2).
            _ => true,
        });
        (next, events)
    }

    /// The anchors after whoever publishes them has named these, one at least: and what
    /// became of them. A key that is named is trusted at once, but for one that is
    /// revoked; one that is trusted already stays so though it is not named, until
    /// the zone revokes it.
    pub fn named(&self, named: &[Anchor]) -> (Self, Vec<AnchorEvent>) {
        let mut next = self.clone();
        let mut events = Vec::new();
        for anchor in named.iter().take(limits::ANCHORS_MAX) {
            let is_it = |it: &Tracked| self.names_data(anchor, &it.key);
            match next.tracked.iter_mut().find(|it| is_it(it)) {
                Some(tracked) => {
                    if let Stage::Pending(_) = tracked.stage {
                        tracked.stage = Stage::Valid;
                        events.push(AnchorEvent::Trusted(tag(&tracked.key)));
                    }
                }
                None if next.unseen.contains(anchor) => {}
                None => {
                    next.unseen.push(anchor.clone());
                    events.push(AnchorEvent::Named(anchor.tag()));
                }
            }
        }
        next.unseen.retain(|anchor| {
            let is_named = named.contains(anchor);
            if !is_named {
                events.push(AnchorEvent::Dropped(anchor.tag()));
            }
            is_named
        });
        for tracked in &next.tracked {
            let is_trusted = matches!(tracked.stage, Stage::Valid | Stage::Missing(_));
            let is_named = named.iter().any(|it| self.names_data(it, &tracked.key));
            if is_trusted && !is_named {
                events.push(AnchorEvent::Unnamed(tag(&tracked.key)));
            }
        }
        (next, events)
    }

    fn names_data(&self, anchor: &Anchor, key: &Rdata) -> bool {
        ZoneKey::parse(key).is_some_and(|key| self.names(anchor, &key))
    }

    /// Forgets the keys that were revoked longest ago, down to where one more has room.
    fn make_room(&mut self, now: Time) {
        while self.tracked.len() >= limits::ANCHORS_MAX {
            let gone = |it: &Tracked| match it.stage {
                Stage::Revoked(since) if now >= since.plus(HOLD_DOWN_SECONDS) => Some(since),
                _ => None,
            };
            let places = self.tracked.iter().enumerate();
            let oldest = places.filter_map(|(at, it)| Some((gone(it)?, at))).min();
            let Some((_, at)) = oldest else {
                return;
            };
            self.tracked.remove(at);
        }
    }

    fn revoke(&mut self, revoked: &ZoneKey, now: Time, events: &mut Vec<AnchorEvent>) {
        let key = without_revocation(revoked.rdata());
        let configured = ZoneKey::parse(&key);
        let before = self.unseen.len();
        let unseen = core::mem::take(&mut self.unseen);
        let is_other = |anchor: &Anchor| {
            !configured
                .as_ref()
                .is_some_and(|key| self.names(anchor, key))
        };
        self.unseen = unseen.into_iter().filter(is_other).collect();
        let was_unseen = self.unseen.len() < before;
        self.make_room(now);
        let stage = Stage::Revoked(now);
        match self.tracked.iter_mut().find(|it| it.key == key) {
            Some(Tracked {
                stage: Stage::Revoked(_),
                ..
            }) => return,
            Some(tracked) => tracked.stage = stage,
            None if was_unseen => self.tracked.push(Tracked {
                key: key.clone(),
                stage,
            }),
            None => return,
        }
        events.push(AnchorEvent::Revoked(tag(&key)));
    }

    fn see(&mut self, key: &ZoneKey, now: Time, events: &mut Vec<AnchorEvent>) {
        let tag = key.tag();
        if let Some(tracked) = self.tracked.iter_mut().find(|it| it.key == *key.rdata()) {
            match tracked.stage {
                Stage::Pending(since) if now >= since.plus(HOLD_DOWN_SECONDS) => {
                    tracked.stage = Stage::Valid;
                    events.push(AnchorEvent::Trusted(tag));
                }
                Stage::Missing(_) => {
                    tracked.stage = Stage::Valid;
                    events.push(AnchorEvent::Back(tag));
                }
                Stage::Pending(_) | Stage::Valid | Stage::Revoked(_) => {}
            }
            return;
        }
        self.make_room(now);
        if self.tracked.len() >= limits::ANCHORS_MAX {
            return;
        }
        let is_configured = self.unseen.iter().any(|anchor| self.names(anchor, key));
        let stage = match is_configured {
            true => Stage::Valid,
            false => Stage::Pending(now),
        };
        if is_configured {
            let unseen = core::mem::take(&mut self.unseen);
            let is_other = |anchor: &Anchor| !self.names(anchor, key);
            self.unseen = unseen.into_iter().filter(is_other).collect();
        }
        events.push(match is_configured {
            true => AnchorEvent::Found(tag),
            false => AnchorEvent::Pending(tag, now.plus(HOLD_DOWN_SECONDS)),
        });
        let key = key.rdata().clone();
        self.tracked.push(Tracked { key, stage });
    }
}

fn tag(key: &Rdata) -> u16 {
    crate::dnssec::key::key_tag(key.as_wire())
}

fn has_flag(key: &Rdata, flag: u8) -> bool {
    key.as_wire().get(1).is_some_and(|flags| flags & flag != 0)
}

/// The same key as before it was revoked.
fn without_revocation(key: &Rdata) -> Rdata {
    let mut wire = key.as_wire().to_vec();
    if let Some(flags) = wire.get_mut(1) {
        *flags &= !REVOKED;
    }
    Rdata::from_canonical(&wire)
}

/// What is kept on a disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    zone: Name,
    unseen: Vec<StoredAnchor>,
    keys: Vec<StoredKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum StoredAnchor {
    Ds(String),
    Dnskey(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    dnskey: String,
    state: Stage,
}

impl Anchors {
    /// The text that is kept on a disk.
    pub fn to_json(&self) -> String {
        let Self {
            zone,
            unseen,
            tracked,
        } = self;
        let unseen = unseen.iter().map(|anchor| match anchor {
            Anchor::Ds(data) => StoredAnchor::Ds(data.to_text(Rtype::DS)),
            Anchor::Key(data) => StoredAnchor::Dnskey(data.to_text(Rtype::DNSKEY)),
        });
        let keys = tracked.iter().map(|tracked| StoredKey {
            dnskey: tracked.key.to_text(Rtype::DNSKEY),
            state: tracked.stage,
        });
        let stored = Stored {
            version: 1,
            zone: zone.clone(),
            unseen: unseen.collect(),
            keys: keys.collect(),
        };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// Where it is not what [`Anchors::to_json`] wrote.
    pub fn from_json(text: &str) -> Result<Self, BadText> {
        let bad = || BadText {
            expected: "kept trust anchors",
        };
        let stored: Stored = serde_json::from_str(text).map_err(|_| bad())?;
        let Stored {
            version: 1,
            zone,
            unseen,
            keys,
        } = stored
        else {
            return Err(bad());
        };
        if unseen.len() + keys.len() > 2 * limits::ANCHORS_MAX || unseen.len() + keys.len() == 0 {
            return Err(bad());
        }
        let unseen = unseen.iter().map(|anchor| match anchor {
            StoredAnchor::Ds(text) => Rdata::from_text(Rtype::DS, text).map(Anchor::Ds),
            StoredAnchor::Dnskey(text) => Rdata::from_text(Rtype::DNSKEY, text).map(Anchor::Key),
        });
        let tracked = keys.iter().map(|key| {
            Rdata::from_text(Rtype::DNSKEY, &key.dnskey).map(|data| Tracked {
                key: data,
                stage: key.state,
            })
        });
        Ok(Self {
            zone,
            unseen: unseen.collect::<Result<_, _>>()?,
            tracked: tracked.collect::<Result<_, _>>()?,
        })
    }
}

impl AnchorEvent {
    /// The key's tag.
    pub fn tag(&self) -> u16 {
        match self {
            Self::Found(tag)
            | Self::Pending(tag, _)
            | Self::Trusted(tag)
            | Self::Forgotten(tag)
            | Self::Missing(tag)
            | Self::Back(tag)
            | Self::Revoked(tag)
            | Self::Named(tag)
            | Self::Dropped(tag)
            | Self::Unnamed(tag) => *tag,
        }
    }

    /// Whether it asks for somebody's attention.
    pub fn is_alarming(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Revoked(_) | Self::Unnamed(_))
    }
}

impl fmt::Display for AnchorEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(tag) => write!(f, "the configured key {tag} is in the zone"),
            Self::Pending(tag, until) => {
                write!(
                    f,
                    "a new key {tag} is there, and will be trusted on {until}"
                )
            }
            Self::Trusted(tag) => write!(f, "the key {tag} is trusted from now on"),
            Self::Forgotten(tag) => {
                write!(f, "the new key {tag} is gone before it was trusted")
            }
            Self::Missing(tag) => {
                write!(f, "the trusted key {tag} is not in the zone any more")
            }
            Self::Back(tag) => write!(f, "the trusted key {tag} is in the zone again"),
            Self::Revoked(tag) => write!(f, "the key {tag} is revoked, and never trusted again"),
            Self::Named(tag) => {
                write!(
                    f,
                    "the key {tag} is published as a trust anchor, and trusted"
                )
            }
            Self::Dropped(tag) => write!(
                f,
                "the key {tag}, which was never in the zone, is published as a trust anchor no \
                 more, and not trusted any more"
            ),
            Self::Unnamed(tag) => write!(
                f,
                "the trusted key {tag} is not among the trust anchors that are published: it is \
                 trusted on until the zone revokes it"
            ),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending(since) => write!(f, "pending until {}", since.plus(HOLD_DOWN_SECONDS)),
            Self::Valid => f.write_str("trusted"),
            Self::Missing(since) => write!(f, "trusted, missing since {since}"),
            Self::Revoked(since) => write!(f, "revoked on {since}"),
        }
    }
}
