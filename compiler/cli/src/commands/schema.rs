//! `seac schema`

use super::generate;
use crate::exit::{Exit, Failure};
use crate::generated::schema::{Args, Format};
use crate::render::json;
use crate::terminal;
use seac_syntax::{sds, sea};
use seac_workspace::manifest;

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.format {
        Format::Sds => sds::schema::schema(),
        Format::Model => seac_model::schema().to_value(),
        Format::Manifest => manifest::schema().to_value(),
        Format::Diagnostics => json::schema().to_value(),
        Format::Ast => sea::json::schema(),
        Format::Generate => generate::schema().to_value(),
        Format::Assertions => seac_assertions::schema::schema(),
    };
    let text = serde_json::to_string_pretty(&schema).expect("schemas always serialise");
    terminal::print(&format!("{text}\n"));
    Ok(Exit::Clean)
}
