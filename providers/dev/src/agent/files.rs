//! Files of an agent's sandboxes, by their real paths and by `/frameworks/…`.

use super::Agent;
use crate::container::user;
use podform_mesos_proto::master::{FileInfo, GetFlags, ListFiles, ReadFile};
use podform_mesos_proto::{Bytes, TimeInfo};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// The most that one READ_FILE gives: 16 pages.
const MOST: u64 = 64 * 1024;

/// Why a file is not given.
#[derive(Debug)]
pub(crate) enum Refusal {
    Unknown,
    Folder,
    Failed(io::Error),
}

impl Agent {
    /// The real path of what is asked for, if it is one of this agent's sandboxes.
    fn real_path(&self, path: &str) -> Result<PathBuf, Refusal> {
        let asked = Path::new(path);
        if asked.components().any(|part| part == Component::ParentDir) {
            return Err(Refusal::Unknown);
        }
        let real = match asked.strip_prefix("/frameworks") {
            Ok(rest) => self.work.join("slaves").join(&self.id).join("frameworks").join(rest),
            Err(_) => asked.to_owned(),
        };
        let sandboxes = self.work.join("slaves");
        if !real.starts_with(&sandboxes) {
            return Err(Refusal::Unknown);
        }
        real.canonicalize().map_err(|_| Refusal::Unknown)
    }

    /// The entries of a folder, sorted, with the path as it was asked for.
    pub(super) fn list_files(&self, path: &str) -> Result<ListFiles, Refusal> {
        let real = self.real_path(path)?;
        let mut file_infos = Vec::new();
        for entry in std::fs::read_dir(&real).map_err(|_| Refusal::Unknown)? {
            let entry = entry.map_err(Refusal::Failed)?;
            // A link shows what it leads to; one that leads nowhere is left out.
            let Ok(meta) = std::fs::metadata(entry.path()) else { continue };
            let name = entry.file_name();
            let shown = format!("{}/{}", path.trim_end_matches('/'), name.to_string_lossy());
            file_infos.push(file_info(shown, &meta));
        }
        file_infos.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(ListFiles { file_infos })
    }

    /// A part of a file.
    pub(super) fn read_file(
        &self,
        path: &str,
        offset: u64,
        length: Option<u64>,
    ) -> Result<ReadFile, Refusal> {
        let real = self.real_path(path)?;
        let meta = std::fs::metadata(&real).map_err(Refusal::Failed)?;
        if meta.is_dir() {
            return Err(Refusal::Folder);
        }
        let wanted = length.unwrap_or(meta.len()).min(MOST);
        let mut file = File::open(&real).map_err(Refusal::Failed)?;
        file.seek(SeekFrom::Start(offset)).map_err(Refusal::Failed)?;
        let mut data = Vec::new();
        file.take(wanted).read_to_end(&mut data).map_err(Refusal::Failed)?;
        Ok(ReadFile { size: meta.len(), data: Bytes::from(data) })
    }

    /// GET_FLAGS: those that say how this agent differs from others.
    pub(super) fn get_flags(&self, cgroups: bool) -> GetFlags {
        let isolation = if cgroups {
            "cgroups/cpu,cgroups/mem,filesystem/posix,volume/sandbox_path,environment_secret"
        } else {
            "posix/cpu,posix/mem,filesystem/posix,volume/sandbox_path,environment_secret"
        };
        let flag = |name: &str, value: String| podform_mesos_proto::master::Flag {
            name: name.to_owned(),
            value: Some(value),
        };
        let flags = vec![
            flag("hostname", self.options.hostname.clone()),
            flag("ip", "127.0.0.1".to_owned()),
            flag("isolation", isolation.to_owned()),
            flag("launcher", "posix".to_owned()),
            flag("port", self.port.to_string()),
            flag("work_dir", self.work.display().to_string()),
        ];
        GetFlags { flags }
    }
}

fn file_info(path: String, meta: &std::fs::Metadata) -> FileInfo {
    FileInfo {
        path,
        nlink: i32::try_from(meta.nlink()).ok(),
        size: Some(meta.len()),
        mtime: Some(TimeInfo { nanoseconds: meta.mtime().saturating_mul(1_000_000_000) }),
        mode: Some(meta.mode()),
        uid: Some(user::name_of(meta.uid())),
        gid: Some(user::group_of(meta.gid())),
    }
}
