//! The zone's keys, and how far each has come.

use super::html::Html;
use super::view::{KeyView, KeysView};

/// Writes the section; nothing before there is a key.
pub(super) fn write(html: &mut Html, view: &KeysView) {
    if view.keys.is_empty() {
        return;
    }
    html.raw("<section aria-labelledby=\"keys\">\n<h2 id=\"keys\">Keys</h2>\n");
    if let Some(roll) = &view.roll {
        html.raw("<p><b class=\"low\">A new key is due</b> (")
            .text(roll);
        html.raw("): a ceremony makes it.</p>\n");
    }
    html.raw(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"keys\">\n<table>\n",
    );
    html.raw("<caption>One key follows another so that whoever follows the zone’s keys by RFC 5011 is never left behind.</caption>\n");
    html.raw("<thead><tr><th scope=\"col\">Key</th><th scope=\"col\">Stage</th>");
    html.raw(
        "<th scope=\"col\">Since</th><th scope=\"col\">At least until</th></tr></thead>\n<tbody>\n",
    );
    for key in view.keys.iter().rev() {
        row(html, key);
    }
    html.raw("</tbody>\n</table>\n</div>\n</section>\n");
}

fn row(html: &mut Html, key: &KeyView) {
    html.raw("<tr><th scope=\"row\">")
        .text(key.tag)
        .raw(" <small>");
    html.raw(match (key.anchor, key.standby) {
        (false, _) => "signs the zone only, ",
        (true, true) => "to stand by, ",
        (true, false) => "",
    });
    html.raw("epoch ").text(key.epoch).raw("</small></th><td>");
    html.text(&key.stage).raw("</td><td>");
    if let Some(since) = key.since {
        html.time(since);
    }
    html.raw("</td><td>");
    if let Some(until) = key.until {
        html.time(until);
    }
    html.raw("</td></tr>\n");
}
