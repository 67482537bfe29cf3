//! Check 15: the signatures over the apex's DNSKEY and SOA sets, at one place.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Good, Judging};
use crate::basic::Time;
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::dnssec::{ChainRefusal, Rrsig, ZoneKey, ZoneKeys};
use crate::limits;
use crate::zone::{Rtype, SetKey};

/// The DNSKEY set must be signed by a key that a DS record names, the SOA
/// set by any key of that set (RFC 4035 §5.2, §5.3). One good signature is
/// enough (RFC 6840 §5.11). Gives whether a validator may accept both.
pub(super) fn judge(judging: &mut Judging<'_>, keys: Good<'_>, named: &[ZoneKey]) -> bool {
    if named.is_empty() {
        // Said already by check 14.
        return false;
    }
    let zone = &judging.subject.name;
    let named = ZoneKeys::new(zone, named.iter().map(ZoneKey::rdata));
    let all = keys.answer.data(zone, Rtype::DNSKEY);
    let all = ZoneKeys::new(zone, &all);
    let which = "that a DS record names";
    let keys_hold = judge_set(judging, keys, Rtype::DNSKEY, &named, which);
    let place = (keys.observation.server.clone(), keys.observation.address);
    let soa = judging.good_answers(zone, Rtype::SOA).get(&place).copied();
    let soa_holds =
        soa.is_none_or(|soa| judge_set(judging, soa, Rtype::SOA, &all, "in the DNSKEY set"));
    keys_hold && soa_holds
}

/// Why a signature does not count, the more hopeful later.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Flaw {
    OfOther(String),
    NotVerified(u8),
    Wrong(u16),
    NotYetValid(Time),
    Expired(Time),
}

fn judge_set(
    judging: &mut Judging<'_>,
    good: Good<'_>,
    rtype: Rtype,
    keys: &ZoneKeys,
    which: &str,
) -> bool {
    let set = SetKey::new(&judging.subject.name, rtype);
    let data = good.answer.data(&set.owner, rtype);
    if data.is_empty() {
        return true;
    }
    let signatures = good.answer.data(&set.owner, Rtype::RRSIG);
    let signatures = signatures.iter().filter_map(Rrsig::parse);
    let signatures = signatures.filter(|rrsig| rrsig.covered == rtype);
    let now = good.observation.time;
    let mut flaws: Vec<Flaw> = Vec::new();
    for rrsig in signatures.take(limits::CHECK_SIGNATURES_MAX) {
        match keys.verify(&set, &data, &rrsig, &judging.signatures) {
            Ok(_) if rrsig.begins(now) > now => flaws.push(Flaw::NotYetValid(rrsig.begins(now))),
            Ok(_) if rrsig.expires(now) < now => flaws.push(Flaw::Expired(rrsig.expires(now))),
            Ok(_) => return true,
            Err(ChainRefusal::BadSignature { tag, .. }) => flaws.push(Flaw::Wrong(tag)),
            Err(ChainRefusal::AlgorithmRefused { algorithm, .. }) => {
                flaws.push(Flaw::NotVerified(algorithm));
            }
            // Not by one of these keys, or not over this set.
            Err(refusal) => flaws.push(Flaw::OfOther(refusal.to_string())),
        }
    }
    let server = &good.observation.server;
    let worst = flaws.into_iter().max();
    // Somebody else may be able to verify it.
    let may_hold = matches!(worst, Some(Flaw::NotVerified(_)));
    let (fault, text) = match worst {
        None => {
            let text = format!("{server} serves the {rtype} set of {} unsigned.", set.owner);
            (Fault::SignatureMissing, text)
        }
        Some(Flaw::OfOther(refusal)) => {
            let text = format!(
                "{server} serves no signature of the {rtype} set by a key {which}: {refusal}."
            );
            (Fault::SignatureMissing, text)
        }
        Some(Flaw::NotVerified(number)) => {
            let text = format!("Signatures of algorithm {number} are not verified here.");
            (Fault::SignatureNotVerified, text)
        }
        Some(Flaw::Wrong(tag)) => {
            let text = format!(
                "The signature of the {rtype} set by the key with tag {tag} does not verify."
            );
            (Fault::SignatureWrong, text)
        }
        Some(Flaw::NotYetValid(time)) => {
            let text = format!("The signature of the {rtype} set is valid from {time} on.");
            (Fault::SignatureNotYetValid, text)
        }
        Some(Flaw::Expired(time)) => {
            let text = format!("The signature of the {rtype} set was valid until {time}.");
            (Fault::SignatureExpired, text)
        }
    };
    judging.find(Finding::seen(fault, good.observation, text).by_any_way());
    may_hold
}
