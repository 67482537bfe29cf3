//! What the checks before a delegation read: answers of name servers, a table
//! of networks, the file that names resolvers, findings. What was read of an
//! answer is judged as well, as the answer of a name server of that zone.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use comity_core::basic::Time;
use comity_core::check::observation::{Observation, Question, Transport};
use comity_core::check::{AsnTable, Evidence, Finding, Observations, Subject, judge};
use comity_core::limits;
use comity_core::zone::{Name, Rdata, Rtype};
use comity_fuzz::parts::Parts;
use comity_mirror::delegation::message::{self, Reading};
use comity_mirror::delegation::system;
use comity_mirror::signature::ByRing;
use libfuzzer_sys::fuzz_target;

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(193, 0, 14, 129));

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let kind = parts.octet() % 4;
    let types = [Rtype::SOA, Rtype::NS, Rtype::DNSKEY, Rtype::A, Rtype::AAAA];
    let rtype = types[usize::from(parts.octet()) % types.len()];
    let octets = parts.rest();
    let text = String::from_utf8_lossy(octets);
    match kind {
        0 => answer(octets, rtype),
        1 => {
            if let Ok(table) = AsnTable::read(&text) {
                let _origins = table.origins(ADDRESS);
            }
        }
        2 => assert!(system::read(&text).len() <= 3),
        _ => {
            if let Ok(finding) = serde_json::from_str::<Finding>(&text) {
                let again = serde_json::to_string(&finding).unwrap();
                assert_eq!(serde_json::from_str::<Finding>(&again).unwrap(), finding);
            }
        }
    }
});

fn answer(octets: &[u8], rtype: Rtype) {
    let zone: Name = "isle.".parse().unwrap();
    let question = Question::new(&zone, rtype);
    let sent = message::question(&question, true, 7).unwrap();
    let Reading::Answer(received) = message::read(octets, &sent) else {
        return;
    };
    let records = [
        &received.answer.records,
        &received.authority,
        &received.additional,
    ];
    let count: usize = records.iter().map(|it| it.len()).sum();
    assert!(count <= limits::CHECK_ANSWER_RECORDS_MAX);
    let ds = "1 15 2 0000000000000000000000000000000000000000000000000000000000000000";
    let subject = Subject {
        parent: Name::root(),
        ns: [zone.clone()].into(),
        glue: [(zone.clone(), [ADDRESS].into())].into(),
        ds: [Rdata::from_text(Rtype::DS, ds).unwrap()].into(),
        name: zone.clone(),
    };
    let observed = Observations {
        answers: vec![Observation {
            time: Time(1_800_000_000),
            server: zone,
            address: ADDRESS,
            transport: Transport::Udp,
            edns: true,
            question,
            outcome: Ok(received.answer),
        }],
        ..Observations::default()
    };
    let report = judge(&Evidence {
        subject: &subject,
        observed: &observed,
        asn: None,
        signatures: &ByRing,
    });
    assert_eq!(report.checks.len(), 15);
}
