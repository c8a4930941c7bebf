//! The table of diagnostic codes: the one place where a code, its severity and its explanation stand.

use super::Severity;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// What `seac explain` says about a code.
pub struct CodeInfo {
    /// The stable name, e.g. `SEA001`.
    pub name: &'static str,
    /// Default severity.
    pub severity: Severity,
    /// One line: what the rule is.
    pub title: &'static str,
    /// The long form: why the rule exists and what to do.
    pub explanation: &'static str,
    /// A small, complete input that breaks the rule: one text, or several files, each behind a line `--- path`. A line
    /// `--- path -> target` is a symbolic link, `--- path * 1001` so many files with their number for `#`, `=== command` something that is done in between, `\\xE4` a raw byte.
    pub failing: &'static str,
    /// The same input, mended.
    pub mended: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $title:literal,
        $explanation:literal, failing $failing:expr, mended $mended:expr;)*) => {
        /// A stable diagnostic code. `SEA…` are about SEA-DSL, `SDS…` about SDS YAML, `JOIN…` about the two together,
        /// `NOTE…` about ADR and PRD notes, `GEN…` about generation and the workspace on disk.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The row of the table.
            pub fn info(self) -> &'static CodeInfo {
                match self {
                    $(Code::$variant => &CodeInfo {
                        name: $name, severity: Severity::$severity, title: $title,
                        explanation: $explanation, failing: $failing, mended: $mended,
                    },)*
                }
            }
        }
    };
}

codes! {
    SeaSyntax = "SEA001", Error, "the text does not follow the SEA grammar",
        "The parser met something it cannot read. It names what it expected there, skips to the next declaration and goes on, so that one run shows every independent mistake.",
        failing "Entity Customer", mended "Entity \"Customer\"";
    SeaNesting = "SEA002", Error, "brackets are nested too deep",
        "Expressions and values may be nested at most 128 levels deep, counting parentheses, brackets, `not` and unary `-`. The limit keeps every tool that reads a model within a small, fixed stack; nobody writes such an expression by hand. Long chains of `and`, `or`, `+` and `*` do not nest and have no limit.",
        failing "Policy p as: ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((true))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
        mended "Policy p as: (true)";
    SeaTooLarge = "SEA003", Error, "the file is too large",
        "A file may have at most 16 MiB. Split the model into modules: `import { A } from \"./a.sea\"`.",
        failing "(any text of more than 16777216 bytes)", mended "Entity \"Customer\"";
    SeaString = "SEA004", Error, "a string is not well formed",
        "A string stands on one line between quotes and knows the escapes `\\\\ \\\" \\n \\r \\t` and `\\u{…}` with one to six hex digits; control characters are written as escapes. A backslash in a regular expression is doubled. `\"\"\"…\"\"\"` is raw: it may span lines and knows no escapes.",
        failing "Pattern \"Digit\" matches \"\\d\"", mended "Pattern \"Digit\" matches \"\\\\d\"";
    SeaNumber = "SEA005", Error, "a number is not well formed",
        "A number is digits with an optional fraction: `12`, `0.25`, `1_500`. A single `_` may stand between digits. There is no exponent, because decimals are exact; a unit is a string behind the number.",
        failing "Policy p as: quantity < 5kg", mended "Policy p as: quantity < 5 \"kg\"";
    SeaTime = "SEA006", Error, "a time names a moment that does not exist",
        "A string of the shape `2025-12-31T23:59:59Z` is a time. Its date must be in the calendar, its hour below 24, its minute and second below 60, and it always has an offset, so that it means the same moment everywhere.",
        failing "Policy p as: f.at before \"2025-02-30T00:00:00Z\"",
        mended "Policy p as: f.at before \"2025-02-28T00:00:00Z\"";
    SeaTooManyFindings = "SEA007", Error, "the file has too many findings to show",
        "After 1000 findings in one file the rest is left out. Such a file is rarely a model with mistakes; more often it is no model at all.",
        failing "(any text with more than 1000 mistakes)", mended "Entity \"Customer\"";
    SeaNormalForm = "SEA008", Warning, "two names that look the same",
        "Names are compared by their bytes. A letter with an accent can be one character or two, and nobody can see which; so two names that look the same may be two names. Write both in the composed form (NFC); `seac check --fix` does it.",
        failing "Role \"Z\u{fc}rich\"\nrole_binding \"Zu\u{308}rich\" for \"Customer\"", mended "Role \"Z\u{fc}rich\"\nrole_binding \"Z\u{fc}rich\" for \"Customer\"";
    SeaExtension = "SEA009", Warning, "something only seac understands",
        "With `--dialect reference`, everything is named that the reference compiler of the language does not read, or reads without the meaning it has here: paths of more than two names, annotations behind `to`, `emits`, several effects, other directions than inbound, policies at an invariant or a postcondition, `bytes` and `json`, units with an offset. Each finding says what to write instead.",
        failing "Flow \"Money\" from \"A\" to \"B\" @note \"late\"", mended "Flow \"Money\" @note \"late\" from \"A\" to \"B\"";
    SdsYaml = "SDS001", Error, "the file is not the YAML we read",
        "A specification is one YAML 1.2 document of mappings with plain keys, lists and scalars. Tags, aliases and further documents are refused: they hide from the reader what the file says, and aliases can make a small file expand to a huge one.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\ntitle: [unclosed",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\ntitle: closed";
    SdsDuplicateKey = "SDS002", Error, "a key is written twice",
        "YAML tools silently keep one of two equal keys, and not all keep the same one. Here it is an error that shows both places.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\ntitle: one\ntitle: two",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\ntitle: one";
    SdsUnknownKey = "SDS003", Error, "the format does not know this key",
        "Keys are a closed set, so that a slip of the pen never becomes a setting that is quietly not there. The nearest known key is suggested. Keys that exclude each other are reported here as well.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nuseCase: []",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nuseCases: []";
    SdsMissingKey = "SDS004", Error, "a required key is missing",
        "Every specification names itself, its context and the requirements and decisions it satisfies; every part has the keys without which nothing could be generated for it.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []";
    SdsWrongType = "SDS005", Error, "a value has another shape than the key wants",
        "The message says what is expected and what stands there. Numbers and words like `true` are strings only in quotes.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nversion: 1.0",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nversion: \"1.0\"";
    SdsUnknownWord = "SDS006", Error, "a word is not in the vocabulary",
        "Where the format has a closed vocabulary, as for the steps of a use case, each word is code that is generated; other words would mean nothing.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nuseCases: [ { handles: Pay, steps: [ authorise ] } ]",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nuseCases: [ { handles: Pay, steps: [ authorize ] } ]";
    SdsDuration = "SDS007", Error, "a duration is not well formed",
        "A duration is a whole number and a unit: `250ms`, `5s`, `2m`, `12h`, `30d`. A bare number would leave the unit to the reader.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nreasoning: { limits: { time: 2 } }",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nreasoning: { limits: { time: 2s } }";
    SdsPointer = "SDS008", Error, "a JSON pointer is not well formed",
        "Values are taken from a body by JSON pointers (RFC 6901): `/repository/full_name`. `~0` stands for `~` and `~1` for `/` inside a name. A constant is written `{ const: word }`.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c } }, redact: [ email ], parse: [] } ]",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c } }, redact: [ /email ], parse: [] } ]";
    SdsHeader = "SDS009", Error, "a reference to a header is not well formed",
        "Values from the headers of a request are written `header:X-Name`, so that they cannot be taken for constants.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c, eventType: X-Event } }, parse: [] } ]",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c, eventType: header:X-Event } }, parse: [] } ]";
    SdsSecret = "SDS010", Error, "a secret is written out",
        "Specifications are committed, reviewed and copied. A secret in them is a leak. Write `env:NAME` or `file:path`; the running service reads the value from there.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c, verify: { hmacSha256: { header: X-S, secret: hunter2 } } } }, parse: [] } ]",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c, verify: { hmacSha256: { header: X-S, secret: env:HOOK } } } }, parse: [] } ]";
    SdsLimit = "SDS011", Error, "a limit of the reader is reached",
        "A file may have 16 MiB, a million values and 64 levels of nesting. The limits keep memory and stack bounded on any input.",
        failing "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c } }, parse: [ { event: { type: t, outcome: {coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: [{coalesce: []}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]} } } ] } ]",
        mended "sdsId: SDS-001\nboundedContext: a\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors: [ { name: c, transport: { webhook: { path: /c } }, parse: [ { event: { type: t, outcome: {coalesce: [/a]} } } ] } ]";
    NoteFrontMatter = "NOTE001", Error, "the front matter of a note cannot be used",
        "ADR and PRD notes begin with YAML between two lines of `---`: `id`, and if wanted `title`, `status` and `satisfies` (an id or a list of ids). Traceability is built from it.",
        failing "# A decision",
        mended "---\nid: ADR-001\n---\n# A decision";
    // Analysis: traceability.
    NoteDangling = "NOTE101", Error, "a reference to a note that does not exist",
        "Designs name the requirements and decisions they answer, notes name the notes they follow from. The chain is only worth something if every link leads somewhere. The nearest known id is offered.",
        failing "satisfiesPrds: [PRD-301]\n# specs/orders/prd/PRD-101-orders.md is the only requirement",
        mended "satisfiesPrds: [PRD-101]";
    NoteRepeated = "NOTE102", Warning, "a reference is written twice",
        "One list names the same note twice. Perhaps another one was meant.",
        failing "satisfiesPrds: [PRD-101, PRD-101]", mended "satisfiesPrds: [PRD-101]";
    NoteKindMismatch = "NOTE103", Error, "a requirement where a decision is wanted, or the other way round",
        "`satisfiesPrds` names requirements (notes in `prd/`), `satisfiesAdrs` decisions (notes in `adr/`).",
        failing "satisfiesPrds: [ADR-101]", mended "satisfiesAdrs: [ADR-101]";
    NoteStatus = "NOTE104", Warning, "a status that is not known",
        "The status of a note is `proposed`, `accepted`, `superseded`, `rejected` or `deprecated`. Only what is accepted has to be answered; nobody should build on the last three.",
        failing "status: acepted", mended "status: accepted";
    NoteOver = "NOTE105", Warning, "something builds on a note that no longer holds",
        "A design or a note refers to a note that is superseded, rejected or deprecated. Refer to what holds in its place, or change what was built on it.",
        failing "satisfiesAdrs: [ADR-101]\n# and in ADR-101: status: superseded",
        mended "satisfiesAdrs: [ADR-102]";
    NoteUnsatisfied = "NOTE106", Info, "an accepted note that nobody answers",
        "An accepted requirement is answered by the design that names it in `satisfiesPrds`, an accepted decision by a design or a requirement that names it. Until then it is a promise. `seac gap-report` lists these as well.",
        failing "# specs/orders/prd/PRD-102-refunds.md says `status: accepted`, and no design names PRD-102",
        mended "satisfiesPrds: [PRD-101, PRD-102]";
    // Analysis: names and types.
    UnknownName = "SEA101", Error, "a name that nothing declares",
        "Names are looked up in their own context, then among what the contexts in `uses` export; `other.Name` names a concept of a used context directly. A name that is found nowhere is most often a slip of the pen, so the nearest known name is offered.",
        failing include_str!("examples/SEA101.failing.txt"), mended include_str!("examples/SEA101.mended.txt");
    DeclaredTwice = "SEA102", Error, "one name, two declarations",
        "A concept has exactly one home: it is declared in SEA or in the SDS, once, and referred to from everywhere else. With two homes the copies drift.",
        failing include_str!("examples/SEA102.failing.txt"), mended include_str!("examples/SEA102.mended.txt");
    AmbiguousName = "SEA103", Error, "a name that two used contexts export",
        "When two contexts in `uses` export the same name, only `context.Name` says which one is meant.",
        failing include_str!("examples/SEA103.failing.txt"), mended include_str!("examples/SEA103.mended.txt");
    TypeMismatch = "SEA201", Error, "a value of another type is needed",
        "Expressions are typed before anything is emitted. Fields are carried from input to state and from state to output by name, so the same name must have the same type.",
        failing include_str!("examples/SEA201.failing.txt"), mended include_str!("examples/SEA201.mended.txt");
    UnitMismatch = "SEA202", Error, "amounts of different units",
        "Amounts are converted within a dimension, exactly. Currencies are never converted: there is no rate that holds.",
        failing include_str!("examples/SEA202.failing.txt"), mended include_str!("examples/SEA202.mended.txt");
    BadRegex = "SEA203", Error, "a regular expression that cannot be used",
        "Regular expressions run in linear time on input from strangers, so look-around and back-references do not exist.",
        failing include_str!("examples/SEA203.failing.txt"), mended include_str!("examples/SEA203.mended.txt");
    NotInOperation = "SEA204", Error, "an expression that one operation cannot decide",
        "A policy that governs an operation sees the input, the state of one entity, the caller and the time. Collections of the whole model are not known while an operation runs; a created entity has no state before it exists.",
        failing include_str!("examples/SEA204.failing.txt"), mended include_str!("examples/SEA204.mended.txt");
    TooManyDigits = "SEA205", Error, "a number with more digits than are kept",
        "Decimals are exact with 28 significant digits. A number that would have to be rounded is refused.",
        failing include_str!("examples/SEA205.failing.txt"), mended include_str!("examples/SEA205.mended.txt");
    BadConstraint = "SEA206", Error, "a constraint that does not fit",
        "Lengths are for texts, items for lists, minimum and maximum for numbers and quantities.",
        failing include_str!("examples/SEA206.failing.txt"), mended include_str!("examples/SEA206.mended.txt");
    // Analysis: the application contract.
    EntityKey = "SEA301", Error, "an entity needs one key",
        "State is found by its key. A typed entity has exactly one, a required `uuid` or `string`.",
        failing include_str!("examples/SEA301.failing.txt"), mended include_str!("examples/SEA301.mended.txt");
    OperationClause = "SEA302", Error, "a clause is missing or repeated",
        "An operation is a whole contract: who may call it, what it takes and gives, what it changes, how it fails. Every clause stands once.",
        failing include_str!("examples/SEA302.failing.txt"), mended include_str!("examples/SEA302.mended.txt");
    UnknownWord = "SEA303", Error, "a word the language does not have",
        "Some places take one of a few words only.",
        failing include_str!("examples/SEA303.failing.txt"), mended include_str!("examples/SEA303.mended.txt");
    FailurePath = "SEA304", Error, "every way to fail has one declared code",
        "Callers and auditors rely on the declared codes. Each path an operation can take to a failure maps to exactly one of them. A caller without the role is answered with the policy failure that no policy is bound to.",
        failing include_str!("examples/SEA304.failing.txt"), mended include_str!("examples/SEA304.mended.txt");
    OperationEffect = "SEA305", Error, "an effect that cannot be carried out",
        "An operation creates, changes or reads one entity of its own context, which the input names by its key, or lists the rows of a read model.",
        failing include_str!("examples/SEA305.failing.txt"), mended include_str!("examples/SEA305.mended.txt");
    OperationIdempotency = "SEA306", Error, "a key that cannot tell calls apart",
        "The idempotency key is a required scalar of the input: a repeated call has the same one.",
        failing include_str!("examples/SEA306.failing.txt"), mended include_str!("examples/SEA306.mended.txt");
    OperationConcurrency = "SEA307", Error, "a concurrency rule that does not fit the effect",
        "Creating needs a unique key, changing needs the version that was seen, reading needs one snapshot.",
        failing include_str!("examples/SEA307.failing.txt"), mended include_str!("examples/SEA307.mended.txt");
    // Analysis: the design.
    ContextName = "SDS101", Error, "a context and its folder have one name",
        "The folder under `specs/` is the slug of the bounded context; design, model and namespace say the same name.",
        failing include_str!("examples/SDS101.failing.txt"), mended include_str!("examples/SDS101.mended.txt");
    NoSource = "SDS102", Error, "a field that nothing gives a value",
        "Every required field of a new entity, of an output and of an event has a source: the input field of the same name, the state, a default, or a step.",
        failing include_str!("examples/SDS102.failing.txt"), mended include_str!("examples/SDS102.mended.txt");
    Ports = "SDS103", Error, "a port without its adapter",
        "What a context needs from outside is a port, and each port is answered by exactly one adapter that fits its kind.",
        failing include_str!("examples/SDS103.failing.txt"), mended include_str!("examples/SDS103.mended.txt");
    Events = "SDS104", Error, "an event that goes nowhere",
        "A declared event is published by a step, has a route, and carries what its consumers need.",
        failing include_str!("examples/SDS104.failing.txt"), mended include_str!("examples/SDS104.mended.txt");
    Steps = "SDS105", Error, "steps in an order that cannot be",
        "A use case authorises first, validates second, and then persists the effect that its operation declares.",
        failing include_str!("examples/SDS105.failing.txt"), mended include_str!("examples/SDS105.mended.txt");
    ConnectorCase = "SDS106", Error, "a connector that cannot work",
        "Deliveries are signed and have an id and a type. Cases are tried in order; one that an earlier case always takes is dead.",
        failing include_str!("examples/SDS106.failing.txt"), mended include_str!("examples/SDS106.mended.txt");
    HttpPath = "SDS107", Error, "a path that cannot be listened on",
        "Each path belongs to one operation or webhook of the whole workspace.",
        failing include_str!("examples/SDS107.failing.txt"), mended include_str!("examples/SDS107.mended.txt");
    NotSupported = "SDS108", Error, "something this version cannot carry out",
        "The format has it, but nothing that is emitted would do it. It is refused rather than ignored, because a rule that is written down and not enforced is worse than none.",
        failing include_str!("examples/SDS108.failing.txt"), mended include_str!("examples/SDS108.mended.txt");
    // Analysis: the whole model in SEA.
    NamesNothing = "SEA104", Warning, "a text that should name something names nothing",
        "`f.resource = \"Mony\"` compares with the names of resources. If nothing has that name, the comparison is never true: most often a slip of the pen.",
        failing "Resource \"Money\"\nPolicy p as: count(f in flows where f.resource = \"Mony\": f.quantity) = 0",
        mended "Resource \"Money\"\nPolicy p as: count(f in flows where f.resource = \"Money\": f.quantity) = 0";
    UndeclaredUnit = "SEA105", Warning, "a unit or dimension that nothing declares",
        "A resource may count in any unit, but amounts of a unit that nothing declares can be compared with nothing but themselves. Declare it with its dimension, factor and base.",
        failing "Resource \"Grain\" bushels",
        mended "Dimension \"Trade\"\nUnit \"bushels\" of \"Trade\" factor 1 base \"bushels\"\nResource \"Grain\" bushels";
    Duration = "SEA207", Error, "a time or a duration that cannot be used",
        "Windows are so many seconds, minutes, hours or days before the clock that evaluation is given; months and years have no fixed length. Times of day are written `09:30` or `09:30:15`.",
        failing "Policy p as: count(f in flows over last 1 \"month\": f.quantity) = 0", mended "Policy p as: count(flows) = 0";
    InstanceField = "SEA308", Error, "a field of an instance that its entity does not allow",
        "An instance has the fields its entity declares, with values of their types that satisfy their constraints. What is not optional and has no default is given.",
        failing "Entity \"Desk\" {\n    key id: string\n    seats: int\n}\nInstance d of \"Desk\" { id: \"1\" }",
        mended "Entity \"Desk\" {\n    key id: string\n    seats: int\n}\nInstance d of \"Desk\" { id: \"1\", seats: 2 }";
    InstanceKey = "SEA309", Error, "two instances with one key",
        "The key says which instance is meant. Two instances of one entity with the same key could not be told apart by any reference.",
        failing "Entity \"Desk\" {\n    key id: string\n}\nInstance a of \"Desk\" { id: \"1\" }\nInstance b of \"Desk\" { id: \"1\" }",
        mended "Entity \"Desk\" {\n    key id: string\n}\nInstance a of \"Desk\" { id: \"1\" }\nInstance b of \"Desk\" { id: \"2\" }";
    InstanceReference = "SEA310", Error, "a reference to an instance that is not there",
        "A `ref<Entity>` holds the key of an instance of that entity; `@name` names an instance.",
        failing "Entity \"Desk\" {\n    key id: string\n}\nEntity \"Clerk\" {\n    key id: string\n    desk: ref<Desk>\n}\nInstance c of \"Clerk\" { id: \"c\", desk: \"1\" }",
        mended "Entity \"Desk\" {\n    key id: string\n}\nEntity \"Clerk\" {\n    key id: string\n    desk: ref<Desk>\n}\nInstance d of \"Desk\" { id: \"1\" }\nInstance c of \"Clerk\" { id: \"c\", desk: \"1\" }";
    MetricAnnotation = "SEA311", Error, "an annotation of a metric that cannot be used",
        "`@refresh_interval` and `@window` are so many seconds, minutes, hours or days; `@threshold` and `@target` are numbers; `@severity` is `info`, `warning`, `error` or `critical`.",
        failing "Metric \"m\" as: count(flows) @severity \"urgent\"", mended "Metric \"m\" as: count(flows) @severity \"critical\"";
    OperationAccess = "SEA313", Error, "an actor and an access that exclude each other",
        "A policy decides on who calls. Nobody known can only be let in by `access public`.",
        failing include_str!("examples/SEA313.failing.txt"), mended include_str!("examples/SEA313.mended.txt");
    UnknownProfile = "SEA312", Error, "a profile that does not exist",
        "`@profile` says how strictly a model is read: `default`, `cloud` and `data` are those of the reference, `strict` makes ties of priority an error.",
        failing "@profile \"basic\"", mended "@profile \"default\"";

    // Analysis: modules.
    ModuleNotFound = "SEA401", Error, "a module that cannot be found",
        "`./` and `../` are paths relative to the file. `std`, `std:core`, `std:http` and `std:aws` are built in. Anything else is a namespace of `.sea-registry.toml`.",
        failing "import { Order } from \"./ordres.sea\"", mended "Entity \"Order\"";
    ModuleOutside = "SEA402", Error, "a module outside the workspace",
        "A model is what is checked in together: an import may not leave the workspace root, not by `..` and not by a symbolic link.",
        failing "import { Order } from \"../../../elsewhere.sea\"", mended "Entity \"Order\"";
    ImportCycle = "SEA403", Error, "modules that import each other in a circle",
        "In a circle no module comes first, so there is no order in which to understand them. Move what both need into a third module.",
        failing "import { A } from \"./self.sea\"", mended "Entity \"A\"";
    NotExported = "SEA404", Error, "an imported name that the module does not export",
        "A module shows what it marks with `export`. Everything else may change without asking who uses it.",
        failing "import { Machine } from \"std:core\"", mended "import { System } from \"std:core\"";
    ImportAmbiguous = "SEA405", Error, "one name, two imports",
        "Two imports bind the same name to different declarations. `as` gives one of them another name.",
        failing "import { System } from \"std:core\"\nimport { User as System } from \"std:core\"",
        mended "import { System } from \"std:core\"\nimport { User as Person } from \"std:core\"";
    ModuleLimit = "SEA406", Error, "too many modules",
        "One model may have at most 1000 modules. The limit keeps a mistake in the registry from reading a whole disk.",
        failing "--- .sea-registry.toml\n[[namespaces]]\nnamespace = \"all\"\npatterns = [\"models/*.sea\"]\n--- models/m#.sea * 1001\nEntity \"E#\"\n--- main.sea\nimport * as all from \"all\"",
        mended "--- .sea-registry.toml\n[[namespaces]]\nnamespace = \"all\"\npatterns = [\"models/m1.sea\"]\n--- models/m#.sea * 1001\nEntity \"E#\"\n--- main.sea\nimport * as all from \"all\"";

    // Analysis: evaluation.
    PolicyViolated = "SEA501", Error, "the model violates a policy",
        "An Obligation must hold and a Prohibition must not. The elements that break the policy are shown with the smallest set that suffices to break it.",
        failing "Policy p as: count(flows) > 0", mended "Policy p as: count(flows) = 0";
    PolicyUnknown = "SEA502", Error, "a policy that cannot be decided",
        "Where a fact is missing, the result is neither true nor false. The missing fact is named; add it, or say what shall hold without it.",
        failing "Entity \"A\"\nResource \"R\"\nFlow \"R\" from \"A\" to \"A\"\nPolicy p as: forall f in flows: (f.quantity > 0)",
        mended "Entity \"A\"\nResource \"R\"\nFlow \"R\" from \"A\" to \"A\" quantity 1\nPolicy p as: forall f in flows: (f.quantity > 0)";
    EvaluationLimit = "SEA503", Error, "an expression that takes too long",
        "One policy may look at 10,000,000 elements. A quantifier inside a quantifier looks at as many elements as the product of the two. Ask the inner question once, or over a smaller collection.",
        failing "Entity \"A\"\nResource \"R\"\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nPolicy p as: forall a in flows: (forall b in flows: (forall c in flows: (forall d in flows: (forall e in flows: (forall f in flows: (forall g in flows: (forall h in flows: (forall i in flows: (forall j in flows: (forall k in flows: (a.quantity + b.quantity + c.quantity + d.quantity + e.quantity + f.quantity + g.quantity + h.quantity + i.quantity + j.quantity + k.quantity > 0)))))))))))",
        mended "Entity \"A\"\nResource \"R\"\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nFlow \"R\" from \"A\" to \"A\" quantity 1\nPolicy p as: min(flows.quantity) * 11 > 0";
    MetricThreshold = "SEA504", Warning, "a metric is above its threshold",
        "`@threshold` says from where on the value deserves attention, `@severity` how much of it.",
        failing "Metric \"m\" as: 5 @threshold 4 @severity \"warning\"", mended "Metric \"m\" as: 5 @threshold 6 @severity \"warning\"";
    ConstantPolicy = "SEA505", Warning, "a policy that depends on nothing",
        "Its result is the same for every model, so it checks nothing.",
        failing "Policy p as: 1 < 2", mended "Policy p as: count(flows) < 2";
    Contradictory = "SEA506", Warning, "demands that cannot hold together",
        "One policy demands what another forbids, or two conditions of one policy exclude each other. No model satisfies both.",
        failing "Policy p per Constraint Obligation priority 1 as: count(flows) = 0\nPolicy q per Constraint Prohibition priority 1 as: count(flows) = 0",
        mended "Policy p per Constraint Obligation priority 1 as: count(flows) = 0";
    Unreachable = "SEA507", Warning, "a part of an expression that never matters",
        "A constant in `and`, `or` or `where` decides the whole, or decides nothing.",
        failing "Policy p as: count(flows) = 0 or true", mended "Policy p as: count(flows) = 0";
    Shadowed = "SEA508", Warning, "something that another of its kind hides",
        "A variable hides an outer one of the same name, or a policy says again what one of higher priority says already.",
        failing "Policy p as: forall f in flows: (exists f in flows: (f.quantity > 1))",
        mended "Policy p as: forall f in flows: (exists g in flows: (g.quantity > 1))";
    PriorityTie = "SEA509", Error, "two policies with one priority",
        "In the strict profile the order of policies is always known: no two of one kind have the same priority.",
        failing "@profile \"strict\"\nPolicy p per Constraint Obligation priority 1 as: count(flows) = 0\nPolicy q per Constraint Obligation priority 1 as: count(entities) = 0",
        mended "@profile \"strict\"\nPolicy p per Constraint Obligation priority 1 as: count(flows) = 0\nPolicy q per Constraint Obligation priority 2 as: count(entities) = 0";
    NoClock = "SEA510", Info, "a policy that needs a clock",
        "`over last` looks back from a moment that evaluation is given. The compiler never reads the clock of the machine by itself: give `--at TIME`.",
        failing "Entity \"A\"\nResource \"R\"\nFlow \"R\" @timestamp \"2025-01-01T00:00:00Z\" from \"A\" to \"A\" quantity 1\nPolicy p as: sum(f in flows over last 1 \"day\": f.quantity) < 10",
        mended "Policy p as: count(flows) = 0";
    DerivationCycle = "SEA511", Error, "derivations that depend on each other in a circle",
        "A derivation computes a fact from others. In a circle there is no first fact.",
        failing "Policy a per Derivation Obligation priority 1 as: b\nPolicy b per Derivation Obligation priority 1 as: a",
        mended "Policy a per Derivation Obligation priority 1 as: count(flows)\nPolicy b per Derivation Obligation priority 1 as: a";
    // Analysis: the join of the two languages.
    FlowJoin = "JOIN101", Error, "flows and elements correspond one to one",
        "In a context with a SEA model, every command, query and event is exactly one flow with `@cqrs`, so that what is observed later can be compared with what was declared.",
        failing include_str!("examples/JOIN101.failing.txt"), mended include_str!("examples/JOIN101.mended.txt");

    // Generation and the workspace on disk.
    NoSpecs = "GEN001", Error, "there are no specs to compile",
        "A workspace is a folder with `specs/` in it. Each bounded context has a folder of its own there, with an SDS and a SEA model named after it. seac looks for `specs/` in the current folder and in those above it; `--root` names the workspace directly. `seac new NAME` makes a workspace that compiles.",
        failing include_str!("examples/GEN001.failing.txt"), mended include_str!("examples/GEN001.mended.txt");
    GenConfig = "GEN002", Error, "`seac.toml` cannot be used",
        "`seac.toml` stands beside `specs/` and is optional. All it can say is `[generate] output = \"folder\"`: the folder to generate into, relative to the workspace, `generated` if it is not said. A key that seac does not know is an error, because a misspelt setting that is ignored is worse than none.",
        failing include_str!("examples/GEN002.failing.txt"), mended include_str!("examples/GEN002.mended.txt");
    GenEncoding = "GEN003", Error, "a spec is not UTF-8",
        "Specs are UTF-8 text, and so are their names. The message names the first byte that does not fit. Usually the editor saved the file in another encoding, such as Latin-1 or UTF-16; save it again as UTF-8.",
        failing include_str!("examples/GEN003.failing.txt"), mended include_str!("examples/GEN003.mended.txt");
    GenTooLarge = "GEN004", Error, "a spec is too large",
        "One spec may have 8 MiB and all of them together 256 MiB. Hand-written specs stay far below that; a larger file is most likely not a spec. If it is one, split the bounded context.",
        failing "specs/orders/orders.sea (9 MiB)", mended "specs/orders/orders.sea\nspecs/orders/archive.sea";
    GenSymlink = "GEN005", Error, "a spec is a link out of the workspace",
        "The same specs give the same bytes on every machine. A link to something outside the workspace breaks that, because what it leads to is not checked in with the specs. Links inside the workspace are fine.",
        failing include_str!("examples/GEN005.failing.txt"), mended include_str!("examples/GEN005.mended.txt");
    GenIgnored = "GEN006", Warning, "a file looks like a spec but is not read",
        "An SDS is `specs/<context>/<context>.sds.yaml`, SEA models are `specs/<context>/*.sea`. A file that ends like a spec and stands elsewhere, or is called `.sds.yml`, would be silently without effect.",
        failing include_str!("examples/GEN006.failing.txt"), mended include_str!("examples/GEN006.mended.txt");
    GenEdited = "GEN010", Error, "a generated file was edited by hand",
        "Generated files belong to the compiler and are replaced as a whole. seac knows from the manifest what it wrote, and refuses to throw an edit away unasked. Put the change into the spec it comes from, or into an extension file, which is yours. To drop the edit, run `seac generate --overwrite`.",
        failing include_str!("examples/GEN010.failing.txt"), mended include_str!("examples/GEN010.mended.txt");
    GenStaleEdited = "GEN011", Error, "a file that is no longer generated was edited by hand",
        "The specs no longer ask for this file, so it would be removed; but somebody has changed it since it was generated. Move what is needed to a file of yours and remove it, or run `seac generate --overwrite`, which removes it.",
        failing include_str!("examples/GEN011.failing.txt"), mended include_str!("examples/GEN011.mended.txt");
    GenForeign = "GEN012", Warning, "a file in a `gen` folder was not generated",
        "Folders named `gen` belong to the compiler. A file there that it has not made is not part of what the specs say, and is easily taken for generated code. seac leaves it alone and never removes it; `seac generate --check` counts it as drift.",
        failing include_str!("examples/GEN012.failing.txt"), mended include_str!("examples/GEN012.mended.txt");
    GenInTheWay = "GEN013", Error, "something stands where a file is to be generated",
        "At a path that the compiler wants to write there is something it did not make: a file of yours, a folder, a link. It is not touched. Move it away; a file or a link can also be replaced with `seac generate --overwrite`.",
        failing include_str!("examples/GEN013.failing.txt"), mended include_str!("examples/GEN013.mended.txt");
    GenPath = "GEN014", Error, "a generated file would have an impossible path",
        "Every generated path has to stay inside the output folder and be possible on Linux, macOS and Windows. Names in the specs become names of files: a context called `aux` or `con` cannot be checked out on Windows. Links in the output folder must not lead out of it.",
        failing include_str!("examples/GEN014.failing.txt"), mended include_str!("examples/GEN014.mended.txt");
    GenClash = "GEN015", Error, "two generated files would have the same path",
        "Two names in the specs lead to one path, or to paths that differ only in upper and lower case, which is the same on macOS and Windows. One file would silently replace the other.",
        failing "(two names that lead to `orders.md` and `Orders.md`)", mended "(names that differ in more than case)";
    GenManifest = "GEN016", Error, "the manifest of the last run cannot be used",
        "`MANIFEST.json` says what the last run wrote, and is how seac tells generated files from edited ones. It is damaged (perhaps by a merge), names paths that no seac would write, or was written by a later seac. Restore it from version control and generate again, or run `seac generate --overwrite`, which does not need it.",
        failing include_str!("examples/GEN016.failing.txt"), mended include_str!("examples/GEN016.mended.txt");
}

impl Code {
    /// The stable name, e.g. `SEA001`.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The severity it has unless a profile says otherwise.
    pub fn severity(self) -> Severity {
        self.info().severity
    }

    /// Whether the rest of a file, or of a declaration, was not read.
    pub fn breaks_off(self) -> bool {
        use Code::{SdsLimit, SdsYaml, SeaNesting, SeaString, SeaSyntax, SeaTooLarge, SeaTooManyFindings};
        matches!(self, SeaSyntax | SeaNesting | SeaTooLarge | SeaString | SeaTooManyFindings | SdsYaml | SdsLimit)
    }

    /// Whether some of a file was not read, so that what stands there is missing elsewhere.
    pub fn leaves_unread(self) -> bool {
        self.breaks_off() || matches!(self, Code::SdsDuplicateKey | Code::SdsUnknownKey | Code::SdsWrongType)
    }

    /// The code with this name, in either case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Self::ALL.iter().map(|code| code.name()).collect();
        json_schema!({ "description": "A stable code; `seac explain CODE` tells more.", "enum": names })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
