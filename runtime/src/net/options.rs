//! Socket options, read and set in one form.

/// Pairs of methods that read and set an option of a socket with a descriptor, through those of
/// socket2 with the names after `=`.
macro_rules! socket_options {
    ($(
        $(#[$attribute:meta])*
        $get:ident, $set:ident: $type:ty = $get_through:ident, $set_through:ident;
        $what:literal
    )*) => {$(
        #[doc = concat!("Returns ", $what, ".")]
        ///
        /// # Errors
        ///
        /// When the operating system cannot say.
        $(#[$attribute])*
        pub fn $get(&self) -> std::io::Result<$type> {
            socket2::SockRef::from(self).$get_through()
        }

        #[doc = concat!("Sets ", $what, ".")]
        ///
        /// # Errors
        ///
        /// When the operating system refuses the value.
        $(#[$attribute])*
        pub fn $set(&self, value: $type) -> std::io::Result<()> {
            socket2::SockRef::from(self).$set_through(value)
        }
    )*};
}

/// The options of everything that sends packets over IP.
macro_rules! ip_options {
    () => {
        $crate::net::options::socket_options! {
            tos_v4, set_tos_v4: u32 = tos_v4, set_tos_v4;
            "the type of service of its IPv4 packets (`IP_TOS`)"
            tclass_v6, set_tclass_v6: u32 = tclass_v6, set_tclass_v6;
            "the traffic class of its IPv6 packets (`IPV6_TCLASS`)"
        }

        /// As [`tos_v4`](Self::tos_v4).
        ///
        /// # Errors
        ///
        /// When the operating system cannot say.
        #[deprecated = "it is of IPv4 only, and called `tos_v4` now"]
        #[doc(hidden)]
        pub fn tos(&self) -> std::io::Result<u32> {
            self.tos_v4()
        }

        /// As [`set_tos_v4`](Self::set_tos_v4).
        ///
        /// # Errors
        ///
        /// When the operating system refuses the value.
        #[deprecated = "it is of IPv4 only, and called `set_tos_v4` now"]
        #[doc(hidden)]
        pub fn set_tos(&self, value: u32) -> std::io::Result<()> {
            self.set_tos_v4(value)
        }

        /// The network interface that it is bound to (`SO_BINDTODEVICE`), if to any.
        ///
        /// # Errors
        ///
        /// When the operating system cannot say.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        pub fn device(&self) -> std::io::Result<Option<Vec<u8>>> {
            socket2::SockRef::from(self).device()
        }

        /// Sends and receives through one network interface only, or through any again.
        ///
        /// # Errors
        ///
        /// When there is no such interface, or the process has not the permission.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        pub fn bind_device(&self, interface: Option<&[u8]>) -> std::io::Result<()> {
            socket2::SockRef::from(self).bind_device(interface)
        }
    };
}

pub(crate) use {ip_options, socket_options};
