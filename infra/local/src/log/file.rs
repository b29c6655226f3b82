//! An exported log as a file: lines of JSON, a commit each, or a flat CSV, an event each. Where one that was cut off goes on
//! is found in the file itself.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write},
    path::Path,
};

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use event_store::{StoredCommit, StoredKey};
use serde::{Deserialize, Serialize};

use super::{LogError, file_error};

/// The columns of the CSV. They are a promise: one may be added at the end, none changes or goes.
pub const COLUMNS: [&str; 12] = [
    "stream",
    "version",
    "commit",
    "at",
    "type",
    "schema",
    "event_id",
    "command_id",
    "correlation_id",
    "causation_id",
    "actor",
    "data",
];

/// A line of JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    Commit(StoredCommit),
    Key(StoredKey),
}

/// How far a file had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Start,
    /// This commit is the next to be written.
    At {
        stream: String,
        version: u64,
    },
    /// Every commit is there, and the keys are to be written.
    Keys,
}

/// Where an export goes.
pub enum Sink {
    Lines(Box<dyn Write>),
    Csv(Box<csv::Writer<Box<dyn Write>>>),
}

impl Sink {
    /// To standard output.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn standard_output(is_csv: bool) -> io::Result<Self> {
        Self::new(Box::new(BufWriter::new(io::stdout())), is_csv, true)
    }

    /// To a new file, or on from where one that is there broke off.
    ///
    /// # Errors
    /// It cannot be written to, is there already, or is not one of the kind.
    pub fn file(path: &Path, is_csv: bool, resume: bool) -> Result<(Self, Place), LogError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        if resume {
            options.create(true).truncate(false);
        } else {
            options.create_new(true);
        }
        // Even sealed, a log says who did what when.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(file_error(path))?;
        let cut = if is_csv {
            cut_csv(&file, path)?
        } else {
            cut_lines(&file, path)?
        };
        let (offset, place) = cut;
        file.set_len(offset)
            .and_then(|()| file.seek(SeekFrom::Start(offset)))
            .map_err(file_error(path))?;
        let writer = Box::new(BufWriter::new(file));
        let sink = Self::new(writer, is_csv, offset == 0).map_err(file_error(path))?;
        Ok((sink, place))
    }

    fn new(writer: Box<dyn Write>, is_csv: bool, is_new: bool) -> io::Result<Self> {
        if !is_csv {
            return Ok(Self::Lines(writer));
        }
        let mut writer = WriterBuilder::new().from_writer(writer);
        if is_new {
            writer.write_record(COLUMNS)?;
        }
        Ok(Self::Csv(Box::new(writer)))
    }

    /// Write a commit.
    ///
    /// # Errors
    /// It cannot be written; as CSV also where its entries cannot be told apart.
    pub fn commit(&mut self, commit: &StoredCommit) -> io::Result<()> {
        match self {
            Self::Lines(writer) => {
                serde_json::to_writer(&mut *writer, commit)?;
                writer.write_all(b"\n")
            }
            Self::Csv(writer) => {
                for (version, entry, event) in commit.events()? {
                    let causation = entry.causation_id.map(|id| id.to_string());
                    writer.write_record([
                        &commit.stream,
                        &version.to_string(),
                        &commit.version.to_string(),
                        &entry.at.to_string(),
                        &event.name,
                        &event.schema.to_string(),
                        &event.id.to_string(),
                        &entry.command_id.0.to_string(),
                        &entry.correlation_id.to_string(),
                        &causation.unwrap_or_default(),
                        &entry.actor.0,
                        &event.data.to_string(),
                    ])?;
                }
                Ok(())
            }
        }
    }

    /// Write a key. A CSV has none.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn key(&mut self, key: &StoredKey) -> io::Result<()> {
        match self {
            Self::Lines(writer) => {
                serde_json::to_writer(&mut *writer, key)?;
                writer.write_all(b"\n")
            }
            Self::Csv(_) => Ok(()),
        }
    }

    /// Hand everything over.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Lines(writer) => writer.flush(),
            Self::Csv(writer) => writer.flush(),
        }
    }
}

/// Where the last commit of a file begins, which may be broken off, and which it is: there the export goes on.
fn cut_lines(file: &File, path: &Path) -> Result<(u64, Place), LogError> {
    let mut reader = BufReader::new(file);
    let (mut cut, mut begins, mut number) = ((0, Place::Start), 0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader
            .read_until(b'\n', &mut line)
            .map_err(file_error(path))?;
        if !line.ends_with(b"\n") {
            return Ok(cut);
        }
        number += 1;
        match serde_json::from_slice(&line) {
            Ok(Line::Commit(StoredCommit {
                stream, version, ..
            })) => cut = (begins, Place::At { stream, version }),
            Ok(Line::Key(_)) => return Ok((begins, Place::Keys)),
            Err(error) => return Err(no_line(path, number, &error)),
        }
        begins += length as u64;
    }
}

fn cut_csv(file: &File, path: &Path) -> Result<(u64, Place), LogError> {
    let mut reader = ReaderBuilder::new().from_reader(BufReader::new(file));
    let unreadable = |error: csv::Error| file_error(path)(error.into());
    let length = file.metadata().map_err(file_error(path))?.len();
    let is_ours = reader.headers().map_err(unreadable)? == &StringRecord::from(&COLUMNS[..]);
    if !is_ours {
        // Not even the first line of it was written, or it is another file.
        return if length <= COLUMNS.join(",").len() as u64 {
            Ok((0, Place::Start))
        } else {
            Err(no_line(path, 1, &"other columns"))
        };
    }
    let mut cut = (0, Place::Start);
    for record in reader.into_records() {
        // The last line may be broken off, and then it is not one.
        let Ok(record) = record else { break };
        let (Some(stream), Some(Ok(version))) =
            (record.get(0), record.get(2).map(str::parse::<u64>))
        else {
            break;
        };
        let place = Place::At {
            stream: stream.to_owned(),
            version,
        };
        if place != cut.1 {
            let begins = record.position().map_or(0, csv::Position::byte);
            cut = (begins, place);
        }
    }
    Ok(cut)
}

/// That a line is not one of an exported log.
pub fn no_line(path: &Path, line: u64, cause: &impl ToString) -> LogError {
    LogError::Line {
        path: path.to_owned(),
        line,
        cause: cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(version: u64) -> StoredCommit {
        let event = |id: u64| {
            format!(
                r#"{{"id":"00000000-0000-0000-0000-{id:012}","type":"PoolOpened","schema":1,"data":{{"said":"a, \"b\"\nc"}}}}"#
            )
        };
        let entries = format!(
            r#"[{{"command_id":"0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10","fingerprint":"BwcHBwcHBwcHBwcHBwcHBw","correlation_id":"0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10","actor":"otto","at":"2027-05-03T09:30:00Z","wrote":[],"events":[{},{}]}}]"#,
            event(version),
            event(version + 1)
        );
        StoredCommit {
            stream: "seats#a#b".into(),
            version,
            entries,
            hash: vec![version as u8; 32],
            state: None,
        }
    }

    fn write(path: &Path, is_csv: bool, commits: &[StoredCommit]) -> Place {
        let (mut sink, place) = Sink::file(path, is_csv, false).unwrap();
        for commit in commits {
            sink.commit(commit).unwrap();
        }
        sink.flush().unwrap();
        place
    }

    #[test]
    fn wherever_a_file_broke_off_it_goes_on_at_a_commit_and_ends_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for is_csv in [false, true] {
            let path = folder.path().join(format!("whole-{is_csv}"));
            let commits = [1, 3, 5].map(commit);
            assert_eq!(write(&path, is_csv, &commits), Place::Start);
            let whole = std::fs::read(&path).unwrap();
            let broken = folder.path().join(format!("broken-{is_csv}"));
            for length in 0..=whole.len() {
                std::fs::write(&broken, &whole[..length]).unwrap();
                let (mut sink, place) = Sink::file(&broken, is_csv, true).unwrap();
                let next = match &place {
                    Place::Start => 0,
                    Place::At { version, .. } => (version - 1) / 2,
                    Place::Keys => panic!(),
                };
                for commit in &commits[next as usize..] {
                    sink.commit(commit).unwrap();
                }
                sink.flush().unwrap();
                let ended = std::fs::read(&broken).unwrap();
                assert_eq!(
                    String::from_utf8_lossy(&ended),
                    String::from_utf8_lossy(&whole),
                    "broken off at {length}"
                );
            }
        }
    }

    #[test]
    fn the_columns_of_the_csv_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("csv");
        write(&path, true, &[commit(1)]);
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            text.lines().take(2).collect::<Vec<_>>(),
            [
                "stream,version,commit,at,type,schema,event_id,command_id,correlation_id,causation_id,actor,data",
                "seats#a#b,1,1,2027-05-03T09:30:00.000Z,PoolOpened,1,00000000-0000-0000-0000-000000000001,\
                 0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10,0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10,,otto,\
                 \"{\"\"said\"\":\"\"a, \\\"\"b\\\"\"\\nc\"\"}\"",
            ]
        );
    }

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        std::fs::write(&path, "something else, longer than any header that a file of ours could have, whatever its kind; and more\n").unwrap();
        for (is_csv, resume) in [(false, false), (true, false), (false, true), (true, true)] {
            assert!(Sink::file(&path, is_csv, resume).is_err());
        }
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .starts_with("something else")
        );
    }
}
