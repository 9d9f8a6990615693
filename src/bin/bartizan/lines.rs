//! Lines of bounded length from a stream that nobody vouches for.

use std::io::{self, BufRead};

/// The longest line that is read, in bytes: a text of 1 MiB with every character escaped, and some room.
pub(crate) const MAX_LINE: usize = 8 << 20;

/// One line as it came.
#[derive(Debug)]
pub(crate) enum Line {
    /// A line of UTF-8, without its end.
    Text(String),
    /// Longer than [`MAX_LINE`]; the rest of it was skipped.
    TooLong,
    /// Not UTF-8, and where that shows.
    NotUtf8 {
        /// Bytes that were.
        valid_up_to: usize,
    },
}

/// The next line, or `None` at the end. Never holds more than [`MAX_LINE`] bytes.
pub(crate) fn next(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let (mut too_long, mut any) = (false, false);
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let (taken, used) = match end {
            Some(end) => (chunk.get(..end).unwrap_or_default(), end.saturating_add(1)),
            None => (chunk, chunk.len()),
        };
        too_long |= line.len().saturating_add(taken.len()) > MAX_LINE;
        if !too_long {
            line.extend_from_slice(taken);
        }
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    if !any {
        return Ok(None);
    }
    if too_long {
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(match String::from_utf8(line) {
        Ok(text) => Line::Text(text),
        Err(error) => Line::NotUtf8 { valid_up_to: error.utf8_error().valid_up_to() },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_long_is_skipped_and_the_next_one_is_read() {
        let mut bytes = vec![b'x'; MAX_LINE + 1];
        bytes.extend_from_slice(b"\n{}\n\xff\nlast");
        let mut input = io::BufReader::new(&bytes[..]);
        assert!(matches!(next(&mut input).unwrap(), Some(Line::TooLong)));
        assert!(matches!(next(&mut input).unwrap(), Some(Line::Text(text)) if text == "{}"));
        assert!(matches!(next(&mut input).unwrap(), Some(Line::NotUtf8 { valid_up_to: 0 })));
        assert!(matches!(next(&mut input).unwrap(), Some(Line::Text(text)) if text == "last"));
        assert!(next(&mut input).unwrap().is_none());
    }
}
