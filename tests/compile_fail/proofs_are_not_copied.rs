//! A proof that could be copied or made out of nothing would prove nothing.

use bartizan::guard::{Approved, PendingCall, Receipt, Released};

fn cloned<T: Clone>() {}
fn out_of_nothing<T: Default>() {}

fn main() {
    cloned::<Approved>();
    cloned::<PendingCall>();
    cloned::<Receipt>();
    cloned::<Released<'static>>();
    out_of_nothing::<Approved>();
    out_of_nothing::<Receipt>();
}
