//! From what was seen of one name to what that says: who answers, which DS set
//! the child's keys fit, and what the child itself announces.
//!
//! Who speaks for the child: its old servers, and whoever shows a signature
//! under the old DS set. New servers are whoever's the change wants them to be;
//! they say whether the new state works, and nothing else.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::evidence::{Consent, Seen, Side, Sighting, Wanted, Witness};
use super::judgement::Policy;
use super::keys::{self, Chain, Signers};
use super::reason::Reason;
use crate::basic::Time;
use crate::check::observation::{Answer, Silence};
use crate::dnssec::SignatureCheck;
use crate::zone::{Name, Rdata, Rtype};

/// Whether the servers of a delegation answer for the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// None was asked, or there was no way to any.
    Unasked,
    /// Some were, and none has authority. Perhaps it is this machine.
    Silent,
    /// As before, and others were heard at the same time.
    Dead,
    /// One has.
    Answers,
}

/// What fits the child's keys, and who showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) chain: Chain,
    pub(super) witness: Option<Witness>,
}

/// Something that the child has proved or announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) reason: Reason,
    pub(super) witness: Option<Witness>,
}

/// All that was seen of one name, as far as verdicts need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) consent: Consent,
    pub(super) old_servers: Standing,
    pub(super) new_servers: Standing,
    /// The old DS set, by the old servers; anything signed under it by anybody.
    pub(super) old_ds: Fit,
    /// The new DS set, by the old servers.
    pub(super) new_ds: Fit,
    /// The new DS set, by the new servers.
    pub(super) new_ds_there: Fit,
    /// Whether the new DS set has no record that the old one lacks.
    pub(super) only_takes_away: bool,
    /// That the keys of the new DS set are the child's.
    pub(super) ds_proof: Option<Proof>,
    /// That the child asks for no DS set.
    pub(super) deletion: Option<Proof>,
    /// That the child names the new servers.
    pub(super) ns_proof: Option<Proof>,
    /// Whether an old and a new server are at one address, as resolvers say.
    pub(super) shares_address: Option<Witness>,
}

impl Reading {
    /// Whether the old state does not work: then nothing of it is held.
    pub(super) fn is_old_broken(&self) -> bool {
        self.old_servers == Standing::Dead || self.old_ds.chain == Chain::Fails
    }

    /// Whether nothing was learnt of the old state.
    pub(super) fn is_blind(&self) -> bool {
        matches!(self.old_servers, Standing::Unasked | Standing::Silent)
            && self.old_ds.chain == Chain::Unseen
    }
}

/// What a reading is made with.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) signatures: &'a dyn SignatureCheck,
    pub(super) policy: &'a Policy,
    pub(super) now: Time,
}

/// Reads what was seen of one name. `heard` are the addresses of name servers and
/// resolvers from which anything came, of any name: that this machine hears at all.
pub(super) fn read(
    wanted: &Wanted,
    seen: Option<&Seen>,
    heard: &BTreeSet<&Witness>,
    means: Means<'_>,
) -> Reading {
    let places = Places::of(seen, means);
    let ds = |subject: &Option<crate::check::Subject>| {
        let subject = subject.as_ref();
        subject.map(|it| it.ds.clone()).unwrap_or_default()
    };
    let view = View {
        name: &wanted.name,
        old: ds(&wanted.old),
        new: ds(&wanted.new),
        places,
        means,
    };
    let (old_ds, secure) = view.old_fit();
    let is_old = |side: Side| side != Side::New;
    // The addresses of names that stay are the parent's word alone.
    let had = wanted.old.as_ref().map(|it| &it.ns);
    let ns = wanted.new.as_ref().map(|it| &it.ns);
    let ns = ns.filter(|ns| had.is_some_and(|had| had.is_disjoint(ns)));
    Reading {
        consent: seen.map(|it| it.consent).unwrap_or_default(),
        old_servers: view.places.standing(is_old, heard),
        new_servers: view.places.standing(|side| side != Side::Old, heard),
        new_ds: view.fit(&view.new, is_old),
        new_ds_there: view.fit(&view.new, |side| side != Side::Old),
        only_takes_away: view.new.is_subset(&view.old),
        ds_proof: view.ds_proof(&secure),
        deletion: view.deletion(&secure),
        ns_proof: ns.and_then(|ns| view.ns_proof(ns, &secure, old_ds.chain)),
        shares_address: view.places.shared_address(),
        old_ds,
    }
}

/// The fresh sightings by place and type, the one that says most of each.
struct Places<'a>(BTreeMap<&'a Witness, BTreeMap<Rtype, &'a Sighting>>);

impl<'a> Places<'a> {
    fn of(seen: Option<&'a Seen>, means: Means<'_>) -> Self {
        let now = means.now;
        let mut places: BTreeMap<&Witness, BTreeMap<Rtype, &Sighting>> = BTreeMap::new();
        let sightings = seen.into_iter().flat_map(|seen| &seen.sightings);
        let is_fresh =
            |it: &&Sighting| it.time <= now && it.time.plus(means.policy.evidence_seconds) >= now;
        let rank = |it: &Sighting| (it.good().is_some(), it.outcome.is_ok(), it.time);
        for sighting in sightings.filter(is_fresh) {
            let best = places.entry(&sighting.witness).or_default();
            let best = best.entry(sighting.rtype).or_insert(sighting);
            if rank(sighting) > rank(best) {
                *best = sighting;
            }
        }
        Self(places)
    }

    fn standing(&self, is_wanted: impl Fn(Side) -> bool, heard: &BTreeSet<&Witness>) -> Standing {
        let servers = self.0.iter().filter(|(witness, _)| match witness {
            Witness::Server { side, .. } => is_wanted(*side),
            Witness::Resolver(_) => false,
        });
        let servers: Vec<_> = servers.collect();
        let mut all = servers.iter().flat_map(|(_, types)| types.values());
        if all.any(|sighting| sighting.good().is_some()) {
            return Standing::Answers;
        }
        let asked = servers.iter().flat_map(|(_, types)| types.values());
        if !asked.clone().any(|it| it.outcome != Err(Silence::NoWay)) {
            return Standing::Unasked;
        }
        // Who answers without authority was reached.
        let is_reached = asked.clone().any(|it| it.outcome.is_ok());
        let ours: BTreeSet<&Witness> = servers.iter().map(|(witness, _)| **witness).collect();
        match is_reached || heard.iter().any(|witness| !ours.contains(*witness)) {
            true => Standing::Dead,
            false => Standing::Silent,
        }
    }

    fn shared_address(&self) -> Option<Witness> {
        let both = self.0.iter().find(|(witness, types)| {
            let is_both = matches!(
                witness,
                Witness::Server {
                    side: Side::Both,
                    ..
                }
            );
            is_both && types.values().any(|it| it.good().is_some())
        });
        both.map(|(witness, _)| (*witness).clone())
    }
}

/// One name's places, with its DS sets.
struct View<'a> {
    name: &'a Name,
    old: BTreeSet<Rdata>,
    new: BTreeSet<Rdata>,
    places: Places<'a>,
    means: Means<'a>,
}

/// A place at which the old DS set fits, with the keys there.
struct Secure<'a> {
    witness: &'a Witness,
    types: &'a BTreeMap<Rtype, &'a Sighting>,
    signers: Signers,
}

impl<'a> View<'a> {
    fn chain_at(
        &self,
        ds: &BTreeSet<Rdata>,
        types: &BTreeMap<Rtype, &Sighting>,
    ) -> (Chain, Option<Signers>) {
        let good = |rtype| types.get(&rtype).and_then(|it| it.good());
        keys::chain(
            self.name,
            ds,
            good(Rtype::DNSKEY),
            good(Rtype::SOA),
            self.means,
        )
    }

    /// How a DS set fits what some of the name servers serve.
    fn fit(&self, ds: &BTreeSet<Rdata>, is_wanted: impl Fn(Side) -> bool) -> Fit {
        let mut fits: Vec<(&Witness, IpAddr, Chain)> = Vec::new();
        for (witness, types) in &self.places.0 {
            if let Witness::Server { address, side, .. } = witness
                && is_wanted(*side)
                && !ds.is_empty()
            {
                fits.push((witness, *address, self.chain_at(ds, types).0));
            }
        }
        let of = |chain| fits.iter().find(move |(_, _, it)| *it == chain);
        let failing = fits.iter().filter(|(_, _, it)| *it == Chain::Fails);
        let failing: BTreeSet<IpAddr> = failing.map(|(_, address, _)| *address).collect();
        let asked: BTreeSet<IpAddr> = fits.iter().map(|(_, address, _)| *address).collect();
        let enough = self.means.policy.witnesses_min.min(asked.len());
        let (chain, shown) = match (of(Chain::Holds), of(Chain::Fails), of(Chain::Unknown)) {
            (Some(_), Some(_), _) => (Chain::Mixed, of(Chain::Fails)),
            (Some(_), None, _) => (Chain::Holds, of(Chain::Holds)),
            (None, Some(_), None) if failing.len() >= enough => (Chain::Fails, of(Chain::Fails)),
            (None, Some(_), _) | (None, None, Some(_)) => (Chain::Unknown, of(Chain::Fails)),
            (None, None, None) => (Chain::Unseen, None),
        };
        Fit {
            chain,
            witness: shown.map(|(witness, ..)| (*witness).clone()),
        }
    }

    /// How the old DS set fits, and everybody who shows that it does. A signature
    /// cannot be made up, so that anybody may show it, and one resolver that does
    /// keeps the chain from counting as broken. New servers do not: they may show
    /// again what was once true.
    fn old_fit(&self) -> (Fit, Vec<Secure<'_>>) {
        let mut secure = Vec::new();
        for (witness, types) in &self.places.0 {
            if let (Chain::Holds, Some(signers)) = self.chain_at(&self.old, types) {
                secure.push(Secure {
                    witness,
                    types,
                    signers,
                });
            }
        }
        let mut fit = self.fit(&self.old, |side| side != Side::New);
        let is_new = |it: &&Secure<'_>| {
            matches!(
                it.witness,
                Witness::Server {
                    side: Side::New,
                    ..
                }
            )
        };
        let shown = secure.iter().find(|it| !is_new(it));
        if let (Chain::Fails, Some(shown)) = (fit.chain, shown) {
            fit = Fit {
                chain: Chain::Mixed,
                witness: Some(shown.witness.clone()),
            };
        }
        (fit, secure)
    }

    /// That whoever has the old keys has, or wants, those of the new DS set.
    fn ds_proof(&self, secure: &[Secure<'_>]) -> Option<Proof> {
        let added: BTreeSet<&Rdata> = self.new.difference(&self.old).collect();
        let proof = |reason, at: &Secure<'_>| Proof {
            reason,
            witness: Some(at.witness.clone()),
        };
        let has = |at: &&Secure<'_>| at.signers.has_all(self.name, &added);
        if let Some(at) = secure.iter().find(has) {
            return Some(proof(Reason::DsProvenByChild, at));
        }
        let announces = |at: &&Secure<'_>| {
            let cds = self.signed_by_named(at, Rtype::CDS);
            let cdnskey = self.signed_by_named(at, Rtype::CDNSKEY);
            cds.is_some_and(|cds| cds == self.new)
                || cdnskey.is_some_and(|set| keys::names_all(self.name, &set, &self.new))
        };
        let at = secure.iter().find(announces)?;
        Some(proof(Reason::DsAnnouncedByChild, at))
    }

    fn deletion(&self, secure: &[Secure<'_>]) -> Option<Proof> {
        let deletes = |at: &&Secure<'_>| {
            let cds = self.signed_by_named(at, Rtype::CDS);
            cds.is_some_and(|cds| cds.iter().all(keys::is_deletion) && !cds.is_empty())
        };
        let at = secure.iter().find(deletes)?;
        Some(Proof {
            reason: Reason::DsDeletionAnnounced,
            witness: Some(at.witness.clone()),
        })
    }

    /// A set of requests to the parent, which a key that the DS set names must
    /// have signed (RFC 7344 §4.1).
    fn signed_by_named(&self, at: &Secure<'_>, rtype: Rtype) -> Option<BTreeSet<Rdata>> {
        let answer = at.types.get(&rtype)?.good()?;
        let data = answer.data(self.name, rtype);
        let named = &at.signers.named;
        let is_signed = !data.is_empty() && keys::is_signed(named, rtype, answer, self.means);
        is_signed.then_some(data)
    }

    /// That the child names the new servers at its apex: signed, if the name has
    /// a chain of trust or may have one; else by all old servers that answer.
    fn ns_proof(&self, ns: &BTreeSet<Name>, secure: &[Secure<'_>], old: Chain) -> Option<Proof> {
        let named = |types| apex_ns(self.name, types);
        for at in secure {
            if let Some((answer, names)) = named(at.types)
                && names.is_superset(ns)
                && keys::is_signed(&at.signers.all, Rtype::NS, answer, self.means)
            {
                return Some(Proof {
                    reason: Reason::NsSignedByChild,
                    witness: Some(at.witness.clone()),
                });
            }
        }
        if !self.old.is_empty() && old != Chain::Fails {
            return None;
        }
        let old_servers = self.places.0.iter().filter(
            |(witness, _)| matches!(witness, Witness::Server { side, .. } if *side != Side::New),
        );
        let asked = old_servers.clone().count();
        let said = old_servers.filter_map(|(witness, types)| Some((witness, named(types)?.1)));
        let said: Vec<_> = said.collect();
        let enough = self.means.policy.witnesses_min.min(asked);
        let is_unanimous = said.len() >= enough && said.iter().all(|(_, it)| it.is_superset(ns));
        let (first, _) = said.first().filter(|_| is_unanimous)?;
        Some(Proof {
            reason: Reason::NsAnnouncedByChild,
            witness: Some((**first).clone()),
        })
    }
}

/// The NS set that a place serves at the name's apex, with its whole answer.
fn apex_ns<'a>(
    name: &Name,
    types: &BTreeMap<Rtype, &'a Sighting>,
) -> Option<(&'a Answer, BTreeSet<Name>)> {
    let answer = types.get(&Rtype::NS)?.good()?;
    let data = answer.data(name, Rtype::NS);
    let names = data.iter().map(|it| Name::from_wire(it.as_wire()));
    Some((answer, names.filter_map(Result::ok).collect()))
}
