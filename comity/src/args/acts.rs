//! The options of commands by which people act: who acts, with which key, on
//! which ledger, at once or with papers.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use comity_core::basic::Digest;

use super::dropbox::FilingArgs;
use super::{AskingArgs, LedgerArgs, PassphraseArgs, parse_period};

/// Who acts, on which ledger.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct ActorArgs {
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// The key to sign with: its directory, or a PKCS #11 URI (pkcs11:…).
    #[arg(
        long = "as",
        value_name = "DIR|URI",
        required_unless_present = "prepare"
    )]
    pub signer: Option<String>,
    /// Write papers to this file and file nothing; sign them with `comity sign`.
    #[arg(long, value_name = "FILE")]
    pub prepare: Option<PathBuf>,
    #[command(flatten)]
    pub filing: FilingArgs,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Options of `propose`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity propose --ledger https://secretariat.example --as be/ \\\n    \
    --set 'be. 172800 NS a.ns.be.' --set 'be. 172800 NS b.ns.be.' --reason 'New name servers'\n  \
    comity propose --ledger https://secretariat.example --as alba/ --remove 'be.' --reason '…'\n  \
    comity propose --ledger https://secretariat.example --as alba/ --reason '…' \\\n    \
    --admit fjord=fjord/card.json\n\n\
    --set gives records of a set; all that name one owner and type are the whole new set. A \
    proposal on a member or the charter changes nothing in the zone.")]
pub(crate) struct ProposeArgs {
    #[command(flatten)]
    pub actor: ActorArgs,
    /// A record of a new set: 'NAME TTL TYPE DATA'.
    #[arg(long = "set")]
    pub set: Vec<String>,
    /// What to remove: 'NAME TYPE' for one set, 'NAME' for a delegation with its hosts.
    #[arg(long = "remove")]
    pub remove: Vec<String>,
    /// A set that must stay as it is, or nothing changes (NOC): 'NAME TYPE'.
    #[arg(long = "keep", value_name = "NAME TYPE")]
    pub keep: Vec<String>,
    /// Admit a member: NAME=CARD, its name and its card.json.
    #[arg(long, value_name = "NAME=CARD", conflicts_with_all = ["set", "remove", "keep"])]
    pub admit: Option<String>,
    /// Another charter, as `comity charter new` writes one.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "remove", "keep", "admit"])]
    pub charter: Option<PathBuf>,
    /// The proposal that this would replace; it is put to the vote first. It gets its deadline.
    #[arg(long, value_name = "PROPOSAL", conflicts_with = "deadline")]
    pub amends: Option<String>,
    /// Why.
    #[arg(long)]
    pub reason: String,
    /// How long consents and ballots may take, such as 90s, 36h or 7d.
    #[arg(long, default_value = "7d", value_parser = parse_period)]
    pub deadline: u64,
    /// Do not ask the name servers of delegations that would change.
    #[arg(long)]
    pub no_checks: bool,
    /// Propose although a check failed. The findings are attached all the same.
    #[arg(long, conflicts_with = "no_checks")]
    pub despite_findings: bool,
    #[command(flatten)]
    pub asking: AskingArgs,
}

/// Options of `findings`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity findings 0e3a… --ledger https://secretariat.example --as alba/\n\n\
    Makes the checks of `comity check-delegation` over every delegation that the proposal \
    changes, as it would be, and files what it finds beside the proposal. Members attach theirs \
    with `comity member run --checks`.")]
pub(crate) struct FindingsArgs {
    /// The proposal's id, or a beginning of it that names only one.
    pub proposal: String,
    #[command(flatten)]
    pub actor: ActorArgs,
    #[command(flatten)]
    pub asking: AskingArgs,
}

/// Options of `consent`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity consent 0e3a… --ledger https://secretariat.example --as be/\n\n\
    With keys on machines without a network, or where several keys sign:\n  \
    comity consent 0e3a… --prepare be.papers --ledger https://secretariat.example\n  \
    comity consent --sign be.papers --as op1/      (off line, once for each key)\n  \
    comity consent --submit be.papers --ledger https://secretariat.example")]
pub(crate) struct ConsentArgs {
    /// The proposal's id, or a beginning of it that names only one.
    #[arg(required_unless_present_any = ["sign", "submit"])]
    pub proposal: Option<String>,
    /// The ledger: a directory, or the URL of a web server that serves one.
    #[arg(long, env = "COMITY_LEDGER", required_unless_present = "sign")]
    pub ledger: Option<String>,
    /// Id of the founding act to trust [default: the one that is there, named in the output].
    #[arg(long, env = "COMITY_FOUNDING")]
    pub founding: Option<Digest>,
    /// The key to sign with: its directory, or a PKCS #11 URI (pkcs11:…).
    #[arg(
        long = "as",
        value_name = "DIR|URI",
        required_unless_present_any = ["prepare", "submit", "sign"]
    )]
    pub signer: Option<String>,
    /// Which holder consents: its id, a name that it holds, or a directory with one of its keys
    /// [default: the one that has the key, or whose names the proposal touches].
    #[arg(long, value_name = "ID|NAME|DIR")]
    pub holder: Option<String>,
    /// Write papers to this file and file nothing.
    #[arg(long, value_name = "FILE")]
    pub prepare: Option<PathBuf>,
    /// Sign papers, off line; without --as only show them.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["proposal", "prepare", "submit"])]
    pub sign: Option<PathBuf>,
    /// File papers that are signed.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["proposal", "prepare"])]
    pub submit: Option<PathBuf>,
    /// How long the consent stays good, such as 90s, 36h or 7d [default: a week, and until a day
    /// after the proposal can be decided and its delay is over].
    #[arg(long, value_parser = parse_period)]
    pub valid: Option<u64>,
    #[command(flatten)]
    pub filing: FilingArgs,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Options of `sign`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  comity sign be.papers\n  \
    comity sign be.papers --as op1/\n  \
    comity sign be.papers --as 'pkcs11:token=be;object=op1?module-path=/usr/lib/softhsm/\
libsofthsm2.so&pin-source=/root/pin'\n\n\
    Needs no network. Shows in plain words what is signed, after comparing everything with the \
    digests that are signed. Run it once for each key.")]
pub(crate) struct SignArgs {
    /// The papers.
    pub file: PathBuf,
    /// The key to sign with: its directory, or a PKCS #11 URI [default: only show the papers].
    #[arg(long = "as", value_name = "DIR|URI")]
    pub signer: Option<String>,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Options of `submit`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Example: comity submit be.papers --ledger https://secretariat.example\n\n\
    Judges the act against the ledger first, and says what is still missing. Copies of the same \
    papers that were signed apart can be given together."
)]
pub(crate) struct SubmitArgs {
    /// The papers, and signed copies of them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub ledger: LedgerArgs,
    #[command(flatten)]
    pub filing: FilingArgs,
}

/// Options of `vote`.
#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Example: comity vote 0e3a… for --ledger https://secretariat.example --as alba/"
)]
pub(crate) struct VoteArgs {
    /// The proposal's id, or a beginning of it that names only one.
    pub proposal: String,
    /// The vote. It cannot be taken back.
    pub vote: VoteChoice,
    #[command(flatten)]
    pub actor: ActorArgs,
}

/// Options of `declare`.
#[derive(ClapArgs, Debug)]
#[command(after_help = "Examples:\n  \
    comity declare 0e3a… --text 'We were not there.' --ledger https://secretariat.example \
    --as alba/\n  \
    comity declare charter --text 'We read clause 3 so: …' --ledger … --as alba/")]
pub(crate) struct DeclareArgs {
    /// Beside what: a proposal's id or a beginning of it, or `charter`.
    #[arg(value_name = "PROPOSAL|charter")]
    pub to: String,
    /// The statement. It stays on the ledger and changes nothing.
    #[arg(long)]
    pub text: String,
    #[command(flatten)]
    pub actor: ActorArgs,
}

/// What a ballot can say.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum VoteChoice {
    /// In favour.
    For,
    /// Not in favour.
    Against,
    /// Takes part without choosing.
    Abstain,
}
