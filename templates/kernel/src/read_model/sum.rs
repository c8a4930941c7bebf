//! What columns of read models add up.

use crate::types::{Decimal, Quantity, Unit};

/// Numbers that are added exactly or not at all.
pub trait Sum: Sized {
    /// The sum; none if its type has no such value.
    fn plus(self, more: Self) -> Option<Self>;
}

impl Sum for i64 {
    fn plus(self, more: Self) -> Option<Self> {
        self.checked_add(more)
    }
}

impl Sum for Decimal {
    fn plus(self, more: Self) -> Option<Self> {
        self.checked_add(more)
    }
}

impl<U: Unit> Sum for Quantity<U> {
    fn plus(self, more: Self) -> Option<Self> {
        self.amount().checked_add(more.amount()).map(Self::new)
    }
}
