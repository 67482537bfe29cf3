//! One fault at one place and time. Its JSON is its one text: fields in
//! order, none unknown; what follows from the fault is written and must match.

use alloc::string::String;
use core::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::fault::{Fault, Severity};
use super::observation::{Observation, Transport};
use super::table::Check;
use crate::basic::Time;
use crate::zone::Name;

/// A fault, with where and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// The name server, where it is one's.
    pub server: Option<Name>,
    /// Its address, where it is one's.
    pub address: Option<IpAddr>,
    /// The way, where it shows on one only.
    pub transport: Option<Transport>,
    /// The record or question at fault: owner, type and, where there is any, data.
    pub record: Option<String>,
    /// When it was seen.
    pub time: Time,
    /// What was seen, a sentence for people.
    pub text: String,
}

impl Finding {
    /// A fault of the delegation itself.
    pub fn new(fault: Fault, time: Time, text: String) -> Self {
        Self {
            fault,
            server: None,
            address: None,
            transport: None,
            record: None,
            time,
            text,
        }
    }

    /// A fault that an observation shows.
    pub fn seen(fault: Fault, observation: &Observation, text: String) -> Self {
        Self {
            fault,
            server: Some(observation.server.clone()),
            address: Some(observation.address),
            transport: Some(observation.transport),
            record: Some(alloc::format!("{}", observation.question)),
            time: observation.time,
            text,
        }
    }

    /// The same, of this name server.
    #[must_use]
    pub fn of(mut self, server: &Name) -> Self {
        self.server = Some(server.clone());
        self
    }

    /// The same, at this address.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// The same, in this record.
    #[must_use]
    pub fn in_record(mut self, record: String) -> Self {
        self.record = Some(record);
        self
    }

    /// The same, by either way.
    #[must_use]
    pub fn by_any_way(mut self) -> Self {
        self.transport = None;
        self
    }
}

/// A finding as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingText {
    check: Check,
    fault: Fault,
    severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transport: Option<Transport>,
    time: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    text: String,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            fault,
            server,
            address,
            transport,
            record,
            time,
            text,
        } = self.clone();
        FindingText {
            check: fault.check(),
            fault,
            severity: fault.severity(),
            server,
            address,
            transport,
            time,
            record,
            text,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = FindingText::deserialize(deserializer)?;
        if text.check != text.fault.check() || text.severity != text.fault.severity() {
            return Err(de::Error::custom("check and severity are not the fault's"));
        }
        Ok(Self {
            fault: text.fault,
            server: text.server,
            address: text.address,
            transport: text.transport,
            record: text.record,
            time: text.time,
            text: text.text,
        })
    }
}
