//! The one text of papers.

use super::*;

/// Papers are kept for years: a testament is filed when nobody remembers the
/// program that made it.
#[test]
fn the_format_is_pinned() {
    let mut consent = Papers::verify(good()).unwrap();
    consent.sign(&identity(1)).unwrap();
    let mut testament = Papers::verify(alone(&testament(), &[holder()])).unwrap();
    testament.sign(&identity(4)).unwrap();
    let golden: [(&Papers, &[u8]); 2] = [
        (&consent, include_bytes!("../golden/consent.papers")),
        (&testament, include_bytes!("../golden/testament.papers")),
    ];
    for (papers, golden) in golden {
        let written = papers.to_octets();
        assert_eq!(
            String::from_utf8_lossy(&written),
            String::from_utf8_lossy(golden)
        );
    }
}

#[test]
fn papers_have_one_text() {
    let text = String::from_utf8(encoded(&good())).unwrap();
    let written = Papers::parse(text.as_bytes()).unwrap().to_octets();
    assert_eq!(written, format!("{text}\n").as_bytes());
    let table = [
        ("nothing", String::new()),
        ("white space", format!(" {text}")),
        ("two line feeds", format!("{text}\n\n")),
        ("half", text[..text.len() / 2].to_string()),
        (
            "a field more",
            text.replacen("{\"papers\":1", "{\"papers\":1,\"x\":1", 1),
        ),
        (
            "a field twice",
            text.replacen("{\"papers\":1", "{\"papers\":1,\"papers\":1", 1),
        ),
        (
            "null",
            text.replacen("\"holders\":", "\"charter\":null,\"holders\":", 1),
        ),
        (
            "an empty list",
            text.replacen("\"holders\"", "\"x\":[],\"holders\"", 1),
        ),
        ("depth", "[".repeat(100_000)),
    ];
    for (what, text) in table {
        let refusal = Papers::parse(text.as_bytes()).expect_err(what);
        assert!(
            matches!(refusal, PapersRefusal::Format(_)),
            "{what}: {refusal}"
        );
    }
    let octets = limits::PAPERS_OCTETS_MAX + 1;
    let refusal = Papers::parse(&vec![b' '; octets]).unwrap_err();
    assert_eq!(refusal, PapersRefusal::TooLarge { octets });
}
