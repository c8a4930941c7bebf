//! Numbers and names that were released keep their meaning, whatever happens to the specs.

use crate::common::compile;
use seac_emit::proto::compare::{Breaks, compare};
use seac_emit::proto::schema::Schema;
use seac_emit::proto::{self, Options, Wire, read, released, wires};
use seac_model::Model;
use seac_syntax::Sources;
use std::collections::BTreeMap;

/// A context with one entity and one enum.
fn model(fields: &str, members: &str, evolution: &str) -> Model {
    let mut sources = Sources::default();
    let sds = format!("sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n{evolution}");
    sources.add("specs/shop/shop.sds.yaml", sds);
    let members = members.split_whitespace().map(|m| format!("{m} = \"{m}\"")).collect::<Vec<_>>().join(", ");
    let fields: String = fields.split(';').map(|field| format!("    {}\n", field.trim())).collect();
    let sea = format!("enum Colour {{ {members} }}\nEntity \"Order\" {{\n    key id: uuid\n{fields}}}\n");
    sources.add("specs/shop/shop.sea", sea);
    seac_analysis::analyse(&sources).0
}

type Wires = BTreeMap<String, Wire>;

/// What is released after what was.
fn next(before: &Wires, model: &Model) -> Wires {
    wires(model, before).0
}

fn numbers(wires: &Wires) -> String {
    let order = &wires["shop"].messages["Order"];
    let mut fields: Vec<String> =
        order.fields.iter().map(|(key, field)| format!("{key}={}:{}", field.name, field.number)).collect();
    fields.extend(order.reserved.iter().map(|gone| format!("-{}:{:?}", gone.name, gone.number.unwrap_or(0))));
    fields.join(" ")
}

#[test]
fn numbers_follow_the_order_of_declaration_and_then_never_move() {
    let first = next(&Wires::new(), &model("b: int; a: string", "red", ""));
    assert_eq!(numbers(&first), "a=a:3 b=b:2 id=id:1");
    let moved = next(&first, &model("c: bool; a: string; b: int", "red", ""));
    assert_eq!(numbers(&moved), "a=a:3 b=b:2 c=c:4 id=id:1");
    // What was not released has no number to keep.
    let other = next(&first, &model("b: int; a: string; d: bool", "red", ""));
    assert_eq!(numbers(&other), "a=a:3 b=b:2 d=d:4 id=id:1");
}

#[test]
fn what_is_gone_stays_reserved_and_cannot_come_back() {
    let first = next(&Wires::new(), &model("b: int; a: string", "red green", ""));
    let without = next(&first, &model("b: int", "green", ""));
    assert_eq!(numbers(&without), "b=b:2 id=id:1 -a:3");
    let later = model("b: int; c: int", "green blue", "");
    assert_eq!(numbers(&next(&without, &later)), "b=b:2 c=c:4 id=id:1 -a:3");
    let colour = &next(&without, &later)["shop"].enums["Colour"];
    assert_eq!((colour.values["green"].number, colour.values["blue"].number), (2, 3));
    let (_, reused) = wires(&model("b: int; a: string", "red green", ""), &without);
    let told: Vec<String> = reused.iter().map(|(_, reused)| format!("{}.{}", reused.owner, reused.name)).collect();
    assert_eq!(told, ["Colour.red", "Order.a"]);

    let projected = proto::project(&later, &without, &Options::default());
    let text = &projected.texts[0];
    for line in ["  reserved 3;\n  reserved \"a\";\n", "  reserved 1;\n  reserved \"COLOUR_RED\";\n"] {
        assert!(text.contains(line), "{text}");
    }
    compile(&[(projected.files[0].path.clone(), text.clone())]);
}

#[test]
fn a_field_with_another_name_keeps_its_number() {
    let first = next(&Wires::new(), &model("note: string; a: int", "red", ""));
    let evolution = "evolution:\n  renames: { Order.note: Order.remark }\n";
    let renamed = next(&first, &model("remark: string; a: int", "red", evolution));
    assert_eq!(numbers(&renamed), "a=a:3 id=id:1 remark=remark:2 -note:0");
    // What was said may be taken out once it is released.
    assert_eq!(next(&renamed, &model("remark: string; a: int", "red", "")), renamed);
}

/// The model of a context that says `sea`.
fn shop(sea: &str, evolution: &str) -> Model {
    let mut sources = Sources::default();
    let sds = format!("sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n{evolution}");
    sources.add("specs/shop/shop.sds.yaml", sds);
    sources.add("specs/shop/shop.sea", sea);
    let (model, found) = seac_analysis::analyse(&sources);
    assert!(!seac_syntax::diagnostic::has_errors(&found), "{found:#?}");
    model
}

fn told(before: &Schema, after: &Schema) -> Vec<String> {
    let breaks = compare(before, after).into_iter();
    breaks.map(|found| format!("{}: {}: {}", found.breaks.words(), found.element, found.what)).collect()
}

const SUPPLIER: &str = "Entity \"Supplier\" v1.0.0 {\n    key id: uuid\n    name: string\n    city: string\n}\n\
                        Entity \"Order\" {\n    key id: uuid\n    by: list<Supplier>\n}\n";
const VENDOR: &str = "Entity \"Vendor\" v2.0.0 @replaces \"Supplier\" v1.0.0 {\n    key id: uuid\n    rating: int\n    \
                      name: string\n    town: string\n}\nEntity \"Order\" {\n    key id: uuid\n    by: list<Vendor>\n}\n";

#[test]
fn an_entity_that_replaces_another_is_the_same_on_the_wire() {
    let before = shop(SUPPLIER, "");
    let first = next(&Wires::new(), &before);
    let renamed = "evolution:\n  renames: { Supplier.city: Vendor.town }\n";
    let after = shop(VENDOR, renamed);
    let second = next(&first, &after);
    let vendor = &second["shop"].messages["Vendor"];
    let numbers: Vec<(&str, u32)> = vendor.fields.values().map(|field| (field.name.as_str(), field.number)).collect();
    assert_eq!(numbers, [("id", 1), ("name", 2), ("rating", 4), ("town", 3)]);
    assert!(!second["shop"].messages.contains_key("Supplier"));
    let now = proto::project(&after, &first, &Options::default());
    let wanted = [
        "source: system.shop.v1.Supplier: its name is `system.shop.v1.Vendor` now",
        "JSON and source: system.shop.v1.Vendor.city: its name is `town` now",
    ];
    let published = proto::project(&before, &Wires::new(), &Options::default());
    let files: Vec<(String, String)> =
        published.files.iter().map(|file| file.path.clone()).zip(published.texts.clone()).collect();
    compile(&files);
    for known in [released(&first, &Options::default()).0, published.schema(), read::files(&files).unwrap()] {
        assert_eq!(told(&known, &now.schema()), wanted);
    }
    // Once it is released, it needs not be said any more, and whoever knows the first version is understood still.
    let later = shop(&VENDOR.replace("@replaces \"Supplier\" v1.0.0 ", ""), "");
    assert_eq!(next(&second, &later), second);
    let later = proto::project(&later, &second, &Options::default()).schema();
    assert_eq!(told(&released(&first, &Options::default()).0, &later), wanted);
    // Its old name means nothing else.
    let again = next(&second, &shop(&format!("{VENDOR}Entity \"Supplier\" {{\n    key id: uuid\n}}\n"), ""));
    assert_eq!(again["shop"].messages["Supplier"].name, "SupplierEntity");
}

#[test]
fn without_a_lock_an_entity_that_replaces_another_is_compared_with_it() {
    let options = Options::default();
    let [before, after] =
        [SUPPLIER, VENDOR].map(|sea| proto::project(&shop(sea, ""), &Wires::new(), &options).schema());
    let told = told(&before, &after);
    assert!(told.iter().any(|told| told.ends_with("Supplier: its name is `system.shop.v1.Vendor` now")), "{told:#?}");
    let second = "wire, JSON and source: system.shop.v1.Vendor.name: its type was `string` and is `int64`";
    assert!(told.iter().any(|told| told == second), "{told:#?}");
    assert!(!told.iter().any(|told| told.contains("Order.by")), "{told:#?}");
}

#[test]
fn what_several_replace_is_none_of_them_and_what_is_declared_is_itself() {
    let first = next(&Wires::new(), &shop(SUPPLIER, ""));
    let entity = |name: &str| format!("Entity \"{name}\" v2.0.0 @replaces \"Supplier\" {{\n    key id: uuid\n}}\n");
    let split = next(&first, &shop(&(entity("Vendor") + &entity("Maker")), ""));
    assert!(split["shop"].messages["Supplier"].removed && split["shop"].messages["Vendor"].formerly.is_empty());
    let both = next(&first, &shop(&(entity("Vendor") + SUPPLIER), ""));
    assert_eq!(both["shop"].messages["Supplier"], first["shop"].messages["Supplier"]);
    assert!(both["shop"].messages["Vendor"].formerly.is_empty());
}

#[test]
fn enums_and_their_members_keep_their_numbers_under_other_names() {
    let sea = |name: &str, members: &str| {
        format!("enum {name} {{ {members} }}\nEntity \"Order\" {{\n    key id: uuid\n    in: {name}\n}}\n")
    };
    let first = next(&Wires::new(), &shop(&sea("Colour", "red = \"red\", green = \"green\""), ""));
    let evolution = "evolution:\n  renames: { Colour: Shade, Colour.green: Shade.lime }\n";
    let after = shop(&sea("Shade", "blue = \"blue\", lime = \"green\", red = \"red\""), evolution);
    let shade = &next(&first, &after)["shop"].enums["Shade"];
    let numbers: Vec<(&str, u32)> = shade.values.iter().map(|(key, slot)| (key.as_str(), slot.number)).collect();
    assert_eq!(numbers, [("blue", 3), ("lime", 2), ("red", 1)]);
    let now = proto::project(&after, &first, &Options::default()).schema();
    let found = compare(&released(&first, &Options::default()).0, &now);
    assert!(found.iter().all(|found| found.breaks < Breaks::Wire), "{found:#?}");
    assert!(found.iter().any(|found| found.what == "the name of 2 is `SHADE_LIME` now"), "{found:#?}");
}

#[test]
fn a_lock_keeps_numbers_word_for_word() {
    let first = next(&Wires::new(), &model("note: string; a: list<Colour>", "red", ""));
    let without = next(&first, &model("a: list<Colour>", "red", ""));
    for wires in [first, without] {
        let text = serde_json::to_string_pretty(&wires).unwrap();
        assert_eq!(serde_json::from_str::<Wires>(&text).unwrap(), wires);
    }
}
