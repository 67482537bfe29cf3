//! Writing messages: header, question, record sets with name compression,
//! OPT record. A set is written whole or not at all.

use comity_core::zone::{Name, Rdata, Rtype};
use domain::base::header::Header;
use domain::base::iana::{Class, ExtendedErrorCode, OptRcode, OptionCode};
use domain::base::message_builder::HashCompressor;
use domain::base::name::Name as WireName;
use domain::base::wire::Composer;
use domain::dep::octseq::{OctetsBuilder, Truncate};

use super::rdata;
use super::request::{HEADER_OCTETS, Question};

/// A message's sections in the order of the header's counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// Answer.
    Answer = 1,
    /// Authority.
    Authority = 2,
    /// Additional.
    Additional = 3,
}

/// One record to be written, class IN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    /// The owner name.
    pub(super) owner: &'a Name,
    /// The record type.
    pub(super) rtype: Rtype,
    /// The TTL.
    pub(super) ttl: u32,
    /// The data.
    pub(super) data: &'a Rdata,
}

/// What our OPT record says (RFC 6891 §6.1).
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnEdns {
    /// The octets of the largest UDP message that we take.
    pub(super) udp_octets_max: u16,
    /// The client's DO bit, which is repeated (RFC 3225 §3).
    pub(super) dnssec_ok: bool,
    /// The response code, of which the header holds the low four bits.
    pub(super) rcode: OptRcode,
    /// Why (RFC 8914).
    pub(super) error: Option<ExtendedErrorCode>,
    /// Tenths of a second for which a connection may stay idle (RFC 7828).
    pub(super) keepalive: Option<u16>,
}

/// The rest does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// A message being written.
pub(super) struct Writer {
    target: HashCompressor<Vec<u8>>,
    counts: [u16; 4],
    octets_max: usize,
}

impl Writer {
    /// A message with this header, of at most so many octets.
    pub(super) fn new(header: Header, octets_max: usize) -> Self {
        let mut writer = Self {
            target: HashCompressor::new(Vec::with_capacity(512)),
            counts: [0; 4],
            octets_max,
        };
        writer.put(header.as_slice());
        writer.put(&[0; 8]);
        writer
    }

    /// Octets written so far.
    pub(super) fn octets(&self) -> usize {
        self.target.as_slice().len()
    }

    /// Whether there is a record yet.
    pub(super) fn has_records(&self) -> bool {
        self.counts != [self.counts[0], 0, 0, 0]
    }

    /// Takes this many octets off the limit, for what is written last.
    pub(super) fn reserve(&mut self, octets: usize) {
        self.octets_max = self.octets_max.saturating_sub(octets);
    }

    /// Says that the client should ask again over TCP (RFC 2181 §9).
    pub(super) fn set_truncated(&mut self) {
        Header::for_message_slice_mut(self.target.as_slice_mut()).set_tc(true);
    }

    /// Repeats a question.
    pub(super) fn put_question(&mut self, question: &Question) {
        self.put_name(&question.name_as_sent);
        self.put(&question.rtype.to_int().to_be_bytes());
        self.put(&question.class.to_int().to_be_bytes());
        self.counts[0] += 1;
    }

    /// Writes these records, all or none.
    pub(super) fn put_rows<'a>(
        &mut self,
        section: Section,
        rows: impl IntoIterator<Item = Row<'a>>,
    ) -> Result<(), Full> {
        let start = self.octets();
        let mut count: u16 = 0;
        for row in rows {
            let fits = self.put_row(&row) && self.octets() <= self.octets_max;
            let counted = count.checked_add(1);
            match (fits, counted) {
                (true, Some(counted)) => count = counted,
                _ => {
                    self.target.truncate(start);
                    return Err(Full);
                }
            }
        }
        match self.counts[section as usize].checked_add(count) {
            Some(sum) => {
                self.counts[section as usize] = sum;
                Ok(())
            }
            None => {
                self.target.truncate(start);
                Err(Full)
            }
        }
    }

    /// Writes the OPT record. Room for it must have been reserved.
    pub(super) fn put_edns(&mut self, edns: OwnEdns) {
        let flags: u16 = if edns.dnssec_ok { 0x8000 } else { 0 };
        let options = edns.options();
        self.put(&[0]);
        self.put(&Rtype::OPT.to_int().to_be_bytes());
        self.put(&edns.udp_octets_max.to_be_bytes());
        self.put(&[edns.rcode.ext(), 0]);
        self.put(&flags.to_be_bytes());
        self.put(&u16_of(options.len()).to_be_bytes());
        self.put(&options);
        self.counts[Section::Additional as usize] += 1;
    }

    /// The message.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut octets = self.target.into_target();
        for (at, count) in self.counts.iter().enumerate() {
            if let Some(field) = octets.get_mut(4 + 2 * at..6 + 2 * at) {
                field.copy_from_slice(&count.to_be_bytes());
            }
        }
        debug_assert!(octets.len() >= HEADER_OCTETS);
        octets
    }

    /// False where the data is longer than a record can say.
    fn put_row(&mut self, row: &Row<'_>) -> bool {
        self.put_name(row.owner.as_wire());
        self.put(&row.rtype.to_int().to_be_bytes());
        self.put(&Class::IN.to_int().to_be_bytes());
        self.put(&row.ttl.to_be_bytes());
        let length_at = self.octets();
        self.put(&[0, 0]);
        self.put_data(row.rtype, row.data.as_wire());
        let length = u16::try_from(self.octets() - length_at - 2);
        let field = self.target.as_slice_mut().get_mut(length_at..length_at + 2);
        match (length, field) {
            (Ok(length), Some(field)) => {
                field.copy_from_slice(&length.to_be_bytes());
                true
            }
            _ => false,
        }
    }

    /// Compresses only names of the types of RFC 1035 (RFC 3597 §4).
    fn put_data(&mut self, rtype: Rtype, data: &[u8]) {
        let (before, names) = rdata::compressible(rtype).unwrap_or((data.len(), 0));
        let (head, mut rest) = data.split_at_checked(before).unwrap_or((data, &[]));
        self.put(head);
        for _ in 0..names {
            let octets = rdata::leading_name_octets(rest).unwrap_or(rest.len());
            let (name, behind) = rest.split_at_checked(octets).unwrap_or((rest, &[]));
            self.put_name(name);
            rest = behind;
        }
        self.put(rest);
    }

    fn put_name(&mut self, wire: &[u8]) {
        let done = match WireName::from_slice(wire) {
            Ok(name) => self.target.append_compressed_name(name),
            Err(_) => self.target.append_slice(wire),
        };
        done.unwrap_or_else(|never| match never {});
    }

    fn put(&mut self, octets: &[u8]) {
        self.target
            .append_slice(octets)
            .unwrap_or_else(|never| match never {});
    }
}

impl OwnEdns {
    /// The octets of the whole OPT record.
    pub(super) fn octets(self) -> usize {
        11 + self.options().len()
    }

    fn options(self) -> Vec<u8> {
        let mut options = Vec::new();
        let mut option = |code: OptionCode, value: u16| {
            options.extend(code.to_int().to_be_bytes());
            options.extend([0, 2]);
            options.extend(value.to_be_bytes());
        };
        if let Some(error) = self.error {
            option(OptionCode::EXTENDED_ERROR, error.to_int());
        }
        if let Some(tenths) = self.keepalive {
            option(OptionCode::TCP_KEEPALIVE, tenths);
        }
        options
    }
}

fn u16_of(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
