//! A client of a real Redis over TCP, by the crate `redis` without a runtime of its choice: its
//! connection takes any stream, and its driver is spawned here.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use plies::net::TcpStream;
use plies::sync::mpsc;
use plies::task::{JoinHandle, JoinSet};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncCommands, AsyncConnectionConfig, ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo,
};

use crate::run_on_each;
use crate::server::{Server, find};
use crate::util::Folder;

/// Starts a Redis, if it is installed.
fn start() -> Option<(Server, SocketAddr)> {
    let program = find("redis-server", &["/usr/sbin".into()])?;
    loop {
        // A port that is free now; if somebody else is faster, the server ends at once.
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let folder = Folder::new();
        let mut command = Command::new(&program);
        command
            .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
            // Nothing is kept.
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder.file("."));
        let mut server = Server::start(folder, command, "-KILL");
        if server.wait_until(|_| std::net::TcpStream::connect(address).is_ok()) {
            return Some((server, address));
        }
        let log = server.log();
        assert!(log.contains("Address already in use"), "{log}");
    }
}

/// A connection, and its driver as a task.
async fn connect(
    address: SocketAddr,
    config: AsyncConnectionConfig,
) -> (MultiplexedConnection, JoinHandle<()>) {
    let stream = TcpStream::connect(address).await.unwrap();
    let info = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3);
    // The crate's own time-outs would need a runtime that it knows.
    let config = config.set_response_timeout(None);
    let connection = MultiplexedConnection::new_with_config(&info, stream, config);
    let (connection, driver) = connection.await.unwrap();
    (connection, plies::spawn(driver))
}

#[test]
fn many_tasks_share_a_connection_to_redis() {
    const TASKS: usize = 50;
    const ROUNDS: usize = 20;
    let Some((_server, address)) = start() else {
        return;
    };
    run_on_each(|| async move {
        let (mut redis, driver) = connect(address, AsyncConnectionConfig::new()).await;
        redis::cmd("FLUSHALL").exec_async(&mut redis).await.unwrap();

        let mut tasks: JoinSet<_> = (0..TASKS)
            .map(|number| {
                let mut redis = redis.clone();
                async move {
                    for round in 0..ROUNDS {
                        let () = redis.set(number, round).await.unwrap();
                        let found: usize = redis.get(number).await.unwrap();
                        assert_eq!(found, round);
                        let () = redis.incr("all", 1).await.unwrap();
                    }
                }
            })
            .collect();
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        let all: usize = redis.get("all").await.unwrap();
        assert_eq!(all, TASKS * ROUNDS);

        let large = vec![7_u8; 3 * 1024 * 1024];
        let () = redis.set("large", &large).await.unwrap();
        let back: Vec<u8> = redis.get("large").await.unwrap();
        assert_eq!(back, large);

        let (first, second): (i64, i64) = redis::pipe()
            .atomic()
            .incr("both", 20)
            .incr("both", 22)
            .query_async(&mut redis)
            .await
            .unwrap();
        assert_eq!((first, second), (20, 42));

        drop(redis);
        driver.await.unwrap();
    });
}

#[test]
fn a_dropped_request_to_redis_leaves_the_connection_in_step() {
    let Some((_server, address)) = start() else {
        return;
    };
    run_on_each(|| async move {
        let (mut redis, _driver) = connect(address, AsyncConnectionConfig::new()).await;
        for number in 0..200_u32 {
            let mut other = redis.clone();
            let abandoned = plies::spawn(async move {
                let () = other.set("abandoned", number).await.unwrap();
            });
            plies::task::yield_now().await;
            abandoned.abort();
            let () = redis.set("kept", number).await.unwrap();
            let found: u32 = redis.get("kept").await.unwrap();
            assert_eq!(found, number);
        }
    });
}

#[test]
fn messages_are_pushed_by_redis() {
    let Some((_server, address)) = start() else {
        return;
    };
    run_on_each(|| async move {
        let (sender, mut pushes) = mpsc::unbounded_channel::<PushInfo>();
        let config = AsyncConnectionConfig::new().set_push_sender(sender);
        let (mut listener, _listening) = connect(address, config).await;
        let (mut speaker, _speaking) = connect(address, AsyncConnectionConfig::new()).await;
        listener.subscribe("news").await.unwrap();
        for number in 0..100 {
            let heard: usize = speaker.publish("news", number).await.unwrap();
            assert_eq!(heard, 1);
        }
        let mut expected = 0;
        while expected < 100 {
            let push = pushes.recv().await.unwrap();
            if push.kind == PushKind::Message {
                let number: i32 = redis::from_redis_value(push.data[1].clone()).unwrap();
                assert_eq!(number, expected);
                expected += 1;
            }
        }
    });
}

#[test]
fn a_redis_that_hangs_up_is_an_error() {
    let Some((_server, address)) = start() else {
        return;
    };
    run_on_each(|| async move {
        let (mut redis, driver) = connect(address, AsyncConnectionConfig::new()).await;
        let (mut other, _other) = connect(address, AsyncConnectionConfig::new()).await;
        let id: u64 = redis::cmd("CLIENT")
            .arg("ID")
            .query_async(&mut redis)
            .await
            .unwrap();
        // It waits for a list that nobody fills.
        let waiting =
            plies::spawn(async move { redis.blpop::<_, Vec<String>>("nothing", 0.0).await });
        let kill = redis::cmd("CLIENT")
            .arg("KILL")
            .arg("ID")
            .arg(id)
            .to_owned();
        let killed: usize = kill.query_async(&mut other).await.unwrap();
        assert_eq!(killed, 1);
        let error = waiting.await.unwrap().unwrap_err();
        assert!(error.is_connection_dropped(), "{error}");
        driver.await.unwrap();
    });
}
