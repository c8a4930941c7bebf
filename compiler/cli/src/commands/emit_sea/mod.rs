//! `seac emit-sea`

mod assertions;
mod from_sds;

use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::emit_sea::Args;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    if args.from_sds {
        return from_sds::run(global, args);
    }
    if args.inputs.is_empty() {
        return Err(Failure::new(Exit::Usage, "there is nothing to write a model from")
            .with_help("name sets of assertions, or say `--from-sds`"));
    }
    assertions::run(global, args)
}
