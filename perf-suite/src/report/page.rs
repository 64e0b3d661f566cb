//! The page: charts beside each other where there is room, each with its numbers as a table.

use std::fmt::Write;

use super::Report;
use crate::chart::{Bars, Curves, escaped, rows, short};

const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:1040px;margin:0 auto;padding:1rem}\
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}\
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:2rem}\
figure{margin:0;min-width:0}svg{display:block;width:100%;max-width:520px;height:auto}\
details{margin-top:.5rem;overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}\
td,th{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #8886}td:first-child,th:first-child{text-align:left}";

pub(super) fn page(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Performance of the ORM</title>\
         <style>{STYLE}</style></head><body>\n<h1>Performance of the ORM</h1>\n<p>{}</p>\n",
        escaped(&report.about)
    );
    section(&mut html, "Ratios", "Shorter is faster. The dashed line is the yardstick's time.");
    report.ratios.iter().for_each(|bars| figure(&mut html, &bars.svg(), &table_of_bars(bars)));
    html.push_str("</div>\n");
    section(
        &mut html,
        "Growth",
        "Time a row by the number of rows, both on logarithmic scales. A level curve costs the same for each row.",
    );
    report.growth.iter().for_each(|curves| figure(&mut html, &curves.svg(), &table_of_curves(curves)));
    html.push_str("</div>\n");
    section(&mut html, "Memory", "Bytes that stay allocated for each row after a load.");
    figure(&mut html, &report.memory.svg(), &table_of_bars(&report.memory));
    html.push_str("</div>\n</body></html>\n");
    html
}

fn section(html: &mut String, title: &str, about: &str) {
    let _ = write!(html, "<h2>{title}</h2>\n<p>{about}</p>\n<div class=\"charts\">\n");
}

fn figure(html: &mut String, svg: &str, table: &str) {
    let _ = writeln!(html, "<figure>{svg}<details><summary>Numbers</summary>{table}</details></figure>");
}

fn table_of_bars(bars: &Bars) -> String {
    let heads: String = bars.series.iter().map(|name| format!("<th>{}</th>", escaped(name))).collect();
    let mut table = format!("<table><tr><th></th>{heads}</tr>");
    for (group, values) in &bars.groups {
        let cell = |value: &Option<f64>| format!("<td>{}</td>", value.map(short).unwrap_or_default());
        let cells: String = values.iter().map(cell).collect();
        let _ = write!(table, "<tr><td>{}</td>{cells}</tr>", escaped(group));
    }
    table + "</table>"
}

fn table_of_curves(curves: &Curves) -> String {
    let points = curves.curves.first().map(|(_, points)| points.as_slice()).unwrap_or_default();
    let heads: String = points.iter().map(|(size, _)| format!("<th>{}</th>", rows(*size))).collect();
    let mut table = format!("<table><tr><th></th>{heads}</tr>");
    for (name, points) in &curves.curves {
        let cells: String = points.iter().map(|(_, value)| format!("<td>{}</td>", short(*value))).collect();
        let _ = write!(table, "<tr><td>{}</td>{cells}</tr>", escaped(name));
    }
    table + "</table>"
}
