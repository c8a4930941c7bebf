//! Specs and models that the suites are tried on.
#![allow(dead_code, reason = "each suite uses what it needs")]

use seac_emit::FileSet;
use seac_model::Model;
use seac_syntax::Sources;
use std::path::Path;

/// Specs by path.
pub type Texts = Vec<(String, String)>;

/// The specs below these folders of the repository. Those of the orders example lie where its workspace has them.
pub fn texts(folders: &[&str]) -> Texts {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let entries = folders.iter().flat_map(|folder| walkdir::WalkDir::new(root.join(folder)).sort_by_file_name());
    let files = entries.map(|entry| entry.expect("readable")).filter(|entry| entry.file_type().is_file());
    let texts = files.map(|entry| {
        let path = entry.path().strip_prefix(&root).expect("inside").to_str().expect("text");
        let text = std::fs::read_to_string(entry.path()).expect("text");
        (path.trim_start_matches("examples/orders/").to_owned(), text)
    });
    texts.collect()
}

/// The specs of the platform and of the orders example.
pub fn platform() -> Texts {
    texts(&["specs", "examples/orders/specs"])
}

/// What texts become that have nothing to complain about.
pub fn emit(texts: &Texts) -> FileSet {
    let (model, found) = seac_analysis::analyse(&sources(texts));
    assert_eq!(found, [], "the specs have no findings");
    seac_emit::emit(&model, &seac_emit::Histories::new()).expect("files")
}

/// Texts as the compiler reads them.
pub fn sources(texts: &Texts) -> Sources {
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(path.clone(), text.clone());
    }
    sources
}

/// The orders example, with the packages it uses.
pub fn orders() -> Model {
    let texts = texts(&["specs/evidence", "specs/governance", "examples/orders/specs/orders"]);
    let (model, found) = seac_analysis::analyse(&sources(&texts));
    assert!(!seac_syntax::diagnostic::has_errors(&found), "{found:#?}");
    model
}

/// The model of a text that stands alone.
pub fn of(text: &str) -> Model {
    let mut sources = seac_syntax::Sources::default();
    let file = sources.add("model.sea", text);
    let mut memory = seac_analysis::sea::Memory { sources };
    seac_analysis::sea::model(&[file], &mut memory)
}

/// One declaration of every kind that a model which stands alone can have.
pub const EVERYTHING: &str = r#"
@namespace "shop.floor"
@version "2.1.0"
@owner "sales"
Dimension "Energy"
Unit "kWh" of "Energy" factor 1 base "kWh"
/// What is sold.
Resource "Power" kWh in trade
Entity "Plant" v1.2.0 in trade
Entity "Buyer"
Role "Seller" in trade
role_binding "Seller" for "Plant"
Role "Payer"
role_binding "Payer" for "Buyer"
Flow "Power" @route "grid" from "Plant" to "Buyer" quantity 5
Flow "Power" from "Plant" to "Buyer" quantity 7
Pattern "Sku" matches "^[A-Z]+$"
Relation "Trade" subject: "Seller" predicate: "sells to" object: "Payer" via: flow "Power"
enum Grade { low = "low", high = "high" }
record Price { amount: decimal (min 0) grade: Grade }
Entity "Meter" { key id: uuid serial: string (pattern "Sku") reading: quantity<kWh> default 0 "kWh" }
Instance m1 of "Meter" { id: "0190d9d8-0000-7000-8000-000000000000", serial: "AB" }
Policy enough per Constraint Obligation priority 1 @rationale "No blackout" as: sum(f in flows: f.quantity) >= 1 "kWh"
Metric "load" as: sum(f in flows: f.quantity) @threshold 5 @unit "kWh" @severity "warning"
ConceptChange "Meter" @from_version v1.0.0 @to_version v2.0.0 @migration_policy manual @breaking_change true
Mapping "M" for kg { Entity "Plant" -> Site { level: "1" } }
Projection "P" for calm { Entity "Buyer" { shape: "box" } }
Tool "uv" version "0.9"
"#;

/// What it means.
pub fn everything() -> Model {
    let model = of(EVERYTHING);
    let context = &model.contexts["shop-floor"];
    assert_eq!((context.version.as_str(), context.owner.as_deref()), ("2.1.0", Some("sales")));
    model
}

/// Every model of the corpus that is accepted, with its path; nothing where no corpus is at hand.
pub fn corpus() -> Vec<(String, Model)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("SEAC_CORPUS").map_or_else(beside, std::path::PathBuf::from).join("sea");
    if !folder.join("verdicts.tsv").is_file() {
        println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", folder.display());
        return Vec::new();
    }
    let files =
        walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().map(|entry| entry.expect("a file").into_path());
    let models = files.filter(|path| path.extension().is_some_and(|extension| extension == "sea")).filter_map(|path| {
        let mut memory = seac_analysis::sea::Memory { sources: with_those_beside(&path)? };
        let file = [seac_syntax::FileId(0)];
        let found =
            seac_analysis::sea::analyse(&file, &mut memory, &seac_analysis::sea::Options::default()).diagnostics;
        let accepted = !seac_syntax::diagnostic::has_errors(&found);
        accepted.then(|| (path.display().to_string(), seac_analysis::sea::model(&file, &mut memory)))
    });
    let models: Vec<_> = models.collect();
    assert!(models.len() > 100, "{}", models.len());
    models
}

/// The text, and those beside it, which it may import.
fn with_those_beside(path: &Path) -> Option<Sources> {
    let mut sources = Sources::default();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    sources.add(name(path), std::fs::read_to_string(path).ok()?);
    for entry in std::fs::read_dir(path.parent()?).ok()? {
        let other = entry.ok()?.path();
        if other != path
            && other.extension().is_some_and(|extension| extension == "sea")
            && let Ok(text) = std::fs::read_to_string(&other)
        {
            sources.add(name(&other), text);
        }
    }
    Some(sources)
}
