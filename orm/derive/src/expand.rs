//! From the checked model to tokens: one generated item a file.

mod class;
mod constants;
mod fallback;
mod hierarchy;
mod hydrate;
mod key;
mod links;
mod meta;
mod position;
mod values;

pub(crate) use key::{MAX_KEY_COLUMNS, refers_to_itself};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput};

use crate::check;
use crate::errors::Errors;
use crate::model::{Derive, Model};

/// Runs `#[derive(Entity)]` or `#[derive(Embed)]`: returns the expansion, or all faults and a fallback.
pub(crate) fn derive(input: &DeriveInput, derive: Derive) -> TokenStream {
    let mut errors = Errors::default();
    if let (Derive::Entity, Data::Enum(variants)) = (derive, &input.data) {
        return hierarchy::derive(input, variants);
    }
    let model = match Model::new(input, derive, &mut errors) {
        Ok(model) => model,
        Err(fault) if input.generics.params.is_empty() => {
            return faulty(fault, fallback::fallback(&input.ident, derive, None));
        }
        Err(fault) => return fault.into_compile_error(),
    };
    check::check(&model, &mut errors);
    match errors.finish() {
        Ok(()) => scope(match derive {
            Derive::Entity => entity(&model),
            Derive::Embed => embedded(&model),
        }),
        Err(faults) => faulty(faults, fallback::fallback(&model.ident, derive, Some(&model))),
    }
}

/// Combines the faults with the fallback.
pub(crate) fn faulty(faults: syn::Error, fallback: TokenStream) -> TokenStream {
    let (faults, fallback) = (faults.into_compile_error(), scope(fallback));
    quote!(#faults #fallback)
}

/// Wraps items in a scope with the single name that generated code imports.
pub(crate) fn scope(items: TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            use ::orm::__derive as __orm;
            #items
        };
    }
}

fn entity(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let constants = constants::constants(model);
    let key = key::whole_key(model);
    let key_is_sensitive = key::is_sensitive(model);
    let key_checks = key::checks(model);
    let named_fields = key::named_fields(model);
    let entity_meta = meta::entity_meta(model);
    let values = values::values(model);
    let links = links::links(model);
    let (hydrate, refresh) = (hydrate::hydrate(model), hydrate::refresh(model));
    let root = match &model.root {
        Some(root) => quote!(__orm::class_root!(#root);),
        None => quote!(__orm::own_root!();),
    };
    let (views, class) = (class::views(model), class::class(model));
    quote! {
        #constants
        #[automatically_derived]
        impl __orm::Record for #ident {
            fn meta(&self) -> &'static __orm::EntityMeta { <Self as __orm::Entity>::entity_meta() }
            #values
            #links
            #refresh
            #views
        }
        #[automatically_derived]
        impl __orm::Entity for #ident {
            type PrimaryKey = #key;
            #key_is_sensitive
            #root
            #entity_meta
            #hydrate
        }
        #class
        #named_fields
        #key_checks
    }
}

fn embedded(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let constants = constants::constants(model);
    let counts = position::counts(model);
    let key = key::embedded_key(model);
    let key_checks = key::checks(model);
    let describe = meta::describe(model);
    let values = values::values(model);
    let links = links::links(model);
    let (hydrate, refresh) = (hydrate::hydrate(model), hydrate::refresh(model));
    quote! {
        #constants
        #[automatically_derived]
        #[allow(unused_variables, reason = "there may be no column to use a parameter for")]
        impl __orm::Embedded for #ident {
            #counts
            #describe
            #values
            #links
            #hydrate
            #refresh
        }
        #key
        #key_checks
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenTree;
    use syn::parse_quote;

    use super::*;

    fn count(tokens: TokenStream) -> usize {
        let count = |token| match token {
            TokenTree::Group(group) => 2 + count(group.stream()),
            _ => 1,
        };
        tokens.into_iter().map(count).sum()
    }

    /// Limits the expansion, because it decides compile time. Raise the limit only for code that no function of
    /// `__derive` can contain.
    #[test]
    fn the_expansion_of_six_fields_stays_small() {
        let input = parse_quote! {
            #[entity(table = "user_account")]
            struct User {
                #[entity(primary_key)]
                id: Auto<i64>,
                #[entity(length = 50, unique, index)]
                name: String,
                fullname: Option<String>,
                age: i32,
                #[entity(inverse = "user", cascade = "all, delete-orphan", order_by = "id")]
                addresses: HasMany<Address>,
                #[entity(column = "team_id")]
                team: BelongsTo<Option<Team>>,
            }
        };
        let tokens = count(derive(&input, Derive::Entity));
        assert!(tokens <= 1860, "{tokens} tokens");
    }

    #[test]
    fn generated_code_names_only_the_hidden_module() {
        let input = parse_quote! {
            struct Node {
                #[entity(primary_key)]
                id: Auto<i64>,
                #[entity(inverse = "parent", key = "name")]
                children: HasMany<Self>,
                parent: BelongsTo<Node>,
                #[entity(embed)]
                times: Timestamps,
            }
        };
        let expansion = derive(&input, Derive::Entity).to_string();
        let words: Vec<&str> = expansion.split_whitespace().collect();
        let prelude = ["Some", "None", "Ok", "Err", "Vec", "Result", "Option", "Default", "String"];
        for pair in words.windows(2).filter(|pair| prelude.contains(&pair[1])) {
            assert_eq!(pair[0], "::", "`{}` is named without its path", pair[1]);
        }
    }
}
