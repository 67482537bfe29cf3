//! The figures of a state, as monitoring reads them: OpenMetrics text, which
//! Prometheus scrapes. The figures themselves are the state's; nothing is
//! computed here but the time that is left.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use comity_core::basic::Time;
use comity_core::state::{Cosigning, Exposure, Figures, Following};
use prometheus_client::encoding::text;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock::now;
use crate::dns::Networks;
use crate::web::door::Door;
use crate::web::identity::Identity;

/// The path that is scraped.
pub const PATH: &str = "/metrics";
/// What the name of each figure begins with.
pub(crate) const PREFIX: &str = "comity";
/// What such an answer says that it is (OpenMetrics 1.0, "Overall Structure").
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What a mirror has beyond the figures of its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Serving {
    /// Whether an edition is served.
    pub serves: bool,
    /// When the ledger was last read and nothing was wrong with it.
    pub read: Option<Time>,
}

/// Figures on their way to whoever scrapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Of the state.
    pub figures: Figures,
    /// Of a mirror; none where this is none.
    pub serving: Option<Serving>,
}

/// Answers requests for the newest of these figures, and for nothing else,
/// until it is dropped.
pub async fn serve(
    listener: TcpListener,
    identity: Option<Identity>,
    measured: watch::Receiver<Measured>,
) {
    let router = Router::new().route(PATH, get(show)).with_state(measured);
    let door = Door::new(Networks::default()).with_identity(identity);
    door.serve(listener, &router).await;
}

async fn show(Shared(measured): Shared<watch::Receiver<Measured>>) -> Response {
    let measured = measured.borrow().clone();
    answer(&measured, now())
}

/// The answer to whoever scrapes.
pub fn answer(measured: &Measured, now: Time) -> Response {
    respond(write(measured, now))
}

/// The answer with this text.
pub(crate) fn respond(written: Result<String, std::fmt::Error>) -> Response {
    match written {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The text, as of this time.
///
/// # Errors
/// Where the library cannot write it; that is a fault of ours.
pub fn write(measured: &Measured, now: Time) -> Result<String, std::fmt::Error> {
    let mut table = Table(Registry::with_prefix(PREFIX));
    table.signatures(&measured.figures, now);
    table.ledger(&measured.figures);
    table.upstream(measured.figures.upstream.as_ref());
    table.cosigning(&measured.figures.cosigning);
    table.members(&measured.figures);
    table.edition(&measured.figures);
    table.shares(&measured.figures);
    if let Some(serving) = &measured.serving {
        table.serving(serving);
    }
    table.text()
}

/// What is not known is left out: zero would be a figure.
pub(crate) struct Table(pub(crate) Registry);

impl Table {
    /// All of it, as it is scraped.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut written = String::new();
        text::encode(&mut written, &self.0)?;
        Ok(written)
    }

    fn signatures(&mut self, figures: &Figures, now: Time) {
        let Some(first) = figures.first_expiration else {
            return;
        };
        self.seconds(
            "signatures_remaining",
            "Time until the first signature of the zone expires; negative once it has",
            left(first, now),
        );
        self.time(
            "signatures_first_expiration_timestamp",
            "When the first signature of the zone expires",
            Some(first),
        );
    }

    fn ledger(&mut self, figures: &Figures) {
        self.gauge("ledger_acts", "Acts on the ledger", figures.ledger_size);
        self.time(
            "ledger_timestamp",
            "Ledger time, which a threshold of members has reached",
            figures.ledger_time,
        );
    }

    /// Of a root only.
    fn upstream(&mut self, upstream: Option<&Following>) {
        let Some(upstream) = upstream else {
            return;
        };
        self.gauge(
            "upstream_serial",
            "SOA serial of the upstream, as members last said",
            u64::from(upstream.serial),
        );
        self.gauge(
            "divergences",
            "Names in which the root differs from its upstream",
            whole(upstream.divergences.len()),
        );
    }

    fn cosigning(&mut self, cosigning: &Cosigning) {
        let Cosigning {
            cosigned,
            quorum,
            has_quorum,
            quorum_time,
        } = cosigning;
        self.gauge(
            "head_cosignatures",
            "Members whose cosignatures are under the head of the ledger",
            whole(*cosigned),
        );
        self.gauge(
            "cosigning_quorum",
            "Present members whose cosignatures are the quorum",
            whole(*quorum),
        );
        self.gauge(
            "head_has_quorum",
            "Whether the quorum has cosigned the head of the ledger",
            u64::from(*has_quorum),
        );
        self.time(
            "quorum_cosigned_timestamp",
            "When the quorum last cosigned, by the members' own clocks",
            *quorum_time,
        );
    }

    fn members(&mut self, figures: &Figures) {
        self.gauge(
            "members",
            "Members that have not left",
            whole(figures.members),
        );
        self.gauge(
            "members_present",
            "Members that are present: no absence act names them",
            whole(figures.members_present),
        );
    }

    fn edition(&mut self, figures: &Figures) {
        let Some(last) = figures.edition else {
            return;
        };
        self.gauge("edition", "Number of the last edition", last.edition);
        self.gauge(
            "edition_serial",
            "SOA serial of the last edition",
            last.serial.into(),
        );
        self.time(
            "edition_timestamp",
            "Ledger time of the last edition",
            Some(last.time),
        );
    }

    fn shares(&mut self, figures: &Figures) {
        let (exposed, threshold) = (PerEpoch::default(), PerEpoch::default());
        for (epoch, worst) in worst_of_each(&figures.exposures) {
            let of_epoch = [("epoch", epoch)];
            set(
                &exposed.get_or_create(&of_epoch),
                whole(worst.exposed.len()),
            );
            set(&threshold.get_or_create(&of_epoch), worst.threshold.into());
        }
        self.0.register(
            "shares_exposed",
            "Exposed shares of an epoch, of that try at its ceremony which has most of them",
            exposed,
        );
        self.0.register(
            "shares_threshold",
            "How many shares of that try make a signature",
            threshold,
        );
        self.gauge(
            "ceremony_due",
            "Whether shares are to be dealt anew",
            u64::from(figures.ceremony.is_some()),
        );
    }

    fn serving(&mut self, serving: &Serving) {
        self.gauge(
            "mirror_serving",
            "Whether an edition is served",
            u64::from(serving.serves),
        );
        self.time(
            "mirror_ledger_read_timestamp",
            "When the ledger was last read and nothing was wrong with it",
            serving.read,
        );
    }

    pub(crate) fn gauge(&mut self, name: &str, help: &str, value: u64) {
        let gauge = Gauge::<i64>::default();
        set(&gauge, value);
        self.0.register(name, help, gauge);
    }

    pub(crate) fn seconds(&mut self, name: &str, help: &str, value: i64) {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        self.0.register_with_unit(name, help, Unit::Seconds, gauge);
    }

    pub(crate) fn time(&mut self, name: &str, help: &str, time: Option<Time>) {
        if let Some(time) = time {
            self.seconds(name, help, i64::try_from(time.0).unwrap_or(i64::MAX));
        }
    }
}

/// A figure for each epoch.
type PerEpoch = Family<[(&'static str, u32); 1], Gauge>;

/// Of each epoch the try with the largest part of a threshold exposed: the
/// shares of different tries do not sign together.
fn worst_of_each(exposures: &[Exposure]) -> BTreeMap<u32, &Exposure> {
    let mut worst: BTreeMap<u32, &Exposure> = BTreeMap::new();
    for one in exposures {
        let before = worst.entry(one.epoch).or_insert(one);
        if compare(one, before) == Ordering::Greater {
            *before = one;
        }
    }
    worst
}

fn compare(one: &Exposure, other: &Exposure) -> Ordering {
    let part = |one: &Exposure, of: &Exposure| one.exposed.len() * usize::from(of.threshold);
    part(one, other).cmp(&part(other, one))
}

/// Seconds from `now` until then.
pub(crate) fn left(then: Time, now: Time) -> i64 {
    let seconds = i128::from(then.0) - i128::from(now.0);
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

pub(crate) fn set(gauge: &Gauge, value: u64) {
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
}

pub(crate) fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(crate) mod tests;
