//! The report as one page for people who decide: no scripts, nothing from outside, printable, light and dark.

use super::markdown::address;
use super::{Gap, Kind, Place, Report, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const STYLE: &str = include_str!("report.css");

/// The report as an HTML document. `base` stands in front of every path of a link.
pub fn html(report: &Report, base: &str) -> String {
    let mut page = Page { report, base, text: String::new() };
    page.head();
    page.tiles();
    page.contexts();
    page.closed();
    for severity in Severity::ALL {
        page.section(severity);
    }
    page.kinds();
    page.foot();
    page.text
}

struct Page<'a> {
    report: &'a Report,
    base: &'a str,
    text: String,
}

impl Page<'_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn head(&mut self) {
        let title = "Specified and not yet true";
        self.push("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        self.push("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        self.push("<meta name=\"color-scheme\" content=\"light dark\">");
        let _ = writeln!(self.text, "<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>");
        let _ = writeln!(self.text, "<header>\n<p class=\"eyebrow\">Gap report</p>\n<h1>{title}</h1>");
        let lead = self.lead();
        let _ = writeln!(self.text, "<p class=\"lead\">{lead}</p>");
        if !self.report.compared {
            self.push("<p class=\"notice\">The specs cannot be emitted as they are, so the output folder was not compared. <code>seac generate</code> says why.</p>");
        }
        self.push("</header>");
    }

    /// The whole report in one or two sentences.
    fn lead(&self) -> String {
        let heavy = self.count(Severity::Critical) + self.count(Severity::High);
        let mut lead = match (self.report.gaps.len(), heavy) {
            (0, _) => "Everything that is specified was found to be built, wired and tested.".to_owned(),
            (all, 0) => format!("{} between the specs and what is built; none of them is critical or high.", gaps(all)),
            (all, heavy) => {
                let weigh = if heavy == 1 { "is" } else { "are" };
                format!("{} between the specs and what is built; {heavy} {weigh} critical or high.", gaps(all))
            }
        };
        if let Some(trend) = &self.report.trend {
            let (new, closed) = (trend.new.len(), trend.closed.len());
            lead += &format!(" Since the baseline, <b>{}</b> appeared and <b>{closed}</b> closed.", gaps(new));
        }
        lead
    }

    fn count(&self, severity: Severity) -> usize {
        self.report.counts.get(&severity).copied().unwrap_or_default()
    }

    fn tiles(&mut self) {
        self.push("<section class=\"tiles\" aria-label=\"Counts\">");
        for severity in Severity::ALL {
            let (count, word) = (self.count(severity), severity.word());
            let none = if count == 0 { " none" } else { "" };
            let _ = writeln!(
                self.text,
                "<a class=\"tile {word}{none}\" href=\"#{word}\"><span class=\"number\">{count}</span><span>{word}</span></a>"
            );
        }
        if let Some(trend) = &self.report.trend {
            let (new, closed, open) = (trend.new.len(), trend.closed.len(), trend.open);
            let direction = match new.cmp(&closed) {
                std::cmp::Ordering::Less => "▼ fewer",
                std::cmp::Ordering::Equal => "● as many",
                std::cmp::Ordering::Greater => "▲ more",
            };
            let _ = writeln!(
                self.text,
                "<div class=\"tile trend\"><span class=\"number\">{} → {}</span><span>{direction}: {new} new, {closed} closed, {open} still open</span></div>",
                trend.before,
                self.report.gaps.len()
            );
        }
        self.push("</section>");
    }

    /// One row per context, and one for what belongs to none.
    fn contexts(&mut self) {
        let mut rows: BTreeMap<Option<&str>, BTreeMap<Severity, usize>> = BTreeMap::new();
        for slug in self.report.contexts.keys() {
            rows.entry(Some(slug)).or_default();
        }
        for gap in &self.report.gaps {
            *rows.entry(gap.context.as_deref()).or_default().entry(gap.severity).or_default() += 1;
        }
        let most = rows.values().map(|row| row.values().sum::<usize>()).max().unwrap_or_default().max(1);
        self.push(
            "<section>\n<h2>By context</h2>\n<table class=\"contexts\">\n<thead><tr><th scope=\"col\">Context</th>",
        );
        for severity in Severity::ALL {
            let _ = writeln!(self.text, "<th scope=\"col\" class=\"count\">{}</th>", capital(severity.word()));
        }
        self.push("<th scope=\"col\" class=\"count\">All</th><th scope=\"col\" class=\"wide\" aria-label=\"Share\"></th></tr></thead>\n<tbody>");
        let unassigned = rows.remove(&None);
        let rows = rows.iter().map(|(slug, row)| (*slug, row)).chain(unassigned.iter().map(|row| (None, row)));
        for (slug, row) in rows {
            self.context(slug, row, most);
        }
        self.push("</tbody>\n</table>\n</section>");
    }

    fn context(&mut self, slug: Option<&str>, row: &BTreeMap<Severity, usize>, most: usize) {
        let title = slug.and_then(|slug| self.report.contexts.get(slug)).map_or("Workspace", String::as_str);
        let _ = write!(self.text, "<tr><th scope=\"row\">{}</th>", escaped(title));
        let mut bar = String::new();
        for severity in Severity::ALL {
            let count = row.get(&severity).copied().unwrap_or_default();
            let (none, word) = (if count == 0 { " none" } else { "" }, severity.word());
            let _ = write!(self.text, "<td class=\"count{none}\">{count}</td>");
            if count > 0 {
                let width = count * 1000 / most;
                let _ = write!(
                    bar,
                    "<span class=\"{word}\" style=\"width:{}.{}%\" title=\"{count} {word}\"></span>",
                    width / 10,
                    width % 10
                );
            }
        }
        let all: usize = row.values().sum();
        let _ = writeln!(
            self.text,
            "<td class=\"count\"><b>{all}</b></td><td class=\"wide\"><div class=\"bar\">{bar}</div></td></tr>"
        );
    }

    fn closed(&mut self) {
        let Some(trend) = self.report.trend.as_ref().filter(|trend| !trend.closed.is_empty()) else { return };
        let _ = writeln!(
            self.text,
            "<section>\n<h2>Closed since the baseline <small>{}</small></h2>\n<ul class=\"closed\">",
            trend.closed.len()
        );
        for known in &trend.closed {
            let word = known.severity.word();
            let _ = writeln!(
                self.text,
                "<li><span class=\"badge {word}\">{word}</span> {}</li>",
                prose(&capital(&known.message))
            );
        }
        self.push("</ul>\n</section>");
    }

    fn section(&mut self, severity: Severity) {
        let report = self.report;
        let found: Vec<&Gap> = report.gaps.iter().filter(|gap| gap.severity == severity).collect();
        if found.is_empty() {
            return;
        }
        let word = severity.word();
        let _ = writeln!(
            self.text,
            "<section id=\"{word}\">\n<h2><span class=\"badge {word}\">{word}</span> {}</h2>",
            gaps(found.len())
        );
        self.push("<table class=\"gaps\">\n<thead><tr><th scope=\"col\">What</th><th scope=\"col\">Gap, and what closes it</th><th scope=\"col\">Where</th></tr></thead>\n<tbody>");
        for gap in found {
            self.gap(gap);
        }
        self.push("</tbody>\n</table>\n</section>");
    }

    fn gap(&mut self, gap: &Gap) {
        let new = self.report.trend.as_ref().is_some_and(|trend| trend.new.contains(&gap.id));
        let badge = if new { " <span class=\"badge new\">new</span>" } else { "" };
        let (kind, element) = (escaped(gap.kind.title()), breakable(&gap.element));
        let (message, closes, place) =
            (prose(&capital(&gap.message)), prose(&capital(&gap.closes)), self.place(&gap.place));
        let _ = writeln!(
            self.text,
            "<tr id=\"{id}\"><th scope=\"row\"><code>{element}</code>{badge}<span class=\"kind\">{kind}</span></th><td>{message}<span class=\"closes\">{closes}</span></td><td class=\"place\">{place}</td></tr>",
            id = escaped(&gap.id),
        );
    }

    /// The name of the file and the line, with the whole path behind it.
    fn place(&self, place: &Place) -> String {
        let name = place.file.rsplit('/').next().unwrap_or_default();
        let shown = if place.line == 0 { name.to_owned() } else { format!("{name}:{}", place.line) };
        let (shown, whole) = (breakable(&shown), escaped(&place.to_string()));
        match address(place, self.base) {
            Some(address) => format!("<a href=\"{}\" title=\"{whole}\">{shown}</a>", escaped(&address)),
            None => format!("<span title=\"{whole}\">{shown}</span>"),
        }
    }

    fn kinds(&mut self) {
        let kinds: BTreeSet<Kind> = self.report.gaps.iter().map(|gap| gap.kind).collect();
        if kinds.is_empty() {
            return;
        }
        self.push("<section class=\"kinds\">\n<h2>What these gaps mean</h2>\n<dl>");
        for kind in kinds {
            let _ = writeln!(
                self.text,
                "<div><dt>{}</dt><dd>{}</dd></div>",
                escaped(kind.title()),
                escaped(kind.explanation())
            );
        }
        self.push("</dl>\n</section>");
    }

    fn foot(&mut self) {
        let version = env!("CARGO_PKG_VERSION");
        let digest = self.report.model.get(..12).unwrap_or_default();
        let _ = writeln!(
            self.text,
            "</main>\n<footer>seac {version} · model <code title=\"{}\">{digest}</code> · <code>seac gap-report --format html</code></footer>\n</body>\n</html>",
            escaped(&self.report.model)
        );
    }
}

/// `1 gap`, `2 gaps`.
fn gaps(count: usize) -> String {
    match count {
        0 => "no gap".to_owned(),
        1 => "1 gap".to_owned(),
        count => format!("{count} gaps"),
    }
}

/// With a capital letter in front.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A long name may be broken behind its separators.
fn breakable(text: &str) -> String {
    escaped(text).replace('/', "/<wbr>").replace("_", "_<wbr>").replace("::", "::<wbr>")
}

/// Words between backticks are code.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    for (index, part) in escaped(text).split('`').enumerate() {
        if index > 0 {
            prose.push_str(if index % 2 == 1 { "<code>" } else { "</code>" });
        }
        prose.push_str(part);
    }
    if text.matches('`').count() % 2 == 1 {
        prose.push_str("</code>");
    }
    prose
}
