//! `/shop/db#password`: a path and a field.

use crate::Error;

/// What a `source` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The whole text, as it stands in the configuration.
    pub text: String,
    /// The parts of the path, none of them empty, `.` or `..`.
    pub segments: Vec<String>,
    /// The field after `#`; without one it is `value`, or the only one.
    pub field: Option<String>,
}

impl Reference {
    /// Reads a `source`. A slash before the first part is allowed and means nothing.
    ///
    /// # Errors
    /// [`Error::Reference`]: no path, an empty part, `.` or `..`, a control character, an empty field.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong =
            |what: &str| Error::Reference { source_text: text.to_owned(), what: what.to_owned() };
        let (path, field) = match text.rsplit_once('#') {
            Some((path, field)) => (path, Some(field.to_owned())),
            None => (text, None),
        };
        if text.chars().any(char::is_control) {
            return Err(wrong("it holds a control character"));
        }
        if field.as_deref() == Some("") {
            return Err(wrong("no field follows `#`"));
        }
        let segments: Vec<String> =
            path.strip_prefix('/').unwrap_or(path).split('/').map(str::to_owned).collect();
        if segments.iter().any(|segment| matches!(segment.as_str(), "" | "." | "..")) {
            return Err(wrong("a part between slashes is empty, `.` or `..`"));
        }
        Ok(Self { text: text.to_owned(), segments, field })
    }

    /// The path as the file store names it, with a slash before it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }

    /// Chooses the field: the named one, else `value`, else the only one.
    ///
    /// # Errors
    /// [`Error::Missing`] with the names of the fields there are.
    pub(crate) fn choose<'a, T>(
        &self,
        store: &str,
        fields: impl Fn() -> Vec<(&'a str, &'a T)>,
    ) -> Result<&'a T, Error> {
        let fields = fields();
        let wanted = self.field.as_deref().unwrap_or("value");
        let only = (self.field.is_none() && fields.len() == 1).then(|| fields.first()).flatten();
        if let Some((_, value)) = fields.iter().find(|(name, _)| *name == wanted).or(only) {
            return Ok(value);
        }
        let names: Vec<_> = fields.iter().map(|(name, _)| format!("`{name}`")).collect();
        let there = if names.is_empty() {
            "it has no field".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        };
        let message = match &self.field {
            Some(field) => format!(
                "the secret `{}` in the store `{store}` has no field `{field}`: {there}",
                self.path()
            ),
            None => format!(
                "say which field of the secret `{}` in the store `{store}` is meant, as `{}#FIELD`: {there}",
                self.path(),
                self.path()
            ),
        };
        Err(Error::Missing { message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_fields_are_told_apart() {
        let cases = [
            ("/shop/db", "/shop/db", None),
            ("shop/db#pw", "/shop/db", Some("pw")),
            ("/a#b#c", "/a#b", Some("c")),
        ];
        for (text, path, field) in cases {
            let reference = Reference::parse(text).unwrap();
            assert_eq!((reference.path().as_str(), reference.field.as_deref()), (path, field));
        }
    }

    #[test]
    fn paths_that_could_lead_elsewhere_are_refused() {
        for text in ["", "/", "#f", "/a/", "/a//b", "//a", "/a/../b", "./a", "/a#", "/a\nb"] {
            assert!(matches!(Reference::parse(text), Err(Error::Reference { .. })), "{text:?}");
        }
    }

    #[test]
    fn a_field_is_chosen_by_name_else_value_else_the_only_one() {
        let choose = |text: &str, fields: &[&'static str]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|name| (*name, *name)).collect();
            let found = Reference::parse(text)
                .unwrap()
                .choose("s", || fields.iter().map(|(name, value)| (*name, value)).collect())
                .copied();
            found.map_err(|error| error.to_string())
        };
        assert_eq!(choose("/a#x", &["value", "x"]), Ok("x"));
        assert_eq!(choose("/a", &["value", "x"]), Ok("value"));
        assert_eq!(choose("/a", &["x"]), Ok("x"));
        assert!(choose("/a", &["x", "y"]).unwrap_err().contains("as `/a#FIELD`: it has `x`, `y`"));
        assert!(
            choose("/a#value", &["x"]).unwrap_err().contains("has no field `value`: it has `x`")
        );
        assert!(choose("/a", &[]).unwrap_err().contains("it has no field"));
    }
}
