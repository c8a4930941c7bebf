//! Random models: every declaration, clause and expression of the language, with white space and comments anywhere.
#![allow(dead_code, missing_docs)]

use proptest::prelude::*;

/// A text that is a model more often than not.
pub fn model() -> impl Strategy<Value = String> {
    (prop::collection::vec(any::<u32>(), 1..400), any::<bool>()).prop_map(|(choices, noisy)| {
        let mut maker = Maker { choices, at: 0, tokens: Vec::new(), depth: 0 };
        maker.file();
        maker.text(noisy)
    })
}

struct Maker {
    choices: Vec<u32>,
    at: usize,
    tokens: Vec<String>,
    depth: u32,
}

const NAMES: &[&str] = &[
    "\"Order\"",
    "\"A \\\"quoted\\\" name\"",
    "\"\\u{48}i\"",
    "\"\"\"raw \\ text\"\"\"",
    "\"\"\"two\nlines\"\"\"",
    "\"Zoë\"",
    "\"2025-12-31T23:59:59Z\"",
    "\"\"",
];
const IDENTS: &[&str] = &[
    "x", "Total", "record", "policy", "flow", "in", "from", "état", "default", "Optional", "key", "as", "ROLE", "unit",
    "not_x", "count", "forall", "null_", "export", "v1", "to",
];
const NUMBERS: &[&str] = &["0", "7", "1_500.50", "007", "1_0_0_0_0", "12345678901234567890.123", "0.0"];
const ENVIRONMENT: &[&str] = &[
    "Cell",
    "Tool",
    "NetworkFlow",
    "SystemDependency",
    "Runtime",
    "DependencySet",
    "Service",
    "Mount",
    "Endpoint",
    "Credential",
];
const TRIVIA: &[&str] = &[
    "\n",
    "\n\n\n",
    "  ",
    "\t",
    "\r\n",
    " // said\n",
    "\n// alone\n",
    "\n/// doc\n",
    " /// behind\n",
    "\n//// rule\n\n",
    "\n// a\n\n// b\n",
    " //\n",
];

impl Maker {
    /// A choice between `0..n`; when the choices run out, the first, which is the smallest thing.
    fn pick(&mut self, n: usize) -> usize {
        self.at += 1;
        self.choices.get(self.at).map_or(0, |choice| *choice as usize % n)
    }

    fn one(&mut self, of: &[&str]) {
        let index = self.pick(of.len());
        self.say(of[index]);
    }

    fn say(&mut self, words: &str) {
        self.tokens.extend(words.split(' ').map(str::to_owned));
    }

    /// A keyword, sometimes in capitals.
    fn word(&mut self, word: &str) {
        match self.pick(6) {
            1 => self.say(&word.to_uppercase()),
            2 => self.say(&word.to_lowercase()),
            _ => self.say(word),
        }
    }

    fn maybe(&mut self, part: impl FnOnce(&mut Self)) {
        if self.pick(2) == 1 {
            part(self);
        }
    }

    fn some(&mut self, most: usize, mut part: impl FnMut(&mut Self)) {
        for _ in 0..self.pick(most + 1) {
            part(self);
        }
    }

    fn separated(&mut self, least: usize, trailing: bool, mut part: impl FnMut(&mut Self)) {
        let count = least + self.pick(4);
        for index in 0..count {
            if index > 0 {
                self.say(",");
            }
            part(self);
        }
        if trailing && count > 0 {
            self.maybe(|m| m.say(","));
        }
    }

    fn name(&mut self) {
        let index = self.pick(NAMES.len());
        self.tokens.push(NAMES[index].to_owned());
    }

    fn ident(&mut self) {
        self.one(IDENTS);
    }

    fn number(&mut self) {
        let index = self.pick(NUMBERS.len());
        let sign = ["", "-"][self.pick(2)];
        self.tokens.push(format!("{sign}{}", NUMBERS[index]));
    }

    fn text(&mut self, noisy: bool) -> String {
        let mut text = String::new();
        for token in std::mem::take(&mut self.tokens) {
            let line = token.starts_with('\u{1}');
            text.push_str(if line { "\n" } else { " " });
            if noisy && self.pick(4) == 1 {
                text.push_str(TRIVIA[self.pick(TRIVIA.len())]);
            }
            text.push_str(token.trim_start_matches('\u{1}'));
        }
        if noisy {
            text.push_str(TRIVIA[self.pick(TRIVIA.len())]);
        }
        text
    }

    fn file(&mut self) {
        self.some(2, |m| {
            m.say("@");
            m.one(&["namespace", "Version", "owner", "profile"]);
            m.name();
        });
        let count = 1 + self.pick(6);
        for _ in 0..count {
            if self.pick(8) == 1 {
                self.import();
            }
            self.declaration();
        }
    }

    fn import(&mut self) {
        self.word("import");
        if self.pick(3) == 1 {
            self.say("* as");
            self.ident();
        } else {
            self.say("{");
            self.separated(0, true, |m| {
                m.say("Name");
                m.maybe(|m| {
                    m.word("as");
                    m.ident();
                });
            });
            self.say("}");
        }
        self.word("from");
        self.name();
    }

    fn declaration(&mut self) {
        self.maybe(|m| m.word("export"));
        match self.pick(19) {
            0 => self.named("Dimension"),
            1 => {
                self.named("Unit");
                self.word("of");
                self.name();
                self.word("factor");
                self.number();
                self.word("base");
                self.name();
                self.maybe(|m| {
                    m.word("offset");
                    m.number();
                });
            }
            2 => self.entity(),
            3 => {
                self.named("Resource");
                self.some(1, Self::annotation);
                self.maybe(|m| m.one(&["kg", "in", "USD"]));
                self.maybe(|m| m.say("in domain"));
                self.some(2, Self::annotation);
            }
            4 => self.flow(),
            5 => {
                self.named("Pattern");
                self.word("matches");
                self.name();
            }
            6 => {
                self.named("Role");
                self.some(1, Self::annotation);
                self.maybe(|m| m.say("in domain"));
                self.some(1, Self::annotation);
            }
            7 => {
                self.named("role_binding");
                self.word("for");
                self.name();
            }
            8 => {
                self.named("Relation");
                for label in ["subject", "predicate", "object"] {
                    self.word(label);
                    self.say(":");
                    self.name();
                }
                self.maybe(|m| {
                    m.say("via : flow");
                    m.name();
                });
            }
            9 => self.instance(),
            10 | 11 => self.policy(),
            12 => {
                self.named("ConceptChange");
                self.some(4, Self::annotation);
            }
            13 => {
                self.named("Metric");
                self.say("as :");
                self.expr();
                self.some(3, Self::annotation);
            }
            14 => self.mapping(),
            15 => {
                self.word("record");
                self.ident();
                self.fields();
            }
            16 => {
                self.word("enum");
                self.ident();
                self.say("{");
                self.separated(0, true, |m| {
                    m.ident();
                    m.say("=");
                    m.name();
                });
                self.say("}");
            }
            17 => self.operation(),
            _ => {
                let index = self.pick(ENVIRONMENT.len());
                self.named(ENVIRONMENT[index]);
                self.some(3, |m| match m.pick(2) {
                    0 => m.annotation(),
                    _ => {
                        m.one(&["version", "from", "to"]);
                        m.name();
                    }
                });
            }
        }
    }

    fn named(&mut self, keyword: &str) {
        self.word(keyword);
        self.name();
    }

    fn annotation(&mut self) {
        self.say("@");
        self.one(&["tx", "cqrs", "outbox", "Note"]);
        match self.pick(4) {
            0 => {}
            1 => {
                self.number();
                self.maybe(Self::name);
            }
            2 => {
                self.name();
                self.maybe(|m| m.say("v1.2.3"));
            }
            _ => self.value(),
        }
    }

    fn value(&mut self) {
        self.depth += 1;
        match if self.depth > 3 { 0 } else { self.pick(7) } {
            0 => self.number(),
            1 => self.name(),
            2 => self.one(&["true", "NULL", "False", "word", "v1.0.0-rc.1"]),
            3 | 4 => {
                self.say("[");
                self.separated(0, true, Self::value);
                self.say("]");
            }
            _ => {
                self.say("{");
                self.separated(0, true, |m| {
                    match m.pick(2) {
                        0 => m.ident(),
                        _ => m.name(),
                    }
                    m.one(&[":", "->"]);
                    m.value();
                });
                self.say("}");
            }
        }
        self.depth -= 1;
    }

    fn entity(&mut self) {
        self.named("Entity");
        // A brace behind an annotation begins a value of it.
        let mut annotated = false;
        self.some(4, |m| {
            let part = m.pick(5);
            annotated = part == 4;
            match part {
                0 => m.say("V1.2.3-alpha.1"),
                1 => {
                    m.say("@ replaces");
                    m.name();
                    m.maybe(|m| m.say("v0.1.0"));
                }
                2 => {
                    m.say("@ changes [");
                    m.separated(0, true, Self::name);
                    m.say("]");
                }
                3 => m.say("in domain"),
                _ => m.annotation(),
            }
        });
        if !annotated {
            self.maybe(Self::fields);
        }
    }

    fn fields(&mut self) {
        self.say("{");
        self.some(4, |m| {
            m.maybe(|m| m.word("key"));
            m.ident();
            m.say(":");
            m.ty();
            m.maybe(|m| m.word("optional"));
            m.maybe(|m| {
                m.say("(");
                m.separated(1, false, |m| {
                    m.one(&[
                        "min_length",
                        "MAX",
                        "pattern",
                        "exclusive_min",
                        "exclusive_max",
                        "max_items",
                        "min",
                        "max_length",
                        "min_items",
                    ]);
                    m.literal();
                });
                m.say(")");
            });
            m.maybe(|m| {
                m.word("default");
                m.literal();
            });
        });
        self.say("}");
    }

    fn ty(&mut self) {
        match self.pick(5) {
            0 => self.say("string"),
            1 => self.say("a . B"),
            2 => self.say("quantity < USD >"),
            3 => self.say("ref < Order >"),
            _ => {
                self.say("list <");
                self.ty();
                self.say(">");
            }
        }
    }

    fn flow(&mut self) {
        self.named("Flow");
        self.some(2, Self::annotation);
        self.word("from");
        self.name();
        self.some(1, Self::annotation);
        self.word("to");
        self.name();
        self.some(2, Self::annotation);
        self.maybe(|m| {
            m.word("quantity");
            m.number();
            m.maybe(Self::name);
            m.some(2, Self::annotation);
        });
    }

    fn instance(&mut self) {
        self.word("Instance");
        self.ident();
        self.word("of");
        self.name();
        self.maybe(|m| {
            m.say("{");
            m.separated(0, true, |m| {
                m.ident();
                m.say(":");
                m.expr();
            });
            m.say("}");
        });
    }

    fn policy(&mut self) {
        self.word("Policy");
        self.ident();
        self.maybe(|m| {
            m.word("per");
            m.one(&["Constraint", "derivation", "Obligation"]);
            m.one(&["Prohibition", "PERMISSION", "Obligation"]);
            m.word("priority");
            m.number();
        });
        self.some(3, |m| match m.pick(4) {
            0 => m.say("v1.0.0"),
            1 => {
                m.say("@ rationale");
                m.name();
            }
            2 => {
                m.say("@ tags [");
                m.separated(0, true, Self::name);
                m.say("]");
            }
            _ => m.annotation(),
        });
        self.say("as :");
        self.expr();
    }

    fn mapping(&mut self) {
        let projection = self.pick(2) == 1;
        self.named(if projection { "Projection" } else { "Mapping" });
        self.word("for");
        self.one(&["calm", "KG", "sbvr", "protobuf"]);
        self.say("{");
        self.some(3, |m| {
            m.one(&["Entity", "flow", "Resource", "Policy", "Relation"]);
            m.name();
            if !projection {
                m.say("-> Node");
            }
            m.say("{");
            m.separated(0, true, |m| {
                m.ident();
                m.say(":");
                m.value();
            });
            m.say("}");
        });
        self.say("}");
    }

    fn operation(&mut self) {
        self.word("operation");
        self.ident();
        self.say("{");
        self.some(8, |m| match m.pick(13) {
            0 => {
                m.word("intent");
                m.name();
            }
            1 => m.one(&["direction inbound", "DIRECTION Inbound", "direction outbound", "direction internal"]),
            2 => m.one(&["actor anonymous", "actor crm . Buyer"]),
            3 => m.say("access public"),
            4 => {
                m.say("access policy_governed by");
                m.separated(1, false, |m| {
                    m.ident();
                    m.one(&["at precondition", "AT invariant", "at postcondition"]);
                    m.word("fails with");
                    m.ident();
                });
            }
            5 => m.one(&["input In", "output a . Out", "state Order"]),
            6 => m.one(&["effect creates Order", "effect MUTATES Order", "transaction read_only"]),
            // Several, that the formatter puts behind each other wherever they stand.
            11 => m.some(3, |m| m.one(&["effect creates Line", "effect mutates a . B", "EFFECT reads Order"])),
            12 => m.one(&["emits Placed", "lifecycle synchronous_request_response", "transaction single_aggregate"]),
            7 => {
                m.word("failure");
                m.ident();
                m.word("for");
                m.separated(1, false, |m| {
                    m.one(&["policy", "input_validation", "Missing_State", "concurrency_conflict"])
                });
                m.name();
            }
            8 => m.one(&["idempotency keyed_by id", "idempotency inherent", "emits x . Placed"]),
            9 => {
                m.say("idempotency not_applicable ( read_only ,");
                m.name();
                m.say(")");
            }
            _ => m.one(&[
                "concurrency unique_key id",
                "concurrency optimistic_version v",
                "concurrency read_snapshot",
                "evidence operation_trace",
            ]),
        });
        self.say("}");
    }

    fn literal(&mut self) {
        self.depth += 1;
        match if self.depth > 4 { 0 } else { self.pick(7) } {
            0 => self.number(),
            1 => self.name(),
            2 => self.one(&["true", "FALSE"]),
            3 => {
                self.number();
                self.name();
            }
            4 => self.one(&["interval ( \"09:00\" , \"17:00\" )", "INTERVAL ( \"22:00\" , \"06:00\" )"]),
            5 => self.one(&["placed", "Gold"]),
            _ => {
                self.say("[");
                self.separated(0, true, Self::item_of_array);
                self.say("]");
            }
        }
        self.depth -= 1;
    }

    fn item_of_array(&mut self) {
        match self.pick(5) {
            1 => self.one(&["@ acme", "@ acme , @ globex"]),
            _ => self.literal(),
        }
    }

    fn expr(&mut self) {
        self.depth += 1;
        let deep = self.depth > 6;
        match if deep { 0 } else { self.pick(14) } {
            0 => self.one(&["true", "x", "f . to . name", "@ acme . x", "policy", "Role < a . B >"]),
            1 => self.number(),
            2 => self.name(),
            3 | 4 => {
                self.say("(");
                self.expr();
                self.say(")");
            }
            5 | 6 => {
                self.expr();
                self.one(&[
                    "and",
                    "or",
                    "AND",
                    "=",
                    "!=",
                    "<",
                    ">=",
                    "contains",
                    "has_role",
                    "after",
                    "DURING",
                    "before",
                    "startswith",
                    "endswith",
                    "matches",
                ]);
                self.expr();
            }
            7 => {
                self.expr();
                self.one(&["+", "-", "*", "/"]);
                self.expr();
            }
            8 => {
                self.one(&["not", "-", "- -", "not not"]);
                self.expr();
            }
            9 => {
                self.expr();
                self.word("as");
                self.name();
            }
            10 => self.aggregate(),
            11 => {
                self.one(&["forall", "EXISTS", "exists_unique"]);
                self.say("v in");
                self.collection();
                self.say(": (");
                self.expr();
                self.say(")");
            }
            12 => {
                self.say("group_by ( v in");
                self.collection();
                self.filter();
                self.say(":");
                self.expr();
                self.say(") {");
                self.expr();
                self.say("}");
            }
            _ => self.literal(),
        }
        self.depth -= 1;
    }

    fn collection(&mut self) {
        self.one(&["flows", "Entities", "instances", "resources", "relations", "entity_instances", "xs"]);
        self.maybe(|m| {
            m.word("of");
            m.name();
        });
    }

    fn filter(&mut self) {
        self.maybe(|m| {
            m.word("where");
            m.expr();
        });
    }

    fn aggregate(&mut self) {
        self.one(&["count", "Sum", "min", "max", "AVG"]);
        self.say("(");
        if self.pick(2) == 0 {
            self.collection();
            self.maybe(|m| m.say(". quantity"));
        } else {
            self.say("f in");
            self.collection();
            self.maybe(|m| {
                m.say("over last");
                m.number();
                m.name();
            });
            self.filter();
            self.say(":");
            self.expr();
        }
        self.say(")");
    }
}
