//! The function that an attributed `async fn` becomes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, ItemFn, Path, Result, parse_quote};

use crate::options::{Flavor, Options, UnhandledPanic};

/// Which of the two attributes is being expanded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Main,
    Test,
}

impl Entry {
    fn default_flavor(self) -> Flavor {
        match self {
            Self::Main => Flavor::MultiThread,
            Self::Test => Flavor::CurrentThread,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Main => "plies::main",
            Self::Test => "plies::test",
        }
    }
}

/// Expands one attribute.
///
/// A mistake in the options still yields the function, with the defaults, next to the error: so
/// the compiler reports the mistake alone, and not also that `main` is missing or `async`.
pub(crate) fn expand(entry: Entry, args: TokenStream, item: TokenStream) -> TokenStream {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(error) => return with_error(item, &error),
    };
    if let Err(error) = check(entry, &function) {
        return with_error(as_plain(function), &error);
    }
    match Options::parse(args, entry.default_flavor()) {
        Ok(options) => rewrite(entry, function, &options),
        Err(error) => with_error(rewrite(entry, function, &Options::default()), &error),
    }
}

fn with_error(tokens: TokenStream, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    quote! { #tokens #error }
}

/// The function without `async` and with a body that fits any signature.
fn as_plain(mut function: ItemFn) -> TokenStream {
    function.sig.asyncness = None;
    *function.block = parse_quote!({ ::core::unreachable!() });
    quote! { #[allow(unused_variables)] #function }
}

/// Refuses functions that cannot become an entry point.
fn check(entry: Entry, function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        let message = format!(
            "`#[{}]` needs an `async fn`: write `async` here",
            entry.name()
        );
        return Err(Error::new(signature.fn_token.span, message));
    }
    let takes_none = entry == Entry::Test || signature.ident == "main";
    if takes_none && !signature.inputs.is_empty() {
        let what = if entry == Entry::Test {
            "a test"
        } else {
            "`main`"
        };
        return Err(Error::new(
            signature.inputs.span(),
            format!("{what} cannot take arguments"),
        ));
    }
    if entry == Entry::Test
        && let Some(second) = function
            .attrs
            .iter()
            .find(|attr| attr.path().is_ident("test"))
    {
        let message = "`#[plies::test]` already makes this a test: remove this `#[test]`";
        return Err(Error::new(second.span(), message));
    }
    Ok(())
}

fn rewrite(entry: Entry, mut function: ItemFn, options: &Options) -> TokenStream {
    function.sig.asyncness = None;
    let test = (entry == Entry::Test).then(|| quote! { #[::core::prelude::v1::test] });
    let builder = builder(entry, options);
    let body = &function.block;
    // A mismatch between the body and the signature is reported at the body's last token.
    let end = body.stmts.last().map_or_else(|| body.span(), Spanned::span);
    let call = quote_spanned! {end=>
        #[allow(clippy::expect_used, clippy::diverging_sub_expression, clippy::needless_return)]
        {
            return #builder
                .expect("the runtime could not be built")
                .block_on(body);
        }
    };
    *function.block = parse_quote!({
        let body = async #body;
        #call
    });
    quote! { #test #function }
}

/// The expression that builds the runtime, or says why it could not be built.
fn builder(entry: Entry, options: &Options) -> TokenStream {
    let plies = options
        .krate
        .clone()
        .unwrap_or_else(|| -> Path { parse_quote!(::plies) });
    let (flavor, build) = match options.flavor.unwrap_or(entry.default_flavor()) {
        Flavor::MultiThread => (quote! { new_multi_thread() }, quote! { build() }),
        Flavor::CurrentThread => (quote! { new_current_thread() }, quote! { build() }),
        Flavor::Local => (
            quote! { new_current_thread() },
            quote! { build_local(::core::default::Default::default()) },
        ),
    };
    let workers = options.worker_threads.map(|workers| {
        let count = workers.value;
        quote! { .worker_threads(#count) }
    });
    let paused = options.start_paused.map(|paused| {
        let value = paused.value;
        quote! { .start_paused(#value) }
    });
    let name = options.name.iter().map(|name| quote! { .name(#name) });
    let panic = options.unhandled_panic.map(|behavior| {
        let behavior = match behavior.value {
            UnhandledPanic::Ignore => quote! { Ignore },
            UnhandledPanic::ShutdownRuntime => quote! { ShutdownRuntime },
        };
        quote! { .unhandled_panic(#plies::runtime::UnhandledPanic::#behavior) }
    });
    quote! {
        #plies::runtime::Builder::#flavor
            .enable_all() #workers #paused #(#name)* #panic .#build
    }
}

#[cfg(test)]
mod tests;
