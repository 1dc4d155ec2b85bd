//! The store itself: streamed in with a hash and a bound, streamed out by range, deleted.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Bytes, BytesMut};
use aws_lc_rs::digest::{Context, SHA256};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Error, GetOptions, GetRange, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload,
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Place;
use crate::events::seal::hex;
use crate::http::front::too_large;
use crate::http::{Problem, Refusal, Result};
use crate::time::Ids;

/// How much is held back of an upload until it is handed on. S3 takes no smaller part; a folder
/// takes any.
const FOLDER_PART: usize = 1024 * 1024;
const BUCKET_PART: usize = 5 * FOLDER_PART;
/// How much is read from a file at once.
const CHUNK: u64 = 128 * 1024;
/// How many uploads may run at once; with the part this bounds their memory.
const UPLOADS: usize = 16;
/// How long an upload waits for its turn before it is told 503.
const TURN_WAIT: Duration = Duration::from_secs(2);

/// The name of a content in the store: random, so that it tells nothing and is never guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// A new name.
    pub fn new(ids: &Ids) -> Self {
        Self(hex(&ids.secret::<16>()))
    }

    /// A name as a row has it.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// The name as a row keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Content that is durable in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name in the store.
    pub name: FileName,
    /// How many bytes it has.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Vec<u8>,
}

/// The store.
#[derive(Clone)]
pub struct Files(Arc<Parts>);

struct Parts {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    folder: Option<PathBuf>,
    turns: Semaphore,
}

impl Files {
    /// Opens the store; a folder is made where there is none. Connects to nothing yet.
    pub fn open(place: &Place) -> Result<Self, String> {
        let (store, prefix, folder): (Arc<dyn ObjectStore>, _, _) = match place {
            Place::Folder(folder) => {
                let told = |e: &dyn std::fmt::Display| format!("STORAGE_URL {}: {e}", folder.display());
                std::fs::create_dir_all(folder).map_err(|e| told(&e))?;
                let files = LocalFileSystem::new_with_prefix(folder).map_err(|e| told(&e))?;
                (Arc::new(files.with_fsync(true)), String::new(), Some(folder.clone()))
            }
            Place::Bucket { name, prefix } => {
                let bucket = AmazonS3Builder::from_env().with_bucket_name(name).build();
                (Arc::new(bucket.map_err(|e| format!("STORAGE_URL s3://{name}: {e}"))?), prefix.clone(), None)
            }
        };
        Ok(Self(Arc::new(Parts { store, prefix, folder, turns: Semaphore::new(UPLOADS) })))
    }

    /// Names with the same first two characters share a folder, so that none grows too large.
    fn path(&self, name: &FileName) -> Path {
        let shelf = name.0.get(..2).unwrap_or("00");
        [self.0.prefix.as_str(), shelf, &name.0]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/")
            .into()
    }

    /// A turn to upload: taken before anything is read, 503 when there are too many.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        match tokio::time::timeout(TURN_WAIT, self.0.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem::unavailable("too many uploads at once")),
        }
    }

    /// Writes content under a name, and answers when it is durable. More than `limit` bytes is 413;
    /// whatever goes wrong, nothing is left that has the name.
    pub async fn put<S>(&self, name: &FileName, limit: u64, mut content: S) -> Result<Kept>
    where
        S: Stream<Item = Result<Bytes>> + Unpin,
    {
        let mut writing = Writing::new(self, name);
        let written = async {
            while let Some(chunk) = content.next().await {
                let chunk = chunk?;
                if writing.size.saturating_add(chunk.len() as u64) > limit {
                    return Err(too_large(limit));
                }
                writing.write(chunk).await.map_err(Problem::unavailable)?;
            }
            writing.finish().await.map_err(Problem::unavailable)
        };
        match written.await {
            Ok(()) => {
                Ok(Kept { name: name.clone(), size: writing.size, sha256: writing.hash.finish().as_ref().to_vec() })
            }
            Err(problem) => {
                writing.give_up().await;
                Err(problem)
            }
        }
    }

    /// Reads a part of a content, piece by piece.
    pub async fn read(&self, name: &FileName, range: Range<u64>) -> Result<BoxStream<'static, Result<Bytes, Error>>> {
        if range.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        let found = self.0.store.get_opts(&self.path(name), options).await.map_err(|error| match error {
            Error::NotFound { .. } => Problem::from(Refusal::NotFound).caused_by(error),
            _ => Problem::unavailable(error),
        })?;
        Ok(match found.payload {
            GetResultPayload::File(file, _) => in_chunks(file, range).boxed(),
            GetResultPayload::Stream(pieces) => pieces,
        })
    }

    /// Deletes a content, and what an upload that was cut off left of it. It need not be there.
    pub async fn delete(&self, name: &FileName) -> Result<()> {
        let path = self.path(name);
        match self.0.store.delete(&path).await {
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(Problem::unavailable(error)),
        }
        let Some(folder) = &self.0.folder else { return Ok(()) };
        let begun = folder.join(format!("{path}#1")); // where `LocalFileSystem` writes until all is there
        let removed = actix_web::web::block(move || std::fs::remove_file(begun)).await.map_err(Problem::bug)?;
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Problem::unavailable(error)),
            _ => Ok(()),
        }
    }
}

/// A file in pieces, each read on a thread that may block.
fn in_chunks(file: File, range: Range<u64>) -> impl Stream<Item = Result<Bytes, Error>> {
    let failed = |source| Error::Generic { store: "LocalFileSystem", source };
    stream::try_unfold((file, range), move |(file, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let read = move || {
            let length = (range.end - range.start).min(CHUNK);
            let mut chunk = vec![0; usize::try_from(length).unwrap_or_default()];
            file.read_exact_at(&mut chunk, range.start)?;
            Ok::<_, std::io::Error>((Bytes::from(chunk), (file, range.start + length..range.end)))
        };
        let chunk = tokio::task::spawn_blocking(read).await.map_err(|e| failed(e.into()))?;
        chunk.map(Some).map_err(|e| failed(e.into()))
    })
}

/// An upload under way. What is small is put at once, the rest in parts of one size.
struct Writing<'a> {
    files: &'a Files,
    path: Path,
    parts: Option<Box<dyn MultipartUpload>>,
    part: BytesMut,
    part_size: usize,
    size: u64,
    hash: Context,
}

impl<'a> Writing<'a> {
    fn new(files: &'a Files, name: &FileName) -> Self {
        let part_size = if files.0.folder.is_some() { FOLDER_PART } else { BUCKET_PART };
        let (path, part, hash) = (files.path(name), BytesMut::new(), Context::new(&SHA256));
        Self { files, path, parts: None, part, part_size, size: 0, hash }
    }

    async fn write(&mut self, mut chunk: Bytes) -> Result<(), Error> {
        self.hash.update(&chunk);
        self.size = self.size.saturating_add(chunk.len() as u64);
        while !chunk.is_empty() {
            let fits = chunk.split_to(chunk.len().min(self.part_size.saturating_sub(self.part.len())));
            self.part.extend_from_slice(&fits);
            if self.part.len() == self.part_size {
                self.hand_on().await?;
            }
        }
        Ok(())
    }

    async fn hand_on(&mut self) -> Result<(), Error> {
        let part = PutPayload::from(self.part.split().freeze());
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(self.files.0.store.put_multipart(&self.path).await?),
        };
        parts.put_part(part).await
    }

    async fn finish(&mut self) -> Result<(), Error> {
        if self.parts.is_none() {
            let all = PutPayload::from(self.part.split().freeze());
            return self.files.0.store.put(&self.path, all).await.map(drop);
        }
        if !self.part.is_empty() {
            self.hand_on().await?;
        }
        match &mut self.parts {
            Some(parts) => parts.complete().await.map(drop),
            None => Ok(()),
        }
    }

    async fn give_up(mut self) {
        if let Some(parts) = &mut self.parts
            && let Err(error) = parts.abort().await
        {
            log::warn!("an upload could not be taken back, and is swept later: {error}");
        }
    }
}
