//! The words of a name.

use super::tongues::english;

/// The lower-case words of an identifier: `sendEmail`, `send_email` and `send-email` are `send`, `email`, and so is
/// `enviarCorreo`.
pub(crate) fn name_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let starts = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !c.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    let mut known = Vec::with_capacity(words.len());
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        english(word, &mut known);
    }
    known
}
