//! Only its tests: what crosses the layers of Plies, seen from outside.
