//! What lists and read models ask for that cannot be.

use seac_syntax::{Code, Diagnostic, Span};

pub fn unsortable(span: Span, name: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::Paging, format!("rows cannot be sorted by `{name}`, which is {ty}"), span, "has no order")
        .with_why("the database sorts, and what it keeps of such values does not stand in their order")
        .with_help("sort by a text, a whole number, a time, an id, a member of an enum or a truth value")
}

pub fn page_control(span: Span, name: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::Paging, format!("`{name}` of a list is `{ty}?`"), span, "controls the page")
        .with_why("`after` and `next` are where a page begins and ends, `limit` is its length, `sort` its order")
        .with_help(format!("write `{name}: {ty}?`"))
}

pub fn sort_not_asked(span: Span, operation: &str) -> Diagnostic {
    let message = format!("callers of `{operation}` cannot say how to sort");
    Diagnostic::new(Code::Paging, message, span, "nobody can choose it").with_help("add `sort: string?` to the input")
}

pub fn nothing_to_sort_by(span: Span) -> Diagnostic {
    Diagnostic::new(Code::Paging, "there is nothing that callers may sort by", span, "can have no value")
        .with_help("name fields of the rows in the page's `sort`, or take `sort` out of the input")
}

pub fn sorted_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::Paging, format!("`{name}` is named twice"), span, "named before")
        .with_help("both directions are there already: callers put `-` before the name for falling values")
}

pub fn ledger_order(span: Span) -> Diagnostic {
    Diagnostic::new(Code::Paging, "the ledger has one order, that of its sequence", span, "no other order")
        .with_help("take it out of the page")
}

pub fn generation_taken(span: Span) -> Diagnostic {
    Diagnostic::new(Code::ReadModels, "`_generation` is a column that every read model has", span, "is taken")
        .with_help("give the field another name")
}

pub fn fold_twice(span: Span, event: &str) -> Diagnostic {
    Diagnostic::new(Code::ReadModels, format!("`{event}` has two effects"), span, "has one already")
        .with_help("say all of it in one entry")
}

pub fn one_fold(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::ReadModels,
        "an event has one effect on a row",
        span,
        "none, or several that exclude each other",
    )
    .with_help("write `insert`, or `remove: true`, or `set` and `add`, which go together")
}

pub fn fold_key(span: Span, read_model: &str, ty: &str, found: Option<&str>) -> Diagnostic {
    let message = format!("nothing in the event tells which row of `{read_model}` it is about");
    let label = match found {
        Some(found) => format!("{found}, where the key is {ty}"),
        None => format!("has no field that is called like the key, which is {ty}"),
    };
    Diagnostic::new(Code::ReadModels, message, span, label)
        .with_help("name a required field with the key's type in `by`")
}

pub fn sets_key(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::ReadModels, format!("`{name}` is the key and stays what it is"), span, "the key")
        .with_help("say in `by` which field of the event has it")
}

pub fn fold_may_lack(span: Span, from: &str, to: &str) -> Diagnostic {
    let message = format!("`{from}` may be missing from the event, and every row has a `{to}`");
    Diagnostic::new(Code::ReadModels, message, span, "is optional").with_help(format!("let `{to}` be optional"))
}

pub fn fold_incomplete(span: Span, event: &str, column: &str) -> Diagnostic {
    let message = format!("nothing in `{event}` says what `{column}` of the new row is");
    Diagnostic::new(Code::ReadModels, message, span, "has no required field of this name and type")
        .with_help(format!("name its value in `insert`, or give `{column}` a default, or let it be optional"))
}

pub fn fold_computes(span: Span) -> Diagnostic {
    Diagnostic::new(Code::ReadModels, "a column is a field of the event, `now` or a constant", span, "is computed")
        .with_why("rows are made of events alone, so that they can be made anew")
        .with_help("let the event tell it: what an operation publishes may be computed")
}

pub fn set_and_added(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::ReadModels, format!("`{name}` is set and added to"), span, "which of them?")
}

pub fn not_added(span: Span, name: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::ReadModels, format!("nothing can be added to `{name}`, which is {ty}"), span, "is no sum")
        .with_help("what is added up is a required int, decimal or quantity")
}

pub fn read_model_written(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` is made of events, and no operation changes it");
    Diagnostic::new(Code::ReadModels, message, span, "a read model")
        .with_help("publish an event that the read model is made of")
}
