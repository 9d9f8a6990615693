//! The members of one request, taken out one by one; what is left over is an error.

use bartizan::text::json::Json;

/// Why a line was refused: a stable code and a message for whoever wrote the line.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// An object that is being read. Every member has to be taken: a misspelt `sensitivity` must not mean
/// "public".
#[derive(Debug)]
pub(crate) struct Fields {
    at: String,
    members: Vec<(String, Json)>,
}

impl Fields {
    /// The members of the object `json`, which stands at the pointer `at`.
    pub(crate) fn of(json: Json, at: &str) -> Result<Self, Refusal> {
        match json {
            Json::Object(members) => Ok(Self { at: at.to_owned(), members }),
            other => Err(wrong_type(at, "an object", &other)),
        }
    }

    /// Takes a member out; `null` counts as absent.
    pub(crate) fn take(&mut self, key: &str) -> Option<Json> {
        let index = self.members.iter().position(|(name, _)| name == key)?;
        Some(self.members.remove(index).1).filter(|json| !matches!(json, Json::Null))
    }

    /// Takes a member that has to be there.
    pub(crate) fn need(&mut self, key: &str) -> Result<Json, Refusal> {
        self.take(key).ok_or_else(|| Refusal::new("missing-field", format!("`{}/{key}` is missing", self.at)))
    }

    /// Takes a string that has to be there.
    pub(crate) fn need_string(&mut self, key: &str) -> Result<String, Refusal> {
        let json = self.need(key)?;
        self.string_of(key, json)
    }

    /// Takes a string.
    pub(crate) fn string(&mut self, key: &str) -> Result<Option<String>, Refusal> {
        self.take(key).map(|json| self.string_of(key, json)).transpose()
    }

    /// Takes a boolean.
    pub(crate) fn boolean(&mut self, key: &str) -> Result<Option<bool>, Refusal> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(wrong_type(&self.pointer(key), "true or false", &other)),
        }
    }

    /// Takes a list of strings.
    pub(crate) fn strings(&mut self, key: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(items) = self.array(key)? else { return Ok(None) };
        items
            .into_iter()
            .enumerate()
            .map(|(index, item)| self.string_of(&format!("{key}/{index}"), item))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Takes a list.
    pub(crate) fn array(&mut self, key: &str) -> Result<Option<Vec<Json>>, Refusal> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Array(items)) => Ok(Some(items)),
            Some(other) => Err(wrong_type(&self.pointer(key), "a list", &other)),
        }
    }

    /// Takes an object.
    pub(crate) fn object(&mut self, key: &str) -> Result<Option<Fields>, Refusal> {
        let at = self.pointer(key);
        self.take(key).map(|json| Self::of(json, &at)).transpose()
    }

    /// Takes a string that has to be one of `words`; absent means the first of them.
    pub(crate) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, Refusal> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*value));
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        Err(Refusal::new(
            "wrong-value",
            format!("`{}` must be one of {}", self.pointer(key), known.join(", ")),
        ))
    }

    /// Takes a name that is checked as it is parsed.
    pub(crate) fn name<T>(&mut self, key: &str) -> Result<Option<T>, Refusal>
    where
        T: std::str::FromStr<Err = bartizan::base::IdError>,
    {
        self.string(key)?
            .map(|text| {
                text.parse().map_err(|e| Refusal::new("wrong-value", format!("`{}`: {e}", self.pointer(key))))
            })
            .transpose()
    }

    /// The same, which has to be there.
    pub(crate) fn need_name<T>(&mut self, key: &str) -> Result<T, Refusal>
    where
        T: std::str::FromStr<Err = bartizan::base::IdError>,
    {
        self.name(key)?
            .ok_or_else(|| Refusal::new("missing-field", format!("`{}` is missing", self.pointer(key))))
    }

    /// Takes a number.
    pub(crate) fn number(&mut self, key: &str) -> Result<Option<f64>, Refusal> {
        match self.take(key) {
            None => Ok(None),
            Some(Json::Number(number)) => Ok(Some(number.as_f64())),
            Some(other) => Err(wrong_type(&self.pointer(key), "a number", &other)),
        }
    }

    /// Says that nothing is left over.
    pub(crate) fn done(self) -> Result<(), Refusal> {
        match self.members.first() {
            None => Ok(()),
            Some((key, _)) => {
                let shown: String = key.chars().take(40).flat_map(char::escape_debug).collect();
                Err(Refusal::new("unknown-field", format!("`{}/{shown}` is not known here", self.at)))
            }
        }
    }

    fn pointer(&self, key: &str) -> String {
        format!("{}/{key}", self.at)
    }

    fn string_of(&self, key: &str, json: Json) -> Result<String, Refusal> {
        match json {
            Json::String(text) => Ok(text),
            other => Err(wrong_type(&self.pointer(key), "a string", &other)),
        }
    }
}

fn wrong_type(at: &str, wanted: &str, found: &Json) -> Refusal {
    let found = match found {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    };
    let at = if at.is_empty() { "the request" } else { at };
    Refusal::new("wrong-type", format!("`{at}` must be {wanted}, not {found}"))
}
