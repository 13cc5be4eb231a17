//! A raw descriptor: the end of a child's output, read as it comes.
//!
//! `cargo run -p plies-reactor --example pipe` (on Unix)

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::OwnedFd;
    use std::process::{Command, Stdio};

    use plies_reactor::{Async, Interest, Reactor};

    let script = "for n in 1 2 3; do echo line $n; sleep 0.05; done";
    let mut child = Command::new("sh")
        .args(["-c", script])
        .stdout(Stdio::piped())
        .spawn()?;
    let output: OwnedFd = child.stdout.take().expect("it is piped").into();
    let output = Async::nonblocking(File::from(output))?;
    Reactor::new()?.block_on(async {
        let mut buffer = [0; 256];
        loop {
            let read = output
                .async_io(Interest::READABLE, |mut io| io.read(&mut buffer))
                .await?;
            if read == 0 {
                return std::io::Result::Ok(());
            }
            print!("{}", String::from_utf8_lossy(&buffer[..read]));
        }
    })??;
    println!("{}", child.wait()?);
    Ok(())
}

#[cfg(not(unix))]
fn main() {
    println!("descriptors are for Unix; on Windows, see `Async::new` for mio's sources");
}
