//! The report for a pull request.

use super::{Gap, Place, Report, Severity};
use std::fmt::Write as _;

/// The report as GitHub-flavoured Markdown. `base` stands in front of every path of a link.
pub fn markdown(report: &Report, base: &str) -> String {
    let mut text = String::from("## Specified and not yet true\n\n");
    let _ = writeln!(text, "{}\n", summary(report));
    if !report.compared {
        text.push_str(
            "> The specs cannot be emitted as they are, so the output folder was not compared; `seac generate` says why.\n\n",
        );
    }
    trend(report, &mut text);
    for severity in Severity::ALL {
        let gaps: Vec<&Gap> = report.gaps.iter().filter(|gap| gap.severity == severity).collect();
        if !gaps.is_empty() {
            section(report, severity, &gaps, base, &mut text);
        }
    }
    text
}

/// E.g. `3 gaps: 1 high, 2 low.`
fn summary(report: &Report) -> String {
    let counts = report.counts.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts.map(|(severity, count)| format!("{count} {}", severity.word())).collect();
    match report.gaps.len() {
        0 => "**No gaps.**".to_owned(),
        1 => format!("**1 gap**: {}.", counts.join(", ")),
        count => format!("**{count} gaps**: {}.", counts.join(", ")),
    }
}

fn trend(report: &Report, text: &mut String) {
    let Some(trend) = &report.trend else { return };
    let (new, closed, open) = (trend.new.len(), trend.closed.len(), trend.open);
    let _ = writeln!(text, "Since the baseline: **{new} new**, **{closed} closed**, {open} still open.\n");
    for known in &trend.closed {
        let _ = writeln!(text, "- ~~{}~~ ({})", escaped(&known.message), known.severity.word());
    }
    if !trend.closed.is_empty() {
        text.push('\n');
    }
}

fn section(report: &Report, severity: Severity, gaps: &[&Gap], base: &str, text: &mut String) {
    let open = if severity == Severity::Low && gaps.len() > 10 { "" } else { " open" };
    let _ = writeln!(text, "<details{open}><summary><b>{}</b> ({})</summary>\n", title(severity), gaps.len());
    text.push_str("| element | gap | what closes it |\n| --- | --- | --- |\n");
    for gap in gaps {
        let new = report.trend.as_ref().is_some_and(|trend| trend.new.contains(&gap.id));
        let mark = if new { "🆕 " } else { "" };
        let (place, message, closes) =
            (link(&gap.place, &gap.element, base), escaped(&gap.message), escaped(&gap.closes));
        let _ = writeln!(text, "| {mark}{place} | {message} | {closes} |");
    }
    text.push_str("\n</details>\n\n");
}

fn title(severity: Severity) -> String {
    let mut letters = severity.word().chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn link(place: &Place, shown: &str, base: &str) -> String {
    let shown = format!("`{}`", shown.replace('`', "'").replace('|', "\\|"));
    match address(place, base) {
        Some(address) => format!("[{shown}]({address})"),
        None => shown,
    }
}

/// The address of a place: `base`, the path and the line. Embedded packages have none.
pub(super) fn address(place: &Place, base: &str) -> Option<String> {
    if place.file.starts_with("seac:") {
        return None;
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encode = |byte: u8| if allowed(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let path: String = place.file.bytes().map(encode).collect();
    Some(if place.line == 0 { format!("{base}{path}") } else { format!("{base}{path}#L{}", place.line) })
}

/// Words of users cannot end a cell or begin markup.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
