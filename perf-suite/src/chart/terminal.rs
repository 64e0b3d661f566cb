//! Charts as text: bars of letters, and the points of curves as a table.

use std::fmt::Write;

use super::{Bars, Curves, rows, short};

/// The name of a group in a line, then a line for each bar.
pub(super) fn bars(bars: &Bars, columns: usize) -> String {
    let names = bars.series.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let room = columns.saturating_sub(names + 11).max(8) as f64;
    let most = bars.groups.iter().flat_map(|(_, values)| values.iter().flatten()).copied().fold(0.0, f64::max);
    let mut text = format!("{}\n{}\n", cut(&bars.title, columns), cut(&bars.unit, columns));
    for (group, values) in &bars.groups {
        let _ = writeln!(text, "\n{}", cut(group, columns));
        for (name, value) in bars.series.iter().zip(values) {
            if let Some(value) = value {
                let eighths = (value / most.max(f64::MIN_POSITIVE) * room * 8.0).round() as usize;
                let _ = writeln!(text, "  {name:<names$} {} {}", bar(eighths), short(*value));
            }
        }
    }
    text
}

fn bar(eighths: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

fn cut(text: &str, columns: usize) -> String {
    text.chars().take(columns).collect()
}

/// A line for each curve, a column for each number of rows.
pub(super) fn curves(curves: &Curves) -> String {
    let names = curves.curves.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = format!("{}\n{}\n", curves.title, curves.unit);
    for (at, (name, points)) in curves.curves.iter().enumerate() {
        if at == 0 {
            let heads: String = points.iter().map(|(size, _)| format!("{:>9}", rows(*size))).collect();
            let _ = writeln!(text, "  {:<names$}{heads}", "");
        }
        let values: String = points.iter().map(|(_, value)| format!("{:>9}", short(*value))).collect();
        let _ = writeln!(text, "  {name:<names$}{values}");
    }
    text
}
