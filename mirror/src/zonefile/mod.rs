//! Zone files (RFC 1035 §5): read into contents, written from a signed zone.
//!
//! What is read may come from anywhere, so everything about it is bounded
//! and every refusal says where it is and what to do. What other signers
//! derived (signatures, chains, keys, digests) is dropped on the way in and
//! counted, so that the caller can say so.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `lexer` | entries and their tokens |
//! | `reader` | records and directives |
//! | `published` | zones of others, with the keys that stand at their apex |
//! | [`error`] | what can be wrong with a file |
//! | `writer` | files that other implementations read |

pub mod error;
mod lexer;
mod published;
mod reader;
mod writer;

pub use error::{Fault, ZoneFileError};
pub use published::{
    PublishedZone, read_published, read_published_from, read_records, read_serial,
};
pub use reader::{ReadZone, read, read_from};
pub use writer::write;
