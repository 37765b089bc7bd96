//! The texts: what is open in the editor, and the other files of a folder from the disk.

use super::position::{Encoding, Lines};
use super::uri;
use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};
use podform_config::MAX_FILE;
use podform_config::query::{FileKind, Occurrence, Outline};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// The folder of test files in that of a module.
const TESTS: &str = "tests";

/// One text and what it says.
#[derive(Debug)]
pub(super) struct File {
    /// Its URI, as the client writes it when it is open there.
    pub(super) uri: Uri,
    /// Its name within its folder.
    pub(super) name: String,
    /// The version that the client gave it; `None`: from the disk.
    pub(super) version: Option<i32>,
    pub(super) kind: FileKind,
    pub(super) lines: Lines,
    /// Read when somebody asks: of several changes in a row only the last matters.
    outline: OnceLock<Outline>,
    occurrences: OnceLock<Vec<Occurrence>>,
}

impl File {
    fn new(uri: Uri, path: &Path, version: Option<i32>, text: Arc<str>) -> Self {
        let within = folder(path).and_then(|folder| path.strip_prefix(folder).ok());
        let name = within.map_or_else(|| path.file_name().unwrap_or_default(), Path::as_os_str);
        let name = name.to_string_lossy().into_owned();
        let kind = FileKind::of(&name).unwrap_or(FileKind::Configuration);
        let (outline, occurrences) = (OnceLock::new(), OnceLock::new());
        Self { uri, name, version, kind, lines: Lines::of(text), outline, occurrences }
    }

    /// Whether it is in the JSON spelling.
    pub(super) fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }

    /// Its blocks.
    pub(super) fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| match self.is_json() {
            true => Outline::of_json(self.text(), self.kind),
            false => Outline::of_kind(self.text(), self.kind),
        })
    }

    /// What it declares and refers to.
    pub(super) fn occurrences(&self) -> &[Occurrence] {
        self.occurrences.get_or_init(|| self.outline().occurrences(self.text(), self.kind))
    }

    /// The symbol whose name is at a byte, and where the name is.
    pub(super) fn named_at(&self, offset: usize) -> Option<&Occurrence> {
        let touches =
            |found: &&Occurrence| found.range.start <= offset && offset <= found.range.end;
        self.occurrences().iter().find(touches)
    }

    /// The text.
    pub(super) fn text(&self) -> &Arc<str> {
        self.lines.text()
    }
}

/// A file of the disk as it was read.
struct Read {
    modified: Option<SystemTime>,
    length: u64,
    file: Arc<File>,
}

/// The files of one folder, which are one module.
#[derive(Debug, Clone)]
pub(super) struct Module {
    pub(super) folder: PathBuf,
    pub(super) files: Vec<Arc<File>>,
}

impl Module {
    /// Every occurrence in the module with its file.
    pub(super) fn occurrences(&self) -> impl Iterator<Item = (&Arc<File>, &Occurrence)> {
        self.files.iter().flat_map(|file| file.occurrences().iter().map(move |found| (file, found)))
    }

    /// The declarations in the module.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (&Arc<File>, &Occurrence)> {
        self.occurrences().filter(|(_, found)| found.declares.is_some())
    }
}

/// The file of a module that has this name.
pub(super) fn named<'m>(module: &'m Module, name: &str) -> Option<&'m Arc<File>> {
    module.files.iter().find(|file| file.name == name)
}

/// The open texts, by path.
pub(super) type Open = BTreeMap<PathBuf, Arc<File>>;

/// All texts that are known, by path. What is no file goes by its URI.
#[derive(Default)]
pub(super) struct Documents {
    open: Open,
    read: BTreeMap<PathBuf, Read>,
}

/// The path that a document goes by.
pub(super) fn key(uri: &Uri) -> PathBuf {
    uri::path(uri).unwrap_or_else(|| PathBuf::from(&uri.0))
}

impl Documents {
    /// The editor shows a text, which from now on counts instead of the file.
    pub(super) fn open(&mut self, uri: Uri, version: i32, text: String) {
        let path = key(&uri);
        let file = File::new(uri, &path, Some(version), text.into());
        self.open.insert(path, Arc::new(file));
    }

    /// The text was changed there.
    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let path = key(uri);
        let Some(before) = self.open.get(&path) else { return };
        let mut lines = before.lines.clone();
        for change in changes {
            lines = Lines::of(changed(&lines, change, encoding));
        }
        let file = File::new(before.uri.clone(), &path, Some(version), lines.text().clone());
        self.open.insert(path, Arc::new(file));
    }

    /// The file counts again.
    pub(super) fn close(&mut self, uri: &Uri) {
        self.open.remove(&key(uri));
    }

    /// A text that is open.
    pub(super) fn get(&self, uri: &Uri) -> Option<Arc<File>> {
        self.open.get(&key(uri)).cloned()
    }

    /// Everything that is open.
    pub(super) fn all_open(&self) -> Open {
        self.open.clone()
    }

    /// The folders of the open texts.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut out: Vec<PathBuf> = self.open.keys().filter_map(|path| folder(path)).collect();
        out.dedup();
        out
    }

    /// The module that a document belongs to; alone when it is no file.
    pub(super) fn module(&mut self, uri: &Uri) -> Module {
        match folder(&key(uri)) {
            Some(folder) => self.module_in(&folder),
            None => Module { folder: PathBuf::new(), files: self.get(uri).into_iter().collect() },
        }
    }

    /// The module in a folder: what is open there, and the other files from the disk.
    pub(super) fn module_in(&mut self, folder: &Path) -> Module {
        let mut paths = listed(folder);
        paths.extend(listed(&folder.join(TESTS)));
        paths.extend(self.open.keys().cloned());
        paths.retain(|path| self::folder(path).as_deref() == Some(folder));
        paths.sort();
        paths.dedup();
        let files = paths.iter().filter_map(|path| self.file(path)).collect();
        Module { folder: folder.to_owned(), files }
    }

    fn file(&mut self, path: &Path) -> Option<Arc<File>> {
        if let Some(file) = self.open.get(path) {
            return Some(file.clone());
        }
        let metadata = std::fs::metadata(path).ok()?;
        if !metadata.is_file() || metadata.len() > MAX_FILE as u64 {
            return None;
        }
        let (modified, length) = (metadata.modified().ok(), metadata.len());
        if let Some(read) = self.read.get(path)
            && read.modified == modified
            && read.length == length
        {
            return Some(read.file.clone());
        }
        let bytes = std::fs::read(path).ok()?;
        let text = podform_config::SourceFile::from_bytes("", &bytes).ok()?.text;
        let file = Arc::new(File::new(uri::of(path), path, None, text));
        self.read.insert(path.to_owned(), Read { modified, length, file: file.clone() });
        Some(file)
    }
}

/// The files in a folder that are a module's.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let wanted = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| !name.starts_with('.') && FileKind::of(name).is_some())
    };
    entries.map(|entry| entry.path()).filter(wanted).collect()
}

/// The folder of the module that a document belongs to, when it is a file: its own, or for a test
/// in the folder of tests the one around.
pub(super) fn folder(path: &Path) -> Option<PathBuf> {
    let folder = path.is_absolute().then(|| path.parent())??;
    let name = path.file_name().and_then(|name| name.to_str());
    let is_test = name.and_then(FileKind::of) == Some(FileKind::Test);
    if is_test && folder.file_name().is_some_and(|name| name == TESTS) {
        return folder.parent().map(Path::to_owned);
    }
    Some(folder.to_owned())
}

fn changed(lines: &Lines, change: TextDocumentContentChangeEvent, encoding: Encoding) -> Arc<str> {
    use TextDocumentContentChangeEvent as Change;
    match change {
        Change::TextDocumentContentChangeWholeDocument(whole) => whole.text.into(),
        Change::TextDocumentContentChangePartial(part) => {
            let start = lines.offset(part.range.start, encoding);
            let end = lines.offset(part.range.end, encoding).max(start);
            let text = lines.text();
            format!("{}{}{}", &text[..start], part.text, &text[end..]).into()
        }
    }
}
