//! What resolvers say: which addresses hosts have, and whatever else is asked
//! of them. They are asked in turn until one of them knows.

use std::collections::BTreeSet;

use comity_core::check::observation::{
    Found, Lookup, LookupFailure, NOERROR, NXDOMAIN, Question, Silence,
};
use comity_core::check::subject::address;
use comity_core::zone::{Name, Record, Rtype};

use super::Settings;
use super::exchange::{Patience, ask_whole};
use super::message::Received;
use crate::clock;

/// Aliases after each other that are followed.
const ALIASES_MAX: usize = 8;

/// Looks up one host's addresses of one kind.
pub async fn look_up(host: &Name, rtype: Rtype, settings: &Settings) -> Lookup {
    let (resolver, outcome) = resolve(host, rtype, settings).await;
    Lookup {
        time: clock::now(),
        resolver,
        host: host.clone(),
        rtype,
        outcome: outcome.map(|received| found(&received.answer.records, host, rtype)),
    }
}

/// The answer of the first resolver that has one, or what the last one said.
pub(super) async fn resolve(
    name: &Name,
    rtype: Rtype,
    settings: &Settings,
) -> (
    Option<std::net::SocketAddr>,
    Result<Received, LookupFailure>,
) {
    let question = Question {
        recursion_desired: true,
        ..Question::new(name, rtype)
    };
    let mut last = (None, Err(LookupFailure::Silence(Silence::NoWay)));
    for resolver in &settings.resolvers {
        let received = ask_whole(*resolver, &question, Patience::of(settings)).await;
        let outcome = match received {
            Ok(received) if matches!(received.answer.rcode, NOERROR | NXDOMAIN) => Ok(received),
            Ok(received) => Err(LookupFailure::Rcode(received.answer.rcode)),
            Err(silence) => Err(LookupFailure::Silence(silence)),
        };
        let is_known = outcome.is_ok();
        last = (Some(*resolver), outcome);
        if is_known {
            break;
        }
    }
    last
}

/// The addresses in an answer, at the host or at what it is an alias of.
fn found(records: &[Record], host: &Name, rtype: Rtype) -> Found {
    let mut at = host.clone();
    let mut addresses = BTreeSet::new();
    for _ in 0..ALIASES_MAX {
        let of = |rtype| {
            let records = records.iter();
            records.filter({
                let at = at.clone();
                move |it: &&Record| it.owner == at && it.rtype == rtype
            })
        };
        addresses.extend(of(rtype).filter_map(|it| address(rtype, &it.data)));
        let alias = of(Rtype::CNAME).next();
        let Some(target) = alias.and_then(|it| Name::from_wire(it.data.as_wire()).ok()) else {
            break;
        };
        at = target;
    }
    Found {
        addresses,
        is_alias: at != *host,
    }
}
