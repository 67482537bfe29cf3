//! `comity check-delegation`: IANA's fifteen checks over any delegation, as
//! it is or as it is planned.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use comity_core::basic::Time;
use comity_core::check::report::Judged;
use comity_core::check::{AsnTable, Finding, Report, Severity, Subject, Verdict};
use comity_core::limits;
use comity_core::zone::{Name, Rdata, Rtype};
use comity_mirror::delegation::{self, PresentError, Progress, Settings, system};
use comity_mirror::{files, zonefile};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::zone_failure;
use crate::args::{AskingArgs, CheckDelegationArgs, ReachingArgs};
use crate::output::{Failure, Output};

/// Characters of a line of text for people.
const CHARACTERS_MAX: usize = 88;
/// Octets of a DS record before its digest (RFC 4034 §5.1).
const DS_HEAD_OCTETS: usize = 4;

/// Runs `comity check-delegation`.
pub(crate) fn run(args: &CheckDelegationArgs, output: &Output) -> Result<(), Failure> {
    let ds = ds_records(&args.ds)?;
    let settings = settings(&args.asking)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::world)?;
    let subject = runtime.block_on(subject(args, ds, &settings))?;
    let bar = progress_bar();
    let progress = |progress: Progress| {
        bar.set_length(progress.total.try_into().unwrap_or(u64::MAX));
        bar.set_position(progress.done.try_into().unwrap_or(u64::MAX));
    };
    let observed = runtime.block_on(delegation::observe(&subject, &settings, &progress));
    bar.finish_and_clear();
    let report = delegation::judge_observed(&subject, &settings, &observed);
    output.print(&Checked::of(&report), text(&report));
    match report.verdict() {
        Verdict::Failed => Err(Failure::Reported),
        _ => Ok(()),
    }
}

/// Shown where standard error is a terminal, hidden elsewhere.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}");
    let bar = ProgressBar::new(0).with_message("asking name servers");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How the options say that name servers are asked.
pub(super) fn settings(args: &AskingArgs) -> Result<Settings, Failure> {
    let asn = args.asn.as_ref().map(|path| {
        let octets = files::read_required(path, limits::ASN_FILE_OCTETS_MAX);
        let octets = octets.map_err(Failure::world)?;
        let table = AsnTable::read(&String::from_utf8_lossy(&octets));
        table.map_err(|error| Failure::World(format!("{}: {error}", path.display())))
    });
    Ok(Settings {
        asn: asn.transpose()?,
        outside: args.outside.clone(),
        ..reaching(&args.reaching)
    })
}

/// How the options say that name servers are reached, and everything else as
/// usual.
pub(super) fn reaching(args: &ReachingArgs) -> Settings {
    let resolvers = if args.resolver.is_empty() {
        system::resolvers()
    } else {
        args.resolver.clone()
    };
    Settings {
        port: args.port,
        addresses: by_host(&args.address),
        reach: args.reach.iter().copied().collect(),
        timeout: Duration::from_millis(args.timeout_ms),
        ..Settings::new(resolvers)
    }
}

fn ds_records(texts: &[String]) -> Result<BTreeSet<Rdata>, Failure> {
    let read = |text: &String| {
        let data = Rdata::from_text(Rtype::DS, text).ok();
        let data = data.filter(|data| data.as_wire().len() > DS_HEAD_OCTETS);
        data.ok_or_else(|| {
            Failure::usage(format!(
                "{text:?} is not a DS record: 'TAG ALGORITHM TYPE DIGEST'"
            ))
        })
    };
    texts.iter().map(read).collect()
}

fn by_host(pairs: &[(Name, IpAddr)]) -> BTreeMap<Name, BTreeSet<IpAddr>> {
    let mut hosts: BTreeMap<Name, BTreeSet<IpAddr>> = BTreeMap::new();
    for (host, address) in pairs {
        hosts.entry(host.clone()).or_default().insert(*address);
    }
    hosts
}

/// What to check: as the arguments say, from a zone file, or as the parent
/// has it now.
async fn subject(
    args: &CheckDelegationArgs,
    ds: BTreeSet<Rdata>,
    settings: &Settings,
) -> Result<Subject, Failure> {
    let glue = by_host(&args.glue);
    if !args.ns.is_empty() {
        let above = args.name.parent().unwrap_or_else(Name::root);
        return Ok(Subject {
            name: args.name.clone(),
            parent: args.parent.clone().unwrap_or(above),
            ns: args.ns.iter().cloned().collect(),
            glue,
            ds,
        });
    }
    let mut subject = match &args.zone {
        Some(path) => {
            let zone = zonefile::read(path, None).map_err(|error| zone_failure(path, &error))?;
            Subject::of(&zone.contents, &args.name).ok_or_else(|| {
                Failure::World(format!(
                    "{} does not delegate {}",
                    path.display(),
                    args.name
                ))
            })?
        }
        None => present(args, settings).await?,
    };
    if !glue.is_empty() {
        subject.glue = glue;
    }
    if !ds.is_empty() {
        subject.ds = ds;
    }
    Ok(subject)
}

async fn present(args: &CheckDelegationArgs, settings: &Settings) -> Result<Subject, Failure> {
    if settings.resolvers.is_empty() {
        let text = format!(
            "{} names no resolver: give one with --resolver",
            system::RESOLV_CONF
        );
        return Err(Failure::World(text));
    }
    let present = delegation::present(&args.name, settings).await;
    present.map_err(|error| match error {
        PresentError::Root => Failure::usage(error),
        _ => Failure::world(error),
    })
}

/// A report as JSON has it: all fifteen checks, and what to do about each
/// finding.
#[derive(Serialize)]
struct Checked<'a> {
    delegation: &'a Subject,
    begun: Time,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst: Option<Severity>,
    /// Whether no server that answered satisfies the DS set.
    broken: bool,
    checks: Vec<CheckedOne<'a>>,
}

#[derive(Serialize)]
struct CheckedOne<'a> {
    number: u8,
    check: &'a str,
    title: &'a str,
    sources: &'a str,
    result: Verdict,
    findings: Vec<Advised<'a>>,
}

#[derive(Serialize)]
struct Advised<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    next: &'a str,
}

impl<'a> Checked<'a> {
    fn of(report: &'a Report) -> Self {
        let one = |judged: &'a Judged| {
            let rule = judged.check.rule();
            let findings = judged.findings.iter();
            CheckedOne {
                number: rule.number,
                check: rule.code,
                title: rule.title,
                sources: rule.sources,
                result: judged.verdict,
                findings: findings
                    .map(|finding| Advised {
                        finding,
                        next: finding.fault.next(),
                    })
                    .collect(),
            }
        };
        Self {
            delegation: &report.subject,
            begun: report.begun,
            verdict: report.verdict(),
            worst: report.worst(),
            broken: report.is_broken,
            checks: report.checks.iter().map(one).collect(),
        }
    }
}

fn text(report: &Report) -> String {
    let mut text = heading(&report.subject, report.begun);
    for judged in &report.checks {
        let rule = judged.check.rule();
        let _ = writeln!(
            text,
            "{:>2}  {:<48}{}",
            rule.number,
            rule.title,
            verdict_text(judged.verdict)
        );
        for finding in &judged.findings {
            write_finding(&mut text, finding);
        }
    }
    let count = |verdict| {
        report
            .checks
            .iter()
            .filter(|it| it.verdict == verdict)
            .count()
    };
    let _ = write!(
        text,
        "\n{}: {} of 15 checks passed, {} failed, {} with warnings, {} could not be judged, \
         {} do not apply.",
        verdict_text(report.verdict()),
        count(Verdict::Passed),
        count(Verdict::Failed),
        count(Verdict::Warned),
        count(Verdict::NotJudged),
        count(Verdict::NotApplicable),
    );
    text
}

fn heading(subject: &Subject, begun: Time) -> String {
    let mut text = format!("{} below {}, at {begun}\n", subject.name, subject.parent);
    for host in &subject.ns {
        let glue = subject.glue.get(host).into_iter().flatten();
        let glue: Vec<_> = glue.map(ToString::to_string).collect();
        let _ = writeln!(text, "    NS {host} {}", glue.join(" "));
    }
    for data in &subject.ds {
        let _ = writeln!(text, "    DS {}", data.to_text(Rtype::DS));
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n\n"
}

fn verdict_text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Warned => "WARNING",
        Verdict::Failed => "FAILED",
        Verdict::NotApplicable => "does not apply",
        Verdict::NotJudged => "NOT JUDGED",
    }
}

/// What is wrong, where, under which rule, and what to do next.
pub(super) fn write_finding(text: &mut String, finding: &Finding) {
    let fault = finding.fault;
    let _ = write!(text, "    {} {}", fault.severity(), fault.code());
    let transport = finding.transport.map(|it| it.to_string());
    let places = [
        finding.server.as_ref().map(ToString::to_string),
        finding.address.map(|it| it.to_string()),
        transport,
        Some(finding.time.to_string()),
    ];
    let places: Vec<_> = places.into_iter().flatten().collect();
    let _ = writeln!(text, " ({})", places.join(", "));
    write_wrapped(text, "", &finding.text);
    if let Some(record) = &finding.record {
        write_wrapped(text, "Record: ", record);
    }
    let rule = fault.check().rule();
    if fault.severity() > Severity::Info {
        let rule = format!("IANA, {}; {}", rule.title, rule.sources);
        write_wrapped(text, "Rule:   ", &rule);
    }
    write_wrapped(text, "Next:   ", fault.next());
}

/// Writes words below each other, in lines of no more than so many
/// characters but where one word is longer.
fn write_wrapped(text: &mut String, label: &str, words: &str) {
    let mut line = format!("        {label}");
    let indent = line.len();
    for word in words.split_whitespace() {
        if line.len() > indent && line.len() + 1 + word.len() > CHARACTERS_MAX {
            let _ = writeln!(text, "{line}");
            line = " ".repeat(indent);
        }
        if line.len() > indent {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}
