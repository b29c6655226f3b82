//! The folder that holds everything this machine keeps: the data file and the signing key. One process at a time.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::StartError;

/// The data folder, held by this process until it is dropped or the process ends in any way.
pub struct DataFolder {
    path: PathBuf,
    /// The operating system drops the lock with the process, so that kill -9 leaves nothing to clean up.
    _lock: File,
}

impl DataFolder {
    /// Make the folder if there is none, and hold it.
    ///
    /// # Errors
    ///
    /// Where it cannot be written to, or another process holds it.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let unusable = |cause| StartError::DataFolder {
            path: path.to_owned(),
            cause,
        };
        fs::create_dir_all(path).map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StartError::DataFolderInUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Write a file that only its owner may read. It is there whole or not at all, whenever the process dies.
    pub fn write_private(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let (unfinished, finished) = (self.file(&format!("{name}.new")), self.file(name));
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(unfinished, finished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_process_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let held = DataFolder::open(&path).unwrap();
        assert!(matches!(
            DataFolder::open(&path),
            Err(StartError::DataFolderInUse(_))
        ));
        drop(held);
        assert!(DataFolder::open(&path).is_ok());
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        fs::write(&path, "").unwrap();
        assert!(matches!(
            DataFolder::open(&path),
            Err(StartError::DataFolder { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(parent.path()).unwrap();
        folder.write_private("key", b"secret").unwrap();
        let mode = fs::metadata(folder.file("key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
