//! The arguments of an attribute. Every error is spanned on the token that has to change.

use proc_macro2::{Span, TokenStream};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Path, Result, Token};

/// Which executor the function runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    MultiThread,
    CurrentThread,
    /// The local runtime, on which every task may be one that is not `Send`.
    Local,
}

/// What a panic in a task means for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnhandledPanic {
    Ignore,
    ShutdownRuntime,
}

/// The options there are, each with an example of its use.
const KNOWN: [(&str, &str); 6] = [
    ("flavor", "flavor = \"multi_thread\""),
    ("worker_threads", "worker_threads = 4"),
    ("start_paused", "start_paused = true"),
    ("name", "name = \"server\""),
    ("unhandled_panic", "unhandled_panic = \"shutdown_runtime\""),
    ("crate", "crate = \"plies\""),
];

/// What the attribute's arguments ask for.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) flavor: Option<Flavor>,
    pub(crate) worker_threads: Option<Located<usize>>,
    pub(crate) start_paused: Option<Located<bool>>,
    pub(crate) name: Option<LitStr>,
    pub(crate) unhandled_panic: Option<Located<UnhandledPanic>>,
    pub(crate) krate: Option<Path>,
}

/// A value and the argument it came from.
#[derive(Clone, Copy)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl Options {
    /// Reads all the arguments; the error holds every mistake in them, not only the first.
    pub(crate) fn parse(args: TokenStream, default: Flavor) -> Result<Self> {
        let args = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(args)?;
        let mut options = Self::default();
        let mut errors = Errors::default();
        let mut seen = Vec::new();
        for argument in args {
            let name = name_of(&argument);
            if seen.contains(&name) {
                errors.push(Error::new(
                    argument.span(),
                    format!("`{name}` is set twice"),
                ));
                continue;
            }
            errors.take(options.set(&name, argument));
            seen.push(name);
        }
        errors.take(options.agree(default));
        errors.finish(options)
    }

    fn set(&mut self, name: &str, argument: Meta) -> Result<()> {
        let Some((_, example)) = KNOWN.iter().find(|(known, _)| *known == name) else {
            return Err(Error::new(argument.path().span(), unknown(name)));
        };
        let Meta::NameValue(MetaNameValue { path, value, .. }) = argument else {
            let message = format!("`{name}` needs a value, as in `{example}`");
            return Err(Error::new(argument.span(), message));
        };
        let span = path.span();
        match name {
            "flavor" => self.flavor = Some(flavor(&value)?),
            "worker_threads" => {
                let value = worker_threads(&value)?;
                self.worker_threads = Some(Located { value, span });
            }
            "start_paused" => {
                let value = boolean(&value)?;
                self.start_paused = Some(Located { value, span });
            }
            "name" => self.name = Some(runtime_name(&value)?),
            "unhandled_panic" => {
                let value = unhandled_panic(&value)?;
                self.unhandled_panic = Some(Located { value, span });
            }
            _ => self.krate = Some(crate_path(&value)?),
        }
        Ok(())
    }

    /// Refuses options that make no sense together.
    fn agree(&self, default: Flavor) -> Result<()> {
        let mut errors = Errors::default();
        match self.flavor.unwrap_or(default) {
            Flavor::CurrentThread | Flavor::Local => {
                if let Some(workers) = self.worker_threads {
                    errors.push(Error::new(
                        workers.span,
                        "`worker_threads` needs `flavor = \"multi_thread\"`: \
                         the other flavors run on this thread alone",
                    ));
                }
            }
            Flavor::MultiThread => {
                if let Some(paused) = self.start_paused.filter(|paused| paused.value) {
                    errors.push(Error::new(
                        paused.span,
                        "`start_paused` needs `flavor = \"current_thread\"`: \
                         time cannot stand still while several workers run",
                    ));
                }
                let shutdown = |set: &Located<_>| set.value == UnhandledPanic::ShutdownRuntime;
                if let Some(set) = self.unhandled_panic.filter(shutdown) {
                    errors.push(Error::new(
                        set.span,
                        "`unhandled_panic = \"shutdown_runtime\"` needs `flavor = \
                         \"current_thread\"`: a thread in `block_on` of several workers could \
                         not be told",
                    ));
                }
            }
        }
        errors.finish(())
    }
}

/// Mistakes collected on the way, so that one build shows all of them.
#[derive(Default)]
struct Errors(Option<Error>);

impl Errors {
    fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    fn take(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.push(error);
        }
    }

    fn finish<T>(self, value: T) -> Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}

fn name_of(argument: &Meta) -> String {
    match argument.path().get_ident() {
        Some(ident) => ident.to_string(),
        None => "a path".to_owned(),
    }
}

fn unknown(name: &str) -> String {
    let hint = match name {
        "multi_thread" | "current_thread" | "local" => {
            return format!("write `flavor = \"{name}\"`");
        }
        "threads" | "workers" | "core_threads" | "num_workers" => {
            "; for the number of workers write `worker_threads = 4`"
        }
        "flavour" | "scheduler" => "; the executor is chosen by `flavor`",
        _ => "",
    };
    let [first @ .., (last, _)] = &KNOWN;
    let first: Vec<_> = first.iter().map(|(name, _)| format!("`{name}`")).collect();
    let known = first.join(", ");
    format!("unknown option `{name}`: expected {known} or `{last}`{hint}")
}

/// The literal behind `value`, looking through the group a `macro_rules!` fragment leaves.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

fn flavor(value: &Expr) -> Result<Flavor> {
    let wrong = |found: &str| {
        let message = format!(
            "{found}: `flavor` is \"multi_thread\", \"current_thread\" or \"local\", in quotes"
        );
        Error::new(value.span(), message)
    };
    let Some(Lit::Str(text)) = literal(value) else {
        return Err(wrong("not a string"));
    };
    match text.value().as_str() {
        "multi_thread" => Ok(Flavor::MultiThread),
        "current_thread" => Ok(Flavor::CurrentThread),
        "local" => Ok(Flavor::Local),
        other => Err(wrong(&format!("no flavor is called `{other}`"))),
    }
}

fn worker_threads(value: &Expr) -> Result<usize> {
    let wrong = |why: &str| {
        Error::new(
            value.span(),
            format!("`worker_threads` is an integer from 1 up: {why}"),
        )
    };
    let Some(Lit::Int(number)) = literal(value) else {
        return Err(wrong("this is not an integer literal"));
    };
    match number.base10_parse() {
        Ok(0) => Err(wrong("a runtime needs a worker")),
        Ok(count) => Ok(count),
        Err(error) => Err(wrong(&error.to_string())),
    }
}

fn boolean(value: &Expr) -> Result<bool> {
    match literal(value) {
        Some(Lit::Bool(bool)) => Ok(bool.value),
        _ => Err(Error::new(
            value.span(),
            "`start_paused` is `true` or `false`",
        )),
    }
}

fn runtime_name(value: &Expr) -> Result<LitStr> {
    match literal(value) {
        Some(Lit::Str(name)) => Ok(name.clone()),
        _ => Err(Error::new(
            value.span(),
            "`name` is the name of the runtime, in quotes",
        )),
    }
}

fn unhandled_panic(value: &Expr) -> Result<UnhandledPanic> {
    let found = match literal(value) {
        Some(Lit::Str(text)) => text.value(),
        _ => String::new(),
    };
    match found.as_str() {
        "ignore" => Ok(UnhandledPanic::Ignore),
        "shutdown_runtime" => Ok(UnhandledPanic::ShutdownRuntime),
        _ => Err(Error::new(
            value.span(),
            "`unhandled_panic` is \"ignore\" or \"shutdown_runtime\", in quotes",
        )),
    }
}

fn crate_path(value: &Expr) -> Result<Path> {
    let wrong = || {
        Error::new(
            value.span(),
            "`crate` is a path, as in `crate = \"my::plies\"`",
        )
    };
    match value {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path.clone()),
        _ => match literal(value) {
            Some(Lit::Str(text)) => text.parse_with(Path::parse_mod_style).map_err(|_| wrong()),
            _ => Err(wrong()),
        },
    }
}
