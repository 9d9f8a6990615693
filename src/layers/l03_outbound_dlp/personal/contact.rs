//! How to reach a person: mail, telephone, post, network, place; and the day of birth.

use super::{Context, NEAR, One, kind, starts_apart};
use crate::base::Span;

/// Longest part of an address of mail on either side, in bytes.
const MAIL: usize = 64;

fn one(
    kind: &'static super::PersonalType,
    start: usize,
    end: usize,
    is_sure: bool,
    is_named: bool,
) -> Option<One> {
    Some(One { kind, span: Span::new(start, end)?, is_sure, is_named })
}

/// An address of mail around the `@` at `at`; not `git@host`, not `@scope/name`, not what stands for one.
pub(super) fn mail(text: &str, at: usize) -> Option<One> {
    let bytes = text.as_bytes();
    let is_local = |byte: &&u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(byte);
    let before = bytes.get(..at)?;
    let mut start = at.saturating_sub(before.iter().rev().take(MAIL).take_while(is_local).count());
    // What comes before the local part in a query or a table is none of it.
    if let Some(cut) = text.get(start..at)?.rfind(['=', '?', '&', '/', '|', '\'', '`', '*', '{', '}']) {
        start = start.saturating_add(cut).saturating_add(1);
    }
    let local = text.get(start..at)?.trim_start_matches('.');
    start = at.saturating_sub(local.len());
    let is_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let length = bytes.get(at.saturating_add(1)..)?.iter().take(255).take_while(is_domain).count();
    let domain_at = at.saturating_add(1);
    let domain = text.get(domain_at..domain_at.saturating_add(length))?.trim_end_matches(['.', '-']);
    let (_, top) = domain.rsplit_once('.')?;
    let end = domain_at.saturating_add(domain.len());
    let lower = domain.to_ascii_lowercase();
    let documents = lower.starts_with("example.")
        || lower.contains(".example")
        || lower
            .rsplit('.')
            .next()
            .is_some_and(|top| ["invalid", "test", "local", "localhost"].contains(&top));
    let service =
        ["git", "noreply", "no-reply", "npm", "postmaster", "root", "user", "username", "mailer-daemon"]
            .contains(&local.to_ascii_lowercase().as_str());
    let genuine = !local.is_empty()
        && local.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !domain.contains("..")
        && bytes.get(end) != Some(&b':')
        && bytes.get(end) != Some(&b'@')
        && !documents
        && !service;
    if !genuine {
        return None;
    }
    // A role, a sender, a licence's author: an address is personal data where somebody says whose it is.
    let named = Context::new(text, start).is_right_before(&[
        "email",
        "e mail",
        "mail",
        "email address",
        "e mail address",
        "mail address",
        "correo",
        "courriel",
        "personal email",
        "contact email",
        "customer email",
        "メール",
        "邮箱",
        "이메일",
    ]);
    one(&kind::EMAIL, start, end, named, named)
}

/// Digits and what stands between them from `at` on; how many digits, and where they end.
fn dialled(bytes: &[u8], at: usize, most: usize) -> (usize, usize) {
    let (mut digits, mut end, mut gap) = (0_usize, at, 0_usize);
    for (offset, byte) in bytes.get(at..).unwrap_or_default().iter().take(32).enumerate() {
        match byte {
            b'0'..=b'9' if digits < most.saturating_add(1) => {
                digits = digits.saturating_add(1);
                end = at.saturating_add(offset).saturating_add(1);
                gap = 0;
            }
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' if gap < 3 => gap = gap.saturating_add(1),
            _ => break,
        }
    }
    (digits, end)
}

const TELEPHONE: &[&str] = &[
    "phone",
    "tel",
    "mobile",
    "cell",
    "cellphone",
    "fax",
    "telephone",
    "phone number",
    "telefon",
    "telefone",
    "telefono",
    "handy",
    "whatsapp",
    "call me",
    "reach me",
    "text me",
    "phonenumber",
    "portable",
    "movil",
    "celular",
    "電話",
    "电话",
    "전화",
];

/// Numbers that are kept for films and documents.
fn is_fictional(digits: &str) -> bool {
    let home = digits.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(digits);
    (home.len() == 10 && home.get(3..8).is_some_and(|middle| middle == "55501"))
        || (home.len() == 7 && home.starts_with("55501"))
        || digits.starts_with("447700900")
        || digits.starts_with("07700900")
        || digits.starts_with("1555")
        || digits.starts_with("4420794600")
}

/// `+49 151 …` (E.164).
pub(super) fn phone(text: &str, at: usize) -> Option<One> {
    let bytes = text.as_bytes();
    let (count, end) = dialled(bytes, at.saturating_add(1), 15);
    let behind = bytes.get(end);
    let digits: String = text.get(at..end)?.chars().filter(char::is_ascii_digit).collect();
    let genuine = (8..=15).contains(&count)
        && !digits.starts_with('0')
        && !behind.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && digits.bytes().any(|byte| Some(byte) != digits.bytes().next())
        && !is_fictional(&digits);
    if !genuine {
        return None;
    }
    let named = Context::new(text, at).has(TELEPHONE);
    let grouped = text.get(at..end)?.bytes().any(|byte| matches!(byte, b' ' | b'-' | b'(' | b'.'));
    // Whose number it is, a word beside it says; else it may be a hotline.
    (named || grouped || count >= 10).then_some(())?;
    one(&kind::PHONE, at, end, named, named)
}

/// What only its name tells: telephone numbers of a country, dates of birth, addresses.
pub(super) fn spoken(text: &str, at: usize) -> Option<One> {
    let bytes = text.as_bytes();
    bytes.get(at).filter(|byte| byte.is_ascii_digit())?;
    let mut context = Context::new(text, at);
    if let Some(one) = written(text, at, &mut context) {
        return Some(one);
    }
    // `(212) 555-…`: the bracket belongs to it.
    let start =
        if at > 0 && bytes.get(at.saturating_sub(1)) == Some(&b'(') { at.saturating_sub(1) } else { at };
    let (count, end) = dialled(bytes, at, 13);
    let plain: String = text.get(at..end)?.chars().filter(char::is_ascii_digit).collect();
    let genuine = (7..=13).contains(&count)
        && !bytes.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
        && starts_apart(bytes, start)
        && !is_fictional(&plain);
    (genuine && context.is_right_before(TELEPHONE))
        .then(|| one(&kind::PHONE, start, end, true, true))
        .flatten()
}

/// Dates of birth, postal and network addresses, places.
fn written(text: &str, at: usize, context: &mut Context<'_>) -> Option<One> {
    if let Some(end) = date(text, at)
        && context.has(&[
            "birth",
            "birthday",
            "dob",
            "born",
            "birthdate",
            "geboren",
            "geburtsdatum",
            "geburtstag",
            "naissance",
            "nacimiento",
            "nascimento",
            "nascita",
            "geboortedatum",
            "fodt",
            "syntymaaika",
            "urodzenia",
            "生年月日",
            "出生日期",
            "생년월일",
            "d o b",
        ])
    {
        return one(&kind::BIRTH, at, end, true, true);
    }
    if let Some((end, is_complete)) = street(text, at) {
        let named = context.has(&[
            "address",
            "adresse",
            "anschrift",
            "direccion",
            "domicilio",
            "lives",
            "live",
            "residence",
            "residing",
            "indirizzo",
            "endereco",
            "adres",
            "ship to",
            "deliver to",
        ]);
        if named || is_complete {
            return one(&kind::POSTAL, at, end, true, named);
        }
    }
    if let Some(end) = ipv4(text, at) {
        let named = context.is_right_before(&[
            "ip",
            "ip address",
            "ipaddress",
            "client ip",
            "ipv4",
            "remote addr",
            "source ip",
            "ip addr",
            "remote address",
            "client address",
            "from ip",
            "user ip",
            "last login from",
            "logged in from",
        ]);
        return named.then(|| one(&kind::NETWORK, at, end, true, true)).flatten();
    }
    if let Some(end) = hardware(text, at)
        && context.is_right_before(&[
            "mac",
            "mac address",
            "hwaddr",
            "hardware address",
            "mac addr",
            "ipv6",
            "ip",
            "ip address",
            "ipv6 address",
        ])
    {
        return one(&kind::NETWORK, at, end, true, true);
    }
    if let Some(end) = coordinates(text, at)
        && context.has(&[
            "gps",
            "coordinates",
            "location",
            "geo",
            "latlng",
            "latitude",
            "lat",
            "position",
            "located",
        ])
    {
        return one(&kind::PLACE, at, end, true, true);
    }
    None
}

fn number(text: &str, at: usize, most: usize) -> Option<(u32, usize)> {
    let length =
        text.as_bytes().get(at..)?.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let end = at.saturating_add(length);
    Some((text.get(at..end)?.parse().ok()?, end))
}

/// How months begin, in the languages of Western Europe.
const MONTHS: [&str; 22] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mai", "okt", "dez",
    "ene", "abr", "ago", "dic", "fev", "avr", "juin",
];

/// `12/05/1985`, `1985-12-05`, `5. Mai 1985`, `5 May 1985`; where it ends.
fn date(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (first, end) = number(text, at, 4)?;
    let separator = *bytes.get(end)?;
    let ends = |end: usize| (!bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)).then_some(end);
    if matches!(separator, b'/' | b'-' | b'.') {
        let (second, next) = number(text, end.saturating_add(1), 2)?;
        if bytes.get(next) == Some(&separator) {
            let (third, last) = number(text, next.saturating_add(1), 4)?;
            let year = |year: u32| matches!(year, 1900..=2030);
            let pair = |a: u32, b: u32| {
                (1..=12).contains(&a) && (1..=31).contains(&b)
                    || (1..=12).contains(&b) && (1..=31).contains(&a)
            };
            let short = third < 100 && last.saturating_sub(next) == 3;
            let fits = year(first) && pair(second, third) || (year(third) || short) && pair(first, second);
            return fits.then(|| ends(last)).flatten();
        }
    }
    if !(1..=31).contains(&first) {
        return None;
    }
    let rest = text.get(end..)?;
    let word = rest
        .trim_start_matches("st")
        .trim_start_matches("nd")
        .trim_start_matches("rd")
        .trim_start_matches("th");
    let word = word.trim_start_matches(['.', ' ', '-']);
    let word = word.strip_prefix("de ").or_else(|| word.strip_prefix("of ")).unwrap_or(word);
    let letters = word.chars().take(12).take_while(|c| c.is_alphabetic()).count();
    let lower = word.chars().take(letters).collect::<String>().to_lowercase();
    MONTHS.iter().any(|month| lower.starts_with(month)).then_some(())?;
    let behind = word.get(lower.len()..)?.trim_start_matches(['.', ',', ' ', '-']);
    let behind = behind.strip_prefix("de ").unwrap_or(behind);
    let start = text.len().saturating_sub(behind.len());
    let (year, last) = number(text, start, 4)?;
    matches!(year, 1900..=2030).then(|| ends(last)).flatten()
}

/// A house's number with a street behind it, or behind a street; where it ends, and whether a town follows.
fn street(text: &str, at: usize) -> Option<(usize, bool)> {
    const KINDS: [&str; 34] = [
        "street",
        "st",
        "avenue",
        "ave",
        "road",
        "rd",
        "lane",
        "ln",
        "drive",
        "dr",
        "boulevard",
        "blvd",
        "court",
        "ct",
        "way",
        "place",
        "pl",
        "square",
        "sq",
        "terrace",
        "parkway",
        "pkwy",
        "circle",
        "highway",
        "hwy",
        "close",
        "crescent",
        "row",
        "trail",
        "mews",
        "gardens",
        "walk",
        "quay",
        "alley",
    ];
    const BEFORE: [&str; 14] = [
        "rue",
        "avenue",
        "boulevard",
        "calle",
        "via",
        "rua",
        "avenida",
        "plaza",
        "piazza",
        "place",
        "quai",
        "impasse",
        "corso",
        "viale",
    ];
    let (_, end) = number(text, at, 5)?;
    let mut cursor = end;
    let bytes = text.as_bytes();
    if bytes.get(cursor).is_some_and(u8::is_ascii_alphabetic)
        && !bytes.get(cursor.saturating_add(1)).is_some_and(u8::is_ascii_alphanumeric)
    {
        cursor = cursor.saturating_add(1);
    }
    let rest = text.get(cursor..)?.strip_prefix(' ').unwrap_or_default();
    let (mut words, mut reached) = (0_usize, None);
    let mut place = cursor.saturating_add(1);
    for word in rest.split(' ').take(6) {
        let bare = word.trim_end_matches([',', '.', ';']).to_lowercase();
        let starts = word.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
        words = words.saturating_add(1);
        let word_end = place.saturating_add(word.trim_end_matches([',', '.', ';']).len());
        if words == 1 && BEFORE.contains(&bare.as_str()) {
            let end = text.floor_char_boundary(word_end.saturating_add(40));
            let name = text.get(word_end..end)?;
            let more = name.find([',', '\n', '"', '<', '|', ';']).unwrap_or(name.len());
            reached = Some(word_end.saturating_add(more));
            break;
        }
        if words > 1 && KINDS.contains(&bare.as_str()) {
            reached = Some(word_end);
            break;
        }
        if !starts || word.ends_with(',') {
            break;
        }
        place = place.saturating_add(word.len()).saturating_add(1);
    }
    let reached = reached.or_else(|| {
        // `Hauptstraße 12, 10115 Berlin`: the street stands before its number.
        // SECURITY: no more of it than a name is long, or a text without blanks is read again at every digit.
        let before = text.get(text.floor_char_boundary(at.saturating_sub(NEAR))..at)?;
        let before = before.strip_suffix(' ')?.trim_end_matches(' ');
        let from = before.rfind([' ', '\n', '"', ':', '=', '|', ',']).map_or(0, |at| at.saturating_add(1));
        let name = before.get(from..)?.to_lowercase();
        let suffix = [
            "strasse", "straße", "str.", "weg", "platz", "allee", "gasse", "straat", "laan", "gatan",
            "vagen", "plein", "ring", "damm", "ufer",
        ];
        suffix.iter().any(|end| name.ends_with(end) && name.len() > end.len()).then_some(end)
    })?;
    let tail = text.get(reached..text.ceil_char_boundary(reached.saturating_add(64).min(text.len())))?;
    let (whole, complete) = town(tail);
    Some((reached.saturating_add(whole), complete))
}

/// How much of `tail` is a town with its code, and whether there is one.
fn town(tail: &str) -> (usize, bool) {
    let bytes = tail.as_bytes();
    for (at, _) in tail.char_indices() {
        if matches!(bytes.get(at), Some(b'\n' | b'"' | b'<' | b'|' | b';')) {
            break;
        }
        let digits =
            bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let apart = at > 0 && bytes.get(at.saturating_sub(1)) == Some(&b' ');
        if apart && (4..=6).contains(&digits) {
            let mut end = at.saturating_add(digits);
            if let Some(rest) = bytes.get(end..)
                && rest.first() == Some(&b' ')
                && rest.get(1).is_some_and(u8::is_ascii_uppercase)
            {
                end = end.saturating_add(1).saturating_add(
                    rest.iter()
                        .skip(1)
                        .take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80)
                        .count(),
                );
            }
            let state = tail.get(..at).is_some_and(|before| {
                let before = before.trim_end();
                before.len() >= 2 && before.as_bytes().iter().rev().take(2).all(u8::is_ascii_uppercase)
            });
            return (tail.ceil_char_boundary(end), state || digits == 5 || digits == 4);
        }
        // `SW1A 1AA`.
        let rest = bytes.get(at..).unwrap_or_default();
        let outward =
            rest.iter().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
        if apart
            && (2..=4).contains(&outward)
            && rest.first().is_some_and(u8::is_ascii_uppercase)
            && let Some([b' ', digit, one, two, ..]) = rest.get(outward..)
            && digit.is_ascii_digit()
            && one.is_ascii_uppercase()
            && two.is_ascii_uppercase()
        {
            return (at.saturating_add(outward).saturating_add(4), true);
        }
    }
    (0, false)
}

/// A public address of IPv4; where it ends. Private and reserved ones lead to nobody.
fn ipv4(text: &str, at: usize) -> Option<usize> {
    let length = text
        .as_bytes()
        .get(at..)?
        .iter()
        .take(16)
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    let address = text.get(at..at.saturating_add(length))?.trim_end_matches('.');
    let parsed: std::net::Ipv4Addr = address.parse().ok()?;
    let octets = parsed.octets();
    let reserved = parsed.is_private()
        || parsed.is_loopback()
        || parsed.is_link_local()
        || parsed.is_documentation()
        || parsed.is_multicast()
        || parsed.is_broadcast()
        || parsed.is_unspecified()
        || octets.first() == Some(&0);
    (!reserved).then_some(at.saturating_add(address.len()))
}

/// Groups of hexadecimal digits with colons between them: a hardware address, or one of IPv6; where it ends.
fn hardware(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(at..)?;
    let length = bytes
        .iter()
        .take(40)
        .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-'))
        .count();
    let address = text.get(at..at.saturating_add(length))?;
    let mac = address.len() == 17
        && address.split([':', '-']).count() == 6
        && address.split([':', '-']).all(|part| part.len() == 2);
    let six = || {
        address.parse::<std::net::Ipv6Addr>().is_ok_and(|six| {
            six.segments().first().is_some_and(|first| (0x2000..0x4000).contains(first))
                && six.segments().get(..2) != Some(&[0x2001, 0xdb8])
        })
    };
    (mac || six()).then_some(at.saturating_add(length))
}

/// `52.5200, 13.4050`; where it ends.
fn coordinates(text: &str, at: usize) -> Option<usize> {
    let part = |at: usize, most: usize| {
        let (_, end) = number(text, at, most)?;
        let digits =
            text.get(end..)?.strip_prefix('.')?.bytes().take(8).take_while(u8::is_ascii_digit).count();
        (digits >= 3).then_some(end.saturating_add(1).saturating_add(digits))
    };
    let end = part(at, 2)?;
    let rest = text.get(end..)?;
    let gap = rest.bytes().take(4).take_while(|byte| matches!(byte, b',' | b' ' | b';' | b'-')).count();
    (gap > 0).then(|| part(end.saturating_add(gap), 3)).flatten()
}
