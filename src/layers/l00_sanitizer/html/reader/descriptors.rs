//! What at-rules hold instead of declarations: names and values, kept as they are written.

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, Parser, ParserState, QualifiedRuleParser, RuleBodyItemParser,
};

use super::super::select::lower;
use super::super::value::Fail;
use super::raw;

/// Names and values, as they are written.
#[derive(Default)]
pub(super) struct Descriptors(Vec<(String, String)>);

impl Descriptors {
    /// The last value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(have, _)| have == name).map(|(_, value)| &**value)
    }
}

impl AtRuleParser<'_> for Descriptors {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl QualifiedRuleParser<'_> for Descriptors {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = ();
}

impl<'i> DeclarationParser<'i> for Descriptors {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _: &ParserState,
    ) -> Result<(), Fail> {
        self.0.push((lower(&name), raw(input).to_owned()));
        Ok(())
    }
}

impl RuleBodyItemParser<'_, (), ()> for Descriptors {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}
