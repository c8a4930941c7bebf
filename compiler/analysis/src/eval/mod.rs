//! Evaluation over a whole model: three values everywhere, exact decimals, a clock that is given.

mod aggregate;
mod arithmetic;
mod blame;
mod compare;
mod machine;
mod value;

pub use blame::Blame;
pub use machine::Machine;
pub use value::{Cause, Value, Why};
