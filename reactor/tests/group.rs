//! Sources of a group move to the reactor on whose processor their packets arrive.
#![cfg(target_os = "linux")]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use plies_reactor::{Async, Group, Interest, Reactor};
use socket2::SockRef;

const SOCKETS: usize = 8;
/// Four questions each: that no socket wins a single toss happens once in 2^32.
const EXCHANGES: usize = 128;

/// The processors that this process may use.
fn processors() -> Vec<usize> {
    // SAFETY: a set of processors is bits only, and none of them is set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the system writes at most the size of `set` to it.
    let result = unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
    (0..libc::CPU_SETSIZE as usize)
        // SAFETY: the number is less than the set has room for.
        .filter(|processor| unsafe { libc::CPU_ISSET(*processor, &set) })
        .collect()
}

/// Keeps this thread on one processor.
fn stay_on(processor: usize) {
    // SAFETY: as above.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the number is that of a processor, for which the set has room.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: the system reads the size of `set` from it.
    let result = unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// Sends one byte back for each that comes, until the other side closes.
fn answer(mut stream: TcpStream) {
    let mut byte = [0];
    while stream.read(&mut byte).unwrap() == 1 {
        stream.write_all(&byte).unwrap();
    }
}

async fn ask(stream: &Async<TcpStream>) -> io::Result<()> {
    stream.get_ref().write_all(b"x")?;
    let read = |mut stream: &TcpStream| stream.read(&mut [0]);
    assert_eq!(stream.async_io(Interest::READABLE, read).await?, 1);
    Ok(())
}

/// Ends the other reactor's thread, also if the test fails.
struct Stop<'a>(&'a AtomicBool, &'a Reactor);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        let Stop(done, reactor) = self;
        done.store(true, Ordering::Release);
        reactor.handle().wake();
    }
}

#[test]
fn a_socket_moves_to_the_reactor_on_whose_processor_its_packets_arrive() -> io::Result<()> {
    let processors = processors();
    let [here, there, ..] = processors[..] else {
        println!("skipped: there is one processor only");
        return Ok(());
    };
    stay_on(here);
    let group = Group::new();
    let mine = Reactor::builder().group(&group).build()?;
    let other = Reactor::builder().group(&group).build()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (events, done, ready) = (AtomicUsize::new(0), AtomicBool::new(false), Barrier::new(2));
    let distant = thread::scope(|scope| {
        let mut distant = 0;
        scope.spawn(|| {
            stay_on(there);
            let _entered = other.handle().enter();
            other.handle().wake();
            other.turn(None).unwrap();
            ready.wait();
            while !done.load(Ordering::Acquire) {
                let turn = other.turn(None).unwrap();
                events.fetch_add(turn.events(), Ordering::Relaxed);
            }
        });
        ready.wait();
        let _stop = Stop(&done, &other);
        for _ in 0..SOCKETS {
            let client = TcpStream::connect(listener.local_addr()?)?;
            client.set_nodelay(true)?;
            let (server, _) = listener.accept()?;
            let server = scope.spawn(move || {
                stay_on(there);
                answer(server);
            });
            let client = Async::nonblocking(client)?;
            mine.block_on(async {
                for _ in 0..EXCHANGES {
                    ask(&client).await?;
                }
                io::Result::Ok(())
            })??;
            distant += usize::from(SockRef::from(client.get_ref()).cpu_affinity()? == there);
            drop(client);
            server.join().expect("the peer");
        }
        io::Result::Ok(distant)
    })?;
    // A system can be told to handle packets elsewhere than where they are sent.
    if distant == 0 {
        println!("skipped: packets do not arrive where they are sent");
        return Ok(());
    }
    assert!(events.into_inner() > 0, "no socket ever moved");
    Ok(())
}
