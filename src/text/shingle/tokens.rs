//! Exact tokens: an address that an untrusted text named is the same address in a call's argument, however
//! it is spelled, and no other address is.
//!
//! A token is whole: `bob@corp.example` is not found in `bob@corp.example.evil.example`. A value *is* a token
//! when the token's span covers it; where it does not, something stands beside the token. Hashes are keyed, so
//! that nobody can search for an address with the hash of a trusted one.
//!
//! A piece of text that can be read in two ways gives both tokens: `report.pdf` is a file's name and may be a
//! host, `1.000` is one or a thousand.
//!
//! Not promised: parsing. A token is what a reader takes for one; whoever connects or sends parses again. In
//! scripts without spaces a word is all that stands between two marks.

use std::fmt;
use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;
use zeroize::Zeroizing;

use super::grams::unspaced;
use super::{Fingerprint, Squeezed, digits};
use crate::base::{Folded, SecretKey, Span};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// A mail address.
    Mail,
    /// A URL, whole. `http` and `https` count as one.
    Url,
    /// A host name or IP address, by itself or in a URL.
    Host,
    /// An IBAN or a number of eight digits or more, without spaces and dashes.
    Account,
    /// A telephone number: 7 to 15 digits, without `+` and separators.
    Phone,
    /// A path of Unix or Windows, or a file's name.
    Path,
    /// Letters and digits mixed, or joined by `_`: order numbers, UUIDs, keys.
    Id,
    /// A number, in plain digits.
    Number,
    /// `@name`.
    Handle,
    /// `#name`.
    Channel,
    /// Several words in quotes; also a whole leaf, see [`whole`].
    Phrase,
    /// A single word of two characters or more.
    Word,
}

/// A token: what it is, where it stands, and the hash of its normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    hash: Fingerprint,
    span: Span<Folded>,
    short: bool,
}

impl Token {
    /// What it is.
    pub fn kind(self) -> TokenKind {
        self.kind
    }

    /// The keyed hash of kind and normal form.
    pub fn hash(self) -> Fingerprint {
        self.hash
    }

    /// Where it stands.
    pub fn span(self) -> Span<Folded> {
        self.span
    }

    /// Whether it is so short that it re-appears by accident: numbers below 4 digits, other tokens below 5
    /// letters and digits.
    pub fn is_short(self) -> bool {
        self.short
    }
}

/// The key of token hashes: two texts can be compared only under one key. `Debug` shows the type's name only.
#[derive(Clone)]
pub struct TokenKey(Zeroizing<[u64; 2]>);

impl TokenKey {
    /// The key for tokens, derived from the guard's secret.
    pub fn derive(secret: &SecretKey) -> Self {
        let tag = secret.derive("tokens").tag(&[]);
        let (words, _) = tag.as_bytes().as_chunks::<8>();
        let mut key = [0; 2];
        key.iter_mut().zip(words).for_each(|(half, word)| *half = u64::from_le_bytes(*word));
        Self(Zeroizing::new(key))
    }

    fn hash(&self, kind: TokenKind, normal: &str) -> Fingerprint {
        let [k0, k1] = *self.0;
        let mut hasher = SipHasher13::new_with_keys(k0, k1);
        hasher.write_u64(kind as u64);
        hasher.write(normal.as_bytes());
        Fingerprint(hasher.finish())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey")
    }
}

/// Every token of the text, in no particular order. Their number is at most proportional to the text's length.
pub fn tokens(key: &TokenKey, text: &Squeezed<'_>) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.text().len().saturating_div(6));
    each_token(key, text, |token| tokens.push(token));
    tokens
}

/// Calls `found` with every token of the text: a long text has more of them than there should be in memory at once.
pub fn each_token(key: &TokenKey, text: &Squeezed<'_>, mut found: impl FnMut(Token)) {
    let mut found = Found { key, text, sink: &mut found };
    let text = text.text();
    let (mut start, mut grouped_until, mut all) = (0_usize, 0_usize, 0_u8);
    for (end, byte) in text.bytes().chain([b' ']).enumerate() {
        if byte != b' ' {
            all |= class(byte);
            continue;
        }
        let chunk = text.get(start..end).unwrap_or_default();
        match all {
            0 => {}
            LETTER if chunk.len() > 1 => found.push(TokenKind::Word, start, end, chunk),
            LETTER => {}
            classes => {
                found.chunk(start, chunk, classes);
                if classes & DIGIT != 0 {
                    let mut push = |kind, start, end, normal: &str| found.push(kind, start, end, normal);
                    digits::find(text, start, end, &mut grouped_until, &mut push);
                }
                if classes & (QUOTE | OTHER) != 0 {
                    let mut push =
                        |start, end, normal: &str| found.push(TokenKind::Phrase, start, end, normal);
                    phrases(text, start, end, &mut push);
                }
            }
        }
        (start, all) = (end.saturating_add(1), 0);
    }
}

/// `a` to `z`.
const LETTER: u8 = 1;
/// `0` to `9`.
const DIGIT: u8 = 1 << 1;
/// What may stand inside a name: `_`, `-`, `.`
const JOINT: u8 = 1 << 2;
/// `@` and `#`.
const SIGN: u8 = 1 << 3;
/// `/` and `\`.
const SLASH: u8 = 1 << 4;
/// Quotation marks.
const QUOTE: u8 = 1 << 5;
/// Other ASCII.
const MARK: u8 = 1 << 6;
/// Beyond ASCII.
const OTHER: u8 = 1 << 7;

/// What the byte may be part of.
fn class(byte: u8) -> u8 {
    const CLASSES: [u8; 256] = {
        let mut classes = [0; 256];
        let mut byte = 0_u8;
        loop {
            #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
            {
                classes[byte as usize] = match byte {
                    b'a'..=b'z' | b'A'..=b'Z' => LETTER,
                    b'0'..=b'9' => DIGIT,
                    b'_' | b'-' | b'.' => JOINT,
                    b'@' | b'#' => SIGN,
                    b'/' | b'\\' => SLASH,
                    b'"' | b'\'' | b'`' => QUOTE,
                    0x80.. => OTHER,
                    _ => MARK,
                };
            }
            if byte == u8::MAX {
                break classes;
            }
            byte = byte.wrapping_add(1);
        }
    };
    CLASSES.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

/// The hash of a whole short text as a [`TokenKind::Phrase`], so that a leaf equals the quoted words that it was
/// copied from. Punctuation around it does not count.
pub fn whole(key: &TokenKey, text: &Squeezed<'_>) -> Fingerprint {
    key.hash(TokenKind::Phrase, bare(text.text()))
}

/// Without what is neither letter nor digit at the ends; all of it, when nothing else is there.
fn bare(text: &str) -> &str {
    match text.trim_matches(|c: char| !c.is_alphanumeric()) {
        "" => text,
        bare => bare,
    }
}

struct Found<'a> {
    key: &'a TokenKey,
    text: &'a Squeezed<'a>,
    sink: &'a mut dyn FnMut(Token),
}

/// Characters that end a URL, besides white space.
const URL_ENDS: &[char] =
    &['<', '>', '"', '`', '{', '}', '|', '^', '“', '”', '„', '«', '»', '「', '」', '、', '。', '，'];

impl Found<'_> {
    fn push(&mut self, kind: TokenKind, start: usize, end: usize, normal: &str) {
        let long = if kind == TokenKind::Number { 3 } else { 4 };
        // `https://t.co` is short, and leads somewhere all the same.
        let leads = matches!(kind, TokenKind::Mail | TokenKind::Url | TokenKind::Account);
        (self.sink)(Token {
            kind,
            hash: self.key.hash(kind, normal),
            span: self.text.locate(start, end),
            short: !leads
                && (normal.len() <= long
                    || normal.chars().filter(|c| c.is_alphanumeric()).nth(long).is_none()),
        });
    }

    /// The words of ASCII letters in `chunk`, in which there is nothing but such letters and marks.
    fn words(&mut self, at: usize, chunk: &str) {
        let mut from = at;
        for word in chunk.split(|c: char| !c.is_ascii_alphabetic()) {
            let end = from.saturating_add(word.len());
            if word.len() > 1 {
                self.push(TokenKind::Word, from, end, word);
            }
            from = end.saturating_add(1);
        }
    }

    /// Finds what stands in text without spaces, `chunk`, that begins at `at`.
    fn chunk(&mut self, at: usize, chunk: &str, classes: u8) {
        // A full stop at the end is no part of a name.
        let inner = chunk.strip_suffix('.').unwrap_or(chunk);
        if classes & !(LETTER | QUOTE | JOINT | MARK) == 0 && !inner.bytes().any(|byte| class(byte) == JOINT)
        {
            return self.words(at, inner);
        }
        // What belongs to a URL or an address is not read again as words.
        let mut taken: Vec<(usize, usize)> = Vec::new();
        if classes & SLASH != 0 {
            self.urls(at, chunk, &mut taken);
        }
        if classes & SIGN != 0 {
            self.names(at, chunk, &mut taken);
        }
        if taken.is_empty() && classes & SLASH != 0 {
            self.paths(at, chunk);
        }
        taken.sort_unstable();
        let mut taken = taken.into_iter().peekable();
        let mut open: Option<usize> = None;
        let mut before = None;
        for (start, c) in chunk.char_indices().chain([(chunk.len(), ' ')]) {
            while taken.next_if(|(_, end)| *end <= start).is_some() {}
            let free = taken.peek().is_none_or(|(from, _)| start < *from);
            let joins = free && (c.is_alphanumeric() || matches!(c, '_' | '-' | '.') || unspaced(c));
            let same_script = before.is_none_or(|before| unspaced(before) == unspaced(c));
            if let Some(from) = open.filter(|_| !joins || !same_script) {
                self.piece(at.saturating_add(from), chunk.get(from..start).unwrap_or_default());
                open = None;
            }
            if joins && open.is_none() {
                open = Some(start);
            }
            before = joins.then_some(c);
        }
    }

    /// Letters, digits, `_`, `-` and `.` in a row.
    fn piece(&mut self, at: usize, piece: &str) {
        let joint = |c: char| matches!(c, '_' | '-' | '.');
        let lead = piece.len().saturating_sub(piece.trim_start_matches(joint).len());
        let (at, piece) = (at.saturating_add(lead), piece.trim_matches(joint));
        let (mut letters, mut digits, mut marks, mut dots, mut underscores) =
            (false, false, false, 0_u32, false);
        for c in piece.chars() {
            match c {
                '.' => dots = dots.saturating_add(1),
                '_' => underscores = true,
                '-' => marks = true,
                c if c.is_ascii_digit() => digits = true,
                _ => letters = true,
            }
        }
        let end = at.saturating_add(piece.len());
        if dots > 0 {
            self.dotted(at, piece);
        }
        if digits && letters {
            digits::iban(self.text.text(), at, &mut |end, normal| {
                self.push(TokenKind::Account, at, end, normal);
            });
        }
        if underscores || digits && (letters || marks || dots > 1) {
            self.push(TokenKind::Id, at, end, piece);
        } else if letters {
            let mut from = at;
            for word in piece.split(joint) {
                if word.chars().nth(1).is_some() {
                    self.push(TokenKind::Word, from, from.saturating_add(word.len()), word);
                }
                from = from.saturating_add(word.len()).saturating_add(1);
            }
        }
    }

    /// `mail.example.com`, `192.0.2.1`, `report.pdf`.
    fn dotted(&mut self, at: usize, name: &str) {
        let end = at.saturating_add(name.len());
        if is_host(name) {
            self.push(TokenKind::Host, at, end, name);
        }
        let extension = name.rsplit('.').next().unwrap_or_default();
        if extension.len() <= 8 && extension.chars().any(char::is_alphabetic) {
            self.push(TokenKind::Path, at, end, name);
        }
    }

    fn urls(&mut self, at: usize, chunk: &str, taken: &mut Vec<(usize, usize)>) {
        let mut from = 0_usize;
        while let Some(colon) =
            chunk.get(from..).and_then(|rest| rest.find("://")).map(|colon| colon.saturating_add(from))
        {
            let before = chunk.get(from..colon).unwrap_or_default();
            let scheme = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-')));
            let start = scheme.map_or(from, |last| {
                from.saturating_add(last).saturating_add(
                    before.get(last..).and_then(|c| c.chars().next()).map_or(1, char::len_utf8),
                )
            });
            let rest = chunk.get(start..).unwrap_or_default();
            let end = start.saturating_add(url_length(rest));
            from = end.max(colon.saturating_add(3));
            let url = chunk.get(start..end).unwrap_or_default();
            if url.len() > colon.saturating_sub(start).saturating_add(3) && start < colon {
                taken.push((start, end));
                self.url(at.saturating_add(start), url, colon.saturating_sub(start).saturating_add(3));
            }
        }
    }

    /// A URL whose authority begins behind `skip` bytes.
    fn url(&mut self, at: usize, url: &str, skip: usize) {
        let end = at.saturating_add(url.len());
        let (scheme, rest) = url.split_at_checked(skip).unwrap_or((url, ""));
        let web = matches!(scheme, "http://" | "https://" | "");
        self.push(TokenKind::Url, at, end, (if web { rest } else { url }).trim_end_matches('/'));
        // SECURITY: `https://good.example@evil.example/` and `https://evil.example\@good.example` go to evil.example.
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host_at = at.saturating_add(skip).saturating_add(authority.len().saturating_sub(host.len()));
        let host = match host.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => host,
        };
        let host = host.trim_end_matches('.');
        if !host.is_empty() {
            self.push(TokenKind::Host, host_at, host_at.saturating_add(host.len()), host);
        }
    }

    /// Mail addresses, `@name` and `#name`.
    fn names(&mut self, at: usize, chunk: &str, taken: &mut Vec<(usize, usize)>) {
        let urls = taken.clone();
        let mut urls = urls.into_iter().peekable();
        for (sign, mark) in chunk.match_indices(['@', '#']) {
            while urls.next_if(|(_, to)| *to <= sign).is_some() {}
            if urls.peek().is_some_and(|(from, _)| *from <= sign) {
                continue;
            }
            let after = chunk.get(sign.saturating_add(1)..).unwrap_or_default();
            let part = run(after.chars(), |c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
            let name = after.get(..part).unwrap_or_default().trim_end_matches(['.', '-']);
            let before = chunk.get(..sign).unwrap_or_default();
            let local = run(before.chars().rev(), |c| {
                c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '%' | '&' | '\'')
            });
            let local = before.get(before.len().saturating_sub(local)..).unwrap_or_default();
            let local = local.trim_start_matches(['.', '-', '\'', '&']);
            let end = sign.saturating_add(1).saturating_add(name.len());
            if name.is_empty() {
                continue;
            }
            let (kind, start) = match (mark, local) {
                ("@", "") => (TokenKind::Handle, sign),
                ("@", local) => (TokenKind::Mail, sign.saturating_sub(local.len())),
                (_, "") => (TokenKind::Channel, sign),
                _ => continue,
            };
            taken.push((start, end));
            let normal = chunk.get(start..end).unwrap_or_default();
            self.push(kind, at.saturating_add(start), at.saturating_add(end), normal);
        }
    }

    /// `/etc/hosts`, `c:\users`, `src/main.rs`, `example.com/page`: the whole, and what assignments and lists
    /// hold.
    fn paths(&mut self, at: usize, chunk: &str) {
        const MARKS: &[char] =
            &['=', ',', ';', '"', '\'', '`', '(', ')', '<', '>', '[', ']', '{', '}', '|', '*'];
        let whole = self.path(at, chunk);
        let mut from = at;
        for part in chunk.split(MARKS) {
            let end = from.saturating_add(part.len());
            if part.contains(['/', '\\']) && whole.is_some_and(|(start, stop)| start < from || end < stop) {
                self.path(from, part);
            }
            from = end.saturating_add(1);
        }
    }

    fn path(&mut self, at: usize, chunk: &str) -> Option<(usize, usize)> {
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '/' | '\\' | '_' | '$' | '%');
        let core = chunk.trim_start_matches(|c: char| !(inside(c) || matches!(c, '~' | '.')));
        let at = at.saturating_add(chunk.len().saturating_sub(core.len()));
        let core = core.trim_end_matches(|c: char| !inside(c));
        let end = at.saturating_add(core.len());
        if !core.chars().any(char::is_alphanumeric) {
            return None;
        }
        let (first, _) = core.split_once('/').unwrap_or_default();
        if is_host(first.split(':').next().unwrap_or_default()) {
            self.url(at, core, 0);
        }
        let normal = core.replace('\\', "/");
        self.push(TokenKind::Path, at, end, normal.trim_end_matches('/'));
        Some((at, end))
    }
}

/// Length in bytes of the leading characters that fit, no further than a change between scripts with and without
/// spaces.
fn run(mut chars: impl Iterator<Item = char>, fits: impl Fn(char) -> bool) -> usize {
    let Some(first) = chars.next().filter(|c| fits(*c)) else { return 0 };
    let script = unspaced(first);
    chars
        .take_while(|c| fits(*c) && unspaced(*c) == script)
        .fold(first.len_utf8(), |len, c| len.saturating_add(c.len_utf8()))
}

/// Length in bytes of the URL that `text` begins with.
fn url_length(text: &str) -> usize {
    let (mut round, mut square) = (0_i32, 0_i32);
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        match c {
            '(' => round = round.saturating_add(1),
            '[' => square = square.saturating_add(1),
            // A bracket that the URL did not open closes what the URL stands in, as in markdown.
            ')' => round = round.saturating_sub(1),
            ']' => square = square.saturating_sub(1),
            _ => {}
        }
        if round < 0 || square < 0 || URL_ENDS.contains(&c) {
            end = at;
            break;
        }
    }
    let url = text.get(..end).unwrap_or_default();
    url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '…', '’', '(', '[']).len()
}

/// Whether this is a host's name of at least two labels, the last of letters, or an IPv4 address.
fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    };
    let Some((_, top)) = name.rsplit_once('.') else { return false };
    let named =
        top.chars().nth(1).is_some() && top.chars().all(char::is_alphabetic) || top.starts_with("xn--");
    name.split('.').all(label) && (named || name.parse::<std::net::Ipv4Addr>().is_ok())
}

/// Several words between quotation marks, the first of which stands in `from..to`.
fn phrases(text: &str, from: usize, to: usize, found: &mut impl FnMut(usize, usize, &str)) {
    const LONGEST: usize = 256;
    let marks = |c: char| matches!(c, '"' | '`' | '\'') || !c.is_ascii();
    for (at, mark) in text.get(from..to).unwrap_or_default().match_indices(marks) {
        let at = from.saturating_add(at);
        let c = mark.chars().next().unwrap_or_default();
        let last = || text.get(..at).and_then(|before| before.chars().next_back()).unwrap_or(' ');
        let closers: &[char] = match c {
            '"' => &['"'],
            '`' => &['`', '\''],
            '\'' if !last().is_alphanumeric() => &['\''],
            '‘' => &['’', '‘'],
            '“' => &['”', '“'],
            '„' => &['“', '”', '„'],
            '«' => &['»', '«'],
            '»' => &['«', '»'],
            '「' => &['」', '「'],
            '『' => &['』', '『'],
            _ => continue,
        };
        let start = at.saturating_add(c.len_utf8());
        let rest = text.get(start..).unwrap_or_default();
        let mut behind = rest.char_indices().take_while(|(at, _)| *at <= LONGEST).peekable();
        while let Some((len, c)) = behind.next() {
            // An apostrophe inside a word closes nothing.
            let apostrophe =
                matches!(c, '\'' | '’') && behind.peek().is_some_and(|(_, next)| next.is_alphanumeric());
            let opens = apostrophe && rest.get(..len).is_some_and(|inner| inner.ends_with(' '));
            if !closers.contains(&c) || apostrophe && !opens {
                continue;
            }
            let inner = rest.get(..len).unwrap_or_default();
            if inner.trim().contains(' ') {
                found(start, start.saturating_add(len), bare(inner));
            }
            break;
        }
    }
}
