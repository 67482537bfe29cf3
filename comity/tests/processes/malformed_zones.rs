//! Nonsense in zone files: each is refused by its rule, in words that help,
//! and nothing is founded.

use std::fs::{self, File};
use std::io::Write;

use crate::support::workshop::{Ran, Workshop, ran};
use crate::support::zone::SMALL;

/// A malformed zone: what it is called, its text, and what a refusal must say.
type Case = (&'static str, Vec<u8>, &'static [&'static str]);

fn malformed_zones() -> Vec<Case> {
    let with = |line: &str| format!("{SMALL}{line}\n").into_bytes();
    let without = |types: &str| {
        let lines = SMALL.lines().filter(|line| !line.contains(types));
        lines
            .map(|line| format!("{line}\n"))
            .collect::<String>()
            .into_bytes()
    };
    let label = "l".repeat(64);
    let long = with(&format!("{label}. 172800 IN NS a.root.commons."));
    vec![
        ("cname", with("lagoon. 300 IN CNAME atoll."), &["lagoon."]),
        (
            "below",
            with("www.atoll. 300 IN TXT \"not ours\""),
            &["www.atoll. TXT", "atoll."],
        ),
        ("soa", without(" SOA "), &["SOA"]),
        ("ns", without(". 518400 IN NS"), &["NS"]),
        (
            "relative",
            with("www 300 IN A 192.0.2.9"),
            &["`www` is relative"],
        ),
        (
            "ttl",
            with("atoll. 300 IN NS a.root.commons."),
            &["atoll. NS", "TTL"],
        ),
        ("label", long, &["63 octets"]),
        ("empty", Vec::new(), &["SOA"]),
        (
            "binary",
            (0..=255).cycle().take(4096).collect(),
            &["line 1", "octet 0"],
        ),
        ("include", with("$INCLUDE /etc/passwd"), &["$INCLUDE"]),
        ("data", with("lagoon. 300 IN DS 1 2 3 zz"), &["lagoon. DS"]),
        (
            "class",
            with("lagoon. 300 CH TXT \"x\""),
            &["lagoon.", "CH"],
        ),
    ]
}

#[test]
fn malformed_zones_are_refused_by_name_and_found_nothing() {
    let workshop = Workshop::new();
    let founder = Founder::new(&workshop);
    for (name, octets, expected) in malformed_zones() {
        let file = workshop.write(name, &octets).display().to_string();
        let mut runs = vec![founder.quickstart(&file)];
        // With the charter's zone as origin a relative name is one of ours.
        if name != "relative" {
            runs.push(founder.found(&file));
        }
        for ran in runs {
            assert_eq!(ran.code, Some(3), "{name}: {ran:?}");
            let (rule, text) = ran.refused();
            assert_eq!(rule, "zone", "{name}: {text}");
            for part in expected {
                assert!(text.contains(part), "{name}: {part:?} is not in {text:?}");
            }
            assert!(!ran.stderr.contains("panicked"), "{name}: {}", ran.stderr);
        }
        founder.nothing_is_there(name);
    }
}

#[test]
fn a_record_out_of_the_zone_is_refused() {
    let workshop = Workshop::new();
    let founder = Founder::new(&workshop);
    let zone = "alps.example. 300 IN SOA ns.alps.example. t.alps.example. 1 2 3 4 5\n\
        alps.example. 300 IN NS ns.alps.example.\n\
        ns.alps.example. 300 IN A 192.0.2.1\n\
        www.sea.example. 300 IN A 192.0.2.2\n";
    let file = workshop.write("out", zone.as_bytes()).display().to_string();
    let ran = founder.quickstart(&file);
    let (rule, text) = ran.refused();
    assert_eq!(rule, "zone");
    assert!(text.contains("www.sea.example. A is outside"), "{text}");
    let other = founder.found(&file);
    let (rule, _) = other.refused();
    assert_eq!(rule, "zone", "the charter is for another zone");
    founder.nothing_is_there("out");
}

#[test]
fn a_hundred_megabytes_of_nonsense_are_refused() {
    let workshop = Workshop::new();
    let founder = Founder::new(&workshop);
    let path = workshop.path("nonsense");
    let mut file = File::create(&path).unwrap();
    let line = [&b"nonsense "[..]; 128].concat();
    let block = [&line[..], b"\n"].concat().repeat(900);
    for _ in 0..100 {
        file.write_all(&block).unwrap();
    }
    assert!(file.metadata().unwrap().len() > 100_000_000);
    let path = path.display().to_string();
    for ran in [founder.found(&path), founder.quickstart(&path)] {
        let (rule, text) = ran.refused();
        assert_eq!(rule, "zone", "{text}");
        assert!(text.contains("64 MiB"), "{text}");
    }
    founder.nothing_is_there("nonsense");
}

/// Founds zones with two members.
struct Founder<'a> {
    workshop: &'a Workshop,
}

impl<'a> Founder<'a> {
    fn new(workshop: &'a Workshop) -> Self {
        for name in ["alba", "boreal"] {
            let dir = workshop.text(name);
            let init = ["member", "init", "--dir", &dir, "--name", name];
            let init = [&init[..], &["--secretariat", "http://unset"]].concat();
            workshop.run(&init).done();
        }
        let charter = workshop.run(&["charter", "new", "--members", "2"]);
        workshop.write("charter.toml", charter.stdout.as_bytes());
        Self { workshop }
    }

    fn found(&self, zone: &str) -> Ran {
        let at = |below: &str| self.workshop.text(below);
        let (dir, charter) = (at("found"), at("charter.toml"));
        let (alba, boreal) = (at("alba/card.json"), at("boreal/card.json"));
        let found = [
            "found",
            "--dir",
            &dir,
            "--charter",
            &charter,
            "--zone",
            zone,
        ];
        let members = ["--member", &alba, "--member", &boreal];
        self.workshop.run(&[&found[..], &members].concat())
    }

    fn quickstart(&self, zone: &str) -> Ran {
        let temporary = self.workshop.path("temporary");
        fs::create_dir_all(&temporary).unwrap();
        let args = ["quickstart", "--once", "--json", "--zone", zone];
        let mut command = self.workshop.command(&args);
        ran(command.env("TMPDIR", temporary))
    }

    fn nothing_is_there(&self, name: &str) {
        assert!(!self.workshop.path("found").exists(), "{name}");
        let temporary = fs::read_dir(self.workshop.path("temporary"));
        assert_eq!(temporary.unwrap().count(), 0, "{name}");
    }
}
