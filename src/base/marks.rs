//! The marks by which a detector's score is judged, where a policy sets no others. Here, and nowhere else: policies
//! begin with them, and detectors are trained for them.

/// From this score on a text is judged an attack, in thousandths.
pub const ATTACK_MIN: u16 = 600;

/// From this score on a text is suspect, in thousandths.
pub const SUSPECT_MIN: u16 = 250;
