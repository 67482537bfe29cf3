//! One question to one resolver, by UDP and where that is too small by TCP.
//! It is asked for signatures (DO, RFC 3225) and not to judge them itself (CD,
//! RFC 4035 §3.2.2): what it holds for bogus is ours to see.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use comity_core::dnssec::Found;
use comity_core::limits;
use comity_core::zone::{Name, Rdata, Rtype, SetKey};
use domain::base::iana::{Class, Rcode};
use domain::base::rdata::ComposeRecordData as _;
use domain::base::{Message, MessageBuilder, ParsedRecord};
use domain::net::client::dgram_stream::{Config, Connection};
use domain::net::client::protocol::{TcpConnect, UdpConnect};
use domain::net::client::request::{ComposeRequest as _, RequestMessage, SendRequest as _};
use domain::rdata::ZoneRecordData;
use tokio::time::timeout;

use super::Fault;

/// How often a datagram is sent again.
const DATAGRAM_RETRIES: u8 = 2;
/// As many as the whole patience has room for: each datagram, and TCP for two.
const WAITS: u32 = 5;

type Asked = RequestMessage<Vec<u8>>;

/// A resolver that is asked; must be made and used in a tokio runtime.
pub(super) struct Resolver {
    connection: Connection<UdpConnect, Asked>,
    patience: Duration,
}

impl Resolver {
    pub(super) fn new(address: SocketAddr, patience: Duration) -> Self {
        let wait = patience / WAITS;
        let mut config = Config::new();
        config.dgram_mut().set_read_timeout(wait);
        config.dgram_mut().set_max_retries(DATAGRAM_RETRIES);
        config.stream_mut().set_response_timeout(wait * 2);
        let (connection, transport) =
            Connection::with_config(UdpConnect::new(address), TcpConnect::new(address), config);
        // It ends with the connection.
        tokio::spawn(transport.run());
        Self {
            connection,
            patience,
        }
    }

    /// The set with its signatures; none where the resolver says that there
    /// is none, which is its word alone.
    pub(super) async fn ask(&self, set: &SetKey) -> Result<Option<Found>, Fault> {
        let silent = |cause: String| Fault::Silent {
            set: set.clone(),
            cause,
        };
        let request = request(set).map_err(|error| silent(error.to_string()))?;
        let mut answer = self.connection.send_request(request);
        match timeout(self.patience, answer.get_response()).await {
            Ok(Ok(message)) => read_answer(set, message.as_slice()),
            Ok(Err(error)) => Err(silent(error.to_string())),
            Err(_) => Err(silent("too late".to_owned())),
        }
    }
}

fn request(set: &SetKey) -> Result<Asked, domain::net::client::request::Error> {
    use domain::net::client::request::Error;
    let mut question = MessageBuilder::new_vec().question();
    question.header_mut().set_rd(true);
    question.header_mut().set_cd(true);
    question
        .push((&set.owner.as_domain(), set.rtype))
        .map_err(|_| Error::MessageBuilderPushError)?;
    let mut request = RequestMessage::new(question.into_message())?;
    request.set_udp_payload_size(limits::UDP_OCTETS_MAX);
    request.set_dnssec_ok(true);
    Ok(request)
}

/// What an answer's octets say about the set that was asked for; none where
/// they say that there is none. What stands in it about other names is left
/// alone.
///
/// # Errors
/// Where the octets are not an answer, or say something else.
pub fn read_answer(set: &SetKey, octets: &[u8]) -> Result<Option<Found>, Fault> {
    let unreadable = || Fault::Unreadable { set: set.clone() };
    let message = Message::from_octets(octets).map_err(|_| unreadable())?;
    let rcode = message.header().rcode();
    if rcode != Rcode::NOERROR && rcode != Rcode::NXDOMAIN {
        return Err(Fault::Failed {
            set: set.clone(),
            rcode: rcode.to_string(),
        });
    }
    let mut found = Found {
        key: set.clone(),
        data: BTreeSet::new(),
        rrsigs: BTreeSet::new(),
    };
    let mut is_alias = false;
    for record in message.answer().map_err(|_| unreadable())? {
        let record = record.map_err(|_| unreadable())?;
        if record.class() != Class::IN || Name::from_name(&record.owner()) != set.owner {
            continue;
        }
        match record.rtype() {
            rtype if rtype == set.rtype => {
                found.data.insert(data(record).ok_or_else(unreadable)?);
            }
            Rtype::RRSIG => {
                let rrsig = data(record).ok_or_else(unreadable)?;
                if rrsig
                    .as_wire()
                    .starts_with(&set.rtype.to_int().to_be_bytes())
                {
                    found.rrsigs.insert(rrsig);
                }
            }
            Rtype::CNAME => is_alias = true,
            _ => {}
        }
    }
    match found.data.is_empty() {
        false => Ok(Some(found)),
        true if is_alias => Err(Fault::Alias {
            name: set.owner.clone(),
        }),
        true => Ok(None),
    }
}

/// A record's data in canonical form.
fn data(record: ParsedRecord<'_, &[u8]>) -> Option<Rdata> {
    let rtype = record.rtype();
    let record = record.into_record::<ZoneRecordData<_, _>>().ok()??;
    let mut wire = Vec::new();
    let Ok(()) = record.data().compose_rdata(&mut wire);
    Rdata::from_wire(rtype, &wire).ok()
}

#[cfg(test)]
mod tests {
    use domain::base::name::Name as WireName;
    use domain::rdata::{A, Cname, Txt};

    use super::*;

    fn set() -> SetKey {
        SetKey::new(&"_comity.be.".parse().unwrap(), Rtype::TXT)
    }

    /// An answer with this code and these records: owner, and text or alias.
    fn answer(rcode: Rcode, records: &[(&str, Option<&str>)]) -> Vec<u8> {
        let mut builder = MessageBuilder::new_vec().question();
        builder.header_mut().set_rcode(rcode);
        builder
            .push((&set().owner.as_domain(), Rtype::TXT))
            .unwrap();
        let mut builder = builder.answer();
        for (owner, text) in records {
            let owner: WireName<Vec<u8>> = owner.parse().unwrap();
            match text {
                Some(text) => {
                    let data = Txt::<Vec<u8>>::build_from_slice(text.as_bytes()).unwrap();
                    builder.push((&owner, 60, data)).unwrap();
                }
                None => builder.push((&owner, 60, Cname::new(&owner))).unwrap(),
            }
            builder
                .push((&owner, 60, A::from_octets(192, 0, 2, 1)))
                .unwrap();
        }
        builder.finish()
    }

    #[test]
    fn an_answer_is_about_its_question() {
        let texts = |octets: &[u8]| {
            let found = read_answer(&set(), octets).unwrap();
            found.map(|found| found.data.len())
        };
        let ours = "_Comity.BE.";
        let good = answer(Rcode::NOERROR, &[(ours, Some("a")), (ours, Some("b"))]);
        assert_eq!(texts(&good), Some(2));
        let other = answer(Rcode::NOERROR, &[("be.", Some("a")), ("be.", None)]);
        assert_eq!(texts(&other), None);
        assert_eq!(texts(&answer(Rcode::NXDOMAIN, &[])), None);
        let alias = answer(Rcode::NOERROR, &[(ours, None)]);
        assert_eq!(
            read_answer(&set(), &alias),
            Err(Fault::Alias { name: set().owner })
        );
    }

    #[test]
    fn what_is_no_answer_is_said() {
        for rcode in [Rcode::SERVFAIL, Rcode::REFUSED, Rcode::NOTIMP] {
            let refused = answer(rcode, &[("_comity.be.", Some("a"))]);
            let rcode = rcode.to_string();
            assert_eq!(
                read_answer(&set(), &refused),
                Err(Fault::Failed { set: set(), rcode })
            );
        }
        let good = answer(Rcode::NOERROR, &[("_comity.be.", Some("a"))]);
        for octets in 0..good.len() {
            let cut = read_answer(&set(), &good[..octets]);
            assert_eq!(cut, Err(Fault::Unreadable { set: set() }), "{octets}");
        }
    }
}
