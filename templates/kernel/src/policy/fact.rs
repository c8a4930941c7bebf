//! Facts a policy reads: known, or missing with a name.

use crate::operation::Rejection;
use crate::policy::Truth;
use crate::types::{Decimal, Quantity, Timestamp, Unit};
use crate::validate::Pattern;

/// A value that is known, or the name of the fact that is missing.
#[derive(Debug, Clone)]
pub enum Fact<T> {
    /// The value.
    Known(T),
    /// What is missing, for instance `input.note`.
    Missing(String),
}

#[allow(clippy::should_implement_trait, reason = "emitted code reads better with methods than with operators")]
impl<T> Fact<T> {
    /// A value that is there.
    pub fn known(value: T) -> Self {
        Self::Known(value)
    }

    /// A value that is not there.
    pub fn missing(name: impl Into<String>) -> Self {
        Self::Missing(name.into())
    }

    /// A value that may be there: `Fact::optional("input.note", &input.note)`.
    pub fn optional(name: &str, value: &Option<T>) -> Self
    where
        T: Clone,
    {
        value.clone().map_or_else(|| Self::missing(name), Self::Known)
    }

    /// The value changed by a function that cannot fail.
    pub fn map<R>(self, change: impl FnOnce(T) -> R) -> Fact<R> {
        match self {
            Self::Known(value) => Fact::Known(change(value)),
            Self::Missing(name) => Fact::Missing(name),
        }
    }

    /// The value, where something has to be made of it; a missing one is a fault of the specification.
    ///
    /// # Errors
    /// An internal rejection that names what is missing.
    pub fn known_or_reject(self) -> Result<T, Rejection> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Missing(name) => Err(Rejection::internal(format!("{name} is missing"))),
        }
    }

    /// True when the value is there. This question itself always has an answer.
    pub fn is_present(&self) -> Truth {
        matches!(self, Self::Known(_)).into()
    }

    fn with<R>(self, other: Fact<R>, decide: impl FnOnce(T, R) -> bool) -> Truth {
        match (self, other) {
            (Self::Known(a), Fact::Known(b)) => decide(a, b).into(),
            (Self::Missing(a), Fact::Missing(b)) => Truth::missing(a).and(Truth::missing(b)),
            (Self::Missing(name), _) | (_, Fact::Missing(name)) => Truth::missing(name),
        }
    }

    fn combine<R, O>(self, other: Fact<R>, problem: &str, compute: impl FnOnce(T, R) -> Option<O>) -> Fact<O> {
        match (self, other) {
            (Self::Known(a), Fact::Known(b)) => compute(a, b).map_or_else(|| Fact::missing(problem), Fact::Known),
            (Self::Missing(a), Fact::Missing(b)) if a != b => Fact::Missing(format!("{a}, {b}")),
            (Self::Missing(name), _) | (_, Fact::Missing(name)) => Fact::Missing(name),
        }
    }

    /// Equal.
    pub fn eq(self, other: Self) -> Truth
    where
        T: PartialEq,
    {
        self.with(other, |a, b| a == b)
    }

    /// Not equal.
    pub fn ne(self, other: Self) -> Truth
    where
        T: PartialEq,
    {
        self.with(other, |a, b| a != b)
    }

    /// Less than.
    pub fn lt(self, other: Self) -> Truth
    where
        T: PartialOrd,
    {
        self.with(other, |a, b| a < b)
    }

    /// Less than or equal.
    pub fn le(self, other: Self) -> Truth
    where
        T: PartialOrd,
    {
        self.with(other, |a, b| a <= b)
    }

    /// Greater than.
    pub fn gt(self, other: Self) -> Truth
    where
        T: PartialOrd,
    {
        self.with(other, |a, b| a > b)
    }

    /// Greater than or equal.
    pub fn ge(self, other: Self) -> Truth
    where
        T: PartialOrd,
    {
        self.with(other, |a, b| a >= b)
    }

    /// The sum; a result beyond the range is a missing fact that says so.
    pub fn add<R>(self, other: Fact<R>) -> Fact<T::Output>
    where
        T: CheckedAdd<R>,
    {
        self.combine(other, "a sum within range", T::checked_add)
    }

    /// The difference; a result beyond the range is a missing fact that says so.
    pub fn sub<R>(self, other: Fact<R>) -> Fact<T::Output>
    where
        T: CheckedSub<R>,
    {
        self.combine(other, "a difference within range", T::checked_sub)
    }

    /// The product; a result beyond the range is a missing fact that says so.
    pub fn mul<R>(self, other: Fact<R>) -> Fact<T::Output>
    where
        T: CheckedMul<R>,
    {
        self.combine(other, "a product within range", T::checked_mul)
    }

    /// The quotient; a zero divisor or a result beyond the range is a missing fact that says so.
    pub fn div<R>(self, other: Fact<R>) -> Fact<T::Output>
    where
        T: CheckedDiv<R>,
    {
        self.combine(other, "a quotient (division by zero or out of range)", T::checked_div)
    }
}

impl Fact<bool> {
    /// The fact as a truth.
    pub fn truth(self) -> Truth {
        match self {
            Self::Known(value) => value.into(),
            Self::Missing(name) => Truth::missing(name),
        }
    }
}

impl Fact<i64> {
    /// The same number as a decimal, to be compared with decimals.
    pub fn decimal(self) -> Fact<Decimal> {
        self.map(Decimal::from)
    }
}

impl Fact<String> {
    /// A text that is known.
    pub fn text(value: impl Into<String>) -> Self {
        Self::Known(value.into())
    }

    /// Contains the other text.
    pub fn contains(self, other: Self) -> Truth {
        self.with(other, |a, b| a.contains(&b))
    }

    /// Begins with the other text.
    pub fn starts_with(self, other: Self) -> Truth {
        self.with(other, |a, b| a.starts_with(&b))
    }

    /// Ends with the other text.
    pub fn ends_with(self, other: Self) -> Truth {
        self.with(other, |a, b| a.ends_with(&b))
    }

    /// Matches the pattern somewhere; anchors are the pattern's own.
    pub fn matches(self, pattern: &'static Pattern) -> Truth {
        self.map(|text| pattern.is_match(&text)).truth()
    }
}

impl<T: PartialEq> Fact<Vec<T>> {
    /// Has the item.
    pub fn has(self, item: Fact<T>) -> Truth {
        self.with(item, |list, item| list.contains(&item))
    }
}

impl Fact<Timestamp> {
    /// A moment written in the specification.
    pub fn time(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::missing(text), Self::Known)
    }

    /// Earlier than.
    pub fn before(self, other: Self) -> Truth {
        self.lt(other)
    }

    /// Later than.
    pub fn after(self, other: Self) -> Truth {
        self.gt(other)
    }
}

macro_rules! checked_trait {
    ($(#[$doc:meta] $name:ident :: $method:ident;)*) => {$(
        #[$doc]
        pub trait $name<R> {
            /// What comes out.
            type Output;
            /// The result, or `None` when there is none within range.
            fn $method(self, other: R) -> Option<Self::Output>;
        }
    )*};
}

checked_trait! {
    /// Addition that never wraps.
    CheckedAdd::checked_add;
    /// Subtraction that never wraps.
    CheckedSub::checked_sub;
    /// Multiplication that never wraps.
    CheckedMul::checked_mul;
    /// Division that knows about zero.
    CheckedDiv::checked_div;
}

macro_rules! checked {
    ($([$($g:tt)*] $trait:ident<$rhs:ty>::$method:ident for $lhs:ty => $out:ty, |$a:ident, $b:ident| $body:expr;)*) => {$(
        impl<$($g)*> $trait<$rhs> for $lhs {
            type Output = $out;
            fn $method(self, other: $rhs) -> Option<$out> {
                let ($a, $b) = (self, other);
                $body
            }
        }
    )*};
}

checked! {
    [] CheckedAdd<i64>::checked_add for i64 => i64, |a, b| i64::checked_add(a, b);
    [] CheckedSub<i64>::checked_sub for i64 => i64, |a, b| i64::checked_sub(a, b);
    [] CheckedMul<i64>::checked_mul for i64 => i64, |a, b| i64::checked_mul(a, b);
    // Exact division: 1 / 2 is 0.5, as in the specification language, not 0.
    [] CheckedDiv<i64>::checked_div for i64 => Decimal, |a, b| Decimal::checked_div(a.into(), b.into());
    [] CheckedAdd<Decimal>::checked_add for Decimal => Decimal, |a, b| Decimal::checked_add(a, b);
    [] CheckedSub<Decimal>::checked_sub for Decimal => Decimal, |a, b| Decimal::checked_sub(a, b);
    [] CheckedMul<Decimal>::checked_mul for Decimal => Decimal, |a, b| Decimal::checked_mul(a, b);
    [] CheckedDiv<Decimal>::checked_div for Decimal => Decimal, |a, b| Decimal::checked_div(a, b);
    [U: Unit] CheckedAdd<Quantity<U>>::checked_add for Quantity<U> => Quantity<U>,
        |a, b| a.amount().checked_add(b.amount()).map(Quantity::new);
    [U: Unit] CheckedSub<Quantity<U>>::checked_sub for Quantity<U> => Quantity<U>,
        |a, b| a.amount().checked_sub(b.amount()).map(Quantity::new);
    [U: Unit] CheckedMul<Decimal>::checked_mul for Quantity<U> => Quantity<U>,
        |a, b| a.amount().checked_mul(b).map(Quantity::new);
    [U: Unit] CheckedMul<Quantity<U>>::checked_mul for Decimal => Quantity<U>,
        |a, b| a.checked_mul(b.amount()).map(Quantity::new);
    [U: Unit] CheckedDiv<Decimal>::checked_div for Quantity<U> => Quantity<U>,
        |a, b| a.amount().checked_div(b).map(Quantity::new);
    [U: Unit] CheckedDiv<Quantity<U>>::checked_div for Quantity<U> => Decimal,
        |a, b| a.amount().checked_div(b.amount());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_fact_makes_the_answer_unknown_and_is_named() {
        let note: Option<String> = None;
        let truth = Fact::optional("input.note", &note).contains(Fact::text("urgent"));
        assert_eq!(truth.missing_facts(), ["input.note"]);
        assert!(Fact::optional("input.note", &Some("urgent!".to_owned())).contains(Fact::text("urgent")).is_true());
    }

    #[test]
    fn arithmetic_never_wraps() {
        let truth = Fact::known(i64::MAX).add(Fact::known(1)).gt(Fact::known(0));
        assert_eq!(truth.missing_facts(), ["a sum within range"]);
        let truth = Fact::known(1).div(Fact::known(0)).gt(Fact::known(Decimal::ZERO));
        assert!(truth.missing_facts()[0].contains("division by zero"));
        assert!(Fact::known(1).div(Fact::known(2)).eq(Fact::known(Decimal::new(5, 1))).is_true());
    }
}
