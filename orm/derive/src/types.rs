//! Types of fields as a derive sees them: recognized by the last segment of their path.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Ident, PathArguments, PathSegment, Type};

/// The last segment of a path: `BelongsTo<User>` of `orm::BelongsTo<User>`.
pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        // A type that a `macro_rules!` macro passed on arrives in a group.
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The name of the last segment.
pub(crate) fn name(ty: &Type) -> Option<String> {
    last_segment(ty).map(|segment| segment.ident.to_string())
}

/// The `T` of `wrapper<T>`.
pub(crate) fn inner<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}

/// `T` for `wrapper<T>`, and `ty` for any other type.
pub(crate) fn without<'a>(ty: &'a Type, wrapper: &str) -> &'a Type {
    inner(ty, wrapper).unwrap_or(ty)
}

/// Generated code that is to be blamed on a place of the user's.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// The type for generated code: the struct's name replaces `Self`, which is not valid in a `static`, and the tokens are
/// marked as generated, so that lints do not apply twice.
pub(crate) fn generated(ty: &Type, owner: &Ident) -> Type {
    fn replace(tokens: TokenStream, owner: &Ident) -> TokenStream {
        let replaced = tokens.into_iter().map(|token| {
            let span = generated_at(token.span());
            let mut token = match token {
                TokenTree::Ident(word) if word == "Self" => TokenTree::Ident(owner.clone()),
                TokenTree::Group(group) => {
                    TokenTree::Group(Group::new(group.delimiter(), replace(group.stream(), owner)))
                }
                // `$crate` resolves by its span.
                TokenTree::Ident(word) if word == "$crate" => return TokenTree::Ident(word),
                other => other,
            };
            token.set_span(span);
            token
        });
        replaced.collect()
    }
    syn::parse2(replace(ty.to_token_stream(), owner)).unwrap_or_else(|_| ty.clone())
}

/// `UserAccount` -> `user_account`, `HTTPServer` -> `http_server`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let after_lower = at > 0 && !letters[at - 1].is_uppercase() && letters[at - 1] != '_';
        let before_lower =
            at > 0 && letters[at - 1] != '_' && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || before_lower) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case() {
        for (name, expected) in [
            ("User", "user"),
            ("UserAccount", "user_account"),
            ("HTTPServer", "http_server"),
            ("Page2", "page2"),
            ("Already_Snake", "already_snake"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }

    #[test]
    fn wrappers_are_known_by_their_last_segment() {
        let ty: Type = syn::parse_quote!(orm::Auto<Option<i64>>);
        let inside = inner(&ty, "Auto").unwrap_or_else(|| panic!("Auto is seen"));
        assert_eq!(name(without(inside, "Option")).as_deref(), Some("i64"));
        assert!(inner(&ty, "Option").is_none());
    }
}
