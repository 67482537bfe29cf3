//! Record data in presentation form (RFC 1035 §5.1).
//!
//! Which types have a form of their own is part of the rules, since acts
//! carry this text: [`has_own_form`]. All others are in the generic form of
//! RFC 3597 §5, until a later version of the rules says otherwise.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use data_encoding::{HEXLOWER_PERMISSIVE, HEXUPPER};
use domain::base::iana::Rtype;
use domain::base::name::Name as WireName;
use domain::base::rdata::ComposeRecordData;
use domain::base::scan::{IterScanner, Symbols};
use domain::base::zonefile_fmt::{DisplayKind, ZonefileFmt};
use domain::rdata::ZoneRecordData;

use super::{Name, Rdata, canonical};
use crate::basic::BadText;

/// The wire form of the data that `text` presents, not yet canonical.
/// Relative names are below `origin`; without one they are refused.
pub(super) fn to_wire(rtype: Rtype, text: &str, origin: Option<&Name>) -> Result<Vec<u8>, BadText> {
    let mut tokens = tokens(text)?;
    if tokens.first().is_some_and(|token| token == "\\#") {
        return generic_to_wire(tokens.get(1..).unwrap_or(&[]));
    }
    if !has_own_form(rtype) {
        return Err(BadText {
            expected: "the generic form `\\# LENGTH HEX` for this type (RFC 3597 §5)",
        });
    }
    for &position in name_positions(rtype) {
        if let Some(name) = tokens.get_mut(position) {
            *name = absolute(name, origin).ok_or(BadText {
                expected: "absolute names, with a final dot",
            })?;
        }
    }
    let error = BadText {
        expected: "data in the presentation form of its type",
    };
    let mut scanner = IterScanner::<_, Vec<u8>>::new(&tokens);
    let data: ZoneRecordData<Vec<u8>, WireName<Vec<u8>>> =
        ZoneRecordData::scan(rtype, &mut scanner).map_err(|_| error.clone())?;
    if !scanner.is_exhausted() {
        return Err(error);
    }
    let mut wire = Vec::new();
    let Ok(()) = data.compose_rdata(&mut wire);
    Ok(wire)
}

/// The presentation form of `data`.
pub(super) fn from_rdata(rtype: Rtype, data: &Rdata) -> String {
    if has_own_form(rtype)
        && let Ok(parsed) = canonical::parse(rtype, data.as_wire())
    {
        let mut text = parsed.display_zonefile(DisplayKind::Simple).to_string();
        if rtype == Rtype::RRSIG {
            text = with_dates(&text);
        }
        // Whatever does not read back as the same is said in octets.
        if Rdata::from_text(rtype, &text).is_ok_and(|read| read == *data) {
            return text;
        }
    }
    match data.as_wire() {
        [] => "\\# 0".into(),
        wire => format!("\\# {} {}", wire.len(), HEXUPPER.encode(wire)),
    }
}

/// RRSIG data with its two times as YYYYMMDDHHmmSS (RFC 4034 §3.2), since
/// some readers of zone files take no seconds.
fn with_dates(rrsig: &str) -> String {
    let date = |(position, token): (usize, &str)| match (position, token.parse()) {
        (4 | 5, Ok(seconds)) => jiff::Timestamp::from_second(seconds)
            .map_or(token.into(), |time| {
                time.strftime("%Y%m%d%H%M%S").to_string()
            }),
        _ => token.to_string(),
    };
    let tokens: Vec<String> = rrsig.split(' ').enumerate().map(date).collect();
    tokens.join(" ")
}

/// The text of a name with its final dot; none if it is relative to nothing.
fn absolute(name: &str, origin: Option<&Name>) -> Option<String> {
    // `a\.` is relative, `a\\.` is not.
    let before_dot = name.strip_suffix('.');
    let is_absolute = before_dot.is_some_and(|rest| {
        rest.bytes()
            .rev()
            .take_while(|octet| *octet == b'\\')
            .count()
            % 2
            == 0
    });
    match (name, origin) {
        (name, _) if is_absolute => Some(name.into()),
        (_, None) => None,
        ("@", Some(origin)) => Some(origin.to_string()),
        (name, Some(origin)) if *origin == Name::root() => Some(format!("{name}.")),
        (name, Some(origin)) => Some(format!("{name}.{origin}")),
    }
}

/// The octets after `\#`: their number, then hexadecimal digits.
fn generic_to_wire(tokens: &[String]) -> Result<Vec<u8>, BadText> {
    let error = BadText {
        expected: "`\\# LENGTH HEX` (RFC 3597 §5)",
    };
    let (length, digits) = tokens.split_first().ok_or(error.clone())?;
    let octets = HEXLOWER_PERMISSIVE
        .decode(digits.concat().as_bytes())
        .map_err(|_| error.clone())?;
    if length.parse() == Ok(octets.len()) {
        Ok(octets)
    } else {
        Err(error)
    }
}

/// The tokens of one record's data, quotes taken off, escapes left in.
fn tokens(text: &str) -> Result<Vec<String>, BadText> {
    let error = BadText {
        expected: "one record's data in printable ASCII, no comments or parentheses",
    };
    let mut tokens = Vec::new();
    let mut rest = text.trim_matches(' ');
    while let Some(first) = rest.chars().next() {
        let end = if first == '"' { '"' } else { ' ' };
        let body = rest.strip_prefix('"').unwrap_or(rest);
        let length = token_length(body, end);
        let (token, after) = body.split_at(length);
        let is_plain =
            |c: char| matches!(c, ' '..='~') && (end == '"' || !matches!(c, '(' | ')' | ';' | '"'));
        let mut symbols = Symbols::new(token.chars());
        symbols.by_ref().for_each(drop);
        let after = match (end, after.strip_prefix('"')) {
            ('"', None) => return Err(error),
            ('"', Some(after)) => after,
            _ => after,
        };
        if !unescaped(token).all(is_plain)
            || symbols.ok().is_err()
            || !(after.is_empty() || after.starts_with(' '))
        {
            return Err(error);
        }
        tokens.push(token.to_string());
        rest = after.trim_start_matches(' ');
    }
    Ok(tokens)
}

/// The octets up to the first `end` that no backslash escapes.
fn token_length(text: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == end && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// The characters without those that a backslash precedes.
fn unescaped(token: &str) -> impl Iterator<Item = char> {
    let mut escaped = false;
    token.chars().filter(move |&c| {
        let keep = !escaped || !c.is_ascii();
        escaped = c == '\\' && !escaped;
        keep
    })
}

/// The types that are written in a form of their own. SVCB and HTTPS are
/// not: `domain` reads that form only from whole zone files.
pub fn has_own_form(rtype: Rtype) -> bool {
    matches!(
        rtype,
        Rtype::A
            | Rtype::AAAA
            | Rtype::CAA
            | Rtype::CDNSKEY
            | Rtype::CDS
            | Rtype::CNAME
            | Rtype::DNAME
            | Rtype::DNSKEY
            | Rtype::DS
            | Rtype::HINFO
            | Rtype::MX
            | Rtype::NAPTR
            | Rtype::NS
            | Rtype::NSEC
            | Rtype::OPENPGPKEY
            | Rtype::PTR
            | Rtype::RP
            | Rtype::RRSIG
            | Rtype::SOA
            | Rtype::SRV
            | Rtype::SSHFP
            | Rtype::TLSA
            | Rtype::TXT
            | Rtype::ZONEMD
    )
}

/// Which tokens of the data are names.
fn name_positions(rtype: Rtype) -> &'static [usize] {
    match rtype {
        Rtype::CNAME | Rtype::DNAME | Rtype::NS | Rtype::NSEC | Rtype::PTR => &[0],
        Rtype::MX => &[1],
        Rtype::SRV => &[3],
        Rtype::NAPTR => &[5],
        Rtype::RRSIG => &[7],
        Rtype::RP | Rtype::SOA => &[0, 1],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written, and the one text that it is stored as.
    const FORMS: &[(&str, &str, &str)] = &[
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:DB8:0:0::1", "2001:db8::1"),
        ("NS", "A.NS.dns.be.", "a.ns.dns.be."),
        ("NS", ".", "."),
        ("NS", "a\\.b.c\\032d.", "a\\.b.c\\ d."),
        ("CNAME", "x.", "x."),
        ("DNAME", "x.", "x."),
        ("PTR", "X.", "x."),
        ("MX", "10  Mail.Example.", "10 mail.example."),
        ("SRV", "0 1 443 A.", "0 1 443 a."),
        (
            "SOA",
            "A.root-servers.NET. nstld.verisign-grs.com. 2025123001 1800 900 604800 86400",
            "a.root-servers.net. nstld.verisign-grs.com. 2025123001 1800 900 604800 86400",
        ),
        (
            "TXT",
            "plain \"two words\" \"\"",
            "\"plain\" \"two words\" \"\"",
        ),
        ("TXT", "\"a\\\"b;(c)\" \\200", "\"a\\\"b;(c)\" \"\\200\""),
        ("HINFO", "CPU OS", "\"CPU\" \"OS\""),
        ("RP", "M. T.", "m. t."),
        (
            "NAPTR",
            "1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .",
            "1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .",
        ),
        ("CAA", "0 issue \"ca.example\"", "0 issue \"ca.example\""),
        ("DS", "31852 8 2 89f7670a fc", "31852 8 2 89F7670AFC"),
        ("TLSA", "3 1 1 ab", "3 1 1 AB"),
        ("SSHFP", "4 2 ab", "4 2 AB"),
        ("OPENPGPKEY", "AQID", "AQID"),
        ("NSEC", "aaa. NS SOA TYPE65280", "aaa. NS SOA TYPE65280"),
        (
            "RRSIG",
            "MX 15 2 3600 1440021600 20150729220000 3613 Example.com. oL9krJun",
            "MX 15 2 3600 20150819220000 20150729220000 3613 example.com. oL9krJun",
        ),
        ("A", "\\# 4 C0000201", "192.0.2.1"),
        ("TYPE65280", "\\# 3 ab cdef", "\\# 3 ABCDEF"),
        ("TYPE65280", "\\# 0", "\\# 0"),
        ("AFSDB", "\\# 5 0001 01 58 00", "\\# 5 0001017800"),
        ("SVCB", "\\# 3 000100", "\\# 3 000100"),
    ];

    #[test]
    fn each_value_has_one_text() {
        for (rtype, written, stored) in FORMS {
            let rtype: Rtype = rtype.parse().unwrap();
            let data = Rdata::from_text(rtype, written).unwrap();
            assert_eq!(data.to_text(rtype), *stored);
            assert_eq!(Rdata::from_text(rtype, stored).unwrap(), data);
        }
    }

    #[test]
    fn refuses_what_is_not_data_of_the_type() {
        for (rtype, text) in [
            ("A", ""),
            ("A", "192.0.2"),
            ("A", "192.0.2.1 x"),
            ("A", "\\# 3 C00002"),
            ("A", "\\# 4 C00002"),
            ("AAAA", "192.0.2.1"),
            ("NS", "a.ns.dns.be"),
            ("NS", "a.ns.dns.be\\."),
            ("NS", "@"),
            ("NS", "a..be."),
            ("NS", "a.be. ; a comment"),
            ("NS", "(a.be.)"),
            ("NS", "\\# 4 0161C000"),
            ("MX", "70000 a."),
            ("MX", "1 a"),
            ("SOA", "a. b 1 2 3 4 5"),
            ("TXT", ""),
            ("TXT", "\"open"),
            ("TXT", "\"a\"b"),
            ("TXT", "tab\there"),
            ("TXT", "\\25"),
            ("TXT", "\\256"),
            ("TXT", "é"),
            ("DS", "31852 8 2 8"),
            ("SVCB", "1 . alpn=h2"),
            ("TYPE65280", "x"),
            ("NULL", "\\# 1 00"),
            ("ANY", "\\# 0"),
            ("OPT", "\\# 0"),
            ("A6", "\\# 0"),
            ("AFSDB", "\\# 6 000101580000"),
        ] {
            let rtype: Rtype = rtype.parse().unwrap();
            assert!(Rdata::from_text(rtype, text).is_err(), "{rtype} {text}");
        }
    }

    #[test]
    fn relative_names_are_below_the_origin() {
        for (written, origin, stored) in [
            ("a", "be.", "a.be."),
            ("A.b", ".", "a.b."),
            ("@", "be.", "be."),
            ("@", ".", "."),
            ("a.", "be.", "a."),
            ("a\\.", "be.", "a\\..be."),
            ("a\\\\.", "be.", "a\\\\."),
        ] {
            let origin = origin.parse().unwrap();
            let data = Rdata::from_text_below(Rtype::NS, written, Some(&origin)).unwrap();
            assert_eq!(data.to_text(Rtype::NS), stored, "{written} below {origin}");
        }
    }

    #[test]
    fn octets_that_no_text_can_say_are_generic() {
        // An empty TXT is not writable; its octets are.
        let long = Rdata::from_text(Rtype::TXT, &format!("\"{}\"", "x".repeat(255))).unwrap();
        assert_eq!(long.as_wire().len(), 256);
        assert!(Rdata::from_text(Rtype::TXT, &format!("\"{}\"", "x".repeat(256))).is_err());
    }
}
