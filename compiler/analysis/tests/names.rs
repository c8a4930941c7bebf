//! What names of other contexts and names of the language mean in a design.
#![allow(missing_docs, clippy::unwrap_used)]

use seac_analysis::analyse;
use seac_model::{Model, Ty, TypeId};
use seac_syntax::{Diagnostic, Sources};

fn analysed(files: &[(&str, String)]) -> (Model, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(*path, text.clone());
    }
    let (model, found) = analyse(&sources);
    (model, found, sources)
}

fn sds(id: u32, context: &str, rest: &str) -> String {
    format!("sdsId: SDS-{id}\nboundedContext: {context}\nsatisfiesPrds: []\nsatisfiesAdrs: []\n{rest}")
}

/// A context whose name has dashes and a number in it.
fn depot() -> [(&'static str, String); 2] {
    let lines = "domain: { valueObjects: [ { name: Sku, pattern: '^[A-Z]+$' } ] }\n";
    [
        ("specs/order-2-line/order-2-line.sds.yaml", sds(201, "order-2-line", lines)),
        (
            "specs/order-2-line/order-2-line.sea",
            "export Role \"Clerk\"\nexport enum State { open = \"open\", closed = \"closed\" }\n".to_owned(),
        ),
    ]
}

#[test]
fn a_context_with_dashes_can_be_named_in_an_sds() {
    let basket = "uses: [order-2-line]\ndomain:\n  entities:\n    - name: Basket\n      key: id\n      fields:\n        id: uuid\n\
                  \x20       sku: order-2-line.Sku\n        all: list<order-2-line.Sku>\n        state: order-2-line.State?\n";
    let [line, model] = depot();
    let (model, found, _) = analysed(&[line, model, ("specs/shop/shop.sds.yaml", sds(202, "shop", basket))]);
    assert_eq!(found, []);
    let types: Vec<Ty> =
        model.contexts["shop"].entities["Basket"].fields.iter().map(|field| field.ty.clone()).collect();
    let of = |name| TypeId::new("order-2-line", name);
    let sku = Ty::Value(of("Sku"));
    assert_eq!(types, [Ty::Uuid, sku.clone(), Ty::List(sku.into()), Ty::Enum(of("State"))]);
}

#[test]
fn a_context_with_dashes_can_be_named_in_a_model() {
    let [line, model] = depot();
    let shop = "record Parcel {\n    id: uuid\n    was: order-2-line.State optional\n}\n".to_owned();
    let files = [
        line,
        model,
        ("specs/shop/shop.sds.yaml", sds(202, "shop", "uses: [order-2-line]\n")),
        ("specs/shop/shop.sea", shop),
    ];
    let (model, found, _) = analysed(&files);
    assert_eq!(found, []);
    let was = &model.contexts["shop"].records["Parcel"].fields[1].ty;
    assert_eq!(*was, Ty::Enum(TypeId::new("order-2-line", "State")));
}

/// A design that lists entities called like the ledger.
fn accounts(read_model: &str) -> Vec<Diagnostic> {
    let rest = format!(
        "domain:\n  entities:\n    - {{ name: Ledger, key: id, fields: {{ id: uuid }} }}\n\
         cqrs:\n  queries:\n    - name: ListAll\n      actor: Clerk\n      input: {{ after: string? }}\n\
         \x20     output: {{ all: list<Ledger> }}\n      readModel: {read_model}\n"
    );
    let model = "Role \"Clerk\"\n".to_owned();
    analysed(&[("specs/bank/bank.sds.yaml", sds(203, "bank", &rest)), ("specs/bank/bank.sea", model)]).1
}

#[test]
fn an_entity_called_ledger_is_listed_by_its_whole_name() {
    let told: Vec<(String, Vec<String>)> = accounts("Ledger")
        .iter()
        .filter(|finding| finding.code.name() == "SDS103" || finding.message.contains("Ledger"))
        .map(|finding| {
            let fixes = finding.fixes.iter().map(|fix| fix.title.clone());
            (finding.message.clone(), fixes.collect())
        })
        .collect();
    let message = "`readModel: Ledger` is the ledger of the service, not the entity of this name";
    assert_eq!(told, [(message.to_owned(), vec!["write `bank.Ledger` to list the entity".to_owned()])]);
    let others = accounts("bank.Ledger");
    assert!(others.iter().all(|finding| !finding.message.contains("readModel")), "{others:?}");
}
