//! Files and directories.

mod util;

use std::future::{Future, poll_fn};
use std::io::{ErrorKind, IoSlice};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use plies::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
use plies::io::{AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWriteExt, SeekFrom};
use plies::runtime::Builder;
use util::{Folder, message, poll_once, spawn_on_each};

/// The path of a file with these contents.
fn file_with(folder: &Folder, contents: &[u8]) -> PathBuf {
    let path = folder.file("file");
    std::fs::write(&path, contents).unwrap();
    path
}

/// Begins to read ten bytes and drops that; they are read, and nobody has them.
async fn read_ahead(file: &mut File) {
    let start = file.stream_position().await.unwrap();
    while poll_once(file.read(&mut [0; 10])).is_ready() {
        file.seek(SeekFrom::Start(start)).await.unwrap();
    }
}

#[test]
fn a_file_is_written_and_read_back() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let bytes: Vec<u8> = (0..5_000_000_u32).map(|number| number as u8).collect();
        let mut file = File::create_new(folder.file("new")).await.unwrap();
        file.write_all(&bytes).await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(file.rewind().await.unwrap(), 0);
        let mut back = Vec::new();
        file.read_to_end(&mut back).await.unwrap();
        assert!(back == bytes);
        assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn a_dropped_read_loses_nothing() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let bytes: Vec<u8> = (0..=255).cycle().take(500).collect();
        let mut file = File::open(file_with(&folder, &bytes)).await.unwrap();
        let mut back = Vec::new();
        while back.len() < bytes.len() {
            read_ahead(&mut file).await;
            let mut part = [0; 7];
            let count = file.read(&mut part).await.unwrap();
            back.extend_from_slice(&part[..count]);
        }
        assert!(back == bytes);
    });
}

#[test]
fn a_dropped_write_has_taken_all_or_nothing() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("log");
        let mut file = File::create(&path).await.unwrap();
        let mut expected = Vec::new();
        for number in 0..100_u8 {
            if poll_once(file.write(&[number])).is_ready() {
                expected.push(number);
            }
        }
        file.flush().await.unwrap();
        assert!(!expected.is_empty());
        assert_eq!(std::fs::read(path).unwrap(), expected);
    });
}

#[test]
fn a_write_goes_where_the_reader_is_whatever_was_read_ahead() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = file_with(&folder, b"0123456789");
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).open(&path).await.unwrap();
        // Has read all ten by now, of which the next read takes two.
        read_ahead(&mut file).await;
        file.read_exact(&mut [0; 2]).await.unwrap();
        file.write_all(b"ab").await.unwrap();
        file.flush().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"01ab456789");

        read_ahead(&mut file).await;
        file.read_exact(&mut [0; 1]).await.unwrap();
        assert_eq!(file.stream_position().await.unwrap(), 5);
        read_ahead(&mut file).await;
        file.set_len(8).await.unwrap();
        let mut rest = String::new();
        file.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "567");
    });
}

#[test]
fn an_error_of_a_write_comes_with_the_next_write_or_flush() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let mut file = File::open(file_with(&folder, b"read only")).await.unwrap();
        assert_eq!(file.write(b"x").await.unwrap(), 1);
        assert!(file.write(b"x").await.is_err());
        file.flush().await.unwrap();

        assert_eq!(file.write(b"x").await.unwrap(), 1);
        assert!(file.flush().await.is_err());
        file.flush().await.unwrap();

        // Also when something else has waited for that write.
        assert_eq!(file.write(b"x").await.unwrap(), 1);
        file.read_exact(&mut [0; 4]).await.unwrap();
        assert!(file.flush().await.is_err());
        assert_eq!(file.write(b"x").await.unwrap(), 1);
        file.sync_all().await.unwrap();
        assert!(file.shutdown().await.is_err());
    });
}

#[test]
fn vectored_writes_and_small_buffers() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("out");
        let mut file = File::create(&path).await.unwrap();
        file.set_max_buf_size(5);
        assert_eq!(file.max_buf_size(), 5);
        let parts = [
            IoSlice::new(b"abc"),
            IoSlice::new(b""),
            IoSlice::new(b"defg"),
        ];
        assert_eq!(file.write_vectored(&parts).await.unwrap(), 5);
        assert_eq!(file.write(b"0123456789").await.unwrap(), 5);
        file.flush().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"abcde01234");
        assert_eq!(file.try_clone().await.unwrap().max_buf_size(), 5);
        let mut file = File::open(&path).await.unwrap();
        file.set_max_buf_size(4);
        assert_eq!(file.read(&mut [0; 10]).await.unwrap(), 4);
    });
}

#[test]
fn seeking_waits_for_its_turn() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let mut file = File::open(file_with(&folder, b"0123456789")).await.unwrap();
        assert_eq!(file.seek(SeekFrom::End(-2)).await.unwrap(), 8);
        assert_eq!(file.read_u8().await.unwrap(), b'8');
        assert_eq!(file.seek(SeekFrom::Current(-4)).await.unwrap(), 5);
        assert_eq!(file.read_u8().await.unwrap(), b'5');
        let before_the_start = file.seek(SeekFrom::Start(1)).await.unwrap();
        assert_eq!(before_the_start, 1);
        assert!(file.seek(SeekFrom::Current(-2)).await.is_err());

        let mut file = pin!(file);
        file.as_mut().start_seek(SeekFrom::Start(3)).unwrap();
        let early = file.as_mut().start_seek(SeekFrom::Start(4)).unwrap_err();
        assert!(early.to_string().contains("poll_complete"));
        let position = poll_fn(|cx| file.as_mut().poll_complete(cx)).await;
        assert_eq!(position.unwrap(), 3);
    });
}

#[test]
fn what_is_known_of_a_file_can_be_set() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = file_with(&folder, b"0123456789");
        let file = OpenOptions::new().write(true).open(&path).await.unwrap();
        file.set_len(4).await.unwrap();
        file.sync_data().await.unwrap();
        assert_eq!(file.metadata().await.unwrap().len(), 4);

        let day = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
        let times = FileTimes::new().set_accessed(day).set_modified(day);
        file.set_times(times).await.unwrap();
        let known = fs::metadata(&path).await.unwrap();
        assert_eq!((known.atime(), known.mtime()), (86_400, 86_400));
        file.set_modified(SystemTime::UNIX_EPOCH).await.unwrap();
        assert_eq!(fs::metadata(&path).await.unwrap().mtime(), 0);

        let mode = std::fs::Permissions::from_mode(0o640);
        file.set_permissions(mode).await.unwrap();
        assert_eq!(fs::metadata(&path).await.unwrap().mode() & 0o777, 0o640);
        let mode = std::fs::Permissions::from_mode(0o600);
        fs::set_permissions(&path, mode).await.unwrap();
        assert_eq!(fs::metadata(&path).await.unwrap().mode() & 0o777, 0o600);
    });
}

#[test]
fn a_file_becomes_one_of_std_when_it_has_settled() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("out");
        let mut file = File::create(&path).await.unwrap();
        file.write_all(b"written").await.unwrap();
        drop(file.into_std().await);
        assert_eq!(std::fs::read(&path).unwrap(), b"written");

        let file = File::open(&path).await.unwrap();
        let _ = poll_once(file.sync_all());
        let _ = poll_once(file.metadata());
        let std = file.into_std().await;
        assert_eq!(std.metadata().unwrap().len(), 7);
        assert!(File::from_std(std).try_into_std().is_ok());
    });
}

#[test]
fn clones_share_the_position() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let mut first = File::open(file_with(&folder, b"0123456789")).await.unwrap();
        let mut second = first.try_clone().await.unwrap();
        assert_eq!(first.read_u8().await.unwrap(), b'0');
        assert_eq!(second.read_u8().await.unwrap(), b'1');
    });
}

#[test]
fn a_promised_write_is_done_at_shutdown() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let folder = Folder::new();
        let path = folder.file("out");
        let runtime = builder
            .worker_threads(1)
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let (begin, begun) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let mut file = runtime.block_on(File::create(&path)).unwrap();
        // Its only thread is taken, so the write cannot begin.
        runtime.spawn_blocking(move || {
            begin.send(()).unwrap();
            ended.recv().is_ok()
        });
        begun.recv().unwrap();
        runtime.block_on(file.write_all(b"promised")).unwrap();
        runtime.shutdown_background();
        end.send(()).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"promised");
    }
}

#[test]
fn options_are_those_of_std() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = file_with(&folder, b"first");
        let again = File::create_new(&path).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
        let mut log = OpenOptions::new().append(true).open(&path).await.unwrap();
        log.write_all(b", second").await.unwrap();
        log.flush().await.unwrap();
        assert_eq!(fs::read_to_string(&path).await.unwrap(), "first, second");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(folder.file("private")).await.unwrap();
        assert_eq!(file.metadata().await.unwrap().mode() & 0o777, 0o600);
        let missing = File::open(folder.file("missing")).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
    });
}

#[test]
fn whole_files_are_read_written_copied_and_moved() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let (first, second) = (folder.file("first"), folder.file("second"));
        fs::write(&first, "text").await.unwrap();
        assert_eq!(fs::copy(&first, &second).await.unwrap(), 4);
        assert_eq!(fs::read(&second).await.unwrap(), b"text");
        fs::rename(&second, folder.file("third")).await.unwrap();
        assert!(!fs::try_exists(&second).await.unwrap());
        fs::remove_file(folder.file("third")).await.unwrap();
        fs::write(&first, [0xff]).await.unwrap();
        let not_text = fs::read_to_string(&first).await.unwrap_err();
        assert_eq!(not_text.kind(), ErrorKind::InvalidData);
    });
}

#[test]
fn links_are_made_and_followed() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = file_with(&folder, b"linked");
        let (hard, soft) = (folder.file("hard"), folder.file("soft"));
        fs::hard_link(&path, &hard).await.unwrap();
        fs::symlink(&hard, &soft).await.unwrap();
        assert_eq!(fs::read(&soft).await.unwrap(), b"linked");
        assert_eq!(fs::read_link(&soft).await.unwrap(), hard);
        let real = std::fs::canonicalize(&hard).unwrap();
        assert_eq!(fs::canonicalize(&soft).await.unwrap(), real);
        assert!(fs::symlink_metadata(&soft).await.unwrap().is_symlink());
        assert!(fs::metadata(&soft).await.unwrap().is_file());
    });
}

#[test]
fn directories_are_made_listed_and_removed() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let deep = folder.file("a/b");
        assert!(fs::create_dir(&deep).await.is_err());
        fs::create_dir_all(&deep).await.unwrap();
        let private = deep.join("private/inner");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&private)
            .await
            .unwrap();
        assert_eq!(fs::metadata(&private).await.unwrap().mode() & 0o777, 0o700);
        assert!(fs::remove_dir(&deep).await.is_err());
        fs::remove_dir(&private).await.unwrap();
        fs::remove_dir_all(folder.file("a")).await.unwrap();
        assert!(!fs::try_exists(folder.file("a")).await.unwrap());
    });
}

#[test]
fn every_entry_of_a_directory_comes_once_also_after_dropped_waits() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let mut expected: Vec<String> = (0..100).map(|n| format!("entry-{n}")).collect();
        for name in &expected {
            std::fs::write(folder.file(name), "x").unwrap();
        }
        let mut names = Vec::new();
        let mut entries = fs::read_dir(folder.file("")).await.unwrap();
        loop {
            let entry = match poll_once(entries.next_entry()) {
                Poll::Ready(entry) => entry.unwrap(),
                Poll::Pending => entries.next_entry().await.unwrap(),
            };
            let Some(entry) = entry else { break };
            assert!(entry.file_type().await.unwrap().is_file());
            let known = entry.metadata().await.unwrap();
            assert_eq!((known.len(), known.ino()), (1, entry.ino()));
            assert_eq!(
                entry.path(),
                folder.file(&entry.file_name().into_string().unwrap())
            );
            names.push(entry.file_name().into_string().unwrap());
        }
        assert!(entries.next_entry().await.unwrap().is_none());
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    });
}

#[test]
fn misuse_says_what_to_do() {
    let mut open = Box::pin(File::open("Cargo.toml"));
    let mut cx = Context::from_waker(Waker::noop());
    let outside = AssertUnwindSafe(|| open.as_mut().poll(&mut cx).is_ready());
    let panic = catch_unwind(outside).unwrap_err();
    assert!(message(&*panic).contains("no runtime is current on this thread"));

    let mut file = File::from_std(std::fs::File::open("Cargo.toml").unwrap());
    let panic = catch_unwind(AssertUnwindSafe(|| file.set_max_buf_size(0))).unwrap_err();
    assert!(message(&*panic).contains("1 byte or more"));
}

#[test]
fn a_file_is_opened_with_flags_of_the_system() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(libc::O_DIRECTORY);
        options.open(folder.file(".")).await.unwrap();
        let path = file_with(&folder, b"no directory");
        let error = options.open(path).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOTDIR));
    });
}
