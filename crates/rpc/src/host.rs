//! The names that a node answers to, so that no other site's page reaches it
//! through a name of its own.

use std::net::IpAddr;

use thiserror::Error;

/// Why a public URL is not one.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("web.public_url must be http:// or https:// and a host name, perhaps with a port")]
pub struct PublicUrlError;

/// The names that a node answers to: those of the machine's own loopback
/// addresses, and its public one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hosts {
    /// The host name in `web.public_url`, without its port.
    public: Option<String>,
    /// A local name and port, to be shown.
    local: String,
    /// Where `web.public_url` was read, to be shown.
    setting: String,
}

impl Hosts {
    /// The names of a node that listens on `port`.
    ///
    /// `setting` says where `web.public_url` comes from, such as
    /// `/etc/plenary/node.toml line 12`.
    pub fn new(port: u16, public_url: Option<&str>, setting: &str) -> Result<Self, PublicUrlError> {
        let public = public_url.map(|url| {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let authority = rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest)).ok_or(PublicUrlError)?;
            host_of(authority).map(|host| host.to_ascii_lowercase()).ok_or(PublicUrlError)
        });
        Ok(Self { public: public.transpose()?, local: format!("localhost:{port}"), setting: setting.to_owned() })
    }

    /// Whether the node answers to `authority`, the value of a `Host` header.
    pub(crate) fn admits(&self, authority: &str) -> bool {
        let Some(host) = host_of(authority) else {
            return false;
        };
        let is_loopback = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        is_loopback
            || host.eq_ignore_ascii_case("localhost")
            || self.public.as_ref().is_some_and(|public| host.eq_ignore_ascii_case(public))
    }

    /// What is said to who asks for another name.
    pub(crate) fn refusal(&self, authority: Option<&str>) -> String {
        let own = match &self.public {
            Some(public) => format!("{} and {public}", self.local),
            None => self.local.clone(),
        };
        match authority.and_then(host_of) {
            Some(host) => format!(
                "this node answers to {own} only; to allow {host} set web.public_url (now from {})",
                self.setting
            ),
            None => format!("this node answers to {own} only; the request names no host"),
        }
    }
}

/// Whether a page of `origin` was served under the name `authority`.
pub(crate) fn is_own_origin(origin: &str, authority: &str) -> bool {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(authority))
}

/// The host in `host` or `host:port`, if it is of a plain form.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')?.checked_add(2)?;
            let (host, after) = authority.split_at_checked(end)?;
            (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("0"))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "0")),
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let is_host = (1..=255).contains(&host.len()) && host.bytes().all(is_plain);
    (is_host && port.parse::<u16>().is_ok()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_are_admitted_and_no_others() {
        let hosts = Hosts::new(8645, Some("https://ledger.example.org/"), "node.toml line 12").unwrap();
        //    Host, admitted
        for (host, admitted) in [
            ("localhost", true),
            ("LOCALHOST:8645", true),
            ("127.0.0.1:8645", true),
            ("127.1.2.3", true),
            ("[::1]:8645", true),
            ("[::1]", true),
            ("ledger.example.org", true),
            ("Ledger.Example.org:443", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("ledger.example.org.evil.example", false),
            ("192.0.2.1", false),
            ("[2001:db8::1]", false),
            ("localhost:99999", false),
            ("localhost:8645:1", false),
            ("local host", false),
            ("user@localhost", false),
            ("[::1", false),
            ("", false),
        ] {
            assert_eq!(hosts.admits(host), admitted, "{host:?}");
        }
    }

    #[test]
    fn a_refusal_teaches() {
        let hosts = Hosts::new(8645, None, "/etc/plenary/node.toml line 12").unwrap();
        assert_eq!(
            hosts.refusal(Some("ledger.example.org:80")),
            "this node answers to localhost:8645 only; to allow ledger.example.org set web.public_url \
             (now from /etc/plenary/node.toml line 12)"
        );
        // What could be mistaken for markup or a line is not repeated.
        assert_eq!(hosts.refusal(Some("<b>")), "this node answers to localhost:8645 only; the request names no host");
    }

    #[test]
    fn a_public_url_has_a_scheme_and_a_host_alone() {
        assert!(Hosts::new(1, Some("http://ledger.example.org:8645"), "").is_ok());
        for url in ["ledger.example.org", "ftp://a", "https://", "https://a/b", "https://a b", "https://u@a"] {
            assert_eq!(Hosts::new(1, Some(url), ""), Err(PublicUrlError), "{url}");
        }
    }

    #[test]
    fn an_origin_is_own_if_it_is_the_host() {
        assert!(is_own_origin("http://localhost:8645", "localhost:8645"));
        assert!(is_own_origin("https://ledger.example.org", "ledger.example.org"));
        assert!(!is_own_origin("http://localhost:3000", "localhost:8645"));
        assert!(!is_own_origin("null", "localhost:8645"));
    }
}
