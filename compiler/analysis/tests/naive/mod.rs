//! Small models and expressions at random, and an evaluator that is slow, and obviously right.
//!
//! Numbers are integers that count hundred-millionths, so that nothing is ever rounded here either.

use proptest::prelude::*;
use std::fmt;

const ONE: i128 = 100_000_000;

/// A flow with a number that is always there and two facts that may be missing.
#[derive(Clone, Debug)]
pub struct Flow {
    n: i64,
    m: Option<i64>,
    p: Option<bool>,
    from: char,
    to: char,
}

impl Flow {
    /// As it is declared; the numbers are hundredths.
    pub fn text(&self) -> String {
        let m = self.m.map(|m| format!("@m {} ", decimal(m))).unwrap_or_default();
        let p = self.p.map(|p| format!("@p {p} ")).unwrap_or_default();
        format!("Flow \"R\" @n {} {m}{p}from \"{}\" to \"{}\" quantity 1", decimal(self.n), self.from, self.to)
    }
}

fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
}

/// A truth value.
#[derive(Clone, Debug)]
pub enum Expr {
    Compare(&'static str, Number, Number),
    Fact(usize),
    Ends(usize, char),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// Quantifiers bind the next variable.
    Forall(Box<Expr>),
    Exists(Box<Expr>),
    Unique(Box<Expr>),
}

/// A number.
#[derive(Clone, Debug)]
pub enum Number {
    Literal(i64),
    N(usize),
    M(usize),
    Sum(Vec<(bool, Number)>),
    Times(Box<Number>, i64),
    Negate(Box<Number>),
    Count(Box<Expr>),
    Total(Box<Expr>, Box<Number>),
    Least(Box<Expr>, Box<Number>),
    Greatest(Box<Expr>, Box<Number>),
}

/// Variables are numbered by depth; those that are not bound are taken for the innermost, or drop out.
struct Shown<'e, T>(&'e T, usize);

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(self, 0).fmt(f)
    }
}

/// The variable that is meant, if any is bound.
fn variable(wanted: usize, depth: usize) -> Option<usize> {
    (depth > 0).then(|| wanted % depth)
}

impl fmt::Display for Shown<'_, Expr> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expr, depth) = (self.0, self.1);
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Expr], word: &str| {
            for (at, part) in parts.iter().enumerate() {
                write!(f, "{}({})", if at > 0 { word } else { "" }, Shown(part, depth))?;
            }
            Ok(())
        };
        match expr {
            Expr::Compare(op, left, right) => write!(f, "({}) {op} ({})", Shown(left, depth), Shown(right, depth)),
            Expr::Fact(wanted) => match variable(*wanted, depth) {
                Some(at) => write!(f, "v{at}.p"),
                None => write!(f, "count(flows) >= 0"),
            },
            Expr::Ends(wanted, name) => match variable(*wanted, depth) {
                Some(at) => write!(f, "v{at}.to = \"{name}\""),
                None => write!(f, "count(flows) < 0"),
            },
            Expr::And(parts) => joined(f, parts, " and "),
            Expr::Or(parts) => joined(f, parts, " or "),
            Expr::Not(inner) => write!(f, "not ({})", Shown(&**inner, depth)),
            Expr::Forall(body) => write!(f, "forall v{depth} in flows: ({})", Shown(&**body, depth + 1)),
            Expr::Exists(body) => write!(f, "exists v{depth} in flows: ({})", Shown(&**body, depth + 1)),
            Expr::Unique(body) => write!(f, "exists_unique v{depth} in flows: ({})", Shown(&**body, depth + 1)),
        }
    }
}

impl fmt::Display for Shown<'_, Number> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, depth) = (self.0, self.1);
        let aggregate = |f: &mut fmt::Formatter<'_>, word: &str, filter: &Expr, value: &Number| {
            let (filter, value) = (Shown(filter, depth + 1), Shown(value, depth + 1));
            write!(f, "{word}(v{depth} in flows where {filter}: {value})")
        };
        match number {
            Number::Literal(value) => write!(f, "{}", decimal(*value)),
            Number::N(wanted) => match variable(*wanted, depth) {
                Some(at) => write!(f, "v{at}.n"),
                None => write!(f, "count(flows)"),
            },
            Number::M(wanted) => match variable(*wanted, depth) {
                Some(at) => write!(f, "v{at}.m"),
                None => write!(f, "1.5"),
            },
            Number::Sum(parts) => {
                for (at, (plus, part)) in parts.iter().enumerate() {
                    let sign = if at == 0 {
                        ""
                    } else if *plus {
                        " + "
                    } else {
                        " - "
                    };
                    write!(f, "{sign}({})", Shown(part, depth))?;
                }
                Ok(())
            }
            Number::Times(inner, by) => write!(f, "({}) * {}", Shown(&**inner, depth), decimal(*by)),
            Number::Negate(inner) => write!(f, "-({})", Shown(&**inner, depth)),
            Number::Count(filter) => aggregate(f, "count", filter, &Number::N(depth)),
            Number::Total(filter, value) => aggregate(f, "sum", filter, value),
            Number::Least(filter, value) => aggregate(f, "min", filter, value),
            Number::Greatest(filter, value) => aggregate(f, "max", filter, value),
        }
    }
}

impl Expr {
    /// True, false, or unknown.
    pub fn decide(&self, flows: &[Flow]) -> Option<bool> {
        self.at(flows, &[])
    }

    fn at(&self, flows: &[Flow], bound: &[&Flow]) -> Option<bool> {
        let each = |body: &Expr| -> Vec<Option<bool>> {
            flows.iter().map(|flow| body.at(flows, &[bound, &[flow]].concat())).collect()
        };
        match self {
            Expr::Compare(op, left, right) => {
                let (left, right) = (left.at(flows, bound)?, right.at(flows, bound)?);
                Some(match *op {
                    "=" => left == right,
                    "!=" => left != right,
                    "<" => left < right,
                    "<=" => left <= right,
                    ">" => left > right,
                    _ => left >= right,
                })
            }
            Expr::Fact(wanted) => variable(*wanted, bound.len()).map_or(Some(true), |at| bound[at].p),
            Expr::Ends(wanted, name) => Some(variable(*wanted, bound.len()).is_some_and(|at| bound[at].to == *name)),
            Expr::And(parts) => all_of(&parts.iter().map(|part| part.at(flows, bound)).collect::<Vec<_>>()),
            Expr::Or(parts) => any_of(&parts.iter().map(|part| part.at(flows, bound)).collect::<Vec<_>>()),
            Expr::Not(inner) => inner.at(flows, bound).map(|value| !value),
            Expr::Forall(body) => all_of(&each(body)),
            Expr::Exists(body) => any_of(&each(body)),
            Expr::Unique(body) => {
                let values = each(body);
                let sure = values.iter().filter(|value| **value == Some(true)).count();
                let open = values.iter().filter(|value| value.is_none()).count();
                if sure > 1 {
                    Some(false)
                } else if open > 0 {
                    None
                } else {
                    Some(sure == 1)
                }
            }
        }
    }
}

fn all_of(values: &[Option<bool>]) -> Option<bool> {
    if values.contains(&Some(false)) {
        Some(false)
    } else {
        values.iter().copied().collect::<Option<Vec<_>>>().map(|_| true)
    }
}

fn any_of(values: &[Option<bool>]) -> Option<bool> {
    if values.contains(&Some(true)) {
        Some(true)
    } else {
        values.iter().copied().collect::<Option<Vec<_>>>().map(|_| false)
    }
}

impl Number {
    fn at(&self, flows: &[Flow], bound: &[&Flow]) -> Option<i128> {
        let hundredths = |value: i64| i128::from(value) * (ONE / 100);
        let chosen = |filter: &Expr, value: &Number| -> Option<Vec<i128>> {
            let inner = flows.iter().map(|flow| [bound, &[flow]].concat());
            let passing = inner.filter(|bound| filter.at(flows, bound) == Some(true));
            passing.map(|bound| value.at(flows, &bound)).collect()
        };
        match self {
            Number::Literal(value) => Some(hundredths(*value)),
            Number::N(wanted) => Some(match variable(*wanted, bound.len()) {
                Some(at) => hundredths(bound[at].n),
                None => flows.len() as i128 * ONE,
            }),
            Number::M(wanted) => match variable(*wanted, bound.len()) {
                Some(at) => bound[at].m.map(hundredths),
                None => Some(ONE * 3 / 2),
            },
            Number::Sum(parts) => {
                let mut total = 0;
                for (at, (plus, part)) in parts.iter().enumerate() {
                    let value = part.at(flows, bound)?;
                    total += if at == 0 || *plus { value } else { -value };
                }
                Some(total)
            }
            Number::Times(inner, by) => Some(inner.at(flows, bound)? * i128::from(*by) / 100),
            Number::Negate(inner) => Some(-inner.at(flows, bound)?),
            Number::Count(filter) => Some(chosen(filter, &Number::Literal(0))?.len() as i128 * ONE),
            Number::Total(filter, value) => Some(chosen(filter, value)?.into_iter().sum()),
            Number::Least(filter, value) => chosen(filter, value)?.into_iter().min(),
            Number::Greatest(filter, value) => chosen(filter, value)?.into_iter().max(),
        }
    }
}

/// A few flows; the first says everything, so that every fact is one that flows can have.
pub fn flows() -> impl Strategy<Value = Vec<Flow>> {
    let name = || prop::sample::select(vec!['A', 'B', 'C']);
    let flow = |full: bool| {
        let missing = if full { 0.0 } else { 0.3 };
        let sometimes = move |there: f64| there >= missing;
        ((-300i64..300, -300i64..300, any::<bool>()), (0.0..1.0, 0.0..1.0), (name(), name())).prop_map(
            move |((n, m, p), (has_m, has_p), (from, to))| Flow {
                n,
                m: sometimes(has_m).then_some(m),
                p: sometimes(has_p).then_some(p),
                from,
                to,
            },
        )
    };
    (flow(true), prop::collection::vec(flow(false), 0..5)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

/// An expression over those flows.
pub fn expression() -> impl Strategy<Value = Expr> {
    let end = prop::sample::select(vec!['A', 'B', 'C']);
    let number = prop_oneof![
        (-300i64..300).prop_map(Number::Literal),
        (0usize..3).prop_map(Number::N),
        (0usize..3).prop_map(Number::M)
    ]
    .boxed();
    let ops = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        (ops.clone(), number.clone(), number.clone()).prop_map(|(op, left, right)| Expr::Compare(op, left, right)),
        (0usize..3).prop_map(Expr::Fact),
        (0usize..3, end).prop_map(|(at, name)| Expr::Ends(at, name))
    ];
    // Boxed, each of them: a tree that held all alternatives in place would fill a thread's stack a few levels down.
    leaf.prop_recursive(4, 24, 3, move |inner| {
        let number = numbers(&number, &inner);
        prop_oneof![
            (ops.clone(), number.clone(), number).prop_map(|(op, left, right)| Expr::Compare(op, left, right)).boxed(),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And).boxed(),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or).boxed(),
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))).boxed(),
            inner.clone().prop_map(|body| Expr::Forall(Box::new(body))).boxed(),
            inner.clone().prop_map(|body| Expr::Exists(Box::new(body))).boxed(),
            inner.prop_map(|body| Expr::Unique(Box::new(body))).boxed()
        ]
    })
}

fn numbers(leaf: &BoxedStrategy<Number>, filter: &BoxedStrategy<Expr>) -> BoxedStrategy<Number> {
    let boxed = |number: Number| Box::new(number);
    let over = (filter.clone().prop_map(Box::new), leaf.clone().prop_map(boxed)).boxed();
    prop_oneof![
        leaf.clone(),
        prop::collection::vec((any::<bool>(), leaf.clone()), 2..4).prop_map(Number::Sum).boxed(),
        (leaf.clone().prop_map(boxed), -300i64..300).prop_map(|(inner, by)| Number::Times(inner, by)).boxed(),
        leaf.clone().prop_map(move |inner| Number::Negate(boxed(inner))).boxed(),
        filter.clone().prop_map(|filter| Number::Count(Box::new(filter))).boxed(),
        over.clone().prop_map(|(filter, value)| Number::Total(filter, value)).boxed(),
        over.clone().prop_map(|(filter, value)| Number::Least(filter, value)).boxed(),
        over.prop_map(|(filter, value)| Number::Greatest(filter, value)).boxed()
    ]
    .boxed()
}
