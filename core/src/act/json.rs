//! Strict I-JSON (RFC 7493): one text for one value. What is read must be
//! what would be written: fields in their stated order, none unknown, missing
//! or doubled, no white space, integers within 2^53. So the signed octets and
//! the parsed value can never differ.

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits;
use crate::refusal::FormatRefusal;

/// A value with a payload type of its own.
pub trait Payload: Serialize + DeserializeOwned {
    /// The DSSE payload type.
    const TYPE: &'static str;
}

/// The one text of `value`.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "our values have string keys only; memory cannot fail"
    )]
    serde_json::to_vec(value).expect("a value of ours has a text")
}

/// Reads the one text of a value.
///
/// # Errors
/// [`FormatRefusal::Json`] where the text is no such value;
/// [`FormatRefusal::NotCanonical`] where it is not the value's one text.
/// Also [`FormatRefusal::Json`] where an integer is above 2^53-1.
pub fn decode<T: Serialize + DeserializeOwned>(octets: &[u8]) -> Result<T, FormatRefusal> {
    let value: T = serde_json::from_slice(octets).map_err(|error| FormatRefusal::Json {
        line: error.line(),
        column: error.column(),
        category: match error.classify() {
            serde_json::error::Category::Syntax => "syntax",
            serde_json::error::Category::Eof => "cut short",
            serde_json::error::Category::Data | serde_json::error::Category::Io => {
                "missing, unknown or wrong field"
            }
        },
    })?;
    if encode(&value) != octets {
        return Err(FormatRefusal::NotCanonical);
    }
    match large_integer(octets) {
        Some(at) => Err(FormatRefusal::Json {
            line: 1,
            column: at + 1,
            category: "an integer above 2^53-1",
        }),
        None => Ok(value),
    }
}

/// Where the first integer above 2^53-1 begins, which other programs would
/// read as another one (RFC 7493 §2.2). In a value's one text, digits outside
/// of strings are integers.
fn large_integer(octets: &[u8]) -> Option<usize> {
    let mut rest = octets;
    while let Some((first, after)) = rest.split_first() {
        let skipped = match first {
            b'"' => string_octets(after) + 1,
            b'0'..=b'9' => {
                let digits = rest.iter().take_while(|octet| octet.is_ascii_digit());
                let value = digits.clone().try_fold(0_u64, |value, digit| {
                    value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
                });
                if value.is_none_or(|value| value > limits::INTEGER_MAX) {
                    return Some(octets.len() - rest.len());
                }
                digits.count()
            }
            _ => 1,
        };
        rest = rest.get(skipped..)?;
    }
    None
}

/// How many octets a string has after its opening quote, closing quote
/// included.
fn string_octets(octets: &[u8]) -> usize {
    let mut escaped = false;
    let is_end = |octet: &u8| {
        let ends = *octet == b'"' && !escaped;
        escaped = *octet == b'\\' && !escaped;
        ends
    };
    octets
        .iter()
        .position(is_end)
        .map_or(octets.len(), |at| at + 1)
}
