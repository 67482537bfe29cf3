//! Name servers: names that come, go or move, and hosts that do.

use alloc::format;
use alloc::vec::Vec;

use super::{Ruling, by, finding, missing};
use crate::explain::{ChangeType, Explanation};
use crate::guard::Judging;
use crate::guard::evidence::has_moved;
use crate::guard::judgement::{Finding, Verdict};
use crate::guard::keys::Chain;
use crate::guard::reading::{Reading, Standing};
use crate::guard::reason::Reason;
use crate::zone::{Change, Contents, Name, Rtype};

const NS: &[Rtype] = &[Rtype::NS];
const ADDRESSES: &[Rtype] = &[Rtype::A, Rtype::AAAA];

/// A name that was not there.
pub(super) fn added(name: &Name) -> Ruling {
    let text = format!("{name} was not delegated before.");
    Ruling::passed(finding(Reason::NewName, (name, NS), None, text))
}

/// A name that goes.
pub(super) fn removed(name: &Name, reading: &Reading) -> Ruling {
    let of = |reason, text| finding(reason, (name, NS), None, text);
    match reading.old_servers {
        Standing::Answers => {
            let text = format!("{name} is removed, and its servers still answer for it.");
            Ruling::held(of(Reason::ChildStillAnswers, text))
        }
        Standing::Dead => {
            let text = format!("{name} is removed, and none of its servers answers for it.");
            Ruling::alarmed(of(Reason::OldServersSilent, text))
        }
        Standing::Unasked | Standing::Silent => {
            let text = format!("{name} is removed.");
            let ruling = Ruling::held(of(Reason::NameRemoved, text));
            missing(name, ChangeType::Removed, ruling)
        }
    }
}

/// Whether all addresses of a name are others.
pub(super) fn is_moved(judging: &Judging<'_>, name: &Name) -> bool {
    has_moved(name, judging.case.old.contents, judging.case.new.contents)
}

/// Another NS set.
pub(super) fn of_name(
    judging: &Judging<'_>,
    change: ChangeType,
    name: &Name,
    reading: &Reading,
) -> Ruling {
    if change == ChangeType::NsReplaced || is_moved(judging, name) {
        return moved(change, name, name, NS, reading);
    }
    let (reason, text) = match change {
        ChangeType::NsRenamed => (
            Reason::AddressKept,
            format!("{name} has servers with new names, and one keeps its address."),
        ),
        _ => (
            Reason::ServerKept,
            format!("{name} keeps one of its name servers."),
        ),
    };
    let kept = Ruling::passed(finding(reason, (name, NS), None, text));
    match fault_of_new(name, NS, reading) {
        Some(fault) => kept.turned(Verdict::Alarmed, fault),
        None => kept,
    }
}

/// Other addresses of a host: a move of each name whose NS set is the same, and
/// which keeps no other. Where the NS set is another, that is what is judged.
pub(super) fn of_host(judging: &Judging<'_>, explanation: &Explanation) -> Ruling {
    let host = &explanation.name;
    let zone = judging.case.new.contents.origin();
    let names = explanation.dependents.iter();
    let moved_names = names.filter(|name| *name != zone && is_moved(judging, name));
    let (alone, with_servers): (Vec<&Name>, Vec<&Name>) =
        moved_names.partition(|name| has_same_servers(judging, name));
    let rulings = alone.into_iter().filter_map(|name| {
        let reading = judging.reading(name)?;
        Some(moved(explanation.change, host, name, ADDRESSES, reading))
    });
    // The first of the worst, in the order of names.
    let worst = rulings.reduce(|worst, ruling| match ruling.verdict > worst.verdict {
        true => ruling,
        false => worst,
    });
    worst.unwrap_or_else(|| {
        let (reason, text) = match with_servers.first() {
            _ if explanation.sets.iter().any(keeps_one) => {
                (Reason::AddressKept, format!("{host} keeps an address."))
            }
            Some(name) => (
                Reason::JudgedWithServers,
                format!("{host} changes with the NS set of {name}."),
            ),
            None => (
                Reason::OtherServersKept,
                format!("Each name that uses {host} keeps an address of another server."),
            ),
        };
        Ruling::passed(finding(reason, (host, ADDRESSES), None, text))
    })
}

/// Whether the NS set of a name is as it was.
pub(in crate::guard) fn has_same_servers(judging: &Judging<'_>, name: &Name) -> bool {
    let ns = |zone: &Contents| zone.delegation(name).map(|it| it.ns.data.clone());
    ns(judging.case.old.contents) == ns(judging.case.new.contents)
}

/// Whether an address of one kind stays.
pub(in crate::guard) fn keeps_one(set: &Change) -> bool {
    match (&set.old, &set.new) {
        (Some(old), Some(new)) => !old.data.is_disjoint(&new.data),
        _ => false,
    }
}

/// A name of which neither a server nor an address stays.
fn moved(
    change: ChangeType,
    owner: &Name,
    name: &Name,
    types: &[Rtype],
    reading: &Reading,
) -> Ruling {
    let of = |reason, witness, text| finding(reason, (owner, types), witness, text);
    // It fails where it goes, and works where it is.
    let fault = fault_of_new(name, types, reading);
    if let Some(proof) = &reading.ns_proof {
        let witness = proof.witness.as_ref();
        let text = format!(
            "{name} names its new servers at its own apex{}.",
            by(witness)
        );
        let ruling = Ruling::passed(of(proof.reason, witness, text));
        return match fault {
            Some(fault) => ruling.turned(Verdict::Held, fault),
            None => ruling,
        };
    }
    if reading.old_servers == Standing::Dead {
        let text = format!("None of the old servers of {name} answers for it any more.");
        return Ruling::alarmed(of(Reason::OldServersSilent, None, text));
    }
    if let (Some(witness), None) = (&reading.shares_address, &fault) {
        let text = format!("{name} keeps a server at one address by resolvers' word: {witness}.");
        let finding = of(Reason::AddressKeptElsewhere, Some(witness), text);
        return Ruling::alarmed(finding);
    }
    let text = match reading.old_servers {
        Standing::Answers => format!(
            "{name} keeps no server and no address; its old servers answer for it, and do not \
             name the new ones as their own."
        ),
        _ => format!("{name} keeps no server and no address."),
    };
    let ruling = Ruling::held(of(Reason::MovedWithoutProof, None, text));
    let ruling = match fault {
        Some(fault) => ruling.with(fault),
        None => ruling,
    };
    match reading.is_blind() {
        true => missing(name, change, ruling),
        false => ruling,
    }
}

/// What is wrong with the new servers, where the old ones work.
fn fault_of_new(name: &Name, types: &[Rtype], reading: &Reading) -> Option<Finding> {
    if reading.old_servers != Standing::Answers {
        return None;
    }
    let works = matches!(reading.old_ds.chain, Chain::Holds | Chain::Mixed);
    if reading.new_servers == Standing::Dead {
        let text = format!("None of the new servers of {name} answers for it; the old ones do.");
        return Some(finding(Reason::NewServersSilent, (name, types), None, text));
    }
    (works && reading.new_ds_there.chain == Chain::Fails).then(|| {
        let witness = reading.new_ds_there.witness.as_ref();
        let text = format!(
            "The new servers of {name} do not serve the keys of its DS set{}.",
            by(witness)
        );
        finding(Reason::NewServersUnsigned, (name, types), witness, text)
    })
}
