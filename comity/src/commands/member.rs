//! `comity member`.

use std::path::{Path, PathBuf};

use comity_core::state::is_party_name;
use comity_member::acts;
use comity_member::home::{self, Home};
use comity_member::run::Member;

use comity_mirror::files::{self, Local, Lock};
use comity_mirror::watch::config::Checked;

use super::actor::Actor;
use super::{check_delegation, passphrase, review, until_stopped, watch, words};
use crate::args::{ActorArgs, MemberCommand};
use crate::output::{Failure, Output};

/// Runs `comity member`.
pub(crate) fn run(command: MemberCommand, output: &Output) -> Result<(), Failure> {
    match command {
        MemberCommand::Init {
            dir,
            name,
            secretariat,
            passphrase,
        } => {
            if !is_party_name(&name) {
                let text = "a member's name is made of lower-case letters, digits and hyphens";
                return Err(Failure::usage(text));
            }
            let passphrase = passphrase::read(&passphrase)?;
            let config = home::Config::template(&secretariat);
            let card = Home::new(&dir)
                .create(&name, Some(&config), &passphrase)
                .map_err(Failure::world)?;
            output.print(
                &card,
                format!(
                    "{name} has key {}.\nGive {} to whoever prepares the founding; put the \
                     founding act's id into {} once you agree with it.",
                    card.key,
                    dir.join("card.json").display(),
                    dir.join("member.toml").display()
                ),
            );
            Ok(())
        }
        MemberCommand::Accede { actor } => accede(&actor, output),
        MemberCommand::Depart { reason, actor } => depart(&reason, &actor, output),
        MemberCommand::Review {
            founding,
            secretariat,
        } => review::run(&founding, &secretariat, output),
        MemberCommand::Run {
            dir,
            founding,
            secretariat,
            checks,
            upstream,
            asking,
            passphrase,
            life,
        } => until_stopped(life, || {
            let passphrase = passphrase::read(&passphrase)?;
            let alone = alone(&dir)?;
            let home = Home::new(dir);
            let mut config = home.config().map_err(Failure::world)?;
            config.founding = founding.or(config.founding);
            config.secretariat = secretariat.unwrap_or(config.secretariat);
            let mut member = Member::open(home, &config, passphrase).map_err(Failure::world)?;
            if checks {
                let settings = check_delegation::settings(&asking)?;
                member = member.with_checks(settings).map_err(Failure::world)?;
            }
            let watcher = upstream.map(watch::of_member).transpose()?;
            Ok(async move {
                let _alone = alone;
                work(member, watcher).await
            })
        }),
    }
}

/// Takes a member's directory for as long as what this returns lives: of two copies at
/// work one would answer for sessions of which the other has the nonces.
fn alone(dir: &Path) -> Result<Box<dyn Lock>, Failure> {
    let lock = files::lock(&Local, dir).map_err(Failure::world)?;
    lock.ok_or_else(|| {
        Failure::World(format!(
            "another process is at work in {}: one member, one process",
            dir.display()
        ))
    })
}

/// A member's work, and its watcher's beside it.
async fn work(mut member: Member, watcher: Option<(Checked, PathBuf)>) -> Result<(), Failure> {
    let watching = match watcher {
        None => None,
        Some((checked, dir)) => {
            let mut watching = watch::start(checked, &dir).await?;
            member = member.with_upstream(watching.lookout());
            Some(watching)
        }
    };
    let watched = async {
        match watching {
            Some(watching) => watching.watch().await.map_err(Failure::fault),
            None => std::future::pending().await,
        }
    };
    let worked = tokio::task::spawn_blocking(move || member.run());
    tokio::select! {
        worked = worked => worked.map_err(Failure::fault),
        ended = watched => ended,
    }
}

/// Runs `comity member accede`.
fn accede(args: &ActorArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(args)?;
    let founded = actor.founded()?;
    let accession = acts::accession(founded);
    if let Some(done) = actor.file(&accession, output)? {
        let text = format!(
            "Signed the charter «{}» ({}); {}.",
            words::plain(&founded.charter.title),
            accession.charter,
            done.place()
        );
        output.print(&done, text);
    }
    Ok(())
}

/// Runs `comity member depart`.
fn depart(reason: &str, args: &ActorArgs, output: &Output) -> Result<(), Failure> {
    let actor = Actor::open(args)?;
    let departure = acts::departure(actor.founded()?, reason);
    if let Some(done) = actor.file(&departure, output)? {
        let text = format!(
            "Left; {}. Stop `comity member run`. Names that you hold stay yours.",
            done.place()
        );
        output.print(&done, text);
    }
    Ok(())
}
