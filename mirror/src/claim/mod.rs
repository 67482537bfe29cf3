//! Evidence for claims: that a name's own signed zone says which key set the
//! name is to obey. Several resolvers are asked, none is believed: what any of
//! them answers is verified down from the name's DS set, so that a resolver
//! can withhold a claim and not make one.
//!
//! Zone cuts are not searched for. Whoever signed a set names its zone, and
//! where that is a lie the proof does not hold.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `ask` | one question to one resolver, and what its answer says |
//! | [`resolvers`] | who is asked |
//! | [`fault`] | what can be wrong with an answer |
//! | [`report`] | what came of it, resolver by resolver |

mod ask;
pub mod fault;
pub mod report;
pub mod resolvers;

use std::io;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::time::Duration;

use comity_core::basic::{Digest, Time};
use comity_core::dnssec::{Chain, Claim, Found, Rrsig};
use comity_core::limits;
use comity_core::zone::{Name, RecordSet, Rtype, SetKey};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use ask::Resolver;
pub use ask::read_answer;
pub use fault::Fault;
pub use report::{Heard, Proof, Report, Verdict};
pub use resolvers::Resolvers;

use crate::signature::ByRing;

/// What is to be proved.
#[derive(Clone, Debug)]
pub struct Request {
    /// The name that is claimed: a delegation of the zone.
    pub name: Name,
    /// The ledger on which it is claimed.
    pub ledger: Digest,
    /// The key set that it is to obey.
    pub holder: Digest,
    /// The name's DS set in the zone, by which the proof will be judged. None
    /// takes what each resolver says, which proves nothing about the zone.
    pub ds: Option<RecordSet>,
    /// The time at which the proof is to count.
    pub now: Time,
}

/// Asks every resolver for the claim and everything that proves it.
///
/// # Errors
/// Where this machine cannot make connections at all. What goes wrong with
/// a resolver is in the report.
pub fn gather(request: &Request, resolvers: &Resolvers) -> io::Result<Report> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (addresses, patience) = (resolvers.addresses(), resolvers.patience());
    let mut asked = runtime.block_on(async {
        let mut asking = JoinSet::new();
        for (index, address) in addresses.iter().copied().enumerate() {
            let request = request.clone();
            asking.spawn(async move { (index, ask_one(&request, address, patience).await) });
        }
        let mut asked = Vec::new();
        while let Some(joined) = asking.join_next().await {
            match joined {
                Ok(answer) => asked.push(answer),
                Err(error) => resume_unwind(error.into_panic()),
            }
        }
        asked
    });
    asked.sort_by_key(|(index, _)| *index);
    let heard = addresses.iter().zip(asked);
    let heard = heard.map(|(resolver, (_, outcome))| (*resolver, outcome));
    Ok(Report::new(heard))
}

async fn ask_one(
    request: &Request,
    address: SocketAddr,
    patience: Duration,
) -> Result<Proof, Fault> {
    let resolver = Resolver::new(address, patience);
    let found = collect(request, &resolver).await?;
    let ds = match &request.ds {
        Some(ds) => ds.clone(),
        None => ds_of(&request.name, &resolver).await?,
    };
    prove(request, &ds, &found)
}

/// Everything from the name's keys down to its claim.
async fn collect(request: &Request, resolver: &Resolver) -> Result<Vec<Found>, Fault> {
    let target = find_claim(request, resolver).await?;
    let mut zone = signer(&request.name, &target)?;
    let mut upwards = vec![target];
    // One cut too many is for the proof to refuse.
    for _ in 0..=limits::CHAIN_CUTS_MAX {
        let keys = resolver.ask(&SetKey::new(&zone, Rtype::DNSKEY)).await?;
        upwards.push(keys.ok_or_else(|| Fault::NoKeys { zone: zone.clone() })?);
        if zone == request.name {
            break;
        }
        let ds = resolver.ask(&SetKey::new(&zone, Rtype::DS)).await?;
        let ds = ds.ok_or_else(|| Fault::NoDs { zone: zone.clone() })?;
        zone = signer(&request.name, &ds)?;
        upwards.push(ds);
    }
    upwards.reverse();
    Ok(upwards)
}

/// The first place that has a claim on the ledger.
async fn find_claim(request: &Request, resolver: &Resolver) -> Result<Found, Fault> {
    let mut places = Vec::new();
    let mut failed = None;
    for place in Claim::places(&request.name) {
        let key = SetKey::new(&place, Rtype::TXT);
        match resolver.ask(&key).await {
            Ok(Some(found)) if has_claim(request, &found)? => return Ok(found),
            Ok(_) => {}
            Err(fault @ Fault::Silent { .. }) => return Err(fault),
            Err(fault) => failed = failed.or(Some(fault)),
        }
        places.push(place);
    }
    let ledger = request.ledger;
    Err(failed.unwrap_or(Fault::NoClaim { places, ledger }))
}

/// Whether there is a claim on the ledger; that it is the right one is for
/// later, when it is known to be the zone's word.
fn has_claim(request: &Request, found: &Found) -> Result<bool, Fault> {
    use comity_core::dnssec::ClaimRefusal;
    let set = RecordSet {
        ttl: 0,
        data: found.data.clone(),
    };
    match Claim::find(&found.key.owner, &set, request.ledger) {
        Ok(_) => Ok(true),
        Err(ClaimRefusal::Missing { .. }) => Ok(false),
        Err(refusal) => Err(Fault::Claim(refusal)),
    }
}

/// The zone that a set is in, by what its signatures say.
fn signer(name: &Name, found: &Found) -> Result<Name, Fault> {
    let Found { key, rrsigs, .. } = found;
    let mut signers = rrsigs
        .iter()
        .filter_map(|data| Some(Rrsig::parse(data)?.signer))
        .peekable();
    let Some(first) = signers.peek().cloned() else {
        return Err(Fault::NotSigned { set: key.clone() });
    };
    // A DS set is in the zone above its owner (RFC 4035 §2.4).
    let is_above = |signer: &Name| key.rtype != Rtype::DS || *signer != key.owner;
    signers
        .find(|signer| {
            signer.is_at_or_below(name) && key.owner.is_at_or_below(signer) && is_above(signer)
        })
        .ok_or(Fault::OtherZone {
            set: key.clone(),
            signer: first,
            name: name.clone(),
        })
}

async fn ds_of(name: &Name, resolver: &Resolver) -> Result<RecordSet, Fault> {
    let found = resolver.ask(&SetKey::new(name, Rtype::DS)).await?;
    let Found { data, .. } = found.ok_or_else(|| Fault::NoDs { zone: name.clone() })?;
    Ok(RecordSet { ttl: 0, data })
}

/// The proof that these sets are, if they are one of the claim.
fn prove(request: &Request, ds: &RecordSet, found: &[Found]) -> Result<Proof, Fault> {
    let Request {
        ledger,
        holder,
        now,
        ..
    } = *request;
    let chain = Chain::select(found, ds, now, &ByRing)?;
    let proven = chain.prove(&ByRing)?;
    proven.under(ds, now)?;
    let claim = Claim::proven(&proven, ledger)?;
    if claim.holder != holder {
        return Err(Fault::OtherHolder {
            place: proven.target().owner.clone(),
            expected: holder,
            found: claim.holder,
        });
    }
    // It counts now, so that there is such a time.
    let (from, until) = proven.validity(ds, now).unwrap_or((now, now));
    Ok(Proof {
        place: proven.target().owner.clone(),
        signer: proven.signer().clone(),
        chain,
        from,
        until,
    })
}
