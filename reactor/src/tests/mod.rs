//! What only this crate can test: the wheel against a model, and turns over a fake selector.

mod events;
mod group;
mod ticks;
mod wheel;
