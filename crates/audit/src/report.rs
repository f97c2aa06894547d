//! Run the rules over a machine, weigh, order, mask.

pub mod score;
