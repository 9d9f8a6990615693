//! Check digits and shapes of the numbers that states and banks give out. All take the number without its separators,
//! in capitals. Sources are the issuers' own publications; ISO 7064, ISO 13616 and ISO/IEC 7812 where they follow one.

/// The digits of a number; 99 for what is none, which no rule takes.
fn digit(byte: u8) -> u32 {
    if byte.is_ascii_digit() { u32::from(byte.wrapping_sub(b'0')) } else { 99 }
}

/// Digits times weights, summed.
fn weighed(number: &[u8], weights: &[u32]) -> u32 {
    number
        .iter()
        .zip(weights)
        .fold(0, |sum, (byte, weight)| sum.saturating_add(digit(*byte).saturating_mul(*weight)))
}

fn at(number: &[u8], place: usize) -> u32 {
    number.get(place).map_or(99, |byte| digit(*byte))
}

fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |sum, byte| sum.saturating_mul(10).saturating_add(u64::from(digit(*byte))))
}

fn part(number: &[u8], from: usize, to: usize) -> u32 {
    u32::try_from(value(number.get(from..to).unwrap_or_default())).unwrap_or(u32::MAX)
}

fn differ(number: &[u8]) -> bool {
    number.windows(2).any(|two| two.first() != two.last())
}

fn is_day(day: u32, month: u32) -> bool {
    (1..=31).contains(&day) && (1..=12).contains(&month)
}

/// YYMMDD at `from`.
fn year_first(number: &[u8], from: usize) -> bool {
    let two = |n: usize| part(number, from.saturating_add(n), from.saturating_add(n).saturating_add(2));
    is_day(two(4), two(2))
}

/// DDMMYY at the start.
fn day_first(number: &[u8]) -> bool {
    is_day(part(number, 0, 2), part(number, 2, 4))
}

/// The Luhn algorithm (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(number: &[u8]) -> bool {
    let sum = number.iter().rev().enumerate().fold(0_u32, |sum, (place, byte)| {
        let digit = digit(*byte);
        let twice = digit.saturating_mul(2);
        let value = match place % 2 {
            0 => digit,
            _ if twice > 9 => twice.saturating_sub(9),
            _ => twice,
        };
        sum.saturating_add(value)
    });
    sum.is_multiple_of(10) && differ(number)
}

/// Issuer, length and check digit of a payment card.
pub(super) fn card(number: &[u8]) -> bool {
    let (one, two, three, four) =
        (part(number, 0, 1), part(number, 0, 2), part(number, 0, 3), part(number, 0, 4));
    let issued = match number.len() {
        13 => one == 4,
        14 => matches!(two, 36 | 38 | 39) || matches!(three, 300..=305),
        15 => matches!(two, 34 | 37) || matches!(four, 2014 | 2149),
        16 => {
            one == 4
                || matches!(two, 51..=55 | 65 | 60 | 81)
                || matches!(four, 2221..=2720 | 3528..=3589 | 2200..=2204)
                || matches!(three, 644..=649)
                || matches!(two, 62)
        }
        17..=19 => matches!(two, 62 | 50 | 56..=69) || one == 4,
        _ => false,
    };
    issued && luhn(number)
}

/// Country and length of an account number (ISO 13616, the registry's table).
const IBAN: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The length that an account number of this country has.
pub(super) fn iban_length(number: &[u8]) -> Option<usize> {
    let country = number.get(..2)?;
    number.get(2..4)?.iter().all(u8::is_ascii_digit).then_some(())?;
    IBAN.iter().find(|(known, _)| known.as_slice() == country).map(|(_, length)| *length)
}

/// ISO 7064 mod 97-10 over the rearranged number.
pub(super) fn iban(number: &[u8]) -> bool {
    let Some((head, rest)) = number.split_at_checked(4) else { return false };
    let sum = rest.iter().chain(head).fold(0_u32, |sum, byte| {
        let (value, shift) = match byte {
            b'0'..=b'9' => (u32::from(byte.wrapping_sub(b'0')), 10),
            _ => (u32::from(byte.wrapping_sub(b'A')).saturating_add(10), 100),
        };
        sum.saturating_mul(shift).saturating_add(value) % 97
    });
    sum == 1
}

/// Area, group and serial number as they are given out.
pub(super) fn ssn(number: &[u8]) -> bool {
    !matches!(part(number, 0, 3), 0 | 666 | 900..) && part(number, 3, 5) != 0 && part(number, 5, 9) != 0
}

pub(super) fn itin(number: &[u8]) -> bool {
    at(number, 0) == 9 && matches!(part(number, 3, 5), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

pub(super) fn ein(number: &[u8]) -> bool {
    part(number, 0, 2) != 0 && differ(number)
}

pub(super) fn aba(number: &[u8]) -> bool {
    matches!(part(number, 0, 2), 1..=12 | 21..=32 | 61..=72 | 80)
        && weighed(number, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

/// Medicare beneficiary identifier: no S L O I B Z.
pub(super) fn mbi(number: &[u8]) -> bool {
    !number.iter().any(|byte| b"SLOIBZ".contains(byte)) && at(number, 0) != 0
}

pub(super) fn npi(number: &[u8]) -> bool {
    let whole: Vec<u8> = b"80840".iter().chain(number).copied().collect();
    matches!(at(number, 0), 1 | 2) && luhn(&whole)
}

pub(super) fn dea(number: &[u8]) -> bool {
    let odd = at(number, 2).saturating_add(at(number, 4)).saturating_add(at(number, 6));
    let even = at(number, 3).saturating_add(at(number, 5)).saturating_add(at(number, 7));
    odd.saturating_add(even.saturating_mul(2)) % 10 == at(number, 8)
}

pub(super) fn nhs(number: &[u8]) -> bool {
    let rest = weighed(number, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    11_u32.saturating_sub(rest) % 11 == at(number, 9) && differ(number)
}

pub(super) fn nino(number: &[u8]) -> bool {
    let Some(prefix) = number.get(..2) else { return false };
    !prefix.iter().any(|byte| b"DFIQUV".contains(byte))
        && prefix.get(1) != Some(&b'O')
        && ![b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"].iter().any(|never| never.as_slice() == prefix)
        && number.last().is_some_and(|byte| matches!(byte, b'A'..=b'D'))
}

pub(super) fn differs(number: &[u8]) -> bool {
    differ(number)
}

pub(super) fn sin(number: &[u8]) -> bool {
    at(number, 0) != 8 && luhn(number)
}

pub(super) fn tfn(number: &[u8]) -> bool {
    let weights: &[u32] =
        if number.len() == 9 { &[1, 4, 3, 7, 5, 8, 6, 9, 10] } else { &[10, 7, 8, 4, 6, 3, 5, 1] };
    weighed(number, weights).is_multiple_of(11) && differ(number)
}

pub(super) fn medicare_au(number: &[u8]) -> bool {
    matches!(at(number, 0), 2..=6) && weighed(number, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == at(number, 8)
}

pub(super) fn abn(number: &[u8]) -> bool {
    weighed(number, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).saturating_sub(10).is_multiple_of(89)
        && differ(number)
}

pub(super) fn nzird(number: &[u8]) -> bool {
    let padded: Vec<u8> = std::iter::repeat_n(b'0', 9_usize.saturating_sub(number.len()))
        .chain(number.iter().copied())
        .collect();
    let check = |weights: &[u32]| 11_u32.saturating_sub(weighed(&padded, weights) % 11) % 11;
    let first = check(&[3, 2, 7, 6, 5, 4, 3, 2]);
    let sum = if first == 10 { check(&[7, 4, 3, 2, 5, 2, 7, 6]) } else { first };
    sum == at(&padded, 8)
}

/// The letter behind a Spanish number: DNI, and NIE with its first letter read as a digit.
pub(super) fn spanish(number: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let Some((last, rest)) = number.split_last() else { return false };
    let digits: Vec<u8> = rest
        .iter()
        .map(
            |byte| {
                if matches!(byte, b'X'..=b'Z') { byte.wrapping_sub(b'X').wrapping_add(b'0') } else { *byte }
            },
        )
        .collect();
    digits.iter().all(u8::is_ascii_digit)
        && usize::try_from(value(&digits) % 23).ok().and_then(|at| LETTERS.get(at)) == Some(last)
}

/// France: thirteen digits and 97 minus their rest; Corsica's departments have letters.
pub(super) fn nir(number: &[u8]) -> bool {
    let Some((body, key)) = number.split_at_checked(13) else { return false };
    let (mut body, month) = (body.to_vec(), part(number, 3, 5));
    if let Some(letter) = body.get_mut(6).filter(|byte| matches!(byte, b'A' | b'B')) {
        let (with, minus) = if *letter == b'A' { (b'9', b'1') } else { (b'8', b'1') };
        *letter = with;
        if let Some(tens) = body.get_mut(5) {
            *tens = minus;
        }
    }
    matches!(at(number, 0), 1..=4 | 7 | 8)
        && matches!(month, 1..=12 | 20..=42 | 50..=99)
        && body.iter().all(u8::is_ascii_digit)
        && 97_u64.saturating_sub(value(&body) % 97) == value(key)
}

pub(super) fn bsn(number: &[u8]) -> bool {
    let number: Vec<u8> = std::iter::repeat_n(b'0', 9_usize.saturating_sub(number.len()))
        .chain(number.iter().copied())
        .collect();
    let sum = weighed(&number, &[9, 8, 7, 6, 5, 4, 3, 2]);
    differ(&number) && sum % 11 == at(&number, 8)
}

pub(super) fn pesel(number: &[u8]) -> bool {
    let month = part(number, 2, 4) % 20;
    (1..=12).contains(&month)
        && (1..=31).contains(&part(number, 4, 6))
        && weighed(number, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

pub(super) fn nip(number: &[u8]) -> bool {
    weighed(number, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == at(number, 9) && differ(number)
}

/// ISO 7064 mod 11,10: Germany's tax number, Croatia's personal number.
pub(super) fn iso_11_10(number: &[u8]) -> bool {
    let Some((last, rest)) = number.split_last() else { return false };
    let product = rest.iter().fold(10_u32, |product, byte| {
        let sum = digit(*byte).saturating_add(product) % 10;
        (if sum == 0 { 10_u32 } else { sum }).saturating_mul(2) % 11
    });
    11_u32.saturating_sub(product) % 10 == digit(*last) && differ(number)
}

pub(super) fn steuer_id(number: &[u8]) -> bool {
    at(number, 0) != 0 && iso_11_10(number)
}

pub(super) fn personnummer(number: &[u8]) -> bool {
    let number = if number.len() == 12 { number.get(2..).unwrap_or_default() } else { number };
    let day = part(number, 4, 6);
    is_day(if day > 60 { day.saturating_sub(60) } else { day }, part(number, 2, 4)) && luhn(number)
}

pub(super) fn cpr(number: &[u8]) -> bool {
    day_first(number) && differ(number)
}

pub(super) fn fodselsnummer(number: &[u8]) -> bool {
    let day = part(number, 0, 2);
    let check = |weights: &[u32]| 11_u32.saturating_sub(weighed(number, weights) % 11) % 11;
    is_day(if day > 40 { day.saturating_sub(40) } else { day }, part(number, 2, 4))
        && check(&[3, 7, 6, 1, 8, 9, 4, 5, 2]) == at(number, 9)
        && check(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == at(number, 10)
}

/// Finland: six digits of a date, a century's sign that may be a letter, three digits, a letter.
pub(super) fn hetu(number: &[u8]) -> bool {
    const LETTERS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let Some((last, rest)) = number.split_last() else { return false };
    let serial = rest.get(rest.len().saturating_sub(3)..).unwrap_or_default();
    let century = number.len() == 10 || number.get(6).is_some_and(|byte| b"ABCDEFYXWVU".contains(byte));
    let whole: Vec<u8> = rest.iter().take(6).chain(serial).copied().collect();
    century
        && day_first(number)
        && whole.iter().all(u8::is_ascii_digit)
        && usize::try_from(value(&whole) % 31).ok().and_then(|at| LETTERS.get(at)) == Some(last)
}

/// The Verhoeff algorithm.
pub(super) fn aadhaar(number: &[u8]) -> bool {
    const TIMES: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const TURNS: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    let sum = number.iter().rev().enumerate().try_fold(0_u8, |sum, (place, byte)| {
        let turned = TURNS.get(place % 8)?.get(usize::from(byte.wrapping_sub(b'0')))?;
        TIMES.get(usize::from(sum))?.get(usize::from(*turned)).copied()
    });
    sum == Some(0) && matches!(at(number, 0), 2..=9) && differ(number)
}

pub(super) fn pan(number: &[u8]) -> bool {
    number.get(3).is_some_and(|kind| b"ABCFGHJLPT".contains(kind))
}

pub(super) fn cpf(number: &[u8]) -> bool {
    let check = |weights: &[u32]| {
        let rest = weighed(number, weights) % 11;
        if rest < 2 { 0 } else { 11_u32.saturating_sub(rest) }
    };
    differ(number)
        && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == at(number, 9)
        && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == at(number, 10)
}

pub(super) fn cnpj(number: &[u8]) -> bool {
    let check = |weights: &[u32]| {
        let rest = weighed(number, weights) % 11;
        if rest < 2 { 0 } else { 11_u32.saturating_sub(rest) }
    };
    differ(number)
        && check(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == at(number, 12)
        && check(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == at(number, 13)
}

/// Korea. Numbers given out since October 2020 have no check digit; the date and the century tell them.
pub(super) fn rrn(number: &[u8]) -> bool {
    year_first(number, 0) && matches!(at(number, 6), 1..=8)
}

pub(super) fn cn_id(number: &[u8]) -> bool {
    const LAST: &[u8; 11] = b"10X98765432";
    let sum = weighed(number, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
    matches!(part(number, 6, 8), 18..=20) && year_first(number, 8) && LAST.get(sum as usize) == number.get(17)
}

pub(super) fn nric(number: &[u8]) -> bool {
    let Some((kind, rest)) = number.split_first() else { return false };
    let sum = weighed(rest, &[2, 7, 6, 5, 4, 3, 2]);
    let (plus, letters): (u32, &[u8; 11]) = match kind {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let place = sum.saturating_add(plus) % 11;
    let place = if *kind == b'M' { 10_u32.saturating_sub(place) } else { place };
    let wanted = if *kind == b'M' { b"KLJNPQRTUWX".get(place as usize) } else { letters.get(place as usize) };
    // Both tables of series M that are published are taken.
    number.last() == wanted
        || (*kind == b'M' && number.last() == letters.get((sum.saturating_add(3) % 11) as usize))
}

/// ISO 3779 with the check digit of North America.
pub(super) fn vin(number: &[u8]) -> bool {
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => u32::from(byte.wrapping_sub(b'0')),
        b'A'..=b'H' => u32::from(byte.wrapping_sub(b'A')).saturating_add(1),
        b'J'..=b'N' => u32::from(byte.wrapping_sub(b'J')).saturating_add(1),
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(byte.wrapping_sub(b'S')).saturating_add(2),
        _ => 99,
    };
    let weights = [8_u32, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum = number
        .iter()
        .zip(weights)
        .fold(0_u32, |sum, (byte, weight)| sum.saturating_add(value(byte).saturating_mul(weight)))
        % 11;
    let last = number.get(8).map_or(99, |byte| if *byte == b'X' { 10 } else { digit(*byte) });
    !number.iter().any(|byte| b"IOQ".contains(byte))
        && number.iter().any(u8::is_ascii_alphabetic)
        && number.iter().any(u8::is_ascii_digit)
        && sum == last
}

/// Seventeen characters of a vehicle, of any maker.
pub(super) fn any_vin(number: &[u8]) -> bool {
    !number.iter().any(|byte| b"IOQ".contains(byte))
        && number.iter().any(u8::is_ascii_alphabetic)
        && number.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3
}

pub(super) fn codice_fiscale(number: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Some((last, rest)) = number.split_last() else { return false };
    let sum = rest.iter().enumerate().fold(0_u32, |sum, (place, byte)| {
        let index = if byte.is_ascii_digit() { byte.wrapping_sub(b'0') } else { byte.wrapping_sub(b'A') };
        let value = if place % 2 == 0 {
            ODD.get(usize::from(index)).copied().unwrap_or(99)
        } else {
            u32::from(index)
        };
        sum.saturating_add(value)
    });
    number.get(8).is_some_and(|month| b"ABCDEHLMPRST".contains(month))
        && u32::from(last.wrapping_sub(b'A')) == sum % 26
}

pub(super) fn curp(number: &[u8]) -> bool {
    year_first(number, 4) && number.get(10).is_some_and(|sex| matches!(sex, b'H' | b'M' | b'X'))
}

pub(super) fn rfc(number: &[u8]) -> bool {
    year_first(number, number.len().saturating_sub(9))
}

/// Switzerland: 756 and the check digit of an EAN.
pub(super) fn ahv(number: &[u8]) -> bool {
    part(number, 0, 3) == 756 && weighed(number, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
}

pub(super) fn rijksregister(number: &[u8]) -> bool {
    let (body, check) =
        (value(number.get(..9).unwrap_or_default()), value(number.get(9..).unwrap_or_default()));
    let rest = |body: u64| 97_u64.saturating_sub(body % 97);
    part(number, 2, 4) <= 12
        && part(number, 4, 6) <= 31
        && (rest(body) == check || rest(body.saturating_add(2_000_000_000)) == check)
        && differ(number)
}

pub(super) fn tckn(number: &[u8]) -> bool {
    let sum = |from: usize, to: usize| {
        number.iter().take(to).skip(from).step_by(2).fold(0_u32, |sum, byte| sum.saturating_add(digit(*byte)))
    };
    let all = number.iter().take(10).fold(0_u32, |sum, byte| sum.saturating_add(digit(*byte)));
    let tenth = sum(0, 9).saturating_mul(7).saturating_add(100).saturating_sub(sum(1, 8)) % 10;
    at(number, 0) != 0 && tenth == at(number, 9) && all % 10 == at(number, 10)
}

pub(super) fn za_id(number: &[u8]) -> bool {
    year_first(number, 0) && luhn(number)
}

pub(super) fn my_number(number: &[u8]) -> bool {
    let rest = weighed(number, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest <= 1 { 0 } else { 11_u32.saturating_sub(rest) }) == at(number, 11) && differ(number)
}

pub(super) fn th_id(number: &[u8]) -> bool {
    let sum = weighed(number, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    11_u32.saturating_sub(sum % 11) % 10 == at(number, 12) && at(number, 0) != 0
}

pub(super) fn pps(number: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let second = match number.get(8) {
        Some(letter @ b'A'..=b'I') => u32::from(letter.wrapping_sub(b'A')).saturating_add(1),
        Some(b'W') | None => 0,
        Some(_) => return false,
    };
    let sum = weighed(number, &[8, 7, 6, 5, 4, 3, 2]).saturating_add(second.saturating_mul(9)) % 23;
    LETTERS.get(sum as usize) == number.get(7)
}

pub(super) fn pt_nif(number: &[u8]) -> bool {
    let rest = weighed(number, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest < 2 { 0 } else { 11_u32.saturating_sub(rest) }) == at(number, 8) && differ(number)
}

pub(super) fn cnp(number: &[u8]) -> bool {
    let rest = weighed(number, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    at(number, 0) != 0 && year_first(number, 1) && (if rest == 10 { 1 } else { rest }) == at(number, 12)
}

pub(super) fn egn(number: &[u8]) -> bool {
    let month = part(number, 2, 4) % 20;
    (1..=12).contains(&month) && weighed(number, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == at(number, 9)
}

pub(super) fn rodne_cislo(number: &[u8]) -> bool {
    let month = part(number, 2, 4);
    matches!(month, 1..=12 | 21..=32 | 51..=62 | 71..=82)
        && (1..=31).contains(&part(number, 4, 6))
        && value(number).is_multiple_of(11)
}

pub(super) fn svnr(number: &[u8]) -> bool {
    is_day(part(number, 4, 6), part(number, 6, 8).min(12))
        && weighed(number, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == at(number, 3)
}

pub(super) fn amka(number: &[u8]) -> bool {
    day_first(number) && luhn(number)
}

pub(super) fn hkid(number: &[u8]) -> bool {
    let Some((last, rest)) = number.split_last() else { return false };
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let value = |byte: &u8| {
        if byte.is_ascii_digit() {
            digit(*byte)
        } else {
            u32::from(byte.wrapping_sub(b'A')).saturating_add(10)
        }
    };
    let first = if letters == 1 { 36_u32.saturating_mul(9) } else { 0 };
    let weights = (2..=9_u32).rev().skip(usize::from(letters == 1));
    let sum = rest
        .iter()
        .zip(weights)
        .fold(first, |sum, (byte, weight)| sum.saturating_add(value(byte).saturating_mul(weight)));
    let check = 11_u32.saturating_sub(sum % 11) % 11;
    if check == 10 { *last == b'A' } else { digit(*last) == check }
}

pub(super) fn tw_id(number: &[u8]) -> bool {
    const ORDER: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let Some((first, rest)) = number.split_first() else { return false };
    let Some(code) = ORDER.iter().position(|letter| letter == first).and_then(|at| u32::try_from(at).ok())
    else {
        return false;
    };
    let code = code.saturating_add(10);
    let head = (code / 10).saturating_add((code % 10).saturating_mul(9));
    matches!(at(number, 1), 1 | 2 | 8 | 9)
        && head.saturating_add(weighed(rest, &[8, 7, 6, 5, 4, 3, 2, 1, 1])).is_multiple_of(10)
}

pub(super) fn my_nric(number: &[u8]) -> bool {
    year_first(number, 0) && matches!(part(number, 6, 8), 1..=16 | 21..=68 | 71..=79 | 82..=93 | 98 | 99)
}

pub(super) fn snils(number: &[u8]) -> bool {
    let sum = weighed(number, &[9, 8, 7, 6, 5, 4, 3, 2, 1]);
    sum % 101 % 100 == part(number, 9, 11) && differ(number)
}

pub(super) fn inn(number: &[u8]) -> bool {
    let check = |weights: &[u32]| weighed(number, weights) % 11 % 10;
    if number.len() == 10 {
        return check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) == at(number, 9) && differ(number);
    }
    check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == at(number, 10)
        && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == at(number, 11)
        && differ(number)
}

pub(super) fn cuit(number: &[u8]) -> bool {
    let check = 11_u32.saturating_sub(weighed(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    matches!(part(number, 0, 2), 20..=34) && check == at(number, 10)
}

pub(super) fn rut(number: &[u8]) -> bool {
    let Some((last, rest)) = number.split_last() else { return false };
    let weights = [2_u32, 3, 4, 5, 6, 7, 2, 3];
    let sum = rest
        .iter()
        .rev()
        .zip(weights)
        .fold(0_u32, |sum, (byte, weight)| sum.saturating_add(digit(*byte).saturating_mul(weight)));
    match 11_u32.saturating_sub(sum % 11) % 11 {
        10 => *last == b'K',
        check => digit(*last) == check,
    }
}

pub(super) fn imei(number: &[u8]) -> bool {
    luhn(number)
}
