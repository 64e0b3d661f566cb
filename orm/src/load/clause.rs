//! What ORDER BY takes: one key, or several as a tuple, an array or a list.

use crate::sql::IntoOrderKey;
use crate::sql::tree::OrderKey;

/// One key to sort by, or several as a tuple, an array or a list.
#[diagnostic::on_unimplemented(
    message = "rows cannot be sorted by `{Self}`",
    note = "sort by a column, an expression, or either with `.asc()` or `.desc()`"
)]
pub trait OrderKeys {
    /// The keys, most significant first.
    fn into_order_keys(self) -> Vec<OrderKey>;
}

impl<K: IntoOrderKey> OrderKeys for K {
    fn into_order_keys(self) -> Vec<OrderKey> {
        vec![self.into_order_key()]
    }
}

impl<K: IntoOrderKey> OrderKeys for Vec<K> {
    fn into_order_keys(self) -> Vec<OrderKey> {
        self.into_iter().map(IntoOrderKey::into_order_key).collect()
    }
}

impl<K: IntoOrderKey, const LENGTH: usize> OrderKeys for [K; LENGTH] {
    fn into_order_keys(self) -> Vec<OrderKey> {
        self.into_iter().map(IntoOrderKey::into_order_key).collect()
    }
}

macro_rules! tuple_of_keys {
    ($($key:ident $index:tt),+) => {
        impl<$($key: IntoOrderKey),+> OrderKeys for ($($key,)+) {
            fn into_order_keys(self) -> Vec<OrderKey> {
                vec![$(self.$index.into_order_key()),+]
            }
        }
    };
}

tuple_of_keys!(A 0);
tuple_of_keys!(A 0, B 1);
tuple_of_keys!(A 0, B 1, C 2);
tuple_of_keys!(A 0, B 1, C 2, D 3);
tuple_of_keys!(A 0, B 1, C 2, D 3, E 4);
tuple_of_keys!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_of_keys!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_of_keys!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
