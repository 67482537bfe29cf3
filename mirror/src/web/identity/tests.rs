//! Which files are an identity, and what a server shows of it.

use std::fs;
use std::process::{Command, Stdio};

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use super::*;
use crate::dns::Networks;
use crate::samples::judge;
use crate::web::door::Door;

/// Certificates that OpenSSL's program makes.
struct Office {
    openssl: PathBuf,
    directory: tempfile::TempDir,
}

impl Office {
    fn new() -> Option<Self> {
        let openssl = judge::program("openssl")?;
        let directory = tempfile::tempdir().unwrap();
        Some(Self { openssl, directory })
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    /// A certificate for this machine with its key, under these names.
    fn issue(&self, name: &str) -> IdentityFiles {
        let mut command = Command::new(&self.openssl);
        command.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1".split(' '));
        command.args("-nodes -days 30 -addext subjectAltName=IP:127.0.0.1".split(' '));
        command.args(["-subj", &format!("/CN={name}")]);
        let files = self.files(name);
        command.arg("-out").arg(&files.certificate);
        command.arg("-keyout").arg(&files.key);
        assert!(command.output().unwrap().status.success());
        files
    }

    fn files(&self, name: &str) -> IdentityFiles {
        IdentityFiles {
            certificate: self.path(&format!("{name}.certificate")),
            key: self.path(&format!("{name}.key")),
        }
    }
}

#[test]
fn what_is_no_certificate_with_its_key_is_refused_by_name() {
    let Some(office) = Office::new() else { return };
    let (one, other) = (office.issue("one"), office.issue("other"));
    let (empty, missing) = (office.path("empty"), office.path("missing"));
    fs::write(&empty, "").unwrap();
    let certificate = |certificate: &Path| IdentityFiles {
        certificate: certificate.into(),
        ..one.clone()
    };
    let key = |key: &Path| IdentityFiles {
        key: key.into(),
        ..one.clone()
    };
    assert!(Identity::read(one.clone()).is_ok());
    for (files, culprits) in [
        (key(&other.key), &[&one.certificate, &other.key][..]),
        (key(&one.certificate), &[&one.certificate]),
        (key(&empty), &[&empty]),
        (key(&missing), &[&missing]),
        (certificate(&one.key), &[&one.key]),
        (certificate(&empty), &[&empty]),
        (certificate(&missing), &[&missing]),
    ] {
        let refused = Identity::read(files).unwrap_err().to_string();
        for culprit in culprits {
            assert!(refused.contains(culprit.to_str().unwrap()), "{refused}");
        }
    }
}

/// What `openssl s_client` sees of a server: whether it agrees with it, and the names on
/// its certificate.
fn seen(office: &Office, address: &str, trusted: &Path, options: &str) -> (bool, String) {
    let mut command = Command::new(&office.openssl);
    command.args(["s_client", "-connect", address, "-verify_return_error"]);
    command
        .arg("-CAfile")
        .arg(trusted)
        .args(options.split_whitespace());
    let said = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    let subject = text.lines().find(|line| line.starts_with("subject="));
    (
        said.status.success(),
        subject.unwrap_or_default().to_owned(),
    )
}

#[test]
fn a_server_speaks_tls_1_3_and_shows_the_newest_certificate_that_has_its_key() {
    let Some(office) = Office::new() else { return };
    let (one, other) = (office.issue("one"), office.issue("other"));
    let served = office.files("served");
    let show = |from: &Path, to: &Path| {
        let aside = office.path("aside");
        fs::copy(from, &aside).unwrap();
        fs::rename(aside, to).unwrap();
    };
    show(&one.certificate, &served.certificate);
    show(&one.key, &served.key);
    let identity = Identity::read(served.clone()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    runtime.spawn(async move {
        let router = Router::new().route("/", get(|| async { "here" }));
        let door = Door::new(Networks::default()).with_identity(Some(identity));
        door.serve(listener, &router).await;
    });
    let sees =
        |trusted: &IdentityFiles, options| seen(&office, &address, &trusted.certificate, options);
    let (agrees, subject) = sees(&one, "-tls1_3");
    assert!(agrees && subject.contains("one"), "{subject}");
    assert!(!sees(&one, "-tls1_2").0);
    assert!(!sees(&other, "-tls1_3").0);
    // One file is another, and then both are.
    show(&other.certificate, &served.certificate);
    assert!(sees(&one, "-tls1_3").0);
    show(&other.key, &served.key);
    let (agrees, subject) = sees(&other, "-tls1_3");
    assert!(agrees && subject.contains("other"), "{subject}");
    fs::remove_file(&served.key).unwrap();
    assert!(sees(&other, "-tls1_3").0);
}
