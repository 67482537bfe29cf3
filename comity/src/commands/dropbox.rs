//! `comity box`.

use comity_core::basic::Digest;
use comity_core::charter::DropBox;
use comity_core::state::is_party_name;
use comity_mirror::dns::Networks;
use comity_mirror::follow::Follower;
use comity_mirror::source;
use comity_secretariat::dropbox::desk::Desk;
use comity_secretariat::dropbox::home::Home;
use comity_secretariat::dropbox::server;

use super::filing::is_url;
use super::secretariat::ADDRESS_FILE;
use super::{passphrase, until_stopped};
use crate::args::BoxCommand;
use crate::output::{Failure, Output};

/// Runs `comity box`.
pub(crate) fn run(command: BoxCommand, output: &Output) -> Result<(), Failure> {
    match command {
        BoxCommand::Init {
            dir,
            name,
            url,
            passphrase,
        } => {
            check(&name, &url)?;
            let passphrase = passphrase::read(&passphrase)?;
            let card = Home::new(dir).create(&name, &url, &passphrase);
            let card = card.map_err(Failure::world)?;
            output.print(&card, lines(&card));
            Ok(())
        }
        BoxCommand::Run {
            dir,
            listen,
            ledger,
            founding,
            proxies,
            passphrase,
            life,
        } => until_stopped(life, || {
            if !is_url(&ledger) {
                let text = "acts are brought to a secretariat: give its URL as --ledger";
                return Err(Failure::usage(text));
            }
            let passphrase = passphrase::read(&passphrase)?;
            let home = Home::new(dir);
            let identity = home.identity(&passphrase).map_err(Failure::world)?;
            let place = Place {
                listen,
                ledger,
                founding,
                proxies: Networks(proxies),
            };
            Ok(serve(home, identity, place))
        }),
    }
}

/// Where a drop box stands.
struct Place {
    listen: String,
    ledger: String,
    founding: Option<Digest>,
    proxies: Networks,
}

async fn serve(
    home: Home,
    identity: comity_sign::identity::Identity,
    place: Place,
) -> Result<(), Failure> {
    let _alone = home.alone().map_err(Failure::world)?;
    let name = home.card().map_err(Failure::world)?.name;
    let desk = Desk::new(identity, home.store().map_err(Failure::world)?);
    let listener = tokio::net::TcpListener::bind(&place.listen).await;
    let listener = listener
        .map_err(|error| Failure::World(format!("cannot listen on {}: {error}", place.listen)))?;
    let address = listener.local_addr().map_err(Failure::world)?;
    home.write_note(ADDRESS_FILE, &address.to_string())
        .map_err(Failure::world)?;
    server::announce(&name, &desk.key(), address);
    let follower = Follower::new(source::open(&place.ledger), place.founding);
    server::serve(desk, follower, &place.ledger, place.proxies, listener)
        .await
        .map_err(Failure::fault)
}

/// Whether a charter could name such a box.
fn check(name: &str, url: &str) -> Result<(), Failure> {
    if !is_party_name(name) {
        let text = "a drop box's name is made of lower-case letters, digits and hyphens";
        return Err(Failure::usage(text));
    }
    match is_url(url) {
        true => Ok(()),
        false => Err(Failure::usage("--url is an address of http or https")),
    }
}

/// A drop box as it stands in a charter file.
pub(super) fn lines(card: &DropBox) -> String {
    format!(
        "[[rules.boxes]]\nname = {}\nkey = \"{}\"\nurl = {}\n",
        comity_mirror::files::toml_string(&card.name),
        card.key,
        comity_mirror::files::toml_string(&card.url)
    )
}

/// A drop box in one line of a list.
pub(super) fn line(card: &DropBox) -> String {
    format!("drop box {:<14} {}  key {}", card.name, card.url, card.key)
}
