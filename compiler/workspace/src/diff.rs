//! A plan as a patch a person can read.

use crate::load::LoadError;
use crate::reconcile::{Action, FindingKind, Plan};
use crate::{Workspace, disk};
use similar::TextDiff;
use std::collections::BTreeMap;

/// What would change, as a unified diff with paths relative to the workspace root. Refused edits are shown as if they
/// were thrown away. The manifest is left out: it follows from the rest.
///
/// # Errors
/// If the files on disk cannot be read.
pub fn unified(workspace: &Workspace, plan: &Plan) -> Result<String, LoadError> {
    let refused: BTreeMap<&str, &FindingKind> = plan.findings.iter().map(|f| (f.path.as_str(), &f.kind)).collect();
    let output = &workspace.config.output;
    let mut text = String::new();
    for step in &plan.steps {
        let old = || disk::read(&workspace.output().join(&step.path));
        let path = format!("{output}/{}", step.path);
        let one = match &step.action {
            Action::Create(new) => one(&path, None, Some(new)),
            Action::Replace(new) => one(&path, Some(&old()?), Some(new)),
            Action::Remove => one(&path, Some(&old()?), None),
            Action::Refuse => match refused.get(step.path.as_str()) {
                Some(FindingKind::Edited { disk, new }) => one(&path, Some(disk), Some(new)),
                Some(FindingKind::StaleEdited { disk }) => one(&path, Some(disk), None),
                _ => String::new(),
            },
            Action::Unchanged | Action::Keep => String::new(),
        };
        text.push_str(&one);
    }
    Ok(text)
}

fn one(path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> String {
    let name = |side: char, bytes: Option<&[u8]>| bytes.map_or("/dev/null".into(), |_| format!("{side}/{path}"));
    let (from, to) = (name('a', old), name('b', new));
    match (str::from_utf8(old.unwrap_or_default()), str::from_utf8(new.unwrap_or_default())) {
        (Ok(old), Ok(new)) => TextDiff::from_lines(old, new).unified_diff().header(&from, &to).to_string(),
        _ => format!("Binary files {from} and {to} differ\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_like_a_patch() {
        let changed = one("g/a.rs", Some(b"one\ntwo\n"), Some(b"one\n2\n"));
        assert_eq!(changed, "--- a/g/a.rs\n+++ b/g/a.rs\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
        assert_eq!(one("g/b", None, Some(b"x\n")), "--- /dev/null\n+++ b/g/b\n@@ -0,0 +1 @@\n+x\n");
        assert_eq!(one("g/c", Some(b"\xff"), None), "Binary files a/g/c and /dev/null differ\n");
    }
}
