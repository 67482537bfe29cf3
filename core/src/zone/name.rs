//! Domain names in their one canonical form.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;

use domain::base::name::{Name as WireName, ToName};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::basic::BadText;

/// An absolute domain name: uncompressed wire form, in lower case (RFC 4034
/// §6.2). Ordered canonically (RFC 4034 §6.1). Its text ends with a dot. A
/// clone shares the octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Arc<[u8]>);

impl Name {
    /// The root of the domain name space.
    pub fn root() -> Self {
        Self(Arc::new([0]))
    }

    /// Reads a name that takes up all of `wire`. Upper case is lowered.
    ///
    /// # Errors
    /// Where the octets are not one uncompressed absolute name of at most 255 octets.
    pub fn from_wire(wire: &[u8]) -> Result<Self, BadText> {
        let name = WireName::from_octets(wire).map_err(|_| BadText {
            expected: "an uncompressed domain name",
        })?;
        Ok(Self::from_name(&name))
    }

    /// The canonical form of any absolute name of `domain`.
    pub fn from_name(name: &impl ToName) -> Self {
        let name: WireName<Vec<u8>> = name.to_canonical_name();
        Self(name.into_octets().into())
    }

    /// The wire form.
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// The name as `domain` has it, for its functions.
    pub fn as_domain(&self) -> WireName<&[u8]> {
        #[expect(clippy::expect_used, reason = "every constructor made a valid name")]
        WireName::from_octets(&*self.0).expect("a valid name")
    }

    /// The number of labels without the root's.
    pub fn label_count(&self) -> u8 {
        let mut count = 0;
        let mut rest = &*self.0;
        while let Some(above) = without_first_label(rest) {
            count += 1;
            rest = above;
        }
        count
    }

    /// Whether the first label is `*` (RFC 4592 §2.1.1).
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with(&[1, b'*'])
    }

    /// The name one label up; none for the root.
    pub fn parent(&self) -> Option<Self> {
        without_first_label(&self.0).map(|above| Self(above.into()))
    }

    /// This name and each name above it, up to and with the root.
    pub fn and_ancestors(&self) -> impl Iterator<Item = Self> {
        core::iter::successors(Some(self.clone()), Self::parent)
    }

    /// Whether this name is `other` or below it.
    pub fn is_at_or_below(&self, other: &Self) -> bool {
        let mut rest = &*self.0;
        while rest.len() > other.0.len() {
            let [length, tail @ ..] = rest else {
                return false;
            };
            rest = tail.get(usize::from(*length)..).unwrap_or(&[]);
        }
        *rest == *other.0
    }
}

/// The wire form of the name one label up; none for the root.
fn without_first_label(wire: &[u8]) -> Option<&[u8]> {
    let (length, rest) = wire.split_first()?;
    if *length == 0 {
        None
    } else {
        rest.get(usize::from(*length)..)
    }
}

/// Where each label of a name starts, the root's left out. A name has at
/// most 127 labels (RFC 1035 §3.1).
struct Labels<'a> {
    wire: &'a [u8],
    starts: [u8; 128],
    count: usize,
}

impl<'a> Labels<'a> {
    fn of(name: &'a Name) -> Self {
        let wire = &*name.0;
        let mut labels = Self {
            wire,
            starts: [0; 128],
            count: 0,
        };
        let mut at = 0_u8;
        while let (Some(&length @ 1..), Some(slot)) = (
            wire.get(usize::from(at)),
            labels.starts.get_mut(labels.count),
        ) {
            *slot = at;
            labels.count += 1;
            at = at.saturating_add(length).saturating_add(1);
        }
        labels
    }

    /// The labels without their lengths, that nearest to the root first.
    fn rootmost_first(&self) -> impl Iterator<Item = &'a [u8]> {
        self.leftmost_first().rev()
    }

    /// The labels without their lengths, as they are written.
    fn leftmost_first(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        let starts = self.starts.get(..self.count).unwrap_or(&[]);
        starts.iter().map(|&start| {
            let label = self.wire.get(usize::from(start)..).unwrap_or(&[]);
            let (length, rest) = label.split_first().unwrap_or((&0, &[]));
            rest.get(..usize::from(*length)).unwrap_or(rest)
        })
    }
}

impl Ord for Name {
    /// Label by label from the root, each as octets (RFC 4034 §6.1).
    /// `domain` orders alike; this is here because it is faster, and a
    /// zone's maps do little else.
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0 == other.0 {
            return Ordering::Equal;
        }
        Labels::of(self)
            .rootmost_first()
            .cmp(Labels::of(other).rootmost_first())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Name {
    /// Presentation form (RFC 1035 §5.1). Escaped is whatever means something
    /// to a reader of zone files, which `domain` does not do for all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = Labels::of(self);
        if labels.count == 0 {
            return f.write_str(".");
        }
        for label in labels.leftmost_first() {
            for octet in label {
                match octet {
                    b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => {
                        write!(f, "\\{}", char::from(*octet))?;
                    }
                    0x21..=0x7E => write!(f, "{}", char::from(*octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
            f.write_str(".")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Name {
    type Err = BadText;

    /// Reads presentation form (RFC 1035 §5.1). Upper case is lowered and a
    /// missing final dot is supplied; `to_string` gives the one stored form.
    fn from_str(text: &str) -> Result<Self, BadText> {
        let error = BadText {
            expected: "a domain name",
        };
        if text.is_empty() {
            return Err(error);
        }
        let name = WireName::<Vec<u8>>::from_str(text).map_err(|_| error)?;
        Ok(Self::from_name(&name))
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn orders_as_rfc_4034_section_6_1() {
        let sorted = [
            "example.",
            "a.example.",
            "yljkjljk.a.example.",
            "Z.a.example.",
            "zABC.a.EXAMPLE.",
            "z.example.",
            "\\001.z.example.",
            "*.z.example.",
            "\\200.z.example.",
        ];
        assert!(sorted.map(name).is_sorted());
    }

    #[test]
    fn orders_as_domain_does() {
        let labels = [
            "",
            "a.",
            "b.",
            "ab.",
            "\\000.",
            "a.b.",
            "*.a.",
            "\\255.b.a.",
        ];
        let tails = [".", "a.", "b.a.", "ab.", "a-longer-label.a."];
        let names: std::vec::Vec<Name> = labels
            .iter()
            .flat_map(|l| tails.iter().map(move |t| std::format!("{l}{t}")))
            .map(|text| name(&text.replace("..", ".")))
            .collect();
        for a in &names {
            for b in &names {
                assert_eq!(a.cmp(b), a.as_domain().name_cmp(&b.as_domain()), "{a} {b}");
            }
        }
    }

    #[test]
    fn text_has_one_stored_form() {
        assert_eq!(name("Www.Example").to_string(), "www.example.");
        assert_eq!(name(".").to_string(), ".");
        let odd = "a\\.b\\\\c\\;\\(\\)\\\"\\@\\$\\032\\000\\255.x.";
        assert_eq!(name(odd).to_string(), odd);
        assert!("a..b.".parse::<Name>().is_err());
        assert!("".parse::<Name>().is_err());
    }

    #[test]
    fn knows_what_is_below() {
        assert!(name("a.ns.be.").is_at_or_below(&name("be.")));
        assert!(!name("abe.").is_at_or_below(&name("be.")));
        assert!(name("be.").is_at_or_below(&Name::root()));
        assert_eq!(name("a.be.").parent(), Some(name("be.")));
        assert_eq!(Name::root().parent(), None);
        assert_eq!(name("a.b.c.").label_count(), 3);
    }
}
