//! TLS by rustls on both ends of a socket, through tokio-rustls, which needs the I/O traits only.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper_util::service::TowerToHyperService;
use plies::hyper::Io;
use plies::io::{AsyncReadExt, AsyncWriteExt, split};
use plies::net::{TcpListener, TcpStream};
use plies::task::JoinHandle;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::curl::{Curl, trusting};
use crate::http::router;
use crate::run_on_each;
use crate::util::Folder;

/// A certificate for `localhost` that has signed itself, and its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
    pem: String,
}

impl Identity {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            certificate: made.cert.der().clone(),
            key: made.signing_key.serialize_der().into(),
            pem: made.cert.pem(),
        }
    }

    /// Who is this.
    fn acceptor(&self) -> TlsAcceptor {
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![self.certificate.clone()],
                PrivateKeyDer::Pkcs8(self.key.clone_key()),
            )
            .unwrap();
        Arc::new(config).into()
    }

    /// Who trusts this, and nobody else.
    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config).into()
    }
}

async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// One connection's two ends, or why either has none.
async fn shake_hands(
    acceptor: TlsAcceptor,
    connector: TlsConnector,
) -> (
    io::Result<server::TlsStream<TcpStream>>,
    io::Result<client::TlsStream<TcpStream>>,
) {
    let (listener, address) = bind().await;
    let server = plies::spawn(async move {
        let (stream, _) = listener.accept().await?;
        acceptor.accept(stream).await
    });
    let stream = TcpStream::connect(address).await.unwrap();
    let client = connector.connect("localhost".try_into().unwrap(), stream);
    let client = client.await;
    (server.await.unwrap(), client)
}

#[test]
fn both_ends_send_much_at_once_and_end_cleanly() {
    const SIZE: usize = 1024 * 1024;
    /// Sends and receives `SIZE` bytes, and the end of the stream.
    fn exchange<S>(stream: S, seed: u8) -> JoinHandle<()>
    where
        S: plies::io::AsyncRead + plies::io::AsyncWrite + Send + 'static,
    {
        let (mut from, mut to) = split(stream);
        let sender = plies::spawn(async move {
            let block: Vec<u8> = (0..=255).map(|byte: u8| byte ^ seed).collect();
            for _ in 0..SIZE / block.len() {
                to.write_all(&block).await.unwrap();
            }
            to.shutdown().await.unwrap();
        });
        plies::spawn(async move {
            let mut all = Vec::new();
            from.read_to_end(&mut all).await.unwrap();
            assert_eq!(all.len(), SIZE);
            // The other side has the other seed.
            let expected = |at: usize| (at % 256) as u8 ^ !seed;
            assert!(
                all.iter()
                    .enumerate()
                    .all(|(at, byte)| *byte == expected(at))
            );
            sender.await.unwrap();
        })
    }

    let identity = Identity::new();
    run_on_each(|| {
        let (acceptor, connector) = (identity.acceptor(), identity.connector());
        async move {
            let (server, client) = shake_hands(acceptor, connector).await;
            let (server, client) = (server.unwrap(), client.unwrap());
            assert_eq!(
                server.get_ref().1.protocol_version(),
                client.get_ref().1.protocol_version()
            );
            let (server, client) = (exchange(server, 0x0f), exchange(client, !0x0f));
            server.await.unwrap();
            client.await.unwrap();
        }
    });
}

#[test]
fn a_stranger_is_refused_on_both_ends() {
    let (identity, stranger) = (Identity::new(), Identity::new());
    run_on_each(|| {
        let (acceptor, connector) = (stranger.acceptor(), identity.connector());
        async move {
            let (server, client) = shake_hands(acceptor, connector).await;
            let error = client.err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert!(server.is_err());
        }
    });
}

#[test]
fn a_connection_cut_in_the_middle_is_an_error() {
    let identity = Identity::new();
    run_on_each(|| {
        let (acceptor, connector) = (identity.acceptor(), identity.connector());
        async move {
            let (server, client) = shake_hands(acceptor, connector).await;
            let (mut server, mut client) = (server.unwrap(), client.unwrap());
            client.write_all(b"hello").await.unwrap();
            client.flush().await.unwrap();
            server.read_exact(&mut [0; 5]).await.unwrap();
            // The socket ends, but TLS has not said goodbye.
            drop(client);
            let error = server.read(&mut [0; 5]).await.unwrap_err();
            // A reset, if the client had not read all that TLS itself had sent.
            use io::ErrorKind::{ConnectionReset, UnexpectedEof};
            let expected = matches!(error.kind(), UnexpectedEof | ConnectionReset);
            assert!(expected, "{error}");
        }
    });
}

#[test]
fn curl_is_answered_by_axum_over_tls() {
    let Some(curl) = Curl::find() else { return };
    let identity = Identity::new();
    let folder = Folder::new();
    let certificate = folder.file("certificate.pem");
    std::fs::write(&certificate, &identity.pem).unwrap();
    run_on_each(|| {
        let (curl, certificate) = (curl.clone(), certificate.clone());
        let acceptor = identity.acceptor();
        async move {
            let (listener, address) = bind().await;
            let server = plies::spawn(serve(listener, acceptor));
            let url = |path: &str| format!("https://localhost:{}{path}", address.port());
            let options = trusting(&certificate, address.port());
            let fetch = |urls: Vec<String>| curl.fetch(options.iter().cloned().chain(urls));
            assert_eq!(fetch(vec![url("/square/12")]).await, "144");
            assert_eq!(fetch(vec![url("/"), url("/square/3")]).await, "hello9");

            let resolve_only = options[2..].iter().cloned().chain([url("/")]);
            const UNKNOWN_AUTHORITY: i32 = 60;
            let output = curl.run(resolve_only).await;
            assert_eq!(output.status.code(), Some(UNKNOWN_AUTHORITY));
            server.abort();
        }
    });
}

/// Serves the router of axum over TLS.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    let service = TowerToHyperService::new(router());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, service) = (acceptor.clone(), service.clone());
        plies::spawn(async move {
            // A client that does not trust the certificate has its own reasons.
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let connection = http1::Builder::new().serve_connection(Io::new(stream), service);
            // So does one that hangs up without saying goodbye.
            let _ = connection.await;
        });
    }
}
