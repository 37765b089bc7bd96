//! Whether a text is a regular expression of Java, which Marathon's constraints are.

use regex_syntax::Parser;
use regex_syntax::ast::ErrorKind::{
    ClassUnclosed, EscapeUnexpectedEof, GroupUnclosed, GroupUnopened, RepetitionCountInvalid,
    RepetitionCountUnclosed, RepetitionMissing,
};

/// Whether the text is surely not a regular expression.
///
/// Java's syntax has more than this parser knows (look-around, back references, `\Q…\E`), so only
/// faults that both call faults count.
pub(super) fn is_wrong(pattern: &str) -> bool {
    let Err(regex_syntax::Error::Parse(error)) = Parser::new().parse(pattern) else { return false };
    matches!(
        error.kind(),
        ClassUnclosed
            | EscapeUnexpectedEof
            | GroupUnclosed
            | GroupUnopened
            | RepetitionCountInvalid
            | RepetitionCountUnclosed
            | RepetitionMissing
    )
}

#[cfg(test)]
mod tests {
    use super::is_wrong;

    #[test]
    fn only_sure_faults_count() {
        for good in
            ["rack-[1-3]", "", "(?!a)b", r"(a)\1", r"\Qa(b\E", "a++", r"\p{javaLowerCase}", "(?>a)"]
        {
            assert!(!is_wrong(good), "{good}");
        }
        for bad in ["(a", "a)", "[a-z", "*", "a{2,1}", "a\\"] {
            assert!(is_wrong(bad), "{bad}");
        }
    }
}
