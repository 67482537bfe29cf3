//! `comity mirror`.

use std::path::{Path, PathBuf};

use comity_mirror::files;
use comity_mirror::run::{Config, Mirror};
use tracing::error;

use super::{read_text, until_stopped};
use crate::args::MirrorCommand;
use crate::output::{Failure, Output};

/// The mirror's configuration file.
const CONFIG: &str = "mirror.toml";
/// The file that says where DNS is answered.
pub(crate) const ADDRESS_FILE: &str = "address";
/// The file that says where figures are shown.
const METRICS_FILE: &str = "metrics-address";

/// Runs `comity mirror`.
pub(crate) fn run(command: &MirrorCommand, output: &Output) -> Result<(), Failure> {
    match command {
        MirrorCommand::Init {
            dir,
            ledger,
            founding,
            listen,
            notify,
            metrics,
        } => {
            files::create_private_directory(dir).map_err(Failure::world)?;
            let path = dir.join(CONFIG);
            if path.exists() {
                return Err(Failure::World(format!(
                    "{} is there already",
                    path.display()
                )));
            }
            let text = Config::template(ledger, founding, *listen, (notify, *metrics));
            files::write_private(&path, text.as_bytes()).map_err(Failure::world)?;
            let next = format!(
                "Wrote {}. Next: comity mirror run --dir {}",
                path.display(),
                dir.display()
            );
            output.print(&serde_json::json!({ "config": path }), next);
            Ok(())
        }
        MirrorCommand::Run { dir, life } => {
            let dir = dir.clone();
            until_stopped(*life, || {
                let config = Config::parse(&read_text(&dir.join(CONFIG))?)
                    .map_err(|error| Failure::World(format!("{CONFIG}: {error}")))?;
                Ok(serve(config, dir))
            })
        }
    }
}

/// Serves, and says where in a file.
async fn serve(config: Config, dir: PathBuf) -> Result<(), Failure> {
    let mirror = Mirror::start(&config, &dir).await.map_err(Failure::world)?;
    let addresses: Vec<_> = mirror.addresses().iter().map(ToString::to_string).collect();
    if let Some(address) = mirror.metrics() {
        note(&dir, METRICS_FILE, &address.to_string());
    }
    // The last: who finds it finds all.
    note(&dir, ADDRESS_FILE, &addresses.join("\n"));
    mirror.follow().await.map_err(Failure::fault)
}

/// Writes a file that others may look for. What a mirror has can be served from
/// a disk that is full.
pub(super) fn note(dir: &Path, file: &str, text: &str) {
    if let Err(error) = files::write_private(&dir.join(file), text.as_bytes()) {
        error!("{error}");
    }
}
