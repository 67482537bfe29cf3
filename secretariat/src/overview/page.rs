//! The page's frame, and the sections that say what the zone is and whose.

use super::html::{Html, period};
use super::view::{CharterView, LedgerView, MemberView, SIGNATURES_LOW_S, SignaturesView, View};
use super::{editions, keys, proposals, shares};

/// Writes the whole page.
pub(super) fn write(html: &mut Html, view: &View) {
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n<title>")
        .text(&view.zone.name)
        .raw(" · ")
        .text(&view.charter.title)
        .raw("</title>\n<style>\n")
        .raw(include_str!("style.css"))
        .raw("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to contents</a>\n");
    banner(html, view);
    html.raw("<main id=\"main\">\n");
    summary(html, view);
    proposals::write(html, view);
    editions::write(html, view);
    claims(html, view);
    upstream(html, view);
    members(html, view);
    keys::write(html, &view.keys);
    shares::write(html, &view.shares);
    charter(html, &view.charter);
    html.raw("</main>\n");
    footer(html, view);
    html.raw("</body>\n</html>\n");
}

fn banner(html: &mut Html, view: &View) {
    if view.ledger.id.is_empty() {
        html.raw("<header>\n<p class=\"kind\">Comity</p>\n<h1>Not founded yet</h1>\n");
        html.raw("<p>The members are still to sign the founding act.</p>\n</header>\n");
        return;
    }
    html.raw("<header>\n<p class=\"kind\">Comity · zone of kind ")
        .text(&view.zone.kind);
    html.raw("</p>\n<h1><span class=\"zone\">")
        .text(&view.zone.name)
        .raw("</span> ");
    html.text(&view.charter.title)
        .raw("</h1>\n<p>A zone that belongs to its ");
    html.text(view.members.len())
        .raw(" members. It delegates ")
        .text(view.zone.delegations);
    html.raw(" names, of which ").text(view.zone.held);
    html.raw(" have a holder whom nobody can out-vote.</p>\n<nav aria-label=\"Sections\"><ul>");
    html.raw("<li><a href=\"#proposals\">Proposals</a></li>");
    html.raw("<li><a href=\"#editions\">Editions</a></li>");
    html.raw("<li><a href=\"#members\">Members</a></li>");
    html.raw("<li><a href=\"#shares\">Shares</a></li>");
    html.raw("<li><a href=\"#charter\">Charter</a></li></ul></nav>\n</header>\n");
}

fn summary(html: &mut Html, view: &View) {
    html.raw("<section aria-labelledby=\"now\">\n<h2 id=\"now\" class=\"unseen\">Now</h2>\n<dl class=\"cards\">\n");
    html.raw("<div><dt>Edition</dt><dd>");
    match view.editions.last() {
        Some(last) => {
            html.raw("<b>")
                .text(last.edition)
                .raw("</b><small>serial ")
                .text(last.serial);
            html.raw("</small><small>").time(last.time).raw("</small>");
            if let Some(zonemd) = &view.zone.zonemd {
                html.raw("<small>ZONEMD ").short(zonemd).raw("</small>");
            }
        }
        None => {
            html.raw("<b>none yet</b>");
        }
    }
    html.raw("</dd></div>\n");
    ledger_card(html, &view.ledger);
    cosignatures_card(html, &view.ledger);
    signatures_card(html, &view.signatures);
    html.raw("<div><dt>Zone key</dt><dd>");
    match (&view.zone.key, view.zone.key_tag) {
        (Some(key), Some(tag)) => {
            html.raw("<b>").text(tag).raw("</b><small>").short(key);
            html.raw("</small><small>epoch ")
                .text(view.zone.epoch)
                .raw(", ");
            html.text(view.charter.signing_threshold)
                .raw(" of ")
                .text(view.members.len());
            html.raw(" shares sign</small>");
        }
        _ => {
            html.raw("<b>none yet</b>");
        }
    }
    html.raw("</dd></div>\n</dl>\n</section>\n");
}

fn ledger_card(html: &mut Html, ledger: &LedgerView) {
    html.raw("<div><dt>Ledger</dt><dd><b>")
        .text(ledger.size)
        .raw("</b><small>acts, root ");
    html.short(&ledger.root).raw("</small><small>");
    match ledger.time {
        Some(time) => html.raw("ledger time ").time(time),
        None => html.raw("no time act yet"),
    };
    html.raw("</small></dd></div>\n");
}

fn cosignatures_card(html: &mut Html, ledger: &LedgerView) {
    let is_short = ledger.cosigned < ledger.quorum;
    html.raw(if is_short {
        "<div class=\"low\">"
    } else {
        "<div>"
    });
    html.raw("<dt>Cosignatures</dt><dd><b>")
        .text(ledger.cosigned)
        .raw("</b><small>quorum ");
    html.text(ledger.quorum);
    html.raw(if is_short {
        ", not yet reached</small>"
    } else {
        ", reached</small>"
    });
    html.raw("<small>under this head</small></dd></div>\n");
}

fn signatures_card(html: &mut Html, signatures: &SignaturesView) {
    let left = signatures.left_s;
    let is_low = left.is_some_and(|left| left < SIGNATURES_LOW_S);
    html.raw(if is_low {
        "<div class=\"low\">"
    } else {
        "<div>"
    });
    html.raw("<dt>Signatures valid for</dt><dd>");
    match (left, signatures.first_expiration) {
        (Some(left), Some(end)) => {
            html.raw("<b>")
                .text(period(left))
                .raw("</b><small>first expires ")
                .time(end);
            html.raw("</small><small>renewed with ")
                .text(period(signatures.refresh_before_s));
            html.raw(" left</small>");
        }
        _ => {
            html.raw("<b>none yet</b>");
        }
    }
    html.raw("</dd></div>\n");
}

fn claims(html: &mut Html, view: &View) {
    if view.claims.is_empty() {
        return;
    }
    html.raw("<section aria-labelledby=\"claims\">\n<h2 id=\"claims\">Claims</h2>\n<ul>\n");
    for claim in &view.claims {
        html.raw("<li><b>")
            .text(&claim.name)
            .raw("</b> for holder ");
        html.short(&claim.holder);
        match (claim.proven, claim.binds) {
            (false, _) => html.raw(": unproven, binds nothing"),
            (true, None) => html.raw(": proven by its own zone"),
            (true, Some(binds)) => html
                .raw(": proven by its own zone, binds ")
                .time(binds)
                .raw(" unless another contests it"),
        };
        html.raw("</li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

/// Of a root: where it differs from its upstream.
fn upstream(html: &mut Html, view: &View) {
    let Some(upstream) = &view.upstream else {
        return;
    };
    html.raw(
        "<section aria-labelledby=\"upstream\">\n<h2 id=\"upstream\">Upstream</h2>\n<p>Serial ",
    );
    html.text(upstream.serial)
        .raw(", ")
        .text(&upstream.verdict)
        .raw(" by act ")
        .text(upstream.act);
    html.raw(match upstream.divergences.is_empty() {
        true => ". This root has the same.</p>\n",
        false => ". This root differs in:</p>\n<ul>\n",
    });
    for one in &upstream.divergences {
        html.raw("<li><b>").text(&one.name).raw("</b>");
        if let Some(since) = one.since {
            html.raw(" since ").time(since);
        }
        html.raw(": ").text(&one.why);
        if let Some(until) = one.until {
            html.raw("; ends ").time(until);
        }
        html.raw("</li>\n");
    }
    if !upstream.divergences.is_empty() {
        html.raw("</ul>\n");
    }
    html.raw("</section>\n");
}

fn members(html: &mut Html, view: &View) {
    html.raw("<section aria-labelledby=\"members\">\n<h2 id=\"members\">Members</h2>\n");
    html.raw("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"members\">\n<table>\n");
    html.raw("<caption>One member, one vote, one share. A member is present until an absence act names it. \
        How often it was silent in sessions is the secretariat's word.</caption>\n");
    html.raw("<thead><tr><th scope=\"col\">Member</th><th scope=\"col\">Share</th><th scope=\"col\">Identity key</th>");
    html.raw("<th scope=\"col\">Last cosignature</th><th scope=\"col\">Silent in sessions</th>");
    html.raw("<th scope=\"col\">Present</th></tr></thead>\n<tbody>\n");
    for member in &view.members {
        member_row(html, member, view.as_of);
    }
    html.raw("</tbody>\n</table>\n</div>\n</section>\n");
}

fn member_row(html: &mut Html, member: &MemberView, as_of: u64) {
    html.raw("<tr><th scope=\"row\">")
        .text(&member.name)
        .raw("</th><td>")
        .text(member.share);
    html.raw("</td><td>").short(&member.key).raw("</td><td>");
    match member.cosigned_at {
        Some(time) => html.text(period(as_of.saturating_sub(time))).raw(" ago"),
        None => html.raw("none yet"),
    };
    html.raw("</td><td>").text(member.silent).raw("</td><td>");
    html.raw(if member.present {
        "yes"
    } else {
        "<span class=\"mark rejected\">absent</span>"
    });
    html.raw("</td></tr>\n");
}

fn charter(html: &mut Html, charter: &CharterView) {
    html.raw("<section aria-labelledby=\"charter\">\n<h2 id=\"charter\">Charter</h2>\n");
    html.raw("<p class=\"preamble\">")
        .text(&charter.preamble)
        .raw("</p>\n<dl class=\"clauses\">\n");
    for clause in &charter.clauses {
        html.raw("<dt>§ ")
            .text(clause.number)
            .raw("</dt><dd>")
            .text(&clause.text)
            .raw("</dd>\n");
    }
    html.raw("</dl>\n<p class=\"note\">Digest ")
        .short(&charter.digest)
        .raw("</p>\n</section>\n");
}

fn footer(html: &mut Html, view: &View) {
    html.raw("<footer>\n<p>As of ").time(view.as_of);
    html.raw(". Reload for what came since. The same as JSON: <a href=\"/v1/status\">/v1/status</a>.</p>\n");
    html.raw("<p>You need not believe this page. <code>comity audit</code> with the address of this ledger recomputes ");
    html.raw("every tally, edition and signature from the founding act on.</p>\n<p class=\"note\">Ledger <code>");
    html.text(&view.ledger.origin)
        .raw("</code>, founding act <code>")
        .text(&view.ledger.id);
    html.raw("</code></p>\n</footer>\n");
}
