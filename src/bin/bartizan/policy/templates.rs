//! Policies to start from, each with its tests.

/// Name, policy, suite.
pub(super) const ALL: &[(&str, &str, &str)] = &[
    ("strict", include_str!("templates/strict.yaml"), include_str!("templates/strict.test.yaml")),
    ("balanced", include_str!("templates/balanced.yaml"), include_str!("templates/balanced.test.yaml")),
    (
        "coding-agent",
        include_str!("templates/coding-agent.yaml"),
        include_str!("templates/coding-agent.test.yaml"),
    ),
    (
        "support-agent",
        include_str!("templates/support-agent.yaml"),
        include_str!("templates/support-agent.test.yaml"),
    ),
    ("postgres", include_str!("templates/postgres.yaml"), include_str!("templates/postgres.test.yaml")),
    ("filesystem", include_str!("templates/filesystem.yaml"), include_str!("templates/filesystem.test.yaml")),
    ("github", include_str!("templates/github.yaml"), include_str!("templates/github.test.yaml")),
    ("slack", include_str!("templates/slack.yaml"), include_str!("templates/slack.test.yaml")),
    ("shell", include_str!("templates/shell.yaml"), include_str!("templates/shell.test.yaml")),
];

#[cfg(test)]
mod tests {
    use bartizan::policy::{Policy, Suite};

    #[test]
    fn every_policy_passes_its_tests_and_every_rule_is_reached() {
        for (name, policy, suite) in super::ALL {
            let policy = Policy::from_yaml(policy).unwrap_or_else(|error| panic!("{name}: {error}"));
            let suite = Suite::from_yaml(suite).unwrap_or_else(|error| panic!("{name}: {error}"));
            let result = suite.run(&policy);
            let failed: Vec<_> = result.results.iter().filter(|test| !test.failures.is_empty()).collect();
            assert!(failed.is_empty(), "{name}: {failed:#?}");
            assert!(result.untried.is_empty(), "{name}: {:?}", result.untried);
            assert!(policy.lint().is_empty(), "{name}: {:?}", policy.lint());
        }
    }
}
