//! A schematic map of the world: a disc for each country that has a name in the
//! zone, at the place that the table of countries gives it, over the lines of
//! an equirectangular projection. Its colour says on whom the country's names
//! depend alone; of several names the worst counts.

use comity_core::exposure::row::listed;
use comity_core::exposure::tables::CountryPlace;
use comity_core::exposure::{Country, CountryReport, Dependence, Party};

use super::Found;
use super::svg::{Anchor, At, Size, Svg};

/// A degree is three units wide and high.
const WIDTH: i32 = 1080;
const HEIGHT: i32 = 540;
const TOP: i32 = 40;
const BELOW: i32 = 64;

/// Colours that the colour-blind tell apart, each with what it says.
const KEY: [(Dependence, &str, &str); 4] = [
    (Dependence::None, "#bbbbbb", "nobody alone, or only its own"),
    (Dependence::Operator, "#66ccee", "one operator"),
    (Dependence::System, "#ccbb44", "one autonomous system"),
    (Dependence::Abroad, "#ee6677", "one country, not its own"),
];

/// Draws the map.
pub(super) fn draw(found: &Found<'_>) -> String {
    let title = format!(
        "On whom the names of countries in the zone {} depend alone ({})",
        found.report.zone, found.serial
    );
    let size = Size {
        width: WIDTH,
        height: TOP + HEIGHT + BELOW,
    };
    let mut svg = Svg::new(size, &title, &description(found.by_country));
    svg.text(At { x: 16, y: 26 }, 18, Anchor::Start, &title);
    graticule(&mut svg);
    let mut placeless = Vec::new();
    // The worst last, so that it lies above.
    let mut in_order: Vec<_> = found.by_country.iter().collect();
    in_order.sort_by_key(|it| it.dependence());
    for it in in_order {
        match found.countries.place(it.country) {
            Some(place) => {
                let said = said(it, place);
                svg.disc(at(place), colour(it.dependence()), it.country, &said);
            }
            None => placeless.push(it.country),
        }
    }
    key(&mut svg, found, &placeless);
    svg.finish()
}

fn colour(dependence: Dependence) -> &'static str {
    let found = KEY.iter().find(|(it, _, _)| *it == dependence);
    found.map_or("#ffffff", |(_, colour, _)| colour)
}

/// Where a country is on the sheet.
fn at(place: &CountryPlace) -> At {
    At {
        x: (18_000 + place.longitude) * 3 / 100,
        y: TOP + (9_000 - place.latitude) * 3 / 100,
    }
}

fn said(it: &CountryReport<'_>, place: &CountryPlace) -> String {
    let each = it.names.iter().map(|exposed| {
        let alone: Vec<&Party> = exposed.alone().collect();
        match alone.is_empty() {
            true => format!("{} nobody alone", exposed.name),
            false => format!("{} {}", exposed.name, listed(alone)),
        }
    });
    let member = if place.is_member { ", UN member" } else { "" };
    let country = it.country;
    format!("{} ({country}{member}): {}", place.name, listed(each))
}

fn graticule(svg: &mut Svg) {
    let bottom = TOP + HEIGHT;
    for x in (0..=WIDTH).step_by(90) {
        svg.line(At { x, y: TOP }, At { x, y: bottom }, "#e4e4e4");
    }
    for y in (TOP..=bottom).step_by(90) {
        let is_equator = y == TOP + HEIGHT / 2;
        let colour = if is_equator { "#b0b0b0" } else { "#e4e4e4" };
        svg.line(At { x: 0, y }, At { x: WIDTH, y }, colour);
    }
}

fn key(svg: &mut Svg, found: &Found<'_>, placeless: &[Country]) {
    let y = TOP + HEIGHT + 22;
    for (x, (_, colour, said)) in (16..).step_by(250).zip(KEY) {
        let size = Size {
            width: 12,
            height: 12,
        };
        svg.bar(At { x, y: y - 10 }, size, colour);
        svg.text(At { x: x + 18, y }, 12, Anchor::Start, said);
    }
    let mut notes = Vec::new();
    if !found.has_databases {
        notes.push(
            "Drawn without a database: systems and countries of servers are not known.".to_string(),
        );
    }
    if !placeless.is_empty() {
        notes.push(format!(
            "Without a place in the table: {}.",
            listed(placeless)
        ));
    }
    let at = At { x: 16, y: y + 22 };
    svg.text(at, 12, Anchor::Start, &notes.join(" "));
}

fn description(countries: &[CountryReport<'_>]) -> String {
    let each = KEY.iter().map(|(dependence, _, said)| {
        let such = countries.iter().filter(|it| it.dependence() == *dependence);
        format!("{said}: {} countries", such.count())
    });
    listed(each)
}
