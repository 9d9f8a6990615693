//! The heads of `@scope` and `@import`.

use std::sync::Arc;

use cssparser::Parser;
use selectors::parser::SelectorList;

use super::super::query::{Screen, media, supports_bare};
use super::super::select::{Css, Nesting, selectors};
use super::super::sheet::Scope;
use super::super::value::Fail;
use super::{At, Import, Reader, layer_names};

pub(super) fn scope_head(input: &mut Parser<'_>, reader: &Reader<'_>) -> Result<At, Fail> {
    let spaces = &reader.spaces;
    let list = |input: &mut Parser<'_>| -> Result<SelectorList<Css>, Fail> {
        input.expect_parenthesis_block()?;
        input.parse_nested_block(|input| selectors(input, Nesting::Top, spaces))
    };
    let roots = input.try_parse(list).ok();
    let limits = if input.try_parse(|input| input.expect_ident_matching("to")).is_ok() {
        input.expect_parenthesis_block()?;
        Some(input.parse_nested_block(|input| selectors(input, Nesting::Scope, spaces))?)
    } else {
        None
    };
    input.expect_exhausted()?;
    let outer = reader.scope.clone();
    Ok(At::Scope(Arc::new(Scope { outer, roots, limits, owner: reader.owner })))
}

pub(super) fn import_head(input: &mut Parser<'_>) -> Result<At, Fail> {
    let address = input.expect_url_or_string()?.to_string();
    let layer = if input.try_parse(|input| input.expect_ident_matching("layer")).is_ok() {
        Some(None)
    } else {
        let named = input.try_parse(|input| -> Result<_, Fail> {
            input.expect_function_matching("layer")?;
            input.parse_nested_block(layer_names)
        });
        named.ok().map(|names| names.into_iter().next())
    };
    let supported = input.try_parse(|input| -> Result<bool, Fail> {
        input.expect_function_matching("supports")?;
        input.parse_nested_block(|input| Ok(supports_bare(input)))
    });
    let shown = media(input, Screen::WIDE);
    Ok(if supported.unwrap_or(true) && shown { At::Import(Import { address, layer }) } else { At::Closed })
}
