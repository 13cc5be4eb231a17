//! What crosses the layers of Plies, tested from outside.
