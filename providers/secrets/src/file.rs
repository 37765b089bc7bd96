//! Secrets from a file, for development and for what another tool has decrypted.
//!
//! ```hcl
//! secret "/shop/db" { value = "…" }
//! secret "/shop/registry" {
//!   user     = "…"
//!   password = "…"
//! }
//! ```

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Structure};
use hcl_edit::template::Element;
use zeroize::Zeroizing;

use crate::{Error, Found, Look, Reference, SecretValue, Store};

/// The most bytes that the file may have.
const LIMIT: u64 = 4 * 1024 * 1024;

/// The fields of each secret, by path.
type Content = BTreeMap<String, BTreeMap<String, SecretValue>>;

/// `secret_store "file"`: read anew for each batch of questions.
#[derive(Debug)]
pub(crate) struct FileStore {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl FileStore {
    fn content(&self) -> Result<Content, Error> {
        parse(&self.path, &read(&self.path)?)
    }

    fn choose(&self, content: &Content, reference: &Reference) -> Result<Found, Error> {
        let missing = || {
            let file = self.path.display();
            let message = format!(
                "the file `{file}` has no secret `{}`: add `secret \"{}\" {{ value = … }}`",
                reference.path(),
                reference.path()
            );
            Error::Missing { message }
        };
        let fields = content.get(&reference.path()).ok_or_else(missing)?;
        let value = reference.choose(&self.name, || {
            fields.iter().map(|(name, value)| (name.as_str(), value)).collect()
        })?;
        Ok(Found { value: value.clone(), version: None })
    }
}

impl Store for FileStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, reference: &Reference) -> Result<Found, Error> {
        self.choose(&self.content()?, reference)
    }

    fn look(&self, questions: &[(Reference, Option<String>)]) -> Vec<Result<Look, Error>> {
        match self.content() {
            Ok(content) => questions
                .iter()
                .map(|(reference, _)| self.choose(&content, reference).map(Look::Read))
                .collect(),
            // Each question gets the error; it cannot be cloned, so each finds it again.
            Err(_) => questions
                .iter()
                .map(|(reference, _)| self.read(reference).map(Look::Read))
                .collect(),
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, Error> {
    let unreadable = |source| Error::File { path: path.to_owned(), source };
    let invalid = |what: &str| Error::InvalidFile {
        path: path.to_owned(),
        line: 0,
        column: 0,
        what: what.to_owned(),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(invalid("it is not a file"));
    }
    // Room for all of it at once: a vector that grows leaves its former content behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(metadata.len().min(LIMIT)).unwrap_or(0) + 1,
    ));
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(invalid("it is longer than 4 MiB"));
    }
    let text = String::from_utf8(std::mem::take(&mut bytes)).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        invalid("it is not UTF-8")
    })?;
    Ok(Zeroizing::new(text))
}

/// Reads the file's text. No error shows any of it.
fn parse(path: &Path, text: &str) -> Result<Content, Error> {
    let reader = Reader { path, text };
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        let (line, column) = (error.location().line(), error.location().column());
        Error::InvalidFile { path: path.to_owned(), line, column, what: "it is not HCL".to_owned() }
    })?;
    let mut content = Content::new();
    for structure in body {
        let block = match structure {
            Structure::Block(block) if block.ident.as_str() == "secret" => block,
            other => {
                return Err(reader
                    .wrong(other.span(), "only `secret \"PATH\" { … }` blocks may stand here"));
            }
        };
        let span = block.span();
        let (name, fields) = reader.secret(block)?;
        if content.insert(name.clone(), fields).is_some() {
            return Err(reader.wrong(span, &format!("`{name}` stands here a second time")));
        }
    }
    Ok(content)
}

/// Where the text is, for positions.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, span: Option<std::ops::Range<usize>>, what: &str) -> Error {
        let before = span.and_then(|span| self.text.get(..span.start));
        let (line, column) = before.map_or((0, 0), |before| {
            (
                before.matches('\n').count() + 1,
                before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            )
        });
        Error::InvalidFile { path: self.path.to_owned(), line, column, what: what.to_owned() }
    }

    /// The path and the fields of one block.
    fn secret(&self, block: Block) -> Result<(String, BTreeMap<String, SecretValue>), Error> {
        let span = block.span();
        let [label] = block.labels.as_slice() else {
            return Err(self.wrong(span, "a `secret` block has one label, its path"));
        };
        let label = label.as_str();
        let reference = (!label.contains('#')).then(|| Reference::parse(label).ok()).flatten();
        let name = reference
            .ok_or_else(|| self.wrong(span, &format!("`{label}` is not the path of a secret")))?
            .path();
        let mut fields = BTreeMap::new();
        for structure in block.body {
            match structure {
                Structure::Attribute(attribute) => {
                    let (key, value) = self.field(attribute)?;
                    fields.insert(key, value);
                }
                Structure::Block(inner) => {
                    return Err(self.wrong(inner.span(), "a `secret` block holds fields only"));
                }
            }
        }
        Ok((name, fields))
    }

    fn field(&self, attribute: Attribute) -> Result<(String, SecretValue), Error> {
        let span = attribute.span();
        let literals_only =
            || self.wrong(span.clone(), "a field is a text in quotes or a heredoc, without `${…}`");
        let text = match attribute.value {
            Expression::String(text) => Zeroizing::new(text.into_value()),
            Expression::HeredocTemplate(mut heredoc) => {
                heredoc.dedent();
                let mut text = Zeroizing::new(String::new());
                for element in &heredoc.template {
                    match element {
                        Element::Literal(literal) => text.push_str(literal),
                        _ => return Err(literals_only()),
                    }
                }
                text
            }
            _ => return Err(literals_only()),
        };
        Ok((attribute.key.to_string().trim().to_owned(), SecretValue::from(text.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
# for development
secret "/shop/db" { value = "s3c\"ret" }
secret "shop/registry" {
  user     = "me"
  password = <<-EOT
    two
      lines
  EOT
}
"#;

    fn parse_text(text: &str) -> Result<Content, Error> {
        parse(Path::new("secrets.hcl"), text)
    }

    fn store(text: &str) -> (tempfile::TempDir, FileStore) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.hcl");
        std::fs::write(&path, text).unwrap();
        (folder, FileStore { name: "file".to_owned(), path })
    }

    #[test]
    fn secrets_and_fields_are_read() {
        let (_folder, store) = store(FILE);
        let read = |text: &str| {
            store
                .read(&Reference::parse(text).unwrap())
                .map(|found| found.value.as_bytes().to_vec())
        };
        assert_eq!(read("/shop/db").unwrap(), b"s3c\"ret");
        assert_eq!(read("shop/db#value").unwrap(), b"s3c\"ret");
        assert_eq!(read("/shop/registry#user").unwrap(), b"me");
        assert_eq!(read("/shop/registry#password").unwrap(), b"two\n  lines\n");
        assert!(
            read("/shop/registry").unwrap_err().to_string().contains("it has `password`, `user`")
        );
        assert!(
            read("/shop/nothing")
                .unwrap_err()
                .to_string()
                .contains("add `secret \"/shop/nothing\" { value = … }`")
        );
    }

    #[test]
    fn errors_have_positions_and_show_no_value() {
        let cases = [
            ("secret \"/a\" {\n  value = hunter2\n}", "line 2, column 3", "without `${…}`"),
            ("secret \"/a\" { value = \"hunter2${x}\" }", "line 1, column 15", "without `${…}`"),
            ("secret \"/a\" { value = \"hunter2\n", "line 1", "it is not HCL"),
            ("value = \"hunter2\"", "line 1, column 1", "only `secret"),
            ("secret { value = \"hunter2\" }", "line 1", "has one label"),
            ("secret \"/a/../b\" { value = \"hunter2\" }", "line 1", "`/a/../b` is not the path"),
            ("secret \"/a#b\" { value = \"hunter2\" }", "line 1", "`/a#b` is not the path"),
            ("secret \"/a\" {\n b { value = \"hunter2\" }\n}", "line 2, column 2", "fields only"),
            (
                "secret \"/a\" {}\nsecret \"a\" { value = \"hunter2\" }",
                "line 2, column 1",
                "a second time",
            ),
        ];
        for (text, place, what) in cases {
            let error = parse_text(text).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(place) && shown.contains(what), "{text}: {shown}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn files_that_are_none_are_errors() {
        let (folder, mut store) = store("\u{0}");
        store.path = folder.path().to_owned();
        let reference = Reference::parse("/a").unwrap();
        assert!(store.read(&reference).unwrap_err().to_string().contains("it is not a file"));
        store.path = folder.path().join("missing");
        assert!(matches!(store.read(&reference), Err(Error::File { .. })));
        store.path = folder.path().join("binary");
        std::fs::write(&store.path, [0xff]).unwrap();
        assert!(store.read(&reference).unwrap_err().to_string().contains("it is not UTF-8"));
        std::fs::write(&store.path, vec![b' '; 4 * 1024 * 1024 + 1]).unwrap();
        let answers = store.look(&[(reference.clone(), None), (reference, None)]);
        assert!(
            answers.iter().all(|answer| answer
                .as_ref()
                .unwrap_err()
                .to_string()
                .contains("longer than 4 MiB"))
        );
    }
}
