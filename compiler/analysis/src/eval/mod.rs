//! Evaluation over a whole model: three values everywhere, exact decimals, a clock that is given.

mod aggregate;
mod blame;
mod compare;
mod machine;
mod value;

pub use blame::Blame;
pub use machine::{MAX_STEPS_PER_POLICY, Machine};
pub use value::{Cause, Value, Why};
