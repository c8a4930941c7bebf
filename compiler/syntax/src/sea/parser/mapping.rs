//! `Mapping` and `Projection`.

use super::super::ast::*;
use super::block::Ends;
use super::{Kind, Parsed, Parser, words};
use crate::report::Expected;

impl Parser<'_> {
    /// `"M" for calm { rules }`; a rule of a mapping names what it maps to, one of a projection need not.
    pub(super) fn mapping(&mut self, has_targets: bool) -> Parsed<Mapping> {
        let name = self.name()?;
        self.need_word("for")?;
        let target = self.one_of(words::TARGETS, "`calm`, `kg`, `sbvr` or `protobuf`")?;
        let open = self.need_kind(Kind::LBrace, Expected::Word("{"))?;
        let rules = self.lines(open, Ends::AtFileEnd, |parser| parser.mapping_rule(has_targets));
        Ok(Mapping { name, target, rules })
    }

    fn mapping_rule(&mut self, has_target: bool) -> Parsed<MappingRule> {
        let start = self.at;
        let kind = self.one_of(words::DECLARATIONS, "a rule (`Entity \"Name\"`)")?;
        let name = self.name()?;
        let target = if has_target {
            self.need_kind(Kind::Arrow, Expected::Word("->"))?;
            Some(self.ident(Expected::Thing("what it becomes"))?)
        } else {
            None
        };
        let open = self.need_kind(Kind::LBrace, Expected::Word("{"))?;
        let fields = self.listed(open, |parser| {
            let key = parser.key()?;
            parser.want(Expected::Word("->"));
            if parser.kind() == Kind::Arrow {
                parser.bump();
            } else {
                parser.colon()?;
            }
            Ok((key, parser.value()?))
        });
        Ok(MappingRule { kind, name, target, fields, span: self.span_since(start) })
    }
}
