//! Names on the command line: every unknown one is reported, with the known name that is nearest.

/// Returns the known name that takes the fewest edits to become, unless they differ in more than half.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let near = known.iter().map(|candidate| (distance(name, candidate), *candidate));
    let (edits, candidate) = near.min_by_key(|(edits, _)| *edits)?;
    (edits * 2 <= name.chars().count().max(candidate.chars().count())).then_some(candidate)
}

/// Describes unknown names, each with the nearest known one.
pub fn unknown(what: &str, names: &[&str], known: &[&str]) -> String {
    let described: Vec<String> = names
        .iter()
        .map(|name| match nearest(name, known) {
            Some(near) => format!("`{name}` (did you mean `{near}`?)"),
            None => format!("`{name}`"),
        })
        .collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("unknown {what}{plural}: {}\n  known: {}", described.join(", "), known.join(", "))
}

/// Number of letters to insert, remove or replace.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn a_name_that_resembles_none_has_no_nearest() {
        let known = ["bulk_inserts", "bulk_updates"];
        assert_eq!(nearest("bulk_insert", &known), Some("bulk_inserts"));
        assert_eq!(nearest("xyz", &known), None);
        assert_eq!(
            unknown("suite", &["bulk_update", "xyz"], &known),
            "unknown suites: `bulk_update` (did you mean `bulk_updates`?), `xyz`\n  known: bulk_inserts, bulk_updates"
        );
    }
}
