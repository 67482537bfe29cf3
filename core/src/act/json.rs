//! Strict I-JSON (RFC 7493): one text for one value. What is read must be
//! what would be written: fields in their stated order, none unknown, missing
//! or doubled, no white space, integers within 2^53. So the signed octets and
//! the parsed value can never differ.

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

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
    if encode(&value) == octets {
        Ok(value)
    } else {
        Err(FormatRefusal::NotCanonical)
    }
}
