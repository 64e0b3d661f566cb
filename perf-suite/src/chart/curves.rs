//! Curves over the number of rows, both axes logarithmic.

use super::svg::{Svg, WIDTH};
use super::{Curves, rows, short};

const LEFT: f64 = 44.0;
const HEIGHT: f64 = 190.0;

pub(super) fn svg(curves: &Curves) -> String {
    let mut svg = Svg::new(&curves.title, &curves.unit);
    let names: Vec<String> = curves.curves.iter().map(|(name, _)| name.clone()).collect();
    let top = svg.legend(&names, 0, 54.0);
    let points = || curves.curves.iter().flat_map(|(_, points)| points.iter().copied());
    let across = Axis::of(points().map(|(x, _)| x), (LEFT, WIDTH - 18.0));
    let up = Axis::of(points().map(|(_, y)| y), (top + HEIGHT, top + 6.0)).widened();
    for tick in up.ticks() {
        let y = up.place(tick);
        svg.line((LEFT, y), (WIDTH, y), "g");
        svg.text((LEFT - 6.0, y + 4.0), "a", "end", &short(tick));
    }
    let mut sizes: Vec<f64> = points().map(|(x, _)| x).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    for size in sizes {
        svg.text((across.place(size), top + HEIGHT + 20.0), "a", "middle", &rows(size));
    }
    for (series, (_, points)) in curves.curves.iter().enumerate() {
        let placed: Vec<(f64, f64)> = points.iter().map(|(x, y)| (across.place(*x), up.place(*y))).collect();
        svg.curve(&placed, series);
    }
    svg.text((WIDTH, top + HEIGHT + 38.0), "u", "end", "rows");
    svg.finish(top + HEIGHT + 46.0, &format!("{}: {} by number of rows", curves.title, curves.unit))
}

/// A logarithmic axis from one place to another.
struct Axis {
    least: f64,
    most: f64,
    places: (f64, f64),
}

impl Axis {
    fn of(values: impl Iterator<Item = f64>, places: (f64, f64)) -> Self {
        let (mut least, mut most) = (f64::MAX, f64::MIN_POSITIVE);
        for value in values.filter(|value| *value > 0.0) {
            least = least.min(value);
            most = most.max(value);
        }
        // Values that are all alike would have no room between them.
        if most < 2.0 * least {
            (least, most) = (least / 1.5, most * 1.5);
        }
        Self { least: least.min(most), most, places }
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value / self.least).ln() / (self.most / self.least).ln();
        self.places.0 + part * (self.places.1 - self.places.0)
    }

    /// Ends the axis at round numbers, so that it has two ticks at least.
    fn widened(mut self) -> Self {
        let (least, most) = (self.least, self.most);
        self.least = self.round_numbers().take_while(|number| *number <= least).last().unwrap_or(least);
        self.most = self.round_numbers().find(|number| *number >= most).unwrap_or(most);
        self
    }

    /// 1, 2 and 5 times powers of ten, from below the axis on.
    fn round_numbers(&self) -> impl Iterator<Item = f64> + use<> {
        let power = self.least.log10().floor() as i32;
        (power..power + 12).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
    }

    /// Round numbers within, at most six of them.
    fn ticks(&self) -> Vec<f64> {
        let within: Vec<f64> = self.round_numbers().filter(|tick| (self.least..=self.most).contains(tick)).collect();
        let step = within.len().div_ceil(6).max(1);
        within.into_iter().step_by(step).collect()
    }
}
