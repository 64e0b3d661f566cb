//! The parts of a source file that pages include: text between `ANCHOR` and `ANCHOR_END`.

/// A part of a file, by the name of its anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'s> {
    /// The name of the anchor.
    pub name: &'s str,
    /// The lines between, without other anchors.
    pub lines: Vec<&'s str>,
}

/// The parts of a file in the order of their beginnings; parts may stand within others.
pub fn sections(source: &str) -> Vec<Section<'_>> {
    let mut found: Vec<Section<'_>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for line in source.lines() {
        if let Some(name) = anchor(line, "ANCHOR: ") {
            open.push(found.len());
            found.push(Section { name, lines: Vec::new() });
        } else if let Some(name) = anchor(line, "ANCHOR_END: ") {
            open.retain(|at| found[*at].name != name);
        } else {
            for at in &open {
                found[*at].lines.push(line);
            }
        }
    }
    found
}

fn anchor<'s>(line: &'s str, mark: &str) -> Option<&'s str> {
    let (before, name) = line.split_once(mark)?;
    (before.trim_end().ends_with("//")
        || before.trim_end().ends_with("--")
        || before.trim_end() == "#")
        .then(|| name.trim())
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn parts_are_found_within_parts() {
        let found = sections(
            "// ANCHOR: a\nx\n// ANCHOR: b\ny\n// ANCHOR_END: b\n// ANCHOR_END: a\nz",
        );
        let parts: Vec<_> =
            found.iter().map(|part| (part.name, part.lines.join(" "))).collect();
        assert_eq!(parts, [("a", "x y".to_owned()), ("b", "y".to_owned())]);
    }
}
