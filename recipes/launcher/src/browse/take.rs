//! Takes a recipe along: its folder with a manifest that stands alone.

use std::fs;
use std::io;
use std::path::Path;

/// Lines of a manifest that lead to the workspace, and what they become outside.
fn alone(line: &str, versions: &str, root: &Path) -> Option<String> {
    let trimmed = line.trim();
    if let Some(key) = trimmed.strip_suffix(".workspace = true") {
        return match key {
            "edition" | "version" | "license" | "rust-version" => {
                let value = versions.lines().find(|line| line.starts_with(&format!("{key} = ")))?;
                Some(value.to_owned())
            }
            "publish" => Some("publish = false".to_owned()),
            "orm" => Some(format!("orm = {{ path = {:?} }}", root.join("orm"))),
            key => versions.lines().find(|line| line.starts_with(&format!("{key} = "))).map(str::to_owned),
        };
    }
    if trimmed.starts_with("recipe-testing = ") {
        return Some(format!("recipe-testing = {{ path = {:?} }}", root.join("recipes/testing")));
    }
    if trimmed == "workspace = true" || trimmed == "[lints]" {
        return None;
    }
    // `orm = { workspace = true, features = ["async"] }`
    match (trimmed.split_once(" = { workspace = true"), trimmed.starts_with("orm")) {
        (Some((name, rest)), true) => Some(format!("{name} = {{ path = {:?}{rest}", root.join("orm"))),
        (Some((name, rest)), false) => {
            let known = versions.lines().find(|line| line.starts_with(&format!("{name} = ")))?;
            let version = known.split('"').nth(1)?;
            Some(format!("{name} = {{ version = \"{version}\"{rest}"))
        }
        _ => Some(line.to_owned()),
    }
}

/// Returns the manifest of a recipe for a folder outside of the workspace.
pub(crate) fn manifest(recipe: &str, workspace: &str, root: &Path) -> String {
    let lines = recipe.lines().filter_map(|line| alone(line, workspace, root));
    // Its own workspace, wherever it is copied to.
    format!("{}\n\n[workspace]\n", lines.collect::<Vec<_>>().join("\n").trim_end())
}

/// Copies a recipe. The folder must not exist, or be empty.
///
/// # Errors
/// What the file system says; [`io::ErrorKind::AlreadyExists`] for a folder with something in it.
pub(crate) fn copy(recipe: &Path, root: &Path, target: &Path) -> io::Result<()> {
    if target.exists() && fs::read_dir(target)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is not empty", target.display())));
    }
    copy_folder(recipe, target)?;
    let read = |path: &Path| fs::read_to_string(path);
    let text = manifest(&read(&recipe.join("Cargo.toml"))?, &read(&root.join("Cargo.toml"))?, root);
    fs::write(target.join("Cargo.toml"), text)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::catalog::FAMILIES;

    /// No line of a copied manifest leads to the workspace, whichever recipe it is.
    #[test]
    fn manifests_stand_alone() {
        let root = crate::run::workspace();
        let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        for family in FAMILIES {
            for recipe in family.recipes {
                let path = root.join("recipes").join(family.name).join(recipe.name).join("Cargo.toml");
                let text = manifest(&fs::read_to_string(path).unwrap(), &workspace, &root);
                assert!(!text.contains("workspace = true"), "{}:\n{text}", recipe.name);
                assert!(text.contains("edition = \"2024\"") && text.contains("orm = { path = "), "{text}");
            }
        }
    }

    #[test]
    fn a_copy_has_every_file_and_a_full_folder_is_refused() {
        let root = crate::run::workspace();
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("mine");
        let recipe = root.join("recipes/graphs/directed-graph");
        copy(&recipe, &root, &target).unwrap();
        assert!(target.join("src/main.rs").exists() && target.join("tests/output.rs").exists());
        assert_eq!(copy(&recipe, &root, &target).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
