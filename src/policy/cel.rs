//! `when:`, a condition in the Common Expression Language, for what the structured matchers cannot say.
//!
//! The part of CEL that conditions need: literals, `args` and the facts of a call, member and index access, the
//! operators, `has`, the macros over lists, and the functions over texts. An expression is read and checked when the
//! policy is: unknown names, functions, wrong numbers of arguments and patterns that do not compile are told there.
//!
//! What cannot be evaluated (a member is missing, the kinds do not fit, the budget is spent) is an error, and an error
//! counts as every other doubt: a rule that restricts matches, one that allows does not.

mod eval;
mod read;

pub(super) use eval::{Facts, Reading};

use super::regexes::ValueRegex;

/// Longest expression, in bytes.
const MAX_TEXT: usize = 4_096;
/// Deepest nesting of an expression: what recurses over expressions recurses so deep.
const MAX_DEPTH: usize = 32;

/// A checked expression.
#[derive(Debug)]
pub(super) struct Expression {
    root: Node,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// A fact of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    Args,
    Tool,
    Server,
    Principal,
    Roles,
    Environment,
    Mode,
    Trust,
    Authorized,
    Described,
    Capabilities,
    Session,
    Now,
}

impl Fact {
    const ALL: &'static [(&'static str, Self)] = &[
        ("args", Self::Args),
        ("tool", Self::Tool),
        ("server", Self::Server),
        ("principal", Self::Principal),
        ("roles", Self::Roles),
        ("environment", Self::Environment),
        ("mode", Self::Mode),
        ("trust", Self::Trust),
        ("authorized", Self::Authorized),
        ("described", Self::Described),
        ("capabilities", Self::Capabilities),
        ("session", Self::Session),
        ("now", Self::Now),
    ];
}

/// What `session` has.
const SESSION: &[&str] = &["integrity", "sensitivity", "user_spoke", "canary_seen", "escalated"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    LowerAscii,
    Int,
    Double,
    String,
}

impl Function {
    /// Name, function, and how many arguments it has, the receiver among them.
    const ALL: &'static [(&'static str, Self, usize)] = &[
        ("size", Self::Size, 1),
        ("contains", Self::Contains, 2),
        ("startsWith", Self::StartsWith, 2),
        ("endsWith", Self::EndsWith, 2),
        ("lowerAscii", Self::LowerAscii, 1),
        ("int", Self::Int, 1),
        ("double", Self::Double, 1),
        ("string", Self::String, 1),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Macro {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl Macro {
    const ALL: &'static [(&'static str, Self)] = &[
        ("all", Self::All),
        ("exists", Self::Exists),
        ("exists_one", Self::ExistsOne),
        ("filter", Self::Filter),
        ("map", Self::Map),
    ];
}

#[derive(Debug)]
enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Text),
    List(Vec<Node>),
    Fact(Fact),
    /// The element that the macro around it looks at.
    Element,
    Member(Box<Node>, Text),
    Index(Box<Node>, Box<Node>),
    Has(Box<Node>, Text),
    Not(Box<Node>),
    Negative(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Choice(Box<[Node; 3]>),
    Binary(Op, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
    Matches(Box<Node>, Box<Pattern>),
    Each(Macro, Box<Node>, Box<Node>),
}

/// A text of the expression, as it is and folded.
#[derive(Debug)]
struct Text {
    plain: Box<str>,
    folded: Box<str>,
}

impl Text {
    fn new(text: &str) -> Self {
        Self { plain: text.into(), folded: crate::text::fold(text).as_ref().into() }
    }
}

/// A pattern for values as they are, and one for values in small letters.
#[derive(Debug)]
struct Pattern {
    plain: ValueRegex,
    any_case: ValueRegex,
}

impl Expression {
    /// Reads and checks an expression.
    ///
    /// # Errors
    /// What is wrong with it, and at which byte.
    pub(super) fn read(text: &str) -> Result<Self, (usize, String)> {
        read::read(text).map(|root| Self { root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let (at, message) = Expression::read(text).unwrap_err();
        format!("{at}: {message}")
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, expected) in [
            ("", "0: the expression ends where a value was expected"),
            ("args.amont > ", "13: the expression ends where a value was expected"),
            ("arg.x == 1", "0: nothing is called `arg`; known are args, tool"),
            ("args.x == 1 foo", "12: `foo` stands where an operator or the end was expected"),
            ("args.x = 1", "7: `=` is no operator; `==` compares"),
            ("frob(args.x)", "0: there is no function `frob`"),
            ("args.x.frob()", "7: there is no function `frob`"),
            ("size()", "0: `size` takes 1 argument"),
            ("args.x.matches(args.y)", "15: `matches` takes a pattern in quotes"),
            ("args.x.matches('(')", "15: not a regular expression"),
            ("session.integrty == 'x'", "8: `session` has no `integrty`"),
            ("has(args)", "4: `has` asks for a member, as in `has(args.x)`"),
            ("args.to.all(t, t.parts.all(p, p == 1))", "23: a macro inside a macro is refused"),
            ("'abc", "0: the text has no end"),
            ("99999999999999999999 == 1", "0: the number is too large"),
            ("x(1)", "0: there is no function `x`"),
            ("args.x == \u{0}", "10: U+0000 has no meaning here"),
        ] {
            let found = wrong(text);
            assert!(found.starts_with(expected), "{text}: {found}");
        }
        let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
        assert!(wrong(&deep).contains("nests"));
        assert!(wrong(&"!".repeat(200)).contains("nests"));
        assert!(wrong(&"1+".repeat(3_000)).contains("longer"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in r#"([a-z.()'"\[\]!&|=<>0-9\\ ?:,+*/%-]|args|\.all\(x, |has\(|é){0,40}"#) {
            drop(Expression::read(&text));
        }
    }
}
