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
    /// The unit that `factor` counts: where units are built on each other, the one that all of them end in.
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
            let (base, factor, offset) =
                scale(symbol, units).unwrap_or_else(|| (symbol.clone(), Decimal::ONE, Decimal::ZERO));
            let (symbol, dimension) = (symbol.clone(), unit.dimension.clone());
            table.push(UnitInfo { symbol, dimension, base, factor, offset });
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

    /// An amount of `from` told in `to`, rounded if `to` cannot hold it; none if it cannot be told at all.
    pub fn convert(&self, amount: Decimal, from: UnitId, to: UnitId) -> Option<Decimal> {
        if from == to {
            return Some(amount);
        }
        if !self.convertible(from, to) {
            return None;
        }
        let (a, b) = (self.info(from), self.info(to));
        let base = number::add_rounded(number::multiply_rounded(amount, a.factor)?, a.offset)?;
        number::divide(number::add_rounded(base, -b.offset)?, b.factor)
    }

    /// How many times `b` is in `a`, by way of their base.
    pub fn ratio(&self, (a, unit): (Decimal, UnitId), (b, other): (Decimal, UnitId)) -> Option<Decimal> {
        if unit == other {
            return number::divide(a, b);
        }
        if !self.convertible(unit, other) {
            return None;
        }
        let base = |amount, unit| number::multiply_rounded(amount, self.info(unit).factor);
        number::divide(base(a, unit)?, base(b, other)?)
    }

    /// A unit in which both amounts can be told exactly, and what they are in it: that of the first, that of the second,
    /// or their base. Where there is none, the second is rounded to that of the first.
    pub fn together(
        &self,
        (a, unit): (Decimal, UnitId),
        (b, other): (Decimal, UnitId),
    ) -> Option<(Decimal, Decimal, UnitId)> {
        let exactly = |to: UnitId| {
            let a = self.convert_exactly(a, unit, to)?;
            Some((a, self.convert_exactly(b, other, to)?, to))
        };
        let base = || self.find(&self.info(unit).base).and_then(exactly);
        let rounded = || Some((a, self.convert(b, other, unit)?, unit));
        exactly(unit).or_else(|| exactly(other)).or_else(base).or_else(rounded)
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
        if from == to {
            return Some(amount);
        }
        if !self.convertible(from, to) {
            return None;
        }
        let (a, b) = (self.info(from), self.info(to));
        let base = number::subtract(number::add(number::multiply(amount, a.factor)?, a.offset)?, b.offset)?;
        let converted = number::divide(base, b.factor)?;
        (number::multiply(converted, b.factor)? == base).then_some(converted)
    }
}

/// What stands between a unit and the last one of the chain that it is built on: that one, and factor and offset. None
/// if it cannot be kept exactly, or if the chain has no end, which is reported where units are declared.
fn scale(symbol: &str, units: &BTreeMap<String, Unit>) -> Option<(String, Decimal, Decimal)> {
    let mut unit = units.get(symbol)?;
    let mut factor = number::parse(&unit.factor).filter(|factor| !factor.is_zero())?;
    let mut offset = unit.offset.as_deref().and_then(number::parse).unwrap_or_default();
    let mut at = symbol;
    for _ in 0..=units.len() {
        let base = unit.base.as_str();
        match units.get(base).filter(|next| base != at && next.base != base) {
            None => return Some((base.to_owned(), factor, offset)),
            Some(next) => {
                let step = number::parse(&next.factor).filter(|factor| !factor.is_zero())?;
                let start = next.offset.as_deref().and_then(number::parse).unwrap_or_default();
                factor = number::multiply(factor, step)?;
                offset = number::add(number::multiply(offset, step)?, start)?;
                (at, unit) = (base, next);
            }
        }
    }
    None
}
