//! Documents that keep step with the code, and with each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::architecture::LAYERS;
use crate::{assert_none, files_under, read, root, shown};

/// The project's pages, README first.
pub(crate) fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "tests/cases/README.md"]
            .iter()
            .map(|name| root().join(name))
            .filter(|page| page.exists())
            .collect();
    pages.extend(files_under(&root().join("docs"), "md"));
    pages
}

/// The text without fenced code and without code spans: links in examples are not links.
fn prose(page: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut out = String::new();
    for line in page.lines() {
        let start = line.trim_start();
        match fence {
            Some(mark) if start.starts_with(mark) => fence = None,
            Some(_) => {}
            None if start.starts_with("```") => fence = Some("```"),
            None if start.starts_with("~~~") => fence = Some("~~~"),
            None => {
                for (n, part) in line.split('`').enumerate() {
                    out.push_str(if n % 2 == 0 { part } else { "code" });
                }
            }
        }
        out.push('\n');
    }
    out
}

/// The targets of inline links, images and reference definitions, with their lines.
fn links(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(prose(page).lines()) {
        for part in line.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap_or_default();
            found.push((number, target.trim_matches(['<', '>']).to_string()));
        }
        if let Some((label, target)) = line.split_once("]: ")
            && label.starts_with('[')
        {
            found.push((number, target.split(' ').next().unwrap_or_default().to_string()));
        }
    }
    found
}

/// The anchors that a renderer makes of a page's headings: lower case, spaces to hyphens, punctuation gone.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let slug: String = heading
            .trim()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
                _ => None,
            })
            .collect();
        let count = seen.entry(slug.clone()).or_default();
        found.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
        *count += 1;
    }
    found
}

/// The file and the anchor that a link on `page` leads to; `None` for links out of the project.
fn target(page: &Path, link: &str) -> Option<(PathBuf, Option<String>)> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) =
        link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor.to_string())));
    let mut path = if file.is_empty() { page.to_path_buf() } else { page.parent()?.join(file) };
    if file.split('/').any(|part| part == "..") {
        path = path.canonicalize().unwrap_or(path);
    }
    Some((path, anchor))
}

/// What is wrong with a page's links.
fn broken(page: &Path, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (line, link) in links(text) {
        let Some((path, anchor)) = target(page, &link) else { continue };
        let place = format!("{}:{line}: {link}", shown(page));
        let Some(anchor) = anchor else {
            if !path.exists() {
                problems.push(format!("{place}: no such file"));
            }
            continue;
        };
        match std::fs::read_to_string(&path) {
            Ok(text) if anchors(&text).contains(&anchor) => {}
            Ok(_) => problems.push(format!("{place}: no such heading")),
            Err(_) => problems.push(format!("{place}: no such file")),
        }
    }
    problems
}

#[test]
fn links_lead_somewhere() {
    let problems: Vec<String> = pages().iter().flat_map(|page| broken(page, &read(page))).collect();
    assert_none("links", &problems);
}

#[test]
fn each_page_can_be_reached() {
    let mut reached: BTreeSet<PathBuf> =
        ["README.md", "CONTRIBUTING.md"].iter().map(|name| root().join(name)).collect();
    let mut open: Vec<PathBuf> = reached.iter().filter(|page| page.exists()).cloned().collect();
    while let Some(page) = open.pop() {
        for (path, _) in links(&read(&page)).iter().filter_map(|(_, link)| target(&page, link)) {
            if path.extension().is_some_and(|ext| ext == "md")
                && path.exists()
                && reached.insert(path.clone())
            {
                open.push(path);
            }
        }
    }
    let lost: Vec<String> =
        pages().iter().filter(|page| !reached.contains(*page)).map(|page| shown(page)).collect();
    assert_none("no link leads from README or CONTRIBUTING to", &lost);
}

#[test]
fn the_readme_is_the_crate_documentation() {
    let lib = read(&root().join("src/lib.rs"));
    assert!(
        lib.starts_with("#![doc = include_str!(\"../README.md\")]"),
        "src/lib.rs does not include README.md"
    );
}

/// The headings of a layer's page, in their order.
const HEADINGS: [&str; 7] = [
    "The attack",
    "The promise",
    "What it does not promise",
    "Knobs",
    "Rules",
    "What it costs",
    "Worked example",
];

/// Why the page is not what `docs/layers/README.md` says a layer's page is.
fn against_the_template(name: &str, page: &str) -> Option<String> {
    let number: usize = name.get(1..3)?.parse().ok()?;
    if !page.starts_with(&format!("# L{number}: ")) {
        return Some(format!("does not begin with `# L{number}: `"));
    }
    let mut fenced = false;
    let mut lines = page.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced
    });
    let headings: Vec<&str> = lines.by_ref().filter_map(|line| line.strip_prefix("## ")).collect();
    if headings != HEADINGS {
        return Some(format!("its headings are {headings:?}, not {HEADINGS:?}"));
    }
    if !page.contains(&format!("../../tests/cases/{name}")) {
        return Some(format!("does not link to tests/cases/{name}"));
    }
    (!page.contains("\n```pipe\n") && !page.contains("\n```rust\n"))
        .then(|| "has no example that runs".to_string())
}

#[test]
fn the_pages_of_the_layers_are_alike() {
    let mut problems = Vec::new();
    for page in files_under(&root().join("docs/layers"), "md") {
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        if name == "README" {
            continue;
        }
        if !LAYERS.iter().any(|(layer, _)| *layer == name) {
            problems.push(format!("{}: no layer has this name", shown(&page)));
        }
        problems
            .extend(against_the_template(&name, &read(&page)).map(|why| format!("{}: {why}", shown(&page))));
    }
    assert_none("pages of layers", &problems);
}

#[test]
fn every_layer_has_its_page() {
    let problems: Vec<String> = LAYERS
        .iter()
        .map(|(layer, _)| root().join("docs/layers").join(layer).with_extension("md"))
        .filter(|page| !page.exists())
        .map(|page| shown(&page))
        .collect();
    assert_none("layers without a page", &problems);
}

#[test]
fn rust_on_a_page_is_a_doc_test() {
    let lib = read(&root().join("src/lib.rs"));
    let problems: Vec<String> = pages()
        .iter()
        .filter(|page| read(page).lines().any(|line| line.starts_with("```rust")))
        .map(|page| shown(page))
        .filter(|page| !lib.contains(&format!("include_str!(\"../{page}\")")))
        .collect();
    assert_none("pages with Rust that src/lib.rs does not include", &problems);
}

mod the_checks_can_fail {
    use super::*;

    #[test]
    fn a_layer_s_page_that_goes_its_own_way_is_told() {
        let body = HEADINGS.map(|heading| format!("## {heading}\n")).concat();
        let page = format!(
            "# L4: provenance\n{body}\n```pipe\n## no heading\n```\n[c](../../tests/cases/l04_provenance/)\n"
        );
        assert_eq!(against_the_template("l04_provenance", &page), None);
        for (from, to) in [
            ("# L4", "# L5"),
            ("## Knobs\n", ""),
            ("## Knobs", "## Settings"),
            ("cases/l04", "cases/l05"),
            ("```pipe", "```text"),
        ] {
            assert!(against_the_template("l04_provenance", &page.replace(from, to)).is_some(), "{from}");
        }
    }

    #[test]
    fn links_are_found_and_examples_are_not() {
        let page = "see [a](docs/a.md) and ![b](b.png \"title\")\n```\n[c](c.md)\n```\n`[d](d.md)` [e][x]\n[x]: e.md\n";
        let found: Vec<String> =
            links(page).into_iter().map(|(line, link)| format!("{line} {link}")).collect();
        assert_eq!(found, ["1 docs/a.md", "1 b.png", "6 e.md"]);
    }

    #[test]
    fn a_broken_link_is_told() {
        let page = root().join("CHANGELOG.md");
        assert_eq!(broken(&page, "[a](no-such-page.md) [b](#no-such-heading) [c](no-such.md#x)").len(), 3);
        assert_eq!(broken(&page, "[a](CHANGELOG.md) [b](#changelog) [c](https://example.org/x)"), [""; 0]);
    }

    #[test]
    fn headings_become_anchors() {
        let page = "# The `fold`, once\n## Twice\n## Twice\n```\n# not one\n```\n#not one either\n";
        let expected = ["the-fold-once", "twice", "twice-1"].map(String::from);
        assert_eq!(anchors(page), BTreeSet::from(expected));
    }
}
