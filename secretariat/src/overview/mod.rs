//! The overview: one page, drawn here and complete without any script, that
//! shows what the ledger says. It is for reading. Nobody has to believe it:
//! `comity audit` recomputes all of it from the same ledger.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`view`] | what is shown, as plain text and whole numbers |
//! | `html` | markup and text, kept apart |
//! | `page` | the page's frame: head, summary, charter, members |
//! | `proposals` | proposals with consents, ballots and decision |
//! | `editions` | editions with their differences |
//! | `shares` | who has shares of the key, and which are exposed |

mod editions;
mod html;
mod keys;
mod page;
mod proposals;
mod shares;
pub mod view;

pub use view::{SharesView, View};

/// The header that a server of this page sends along: nothing is loaded,
/// nothing is run, nobody frames it.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
     img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page for `view`, as HTML.
pub fn render(view: &View) -> String {
    let mut html = html::Html::default();
    page::write(&mut html, view);
    html.into_string()
}

#[cfg(test)]
mod tests;
