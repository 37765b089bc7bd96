//! The causes of an error.

use std::error::Error;

/// What caused an error, and what caused that, and so on.
pub fn causes<'a>(error: &'a (dyn Error + 'a)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// An error and its causes on one line; a cause that an error's own text ends with is not said again.
#[must_use]
pub fn with_causes<'a>(error: &'a (dyn Error + 'a)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no port")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn causes_follow_on_the_same_line() {
        let error = Outer("x".parse::<u16>().unwrap_err());
        assert_eq!(with_causes(&error), "no port: invalid digit found in string");
        assert_eq!(with_causes(&error.0), "invalid digit found in string");
    }
}
