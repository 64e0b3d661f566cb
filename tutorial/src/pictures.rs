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
    use super::states;

    #[test]
    fn a_picture_is_whole_and_has_no_empty_line() {
        let picture = states();
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
        assert!(!picture.contains("\n\n") && !picture.contains("#000"), "{picture}");
    }
}
