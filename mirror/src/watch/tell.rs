//! Telling: an Atom feed (RFC 4287) of what was said, webhooks that each event is posted
//! to, mail for alarms. Whoever cannot be told is tried again in the next round, a few
//! times, and never holds anything up.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use comity_core::zone::Name;
use ureq::Agent;

use super::config::{Mail, Tell};
use super::event::{Event, Level};

/// Events in the feed.
const FEED_EVENTS_MAX: usize = 200;
/// Events that wait for somebody who cannot be told.
const WAITING_MAX: usize = 1000;
/// How often somebody is tried with one event.
const TRIES_MAX: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(10);

/// Whom to tell, and what they have not been told yet.
pub struct Teller {
    agent: Agent,
    webhooks: Vec<(String, VecDeque<(Event, u32)>)>,
    mail: Option<(Mail, VecDeque<(Event, u32)>)>,
}

impl Teller {
    /// Nobody has been told anything.
    pub fn new(tell: &Tell) -> Self {
        let config = Agent::config_builder()
            .user_agent(concat!("comity/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(PATIENCE))
            .build();
        let webhooks = tell.webhooks.iter();
        Self {
            agent: config.new_agent(),
            webhooks: webhooks.map(|url| (url.clone(), VecDeque::new())).collect(),
            mail: tell.mail.clone().map(|mail| (mail, VecDeque::new())),
        }
    }

    /// Tells everybody what is new and what still waits. Of each only the first that
    /// fails is tried.
    pub fn tell(&mut self, zone: &Name, events: &[Event]) {
        for (url, waiting) in &mut self.webhooks {
            queue(waiting, events.iter());
            let agent = &self.agent;
            send_all(waiting, |event| {
                let sent = agent.post(&*url).header("Content-Type", "application/json");
                sent.send(event.to_json())
                    .map(|_| ())
                    .map_err(|error| format!("{url}: {error}"))
            });
        }
        if let Some((mail, waiting)) = &mut self.mail {
            queue(waiting, events.iter().filter(|it| it.level == Level::Alarm));
            send_all(waiting, |event| {
                post(mail, zone, event).map_err(|error| format!("{}: {error}", mail.server))
            });
        }
    }
}

fn queue<'a>(waiting: &mut VecDeque<(Event, u32)>, events: impl Iterator<Item = &'a Event>) {
    waiting.extend(events.map(|event| (event.clone(), 0)));
    while waiting.len() > WAITING_MAX {
        waiting.pop_front();
    }
}

fn send_all(
    waiting: &mut VecDeque<(Event, u32)>,
    mut send: impl FnMut(&Event) -> Result<(), String>,
) {
    while let Some((event, tries)) = waiting.front_mut() {
        match send(event) {
            Ok(()) => {}
            Err(error) => {
                *tries += 1;
                tracing::warn!(%error, "cannot tell");
                if *tries < TRIES_MAX {
                    return;
                }
            }
        }
        waiting.pop_front();
    }
}

/// Hands one mail to a server (RFC 5321 §4.1.1), as plain as it was in the beginning: to
/// a mail server of one's own, which does the rest.
fn post(mail: &Mail, zone: &Name, event: &Event) -> std::io::Result<()> {
    let mut addresses = mail.server.to_socket_addrs()?;
    let no_address = || std::io::Error::from(std::io::ErrorKind::NotFound);
    let stream = TcpStream::connect_timeout(&addresses.next().ok_or_else(no_address)?, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut say = |line: &str, expected: char| -> std::io::Result<()> {
        if !line.is_empty() {
            (&stream).write_all(line.as_bytes())?;
        }
        loop {
            let mut answer = String::new();
            reader.read_line(&mut answer)?;
            if answer.len() < 4 || !answer.starts_with(expected) {
                return Err(std::io::Error::other(answer.trim_end().to_owned()));
            }
            // RFC 5321 §4.2.1: a hyphen where more lines follow.
            if answer.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    };
    say("", '2')?;
    say("EHLO comity\r\n", '2')?;
    say(&format!("MAIL FROM:<{}>\r\n", plain(&mail.from)), '2')?;
    for to in &mail.to {
        say(&format!("RCPT TO:<{}>\r\n", plain(to)), '2')?;
    }
    say("DATA\r\n", '3')?;
    say(&letter(mail, zone, event), '2')?;
    say("QUIT\r\n", '2')
}

/// An address without what would end a line or the address.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|it| !it.is_control() && !matches!(it, '<' | '>'))
        .collect()
}

/// The letter (RFC 5322), ended by a line with a full stop.
fn letter(mail: &Mail, zone: &Name, event: &Event) -> String {
    let to: Vec<String> = mail.to.iter().map(|it| plain(it)).collect();
    let subject: String = plain(&event.text).chars().take(120).collect();
    let mut text = format!(
        "From: <{}>\r\nTo: {}\r\nSubject: [{zone}] {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nAuto-Submitted: auto-generated\r\n\r\n",
        plain(&mail.from),
        to.iter()
            .map(|it| format!("<{it}>"))
            .collect::<Vec<_>>()
            .join(", "),
    );
    let body = format!("{event}\n\n{}\n", event.to_json());
    for line in body.lines() {
        // RFC 5321 §4.5.2: a line that begins with a full stop begins with two.
        let dot = if line.starts_with('.') { "." } else { "" };
        let _written = write!(text, "{dot}{line}\r\n");
    }
    text + ".\r\n"
}

/// The feed of these events, the oldest first as they come, the newest first as it
/// has them.
pub fn feed(zone: &Name, id: &str, events: &[Event]) -> String {
    let newest = events.iter().rev().take(FEED_EVENTS_MAX);
    let updated = events.last().map_or_else(
        || "1970-01-01T00:00:00Z".to_owned(),
        |event| event.time.to_string(),
    );
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <title>Changes of {}</title>\n<id>{}</id>\n<updated>{updated}</updated>\n\
         <author><name>comity watch</name></author>\n",
        escaped(&zone.to_string()),
        escaped(id),
    );
    for event in newest {
        let json = event.to_json();
        let digest = comity_core::basic::Digest::of(json.as_bytes());
        let _written = write!(
            text,
            "<entry>\n<title>{}</title>\n<id>{}#{digest}</id>\n<updated>{}</updated>\n\
             <category term=\"{}\"/>\n<content type=\"text\">{}</content>\n</entry>\n",
            escaped(&event.text),
            escaped(id),
            event.time,
            event.level,
            escaped(&json),
        );
    }
    text + "</feed>\n"
}

/// Text that stands between tags, or in an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 §2.2 has no other control characters.
            control if control.is_control() && !matches!(control, '\n' | '\t' | '\r') => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
