//! What every chart shares: its frame, its colours for light and dark screens, text that is escaped.

use std::fmt::Write;

/// Width of every chart in its own units; a narrow telephone shows them one to one.
pub(super) const WIDTH: f64 = 400.0;

/// Colours of the series, and of text and lines. Those of a dark screen are lighter.
const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600;font-size:14px}\
.u,.a{fill:#59636e}.l{stroke:#59636e;stroke-dasharray:3 3}.g{stroke:#d1d9e0}\
.s0{fill:#8a8f98;stroke:#8a8f98}.s1{fill:#2a78d6;stroke:#2a78d6}.s2{fill:#c2671a;stroke:#c2671a}\
.s3{fill:#2f8a57;stroke:#2f8a57}.s4{fill:#8250c4;stroke:#8250c4}.c{fill:none;stroke-width:2}\
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.u,.a{fill:#9da7b1}.g{stroke:#3d444d}\
.s1{fill:#6cb0ff;stroke:#6cb0ff}.s2{fill:#f0a05a;stroke:#f0a05a}.s3{fill:#5fc48d;stroke:#5fc48d}\
.s4{fill:#b591ee;stroke:#b591ee}.c{fill:none}}";

/// A chart under construction.
pub(super) struct Svg {
    body: String,
}

impl Svg {
    /// A chart with its title and, under the title, the meaning of its numbers.
    pub(super) fn new(title: &str, unit: &str) -> Self {
        let mut svg = Self { body: String::new() };
        svg.text((0.0, 16.0), "t", "start", title);
        svg.text((0.0, 34.0), "u", "start", unit);
        svg
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), class: &str, anchor: &str, text: &str) {
        let text = escaped(text);
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    pub(super) fn bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), series: usize) {
        let class = class(series);
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" stroke=\"none\"/>"
        );
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let _ =
            write!(self.body, "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>");
    }

    /// A curve with a point at each of its corners.
    pub(super) fn curve(&mut self, points: &[(f64, f64)], series: usize) {
        let class = class(series);
        let corners: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(self.body, "<polyline class=\"{class} c\" points=\"{}\"/>", corners.join(" "));
        for (x, y) in points {
            let _ = write!(self.body, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
        }
    }

    /// The names of the series in their colours, from left to right and in further lines; gives the place below.
    pub(super) fn legend<'n>(&mut self, names: impl IntoIterator<Item = &'n String>, colour: usize, mut y: f64) -> f64 {
        let mut x = 0.0;
        for (series, name) in names.into_iter().enumerate() {
            let width = 22.0 + 7.0 * name.chars().count() as f64;
            if x > 0.0 && x + width > WIDTH {
                (x, y) = (0.0, y + 18.0);
            }
            self.bar((x, y - 9.0), (10.0, 10.0), colour + series);
            self.text((x + 15.0, y), "a", "start", name);
            x += width + 8.0;
        }
        y + 18.0
    }

    /// The whole file; `label` is read to those who cannot see the chart.
    pub(super) fn finish(self, height: f64, label: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{}\">\
             <style>{STYLE}</style>{}</svg>\n",
            escaped(label),
            self.body
        )
    }
}

fn class(series: usize) -> String {
    format!("s{}", series % 5)
}

/// Text without the letters that mean something in SVG and HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
