//! Check 9: a referral with the longest question fits into 512 octets
//! (RFC 1035 §4.2.1), counted as IANA does.

use alloc::collections::BTreeSet;
use alloc::format;
use core::net::IpAddr;

use super::Judging;
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::subject::Subject;
use crate::check::table::Check;
use crate::zone::Name;

/// Octets that any resolver takes.
const REFERRAL_OCTETS_MAX: usize = 512;
/// Octets of a header, and of what stands between owner and data of a record.
const HEADER_OCTETS: usize = 12;
const RECORD_OCTETS: usize = 10;
/// Octets of the longest question: a name of 255, type and class.
const QUESTION_OCTETS: usize = 255 + 4;
/// Octets of a compressed name (RFC 1035 §4.1.4).
const POINTER_OCTETS: usize = 2;

pub(super) fn judge(judging: &mut Judging<'_>) {
    let subject = judging.subject;
    if subject.name == Name::root() {
        // Nobody refers to the root.
        judging.not_applicable(Check::ReferralSize);
        return;
    }
    let addresses = judging.addresses.clone();
    let octets = referral_octets(subject, |host| {
        addresses.get(host).into_iter().flatten().copied().collect()
    });
    if octets > REFERRAL_OCTETS_MAX {
        let text = format!(
            "A referral to {} with the longest question and the least glue has {octets} octets; \
             {REFERRAL_OCTETS_MAX} fit.",
            subject.name
        );
        let finding = Finding::new(Fault::ReferralTooLarge, judging.observed.begun, text);
        judging.find(finding.in_record(format!("{} NS", subject.name)));
    }
}

/// Octets of the smallest referral that is of use: all NS records, one A
/// record if all name servers are inside of the parent zone, and one AAAA
/// record if all of those that have such an address are.
pub(crate) fn referral_octets(
    subject: &Subject,
    addresses: impl Fn(&Name) -> BTreeSet<IpAddr>,
) -> usize {
    // The longest question ends with the delegated name.
    let mut known: BTreeSet<Name> = subject.name.and_ancestors().collect();
    let mut octets = HEADER_OCTETS + QUESTION_OCTETS;
    for host in &subject.ns {
        octets += POINTER_OCTETS + RECORD_OCTETS + compressed_octets(host, &mut known);
    }
    let in_parent = |host: &&Name| host.is_at_or_below(&subject.parent);
    let mut with_ipv6 = subject.ns.iter().filter(|host| {
        let addresses = addresses(host);
        addresses.iter().any(IpAddr::is_ipv6)
    });
    if subject.ns.iter().all(|host| in_parent(&host)) {
        octets += POINTER_OCTETS + RECORD_OCTETS + 4;
    }
    let has_ipv6 = with_ipv6.clone().next().is_some();
    if has_ipv6 && with_ipv6.all(|host| in_parent(&host)) {
        octets += POINTER_OCTETS + RECORD_OCTETS + 16;
    }
    octets
}

/// Octets of a name after others; its parts can be pointed to from now on.
fn compressed_octets(name: &Name, known: &mut BTreeSet<Name>) -> usize {
    let mut octets = 0;
    for part in name.and_ancestors() {
        if part == Name::root() {
            return octets + 1;
        }
        if known.contains(&part) {
            return octets + POINTER_OCTETS;
        }
        let label = part.as_wire().first().copied().unwrap_or_default();
        octets += 1 + usize::from(label);
        known.insert(part);
    }
    octets
}
