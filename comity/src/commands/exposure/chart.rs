//! The parties that could stop most names, as bars: dark for the names that
//! would lose all of their endpoints, light for those that would lose half of
//! them or more. Names above servers are left out: what they can do takes effect
//! later, and not everywhere.

use comity_core::exposure::{Effect, Operator, Party};

use super::Found;
use super::svg::{Anchor, At, Size, Svg};

/// Parties that are shown.
const PARTIES_MAX: usize = 24;
const WIDTH: i32 = 960;
const ROW: i32 = 22;
const TOP: i32 = 64;
/// Where bars begin, and how long the longest is.
const LEFT: i32 = 340;
const LONGEST: i32 = 540;
/// Characters of a party's text that have room.
const CHARACTERS_MAX: usize = 48;

/// Draws the chart.
pub(super) fn draw(found: &Found<'_>) -> String {
    let shown: Vec<_> = found
        .effects
        .iter()
        .filter(|it| is_shown(it.party))
        .filter(|it| !it.dark.is_empty())
        .take(PARTIES_MAX)
        .collect();
    let rows = i32::try_from(shown.len()).unwrap_or(0);
    let size = Size {
        width: WIDTH,
        height: TOP + ROW * rows.max(1) + 24,
    };
    let title = format!(
        "Who could stop most names of the zone {} alone ({})",
        found.report.zone, found.serial
    );
    let mut svg = Svg::new(size, &title, &description(&shown));
    svg.text(At { x: 16, y: 28 }, 18, Anchor::Start, &title);
    let key = "dark: all endpoints of a name; light: half of them or more";
    svg.text(At { x: 16, y: 48 }, 12, Anchor::Start, key);
    if shown.is_empty() {
        let at = At { x: 16, y: TOP + 15 };
        svg.text(at, 12, Anchor::Start, "nobody could stop a name alone");
    }
    let all = |it: &&Effect<'_>| it.dark.len() + it.half.len();
    let most = shown.iter().map(all).max().unwrap_or(1);
    for (row, effect) in (0..).zip(&shown) {
        bar(&mut svg, found, TOP + ROW * row, effect, most);
    }
    svg.finish()
}

fn is_shown(party: &Party) -> bool {
    match party {
        Party::Operator(Operator::Own(_)) | Party::Name(_) => false,
        Party::Operator(_) | Party::System(_) | Party::Country(_) => true,
    }
}

fn bar(svg: &mut Svg, found: &Found<'_>, y: i32, effect: &Effect<'_>, most: usize) {
    let (dark, half) = (effect.dark.len(), effect.half.len());
    let organisation = found.report.organisation(effect.party);
    let organisation = organisation.map_or_else(String::new, |it| format!(" {it}"));
    let label: String = format!("{}{organisation}", effect.party)
        .chars()
        .take(CHARACTERS_MAX)
        .collect();
    let at = At {
        x: LEFT - 8,
        y: y + 15,
    };
    svg.text(at, 12, Anchor::End, &label);
    let (end, far_end) = (LEFT + length(dark, most), LEFT + length(dark + half, most));
    for (from, to, colour) in [(LEFT, end, "#aa3377"), (end, far_end, "#ddaacc")] {
        let size = Size {
            width: to - from,
            height: ROW - 4,
        };
        if size.width > 0 {
            svg.bar(At { x: from, y: y + 2 }, size, colour);
        }
    }
    let at = At {
        x: far_end + 6,
        y: y + 15,
    };
    svg.text(at, 12, Anchor::Start, &format!("{dark} + {half}"));
}

/// The length of a bar for so many names.
fn length(count: usize, most: usize) -> i32 {
    let [count, most] = [count, most].map(|it| i64::try_from(it).unwrap_or(i64::MAX));
    let length = count.saturating_mul(i64::from(LONGEST)) / most.max(1);
    i32::try_from(length).unwrap_or(LONGEST)
}

fn description(shown: &[&Effect<'_>]) -> String {
    let lines = shown.iter().map(|it| {
        let (dark, half) = (it.dark.len(), it.half.len());
        format!("{}: {dark} dark, {half} half or more", it.party)
    });
    lines.collect::<Vec<_>>().join("; ")
}
