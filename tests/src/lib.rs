//! Helpers for the tests that cross layers: an HTTP server on Plies and a plain client for it.
