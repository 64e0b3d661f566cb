//! The lines that a run printed beside the lines of output.txt.

/// A line of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'l> {
    /// A line in both.
    Same(&'l str),
    /// A line of output.txt that the run did not print.
    Missing(&'l str),
    /// A line of the run that output.txt lacks.
    New(&'l str),
}

/// Compares two texts by their longest common subsequence of lines.
pub(crate) fn diff<'l>(known: &'l str, told: &'l str) -> Vec<Line<'l>> {
    let (known, told): (Vec<&str>, Vec<&str>) = (known.trim().lines().collect(), told.trim().lines().collect());
    // `common[i][j]`: lines that `known[i..]` and `told[j..]` have in common.
    let mut common = vec![vec![0_usize; told.len() + 1]; known.len() + 1];
    for i in (0..known.len()).rev() {
        for j in (0..told.len()).rev() {
            common[i][j] = match known[i] == told[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < known.len() || j < told.len() {
        if i < known.len() && j < told.len() && known[i] == told[j] {
            lines.push(Line::Same(known[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == told.len() || (i < known.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(Line::Missing(known[i]));
            i += 1;
        } else {
            lines.push(Line::New(told[j]));
            j += 1;
        }
    }
    lines
}

/// Returns the lines that differ, each run of them behind the line before it.
pub(crate) fn differing<'l>(known: &'l str, told: &'l str) -> Vec<Line<'l>> {
    let lines = diff(known, told);
    let is_same = |at: usize| lines.get(at).is_none_or(|line| matches!(line, Line::Same(_)));
    let shown = |at: &usize| !is_same(*at) || (at + 1 < lines.len() && !is_same(at + 1));
    (0..lines.len()).filter(shown).map(|at| lines[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_new_and_a_missing_line() {
        let lines = differing("a\nb\nc\nd\ne", "a\nB\nc\nd\nx\ne");
        assert_eq!(lines, [Line::Same("a"), Line::Missing("b"), Line::New("B"), Line::Same("d"), Line::New("x")]);
        assert_eq!(differing("a\nb\n", "a\n"), [Line::Same("a"), Line::Missing("b")]);
    }

    #[test]
    fn equal_texts_do_not_differ() {
        assert_eq!(differing("\na\nb\n", "a\nb"), []);
        assert_eq!(diff("", ""), []);
    }
}
