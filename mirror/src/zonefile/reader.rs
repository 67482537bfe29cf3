//! Records and directives of a zone file, and the contents that they make.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use comity_core::limits;
use comity_core::zone::{
    Contents, Name, Rdata, Record, Rtype, ZoneRefusal, has_own_form, is_derived,
};
use domain::base::rdata::ComposeRecordData;
use domain::zonefile::inplace;

use super::error::{Fault, ZoneFileError};
use super::lexer::{Entry, Lexer};

/// A zone file's contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadZone {
    /// The contents.
    pub contents: Contents,
    /// How many records were dropped, by type, because every verifier
    /// derives them.
    pub dropped: BTreeMap<Rtype, usize>,
    /// The serial of the file's SOA record.
    pub serial: u32,
}

/// Reads the zone file at `path`. Names are relative to `origin` until the
/// file says otherwise; without it the zone is the one whose SOA record is
/// in the file.
///
/// # Errors
/// Where the file cannot be read, or is not a whole zone, with the line.
pub fn read(path: &Path, origin: Option<&Name>) -> Result<ReadZone, ZoneFileError> {
    read_from(open(path)?, origin)
}

/// Opens a file that is not larger than any zone file that is read.
pub(super) fn open(path: &Path) -> Result<File, ZoneFileError> {
    let unreadable = |error| ZoneFileError::anywhere(Fault::Unreadable(error));
    let file = File::open(path).map_err(unreadable)?;
    let octets = file.metadata().map_err(unreadable)?.len();
    if octets > limits::ZONE_FILE_OCTETS_MAX as u64 {
        return Err(ZoneFileError::anywhere(Fault::TooLarge));
    }
    Ok(file)
}

/// As [`read`], from anything that can be read.
///
/// # Errors
/// As [`read`].
pub fn read_from(input: impl Read, origin: Option<&Name>) -> Result<ReadZone, ZoneFileError> {
    let mut reader = Reader::new(origin);
    reader.read_until(input, |_| false)?;
    let (mut read, keys) = reader.finish()?;
    for (key, _) in keys {
        *read.dropped.entry(key.rtype).or_default() += 1;
    }
    Ok(read)
}

/// What has been read, and what the next entry may leave out.
#[derive(Default)]
pub(super) struct Reader {
    /// Which records are read that every verifier derives, and that are nonsense for
    /// all we know.
    pub(super) keeps: Keeps,
    origin: Option<Name>,
    zone: Option<Name>,
    owner: Option<Name>,
    /// The owner as it is written, while that means the same.
    written: Option<String>,
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
    records: Vec<Record>,
    lines: Vec<u64>,
    /// Records of keys wait until it is known where the apex is.
    dropped: BTreeMap<Rtype, usize>,
}

/// Which of the records that are dropped else are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Keeps {
    /// None.
    #[default]
    Nothing,
    /// Keys.
    Keys,
    /// All.
    All,
}

impl Keeps {
    fn takes(self, rtype: Rtype) -> bool {
        match self {
            Self::Nothing => false,
            Self::Keys => rtype == Rtype::DNSKEY,
            Self::All => true,
        }
    }

    /// A zone's own records; with all, its signatures and its chain as well.
    fn records_max(self) -> usize {
        match self {
            Self::Nothing | Self::Keys => limits::ZONE_RECORDS_MAX,
            Self::All => limits::ZONE_RECORDS_MAX.saturating_mul(3),
        }
    }
}

/// What stands between owner and data.
struct Head {
    ttl: Option<u32>,
    rtype: Rtype,
}

/// A record of a key at the apex, and its line.
pub(super) type KeyRecord = (Record, u64);

impl Reader {
    pub(super) fn new(origin: Option<&Name>) -> Self {
        Self {
            origin: origin.cloned(),
            zone: origin.cloned(),
            ..Self::default()
        }
    }

    /// Reads to the end of `input`, or to the first record that is wanted, which
    /// it returns.
    pub(super) fn read_until(
        &mut self,
        input: impl Read,
        is_wanted: impl Fn(&Record) -> bool,
    ) -> Result<Option<&Record>, ZoneFileError> {
        let mut lexer = Lexer::new(input);
        while let Some(entry) = lexer.next_entry()? {
            let line = entry.line;
            self.read_entry(entry)
                .map_err(|fault| ZoneFileError::at(line, fault))?;
            if self.records.last().is_some_and(&is_wanted) {
                return Ok(self.records.last());
            }
        }
        Ok(None)
    }

    fn read_entry(&mut self, entry: Entry) -> Result<(), Fault> {
        let Entry {
            line,
            indented,
            tokens,
        } = entry;
        let mut tokens = tokens.as_slice();
        if let Some((first, values)) = tokens.split_first()
            && !indented
        {
            if first.starts_with('$') {
                return self.read_directive(first, values);
            }
            // Most records have the owner of the one before, written alike.
            if self.written.as_ref() != Some(first) {
                self.owner = Some(self.absolute(first)?);
                self.written = Some(first.clone());
            }
            tokens = values;
        }
        let owner = self.owner.clone().ok_or(Fault::NoOwner)?;
        let Head { ttl, rtype } = read_head(&owner, &mut tokens)?;
        if ttl.is_some() {
            self.last_ttl = ttl;
        }
        if is_dropped(rtype) && !self.keeps.takes(rtype) {
            *self.dropped.entry(rtype).or_default() += 1;
            return Ok(());
        }
        if rtype == Rtype::SOA && self.zone.is_none() {
            self.zone = Some(owner.clone());
        }
        // RFC 2308 §4, RFC 1035 §5.1.
        let ttl = ttl.or(self.default_ttl).or(self.last_ttl);
        let ttl = ttl.ok_or_else(|| Fault::NoTtl {
            owner: owner.clone(),
            rtype,
        })?;
        let data = self.read_data(&owner, rtype, tokens)?;
        if self.records.len() >= self.keeps.records_max() {
            return Err(Fault::Zone(ZoneRefusal::TooManyRecords));
        }
        self.lines.push(line);
        self.records.push(Record {
            owner,
            rtype,
            ttl,
            data,
        });
        Ok(())
    }

    fn read_directive(&mut self, directive: &str, values: &[String]) -> Result<(), Fault> {
        let value = match values {
            [value] => Ok(value),
            _ => Err(Fault::DirectiveValue {
                directive: directive.into(),
            }),
        };
        match directive.to_ascii_uppercase().as_str() {
            "$ORIGIN" => {
                self.origin = Some(self.absolute(value?)?);
                self.written = None;
            }
            "$TTL" => {
                let ttl = read_ttl(value?)?;
                let missing = || Fault::DirectiveValue {
                    directive: directive.into(),
                };
                self.default_ttl = Some(ttl.ok_or_else(missing)?);
            }
            "$INCLUDE" => return Err(Fault::Include),
            _ => {
                return Err(Fault::UnknownDirective {
                    directive: directive.into(),
                });
            }
        }
        Ok(())
    }

    /// The name that a token means.
    fn absolute(&self, token: &str) -> Result<Name, Fault> {
        let no_origin = || Fault::NoOrigin { name: token.into() };
        if token == "@" {
            return self.origin.clone().ok_or_else(no_origin);
        }
        let no_name = || match is_too_long(token) {
            true => Fault::NameTooLong { name: token.into() },
            false => Fault::BadName { name: token.into() },
        };
        // A name is data of type NS, whose reading knows what is relative.
        let read = |origin| Rdata::from_text_below(Rtype::NS, token, origin);
        let data = match (read(None), &self.origin) {
            (Ok(data), _) => data,
            (Err(_), Some(origin)) => read(Some(origin)).map_err(|_| no_name())?,
            // No origin would make a name of it.
            (Err(_), None) if token.ends_with('.') || is_too_long(token) => return Err(no_name()),
            (Err(_), None) => return Err(no_origin()),
        };
        Name::from_wire(data.as_wire()).map_err(|_| Fault::BadName { name: token.into() })
    }

    fn read_data(&self, owner: &Name, rtype: Rtype, tokens: &[String]) -> Result<Rdata, Fault> {
        let text = match rtype {
            Rtype::SOA => in_seconds(tokens)?,
            _ => tokens.join(" "),
        };
        let is_generic = text.starts_with("\\#");
        let read = if is_generic || has_own_form(rtype) {
            Rdata::from_text_below(rtype, &text, self.origin.as_ref())
        } else {
            read_with_domain(rtype, &text, self.origin.as_ref())
                .map_or_else(|| Rdata::from_text(rtype, &text), Ok)
        };
        read.map_err(|error| Fault::BadData {
            owner: owner.clone(),
            rtype,
            expected: error.expected,
        })
    }

    /// Which zone it is, and its records as they stand.
    pub(super) fn finish_records(self) -> Result<(Name, Vec<Record>), ZoneFileError> {
        let no_zone = || ZoneFileError::anywhere(Fault::NoZone);
        let has_soa = self.records.iter().any(|it| it.rtype == Rtype::SOA);
        let zone = self.zone.filter(|_| has_soa).ok_or_else(no_zone)?;
        Ok((zone, self.records))
    }

    /// The contents, and the records of keys at the apex, which are not part of them.
    pub(super) fn finish(self) -> Result<(ReadZone, Vec<KeyRecord>), ZoneFileError> {
        let Some(zone) = self.zone else {
            return Err(ZoneFileError::anywhere(Fault::NoZone));
        };
        let mut dropped = self.dropped;
        let mut keys = Vec::new();
        let mut records = Vec::with_capacity(self.records.len());
        let mut lines = Vec::with_capacity(self.lines.len());
        for (record, line) in self.records.into_iter().zip(self.lines) {
            if record.owner == zone && is_key(record.rtype) {
                keys.push((record, line));
            } else if is_dropped(record.rtype) {
                *dropped.entry(record.rtype).or_default() += 1;
            } else {
                records.push(record);
                lines.push(line);
            }
        }
        let contents = build(&zone, records, &lines)?;
        let read = ReadZone {
            serial: contents.serial(),
            contents,
            dropped,
        };
        Ok((read, keys))
    }
}

/// The contents, or what is wrong with them and on which line.
fn build(zone: &Name, records: Vec<Record>, lines: &[u64]) -> Result<Contents, ZoneFileError> {
    let places: Vec<(Name, Rtype)> = records
        .iter()
        .map(|record| (record.owner.clone(), record.rtype))
        .collect();
    let count = records.len();
    let taken = Cell::new(0);
    let counted = records.into_iter().inspect(|_| taken.set(taken.get() + 1));
    Contents::build(zone, counted).map_err(|refusal| {
        // Either one record was not accepted, or all were and do not fit.
        let at = if taken.get() < count {
            taken.get().checked_sub(1)
        } else {
            refusal.subject().and_then(|(owner, rtype)| {
                places.iter().rposition(|(place_owner, place_type)| {
                    place_owner == owner && rtype.is_none_or(|rtype| rtype == *place_type)
                })
            })
        };
        ZoneFileError {
            line: at.and_then(|at| lines.get(at).copied()),
            fault: Fault::Zone(refusal),
        }
    })
}

/// Whether records of this type are dropped wherever they are.
fn is_dropped(rtype: Rtype) -> bool {
    is_derived(rtype) && !matches!(rtype, Rtype::CDS | Rtype::CDNSKEY)
}

/// Whether records of this type are, or announce, keys of the zone at its apex.
fn is_key(rtype: Rtype) -> bool {
    matches!(rtype, Rtype::DNSKEY | Rtype::CDS | Rtype::CDNSKEY)
}

/// Reads TTL, class and type, the first two in any order and either missing
/// (RFC 1035 §5.1), and leaves the data.
fn read_head(owner: &Name, tokens: &mut &[String]) -> Result<Head, Fault> {
    let mut ttl = None;
    let mut class = None;
    loop {
        let Some((token, rest)) = tokens.split_first() else {
            return Err(Fault::NoType {
                owner: owner.clone(),
            });
        };
        *tokens = rest;
        if let Ok(rtype) = token.parse::<Rtype>() {
            return Ok(Head { ttl, rtype });
        }
        match token.to_ascii_uppercase().as_str() {
            "IN" | "CLASS1" if class.is_none() => class = Some(()),
            "CH" | "CS" | "HS" => return Err(other_class(owner, token)),
            upper if upper.starts_with("CLASS") => return Err(other_class(owner, token)),
            _ => match read_ttl(token)? {
                Some(seconds) if ttl.is_none() => ttl = Some(seconds),
                _ => {
                    return Err(Fault::UnknownType {
                        owner: owner.clone(),
                        token: token.clone(),
                    });
                }
            },
        }
    }
}

fn other_class(owner: &Name, token: &str) -> Fault {
    Fault::OtherClass {
        owner: owner.clone(),
        class: token.into(),
    }
}

/// A TTL in seconds, or with the units that BIND has: `1w2d3h4m5s`. None if
/// it is not one.
fn read_ttl(token: &str) -> Result<Option<u32>, Fault> {
    let mut total = 0_u64;
    let mut number: Option<u64> = None;
    for character in token.chars() {
        if let Some(digit) = character.to_digit(10) {
            let before = number.unwrap_or(0);
            number = Some(before.saturating_mul(10).saturating_add(digit.into()));
            continue;
        }
        let unit_s = match character.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            'w' => 7 * 24 * 60 * 60,
            _ => return Ok(None),
        };
        let Some(count) = number.take() else {
            return Ok(None);
        };
        total = total.saturating_add(count.saturating_mul(unit_s));
    }
    let total = total.saturating_add(number.unwrap_or(0));
    match i32::try_from(total) {
        Ok(seconds) if !token.is_empty() => Ok(Some(seconds.unsigned_abs())),
        Ok(_) => Ok(None),
        Err(_) => Err(Fault::TtlTooLarge { ttl: token.into() }),
    }
}

/// SOA data with its times in seconds; BIND's units may be there as well.
fn in_seconds(tokens: &[String]) -> Result<String, Fault> {
    let mut text: Vec<String> = tokens.to_vec();
    for token in text.iter_mut().skip(3) {
        if let Some(seconds) = read_ttl(token)? {
            *token = seconds.to_string();
        }
    }
    Ok(text.join(" "))
}

/// Whether a name is refused for its length: a label of more than 63 octets,
/// or more than 255 with their lengths.
fn is_too_long(token: &str) -> bool {
    let label_max = token.split('.').map(str::len).max().unwrap_or(0);
    label_max > 63 || token.len() > 253
}

/// Data in the form of a type that has none of its own in acts, such as SVCB,
/// as `domain` reads it from zone files.
fn read_with_domain(rtype: Rtype, text: &str, origin: Option<&Name>) -> Option<Rdata> {
    let mut file = inplace::Zonefile::from(format!(". 0 IN {rtype} {text}\n").as_str());
    if let Some(origin) = origin {
        file.set_origin(domain::base::Name::from_octets(origin.as_wire().to_vec().into()).ok()?);
    }
    match file.next_entry() {
        Ok(Some(inplace::Entry::Record(record))) => {
            let mut wire = Vec::new();
            let Ok(()) = record.data().compose_rdata(&mut wire);
            Rdata::from_wire(rtype, &wire).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
