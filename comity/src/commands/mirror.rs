//! `comity mirror`.

use std::path::PathBuf;

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

/// Runs `comity mirror`.
pub(crate) fn run(command: &MirrorCommand, output: &Output) -> Result<(), Failure> {
    match command {
        MirrorCommand::Init {
            dir,
            ledger,
            founding,
            listen,
            notify,
        } => {
            files::create_private_directory(dir).map_err(Failure::world)?;
            let path = dir.join(CONFIG);
            if path.exists() {
                return Err(Failure::World(format!(
                    "{} is there already",
                    path.display()
                )));
            }
            let text = Config::template(ledger, founding, *listen, notify);
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
    let noted = files::write_private(&dir.join(ADDRESS_FILE), addresses.join("\n").as_bytes());
    // What it has can be served from a disk that is full.
    if let Err(error) = noted {
        error!("{error}");
    }
    mirror.follow().await.map_err(Failure::fault)
}
