//! Inputs that nobody writes by hand: a result or a clear limit, on a small stack and in time.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types, missing_docs)]

use seac_syntax::sea::diff::diff;
use seac_syntax::sea::json;
use seac_syntax::{Code, FileId, SourceFile, sea};
use std::fmt::Write;
use std::time::{Duration, Instant};

const FILE: FileId = FileId(0);

/// Everything a tool does with a model, on a quarter of the stack threads get by default. Gives the codes of the
/// findings; what is formatted has to stay the same model.
fn everything(what: &'static str, text: String) -> Vec<Code> {
    let work = move || {
        let start = Instant::now();
        let (tree, findings) = sea::parse(FILE, &text);
        drop(sea::dialect::extensions(&tree));
        if let Ok(formatted) = sea::format(FILE, &text) {
            let (again, findings) = sea::parse(FILE, &formatted);
            assert!(findings.is_empty(), "{what}: {:?}", findings[0]);
            assert!(diff(&[(String::new(), &tree)], &[(String::new(), &again)]).is_empty(), "{what}");
        }
        let elapsed = start.elapsed();
        println!("{what}: {} bytes, {elapsed:?}", text.len());
        // Generous for debug builds on slow and busy machines; what is quadratic misses it by far.
        assert!(elapsed < Duration::from_secs(600), "{what} took {elapsed:?}");
        let mut codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        codes.dedup();
        codes
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(work).unwrap().join().unwrap()
}

#[test]
fn a_hundred_thousand_declarations() {
    let mut text = String::new();
    for i in 0..100_000 {
        let _ = match i % 4 {
            0 => writeln!(text, "/// Doc.\nEntity \"E{i}\" in dom"),
            1 => writeln!(text, "Resource \"R{i}\" kg // said"),
            2 => writeln!(text, "Flow \"R{i}\" from \"A\" to \"B\" @tx quantity {i}"),
            _ => writeln!(text, "Policy p{i} as: a = {i} and not b"),
        };
    }
    assert_eq!(everything("100,000 declarations", text), []);
}

#[test]
fn the_same_declaration_a_hundred_thousand_times() {
    assert_eq!(everything("100,000 equal flows", "Flow \"R\" from \"A\" to \"B\" quantity 1\n".repeat(100_000)), []);
    let fields = format!("record R {{ {} }}", "a: int ".repeat(100_000));
    assert_eq!(everything("100,000 equal fields", fields), []);
    let annotations = format!("Flow \"R\" {} from \"A\" to \"B\"", "@a 1 ".repeat(100_000));
    assert_eq!(everything("100,000 annotations", annotations), []);
}

#[test]
fn long_chains() {
    let chain = |link: &str| format!("Policy p as: a = 1{}", link.repeat(10_000));
    for link in [" and b = 2", " or (b = 2)", " + 1", " * (2)", " and not (a or b)"] {
        assert_eq!(everything("10,000 terms", chain(link)), [], "{link}");
    }
}

#[test]
fn deep_nesting() {
    let nested =
        |open: &str, close: &str, depth| format!("Policy p as: {}a{}", open.repeat(depth), close.repeat(depth));
    for (open, close) in
        [("(", ")"), ("not (", ")"), ("1 + (", ")"), ("count(f in flows: ", ")"), ("a and (b or (", "))")]
    {
        let levels = if open.matches('(').count() > 1 || open.starts_with("not") { 60 } else { 120 };
        assert_eq!(everything("deep", nested(open, close, levels)), [], "{open}");
        assert_eq!(everything("too deep", nested(open, close, 50_000)), [Code::SeaNesting], "{open}");
    }
    let value = |depth| format!("Flow \"R\" @a {}1{} from \"A\" to \"B\"", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(everything("a deep value", value(120)), []);
    assert_eq!(everything("too deep a value", value(100_000)), [Code::SeaNesting]);
}

#[test]
fn ten_megabytes() {
    let ten = 10 << 20;
    assert_eq!(everything("one comment", format!("// {}", "x".repeat(ten))), []);
    assert_eq!(everything("one name", format!("Entity \"{}\"", "x".repeat(ten))), []);
    assert_eq!(
        everything("one raw string", format!("Pattern \"P\" matches \"\"\"{}\"\"\"", "a\n".repeat(ten / 2))),
        []
    );
    assert_eq!(everything("line ends", "\n".repeat(ten)), []);
    assert_eq!(everything("comments", format!("// {}\n", "c".repeat(60)).repeat(ten / 64)), []);
    assert_eq!(everything("roles", format!("Role \"{}\" in d\n", "R".repeat(100)).repeat(ten / 113)), []);
    assert_eq!(everything("too much", " ".repeat(sea::MAX_BYTES + 1)), [Code::SeaTooLarge]);
    let broken = everything("nonsense", "} 1 ".repeat(ten / 4));
    assert_eq!(broken, [Code::SeaSyntax]);
}

#[test]
fn the_json_of_a_large_model() {
    let terms = format!("Metric \"m\" as: 1{}", " + 2".repeat(100_000));
    for (text, needle, count) in
        [("Role \"R\" in d\n".repeat(20_000), "\"Role\":", 20_000), (terms, "\"Add\"", 100_000)]
    {
        let source = SourceFile::new("a.sea", text.as_str());
        let start = Instant::now();
        let mut written = Vec::new();
        json::write(&mut written, [(&source, sea::parse(FILE, &text).0)]).unwrap();
        assert_eq!(String::from_utf8(written).unwrap().matches(needle).count(), count);
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}
