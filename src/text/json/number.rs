//! Numbers by their text: two programs that read `9007199254740993` must not see two different amounts.
//!
//! A number keeps the text it was written in. [`Number::canonical`] gives equal values one text, as ECMAScript
//! prints them (RFC 8785, 3.2.2.3), and [`Number::is_exact`] says whether every reader sees the same value: one
//! that counts in IEEE 754 doubles, and one that counts in whole numbers of any size.
//!
//! Not promised: arithmetic, but for what a schema asks: which is larger, and does one divide the other.

use std::cmp::Ordering;
use std::fmt;

/// A JSON number, in the text it was written in.
///
/// `==` compares texts: `1.0` and `1` differ. Their [`Number::canonical`] texts are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

/// A number's parts: `±0.DIGITS × 10^point`, digits without zeros at either end. Zero has no digits.
struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
    /// Written without fraction and exponent.
    plain: bool,
}

impl Number {
    /// The number with this text. `None` when the text is not a number of RFC 8259, or has an exponent of more
    /// than nine digits.
    pub fn new(text: &str) -> Option<Self> {
        (scan(text.as_bytes()) == text.len() && !text.is_empty() && exponent_fits(text))
            .then(|| Self(text.into()))
    }

    /// Only for texts that [`scan`] and [`exponent_fits`] have passed.
    pub(super) fn from_scanned(text: &str) -> Self {
        Self(text.into())
    }

    /// The text it was written in.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value, when it is a whole number in range, however it is written: `1e3` is 1000.
    pub fn as_i64(&self) -> Option<i64> {
        self.canonical().parse().ok()
    }

    /// The nearest double; infinite where the number is beyond all of them.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(number.to_string().into())
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(number.to_string().into())
    }
}

impl Number {
    /// One text for all writings of one value, as ECMAScript prints numbers: `1000`, `1000.0` and `1e3` give
    /// `1000`; `-0` gives `0`. Digits beyond a double's are kept, so that different values stay different.
    pub fn canonical(&self) -> String {
        Decimal::of(&self.0).print()
    }

    /// Whether every reader that rounds correctly sees the same value. No for `9007199254740993`, `1e400` or
    /// `0.1000000000000000055`, which a double rounds; no for whole numbers that no double holds exactly, though
    /// their shortest text comes back, such as `1152921504606847000`.
    pub fn is_exact(&self) -> bool {
        Decimal::of(&self.0).is_exact(&self.0)
    }
}

impl Number {
    /// Which is larger, exactly, however both are written.
    pub fn compare(&self, other: &Self) -> Ordering {
        let (one, two) = (Decimal::of(&self.0), Decimal::of(&other.0));
        let sign = |number: &Decimal| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, negative) => 1_i8.saturating_sub(2_i8.saturating_mul(i8::from(negative))),
        };
        let size = (one.point, &one.digits).cmp(&(two.point, &two.digits));
        sign(&one).cmp(&sign(&two)).then(match sign(&one) {
            0 => Ordering::Equal,
            1 => size,
            _ => size.reverse(),
        })
    }

    /// Whether it is a whole number, however it is written: `1.0` and `1e3` are.
    pub fn is_whole(&self) -> bool {
        let number = Decimal::of(&self.0);
        number.digits.is_empty() || number.point >= i64::try_from(number.digits.len()).unwrap_or(i64::MAX)
    }

    /// Whether it is a whole multiple of `divisor`, exactly: 0.3 is one of 0.1. `None` where the divisor is zero or
    /// either has too many digits (18 for the divisor, 30 for this).
    pub fn is_multiple_of(&self, divisor: &Self) -> Option<bool> {
        let (number, divisor) = (Decimal::of(&self.0), Decimal::of(&divisor.0));
        if number.digits.len() > 30 || divisor.digits.len() > 18 || divisor.digits.is_empty() {
            return None;
        }
        let Ok(digits) = number.digits.parse::<u128>() else { return Some(number.digits.is_empty()) };
        let by = divisor.digits.parse::<u128>().ok()?;
        let lowest = |number: &Decimal| {
            number.point.saturating_sub(i64::try_from(number.digits.len()).unwrap_or(i64::MAX))
        };
        let zeros = lowest(&number).saturating_sub(lowest(&divisor));
        let Ok(zeros) = u32::try_from(zeros) else {
            // More digits behind the point than the divisor has: the divisor grows by them.
            let grown =
                u32::try_from(zeros.saturating_neg()).ok().and_then(|zeros| 10_u128.checked_pow(zeros));
            let by = grown.and_then(|grown| by.checked_mul(grown));
            return Some(by.and_then(|by| digits.checked_rem(by)) == Some(0));
        };
        // digits × 10^zeros modulo a number below 10^18: every product fits.
        let modulo = |value: u128| value.checked_rem(by).unwrap_or_default();
        let (mut rest, mut power, mut left) = (modulo(digits), modulo(10), zeros);
        while left > 0 {
            if left % 2 == 1 {
                rest = modulo(rest.saturating_mul(power));
            }
            power = modulo(power.saturating_mul(power));
            left /= 2;
        }
        Some(rest == 0)
    }
}

impl Decimal {
    /// INVARIANT: `text` has passed [`scan`] and [`exponent_fits`].
    fn of(text: &str) -> Self {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let trimmed = all.trim_start_matches('0');
        let leading = all.len().saturating_sub(trimmed.len());
        let exponent: i64 = exponent.parse().unwrap_or_default();
        let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Self {
            negative: text.starts_with('-'),
            digits: trimmed.trim_end_matches('0').to_owned(),
            point: exponent.saturating_add(length(whole.len())).saturating_sub(length(leading)),
            plain: whole.len() == unsigned.len(),
        }
    }

    /// ECMA-262, `Number::toString` with radix 10, for any number of digits.
    fn print(&self) -> String {
        let Self { digits, point, .. } = self;
        if digits.is_empty() {
            return "0".to_owned();
        }
        let sign = if self.negative { "-" } else { "" };
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let zeros = |n: i64| "0".repeat(usize::try_from(n).unwrap_or_default());
        let point = *point;
        if (1..=21).contains(&point) {
            if count <= point {
                return format!("{sign}{digits}{}", zeros(point.saturating_sub(count)));
            }
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or_default());
            return format!("{sign}{whole}.{fraction}");
        }
        if (-5..=0).contains(&point) {
            return format!("{sign}0.{}{digits}", zeros(point.saturating_neg()));
        }
        let exponent = point.saturating_sub(1);
        match digits.split_at_checked(1) {
            Some((first, "")) => format!("{sign}{first}e{exponent:+}"),
            Some((first, rest)) => format!("{sign}{first}.{rest}e{exponent:+}"),
            None => "0".to_owned(),
        }
    }

    fn is_exact(&self, text: &str) -> bool {
        let count = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        // Fifteen digits in the range of normal doubles always come back (C's DBL_DIG).
        if count > 15 || !(-290..=290).contains(&self.point) {
            if count > 17 {
                return false;
            }
            let Ok(double) = text.parse::<f64>() else { return false };
            if !double.is_finite() || (double == 0.0) != self.digits.is_empty() {
                return false;
            }
            let shortest = Self::of(&format!("{double:e}"));
            if (&shortest.digits, shortest.point) != (&self.digits, self.point) && !self.digits.is_empty() {
                return false;
            }
        }
        let whole = self.point >= count;
        if !whole || !(self.plain || self.point <= 21) {
            return true;
        }
        // SECURITY: a reader with big integers sees every digit of a whole number. It agrees with a reader of
        // doubles only if a double holds digits × 10^zeros, that is if its odd part is below 2^53.
        let Ok(digits) = self.digits.parse::<u64>() else { return self.digits.is_empty() };
        let mut odd = digits.checked_shr(digits.trailing_zeros()).unwrap_or_default();
        for _ in 0..self.point.saturating_sub(count) {
            odd = odd.saturating_mul(5);
            if odd > 1 << 53 {
                return false;
            }
        }
        odd <= 1 << 53
    }
}

/// Length in bytes of the number that `text` begins with; 0 when it begins with none.
pub(super) fn scan(text: &[u8]) -> usize {
    let digits = |from: usize| {
        text.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
    };
    let start = usize::from(text.first() == Some(&b'-'));
    let mut end = match (text.get(start), digits(start)) {
        (_, 0) => return 0,
        (Some(b'0'), _) => start.saturating_add(1),
        (_, count) => start.saturating_add(count),
    };
    if text.get(end) == Some(&b'.') {
        match digits(end.saturating_add(1)) {
            0 => return end,
            count => end = end.saturating_add(1).saturating_add(count),
        }
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end.saturating_add(1)), Some(b'+' | b'-')));
        let from = end.saturating_add(1).saturating_add(sign);
        match digits(from) {
            0 => return end,
            count => end = from.saturating_add(count),
        }
    }
    end
}

/// Whether the exponent has at most nine digits, so that no two values fall together by overflow.
pub(super) fn exponent_fits(number: &str) -> bool {
    number.split_once(['e', 'E']).is_none_or(|(_, exponent)| {
        exponent.trim_start_matches(['+', '-']).trim_start_matches('0').len() <= 9
    })
}
