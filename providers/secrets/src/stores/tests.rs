//! Tests of questions and answers.

use super::*;
use crate::Found;

/// A store with versions that counts nothing and knows three secrets.
#[derive(Debug)]
struct Versioned(&'static str);

impl Store for Versioned {
    fn name(&self) -> &str {
        self.0
    }

    fn read(&self, reference: &Reference) -> Result<Found, Error> {
        match reference.path().as_str() {
            "/db" => {
                Ok(Found { value: SecretValue::from("hunter2"), version: Some("4".to_owned()) })
            }
            "/forbidden" => Err(Error::Forbidden { message: "no".to_owned() }),
            _ => Err(Error::Missing { message: "none".to_owned() }),
        }
    }

    fn look(&self, questions: &[(Reference, Option<String>)]) -> Vec<Result<Look, Error>> {
        let look = |(reference, known): &(Reference, Option<String>)| match known.as_deref() {
            Some("4") if reference.path() == "/db" => Ok(Look::Unchanged),
            _ => self.read(reference).map(Look::Read),
        };
        questions.iter().map(look).collect()
    }
}

fn stores(names: &[&'static str]) -> SecretStores {
    SecretStores::new(names.iter().map(|name| Box::new(Versioned(name)) as Box<dyn Store>))
}

fn query(store: Option<&str>, source: &str, known: Option<(&str, &str)>) -> SecretQuery {
    SecretQuery {
        store: store.map(str::to_owned),
        source: source.to_owned(),
        known_version: known.map(|(version, _)| version.to_owned()),
        known_digest: known
            .map(|(_, digest)| digest.to_owned())
            .filter(|digest| !digest.is_empty()),
    }
}

/// A digest that shows how long the value was.
fn digest(value: &[u8]) -> Option<String> {
    Some(format!("digest of {} bytes", value.len()))
}

fn stamp(fact: &SecretFact) -> Option<(Option<&str>, Option<&str>)> {
    match &fact.standing {
        SecretStanding::Present { stamp } => {
            Some((stamp.version.as_deref(), stamp.digest.as_deref()))
        }
        _ => None,
    }
}

#[test]
fn an_unchanged_version_keeps_its_recorded_digest() {
    let stores = stores(&["vault"]);
    let read = Some((Some("4"), Some("digest of 7 bytes")));
    let recorded = Some((Some("4"), Some("recorded")));
    assert_eq!(stamp(&stores.check(&query(None, "/db", None), &digest)), read);
    assert_eq!(
        stamp(&stores.check(&query(None, "/db", Some(("4", "recorded"))), &digest)),
        recorded
    );
    assert_eq!(stamp(&stores.check(&query(None, "/db", Some(("3", "recorded"))), &digest)), read);
    assert_eq!(
        stamp(&stores.check(&query(None, "/db", Some(("4", ""))), &digest)),
        read,
        "without a digest the value is read"
    );
    assert_eq!(stamp(&stores.check(&query(None, "/db", None), &|_| None)), Some((Some("4"), None)));
}

#[test]
fn facts_stand_in_the_order_of_the_queries() {
    let stores = stores(&["a", "b"]);
    let queries = [
        query(Some("b"), "/db", None),
        query(Some("a"), "/none", None),
        query(Some("c"), "/db", None),
        query(Some("b"), "/forbidden", None),
        query(None, "/db", None),
        query(Some("a"), "/../x", None),
        query(Some("a"), "/db", None),
    ];
    let facts = stores.check_all(&queries, &digest);
    let kind = |fact: &SecretFact| match &fact.standing {
        SecretStanding::Present { .. } => "present",
        SecretStanding::Missing { .. } => "missing",
        SecretStanding::Unknown { .. } => "unknown",
        SecretStanding::NoStore { .. } => "no store",
    };
    let kinds: Vec<_> = facts.iter().map(kind).collect();
    assert_eq!(
        kinds,
        ["present", "missing", "no store", "unknown", "no store", "missing", "present"]
    );
    let stores: Vec<_> = facts.iter().map(|fact| fact.store.as_str()).collect();
    assert_eq!(stores, ["b", "a", "c", "b", "", "a", "a"]);
    assert!(facts.iter().zip(&queries).all(|(fact, query)| fact.source == query.source));
}

#[test]
fn the_store_may_be_left_out_where_there_is_one() {
    let error = |stores: &SecretStores, name| stores.resolve(name, "/db").unwrap_err().to_string();
    assert_eq!(stores(&["vault"]).resolve(None, "/db").unwrap().store, "vault");
    assert_eq!(
        error(&stores(&["a", "b"]), None),
        "say which store the secret is in with `store`: the provider has `a`, `b`"
    );
    assert_eq!(
        error(&stores(&["a", "b"]), Some("c")),
        "the provider has no secret store `c`, only `a`, `b`"
    );
    assert!(error(&stores(&[]), None).starts_with("the provider has no `secret_store`: add one"));
}

#[test]
fn nothing_shows_a_value() {
    let resolved = stores(&["vault"]).resolve(None, "/db").unwrap();
    assert_eq!(resolved.value.as_bytes(), b"hunter2");
    assert!(!format!("{resolved:?}").contains("hunter2"));
    let facts = stores(&["vault"]).check_all(&[query(None, "/db", None)], &digest);
    assert!(!format!("{facts:?}").contains("hunter2"));
}
