#![expect(clippy::float_cmp, reason = "whether two doubles are the same is the question")]

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Json, JsonError> {
    Json::parse(text, &Limits::default())
}

fn canonical(text: &str) -> String {
    parse(text).unwrap().to_canonical()
}

fn refused(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn order_and_the_text_of_numbers_are_kept() {
    let text = r#"{"z":1.50,"a":[1e3,-0,{}],"m":"\u00e9\n/"}"#;
    assert_eq!(parse(text).unwrap().to_string(), r#"{"z":1.50,"a":[1e3,-0,{}],"m":"é\n/"}"#);
}

#[test]
fn canonical_text_agrees_with_rfc_8785_appendix_and_section_3_2() {
    // The sorting of section 3.2.3, by UTF-16 code units: U+1F600 (D83D…) stands before U+FB33.
    let keys = r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#;
    assert_eq!(canonical(keys), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}");
    for (text, expected) in [
        ("1E30", "1e+30"),
        ("4.50", "4.5"),
        ("2e-3", "0.002"),
        ("0.000000000000000000000000001", "1e-27"),
        ("-0.0", "0"),
        ("1e21", "1e+21"),
        ("999999999999999900000", "999999999999999900000"),
        ("9.999999999999997e22", "9.999999999999997e+22"),
        ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ] {
        assert_eq!(canonical(text), expected);
    }
    // Where the RFC rounds to a double, the digits stay: what is not exact must not fall together with what is.
    assert_eq!(canonical("333333333.33333329"), "333333333.33333329");
}

#[test]
fn one_value_has_one_canonical_text() {
    for text in ["1000", "1000.0", "1e3", "10E2", "0.1e4", "1000.000e-0"] {
        assert_eq!(canonical(text), "1000", "{text}");
    }
    assert_ne!(canonical("9007199254740993"), canonical("9007199254740992"));
    assert_ne!(canonical("1e400"), canonical("1e401"));
    assert_eq!(canonical(r#"{"b":1,"a":"\u0041"}"#), canonical(r#" { "a" : "A", "b" : 1.0 } "#));
}

#[test]
fn a_number_that_readers_disagree_on_is_not_exact() {
    for text in [
        "9007199254740993",
        "1e400",
        "-1e400",
        "1e-400",
        "0.1000000000000000055",
        "123456789012345678901234567890",
        "1152921504606847000",
        "602000000000000000000000",
        "0.30000000000000001",
    ] {
        assert!(!Number::new(text).unwrap().is_exact(), "{text}");
    }
    for text in [
        "0",
        "-0",
        "0e999999999",
        "1",
        "-17",
        "0.1",
        "1e3",
        "19.99",
        "9007199254740992",
        "9007199254740991",
        "1e18",
        "1000000000000000000",
        "6.02e23",
        "5e-324",
        "0.30000000000000004",
        "1.7976931348623157e308",
        "1e22",
    ] {
        assert!(Number::new(text).unwrap().is_exact(), "{text}");
    }
    let nested = parse(r#"{"a":[1,{"b":1e400}]}"#).unwrap();
    assert_eq!(nested.inexact_number().unwrap().as_str(), "/a/1/b");
}

#[test]
fn a_repeated_key_is_refused_at_any_depth_however_it_is_escaped() {
    assert_eq!(
        refused("{\"a\": [\n  {\"to\": 1, \"t\\u006f\": 2}]}"),
        "the object has this key already at line 2, column 13, in /a/0; expected each key at most once"
    );
    assert!(parse(r#"{"to":1,"To":2,"a":{"to":3}}"#).is_ok());
}

#[test]
fn lone_surrogates_are_refused_and_pairs_are_read() {
    for text in [
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83d\ud83d\ude00""#,
        r#""\ud83dx""#,
        r#"{"\udfff":1}"#,
        r#""\ud83d\n""#,
    ] {
        assert!(refused(text).contains("surrogate"), "{text}");
    }
    assert_eq!(parse(r#""\ud83d\ude00""#).unwrap().as_str(), Some("😀"));
}

#[test]
fn what_other_readers_forgive_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "'a'",
        "NaN",
        "-Infinity",
        "Infinity",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "0x10",
        "tru",
        "nulll",
        "1 2",
        "\u{feff}1",
        "// c\n1",
        "[1]]",
        "\"\t\"",
        "\"\u{1}\"",
        r#""\x41""#,
        r#""\u12""#,
        r#""\u+123""#,
        "\"a",
        "[}",
        "{]",
        "{\"a\":}",
        "{,}",
        "[,1]",
        "\u{a0}1",
        "1\u{0}",
        "1e1234567890",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn errors_name_place_and_expectation_and_show_no_values() {
    assert_eq!(
        refused("{\"käse\": [true, \"hunter2\" 5]}"),
        "the array goes on wrongly at line 1, column 27, in /käse/2; expected `,` or `]`"
    );
    let key = format!("{}\\n{}", "k".repeat(60), "secret".repeat(20));
    let error = refused(&format!("{{\"{key}\": ?}}"));
    assert!(error.contains("\\u{a}sec…;"), "{error}");
}

#[test]
fn limits_hold() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(&deep(128)).is_ok());
    assert!(refused(&deep(129)).starts_with("nested too deeply"));
    assert!(refused(&"[".repeat(500_000)).starts_with("nested too deeply"));
    let limits = Limits { json_depth: usize::MAX, ..Limits::default() };
    assert!(Json::parse(&deep(Json::MAX_DEPTH), &limits).is_ok());
    assert!(Json::parse(&deep(Json::MAX_DEPTH + 1), &limits).is_err());
    assert!(refused(&format!("[{}0]", "0,".repeat(100_000))).starts_with("too many values"));
    assert!(refused(&" ".repeat((1 << 20) + 1)).starts_with("the text is too long"));
    assert!(refused(&format!("{{\"{}\":1}}", "k".repeat(5000))).starts_with("the keys up to here"));
}

#[test]
fn a_walk_meets_keys_and_leaves_in_order() {
    let json = parse(r#"{"a/b":[1,[],{"x":null}],"c":"d"}"#).unwrap();
    let leaves: Vec<_> = json.leaves().map(|(at, leaf)| format!("{at}={leaf}")).collect();
    assert_eq!(leaves, ["/a~1b/0=1", "/a~1b/2/x=null", "/c=\"d\""]);
    let keys: Vec<_> = json
        .walk()
        .filter_map(|(at, node)| if let Node::Key(key) = node { Some(format!("{at}:{key}")) } else { None })
        .collect();
    assert_eq!(keys, ["/a~1b:a/b", "/a~1b/2/x:x", "/c:c"]);
    for (at, leaf) in json.leaves() {
        assert_eq!(json.at(&at), Some(leaf));
    }
    assert_eq!(json.at(&JsonPointer::root().key("a/b").key("00")), None);
}

#[test]
fn serde_json_takes_it_with_the_same_text() {
    let text = r#"{"z":1.50,"a":[10000000000000000000000001,null],"m":"é"}"#;
    assert_eq!(serde_json::to_string(&parse(text).unwrap()).unwrap(), text);
    assert_eq!(serde_json::to_value(parse("[1.50]").unwrap()).unwrap(), serde_json::json!([1.5]));
}

#[test]
fn a_value_of_serde_json_comes_over_within_the_limits() {
    let value = serde_json::json!({"a": [1, 2.5, "x", null, true, {}], "b": u64::MAX});
    let json = Json::from_value(&value, &Limits::default()).unwrap();
    assert_eq!(json.to_string(), value.to_string());
    let deep = (0..200).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    let error = Json::from_value(&deep, &Limits::default()).unwrap_err();
    assert_eq!((error.line(), error.column()), (0, 0));
}

#[test]
fn a_tree_built_by_hand_tells_its_repeated_key() {
    let member = |key: &str| (key.to_owned(), Json::Null);
    let json = Json::Array(vec![Json::Object(vec![member("a"), member("b"), member("a")])]);
    assert_eq!(json.duplicate_key().unwrap().as_str(), "/0/a");
    assert_eq!(Json::Object(vec![member("a"), member("A")]).duplicate_key(), None);
}

fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number().prop_map(|text| Json::Number(Number::new(&text).unwrap())),
        any::<String>().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

fn without_numbers(json: Json) -> Json {
    match json {
        Json::Number(_) => Json::Null,
        Json::Array(items) => Json::Array(items.into_iter().map(without_numbers).collect()),
        Json::Object(members) => {
            Json::Object(members.into_iter().map(|(key, value)| (key, without_numbers(value))).collect())
        }
        other => other,
    }
}

/// Text near to JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[\\[\\]{},:\"\\\\ ]",
        Just("\"a\"".to_owned()),
        Just("\"\\u0061\"".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"a\":".to_owned()),
        Just("[1,".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        number(),
        ".{0,3}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn value_of(text: &str) -> Number {
    Number::new(text).unwrap()
}

#[test]
fn numbers_are_compared_by_value_whatever_their_size() {
    let ascending = [
        "-1e400",
        "-9223372036854775809",
        "-9223372036854775808",
        "-10",
        "-9.5",
        "-1e-400",
        "0",
        "1e-400",
        "0.1",
        "0.10000000000000000001",
        "1",
        "9.5",
        "10",
        "9007199254740992",
        "9007199254740993",
        "18446744073709551615",
        "1e400",
    ];
    for (at, one) in ascending.iter().enumerate() {
        for (beside, two) in ascending.iter().enumerate() {
            assert_eq!(value_of(one).compare(&value_of(two)), at.cmp(&beside), "{one} {two}");
        }
    }
    for (one, two) in [("0", "-0.00"), ("1e3", "1000.0"), ("0.5e1", "5"), ("0e5", "0")] {
        assert_eq!(value_of(one).compare(&value_of(two)), std::cmp::Ordering::Equal, "{one} {two}");
    }
}

#[test]
fn whole_numbers_and_multiples_do_not_depend_on_the_writing() {
    for whole in ["0", "-0.0", "1e3", "1.0", "1200e-2", "1e400"] {
        assert!(value_of(whole).is_whole(), "{whole}");
    }
    for broken in ["0.5", "1e-1", "-1.00001", "1e-400"] {
        assert!(!value_of(broken).is_whole(), "{broken}");
    }
    for (one, by, expected) in [
        ("0.3", "0.1", Some(true)),
        ("0.35", "0.1", Some(false)),
        ("1e308", "0.123456789", Some(false)),
        ("7", "2", Some(false)),
        ("-8", "2", Some(true)),
        ("0", "7", Some(true)),
        ("4.50", "0.01", Some(true)),
        ("1e-300", "1e300", Some(false)),
        ("1e300", "1e-300", Some(true)),
        ("123456789012345678e10", "3", Some(true)),
        ("5", "0", None),
        ("5", "1.0000000000000000001", None),
    ] {
        assert_eq!(value_of(one).is_multiple_of(&value_of(by)), expected, "{one} {by}");
    }
}

proptest! {
    #[test]
    fn what_is_accepted_serde_json_accepts(text in nearly_json()) {
        if let Ok(json) = parse(&text) {
            // Not read into a value: `serde_json` refuses numbers beyond doubles there, which are refused here only
            // where a call is judged.
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
            if json.inexact_number().is_none() {
                // Numbers aside: `serde_json` may read one as the double next to the nearest.
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                let theirs = Json::from_value(&value, &Limits::default()).unwrap();
                prop_assert_eq!(without_numbers(theirs).to_canonical(), without_numbers(json).to_canonical());
            }
        }
    }

    #[test]
    fn canonical_text_reads_back_as_itself(json in json()) {
        let text = json.to_canonical();
        prop_assert_eq!(parse(&text).unwrap().to_canonical(), text);
        prop_assert_eq!(parse(&json.to_string()).unwrap(), json);
    }

    #[test]
    fn a_repeated_key_is_always_refused(json in json(), key in any::<String>(), at in any::<prop::sample::Index>()) {
        let mut members = vec![(key.clone(), json.clone()), ("other".to_owned() + &key, Json::Null)];
        members.insert(at.index(3), (key, json));
        let text = Json::Array(vec![Json::Object(members)]).to_string();
        prop_assert_eq!(parse(&text).unwrap_err().what(), "the object has this key already");
    }

    #[test]
    fn numbers_are_equal_exactly_when_their_canonical_texts_are(a in number(), shift in 0..6usize, other in number()) {
        // The same value, written with its point elsewhere.
        let (mantissa, exponent) = a.split_once(['e', 'E']).unwrap_or((&a, "0"));
        let exponent: i64 = exponent.parse().unwrap();
        let fraction = if mantissa.contains('.') { "" } else { "." };
        let same = format!("{mantissa}{fraction}{}e{exponent}", "0".repeat(shift + 1));
        let [a, same, other] = [&a, &same, &other].map(|text| Number::new(text).unwrap());
        prop_assert_eq!(a.canonical(), same.canonical());
        prop_assert_eq!(a.is_exact() || !same.is_exact(), true);
        if a.is_exact() && other.is_exact() {
            prop_assert_eq!(a.as_f64() == other.as_f64(), a.canonical() == other.canonical());
        }
    }

    #[test]
    fn every_double_is_exact_in_its_shortest_text_unless_it_is_a_large_whole_number(double in any::<f64>()) {
        prop_assume!(double.is_finite());
        let number = Number::new(&format!("{double:e}")).unwrap();
        prop_assert!(number.is_exact() || (double.abs() > 9e15 && double.abs() < 1e21));
        prop_assert_eq!(number.canonical().parse::<f64>().unwrap(), double);
    }

    #[test]
    fn nonsense_does_not_panic(text in any::<String>()) {
        drop(parse(&text).map(|json| json.to_canonical()));
    }

    #[test]
    fn small_numbers_compare_and_divide_as_integers_do(a in -9999_i64..9999, b in 1_i64..500, zeros in 0_usize..4) {
        let scaled = |n: i64| value_of(&format!("{n}e-{zeros}"));
        prop_assert_eq!(scaled(a).compare(&scaled(b)), a.cmp(&b));
        prop_assert_eq!(scaled(a).is_multiple_of(&scaled(b)), Some(a % b == 0));
    }
}
