//! What upstreams give a watcher: the octets of a transfer, the records of a zone
//! file, and what was kept of trust anchors and of what was judged. Nothing that does not verify is taken, and
//! nothing of it panics.

#![no_main]

use std::io::{self, Cursor, Read, Write};
use std::time::Duration;

use comity_core::basic::Time;
use comity_core::guard::History;
use comity_core::upstream::{Anchor, Anchors, UpstreamZone, Verification, Zonemd};
use comity_core::zone::{Name, Rdata, Record, Rtype};
use comity_fuzz::parts::Parts;
use comity_mirror::signature::ByRing;
use comity_mirror::watch::upstream::Primary;
use comity_mirror::watch::upstream::transfer::Connection;
use comity_mirror::zonefile;
use libfuzzer_sys::fuzz_target;

const NOW: Time = Time(1_800_000_000);

/// A primary that says this, whatever it is asked.
struct Talker(Cursor<Vec<u8>>);

impl Read for Talker {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Talker {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn anchors(zone: &Name) -> Anchors {
    let data = "257 3 13 sqfnoYrlb2wYeCfcCAGlWtEiH9OAe1vTOhqAMv3kKovzKI/TmC7flougUw3+qk1+CywPVwKPhW/bvAbAuvTvmQ==";
    let key = Rdata::from_text(Rtype::DNSKEY, data).unwrap();
    Anchors::new(zone, vec![Anchor::Key(key)]).unwrap()
}

fn verify(zone: &Name, records: Vec<Record>) {
    let how = Verification {
        anchors: &anchors(zone),
        now: NOW,
        zonemd: Zonemd::IfThere,
        check: ByRing,
    };
    if let Err(refusal) = UpstreamZone::verify(zone, records, &how) {
        assert!(!refusal.to_string().is_empty() && !refusal.code().is_empty());
    }
}

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let zone: Name = "example.".parse().unwrap();
    match parts.octet() % 4 {
        0 => {
            let primary = Primary {
                address: "127.0.0.1:53".parse().unwrap(),
                key: None,
                tls: None,
                patience: Duration::from_secs(1),
            };
            let said = Talker(Cursor::new(parts.rest().to_vec()));
            let mut connection = Connection::over(&primary, &zone, Box::new(said), 7);
            let _serial = connection.announced(NOW);
            if let Ok(records) = connection.transfer(None, NOW) {
                verify(&zone, records);
            }
        }
        1 => {
            if let Ok((zone, records)) = zonefile::read_records(parts.rest(), Some(&zone)) {
                verify(&zone, records);
            }
        }
        2 => {
            let text = String::from_utf8_lossy(parts.rest());
            if let Ok(history) = History::from_json(&text) {
                assert_eq!(History::from_json(&history.to_json()), Ok(history));
            }
        }
        _ => {
            let text = String::from_utf8_lossy(parts.rest());
            if let Ok(anchors) = Anchors::from_json(&text) {
                assert_eq!(
                    Anchors::from_json(&anchors.to_json()).as_ref(),
                    Ok(&anchors)
                );
            }
        }
    }
});
