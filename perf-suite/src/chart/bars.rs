//! Horizontal bars: the name of a group above its bars, the number at the end of each.

use super::svg::{Svg, WIDTH};
use super::{Bars, short};

const BAR: f64 = 12.0;
const GAP: f64 = 3.0;
/// Room for the number behind the longest bar.
const NUMBER: f64 = 44.0;

pub(super) fn svg(bars: &Bars) -> String {
    let most = bars.groups.iter().flat_map(|(_, values)| values.iter().flatten()).copied().fold(0.0, f64::max);
    let scale = (WIDTH - NUMBER) / most.max(bars.line.unwrap_or_default()).max(f64::MIN_POSITIVE);
    let mut svg = Svg::new(&bars.title, &bars.unit);
    let mut y = svg.legend(&bars.series, bars.colour, 54.0);
    for (group, values) in &bars.groups {
        svg.text((0.0, y + 12.0), "a", "start", group);
        y += 18.0;
        let top = y - 2.0;
        for (series, value) in values.iter().enumerate() {
            if let Some(value) = value {
                svg.bar((0.0, y), (value * scale, BAR), bars.colour + series);
                svg.text((value * scale + 5.0, y + BAR - 2.0), "", "start", &short(*value));
                y += BAR + GAP;
            }
        }
        // Beside the bars only, as the names above them are text.
        if let Some(line) = bars.line {
            svg.line((line * scale, top), (line * scale, y), "l");
        }
        y += 6.0;
    }
    svg.finish(y + 4.0, &format!("{}: {}", bars.title, bars.unit))
}
