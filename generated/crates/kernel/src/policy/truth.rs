//! Kleene's strong three-valued logic.

use crate::policy::Fact;
use std::collections::BTreeSet;

/// True, false, or unknown for want of certain facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// Holds.
    True,
    /// Does not hold.
    False,
    /// Cannot be decided; the names of the missing facts say why.
    Unknown(BTreeSet<String>),
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

#[allow(clippy::should_implement_trait, reason = "emitted code reads better with methods than with operators")]
impl Truth {
    /// Unknown for want of one fact.
    pub fn missing(fact: impl Into<String>) -> Self {
        Self::Unknown(BTreeSet::from([fact.into()]))
    }

    /// True only for a clear true.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::True)
    }

    /// True only for a clear false.
    pub fn is_false(&self) -> bool {
        matches!(self, Self::False)
    }

    /// Negation; unknown stays unknown.
    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            unknown => unknown,
        }
    }

    /// Conjunction: false wins over unknown.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown(mut a), Self::Unknown(b)) => {
                a.extend(b);
                Self::Unknown(a)
            }
            (Self::Unknown(a), Self::True) | (Self::True, Self::Unknown(a)) => Self::Unknown(a),
            (Self::True, Self::True) => Self::True,
        }
    }

    /// Disjunction: true wins over unknown.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// True for all; true of nothing.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().fold(Self::True, Self::and)
    }

    /// True for at least one; false of nothing.
    pub fn any(items: impl IntoIterator<Item = Self>) -> Self {
        items.into_iter().fold(Self::False, Self::or)
    }

    /// `true`, `false` or `unknown`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The truth as a value: known unless it is unknown.
    pub fn fact(self) -> Fact<bool> {
        match self {
            Self::True => Fact::Known(true),
            Self::False => Fact::Known(false),
            Self::Unknown(facts) => Fact::Missing(facts.into_iter().collect::<Vec<_>>().join(", ")),
        }
    }

    /// The missing facts, in order.
    pub fn missing_facts(&self) -> Vec<String> {
        match self {
            Self::Unknown(facts) => facts.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn truth() -> impl Strategy<Value = Truth> {
        prop_oneof![
            Just(Truth::True),
            Just(Truth::False),
            proptest::collection::btree_set("[a-c]", 1..3).prop_map(Truth::Unknown)
        ]
    }

    proptest! {
        #[test]
        fn kleene_laws(a in truth(), b in truth(), c in truth()) {
            let (and, or) = (Truth::and, Truth::or);
            prop_assert_eq!(and(a.clone(), b.clone()), and(b.clone(), a.clone()));
            prop_assert_eq!(or(a.clone(), b.clone()), or(b.clone(), a.clone()));
            prop_assert_eq!(and(a.clone(), and(b.clone(), c.clone())), and(and(a.clone(), b.clone()), c.clone()));
            prop_assert_eq!(a.clone().not().not(), a.clone());
            prop_assert_eq!(and(a.clone(), b.clone()).not(), or(a.clone().not(), b.clone().not()));
            prop_assert_eq!(and(a.clone(), a.clone()), a.clone());
            prop_assert_eq!(and(a.clone(), Truth::True), a.clone());
            prop_assert_eq!(or(a.clone(), Truth::False), a.clone());
            let kinds = (and(a.clone(), or(b.clone(), c.clone())), or(and(a.clone(), b.clone()), and(a.clone(), c.clone())));
            prop_assert_eq!(kinds.0.as_str(), kinds.1.as_str());
            prop_assert_eq!(Truth::all([a.clone(), b.clone(), c.clone()]), and(and(a.clone(), b.clone()), c.clone()));
            prop_assert_eq!(Truth::any([a.clone(), b.clone(), c.clone()]), or(or(a, b), c));
        }
    }

    #[test]
    fn nothing_at_all() {
        assert!(Truth::all([]).is_true());
        assert!(Truth::any([]).is_false());
    }
}
