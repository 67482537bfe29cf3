//! What IANA has published, whatever can be wrong with it, and the form of the file.
//! Other signers are in the tests of processes, since they need OpenSSL.

use comity_core::zone::{Rdata, Rtype};

use super::super::roots;
use super::*;

/// 2025-01-01, when IANA's signature was good, and the day after its certificate ended.
const NOW: Time = Time(1_735_689_600);
const LATER: Time = Time(1_783_551_600);

const DOCUMENT: &[u8] = include_bytes!("published/root-anchors.xml");
const IANA: Publication<'_> = Publication {
    document: DOCUMENT,
    signature: include_bytes!("published/root-anchors.p7s"),
    authorities: include_bytes!("published/icannbundle.pem"),
};

fn texts(anchors: &[Anchor]) -> Vec<String> {
    let text = |anchor: &Anchor| match anchor {
        Anchor::Ds(data) => data.to_text(Rtype::DS).to_uppercase(),
        Anchor::Key(data) => data.to_text(Rtype::DNSKEY),
    };
    anchors.iter().map(text).collect()
}

#[test]
fn what_iana_has_signed_names_the_keys_that_are_in_the_program() {
    let found = IANA.anchors(&Name::root(), NOW).unwrap();
    let known = roots::ANCHORS.map(|text| Anchor::Ds(Rdata::from_text(Rtype::DS, text).unwrap()));
    assert_eq!(found, known);
}

#[test]
fn a_signer_is_believed_while_its_certificate_is_valid() {
    let code = |now| {
        IANA.anchors(&Name::root(), now)
            .map_err(|refusal| refusal.code())
    };
    assert_eq!(code(LATER), Err("expired"));
    // 2021-07-08, before it began; 2009, before its authority's; 2030, after that.
    assert_eq!(code(Time(1_625_720_000)), Err("not-yet-valid"));
    assert_eq!(code(Time(1_250_000_000)), Err("authority-expired"));
    assert_eq!(code(Time(1_900_000_000)), Err("authority-expired"));
}

#[test]
fn any_octet_that_is_another_or_missing_is_noticed() {
    let good = IANA.anchors(&Name::root(), NOW).unwrap();
    let refused = |publication: Publication<'_>| match publication.anchors(&Name::root(), NOW) {
        Ok(found) => {
            assert_eq!(found, good);
            false
        }
        Err(refusal) => !refusal.to_string().is_empty() && !refusal.code().is_empty(),
    };
    for at in 0..DOCUMENT.len() {
        let mut document = DOCUMENT.to_vec();
        document[at] ^= 1;
        let document = &document;
        assert!(refused(Publication { document, ..IANA }), "octet {at}");
    }
    // What nobody signs, such as a certificate that is not the signer's, may change.
    let mut unnoticed = 0;
    for at in (0..IANA.signature.len()).step_by(3) {
        let mut signature = IANA.signature.to_vec();
        signature[at] ^= 1;
        let signature = &signature;
        unnoticed += usize::from(!refused(Publication { signature, ..IANA }));
        let signature = &IANA.signature[..at];
        assert!(refused(Publication { signature, ..IANA }), "up to {at}");
    }
    assert!(unnoticed < IANA.signature.len() / 3 / 2, "{unnoticed}");
}

#[test]
fn files_that_are_none_of_these_are_refused() {
    let long = vec![b' '; limits::ANCHOR_FILE_OCTETS_MAX + 1];
    let pem = |text: &str| text.as_bytes().to_vec();
    let own: Vec<u8> = {
        // The authority that signs its own is the first; without it there is none.
        let text = std::str::from_utf8(IANA.authorities).unwrap();
        let second = text.match_indices("-----BEGIN").nth(1).unwrap().0;
        text.as_bytes()[second..].to_vec()
    };
    let broken = pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let of_document = |document| Publication { document, ..IANA };
    let of_signature = |signature| Publication { signature, ..IANA };
    let of_authorities = |authorities| Publication {
        authorities,
        ..IANA
    };
    for (publication, code) in [
        (of_document(&*long), "too-large"),
        (of_signature(&*long), "too-large"),
        (of_authorities(&*long), "too-large"),
        (of_signature(b""), "malformed"),
        (of_signature(DOCUMENT), "malformed"),
        (of_document(b""), "tampered"),
        (of_authorities(b""), "authorities"),
        (of_authorities(&*own), "authorities"),
        (of_authorities(&*broken), "authorities"),
    ] {
        let refusal = publication.anchors(&Name::root(), NOW).unwrap_err();
        assert_eq!(refusal.code(), code, "{refusal}");
    }
    let other = IANA.anchors(&"example.".parse().unwrap(), NOW).unwrap_err();
    assert_eq!(other, IanaRefusal::OtherZone(Name::root()));
    assert_eq!(other.code(), "zone");
}

/// A KeyDigest of the key of 2024, with other attributes or elements.
const VALID: &str = "validFrom=\"2024-07-18T00:00:00+00:00\"";
const KEY: &str = "<KeyTag>38696</KeyTag><Algorithm>8</Algorithm><DigestType>2</DigestType>\
    <Digest>683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16</Digest>";

fn file(inside: &str) -> String {
    format!("<?xml version=\"1.0\"?><TrustAnchor id=\"1\">{inside}</TrustAnchor>")
}

fn digest(attributes: &str, inside: &str) -> String {
    file(&format!(
        "<Zone>.</Zone><KeyDigest {attributes}>{inside}</KeyDigest>"
    ))
}

fn read(text: &str, now: Time) -> Result<Vec<String>, IanaRefusal> {
    document::anchors(text.as_bytes(), &Name::root(), now).map(|found| texts(&found))
}

#[test]
fn a_key_is_an_anchor_from_its_first_second_until_its_last() {
    let from = 1_721_260_800;
    let ends = "validFrom=\"2024-07-18T02:00:00+02:00\" validUntil=\"2024-07-19T00:00:00Z\"";
    for (now, is_valid) in [
        (from - 1, false),
        (from, true),
        (from + 86_399, true),
        (from + 86_400, false),
    ] {
        let found = read(&digest(ends, KEY), Time(now));
        let expected: Result<_, &str> = match is_valid {
            true => Ok(1),
            false => Err("none-valid"),
        };
        let found = found.map(|it| it.len()).map_err(|refusal| refusal.code());
        assert_eq!(found, expected, "{now}");
    }
    assert_eq!(
        read(&digest(VALID, KEY), Time(4_000_000_000))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_file_of_another_form_is_refused() {
    let deep = "<a>".repeat(5_000);
    let wide = "<a/>".repeat(5_000);
    let without = |part: &str| digest(VALID, &KEY.replace(part, ""));
    let instead = |part: &str, by: &str| digest(VALID, &KEY.replace(part, by));
    let entity = "<!DOCTYPE a [<!ENTITY b \"&c;&c;\"><!ENTITY c \"3\">]>";
    let key_of_2017 = "<PublicKey>AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbz\
        </PublicKey><Flags>257</Flags>";
    for (text, code) in [
        (String::new(), "form"),
        ("<TrustAnchor>".into(), "form"),
        (file(""), "form"),
        (file("<Zone>.</Zone>"), "none-valid"),
        (file("<Zone>.</Zone><Zone>.</Zone>"), "form"),
        (file("<Zone><Zone>.</Zone></Zone>"), "form"),
        (file("<Zone>example.</Zone>"), "zone"),
        (file("<Zone>a..b</Zone>"), "form"),
        (digest(VALID, KEY).replace("TrustAnchor", "Other"), "form"),
        // Bombs.
        (format!("{entity}{}", file("<Zone>.</Zone>")), "form"),
        (file("<Zone>&c;</Zone>"), "form"),
        (file(&deep), "form"),
        (file(&wide), "form"),
        // What one KeyDigest lacks, or has twice.
        (digest("", KEY), "form"),
        (digest("validFrom=\"yesterday\"", KEY), "form"),
        (digest("validFrom=\"2024-07-18T00:00:00\"", KEY), "form"),
        (digest("validFrom=\"1924-07-18T00:00:00Z\"", KEY), "form"),
        (digest(&format!("{VALID} validUntil=\"\""), KEY), "form"),
        (without("<KeyTag>38696</KeyTag>"), "form"),
        (without("<Algorithm>8</Algorithm>"), "form"),
        (without("<DigestType>2</DigestType>"), "form"),
        (instead("<KeyTag>", "<KeyTag>1</KeyTag><KeyTag>"), "form"),
        (instead("38696", "65536"), "form"),
        (instead("38696", "-1"), "form"),
        (instead("683D", ""), "form"),
        (instead("683D", "G83D"), "form"),
        (instead("<Algorithm>8", "<Algorithm>256"), "form"),
        // Another digest is none that is taken.
        (instead("<DigestType>2", "<DigestType>1"), "none-valid"),
        // The key that is shown.
        (digest(VALID, &format!("{KEY}<Flags>257</Flags>")), "form"),
        (digest(VALID, &format!("{KEY}{key_of_2017}")), "key"),
        (
            digest(VALID, &format!("{KEY}{}", key_of_2017.replace("257", "x"))),
            "form",
        ),
    ] {
        let found = read(&text, NOW);
        let refusal = found.unwrap_err();
        assert_eq!(refusal.code(), code, "{:.200}: {refusal}", text);
    }
    let shown = std::str::from_utf8(DOCUMENT).unwrap();
    assert_eq!(
        read(&shown.replace("<Flags>257", "<Flags>256"), NOW)
            .unwrap_err()
            .code(),
        "key"
    );
    assert_eq!(
        read(&shown.replace("<Digest>E0", "<Digest>E1"), NOW)
            .unwrap_err()
            .code(),
        "key"
    );
}

#[test]
fn what_a_later_form_adds_is_passed_over() {
    let more = format!("{KEY}<More><KeyTag>7</KeyTag></More>");
    let text = digest(&format!("{VALID} more=\"1\""), &more);
    let text = text
        .replace("<Zone>", "<More/><!-- so it is --><Zone> ")
        .replace("8</A", " 8\n</A");
    assert_eq!(read(&text, NOW), read(&digest(VALID, KEY), NOW));
}

#[test]
fn too_many_keys_are_refused() {
    let one = format!("<KeyDigest {VALID}>{KEY}</KeyDigest>");
    let many = |count| file(&format!("<Zone>.</Zone>{}", one.repeat(count)));
    assert!(read(&many(limits::ANCHORS_MAX), NOW).is_ok());
    let refusal = read(&many(limits::ANCHORS_MAX + 1), NOW).unwrap_err();
    assert_eq!(refusal.code(), "too-large");
}
