//! Roll calls as CSV (RFC 4180), in the columns of the data sets of votes in
//! the General Assembly (E. Voeten, «United Nations General Assembly Voting
//! Data»), so that tools made for those read these.

use alloc::format;
use alloc::string::{String, ToString};

use super::Entry;
use crate::act::Vote;
use crate::basic::Time;

/// The columns, in their order.
pub const COLUMNS: [&str; 9] = [
    "rcid", "session", "date", "unres", "amend", "para", "descr", "country", "vote",
];

/// One roll call.
#[derive(Clone, Copy, Debug)]
pub struct RollCall<'a> {
    /// Its number, unique in the file.
    pub rcid: u64,
    /// The session; of a zone, the year of its life.
    pub session: u32,
    /// When it ended; the file has the day, in UTC.
    pub date: Time,
    /// What was voted on, by its number or digest.
    pub unres: &'a str,
    /// Whether that was an amendment.
    pub amend: bool,
    /// Whether it was a part of a text.
    pub para: bool,
    /// What was voted on, in words.
    pub descr: &'a str,
    /// Who has which place, and what came from it.
    pub entries: &'a [(&'a str, Entry)],
}

/// The code of a data set for what came from a place.
pub fn code(entry: Entry) -> u8 {
    match entry {
        Entry::Cast(Vote::For) => 1,
        Entry::Cast(Vote::Abstain) => 2,
        Entry::Cast(Vote::Against) => 3,
        Entry::Absent => 8,
        Entry::NotMember => 9,
    }
}

/// The file: a header, then a line for each place of each roll call. Fields
/// are as they are; a spreadsheet may take one that begins with `=` for a
/// formula.
pub fn csv(calls: &[RollCall<'_>]) -> String {
    let mut file = String::new();
    push_line(&mut file, COLUMNS);
    for call in calls {
        let [rcid, session] = [call.rcid.to_string(), call.session.to_string()];
        let date = day(call.date);
        let [amend, para] = [call.amend, call.para].map(|is| if is { "1" } else { "0" });
        for (country, entry) in call.entries {
            let vote = code(*entry).to_string();
            let fields = [
                rcid.as_str(),
                session.as_str(),
                date.as_str(),
                call.unres,
                amend,
                para,
                call.descr,
                country,
                vote.as_str(),
            ];
            push_line(&mut file, fields);
        }
    }
    file
}

/// RFC 4180 §2: a line ends with CRLF (1), fields are separated by commas (4),
/// those with line breaks, quotes or commas are in quotes (6), where a quote is
/// doubled (7).
fn push_line(file: &mut String, fields: [&str; COLUMNS.len()]) {
    for (place, field) in fields.into_iter().enumerate() {
        if place > 0 {
            file.push(',');
        }
        if field.contains(['"', ',', '\r', '\n']) {
            file.push('"');
            file.push_str(&field.replace('"', "\"\""));
            file.push('"');
        } else {
            file.push_str(field);
        }
    }
    file.push_str("\r\n");
}

/// The day in UTC, as `2012-12-13`.
fn day(time: Time) -> String {
    let timestamp = i64::try_from(time.0)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    match timestamp {
        Some(timestamp) => jiff::tz::Offset::UTC
            .to_datetime(timestamp)
            .date()
            .to_string(),
        None => format!("{time}"),
    }
}
