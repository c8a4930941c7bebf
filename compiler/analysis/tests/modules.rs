//! Modules: what an import brings, and what it may not.
#![allow(clippy::unwrap_used, missing_docs)]

use seac_analysis::sea::{Memory, Options, SeaAnalysis, Verdict, analyse};
use seac_syntax::FileId;

const LIB: &str = "export Entity \"Buyer\"\nEntity \"Hidden\"\nexport Resource \"Money\" USD\nexport Role \"Payer\"\nrole_binding \"Payer\" for \"Buyer\"";

/// Analyses the first `given` of the files, and tells findings as `path:line CODE message`.
fn run(files: &[(&str, &str)], given: usize) -> (SeaAnalysis, Vec<String>) {
    let mut memory = Memory::default();
    let ids: Vec<FileId> = files.iter().map(|(path, text)| memory.sources.add(*path, *text)).collect();
    let analysis = analyse(&ids[..given], &mut memory, &Options::default());
    let told = analysis.diagnostics.iter().map(|finding| {
        let file = memory.sources.get(finding.primary.span.file);
        let line = file.position(finding.primary.span.start).line;
        let label = &finding.primary.text;
        format!("{}:{line} {} {} [{label}]", file.path, finding.code.name(), finding.message)
    });
    let told = told.collect();
    (analysis, told)
}

fn told(files: &[(&str, &str)]) -> Vec<String> {
    run(files, 1).1
}

#[test]
fn named_imports_and_aliases_are_usable_by_every_declaration() {
    let main = "import { Buyer, Money as Cash, Payer } from \"./lib.sea\"\nEntity \"Shop\"\n\
                Flow \"Cash\" from \"Payer\" to \"Shop\" quantity 5\nFlow \"Cash\" from \"Buyer\" to \"Shop\" quantity 6\n\
                Instance ann of \"Buyer\" { name: \"Ann\" }\n\
                Role \"Seller\"\nrole_binding \"Seller\" for \"Buyer\"\n\
                Relation \"Sale\" subject: \"Payer\" predicate: \"pays\" object: \"Seller\" via: flow \"Cash\"\n\
                Policy local as: sum(f in flows where f.resource = \"Cash\": f.quantity) = 11 \"USD\"\n\
                Policy declared as: count(f in flows where f.resource = \"Money\": f.quantity) = 2\n\
                Policy of as: count(entity_instances of \"Buyer\") = 1";
    let (analysis, told) = run(&[("main.sea", main), ("lib.sea", LIB)], 1);
    assert_eq!(told, [""; 0]);
    assert!(analysis.models[0].policies.iter().all(|policy| policy.verdict == Verdict::Satisfied));
}

#[test]
fn a_wildcard_import_is_named_in_front() {
    let main = "import * as lib from \"./lib.sea\"\nEntity \"Shop\"\n\
                Flow \"lib.Money\" from \"lib.Buyer\" to \"Shop\" quantity 5\n\
                Entity \"Order\" {\n    key id: uuid\n    buyer: ref<lib.Buyer>\n}";
    assert_eq!(told(&[("main.sea", main), ("lib.sea", LIB)]), [""; 0]);
    let hidden = "import * as lib from \"./lib.sea\"\nFlow \"lib.Money\" from \"lib.Hidden\" to \"Buyer\"";
    let found = told(&[("main.sea", hidden), ("lib.sea", LIB)]);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn what_is_not_exported_or_not_there_cannot_be_imported() {
    let main = "import { Hidden, Byer } from \"./lib.sea\"";
    assert_eq!(
        told(&[("main.sea", main), ("lib.sea", LIB)]),
        [
            "main.sea:1 SEA404 `lib.sea` does not export `Hidden` [not exported]",
            "main.sea:1 SEA404 `lib.sea` declares no `Byer` [binds nothing]"
        ]
    );
}

#[test]
fn names_of_other_modules_are_not_visible_without_an_import() {
    let main = "import { Money } from \"./lib.sea\"\nFlow \"Money\" from \"Buyer\" to \"Buyer\"";
    let found = told(&[("main.sea", main), ("lib.sea", LIB)]);
    assert_eq!(found, ["main.sea:2 SEA101 there is no entity `Buyer` [not declared]"; 2]);
}

#[test]
fn a_module_that_is_reached_twice_is_there_once() {
    let main =
        "import { Left } from \"./left.sea\"\nimport { Right } from \"./right.sea\"\nPolicy p as: count(entities) = 4";
    let side =
        |name: &str| format!("import {{ Buyer }} from \"./lib.sea\"\nexport Entity \"{name}\" @replaces \"Buyer\"");
    let (left, right) = (side("Left"), side("Right"));
    let files = [("main.sea", main), ("lib.sea", LIB), ("left.sea", &left), ("right.sea", &right)];
    assert_eq!(told(&files), [""; 0]);
}

#[test]
fn a_circle_of_imports_is_told_with_its_chain() {
    let files = [
        ("a.sea", "import { B } from \"./b.sea\"\nexport Entity \"A\""),
        ("b.sea", "import { C } from \"./sub/c.sea\"\nexport Entity \"B\""),
        ("sub/c.sea", "import { A } from \"../a.sea\"\nexport Entity \"C\""),
    ];
    let expected = ["sub/c.sea:1 SEA403 modules import each other in a circle [a.sea → b.sea → sub/c.sea → a.sea]"];
    assert_eq!(told(&files), expected);
}

#[test]
fn no_import_leaves_the_root() {
    let found = told(&[("sub/main.sea", "import { A } from \"../../a.sea\"")]);
    assert_eq!(found, ["sub/main.sea:1 SEA402 `../../a.sea` is outside the workspace [not below the root]"]);
}

#[test]
fn what_is_nowhere_is_told() {
    let main = "import { A } from \"./nowhere.sea\"\nimport { B } from \"acme.common\"\nimport { C } from \"std:moon\"";
    let found = told(&[("main.sea", main)]);
    assert_eq!(
        found,
        [
            "main.sea:1 SEA401 there is no module `./nowhere.sea` [no file nowhere.sea]",
            "main.sea:2 SEA401 there is no module `acme.common` [not in the registry]",
            "main.sea:3 SEA401 there is no module `std:moon` [not in the registry]"
        ]
    );
}

#[test]
fn one_name_for_two_imports_is_ambiguous() {
    let main = "import { Buyer } from \"./lib.sea\"\nimport { User as Buyer } from \"std\"";
    let found = told(&[("main.sea", main), ("lib.sea", LIB)]);
    assert_eq!(found, ["main.sea:2 SEA405 `Buyer` is imported twice, with two meanings [again]"]);
    // The same declaration twice is one meaning.
    let main = "import { System } from \"std\"\nimport { System } from \"std:core\"";
    assert_eq!(told(&[("main.sea", main)]), [""; 0]);
}

#[test]
fn the_built_in_modules_have_what_models_use() {
    let main = "import { System, User, Service } from \"std:core\"\nimport * as http from \"std:http\"\n\
                import * as aws from \"std:aws\"\n\
                Flow \"http.HTTP Request\" from \"http.HTTP Client\" to \"http.HTTP Service\" quantity 1\n\
                Flow \"http.HTTP Response\" from \"aws.AWS Lambda Function\" to \"System\" quantity 1";
    assert_eq!(told(&[("main.sea", main)]), [""; 0]);
}

#[test]
fn files_that_are_given_are_models_of_their_own_unless_another_one_imports_them() {
    let alone = "Entity \"X\"\nPolicy p as: count(entities) = 1";
    let user = "import { Buyer } from \"./lib.sea\"\nPolicy p as: count(entities) = 2";
    let (analysis, told) = run(&[("alone.sea", alone), ("user.sea", user), ("lib.sea", LIB)], 3);
    assert_eq!(told, [""; 0]);
    assert_eq!(analysis.models.len(), 2);
}

#[test]
fn imported_types_are_checked_as_types() {
    let lib = "export enum State { on = \"ON\" }\nexport Entity \"Desk\" {\n    key id: string\n    state: State\n}";
    let main = "import { State as Mode, Desk } from \"./lib.sea\"\n\
                Entity \"Clerk\" {\n    key id: string\n    desk: ref<Desk>\n    mode: Mode\n    other: State\n}\n\
                Instance d of \"Desk\" { id: \"1\", state: on }\n\
                Instance c of \"Clerk\" { id: \"2\", desk: \"1\", mode: \"ON\", other: on }\n\
                Policy p as: forall c in entity_instances of \"Clerk\": (c.desk.state = Mode.on)";
    // Both are of the namespace `default`, which is one context for types.
    let main = main.replace("other: State\n", "other: string\n").replace("other: on", "other: \"x\"");
    assert_eq!(told(&[("main.sea", &main), ("lib.sea", lib)]), [""; 0]);
}

const TYPES: &str = "export enum Status { active = \"active\" }\nenum Secret { a = \"a\" }\nexport Entity \"Buyer\" { key id: uuid }\nexport Entity \"Other\"";

#[test]
fn types_of_fields_are_imported_like_everything_else() {
    let main = "import { Status as State, Buyer } from \"./types.sea\"\nimport * as types from \"./types.sea\"\n\
                Entity \"Mine\" { key id: uuid state: State default active buyer: ref<Buyer> other: types.Status default active }";
    assert_eq!(told(&[("main.sea", main), ("types.sea", TYPES)]), [""; 0]);
}

#[test]
fn types_that_are_not_imported_are_unknown_whatever_the_namespace() {
    let main = "import { Other } from \"./types.sea\"\n\
                Entity \"Mine\" { key id: uuid status: Status buyer: ref<Buyer> secret: Secret }\nrecord R { other: ref<Other> }";
    for namespace in ["", "@namespace \"shop\"\n"] {
        let (main, types) = (format!("{namespace}{main}"), format!("{namespace}{TYPES}"));
        let found = told(&[("main.sea", &main), ("types.sea", &types)]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|finding| finding.contains("SEA101 there is no")), "{found:?}");
    }
}

#[test]
fn what_one_file_imports_another_does_not_see() {
    let main = "@namespace \"shop\"\nimport { E } from \"./e.sea\"\nEntity \"F\" { key id: uuid status: Status }";
    let e = "@namespace \"shop\"\nimport { Status } from \"./types.sea\"\nexport Entity \"E\" { key id: uuid status: Status default active }";
    let found = told(&[("main.sea", main), ("e.sea", e), ("types.sea", TYPES)]);
    assert_eq!(
        found,
        ["main.sea:3 SEA101 there is no enum or value object or record or entity `Status` [not declared]"]
    );
}

#[test]
fn an_operation_is_made_of_what_its_file_imports_from_its_namespace() {
    let types = "@namespace \"shop\"\nexport Entity \"Order\" { key id: uuid }\nexport record Placed { id: uuid }\n\
                 export Policy fine as: id != \"\"\nexport Role \"Buyer\"\nEntity \"Desk\"\nrole_binding \"Buyer\" for \"Desk\"";
    let operation = "record In { id: uuid }\nrecord Out { id: uuid }\noperation place {\n intent \"i\" direction inbound actor Buyer \
                     access policy_governed by fine at precondition fails with no input In output Out state Order \
                     effect creates Order transaction single_aggregate failure bad for input_validation \"b\" \
                     failure no for policy \"n\" failure used for idempotency_conflict, concurrency_conflict \"u\" \
                     emits Placed idempotency keyed_by id concurrency unique_key id evidence operation_trace \
                     lifecycle synchronous_request_response }";
    let imports = "import { Order, Placed, fine, Buyer } from \"./types.sea\"\n";
    let run = |namespace: &str, imports: &str| {
        let main = format!("@namespace \"{namespace}\"\n{imports}{operation}");
        told(&[("main.sea", &main), ("types.sea", types)])
    };
    assert_eq!(run("shop", imports), [""; 0]);
    let without = run("shop", "import { Order, fine } from \"./types.sea\"\n");
    assert!(
        matches!(without.as_slice(), [role, event] if event.contains("`Placed`") && role.contains("`Buyer`")),
        "{without:?}"
    );
    let foreign = run("other", imports);
    assert!(foreign.iter().any(|finding| finding.contains("`Order` is the state of another context")), "{foreign:?}");
}

#[test]
fn a_name_that_is_imported_and_declared_is_ambiguous() {
    let main = "@namespace \"own\"\nimport { Buyer } from \"./lib.sea\"\nEntity \"Buyer\"";
    let found = told(&[("main.sea", main), ("lib.sea", LIB)]);
    assert!(found.iter().any(|line| line.starts_with("main.sea:2 ") && line.contains("`Buyer`")), "{found:?}");
    // A name may stand for an entity and a role at once.
    let main = "import { Money } from \"./lib.sea\"\nRole \"Money\"";
    assert_eq!(told(&[("main.sea", main), ("lib.sea", LIB)]), [""; 0]);
}
