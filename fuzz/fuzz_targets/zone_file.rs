//! Zone files. What is read survives the wire form of contents, and a plain
//! zone file of its records. A reading with the keys has the same contents.

#![no_main]

use comity_core::explain::{Explained, explain};
use comity_core::zone::{Contents, Name};
use comity_fuzz::parts::Parts;
use comity_mirror::zonefile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let origin: Option<Name> = match parts.octet() % 3 {
        0 => None,
        1 => Some(Name::root()),
        _ => Some("example.".parse().unwrap()),
    };
    let octets = parts.rest();
    let published = zonefile::read_published_from(octets, origin.as_ref());
    let read = match zonefile::read_from(octets, origin.as_ref()) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(published.is_err());
            return;
        }
    };
    if let Ok(published) = published {
        assert_eq!(published.zone.contents, read.contents);
        let nothing = explain(published.version(), published.version());
        assert_eq!(nothing, Ok(Explained::default()));
    }
    let contents = read.contents;
    let zone = contents.origin();
    let wire = contents.to_wire();
    assert_eq!(Contents::from_wire(zone, &wire).as_ref(), Ok(&contents));

    let mut text = String::new();
    for (key, set) in contents.sets() {
        for data in &set.data {
            let data = data.to_text(key.rtype);
            text.push_str(&format!(
                "{} {} IN {} {data}\n",
                key.owner, set.ttl, key.rtype
            ));
        }
    }
    let again = zonefile::read_from(text.as_bytes(), None).unwrap();
    assert_eq!(again.contents, contents, "{text}");
    assert!(again.dropped.is_empty());
});
