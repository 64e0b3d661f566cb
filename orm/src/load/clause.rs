//! What ORDER BY and GROUP BY take: one thing, or several as a tuple or a list.

use crate::sql::tree::{Node, OrderKey};
use crate::sql::{Expression, IntoOrderKey};

/// One order key, or several as a tuple or a list.
pub trait OrderKeys {
    /// Hands them over.
    #[doc(hidden)]
    fn push_onto(self, keys: &mut Vec<OrderKey>);
}

/// One expression, or several as a tuple.
pub trait Expressions {
    /// Hands them over.
    #[doc(hidden)]
    fn push_onto(self, nodes: &mut Vec<Node>);
}

impl<K: IntoOrderKey> OrderKeys for K {
    fn push_onto(self, keys: &mut Vec<OrderKey>) {
        keys.push(self.into_order_key());
    }
}

impl<K: IntoOrderKey> OrderKeys for Vec<K> {
    fn push_onto(self, keys: &mut Vec<OrderKey>) {
        keys.extend(self.into_iter().map(IntoOrderKey::into_order_key));
    }
}

impl<X: Expression> Expressions for X {
    fn push_onto(self, nodes: &mut Vec<Node>) {
        nodes.push(self.into_order_node());
    }
}

macro_rules! tuple_of_keys {
    ($($key:ident $index:tt),+) => {
        impl<$($key: IntoOrderKey),+> OrderKeys for ($($key,)+) {
            fn push_onto(self, keys: &mut Vec<OrderKey>) {
                $(keys.push(self.$index.into_order_key());)+
            }
        }

        impl<$($key: Expression),+> Expressions for ($($key,)+) {
            fn push_onto(self, nodes: &mut Vec<Node>) {
                $(nodes.push(self.$index.into_order_node());)+
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
