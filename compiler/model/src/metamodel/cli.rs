//! The command line of a compiler.

/// Everything that can be typed.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Cli {
    /// What the program does, in one line.
    pub about: String,
    /// Every exit code.
    pub exits: Vec<Exit>,
    /// Options of every command.
    pub options: Vec<Argument>,
    /// Variables of the environment that every command reads, and what they say.
    pub environment: Vec<(String, String)>,
    /// In the order of the help.
    pub commands: Vec<Command>,
}

/// An exit code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exit {
    /// The number.
    pub code: u8,
    /// What the compiler calls it; empty where a command only says more about a code.
    pub name: String,
    /// When a command ends with it.
    pub doc: String,
}

/// A command, or an action of one.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Command {
    /// As it is typed.
    pub name: String,
    /// What it does, in one line.
    pub about: String,
    /// What stands below the options.
    pub note: Option<String>,
    /// Exit codes that say something special here.
    pub exits: Vec<Exit>,
    /// What is known by its place.
    pub arguments: Vec<Argument>,
    /// What is known by its name.
    pub options: Vec<Argument>,
    /// Commands within it.
    pub actions: Vec<Command>,
    /// Variables of the environment that it reads, and what they say.
    pub environment: Vec<(String, String)>,
    /// What is typed, and what comes of it.
    pub examples: Vec<(String, String)>,
}

/// An argument or an option.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Argument {
    /// For an option, as it is typed behind `--`.
    pub name: String,
    /// One letter that stands for it.
    pub short: Option<char>,
    /// Another name for it.
    pub alias: Option<String>,
    /// What it takes.
    pub ty: ArgumentType,
    /// What stands for its value in the help.
    pub value: Option<String>,
    /// Whether it may be given more than once.
    pub many: bool,
    /// Whether nothing works without it.
    pub required: bool,
    /// Whether it is what stands behind `--`.
    pub last: bool,
    /// Whether the help is silent about it.
    pub hidden: bool,
    /// What holds where it is not given, as it would be typed.
    pub default: Option<String>,
    /// Names of what excludes it.
    pub conflicts: Vec<String>,
    /// Names of what it makes no sense without.
    pub requires: Vec<String>,
    /// It is required, unless one of these is given.
    pub unless: Vec<String>,
    /// What it is for.
    pub doc: String,
}

/// What an argument takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ArgumentType {
    /// Nothing: it is there or not.
    Flag,
    /// A text.
    Text,
    /// A path.
    Path,
    /// What the system hands over, whether it is text or not.
    Raw,
    /// A file, and perhaps a line of it.
    Place,
    /// A moment.
    Moment,
    /// A whole number.
    Count {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A shell that completions can be made for.
    Shell,
    /// One of these words, and what each means.
    Words(Vec<(String, Option<String>)>),
}
