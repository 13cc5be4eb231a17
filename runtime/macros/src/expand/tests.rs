//! What each attribute becomes, and where its errors point.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Entry, expand};

/// The expansion as text without spaces, so that layout does not matter.
fn text(entry: Entry, args: TokenStream, item: TokenStream) -> String {
    squeeze(&expand(entry, args, item).to_string())
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

fn main_of(args: TokenStream) -> String {
    text(
        Entry::Main,
        args,
        quote! { async fn main() { work().await } },
    )
}

fn test_of(args: TokenStream) -> String {
    text(
        Entry::Test,
        args,
        quote! { async fn holds() { work().await } },
    )
}

/// The messages of all errors in the expansion, and the source text each of them points at.
///
/// The arguments are parsed from text, so that every token has a place in it.
fn errors(entry: Entry, args: &str, item: &str) -> Vec<(String, String)> {
    let parse = |source: &str| source.parse::<TokenStream>().unwrap();
    let tokens = expand(entry, parse(args), parse(item));
    let file: syn::File = syn::parse2(tokens).unwrap();
    file.items
        .into_iter()
        .filter_map(|item| match item {
            syn::Item::Macro(call) => Some(call.mac),
            _ => None,
        })
        .map(|call| {
            let at = call.path.segments[0].ident.span().source_text();
            let message: syn::LitStr = syn::parse2(call.tokens).unwrap();
            (message.value(), at.unwrap_or_default())
        })
        .collect()
}

fn one_error(entry: Entry, args: &str) -> (String, String) {
    let mut found = errors(entry, args, "async fn main() {}");
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn main_blocks_on_the_body_on_a_multi_thread_runtime() {
    let text = main_of(quote!());
    assert!(text.starts_with("fnmain(){"), "{text}");
    assert!(text.contains("letbody=async{work().await}"), "{text}");
    assert!(
        text.contains("::plies::runtime::Builder::new_multi_thread().enable_all().build()"),
        "{text}"
    );
}

#[test]
fn test_is_a_test_on_a_current_thread_runtime() {
    let text = test_of(quote!());
    assert!(
        text.starts_with("#[::core::prelude::v1::test]fnholds(){"),
        "{text}"
    );
    assert!(
        text.contains("Builder::new_current_thread().enable_all().build()"),
        "{text}"
    );
}

#[test]
fn options_reach_the_builder() {
    let text = main_of(quote!(flavor = "multi_thread", worker_threads = 3));
    assert!(text.contains("new_multi_thread().enable_all().worker_threads(3usize).build()"));
    let text = test_of(quote!(start_paused = true));
    assert!(text.contains("new_current_thread().enable_all().start_paused(true).build()"));
    let text = main_of(quote!(flavor = "current_thread"));
    assert!(text.contains("new_current_thread().enable_all().build()"));
}

#[test]
fn the_name_and_what_a_panic_means_reach_the_builder() {
    let text = main_of(quote!(name = "server"));
    assert!(
        text.contains(".enable_all().name(\"server\").build()"),
        "{text}"
    );
    let text = test_of(quote!(unhandled_panic = "shutdown_runtime", crate = a::b));
    let wanted = ".unhandled_panic(a::b::runtime::UnhandledPanic::ShutdownRuntime).build()";
    assert!(text.contains(wanted), "{text}");
    let text = main_of(quote!(unhandled_panic = "ignore"));
    assert!(text.contains("UnhandledPanic::Ignore).build()"), "{text}");
}

#[test]
fn the_local_flavor_builds_a_local_runtime() {
    let text = main_of(quote!(flavor = "local", start_paused = true));
    let wanted = "new_current_thread().enable_all().start_paused(true)\
                  .build_local(::core::default::Default::default())";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn the_crate_is_a_path_or_a_string() {
    assert!(main_of(quote!(crate = "a::b")).contains("returna::b::runtime::Builder"));
    assert!(main_of(quote!(crate = a::b)).contains("returna::b::runtime::Builder"));
    assert!(main_of(quote!(crate = ::a)).contains("return::a::runtime::Builder"));
}

#[test]
fn the_rest_of_the_function_is_kept() {
    let item = quote! {
        #[doc = "serves"]
        pub(crate) async fn serve<T: Into<u16>>(port: T) -> Result<(), Error> where T: Copy {
            Ok(())
        }
    };
    let text = text(Entry::Main, quote!(), item);
    assert!(text.starts_with("#[doc=\"serves\"]pub(crate)fnserve<T:Into<u16>>(port:T)->"));
    assert!(text.contains("Result<(),Error>whereT:Copy{"), "{text}");
}

#[test]
fn an_unknown_option_is_named_and_listed() {
    let (message, at) = one_error(Entry::Main, "wokers = 4");
    assert!(
        message.starts_with("unknown option `wokers`: expected `flavor`"),
        "{message}"
    );
    assert_eq!(at, "wokers");
}

#[test]
fn a_bad_value_is_where_the_error_points() {
    for (args, at, says) in [
        (
            "flavor = \"multi\"",
            "\"multi\"",
            "no flavor is called `multi`",
        ),
        ("flavor = multi_thread", "multi_thread", "in quotes"),
        ("worker_threads = 0", "0", "needs a worker"),
        ("worker_threads = \"4\"", "\"4\"", "not an integer literal"),
        ("crate = 3", "3", "`crate` is a path"),
        ("name = server", "server", "in quotes"),
        ("name = 7", "7", "in quotes"),
        ("unhandled_panic = \"abort\"", "\"abort\"", "\"ignore\" or"),
        ("unhandled_panic = true", "true", "\"ignore\" or"),
        (
            "flavor = \"current_thread\", start_paused = 1",
            "1",
            "`true` or `false`",
        ),
    ] {
        let (message, found) = one_error(Entry::Main, args);
        assert!(message.contains(says), "{args}: {message}");
        assert_eq!(found, at, "{args}");
    }
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let (message, at) = one_error(Entry::Main, "start_paused = true");
    assert!(
        message.contains("`flavor = \"current_thread\"`"),
        "{message}"
    );
    assert_eq!(at, "start_paused");
    let (message, at) = one_error(Entry::Test, "worker_threads = 2");
    assert!(message.contains("`flavor = \"multi_thread\"`"), "{message}");
    assert_eq!(at, "worker_threads");
    let (message, at) = one_error(Entry::Main, "flavor = \"local\", worker_threads = 2");
    assert!(message.contains("`flavor = \"multi_thread\"`"), "{message}");
    assert_eq!(at, "worker_threads");
    let (message, at) = one_error(Entry::Main, "unhandled_panic = \"shutdown_runtime\"");
    assert!(
        message.contains("`flavor = \"current_thread\"`"),
        "{message}"
    );
    assert_eq!(at, "unhandled_panic");
}

#[test]
fn every_mistake_is_reported_in_one_build() {
    let found = errors(
        Entry::Main,
        "wokers = 4, flavor = 1, flavor = 2",
        "async fn main() {}",
    );
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[2].0.contains("set twice"));
}

#[test]
fn an_option_without_a_value_is_shown_one() {
    let (message, at) = one_error(Entry::Main, "worker_threads");
    assert!(message.contains("as in `worker_threads = 4`"), "{message}");
    assert_eq!(at, "worker_threads");
}

#[test]
fn a_mistake_in_the_options_leaves_a_function_that_compiles() {
    let text = main_of(quote!(nonsense = 1));
    assert!(text.starts_with("fnmain(){letbody=async{"), "{text}");
    assert!(text.contains("compile_error!"), "{text}");
}

#[test]
fn a_function_that_is_not_async_is_refused() {
    let found = errors(Entry::Main, "", "fn main() {}");
    assert!(found[0].0.contains("needs an `async fn`"), "{found:?}");
    assert_eq!(found[0].1, "fn");
}

#[test]
fn arguments_are_refused_where_nobody_would_pass_them() {
    let found = errors(Entry::Main, "", "async fn main(port: u16) {}");
    assert!(
        found[0].0.contains("`main` cannot take arguments"),
        "{found:?}"
    );
    let found = errors(Entry::Test, "", "async fn holds(port: u16) {}");
    assert!(
        found[0].0.contains("a test cannot take arguments"),
        "{found:?}"
    );
    assert!(errors(Entry::Main, "", "async fn serve(port: u16) {}").is_empty());
}

#[test]
fn a_second_test_attribute_is_refused() {
    let found = errors(Entry::Test, "", "#[test] async fn holds() {}");
    assert!(found[0].0.contains("remove this `#[test]`"), "{found:?}");
}

#[test]
fn something_other_than_a_function_is_kept_next_to_the_error() {
    let text = text(Entry::Main, quote!(), quote! { struct Config; });
    assert!(text.starts_with("structConfig;"), "{text}");
    assert!(text.contains("compile_error!"), "{text}");
}
