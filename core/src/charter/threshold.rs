//! How many shares sign.

use core::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many shares sign, as a charter says it: a number, or `majority`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningThreshold {
    /// The smallest majority of the members, however many there are when shares
    /// are dealt.
    Majority,
    /// So many; where that is no majority of the members any more, or more than
    /// there are, the nearest that is neither.
    Shares(u16),
}

/// The word for [`SigningThreshold::Majority`].
const MAJORITY: &str = "majority";

impl SigningThreshold {
    /// The threshold of shares that are dealt among so many members: always more
    /// than half of them, so that two groups who sign have a member in common.
    pub fn of(self, members: u16) -> u16 {
        let majority = members / 2 + 1;
        match self {
            Self::Majority => majority,
            Self::Shares(shares) => shares.min(members).max(majority),
        }
    }

    /// The number that the charter names, for so many members.
    pub fn named(self, members: u16) -> u16 {
        match self {
            Self::Majority => self.of(members),
            Self::Shares(shares) => shares,
        }
    }
}

impl fmt::Display for SigningThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Majority => f.write_str(MAJORITY),
            Self::Shares(shares) => write!(f, "{shares}"),
        }
    }
}

impl Serialize for SigningThreshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Majority => serializer.serialize_str(MAJORITY),
            Self::Shares(shares) => serializer.serialize_u16(*shares),
        }
    }
}

impl<'de> Deserialize<'de> for SigningThreshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl Visitor<'_> for Words {
    type Value = SigningThreshold;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number of shares, or \"{MAJORITY}\"")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        let shares = u16::try_from(number).map(SigningThreshold::Shares);
        shares.map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
    }

    // TOML's integers are signed.
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        let shares = u16::try_from(number).map(SigningThreshold::Shares);
        shares.map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
        match word {
            MAJORITY => Ok(SigningThreshold::Majority),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_always_a_majority_of_the_shares() {
        for (threshold, members, expected) in [
            (SigningThreshold::Majority, 144, 73),
            (SigningThreshold::Majority, 89, 45),
            (SigningThreshold::Majority, 92, 47),
            (SigningThreshold::Shares(96), 144, 96),
            (SigningThreshold::Shares(96), 200, 101),
            (SigningThreshold::Shares(96), 89, 89),
            (SigningThreshold::Shares(0), 3, 2),
        ] {
            assert_eq!(threshold.of(members), expected, "{threshold} of {members}");
        }
    }

    #[test]
    fn is_written_as_a_number_or_the_word() {
        let read = |text: &str| serde_json::from_str::<SigningThreshold>(text).ok();
        for (text, threshold) in [
            ("3", SigningThreshold::Shares(3)),
            ("\"majority\"", SigningThreshold::Majority),
        ] {
            assert_eq!(read(text), Some(threshold));
            assert_eq!(serde_json::to_string(&threshold).unwrap(), text);
        }
        for text in ["-1", "65536", "\"Majority\"", "1.5", "null"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
