//! Who takes part: parties with their disks and keys, as the commands of the
//! same names make them, and people with keys of their own. All of it follows
//! from the seed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use comity_core::act::{FoundingMember, HolderBinding, Holders};
use comity_core::basic::Digest;
use comity_core::charter::{Charter, CharterRules, DropBox};
use comity_core::holder::{HolderKeys, Policy};
use comity_core::vote::VotingRule;
use comity_core::zone::{Contents, Kind, Name};
use comity_member::home::{self, Home};
use comity_member::surroundings::{Errands, Random, Surroundings};
use comity_mirror::files::make_directories;
use comity_mirror::source::Directory;
use comity_mirror::zonefile;
use comity_secretariat::dropbox::home::Home as BoxHome;
use comity_secretariat::home::{FoundingParts, Home as Office, Sealing};
use comity_sign::identity::Identity;
use comity_sign::sealed::Cost;

use crate::character::Character;
use crate::checker::Checker;
use crate::clock::{PartyClock, TrueTime};
use crate::dice::{Dice, Seeded};
use crate::disk::Disk;
use crate::hub::Hub;
use crate::line::Line;
use crate::party::{HOME, Party, PartyId, Told, passphrase};
use crate::plan::Plan;

/// Somebody with a key who is no member: a holder.
pub struct Holder {
    /// The name that it holds.
    pub name: Name,
    /// Its operational keys, of which [`Policy::threshold`] sign.
    pub operational: Vec<Identity>,
    /// Its recovery key.
    pub recovery: Option<Identity>,
    /// Its keys as the ledger knew them first.
    pub keys: HolderKeys,
}

/// Everybody.
pub struct Cast {
    /// The network with the parties on it.
    pub hub: Arc<Hub>,
    /// The members' own keys, which people use to vote; behind those of the founders
    /// those of whoever may come.
    pub members: Vec<Identity>,
    /// The holders.
    pub holders: Vec<Holder>,
    /// Somebody whom nobody knows.
    pub stranger: Identity,
}

const ZONE: &str = "\
example. 3600 IN SOA ns.example. admin.example. 7 1800 900 604800 300
example. 3600 IN NS ns.example.
ns.example. 3600 IN A 192.0.2.1
bird.example. 3600 IN NS ns.bird.example.
bird.example. 3600 IN NS ns.example.
bird.example. 3600 IN DS 1 15 2 8DE2E1F5F9B1B6F7D0C8B5D8F3A6A3A2B1B2C3D4E5F60718293A4B5C6D7E8F90
ns.bird.example. 3600 IN A 192.0.2.2
fish.example. 3600 IN NS ns.bird.example.
fish.example. 3600 IN NS ns.example.
frog.example. 3600 IN NS ns.example.
wild.example. 3600 IN NS ns.wild.example.
ns.wild.example. 3600 IN A 192.0.2.3
";

/// A party's disk and clock, and what surrounds it but for the network.
struct Place {
    disk: Disk,
    clock: Arc<PartyClock>,
    surroundings: Surroundings,
}

impl Place {
    fn new(seed: u64, id: PartyId, time: &TrueTime) -> Self {
        let disk = Disk::new(Dice::new(seed, &format!("disk of {id:?}")));
        let mut dice = Dice::new(seed, &format!("clock of {id:?}"));
        let ahead_ms = i64::try_from(dice.below(4000)).unwrap_or(0) - 2000;
        let clock = Arc::new(PartyClock::new(time.clone(), ahead_ms));
        let surroundings = Surroundings {
            system: disk.system(),
            clock: Arc::<PartyClock>::clone(&clock),
            random: Random(Arc::new(Seeded::new(seed, &format!("{id:?}")))),
            network: Arc::new(Line::to_nowhere(id)),
            cost: Cost::LEAST,
            errands: Errands::InTurn,
        };
        Self {
            disk,
            clock,
            surroundings,
        }
    }

    fn party(self, hub: &Arc<Hub>, id: PartyId, told: Told) -> Party {
        let surroundings = Surroundings {
            network: Arc::new(Line::new(hub, id)),
            ..self.surroundings
        };
        Party::new(id, surroundings, (self.disk, self.clock), told)
    }

    fn make_home(&self) -> Result<(), String> {
        make_directories(&*self.surroundings.system, Path::new(HOME), 0o700).map_err(words)
    }
}

impl Cast {
    /// Everybody of a plan. The zone is laid out, and nobody has signed
    /// anything; no process runs.
    ///
    /// # Errors
    /// Where one of the parties cannot be made.
    pub fn gather(plan: &Plan) -> Result<Self, String> {
        let (seed, time) = (plan.seed, TrueTime::default());
        let mut keys = Dice::new(seed, "keys of people");
        let mut places = BTreeMap::new();
        let mut members = Vec::new();
        for at in 0..plan.members_max() {
            let id = PartyId::Member(at);
            let place = Place::new(seed, id, &time);
            let home = Home::amid(place.surroundings.clone(), HOME);
            let config = home::Config::template(&PartyId::Secretariat.url());
            let made = home.create(&format!("{id:?}"), Some(&config), &passphrase());
            made.map_err(words)?;
            members.push(home.identity(&passphrase()).map_err(words)?);
            places.insert(id, place);
        }
        let boxes = boxes(plan, &time, &mut places)?;
        for at in 0..plan.mirrors {
            let id = PartyId::Mirror(at);
            let place = Place::new(seed, id, &time);
            place.make_home()?;
            places.insert(id, place);
        }
        let holders = holders(&mut keys)?;
        let place = Place::new(seed, PartyId::Secretariat, &time);
        let founders = &members[..plan.members];
        let charter = charter(boxes, plan.absence_after_s);
        let founding = found(&place, (founders, &holders), charter)?;
        let ledger = Directory::on(place.disk.system(), Path::new(HOME).join("ledger"));
        places.insert(PartyId::Secretariat, place);
        let checker = Checker::new(ledger, founding, characters(plan, &places)?);
        let hub = Hub::new(time, Dice::new(seed, "network"), checker);
        let told = Told {
            founding,
            time_interval_s: plan.time_interval_s,
        };
        for (id, place) in places {
            hub.add(place.party(&hub, id, told));
        }
        Ok(Self {
            hub,
            members,
            holders,
            stranger: Identity::generate(keys.generator()),
        })
    }
}

fn boxes(
    plan: &Plan,
    time: &TrueTime,
    places: &mut BTreeMap<PartyId, Place>,
) -> Result<Vec<DropBox>, String> {
    let mut cards = Vec::new();
    for at in 0..plan.boxes {
        let id = PartyId::DropBox(at);
        let place = Place::new(plan.seed, id, time);
        let mut sealing = Sealing {
            passphrase: &passphrase(),
            cost: Cost::LEAST,
            random: &mut place.surroundings.random.clone(),
        };
        let home = BoxHome::on(place.disk.system(), HOME);
        let card = home.create_with(&format!("{id:?}"), &id.url(), &mut sealing);
        cards.push(card.map_err(words)?);
        places.insert(id, place);
    }
    Ok(cards)
}

fn holders(keys: &mut Dice) -> Result<Vec<Holder>, String> {
    let mut holder = |name: &str, operational: u16, has_recovery: bool| {
        let fresh = |keys: &mut Dice| Identity::generate(keys.generator());
        let mut operational: Vec<_> = (0..operational).map(|_| fresh(keys)).collect();
        operational.sort_by_key(Identity::public);
        let recovery = has_recovery.then(|| fresh(keys));
        let threshold = u16::try_from(operational.len().div_ceil(2)).unwrap_or(1);
        let policy = Policy {
            threshold,
            keys: operational.iter().map(Identity::public).collect(),
        };
        Ok(Holder {
            name: name.parse().map_err(|_| name.to_string())?,
            keys: HolderKeys {
                operational: policy,
                recovery: recovery.as_ref().map(|key| Policy::of(key.public())),
                delay_s: if has_recovery { 7200 } else { 0 },
            },
            operational,
            recovery,
        })
    };
    [
        ("bird.example.", 1, false),
        ("fish.example.", 3, false),
        ("frog.example.", 1, true),
    ]
    .into_iter()
    .map(|(name, operational, has_recovery)| holder(name, operational, has_recovery))
    .collect()
}

/// Who is what.
fn characters(
    plan: &Plan,
    places: &BTreeMap<PartyId, Place>,
) -> Result<BTreeMap<PartyId, Character>, String> {
    let mut characters = BTreeMap::new();
    for (id, place) in places {
        let PartyId::Member(at) = id else { continue };
        let character = match plan.liars.get(at) {
            Some(lies) => {
                let home = Home::amid(place.surroundings.clone(), HOME);
                let me = home.identity(&passphrase()).map_err(words)?;
                Character::liar(me, *at, *lies)
            }
            None if plan.silent.contains(at) => Character::Silent,
            None => Character::Honest,
        };
        characters.insert(*id, character);
    }
    Ok(characters)
}

/// A member as it is named where it is admitted.
pub fn member((at, key): (usize, &Identity)) -> FoundingMember {
    FoundingMember {
        name: format!("{:?}", PartyId::Member(at)),
        key: key.public(),
    }
}

/// Lays the secretariat out; the founding act's id.
fn found(
    place: &Place,
    (members, holders): (&[Identity], &[Holder]),
    charter: Charter,
) -> Result<Digest, String> {
    let read = zonefile::read_from(ZONE.as_bytes(), None).map_err(words)?;
    let contents: Contents = read.contents;
    let binding = |holder: &Holder| HolderBinding {
        name: holder.name.clone(),
        holder: holder.keys.clone(),
    };
    let parts = FoundingParts {
        kind: Kind::Plain,
        charter,
        contents,
        holders: Holders {
            holders: holders.iter().map(binding).collect(),
        },
        members: members.iter().enumerate().map(member).collect(),
    };
    let office = Office::on(place.disk.system(), HOME);
    let mut sealing = Sealing {
        passphrase: &passphrase(),
        cost: Cost::LEAST,
        random: &mut place.surroundings.random.clone(),
    };
    office
        .found_with(&parts, "ledger.example", "127.0.0.1:0", &mut sealing)
        .map_err(words)
}

/// The defaults, with votes that are over within hours.
fn charter(boxes: Vec<DropBox>, absence_after_s: u64) -> Charter {
    let defaults = CharterRules::defaults();
    let soon = |rule: VotingRule| VotingRule {
        deadline_s_min: 600,
        ..rule
    };
    Charter {
        title: "A zone of several".into(),
        preamble: "Nobody is cut off.".into(),
        clauses: Vec::new(),
        rules: CharterRules {
            deadline_s_min: 600,
            absence_after_s,
            host_notice_s: 3600,
            common: soon(defaults.common.clone()),
            membership: soon(defaults.membership.clone()),
            boxes,
            ..defaults
        },
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
