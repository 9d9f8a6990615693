//! `SipHash-1-3` (Aumasson, Bernstein, 2012), a hash of short inputs that nobody can steer without the key.
//!
//! Our own because the standard library's is not promised to stay the same, and stored hashes must.

/// The hash of `number` (as eight bytes, little-endian) followed by `bytes`.
pub(super) fn sip(key: [u64; 2], number: u64, bytes: &[u8]) -> u64 {
    let [k0, k1] = key;
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    absorb(&mut v, number);
    let (blocks, tail) = bytes.as_chunks::<8>();
    for block in blocks {
        absorb(&mut v, u64::from_le_bytes(*block));
    }
    let length = (bytes.len() as u64).wrapping_add(8) << 56;
    absorb(&mut v, tail.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)) | length);
    let [v0, v1, v2, v3] = v;
    let mut v = [v0, v1, v2 ^ 0xff, v3];
    for _ in 0..3 {
        v = round(v);
    }
    v.into_iter().fold(0, |hash, word| hash ^ word)
}

fn absorb(v: &mut [u64; 4], word: u64) {
    let [v0, v1, v2, v3] = *v;
    let [v0, v1, v2, v3] = round([v0, v1, v2, v3 ^ word]);
    *v = [v0 ^ word, v1, v2, v3];
}

const fn round([mut v0, mut v1, mut v2, mut v3]: [u64; 4]) -> [u64; 4] {
    v0 = v0.wrapping_add(v1);
    v2 = v2.wrapping_add(v3);
    v1 = v1.rotate_left(13) ^ v0;
    v3 = v3.rotate_left(16) ^ v2;
    v0 = v0.rotate_left(32).wrapping_add(v3);
    v2 = v2.wrapping_add(v1);
    v1 = v1.rotate_left(17) ^ v2;
    v3 = v3.rotate_left(21) ^ v0;
    [v0, v1, v2.rotate_left(32), v3]
}

#[cfg(test)]
mod tests {
    use std::hash::Hasher as _;

    use super::*;

    #[test]
    fn it_agrees_with_the_standard_librarys_under_the_zero_key() {
        let bytes: Vec<u8> = (0..70).collect();
        for len in 0..bytes.len() {
            let mut reference = std::hash::DefaultHasher::new();
            reference.write(&7_u64.to_le_bytes());
            reference.write(&bytes[..len]);
            assert_eq!(sip([0, 0], 7, &bytes[..len]), reference.finish(), "{len} bytes");
        }
    }

    #[test]
    fn another_key_gives_another_hash() {
        assert_ne!(sip([1, 0], 0, b"x"), sip([0, 1], 0, b"x"));
    }
}
