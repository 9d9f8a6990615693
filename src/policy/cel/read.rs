//! The text of an expression to its tree. Recursion is bounded by [`MAX_DEPTH`].

use super::super::regexes::ValueRegex;
use super::super::shown;
use super::{Fact, Function, MAX_DEPTH, MAX_TEXT, Macro, Node, Op, Pattern, SESSION, Text};

type Wrong = (usize, String);

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Int(i64),
    Double(f64),
    Text(String),
    Sign(&'static str),
    End,
}

const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    ".", ",",
];

pub(super) fn read(text: &str) -> Result<Node, Wrong> {
    if text.len() > MAX_TEXT {
        return Err((0, format!("the expression is longer than {MAX_TEXT} bytes")));
    }
    let mut reader = Reader { tokens: tokens(text)?, at: 0, depth: 0, element: None };
    let root = reader.choice()?;
    match reader.peek() {
        Token::End => Ok(root),
        token => {
            Err((reader.place(), format!("{} stands where an operator or the end was expected", told(token))))
        }
    }
}

fn told(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("`{}`", shown(name)),
        Token::Int(number) => format!("`{number}`"),
        Token::Double(number) => format!("`{number}`"),
        Token::Text(_) => "a text".to_owned(),
        Token::Sign(sign) => format!("`{sign}`"),
        Token::End => "the end".to_owned(),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Wrong> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len().saturating_sub(rest.len());
        let Some(first) = rest.chars().next() else { break };
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let raw = rest.starts_with("r'") || rest.starts_with("r\"");
        let (token, len) = if raw || matches!(first, '\'' | '"') {
            quoted(rest, raw).map_err(|message| (at, message))?
        } else if first.is_ascii_digit() {
            number(rest).map_err(|message| (at, message))?
        } else if name(first) {
            let len = rest.find(|c| !name(c)).unwrap_or(rest.len());
            (Token::Name(rest.get(..len).unwrap_or_default().to_owned()), len)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            let message = match first {
                '=' => "`=` is no operator; `==` compares".to_owned(),
                '&' | '|' => format!("`{first}` is no operator; `{first}{first}` is"),
                _ => format!("U+{:04X} has no meaning here", u32::from(first)),
            };
            return Err((at, message));
        };
        tokens.push((at, token));
        rest = rest.get(len..).unwrap_or_default();
    }
    tokens.push((text.len(), Token::End));
    Ok(tokens)
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut len = digits(rest);
    let mut whole = true;
    let after = rest.get(len..).unwrap_or_default();
    if let Some(fraction) = after.strip_prefix('.').filter(|text| digits(text) > 0) {
        whole = false;
        len = len.saturating_add(1).saturating_add(digits(fraction));
    }
    let text = rest.get(..len).unwrap_or_default();
    let token = if whole {
        Token::Int(text.parse().map_err(|_| "the number is too large".to_owned())?)
    } else {
        Token::Double(text.parse().map_err(|_| "this is no number".to_owned())?)
    };
    Ok((token, len))
}

fn quoted(rest: &str, raw: bool) -> Result<(Token, usize), String> {
    let mut chars = rest.char_indices().skip(usize::from(raw));
    let quote = chars.next().map_or('"', |(_, c)| c);
    let mut text = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((Token::Text(text), at.saturating_add(1))),
            '\n' => return Err("a text ends on the line on which it begins".to_owned()),
            '\\' if !raw => text.push(match chars.next().map(|(_, c)| c) {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some(c @ ('\\' | '\'' | '"' | '`' | '?')) => c,
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    let code = (digits.len() == 4).then(|| u32::from_str_radix(&digits, 16).ok()).flatten();
                    code.and_then(char::from_u32).ok_or("`\\u` takes four digits of a character")?
                }
                _ => return Err("this escape is not known; in `r'…'` a backslash is itself".to_owned()),
            }),
            c => text.push(c),
        }
    }
    Err("the text has no end".to_owned())
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    /// The name of the element in the macro that is read.
    element: Option<String>,
}

impl Reader {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(at, _)| *at)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = self.at.saturating_add(1);
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        if found {
            self.at = self.at.saturating_add(1);
        }
        found
    }

    fn wants(&mut self, sign: &str) -> Result<(), Wrong> {
        let place = self.place();
        if self.takes(sign) {
            return Ok(());
        }
        Err((place, format!("`{sign}` was expected, and {} found", told(self.peek()))))
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        if self.depth >= MAX_DEPTH {
            return Err((self.place(), "the expression nests too deeply".to_owned()));
        }
        self.depth = self.depth.saturating_add(1);
        let read = read(self);
        self.depth = self.depth.saturating_sub(1);
        read
    }

    fn choice(&mut self) -> Result<Node, Wrong> {
        self.deeper(|reader| {
            let condition = reader.any()?;
            if !reader.takes("?") {
                return Ok(condition);
            }
            let yes = reader.choice()?;
            reader.wants(":")?;
            Ok(Node::Choice(Box::new([condition, yes, reader.choice()?])))
        })
    }

    // SECURITY: chains of operators lean to the left and are as deep as they are long; so they are counted.
    fn chain(
        &mut self,
        part: fn(&mut Self) -> Result<Node, Wrong>,
        join: impl Fn(&mut Self) -> Option<Box<dyn FnOnce(Node, Node) -> Node>>,
    ) -> Result<Node, Wrong> {
        let mut left = part(self)?;
        let mut links = 0_usize;
        while let Some(join) = join(self) {
            links = links.saturating_add(1);
            if links > MAX_DEPTH {
                return Err((self.place(), "the expression nests too deeply".to_owned()));
            }
            left = join(left, part(self)?);
        }
        Ok(left)
    }

    fn any(&mut self) -> Result<Node, Wrong> {
        self.chain(Self::every, |reader| {
            reader.takes("||").then(|| -> Box<dyn FnOnce(Node, Node) -> Node> {
                Box::new(|left, right| Node::Or(Box::new(left), Box::new(right)))
            })
        })
    }

    fn every(&mut self) -> Result<Node, Wrong> {
        self.chain(Self::relation, |reader| {
            reader.takes("&&").then(|| -> Box<dyn FnOnce(Node, Node) -> Node> {
                Box::new(|left, right| Node::And(Box::new(left), Box::new(right)))
            })
        })
    }

    fn operator(&mut self, known: &[(&str, Op)]) -> Option<Box<dyn FnOnce(Node, Node) -> Node>> {
        let op = match self.peek() {
            Token::Sign(sign) => known.iter().find(|(known, _)| known == sign).map(|(_, op)| *op)?,
            Token::Name(name) if name == "in" => {
                known.iter().find(|(known, _)| *known == "in").map(|(_, op)| *op)?
            }
            _ => return None,
        };
        self.at = self.at.saturating_add(1);
        Some(Box::new(move |left, right| Node::Binary(op, Box::new(left), Box::new(right))))
    }

    fn relation(&mut self) -> Result<Node, Wrong> {
        const KNOWN: &[(&str, Op)] = &[
            ("==", Op::Eq),
            ("!=", Op::Ne),
            ("<=", Op::Le),
            (">=", Op::Ge),
            ("<", Op::Lt),
            (">", Op::Gt),
            ("in", Op::In),
        ];
        self.chain(Self::sum, |reader| reader.operator(KNOWN))
    }

    fn sum(&mut self) -> Result<Node, Wrong> {
        self.chain(Self::product, |reader| reader.operator(&[("+", Op::Add), ("-", Op::Sub)]))
    }

    fn product(&mut self) -> Result<Node, Wrong> {
        const KNOWN: &[(&str, Op)] = &[("*", Op::Mul), ("/", Op::Div), ("%", Op::Rem)];
        self.chain(Self::unary, |reader| reader.operator(KNOWN))
    }

    fn unary(&mut self) -> Result<Node, Wrong> {
        self.deeper(|reader| {
            if reader.takes("!") {
                return Ok(Node::Not(Box::new(reader.unary()?)));
            }
            if reader.takes("-") {
                return Ok(Node::Negative(Box::new(reader.unary()?)));
            }
            reader.member()
        })
    }

    fn member(&mut self) -> Result<Node, Wrong> {
        let mut node = self.value()?;
        let mut links = 0_usize;
        loop {
            links = links.saturating_add(1);
            if links > MAX_DEPTH {
                return Err((self.place(), "the expression nests too deeply".to_owned()));
            }
            if self.takes("[") {
                let index = self.choice()?;
                self.wants("]")?;
                node = Node::Index(Box::new(node), Box::new(index));
            } else if self.takes(".") {
                let place = self.place();
                let Token::Name(name) = self.next() else {
                    return Err((place, "the name of a member was expected".to_owned()));
                };
                node = if self.takes("(") {
                    self.method(node, &name, place)?
                } else {
                    checked_member(&node, &name, place)?;
                    Node::Member(Box::new(node), Text::new(&name))
                };
            } else {
                return Ok(node);
            }
        }
    }

    fn method(&mut self, receiver: Node, name: &str, place: usize) -> Result<Node, Wrong> {
        if name == "matches" {
            return self.matches(receiver);
        }
        if let Some((_, kind)) = Macro::ALL.iter().find(|(known, _)| *known == name) {
            if self.element.is_some() {
                // Each would multiply the work by the length of a list.
                return Err((place, "a macro inside a macro is refused".to_owned()));
            }
            let at = self.place();
            let Token::Name(element) = self.next() else {
                return Err((at, "the name of the element was expected".to_owned()));
            };
            if Fact::ALL.iter().any(|(known, _)| *known == element) {
                return Err((at, format!("`{element}` means something already")));
            }
            self.wants(",")?;
            self.element = Some(element);
            let body = self.choice();
            self.element = None;
            let body = body?;
            self.wants(")")?;
            return Ok(Node::Each(*kind, Box::new(receiver), Box::new(body)));
        }
        self.call(name, place, vec![receiver])
    }

    fn matches(&mut self, value: Node) -> Result<Node, Wrong> {
        let place = self.place();
        let Token::Text(pattern) = self.next() else {
            return Err((place, "`matches` takes a pattern in quotes".to_owned()));
        };
        self.wants(")")?;
        let wrong = |message| (place, message);
        let plain = ValueRegex::anywhere(&pattern).map_err(wrong)?;
        let any_case = ValueRegex::new(&pattern, true).map_err(wrong)?;
        Ok(Node::Matches(Box::new(value), Box::new(Pattern { plain, any_case })))
    }

    /// A call of which the bracket was read.
    fn call(&mut self, name: &str, place: usize, mut given: Vec<Node>) -> Result<Node, Wrong> {
        let Some((_, function, wanted)) = Function::ALL.iter().find(|(known, ..)| *known == name) else {
            let known: Vec<&str> = Function::ALL.iter().map(|(known, ..)| *known).collect();
            let message = format!("there is no function `{}`; known are {}", shown(name), known.join(", "));
            return Err((place, message));
        };
        while !self.takes(")") {
            if given.len() > 4 {
                break;
            }
            if !matches!(self.tokens.get(self.at.saturating_sub(1)), Some((_, Token::Sign("(")))) {
                self.wants(",")?;
            }
            given.push(self.choice()?);
        }
        if given.len() != *wanted {
            let plural = if *wanted == 1 { "" } else { "s" };
            return Err((
                place,
                format!("`{name}` takes {wanted} argument{plural}, what stands before it among them"),
            ));
        }
        Ok(Node::Call(*function, given))
    }

    fn value(&mut self) -> Result<Node, Wrong> {
        let place = self.place();
        match self.next() {
            Token::Int(number) => Ok(Node::Int(number)),
            Token::Double(number) => Ok(Node::Double(number)),
            Token::Text(text) => Ok(Node::Text(Text::new(&text))),
            Token::Sign("(") => {
                let node = self.choice()?;
                self.wants(")")?;
                Ok(node)
            }
            Token::Sign("[") => {
                let mut items = Vec::new();
                while !self.takes("]") {
                    if !items.is_empty() {
                        self.wants(",")?;
                    }
                    items.push(self.choice()?);
                }
                Ok(Node::List(items))
            }
            Token::Name(name) => self.name(&name, place),
            Token::End => Err((place, "the expression ends where a value was expected".to_owned())),
            token @ Token::Sign(_) => {
                Err((place, format!("{} stands where a value was expected", told(&token))))
            }
        }
    }

    fn name(&mut self, name: &str, place: usize) -> Result<Node, Wrong> {
        match name {
            "true" => return Ok(Node::Bool(true)),
            "false" => return Ok(Node::Bool(false)),
            "null" => return Ok(Node::Null),
            _ => {}
        }
        if name == "has" && self.takes("(") {
            let at = self.place();
            let node = self.choice()?;
            self.wants(")")?;
            return match node {
                Node::Member(of, key) => Ok(Node::Has(of, key)),
                _ => Err((at, "`has` asks for a member, as in `has(args.x)`".to_owned())),
            };
        }
        if self.takes("(") {
            return self.call(name, place, Vec::new());
        }
        if self.element.as_deref() == Some(name) {
            return Ok(Node::Element);
        }
        let fact = Fact::ALL.iter().find(|(known, _)| *known == name);
        let known = || Fact::ALL.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
        let (_, fact) = fact
            .ok_or_else(|| (place, format!("nothing is called `{}`; known are {}", shown(name), known())))?;
        Ok(Node::Fact(*fact))
    }
}

fn checked_member(of: &Node, name: &str, place: usize) -> Result<(), Wrong> {
    match of {
        Node::Fact(Fact::Session) if !SESSION.contains(&name) => {
            Err((place, format!("`session` has no `{}`; it has {}", shown(name), SESSION.join(", "))))
        }
        Node::Fact(Fact::Args | Fact::Session)
        | Node::Member(..)
        | Node::Index(..)
        | Node::Element
        | Node::Choice(_)
        | Node::Each(..) => Ok(()),
        _ => Err((place, format!("what stands before `.{}` has no members", shown(name)))),
    }
}
