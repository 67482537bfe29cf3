//! What goes dark where somebody refuses service.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{Country, Exposed, Party, Report};
use crate::zone::Name;

/// What one party can do alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect<'a> {
    /// The party.
    pub party: &'a Party,
    /// The names that would lose all of their endpoints.
    pub dark: Vec<&'a Name>,
    /// The names that would lose half of them or more, and not all.
    pub half: Vec<&'a Name>,
    /// How many names would lose fewer.
    pub fewer: usize,
    /// The countries whose names are among those that go dark.
    pub countries: BTreeSet<Country>,
}

/// What several parties do together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outage<'a> {
    /// The names that lose all of their endpoints.
    pub dark: Vec<&'a Exposed>,
    /// The names that lose half of them or more, and not all, with how many.
    pub half: Vec<(&'a Exposed, usize)>,
    /// How many names lose fewer, and at least one.
    pub fewer: usize,
}

/// How much of what there was is lost.
enum Loss {
    All,
    Half,
    Fewer,
    Nothing,
}

impl Loss {
    fn of(lost: usize, all: usize) -> Self {
        match lost {
            0 => Self::Nothing,
            lost if lost >= all => Self::All,
            lost if lost >= all.div_ceil(2) => Self::Half,
            _ => Self::Fewer,
        }
    }
}

impl Report {
    /// What each party can do alone: those that darken most names first.
    pub fn effects(&self) -> Vec<Effect<'_>> {
        let mut effects: BTreeMap<&Party, Effect<'_>> = BTreeMap::new();
        for exposed in &self.names {
            for (party, share) in &exposed.shares {
                let effect = effects.entry(party).or_insert_with(|| Effect {
                    party,
                    dark: Vec::new(),
                    half: Vec::new(),
                    fewer: 0,
                    countries: BTreeSet::new(),
                });
                match Loss::of(*share, exposed.endpoints.len()) {
                    Loss::All => {
                        effect.dark.push(&exposed.name);
                        effect.countries.extend(exposed.country);
                    }
                    Loss::Half => effect.half.push(&exposed.name),
                    Loss::Fewer => effect.fewer += 1,
                    Loss::Nothing => {}
                }
            }
        }
        let mut effects: Vec<_> = effects.into_values().collect();
        effects.sort_by_key(|it| (Reverse(it.dark.len()), Reverse(it.half.len()), it.party));
        effects
    }

    /// What goes dark where all of these parties refuse service.
    pub fn outage(&self, refusing: &BTreeSet<Party>) -> Outage<'_> {
        let mut outage = Outage::default();
        for exposed in &self.names {
            let endpoints = exposed.endpoints.iter();
            let is_lost = |party: &Party| refusing.contains(party);
            let lost = endpoints
                .filter(|endpoint| endpoint.parties().any(|party| is_lost(&party)))
                .count();
            match Loss::of(lost, exposed.endpoints.len()) {
                Loss::All => outage.dark.push(exposed),
                Loss::Half => outage.half.push((exposed, lost)),
                Loss::Fewer => outage.fewer += 1,
                Loss::Nothing => {}
            }
        }
        outage
    }
}
