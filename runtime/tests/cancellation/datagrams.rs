//! Datagrams: UDP and Unix.

use std::task::Poll;

use plies::net::{UdpSocket, UnixDatagram};
use plies::task::coop::unconstrained;

use crate::ROUNDS;
use crate::cut::{at_each_cut, forgets_at_once};
use crate::util::poll_once;

async fn udp_pair() -> (UdpSocket, UdpSocket) {
    let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    one.connect(other.local_addr().unwrap()).await.unwrap();
    other.connect(one.local_addr().unwrap()).await.unwrap();
    (one, other)
}

/// Cuts each of the operations that receive from `$to`, to which `$from` sends: every datagram
/// arrives, once and in order.
macro_rules! receiving {
    ($cut:ident, $from:ident => $to:ident) => {
        for round in 0..ROUNDS {
            let mut buf = [0; 2];
            let arrives = async { assert_eq!($from.send(&[round]).await.unwrap(), 1) };
            let early = $cut.drop_midway($to.recv(&mut buf), arrives).await;
            assert!(early.is_none());
            assert_eq!($to.recv(&mut buf).await.unwrap(), 1);
            assert_eq!(buf[0], round);

            let arrives = async { assert_eq!($from.send(&[round]).await.unwrap(), 1) };
            let early = $cut.drop_midway($to.recv_from(&mut buf), arrives).await;
            assert!(early.is_none());
            assert_eq!($to.recv_from(&mut buf).await.unwrap().0, 1);
            assert_eq!(buf[0], round);

            let arrives = async { assert_eq!($from.send(&[round]).await.unwrap(), 1) };
            // It may be a false alarm, left from the datagram before.
            drop($cut.drop_midway($to.readable(), arrives).await);
            $to.readable().await.unwrap();
            let mut grows = Vec::with_capacity(2);
            assert_eq!($to.recv_buf(&mut grows).await.unwrap(), 1);
            assert_eq!(grows, [round]);
        }
        forgets_at_once($to.recv(&mut [0])).await;
        forgets_at_once($to.recv_from(&mut [0])).await;
    };
}

#[test]
fn receiving_by_udp() {
    at_each_cut(|cut| async move {
        let (from, to) = udp_pair().await;
        receiving!(cut, from => to);
        for round in 0..ROUNDS {
            let mut buf = [0; 2];
            let arrives = async { assert_eq!(from.send(&[round]).await.unwrap(), 1) };
            let early = cut.drop_midway(to.peek_from(&mut buf), arrives).await;
            assert!(early.is_none());
            assert_eq!(to.peek(&mut buf).await.unwrap(), 1);
            assert_eq!(to.recv(&mut buf).await.unwrap(), 1);
            assert_eq!(buf[0], round);
        }
    });
}

#[test]
fn receiving_by_unix_datagrams() {
    at_each_cut(|cut| async move {
        let (from, to) = UnixDatagram::pair().unwrap();
        receiving!(cut, from => to);
    });
}

#[test]
fn sending_by_udp() {
    at_each_cut(|cut| async move {
        let (from, to) = udp_pair().await;
        let address = to.local_addr().unwrap();
        for round in 0..ROUNDS {
            // A datagram has been sent exactly if the operation said so.
            let sent = cut.drop_midway(from.send(&[round]), async {}).await;
            from.send(&[round + 100]).await.unwrap();
            let mut buf = [0; 2];
            if sent.is_some() {
                assert_eq!(to.recv(&mut buf).await.unwrap(), 1);
                assert_eq!(buf[0], round);
            }
            assert_eq!(to.recv(&mut buf).await.unwrap(), 1);
            assert_eq!(buf[0], round + 100);
            let sent = cut
                .drop_midway(from.send_to(&[round], address), async {})
                .await;
            if sent.is_some() {
                assert_eq!(to.recv(&mut buf).await.unwrap(), 1);
                assert_eq!(buf[0], round);
            }
        }
        assert!(to.try_recv(&mut [0]).is_err());
    });
}

#[test]
fn sending_unix_datagrams_to_a_full_queue() {
    at_each_cut(|cut| async move {
        let (from, to) = UnixDatagram::pair().unwrap();
        let (mut sent, mut received) = (0_u32, 0_u32);
        for _ in 0..ROUNDS {
            while poll_once(unconstrained(from.send(&sent.to_be_bytes()))).is_ready() {
                sent += 1;
            }
            let room = async {
                while received < sent {
                    let mut number = [0; 4];
                    assert_eq!(to.recv(&mut number).await.unwrap(), 4);
                    assert_eq!(u32::from_be_bytes(number), received);
                    received += 1;
                }
            };
            let datagram = sent.to_be_bytes();
            let early = cut.drop_midway(from.send(&datagram), room).await;
            assert!(early.is_none(), "there was no room");
            from.send(&datagram).await.unwrap();
            sent += 1;
        }
        let mut number = [0; 4];
        assert_eq!(to.recv(&mut number).await.unwrap(), 4);
        assert_eq!(u32::from_be_bytes(number), received);
        assert!(matches!(poll_once(to.recv(&mut number)), Poll::Pending));
    });
}
