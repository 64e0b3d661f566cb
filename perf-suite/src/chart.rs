//! Charts as SVG without external parts, and as bars for a terminal.

mod bars;
mod curves;
mod svg;
mod terminal;

pub(crate) use svg::escaped;

/// Bars in groups: a group for each workload, a bar for each side.
#[derive(Clone, Debug)]
pub struct Bars {
    /// The subject, above the chart.
    pub title: String,
    /// The meaning of a number: "times the C library's time".
    pub unit: String,
    /// The names of the bars of a group.
    pub series: Vec<String>,
    /// The groups with their bars; a bar may be absent.
    pub groups: Vec<(String, Vec<Option<f64>>)>,
    /// The number of the first bar's colour: 1 where the colour 0 belongs to a yardstick that is not drawn.
    pub colour: usize,
    /// A line across all bars at this number.
    pub line: Option<f64>,
}

/// Curves over a logarithmic number of rows.
#[derive(Clone, Debug)]
pub struct Curves {
    /// The subject, above the chart.
    pub title: String,
    /// The meaning of the vertical axis.
    pub unit: String,
    /// The curves: a name, and points of rows and value.
    pub curves: Vec<(String, Vec<(f64, f64)>)>,
}

impl Bars {
    /// Returns the chart as SVG.
    pub fn svg(&self) -> String {
        bars::svg(self)
    }

    /// Returns the chart as lines of text for a terminal of so many columns.
    pub fn text(&self, columns: usize) -> String {
        terminal::bars(self, columns)
    }
}

impl Curves {
    /// Returns the chart as SVG.
    pub fn svg(&self) -> String {
        curves::svg(self)
    }

    /// Returns the points as lines of text.
    pub fn text(&self) -> String {
        terminal::curves(self)
    }
}

/// A number with three digits that count.
pub(crate) fn short(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// A number of rows: `1k`, `100k`, `1M`.
pub(crate) fn rows(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{}M", v / 1e6),
        v if v >= 1e3 => format!("{}k", v / 1e3),
        v => format!("{v}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios() -> Bars {
        Bars {
            title: "Time <of> each".to_owned(),
            unit: "times".to_owned(),
            series: vec!["orm".to_owned(), "diesel".to_owned()],
            groups: vec![
                ("`get` of one object".to_owned(), vec![Some(1.5), Some(1.25)]),
                ("flush".to_owned(), vec![Some(0.5), None]),
            ],
            colour: 1,
            line: Some(1.0),
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_number() {
        let svg = ratios().svg();
        let widths: Vec<f64> = svg
            .split("<rect class=\"s")
            .skip(1)
            .filter_map(|bar| bar.split("width=\"").nth(1)?.split('"').next()?.parse().ok())
            .filter(|width| *width > 12.0)
            .collect();
        assert_eq!(widths.len(), 3, "{svg}");
        assert!((widths[0] / widths[1] - 1.2).abs() < 0.01 && (widths[0] / widths[2] - 3.0).abs() < 0.01, "{widths:?}");
        assert!(svg.contains("Time &lt;of&gt; each") && !svg.contains("http://www.w3.org/1999"), "{svg}");
    }

    #[test]
    fn a_terminal_gets_bars_of_letters() {
        let text = ratios().text(60);
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.contains("orm") && text.contains("1.50") && text.contains('█'), "{text}");
    }

    #[test]
    fn curves_have_a_point_for_each_size() {
        let points = vec![(1e3, 4.0), (1e4, 2.0), (1e5, 1.0)];
        let curves = Curves {
            title: "Growth".to_owned(),
            unit: "µs a row".to_owned(),
            curves: vec![("orm".to_owned(), points)],
        };
        let svg = curves.svg();
        assert_eq!(svg.matches("<circle").count(), 3, "{svg}");
        assert!(svg.contains("100k"), "{svg}");
        assert!(curves.text().contains("1k"), "{}", curves.text());
    }
}
