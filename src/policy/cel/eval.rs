//! What an expression says of a call. Recursion is over the expression, whose depth is bounded; work over values is
//! counted.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;

use super::super::request::Request;
use super::super::values::{is_canonical, lexical, lower};
use super::{Expression, Fact, Function, Macro, Node, Op, Text};
use crate::base::{PrincipalId, ServerId};
use crate::policy::mode_word;
use crate::text::fold;
use crate::text::json::{Json, Number};

/// Steps of one evaluation: nodes and elements that are looked at.
const MAX_STEPS: usize = 20_000;
/// Bytes of text that one evaluation may compare, search or put together.
const MAX_BYTES: usize = 4 << 20;

/// How texts of the call are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Reading {
    /// As they are, and searched only where they say one thing: for rules that allow.
    Canonical,
    /// As they are.
    Plain,
    /// Folded and in lexical form, and the expression's own texts with them: for rules that restrict.
    Folded,
}

/// A call, as an expression sees it.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Facts<'a> {
    request: &'a Request<'a>,
    args: Option<&'a Json>,
}

/// It cannot be evaluated.
#[derive(Debug)]
struct Fault;

type Valued<'a> = Result<Value<'a>, Fault>;

#[derive(Debug, Clone)]
enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number),
    /// `said` by the call, not by the policy: a rule that allows searches it only in canonical form.
    Text {
        text: Cow<'a, str>,
        said: bool,
    },
    List(Vec<Value<'a>>),
    Json(&'a Json),
    Session,
}

struct Run<'a> {
    facts: Facts<'a>,
    reading: Reading,
    steps: Cell<usize>,
    bytes: Cell<usize>,
}

impl<'a> Facts<'a> {
    pub(in super::super) const fn new(request: &'a Request<'a>) -> Self {
        Self { request, args: request.args }
    }
}

impl Expression {
    /// Whether it holds; `None` where that cannot be told.
    pub(in super::super) fn holds(&self, facts: Facts<'_>, reading: Reading) -> Option<bool> {
        let run = Run { facts, reading, steps: Cell::new(0), bytes: Cell::new(0) };
        match run.value(&self.root, None) {
            Ok(Value::Bool(holds)) => Some(holds),
            _ => None,
        }
    }
}

impl<'a> Run<'a> {
    fn count(&self) -> Result<(), Fault> {
        self.steps.set(self.steps.get().saturating_add(1));
        if self.steps.get() > MAX_STEPS { Err(Fault) } else { Ok(()) }
    }

    fn spend(&self, bytes: usize) -> Result<(), Fault> {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        if self.bytes.get() > MAX_BYTES { Err(Fault) } else { Ok(()) }
    }

    fn said(&self, text: &'a str) -> Valued<'a> {
        self.spend(text.len())?;
        let text = match self.reading {
            Reading::Folded => Cow::Owned(fold(&lexical(&fold(text))).into_owned()),
            Reading::Canonical | Reading::Plain => Cow::Borrowed(text),
        };
        Ok(Value::Text { text, said: true })
    }

    fn own<'t>(&self, text: &'t Text) -> &'t str {
        if self.reading == Reading::Folded { &text.folded } else { &text.plain }
    }

    fn word(&self, word: &str) -> Value<'a> {
        let text = if self.reading == Reading::Folded { fold(word).into_owned() } else { word.to_owned() };
        Value::Text { text: Cow::Owned(text), said: false }
    }

    fn json(&self, json: &'a Json) -> Valued<'a> {
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => Value::Number(number.clone()),
            Json::String(text) => return self.said(text),
            Json::Array(_) | Json::Object(_) => Value::Json(json),
        })
    }

    fn value(&self, node: &Node, element: Option<&Value<'a>>) -> Valued<'a> {
        self.count()?;
        match node {
            Node::Null => Ok(Value::Null),
            Node::Bool(value) => Ok(Value::Bool(*value)),
            Node::Int(number) => Ok(Value::Number(Number::from(*number))),
            Node::Double(number) => double(*number),
            Node::Text(text) => Ok(Value::Text { text: Cow::Owned(self.own(text).to_owned()), said: false }),
            Node::List(items) => {
                items.iter().map(|item| self.value(item, element)).collect::<Result<_, _>>().map(Value::List)
            }
            Node::Fact(fact) => self.fact(*fact),
            Node::Element => element.cloned().ok_or(Fault),
            Node::Member(of, key) => {
                let of = self.value(of, element)?;
                self.member(&of, key)?.ok_or(Fault)
            }
            Node::Has(of, key) => {
                let of = self.value(of, element)?;
                Ok(Value::Bool(self.member(&of, key)?.is_some()))
            }
            Node::Index(of, index) => self.index(&self.value(of, element)?, &self.value(index, element)?),
            Node::Not(inner) => Ok(Value::Bool(!self.truth(inner, element)?)),
            Node::Negative(inner) => match self.value(inner, element)? {
                Value::Number(number) => double(-number.as_f64()),
                _ => Err(Fault),
            },
            // What decides by itself decides, whatever is wrong with the other side.
            Node::And(left, right) => self.either(left, right, element, false),
            Node::Or(left, right) => self.either(left, right, element, true),
            Node::Choice(parts) => {
                let [condition, yes, no] = &**parts;
                self.value(if self.truth(condition, element)? { yes } else { no }, element)
            }
            Node::Binary(op, left, right) => {
                let (left, right) = (self.value(left, element)?, self.value(right, element)?);
                self.binary(*op, &left, &right)
            }
            Node::Call(function, given) => {
                let given =
                    given.iter().map(|node| self.value(node, element)).collect::<Result<Vec<_>, _>>()?;
                self.call(*function, &given)
            }
            Node::Matches(value, pattern) => {
                let value = self.value(value, element)?;
                let text = self.searched(&value)?;
                self.spend(text.len())?;
                Ok(Value::Bool(match self.reading {
                    Reading::Folded => pattern.any_case.matches(&lower(text)),
                    Reading::Canonical | Reading::Plain => pattern.plain.matches(text),
                }))
            }
            Node::Each(kind, list, body) => {
                let list = self.items(&self.value(list, element)?)?;
                self.each(*kind, list, body)
            }
        }
    }

    fn truth(&self, node: &Node, element: Option<&Value<'a>>) -> Result<bool, Fault> {
        match self.value(node, element)? {
            Value::Bool(value) => Ok(value),
            _ => Err(Fault),
        }
    }

    fn either(&self, left: &Node, right: &Node, element: Option<&Value<'a>>, decides: bool) -> Valued<'a> {
        let left = self.truth(left, element);
        if let Ok(value) = left
            && value == decides
        {
            return Ok(Value::Bool(decides));
        }
        let right = self.truth(right, element)?;
        if right == decides {
            return Ok(Value::Bool(decides));
        }
        left.map(Value::Bool)
    }

    fn fact(&self, fact: Fact) -> Valued<'a> {
        let request = self.facts.request;
        let context = request.context;
        let named = |name: Option<&'a str>| name.map_or(Ok(Value::Null), |name| self.said(name));
        match fact {
            Fact::Args => self.facts.args.map(Value::Json).ok_or(Fault),
            Fact::Tool => self.said(request.tool.as_str()),
            Fact::Server => named(request.server.map(ServerId::as_str)),
            Fact::Principal => named(context.principal_id().map(PrincipalId::as_str)),
            Fact::Environment => named(context.environment_name()),
            Fact::Roles => {
                let roles = context.roles().iter().map(|role| self.said(role));
                roles.collect::<Result<_, _>>().map(Value::List)
            }
            Fact::Mode => Ok(self.word(mode_word(context.side()))),
            Fact::Trust => Ok(self.word(context.principal_trust().as_str())),
            Fact::Authorized => Ok(Value::Bool(request.authorized)),
            Fact::Described => Ok(Value::Bool(request.described)),
            Fact::Capabilities => {
                Ok(Value::List(request.capabilities.iter().map(|word| self.word(word.as_str())).collect()))
            }
            Fact::Session => Ok(Value::Session),
            Fact::Now => Ok(Value::Number(Number::from(request.now.ok_or(Fault)?.unix_ms / 1_000))),
        }
    }

    fn member(&self, of: &Value<'a>, key: &Text) -> Result<Option<Value<'a>>, Fault> {
        match of {
            Value::Session => {
                let request = self.facts.request;
                Ok(Some(match &*key.plain {
                    "integrity" => self.word(request.session.integrity().as_str()),
                    "sensitivity" => self.word(request.session.sensitivity().as_str()),
                    "user_spoke" => Value::Bool(request.user_spoke),
                    "canary_seen" => Value::Bool(request.canary_seen),
                    "escalated" => Value::Bool(request.escalated),
                    _ => return Err(Fault),
                }))
            }
            Value::Json(Json::Object(members)) => {
                let mut found = None;
                for (name, value) in members {
                    self.count()?;
                    let same = if self.reading == Reading::Folded {
                        fold(name) == *key.folded
                    } else {
                        **name == *key.plain
                    };
                    // SECURITY: `Path` beside `path` is an argument that some servers read.
                    if same || (self.reading == Reading::Canonical && fold(name) == *key.folded) {
                        if found.is_some() || !same {
                            return Err(Fault);
                        }
                        found = Some(self.json(value)?);
                    }
                }
                Ok(found)
            }
            _ => Err(Fault),
        }
    }

    fn index(&self, of: &Value<'a>, index: &Value<'a>) -> Valued<'a> {
        match (of, index) {
            (Value::Json(Json::Object(_)), Value::Text { text, .. }) => {
                self.member(of, &Text::new(text))?.ok_or(Fault)
            }
            (of, Value::Number(number)) => {
                let at = number.as_i64().and_then(|at| usize::try_from(at).ok()).ok_or(Fault)?;
                match of {
                    Value::Json(Json::Array(items)) => self.json(items.get(at).ok_or(Fault)?),
                    Value::List(items) => items.get(at).cloned().ok_or(Fault),
                    _ => Err(Fault),
                }
            }
            _ => Err(Fault),
        }
    }

    /// The elements of a list, or the keys of an object.
    fn items(&self, value: &Value<'a>) -> Result<Vec<Value<'a>>, Fault> {
        match value {
            Value::List(items) => Ok(items.clone()),
            Value::Json(Json::Array(items)) => {
                items.iter().map(|item| self.count().and_then(|()| self.json(item))).collect()
            }
            Value::Json(Json::Object(members)) => {
                members.iter().map(|(key, _)| self.count().and_then(|()| self.said(key))).collect()
            }
            _ => Err(Fault),
        }
    }

    fn each(&self, kind: Macro, list: Vec<Value<'a>>, body: &Node) -> Valued<'a> {
        let mut kept = Vec::new();
        let mut fault = false;
        let mut hits = 0_usize;
        for item in list {
            if kind == Macro::Map {
                kept.push(self.value(body, Some(&item))?);
                continue;
            }
            let Ok(holds) = self.truth(body, Some(&item)) else {
                fault = true;
                continue;
            };
            match (kind, holds) {
                (Macro::All, false) => return Ok(Value::Bool(false)),
                (Macro::Exists, true) => return Ok(Value::Bool(true)),
                (Macro::Filter, true) => kept.push(item),
                (_, true) => hits = hits.saturating_add(1),
                (_, false) => {}
            }
        }
        if fault {
            return Err(Fault);
        }
        Ok(match kind {
            Macro::All => Value::Bool(true),
            Macro::Exists => Value::Bool(false),
            Macro::ExistsOne => Value::Bool(hits == 1),
            Macro::Filter | Macro::Map => Value::List(kept),
        })
    }

    fn binary(&self, op: Op, left: &Value<'a>, right: &Value<'a>) -> Valued<'a> {
        let answer = match op {
            Op::Eq => self.equal(left, right)?,
            Op::Ne => !self.equal(left, right)?,
            Op::In => {
                if let (Value::Text { text, .. }, Value::Json(Json::Object(_))) = (left, right) {
                    return Ok(Value::Bool(self.member(right, &Text::new(text))?.is_some()));
                }
                let mut found = false;
                for item in self.items(right)? {
                    found |= self.equal(left, &item)?;
                }
                found
            }
            Op::Lt => self.order(left, right)?.is_lt(),
            Op::Le => self.order(left, right)?.is_le(),
            Op::Gt => self.order(left, right)?.is_gt(),
            Op::Ge => self.order(left, right)?.is_ge(),
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem => return self.arithmetic(op, left, right),
        };
        Ok(Value::Bool(answer))
    }

    fn number(&self, value: &Value<'a>) -> Option<Number> {
        match value {
            Value::Number(number) => Some(number.clone()),
            // SECURITY: a number in a text is a number to many servers.
            Value::Text { text, .. } if self.reading == Reading::Folded => Number::new(text.trim()),
            _ => None,
        }
    }

    fn equal(&self, left: &Value<'a>, right: &Value<'a>) -> Result<bool, Fault> {
        self.count()?;
        Ok(match (left, right) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.compare(b).is_eq(),
            (Value::Text { text: a, .. }, Value::Text { text: b, .. }) => {
                self.spend(a.len().min(b.len()))?;
                a == b
            }
            (Value::Number(_), Value::Text { .. }) | (Value::Text { .. }, Value::Number(_)) => {
                match (self.number(left), self.number(right)) {
                    (Some(a), Some(b)) => a.compare(&b).is_eq(),
                    _ => false,
                }
            }
            (Value::Null, _) | (_, Value::Null) => false,
            // Lists and objects are not compared as wholes.
            _ => return Err(Fault),
        })
    }

    fn order(&self, left: &Value<'a>, right: &Value<'a>) -> Result<Ordering, Fault> {
        if let (Some(a), Some(b)) = (self.number(left), self.number(right)) {
            return Ok(a.compare(&b));
        }
        match (left, right) {
            (Value::Text { text: a, .. }, Value::Text { text: b, .. }) => {
                self.spend(a.len().min(b.len()))?;
                Ok(a.cmp(b))
            }
            _ => Err(Fault),
        }
    }

    fn arithmetic(&self, op: Op, left: &Value<'a>, right: &Value<'a>) -> Valued<'a> {
        if let (Op::Add, Value::Text { text: a, said: x }, Value::Text { text: b, said: y }) =
            (op, left, right)
        {
            self.spend(a.len().saturating_add(b.len()))?;
            return Ok(Value::Text { text: Cow::Owned([&**a, &**b].concat()), said: *x || *y });
        }
        let (Some(left), Some(right)) = (self.number(left), self.number(right)) else { return Err(Fault) };
        if let (Some(a), Some(b)) = (left.as_i64(), right.as_i64()) {
            let whole = match op {
                Op::Add => a.checked_add(b),
                Op::Sub => a.checked_sub(b),
                Op::Mul => a.checked_mul(b),
                Op::Div => a.checked_div(b),
                _ => a.checked_rem(b),
            };
            return whole.map(|whole| Value::Number(Number::from(whole))).ok_or(Fault);
        }
        let (a, b) = (left.as_f64(), right.as_f64());
        double(match op {
            Op::Add => a + b,
            Op::Sub => a - b,
            Op::Mul => a * b,
            Op::Div => a / b,
            _ => return Err(Fault),
        })
    }

    /// A text in which something is looked for.
    fn searched<'v>(&self, value: &'v Value<'a>) -> Result<&'v str, Fault> {
        match value {
            // SECURITY: `/srv/../etc` starts with `/srv/`, and is not there.
            Value::Text { text, said: true } if self.reading == Reading::Canonical && !is_canonical(text) => {
                Err(Fault)
            }
            Value::Text { text, .. } => Ok(text),
            _ => Err(Fault),
        }
    }

    fn call(&self, function: Function, given: &[Value<'a>]) -> Valued<'a> {
        let first = given.first().ok_or(Fault)?;
        let both = || -> Result<(&str, &str), Fault> {
            let (text, part) = (self.searched(first)?, self.searched(given.get(1).ok_or(Fault)?)?);
            self.spend(text.len().saturating_add(part.len()))?;
            Ok((text, part))
        };
        Ok(match function {
            Function::Size => {
                let size = match first {
                    Value::Text { text, .. } => text.chars().count(),
                    Value::List(items) => items.len(),
                    Value::Json(Json::Array(items)) => items.len(),
                    Value::Json(Json::Object(members)) => members.len(),
                    _ => return Err(Fault),
                };
                Value::Number(Number::from(u64::try_from(size).map_err(|_| Fault)?))
            }
            Function::Contains => both().map(|(text, part)| Value::Bool(text.contains(part)))?,
            Function::StartsWith => both().map(|(text, part)| Value::Bool(text.starts_with(part)))?,
            Function::EndsWith => both().map(|(text, part)| Value::Bool(text.ends_with(part)))?,
            Function::LowerAscii => match first {
                Value::Text { text, said } => {
                    self.spend(text.len())?;
                    Value::Text { text: Cow::Owned(text.to_ascii_lowercase()), said: *said }
                }
                _ => return Err(Fault),
            },
            Function::Int | Function::Double => match first {
                Value::Number(number) => {
                    if function == Function::Int && !number.is_whole() {
                        return Err(Fault);
                    }
                    Value::Number(number.clone())
                }
                Value::Text { text, .. } => Value::Number(Number::new(text.trim()).ok_or(Fault)?),
                _ => return Err(Fault),
            },
            Function::String => match first {
                Value::Text { .. } => first.clone(),
                Value::Number(number) => Value::Text { text: Cow::Owned(number.canonical()), said: true },
                Value::Bool(value) => Value::Text { text: Cow::Owned(value.to_string()), said: true },
                _ => return Err(Fault),
            },
        })
    }
}

fn double(number: f64) -> Result<Value<'static>, Fault> {
    if !number.is_finite() {
        return Err(Fault);
    }
    Number::new(&format!("{number:?}")).map(Value::Number).ok_or(Fault)
}
