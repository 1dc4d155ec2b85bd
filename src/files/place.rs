//! `STORAGE_URL`: where content is kept.

use std::path::PathBuf;

/// Where content is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket that speaks S3, reached as the usual `AWS_…` variables say.
    Bucket {
        /// Its name.
        name: String,
        /// What every name in it begins with, without slashes around; empty for none.
        prefix: String,
    },
}

impl Place {
    /// Reads `STORAGE_URL`: `file:///PATH` or `s3://BUCKET` with or without a prefix.
    pub fn parse(url: &str) -> Result<Self, String> {
        let wrong = || "STORAGE_URL must be file:///PATH or s3://BUCKET/PREFIX".to_owned();
        match url.split_once("://").ok_or_else(wrong)? {
            ("file", path) if path.starts_with('/') => Ok(Self::Folder(path.into())),
            ("s3", rest) => {
                let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let plain =
                    |text: &str, more: &[u8]| text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b));
                if name.is_empty() || !plain(name, b"-.") || !plain(prefix, b"-._/") || prefix.contains("..") {
                    return Err(wrong());
                }
                Ok(Self::Bucket { name: name.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
            }
            _ => Err(wrong()),
        }
    }
}
