//! Counters (CSS Lists 3) and the styles that their numbers are written in (CSS Counter Styles 3).
//!
//! SECURITY: a page can write with them: each sign of a counter style is a string of its own choice.

use cssparser::{Parser, Token};

use super::property::Counts;
use super::style::Style;

/// Most names of counters, and most counters of one name inside each other.
const MAX_NAMES: usize = 64;
const MAX_NESTED: usize = 64;
/// Most signs of a style, and the longest number that is written with them.
const MAX_SIGNS: usize = 256;
const MAX_LENGTH: usize = 64;

/// The counters at a place of the page.
#[derive(Debug, Default)]
pub(super) struct Counters(Vec<Counter>);

/// The counters of one name: how deep each stands, and its value.
#[derive(Debug)]
struct Counter {
    name: Box<str>,
    nested: Vec<(usize, i32)>,
}

impl Counters {
    /// Does what an element of this style says about counters; it stands so deep in the page.
    pub(super) fn count(&mut self, style: &Style, depth: usize) {
        let [reset, set, increment] = &style.counts;
        for (name, value) in each(reset) {
            if let Some(nested) = self.of(name) {
                if nested.last().is_some_and(|(own, _)| *own == depth) {
                    nested.pop();
                }
                if nested.len() < MAX_NESTED {
                    nested.push((depth, value));
                }
            }
        }
        for (name, by) in each(increment) {
            if let Some(value) = self.innermost(name, depth) {
                *value = value.saturating_add(by);
            }
        }
        for (name, to) in each(set) {
            if let Some(value) = self.innermost(name, depth) {
                *value = to;
            }
        }
    }

    /// Forgets the counters of elements deeper than this.
    pub(super) fn leave(&mut self, depth: usize) {
        for Counter { nested, .. } in &mut self.0 {
            while nested.last().is_some_and(|(own, _)| *own > depth) {
                nested.pop();
            }
        }
    }

    fn of(&mut self, name: &str) -> Option<&mut Vec<(usize, i32)>> {
        // A page has few names, and most pages none.
        let at = self.0.iter().position(|counter| *counter.name == *name);
        if at.is_none() && self.0.len() < MAX_NAMES {
            self.0.push(Counter { name: name.into(), nested: Vec::new() });
        }
        let at = at.or_else(|| self.0.len().checked_sub(1))?;
        self.0.get_mut(at).filter(|counter| *counter.name == *name).map(|counter| &mut counter.nested)
    }

    fn innermost(&mut self, name: &str, depth: usize) -> Option<&mut i32> {
        let nested = self.of(name)?;
        if nested.is_empty() {
            nested.push((depth, 0));
        }
        nested.last_mut().map(|(_, value)| value)
    }

    /// The values of a name, outermost first; zero where there is none.
    pub(super) fn values(&self, name: &str) -> Vec<i32> {
        let counter = self.0.iter().find(|counter| *counter.name == *name);
        let values = counter.map(|counter| counter.nested.iter().map(|(_, value)| *value).collect());
        values.filter(|values: &Vec<i32>| !values.is_empty()).unwrap_or_else(|| vec![0])
    }
}

fn each(counts: &Counts) -> impl Iterator<Item = (&str, i32)> {
    counts.iter().flat_map(|counts| counts.iter()).map(|(name, value)| (&**name, *value))
}

/// How numbers become signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Cyclic,
    Fixed(i32),
    Symbolic,
    Alphabetic,
    Numeric,
}

/// A page's own way to write numbers.
#[derive(Debug)]
pub(super) struct CounterStyle {
    system: System,
    signs: Vec<Box<str>>,
    prefix: Box<str>,
    suffix: Box<str>,
}

impl CounterStyle {
    /// The style that these descriptors describe.
    pub(super) fn of(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let strings = |name: &str| -> Vec<Box<str>> {
            let text = get(name).unwrap_or_default();
            let mut input = Parser::new(&text);
            let mut found: Vec<Box<str>> = Vec::new();
            while let Ok(token) = input.next() {
                match token {
                    Token::QuotedString(sign) | Token::Ident(sign) if found.len() < MAX_SIGNS => {
                        found.push((&**sign).into());
                    }
                    _ => {}
                }
            }
            found
        };
        let system = get("system").unwrap_or_default().to_ascii_lowercase();
        let mut words = system.split_ascii_whitespace();
        let system = match words.next() {
            Some("cyclic") => System::Cyclic,
            Some("fixed") => System::Fixed(words.next().and_then(|first| first.parse().ok()).unwrap_or(1)),
            Some("alphabetic") => System::Alphabetic,
            Some("numeric") => System::Numeric,
            _ => System::Symbolic,
        };
        // Weights and signs in turn: the signs are what is read.
        let signs = if get("symbols").is_some() { strings("symbols") } else { strings("additive-symbols") };
        let first = |name: &str, or: &str| strings(name).into_iter().next().unwrap_or_else(|| or.into());
        Self { system, signs, prefix: first("prefix", ""), suffix: first("suffix", ". ") }
    }

    /// A number as an item of a list begins with it.
    pub(super) fn marker(&self, number: i32) -> String {
        format!("{}{}{}", self.prefix, self.write(number), self.suffix)
    }

    /// A number in this style.
    pub(super) fn write(&self, number: i32) -> String {
        let count = i32::try_from(self.signs.len()).unwrap_or(i32::MAX);
        let sign = |at: i32| usize::try_from(at).ok().and_then(|at| self.signs.get(at)).map(|sign| &**sign);
        let before = number.saturating_sub(1);
        let written = match self.system {
            System::Cyclic => before.checked_rem_euclid(count).and_then(sign).map(str::to_owned),
            System::Fixed(first) => number.checked_sub(first).and_then(sign).map(str::to_owned),
            System::Symbolic if number > 0 => before.checked_rem_euclid(count).and_then(sign).map(|sign| {
                let times = before.checked_div(count).unwrap_or(0).saturating_add(1);
                sign.repeat(usize::try_from(times).unwrap_or(1).min(MAX_LENGTH))
            }),
            System::Alphabetic if number > 0 => self.digits(number, true),
            System::Numeric if number >= 0 => self.digits(number, false),
            _ => None,
        };
        written.unwrap_or_else(|| number.to_string())
    }

    fn digits(&self, number: i32, without_zero: bool) -> Option<String> {
        let base = i32::try_from(self.signs.len()).ok().filter(|base| *base > 1)?;
        let (mut rest, mut found) = (number, Vec::new());
        while found.len() < MAX_LENGTH {
            let own = rest.saturating_sub(i32::from(without_zero));
            found.push(self.signs.get(usize::try_from(own.checked_rem_euclid(base)?).ok()?)?);
            rest = own.checked_div_euclid(base)?;
            if rest == 0 {
                break;
            }
        }
        Some(found.iter().rev().map(|sign| &***sign).collect())
    }
}

/// A number in one of the styles that every browser has; `None` for one that it does not know.
pub(super) fn written(number: i32, style: &str) -> Option<String> {
    let letters = |first: u8| {
        let (mut rest, mut found) = (u32::try_from(number).ok()?, Vec::new());
        while rest > 0 {
            let own = rest.saturating_sub(1);
            found.push(char::from(first.saturating_add(u8::try_from(own.checked_rem(26)?).ok()?)));
            rest = own.checked_div(26)?;
        }
        (!found.is_empty()).then(|| found.iter().rev().collect())
    };
    match &*style.to_ascii_lowercase() {
        "decimal" => Some(number.to_string()),
        "decimal-leading-zero" => Some(format!("{number:02}")),
        "lower-alpha" | "lower-latin" => letters(b'a').or_else(|| Some(number.to_string())),
        "upper-alpha" | "upper-latin" => letters(b'A').or_else(|| Some(number.to_string())),
        "lower-roman" => Some(roman(number).to_lowercase()),
        "upper-roman" => Some(roman(number)),
        "none" => Some(String::new()),
        "disc" | "circle" | "square" | "disclosure-open" | "disclosure-closed" => Some("\u{2022}".to_owned()),
        _ => None,
    }
}

fn roman(number: i32) -> String {
    const SIGNS: [(i32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..4000).contains(&number) {
        return number.to_string();
    }
    let (mut rest, mut text) = (number, String::new());
    for (value, sign) in SIGNS {
        while rest >= value {
            text.push_str(sign);
            rest = rest.saturating_sub(value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_standard_writes_them() {
        let roman: Vec<_> = [1, 4, 9, 1994, 0].iter().filter_map(|n| written(*n, "upper-roman")).collect();
        assert_eq!(roman, ["I", "IV", "IX", "MCMXCIV", "0"]);
        let letters: Vec<_> = [1, 26, 27, 703].iter().filter_map(|n| written(*n, "lower-alpha")).collect();
        assert_eq!(letters, ["a", "z", "aa", "aaa"]);
        assert_eq!(written(3, "decimal-leading-zero").as_deref(), Some("03"));
        assert_eq!(written(3, "of-the-page"), None);
    }

    #[test]
    fn a_page_writes_numbers_in_signs_of_its_own() {
        let style = |system: &'static str| {
            CounterStyle::of(&move |name| match name {
                "system" => Some(system.to_owned()),
                "symbols" => Some("\"a\" \"b\" c".to_owned()),
                _ => None,
            })
        };
        let write = |system, numbers: &[i32]| -> Vec<String> {
            numbers.iter().map(|number| style(system).write(*number)).collect()
        };
        assert_eq!(write("cyclic", &[1, 3, 4, 0, -1]), ["a", "c", "a", "c", "b"]);
        assert_eq!(write("fixed", &[1, 3, 4]), ["a", "c", "4"]);
        assert_eq!(write("fixed 5", &[5, 7, 1]), ["a", "c", "1"]);
        assert_eq!(write("symbolic", &[1, 4, 7]), ["a", "aa", "aaa"]);
        assert_eq!(write("alphabetic", &[1, 3, 4, 12]), ["a", "c", "aa", "cc"]);
        assert_eq!(write("numeric", &[0, 2, 3]), ["a", "c", "ba"]);
        assert_eq!(style("cyclic").marker(2), "b. ");
    }
}
