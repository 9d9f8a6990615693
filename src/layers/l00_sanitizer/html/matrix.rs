//! Transforms as matrices, four by four, by columns (CSS Transforms 2).

use super::property::Step;

/// A matrix by columns.
pub(super) type Matrix = [f32; 16];

pub(super) const IDENTITY: Matrix = scale(1.0, 1.0, 1.0);

pub(super) const fn scale(x: f32, y: f32, z: f32) -> Matrix {
    [x, 0.0, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, 0.0, z, 0.0, 0.0, 0.0, 0.0, 1.0]
}

pub(super) const fn shift(x: f32, y: f32, z: f32) -> Matrix {
    [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, x, y, z, 1.0]
}

/// A turn of so many degrees about an axis.
#[expect(clippy::many_single_char_names, reason = "the names of axes")]
pub(super) fn rotate(axis: [f32; 3], degrees: f32) -> Matrix {
    let [x, y, z] = axis;
    let long = (x * x + y * y + z * z).sqrt();
    if long < f32::EPSILON {
        return IDENTITY;
    }
    let (x, y, z) = (x / long, y / long, z / long);
    let (s, c) = degrees.to_radians().sin_cos();
    let t = 1.0 - c;
    [
        t * x * x + c,
        t * x * y + s * z,
        t * x * z - s * y,
        0.0,
        t * x * y - s * z,
        t * y * y + c,
        t * y * z + s * x,
        0.0,
        t * x * z + s * y,
        t * y * z - s * x,
        t * z * z + c,
        0.0,
        0.0,
        0.0,
        0.0,
        1.0,
    ]
}

pub(super) fn skew(x: f32, y: f32) -> Matrix {
    let mut matrix = IDENTITY;
    let [_, down, _, _, across, ..] = &mut matrix;
    *down = y.to_radians().tan();
    *across = x.to_radians().tan();
    matrix
}

/// The view from so many pixels away. A distance under one counts as one.
pub(super) fn perspective(distance: f32) -> Matrix {
    let mut matrix = IDENTITY;
    if let Some(slot) = matrix.get_mut(11) {
        *slot = -1.0 / distance.max(1.0);
    }
    matrix
}

/// First `b`, then `a`.
pub(super) fn times(a: &Matrix, b: &Matrix) -> Matrix {
    let at = |m: &Matrix, row: usize, column: usize| {
        m.get(column.saturating_mul(4).saturating_add(row)).copied().unwrap_or(0.0)
    };
    let mut out = [0.0; 16];
    for (index, slot) in out.iter_mut().enumerate() {
        let (row, column) = (index & 3, index >> 2);
        *slot = (0..4).map(|k| at(a, row, k) * at(b, k, column)).sum();
    }
    out
}

/// Where a point of the plane goes; `None` behind the viewer.
#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
pub(super) fn point(m: &Matrix, x: f32, y: f32) -> Option<(f32, f32)> {
    let [a, b, _, pa, c, d, _, pc, _, _, _, _, e, f, _, pe] = *m;
    let w = pa * x + pc * y + pe;
    if w <= 1e-6 {
        return None;
    }
    Some(((a * x + c * y + e) / w, (b * x + d * y + f) / w))
}

/// How much the thinner direction of the plane is stretched around a point.
#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
pub(super) fn thinnest(m: &Matrix, x: f32, y: f32) -> f32 {
    let (Some(at), Some(right), Some(down)) = (point(m, x, y), point(m, x + 1.0, y), point(m, x, y + 1.0))
    else {
        return 0.0;
    };
    let (a, b) = (right.0 - at.0, right.1 - at.1);
    let (c, d) = (down.0 - at.0, down.1 - at.1);
    let whole = a * a + b * b + c * c + d * d;
    let area = (a * d - b * c).abs();
    let root = (whole * whole - 4.0 * area * area).max(0.0).sqrt();
    (((whole - root) / 2.0).max(0.0)).sqrt()
}

/// Whether the plane is seen from behind.
pub(super) fn faces_away(matrix: &Matrix) -> bool {
    let [.., depth, _, _, _, _, _] = *matrix;
    depth < -1e-6
}

/// All steps of a box of this size, with its font.
pub(super) fn of_steps(steps: &[Step], font: f32, size: (f32, f32)) -> Matrix {
    let mut matrix = IDENTITY;
    for step in steps {
        let own = match step {
            Step::Move(x, y, z) => shift(x.resolve(font, size.0), y.resolve(font, size.1), *z),
            Step::Matrix(own) => *own,
        };
        matrix = times(&matrix, &own);
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_go_where_a_browser_puts_them() {
        let (x, y) = point(&rotate([0.0, 0.0, 1.0], 90.0), 10.0, 0.0).unwrap();
        assert!(x.abs() < 0.01 && (y - 10.0).abs() < 0.01);
        let (x, _) = point(&times(&shift(5.0, 0.0, 0.0), &scale(2.0, 2.0, 1.0)), 10.0, 0.0).unwrap();
        assert!((x - 25.0).abs() < 0.01);
        let near = times(&perspective(100.0), &shift(0.0, 0.0, 200.0));
        assert_eq!(point(&near, 1.0, 1.0), None);
    }

    #[test]
    fn flat_planes_are_thin() {
        assert!(thinnest(&rotate([1.0, 0.0, 0.0], 90.0), 0.0, 0.0) < 0.01);
        assert!(thinnest(&skew(89.9, 0.0), 0.0, 0.0) < 0.01);
        assert!((thinnest(&rotate([0.0, 0.0, 1.0], 33.0), 9.0, 9.0) - 1.0).abs() < 0.01);
        assert!(faces_away(&rotate([0.0, 1.0, 0.0], 180.0)) && !faces_away(&IDENTITY));
        assert!(!faces_away(&scale(-1.0, 1.0, 1.0)));
    }
}
