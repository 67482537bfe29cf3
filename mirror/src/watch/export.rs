//! Configuration of resolvers that take a watched zone, each in the way that it
//! supports: by transfer, from a file, from a web server. A text that follows from
//! [`Facts`] alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use comity_core::dnssec::{Ds, ZoneKey};
use comity_core::upstream::Zonemd;
use comity_core::zone::{Name, Rdata, Rtype};

use super::config::Mode;

/// Whom Unbound believes: without it, every certificate.
const UNBOUND_BUNDLE: &str = "    # Who says whose the certificate is. Without it any is taken.\n    \
     tls-cert-bundle: \"/etc/ssl/certs/ca-certificates.crt\"\n";

/// What a resolver's configuration is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The zone.
    pub zone: Name,
    /// What is served.
    pub mode: Mode,
    /// Whether each version must have a digest.
    pub zonemd: Zonemd,
    /// Where transfers come from.
    pub dns: SocketAddr,
    /// Where HTTPS is answered, if it is.
    pub https: Option<SocketAddr>,
    /// The zone file.
    pub file: PathBuf,
    /// The trust anchors as records' data: the upstream's, `DS …`, and in `seal` one's
    /// own, `DNSKEY …`, before them.
    pub anchors: Vec<String>,
}

/// A resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolver {
    /// NLnet Labs' Unbound, 1.14 or later.
    Unbound,
    /// ISC's BIND, 9.16 or later.
    Bind,
    /// CZ.NIC's Knot Resolver, 5.
    KnotResolver,
    /// PowerDNS Recursor, 4.6 or later.
    PowerDns,
}

/// How the zone is fetched by who knows more than one way.
#[derive(Clone, Copy)]
enum Way {
    Transfer,
    Https,
}

impl Facts {
    /// The configuration of a resolver: by transfer where it knows that.
    pub fn text(&self, resolver: Resolver) -> String {
        match resolver {
            Resolver::Unbound => self.unbound(Way::Transfer),
            Resolver::Bind => self.bind(),
            Resolver::KnotResolver => self.knot_resolver(),
            Resolver::PowerDns => self.powerdns(Way::Transfer),
        }
    }

    /// The configuration of a resolver that takes the zone by HTTPS. None where it cannot.
    pub fn by_https(&self, resolver: Resolver) -> Option<String> {
        match resolver {
            Resolver::Unbound => Some(self.unbound(Way::Https)),
            Resolver::Bind => None,
            Resolver::KnotResolver => Some(self.knot_resolver()),
            Resolver::PowerDns => Some(self.powerdns(Way::Https)),
        }
    }

    /// What must be known before anything else, a comment.
    fn preamble(&self, comment: &str) -> String {
        let mut lines = vec![format!("The zone {} from a watcher.", self.zone)];
        lines.extend(match self.mode {
            Mode::Pass => {
                vec!["Mode pass: the upstream's trust anchors stay as they are.".to_owned()]
            }
            Mode::Buffer => vec![
                "Mode buffer: the upstream's trust anchors stay as they are. While changes are"
                    .to_owned(),
                "held there is no ZONEMD digest, which a check of it would call wrong.".to_owned(),
            ],
            Mode::Seal => vec![
                "Mode seal: signed by a key of your own. Resolvers behind this one that know the"
                    .to_owned(),
                "upstream's key alone refuse every answer.".to_owned(),
            ],
        });
        lines.push("To leave, take these lines out again.".to_owned());
        lines
            .iter()
            .map(|line| format!("{comment} {line}\n"))
            .collect()
    }

    /// Where the zone is fetched by HTTPS, and who that is: the watcher, or another server
    /// that shows the file.
    fn shown(&self) -> (String, String) {
        let (server, who) = match self.https {
            Some(address) => (
                address.to_string(),
                "The watcher: its certificate has the name or the address that stands here.".into(),
            ),
            None => (
                "localhost".into(),
                format!(
                    "A web server of yours that shows {} by HTTPS.",
                    self.file.display()
                ),
            ),
        };
        (format!("https://{server}/zone"), who)
    }

    fn zone_file(&self) -> String {
        match self.zone.to_string().trim_end_matches('.') {
            "" => "root.zone".to_owned(),
            zone => format!("{zone}.zone"),
        }
    }

    /// The anchors that a resolver has to be told, a line each; none where it knows the
    /// upstream's, which stay.
    fn anchors(&self, line: impl Fn(&str) -> Option<String>) -> Option<String> {
        let lines = || self.anchors.iter().filter_map(|it| line(it)).collect();
        (self.mode == Mode::Seal).then(lines)
    }

    /// Where the watcher is gone, other servers are asked as before.
    fn unbound(&self, way: Way) -> String {
        let anchor = |it: &str| Some(format!("    trust-anchor: \"{} {it}\"\n", self.zone));
        let anchors = self.anchors(anchor).unwrap_or_default();
        let (bundle, source) = match way {
            Way::Transfer => {
                let (ip, port) = (self.dns.ip(), self.dns.port());
                ("", format!("primary: {ip}@{port}"))
            }
            Way::Https => {
                let (url, who) = self.shown();
                (UNBOUND_BUNDLE, format!("# {who}\n    url: \"{url}\""))
            }
        };
        let server = match [bundle, &anchors].concat() {
            lines if lines.is_empty() => lines,
            lines => format!("server:\n{lines}\n"),
        };
        let check = match self.mode {
            Mode::Pass | Mode::Seal => "yes",
            Mode::Buffer => "no",
        };
        format!(
            "{}{server}auth-zone:\n    name: \"{}\"\n    {source}\n    zonefile: \"{}\"\n    \
             for-upstream: yes\n    for-downstream: no\n    fallback-enabled: yes\n    \
             zonemd-check: {check}\n",
            self.preamble("#"),
            self.zone,
            self.zone_file(),
        )
    }

    /// By transfer, as a mirror zone, which BIND uses where it verifies.
    fn bind(&self) -> String {
        let anchors = self.anchors(|it| Some(self.anchor_for_bind(it)));
        let anchors = anchors.map_or_else(String::new, |it| {
            format!("// In options, set: dnssec-validation yes;\ntrust-anchors {{\n{it}}};\n")
        });
        let warning = match self.mode {
            Mode::Buffer => {
                "// BIND verifies the whole: while changes are held it asks the upstream's own\n\
                 // servers, and nothing is held from it.\n"
            }
            Mode::Pass | Mode::Seal => "",
        };
        format!(
            "{}{warning}{anchors}zone \"{}\" {{\n    type mirror;\n    primaries {{ {} port {}; }};\n    \
             file \"{}\";\n}};\n",
            self.preamble("//"),
            self.zone,
            self.dns.ip(),
            self.dns.port(),
            self.zone_file(),
        )
    }

    fn anchor_for_bind(&self, anchor: &str) -> String {
        let (kind, data) = anchor.split_once(' ').unwrap_or(("", anchor));
        let mut parts = data.splitn(4, ' ');
        let mut next = || parts.next().unwrap_or_default();
        let (a, b, c, d) = (next(), next(), next(), next().replace(' ', ""));
        let form = match kind {
            "DS" => "static-ds",
            _ => "static-key",
        };
        format!("    \"{}\" {form} {a} {b} {c} \"{d}\";\n", self.zone)
    }

    /// By the module `prefill`, which knows the root alone and fetches by HTTPS alone.
    fn knot_resolver(&self) -> String {
        let anchor = |it: &str| {
            Some(format!(
                "{} DS {}\n",
                self.zone,
                self.delegation_signer(it)?
            ))
        };
        // All of them in one call: of several, Knot Resolver 5 believes the last.
        let anchors = self.anchors(anchor).map_or_else(String::new, |it| {
            let zone = &self.zone;
            format!("trust_anchors.remove('{zone}')\ntrust_anchors.add([[\n{it}]])\n")
        });
        let (url, who) = self.shown();
        format!(
            "{}{anchors}modules.load('prefill')\nprefill.config({{\n    ['{}'] = {{\n        \
             -- {who}\n        url = '{url}',\n        \
             -- ca_file = '/etc/ssl/ca.pem',\n        interval = 3600\n    }}\n}})\n",
            self.preamble("--"),
            self.zone,
        )
    }

    /// An anchor as DS data.
    fn delegation_signer(&self, anchor: &str) -> Option<String> {
        match anchor.split_once(' ')? {
            ("DS", data) => Some(data.to_owned()),
            (_, data) => {
                let key = Rdata::from_text(Rtype::DNSKEY, data).ok()?;
                Some(Ds::text_of(&self.zone, &ZoneKey::parse(&key)?))
            }
        }
    }

    /// Into the record cache. Its anchors are DS data alone.
    fn powerdns(&self, way: Way) -> String {
        let anchor = |it: &str| {
            let data = self.delegation_signer(it)?;
            Some(format!("addTA(\"{}\", \"{data}\")\n", self.zone))
        };
        let anchors = self.anchors(anchor).unwrap_or_default();
        // `dnssec` is about the ZONEMD record too; what is in the cache is validated in
        // any case, set by set.
        let check = match (self.mode, self.zonemd) {
            (Mode::Seal, _) | (Mode::Pass, Zonemd::Required) => "require",
            (Mode::Pass, Zonemd::IfThere) => "validate",
            (Mode::Buffer, _) | (Mode::Pass, Zonemd::Withheld) => "ignore",
        };
        let (comment, method, source) = match way {
            Way::Transfer => (String::new(), "axfr", self.dns.to_string()),
            Way::Https => {
                let (url, who) = self.shown();
                // libcurl is told of no other bundle.
                let more = "-- Who says whose that is must be among the system's authorities: in\n\
                            -- Debian /etc/ssl/certs, which update-ca-certificates(8) writes.\n";
                (format!("-- {who}\n{more}"), "url", url)
            }
        };
        format!(
            "{}-- In the file that `lua-config-file` names.\n{anchors}{comment}\
             zoneToCache(\"{}\", \"{method}\", \"{source}\", {{ zonemd = \"{check}\", \
             dnssec = \"{check}\", refreshPeriod = 3600 }})\n",
            self.preamble("--"),
            self.zone,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(mode: Mode) -> Facts {
        Facts {
            zone: Name::root(),
            mode,
            zonemd: Zonemd::Required,
            dns: "127.0.0.1:5300".parse().unwrap(),
            https: None,
            file: "/var/lib/comity-watch/zone".into(),
            anchors: vec![
                "DNSKEY 257 3 13 AAAA BBBB".into(),
                "DS 20326 8 2 E06D".into(),
            ],
        }
    }

    #[test]
    fn digests_are_checked_but_where_changes_are_held() {
        let [required, ignored] =
            ["require", "ignore"].map(|it| format!("zonemd = \"{it}\", dnssec = \"{it}\""));
        for (mode, unbound, powerdns) in [
            (Mode::Pass, "zonemd-check: yes", &required),
            (Mode::Buffer, "zonemd-check: no", &ignored),
            (Mode::Seal, "zonemd-check: yes", &required),
        ] {
            assert!(facts(mode).text(Resolver::Unbound).contains(unbound));
            assert!(facts(mode).text(Resolver::PowerDns).contains(powerdns));
        }
    }

    #[test]
    fn who_fetches_by_https_does_so_from_a_watcher_that_answers_it() {
        for (https, url) in [
            (None, "https://localhost/zone"),
            (Some("[::1]:8443"), "https://[::1]:8443/zone"),
        ] {
            let mut facts = facts(Mode::Pass);
            facts.https = https.map(|it| it.parse().unwrap());
            for (resolver, line) in [
                (Resolver::Unbound, format!("    url: \"{url}\"\n")),
                (Resolver::KnotResolver, format!("url = '{url}'")),
                (
                    Resolver::PowerDns,
                    format!("zoneToCache(\".\", \"url\", \"{url}\", {{ zonemd"),
                ),
            ] {
                let text = facts.by_https(resolver).unwrap();
                assert!(text.contains(&line), "{text}");
                assert!(!text.contains("5300"), "{text}");
                assert_eq!(text.contains("/var/lib/comity-watch/zone"), https.is_none());
            }
            assert_eq!(facts.by_https(Resolver::Bind), None);
        }
    }

    #[test]
    fn a_zone_that_may_lack_a_digest_is_not_thrown_away_for_that() {
        for (mode, zonemd, word) in [
            (Mode::Pass, Zonemd::Required, "require"),
            (Mode::Pass, Zonemd::IfThere, "validate"),
            // Its own signer gives it one.
            (Mode::Seal, Zonemd::IfThere, "require"),
            (Mode::Buffer, Zonemd::IfThere, "ignore"),
        ] {
            let facts = Facts {
                zonemd,
                ..facts(mode)
            };
            let line = format!("zonemd = \"{word}\", dnssec = \"{word}\"");
            assert!(facts.text(Resolver::PowerDns).contains(&line), "{mode:?}");
        }
    }

    #[test]
    fn by_https_nothing_but_the_way_is_another() {
        for mode in [Mode::Pass, Mode::Buffer, Mode::Seal] {
            let facts = facts(mode);
            for resolver in [Resolver::Unbound, Resolver::PowerDns] {
                let is_of_the_way = |line: &&str| {
                    let words = ["primary:", "url", "tls-cert-bundle", "axfr"];
                    let is_comment = line.trim_start().starts_with(['#', '-']);
                    is_comment || line.is_empty() || words.iter().any(|it| line.contains(it))
                };
                let rest = |text: String| {
                    let lines = text
                        .lines()
                        .filter(|it| !is_of_the_way(it) && *it != "server:");
                    lines.map(str::to_owned).collect::<Vec<_>>()
                };
                let (one, other) = (facts.text(resolver), facts.by_https(resolver).unwrap());
                let options = |text: &str| text.split_once("{ zonemd").map(|it| it.1.to_owned());
                assert_eq!(options(&one), options(&other));
                assert_eq!(rest(one), rest(other));
            }
            assert_eq!(
                facts.by_https(Resolver::KnotResolver).unwrap(),
                facts.text(Resolver::KnotResolver)
            );
        }
    }

    #[test]
    fn unbound_is_told_by_https_alone_whose_certificates_to_believe() {
        for mode in [Mode::Pass, Mode::Seal] {
            let bundle = "server:\n    # Who says whose the certificate is. Without it any is taken.\n    \
                          tls-cert-bundle: \"/etc/ssl/certs/ca-certificates.crt\"\n";
            let by_https = facts(mode).by_https(Resolver::Unbound).unwrap();
            assert!(by_https.contains(bundle), "{by_https}");
            assert_eq!(by_https.matches("server:").count(), 1);
            assert!(!facts(mode).text(Resolver::Unbound).contains("tls-cert"));
        }
    }

    #[test]
    fn who_believes_ds_data_alone_has_a_key_as_ds_data() {
        // RFC 4509 §2.3.
        let key = "DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxe\
                   YCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9Xzc\
                   nOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
        let mut facts = facts(Mode::Seal);
        facts.zone = "dskey.example.com.".parse().unwrap();
        facts.anchors = vec![key.into(), "DS 20326 8 2 E06D".into()];
        let data = "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A";
        let knot = facts.text(Resolver::KnotResolver);
        let both = "trust_anchors.remove('dskey.example.com.')\ntrust_anchors.add([[\n\
                    dskey.example.com. DS "
            .to_owned()
            + data
            + "\ndskey.example.com. DS 20326 8 2 E06D\n]])\n";
        assert!(knot.contains(&both), "{knot}");
        let powerdns = facts.text(Resolver::PowerDns);
        let one = format!("addTA(\"dskey.example.com.\", \"{data}\")\n");
        assert!(powerdns.contains(&one), "{powerdns}");
    }

    #[test]
    fn anchors_are_set_where_the_zone_has_another_key_and_nowhere_else() {
        for resolver in [
            Resolver::Unbound,
            Resolver::Bind,
            Resolver::KnotResolver,
            Resolver::PowerDns,
        ] {
            for mode in [Mode::Pass, Mode::Buffer] {
                assert!(
                    !facts(mode).text(resolver).contains("20326"),
                    "{resolver:?}"
                );
            }
            assert!(
                facts(Mode::Seal).text(resolver).contains("20326"),
                "{resolver:?}"
            );
        }
        let bind = facts(Mode::Seal).text(Resolver::Bind);
        assert!(
            bind.contains("\".\" static-key 257 3 13 \"AAAABBBB\";"),
            "{bind}"
        );
        assert!(
            bind.contains("\".\" static-ds 20326 8 2 \"E06D\";"),
            "{bind}"
        );
    }
}
