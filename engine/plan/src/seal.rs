//! What may be written: a value whose sensitive parts are keyed digests.

use podform_model::Value;

/// The value with every sensitive part replaced by its digest, as it may be at rest. With a lost
/// key a sensitive part becomes null: nothing is better than the value.
#[must_use]
pub fn seal(value: &Value, digest: &dyn Fn(&Value) -> Option<String>) -> Value {
    match value {
        // Nothing is known of it, so there is nothing to hide but its mark.
        Value::Sensitive(inner) if inner.has_unknown() => Value::Unknown.sensitive(),
        Value::Sensitive(inner) => match digest(&deep_reveal(inner)) {
            Some(hex) => Value::Digest(hex.into()),
            None => Value::Null,
        },
        Value::List(items) => Value::list(items.iter().map(|item| seal(item, digest)).collect()),
        Value::Map(map) => {
            Value::map(map.iter().map(|(key, item)| (key.clone(), seal(item, digest))).collect())
        }
        other => other.clone(),
    }
}

/// The value without any sensitive mark: what is digested, so that the digest of a value does not
/// depend on where its marks stood.
#[must_use]
pub fn deep_reveal(value: &Value) -> Value {
    value.transform(&mut |part| match part {
        Value::Sensitive(inner) => deep_reveal(&inner),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(value: &Value) -> Option<String> {
        Some(format!("{}-bytes", serde_json::to_string(value).unwrap().len()))
    }

    #[test]
    fn sealed_values_hold_no_sensitive_text() {
        let value = Value::object([
            ("a", Value::string("hunter2").sensitive()),
            ("b", Value::list(vec![Value::object([("c", Value::string("x"))]).sensitive()])),
            ("d", Value::Unknown.sensitive()),
            ("e", Value::string("plain")),
        ]);
        let sealed = seal(&value, &digest);
        assert!(!serde_json::to_string(&sealed).unwrap().contains("hunter2"));
        assert_eq!(sealed.get("a"), Some(&Value::Digest("9-bytes".into())));
        assert_eq!(sealed.get("e"), Some(&Value::string("plain")));
        assert!(sealed.get("d").unwrap().is_unknown());
        assert_eq!(seal(&value, &|_| None).get("a"), Some(&Value::Null));
    }

    #[test]
    fn digests_do_not_depend_on_where_the_marks_stand() {
        let plain = Value::object([("a", Value::list(vec![Value::string("x")]))]);
        let inside =
            Value::object([("a", Value::list(vec![Value::string("x").sensitive()]).sensitive())]);
        assert_eq!(deep_reveal(&inside), plain);
        assert_eq!(deep_reveal(&inside.sensitive()), plain);
    }
}
