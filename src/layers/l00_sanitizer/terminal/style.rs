//! How the terminal was told to draw letters, as far as it decides whether they are seen (SGR, ECMA-48 8.3.117).

use vte::Params;

use super::{COLOR, CONCEALED, DARK};
use crate::base::Rule;

/// Channels closer than this cannot be told apart.
const ALIKE: u8 = 24;

/// What was selected so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    letters: Option<[u8; 3]>,
    ground: Option<[u8; 3]>,
    reverse: bool,
    conceal: bool,
}

impl Style {
    /// Why letters drawn like this are not seen, or may not be.
    pub(super) fn hides(&self) -> Option<&'static Rule> {
        if self.conceal {
            return Some(&CONCEALED);
        }
        let (letters, ground) =
            if self.reverse { (self.ground, self.letters) } else { (self.letters, self.ground) };
        match (letters, ground) {
            (Some(letters), Some(ground)) if alike(letters, ground) => Some(&COLOR),
            // Most terminals are dark.
            (Some(letters), None) if alike(letters, [0; 3]) => Some(&DARK),
            _ => None,
        }
    }

    /// Selects a graphic rendition.
    pub(super) fn select(&mut self, params: &Params) {
        let mut params = params.iter();
        let mut any = false;
        while let Some(param) = params.next() {
            any = true;
            match param.first().copied().unwrap_or(0) {
                0 => *self = Self::default(),
                7 => self.reverse = true,
                8 => self.conceal = true,
                27 => self.reverse = false,
                28 => self.conceal = false,
                color @ 30..=37 => self.letters = Some(palette(color.saturating_sub(30))),
                color @ 90..=97 => self.letters = Some(palette(color.saturating_sub(82))),
                color @ 40..=47 => self.ground = Some(palette(color.saturating_sub(40))),
                color @ 100..=107 => self.ground = Some(palette(color.saturating_sub(92))),
                39 => self.letters = None,
                49 => self.ground = None,
                which @ (38 | 48) => {
                    let rest: Vec<u16> = match param.get(1..) {
                        // With colons all of it is one parameter; `38:2::r:g:b` has a colour space before the channels.
                        Some(rest) if !rest.is_empty() => rest.to_vec(),
                        _ => {
                            let mut one =
                                || params.next().and_then(|param| param.first()).copied().unwrap_or(0);
                            match one() {
                                5 => vec![5, one()],
                                2 => vec![2, one(), one(), one()],
                                _ => Vec::new(),
                            }
                        }
                    };
                    let color = match rest.as_slice() {
                        [5, index, ..] => Some(palette(*index)),
                        [2, red, green, blue] | [2, _, red, green, blue, ..] => {
                            Some([red, green, blue].map(|channel| u8::try_from(*channel).unwrap_or(u8::MAX)))
                        }
                        _ => None,
                    };
                    if let Some(color) = color {
                        let slot = if which == 38 { &mut self.letters } else { &mut self.ground };
                        *slot = Some(color);
                    }
                }
                _ => {}
            }
        }
        if !any {
            *self = Self::default();
        }
    }
}

fn alike(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= ALIKE)
}

/// The colours of xterm: sixteen of them, a cube of 216, and greys.
fn palette(index: u16) -> [u8; 3] {
    const SIXTEEN: [[u8; 3]; 16] = [
        [0, 0, 0],
        [205, 0, 0],
        [0, 205, 0],
        [205, 205, 0],
        [0, 0, 238],
        [205, 0, 205],
        [0, 205, 205],
        [229, 229, 229],
        [127, 127, 127],
        [255, 0, 0],
        [0, 255, 0],
        [255, 255, 0],
        [92, 92, 255],
        [255, 0, 255],
        [0, 255, 255],
        [255, 255, 255],
    ];
    let index = u8::try_from(index).unwrap_or(u8::MAX);
    if let Some(color) = SIXTEEN.get(usize::from(index)) {
        return *color;
    }
    if index >= 232 {
        let grey = index.saturating_sub(232).saturating_mul(10).saturating_add(8);
        return [grey; 3];
    }
    let step = |level: u8| if level == 0 { 0 } else { level.saturating_mul(40).saturating_add(55) };
    let cube = index.saturating_sub(16);
    [cube.div_euclid(36), cube.div_euclid(6).rem_euclid(6), cube.rem_euclid(6)].map(step)
}
