//! Zone files that NSD, Knot, BIND and others read: one record a line,
//! absolute names, SOA first.

use std::io::{self, Write};

use comity_core::served::ServedZone;
use comity_core::zone::{Record, Rtype, has_own_form};

/// Writes a signed zone as a zone file.
///
/// # Errors
/// Where the writing fails.
pub fn write(zone: &ServedZone, output: &mut impl Write) -> io::Result<()> {
    let is_soa = |record: &Record| record.rtype == Rtype::SOA;
    for record in zone.records().filter(is_soa) {
        write_record(&record, output)?;
    }
    for record in zone.records().filter(|record| !is_soa(record)) {
        write_record(&record, output)?;
    }
    Ok(())
}

fn write_record(record: &Record, output: &mut impl Write) -> io::Result<()> {
    let Record {
        owner,
        rtype,
        ttl,
        data,
    } = record;
    write!(output, "{owner}\t{ttl}\tIN\t")?;
    // A reader that is older than a type knows it by its number.
    if has_own_form(*rtype) {
        write!(output, "{rtype}")?;
    } else {
        write!(output, "TYPE{}", rtype.to_int())?;
    }
    writeln!(output, "\t{}", data.to_text(*rtype))
}
