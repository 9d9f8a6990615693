//! The curves, as a page of its own: no script, nothing fetched.
#![expect(clippy::format_push_string, reason = "a page is small, and what writes into a string cannot fail")]

use crate::tally::{Group, Tables, ratio};

const COLOURS: &[&str] =
    &["#0b6e99", "#b5482a", "#4a7c2c", "#7b3fa0", "#a07a00", "#333333", "#00897b", "#ad1457"];
const SIDE: f64 = 420.0;
const EDGE: f64 = 50.0;

pub(crate) fn page(tables: &Tables) -> String {
    let mut out = String::from(
        "<!doctype html><meta charset=utf-8><title>Injection detection</title>\n<style>body{font:15px/1.5 sans-serif;\
         max-width:60rem;margin:2rem auto;padding:0 1rem}svg{max-width:100%}td,th{padding:.1rem .6rem;text-align:right}\
         td:first-child{text-align:left}</style>\n<h1>Injection detection</h1>\n",
    );
    let kinds: Vec<(&String, &Group)> = tables
        .groups
        .get("kind")
        .into_iter()
        .flatten()
        .filter(|(_, group)| !group.scores.is_empty())
        .collect();
    out.push_str("<h2>Attacks seen against false alarms (from 0.1 % to all, by tens)</h2>\n");
    let curves: Vec<(String, Vec<(f64, f64)>)> =
        kinds.iter().map(|(name, group)| ((*name).clone(), roc(&group.scores, &tables.harmless))).collect();
    chart(&mut out, &curves, &["0.1 %", "1 %", "10 %", "100 %"]);
    out.push_str("<h2>How often a score was right</h2>\n");
    let said = tables.bins.iter().filter(|bin| bin.2 > 0).map(|(said, was, count)| {
        (f64::from(*said) / f64::from(*count) / 1000.0, f64::from(*was) / f64::from(*count))
    });
    let ideal = vec![(0.0, 0.0), (1.0, 1.0)];
    chart(
        &mut out,
        &[("measured".to_owned(), said.collect()), ("as said".to_owned(), ideal)],
        &["0", "0.5", "1"],
    );
    out.push_str("<table><tr><th>source<th>attacks seen<th>AUC<th>@1 %<th>@0.1 %<th>false alarms</tr>\n");
    let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    for (name, group) in tables.groups.get("source").into_iter().flatten() {
        let cells = [
            group.attack.to_string(),
            share(group.auc),
            share(group.recall_at_1),
            share(group.recall_at_01),
            group.false_attack.to_string(),
        ];
        out += &format!("<tr><td>{}<td>{}</tr>\n", escaped(name), cells.join("<td>"));
    }
    out.push_str("</table>\n");
    out
}

/// Points of the curve; the way along is the logarithm of the share of harmless texts, from a thousandth on.
fn roc(attacks: &[u32], harmless: &[u32]) -> Vec<(f64, f64)> {
    let points = (0..=1000).rev().map(|mark| {
        let false_alarms = harmless.len().saturating_sub(harmless.partition_point(|score| *score < mark));
        let share = ratio(false_alarms, harmless.len()).max(0.001);
        let seen = attacks.iter().filter(|score| **score >= mark).count();
        (share.log10() / 3.0 + 1.0, ratio(seen, attacks.len()))
    });
    let mut points: Vec<_> = points.collect();
    points.dedup();
    points
}

fn chart(out: &mut String, curves: &[(String, Vec<(f64, f64)>)], marks: &[&str]) {
    let at = |(x, y): (f64, f64)| format!("{:.1},{:.1}", EDGE + x * SIDE, EDGE + (1.0 - y) * SIDE);
    let side = 2.0 * EDGE + SIDE;
    let mut svg = format!("<svg viewBox=\"0 0 {:.0} {side:.0}\" font-size=\"13\">", side + 200.0);
    svg += &format!("<rect x={EDGE} y={EDGE} width={SIDE} height={SIDE} fill=none stroke=\"#999\" />");
    for (number, mark) in (0_u32..).zip(marks) {
        let steps = f64::from(u32::try_from(marks.len()).unwrap_or(2).saturating_sub(1).max(1));
        let x = EDGE + SIDE * f64::from(number) / steps;
        svg +=
            &format!("<text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=middle>{mark}</text>", EDGE + SIDE + 20.0);
    }
    for (number, mark) in (0_u32..).zip(["0", "0.5", "1"]) {
        let y = EDGE + SIDE * (1.0 - f64::from(number) / 2.0);
        svg += &format!("<text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=end>{mark}</text>", EDGE - 8.0);
    }
    for ((number, (name, points)), colour) in (0_u32..).zip(curves).zip(COLOURS.iter().cycle()) {
        let way: Vec<String> = points.iter().map(|point| at(*point)).collect();
        svg += &format!(
            "<polyline fill=none stroke=\"{colour}\" stroke-width=2 points=\"{}\" />",
            way.join(" ")
        );
        let y = EDGE + 20.0 * f64::from(number) + 10.0;
        svg += &format!(
            "<text x=\"{:.0}\" y=\"{y:.0}\" fill=\"{colour}\">{}</text>",
            side - 30.0,
            escaped(name)
        );
    }
    out.push_str(&svg);
    out.push_str("</svg>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
