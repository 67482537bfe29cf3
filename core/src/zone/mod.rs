//! The zone model. *Delegations*, *hosts* and the apex are contents, decided
//! by acts; SOA serial, NSEC chain, DNSKEY, RRSIG and ZONEMD are *derived*
//! and never part of contents.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`name`] | names in their one form and order |
//! | [`record`] | record data, record sets |
//! | [`contents`] | what a zone contains, and what may be asked of it |
//! | [`change`] | changes of record sets, their JSON, the difference of two contents |
//! | [`refusal`] | each rule of this module that can say no |

mod apply;
mod build;
mod canonical;
pub mod change;
pub mod contents;
pub mod name;
pub mod record;
pub mod refusal;
mod text;
pub(crate) mod wire;

pub(crate) use canonical::name_length;
pub use change::{Change, Operation, difference};
pub use contents::{Contents, Delegation, Kind, Place, Record, is_derived};
pub use name::Name;
pub use record::{Rdata, RecordSet, Rtype, SetKey};
pub use refusal::ZoneRefusal;
pub use text::has_own_form;

/// Zones for tests, written one record a line: owner, TTL, type, data.
#[cfg(test)]
pub(crate) mod samples {
    use alloc::vec::Vec;

    use super::{Contents, Name, Rdata, Record, ZoneRefusal};

    pub(crate) fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    pub(crate) fn records(text: &str) -> Vec<Record> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(record).collect()
    }

    pub(crate) fn record(line: &str) -> Record {
        let mut parts = line.splitn(4, ' ');
        let mut next = || parts.next().unwrap();
        let (owner, ttl) = (name(next()), next().parse().unwrap());
        let rtype = next().parse().unwrap();
        Record {
            owner,
            ttl,
            rtype,
            data: Rdata::from_text(rtype, next()).unwrap(),
        }
    }

    pub(crate) fn build(origin: &str, text: &str) -> Result<Contents, ZoneRefusal> {
        Contents::build(&name(origin), records(text))
    }

    /// A root in small: two delegations that share a host, one signed.
    pub(crate) const ROOT: &str = "
        . 86400 SOA a.root-servers.net. nstld.verisign-grs.com. 2025123001 1800 900 604800 86400
        . 518400 NS a.root-servers.net.
        be. 172800 NS a.ns.dns.be.
        be. 172800 NS ns.nic.lu.
        be. 86400 DS 12664 8 2 ABCD
        a.ns.dns.be. 172800 A 192.0.2.1
        a.ns.dns.be. 172800 AAAA 2001:db8::1
        lu. 172800 NS ns.nic.lu.
        ns.nic.lu. 172800 A 192.0.2.2
        net. 172800 NS net.
        net. 172800 A 192.0.2.3
        a.root-servers.net. 518400 A 192.0.2.4";

    /// A zone that also has names of its own.
    pub(crate) const PLAIN: &str = "
        example. 3600 SOA ns.example. admin.example. 7 1800 900 604800 300
        example. 3600 NS ns.example.
        example. 3600 MX 10 mail.example.
        example. 3600 TXT \"a zone of several\"
        *.example. 60 A 192.0.2.9
        a.b.c.example. 60 A 192.0.2.8
        alias.example. 60 CNAME mail.example.
        mail.example. 3600 A 192.0.2.10
        ns.example. 3600 A 192.0.2.11
        old.example. 60 DNAME new.example.
        sub.example. 3600 NS ns.sub.example.
        ns.sub.example. 3600 A 192.0.2.12
        x.example. 60 TYPE65280 \\# 2 ABCD";
}
