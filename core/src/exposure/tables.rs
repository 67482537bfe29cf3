//! Tables that people give: countries with their places and names, and the
//! operators of servers. Both are lines of comma-separated values (RFC 4180),
//! none of which goes over several lines.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::Country;
use crate::limits;
use crate::zone::Name;

/// What is wrong with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableRefusal {
    /// This line, counted from 1, is not as it should be.
    Line(usize),
    /// There are more lines than the limit.
    TooMany,
    /// The first line does not name this column.
    NoColumn(&'static str),
}

impl fmt::Display for TableRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line} is not as docs/exposure.md has it"),
            Self::TooMany => write!(f, "more than {} lines", limits::TABLE_LINES_MAX),
            Self::NoColumn(column) => write!(f, "the first line names no column {column}"),
        }
    }
}

impl core::error::Error for TableRefusal {}

/// A country as a table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountryPlace {
    /// Its name.
    pub name: String,
    /// Whether it is a member of the United Nations.
    pub is_member: bool,
    /// Hundredths of a degree to the north.
    pub latitude: i32,
    /// Hundredths of a degree to the east.
    pub longitude: i32,
}

/// Countries: where they are, and which names are theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountryTable {
    places: BTreeMap<Country, CountryPlace>,
    names: BTreeMap<Name, Country>,
}

impl CountryTable {
    /// Reads a table whose first line names the columns `id`, `name`,
    /// `un_member`, `tlds`, `latitude` and `longitude`, in any order and among
    /// others. Names of countries in `tlds` have spaces between them; of a name
    /// that several have the line of its own letters counts, else the first.
    ///
    /// # Errors
    /// At the first line that is not so.
    pub fn read(text: &str) -> Result<Self, TableRefusal> {
        let mut lines = lines(text)?.into_iter();
        let (_, heading) = lines.next().unwrap_or_default();
        let wanted = ["id", "name", "un_member", "tlds", "latitude", "longitude"];
        let mut columns = [0; 6];
        for (column, wanted) in columns.iter_mut().zip(wanted) {
            let found = heading.iter().position(|field| field == wanted);
            *column = found.ok_or(TableRefusal::NoColumn(wanted))?;
        }
        let mut table = Self::default();
        for (number, fields) in lines {
            let row = columns.map(|column| fields.get(column).map_or("", String::as_str));
            table.add(row).ok_or(TableRefusal::Line(number))?;
        }
        Ok(table)
    }

    fn add(&mut self, row: [&str; 6]) -> Option<()> {
        let [id, name, member, tlds, latitude, longitude] = row;
        let country: Country = id.parse().ok()?;
        let place = CountryPlace {
            name: printable(name),
            is_member: member == "yes",
            latitude: hundredths(latitude).filter(|it| it.abs() <= 9_000)?,
            longitude: hundredths(longitude).filter(|it| it.abs() <= 18_000)?,
        };
        for tld in tlds.split(' ').filter(|tld| !tld.is_empty()) {
            let name = Name::from_str(tld).ok()?;
            if Country::of_label(&name) == Some(country) {
                self.names.insert(name, country);
            } else {
                self.names.entry(name).or_insert(country);
            }
        }
        self.places.insert(country, place);
        Some(())
    }

    /// The country whose name this is.
    pub fn of(&self, name: &Name) -> Option<Country> {
        self.names.get(name).copied()
    }

    /// What is known of a country.
    pub fn place(&self, country: Country) -> Option<&CountryPlace> {
        self.places.get(&country)
    }

    /// Whether there is no country in it.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Who runs servers, by their names and names above them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorTable(BTreeMap<Name, String>);

impl OperatorTable {
    /// Reads lines of a name and an operator. Lines that begin with `#` say
    /// nothing.
    ///
    /// # Errors
    /// At the first line that is not so.
    pub fn read(text: &str) -> Result<Self, TableRefusal> {
        let mut table = Self::default();
        for (number, fields) in lines(text)? {
            let wrong = TableRefusal::Line(number);
            let [name, operator] = fields.as_slice() else {
                return Err(wrong);
            };
            let (name, operator) = (name.parse().map_err(|_| wrong)?, printable(operator));
            if operator.is_empty() {
                return Err(wrong);
            }
            table.0.insert(name, operator);
        }
        Ok(table)
    }

    /// Who runs this server: the line for the nearest name at or above it counts.
    pub fn of(&self, server: &Name) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        let mut above = server.and_ancestors();
        above.find_map(|name| self.0.get(&name).map(String::as_str))
    }
}

/// A text from elsewhere as it can be shown: in one line, without characters
/// that control a terminal, and no longer than the limit.
pub fn printable(text: &str) -> String {
    let mut kept = String::new();
    for character in text.trim().chars() {
        if kept.len() + character.len_utf8() > limits::LABEL_OCTETS_MAX {
            break;
        }
        let is_shown = !character.is_control() && !is_of_direction(character);
        kept.push(if is_shown { character } else { ' ' });
    }
    kept.trim().to_owned()
}

/// Whether a character changes the direction in which others are shown.
fn is_of_direction(character: char) -> bool {
    matches!(
        character,
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// The fields of each line that says something, with its number.
fn lines(text: &str) -> Result<Vec<(usize, Vec<String>)>, TableRefusal> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if number > limits::TABLE_LINES_MAX {
            return Err(TableRefusal::TooMany);
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        lines.push((number, fields(line).ok_or(TableRefusal::Line(number))?));
    }
    Ok(lines)
}

/// The fields of a line; none where quotes are not as RFC 4180 §2 has them.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let field;
        (field, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let (field, rest) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                if field.contains('"') {
                    return None;
                }
                (field.to_owned(), rest)
            }
        };
        fields.push(field);
        match rest.strip_prefix(',') {
            Some(further) => rest = further,
            None if rest.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// A field after its first quote, and what follows its last.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(further) => {
                field.push('"');
                rest = further;
            }
            None => return Some((field, after)),
        }
    }
}

/// Degrees as hundredths; what is finer is left out.
fn hundredths(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || whole.len() > 3 {
        return None;
    }
    let whole: i32 = whole.parse().ok()?;
    let mut part = part.bytes().map(|digit| i32::from(digit - b'0'));
    let (tenths, rest) = (part.next().unwrap_or(0), part.next().unwrap_or(0));
    Some(sign * (whole * 100 + tenths * 10 + rest))
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use super::*;

    const HEADING: &str = "id,name,un_member,tlds,latitude,longitude\n";

    fn country(text: &str) -> Country {
        text.parse().unwrap()
    }

    #[test]
    fn countries_are_read_with_their_names_and_places() {
        let text = format!(
            "{HEADING}sh,\"Saint Helena, Ascension and \"\"Tristan\"\"\",no,sh. ac.,-15.95,-5.7\n\
             ru,Russia,yes,ru. xn--p1ai.,60,100.999\n\
             aq,Antarctica,no,aq.,-90,0\n\
             hm,Heard,no,hm. aq.,-53,72\n\
             um,Islands,no,us. ac.,19,166\n\
             us,United States,yes,us.,38,-97\n"
        );
        let table = CountryTable::read(&text).unwrap();
        let place = table.place(country("sh")).unwrap();
        assert_eq!(place.name, "Saint Helena, Ascension and \"Tristan\"");
        assert_eq!((place.latitude, place.longitude), (-1595, -570));
        assert!(!place.is_member);
        let place = table.place(country("RU")).unwrap();
        assert_eq!((place.latitude, place.longitude), (6000, 10099));
        assert!(place.is_member);
        for (name, of) in [
            ("ac.", Some("SH")),
            ("xn--p1ai.", Some("RU")),
            ("aq.", Some("AQ")),
            ("us.", Some("US")),
            ("de.", None),
        ] {
            let found = table.of(&name.parse().unwrap());
            assert_eq!(found, of.map(country), "{name}");
        }
    }

    #[test]
    fn columns_are_found_by_their_names() {
        let text = "latitude,region,longitude,tlds,name,id,un_member\n1,x,2,de.,Germany,de,yes\n";
        let table = CountryTable::read(text).unwrap();
        assert_eq!(table.place(country("DE")).unwrap().longitude, 200);
        let missing = "id,name,un_member,tlds,latitude\n";
        let refusal = CountryTable::read(missing).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the first line names no column longitude"
        );
    }

    #[test]
    fn lines_that_are_none_are_named() {
        for line in [
            "d,X,yes,de.,1,2",
            "de,X,yes,de.,1",
            "de,X,yes,de.,91,2",
            "de,X,yes,de.,1,-180.01",
            "de,X,yes,de.,1e1,2",
            "de,X,yes,de.,--1,2",
            "de,X,yes,de.,,2",
            "de,X,yes,a..b,1,2",
            "de,\"X,yes,de.,1,2",
            "de,\"X\"y,yes,de.,1,2",
            "de,X\"y,yes,de.,1,2",
        ] {
            let text = format!("{HEADING}ru,Russia,yes,,1,2\n{line}\n");
            let read = CountryTable::read(&text);
            assert_eq!(read, Err(TableRefusal::Line(3)), "{line}");
        }
        let many = "#\n".repeat(limits::TABLE_LINES_MAX + 1);
        assert_eq!(OperatorTable::read(&many), Err(TableRefusal::TooMany));
    }

    #[test]
    fn the_nearest_name_says_who_runs_a_server() {
        let text = "# ours\npch.net,Packet Clearing House\n\nnic.ai.,\"A, B\"\nai,C\n";
        let table = OperatorTable::read(text).unwrap();
        for (server, operator) in [
            ("a.pch.net.", Some("Packet Clearing House")),
            ("pch.net.", Some("Packet Clearing House")),
            ("xpch.net.", None),
            ("v0n0.nic.ai.", Some("A, B")),
            ("whois.ai.", Some("C")),
        ] {
            assert_eq!(table.of(&server.parse().unwrap()), operator, "{server}");
        }
        for line in ["pch.net", "pch.net,", "pch.net,A,B", "a..b,A"] {
            assert_eq!(
                OperatorTable::read(line),
                Err(TableRefusal::Line(1)),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_shown_controls_no_terminal() {
        assert_eq!(printable(" a\u{1b}[2J\nb\u{202E}c "), "a [2J b c");
        let long = "é".repeat(limits::LABEL_OCTETS_MAX);
        assert_eq!(printable(&long).len(), limits::LABEL_OCTETS_MAX);
    }
}
