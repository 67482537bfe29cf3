//! The file of trust anchors (RFC 9718 §2.1): XML without a document type, and so
//! without entities.

use comity_core::basic::Time;
use comity_core::dnssec::ZoneKey;
use comity_core::limits;
use comity_core::upstream::Anchor;
use comity_core::zone::{Name, Rdata, Rtype};
use jiff::Timestamp;
use roxmltree::{Document, Node, ParsingOptions};

use super::IanaRefusal;

/// SHA-256 (RFC 4509 §2.1), the digest that is taken.
const SHA_256: u8 = 2;

/// The anchors that are valid now, in the order of the file. By its form alone: whether it
/// was signed is for [`super::Publication::anchors`] to say.
///
/// # Errors
/// The first rule of its form that is broken.
pub fn anchors(octets: &[u8], zone: &Name, now: Time) -> Result<Vec<Anchor>, IanaRefusal> {
    let text = std::str::from_utf8(octets).map_err(|_| IanaRefusal::Form("it is UTF-8"))?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: limits::ANCHOR_FILE_NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(IanaRefusal::NotXml)?;
    let root = document.root_element();
    if !root.has_tag_name("TrustAnchor") {
        return Err(IanaRefusal::Form("its root is TrustAnchor"));
    }
    let of = required(root, "Zone", "it has one Zone")?;
    let of: Name = of
        .parse()
        .map_err(|_| IanaRefusal::Form("its Zone is a name"))?;
    if of != *zone {
        return Err(IanaRefusal::OtherZone(of));
    }
    let mut found = Vec::new();
    for digest in elements(root, "KeyDigest") {
        if let Some(anchor) = anchor(digest, zone, now)? {
            found.push(anchor);
        }
    }
    match found.len() {
        0 => Err(IanaRefusal::NoneValid(now)),
        count if count > limits::ANCHORS_MAX => Err(IanaRefusal::TooLarge),
        _ => Ok(found),
    }
}

/// What one KeyDigest names, if it is valid now and by a digest that is taken.
fn anchor(digest: Node<'_, '_>, zone: &Name, now: Time) -> Result<Option<Anchor>, IanaRefusal> {
    let from = digest.attribute("validFrom").map(time).transpose()?;
    let from = from.ok_or(IanaRefusal::Form("a KeyDigest has validFrom"))?;
    let until = digest.attribute("validUntil").map(time).transpose()?;
    let number = |name, what| {
        let text = required(digest, name, what)?;
        text.parse::<u16>().map_err(|_| IanaRefusal::Form(what))
    };
    let tag = number("KeyTag", "a KeyDigest has one KeyTag, a number")?;
    let algorithm = number("Algorithm", "a KeyDigest has one Algorithm, a number")?;
    let by = number("DigestType", "a KeyDigest has one DigestType, a number")?;
    let octets = required(digest, "Digest", "a KeyDigest has one Digest")?;
    if by != u16::from(SHA_256) {
        return Ok(None);
    }
    let no_digest = |_| IanaRefusal::Form("a Digest by SHA-256 is 32 octets in hexadecimal");
    let data = format!("{tag} {algorithm} {by} {}", without_spaces(&octets));
    let data = Rdata::from_text(Rtype::DS, &data).map_err(no_digest)?;
    if data.as_wire().len() != 4 + 32 {
        return Err(IanaRefusal::Form("a Digest by SHA-256 is 32 octets"));
    }
    check_key(digest, zone, (tag, algorithm), &data)?;
    let is_valid = from <= now && until.is_none_or(|until| now < until);
    Ok(is_valid.then_some(Anchor::Ds(data)))
}

/// The key that is shown beside its digest is that one (RFC 9718 §2.1: PublicKey and
/// Flags are both there, or neither).
fn check_key(
    digest: Node<'_, '_>,
    zone: &Name,
    (tag, algorithm): (u16, u16),
    data: &Rdata,
) -> Result<(), IanaRefusal> {
    let key = optional(digest, "PublicKey", "a KeyDigest has one PublicKey at most")?;
    let flags = optional(digest, "Flags", "a KeyDigest has one Flags at most")?;
    let (key, flags) = match (key, flags) {
        (None, None) => return Ok(()),
        (Some(key), Some(flags)) => (key, flags),
        _ => return Err(IanaRefusal::Form("PublicKey and Flags are there together")),
    };
    let text = format!("{flags} 3 {algorithm} {}", without_spaces(&key));
    let key = Rdata::from_text(Rtype::DNSKEY, &text);
    let key = key.map_err(|_| IanaRefusal::Form("PublicKey and Flags are those of a key"))?;
    let key = ZoneKey::parse(&key).filter(|key| key.tag() == tag);
    match key.is_some_and(|key| key.check_named(zone, [data]).is_ok()) {
        true => Ok(()),
        false => Err(IanaRefusal::KeyDiffers(tag)),
    }
}

/// A time as XML has it (XML Schema, `dateTime`), with its distance from UTC.
fn time(text: &str) -> Result<Time, IanaRefusal> {
    let found = text.trim().parse::<Timestamp>();
    let seconds = found.ok().and_then(|it| u64::try_from(it.as_second()).ok());
    let form = IanaRefusal::Form("times have a date, an hour and a distance from UTC");
    seconds.map(Time).ok_or(form)
}

fn elements<'a, 'input>(
    of: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    of.children().filter(move |it| it.has_tag_name(name))
}

fn required(
    of: Node<'_, '_>,
    name: &'static str,
    what: &'static str,
) -> Result<String, IanaRefusal> {
    optional(of, name, what)?.ok_or(IanaRefusal::Form(what))
}

/// The text of an element that is there once at most, and has nothing but text.
fn optional(
    of: Node<'_, '_>,
    name: &'static str,
    what: &'static str,
) -> Result<Option<String>, IanaRefusal> {
    let mut found = elements(of, name);
    let Some(element) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() || element.children().any(|it| it.is_element()) {
        return Err(IanaRefusal::Form(what));
    }
    let texts = element
        .children()
        .filter_map(|it| it.text().filter(|_| it.is_text()));
    let text: String = texts.collect();
    Ok(Some(text.trim().to_owned()))
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}
