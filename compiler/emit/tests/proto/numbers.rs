//! Numbers and names that were released keep their meaning, whatever happens to the specs.

use crate::common::compile;
use seac_emit::proto::{self, Options, Wire, wires};
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

#[test]
fn a_lock_keeps_numbers_word_for_word() {
    let first = next(&Wires::new(), &model("note: string; a: list<Colour>", "red", ""));
    let without = next(&first, &model("a: list<Colour>", "red", ""));
    for wires in [first, without] {
        let text = serde_json::to_string_pretty(&wires).unwrap();
        assert_eq!(serde_json::from_str::<Wires>(&text).unwrap(), wires);
    }
}
