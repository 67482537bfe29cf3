//! Drawings: the few elements of SVG 1.1 that charts and maps need. Whatever is
//! put into one is escaped; all measures are whole numbers.

use std::fmt::Display;

/// A drawing on a white sheet.
pub(super) struct Svg(String);

/// Where something is, from the upper left.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub x: i32,
    pub y: i32,
}

/// How large something is.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub width: i32,
    pub height: i32,
}

/// Where a text stands relative to its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    End,
}

impl Svg {
    /// A sheet of this size, with a title and what those hear who do not see it.
    pub(super) fn new(size: Size, title: &str, description: &str) -> Self {
        let Size { width, height } = size;
        let mut svg = Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" \
             font-family=\"sans-serif\">\n<title>{}</title>\n<desc>{}</desc>\n",
            escaped(title),
            escaped(description)
        ));
        svg.bar(At { x: 0, y: 0 }, size, "#ffffff");
        svg
    }

    pub(super) fn line(&mut self, from: At, to: At, colour: &str) {
        self.0.push_str(&format!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{colour}\"/>\n",
            from.x, from.y, to.x, to.y
        ));
    }

    pub(super) fn bar(&mut self, at: At, size: Size, colour: &str) {
        self.0.push_str(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{colour}\"/>\n",
            at.x, at.y, size.width, size.height
        ));
    }

    /// A disc with letters on it, and what is said of it when it is pointed at.
    pub(super) fn disc(&mut self, at: At, colour: &str, letters: impl Display, said: &str) {
        let At { x, y } = at;
        self.0.push_str(&format!(
            "<g><title>{}</title><circle cx=\"{x}\" cy=\"{y}\" r=\"7\" fill=\"{colour}\" \
             stroke=\"#ffffff\"/><text x=\"{x}\" y=\"{}\" font-size=\"7\" \
             text-anchor=\"middle\">{}</text></g>\n",
            escaped(said),
            y + 3,
            escaped(&letters.to_string())
        ));
    }

    pub(super) fn text(&mut self, at: At, size: u8, anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::End => "end",
        };
        self.0.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{size}\" text-anchor=\"{anchor}\">{}</text>\n",
            at.x,
            at.y,
            escaped(text)
        ));
    }

    /// The file.
    pub(super) fn finish(self) -> String {
        self.0 + "</svg>\n"
    }
}

/// A text as content of an element (XML 1.0 §2.4). Characters that XML has no
/// form for are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_an_element() {
        let size = Size {
            width: 10,
            height: 10,
        };
        let evil = "</title><script>\"'&\u{1b}\u{0}\u{FFFF}";
        let mut svg = Svg::new(size, evil, evil);
        svg.text(At { x: 1, y: 1 }, 8, Anchor::End, evil);
        svg.disc(At { x: 1, y: 1 }, "#000000", evil, evil);
        let text = svg.finish();
        assert!(!text.contains("<script"), "{text}");
        let said = "&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp;";
        assert_eq!(text.matches(&format!(">{said}</")).count(), 5, "{text}");
    }
}
