//! `seac project --list`

use seac_emit::projection::{Format, OptionInfo, Takes};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// For people.
pub fn text() -> String {
    let mut text = String::new();
    for format in Format::ALL {
        let info = format.info();
        let whole = info.mapping.iter().filter(|row| row.becomes.is_some());
        let carried: Vec<&str> = whole.flat_map(|row| row.kinds).map(|kind| kind.word()).collect();
        let _ = writeln!(text, "{}\n    {}", format.word(), info.doc);
        let _ = writeln!(text, "    standard:  {}\n    validator: {}", info.standard, info.validator);
        let _ = writeln!(text, "    carries:   {}", carried.join(", "));
        for option in info.options {
            let default = option.default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
            let _ = writeln!(text, "    --option {}={}  {}{default}", option.name, takes(option), option.doc);
        }
    }
    text
}

fn takes(option: &OptionInfo) -> String {
    match option.takes {
        Takes::Flag => "true|false".to_owned(),
        Takes::Text => "TEXT".to_owned(),
        Takes::Words(words) => words.join("|"),
    }
}

/// For programs.
pub fn json() -> String {
    let formats = Format::ALL.iter().map(|format| {
        let info = format.info();
        let options: Vec<Value> = info
            .options
            .iter()
            .map(|option| {
                let OptionInfo { name, default, doc, .. } = option;
                json!({ "name": name, "takes": takes(option), "default": default, "doc": doc })
            })
            .collect();
        json!({
            "format": format,
            "title": info.title,
            "doc": info.doc,
            "extension": info.extension,
            "standard": info.standard,
            "validator": info.validator,
            "options": options,
            "mapping": info.mapping,
        })
    });
    format!("{:#}\n", Value::Array(formats.collect()))
}
