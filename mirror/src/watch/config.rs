//! The configuration of a watcher, `watch.toml`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use comity_core::basic::Time;
use comity_core::limits;
use comity_core::upstream::{Anchor, Anchors, Zonemd};
use comity_core::zone::{Name, Rdata, Rtype};
use data_encoding::BASE64;
use domain::tsig::{self, Key, KeyName};
use serde::{Deserialize, Serialize};

use super::claims::ClaimsConfig;
use super::iana::{Files, FilesError, IanaRefusal};
use super::roots;
use super::seal::Algorithm;
use super::upstream::tls::Tls;
use super::upstream::{Primary, Upstream, WebFile};
use crate::delegation::Settings;
use crate::dns::{Network, Networks, Notices};
use crate::files;
use crate::web::identity::IdentityFiles;

/// The port of the DNS, and of the DNS over TLS (RFC 9103 §7.1).
const PORT: u16 = 53;
const TLS_PORT: u16 = 853;

/// What is served of what was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The upstream's version as it is.
    #[default]
    Pass,
    /// The same without changes that are held, as long as the upstream's signatures let them be.
    Buffer,
    /// The same as in `buffer`, signed by a key of one's own.
    Seal,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pass, Self::Buffer, Self::Seal];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Buffer => "buffer",
            Self::Seal => "seal",
        }
    }
}

/// A configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The zone.
    pub zone: Name,
    /// What is served.
    #[serde(default)]
    pub mode: Mode,
    /// Where versions come from.
    pub upstream: Vec<UpstreamConfig>,
    /// TSIG keys.
    #[serde(default)]
    pub key: Vec<KeyConfig>,
    /// Trust anchors: DS data, or DNSKEY data. Without any, those of the root.
    #[serde(default)]
    pub anchors: Vec<String>,
    /// Instead of `anchors`: files by which they are published and signed, as IANA does.
    #[serde(default)]
    pub iana: Option<Files>,
    /// Whether a version must have a digest: `required` or `if-there`.
    #[serde(default)]
    pub zonemd: ZonemdConfig,
    /// With what a watcher signs in mode `seal`: `ecdsa-p256` or `ed25519`.
    #[serde(default)]
    pub seal: Algorithm,
    /// Resolvers that are asked what children say of themselves; without any, changes
    /// are judged by the zone alone.
    #[serde(default)]
    pub resolvers: Vec<SocketAddr>,
    /// The ledger of a joint zone of this name, whose holders decide about theirs.
    #[serde(default)]
    pub claims: Option<ClaimsConfig>,
    /// The port of name servers.
    #[serde(default = "default_port")]
    pub server_port: u16,
    /// How often to look for news (seconds).
    #[serde(default = "default_refresh_s")]
    pub refresh_s: u64,
    /// The longest wait for an upstream (seconds).
    #[serde(default = "default_patience_s")]
    pub patience_s: u64,
    /// How many versions to keep.
    #[serde(default = "default_keep_versions")]
    pub keep_versions: usize,
    /// Where to answer DNS.
    #[serde(default)]
    pub listen: Vec<SocketAddr>,
    /// Who may have the whole zone.
    #[serde(default = "Networks::own")]
    pub transfer_allow: Networks,
    /// Whose notices of new versions are heeded, beside those of the primaries.
    #[serde(default)]
    pub notices_from: Networks,
    /// Secondaries to notify.
    #[serde(default)]
    pub notify: Vec<SocketAddr>,
    /// Where to answer HTTP: the zone file, the state, the feed, figures.
    #[serde(default)]
    pub web: Option<SocketAddr>,
    /// With what to answer HTTPS there; without it, HTTP.
    #[serde(default)]
    pub web_tls: Option<IdentityFiles>,
    /// Whom to tell of what happens.
    #[serde(default)]
    pub tell: Tell,
}

/// One upstream. One of `transfer`, `url` and `file`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamConfig {
    /// The address of a primary, with or without a port.
    pub transfer: Option<String>,
    /// The name of the TSIG key.
    pub key: Option<String>,
    /// The name that the primary shows by TLS.
    pub tls: Option<String>,
    /// The authorities that may have said so, in a PEM file; without it those that
    /// browsers trust.
    pub authorities: Option<PathBuf>,
    /// The address of a zone file.
    pub url: Option<String>,
    /// The path of a zone file.
    pub file: Option<PathBuf>,
}

/// A TSIG key (RFC 8945).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// Its name.
    pub name: String,
    /// Its algorithm: `hmac-sha256`, `hmac-sha384` or `hmac-sha512`.
    pub algorithm: String,
    /// Its octets in base64.
    pub secret: String,
}

impl std::fmt::Debug for KeyConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyConfig({} {})", self.name, self.algorithm)
    }
}

/// Who is told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tell {
    /// Addresses that each event is posted to, as JSON.
    #[serde(default)]
    pub webhooks: Vec<String>,
    /// Alarms by mail.
    pub mail: Option<Mail>,
}

/// How mail is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The server that takes mail, host and port.
    pub server: String,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
}

/// What is asked of digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZonemdConfig {
    /// There must be one that can be checked.
    #[default]
    Required,
    /// One that is there must be right.
    IfThere,
}

fn default_port() -> u16 {
    PORT
}

fn default_refresh_s() -> u64 {
    300
}

fn default_patience_s() -> u64 {
    15
}

fn default_keep_versions() -> usize {
    60
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// A configuration that was read and makes sense.
#[derive(Clone, Debug)]
pub struct Checked {
    /// As it was read.
    pub config: Config,
    /// Where versions come from.
    pub upstreams: Vec<Upstream>,
    /// What trust begins with.
    pub beginning: Beginning,
    /// What is asked of digests.
    pub zonemd: Zonemd,
}

/// What trust begins with.
#[derive(Clone, Debug)]
pub enum Beginning {
    /// Keys that are configured, or that the program has.
    Configured(Anchors),
    /// Those that files name.
    Published(Files),
}

impl Checked {
    /// Whose notices are heeded: of the primaries, and of whom the operator names.
    pub fn notices(&self) -> Notices {
        let mut from = self.config.notices_from.clone();
        let primaries = self.upstreams.iter().filter_map(|it| match it {
            Upstream::Primary(primary) => Some(Network::of(primary.address.ip())),
            Upstream::Web(_) | Upstream::File(_) => None,
        });
        from.0.extend(primaries);
        Notices {
            zone: self.config.zone.clone(),
            from,
        }
    }

    /// What trust begins with, as of this time.
    ///
    /// # Errors
    /// Where files that are to say so cannot be read, or break a rule.
    pub fn anchors(&self, now: Time) -> Result<Anchors, FilesError> {
        match &self.beginning {
            Beginning::Configured(anchors) => Ok(anchors.clone()),
            Beginning::Published(files) => {
                let found = files.read(&self.config.zone, now)?;
                let anchors = Anchors::new(&self.config.zone, found);
                let form = IanaRefusal::Form("digests are those of keys");
                anchors.map_err(|_| FilesError::Refused(form))
            }
        }
    }
}

impl Config {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Checked, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError(error.to_string()))?;
        let bad = |what: String| Err(ConfigError(what));
        let upstreams = config.upstream.len();
        if upstreams == 0 || upstreams > limits::UPSTREAMS_MAX {
            let max = limits::UPSTREAMS_MAX;
            return bad(format!(
                "there are {upstreams} upstreams: between 1 and {max} are watched"
            ));
        }
        if config.keep_versions == 0 || config.keep_versions > limits::VERSIONS_KEPT_MAX {
            let max = limits::VERSIONS_KEPT_MAX;
            return bad(format!("keep_versions is between 1 and {max}"));
        }
        if config.web_tls.is_some() && config.web.is_none() {
            return bad("`web_tls` says nothing without `web`".into());
        }
        if config.mode == Mode::Pass && config.listen.is_empty() && config.web.is_none() {
            tracing::info!("nothing is served: neither `listen` nor `web` is set");
        }
        let keys = keys(&config.key)?;
        let upstreams = config
            .upstream
            .iter()
            .map(|it| upstream(it, &keys, config.patience()));
        let upstreams = upstreams.collect::<Result<_, _>>()?;
        let beginning = match &config.iana {
            None => Beginning::Configured(anchors(&config.zone, &config.anchors)?),
            Some(_) if !config.anchors.is_empty() => {
                return bad("trust begins with `anchors` or with `iana`, not with both".into());
            }
            Some(files) => Beginning::Published(files.clone()),
        };
        let zonemd = match config.zonemd {
            ZonemdConfig::Required => Zonemd::Required,
            ZonemdConfig::IfThere => Zonemd::IfThere,
        };
        Ok(Checked {
            config,
            upstreams,
            beginning,
            zonemd,
        })
    }

    /// How children are asked; not at all without resolvers.
    pub(super) fn settings(&self) -> Option<Settings> {
        let resolvers = self.resolvers.clone();
        (!resolvers.is_empty()).then(|| Settings {
            port: self.server_port,
            ..Settings::new(resolvers)
        })
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_s.max(1))
    }
}

fn keys(configured: &[KeyConfig]) -> Result<Vec<(String, Arc<Key>)>, ConfigError> {
    let key = |it: &KeyConfig| {
        let bad = |why: &str| ConfigError(format!("the TSIG key {}: {why}", it.name));
        let algorithm = match it.algorithm.to_ascii_lowercase().as_str() {
            "hmac-sha256" => tsig::Algorithm::Sha256,
            "hmac-sha384" => tsig::Algorithm::Sha384,
            "hmac-sha512" => tsig::Algorithm::Sha512,
            _ => {
                return Err(bad(
                    "its algorithm is hmac-sha256, hmac-sha384 or hmac-sha512",
                ));
            }
        };
        let octets = BASE64.decode(it.secret.as_bytes());
        let octets = octets.map_err(|_| bad("its secret is not base64"))?;
        let name: KeyName = it
            .name
            .parse()
            .map_err(|_| bad("its name is no DNS name"))?;
        let key = Key::new(algorithm, &octets, name, None, None);
        let key = key.map_err(|_| bad("it cannot be used"))?;
        Ok((it.name.clone(), Arc::new(key)))
    };
    configured.iter().map(key).collect()
}

fn upstream(
    it: &UpstreamConfig,
    keys: &[(String, Arc<Key>)],
    patience: Duration,
) -> Result<Upstream, ConfigError> {
    let alone = it.key.is_none() && it.tls.is_none() && it.authorities.is_none();
    match (&it.transfer, &it.url, &it.file) {
        (Some(address), None, None) => {
            let key = match &it.key {
                None => None,
                Some(name) => {
                    let found = keys.iter().find(|(known, _)| known == name);
                    let found = found.ok_or_else(|| ConfigError(format!("no TSIG key {name}")))?;
                    Some(Arc::clone(&found.1))
                }
            };
            let tls = match &it.tls {
                None => None,
                Some(name) => {
                    let tls = Tls::new(name, it.authorities.as_deref());
                    let tls = tls.map_err(|error| ConfigError(format!("{name}: {error}")))?;
                    Some(Arc::new(tls))
                }
            };
            let port = match tls {
                None => PORT,
                Some(_) => TLS_PORT,
            };
            Ok(Upstream::Primary(Primary {
                address: socket_address(address, port)?,
                key,
                tls,
                patience,
            }))
        }
        (None, Some(url), None) if alone => Ok(Upstream::Web(WebFile::new(url, patience))),
        (None, None, Some(path)) if alone => Ok(Upstream::File(path.clone())),
        _ => Err(ConfigError(
            "an upstream has one of `transfer` (with `key`, `tls`, `authorities` if wanted), `url` \
             and `file`"
                .into(),
        )),
    }
}

/// An address with its port, or with the usual one.
fn socket_address(text: &str, port: u16) -> Result<SocketAddr, ConfigError> {
    let with_port = text.parse::<SocketAddr>();
    let address = with_port.or_else(|_| text.parse::<IpAddr>().map(|it| SocketAddr::new(it, port)));
    address.map_err(|_| ConfigError(format!("{text} is not an address of a primary")))
}

fn anchors(zone: &Name, configured: &[String]) -> Result<Anchors, ConfigError> {
    let texts: Vec<String> = match configured {
        [] if *zone == Name::root() => roots::ANCHORS.map(String::from).into(),
        [] => return Err(ConfigError(format!("there are no `anchors` for {zone}"))),
        texts => texts.to_vec(),
    };
    let anchor = |text: &String| {
        // A DNSKEY record's data has its flags first, of which 257 is no usual tag.
        let is_key = text.split_whitespace().nth(1) == Some("3");
        let data = match is_key {
            true => Rdata::from_text(Rtype::DNSKEY, text).map(Anchor::Key),
            false => Rdata::from_text(Rtype::DS, text).map(Anchor::Ds),
        };
        data.map_err(|_| ConfigError(format!("`{text}` is neither DS nor DNSKEY data")))
    };
    let found = texts.iter().map(anchor).collect::<Result<_, _>>()?;
    Anchors::new(zone, found).map_err(|error| ConfigError(error.to_string()))
}

/// A configuration file with every key explained.
pub fn template(
    zone: &Name,
    upstreams: &[UpstreamConfig],
    anchors: &[String],
    iana: Option<&Files>,
) -> String {
    let mut text = format!(
        "# A watcher of a zone: it follows what others publish, verifies it, says what has\n\
         # changed and how dangerous that is, and serves it to resolvers.\n\
         \n\
         zone = {}\n\
         # What is served: `pass`, the upstream's versions as they are; `buffer`, without\n\
         # changes that are held; `seal`, the same signed by a key of your own.\n\
         mode = \"pass\"\n\
         # How often to look for news, and the longest wait for an upstream (seconds).\n\
         refresh_s = {}\n\
         patience_s = {}\n\
         # Whether a version must have a ZONEMD digest: `required`, or `if-there`.\n\
         zonemd = \"required\"\n\
         # Resolvers that are asked what children say of themselves, which verdicts weigh;\n\
         # without any, changes are judged by the zone alone.\n\
         resolvers = []\n\
         # The ledger of a joint zone of this name, a directory or a URL, with the id of its\n\
         # founding act: a name that is claimed there changes as its holder consents.\n\
         # claims = {{ ledger = \"https://ledger.example\", founding = \"0123...\" }}\n\
         # How many versions to keep, for `comity history`.\n\
         keep_versions = {}\n\
         # Where to answer DNS: transfers for resolvers, and questions. Port 0: the system\n\
         # chooses.\n\
         listen = [\"127.0.0.1:5300\"]\n\
         # Who may transfer the zone, and who is notified of new versions.\n\
         transfer_allow = [\"127.0.0.0/8\", \"::1/128\"]\n\
         notify = []\n\
         # A primary that notifies this watcher (RFC 1996) is asked at once what it has; where\n\
         # notices come from other addresses than transfers, these.\n\
         notices_from = []\n\
         # Where to answer HTTP: /zone, /state, /feed, /metrics. Without it nowhere.\n\
         # web = \"127.0.0.1:8053\"\n\
         # By HTTPS, TLS 1.3, with this certificate and its key in PEM files, which are read\n\
         # again when they change.\n\
         # web_tls = {{ certificate = \"/etc/comity/chain.pem\", key = \"/etc/comity/key.pem\" }}\n",
        files::toml_string(&zone.to_string()),
        default_refresh_s(),
        default_patience_s(),
        default_keep_versions(),
    );
    text.push_str("# Trust anchors: DS or DNSKEY data. Without them those of the root.\n");
    match anchors {
        [] => text.push_str("# anchors = [\"20326 8 2 E06D44B8...\"]\n"),
        anchors => {
            let quoted: Vec<String> = anchors.iter().map(|it| files::toml_string(it)).collect();
            text.push_str(&format!("anchors = [{}]\n", quoted.join(", ")));
        }
    }
    text.push_str(&iana_lines(iana));
    text.push_str(
        "\n# Who is told: each event is posted to webhooks as JSON, alarms go out by mail.\n\
         [tell]\n\
         webhooks = []\n\
         # mail = { server = \"127.0.0.1:25\", from = \"comity@example.net\", to = [\"noc@example.net\"] }\n\
         \n# Where versions come from: `transfer`, a primary's address, with `key`, the name of\n\
         # a TSIG key, and `tls`, the name that it shows by TLS, if wanted; `url` or `file`, a\n\
         # zone file. Of several the newest version is taken that verifies.\n",
    );
    for upstream in upstreams {
        text.push_str(&upstream_table(upstream));
    }
    text.push_str(
        "# [[key]]\n# name = \"key.example.\"\n# algorithm = \"hmac-sha256\"\n# secret = \"...\"\n",
    );
    text
}

/// The lines about published anchors.
fn iana_lines(files: Option<&Files>) -> String {
    let text = "# Or the files by which IANA publishes those of the root, from\n\
                # https://data.iana.org/root-anchors/ ; they are read again when they change.\n";
    let path = |path: &PathBuf| files::toml_string(&path.display().to_string());
    match files {
        None => format!(
            "{text}# iana = {{ anchors = \"root-anchors.xml\", signature = \"root-anchors.p7s\", \
             authorities = \"icannbundle.pem\" }}\n"
        ),
        Some(files) => format!(
            "{text}iana = {{ anchors = {}, signature = {}, authorities = {} }}\n",
            path(&files.anchors),
            path(&files.signature),
            path(&files.authorities)
        ),
    }
}

fn upstream_table(upstream: &UpstreamConfig) -> String {
    let mut text = String::from("[[upstream]]\n");
    let paths = [&upstream.authorities, &upstream.file];
    let [authorities, file] = paths.map(|path| path.as_ref().map(|it| it.display().to_string()));
    for (name, value) in [
        ("transfer", &upstream.transfer),
        ("key", &upstream.key),
        ("tls", &upstream.tls),
        ("authorities", &authorities),
        ("url", &upstream.url),
        ("file", &file),
    ] {
        if let Some(value) = value {
            text.push_str(&format!("{name} = {}\n", files::toml_string(value)));
        }
    }
    text.push('\n');
    text
}

/// The upstreams of the public root.
pub fn public_root() -> Vec<UpstreamConfig> {
    let primaries = roots::PRIMARIES.iter().map(|address| UpstreamConfig {
        transfer: Some((*address).into()),
        ..UpstreamConfig::default()
    });
    let file = UpstreamConfig {
        url: Some(roots::FILE.into()),
        ..UpstreamConfig::default()
    };
    primaries.chain([file]).collect()
}

#[cfg(test)]
mod tests;
