//! Where links and pictures of inbound texts may lead.

use std::sync::Arc;

/// What is done about a target that leads elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetAction {
    /// A finding; the target stays where the text has it.
    Report,
    /// A finding, and the target is taken out of the text and of the list of links.
    Remove,
}

/// Where links and pictures of inbound texts may lead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkSettings {
    /// The hosts of links, in small letters and in order: a host stands for all under it, `*.` before it for these
    /// alone, and `*` for every host. The page's own addresses are always among them.
    pub hosts: Arc<[Arc<str>]>,
    /// The same for pictures, which are fetched without anybody's click.
    pub image_hosts: Arc<[Arc<str>]>,
    /// The schemes, in small letters and in order. For pictures `data` besides: those are not fetched.
    pub schemes: Arc<[Arc<str>]>,
    /// What is done about all others.
    pub on_outside: TargetAction,
}

impl Default for LinkSettings {
    fn default() -> Self {
        let all = |words: &[&str]| words.iter().map(|word| Arc::from(*word)).collect();
        Self {
            hosts: all(&["*"]),
            image_hosts: all(&["*"]),
            schemes: all(&["ftp", "http", "https", "mailto", "tel"]),
            on_outside: TargetAction::Report,
        }
    }
}

impl LinkSettings {
    /// Whether a link, or a `picture`, may have a target of this scheme on this host. Both in small letters.
    pub fn allows(&self, scheme: &str, host: Option<&str>, picture: bool) -> bool {
        if picture && scheme == "data" {
            return true;
        }
        let hosts = if picture { &self.image_hosts } else { &self.hosts };
        let scheme = self.schemes.iter().any(|known| **known == *scheme);
        scheme && host.is_none_or(|host| hosts.iter().any(|known| is_of(known, host)))
    }
}

/// Whether a host is meant by an entry of a list.
fn is_of(known: &str, host: &str) -> bool {
    if known == "*" {
        return true;
    }
    let (under, name) = known.strip_prefix("*.").map_or((false, known), |name| (true, name));
    let below = host.strip_suffix(name).is_some_and(|head| head.ends_with('.'));
    below || !under && host == name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hosts: &[&str]) -> LinkSettings {
        LinkSettings { hosts: hosts.iter().map(|host| Arc::from(*host)).collect(), ..LinkSettings::default() }
    }

    #[test]
    fn a_host_stands_for_all_under_it() {
        let some = of(&["bakery.example", "*.mill.example"]);
        for host in ["bakery.example", "www.bakery.example", "a.mill.example"] {
            assert!(some.allows("https", Some(host), false), "{host}");
        }
        for host in ["notbakery.example", "bakery.example.evil.test", "mill.example", ""] {
            assert!(!some.allows("https", Some(host), false), "{host}");
        }
        assert!(some.allows("https", Some("evil.test"), true), "pictures have a list of their own");
    }

    #[test]
    fn schemes_are_a_list_as_well() {
        let all = LinkSettings::default();
        assert!(all.allows("https", Some("any.test"), false));
        assert!(!all.allows("javascript", None, false));
        assert!(!all.allows("data", None, false));
        assert!(all.allows("data", None, true));
    }
}
