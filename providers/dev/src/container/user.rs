//! Users of this machine, from `/etc/passwd`.

use std::io;
use std::path::Path;

/// A user that a container runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The user of this name, if there is one.
pub(crate) fn find(name: &str) -> Option<User> {
    let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    text.lines().filter_map(parse).find(|user| user.name == name)
}

/// The name of a user id, or the id itself.
pub(crate) fn name_of(uid: u32) -> String {
    let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = text.lines().filter_map(parse).find(|user| user.uid == uid);
    found.map_or_else(|| uid.to_string(), |user| user.name)
}

/// The name of a group id, or the id itself.
pub(crate) fn group_of(gid: u32) -> String {
    let text = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let found = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse::<u32>().ok()? == gid).then(|| name.to_owned())
    });
    found.unwrap_or_else(|| gid.to_string())
}

fn parse(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { name, uid, gid })
}

/// Gives a folder to a user, as the agent does with the sandbox of a task that runs as somebody else.
pub(crate) fn give(path: &Path, user: &User) -> io::Result<()> {
    std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_and_nonsense_is_not() {
        assert_eq!(find("root").map(|user| user.uid), Some(0));
        assert_eq!(find("nobody-here"), None);
        assert_eq!(name_of(0), "root");
        assert_eq!(name_of(4_000_000), "4000000");
    }
}
