//! Through Protobuf: types of fields, members, docs and constraints, as far as messages and enums have them.

use crate::models::{of, orders};
use crate::{alone, meant, projected};
use seac_assertions::import::{Imported, protobuf};
use seac_emit::projection::Format;
use seac_model::{Field, Model, Ty};
use seac_syntax::{FileId, Sources};
use std::collections::BTreeMap;

/// Each file of a projection by itself, as text.
fn texts(sources: &Sources) -> Vec<Imported> {
    let files: Vec<FileId> = sources.iter().map(|(file, _)| file).collect();
    let import = |file: &FileId| protobuf::text(*file, sources.get(*file)).expect("Protobuf");
    files.iter().map(import).collect()
}

/// A field: its name, its type, whether it may be absent, and its doc.
type Known = (String, String, bool, Option<String>);

/// What is known of a field; what is a reference is text in Protobuf.
fn known(field: &Field) -> Known {
    fn plain(ty: &Ty) -> String {
        match ty {
            Ty::Ref(_) | Ty::Value(_) => "string".to_owned(),
            Ty::List(inner) => format!("list<{}>", plain(inner)),
            ty => ty.to_string(),
        }
    }
    let default = field.default.is_some();
    (field.name.clone(), plain(&field.ty), field.optional || default, field.doc.clone().filter(|_| !default))
}

/// The fields of records and entities by their names.
fn fields(model: &Model) -> BTreeMap<String, Vec<Known>> {
    let context = &model.contexts.values().next().expect("a context");
    let entities = context.entities.iter().filter(|(_, it)| !it.fields.is_empty()).map(|(name, it)| (name, &it.fields));
    let records = context.records.iter().map(|(name, it)| (name, &it.fields));
    entities.chain(records).map(|(name, fields)| (name.clone(), fields.iter().map(known).collect())).collect()
}

/// All fields of a model, whatever has them: names, and whether they are lists or may be absent. Names of types may be
/// others in Protobuf.
fn shapes(model: &Model) -> Vec<(String, bool, bool)> {
    let contexts = model.contexts.values();
    let fields = contexts.flat_map(|context| {
        let entities = context.entities.values().flat_map(|it| &it.fields);
        let records = context.records.values().flat_map(|it| &it.fields);
        entities.chain(records).chain(context.events.values().flat_map(|it| &it.payload))
    });
    let shape = |field: &Field| {
        let (name, ty, optional, _) = known(field);
        let is_list = ty.starts_with("list<");
        (name, is_list, optional && !is_list)
    };
    let mut shapes: Vec<_> = fields.map(shape).collect();
    shapes.sort();
    shapes
}

const MODEL: &str = r#"
@namespace "shop"
/// How good it is.
enum Grade {
    /// Not very.
    low = "low",
    high = "high"
}
/// A price.
record Price {
    amount: quantity<USD> (min 0)
    /// What it is for.
    grade: Grade
    factor: decimal
    since: timestamp
    note: string optional (max_length 9)
    code: uuid
    tags: list<string> (max_items 3)
    many: int (min 1, max 5)
    any: json optional
}
record Offer { price: Price blob: bytes flag: bool }
"#;

#[test]
fn fields_members_and_docs_come_back_from_protobuf() {
    let model = of(MODEL);
    let sources = projected(Format::Protobuf, &model);
    let imported = texts(&sources)
        .into_iter()
        .find(|imported| imported.drafts.iter().any(|draft| draft.sea("").contains("record Price")));
    let imported = imported.expect("a file of the shop");
    let back = meant(&imported);
    assert_eq!(fields(&back), fields(&model));
    let [before, after] = [&model, &back].map(|model| &model.contexts.values().next().unwrap().enums["Grade"]);
    assert_eq!((&before.doc, &before.members), (&after.doc, &after.members));
    let lost: Vec<&str> = imported.lost.iter().map(|lost| lost.what.as_str()).collect();
    assert_eq!(lost, ["system/shop/v1/shop.proto: the numbers of fields, which the lock keeps"]);
}

#[test]
fn a_descriptor_set_says_what_the_files_say_but_for_extensions() {
    use prost::Message as _;
    let sources = projected(Format::Protobuf, &orders());
    let parsed = sources.iter().map(|(_, file)| protox_parse::parse(&file.path, &file.text).expect("Protobuf"));
    let bytes = prost_types::FileDescriptorSet { file: parsed.collect() }.encode_to_vec();
    let mut empty = Sources::default();
    let file = empty.add("orders.binpb", "");
    let imported = protobuf::descriptor_set(file, empty.get(file), &bytes).expect("a descriptor set");
    let drafts: Vec<String> = imported.drafts.iter().map(|draft| draft.sea(&draft.name)).collect();
    let lost: Vec<&str> = imported.lost.iter().map(|lost| lost.what.as_str()).collect();
    insta::assert_snapshot!("orders_through_protobuf", format!("{}\n{}", drafts.join("\n"), lost.join("\n")));
    for cut in 1..bytes.len() {
        let _ = protobuf::descriptor_set(file, empty.get(file), &bytes[..cut]);
    }
}

#[test]
fn every_field_of_the_corpus_comes_back_from_protobuf() {
    let mut wrong = Vec::new();
    for (path, model) in alone() {
        let sources = projected(Format::Protobuf, &model);
        let mut back: Vec<_> = texts(&sources).iter().flat_map(|imported| shapes(&meant(imported))).collect();
        back.sort();
        let wanted = shapes(&model);
        if back != wanted {
            let lost: Vec<_> = wanted.iter().filter(|shape| !back.contains(shape)).collect();
            let new: Vec<_> = back.iter().filter(|shape| !wanted.contains(shape)).collect();
            wrong.push(format!("{path}: {} of {}, lost {lost:?}, new {new:?}", back.len(), wanted.len()));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
