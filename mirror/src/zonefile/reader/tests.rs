//! Zone files as people write them, and what is said about faults.

use super::*;

const ZONE: &str = "\
; a comment
$ORIGIN example.
$TTL 1h
@       IN SOA ns admin ( 7    ; serial
                          1800 15m 1w
                          300 )
        IN NS  ns
        60 MX  10 mail
        60 MX  20 mail.other.
        CDS 1 8 2 AB
ns.example. 2d IN A 192.0.2.1
        IN 2d AAAA 2001:DB8::1
        172800 AAAA 2001:db8::2
svc     HTTPS 1 . alpn=\"h2,h3\" port=443
mail    TYPE65280 \\# 2 ABCD
        TXT two \"words ; here\"
$ORIGIN sub.example.
@       NS ns
        DS 1 8 2 AB
        NSEC x. A
ns      A 192.0.2.2
ns      RRSIG nonsense, which nobody reads
";

fn read_text(text: &str) -> Result<ReadZone, ZoneFileError> {
    read_from(text.as_bytes(), None)
}

#[test]
fn an_owner_written_alike_is_another_below_another_origin() {
    let zone = format!("{ZONE}ns A 192.0.2.3\n$ORIGIN deep.sub.example.\nns A 192.0.2.4\n");
    let zone = read_text(&zone).unwrap();
    for (name, count) in [("ns.sub.example.", 2), ("ns.deep.sub.example.", 1)] {
        let set = zone.contents.get(&name.parse().unwrap(), Rtype::A).unwrap();
        assert_eq!(set.data.len(), count, "{name}");
    }
}

#[test]
fn reads_what_people_write() {
    let zone = read_text(ZONE).unwrap();
    assert_eq!(zone.serial, 7);
    assert_eq!(zone.contents.origin().to_string(), "example.");
    let dropped: Vec<_> = zone.dropped.into_iter().collect();
    assert_eq!(
        dropped,
        [(Rtype::RRSIG, 1), (Rtype::NSEC, 1), (Rtype::CDS, 1)]
    );
    let lines: Vec<String> = zone
        .contents
        .sets()
        .flat_map(|(key, set)| {
            let line = move |data: &Rdata| {
                format!(
                    "{} {} {} {}",
                    key.owner,
                    set.ttl,
                    key.rtype,
                    data.to_text(key.rtype)
                )
            };
            set.data.iter().map(line).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        lines,
        [
            "example. 3600 NS ns.example.",
            "example. 3600 SOA ns.example. admin.example. 7 1800 900 604800 300",
            "example. 60 MX 10 mail.example.",
            "example. 60 MX 20 mail.other.",
            "mail.example. 3600 TXT \"two\" \"words ; here\"",
            "mail.example. 3600 TYPE65280 \\# 2 ABCD",
            "ns.example. 172800 A 192.0.2.1",
            "ns.example. 172800 AAAA 2001:db8::1",
            "ns.example. 172800 AAAA 2001:db8::2",
            "sub.example. 3600 NS ns.sub.example.",
            "sub.example. 3600 DS 1 8 2 AB",
            "ns.sub.example. 3600 A 192.0.2.2",
            "svc.example. 3600 HTTPS \\# 19 000100000100060268320268330003000201BB",
        ]
    );
}

#[test]
fn names_are_relative_to_the_origin_that_is_given() {
    let text = "@ 60 SOA a b 1 2 3 4 5\n 60 NS a\na 60 A 192.0.2.1";
    let zone = read_from(text.as_bytes(), Some(&"be.".parse().unwrap())).unwrap();
    assert_eq!(zone.contents.origin().to_string(), "be.");
    assert!(
        zone.contents
            .get(&"a.be.".parse().unwrap(), Rtype::A)
            .is_some()
    );
    let zone = read_from(text.as_bytes(), Some(&Name::root())).unwrap();
    assert_eq!(zone.contents.origin(), &Name::root());
}

/// A line that is put after the good zone, and what is said about it.
const REFUSED: &[(&str, &str)] = &[
    (
        "a.test. A 192.0.2.1",
        "a.test. A is outside of the zone example.; leave it out",
    ),
    (
        "mail.example. CNAME x",
        "a CNAME and other data; remove one",
    ),
    (
        "ns 1 A 192.0.2.9\nns 2 A 192.0.2.8",
        "ns.sub.example. A have different TTLs",
    ),
    ("ns A 192.0.2.2", "192.0.2.2 is there twice; keep one"),
    (
        "ns TXT x",
        "is data of the zone that sub.example. is delegated to",
    ),
    (
        "b CDS 1 8 2 AB",
        "is derived by every verifier; leave it out",
    ),
    ("\tSOA a b 1 2 3 4 5", "has an SOA record too many"),
    (
        "b CH TXT x",
        "b.sub.example. is of class CH; only IN can be here",
    ),
    ("b CLASS3 TXT x", "is of class CLASS3"),
    ("b XX 192.0.2.1", "`XX` is no record type, class or TTL"),
    ("b 1 2 A 192.0.2.1", "`2` is no record type"),
    ("b 1x A 192.0.2.1", "`1x` is no record type"),
    ("b IN", "b.sub.example. has no record type"),
    ("b 1000000w A 192.0.2.1", "TTL 1000000w is above"),
    ("b A 192.0.2", "the data of b.sub.example. A is wrong"),
    ("b A 192.0.2.1 x", "the data of b.sub.example. A is wrong"),
    ("b TXT", "the data of b.sub.example. TXT is wrong"),
    (
        "b HTTPS 1 . alpn",
        "the data of b.sub.example. HTTPS is wrong",
    ),
    ("b TYPE65280 x", "expected the generic form"),
    ("b NULL \\# 0", "a record type that zones may have"),
    ("a..b A 192.0.2.1", "`a..b` is not a domain name"),
    ("$INCLUDE other.zone", "put the records in this file"),
    ("$GENERATE 1-2 a A 192.0.2.$", "$GENERATE is not known"),
    ("$TTL", "$TTL takes one value"),
    ("$TTL never", "$TTL takes one value"),
    ("$ORIGIN a. b.", "$ORIGIN takes one value"),
    ("b A \"", "a quote is not closed on this line"),
    ("b A ( 192.0.2.1", "a parenthesis is not closed"),
    ("b A 192.0.2.1 )", "a parenthesis closes nothing"),
];

#[test]
fn says_where_what_and_what_to_do() {
    for (line, said) in REFUSED {
        let error = read_text(&format!("{ZONE}\n{line}\n")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(said), "{line}: {text}");
        assert!(error.line.is_some_and(|line| line >= 16), "{line}: {text}");
    }
    let last = ZONE.lines().count() + 1;
    let error = read_text(&format!("{ZONE}ns A 192.0.2.2")).unwrap_err();
    assert_eq!(error.line, Some(last as u64));
    let long = format!("{ZONE}{}. A 192.0.2.1", "x".repeat(64));
    let text = read_text(&long).unwrap_err().to_string();
    assert!(
        text.contains("has a label of more than 63 octets"),
        "{text}"
    );
}

#[test]
fn says_what_a_whole_file_lacks() {
    for (text, said) in [
        ("", "no SOA record, so it is not said which zone"),
        (
            "a. 1 A 192.0.2.1",
            "no SOA record, so it is not said which zone",
        ),
        ("a. 1 SOA a. b. 1 2 3 4 5", "a. has no NS records; add them"),
        (
            "a 1 SOA a. b. 1 2 3 4 5",
            "`a` is relative, and to what is not said",
        ),
        (
            "a..b. 1 SOA a. b. 1 2 3 4 5",
            "`a..b.` is not a domain name",
        ),
        (
            concat!(
                "a123456789a123456789a123456789a123456789a123456789a123456789abcd. ",
                "1 SOA a. b. 1 2 3 4 5"
            ),
            "has a label of more than 63 octets",
        ),
        (
            "@ 1 SOA a. b. 1 2 3 4 5",
            "`@` is relative, and to what is not said",
        ),
        (
            "a. 1 SOA a b. 1 2 3 4 5",
            "expected absolute names, with a final dot",
        ),
        (
            " 1 SOA a. b. 1 2 3 4 5",
            "no owner, and no record above has one",
        ),
        (
            "a. SOA a. b. 1 2 3 4 5",
            "a. SOA has no TTL, and there is none above",
        ),
    ] {
        let error = read_text(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    let other = read_from("a. 1 SOA a. b. 1 2 3 4 5".as_bytes(), Some(&Name::root()));
    assert!(other.unwrap_err().to_string().contains("too many"));
    let error = read(Path::new("/nowhere"), None).unwrap_err();
    assert!(matches!(error.fault, Fault::Unreadable(_)));
}
