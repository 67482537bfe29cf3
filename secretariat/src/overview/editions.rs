//! Editions: what was published, and how each differs from the one before.

use super::html::Html;
use super::proposals::changes;
use super::view::{EditionView, View};

/// Writes the section, the latest edition first.
pub(super) fn write(html: &mut Html, view: &View) {
    html.raw("<section aria-labelledby=\"editions\">\n<h2 id=\"editions\">Editions</h2>\n");
    if view.editions.is_empty() {
        html.raw("<p class=\"note\">No edition has been signed yet.</p>\n");
    }
    for edition in view.editions.iter().rev() {
        write_one(html, edition);
    }
    html.raw("</section>\n");
}

fn write_one(html: &mut Html, edition: &EditionView) {
    html.raw("<article class=\"edition\" id=\"edition-")
        .text(edition.edition);
    html.raw("\">\n<h3>Edition ").text(edition.edition);
    html.raw(" <span class=\"serial\">serial ")
        .text(edition.serial);
    html.raw("</span></h3>\n<p class=\"note\">Act ")
        .text(edition.act);
    html.raw(" · ")
        .time(edition.time)
        .raw(" · ")
        .text(edition.rrsets_signed);
    html.raw(" record sets signed for it</p>\n");
    if !edition.changes.is_empty() {
        changes(html, &edition.changes);
    } else if edition.edition == 1 {
        html.raw("<p>The contents of the founding act.</p>\n");
    } else {
        html.raw("<p>The same contents; signatures were renewed.</p>\n");
    }
    html.raw("</article>\n");
}
