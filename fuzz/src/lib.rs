//! What the fuzz targets stand on.
//!
//! A target reads octets as a stranger would send them, and asserts more than
//! that nothing panics: what is read and written again is the same, an honest
//! party is never blamed, a reply is one. Where octets alone would never get
//! past a digest or a signature, the target makes these itself.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`answer`] | what every reply of a DNS server must be |
//! | [`parts`] | one input cut into several |
//! | [`party`] | keys that everybody knows |
//! | [`samples`] | a zone in small, and its signed edition |
//! | [`world`] | a founded zone with a key and a time |

pub mod answer;
pub mod parts;
pub mod party;
pub mod samples;
pub mod world;
