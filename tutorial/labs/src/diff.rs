//! Which expected statement stands beside which sent one.

/// Two lists side by side, by their longest common subsequence. A line that stands alone differs; neighbours that differ share a row.
pub fn rows<'a>(expected: &'a [String], sent: &'a [String]) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    let common = lengths(expected, sent);
    let (mut e, mut s) = (0, 0);
    let mut rows = Vec::new();
    let (mut missing, mut more) = (Vec::new(), Vec::new());
    while e < expected.len() || s < sent.len() {
        if e < expected.len() && s < sent.len() && expected[e] == sent[s] {
            pair(&mut rows, &mut missing, &mut more);
            rows.push((Some(expected[e].as_str()), Some(sent[s].as_str())));
            (e, s) = (e + 1, s + 1);
        } else if s == sent.len() || (e < expected.len() && common[e + 1][s] >= common[e][s + 1]) {
            missing.push(expected[e].as_str());
            e += 1;
        } else {
            more.push(sent[s].as_str());
            s += 1;
        }
    }
    pair(&mut rows, &mut missing, &mut more);
    rows
}

/// Puts lines that have no counterpart beside each other, and empties both lists.
fn pair<'a>(rows: &mut Vec<(Option<&'a str>, Option<&'a str>)>, missing: &mut Vec<&'a str>, more: &mut Vec<&'a str>) {
    let (missing, more) = (std::mem::take(missing), std::mem::take(more));
    for row in 0..missing.len().max(more.len()) {
        rows.push((missing.get(row).copied(), more.get(row).copied()));
    }
}

/// How many lines the ends of both lists have in common, from each pair of positions on.
fn lengths(expected: &[String], sent: &[String]) -> Vec<Vec<usize>> {
    let mut common = vec![vec![0; sent.len() + 1]; expected.len() + 1];
    for e in (0..expected.len()).rev() {
        for s in (0..sent.len()).rev() {
            common[e][s] =
                if expected[e] == sent[s] { common[e + 1][s + 1] + 1 } else { common[e + 1][s].max(common[e][s + 1]) };
        }
    }
    common
}

/// Breaks a text into lines of at most `width` characters, between words where there are some.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            let length = |text: &str| text.chars().count();
            if length(&line) + length(word.trim_end()) > width && !line.trim().is_empty() {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            line.push_str(word);
            while length(&line) > width && length(line.trim_end()) > width {
                let rest = line.chars().skip(width).collect();
                lines.push(line.chars().take(width).collect());
                line = rest;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}
