//! A holder whose key never leaves its token: SoftHSM's, with a key that
//! OpenSC's `pkcs11-tool` made on it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::dns;
use crate::support::judge::{output, programs, skip};
use crate::support::workshop::{Ran, ran};
use crate::support::zone::{Plan, Zone};

/// Where Debian and others have the library.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
const PIN: &str = "1234";

#[test]
fn a_key_on_a_token_signs_wherever_one_in_a_directory_does() {
    let Some([util, tool]) = programs(["softhsm2-util", "pkcs11-tool"]) else {
        return;
    };
    let Some(library) = LIBRARIES.iter().find(|path| Path::new(path).exists()) else {
        return skip("there is no SoftHSM here");
    };
    let zone = Zone::serve(&Plan::default());
    let conf = make_token(&zone, &util, &tool, library);
    let uri = uri(&zone, library);
    let with_token = |args: &[&str]| -> Ran {
        let rest = ["--ledger", zone.http(), "--founding", &zone.founding];
        let mut command = zone.workshop.command(&[args, &rest].concat());
        ran(command.arg("--json").env("SOFTHSM2_CONF", &conf))
    };

    let dir = zone.workshop.text("op");
    let key = ["holder", "key", "--dir", &dir, "--name", "op"];
    let mut key = zone
        .workshop
        .command(&[&key[..], &["--token", &uri]].concat());
    ran(key.arg("--json").env("SOFTHSM2_CONF", &conf)).done();
    let card = zone.workshop.text("op/card.json");
    zone.act("harbour", &["holder", "rotate", "--key", &card])
        .done();

    let sets = [
        "harbour. 172800 NS a.nic.harbour.",
        "harbour. 172800 NS a.root.commons.",
    ];
    let propose = [
        "propose",
        "--no-checks",
        "--reason",
        "By token",
        "--set",
        sets[0],
    ];
    let propose = [&propose[..], &["--set", sets[1], "--as", &uri]].concat();
    let proposed = with_token(&propose).done();
    let papers = zone.workshop.text("token.papers");
    let id = proposed["id"].as_str().unwrap();
    zone.ask(&["consent", id, "--prepare", &papers]).done();
    let mut sign = zone.workshop.command(&["sign", &papers, "--as", &uri]);
    ran(sign.arg("--json").env("SOFTHSM2_CONF", &conf)).done();
    zone.ask(&["submit", &papers]).done();
    zone.wait("the change to be served", || {
        let servers = dns::name_servers(zone.dns(), "harbour.");
        servers
            .contains(&"a.root.commons.".to_string())
            .then_some(())
    });
    let nobody = with_token(&[
        "vote",
        id,
        "for",
        "--as",
        &uri.replace("token=be", "token=lu"),
    ]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    zone.nobody_panicked();
}

fn uri(zone: &Zone, library: &str) -> String {
    let pin = zone.workshop.text("pin");
    format!("pkcs11:token=be;object=op?module-path={library}&pin-source={pin}")
}

/// A token `be` with the key `op`; gives the library's configuration.
fn make_token(zone: &Zone, util: &Path, tool: &Path, library: &str) -> PathBuf {
    let pin = zone.workshop.write("pin", PIN.as_bytes());
    fs::set_permissions(pin, fs::Permissions::from_mode(0o600)).unwrap();
    let tokens = zone.workshop.path("tokens");
    fs::create_dir(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\n", tokens.display());
    let conf = zone.workshop.write("softhsm.conf", text.as_bytes());
    let run = |program: &Path, args: &[&str]| {
        let mut command = Command::new(program);
        output(command.args(args).env("SOFTHSM2_CONF", &conf));
    };
    let init = ["--init-token", "--free", "--so-pin", "12345678"];
    run(
        util,
        &[&init[..], &["--pin", PIN, "--label", "be"]].concat(),
    );
    let open = ["--module", library, "--token-label", "be", "--login"];
    let make = ["--pin", PIN, "--keypairgen", "--key-type"];
    let key = ["EC:edwards25519", "--label", "op", "--id", "01"];
    run(tool, &[&open[..], &make, &key].concat());
    conf
}
