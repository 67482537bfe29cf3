//! Names and the data of one record, as text and as octets, and a change of a
//! record set. Each value has one text and one wire form.

#![no_main]

use comity_core::act::json;
use comity_core::zone::{Change, Contents, Name, Rdata, Rtype};
use comity_fuzz::parts::Parts;
use comity_fuzz::samples;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    match parts.octet() % 5 {
        0 => read_name(&String::from_utf8_lossy(parts.rest())),
        1 => read_wire_name(parts.rest()),
        2 => {
            let rtype = Rtype::from_int(parts.number());
            if let Ok(data) = Rdata::from_wire(rtype, parts.rest()) {
                has_one_form(rtype, &data);
            }
        }
        3 => {
            let rtype = Rtype::from_int(parts.number());
            let text = String::from_utf8_lossy(parts.rest());
            if let Ok(data) = Rdata::from_text(rtype, &text) {
                has_one_form(rtype, &data);
            }
            // Relative names are another way to the same values.
            let origin = samples::origin();
            if let Ok(data) = Rdata::from_text_below(rtype, &text, Some(&origin)) {
                has_one_form(rtype, &data);
            }
        }
        _ => change(parts.rest()),
    }
});

fn read_name(text: &str) {
    if let Ok(name) = text.parse::<Name>() {
        assert_eq!(name.to_string().parse(), Ok(name.clone()));
        assert_eq!(Name::from_wire(name.as_wire()), Ok(name));
    }
}

fn read_wire_name(wire: &[u8]) {
    if let Ok(name) = Name::from_wire(wire) {
        assert_eq!(name.to_string().parse(), Ok(name.clone()), "{name}");
        assert_eq!(name.as_wire().len(), wire.len());
        assert!(name.as_wire().eq_ignore_ascii_case(wire));
    }
}

fn has_one_form(rtype: Rtype, data: &Rdata) {
    let text = data.to_text(rtype);
    assert_eq!(Rdata::from_text(rtype, &text).as_ref(), Ok(data), "{text}");
    assert_eq!(Rdata::from_wire(rtype, data.as_wire()).as_ref(), Ok(data));
}

fn change(octets: &[u8]) {
    let Ok(change) = json::decode::<Change>(octets) else {
        return;
    };
    if let Ok(changed) = samples::contents().with(&[change]) {
        let wire = changed.to_wire();
        assert_eq!(Contents::from_wire(changed.origin(), &wire), Ok(changed));
    }
}
