//! A client of a real PostgreSQL over a Unix socket, by tokio-postgres without its feature `runtime`:
//! it takes any stream, and its connection is spawned here.

use std::future::poll_fn;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use plies::net::UnixStream;
use plies::sync::mpsc;
use plies::task::{JoinHandle, JoinSet};
use plies::time::{Duration, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls};

use crate::run_on_each;
use crate::server::{Server, Shared, find, postgres_folders};
use crate::util::Folder;

/// The socket that a server makes in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// Starts a PostgreSQL, if it is installed; it listens on a Unix socket only.
fn start() -> Option<Server> {
    let postgres = find("postgres", &postgres_folders())?;
    // Next to the server, and not next to a link to it.
    let postgres = postgres.canonicalize().unwrap();
    let folder = Folder::new();
    let user = Unprivileged::if_root(&folder);
    let data = folder.file("data");

    let mut init = user.command(&postgres.with_file_name("initdb"));
    init.args([
        "--username=plies",
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
    ])
    .args(["--locale=C", "--pgdata"])
    .arg(&data);
    let output = init.output().unwrap();
    assert!(
        output.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&output.stderr)
    );

    let mut command = user.command(&postgres);
    command
        .arg("-D")
        .arg(&data)
        .arg("-k")
        .arg(folder.file("."))
        .args(["-c", "listen_addresses=", "-c", "fsync=off"]);
    // The signal is for a shutdown that waits for nobody and leaves nothing behind.
    let mut server = Server::start(folder, command, "-QUIT");
    assert!(server.wait_until(|_| is_ready(&data)), "{}", server.log());
    Some(server)
}

/// Whether the server with this data takes connections: it says so in the eighth line of a file.
fn is_ready(data: &Path) -> bool {
    std::fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|file| {
        file.lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
    })
}

/// Whom the server runs as: it refuses to run as root.
struct Unprivileged(Option<(u32, u32)>);

impl Unprivileged {
    /// If this is root, somebody else, who gets `folder`.
    fn if_root(folder: &Folder) -> Self {
        if id(&["-u"]) != Some(0) {
            return Self(None);
        }
        let user = ["postgres", "nobody"]
            .iter()
            .find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
        let (user, group) = user.expect("a user besides root");
        chown(folder.file("."), Some(user), Some(group)).unwrap();
        Self(Some((user, group)))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        // Whoever started the tests may be in a folder that this user may not enter.
        command.current_dir("/");
        command
    }
}

/// What the command `id` says.
fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .ok()
}

fn config() -> Config {
    let mut config = Config::new();
    config.user("plies").dbname("postgres");
    config
}

/// A client, its connection as a task, and the notifications that arrive on it.
async fn connect(
    socket: &Path,
) -> (
    Client,
    JoinHandle<Result<(), Error>>,
    mpsc::UnboundedReceiver<String>,
) {
    let stream = UnixStream::connect(socket).await.unwrap();
    let (client, mut connection) = config().connect_raw(stream, NoTls).await.unwrap();
    let (sender, notifications) = mpsc::unbounded_channel();
    let connection = plies::spawn(async move {
        while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(notification) = message? {
                // Not every test listens.
                let _ = sender.send(notification.payload().to_owned());
            }
        }
        Ok(())
    });
    (client, connection, notifications)
}

/// The server, and where clients connect.
fn server() -> Option<(Arc<Server>, PathBuf)> {
    static SERVER: Shared = Shared::new();
    let server = SERVER.get_or_start(start)?;
    let socket = server.file(SOCKET);
    Some((server, socket))
}

#[test]
fn queries_and_transactions_of_many_tasks_reach_postgres() {
    const ROWS: i32 = 500;
    let Some((_server, socket)) = server() else {
        return;
    };
    run_on_each(|| {
        let socket = socket.clone();
        async move {
            let (mut client, connection, _) = connect(&socket).await;
            let create = "drop table if exists squares;
                create table squares (number int primary key, square int not null)";
            client.batch_execute(create).await.unwrap();

            // All at once over one connection: they are pipelined.
            let insert = client
                .prepare("insert into squares values ($1, $2)")
                .await
                .unwrap();
            let inserts = (0..ROWS).map(|number| {
                let (client, insert) = (&client, &insert);
                async move { client.execute(insert, &[&number, &(number * number)]).await }
            });
            for inserted in futures_util::future::join_all(inserts).await {
                assert_eq!(inserted.unwrap(), 1);
            }
            let rows = client
                .query("select * from squares order by number", &[])
                .await
                .unwrap();
            let expected = (0..ROWS).map(|number| (number, number * number));
            let found = rows
                .iter()
                .map(|row| -> (i32, i32) { (row.get(0), row.get(1)) });
            assert!(found.eq(expected));

            let again = client.execute(&insert, &[&1, &1]).await.unwrap_err();
            assert_eq!(again.code(), Some(&SqlState::UNIQUE_VIOLATION));

            let transaction = client.transaction().await.unwrap();
            transaction
                .execute("delete from squares", &[])
                .await
                .unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(count(&client).await, i64::from(ROWS));

            // Several clients at once.
            let mut tasks: JoinSet<_> = (0..8)
                .map(|_| {
                    let socket = socket.clone();
                    async move { count(&connect(&socket).await.0).await }
                })
                .collect();
            while let Some(counted) = tasks.join_next().await {
                assert_eq!(counted.unwrap(), i64::from(ROWS));
            }
            drop(client);
            connection.await.unwrap().unwrap();
        }
    });
}

async fn count(client: &Client) -> i64 {
    let row = client.query_one("select count(*) from squares", &[]).await;
    row.unwrap().get(0)
}

#[test]
fn postgres_notifies_a_client_that_waits() {
    let Some((_server, socket)) = server() else {
        return;
    };
    run_on_each(|| {
        let socket = socket.clone();
        async move {
            let (listener, _connection, mut notifications) = connect(&socket).await;
            listener.batch_execute("listen news").await.unwrap();
            let (speaker, ..) = connect(&socket).await;
            for number in 0..100 {
                speaker
                    .batch_execute(&format!("notify news, '{number}'"))
                    .await
                    .unwrap();
                assert_eq!(notifications.recv().await.unwrap(), number.to_string());
            }
        }
    });
}

#[test]
fn a_query_that_takes_too_long_is_cancelled() {
    let Some((_server, socket)) = server() else {
        return;
    };
    run_on_each(|| {
        let socket = socket.clone();
        async move {
            let (client, ..) = connect(&socket).await;
            let cancel = client.cancel_token();
            let query = client.batch_execute("select pg_sleep(3600)");
            let mut query = std::pin::pin!(query);
            assert!(
                timeout(Duration::from_millis(50), &mut query)
                    .await
                    .is_err()
            );
            // PostgreSQL forgets the request if the query has not begun yet.
            let error = loop {
                let stream = UnixStream::connect(&socket).await.unwrap();
                cancel.cancel_query_raw(stream, NoTls).await.unwrap();
                if let Ok(ended) = timeout(Duration::from_secs(1), &mut query).await {
                    break ended.unwrap_err();
                }
            };
            assert_eq!(error.code(), Some(&SqlState::QUERY_CANCELED));
            // The connection is as good as before.
            client.batch_execute("select 1").await.unwrap();
        }
    });
}

#[test]
fn a_postgres_that_hangs_up_is_an_error() {
    let Some((_server, socket)) = server() else {
        return;
    };
    run_on_each(|| {
        let socket = socket.clone();
        async move {
            let (client, connection, _) = connect(&socket).await;
            let own_end = client.batch_execute("select pg_terminate_backend(pg_backend_pid())");
            assert!(own_end.await.is_err());
            assert!(connection.await.unwrap().is_err());
            assert!(client.is_closed());
        }
    });
}
