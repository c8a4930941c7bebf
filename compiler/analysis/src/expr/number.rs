//! Exact decimals: a result is what arithmetic says it is, or there is none.
//!
//! `rust_decimal` rounds silently when a sum or a product needs more than its 96 bits. A policy that is decided by a
//! rounded number is decided by chance, so these functions say `None` instead. Only a quotient is rounded, to 28
//! significant digits: most quotients have no end.

use rust_decimal::Decimal;

const MAX_MANTISSA: u128 = (1 << 96) - 1;

/// A decimal as written, if it can be kept exactly.
pub fn parse(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok()
}

/// `a + b`.
pub fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    if a.scale() == b.scale() {
        return exact(a.mantissa() + b.mantissa(), a.scale());
    }
    let (a, b) = (a.normalize(), b.normalize());
    let scale = a.scale().max(b.scale());
    let aligned = |value: Decimal| value.mantissa().checked_mul(10i128.checked_pow(scale - value.scale())?);
    exact(aligned(a)?.checked_add(aligned(b)?)?, scale)
}

/// `a - b`.
pub fn subtract(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, -b)
}

/// `a * b`.
pub fn multiply(a: Decimal, b: Decimal) -> Option<Decimal> {
    let product = |a: Decimal, b: Decimal| {
        let mantissa = a.mantissa().checked_mul(b.mantissa())?;
        exact(mantissa, a.scale() + b.scale())
    };
    product(a, b).or_else(|| product(a.normalize(), b.normalize()))
}

/// `a / b`, rounded half to even at 28 significant digits; none if `b` is zero or the quotient too large.
pub fn divide(a: Decimal, b: Decimal) -> Option<Decimal> {
    a.checked_div(b)
}

/// `a + b`, rounded to as many digits as are kept where it has more; none if it is too large.
///
/// Only for what is rounded already: a quotient, or an amount told in a unit that cannot hold it.
pub fn add_rounded(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, b).or_else(|| a.checked_add(b))
}

/// `a * b`, as [`add_rounded`].
pub fn multiply_rounded(a: Decimal, b: Decimal) -> Option<Decimal> {
    multiply(a, b).or_else(|| a.checked_mul(b))
}

fn exact(mut mantissa: i128, mut scale: u32) -> Option<Decimal> {
    while (mantissa.unsigned_abs() > MAX_MANTISSA || scale > Decimal::MAX_SCALE) && scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    if scale > Decimal::MAX_SCALE {
        return None;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        parse(text).unwrap()
    }

    #[test]
    fn sums_and_products_are_exact_or_none() {
        assert_eq!(add(d("0.1"), d("0.2")), Some(d("0.3")));
        assert_eq!(add(d("79228162514264337593543950335"), d("0.1")), None);
        assert_eq!(add(d("79228162514264337593543950335"), d("1")), None);
        assert_eq!(multiply(d("0.0000000000000001"), d("0.0000000000000001")), None);
        assert_eq!(multiply(d("1000000000000000000"), d("0.0000000000000000000000000001")), Some(d("0.0000000001")));
        assert_eq!(subtract(d("5.0"), d("5")), Some(d("0")));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(divide(d("1"), d("0")), None);
        assert_eq!(divide(d("1"), d("8")), Some(d("0.125")));
    }
}
