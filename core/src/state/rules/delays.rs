//! What waits before it can be adopted, although everybody agreed: so that the
//! holder of stolen keys, and whoever uses a host, has time to react.

use alloc::collections::BTreeSet;

use super::Requirement;
use crate::basic::Time;
use crate::holder::{Authority, HolderId};
use crate::limits;
use crate::state::{FindingsRecord, Founded, ProposalState};
use crate::zone::{Contents, Name, Rdata, RecordSet, Rtype};

impl Founded {
    /// From when on a proposal can be adopted that has all it needs; none while
    /// it is not known that it, or a consent that waits, was seen.
    pub fn ready(
        &self,
        state: &ProposalState,
        requirement: &Requirement,
        after: &Contents,
    ) -> Option<Time> {
        let mut ready = Time(0);
        for holder in self.waits_for(state, requirement, after) {
            // One without consent is missing, and nothing waits for it.
            let Some(consent) = state.consents.get(&holder) else {
                continue;
            };
            let delay_s = self
                .holders
                .get(&holder)
                .map_or(0, |known| known.keys.delay_s);
            if consent.authority == Authority::Operational && delay_s > 0 {
                ready = ready.max(consent.seen?.plus(delay_s));
            }
        }
        if self.has_running_notice(state, requirement) {
            ready = ready.max(state.seen?.plus(self.charter.rules.host_notice_s));
        }
        Some(match ready {
            // Nothing waits.
            Time(0) => ready,
            _ => ready.plus(self.charter.rules.merge_s()),
        })
    }

    /// Whether names that use a host have notice that their holders' consent
    /// has not ended.
    fn has_running_notice(&self, state: &ProposalState, requirement: &Requirement) -> bool {
        let now = self.time.unwrap_or_default();
        let mut notified = requirement.notified.iter();
        !requirement.unheld.is_empty()
            || notified.any(|(name, holder)| !self.counts(state, name, *holder, now))
    }

    /// The holders that have a name taken away whole by these changes: all of
    /// its servers, or all of its DS records. Servers stay by name, and where
    /// the zone has their addresses, by one of these.
    fn waits_for(
        &self,
        state: &ProposalState,
        requirement: &Requirement,
        after: &Contents,
    ) -> BTreeSet<HolderId> {
        let changes = state.proposal.changes.iter();
        let hosts = changes
            .filter(|change| matches!(change.rtype, Rtype::A | Rtype::AAAA))
            .flat_map(|change| self.contents.dependents(&change.name));
        let deciding: BTreeSet<HolderId> = requirement.consents.values().copied().collect();
        let names = requirement.consents.keys().chain(hosts);
        let whole = names.filter(|name| self.is_taken_whole(state, name, after));
        let holders = whole.filter_map(|name| self.holder_of(name));
        holders.filter(|holder| deciding.contains(holder)).collect()
    }

    fn is_taken_whole(&self, state: &ProposalState, name: &Name, after: &Contents) -> bool {
        let before = &self.contents;
        let servers = |contents: &Contents| contents.get(name, Rtype::NS).cloned();
        let keys = |contents: &Contents| contents.get(name, Rtype::DS).cloned();
        let no_server_stays = servers(before).is_some_and(|old| {
            let new = servers(after);
            let stays = |host: Name| {
                let named = new.iter().flat_map(RecordSet::targets);
                named.into_iter().any(|kept| kept == host)
                    && has_address_in_common(before, after, &host)
            };
            !RecordSet::targets(&old).any(stays)
        });
        let no_key_stays = keys(before).is_some_and(|old| {
            let new = keys(after);
            let is_withdrawn = new.is_none();
            let is_rescue = is_withdrawn && self.is_broken(state, name);
            !is_rescue
                && !old
                    .data
                    .iter()
                    .any(|key: &Rdata| new.iter().any(|new| new.data.contains(key)))
        });
        no_server_stays || no_key_stays
    }
}

impl Founded {
    /// Whether at least the signing threshold of members, each of which looked
    /// itself, found within a day that a name's chain of trust is broken.
    pub fn is_broken(&self, state: &ProposalState, name: &Name) -> bool {
        let since = |found: &FindingsRecord| found.time.plus(limits::FINDINGS_SECONDS);
        let now = self.time.unwrap_or_default();
        let newest = self
            .members
            .iter()
            .filter(|member| member.departed.is_none());
        let newest = newest.filter_map(|member| {
            let mut own = state.findings.iter().rev();
            own.find(|found| found.by == member.key)
        });
        let broken = newest.filter(|found| found.broken.contains(name) && now <= since(found));
        broken.count() >= usize::from(self.threshold())
    }
}

/// Whether a host keeps an address, or had none in the zone.
fn has_address_in_common(before: &Contents, after: &Contents, host: &Name) -> bool {
    let sets =
        [Rtype::A, Rtype::AAAA].map(|rtype| (before.get(host, rtype), after.get(host, rtype)));
    let had = sets.iter().any(|(old, _)| old.is_some());
    let keeps = |(old, new): &(Option<&RecordSet>, Option<&RecordSet>)| {
        old.zip(*new)
            .is_some_and(|(old, new)| !old.data.is_disjoint(&new.data))
    };
    !had || sets.iter().any(keeps)
}
