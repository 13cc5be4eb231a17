//! Files and directories, whose operations go on when their future is dropped.

use std::io::SeekFrom;

use plies::fs::{self, File, OpenOptions};
use plies::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::cut::{at_each_cut, in_every_wait, in_every_wait_for_a_thread};
use crate::util::{Folder, spawn_on_each};

#[test]
fn reading_and_seeking_in_a_file() {
    at_each_cut(|cut| async move {
        let folder = Folder::new();
        let path = folder.file("bytes");
        let bytes: Vec<u8> = (0..200).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mut file = File::open(&path).await.unwrap();
        let mut back = Vec::new();
        while back.len() < bytes.len() {
            let mut part = [0; 7];
            let count = match cut.drop_midway(file.read(&mut part), async {}).await {
                Some(count) => count.unwrap(),
                None => file.read(&mut part).await.unwrap(),
            };
            back.extend_from_slice(&part[..count]);
        }
        assert_eq!(back, bytes);

        for position in [150, 3, 77] {
            let seek = file.seek(SeekFrom::Start(position));
            drop(cut.drop_midway(seek, async {}).await);
            let at = file.seek(SeekFrom::Start(position)).await.unwrap();
            assert_eq!(at, position);
            assert_eq!(u64::from(file.read_u8().await.unwrap()), position);
        }
    });
}

#[test]
fn writing_to_a_file() {
    at_each_cut(|cut| async move {
        let folder = Folder::new();
        let path = folder.file("log");
        let mut file = File::create(&path).await.unwrap();
        let mut expected = Vec::new();
        for number in 0..100 {
            // A write has been taken exactly if it said so.
            if let Some(count) = cut.drop_midway(file.write(&[number]), async {}).await {
                assert_eq!(count.unwrap(), 1);
                expected.push(number);
            }
            file.write_all(&[number, number]).await.unwrap();
            expected.extend([number, number]);
            drop(cut.drop_midway(file.flush(), async {}).await);
        }
        drop(cut.drop_midway(file.sync_all(), async {}).await);
        file.sync_all().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), expected);

        drop(cut.drop_midway(file.set_len(10), async {}).await);
        file.set_len(10).await.unwrap();
        drop(cut.drop_midway(file.metadata(), async {}).await);
        assert_eq!(file.metadata().await.unwrap().len(), 10);
    });
}

#[test]
fn whole_files_and_directories() {
    spawn_on_each(|| async {
        let folder = Folder::new();
        let path = folder.file("whole");
        let written = in_every_wait_for_a_thread(|| fs::write(&path, b"all of it")).await;
        written.unwrap();
        let read = in_every_wait_for_a_thread(|| fs::read_to_string(&path)).await;
        assert_eq!(read.unwrap(), "all of it");

        let copied = folder.file("copied");
        let (count, _) = in_every_wait(|| fs::copy(&path, &copied)).await;
        assert_eq!(count.unwrap(), 9);

        let mut options = OpenOptions::new();
        options.read(true);
        let opened = in_every_wait_for_a_thread(|| options.open(&copied)).await;
        assert_eq!(opened.unwrap().read_u8().await.unwrap(), b'a');
        let listing = || async {
            let mut entries = fs::read_dir(folder.file(".")).await.unwrap();
            let mut names = Vec::new();
            while let Some(entry) = entries.next_entry().await.unwrap() {
                names.push(entry.file_name().into_string().unwrap());
            }
            names.sort();
            names
        };
        let names = in_every_wait_for_a_thread(listing).await;
        assert_eq!(names, ["copied", "whole"]);
    });
}
