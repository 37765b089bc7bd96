//! Digests of texts and files.

use super::text::arg;
use super::{Function, Parameter, files, function, outside};
use crate::functions::encoding::base64;
use crate::value::{Ty, Val};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

const ONE: &[Parameter] = &[Parameter::Text];

fn hex_of<D: Digest>(bytes: &[u8]) -> Val {
    Val::String(hex::encode(D::digest(bytes)).into())
}

fn base64_of<D: Digest>(bytes: &[u8]) -> Val {
    Val::String(base64(&D::digest(bytes)).into())
}

pub(super) fn all() -> Vec<Function> {
    vec![
        function("md5", ONE, Ty::String, |a| Ok(hex_of::<Md5>(arg(a, 0).as_bytes()))),
        function("sha1", ONE, Ty::String, |a| Ok(hex_of::<Sha1>(arg(a, 0).as_bytes()))),
        function("sha256", ONE, Ty::String, |a| Ok(hex_of::<Sha256>(arg(a, 0).as_bytes()))),
        function("sha512", ONE, Ty::String, |a| Ok(hex_of::<Sha512>(arg(a, 0).as_bytes()))),
        function("base64sha256", ONE, Ty::String, |a| {
            Ok(base64_of::<Sha256>(arg(a, 0).as_bytes()))
        }),
        function("base64sha512", ONE, Ty::String, |a| {
            Ok(base64_of::<Sha512>(arg(a, 0).as_bytes()))
        }),
    ]
}

/// The same of files.
pub(super) fn of_files() -> Vec<Function> {
    use files::read;
    vec![
        outside("filemd5", ONE, Ty::String, |r, a| Ok(hex_of::<Md5>(&read(r, arg(a, 0))?))),
        outside("filesha1", ONE, Ty::String, |r, a| Ok(hex_of::<Sha1>(&read(r, arg(a, 0))?))),
        outside("filesha256", ONE, Ty::String, |r, a| Ok(hex_of::<Sha256>(&read(r, arg(a, 0))?))),
        outside("filesha512", ONE, Ty::String, |r, a| Ok(hex_of::<Sha512>(&read(r, arg(a, 0))?))),
        outside("filebase64sha256", ONE, Ty::String, |r, a| {
            Ok(base64_of::<Sha256>(&read(r, arg(a, 0))?))
        }),
        outside("filebase64sha512", ONE, Ty::String, |r, a| {
            Ok(base64_of::<Sha512>(&read(r, arg(a, 0))?))
        }),
    ]
}
