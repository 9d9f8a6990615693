//! Attributes that stand for styles (HTML, rendering; SVG, presentation attributes).

use html5ever::ns;

use super::dom::Element;
use super::matrix;
use super::property::{Property, Said, Step, Value, Wide};
use super::reader::substituted;
use super::style::Style;
use super::value::Length;

/// The attributes of SVG that are properties.
const SVG: &[&str] = &[
    "display",
    "visibility",
    "opacity",
    "fill",
    "fill-opacity",
    "stroke",
    "font-size",
    "font-family",
    "filter",
    "mask",
    "clip-path",
    "letter-spacing",
    "word-spacing",
    "color",
    "overflow",
];

/// Takes what the attributes of an element say.
pub(super) fn hints(element: &Element, quirks: bool, style: &mut Style, parent: &Style) {
    let html = element.is_html();
    if html && quirks && &*element.name.local == "table" {
        // Pages without a doctype do not pass the font on into tables.
        style.say_plain(&Said::Value(Property::FontSize, Value::Length(Length::px(16.0))), parent, parent);
        for property in [Property::LineHeight, Property::WhiteSpace, Property::TextAlign] {
            style.say_plain(&Said::Wide(property, Wide::Initial), parent, parent);
        }
    }
    for attr in &element.attrs {
        let name: &str = &attr.name.local;
        let said = if html {
            of_html(name, &attr.value, &element.name.local)
        } else if element.name.ns == ns!(mathml) {
            let value = attr.value.trim();
            match name {
                "mathcolor" => substituted("color", value),
                "mathbackground" => substituted("background-color", value),
                "mathsize" => substituted("font-size", value),
                _ => None,
            }
        } else if element.name.ns == ns!(svg) && name == "transform" {
            transform(&attr.value).map(|steps| vec![Said::Transform(Property::Transform, Some(steps.into()))])
        } else if element.name.ns == ns!(svg) && SVG.contains(&name) {
            let value = attr.value.trim();
            // Numbers without a unit are pixels here.
            let bare = value.parse::<f32>().is_ok() && name.ends_with(['e', 'g']) && name != "opacity";
            substituted(name, &if bare { format!("{value}px") } else { value.to_owned() })
        } else {
            None
        };
        said.iter().flatten().for_each(|said| style.say_plain(said, parent, parent));
    }
}

fn of_html(name: &str, value: &str, element: &str) -> Option<Vec<Said>> {
    let value = value.trim();
    match (name, element) {
        ("bgcolor", "body" | "table" | "tr" | "td" | "th" | "thead" | "tbody" | "tfoot" | "marquee") => {
            substituted("background-color", &legacy_color(value)?)
        }
        ("background", "body" | "table" | "td" | "th") if !value.is_empty() => {
            Some(vec![Said::Value(Property::BackgroundImage, Value::Flag(true))])
        }
        ("hidden", element) if element != "embed" && !value.eq_ignore_ascii_case("until-found") => {
            substituted("display", "none")
        }
        ("text", "body") | ("color", "font" | "basefont") => substituted("color", &legacy_color(value)?),
        ("size", "font") => {
            let sizes = ["10px", "13px", "16px", "18px", "24px", "32px", "48px"];
            let step = |n: &str| n.parse::<usize>().ok();
            let at = match (value.strip_prefix('+'), value.strip_prefix('-')) {
                (Some(up), _) => step(up).map(|n| n.saturating_add(3)),
                (_, Some(down)) => step(down).map(|n| 3_usize.saturating_sub(n)),
                _ => step(value),
            };
            let size = at.and_then(|at| sizes.get(at.clamp(1, 7).saturating_sub(1)))?;
            substituted("font-size", size)
        }
        ("dir", _) => substituted("direction", value),
        ("nowrap", "td" | "th") => substituted("white-space", "nowrap"),
        ("align", "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "td" | "th" | "tr") => {
            substituted("text-align", value)
        }
        (
            "width" | "height",
            "table" | "td" | "th" | "tr" | "img" | "iframe" | "embed" | "object" | "marquee" | "hr",
        ) => {
            let number = value.trim_end_matches('%').trim_end_matches("px");
            number.parse::<f32>().ok()?;
            let unit = if value.ends_with('%') { "%" } else { "px" };
            substituted(name, &format!("{number}{unit}"))
        }
        _ => None,
    }
}

/// A colour as old attributes take it: a name, hexadecimal digits, or anything else, out of which browsers make
/// one all the same (HTML, "rules for parsing a legacy color value").
fn legacy_color(value: &str) -> Option<String> {
    if value.is_empty() || value.eq_ignore_ascii_case("transparent") {
        return None;
    }
    if substituted("color", value).is_some() && !value.contains('(') {
        return Some(value.to_owned());
    }
    let digits: String = value
        .trim_start_matches('#')
        .chars()
        .take(128)
        .flat_map(|c| if u32::from(c) > 0xffff { vec!['0', '0'] } else { vec![c] })
        .map(|c| if c.is_ascii_hexdigit() { c } else { '0' })
        .collect();
    let long = digits.len().max(1).div_ceil(3);
    let padded = format!("{digits:0<width$}", width = long.saturating_mul(3));
    let mut parts: Vec<&str> = (0..3)
        .filter_map(|n: usize| padded.get(n.saturating_mul(long)..n.saturating_add(1).saturating_mul(long)))
        .collect();
    for part in &mut parts {
        if long > 8 {
            *part = part.get(long.saturating_sub(8)..).unwrap_or_default();
        }
    }
    while parts.iter().all(|part| part.len() > 2 && part.starts_with('0')) {
        for part in &mut parts {
            *part = part.get(1..).unwrap_or_default();
        }
    }
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("{:0>2}", part.get(..part.len().min(2)).unwrap_or_default()))
        .collect();
    Some(format!("#{}", parts.concat()))
}

/// The `transform` attribute of SVG: numbers without units, with commas or spaces between them.
fn transform(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for call in text.split(')').map(str::trim).filter(|call| !call.is_empty()) {
        let (name, arguments) = call.trim_start_matches([',', ' ', '\n', '\t']).split_once('(')?;
        let numbers: Vec<f32> = arguments
            .split([',', ' ', '\t', '\n', '\r'])
            .filter(|number| !number.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        let own = match (name.trim(), numbers.as_slice()) {
            ("translate", &[x]) => matrix::shift(x, 0.0, 0.0),
            ("translate", &[x, y]) => matrix::shift(x, y, 0.0),
            ("scale", &[both]) => matrix::scale(both, both, 1.0),
            ("scale", &[x, y]) => matrix::scale(x, y, 1.0),
            ("rotate", &[angle]) => matrix::rotate([0.0, 0.0, 1.0], angle),
            ("rotate", &[angle, x, y]) => {
                let turned =
                    matrix::times(&matrix::shift(x, y, 0.0), &matrix::rotate([0.0, 0.0, 1.0], angle));
                matrix::times(&turned, &matrix::shift(-x, -y, 0.0))
            }
            ("skewX", &[angle]) => matrix::skew(angle, 0.0),
            ("skewY", &[angle]) => matrix::skew(0.0, angle),
            ("matrix", &[xx, xy, yx, yy, right, down]) => {
                [xx, xy, 0.0, 0.0, yx, yy, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, right, down, 0.0, 1.0]
            }
            _ => return None,
        };
        steps.push(Step::Matrix(own));
    }
    Some(steps)
}
