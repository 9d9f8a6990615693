//! Numbers, telephone numbers and accounts: one amount however its thousands are set, one account however its
//! groups are.

use super::tokens::TokenKind;

/// Most digits of an account: an IBAN's longest.
const ACCOUNT: usize = 34;

/// What takes a token: its kind, its bytes in the text, its normal form.
pub(super) type Sink<'s> = dyn FnMut(TokenKind, usize, usize, &str) + 's;

/// Finds what is made of digits and begins in `from..to`. `grouped_until` goes from call to call, and is 0 at the
/// text's beginning.
pub(super) fn find(text: &str, from: usize, to: usize, grouped_until: &mut usize, found: &mut Sink<'_>) {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = from;
    while let Some(next) = bytes.get(at..to).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        at = at.saturating_add(next);
        if ends_in_word(text, at) {
            at = at.saturating_add(alphanumeric(text, at));
            continue;
        }
        if at >= *grouped_until {
            *grouped_until = grouped(text, at, found);
        }
        let mut end = at;
        while digit(end)
            || matches!(bytes.get(end), Some(b'.' | b',' | b'\'')) && digit(end.saturating_add(1))
        {
            end = end.saturating_add(1);
        }
        let unit = alphanumeric(text, end);
        let behind = text.get(end..end.saturating_add(unit)).unwrap_or_default();
        // `100usd` is an amount and `5pm` a time; `3f9a` is neither.
        if behind.chars().all(char::is_alphabetic) {
            let literal = text.get(at..end).unwrap_or_default();
            values(literal, &mut |value| found(TokenKind::Number, at, end, value));
            if unit == 0 {
                spaced(text, at, end, found);
            }
        }
        at = end.saturating_add(unit);
    }
}

/// Whether what stands at `at` goes on a word or an id: a letter, digit or `_` stands directly before it, or a
/// letter and a dash.
fn ends_in_word(text: &str, at: usize) -> bool {
    let mut before = text.get(..at).unwrap_or_default().chars().rev();
    match before.next() {
        Some('-') => before.next().is_some_and(char::is_alphabetic),
        Some(c) => c.is_alphanumeric() || c == '_',
        None => false,
    }
}

/// Length in bytes of the letters and digits at `at`.
fn alphanumeric(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
}

/// The values that a literal of digits, points, commas and apostrophes can have, in plain digits.
fn values(literal: &str, found: &mut dyn FnMut(&str)) {
    const MARKS: [char; 3] = ['.', ',', '\''];
    let Some(last) = literal.rfind(MARKS) else { return found(literal) };
    let (whole, fraction) = literal.split_at_checked(last).unwrap_or_default();
    let mark = fraction.get(..1).unwrap_or_default();
    let fraction = fraction.get(1..).unwrap_or_default();
    let grouped = |text: &str, mark: Option<char>| {
        let mut groups = text.split(|c| mark.map_or(MARKS.contains(&c), |mark| c == mark));
        (1..=3).contains(&groups.next().unwrap_or_default().len())
            && groups.all(|group| group.len() == 3 && !group.contains(MARKS))
    };
    let plain = |text: &str| text.replace(MARKS, "");
    if grouped(literal, mark.chars().next()) && !literal.starts_with('0') {
        found(&plain(literal));
    }
    let other = whole.chars().find(|c| MARKS.contains(c));
    if mark != "'" && !whole.contains(mark) && (other.is_none() || grouped(whole, other)) {
        let whole = plain(whole);
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        match fraction.trim_end_matches('0') {
            "" => found(whole),
            fraction => found(&[whole, ".", fraction].concat()),
        }
    }
}

/// `1 000 000` and `1 000,50`: groups of three set apart by spaces. `start..end` is the first group.
fn spaced(text: &str, start: usize, end: usize, found: &mut Sink<'_>) {
    let bytes = text.as_bytes();
    if end.saturating_sub(start) > 3
        || !text.get(start..end).is_some_and(|group| group.bytes().all(|b| b.is_ascii_digit()))
    {
        return;
    }
    let group = |from: usize| {
        bytes
            .get(from..)
            .map_or(0, |rest| rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count())
    };
    // Inside a row of groups the row's beginning has been read already.
    let above = start.checked_sub(4).and_then(|above| bytes.get(above..start));
    if above.is_some_and(
        |above| matches!(above, [a, b, c, b' '] if [a, b, c].iter().all(|byte| byte.is_ascii_digit())),
    ) && !start.checked_sub(5).is_some_and(|before| bytes.get(before).is_some_and(u8::is_ascii_digit))
    {
        return;
    }
    let mut reached = end;
    // Six groups are a quintillion; without a limit each group of a long row would be read from each before it.
    for _ in 0..6 {
        if bytes.get(reached) != Some(&b' ') || group(reached.saturating_add(1)) != 3 {
            break;
        }
        reached = reached.saturating_add(4);
    }
    if reached == end {
        return;
    }
    let mut digits = text.get(start..reached).unwrap_or_default().replace(' ', "");
    if matches!(bytes.get(reached), Some(b'.' | b',')) && matches!(group(reached.saturating_add(1)), 1 | 2) {
        let tail = group(reached.saturating_add(1));
        let fraction = text
            .get(reached.saturating_add(1)..reached.saturating_add(1).saturating_add(tail))
            .unwrap_or_default();
        reached = reached.saturating_add(1).saturating_add(tail);
        let fraction = fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            digits = [&digits, ".", fraction].concat();
        }
    }
    if alphanumeric(text, reached) == 0 {
        found(TokenKind::Number, start, reached, &digits);
    }
}

/// Groups of digits with spaces, dashes, points, slashes and brackets between them, as one number and, where
/// spaces divide it, part by part. Returns where they end.
fn grouped(text: &str, start: usize, found: &mut Sink<'_>) -> usize {
    let bytes = text.as_bytes();
    let digits_at = |at: usize| {
        bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
    };
    let between = |at: usize| matches!(bytes.get(at), Some(b' ' | b'-' | b'.' | b'/' | b'(' | b')'));
    // The whole, and the part since the last space.
    let (mut whole, mut part) = (String::new(), String::new());
    let (mut at, mut part_start, mut spaces) = (start, start, false);
    loop {
        let end = at.saturating_add(digits_at(at));
        if alphanumeric(text, end) > 0 {
            // The last group belongs to a word.
            break;
        }
        let group = text.get(at..end).unwrap_or_default();
        for digits in [&mut whole, &mut part] {
            // One digit too many is as good as thousands.
            if digits.len() <= ACCOUNT {
                digits.push_str(group);
            }
        }
        let marks = (0..=2).find(|marks| !between(end.saturating_add(*marks))).unwrap_or(3);
        let next = end.saturating_add(marks);
        let goes_on = (1..=2).contains(&marks) && digits_at(next) > 0;
        let space = text.get(end..next).is_some_and(|marks| marks.contains(' '));
        if !goes_on {
            if spaces {
                number(&part, part_start, end, found);
            }
            number(&whole, start, end, found);
            return end;
        }
        if space {
            number(&part, part_start, end, found);
            part.clear();
            part_start = next;
            spaces = true;
        }
        at = next;
    }
    let end = text.get(start..at).map_or(start, |read| {
        start.saturating_add(read.trim_end_matches(|c: char| !c.is_ascii_digit()).len())
    });
    if !part.is_empty() && spaces {
        number(&part, part_start, end, found);
    }
    number(&whole, start, end, found);
    at
}

fn number(digits: &str, start: usize, end: usize, found: &mut Sink<'_>) {
    if (8..=ACCOUNT).contains(&digits.len()) {
        found(TokenKind::Account, start, end, digits);
    }
    // `00` is how `+` is dialled.
    let dialled = digits.strip_prefix("00").unwrap_or(digits);
    if (7..=15).contains(&dialled.len()) {
        found(TokenKind::Phone, start, end, dialled);
    }
}

/// The IBAN (ISO 13616) that begins at `start`, if one does: gives its end and normal form.
pub(super) fn iban(text: &str, start: usize, found: &mut dyn FnMut(usize, &str)) {
    let rest = text.get(start..).unwrap_or_default();
    let shape = |at: usize, fits: fn(&u8) -> bool| rest.as_bytes().get(at).is_some_and(fits);
    let letter = u8::is_ascii_alphabetic;
    let digit = u8::is_ascii_digit;
    if !(shape(0, letter) && shape(1, letter) && shape(2, digit) && shape(3, digit)) {
        return;
    }
    let mut normal = String::new();
    let mut best = None;
    // ISO 7064, MOD 97-10, over all but the first four, which count as if they stood at the end.
    let mut rest97 = 0_u32;
    for (at, byte) in rest.bytes().enumerate() {
        let next = at.saturating_add(1);
        let goes_on = match rest.as_bytes().get(next) {
            Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric(),
            _ => alphanumeric(rest, next) > 0,
        };
        match byte {
            byte if byte.is_ascii_alphanumeric() && normal.len() < ACCOUNT => {
                if normal.len() >= 4 {
                    rest97 = append97(rest97, byte);
                }
                normal.push(char::from(byte));
            }
            b' ' | b'-' if goes_on => continue,
            _ => break,
        }
        // Whole groups only: what goes on in letters and digits is not the end.
        if !goes_on && normal.len() >= 15 && normal.bytes().take(4).fold(rest97, append97) == 1 {
            best = Some((at.saturating_add(1), normal.len()));
        }
    }
    if let Some((end, len)) = best {
        found(start.saturating_add(end), normal.get(..len).unwrap_or_default());
    }
}

/// The remainder by 97 when a letter (10 to 35) or digit is written behind a number that leaves `rest`.
fn append97(rest: u32, byte: u8) -> u32 {
    let value = char::from(byte).to_digit(36).unwrap_or_default();
    let shift = if value > 9 { 100 } else { 10 };
    rest.wrapping_mul(shift).wrapping_add(value).wrapping_rem(97)
}
