//! A registry that is no member and claims its name. Its own zone is played
//! here: signed with a key that was made for this run, and served on loopback.
//! Only in the sample, where the DS record of that key can be put beside the
//! name before the zone is founded.

use std::net::SocketAddr;

use comity_core::basic::Time;
use comity_core::edition::{Dnskey, Plan, SignedZone, Timing, ZoneKeys};
use comity_core::zone::{Contents, Name, Rtype};
use comity_mirror::dns::{Access, Server, Settings};
use comity_mirror::{clock, zonefile};
use comity_sign::identity::Identity;
use rand_core::OsRng;
use serde::Serialize;

use super::founding::FoundedZone;
use super::parties::Parties;
use super::scenes::wait;
use super::stage::{Stages, rounded};
use crate::output::Failure;

/// The name, which the sample delegates without a DS record.
const NAME: &str = "orchard.";
/// The party that claims it.
const PARTY: &str = "holders/orchard";

/// The registry of a name that nobody holds.
pub(super) struct Claimant {
    name: Name,
    key: Identity,
}

/// What the scene came to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Claimed {
    /// The name.
    pub name: String,
    /// Position of the claim.
    pub act: u64,
    /// Whether the name's own zone proves it.
    pub proven: bool,
    /// Ledger time from which on the name is the claimant's, if nobody contests it.
    pub binds: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Claimant {
    /// Makes the zone's key.
    pub(super) fn new() -> Result<Self, Failure> {
        Ok(Self {
            name: NAME.parse().map_err(Failure::world)?,
            key: Identity::generate(&mut OsRng),
        })
    }

    /// The DS record of its key, as a line of the parent's zone file.
    pub(super) fn ds(&self) -> String {
        let ds = Dnskey::anchor(self.key.public()).ds(&self.name);
        format!("{} 86400 IN DS {}\n", self.name, ds.to_text(Rtype::DS))
    }

    /// Its zone with the record that proves the claim, signed.
    fn zone(&self, record: &str) -> Result<SignedZone, Failure> {
        let name = &self.name;
        let text = format!(
            "{name} 3600 IN SOA a.shared.lighthouse. hostmaster.{name} 1 1800 900 604800 300\n\
             {name} 3600 IN NS a.shared.lighthouse.\n{record}\n"
        );
        let contents: Contents = zonefile::read_from(text.as_bytes(), None)
            .map_err(|error| Failure::world(format!("{name}: {error}")))?
            .contents;
        let key = self.key.public();
        let plan = Plan::new(
            1,
            &contents,
            &ZoneKeys::one(key),
            None,
            clock::now(),
            &Timing::default(),
        );
        let messages = plan.messages();
        let signatures = messages.iter().map(|message| self.key.sign(message).0);
        let signatures: Vec<u8> = signatures.flatten().collect();
        let unsealed = plan.complete(&signatures).map_err(Failure::fault)?;
        let seal = self.key.sign(&unsealed.zonemd_message());
        unsealed.seal(seal).map_err(Failure::fault)
    }
}

/// The registry proves by a record in its own zone that a key is its, and
/// claims the name for it.
pub(super) fn claim(
    claimant: &Claimant,
    founded: &FoundedZone,
    parties: &Parties,
    stages: &Stages,
) -> Result<Claimed, Failure> {
    let name = claimant.name.to_string();
    let stage = stages.begin("somebody who is no member claims its name");
    let started = std::time::Instant::now();
    let home = parties.home(PARTY).display().to_string();
    let card = parties
        .home(PARTY)
        .join("holder.json")
        .display()
        .to_string();
    let init = ["holder", "init", "--dir", &home, "--name", PARTY];
    parties.command(&init, Some(PARTY))?;
    let link = ["--ledger", &founded.http, "--founding", &founded.founding];
    let claim = ["claim", &name, "--holder-card", &card];
    let print = [&claim[..], &["--print"], &link].concat();
    let printed = parties.command(&print, Some(PARTY))?;
    let record = printed["record"].as_str().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::world)?;
    let server = runtime.block_on(Server::start(Settings {
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        access: Access::default(),
        notify: Vec::new(),
    }));
    let server = server.map_err(Failure::world)?;
    server.publish(claimant.zone(record)?);
    let resolver = server.addresses().first().map(ToString::to_string);
    let resolver = resolver.unwrap_or_default();
    let file = ["--as", &home, "--resolver", &resolver];
    parties.command(&[&claim[..], &file, &link].concat(), Some(PARTY))?;
    let claimed = wait(parties, || {
        let claims = founded.view().ok()?.claims;
        let claim = claims.into_iter().find(|claim| claim.name == name)?;
        Some((claim.act, claim.proven, claim.binds?))
    });
    runtime.block_on(server.stop());
    let (act, proven, binds) = claimed?;
    let seconds = rounded(started.elapsed());
    stage.end(&format!(
        "the registry of {name} claimed it by a record in its own zone, proven by DNSSEC; its \
         keys bind the name from {} on, if nobody else proves a claim until then",
        Time(binds)
    ));
    Ok(Claimed {
        name,
        act,
        proven,
        binds,
        seconds,
    })
}
