//! The real root zone, as IANA signed it once, signed again with our key.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use comity_core::edition::{SignedZone, Standing};
use comity_core::served::ServedZone;
use comity_core::zone::{Name, Rdata, Record, Rtype, is_derived};
use comity_mirror::dns::reply::{Client, Reply, Transport, reply};
use comity_mirror::dns::{Access, Published};
use comity_mirror::store::{Meta, Store};
use domain::base::{Message, MessageBuilder};

use crate::judge;
use crate::running::{Running, ask, now};
use crate::signing::{self, name, public_key};
use crate::unbound::Unbound;
use crate::validation;

/// The whole mirror has to do with less.
const MEMORY_KIB_MAX: u64 = 200 * 1024;

/// The contents of the real root zone; none where there are no data.
fn records() -> Option<Vec<Record>> {
    let mut records = signed_records()?;
    records.retain(|record| !is_derived(record.rtype));
    Some(records)
}

/// The real root zone as IANA signed it; none where there are no data.
pub(crate) fn signed_records() -> Option<Vec<Record>> {
    let Some(folder) = env::var_os("COMITY_DATA") else {
        judge::skip("COMITY_DATA names no data");
        return None;
    };
    let zstd = judge::program("zstd")?;
    let path = PathBuf::from(folder).join("root-signed/2020-10-19.zone.zst");
    let output = Command::new(zstd).arg("-dc").arg(path).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(record).collect())
}

/// The record of one line: owner, TTL, class, type, data.
fn record(line: &str) -> Record {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [owner, ttl, "IN", rtype, data @ ..] = &words[..] else {
        panic!("{line}");
    };
    let rtype: Rtype = rtype.parse().unwrap();
    Record {
        owner: name(owner),
        rtype,
        ttl: ttl.parse().unwrap(),
        data: Rdata::from_text(rtype, &data.join(" ")).unwrap(),
    }
}

/// The real root zone, signed with our key; none where there are no data.
pub(crate) fn zone() -> Option<SignedZone> {
    Some(signing::sign(".", records()?, now()))
}

fn delegations(zone: &SignedZone) -> Vec<&Name> {
    let names = zone.names().iter();
    let delegated = names.filter(|(_, sets)| sets.standing == Standing::Delegation);
    delegated.map(|(name, _)| name).collect()
}

#[test]
fn takes_little_memory() {
    let Some(zone) = zone() else {
        return;
    };
    let records = zone.records().count();
    assert!(records > 20_000, "{records}");
    let directory = tempfile::tempdir().unwrap();
    let meta = Meta {
        edition: 1,
        ledger_size: 1,
        state: comity_core::basic::Digest([0; 32]),
    };
    Store::at(directory.path()).save(&zone, &meta).unwrap();
    let running = Running::start(zone);
    let loaded = Store::at(directory.path()).load(&name("."), &[public_key()], now());
    running.server().publish(loaded.unwrap().zone);
    let Ok(status) = fs::read_to_string("/proc/self/status") else {
        judge::skip("this system does not say how much memory a process uses");
        return;
    };
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|kib| kib.split_ascii_whitespace().next());
    let most_kib: u64 = most.unwrap().parse().unwrap();
    println!(
        "at most {} MiB, with reading, signing, saving and loading",
        most_kib / 1024
    );
    assert!(most_kib < MEMORY_KIB_MAX, "{most_kib} KiB");
}

/// Every referral of the zone, as the commonest resolvers ask.
#[test]
fn every_referral_fits_into_a_datagram() {
    let Some(zone) = zone() else {
        return;
    };
    let client = Client {
        address: "127.0.0.1".parse().unwrap(),
        transport: Transport::Udp,
    };
    let mut truncated = BTreeSet::new();
    let served = Published::from(ServedZone::from(&zone));
    for delegated in delegations(&zone) {
        let mut builder = MessageBuilder::new_vec().question();
        builder.push((&delegated.as_domain(), Rtype::A)).unwrap();
        let mut builder = builder.additional();
        builder
            .opt(|opt| {
                opt.set_udp_payload_size(1232);
                opt.set_dnssec_ok(true);
                Ok(())
            })
            .unwrap();
        let Reply::Message(octets) =
            reply(Some(&served), &Access::default(), client, &builder.finish())
        else {
            panic!("{delegated}");
        };
        let response = Message::from_octets(octets).unwrap();
        assert!(!response.header().aa(), "{delegated}");
        assert_eq!(response.header_counts().ancount(), 0, "{delegated}");
        if response.header().tc() {
            truncated.insert(delegated);
        }
    }
    assert!(truncated.is_empty(), "{truncated:?}");
}

#[test]
fn is_read_validated_and_transferred() {
    let Some(zone) = zone() else {
        return;
    };
    let records = zone.records().count();
    let running = Running::start(zone);
    let facts = running.facts(running.address());
    validation::check(
        running.address(),
        &facts,
        ".",
        &[
            (". SOA", validation::SIGNED),
            (". NS", validation::SIGNED),
            ("com. DS", validation::SIGNED),
            ("be. DS", validation::SIGNED),
            ("nowhere-at-all. A", validation::DENIED),
        ],
    );
    if let Some(kdig) = judge::program("kdig") {
        let said = ask(&kdig, running.address(), ". AXFR");
        let lines = said
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(';'));
        assert_eq!(lines.count(), records + 1);
    }
    if let Some(unbound) = Unbound::start(&facts) {
        unbound.check(&[
            (". SOA", "NOERROR"),
            ("com. DS", "NOERROR"),
            ("be. DS", "NOERROR"),
            ("nowhere-at-all. A", "NXDOMAIN"),
        ]);
    }
}
