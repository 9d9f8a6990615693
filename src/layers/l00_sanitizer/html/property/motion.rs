//! Animations: what of them holds once the page has settled.

use std::sync::Arc;

use cssparser::{Parser, Token};

use super::super::value::{Fail, fail};
use super::{Animation, Input};

/// Most animations of one element.
const MAX: usize = 16;

fn none() -> Animation {
    Animation {
        name: "".into(),
        seconds: 0.0,
        delay: 0.0,
        rounds: 1.0,
        forwards: false,
        backwards: false,
        paused: false,
        reversed: false,
        alternates: false,
        scrolled: false,
    }
}

fn seconds(token: &Token<'_>) -> Option<f32> {
    match token {
        Token::Dimension { value, unit, .. } if unit.eq_ignore_ascii_case("s") => Some(*value),
        Token::Dimension { value, unit, .. } if unit.eq_ignore_ascii_case("ms") => Some(*value / 1000.0),
        _ => None,
    }
}

/// Takes one word of a value; `false` when it says nothing about how an animation goes.
fn word(animation: &mut Animation, word: &str) -> bool {
    match word {
        "infinite" => animation.rounds = f32::MAX,
        "forwards" => animation.forwards = true,
        "backwards" => animation.backwards = true,
        "both" => (animation.forwards, animation.backwards) = (true, true),
        "paused" => animation.paused = true,
        "running" => animation.paused = false,
        "reverse" => animation.reversed = true,
        "alternate" => animation.alternates = true,
        "alternate-reverse" => (animation.reversed, animation.alternates) = (true, true),
        "normal" | "linear" | "ease" | "ease-in" | "ease-out" | "ease-in-out" | "step-start" | "step-end"
        | "none" | "auto" => {}
        _ => return false,
    }
    true
}

/// The shorthand. `None` when there is no animation in it.
pub(super) fn shorthand(input: Input<'_, '_>) -> Result<Option<Arc<[Animation]>>, Fail> {
    let list = input.parse_comma_separated(|input| -> Result<Animation, Fail> {
        let (mut animation, mut times) = (none(), 0_usize);
        while let Ok(token) = input.next().cloned() {
            if let Some(seconds) = seconds(&token) {
                if times == 0 {
                    animation.seconds = seconds;
                } else {
                    animation.delay = seconds;
                }
                times = times.saturating_add(1);
                continue;
            }
            match token {
                Token::Number { value, .. } => animation.rounds = value,
                Token::Ident(name) => {
                    if !word(&mut animation, &name.to_ascii_lowercase()) {
                        animation.name = (*name).into();
                    }
                }
                Token::QuotedString(name) => animation.name = (*name).into(),
                Token::Function(_) => {}
                _ => return fail(),
            }
        }
        Ok(animation)
    })?;
    let list: Vec<_> = list.into_iter().take(MAX).collect();
    Ok(Some(list.into()))
}

/// One longhand, on top of what was said before.
pub(in super::super) fn part(
    old: Option<&Arc<[Animation]>>,
    name: &str,
    value: &str,
) -> Option<Arc<[Animation]>> {
    let mut input = Parser::new(value);
    let items = input
        .parse_comma_separated(|input| -> Result<Token<'_>, Fail> {
            let token = input.next()?.clone();
            if let Token::Function(_) = token {
                input.parse_nested_block(|input| -> Result<(), Fail> {
                    while input.next().is_ok() {}
                    Ok(())
                })?;
            }
            Ok(token)
        })
        .ok()?;
    let mut list: Vec<Animation> = old.map(|old| old.to_vec()).unwrap_or_default();
    if name == "animation-name" || list.is_empty() {
        list.resize_with(
            list.len().max(if name == "animation-name" { items.len() } else { 1 }).min(MAX),
            none,
        );
    }
    for (at, animation) in list.iter_mut().enumerate() {
        let Some(token) = at.checked_rem(items.len()).and_then(|at| items.get(at)) else { break };
        match (name, token) {
            ("animation-name", Token::Ident(name) | Token::QuotedString(name)) => {
                animation.name = if name.eq_ignore_ascii_case("none") { "" } else { name }.into();
            }
            ("animation-duration", token) => animation.seconds = seconds(token).unwrap_or(0.0),
            ("animation-delay", token) => animation.delay = seconds(token).unwrap_or(0.0),
            ("animation-iteration-count", Token::Number { value, .. }) => animation.rounds = *value,
            ("animation-fill-mode", Token::Ident(value)) => {
                (animation.forwards, animation.backwards) = (false, false);
                word(animation, &value.to_ascii_lowercase());
            }
            ("animation-direction", Token::Ident(value)) => {
                (animation.reversed, animation.alternates) = (false, false);
                word(animation, &value.to_ascii_lowercase());
            }
            ("animation-timeline", token) => {
                animation.scrolled =
                    !matches!(token, Token::Ident(word) if word.eq_ignore_ascii_case("auto"));
            }
            (_, Token::Ident(value)) => {
                word(animation, &value.to_ascii_lowercase());
            }
            _ => {}
        }
    }
    Some(list.into())
}
