//! What an address says of a picture that is in it.

use super::reader::data_address;

/// Whether a picture is in its address and lets nothing through: by what its head says of colours that are clear.
pub(super) fn is_opaque_picture(address: &str) -> bool {
    let Some((_, bytes)) = data_address(address) else { return false };
    let has = |mark: &[u8]| bytes.windows(mark.len()).take(4096).any(|part| part == mark);
    if bytes.starts_with(b"\xff\xd8\xff") {
        return true;
    }
    if bytes.starts_with(b"GIF8") {
        // A control block whose first bit is set names a colour that is clear.
        let clear = bytes
            .windows(4)
            .take(4096)
            .any(|part| part.starts_with(b"\x21\xf9\x04") && part.last().is_some_and(|flags| flags & 1 == 1));
        return !clear;
    }
    // Colours without opacity, and none that is named clear.
    bytes.starts_with(b"\x89PNG") && matches!(bytes.get(25), Some(0 | 2 | 3)) && !has(b"tRNS")
}

/// Whether an address may be that of a picture: one that says what it holds must hold one.
pub(super) fn is_picture(address: &str) -> bool {
    const BEGINNINGS: &[&[u8]] =
        &[b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM", b"\0\0\x01\0", b"<svg", b"<?xml"];
    let address = address.trim();
    if !address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
        return !address.is_empty();
    }
    data_address(address).is_some_and(|(_, bytes)| {
        let text = bytes.trim_ascii_start();
        BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) || bytes.get(4..8) == Some(b"ftyp")
    })
}
