//! The table of diagnostic codes: the one place where a code, its severity and its explanation stand.

use super::Severity;
use serde::{Serialize, Serializer};

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
    /// A small input that breaks the rule.
    pub failing: &'static str,
    /// The same input, mended.
    pub mended: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $title:literal,
        $explanation:literal, failing $failing:literal, mended $mended:literal;)*) => {
        /// A stable diagnostic code. `SEA…` are about SEA-DSL, `SDS…` about SDS YAML, `JOIN…` about the two together,
        /// `GEN…` about generation and the workspace on disk.
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
    // Generation and the workspace on disk.
    NoSpecs = "GEN001", Error, "there are no specs to compile",
        "A workspace is a folder with `specs/` in it. Each bounded context has a folder of its own there, with an SDS and a SEA model named after it. seac looks for `specs/` in the current folder and in those above it; `--root` names the workspace directly. `seac new NAME` makes a workspace that compiles.",
        failing "specs/", mended "specs/orders/orders.sds.yaml\nspecs/orders/orders.sea";
    GenConfig = "GEN002", Error, "`seac.toml` cannot be used",
        "`seac.toml` stands beside `specs/` and is optional. All it can say is `[generate] output = \"folder\"`: the folder to generate into, relative to the workspace, `generated` if it is not said. A key that seac does not know is an error, because a misspelt setting that is ignored is worse than none.",
        failing "[generate]\noutptu = \"out\"", mended "[generate]\noutput = \"out\"";
    GenEncoding = "GEN003", Error, "a spec is not UTF-8",
        "Specs are UTF-8 text, and so are their names. The message names the first byte that does not fit. Usually the editor saved the file in another encoding, such as Latin-1 or UTF-16; save it again as UTF-8.",
        failing "title: Auftr\\xE4ge", mended "title: Auftr\u{e4}ge";
    GenTooLarge = "GEN004", Error, "a spec is too large",
        "One spec may have 8 MiB and all of them together 256 MiB. Hand-written specs stay far below that; a larger file is most likely not a spec. If it is one, split the bounded context.",
        failing "specs/orders/orders.sea (9 MiB)", mended "specs/orders/orders.sea\nspecs/orders/archive.sea";
    GenSymlink = "GEN005", Error, "a spec is a link out of the workspace",
        "The same specs give the same bytes on every machine. A link to something outside the workspace breaks that, because what it leads to is not checked in with the specs. Links inside the workspace are fine.",
        failing "specs/orders/orders.sea -> /home/me/orders.sea", mended "specs/orders/orders.sea";
    GenIgnored = "GEN006", Warning, "a file looks like a spec but is not read",
        "An SDS is `specs/<context>/<context>.sds.yaml`, SEA models are `specs/<context>/*.sea`. A file that ends like a spec and stands elsewhere, or is called `.sds.yml`, would be silently without effect.",
        failing "specs/orders/orders.sds.yml", mended "specs/orders/orders.sds.yaml";
    GenEdited = "GEN010", Error, "a generated file was edited by hand",
        "Generated files belong to the compiler and are replaced as a whole. seac knows from the manifest what it wrote, and refuses to throw an edit away unasked. Put the change into the spec it comes from, or into an extension file, which is yours. To drop the edit, run `seac generate --overwrite`.",
        failing "// generated/crates/orders/src/gen/types.rs\npub struct Order { my_field: u8 }", mended "# specs/orders/orders.sds.yaml\nfields: { my_field: { type: int } }";
    GenStaleEdited = "GEN011", Error, "a file that is no longer generated was edited by hand",
        "The specs no longer ask for this file, so it would be removed; but somebody has changed it since it was generated. Move what is needed to a file of yours and remove it, or run `seac generate --overwrite`, which removes it.",
        failing "generated/crates/old/src/gen/types.rs (edited)", mended "generated/crates/new/src/mine.rs";
    GenForeign = "GEN012", Warning, "a file in a `gen` folder was not generated",
        "Folders named `gen` belong to the compiler. A file there that it has not made is not part of what the specs say, and is easily taken for generated code. seac leaves it alone and never removes it; `seac generate --check` counts it as drift.",
        failing "generated/crates/orders/src/gen/helper.rs", mended "generated/crates/orders/src/helper.rs";
    GenInTheWay = "GEN013", Error, "something stands where a file is to be generated",
        "At a path that the compiler wants to write there is something it did not make: a file of yours, a folder, a link. It is not touched. Move it away; a file or a link can also be replaced with `seac generate --overwrite`.",
        failing "generated/Cargo.toml (written by hand)", mended "generated/Cargo.toml (generated)";
    GenPath = "GEN014", Error, "a generated file would have an impossible path",
        "Every generated path has to stay inside the output folder and be possible on Linux, macOS and Windows. Names in the specs become names of files: a context called `aux` or `con` cannot be checked out on Windows. Links in the output folder must not lead out of it.",
        failing "boundedContext: aux", mended "boundedContext: auxiliary";
    GenClash = "GEN015", Error, "two generated files would have the same path",
        "Two names in the specs lead to one path, or to paths that differ only in upper and lower case, which is the same on macOS and Windows. One file would silently replace the other.",
        failing "orders.md\nOrders.md", mended "orders.md\norder-list.md";
    GenManifest = "GEN016", Error, "the manifest of the last run cannot be used",
        "`MANIFEST.json` says what the last run wrote, and is how seac tells generated files from edited ones. It is damaged (perhaps by a merge), names paths that no seac would write, or was written by a later seac. Restore it from version control and generate again, or run `seac generate --overwrite`, which does not need it.",
        failing "<<<<<<< HEAD", mended "{\"format\":1}";
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

    /// The code with this name, in either case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(name))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
