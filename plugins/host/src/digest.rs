//! The hash of a plugin's file.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek};

/// The SHA-256 of a file's whole content, as `sha256:` and hex.
pub(crate) fn of(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => hasher.update(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(format!("sha256:{}", hex::encode(hasher.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_hash_is_of_the_whole_file_whatever_was_read_before() {
        let path = std::env::temp_dir().join(format!("podform-digest-{}", std::process::id()));
        let mut file =
            File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        file.write_all(b"abc").unwrap();
        // FIPS 180-4, the example of one block.
        let expected = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of(&mut file).unwrap(), expected);
        assert_eq!(of(&mut file).unwrap(), expected);
        std::fs::remove_file(path).unwrap();
    }
}
