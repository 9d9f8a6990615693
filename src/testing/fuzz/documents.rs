//! Texts that are read by a grammar: JSON and policies.

use crate::base::Limits;
use crate::text::json::Json;

/// What is accepted, everybody else accepts and reads alike; equal values have equal canonical bytes.
///
/// # Panics
/// When one of these does not hold.
pub fn strict_json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Below the depth that `serde_json` reads.
    let limits = Limits { json_depth: 100, ..Limits::default() };
    let json = match Json::parse(text, &limits) {
        Ok(json) => json,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok(),
        "others refuse what we accept"
    );

    let canonical = json.to_canonical();
    let again = Json::parse(&canonical, &limits);
    assert_eq!(again.map(|json| json.to_canonical()), Ok(canonical.clone()), "canonical text is canonical");
    let mut whole = true;
    for (pointer, leaf) in json.leaves() {
        assert_eq!(json.at(&pointer), Some(leaf), "{pointer} leads to its leaf");
        if let Json::Number(number) = leaf {
            let doubles =
                [number.as_str(), &number.canonical()].map(|text| text.parse::<f64>().map(f64::to_bits));
            assert!(
                doubles[0] == doubles[1] || number.as_f64() == 0.0,
                "{number:?} means {}",
                number.canonical()
            );
            whole &= number.is_exact() && number.as_str().parse::<i64>().is_ok();
        }
    }
    // Of other numbers `serde_json` may read a neighbour: it rounds them twice.
    if whole {
        let theirs = |text| {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            Some(Json::from_value(&value, &limits).ok()?.to_canonical())
        };
        assert_eq!(theirs(text).as_ref(), Some(&canonical), "we read as others do");
        assert_eq!(theirs(&canonical), Some(canonical), "others read our canonical text as we do");
    }
}

/// Reading a policy is total and repeatable, and a refusal says what is wrong.
///
/// # Panics
/// When one of these does not hold.
#[cfg(feature = "yaml")]
pub fn policy_yaml(data: &[u8]) {
    use crate::policy::Policy;

    let Ok(text) = std::str::from_utf8(data) else { return };
    match Policy::from_yaml(text) {
        Ok(policy) => {
            let again = Policy::from_yaml(text).map(|policy| policy.digest());
            assert_eq!(again.ok(), Some(policy.digest()), "one text, one digest");
            let printed = policy.to_yaml();
            let again = Policy::from_yaml(&printed).map(|policy| policy.digest());
            assert_eq!(again.ok(), Some(policy.digest()), "printed and read again: {printed}");
        }
        Err(error) => {
            assert!(!error.problems().is_empty(), "a refusal has a reason");
            let lines = text.lines().count().saturating_add(1);
            for problem in error.problems() {
                assert!(!problem.message.is_empty() && problem.line <= lines, "{problem:?} is in the text");
            }
        }
    }
}
