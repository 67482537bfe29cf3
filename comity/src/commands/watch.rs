//! `comity watch`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use comity_core::basic::Time;
use comity_core::zone::{Name, Rtype};
use comity_mirror::clock::now;
use comity_mirror::files;
use comity_mirror::watch::Mode;
use comity_mirror::watch::config::{self, Config, UpstreamConfig};
use comity_mirror::watch::export::{Facts, Resolver};
use comity_mirror::watch::iana::{Files, FilesError};
use comity_mirror::watch::memory::{Memory, SERVED};
use comity_mirror::watch::run::{VIEW, WISHES, Watching};
use comity_mirror::watch::seal::SealKey;
use comity_mirror::watch::view::View;

use super::mirror::{ADDRESS_FILE, note};
use super::{read_text, until_stopped};
use crate::args::{ResolverChoice, WatchCommand, WatchInitArgs};
use crate::output::{Failure, Output};

/// What a round may take, in seconds, upstreams that are slow included.
const ROUND_S_MAX: u64 = 600;
/// The watcher's configuration file.
const CONFIG: &str = "watch.toml";
/// The file that says where HTTP is answered.
const WEB_FILE: &str = "web-address";

/// Runs `comity watch`.
pub(crate) fn run(command: WatchCommand, output: &Output) -> Result<(), Failure> {
    match command {
        WatchCommand::Init(args) => init(&args, output),
        WatchCommand::Run { place, once, life } => match once {
            true => look_once(&place.dir, output),
            false => until_stopped(life, || {
                let checked = read(&place.dir)?;
                Ok(watch(checked, place.dir))
            }),
        },
        WatchCommand::Status { place } => status(&place.dir, output),
        WatchCommand::Export {
            resolver,
            https,
            place,
        } => export((resolver, https), &place.dir, output),
        WatchCommand::Mode { mode, place } => set_mode(mode.into(), &place.dir, output),
        WatchCommand::Allow { name, place } => {
            check_held(&view(&place.dir)?, &name)?;
            wish(&place.dir, &format!("allow {name}"))?;
            let next = format!("What is held of {name} passes. See: comity watch status");
            output.print(&serde_json::json!({ "allowed": name }), next);
            Ok(())
        }
    }
}

fn read(dir: &Path) -> Result<config::Checked, Failure> {
    let path = dir.join(CONFIG);
    let text = read_text(&path)?;
    Config::parse(&text).map_err(|error| Failure::World(format!("{}: {error}", path.display())))
}

fn init(args: &WatchInitArgs, output: &Output) -> Result<(), Failure> {
    files::create_private_directory(&args.dir).map_err(Failure::world)?;
    let path = args.dir.join(CONFIG);
    if path.exists() {
        return Err(Failure::World(format!(
            "{} is there already",
            path.display()
        )));
    }
    let given = [args.transfer.len(), args.url.len(), args.file.len()];
    let upstreams = match given.iter().sum::<usize>() {
        0 if args.zone.label_count() == 0 => config::public_root(),
        0 => {
            let text = format!(
                "{} needs an upstream: --transfer, --url or --file",
                args.zone
            );
            return Err(Failure::usage(text));
        }
        _ => upstreams(args),
    };
    let iana = args.iana.as_deref().map(iana_files).transpose()?;
    let text = config::template(&args.zone, &upstreams, &args.anchor, iana.as_ref());
    let resolvers: Vec<String> = args.resolver.iter().map(|it| format!("\"{it}\"")).collect();
    let resolvers = format!("[{}]", resolvers.join(", "));
    let mut settings = vec![
        ("mode", format!("\"{}\"", Mode::from(args.mode).as_str())),
        ("listen", format!("[\"{}\"]", args.listen)),
        ("resolvers", resolvers),
    ];
    if let Some(web) = args.web {
        settings.push(("web", format!("\"{web}\"")));
    }
    let text = settings
        .iter()
        .fold(text, |text, (key, value)| with(&text, key, value));
    // What cannot be read later is not written.
    let checked = Config::parse(&text).map_err(Failure::usage)?;
    checked.anchors(now()).map_err(|error| match &error {
        FilesError::File(_) => Failure::world(&error),
        FilesError::Refused(refusal) => Failure::rule(refusal.code(), refusal),
    })?;
    files::write_private(&path, text.as_bytes()).map_err(Failure::world)?;
    let next = format!(
        "Wrote {}. Next: comity watch run --dir {}",
        path.display(),
        args.dir.display()
    );
    output.print(&serde_json::json!({ "config": path }), next);
    Ok(())
}

/// The files in a folder, under the names that IANA gives them.
fn iana_files(folder: &Path) -> Result<Files, Failure> {
    let path = |name: &str| std::path::absolute(folder.join(name)).map_err(Failure::world);
    Ok(Files {
        anchors: path("root-anchors.xml")?,
        signature: path("root-anchors.p7s")?,
        authorities: path("icannbundle.pem")?,
    })
}

fn upstreams(args: &WatchInitArgs) -> Vec<UpstreamConfig> {
    let transfers = args.transfer.iter().map(|address| UpstreamConfig {
        transfer: Some(address.clone()),
        ..UpstreamConfig::default()
    });
    let urls = args.url.iter().map(|url| UpstreamConfig {
        url: Some(url.clone()),
        ..UpstreamConfig::default()
    });
    let files = args.file.iter().map(|path| UpstreamConfig {
        file: Some(path.clone()),
        ..UpstreamConfig::default()
    });
    transfers.chain(urls).chain(files).collect()
}

/// A configuration with another value; a key that is a comment until then counts.
fn with(text: &str, key: &str, value: &str) -> String {
    let is_it = |line: &str| {
        let line = line.strip_prefix("# ").unwrap_or(line);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let mut done = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if !done && is_it(line) {
            lines.push(format!("{key} = {value}"));
            done = true;
        } else {
            lines.push(line.to_owned());
        }
    }
    if !done {
        lines.insert(0, format!("{key} = {value}"));
    }
    lines.join("\n") + "\n"
}

/// Watches, and says where in files.
/// The watcher of a member of a joint root.
pub(crate) fn of_member(dir: PathBuf) -> Result<(config::Checked, PathBuf), Failure> {
    let checked = read(&dir)?;
    let path = dir.join(CONFIG);
    if checked.config.zone != Name::root() {
        let text = format!("{}: only the root has an upstream", path.display());
        return Err(Failure::World(text));
    }
    if checked.config.mode == Mode::Pass {
        let text = format!(
            "{}: in mode pass nothing is ever held; a member's watcher is in mode buffer or seal",
            path.display()
        );
        return Err(Failure::World(text));
    }
    Ok((checked, dir))
}

/// Starts a watcher, and says where it answers.
pub(crate) async fn start(checked: config::Checked, dir: &Path) -> Result<Watching, Failure> {
    let watching = Watching::start(checked, dir)
        .await
        .map_err(Failure::world)?;
    let addresses = watching.addresses();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    if let Some(web) = watching.web() {
        note(dir, WEB_FILE, &web.to_string());
    }
    // The last: who finds it finds all.
    note(dir, ADDRESS_FILE, &addresses.join("\n"));
    Ok(watching)
}

async fn watch(checked: config::Checked, dir: PathBuf) -> Result<(), Failure> {
    let watching = start(checked, &dir).await?;
    watching.watch().await.map_err(Failure::fault)
}

fn look_once(dir: &Path, output: &Output) -> Result<(), Failure> {
    let mut checked = read(dir)?;
    // Nobody is answered in one round.
    (checked.config.listen, checked.config.web) = (Vec::new(), None);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(Failure::world)?;
    let (view, events) = runtime.block_on(async {
        let watching = Watching::start(checked, dir)
            .await
            .map_err(Failure::world)?;
        watching.once().await.map_err(Failure::fault)
    })?;
    for event in &events {
        output.print(event, event);
    }
    output.print(&view, view.text());
    judged(&view)
}

fn status(dir: &Path, output: &Output) -> Result<(), Failure> {
    let view = view(dir)?;
    output.print(&view, view.text());
    current(&view, now())?;
    judged(&view)
}

/// The state after the watcher's last round.
fn view(dir: &Path) -> Result<View, Failure> {
    let path = dir.join(VIEW);
    if !path.exists() {
        let next = format!(
            "nothing is served yet: comity watch run --dir {}",
            dir.display()
        );
        return Err(Failure::rule("nothing-served", next));
    }
    serde_json::from_str(&read_text(&path)?)
        .map_err(|error| Failure::World(format!("{}: {error}", path.display())))
}

/// Whether the state is that of now, and what it says is served can be.
fn current(view: &View, now: Time) -> Result<(), Failure> {
    let late_s = view.refresh_s.saturating_mul(2).saturating_add(ROUND_S_MAX);
    if now.0 > view.time.0.saturating_add(late_s) {
        let why = format!(
            "nobody has looked since {}: is comity watch run at work?",
            view.time
        );
        return Err(Failure::rule("not-running", why));
    }
    match view.until.filter(|until| *until < now) {
        Some(until) => Err(Failure::rule(
            "ended",
            format!("what was served ended at {until}: no upstream gave news"),
        )),
        None => Ok(()),
    }
}

/// Whether there is something of this name to let pass.
fn check_held(view: &View, name: &Name) -> Result<(), Failure> {
    if view.held.iter().any(|it| it.name == *name) {
        return Ok(());
    }
    let held: Vec<String> = view.held.iter().map(|it| it.name.to_string()).collect();
    let what = match held.is_empty() {
        true if view.frozen.is_some() => "the version as a whole is".to_owned(),
        true => "nothing is".to_owned(),
        false => format!("what is held is of {}", held.join(", ")),
    };
    Err(Failure::rule(
        "not-held",
        format!("nothing of {name} is held: {what}"),
    ))
}

/// Whether somebody should look.
fn judged(view: &View) -> Result<(), Failure> {
    if view.served.is_none() {
        return Err(Failure::rule("nothing-served", "nothing is served"));
    }
    if !view.held.is_empty() || view.frozen.is_some() {
        let names: Vec<String> = view.held.iter().map(|it| it.name.to_string()).collect();
        return Err(Failure::rule(
            "held",
            format!("changes are held: {}", names.join(", ")),
        ));
    }
    if let Some(word) = view.published.as_deref().filter(|word| *word != "good") {
        return Err(Failure::rule(
            word,
            format!("published trust anchors are not taken: {word}"),
        ));
    }
    let fine = ["good", "unknown", "behind", "silent"];
    let refused = view
        .upstreams
        .iter()
        .find(|it| !fine.contains(&it.state.as_str()));
    match refused {
        Some(upstream) => {
            let why = upstream.why.as_deref().unwrap_or(&upstream.state);
            Err(Failure::rule(
                &upstream.state,
                format!("{}: {why}", upstream.name),
            ))
        }
        None if view.upstreams.iter().all(|it| it.state == "silent") => Err(Failure::rule(
            "silent",
            "no upstream gives anything: what is served ends as said above",
        )),
        None => Ok(()),
    }
}

fn set_mode(mode: Mode, dir: &Path, output: &Output) -> Result<(), Failure> {
    let path = dir.join(CONFIG);
    let text = with(
        &read_text(&path)?,
        "mode",
        &format!("\"{}\"", mode.as_str()),
    );
    Config::parse(&text).map_err(Failure::world)?;
    files::write_private(&path, text.as_bytes()).map_err(Failure::world)?;
    wish(dir, &format!("mode {}", mode.as_str()))?;
    let text = format!("The mode is {}.", mode.as_str());
    output.print(&serde_json::json!({ "mode": mode.as_str() }), text);
    Ok(())
}

/// The configuration of a resolver, by what the watcher serves.
fn export(
    (resolver, by_https): (ResolverChoice, bool),
    dir: &Path,
    output: &Output,
) -> Result<(), Failure> {
    let checked = read(dir)?;
    let config = checked.config.clone();
    let memory = Memory::at(dir, &config.zone, config.keep_versions);
    let anchors = memory.anchors().map_err(Failure::world)?;
    let anchors = match anchors {
        Some(anchors) => anchors,
        None => checked.anchors(now()).map_err(Failure::world)?,
    };
    let mut anchors = anchors.texts();
    if config.mode == Mode::Seal {
        let key = SealKey::open(dir, config.seal).map_err(Failure::world)?;
        anchors.insert(0, format!("DNSKEY {}", key.anchor().to_text(Rtype::DNSKEY)));
    }
    // The port that the system chose, where it did.
    let running = |file| -> Option<SocketAddr> {
        let text = std::fs::read_to_string(dir.join(file)).ok()?;
        text.lines().next()?.parse().ok()
    };
    let dns = running(ADDRESS_FILE).or_else(|| config.listen.first().copied());
    let is_transferred = !by_https && !matches!(resolver, ResolverChoice::KnotResolver);
    if is_transferred && dns.is_none() {
        return Err(Failure::usage("the watcher answers no DNS: set `listen`"));
    }
    let file = std::path::absolute(dir.join(SERVED)).map_err(Failure::world)?;
    let facts = Facts {
        zone: config.zone,
        mode: config.mode,
        zonemd: checked.zonemd,
        // Nobody transfers where there is none, and nothing of it is printed.
        dns: dns.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 53))),
        https: match config.web_tls {
            Some(_) => running(WEB_FILE).or(config.web),
            None => None,
        },
        file,
        anchors,
    };
    let resolver = match resolver {
        ResolverChoice::Unbound => Resolver::Unbound,
        ResolverChoice::Bind => Resolver::Bind,
        ResolverChoice::KnotResolver => Resolver::KnotResolver,
        ResolverChoice::PowerdnsRecursor => Resolver::PowerDns,
    };
    if matches!(resolver, Resolver::KnotResolver) && facts.zone != Name::root() {
        let zone = &facts.zone;
        return Err(Failure::usage(format!(
            "Knot Resolver takes in the root alone: for {zone} have it ask name servers that have \
             the zone from this watcher"
        )));
    }
    let text = match by_https {
        false => facts.text(resolver),
        true => facts
            .by_https(resolver)
            .ok_or_else(|| Failure::usage("this resolver fetches no zones by HTTPS"))?,
    };
    output.raw(text.as_bytes());
    Ok(())
}

/// Asks a watcher that runs for something.
fn wish(dir: &Path, line: &str) -> Result<(), Failure> {
    let path = dir.join(WISHES);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| writeln!(file, "{line}"));
    written.map_err(|error| Failure::World(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use comity_mirror::watch::view::{Taken, UpstreamView};

    use super::*;

    const LOOKED: Time = Time(1_795_567_938);

    /// A watcher that looked then, and whose upstreams were so.
    fn seen(upstreams: &[&str]) -> View {
        let upstream = |state: &&str| UpstreamView {
            name: (*state).into(),
            state: (*state).into(),
            why: None,
            serial: None,
            asked: None,
        };
        View {
            time: LOOKED,
            refresh_s: 300,
            zone: Name::root(),
            mode: Mode::Pass,
            served: Some(1),
            newest: Some(1),
            until: Some(Time(LOOKED.0 + 86_400)),
            upstreams: upstreams.iter().map(upstream).collect(),
            held: Vec::new(),
            alarms: Vec::new(),
            frozen: None,
            anchors: Vec::new(),
            published: None,
            taken: Taken::default(),
        }
    }

    /// The rule that is broken, if any.
    fn rule(judged: Result<(), Failure>) -> Option<String> {
        match judged {
            Ok(()) => None,
            Err(Failure::Rule { rule, .. }) => Some(rule),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_state_is_of_now_or_says_that_nobody_looks() {
        for (refresh_s, after_s, expected) in [
            (300, 0, None),
            (300, 1200, None),
            (300, 1201, Some("not-running")),
            (86_400, 86_400, None),
            (86_400, 86_401, Some("ended")),
            (u64::MAX, 86_401, Some("ended")),
        ] {
            let now = Time(LOOKED.0 + after_s);
            let view = View {
                refresh_s,
                ..seen(&["good"])
            };
            let found = rule(current(&view, now));
            assert_eq!(found.as_deref(), expected, "{refresh_s} {after_s}");
        }
    }

    #[test]
    fn somebody_should_look_where_no_upstream_gives_anything_or_one_is_refused() {
        for (upstreams, expected) in [
            (&["good"][..], None),
            (&["silent", "good"], None),
            (&["silent", "behind"], None),
            (&["silent", "silent"], Some("silent")),
            (&["good", "tampered"], Some("tampered")),
        ] {
            let found = rule(judged(&seen(upstreams)));
            assert_eq!(found.as_deref(), expected, "{upstreams:?}");
        }
    }

    #[test]
    fn nothing_passes_of_a_name_of_which_nothing_is_held() {
        let name: Name = "lu.".parse().unwrap();
        let mut view = seen(&["good"]);
        assert_eq!(rule(check_held(&view, &name)).as_deref(), Some("not-held"));
        // Nor where a version is held as a whole: names are let pass, versions are not.
        view.frozen = Some(LOOKED);
        assert_eq!(rule(check_held(&view, &name)).as_deref(), Some("not-held"));
    }

    #[test]
    fn a_key_is_set_where_it_stands() {
        let text = "a = 1\n# web = \"x\"\nmode = \"pass\"\nmodel = 2\n";
        assert_eq!(
            with(text, "mode", "\"seal\"").lines().nth(2),
            Some("mode = \"seal\"")
        );
        assert_eq!(
            with(text, "web", "\"y\"").lines().nth(1),
            Some("web = \"y\"")
        );
        assert_eq!(with(text, "new", "3").lines().next(), Some("new = 3"));
        assert_eq!(with(text, "mode", "1").lines().nth(3), Some("model = 2"));
    }
}
