//! Checks 4, 11 and 12: authority, no recursion for strangers, answers from
//! where they were asked for.

use alloc::format;

use super::Judging;
use crate::check::fault::Fault;
use crate::check::finding::Finding;
use crate::check::observation::{Answer, NOERROR, NXDOMAIN, Observation, RcodeText};
use crate::zone::Rtype;

pub(super) fn judge(judging: &mut Judging<'_>) {
    let observed = judging.observed;
    for observation in &observed.answers {
        let Ok(answer) = &observation.outcome else {
            continue;
        };
        if let Some(elsewhere) = answer.elsewhere {
            let text = format!(
                "{} was asked at {}, and the answer came from {elsewhere}: resolvers drop it.",
                observation.server, observation.address
            );
            judging.find(Finding::seen(Fault::OtherSource, observation, text).by_any_way());
        }
        let question = &observation.question;
        if question.recursion_desired {
            recursion(judging, observation, answer);
        } else if question.name == judging.subject.name
            && matches!(question.rtype, Rtype::SOA | Rtype::NS)
        {
            authority(judging, observation, answer);
        }
    }
}

fn authority(judging: &mut Judging<'_>, observation: &Observation, answer: &Answer) {
    let (server, address) = (&observation.server, observation.address);
    let question = &observation.question;
    let (fault, text) = if answer.rcode != NOERROR {
        let text = format!(
            "{server} at {address} answers the question for {question} with {}.",
            RcodeText(answer.rcode)
        );
        (Fault::Lame, text)
    } else if !answer.authoritative {
        let text = format!(
            "{server} at {address} answers the question for {question} without the AA bit."
        );
        (Fault::NotAuthoritative, text)
    } else if !answer.truncated && answer.data(&question.name, question.rtype).is_empty() {
        let text = format!(
            "{server} at {address} answers with authority that there is no {question} record."
        );
        (Fault::NoApex, text)
    } else {
        return;
    };
    judging.find(Finding::seen(fault, observation, text).by_any_way());
}

fn recursion(judging: &mut Judging<'_>, observation: &Observation, answer: &Answer) {
    if !answer.recursion_available || answer.authoritative {
        return;
    }
    let (server, address) = (&observation.server, observation.address);
    let question = &observation.question;
    let gave_data = answer.rcode == NOERROR && !answer.records.is_empty();
    let (fault, text) = if gave_data || answer.rcode == NXDOMAIN {
        let text = format!(
            "{server} at {address} resolves {question}, a name that it has no authority for, \
             for anybody who asks."
        );
        (Fault::OpenRecursion, text)
    } else {
        let text = format!(
            "{server} at {address} offers recursion (the RA bit) and answers {question} with {}.",
            RcodeText(answer.rcode)
        );
        (Fault::RecursionOffered, text)
    };
    judging.find(Finding::seen(fault, observation, text));
}
