//! What the compiler is made to check about types that hold secrets.

/// Fails to compile where a type implements `Clone` or `Debug`, or is not
/// wiped when dropped.
///
/// With one implementation for every type and a second one for those that
/// implement the trait, the type parameter can only be inferred for a type that
/// does not.
macro_rules! assert_secret {
    ($($secret:ty),+ $(,)?) => {$(
        const _: fn() = || {
            trait Unless<Which> {
                fn infer() {}
            }
            struct Cloned;
            struct Shown;
            impl<T: ?Sized> Unless<()> for T {}
            impl<T: ?Sized + Clone> Unless<Cloned> for T {}
            impl<T: ?Sized + core::fmt::Debug> Unless<Shown> for T {}
            let _ = <$secret as Unless<_>>::infer;

            fn wiped<T: zeroize::ZeroizeOnDrop>() {}
            let _ = wiped::<$secret>;
        };
    )+};
}

pub(crate) use assert_secret;
