//! The text of a tree. Nothing from a spec reaches the text except as an identifier that [`super::names`] made, as a comment, or
//! as a quoted literal.

use super::names;
use super::tree::{Enum, Field, File, Item, Label, Message, Method, Reference, Reserved, Service, Type, Value};
use std::fmt::Write;

/// How long a line with an option may be before the option has lines of its own.
const WIDTH: usize = 120;

/// How references are written in one file.
pub trait Paths {
    /// The name of a declared type, as it is found from the file's package.
    fn path(&self, reference: &Reference) -> String;
}

/// The text of a file.
pub fn print(file: &File, paths: &dyn Paths) -> String {
    let mut printer = Printer { out: String::with_capacity(128 * file.items.len() + 512), paths };
    printer.file(file);
    printer.out
}

struct Printer<'a> {
    out: String,
    paths: &'a dyn Paths,
}

impl Printer<'_> {
    fn line(&mut self, indent: usize, text: std::fmt::Arguments<'_>) {
        self.indent(indent);
        // Writing to a text cannot fail.
        let _ = self.out.write_fmt(text);
        self.out.push('\n');
    }

    fn indent(&mut self, indent: usize) {
        for _ in 0..indent {
            self.out.push_str("  ");
        }
    }

    fn file(&mut self, file: &File) {
        file.header.iter().for_each(|line| self.comment(0, line));
        self.line(0, format_args!("\nsyntax = \"proto3\";\n\npackage {};\n", file.package));
        for import in &file.imports {
            self.line(0, format_args!("import {};", quoted(import)));
        }
        if !file.imports.is_empty() {
            self.out.push('\n');
        }
        for (name, value) in &file.options {
            self.line(0, format_args!("option {name} = {};", inline(value)));
        }
        if !file.options.is_empty() {
            self.out.push('\n');
        }
        for (index, item) in file.items.iter().enumerate() {
            if index > 0 {
                self.out.push('\n');
            }
            match item {
                Item::Message(message) => self.message(message),
                Item::Enum(found) => self.enumeration(found),
                Item::Service(service) => self.service(service),
            }
        }
        while self.out.ends_with("\n\n") {
            self.out.pop();
        }
    }

    /// Comments, line by line: what could end one early is none of their text any more.
    fn comment(&mut self, indent: usize, text: &str) {
        let ends_line = |c: char| matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        for line in text.split(ends_line).filter(|_| !text.is_empty()) {
            self.indent(indent);
            self.out.push_str("//");
            let line = line.trim_end();
            if !line.is_empty() {
                self.out.push(' ');
                if line.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                    self.out.push_str(line);
                } else {
                    self.out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
                }
            }
            self.out.push('\n');
        }
    }

    fn message(&mut self, message: &Message) {
        self.comment(0, &message.doc);
        if message.fields.is_empty() && message.reserved == Reserved::default() && message.options.is_empty() {
            return self.line(0, format_args!("message {} {{}}", message.name));
        }
        self.line(0, format_args!("message {} {{", message.name));
        for (name, value) in &message.options {
            self.option(1, name, value);
        }
        let names = message.reserved.names.iter().map(|name| quoted(name)).collect();
        self.reserved(&message.reserved.numbers, names);
        for field in &message.fields {
            self.field(field);
        }
        self.line(0, format_args!("}}"));
    }

    fn reserved(&mut self, numbers: &[u32], names: Vec<String>) {
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        for list in [numbers, names] {
            if !list.is_empty() {
                self.line(1, format_args!("reserved {};", list.join(", ")));
            }
        }
    }

    fn field(&mut self, field: &Field) {
        self.comment(1, &field.doc);
        let label = match field.label {
            Label::Plain => "",
            Label::Optional => "optional ",
            Label::Repeated => "repeated ",
        };
        let start = self.out.len();
        self.indent(1);
        let _ = write!(self.out, "{label}{} {} = {}", self.type_name(&field.ty), field.name, field.number);
        match field.options.as_slice() {
            [] => {}
            [(name, value)] => {
                let (path, value) = shortest(name, value);
                let short = format!(" [{path} = {}];", inline(value));
                if self.out.len() - start + short.len() <= WIDTH || !matches!(value, Value::Message(_)) {
                    self.out.push_str(&short);
                    self.out.push('\n');
                    return;
                }
                let _ = write!(self.out, " [{path} = ");
                self.spread(1, value);
                self.out.push(']');
            }
            many => {
                self.out.push_str(" [\n");
                for (index, (name, value)) in many.iter().enumerate() {
                    let (path, value) = shortest(name, value);
                    let comma = if index + 1 < many.len() { "," } else { "" };
                    self.line(2, format_args!("{path} = {}{comma}", inline(value)));
                }
                self.out.push_str("  ]");
            }
        }
        self.out.push_str(";\n");
    }

    /// A message value with its fields below each other.
    fn spread(&mut self, indent: usize, value: &Value) {
        match value {
            Value::Message(fields) if inline(value).len() > 60 => {
                self.out.push_str("{\n");
                for (name, value) in fields {
                    self.indent(indent + 1);
                    let _ = write!(self.out, "{name}: ");
                    self.spread(indent + 1, value);
                    self.out.push('\n');
                }
                self.indent(indent);
                self.out.push('}');
            }
            value => self.out.push_str(&inline(value)),
        }
    }

    fn option(&mut self, indent: usize, name: &str, value: &Value) {
        let (path, value) = shortest(name, value);
        self.indent(indent);
        let _ = write!(self.out, "option {path} = ");
        self.spread(indent, value);
        self.out.push_str(";\n");
    }

    fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Scalar(name) => (*name).to_owned(),
            Type::Named(reference) => self.paths.path(reference),
        }
    }

    fn enumeration(&mut self, found: &Enum) {
        self.comment(0, &found.doc);
        self.line(0, format_args!("enum {} {{", found.name));
        let prefix = names::upper(&found.name);
        let reserved = found.reserved.names.iter().map(|name| quoted(&format!("{prefix}_{name}"))).collect();
        self.reserved(&found.reserved.numbers, reserved);
        self.comment(1, "Not said.");
        self.line(1, format_args!("{prefix}_UNSPECIFIED = 0;"));
        for value in &found.values {
            self.comment(1, &value.doc);
            self.line(1, format_args!("{prefix}_{} = {};", value.name, value.number));
        }
        self.line(0, format_args!("}}"));
    }

    fn service(&mut self, service: &Service) {
        self.comment(0, &service.doc);
        self.line(0, format_args!("service {} {{", service.name));
        for (index, method) in service.methods.iter().enumerate() {
            if index > 0 {
                self.out.push('\n');
            }
            self.method(method);
        }
        self.line(0, format_args!("}}"));
    }

    fn method(&mut self, method: &Method) {
        self.comment(1, &method.doc);
        let stream = |streams: bool| if streams { "stream " } else { "" };
        let (input, output) = (self.paths.path(&method.input), self.paths.path(&method.output));
        let (name, takes, gives) = (&method.name, stream(method.client_streaming), stream(method.server_streaming));
        if method.options.is_empty() {
            return self.line(1, format_args!("rpc {name}({takes}{input}) returns ({gives}{output});"));
        }
        self.line(1, format_args!("rpc {name}({takes}{input}) returns ({gives}{output}) {{"));
        for (name, value) in &method.options {
            self.option(2, name, value);
        }
        self.line(1, format_args!("}}"));
    }
}

/// A message with one field is named by a longer path instead.
fn shortest<'v>(name: &str, value: &'v Value) -> (String, &'v Value) {
    let (mut path, mut value) = (name.to_owned(), value);
    while let Value::Message(fields) = value
        && let [(name, only)] = fields.as_slice()
        && !matches!(only, Value::List(_))
    {
        path.push('.');
        path.push_str(name);
        value = only;
    }
    (path, value)
}

fn inline(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Word(word) => (*word).to_owned(),
        Value::Text(text) => quoted(text),
        Value::Message(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {}", inline(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(inline).collect();
            format!("[{}]", values.join(", "))
        }
    }
}

/// A value as it is told to people: without quotes.
pub fn bare(value: &Value) -> String {
    if let Value::Text(text) = value { text.clone() } else { inline(value) }
}

/// A text as a literal.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_literal() {
        assert_eq!(quoted("a\"\\\n\0\u{85}ä"), r#""a\"\\\n\000\302\205ä""#);
    }

    #[test]
    fn an_option_that_sets_one_thing_is_a_path() {
        let rules = Value::Message(vec![("string", Value::Message(vec![("uuid", Value::Bool(true))]))]);
        assert_eq!(shortest("(a)", &rules), ("(a).string.uuid".to_owned(), &Value::Bool(true)));
    }
}
