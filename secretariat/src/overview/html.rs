//! Markup that is ours and text that is anybody's, kept apart by type: only
//! what stands in this program's source is written as it is.

use core::fmt::{self, Display, Write};

use comity_core::basic::Time;

/// A page in the making.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup of this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a value as text, in an element or a quoted attribute.
    pub(super) fn text(&mut self, value: impl Display) -> &mut Self {
        // Writing to a string cannot fail; a value whose `Display` does is cut.
        let _ = write!(Escape(&mut self.0), "{value}");
        self
    }

    /// Adds a time with its exact value.
    pub(super) fn time(&mut self, seconds: u64) -> &mut Self {
        let time = Time(seconds).to_string();
        let plain = time.replace('T', " ").replace('Z', " UTC");
        self.raw("<time datetime=\"")
            .text(&time)
            .raw("\">")
            .text(plain)
            .raw("</time>")
    }

    /// Adds a key or digest by its first digits, the rest on demand.
    pub(super) fn short(&mut self, hexadecimal: &str) -> &mut Self {
        let first: String = hexadecimal.chars().take(10).collect();
        self.raw("<code title=\"")
            .text(hexadecimal)
            .raw("\">")
            .text(first)
            .raw("…</code>")
    }

    /// Adds each of `items` by `one`, with `separator` between them.
    pub(super) fn list<T>(
        &mut self,
        items: &[T],
        separator: &'static str,
        mut one: impl FnMut(&mut Self, &T),
    ) -> &mut Self {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.raw(separator);
            }
            one(self, item);
        }
        self
    }

    /// Adds names, in bold.
    pub(super) fn names(&mut self, names: &[String]) -> &mut Self {
        self.list(names, ", ", |html, name| {
            html.raw("<b>").text(name).raw("</b>");
        })
    }

    /// The whole page.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Writes text so that no character of it is taken for markup.
struct Escape<'a>(&'a mut String);

impl Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // Unseen characters could turn the direction of a line, and
                // with it what an old and a new value seem to be.
                c if is_unseen(c) => write!(self.0, "\u{fffd}{:x}", u32::from(c))?,
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// Control characters but for the line feed, and marks that set direction.
fn is_unseen(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// A length of time in at most two units, the way people say it.
pub(super) fn period(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let mut html = Html::default();
        html.raw("<b title=\"").text("\"'><script>&").raw("\">");
        assert_eq!(
            html.into_string(),
            "<b title=\"&quot;&#39;&gt;&lt;script&gt;&amp;\">"
        );
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        let mut html = Html::default();
        html.text("a\u{202e}b\u{0}c\nd");
        assert_eq!(html.into_string(), "a\u{fffd}202eb\u{fffd}0c\nd");
    }

    #[test]
    fn periods_have_at_most_two_units() {
        let said = [0, 59, 60, 3599, 3600, 90_061].map(period);
        assert_eq!(said, ["0 s", "59 s", "1 min", "59 min", "1 h", "1 d 1 h"]);
    }
}
