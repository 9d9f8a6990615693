use super::*;

fn names(text: &str) -> Vec<&'static str> {
    scan(text, false).iter().filter(|one| one.is_sure).map(|one| one.kind.name()).collect()
}

#[test]
fn cards_are_found_in_a_row_and_in_groups() {
    for text in
        ["4111 1111 1111 1111", "card 5555555555554444, thanks", "(3782-822463-10005)", "4111-1111-1111-1111"]
    {
        assert_eq!(names(text), ["card"], "{text}");
    }
}

#[test]
fn other_numbers_are_no_cards() {
    for text in [
        "4111 1111 1111 1112",
        "4444444444444444",
        "411111111111111",
        "41111111111111110000",
        "id_4111111111111111",
        "https://x.example/4111111111111111",
        "41 11 11 11 11 11 11 11",
        "2025-03-14 09:26:53, 1200 1300 1400",
        "Order 4111111111111111 shipped",
    ] {
        assert!(names(text).is_empty(), "{text}: {:?}", names(text));
    }
}

#[test]
fn social_security_numbers_need_their_hyphens_or_their_name() {
    for text in ["SSN 457555462", "ssn: 457 55 5462", "457-55-5462", "Social Security number 457-55-5462."] {
        assert_eq!(names(text), ["ssn"], "{text}");
    }
    for text in [
        "457555462",
        "457 55 5462",
        "666-12-3456",
        "457-00-5462",
        "1457-55-5462",
        "457-55-54621",
        "x-457-55-5462",
    ] {
        assert!(names(text).is_empty(), "{text}");
    }
}

/// Published specimens and numbers made for this test.
#[test]
fn numbers_of_the_catalogue_are_found_behind_their_names() {
    for (text, name) in [
        ("IBAN: DE89 3704 0044 0532 0130 00", "iban"),
        ("GB82WEST12345698765432", "iban"),
        ("the NHS number is 943 476 5919", "uk-nhs"),
        ("National Insurance number AB 12 34 56 C", "uk-nino"),
        ("SIN 046-454-286", "ca-sin"),
        ("tfn=123456782", "au-tfn"),
        ("DNI 12345678Z", "es-dni"),
        ("NIE: X1234567L", "es-nie"),
        ("BSN: 111222333", "nl-bsn"),
        ("pesel 44051401359", "pl-pesel"),
        ("Steuer-ID 86095742719", "de-steuer-id"),
        ("811218-9876", "se-personnummer"),
        ("hetu 131052-308T", "fi-hetu"),
        ("Aadhaar 2341 2341 2346", "in-aadhaar"),
        ("CPF 529.982.247-25", "br-cpf"),
        ("S1234567D", "sg-nric"),
        ("VIN 1M8GDM9AXKP042788", "vin"),
        ("756.9217.0769.85", "ch-ahv"),
        ("T.C. kimlik no 10000000146", "tr-tckn"),
        ("PPS 1234567T", "ie-pps"),
        ("110105 19491231002X".replace(' ', "").as_str(), "cn-id"),
        ("passport number: C01X00T47", "passport"),
        ("codice fiscale RSSMRA85T10A562S", "it-codice-fiscale"),
        ("phone: +49 151 1234 5678", "phone"),
        ("call me at (212) 736-5000", "phone"),
        ("date of birth: 12/05/1985", "birth-date"),
        ("born on 5 May 1985", "birth-date"),
        ("lives at 12 Chestnut Lane, Springfield, IL 62704", "postal-address"),
        ("Adresse: Lindenweg 12, 10115 Berlin", "postal-address"),
        ("email: jana.kowalczyk@weaverbird.io", "email"),
        ("IP address: 81.23.44.5", "network-address"),
        ("routing number 021000021", "bank-routing"),
        ("| 주민등록번호 | 721002-2745664 |", "kr-rrn"),
        ("https://crm.example/sync?f=%EC%A3%BC%EB%AF%BC&value=690411-2359824", "kr-rrn"),
        ("| PAN | IBRPD4548O |", "in-pan"),
    ] {
        assert_eq!(names(text), [name], "{text}");
    }
}

#[test]
fn ordinary_numbers_and_addresses_pass() {
    for text in [
        "git@github.com:owner/name.git, npm install @scope/name@1.2.3",
        "written by Ada <ada@lovelace.org>",
        "listen on 127.0.0.1:3000, chart version 7.0.56.5",
        "1.5e+15 and 10^-9, 3 + 4815162342",
        "md5 1fa7643d9b8572b986ba795658ba4c5d",
        "release 2026-12-24, build 20261104.98",
        "550e8400-e29b-41d4-a716-446655440000",
        "call extension 4021, the 800-53 rev 5 controls",
        "| 342884 | 201935 | 723 | 2255156 | 49889 |",
        "parcel 1Z0C4KIN1144288841 and invoice INV-18138063-8813",
        "at 10 Main points of the agenda",
        "ISBN 978-3-16-148410-0",
    ] {
        assert!(names(text).is_empty(), "{text}: {:?}", names(text));
    }
}

#[test]
fn what_was_put_together_needs_its_name() {
    assert!(scan("4111111111111111", true).is_empty());
    assert_eq!(scan("card 4111111111111111", true).len(), 1);
}

#[test]
fn names_of_types_are_unique() {
    let mut seen = std::collections::BTreeSet::new();
    assert!(
        TYPES
            .iter()
            .all(|kind| seen.insert(kind.name()) && kind.rule().id == format!("l3/pii/{}", kind.name()))
    );
}
