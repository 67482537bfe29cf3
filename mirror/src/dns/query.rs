//! Queries for the tests of this module.

use comity_core::zone::Rtype;
use domain::base::iana::{Class, Opcode, OptionCode};
use domain::base::name::Name as WireName;
use domain::base::opt::UnknownOptData;
use domain::base::{MessageBuilder, Serial, Ttl};
use domain::rdata::Soa;

use super::reply::{Client, Reply, Transport, reply};
use super::{Access, Networks, Notices, Published, transfer::Transfer};
use comity_core::served::ServedZone;

/// A request in the making.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) rtype: Rtype,
    pub(super) class: Class,
    pub(super) opcode: Opcode,
    /// Size, DO and version.
    pub(super) edns: Option<(u16, bool, u8)>,
    pub(super) keepalive: bool,
    pub(super) serial: Option<u32>,
}

impl Query {
    pub(super) fn new(name: &'static str, rtype: Rtype) -> Self {
        Self {
            name,
            rtype,
            class: Class::IN,
            opcode: Opcode::QUERY,
            edns: None,
            keepalive: false,
            serial: None,
        }
    }

    pub(super) fn edns(mut self, octets_max: u16, dnssec_ok: bool) -> Self {
        self.edns = Some((octets_max, dnssec_ok, 0));
        self
    }

    pub(super) fn octets(&self) -> Vec<u8> {
        let mut builder = MessageBuilder::new_vec();
        builder.header_mut().set_id(0x4321);
        builder.header_mut().set_opcode(self.opcode);
        builder.header_mut().set_rd(true);
        builder.header_mut().set_cd(true);
        let mut builder = builder.question();
        let name: WireName<Vec<u8>> = self.name.parse().unwrap();
        builder.push((&name, self.rtype, self.class)).unwrap();
        let mut builder = builder.authority();
        if let Some(serial) = self.serial {
            let zero = Ttl::ZERO;
            let root = WireName::root_vec();
            let soa = Soa::new(root.clone(), root, Serial(serial), zero, zero, zero, zero);
            builder.push((&name, 0, soa)).unwrap();
        }
        let mut builder = builder.additional();
        if let Some((octets_max, dnssec_ok, version)) = self.edns {
            builder
                .opt(|opt| {
                    opt.set_udp_payload_size(octets_max);
                    opt.set_dnssec_ok(dnssec_ok);
                    opt.set_version(version);
                    if self.keepalive {
                        let empty: &[u8] = &[];
                        opt.push(&UnknownOptData::new(OptionCode::TCP_KEEPALIVE, empty).unwrap())?;
                    }
                    Ok(())
                })
                .unwrap();
        }
        builder.finish()
    }

    pub(super) fn reply(&self, zone: Option<&ServedZone>, transport: Transport) -> Reply {
        reply_to(zone, transport, &self.octets())
    }

    /// The response, which is one message.
    pub(super) fn ask(&self, zone: &ServedZone, transport: Transport) -> Vec<u8> {
        match self.reply(Some(zone), transport) {
            Reply::Message(octets) => octets,
            other => panic!("{other:?}"),
        }
    }

    /// The transfer that is the response.
    pub(super) fn transfer(&self, zone: &ServedZone) -> Transfer {
        match self.reply(Some(zone), Transport::Tcp) {
            Reply::Transfer(transfer) => transfer,
            other => panic!("{other:?}"),
        }
    }
}

/// What is replied to these octets where only 127.0.0.0/8 may have the zone, and
/// notices of 127.0.0.2 are heeded.
pub(super) fn reply_to(zone: Option<&ServedZone>, transport: Transport, octets: &[u8]) -> Reply {
    reply_from("127.0.0.1", zone, transport, octets)
}

/// The same for this client.
pub(super) fn reply_from(
    client: &str,
    zone: Option<&ServedZone>,
    transport: Transport,
    octets: &[u8],
) -> Reply {
    let access = Access {
        transfer_allow: Networks(vec!["127.0.0.0/8".parse().unwrap()]),
        notices: Some(Notices {
            zone: "example.".parse().unwrap(),
            from: Networks(vec!["127.0.0.2".parse().unwrap()]),
        }),
    };
    let client = Client {
        address: client.parse().unwrap(),
        transport,
    };
    let published = zone.cloned().map(Published::from);
    reply(published.as_ref(), &access, client, octets)
}
