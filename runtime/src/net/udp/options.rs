//! The options of a UDP socket.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::UdpSocket;
use crate::net::options::{ip_options, socket_options};

/// The socket's options.
impl UdpSocket {
    socket_options! {
        broadcast, set_broadcast: bool = broadcast, set_broadcast;
        "whether it may send to a broadcast address"
        ttl, set_ttl: u32 = ttl_v4, set_ttl_v4;
        "how many hops its packets may take"
        multicast_loop_v4, set_multicast_loop_v4: bool = multicast_loop_v4, set_multicast_loop_v4;
        "whether what it sends to an IPv4 multicast group comes back to this host"
        multicast_ttl_v4, set_multicast_ttl_v4: u32 = multicast_ttl_v4, set_multicast_ttl_v4;
        "how many hops its packets to an IPv4 multicast group may take"
        multicast_loop_v6, set_multicast_loop_v6: bool = multicast_loop_v6, set_multicast_loop_v6;
        "whether it receives what this host sends to an IPv6 multicast group"
    }
    ip_options!();

    /// Joins an IPv4 multicast group on the interface with the address `interface`, or on one that
    /// the operating system chooses if that is unspecified.
    ///
    /// # Errors
    ///
    /// When the address is not one of a group, or there is no such interface.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.socket.get().join_multicast_v4(&group, &interface)
    }

    /// Leaves a group that was joined by [`join_multicast_v4`](Self::join_multicast_v4).
    ///
    /// # Errors
    ///
    /// When it was not joined.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.socket.get().leave_multicast_v4(&group, &interface)
    }

    /// Joins an IPv6 multicast group on the interface with the index `interface`, or on one that
    /// the operating system chooses if that is 0.
    ///
    /// # Errors
    ///
    /// When the address is not one of a group, or there is no such interface.
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.socket.get().join_multicast_v6(group, interface)
    }

    /// Leaves a group that was joined by [`join_multicast_v6`](Self::join_multicast_v6).
    ///
    /// # Errors
    ///
    /// When it was not joined.
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.socket.get().leave_multicast_v6(group, interface)
    }
}
