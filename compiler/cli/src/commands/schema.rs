//! `seac schema`

use super::generate;
use crate::exit::{Exit, Failure};
use crate::render::json;
use crate::terminal;
use seac_syntax::{sds, sea};
use seac_workspace::manifest;

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The schemas are JSON Schema 2020-12. Editors complete and check `.sds.yaml` files by the first \
                        one; docs/howto/editors.md says how."
)]
pub struct Args {
    /// Which format
    #[arg(value_name = "FORMAT")]
    format: Format,
}

/// The formats.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// `.sds.yaml` files
    Sds,
    /// What `seac model` prints
    Model,
    /// `MANIFEST.json` in the output folder
    Manifest,
    /// What `seac check --format json` prints
    Diagnostics,
    /// What `seac ast` prints
    Ast,
    /// What `seac generate --format json` prints
    Generate,
}

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.format {
        Format::Sds => sds::schema::schema(),
        Format::Model => seac_model::schema().to_value(),
        Format::Manifest => manifest::schema().to_value(),
        Format::Diagnostics => json::schema().to_value(),
        Format::Ast => sea::json::schema(),
        Format::Generate => generate::schema().to_value(),
    };
    let text = serde_json::to_string_pretty(&schema).expect("schemas always serialise");
    terminal::print(&format!("{text}\n"));
    Ok(Exit::Clean)
}
