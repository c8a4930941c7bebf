//! Units with their numbers read once, and exact conversion between those of one dimension.

use super::number;
use rust_decimal::Decimal;
use seac_model::Unit;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Index into [`Units`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub u16);

/// One unit.
#[derive(Clone, Debug)]
pub struct UnitInfo {
    /// As it is written.
    pub symbol: String,
    /// What it measures.
    pub dimension: String,
    /// The unit that `factor` counts.
    pub base: String,
    factor: Decimal,
    /// Added after scaling; not zero for units with a zero point of their own, such as degrees.
    offset: Decimal,
}

impl UnitInfo {
    /// Whether its zero is not the zero of its dimension, so that amounts of it cannot be added.
    pub fn has_offset(&self) -> bool {
        !self.offset.is_zero()
    }
}

/// All units in use, by symbol.
#[derive(Clone, Debug, Default)]
pub struct Units {
    infos: Vec<UnitInfo>,
    by_symbol: BTreeMap<String, UnitId>,
}

impl Units {
    /// The units of a model. One whose numbers cannot be kept exactly counts as its own base.
    pub fn new(units: &BTreeMap<String, Unit>) -> Self {
        let mut table = Self::default();
        for (symbol, unit) in units {
            table.push(UnitInfo {
                symbol: symbol.clone(),
                dimension: unit.dimension.clone(),
                base: unit.base.clone(),
                factor: number::parse(&unit.factor).filter(|factor| !factor.is_zero()).unwrap_or(Decimal::ONE),
                offset: unit.offset.as_deref().and_then(number::parse).unwrap_or_default(),
            });
        }
        table
    }

    fn push(&mut self, info: UnitInfo) -> UnitId {
        let id = UnitId(u16::try_from(self.infos.len()).unwrap_or(u16::MAX));
        self.by_symbol.insert(info.symbol.clone(), id);
        self.infos.push(info);
        id
    }

    /// The unit with this symbol; one that nothing declares becomes a unit with a dimension of its own.
    pub fn intern(&mut self, symbol: &str) -> UnitId {
        let own = |symbol: &str| UnitInfo {
            symbol: symbol.to_owned(),
            dimension: symbol.to_owned(),
            base: symbol.to_owned(),
            factor: Decimal::ONE,
            offset: Decimal::ZERO,
        };
        self.find(symbol).unwrap_or_else(|| self.push(own(symbol)))
    }

    /// The unit with this symbol.
    pub fn find(&self, symbol: &str) -> Option<UnitId> {
        self.by_symbol.get(symbol).copied()
    }

    /// What is known about a unit.
    ///
    /// # Panics
    /// If the id comes from another table: a bug of ours.
    pub fn info(&self, id: UnitId) -> &UnitInfo {
        &self.infos[usize::from(id.0)]
    }

    /// All symbols, sorted.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.by_symbol.keys().map(String::as_str)
    }

    /// Whether amounts of the two can be told in each other: one dimension and one base. Currencies are never
    /// converted.
    pub fn convertible(&self, from: UnitId, to: UnitId) -> bool {
        let (a, b) = (self.info(from), self.info(to));
        from == to || (a.dimension == b.dimension && a.base == b.base && a.dimension != "Currency")
    }

    /// An amount of `from` told in `to`; none if it cannot be told exactly or at all.
    pub fn convert(&self, amount: Decimal, from: UnitId, to: UnitId) -> Option<Decimal> {
        if from == to {
            return Some(amount);
        }
        if !self.convertible(from, to) {
            return None;
        }
        let (a, b) = (self.info(from), self.info(to));
        let base = number::add(number::multiply(amount, a.factor)?, a.offset)?;
        number::divide(number::subtract(base, b.offset)?, b.factor)
    }

    /// Compares two amounts in their common base, so that nothing is rounded; none if they have none.
    pub fn compare(&self, (a, unit): (Decimal, UnitId), (b, other): (Decimal, UnitId)) -> Option<Ordering> {
        if !self.convertible(unit, other) {
            return None;
        }
        let base = |amount, unit| {
            let info = self.info(unit);
            number::add(number::multiply(amount, info.factor)?, info.offset)
        };
        match (base(a, unit), base(b, other)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(a.cmp(&self.convert(b, other, unit)?)),
        }
    }

    /// As [`Units::convert`], but none where the result had to be rounded.
    pub fn convert_exactly(&self, amount: Decimal, from: UnitId, to: UnitId) -> Option<Decimal> {
        let converted = self.convert(amount, from, to)?;
        (self.convert(converted, to, from)? == amount).then_some(converted)
    }
}
