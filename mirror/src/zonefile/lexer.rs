//! Entries of a zone file and their tokens (RFC 1035 §5.1): one line each,
//! or several between parentheses. Comments and white space are left out.
//!
//! `domain` has a reader of whole files, which is used for single records
//! only: it panics where a file ends within parentheses after a name, its
//! errors do not say what is wrong, a TTL that is missing becomes an hour,
//! and it needs the file in memory.

use std::io::{BufRead, BufReader, Read, Take};

use comity_core::limits;

use super::error::{Fault, ZoneFileError};

/// Octets of one entry. The largest record data, each octet escaped, has
/// room four times.
const ENTRY_OCTETS_MAX: usize = 1 << 20;

/// An entry: a directive or a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// The line that it begins on.
    pub(super) line: u64,
    /// Whether it begins with white space, that is, without an owner.
    pub(super) indented: bool,
    /// The tokens as written, with quotes and escapes.
    pub(super) tokens: Vec<String>,
}

/// Reads entries, never more than the limits allow.
pub(super) struct Lexer<R> {
    input: Take<BufReader<R>>,
    line: u64,
    octets: usize,
}

impl<R: Read> Lexer<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input: BufReader::new(input).take(0),
            line: 0,
            octets: 0,
        }
    }

    /// The next entry, none at the end.
    pub(super) fn next_entry(&mut self) -> Result<Option<Entry>, ZoneFileError> {
        let mut entry = Entry::default();
        let mut depth = 0_u32;
        let mut octets = 0;
        let mut line = Vec::new();
        while self.read_line(&mut line)? {
            if entry.tokens.is_empty() && depth == 0 {
                entry.line = self.line;
                entry.indented = line.starts_with(b" ") || line.starts_with(b"\t");
                octets = 0;
            }
            octets += line.len();
            if octets > ENTRY_OCTETS_MAX {
                return Err(ZoneFileError::at(entry.line, Fault::EntryTooLong));
            }
            split(&line, &mut entry.tokens, &mut depth)
                .map_err(|fault| ZoneFileError::at(self.line, fault))?;
            if depth == 0 && !entry.tokens.is_empty() {
                return Ok(Some(entry));
            }
        }
        if depth > 0 {
            return Err(ZoneFileError::at(entry.line, Fault::OpenParenthesis));
        }
        Ok(None)
    }

    /// Reads the next line, with its end; false at the end of the file.
    fn read_line(&mut self, line: &mut Vec<u8>) -> Result<bool, ZoneFileError> {
        line.clear();
        self.line += 1;
        // One octet more than is allowed, so that it shows.
        self.input.set_limit(ENTRY_OCTETS_MAX as u64 + 1);
        let read = self
            .input
            .read_until(b'\n', line)
            .map_err(|error| ZoneFileError::anywhere(Fault::Unreadable(error)))?;
        self.octets += read;
        if self.octets > limits::ZONE_FILE_OCTETS_MAX {
            return Err(ZoneFileError::anywhere(Fault::TooLarge));
        }
        if self.line == 1 && line.starts_with(b"\xEF\xBB\xBF") {
            line.drain(..3); // Some editors begin files so.
        }
        Ok(read > 0)
    }
}

/// Appends the tokens of a line, and counts parentheses.
fn split(line: &[u8], tokens: &mut Vec<String>, depth: &mut u32) -> Result<(), Fault> {
    let mut rest = line;
    while let Some((&first, after)) = rest.split_first() {
        match first {
            b' ' | b'\t' | b'\r' | b'\n' => rest = after,
            b';' => break,
            b'(' => {
                *depth += 1;
                rest = after;
            }
            b')' => {
                *depth = depth.checked_sub(1).ok_or(Fault::StrayParenthesis)?;
                rest = after;
            }
            _ => {
                let (token, after) = rest.split_at(token_length(rest)?);
                tokens.push(String::from_utf8_lossy(token).into_owned());
                rest = after;
            }
        }
    }
    Ok(())
}

/// The octets of the token that the line begins with.
fn token_length(line: &[u8]) -> Result<usize, Fault> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, octet) in line.iter().enumerate() {
        match octet {
            b'\n' | b'\r' if quoted => return Err(Fault::OpenQuote),
            b'\n' | b'\r' => return Ok(at),
            b' ' if quoted => {}
            b' ' | b'\t' | b';' | b'(' | b')' if !quoted && !escaped => return Ok(at),
            b'"' if !escaped => quoted = !quoted,
            0x20..=0x7E => {}
            octet => return Err(Fault::NotPrintable { octet: *octet }),
        }
        escaped = *octet == b'\\' && !escaped;
    }
    if quoted {
        return Err(Fault::OpenQuote);
    }
    Ok(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &[u8]) -> Result<Vec<Entry>, ZoneFileError> {
        let mut lexer = Lexer::new(text);
        let mut entries = Vec::new();
        while let Some(entry) = lexer.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }

    #[test]
    fn tokens_are_as_written() {
        let text =
            b"\n; comment \xFF\na b\\ c \"d ; ( e\" ; f\r\n\tg ( h ; i\n j\n) k\\;\\(l\n\n m";
        let found = entries(text).unwrap();
        let expected: [(u64, bool, &[&str]); 3] = [
            (3, false, &["a", "b\\ c", "\"d ; ( e\""]),
            (4, true, &["g", "h", "j", "k\\;\\(l"]),
            (8, true, &["m"]),
        ];
        assert_eq!(found.len(), expected.len());
        for (found, (line, indented, tokens)) in found.iter().zip(expected) {
            assert_eq!((found.line, found.indented), (line, indented));
            assert_eq!(found.tokens, tokens);
        }
    }

    #[test]
    fn refuses_what_is_not_closed_or_printable() {
        for (text, line, said) in [
            (&b"a\n\"b\nc\""[..], Some(2), "quote"),
            (b"a (\n b", Some(1), "parenthesis is not closed"),
            (b"a\nb ) c", Some(2), "closes nothing"),
            (b"a b\x00", Some(1), "octet 0 "),
            (b"caf\xC3\xA9.", Some(1), "octet 195 "),
            (&[b'x'; ENTRY_OCTETS_MAX + 2], Some(1), "without end"),
            (
                &[b"(\n".as_slice(), &[b'\n'; ENTRY_OCTETS_MAX]].concat(),
                Some(1),
                "without end",
            ),
        ] {
            let error = entries(text).unwrap_err();
            assert_eq!(error.line, line, "{said}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn reads_no_more_than_the_limit() {
        let comment = [&[b';'; 10_000][..], b"\n"].concat();
        let count = limits::ZONE_FILE_OCTETS_MAX / comment.len() + 1;
        let error = entries(&comment.repeat(count)).unwrap_err();
        assert!(matches!(error.fault, Fault::TooLarge));
        let endless = std::io::repeat(b'x');
        let error = Lexer::new(endless).next_entry().unwrap_err();
        assert!(matches!(error.fault, Fault::EntryTooLong));
    }
}
