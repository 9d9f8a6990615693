//! Secrets are made here at run time, each from its row's own shape, so that no scanner takes this file for a leak.

use proptest::prelude::*;

use super::alphabet::{ALNUM, Alphabet, BASE64, BASE64URL, HEX, UPPER_NUM};
use super::checks::tests::checksum62;
use super::matchers::{Matcher, Part};
use super::*;

/// Characters of an alphabet in an order without a pattern.
fn drawn(set: Alphabet, len: usize, seed: u64) -> String {
    let all: Vec<u8> = (0..128).filter(|byte| set.has(*byte)).collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(all[(state >> 33) as usize % all.len()])
        })
        .collect()
}

fn found(text: &str) -> Vec<(&'static str, &str)> {
    let mut hits = Vec::new();
    scan(text, &mut hits);
    hits.iter().map(|hit| (hit.kind().name(), hit.span().of(text).unwrap())).collect()
}

fn names(text: &str) -> Vec<&'static str> {
    found(text).into_iter().map(|(name, _)| name).collect()
}

/// Sentences, addresses, code and markup around a token.
fn carriers(token: &str) -> Vec<String> {
    vec![
        token.to_owned(),
        format!("Here it is: {token} and nothing else."),
        format!("https://img.example.net/p.gif?d={token}&v=2"),
        format!("https://img.example.net/v/{token}/view"),
        format!("![chart](https://img.example.net/c.png?r={token})"),
        format!("<td>{token}</td>"),
        format!("{{\"note\": \"a\\n{token}\\nb\", \"n\": 1}}"),
        format!("client = Client('{token}');"),
        format!("12,owner,{token}\n13,other,none"),
    ]
}

/// Types whose checks look inside the token. They have tests of their own.
const WITH_STRUCTURE: [&str; 8] = [
    "wallet-key",
    "pypi-token",
    "sentry-token",
    "grafana-token",
    "discord-token",
    "onepassword-token",
    "launchdarkly-key",
    "x-bearer-token",
];

fn made(parts: &[Part], seed: u64) -> String {
    let piece = |(at, part): (usize, &Part)| match part {
        Part::Lit(text) => (*text).to_owned(),
        Part::Run(set, min, max) => drawn(*set, min + (max - min) / 4, seed + at as u64),
    };
    parts.iter().enumerate().map(piece).collect()
}

#[test]
fn every_row_finds_a_token_of_its_shape_in_every_carrier() {
    let mut missed = Vec::new();
    for (seed, kind) in TYPES.iter().enumerate() {
        for form in kind.forms {
            let Matcher::Shape(shape) = form.matcher else { continue };
            if WITH_STRUCTURE.contains(&kind.name()) {
                continue;
            }
            let (before, after) = shape.parts();
            for (number, anchor) in form.anchors.iter().enumerate() {
                let seed = (seed * 101 + number * 17 + 3) as u64;
                let token = format!("{}{anchor}{}", made(before, seed), made(after, seed + 50));
                for text in carriers(&token) {
                    let hits = found(&text);
                    let whole = hits.iter().any(|(_, secret)| {
                        secret.len() * 2 > token.len() && token.contains(secret) || secret.contains(&token)
                    });
                    if !whole {
                        missed.push(format!("{}: {text}", kind.name()));
                    }
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn names_and_rules_of_types_are_unique_and_fit() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in TYPES {
        assert!(seen.insert(kind.name()), "{}", kind.name());
        assert_eq!(kind.rule().id, format!("l3/secret/{}", kind.name()));
        assert!(
            kind.name()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
    }
}

#[test]
fn a_token_keeps_its_type_and_its_bounds() {
    let body = drawn(ALNUM, 30, 5);
    let token = format!("ghp_{body}{}", checksum62(&body));
    for text in carriers(&token) {
        assert_eq!(found(&text), [("github-token", token.as_str())], "{text}");
    }
}

#[test]
fn letters_glued_to_a_token_do_not_hide_it() {
    let token = format!("glpat-{}", drawn(BASE64URL, 20, 8));
    assert_eq!(names(&format!("xx{token}yyy")), ["gitlab-token"]);
}

#[test]
fn a_shape_that_other_texts_have_too_needs_free_edges() {
    let id = format!("AKIA{}", drawn(UPPER_NUM, 16, 9));
    assert_eq!(names(&format!("id {id}, region")), ["aws-access-key-id"]);
    assert!(names(&format!("{}{id}{}", drawn(ALNUM, 12, 1), drawn(ALNUM, 12, 2))).is_empty());
}

#[test]
fn a_secret_key_beside_its_id_is_found_and_a_commit_hash_there_is_not() {
    let id = format!("AKIA{}", drawn(UPPER_NUM, 16, 9));
    let secret = drawn(BASE64, 40, 21);
    assert_eq!(names(&format!("{id} / {secret}")), ["aws-access-key-id", "aws-secret-key"]);
    assert_eq!(names(&format!("{id} since {}", drawn(HEX, 40, 3))), ["aws-access-key-id"]);
}

#[test]
fn private_keys_are_found_with_lines_escapes_and_without_either() {
    let body: Vec<String> = (0..6).map(|line| drawn(BASE64, 64, 70 + line)).collect();
    for (label, joint) in [
        ("RSA PRIVATE KEY", "\n"),
        ("PRIVATE KEY", "\\n"),
        ("ENCRYPTED PRIVATE KEY", "\n  "),
        ("OPENSSH PRIVATE KEY", " "),
    ] {
        let key = format!("-----BEGIN {label}-----{joint}{}{joint}-----END {label}-----", body.join(joint));
        assert_eq!(found(&format!("{{\"k\": \"{key}\"}}")), [("private-key", key.as_str())], "{label}");
    }
    let pgp = format!(
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1.2.3 (x)\n\n{}\n=aB3d\n-----END PGP PRIVATE KEY BLOCK-----",
        body.join("\n")
    );
    assert_eq!(found(&pgp), [("private-key", pgp.as_str())]);
}

#[test]
fn talk_about_keys_and_public_keys_pass() {
    let body = (0..6).map(|line| drawn(BASE64, 64, 70 + line)).collect::<Vec<_>>().join("\n");
    let public = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----");
    assert!(names(&public).is_empty());
    assert!(names("A file that starts with -----BEGIN RSA PRIVATE KEY----- is a key. Keep it.").is_empty());
}

fn base64url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn a_signed_token_is_found_and_a_header_or_a_cursor_alone_is_not() {
    let header = base64url(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = base64url(r#"{"sub":"1","role":"service_role"}"#);
    let token = format!("{header}.{claims}.{}", drawn(BASE64URL, 43, 4));
    for text in carriers(&token) {
        assert_eq!(found(&text), [("jwt", token.as_str())], "{text}");
    }
    assert!(names(&header).is_empty());
    assert!(names(&format!("/v1/items?cursor={}", base64url(r#"{"id": 7, "ts": "2026"}"#))).is_empty());
}

#[test]
fn tokens_with_structure_inside_are_proven_by_it() {
    let pypi = format!("pypi-{}", base64url(&format!("\u{2}\u{1}\u{8}pypi.org\u{2}${}", drawn(HEX, 60, 2))));
    assert_eq!(names(&pypi), ["pypi-token"]);
    let bot =
        format!("{}.{}.{}", base64url("118012345678901234"), drawn(BASE64URL, 6, 3), drawn(BASE64URL, 38, 4));
    assert_eq!(names(&bot), ["discord-token"]);
    let account = format!("ops_{}", base64url(&format!("{{\"email\":\"{}\"}}", drawn(HEX, 80, 6))));
    assert_eq!(names(&account), ["onepassword-token"]);
}

#[test]
fn a_key_that_is_known_by_its_middle_is_found_whole() {
    let key = format!("sk-proj-{}T3Blbk{}{}", drawn(BASE64URL, 74, 2), "FJ", drawn(BASE64URL, 74, 3));
    for text in carriers(&key) {
        assert_eq!(found(&text), [("openai-key", key.as_str())], "{text}");
    }
    assert!(names(&format!("{}T3Blbk{}{}", drawn(BASE64, 40, 2), "FJ", drawn(BASE64, 40, 3))).is_empty());
}

#[test]
fn a_password_in_an_address_is_found_and_only_it() {
    let password = format!("t{}7", drawn(ALNUM, 9, 12));
    assert_eq!(
        found(&format!("postgresql://deploy:{password}@db.example.net:5432/orders")),
        [("url-password", password.as_str())]
    );
    for text in [
        "postgres://user:password@localhost:5432/db",
        "https://example.com:8080/a@b",
        "ssh://git@github.com:22/x",
        "http://${USER}:${PASS}@host/",
        "proto://user:<password>@host",
    ] {
        assert!(names(text).is_empty(), "{text}");
    }
}

#[test]
fn headers_and_cookies_that_carry_sessions_are_found() {
    use base64::Engine as _;
    let opaque = drawn(BASE64URL, 43, 31);
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("deploy:{}", drawn(ALNUM, 12, 5)));
    assert_eq!(names(&format!("Authorization: Bearer {opaque}")), ["authorization-header"]);
    assert_eq!(
        names(&format!("curl -H 'authorization: Basic {basic}' https://a.example/")),
        ["authorization-header"]
    );
    assert_eq!(names(&format!("{{\"Authorization\": \"Bearer {opaque}\"}}")), ["authorization-header"]);
    assert_eq!(names(&format!("Cookie: theme=dark; sessionid={}; _ga=1", drawn(ALNUM, 32, 6))).len(), 1);
    for text in [
        "Authorization: Bearer <access_token>",
        "Authorization: Bearer YOUR_ACCESS_TOKEN_HERE",
        "the bearer of this letter is known to us all",
        "Cookie: theme=dark; lang=de",
    ] {
        assert!(names(text).is_empty(), "{text}");
    }
}

#[test]
fn a_name_and_a_drawn_value_make_a_secret_however_they_are_written() {
    let value = drawn(ALNUM, 40, 77);
    for text in [
        format!("COHERE_API_KEY={value}"),
        format!("export DEPLOY_TOKEN='{value}' && ./run"),
        format!("{{\"client_secret\": \"{value}\"}}"),
        format!("{{\\\"client_secret\\\": \\\"{value}\\\"}}"),
        format!("apiKey: \"{value}\","),
        format!("let api_key: &str = \"{value}\";"),
        format!("| Deepgram API key | `{value}` |"),
        format!("as promised, the admin key is {value} - please rotate it"),
        format!("<add key=\"OKTA_API_TOKEN\" value=\"{value}\" />"),
        format!("<token>{value}</token>"),
        format!("setProperty(\"auth.token\", \"{value}\")"),
        format!("https://x.example/reset?uid=3&token={value}&v=2"),
        format!("deploy --token {value} --force"),
    ] {
        assert_eq!(found(&text), [("named-secret", value.as_str())], "{text}");
    }
}

#[test]
fn code_configuration_and_documentation_without_secrets_pass() {
    for text in [
        "tokenizer = AutoTokenizer.from_pretrained('bert-base-uncased')\nmax_tokens = 4096",
        "api_key = None\npassword: str | None = None",
        "let access_token = oauth.exchange(code).await?.access_token;",
        "self.secret_key = config.get('SECRET_KEY')",
        "const password = document.getElementById('password-input').value;",
        "password_data = (known after apply)\nkey_name = \"partner_timer\"",
        "client_secret=****************************",
        "export OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "token: ${{ secrets.GITHUB_TOKEN }}",
        "\"password\": \"Passwort vergessen\", \"token\": \"Sitzung\"",
        "public_key = \"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\"",
        "next_page_token: \"CAESBgoEGgIIAQ3kd9fj4mZq\"",
        "password: process.env.DB_PASSWORD",
        "AWS::ApiGateway::ApiKey: \"48205d4ffd7feba3\"",
        "Dot11KeyMappingKey: DOT11EXT_SET_KEY_MAPPING_KEY",
        "bypass=1234abcd; compass: north9",
    ] {
        assert!(names(text).is_empty(), "{text}: {:?}", found(text));
    }
}

#[test]
fn digests_ids_and_data_pass() {
    let hex = |len, seed| drawn(HEX, len, seed);
    for text in [
        format!("{}  src/main.rs", hex(64, 1)),
        format!("checksum = \"{}\"", hex(64, 2)),
        format!("\"integrity\": \"sha512-{}==\"", drawn(BASE64, 86, 3)),
        format!("Merge {} into {}", hex(7, 4), hex(40, 5)),
        "request_id=8fd9f797-f04d-4455-bef4-2e38ccc50cc3 status=200".to_owned(),
        format!("<img src=\"data:image/png;base64,{}\">", drawn(BASE64, 400, 6)),
        format!(
            "https://www.youtube.com/watch?v={}&list=PL{}",
            drawn(BASE64URL, 11, 7),
            drawn(BASE64URL, 32, 8)
        ),
        format!("https://cdn.example.net/{}/{}.js?v={}", hex(32, 9), hex(20, 10), hex(8, 11)),
        format!("age1{}", drawn(Alphabet::of("02-9ac-hj-np-z"), 58, 12)),
        format!("sent to 0x{} in tx 0x{}", hex(40, 13), hex(64, 14)),
        "<div class=\"sk-archive-planet-matrix-window-setting task-morning-schema risk-712a97\"></div>"
            .to_owned(),
    ] {
        assert!(names(&text).is_empty(), "{text}: {:?}", found(&text));
    }
}

#[test]
fn a_password_people_choose_is_found_behind_its_name() {
    let word = format!("{}-{}{}!", "Saffron", "Orchid", 2332);
    for text in [
        format!("DB_PASSWORD='{word}'"),
        format!("Server=tcp:x,1433;User ID=a;Password={word};Encrypt=True;"),
        format!("machine api.example.io\n  login admin9\n  password {word}\n"),
        format!("jdbc:sqlserver://h:1433;databaseName=erp;user=etl;password={word}"),
    ] {
        assert_eq!(found(&text), [("password", word.as_str())], "{text}");
    }
    assert!(names("Your password must have 8 characters, a digit and a sign.").is_empty());
}

#[test]
fn look_alikes_and_marks_do_not_hide_a_token() {
    let body = drawn(ALNUM, 30, 5);
    let token = format!("ghp_{body}{}", checksum62(&body));
    let wide: String = token
        .chars()
        .map(|c| if c == '_' { c } else { char::from_u32(u32::from(c) + 0xFEE0).unwrap() })
        .collect();
    let marked: String = token.chars().flat_map(|c| [c, '\u{301}']).collect();
    assert_eq!(found(&format!("ref {wide}.")), [("github-token", wide.as_str())]);
    assert_eq!(names(&marked), ["github-token"]);
}

#[test]
fn the_automaton_and_the_search_without_it_agree() {
    let with = Scanner::new(TYPES);
    let without = Scanner { automaton: None, ..Scanner::new(TYPES) };
    let text = format!("glpat-{} {}", drawn(BASE64URL, 20, 8), "password = 'q7Tz0aPw!' api_key=");
    let run = |scanner: &Scanner| {
        let mut hits = Vec::new();
        scanner.scan(&text, &mut hits);
        hits.iter().map(|hit| (hit.kind().name(), hit.span())).collect::<Vec<_>>()
    };
    assert!(with.automaton.is_some());
    assert_eq!(run(&with), run(&without));
}

proptest! {
    #[test]
    fn hits_are_in_order_apart_and_on_characters(text in ".{0,200}", cut in 0..40_usize) {
        let token = format!("ghp_{}", drawn(ALNUM, 36, 5));
        let text = format!("{text}{}{text}password='{text}", token.get(cut..).unwrap_or_default());
        let mut hits = Vec::new();
        scan(&text, &mut hits);
        for pair in hits.windows(2) {
            prop_assert!(pair[0].span().end() <= pair[1].span().start());
        }
        for hit in hits {
            prop_assert!(hit.span().of(&text).is_some_and(|secret| !secret.is_empty()));
        }
    }
}
