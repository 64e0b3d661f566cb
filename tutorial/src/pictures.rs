//! Pictures of the book as SVG. Lines and text take the colour of the page, so that they read in light and dark.

use std::fmt::Write;

/// A box with a name and a note.
struct Node {
    at: (i32, i32),
    name: &'static str,
    note: &'static str,
}

/// An arrow between two points, with the call that leads along it.
struct Arrow {
    from: (i32, i32),
    to: (i32, i32),
    label: &'static str,
    label_at: (i32, i32),
}

const BOX: (i32, i32) = (150, 56);

/// The states of an entity, and the calls that lead from one to another.
pub(crate) fn states() -> String {
    let nodes = [
        Node { at: (10, 40), name: "value", note: "a struct of yours" },
        Node { at: (270, 40), name: "Pending", note: "no row yet" },
        Node { at: (530, 40), name: "Persistent", note: "has a row" },
        Node { at: (530, 190), name: "Deleting", note: "marked" },
        Node { at: (270, 190), name: "Deleted", note: "row is gone" },
    ];
    let arrow = |from, to, label, label_at| Arrow { from, to, label, label_at };
    let arrows = [
        arrow((160, 58), (270, 58), "add", (200, 48)),
        arrow((270, 82), (160, 82), "rollback", (188, 102)),
        arrow((420, 68), (530, 68), "flush", (458, 58)),
        arrow((590, 96), (590, 190), "delete", (540, 148)),
        arrow((640, 190), (640, 96), "rollback", (648, 148)),
        arrow((530, 218), (420, 218), "flush", (458, 208)),
        arrow((270, 218), (160, 218), "commit", (190, 208)),
    ];
    let mut body = String::new();
    for node in nodes {
        body.push_str(&node_svg(&node));
    }
    for arrow in arrows {
        body.push_str(&arrow_svg(&arrow));
    }
    text(&mut body, (70, 222), "key is refused", 13);
    text(&mut body, (605, 24), "query, get: loaded rows begin here", 13);
    svg((760, 270), "The states of an entity", &body)
}

/// The ten transitions between the states of an entity, each with the calls that cause it.
pub(crate) fn transitions() -> String {
    let nodes = [
        Node { at: (10, 70), name: "transient", note: "a value, no row" },
        Node { at: (310, 70), name: "pending", note: "no row yet" },
        Node { at: (610, 70), name: "persistent", note: "has a row" },
        Node { at: (310, 230), name: "detached", note: "not in the session" },
        Node { at: (610, 230), name: "deleted", note: "row is gone" },
    ];
    let arrow = |from, to, label, label_at| Arrow { from, to, label, label_at };
    let arrows = [
        arrow((160, 86), (310, 86), "add", (220, 78)),
        arrow((310, 110), (160, 110), "rollback, expunge", (178, 132)),
        arrow((460, 86), (610, 86), "flush", (518, 78)),
        arrow((610, 110), (460, 110), "make_pending", (490, 132)),
        arrow((850, 98), (760, 98), "query, get", (778, 88)),
        arrow((650, 126), (650, 230), "flush", (612, 182)),
        arrow((720, 230), (720, 126), "rollback", (728, 182)),
        arrow((610, 126), (450, 230), "expunge", (462, 182)),
        arrow((610, 262), (460, 262), "commit", (512, 254)),
    ];
    let mut body = String::new();
    for node in nodes {
        body.push_str(&node_svg(&node));
    }
    for arrow in arrows {
        body.push_str(&arrow_svg(&arrow));
    }
    let _ = writeln!(
        body,
        r#"<polyline points="685,70 685,30 85,30 85,70" {STROKE} marker-end="url(#tip)"/>"#
    );
    text(&mut body, (385, 22), "rollback of a flush that inserted the row", 13);
    svg((860, 300), "The transitions of an entity", &body)
}

/// Bars of statement counts, one for each way to load.
pub(crate) fn bars(title: &str, bars: &[(&str, usize)]) -> String {
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let mut body = String::new();
    for (row, (name, count)) in bars.iter().enumerate() {
        let y = 14 + i32::try_from(row).unwrap_or(0) * 34;
        let width = 4 + i32::try_from(290 * count / most).unwrap_or(290);
        let _ = writeln!(
            body,
            r#"<rect x="90" y="{y}" width="{width}" height="20" fill="currentColor" fill-opacity="0.35"/>"#
        );
        let _ = writeln!(
            body,
            r#"<text x="80" y="{}" text-anchor="end">{name}</text>"#,
            y + 15
        );
        let _ =
            writeln!(body, r#"<text x="{}" y="{}">{count}</text>"#, 100 + width, y + 15);
    }
    svg((440, 24 + i32::try_from(bars.len()).unwrap_or(0) * 34), title, &body)
}

/// The tables of a chapter and their foreign keys: each table with its columns, arrows from keys to what they refer to.
pub(crate) fn tables(
    title: &str,
    tables: &[(&str, &[&str])],
    references: &[(usize, usize)],
) -> String {
    let mut body = String::new();
    let mut tallest = 0;
    for (at, (name, columns)) in tables.iter().enumerate() {
        let x = 10 + i32::try_from(at).unwrap_or(0) * 240;
        let height = 34 + i32::try_from(columns.len()).unwrap_or(0) * 20;
        tallest = tallest.max(height);
        let _ = writeln!(
            body,
            r#"<rect x="{x}" y="10" width="180" height="{height}" rx="4" {STROKE}/>"#
        );
        let _ = writeln!(
            body,
            r#"<text x="{}" y="30" font-weight="bold">{name}</text>"#,
            x + 12
        );
        let _ = writeln!(
            body,
            r#"<line x1="{x}" y1="38" x2="{}" y2="38" {STROKE}/>"#,
            x + 180
        );
        for (row, column) in columns.iter().enumerate() {
            let y = 56 + i32::try_from(row).unwrap_or(0) * 20;
            let _ = writeln!(
                body,
                r#"<text x="{}" y="{y}" font-size="14">{column}</text>"#,
                x + 12
            );
        }
    }
    for (from, to) in references {
        let (from, to) =
            (i32::try_from(*from).unwrap_or(0), i32::try_from(*to).unwrap_or(0));
        let (start, end) = if from < to { (190, 10) } else { (10, 190) };
        let points = ((start + from * 240, 52), (end + to * 240, 52));
        body.push_str(&arrow_svg(&Arrow {
            from: points.0,
            to: points.1,
            label: "",
            label_at: (0, 0),
        }));
    }
    let width = i32::try_from(tables.len()).unwrap_or(1) * 240 - 40;
    svg((width, tallest + 20), title, &body)
}

const STROKE: &str = r#"fill="none" stroke="currentColor""#;

fn node_svg(node: &Node) -> String {
    let (x, y) = node.at;
    let mut out = format!(
        r#"<rect x="{x}" y="{y}" width="{}" height="{}" rx="8" {STROKE}/>"#,
        BOX.0, BOX.1
    );
    out.push('\n');
    text(&mut out, (x + BOX.0 / 2, y + 24), node.name, 16);
    text(&mut out, (x + BOX.0 / 2, y + 44), node.note, 13);
    out
}

fn arrow_svg(arrow: &Arrow) -> String {
    let ((x1, y1), (x2, y2)) = (arrow.from, arrow.to);
    let mut out = format!(
        r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="currentColor" marker-end="url(#tip)"/>"#
    );
    out.push('\n');
    if !arrow.label.is_empty() {
        let (x, y) = arrow.label_at;
        let _ = writeln!(
            out,
            r#"<text x="{x}" y="{y}" font-size="13">{}</text>"#,
            arrow.label
        );
    }
    out
}

fn text(out: &mut String, (x, y): (i32, i32), text: &str, size: u32) {
    let _ = writeln!(
        out,
        r#"<text x="{x}" y="{y}" font-size="{size}" text-anchor="middle">{text}</text>"#
    );
}

/// The frame of a picture. It has no empty line, at which Markdown would end the HTML around it.
fn svg((width, height): (i32, i32), title: &str, body: &str) -> String {
    let tip = r#"<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 10 5 0 10z" fill="currentColor"/></marker></defs>"#;
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" font-family="sans-serif" font-size="14" fill="currentColor">
<title>{title}</title>
{tip}
{body}</svg>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::{bars, states, tables, transitions};

    #[test]
    fn pictures_are_whole_and_have_no_empty_line() {
        let pictures = [
            states(),
            transitions(),
            bars("counts", &[("lazy", 101), ("selectin", 2)]),
            tables(
                "two",
                &[("user", &["id", "name"]), ("address", &["id", "user_id"])],
                &[(1, 0)],
            ),
        ];
        for picture in pictures {
            assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
            assert!(!picture.contains("\n\n") && !picture.contains("#000"), "{picture}");
        }
    }
}
