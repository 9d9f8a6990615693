//! L0 on a page, beside html5ever's bare parse of it: a tree is built by the standard's rules and thrown away.

use std::borrow::Cow;
use std::hint::black_box;
use std::rc::Rc;

use bartizan::base::{Limits, SecretKey};
use bartizan::layers::l00_sanitizer::{Media, Sanitizer, SanitizerConfig};
use criterion::{Criterion, Throughput};
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ExpandedName, LocalName, QualName, ns, parse_document};

use crate::{Row, material, median};

fn sanitizer() -> Sanitizer {
    Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])))
}

fn bare(page: &str) {
    let sink = Nothing { document: named(LocalName::from("")) };
    parse_document(sink, html5ever::ParseOpts::default()).one(page);
}

/// `ammonia` makes HTML safe to show; it keeps what a sheet hides.
fn ammonia(page: &str) -> usize {
    ammonia::clean(page).len()
}

/// `html2text` makes text of HTML; it keeps what a sheet hides too.
fn html2text(page: &str) -> usize {
    html2text::from_read(page.as_bytes(), 100).unwrap().len()
}

/// How long the pages are that are compared, in KB, and how often they are read.
const SIZES: [(usize, usize); 2] = [(100, 31), (1000, 5)];

pub(crate) fn bench(c: &mut Criterion) {
    let (sanitizer, limits) = (sanitizer(), Limits::default());
    for (size, _) in SIZES {
        let page = material::page(size << 10);
        let mut group = c.benchmark_group(format!("html {size} KB"));
        group.throughput(Throughput::Bytes(page.len() as u64)).sample_size(10);
        group.bench_function("L0", |b| {
            b.iter(|| black_box(sanitizer.sanitize(&page, Media::Html, &limits)).text().len());
        });
        group.bench_function("html5ever alone", |b| b.iter(|| bare(&page)));
        group.bench_function("ammonia", |b| b.iter(|| ammonia(&page)));
        group.bench_function("html2text", |b| b.iter(|| html2text(&page)));
        group.finish();
    }
}

pub(crate) fn rows() -> Vec<Row> {
    let (sanitizer, limits) = (sanitizer(), Limits::default());
    let mut rows = Vec::new();
    for (size, times) in SIZES {
        let page = material::page(size << 10);
        // A page that is refused costs nothing.
        assert!(sanitizer.sanitize(&page, Media::Html, &limits).text().len() > page.len() / 10);
        let ours = median(times, || {
            black_box(sanitizer.sanitize(&page, Media::Html, &limits).text().len());
        });
        let bare = median(times, || bare(&page));
        let ratio = ours.as_secs_f64() / bare.as_secs_f64();
        let rate = page.len() as f64 / ours.as_secs_f64() / 1e6;
        let peer = median(times, || {
            black_box(ammonia(&page));
        });
        let what = format!("L0 on an HTML page of {size} KB with a sheet, to html5ever's bare parse");
        let row = Row::new(what, "<= 4 x").measured(format!("{ratio:.1} x"), ratio <= 4.0);
        rows.push(row.beside("ammonia 4.2", peer, ours));
        let peer = median(times, || {
            black_box(html2text(&page));
        });
        let row = Row::new("the same, by itself", ">= 15 MB/s");
        let row = row.measured(format!("{rate:.1} MB/s"), rate >= 15.0);
        rows.push(row.beside("html2text 0.17", peer, ours));
    }
    rows.push(plain());
    rows
}

/// Plain text that is clean is looked at and handed on as it is; what the detectors read is made on the way.
fn plain() -> Row {
    let (sanitizer, limits) = (sanitizer(), Limits::default());
    let text = material::prose(1 << 20, 7);
    let ours = median(9, || {
        black_box(sanitizer.sanitize(&text, Media::Text, &limits).text().len());
    });
    let copied = median(9, || {
        black_box(text.clone());
    });
    let ratio = ours.as_secs_f64() / copied.as_secs_f64();
    let rate = text.len() as f64 / ours.as_secs_f64() / 1e6;
    Row::new("L0 on clean ASCII text of 1 MB, to a copy of it", "memory speed")
        .measured(format!("{ratio:.0} x, {rate:.0} MB/s"), ratio <= 4.0)
}

/// A tree that keeps nothing but the names that the parser asks for.
struct Nothing {
    document: Rc<QualName>,
}

fn named(name: LocalName) -> Rc<QualName> {
    Rc::new(QualName::new(None, ns!(html), name))
}

impl TreeSink for Nothing {
    type Handle = Rc<QualName>;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}
    fn parse_error(&self, _: Cow<'static, str>) {}
    fn get_document(&self) -> Rc<QualName> {
        Rc::clone(&self.document)
    }
    fn elem_name<'a>(&'a self, target: &'a Rc<QualName>) -> ExpandedName<'a> {
        target.expanded()
    }
    fn create_element(&self, name: QualName, _: Vec<Attribute>, _: ElementFlags) -> Rc<QualName> {
        Rc::new(name)
    }
    fn create_comment(&self, _: StrTendril) -> Rc<QualName> {
        named(LocalName::from("#comment"))
    }
    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<QualName> {
        named(LocalName::from("#instruction"))
    }
    fn append(&self, _: &Rc<QualName>, _: NodeOrText<Rc<QualName>>) {}
    fn append_based_on_parent_node(&self, _: &Rc<QualName>, _: &Rc<QualName>, _: NodeOrText<Rc<QualName>>) {}
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn get_template_contents(&self, target: &Rc<QualName>) -> Rc<QualName> {
        Rc::clone(target)
    }
    fn same_node(&self, x: &Rc<QualName>, y: &Rc<QualName>) -> bool {
        Rc::ptr_eq(x, y)
    }
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn append_before_sibling(&self, _: &Rc<QualName>, _: NodeOrText<Rc<QualName>>) {}
    fn add_attrs_if_missing(&self, _: &Rc<QualName>, _: Vec<Attribute>) {}
    fn remove_from_parent(&self, _: &Rc<QualName>) {}
    fn reparent_children(&self, _: &Rc<QualName>, _: &Rc<QualName>) {}
}
