//! Checks 5 and 10: in how many networks the addresses are, and in none for
//! special purposes.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::Judging;
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::networks::{Prefix, special_network};
use crate::check::table::Check;
use crate::zone::Name;

/// The lengths of the networks that are told apart where origins are not
/// known: the longest that are announced to everybody.
const IPV4_LENGTH: u8 = 24;
const IPV6_LENGTH: u8 = 48;

pub(super) fn judge(judging: &mut Judging<'_>) {
    let places: Vec<(Name, IpAddr)> = judging
        .addresses
        .iter()
        .flat_map(|(host, addresses)| addresses.iter().map(|address| (host.clone(), *address)))
        .collect();
    prohibited(judging, &places);
    if places.is_empty() {
        judging.not_judged(Check::NetworkDiversity);
        return;
    }
    diversity(judging, &places);
}

fn prohibited(judging: &mut Judging<'_>, places: &[(Name, IpAddr)]) {
    for (host, address) in places {
        if let Some(special) = special_network(*address) {
            let text = format!(
                "{host} has the address {address}, which is in {} ({}, {}).",
                special.prefix, special.purpose, special.source
            );
            let finding = Finding::new(Fault::ProhibitedAddress, judging.observed.begun, text);
            judging.find(finding.of(host).at(*address));
        }
    }
}

/// The networks of the addresses of one family.
#[derive(Default)]
struct Family {
    networks: BTreeSet<String>,
    addresses: usize,
    unlisted: usize,
}

fn diversity(judging: &mut Judging<'_>, places: &[(Name, IpAddr)]) {
    let mut families: BTreeMap<&str, Family> = BTreeMap::new();
    for (host, address) in places {
        let family = families.entry(family_name(*address)).or_default();
        family.addresses += 1;
        match network(judging, *address) {
            Some(network) => {
                family.networks.insert(network);
            }
            None => {
                family.unlisted += 1;
                let text = format!("The table of networks does not have {address} of {host}.");
                let finding = Finding::new(Fault::UnlistedAddress, judging.observed.begun, text);
                judging.find(finding.of(host).at(*address));
            }
        }
    }
    if judging.asn.is_none() {
        let text = format!(
            "Networks are told apart by their first {IPV4_LENGTH} bits (IPv4) or {IPV6_LENGTH} \
             bits (IPv6), not by the autonomous systems that announce them, as IANA does: \
             there is no table of those."
        );
        judging.find_here(Fault::NoAsnTable, text);
    }
    let is_diverse = if judging.asn.is_some() {
        let all: BTreeSet<_> = families.values().flat_map(|it| &it.networks).collect();
        all.len() > 1
    } else {
        // Every server with both kinds of addresses has two prefixes.
        families.values().any(|family| family.networks.len() > 1)
    };
    let is_unsure = families.values().any(|family| family.unlisted > 0);
    if !is_diverse && !is_unsure {
        let networks: BTreeSet<_> = families.values().flat_map(|it| &it.networks).collect();
        let networks: Vec<_> = networks.into_iter().map(String::as_str).collect();
        let text = format!(
            "All name servers are in one network: {}.",
            networks.join(", ")
        );
        judging.find_here(Fault::OneNetwork, text);
        return;
    }
    for (name, family) in families {
        if family.addresses > 1 && family.unlisted == 0 && family.networks.len() == 1 {
            let network = family.networks.first().map_or("", String::as_str);
            let text = format!("All {name} addresses are in one network: {network}.");
            let finding = Finding::new(Fault::OneNetworkInFamily, judging.observed.begun, text);
            judging.find(finding.in_record(name.to_string()));
        }
    }
}

fn family_name(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}

/// The network of an address: its origin, or else its prefix.
fn network(judging: &Judging<'_>, address: IpAddr) -> Option<String> {
    let Some(table) = judging.asn else {
        let length = if address.is_ipv4() {
            IPV4_LENGTH
        } else {
            IPV6_LENGTH
        };
        return Some(Prefix::of(address, length).to_string());
    };
    let origins = table.origins(address)?;
    let origins: Vec<_> = origins.iter().map(|asn| format!("AS{asn}")).collect();
    Some(origins.join("+"))
}
