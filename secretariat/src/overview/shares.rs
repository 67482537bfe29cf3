//! Who has shares of the zone's key, and which of them are exposed.

use super::html::Html;
use super::view::{EpochView, SharesView};

/// Writes the section, the set that signs first.
pub(super) fn write(html: &mut Html, view: &SharesView) {
    html.raw("<section aria-labelledby=\"shares\">\n<h2 id=\"shares\">Shares</h2>\n");
    due(html, view);
    if view.epochs.is_empty() {
        html.raw("<p class=\"note\">No shares have been dealt yet.</p>\n</section>\n");
        return;
    }
    html.raw(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"shares\">\n<table>\n",
    );
    html.raw("<caption>An exposed share is one whose member has left and not said that it is wiped, or that others may know. Enough of one ceremony's make a signature.</caption>\n");
    html.raw("<thead><tr><th scope=\"col\">Epoch</th><th scope=\"col\">Make a signature</th>");
    html.raw("<th scope=\"col\">Exposed</th><th scope=\"col\">Not said to be wiped</th></tr></thead>\n<tbody>\n");
    for epoch in view.epochs.iter().rev() {
        let state = if epoch.signs { "signs" } else { "is over" };
        row(html, epoch, state);
    }
    for other in view.others.iter().rev() {
        row(html, other, "has not signed");
    }
    html.raw("</tbody>\n</table>\n</div>\n</section>\n");
}

fn due(html: &mut Html, view: &SharesView) {
    if let Some(dealt) = &view.dealt {
        html.raw("<p>Epoch ")
            .text(dealt.epoch)
            .raw(" is dealt and waits for its test: ");
        html.text(dealt.threshold)
            .raw(" of ")
            .text(dealt.shares)
            .raw(" shares will make a signature.</p>\n");
    }
    if let Some(due) = &view.due {
        html.raw(if due.drill {
            "<p>A drill for epoch "
        } else {
            "<p>A ceremony for epoch "
        });
        html.text(due.epoch).raw(" is due (").text(&due.reason);
        html.raw("): ")
            .text(due.receivers)
            .raw(" members may receive, ");
        html.text(due.receivers_min).raw(" must.</p>\n");
    }
}

fn row(html: &mut Html, epoch: &EpochView, state: &'static str) {
    html.raw("<tr><th scope=\"row\">").text(epoch.epoch);
    html.raw(" <small>").raw(state);
    html.raw(", act ").text(epoch.act).raw("</small></th><td>");
    html.text(epoch.threshold).raw(" of ").text(epoch.shares);
    html.raw("</td><td>");
    html.text(epoch.exposed.len());
    if !epoch.exposed.is_empty() {
        html.raw(": ").names(&epoch.exposed);
    }
    html.raw(match (epoch.roll_due, epoch.warning) {
        (true, _) => " <b class=\"low\">a new key is due</b>",
        (false, true) => " <b class=\"low\">half of the threshold, or more</b>",
        (false, false) => "",
    });
    html.raw("</td><td>").names(&epoch.kept);
    html.raw("</td></tr>\n");
}
