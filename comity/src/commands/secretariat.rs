//! `comity secretariat`.

use comity_mirror::clock;
use comity_mirror::ledger::LedgerError;
use comity_mirror::source::FetchError;
use comity_secretariat::engine::{Engine, EngineError};
use comity_secretariat::home::{Config, Home, HomeError};
use comity_secretariat::server::{self, ServeError};
use comity_secretariat::writer::WriterError;
use tracing::info;

use super::{passphrase, until_stopped};
use crate::args::{PassphraseArgs, SecretariatCommand};
use crate::output::{Failure, Output};

/// The file that says where the web server is.
pub(crate) const ADDRESS_FILE: &str = "address";

/// Runs `comity secretariat`.
pub(crate) fn run(command: &SecretariatCommand, _output: &Output) -> Result<(), Failure> {
    let SecretariatCommand::Run {
        dir,
        passphrase,
        life,
    } = command;
    let home = Home::new(dir);
    until_stopped(*life, || {
        let config = home.config().map_err(Failure::world)?;
        let engine = open(&home, &config, passphrase)?;
        Ok(serve(home, config, engine))
    })
}

/// Opens the ledger and replays it.
fn open(home: &Home, config: &Config, passphrase: &PassphraseArgs) -> Result<Engine, Failure> {
    let passphrase = passphrase::read(passphrase)?;
    let identity = home.log_key(config, &passphrase).map_err(Failure::world)?;
    let writer = home.writer(config, &identity);
    let writer = writer.map_err(|error| home_failure(&error))?;
    let draft = if writer.size() == 0 {
        let draft = home.draft().map_err(Failure::world)?;
        info!(founding = %draft.id(), "waiting for every member to sign");
        Some(draft)
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
    .map_err(|error| match error {
        EngineError::Ledger(error) => home_failure(&error.into()),
        error => Failure::rule("replay", error),
    })
}

/// A ledger that does not verify is another thing than one that cannot be
/// read or written now.
fn home_failure(error: &HomeError) -> Failure {
    match error {
        HomeError::Ledger(WriterError::Ledger(LedgerError::Fetch(FetchError::Disk { .. }))) => {
            Failure::world(error)
        }
        HomeError::Ledger(WriterError::Ledger(_)) => Failure::rule("ledger", error),
        _ => Failure::world(error),
    }
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
    .map_err(|error| match error {
        ServeError::Fault(_) => Failure::fault(error),
        ServeError::Ledger(_) => Failure::world(error),
    })
}
