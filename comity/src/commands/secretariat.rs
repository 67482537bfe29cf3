//! `comity secretariat`.

use comity_mirror::clock;
use comity_secretariat::engine::Engine;
use comity_secretariat::home::{Config, Home};
use comity_secretariat::server;
use tracing::info;

use super::{passphrase, until_stopped};
use crate::args::{PassphraseArgs, SecretariatCommand};
use crate::output::{Failure, Output};

/// The file that says where the web server is.
pub(crate) const ADDRESS_FILE: &str = "address";

/// Runs `comity secretariat`.
pub(crate) fn run(command: &SecretariatCommand, _output: &Output) -> Result<(), Failure> {
    let SecretariatCommand::Run { dir, passphrase } = command;
    let home = Home::new(dir);
    until_stopped(|| {
        let config = home.config().map_err(Failure::world)?;
        let engine = open(&home, &config, passphrase)?;
        Ok(serve(home, config, engine))
    })
}

/// Opens the ledger and replays it.
fn open(home: &Home, config: &Config, passphrase: &PassphraseArgs) -> Result<Engine, Failure> {
    let passphrase = passphrase::read(passphrase)?;
    let identity = home.log_key(config, &passphrase).map_err(Failure::world)?;
    let writer = home.writer(config, &identity).map_err(Failure::world)?;
    let draft = if writer.size() == 0 {
        Some(home.draft().map_err(Failure::world)?)
    } else {
        None
    };
    Engine::new(
        writer,
        identity,
        config.pace(),
        draft,
        clock::since_1970().into(),
    )
    .map_err(|error| Failure::rule("replay", error))
}

/// Serves, and says where in a file.
async fn serve(home: Home, config: Config, engine: Engine) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind(&config.listen)
        .await
        .map_err(|error| Failure::World(format!("cannot listen on {}: {error}", config.listen)))?;
    let address = listener.local_addr().map_err(Failure::world)?;
    home.write_note(ADDRESS_FILE, &address.to_string())
        .map_err(Failure::world)?;
    info!(%address, "the secretariat is open");
    server::serve(
        engine,
        home.ledger(),
        home.evidence(),
        config.proxies,
        listener,
    )
    .await
    .map_err(Failure::World)
}
