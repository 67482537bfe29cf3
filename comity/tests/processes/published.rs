//! Trust anchors that are published and signed as IANA does it, by an authority of the
//! test's own: every way in which they can be wrong, and a watcher that begins with them
//! and reads them again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use comity_core::basic::Time;
use comity_core::zone::Name;
use comity_mirror::clock::now;
use comity_mirror::watch::iana::{Publication, SIGNER};
use serde_json::Value;

use crate::support::judge;
use crate::support::upstream::{LINES, Root, USUAL};
use crate::support::workshop::{Ran, Workshop};
use crate::watching::{FIRST, SECOND};

const DAY_S: u64 = 86_400;
/// For how long the authority's certificate is valid, and those that it issues.
const AUTHORITY_DAYS: &str = "1000";
const SIGNER_DAYS: &str = "30";
const FOR_SIGNATURES: &str = "basicConstraints=critical,CA:FALSE\n\
    keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\n\
    subjectKeyIdentifier=hash\n";
const FOR_AUTHORITIES: &str = "basicConstraints=critical,CA:TRUE\n\
    keyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n";

/// An authority with its signers, in a folder.
struct Office {
    openssl: PathBuf,
    folder: tempfile::TempDir,
}

impl Office {
    /// One whose keys are of this kind.
    fn new(kind: &[&str]) -> Option<Self> {
        let [openssl] = judge::programs(["openssl"])?;
        let folder = tempfile::tempdir().unwrap();
        let office = Self { openssl, folder };
        office.key("ca", kind);
        office.request("ca", "/O=Test/CN=Test Root CA");
        office.write("ca.ext", FOR_AUTHORITIES);
        let own = ["x509", "-req", "-in", "ca.csr", "-signkey", "ca.key"];
        let more = [
            "-extfile",
            "ca.ext",
            "-days",
            AUTHORITY_DAYS,
            "-out",
            "ca.pem",
        ];
        office.run(&[&own[..], &more].concat());
        Some(office)
    }

    fn at(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.at(file), text).unwrap();
    }

    fn read(&self, file: &str) -> Vec<u8> {
        fs::read(self.at(file)).unwrap()
    }

    fn run(&self, words: &[&str]) {
        let mut command = Command::new(&self.openssl);
        judge::output(command.args(words).current_dir(self.folder.path()));
    }

    fn key(&self, name: &str, kind: &[&str]) {
        let file = format!("{name}.key");
        self.run(&[&["genpkey", "-out", &file][..], kind].concat());
    }

    fn request(&self, name: &str, subject: &str) {
        let [key, csr] = ["key", "csr"].map(|ending| format!("{name}.{ending}"));
        self.run(&["req", "-new", "-key", &key, "-subj", subject, "-out", &csr]);
    }

    /// A certificate for somebody, by `issuer`, with these extensions.
    fn issue(&self, name: &str, subject: &str, issuer: &str, extensions: &str) {
        self.key(name, EC);
        self.request(name, subject);
        let [csr, ext, pem] = ["csr", "ext", "pem"].map(|ending| format!("{name}.{ending}"));
        self.write(&ext, extensions);
        let [ca, key] = ["pem", "key"].map(|ending| format!("{issuer}.{ending}"));
        let words = ["x509", "-req", "-in", &csr, "-CA", &ca, "-CAkey", &key];
        let more = [
            "-CAcreateserial",
            "-extfile",
            &ext,
            "-days",
            SIGNER_DAYS,
            "-out",
            &pem,
        ];
        self.run(&[&words[..], &more].concat());
    }

    /// The detached signature of a document by somebody.
    fn sign(&self, document: &str, by: &str, more: &[&str]) -> Vec<u8> {
        self.write("document", document);
        let [pem, key] = ["pem", "key"].map(|ending| format!("{by}.{ending}"));
        let words = [
            "cms", "-sign", "-binary", "-in", "document", "-signer", &pem,
        ];
        let last = ["-inkey", &key, "-outform", "DER", "-out", "document.p7s"];
        self.run(&[&words[..], &last, more].concat());
        self.read("document.p7s")
    }
}

const EC: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// A file of these keys, each DS data.
fn document(keys: &[&str]) -> String {
    let digests = keys.iter().map(|key| {
        let parts: Vec<&str> = key.split(' ').collect();
        format!(
            "<KeyDigest id=\"k\" validFrom=\"2024-07-18T00:00:00+00:00\"><KeyTag>{}</KeyTag>\
             <Algorithm>{}</Algorithm><DigestType>{}</DigestType><Digest>{}</Digest></KeyDigest>",
            parts[0],
            parts[1],
            parts[2],
            parts[3..].concat()
        )
    });
    let digests: String = digests.collect();
    format!("<?xml version=\"1.0\"?><TrustAnchor id=\"t\"><Zone>.</Zone>{digests}</TrustAnchor>")
}

const ONE: &str = "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

fn subject(address: &str) -> String {
    format!("/O=Test/CN=Trust Anchors/emailAddress={address}")
}

/// What is done, as its options, and the word for why not.
type Case<'a> = (&'a str, &'a str, &'a [&'a str], Result<usize, &'a str>);

const CASES: &[Case<'static>] = &[
    ("with attributes", "good", &[], Ok(1)),
    ("without attributes", "good", &["-noattr"], Ok(1)),
    ("named by its key", "good", &["-keyid"], Ok(1)),
    ("with SHA-384", "good", &["-md", "sha384"], Ok(1)),
    ("by its other name", "named", &[], Ok(1)),
    ("without an extended usage", "any", &[], Ok(1)),
    (
        "under one between",
        "below",
        &["-certfile", "between.pem"],
        Ok(1),
    ),
    (
        "two, one of them good",
        "other",
        &["-signer", "good.pem", "-inkey", "good.key"],
        Ok(1),
    ),
    ("somebody else", "other", &[], Err("signer")),
    ("nobody", "nobody", &[], Err("signer")),
    ("a key for ciphers", "cipher", &[], Err("usage")),
    ("a key for nothing", "unsaid", &[], Err("usage")),
    ("a server's", "server", &[], Err("usage")),
    ("an authority's own", "authority", &[], Err("authority")),
    ("nothing between", "below", &[], Err("authority")),
    (
        "forged",
        "forged",
        &["-certfile", "any.pem"],
        Err("authority"),
    ),
    (
        "no certificate",
        "good",
        &["-nocerts"],
        Err("no-certificate"),
    ),
    (
        "with its contents",
        "good",
        &["-nodetach"],
        Err("malformed"),
    ),
    ("with SHA-1", "good", &["-md", "sha1"], Err("algorithm")),
    (
        "with SHA-512 by ECDSA",
        "good",
        &["-md", "sha512"],
        Err("algorithm"),
    ),
];

/// Certificates of everybody who signs.
fn staff(office: &Office) {
    let is = subject(SIGNER);
    let usage = |from: &str, to: &str| FOR_SIGNATURES.replace(from, to);
    for (name, subject, extensions) in [
        ("good", is.clone(), FOR_SIGNATURES.to_string()),
        (
            "other",
            subject("dnssec@example.org"),
            FOR_SIGNATURES.into(),
        ),
        ("nobody", "/CN=Nobody".into(), FOR_SIGNATURES.into()),
        (
            "named",
            "/CN=x".into(),
            format!("{FOR_SIGNATURES}subjectAltName=email:{SIGNER}\n"),
        ),
        (
            "cipher",
            is.clone(),
            usage("digitalSignature", "keyEncipherment"),
        ),
        (
            "unsaid",
            is.clone(),
            usage("keyUsage=critical,digitalSignature\n", ""),
        ),
        ("server", is.clone(), usage("emailProtection", "serverAuth")),
        (
            "any",
            is.clone(),
            usage("extendedKeyUsage=emailProtection\n", ""),
        ),
        (
            "authority",
            is.clone(),
            FOR_AUTHORITIES.replace("keyCertSign", "digitalSignature"),
        ),
        ("between", "/CN=Between".into(), FOR_AUTHORITIES.into()),
    ] {
        office.issue(name, &subject, "ca", &extensions);
    }
    office.issue("below", &is, "between", FOR_SIGNATURES);
    // One that is no authority cannot make another.
    office.issue("forged", &is, "any", FOR_SIGNATURES);
}

/// How many anchors there are, or the word for why not.
fn read(
    (document, signature): (&str, &[u8]),
    authorities: &[u8],
    at: Time,
) -> Result<usize, &'static str> {
    let document = document.as_bytes();
    let publication = Publication {
        document,
        signature,
        authorities,
    };
    let found = publication.anchors(&Name::root(), at);
    found.map(|it| it.len()).map_err(|refusal| refusal.code())
}

#[test]
fn whoever_may_not_sign_is_refused_and_whoever_may_is_not() {
    let Some(office) = Office::new(EC) else {
        return;
    };
    staff(&office);
    let (good, authorities) = (document(&[ONE]), office.read("ca.pem"));
    for (what, by, more, expected) in CASES {
        let signature = office.sign(&good, by, more);
        let found = read((&good, &signature), &authorities, now());
        assert_eq!(found, *expected, "{what}");
        if expected.is_ok() {
            let other = good.replace("20326", "20327");
            let changed = read((&other, &signature), &authorities, now());
            assert_eq!(changed, Err("tampered"), "{what}, and changed");
            let torn = &signature[..signature.len() - 1];
            let torn = read((&good, torn), &authorities, now());
            assert_eq!(torn, Err("malformed"), "{what}, and torn");
        }
    }
    // An intermediate authority alone is not trusted for being in the file.
    let signature = office.sign(&good, "below", &[]);
    let between = office.read("between.pem");
    let found = read((&good, &signature), &between, now());
    assert_eq!(found, Err("authorities"));
}

#[test]
fn an_authority_is_the_one_that_was_named_and_its_word_ends() {
    let (Some(office), Some(stranger)) = (Office::new(EC), Office::new(EC)) else {
        return;
    };
    let good = document(&[ONE]);
    for office in [&office, &stranger] {
        office.issue("good", &subject(SIGNER), "ca", FOR_SIGNATURES);
    }
    let authorities = office.read("ca.pem");
    let theirs = stranger.sign(&good, "good", &[]);
    let found = read((&good, &theirs), &authorities, now());
    assert_eq!(found, Err("authority"));
    let signature = office.sign(&good, "good", &[]);
    for (days, expected) in [
        (29, Ok(1)),
        (31, Err("expired")),
        (1001, Err("authority-expired")),
    ] {
        let at = now().plus(days * DAY_S);
        let found = read((&good, &signature), &authorities, at);
        assert_eq!(found, expected, "in {days} days");
    }
}

/// IANA's files in a folder.
struct Folder {
    office: Office,
    at: PathBuf,
}

impl Folder {
    fn new(workshop: &Workshop) -> Option<Self> {
        let office = Office::new(RSA)?;
        office.issue("signer", &subject(SIGNER), "ca", FOR_SIGNATURES);
        let at = workshop.path("iana");
        fs::create_dir(&at).unwrap();
        fs::write(at.join("icannbundle.pem"), office.read("ca.pem")).unwrap();
        Some(Self { office, at })
    }

    fn publish(&self, keys: &[&str]) {
        let text = document(keys);
        let signature = self.office.sign(&text, "signer", &[]);
        fs::write(self.at.join("root-anchors.xml"), text).unwrap();
        fs::write(self.at.join("root-anchors.p7s"), signature).unwrap();
    }
}

fn look(workshop: &Workshop) -> Ran {
    let dir = workshop.text("watch");
    workshop.run(&["watch", "run", "--once", "--dir", &dir])
}

/// The state that was printed, and the events of this kind.
fn seen(ran: &Ran, kind: &str) -> (Value, Vec<Value>) {
    let lines = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let state = lines.iter().rfind(|line| line["upstreams"].is_array());
    let events = lines.iter().filter(|line| line["what"].get(kind).is_some());
    (state.unwrap().clone(), events.cloned().collect())
}

fn put(root: &Root, serial: u32, file: &Path) {
    fs::write(file, root.sign(serial, LINES, USUAL)).unwrap();
}

#[test]
fn a_watcher_begins_with_what_is_published_and_reads_it_again() {
    let workshop = Workshop::new();
    let (Some(root), Some(other)) = (Root::new("ecdsap256sha256"), Root::new("ecdsap256sha256"))
    else {
        return;
    };
    let Some(folder) = Folder::new(&workshop) else {
        return;
    };
    let [dir, file, iana] = ["watch", "zone", "iana"].map(|it| workshop.text(it));
    let init = [
        "watch", "init", "--dir", &dir, "--file", &file, "--iana", &iana,
    ];
    // Without files, or with those of another signer, there is no watcher at all.
    assert_eq!(workshop.run(&init).code, Some(1));
    folder.publish(&[&root.anchor]);
    let xml = workshop.path("iana/root-anchors.xml");
    let good = fs::read_to_string(&xml).unwrap();
    fs::write(&xml, good.replace("2024-07-18", "2024-07-17")).unwrap();
    assert_eq!(workshop.run(&init).refused().0, "tampered");
    fs::write(&xml, &good).unwrap();
    workshop.run(&init).done();

    let zone = workshop.path("zone");
    put(&other, FIRST, &zone);
    let (state, _) = seen(&look(&workshop), "published");
    assert_eq!(state["upstreams"][0]["state"], "wrong-key");
    put(&root, FIRST, &zone);
    let ran = look(&workshop);
    let (state, _) = seen(&ran, "published");
    assert_eq!(
        (&state["served"], &state["published"]),
        (&FIRST.into(), &"good".into())
    );

    // A file that was changed is said, and takes away nothing.
    fs::write(&xml, good.replace("2024-07-18", "2024-07-17")).unwrap();
    put(&root, SECOND, &zone);
    let ran = look(&workshop);
    let (state, events) = seen(&ran, "published");
    assert_eq!(
        (&state["served"], &state["published"]),
        (&SECOND.into(), &"tampered".into())
    );
    assert_eq!((events.len(), &events[0]["level"]), (1, &"alarm".into()));
    assert_eq!(ran.code, Some(3));

    // The zone's key is named no more, another is: both are trusted, and that is said.
    folder.publish(&[&other.anchor]);
    let ran = look(&workshop);
    let (_, events) = seen(&ran, "anchor");
    let texts: Vec<&str> = events
        .iter()
        .map(|event| event["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts[0].ends_with("is published as a trust anchor, and trusted"),
        "{texts:?}"
    );
    assert!(
        texts[1].ends_with("trusted on until the zone revokes it"),
        "{texts:?}"
    );
    for (serial, by) in [(SECOND + 1, &other), (SECOND + 2, &root)] {
        put(by, serial, &zone);
        assert_eq!(seen(&look(&workshop), "anchor").0["served"], serial);
    }
}
