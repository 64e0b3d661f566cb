//! The output of a recipe as steps: a title, what the recipe tells, and the SQL that it sent.

/// Mark in front of the lines of SQL.
const SQL: &str = "    | ";

/// A part of the output, from one title to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) title: String,
    /// Lines that the recipe prints, SQL left out.
    pub(crate) told: Vec<String>,
    /// Lines of SQL, without their mark.
    pub(crate) sql: Vec<String>,
}

/// Splits an output. A title is an unindented line after a blank one; what precedes the first title belongs to a step without one.
pub(crate) fn steps(lines: &[String]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut blank = true;
    for line in lines {
        if let Some(sql) = line.strip_prefix(SQL) {
            current(&mut steps).sql.push(sql.to_owned());
            continue;
        }
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) && !line.starts_with(' ') {
            steps.push(Step { title: line.clone(), ..Step::default() });
        } else {
            current(&mut steps).told.push(line.clone());
        }
    }
    steps
}

fn current(steps: &mut Vec<Step>) -> &mut Step {
    if steps.is_empty() {
        steps.push(Step::default());
    }
    let last = steps.len() - 1;
    &mut steps[last]
}

/// Returns the story of an output without its SQL, as output.txt has it.
pub(crate) fn told(lines: &[String]) -> String {
    let told = lines.iter().map(String::as_str).filter(|line| !line.starts_with(SQL));
    told.collect::<Vec<_>>().join("\n")
}

/// The line of a program, from 1, at which a step begins: where the words of its title stand in a literal.
pub(crate) fn line_of(title: &str, source: &str) -> Option<usize> {
    // A long literal goes on in the next line, behind a backslash.
    let start: String = title.chars().take(30).collect();
    source
        .lines()
        .position(|line| line.contains("title(") && line.contains(&start))
        .or_else(|| {
            let lines: Vec<&str> = source.lines().collect();
            (0..lines.len()).find(|at| {
                lines[*at].trim_end().ends_with("title(") && lines.get(at + 1).is_some_and(|next| next.contains(&start))
            })
        })
        .map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use super::*;
    use crate::catalog::FAMILIES;

    /// What a recipe prints has as many steps as the recipe has titles, and each title stands in its source.
    #[test]
    fn every_recipe_is_split_into_its_steps() {
        for family in FAMILIES {
            for recipe in family.recipes {
                let folder = crate::run::workspace().join("recipes").join(family.name).join(recipe.name);
                let source = fs::read_to_string(folder.join("src/main.rs")).unwrap();
                let steps = steps(&lines(&fs::read_to_string(folder.join("output.txt")).unwrap()));
                // One `title(` is the function itself.
                assert_eq!(steps.len(), source.matches("title(").count() - 1, "{}", recipe.name);
                for step in steps {
                    assert!(line_of(&step.title, &source).is_some(), "{}: `{}`", recipe.name, step.title);
                }
            }
        }
    }

    /// Each recipe ends with its counts, and the counts of SQLAlchemy are those of the catalog.
    #[test]
    fn every_recipe_ends_with_its_counts() {
        for family in FAMILIES {
            for recipe in family.recipes {
                let folder = crate::run::workspace().join("recipes").join(family.name).join(recipe.name);
                let shown = fs::read_to_string(folder.join("output.txt")).unwrap();
                let last = steps(&lines(&shown)).pop().unwrap();
                assert_eq!(last.title, "Statements, here and in SQLAlchemy", "{}", recipe.name);
                for (line, theirs) in last.told.iter().zip(recipe.beside) {
                    let shown: usize = line.rsplit('|').next().unwrap().trim().parse().unwrap();
                    assert_eq!(shown, theirs, "{}: {line}", recipe.name);
                }
            }
        }
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn titles_stories_and_sql_are_told_apart() {
        let output = lines("\nCreating\n    | CREATE TABLE x\n\nReading\n    | SELECT 1\nroot\n   child\n");
        let steps = steps(&output);
        assert_eq!(steps.len(), 2);
        assert_eq!(
            (steps[0].title.as_str(), steps[0].sql.as_slice()),
            ("Creating", ["CREATE TABLE x".to_owned()].as_slice())
        );
        assert_eq!(steps[1].told, ["root", "   child"]);
    }

    #[test]
    fn a_story_has_no_sql() {
        assert_eq!(told(&lines("\nA\n    | SELECT 1\nb\n")), "\nA\nb");
    }

    #[test]
    fn a_title_is_found_in_the_source() {
        assert_eq!(line_of("Saving it", "fn main() {\n    title(\"Saving it\");\n"), Some(2));
        assert_eq!(line_of("Saving it", "    title(\n        \"Saving it\",\n    );\n"), Some(1));
        assert_eq!(line_of("Nothing", "title(\"Saving\")"), None);
    }
}
