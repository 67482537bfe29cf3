//! What is kept of a record: texts, whole numbers, and maps of them as deep as
//! any layout goes. All else is passed over, whatever it is.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess};
use serde::de::{Error, Visitor};

/// Maps within maps that are looked into.
const DEPTH_MAX: u8 = 3;

/// A value of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Text(String),
    Number(u64),
    Map(BTreeMap<String, Field>),
    /// Something that no layout has.
    Other,
}

impl Field {
    /// The value at the end of this path, if there is one.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        let mut field = self;
        for key in path {
            let Self::Map(map) = field else {
                return None;
            };
            field = map.get(*key)?;
        }
        Some(field)
    }

    /// The text at the end of this path, if there is one.
    pub(super) fn text(&self, path: &[&str]) -> Option<&str> {
        match self.at(path)? {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Map(_) | Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Depth(DEPTH_MAX).deserialize(deserializer)
    }
}

/// How much deeper maps are looked into.
#[derive(Clone, Copy)]
struct Depth(u8);

impl<'de> DeserializeSeed<'de> for Depth {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        match self.0 {
            0 => deserializer
                .deserialize_ignored_any(IgnoredAny)
                .map(|_| Field::Other),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Depth {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Field, E> {
        Ok(Field::Number(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Field, E> {
        Ok(u64::try_from(number).map_or(Field::Other, Field::Number))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Field, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Self(self.0 - 1))?;
            map.insert(key, value);
        }
        Ok(Field::Map(map))
    }
}
