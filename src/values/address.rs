//! What an address on the web means, by the WHATWG's rules: who is really asked, and on which network.
//!
//! Not promised: what a name resolves to. A name may point anywhere, also to an address of the inner network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::text::fold;

/// Longest text that is read, in bytes.
const MAX_TEXT: usize = 16 << 10;

/// Where a host is, as far as its address tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// An address of the internet, or a name.
    Public,
    /// `10/8`, `172.16/12`, `192.168/16`, `100.64/10`, `fc00::/7`; names that end in `.local`, `.internal`, `.lan` and
    /// their kin.
    Private,
    /// `127/8`, `::1`, `0.0.0.0`, `localhost`.
    Loopback,
    /// `169.254/16`, `fe80::/10`.
    LinkLocal,
    /// Where clouds keep the credentials of machines: 169.254.169.254 and its kin.
    Metadata,
    /// Multicast, documentation and what is kept back.
    Reserved,
}

impl Network {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Public, Self::Private, Self::Loopback, Self::LinkLocal, Self::Metadata, Self::Reserved];

    /// The word that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata",
            Self::Reserved => "reserved",
        }
    }
}

/// An address in its canonical spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress {
    scheme: String,
    host: String,
    ip: Option<IpAddr>,
    port: Option<u16>,
    path: String,
    network: Network,
    doubt: Option<&'static str>,
}

impl WebAddress {
    /// Reads `text` as a browser does; without a scheme, as the host that it begins with. `None` when that names no
    /// host.
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
        let mut doubt = (trimmed != text).then_some("blanks around it");
        let mut suspect = |why: &'static str| {
            doubt.get_or_insert(why);
        };
        // A scheme, and nothing that is a host.
        if trimmed.ends_with(':') || matches!(trimmed.split_once("://"), Some((_, "" | "/"))) {
            return None;
        }
        let (url, schemed) = match Url::parse(trimmed) {
            Ok(url) if url.host().is_some() => (url, true),
            Ok(url) if url.cannot_be_a_base() && !trimmed.contains("://") => {
                // `host:443/x` reads as a scheme.
                let bare = Url::parse(&["https://", trimmed].concat()).ok()?;
                let port = trimmed
                    .split_once(':')
                    .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()));
                if !port {
                    suspect("a scheme that names no host");
                }
                drop(url);
                (bare, false)
            }
            _ => (Url::parse(&["https://", trimmed.trim_start_matches(['/', '\\'])].concat()).ok()?, false),
        };
        if schemed && !is_plain(trimmed, &url) {
            suspect("more than one reading of where the host stands");
        }
        if !schemed
            && !trimmed
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
        {
            suspect("no scheme");
        }
        if !url.username().is_empty() || url.password().is_some() {
            suspect("a user before the host");
        }
        let (host, ip) = match url.host()? {
            Host::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                // Schemes that the web does not know keep the host as it is written.
                let ip = name.parse().ok();
                (name, ip)
            }
            Host::Ipv4(ip) => (ip.to_string(), Some(IpAddr::V4(ip))),
            Host::Ipv6(ip) => {
                let ip = mapped(ip).map_or(IpAddr::V6(ip), IpAddr::V4);
                (ip.to_string(), Some(ip))
            }
        };
        if host.is_empty() {
            return None;
        }
        if host.contains("xn--") || !trimmed.is_ascii() {
            suspect("letters that are not ASCII");
        }
        if url.host_str().is_some_and(|text| text.ends_with('.')) {
            suspect("a full stop behind the host");
        }
        if ip.is_some() && !trimmed.to_ascii_lowercase().contains(&host) {
            suspect("an address in an unusual spelling");
        }
        let network = ip.map_or_else(|| of_name(&host), of_ip);
        Some(Self {
            scheme: url.scheme().to_owned(),
            host,
            ip,
            port: url.port_or_known_default(),
            path: url.path().to_owned(),
            network,
            doubt,
        })
    }

    /// The same of what the text looks like: letters folded to what they resemble. For who forbids.
    pub(crate) fn read_folded(text: &str) -> Option<Self> {
        if text.is_ascii() { None } else { Self::read(&fold(text)) }
    }

    /// The scheme, in small letters.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host: a name in small letters and in ASCII, without a full stop behind it, or an address in its usual form.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address, where the host is one.
    pub const fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The port, also where it is the scheme's own.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path, in the browser's spelling.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where the host is.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// Why other readers may see another host.
    pub const fn doubt_text(&self) -> Option<&'static str> {
        self.doubt
    }
}

/// Whether the text says where its host stands in one way only.
fn is_plain(text: &str, url: &Url) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    // SECURITY: `https://evil.example#.good.example`, `https://evil.example\.good.example`: naive readers go on.
    let tail = rest.get(end..).unwrap_or_default();
    scheme.eq_ignore_ascii_case(url.scheme())
        && !text.contains(['\\', '\t', '\n', '\r'])
        && !authority.contains(['%', '@'])
        && (tail.is_empty() || tail.starts_with('/'))
}

/// IPv4 within IPv6: mapped, compatible, NAT64, 6to4.
fn mapped(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [head @ .., above, below] = ip.segments();
    let pair = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match head {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => Some(pair(above, below)),
        [0, 0, 0, 0, 0, 0] if above != 0 => Some(pair(above, below)),
        [0x2002, high, low, ..] => Some(pair(high, low)),
        _ => None,
    }
}

fn of_ip(ip: IpAddr) -> Network {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            match (a, b, c, d) {
                // Amazon and most others; its ECS; Alibaba; Oracle; Azure's wire server.
                (169, 254, 169, 254 | 253 | 123)
                | (169, 254, 170, 2 | 23)
                | (100, 100, 100, 200)
                | (192, 0, 0, 192)
                | (168, 63, 129, 16) => Network::Metadata,
                (169, 254, ..) => Network::LinkLocal,
                (127 | 0, ..) => Network::Loopback,
                (10, ..) | (192, 168, ..) | (172, 16..=31, ..) | (100, 64..=127, ..) => Network::Private,
                (192, 0, 0 | 2, _)
                | (198, 18 | 19, ..)
                | (198, 51, 100, _)
                | (203, 0, 113, _)
                | (224..=255, ..) => Network::Reserved,
                _ => Network::Public,
            }
        }
        IpAddr::V6(ip) => {
            let [a, b, ..] = ip.segments();
            if ip == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254) {
                return Network::Metadata;
            }
            match (a, b) {
                _ if ip.is_loopback() || ip.is_unspecified() => Network::Loopback,
                (0xfc00..=0xfdff | 0xfec0..=0xfeff, _) => Network::Private,
                (0xfe80..=0xfebf, _) => Network::LinkLocal,
                (0xff00..=0xffff, _) | (0x2001, 0xdb8) => Network::Reserved,
                _ => Network::Public,
            }
        }
    }
}

fn of_name(host: &str) -> Network {
    const METADATA: &[&str] = &[
        "metadata.google.internal",
        "metadata.goog",
        "metadata",
        "instance-data",
        "instance-data.ec2.internal",
    ];
    const PRIVATE: &[&str] =
        &[".local", ".internal", ".lan", ".home", ".corp", ".intranet", ".home.arpa", ".localdomain"];
    if METADATA.contains(&host) {
        return Network::Metadata;
    }
    if host == "localhost" || host.ends_with(".localhost") {
        return Network::Loopback;
    }
    // Names that answer with the address that they spell.
    for service in [".nip.io", ".sslip.io", ".xip.io"] {
        if let Some(rest) = host.strip_suffix(service) {
            let parts: Vec<u8> = rest.split(['.', '-']).filter_map(|part| part.parse().ok()).collect();
            if let [.., a, b, c, d] = parts.as_slice() {
                return of_ip(IpAddr::V4(Ipv4Addr::new(*a, *b, *c, *d)));
            }
        }
    }
    if !host.contains('.') || PRIVATE.iter().any(|end| host.ends_with(end)) {
        return Network::Private;
    }
    Network::Public
}

/// Whether `host` is `domain` or below it.
pub(crate) fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    base: IpAddr,
    bits: u8,
}

impl Block {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let base: IpAddr = ip.parse().ok()?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { base, bits })
    }

    pub(crate) fn holds(self, ip: IpAddr) -> bool {
        match (self.base, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.bits));
                a.to_bits().checked_shr(shift) == b.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.bits));
                a.to_bits().checked_shr(shift) == b.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_the_one_that_is_asked() {
        for (text, host) in [
            ("https://example.com/a", "example.com"),
            ("https://example.com:pw@evil.com/", "evil.com"),
            ("https://evil.com#.example.com/", "evil.com"),
            ("https://evil.com?.example.com/", "evil.com"),
            ("https://evil.com\\.example.com", "evil.com"),
            ("https://EVIL.com./", "evil.com"),
            ("https:/evil.com", "evil.com"),
            ("//evil.com/x", "evil.com"),
            ("evil.com", "evil.com"),
            ("evil.com:8443/x", "evil.com"),
            (" https://evil.com ", "evil.com"),
            ("https://\u{ff45}vil.com", "evil.com"),
            ("https://evil\u{3002}com/", "evil.com"),
            ("https://%65vil.com/", "evil.com"),
            ("http:evil.com/://example.com/", "evil.com"),
            ("https://b\u{fc}cher.example/", "xn--bcher-kva.example"),
            ("http://2130706433/", "127.0.0.1"),
            ("http://0x7f.1/", "127.0.0.1"),
            ("http://0177.0.0.1/", "127.0.0.1"),
            ("http://[::ffff:169.254.169.254]/", "169.254.169.254"),
            ("http://[::1]:80/", "::1"),
        ] {
            assert_eq!(WebAddress::read(text).map(|url| url.host), Some(host.to_owned()), "{text}");
        }
        for text in ["", "https://", "mailto:", "not a host"] {
            assert_eq!(WebAddress::read(text), None, "{text}");
        }
    }

    #[test]
    fn networks_are_told_apart() {
        for (text, network) in [
            ("https://example.com/", Network::Public),
            ("http://169.254.169.254/latest/meta-data", Network::Metadata),
            ("http://metadata.google.internal/", Network::Metadata),
            ("http://10.1.2.3/", Network::Private),
            ("http://172.31.0.1/", Network::Private),
            ("http://172.32.0.1/", Network::Public),
            ("http://intranet/", Network::Private),
            ("http://printer.local/", Network::Private),
            ("http://localhost:3000/", Network::Loopback),
            ("http://0/", Network::Loopback),
            ("http://[fd00::1]/", Network::Private),
            ("http://[fe80::1]/", Network::LinkLocal),
            ("http://[64:ff9b::a00:1]/", Network::Private),
            ("http://127.0.0.1.nip.io/", Network::Loopback),
            ("http://224.0.0.1/", Network::Reserved),
            ("http://8.8.8.8/", Network::Public),
        ] {
            assert_eq!(WebAddress::read(text).unwrap().network(), network, "{text}");
        }
    }

    #[test]
    fn spellings_that_mislead_are_doubted_and_plain_ones_are_not() {
        for text in [
            "https://good.example:pw@evil.example/",
            "https://evil.example#.good.example/",
            "https://evil.example?.good.example/",
            "https://evil.example\\.good.example/",
            "https://evil.example./",
            "https:/evil.example",
            "https://%65vil.example/",
            "http://2130706433/",
            "https://b\u{fc}cher.example/",
        ] {
            assert!(WebAddress::read(text).unwrap().doubt_text().is_some(), "{text}");
        }
        for text in [
            "https://api.example.com/v1?q=1#x",
            "http://10.0.0.1:8080/",
            "https://example.com",
            "example.com",
        ] {
            assert_eq!(WebAddress::read(text).unwrap().doubt_text(), None, "{text}");
        }
    }

    #[test]
    fn blocks_hold_what_is_in_them() {
        let holds = |block: &str, ip: &str| Block::read(block).unwrap().holds(ip.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.200.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "1.2.3.4") && holds("1.2.3.4", "1.2.3.4") && holds("fd00::/8", "fd12::1"));
        assert!(Block::read("10.0.0.0/33").is_none() && Block::read("x/8").is_none());
        assert!(is_below("a.example.com", "example.com") && !is_below("aexample.com", "example.com"));
    }
}
