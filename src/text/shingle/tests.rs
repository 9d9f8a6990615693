use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::base::SecretKey;

fn key() -> TokenKey {
    TokenKey::derive(&SecretKey::from_bytes([1; 32]))
}

fn fingerprints(text: &str) -> HashSet<Fingerprint> {
    winnow(&squeeze(text)).into_iter().map(Shingle::fingerprint).collect()
}

fn grams(text: &str) -> Vec<Gram> {
    word_grams(&squeeze(text))
}

/// What is found in `text`: kinds and texts.
fn found(text: &str) -> Vec<(TokenKind, &str)> {
    tokens(&key(), &squeeze(text))
        .into_iter()
        .map(|token| (token.kind(), token.span().of(text).unwrap()))
        .collect()
}

fn of_kind(kind: TokenKind, text: &str) -> Vec<&str> {
    found(text).into_iter().filter(|(found, _)| *found == kind).map(|(_, text)| text).collect()
}

fn hashes(kind: TokenKind, text: &str) -> HashSet<Fingerprint> {
    tokens(&key(), &squeeze(text)).into_iter().filter(|token| token.kind() == kind).map(Token::hash).collect()
}

/// Whether the two texts share a token of this kind.
fn share(kind: TokenKind, a: &str, b: &str) -> bool {
    !hashes(kind, a).is_disjoint(&hashes(kind, b))
}

#[test]
fn a_squeezed_text_is_borrowed_and_its_offsets_stay() {
    let text = squeeze("the quick fox");
    assert!(matches!(text.text, Cow::Borrowed(_)));
    assert_eq!(text.locate(4, 9).range(), 4..9);
}

#[test]
fn squeezing_ignores_how_white_space_is_written() {
    let text = "\u{2003}\n the\tquick  \r\n fox\u{a0}";
    let squeezed = squeeze(text);
    assert_eq!(squeezed.text(), "the quick fox");
    for word in ["the", "quick", "fox"] {
        let at = squeezed.text().find(word).unwrap();
        assert_eq!(squeezed.locate(at, at + word.len()).of(text), Some(word));
    }
    assert_eq!(squeeze(" \n ").text(), "");
}

#[test]
fn texts_below_the_shingle_length_have_no_fingerprint_and_others_have() {
    assert_eq!(winnow(&squeeze(&"x".repeat(K - 1))).len(), 0);
    assert_eq!(winnow(&squeeze(&"x".repeat(K))).len(), 1);
    assert_eq!(winnow(&squeeze("a text of thirty characters or")).len(), 1);
}

#[test]
fn one_repeated_character_costs_one_shingle_a_window() {
    let shingles = winnow(&squeeze(&"-".repeat(10_000)));
    assert!(shingles.len() <= 10_000 / W + 1, "{}", shingles.len());
}

#[test]
fn a_changed_word_leaves_the_other_grams() {
    let text = "please send the quarterly figures to the board before the meeting on thursday afternoon";
    let changed = text.replace("quarterly", "annual");
    let source: HashSet<_> = grams(text).into_iter().map(Gram::fingerprint).collect();
    let again: Vec<Gram> =
        grams(&changed).into_iter().filter(|gram| source.contains(&gram.fingerprint())).collect();
    assert_eq!((source.len(), again.len()), (10, 6));
    assert_eq!(
        covered(&changed, again),
        "figures to the board before the meeting on thursday afternoon".len()
    );
}

#[test]
fn marks_and_line_breaks_between_words_do_not_hide_grams() {
    let a = grams("one two three four five six");
    let b = grams("one, two\n\nthree -- four (five) six!");
    assert_eq!(a.len(), 2);
    assert!(a.iter().map(|gram| gram.fingerprint()).eq(b.iter().map(|gram| gram.fingerprint())));
}

#[test]
fn scripts_without_spaces_have_grams_of_characters() {
    let text = "我们的季度报告将在星期四下午的会议之前发送给董事会。";
    let source: HashSet<_> = grams(text).into_iter().map(Gram::fingerprint).collect();
    assert_eq!(source.len(), text.chars().count() - 1 - GRAM_CHARS + 1);
    let copy = "你好！我们的季度报告，将在星期四下午的会议之前发送。";
    assert!(grams(copy).iter().any(|gram| source.contains(&gram.fingerprint())));
    let other = "今天天气很好，所以大家决定一起去公园散步和野餐。";
    assert!(!grams(other).iter().any(|gram| source.contains(&gram.fingerprint())));
}

#[test]
fn mail_addresses_are_found_whole() {
    let text = "write to <bob.smith+x@corp.example>, o'neil@mail.example; or mailto:eve@evil.example.";
    assert_eq!(
        of_kind(TokenKind::Mail, text),
        ["bob.smith+x@corp.example", "o'neil@mail.example", "eve@evil.example"]
    );
    assert!(!share(TokenKind::Mail, "bob@corp.example", "bob@corp.example.evil.example"));
    assert!(!share(TokenKind::Mail, "bob@corp.example", "notbob@corp.example"));
    assert_eq!(of_kind(TokenKind::Mail, "请发送到bob@corp.example谢谢"), ["bob@corp.example"]);
}

#[test]
fn urls_give_themselves_and_the_host_that_is_really_meant() {
    let text = "see (https://docs.example/a_(b)?q=1), [this](http://evil.example/x) https://good.example@evil2.example:8443/.";
    assert_eq!(
        of_kind(TokenKind::Url, text),
        [
            "https://docs.example/a_(b)?q=1",
            "http://evil.example/x",
            "https://good.example@evil2.example:8443/"
        ]
    );
    assert_eq!(of_kind(TokenKind::Host, text), ["docs.example", "evil.example", "evil2.example"]);
    assert!(share(TokenKind::Url, "https://a.example/x/", "look at http://a.example/x"));
    assert!(!share(TokenKind::Url, "https://a.example/x", "https://a.example/xy"));
    assert!(share(TokenKind::Host, "www.a.example", "https://www.a.example/path"));
    assert_eq!(of_kind(TokenKind::Host, "https://evil.example\\@good.example/"), ["evil.example"]);
    assert!(share(TokenKind::Url, "a.example/path", "https://a.example/path"));
}

#[test]
fn bare_hosts_and_addresses_are_hosts_and_versions_are_not() {
    assert_eq!(
        of_kind(TokenKind::Host, "from mail.corp.example, or 192.0.2.17."),
        ["mail.corp.example", "192.0.2.17"]
    );
    assert_eq!(of_kind(TokenKind::Host, "version 1.2.3 and 999.1.1.1, e.g. this"), [""; 0]);
}

#[test]
fn accounts_are_found_however_their_groups_are_set() {
    let iban = "de89370400440532013000";
    assert!(share(TokenKind::Account, iban, "pay to de89 3704 0044 0532 0130 00 by friday"));
    assert!(share(TokenKind::Account, iban, "de89-3704-0044-0532-0130-00."));
    let accounts = of_kind(TokenKind::Account, "iban de89 3704 0044 0532 0130 00 is ours");
    assert!(accounts.contains(&"de89 3704 0044 0532 0130 00"), "{accounts:?}");
    // One digit off, and the checksum tells.
    assert!(
        !of_kind(TokenKind::Account, "de89 3704 0044 0532 0130 01")
            .iter()
            .any(|found| found.starts_with("de"))
    );
    assert!(share(TokenKind::Account, "4111 1111 1111 1111", "4111-1111-1111-1111"));
    assert!(!share(TokenKind::Account, "4111 1111 1111 1111", "4111 1111 1111 1111 2222"));
}

#[test]
fn telephone_numbers_are_found_however_they_are_set() {
    let plain = "+493012345678";
    for text in
        ["call +49 30 12345678 today", "0049-30-1234-5678", "+49 (30) 1234.5678", "tel:+49/30/12345678"]
    {
        assert!(share(TokenKind::Phone, plain, text), "{text}");
    }
    assert!(!share(TokenKind::Phone, plain, "+49 30 123456789"));
}

#[test]
fn amounts_are_equal_however_their_thousands_are_set() {
    for text in ["$1,000", "1.000,00 €", "1 000 eur", "1'000", "1000usd", "a total of 1000.", "01000.00"] {
        assert!(share(TokenKind::Number, "1000", text), "{text}");
    }
    for text in ["10000", "1,00", "x1000", "1000x5", "1.000.5", "100", "inv-1000"] {
        assert!(!share(TokenKind::Number, "1000", text), "{text}");
    }
    assert!(share(TokenKind::Number, "1234567.5", "1,234,567.50"));
    assert!(share(TokenKind::Number, "0.5", "0,50"));
    assert!(tokens(&key(), &squeeze("5")).iter().all(|token| token.is_short()));
    assert!(tokens(&key(), &squeeze("5000")).iter().any(|token| !token.is_short()));
}

#[test]
fn ids_are_whole() {
    let text =
        "order inv-2024-0017, uuid 6f1c8a52-90de-4c1b-9a58-0d3f6a1b2c3d, key tk_live, sha b1946ac92492";
    assert_eq!(
        of_kind(TokenKind::Id, text),
        ["inv-2024-0017", "6f1c8a52-90de-4c1b-9a58-0d3f6a1b2c3d", "tk_live", "b1946ac92492"]
    );
    assert!(!share(TokenKind::Id, "inv-2024-001", "inv-2024-0017"));
    assert_eq!(of_kind(TokenKind::Id, "a well-known, ordinary text."), [""; 0]);
}

#[test]
fn paths_are_found_and_separators_do_not_matter() {
    assert!(share(TokenKind::Path, "c:\\users\\bob\\notes.txt", "open `c:/users/bob/notes.txt`."));
    assert_eq!(of_kind(TokenKind::Path, "read /etc/passwd, ~/.ssh/id_rsa"), ["/etc/passwd", "~/.ssh/id_rsa"]);
    assert!(share(TokenKind::Path, "cat --file=/etc/shadow", "/etc/shadow"));
    assert!(share(TokenKind::Path, "see report.pdf.", "report.pdf"));
    assert!(!share(TokenKind::Path, "/home/a", "/home/a/b"));
}

#[test]
fn handles_and_channels_are_found() {
    assert_eq!(of_kind(TokenKind::Handle, "ask @bob_k, in"), ["@bob_k"]);
    assert_eq!(of_kind(TokenKind::Channel, "post (#general)!"), ["#general"]);
    assert_eq!(of_kind(TokenKind::Channel, "https://a.example/#frag c# x#y"), [""; 0]);
}

#[test]
fn quoted_words_equal_the_leaf_that_was_copied_from_them() {
    let text = "rename it to \"lunch with  alice,\" and «plan b (final)», but don't touch 'bob's old file'.";
    let phrases = hashes(TokenKind::Phrase, text);
    assert_eq!(phrases.len(), 3);
    for leaf in ["lunch with alice", "plan b (final)", "bob's old file"] {
        assert!(phrases.contains(&whole(&key(), &squeeze(leaf))), "{leaf}");
    }
    assert!(!phrases.contains(&whole(&key(), &squeeze("lunch with"))));
    assert_eq!(of_kind(TokenKind::Phrase, "it's what we don't want, isn't it"), [""; 0]);
}

#[test]
fn plain_words_are_whole_and_structured_text_is_no_word() {
    assert_eq!(of_kind(TokenKind::Word, "ask Bob: a re-run?"), ["ask", "Bob", "re", "run"]);
    assert_eq!(of_kind(TokenKind::Word, "bob@corp.example https://a.example/x inv-1"), [""; 0]);
}

#[test]
fn another_key_gives_other_hashes() {
    let other = TokenKey::derive(&SecretKey::from_bytes([2; 32]));
    let text = squeeze("bob@corp.example");
    let of = |key: &TokenKey| tokens(key, &text).iter().map(|token| token.hash()).collect::<Vec<_>>();
    assert_ne!(of(&key()), of(&other));
    assert_eq!(format!("{other:?}"), "TokenKey");
}

#[test]
fn kinds_do_not_fall_together() {
    let text = "12345678";
    let tokens = tokens(&key(), &squeeze(text));
    let hashes: HashSet<_> = tokens.iter().map(|token| token.hash()).collect();
    assert_eq!(hashes.len(), tokens.len());
}

proptest! {
    #[test]
    fn a_shared_run_of_the_guarantee_shares_a_fingerprint(
        run in "[a-e é中]{45,90}", before in "[a-e é中]{0,80}", after in "[a-e é中]{0,80}", a in "[a-e]{0,9}", b in "[a-e]{0,9}",
    ) {
        prop_assume!(squeeze(&run).text().chars().count() >= GUARANTEE + 2);
        let one = format!("{before}{run}{a}");
        let two = format!("{b}{run}{after}");
        prop_assert!(!fingerprints(&one).is_disjoint(&fingerprints(&two)));
    }

    #[test]
    fn shingles_of_any_text_are_what_stands_at_their_places(text in "[ab中]{24,120}") {
        let squeezed = squeeze(&text);
        for shingle in winnow(&squeezed) {
            let here: String = text[shingle.at()..].chars().take(K).collect();
            prop_assert_eq!(winnow(&squeeze(&here))[0].fingerprint(), shingle.fingerprint());
        }
    }

    #[test]
    fn squeezing_again_changes_nothing_and_words_stay_where_they_are(text in "[ab\\n\\t \u{3000}é]{0,40}") {
        let squeezed = squeeze(&text);
        prop_assert_eq!(squeezed.text(), text.split_whitespace().collect::<Vec<_>>().join(" "));
        prop_assert!(matches!(squeeze(squeezed.text()).text, Cow::Borrowed(_)));
        let mut at = 0;
        for word in squeezed.text().split(' ') {
            prop_assert_eq!(squeezed.locate(at, at + word.len()).of(&text), Some(word));
            at += word.len() + 1;
        }
    }

    #[test]
    fn tokens_of_nonsense_lie_on_characters(text in "[a1 @#:/.,'\"«»_\\\\é中()+-]{0,60}") {
        let squeezed = squeeze(&text);
        let tokens = tokens(&key(), &squeezed);
        prop_assert!(tokens.len() <= 8 * text.len() + 1);
        for token in tokens {
            prop_assert!(token.span().of(&text).is_some_and(|text| !text.is_empty()), "{:?}", token);
        }
        drop((word_grams(&squeezed), whole(&key(), &squeezed)));
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        let squeezed = squeeze(&text);
        drop((tokens(&key(), &squeezed), word_grams(&squeezed), winnow(&squeezed)));
    }
}
