//! Runs simulations: `cargo run -p comity-sim -- --seed 7`, `--seeds 100`,
//! `--hours 1`. The first that finds something ends it, with exit code 1 and
//! what is needed to see it again.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use comity_sim::plan::Plan;
use comity_sim::run::{Report, Simulation};
use serde_json::{Value, json};

/// Runs members, secretariat, drop boxes and mirrors in one thread from a seed,
/// with failing clocks, disks and network, and checks the invariants after every
/// step.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Run this seed alone, and say what its plan is
    #[arg(long, conflicts_with_all = ["seeds", "hours"])]
    seed: Option<u64>,
    /// Run so many seeds
    #[arg(long, conflicts_with = "hours")]
    seeds: Option<u64>,
    /// Run seeds for so many hours
    #[arg(long)]
    hours: Option<f64>,
    /// The first seed; with --hours the clock chooses one, else it is 1
    #[arg(long)]
    from: Option<u64>,
    /// Run days on which more than a third of the members walk out
    #[arg(long, conflicts_with = "rolls")]
    day: bool,
    /// Run months in which keys follow one another
    #[arg(long)]
    rolls: bool,
    /// Print each event
    #[arg(long)]
    events: bool,
    /// Print one object of JSON for each seed
    #[arg(long)]
    json: bool,
}

impl Args {
    fn plan(&self, seed: u64) -> Plan {
        match (self.day, self.rolls) {
            (true, _) => Plan::day(seed),
            (_, true) => Plan::rolls(seed),
            (false, false) => Plan::new(seed),
        }
    }

    /// The option that says what happens.
    fn scene(&self) -> &'static str {
        match (self.day, self.rolls) {
            (true, _) => " --day",
            (_, true) => " --rolls",
            (false, false) => "",
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let begun = Instant::now();
    let (first, last) = match (args.seed, args.seeds) {
        (Some(seed), _) => (seed, seed),
        (None, Some(seeds)) => {
            let first = args.from.unwrap_or(1);
            (first, first.saturating_add(seeds.max(1) - 1))
        }
        (None, None) => (args.from.unwrap_or_else(by_the_clock), u64::MAX),
    };
    let hours = args.hours.unwrap_or(1.0).clamp(0.0, 1e6);
    let end = Duration::from_secs_f64(hours * 3600.0);
    if args.seed.is_some() && !args.json {
        say(&format!("{:?}", args.plan(first)));
    }
    for seed in first..=last {
        if args.seed.is_none() && args.seeds.is_none() && begun.elapsed() >= end {
            break;
        }
        let since = Instant::now();
        let report = match Simulation::of(args.plan(seed)) {
            Ok(simulation) => {
                if args.events {
                    simulation.show(say);
                }
                simulation.run()
            }
            Err(error) => {
                say(&format!("seed {seed} cannot be set up: {error}"));
                return ExitCode::FAILURE;
            }
        };
        tell(&report, since.elapsed(), &args);
        if args.seed.is_some() && !args.json {
            say(&format!("{:?}", report.kinds));
        }
        if report.broken.is_some() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// A seed that was hardly run before.
fn by_the_clock() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_1970.unwrap_or_default().as_secs() * 1000
}

fn tell(report: &Report, took: Duration, args: &Args) {
    if args.json {
        return say(&object(report).to_string());
    }
    say(&format!("{report} ({:.1} s)", took.as_secs_f64()));
    if report.broken.is_some() {
        say(&format!(
            "commit {}; again: cargo run -p comity-sim -- --seed {}{}",
            commit(),
            report.seed,
            args.scene()
        ));
    }
}

fn object(report: &Report) -> Value {
    let broken = report.broken.as_ref();
    json!({
        "seed": report.seed,
        "commit": broken.map(|_| commit()),
        "invariant": broken.map(|it| format!("{:?}", it.invariant)),
        "broken": broken.map(|it| &it.what),
        "steps": report.steps,
        "minutes": report.minutes,
        "acts": report.acts,
        "kinds": report.kinds,
        "editions": report.editions,
        "epochs": report.epochs,
        "keys": report.keys.0,
        "keys_gone": report.keys.1,
        "receipts": report.receipts,
        "trace": report.trace,
    })
}

/// The commit that the working tree is of, where git knows it.
fn commit() -> String {
    let git = ["describe", "--always", "--dirty", "--abbrev=40"];
    let said = Command::new("git").args(git).output();
    let said = said.ok().filter(|said| said.status.success());
    let text = said.and_then(|said| String::from_utf8(said.stdout).ok());
    text.map_or_else(|| "unknown".into(), |text| text.trim().to_string())
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(text: &str) {
    println!("{text}");
}
