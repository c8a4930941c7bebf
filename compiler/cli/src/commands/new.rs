//! `seac new`

use crate::exit::{Exit, Failure, bug};
use crate::generated::args::Global;
use crate::generated::new::Args;
use crate::terminal;
use seac_workspace::scaffold::{self, ScaffoldError};

/// Runs it.
pub fn run(_global: &Global, args: &Args) -> Result<Exit, Failure> {
    let name = args.name.display();
    let count = scaffold::orders(&args.name)?;
    terminal::status("Created", &format!("{name} with {}", super::counted(count, "file")));
    terminal::note(&format!("\nNext:\n  cd {name}\n  seac check\n  seac run"));
    Ok(Exit::Clean)
}

impl From<ScaffoldError> for Failure {
    fn from(error: ScaffoldError) -> Self {
        match error {
            ScaffoldError::NoExample => bug("this seac was built without the orders example"),
            ScaffoldError::Name { .. } => {
                Self::new(Exit::Usage, error.to_string()).with_help("use small letters, digits and `-`, a letter first")
            }
            ScaffoldError::NotEmpty { .. } => {
                Self::new(Exit::Usage, error.to_string()).with_help("choose another name, or empty the folder first")
            }
            ScaffoldError::Write { path, source } => Self::outside(format!("cannot write {}", path.display()), &source),
        }
    }
}
