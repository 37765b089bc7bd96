//! The masters, and which of them leads.

use std::sync::Mutex;

use podform_http::{Credentials, HttpSettings, Url, safe_url};

use crate::Error;

/// What a [`crate::MesosClient`] is made from.
#[derive(Debug, Clone, Default)]
pub struct ClientSettings {
    /// URLs of masters, at least one; any may be a follower.
    pub masters: Vec<String>,
    /// TLS, time-outs, retries.
    pub http: HttpSettings,
    /// Who asks; masters and agents get the same.
    pub credentials: Credentials,
    /// How many lost heartbeats end a stream; 0: five.
    pub missed_heartbeats: u32,
}

/// The configured masters and the one that was last seen to lead.
#[derive(Debug)]
pub(crate) struct Masters {
    configured: Vec<Url>,
    leader: Mutex<Option<Url>>,
}

/// Reads the URL of a master: `http://host:5050`, where the scheme (`http`) and the port (5050) may be left out. A path is kept, as an
/// admin router needs it.
///
/// # Errors
/// [`Error::MasterUrl`]
pub fn parse_master(text: &str) -> Result<Url, Error> {
    let wrong = || Error::MasterUrl { url: text.rsplit('@').next().unwrap_or_default().to_owned() };
    let text = text.trim();
    let (with_scheme, has_scheme) = if text.contains("://") {
        (text.to_owned(), true)
    } else {
        (format!("http://{text}"), false)
    };
    let mut url = Url::parse(&with_scheme).map_err(|_| wrong())?;
    let usable = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.username().is_empty();
    if !usable {
        return Err(wrong());
    }
    let authority =
        with_scheme.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    // Only a bare `host` means Mesos' own port; a URL without one means that of its scheme.
    if !has_scheme && !authority.rsplit(']').next().unwrap_or_default().contains(':') {
        url.set_port(Some(5050)).map_err(|()| wrong())?;
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

impl Masters {
    pub(crate) fn parse(texts: &[String]) -> Result<Self, Error> {
        let configured =
            texts.iter().map(|text| parse_master(text)).collect::<Result<Vec<_>, _>>()?;
        if configured.is_empty() {
            return Err(Error::MasterUrl { url: String::new() });
        }
        Ok(Self { configured, leader: Mutex::new(None) })
    }

    /// The masters to ask, the presumed leader first.
    pub(crate) fn candidates(&self) -> Vec<Url> {
        let leader = self.leader();
        let others = self.configured.iter().filter(|url| Some(*url) != leader.as_ref()).cloned();
        leader.clone().into_iter().chain(others).collect()
    }

    pub(crate) fn leader(&self) -> Option<Url> {
        self.leader.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(crate) fn set_leader(&self, url: Option<Url>) {
        *self.leader.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = url;
    }

    /// All of them, for messages.
    pub(crate) fn names(&self) -> String {
        self.configured.iter().map(safe_url).collect::<Vec<_>>().join(", ")
    }
}

/// Where a redirect of a master leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The base URL of the leader.
    pub leader: Url,
}

impl Redirect {
    /// Reads the `Location` of a 307 that answered a request to `base` joined with `path`: `//host:port/master/path`, of which the scheme
    /// is the one that was used. `None` if it does not lead to another master: another scheme than http(s), or from https to http.
    #[must_use]
    pub fn parse(base: &Url, location: &str) -> Option<Self> {
        let target = base.join(location).ok()?;
        let downgrade = base.scheme() == "https" && target.scheme() != "https";
        if downgrade || !matches!(target.scheme(), "http" | "https") || !target.has_host() {
            return None;
        }
        let mut leader = target.clone();
        // `/master/api/v1` and `/api/v1` are the same on a master; what stands before either is a router's prefix.
        let path = target.path();
        let prefix = path
            .find("/master/api/v1")
            .or_else(|| path.find("/api/v1"))
            .map_or("", |at| &path[..at]);
        leader.set_path(&format!("{prefix}/"));
        leader.set_query(None);
        leader.set_fragment(None);
        // User info is never taken from a server.
        let _ = leader.set_username("");
        let _ = leader.set_password(None);
        Some(Self { leader })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masters_are_read_leniently() {
        let cases = [
            ("http://m1:5050", "http://m1:5050/"),
            ("m1", "http://m1:5050/"),
            ("m1:80", "http://m1/"),
            (" 10.0.0.1:5051 ", "http://10.0.0.1:5051/"),
            ("[::1]", "http://[::1]:5050/"),
            ("[::1]:99", "http://[::1]:99/"),
            ("https://m1", "https://m1/"),
            ("https://dcos/mesos", "https://dcos/mesos/"),
        ];
        for (text, url) in cases {
            assert_eq!(parse_master(text).unwrap().as_str(), url, "{text}");
        }
        for text in
            ["", "ftp://m1", "http://", "http://m1?x=1", "zk://a:1/mesos", "http://me:pw@m1"]
        {
            let error = parse_master(text).unwrap_err().to_string();
            assert!(
                error.contains("is not the URL of a master") && !error.contains("pw"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn redirects_keep_the_scheme_and_lose_the_path() {
        let base = parse_master("https://m1:5050").unwrap();
        let leader = |location: &str| {
            Redirect::parse(&base, location).map(|redirect| redirect.leader.to_string())
        };
        assert_eq!(
            leader("//m2:5050/master/api/v1/scheduler").as_deref(),
            Some("https://m2:5050/")
        );
        assert_eq!(leader("//m2:5050").as_deref(), Some("https://m2:5050/"));
        assert_eq!(
            leader("https://me:pw@dcos/mesos/api/v1?x=1").as_deref(),
            Some("https://dcos/mesos/")
        );
        assert_eq!(
            leader("http://m2:5050/master/api/v1"),
            None,
            "credentials would go in the clear"
        );
        assert_eq!(leader("file:///etc/passwd"), None);
    }
}
