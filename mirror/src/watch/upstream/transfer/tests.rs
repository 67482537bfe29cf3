//! What a primary may say, octet by octet, and what becomes of it.

use std::io::Cursor;

use domain::base::record::Record as WireRecord;
use domain::rdata::A;

use super::*;
use crate::samples::name;

const NOW: Time = Time(1_800_000_000);

/// A primary that says this, whatever it is asked.
struct Talker(Cursor<Vec<u8>>);

impl Read for Talker {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Talker {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn primary() -> Primary {
    Primary {
        address: "127.0.0.1:53".parse().unwrap(),
        key: None,
        tls: None,
        patience: Duration::from_secs(1),
    }
}

type WireName = domain::base::Name<Vec<u8>>;

fn wire_name(text: &str) -> WireName {
    text.parse().unwrap()
}

fn soa(serial: u32) -> Soa<WireName> {
    let (admin, ttl) = (wire_name("admin.example."), Ttl::from_secs(1));
    Soa::new(
        wire_name("ns.example."),
        admin,
        serial.into(),
        ttl,
        ttl,
        ttl,
        ttl,
    )
}

/// An answer to the question with the identifier 7, behind its length.
fn answer(
    rtype: Rtype,
    change: impl FnOnce(&mut domain::base::header::Header),
    serials: &[u32],
) -> Vec<u8> {
    let mut builder = MessageBuilder::new_vec();
    let header = builder.header_mut();
    header.set_id(7);
    header.set_qr(true);
    header.set_aa(true);
    change(header);
    let mut builder = builder.question();
    builder
        .push((wire_name("example."), rtype, Class::IN))
        .unwrap();
    let mut builder = builder.answer();
    for (number, serial) in serials.iter().enumerate() {
        // Between the first SOA record and the last there is an address.
        if number == 1 {
            let data = A::from_octets(192, 0, 2, 1);
            let owner = wire_name("ns.example.");
            builder
                .push(WireRecord::new(owner, Class::IN, Ttl::from_secs(1), data))
                .unwrap();
        }
        builder
            .push((wire_name("example."), 1, soa(*serial)))
            .unwrap();
    }
    let mut builder = builder.additional();
    let opt = builder.opt(|opt| {
        opt.push_raw_option(OptionCode::EXPIRE, 4, |target| {
            domain::dep::octseq::OctetsBuilder::append_slice(target, &3600_u32.to_be_bytes())
        })
    });
    opt.unwrap();
    framed(&builder.finish())
}

fn framed(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).unwrap();
    [&length.to_be_bytes(), octets].concat()
}

fn announced(said: Vec<u8>) -> Result<Announced, &'static str> {
    let (primary, zone) = (primary(), name("example."));
    let talker = Box::new(Talker(Cursor::new(said)));
    let mut connection = Connection::over(&primary, &zone, talker, 7);
    connection.announced(NOW).map_err(|error| error.code())
}

#[test]
fn a_primary_says_its_serial_and_for_how_long_that_is_good() {
    let said = answer(Rtype::SOA, |_| (), &[9]);
    let expected = Announced {
        serial: 9,
        expire_s: Some(3600),
    };
    assert_eq!(announced(said), Ok(expected));
}

#[test]
fn what_is_no_answer_is_told_apart() {
    type Damage = fn(&mut domain::base::header::Header);
    let table: [(Damage, &[u32], &str); 6] = [
        (|header| header.set_id(8), &[9], "malformed"),
        (|header| header.set_qr(false), &[9], "malformed"),
        (|header| header.set_aa(false), &[9], "refuses"),
        (|header| header.set_rcode(Rcode::REFUSED), &[], "refuses"),
        (|header| header.set_rcode(Rcode::NOTAUTH), &[], "refuses"),
        (|_| (), &[], "refuses"),
    ];
    for (change, serials, expected) in table {
        let said = answer(Rtype::SOA, change, serials);
        assert_eq!(announced(said), Err(expected), "{serials:?}");
    }
    assert_eq!(
        announced(answer(Rtype::AXFR, |_| (), &[9])),
        Err("malformed")
    );
    assert_eq!(announced(framed(b"nonsense")), Err("malformed"));
    assert_eq!(announced(vec![0]), Err("silent"));
}

fn transferred(said: Vec<u8>) -> Result<usize, &'static str> {
    let (primary, zone) = (primary(), name("example."));
    let talker = Box::new(Talker(Cursor::new(said)));
    let mut connection = Connection::over(&primary, &zone, talker, 7);
    let records = connection.transfer(None, NOW);
    records
        .map(|records| records.len())
        .map_err(|error| error.code())
}

#[test]
fn a_transfer_begins_and_ends_with_the_same_soa_record() {
    let whole = answer(Rtype::AXFR, |_| (), &[9, 9]);
    assert_eq!(transferred(whole.clone()), Ok(2));
    // In two messages (RFC 5936 §2.2), of which the second may be missing.
    let half = answer(Rtype::AXFR, |_| (), &[9]);
    assert_eq!(transferred(half.clone()), Err("silent"));
    assert_eq!(
        transferred(answer(Rtype::AXFR, |_| (), &[9, 8])),
        Err("silent")
    );
    assert_eq!(
        transferred(whole[..whole.len() - 3].to_vec()),
        Err("silent")
    );
    assert_eq!(
        transferred(answer(Rtype::AXFR, |_| (), &[])),
        Err("malformed")
    );
}
