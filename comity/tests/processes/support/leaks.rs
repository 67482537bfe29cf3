//! Looks for secrets in whatever somebody wrote or sent, in every form in which
//! a program lets one slip.

use std::collections::{BTreeSet, HashMap};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

/// Octets by which a form is looked up; none is shorter.
const START: usize = 8;

/// What is looked for.
#[derive(Default)]
pub(crate) struct Needles {
    /// The rest of each form, and the secret's name, by how the form starts.
    forms: HashMap<[u8; START], Vec<(Vec<u8>, String)>>,
}

impl Needles {
    /// Looks for this secret as well, and for either half of it alone.
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        let halves = secret.split_at(secret.len() / 2);
        for half in [halves.0, halves.1] {
            for form in forms(half) {
                let (start, rest) = form.split_first_chunk().unwrap();
                let known = self.forms.entry(*start).or_default();
                known.push((rest.to_vec(), name.to_string()));
            }
        }
    }

    /// The names of the secrets that are in there.
    pub(crate) fn find(&self, haystack: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (at, start) in haystack.windows(START).enumerate() {
            let start: &[u8; START] = start.try_into().unwrap();
            for (rest, name) in self.forms.get(start).into_iter().flatten() {
                if haystack[at + START..].starts_with(rest) {
                    found.insert(name.clone());
                }
            }
        }
        found
    }
}

/// The octets and their reverse: as they are, as hexadecimal digits, as base64
/// wherever they begin in what is encoded, and as lists of numbers.
fn forms(octets: &[u8]) -> Vec<Vec<u8>> {
    let reverse: Vec<u8> = octets.iter().rev().copied().collect();
    let mut forms = Vec::new();
    for octets in [octets, &reverse] {
        forms.push(octets.to_vec());
        forms.push(HEXLOWER.encode(octets).into_bytes());
        forms.push(HEXUPPER.encode(octets).into_bytes());
        for before in 0..3 {
            let shifted = [&[0; 2][..before.min(2)], octets].concat();
            // Only the digits that depend on nothing around.
            let digits = (8 * before).div_ceil(6)..8 * shifted.len() / 6;
            for code in [BASE64_NOPAD, BASE64URL_NOPAD] {
                forms.push(code.encode(&shifted)[digits.clone()].as_bytes().to_vec());
            }
        }
        let numbers: Vec<_> = octets.iter().map(u8::to_string).collect();
        forms.extend([", ", ","].map(|between| numbers.join(between).into_bytes()));
    }
    forms
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret: Vec<u8> = (0..32_u8).map(|n| n.wrapping_mul(151) ^ 0x5a).collect();
    let mut needles = Needles::default();
    needles.add("key", &secret);
    let reverse: Vec<u8> = secret.iter().rev().copied().collect();
    let base64 = |before: &[u8]| BASE64_NOPAD.encode(&[before, &secret, b"after"].concat());
    for said in [
        secret.clone(),
        secret[..16].to_vec(),
        secret[16..].to_vec(),
        reverse.clone(),
        HEXLOWER.encode(&secret).into(),
        HEXUPPER.encode(&reverse).into(),
        base64(b"").into(),
        base64(b"1").into(),
        base64(b"12").into(),
        base64(b"123").into(),
        BASE64URL_NOPAD.encode(&secret).into(),
        format!("{secret:?}").into(),
        serde_json::to_vec(&secret).unwrap(),
    ] {
        let said = [b"before", &said[..], b"after"].concat();
        assert_eq!(needles.find(&said).len(), 1, "{said:?}");
    }
    assert!(needles.find(&secret[1..15]).is_empty());
    assert!(needles.find(&[7; 100]).is_empty());
}
