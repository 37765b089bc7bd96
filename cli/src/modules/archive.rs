//! Modules in archives: fetched over HTTP or from a file, and unpacked with care.

use super::tree::{MAX_BYTES, MAX_FILES, too_large};
use podform_config::ArchiveKind;
use podform_http::{Blocking, Client, Credentials, HttpSettings, Url};
use std::io::{Cursor, Error, Read, Result, Seek};
use std::path::{Component, Path, PathBuf};

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// The bytes behind a URL.
///
/// # Errors
/// It cannot be read, or is too large.
pub(super) fn fetch(url: &str) -> Result<Vec<u8>> {
    if let Some(path) = url.strip_prefix("file://") {
        let file = std::fs::File::open(path)?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        return if bytes.len() as u64 > MAX_BYTES { Err(too_large()) } else { Ok(bytes) };
    }
    let settings = HttpSettings::default();
    let client = Client::new(settings, Credentials::None).map_err(Error::other)?;
    let blocking = Blocking::new().map_err(Error::other)?;
    blocking.run(get(&client, url)).map_err(Error::other)?
}

async fn get(client: &Client, url: &str) -> Result<Vec<u8>> {
    let mut url = Url::parse(url).map_err(Error::other)?;
    for _ in 0..=MAX_REDIRECTS {
        let request = client.get(url.as_str()).map_err(Error::other)?;
        let answer = request.send().await.map_err(Error::other)?;
        if answer.status / 100 != 3 {
            let answer = answer.success().map_err(Error::other)?;
            return Ok(answer.body.to_vec());
        }
        let location = answer.headers.get("location").unwrap_or_default();
        let next = url.join(location).map_err(Error::other)?;
        if url.scheme() == "https" && next.scheme() != "https" {
            return Err(Error::other("the server leads from https to http"));
        }
        url = next;
    }
    Err(Error::other(format!("the server leads on more than {MAX_REDIRECTS} times")))
}

/// Unpacks an archive into an empty folder.
///
/// # Errors
/// It is broken, too large, or has an entry that is a link or would stand outside of the folder.
pub(super) fn unpack(bytes: &[u8], kind: ArchiveKind, into: &Path) -> Result<()> {
    let mut room = Room { left: MAX_BYTES, files: 0 };
    match kind {
        ArchiveKind::Tar => tar(Cursor::new(bytes), into, &mut room),
        ArchiveKind::TarGz => tar(flate2::read::MultiGzDecoder::new(bytes), into, &mut room),
        ArchiveKind::Zip => zip(Cursor::new(bytes), into, &mut room),
    }
}

/// What may still be written.
struct Room {
    left: u64,
    files: usize,
}

impl Room {
    /// Writes one file, as far as there is room.
    fn write(&mut self, from: impl Read, path: &Path) -> Result<()> {
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(Error::other(format!("it has more than {MAX_FILES} files")));
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        let written = std::io::copy(&mut from.take(self.left + 1), &mut file)?;
        self.left = self.left.checked_sub(written).ok_or_else(too_large)?;
        Ok(())
    }
}

/// The path of an entry within the folder, or why it may not be there.
fn inside(into: &Path, name: &Path) -> Result<PathBuf> {
    let mut out = into.to_owned();
    for part in name.components() {
        match part {
            Component::Normal(part) => out.push(part),
            Component::CurDir => {}
            _ => {
                let name = name.display();
                return Err(Error::other(format!("its entry `{name}` leaves the archive")));
            }
        }
    }
    Ok(out)
}

fn link(name: &Path) -> Error {
    Error::other(format!("its entry `{}` is neither a file nor a folder", name.display()))
}

fn tar(bytes: impl Read, into: &Path, room: &mut Room) -> Result<()> {
    // What the folders and headers take is limited too: a stream of nothing else ends.
    let mut archive = tar::Archive::new(bytes.take(2 * MAX_BYTES));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.into_owned();
        let path = inside(into, &name)?;
        match entry.header().entry_type() {
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                room.write(&mut entry, &path)?;
            }
            tar::EntryType::Directory => std::fs::create_dir_all(&path)?,
            tar::EntryType::XGlobalHeader | tar::EntryType::XHeader => {}
            _ => return Err(link(&name)),
        }
    }
    Ok(())
}

fn zip(bytes: impl Read + Seek, into: &Path, room: &mut Room) -> Result<()> {
    let mut archive = zip::ZipArchive::new(bytes).map_err(Error::other)?;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(Error::other)?;
        let name = PathBuf::from(entry.name());
        let path = inside(into, &name)?;
        let file_type = entry.unix_mode().map_or(0, |mode| mode & 0o170_000);
        if entry.is_symlink() || ![0, 0o100_000, 0o040_000].contains(&file_type) {
            return Err(link(&name));
        }
        if entry.is_dir() {
            std::fs::create_dir_all(&path)?;
        } else {
            room.write(entry, &path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn tar_with(name: &str, kind: tar::EntryType, content: &[u8]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        // Past the checks of the builder: an attacker does not use it.
        let bytes = header.as_mut_bytes();
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        if kind == tar::EntryType::Symlink {
            header.set_link_name("/etc").unwrap();
        }
        header.set_cksum();
        builder.append(&header, content).unwrap();
        builder.into_inner().unwrap()
    }

    fn refused(bytes: &[u8], kind: ArchiveKind) -> String {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("in");
        std::fs::create_dir(&into).unwrap();
        let error = unpack(bytes, kind, &into).unwrap_err().to_string();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stands outside");
        error
    }

    #[test]
    fn entries_that_leave_the_archive_are_refused() {
        for name in ["../x", "a/../../x", "/tmp/x"] {
            let bytes = tar_with(name, tar::EntryType::Regular, b"x");
            assert_eq!(
                refused(&bytes, ArchiveKind::Tar),
                format!("its entry `{name}` leaves the archive")
            );
        }
        let bytes = tar_with("x", tar::EntryType::Symlink, b"");
        let message = "its entry `x` is neither a file nor a folder";
        assert_eq!(refused(&bytes, ArchiveKind::Tar), message);
    }

    #[test]
    fn an_archive_of_zeros_is_not_unpacked_without_end() {
        let size = MAX_BYTES + 4096;
        let mut header = tar::Header::new_gnu();
        header.set_path("zeros").unwrap();
        header.set_size(size);
        header.set_cksum();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(header.as_bytes()).unwrap();
        let zeros = vec![0_u8; 1024 * 1024];
        for _ in 0..=(size / 1024 / 1024) {
            packed.write_all(&zeros).unwrap();
        }
        let bytes = packed.finish().unwrap();
        assert!(bytes.len() < 8 * 1024 * 1024);
        assert_eq!(refused(&bytes, ArchiveKind::TarGz), "it is larger than 256 MiB");
    }

    #[test]
    fn a_zip_is_unpacked_and_one_that_leaves_is_refused() {
        let zip = |name: &str| {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(name, options).unwrap();
            writer.write_all(b"text").unwrap();
            writer.finish().unwrap().into_inner()
        };
        let folder = tempfile::tempdir().unwrap();
        unpack(&zip("a/main.pf.hcl"), ArchiveKind::Zip, folder.path()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("a/main.pf.hcl")).unwrap(), b"text");
        let message = "its entry `../x` leaves the archive";
        assert_eq!(refused(&zip("../x"), ArchiveKind::Zip), message);
    }
}
