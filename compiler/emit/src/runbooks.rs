//! What people do when an invariant does not hold, as a document for each.

use crate::projection::line;
use crate::scope::Scope;
use seac_model::{Invariant, Origin};
use std::fmt::Write as _;

/// The runbooks of a context: the name of each file, its text, and where its invariant is declared.
pub fn documents<'a>(scope: &Scope<'a>) -> Vec<(String, String, &'a Origin)> {
    let declared = scope.context.invariants.iter().filter(|(_, invariant)| invariant.runbook.is_some());
    declared.map(|(id, invariant)| (file(id), document(scope, id, invariant), &invariant.origin)).collect()
}

/// The name of the file that an invariant's runbook becomes.
pub fn file(id: &str) -> String {
    let name = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' });
    name.chain(".md".chars()).collect()
}

fn document(scope: &Scope<'_>, id: &str, invariant: &Invariant) -> String {
    let mut text = format!("# {} does not hold\n\n> {}\n", line(id), prose(&invariant.statement));
    let _ = writeln!(text, "\nSeverity: {}.", line(&invariant.severity));
    text.push_str(&detection(scope.slug, id, invariant));
    let Some(runbook) = &invariant.runbook else { return text };
    if let Some(affected) = &runbook.blast_radius {
        let _ = write!(text, "\n## What is affected\n\n{}\n", prose(affected));
    }
    steps(&mut text, "Keep it from growing", &runbook.contain);
    steps(&mut text, "Save what may be lost", &runbook.preserve);
    steps(&mut text, "Find the cause", &runbook.diagnose);
    steps(&mut text, "Come back", &runbook.recover);
    if let Some(approver) = &runbook.approver {
        let _ = write!(text, "\nBefore that, {} has to agree.\n", line(&approver.to_string()));
    }
    steps(&mut text, "See that it holds again", &runbook.verify);
    text
}

/// How anybody comes to know of it.
fn detection(slug: &str, id: &str, invariant: &Invariant) -> String {
    let heading = "\n## How it is seen\n\n";
    let Some(probe) = &invariant.probe else {
        return format!("{heading}Nothing looks at it: people do.\n");
    };
    let readiness = match invariant.severity.as_str() {
        "critical" => "A node is not ready while it does not hold.",
        _ => "A node stays ready while it does not hold.",
    };
    format!(
        "{heading}A node looks at it by `{probe}`. What it found last is in `/ready`, under `invariants`, and in the metric \
         `cell_invariant_holds{{context=\"{slug}\",invariant=\"{id}\"}}`, which is 0 while it does not hold. The ledger has an entry \
         `invariant.violated` from when it was found, with the reason, and `invariant.restored` from when it holds again. \
         {readiness}\n"
    )
}

fn steps(text: &mut String, heading: &str, steps: &[String]) {
    if steps.is_empty() {
        return;
    }
    let _ = write!(text, "\n## {heading}\n\n");
    for (number, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {}", number + 1, prose(step));
    }
}

/// A text on one line in which what stands between backquotes is code, such as a command, and nothing else is markup.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return line(text);
    }
    let mut prose = String::new();
    for (place, part) in parts.iter().enumerate() {
        let plain: String = part.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        match (place % 2 == 1, plain.trim().is_empty()) {
            (_, true) => prose.push_str(&plain),
            (true, false) => prose.extend(["`", &plain, "`"]),
            (false, false) => {
                // The spaces beside code belong to the text.
                let [before, after] =
                    [plain.starts_with(' '), plain.ends_with(' ')].map(|it| if it { " " } else { "" });
                prose.extend([before, &line(&plain), after]);
            }
        }
    }
    prose.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{file, prose};

    #[test]
    fn commands_stay_and_all_else_is_text() {
        assert_eq!(prose("Run `node verify` on *it*."), "Run `node verify` on \\*it\\*.");
        assert_eq!(prose("`a`"), "`a`");
        assert_eq!(prose("a ` <b>\n"), "a \\` \\<b\\>");
        assert_eq!(prose("a `` b"), "a  b");
        assert_eq!(file("INV-1/../x y"), "INV-1_.._x_y.md");
    }
}
