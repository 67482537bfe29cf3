//! Proposals: what would change, who said what, and what became of it with
//! all of the arithmetic.

use super::html::Html;
use super::view::{BallotView, ChangeView, DecisionView, ProposalView, SetView, View};

/// Longer lists of changes are folded.
const CHANGES_OPEN_MAX: usize = 12;

/// Writes the section, the latest proposal first.
pub(super) fn write(html: &mut Html, view: &View) {
    html.raw("<section aria-labelledby=\"proposals\">\n<h2 id=\"proposals\">Proposals</h2>\n");
    if view.proposals.is_empty() {
        html.raw("<p class=\"note\">Nobody has proposed anything yet.</p>\n");
    }
    for proposal in view.proposals.iter().rev() {
        write_one(html, proposal, view);
    }
    html.raw("</section>\n");
}

fn write_one(html: &mut Html, proposal: &ProposalView, view: &View) {
    html.raw("<article class=\"proposal\" id=\"act-")
        .text(proposal.act)
        .raw("\">\n<h3>");
    result_mark(html, proposal);
    html.text(&proposal.reason)
        .raw("</h3>\n<p class=\"note\">Act ")
        .text(proposal.act);
    html.raw(" · by ").text(&proposal.by);
    html.raw(" · ")
        .time(proposal.time)
        .raw(" · deadline ")
        .time(proposal.deadline);
    html.raw(" · ").short(&proposal.id).raw("</p>\n");
    changes(html, &proposal.changes);
    html.raw("<dl class=\"said\">\n");
    consents(html, proposal);
    findings(html, proposal);
    roll_call(html, proposal, view);
    voided(html, proposal);
    if let Some(decision) = &proposal.decision {
        write_decision(html, decision);
    }
    html.raw("</dl>\n</article>\n");
}

fn result_mark(html: &mut Html, proposal: &ProposalView) {
    html.raw(
        match proposal.decision.as_ref().map(|decision| &*decision.result) {
            Some("adopted") => "<span class=\"mark adopted\">adopted</span> ",
            Some("rejected") => "<span class=\"mark rejected\">rejected</span> ",
            Some("lapsed") => "<span class=\"mark rejected\">lapsed</span> ",
            Some(_) => "<span class=\"mark\">decided</span> ",
            None => "<span class=\"mark\">open</span> ",
        },
    );
}

/// Writes a table of changes; a long one is folded.
pub(super) fn changes(html: &mut Html, changes: &[ChangeView]) {
    let is_long = changes.len() > CHANGES_OPEN_MAX;
    if is_long {
        html.raw("<details><summary>")
            .text(changes.len())
            .raw(" changes</summary>\n");
    }
    html.raw("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\">\n<table class=\"changes\">\n");
    html.raw("<thead><tr><th scope=\"col\">Change</th><th scope=\"col\">Name</th><th scope=\"col\">Type</th>");
    html.raw("<th scope=\"col\">Before</th><th scope=\"col\">After</th></tr></thead>\n<tbody>\n");
    for change in changes {
        html.raw(match &*change.op {
            "ADD" => "<tr><td><abbr class=\"mark adopted\" title=\"addition\">ADD</abbr>",
            "MOD" => "<tr><td><abbr class=\"mark\" title=\"modification\">MOD</abbr>",
            "SUP" => "<tr><td><abbr class=\"mark rejected\" title=\"suppression\">SUP</abbr>",
            _ => "<tr><td>",
        });
        html.raw("</td><th scope=\"row\">")
            .text(&change.name)
            .raw("</th><td>");
        html.text(&change.rtype).raw("</td><td>");
        set(
            html,
            change.old.as_ref(),
            change.new.as_ref(),
            "<del>",
            "</del>",
        );
        html.raw("</td><td>");
        set(
            html,
            change.new.as_ref(),
            change.old.as_ref(),
            "<ins>",
            "</ins>",
        );
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody>\n</table>\n</div>\n");
    if is_long {
        html.raw("</details>\n");
    }
}

/// Writes one value of a set; what the `other` one lacks is marked.
fn set(
    html: &mut Html,
    this: Option<&SetView>,
    other: Option<&SetView>,
    open: &'static str,
    close: &'static str,
) {
    let Some(this) = this else {
        html.raw("<span class=\"note\">none</span>");
        return;
    };
    html.list(&this.data, "<br>", |html, data| {
        if other.is_some_and(|other| other.data.contains(data)) {
            html.raw("<code>").text(data).raw("</code>");
        } else {
            html.raw(open)
                .raw("<code>")
                .text(data)
                .raw("</code>")
                .raw(close);
        }
    });
    if other.is_none_or(|other| other.ttl != this.ttl) {
        html.raw("<br><span class=\"note\">TTL ")
            .text(this.ttl)
            .raw("</span>");
    }
}

fn consents(html: &mut Html, proposal: &ProposalView) {
    html.raw("<dt>Consent</dt><dd>");
    if proposal.needs_consent.is_empty() {
        html.raw("no holder is concerned</dd>\n");
        return;
    }
    html.list(&proposal.needs_consent, "<br>", |html, name| {
        html.raw("holder of <b>").text(name).raw("</b> ");
        match proposal
            .consents
            .iter()
            .find(|consent| consent.names.contains(name))
        {
            Some(consent) => {
                html.raw("<span class=\"mark adopted\">consents</span> key ")
                    .short(&consent.holder);
                html.raw(", until ").time(consent.until);
            }
            None if proposal.decision.is_none() => {
                html.raw("<span class=\"mark\">awaited</span>");
            }
            None => {
                html.raw("<span class=\"mark rejected\">no consent</span>");
            }
        }
    });
    html.raw("</dd>\n");
}

fn roll_call(html: &mut Html, proposal: &ProposalView, view: &View) {
    html.raw("<dt>Roll call</dt><dd>");
    if proposal.ballots.is_empty() {
        html.raw("no ballots</dd>\n");
        return;
    }
    html.raw("<ul class=\"roll\">");
    for member in &view.members {
        let cast = |ballot: &&BallotView| ballot.member == member.name;
        html.raw("<li>").text(&member.name).raw(" ");
        html.raw(
            match proposal
                .ballots
                .iter()
                .find(cast)
                .map(|ballot| &*ballot.vote)
            {
                Some("for") => "<span class=\"mark adopted\">for</span>",
                Some("against") => "<span class=\"mark rejected\">against</span>",
                Some("abstain") => "<span class=\"mark\">abstain</span>",
                Some(_) => "<span class=\"mark\">?</span>",
                None => "<span class=\"note\">no ballot</span>",
            },
        );
        html.raw("</li>");
    }
    html.raw("</ul></dd>\n");
}

fn findings(html: &mut Html, proposal: &ProposalView) {
    if proposal.findings.is_empty() {
        return;
    }
    html.raw("<dt>Findings</dt><dd>");
    html.list(&proposal.findings, "<br>", |html, found| {
        let worst = found.worst.as_deref().unwrap_or("nothing");
        html.text(&found.by).raw(" ");
        html.raw(match worst {
            "error" | "critical" => "<span class=\"mark rejected\">",
            "warning" => "<span class=\"mark\">",
            _ => "<span class=\"mark adopted\">",
        });
        html.text(worst).raw("</span> at ").text(&found.stage);
        if !found.broken.is_empty() {
            html.raw(", chain of trust broken: ").names(&found.broken);
        }
        html.raw(" <span class=\"note\">act ")
            .text(found.act)
            .raw("</span>");
    });
    html.raw("</dd>\n");
}

fn voided(html: &mut Html, proposal: &ProposalView) {
    for act in &proposal.voided {
        html.raw("<dt>Void</dt><dd>the decision of act ").text(act);
        html.raw(" left out what a drop box had taken in time.</dd>\n");
    }
}

fn write_decision(html: &mut Html, decision: &DecisionView) {
    html.raw("<dt>Vote</dt><dd>");
    if let Some(arithmetic) = &decision.arithmetic {
        html.text(arithmetic);
    } else {
        html.raw("not needed; the holders concerned decide");
        if decision.taking_part > 0 {
            html.raw(" (")
                .text(decision.in_favour)
                .raw(" for, ")
                .text(decision.against);
            html.raw(" against, ")
                .text(decision.abstain)
                .raw(" abstain; they count for nothing here)");
        }
    }
    html.raw("</dd>\n<dt>Decision</dt><dd><b>")
        .text(&decision.result)
        .raw("</b>: ");
    match &*decision.rule {
        "rule-met" => html.raw("what the charter asks for is there."),
        "consent-missing" => html
            .raw("access. The consent of the holder of ")
            .names(&decision.missing)
            .raw(" is missing, and no tally replaces it."),
        "no-quorum" => html.raw("fewer took part than the quorum."),
        "no-majority" => html.raw("fewer were for it than the majority that it needs."),
        "tie" => html.raw("as many were for it as against it."),
        "postponed" => html.raw("so many abstained that the matter is put off."),
        "not-put" => html.raw("an amendment was adopted in its place."),
        "dependent-objects" => html.raw("a name that uses the host does not agree."),
        "overtaken" => html.raw("the zone has changed since; an old value no longer matches."),
        other => html.text(other),
    };
    html.raw(" <span class=\"note\">Act ")
        .text(decision.act)
        .raw(", ")
        .time(decision.time);
    html.raw(", rule <code>")
        .text(&decision.rule)
        .raw("</code></span></dd>\n");
}
