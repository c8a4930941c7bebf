//! Patterns in the words of RE2, which is what checks them on the other side.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, ClassSet, ClassSetItem, RepetitionKind, RepetitionRange};

/// RE2 repeats at most this often.
const MAX_REPEAT: u32 = 1000;

/// Whether RE2 reads the text as the same pattern. Classes such as `\d` know all scripts here and ASCII alone there.
pub fn is_portable(text: &str) -> bool {
    Parser::new().parse(text).is_ok_and(|tree| is_shared(&tree))
}

/// Whether both mean the same by a tree. Trees are walked with a list of what is left: patterns nest as deep as one likes.
fn is_shared(tree: &Ast) -> bool {
    let mut left = vec![tree];
    while let Some(tree) = left.pop() {
        match tree {
            Ast::Empty(_) | Ast::Dot(_) | Ast::Literal(_) => {}
            Ast::Assertion(assertion) => {
                use regex_syntax::ast::AssertionKind as A;
                if !matches!(assertion.kind, A::StartLine | A::EndLine | A::StartText) {
                    return false;
                }
            }
            Ast::ClassBracketed(class) => match &class.kind {
                ClassSet::Item(item) if is_shared_item(item) => {}
                _ => return false,
            },
            Ast::Repetition(repetition) => {
                let (RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore) =
                    &repetition.op.kind
                else {
                    let RepetitionKind::Range(range) = &repetition.op.kind else { return false };
                    let (RepetitionRange::Exactly(most)
                    | RepetitionRange::AtLeast(most)
                    | RepetitionRange::Bounded(_, most)) = range;
                    // A repetition of a repetition is unrolled as a whole.
                    if *most > MAX_REPEAT || contains_range(&repetition.ast) {
                        return false;
                    }
                    left.push(&repetition.ast);
                    continue;
                };
                left.push(&repetition.ast);
            }
            Ast::Group(group) => {
                use regex_syntax::ast::GroupKind as G;
                match &group.kind {
                    G::CaptureIndex(_) => {}
                    G::NonCapturing(flags) if flags.items.is_empty() => {}
                    _ => return false,
                }
                left.push(&group.ast);
            }
            Ast::Alternation(alternation) => left.extend(&alternation.asts),
            Ast::Concat(concat) => left.extend(&concat.asts),
            Ast::Flags(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) => return false,
        }
    }
    true
}

fn contains_range(tree: &Ast) -> bool {
    let mut left = vec![tree];
    while let Some(tree) = left.pop() {
        match tree {
            Ast::Repetition(repetition) => {
                if matches!(repetition.op.kind, RepetitionKind::Range(_)) {
                    return true;
                }
                left.push(&repetition.ast);
            }
            Ast::Group(group) => left.push(&group.ast),
            Ast::Alternation(alternation) => left.extend(&alternation.asts),
            Ast::Concat(concat) => left.extend(&concat.asts),
            _ => {}
        }
    }
    false
}

fn is_shared_item(item: &ClassSetItem) -> bool {
    match item {
        ClassSetItem::Empty(_) | ClassSetItem::Literal(_) | ClassSetItem::Range(_) => true,
        ClassSetItem::Union(union) => union
            .items
            .iter()
            .all(|item| matches!(item, ClassSetItem::Empty(_) | ClassSetItem::Literal(_) | ClassSetItem::Range(_))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_handed_on_only_if_it_means_the_same_there() {
        for same in ["^[A-Z]{3}-[0-9]{4}$", "a.b|(?:c)*", "", "^é+$", "[^a-z_.]"] {
            assert!(is_portable(same), "{same}");
        }
        for other in
            [r"\d+", r"\w", r"\bx", "(?i)a", "[a-z&&[^b]]", "a{1001}", "(a{500}){3}", r"\p{Greek}", "[[:alpha:]]", "("]
        {
            assert!(!is_portable(other), "{other}");
        }
    }
}
