//! The derive for an enum: the root of a hierarchy, whose variants hold the classes.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DataEnum, DeriveInput, Fields, Ident, LitStr, Type, Variant};

use super::{fallback, faulty, scope};
use crate::attribute::{self, Attributes, Key};
use crate::errors::{Errors, quoted};
use crate::model::Derive;
use crate::types;

/// The kinds of inheritance, and the variants of `Inheritance`.
const KINDS: &[(&str, &str)] = &[("single", "Single"), ("joined", "Joined"), ("concrete", "Concrete")];

/// The parsed enum.
struct Root {
    ident: Ident,
    vis: syn::Visibility,
    /// A variant of `Inheritance`.
    inheritance: Ident,
    discriminator: LitStr,
    classes: Vec<Class>,
}

/// A variant and its class.
struct Class {
    variant: Ident,
    /// The type as written.
    written: Type,
    ty: Type,
    identity: String,
}

pub(crate) fn derive(input: &DeriveInput, variants: &DataEnum) -> TokenStream {
    let mut errors = Errors::default();
    let root = read(input, variants, &mut errors);
    match (errors.finish(), root) {
        (Ok(()), Some(root)) => scope(expand(&root)),
        (Ok(()), None) => TokenStream::new(),
        (Err(faults), _) if input.generics.params.is_empty() => {
            faulty(faults, fallback::fallback(&input.ident, Derive::Entity, None))
        }
        (Err(faults), _) => faults.into_compile_error(),
    }
}

fn read(input: &DeriveInput, variants: &DataEnum, errors: &mut Errors) -> Option<Root> {
    if !input.generics.params.is_empty() {
        errors.push_at(&input.generics, "the root of a hierarchy is one type for its tables and cannot be generic");
    }
    let attributes = Attributes::parse(&input.attrs, attribute::ENUM, errors);
    let ident = input.ident.clone();
    let Some(kind) = attributes.text(Key::Inheritance) else {
        errors.push(
            ident.span(),
            "an entity is a struct, or an enum whose variants hold the classes of a hierarchy: add \
             `#[entity(inheritance = \"single\")]`, `\"joined\"` or `\"concrete\"`; for a column that holds one of several words, derive `ColumnEnum`",
        );
        return None;
    };
    let inheritance = KINDS.iter().find(|(known, _)| *known == kind.value());
    if inheritance.is_none() {
        let known: Vec<&str> = KINDS.iter().map(|(known, _)| *known).collect();
        errors.push(kind.span(), format!("unknown inheritance `{}`; accepted: {}", kind.value(), quoted(&known)));
    }
    let classes: Vec<Class> =
        variants.variants.iter().filter_map(|variant| read_class(variant, &ident, errors)).collect();
    if variants.variants.is_empty() {
        errors.push(ident.span(), "a hierarchy has classes: add a variant for each, the base class first");
    }
    for (at, class) in classes.iter().enumerate() {
        if classes[..at].iter().any(|other| other.identity == class.identity) {
            let message = format!(
                "another variant has the identity `{}` already; give this one `#[entity(identity = \"...\")]`",
                class.identity
            );
            errors.push(class.variant.span(), message);
        }
    }
    let discriminator = attributes.text(Key::Discriminator).cloned();
    let discriminator = discriminator.unwrap_or_else(|| LitStr::new("type", ident.span()));
    let (_, inheritance) = inheritance?;
    Some(Root {
        vis: input.vis.clone(),
        inheritance: Ident::new(inheritance, kind.span()),
        discriminator,
        ident,
        classes,
    })
}

fn read_class(variant: &Variant, root: &Ident, errors: &mut Errors) -> Option<Class> {
    let attributes = Attributes::parse(&variant.attrs, attribute::VARIANT, errors);
    let name = variant.ident.unraw().to_string();
    let ty = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first().map(|field| field.ty.clone()),
        _ => None,
    };
    let Some(written) = ty else {
        let message = format!("a variant holds the struct of one class: write `{name}({name})`");
        errors.push_at(variant, message);
        return None;
    };
    let identity = attributes.text(Key::Identity).map_or_else(|| types::snake_case(&name), LitStr::value);
    Some(Class { variant: variant.ident.clone(), ty: types::generated(&written, root), written, identity })
}

fn expand(root: &Root) -> TokenStream {
    let Root { ident, vis, inheritance, discriminator, classes } = root;
    let base = &classes[0].ty;
    let name = ident.to_string();
    let constant = Ident::new(&discriminator.value().to_uppercase(), discriminator.span());
    let constant = syn::parse2::<Ident>(quote!(#constant)).ok().map(|constant| {
        let doc = format!("The column `{}`, which tells the classes apart.", discriminator.value());
        quote! {
            #[allow(dead_code, reason = "a program need not query by it")]
            impl #ident {
                #[doc = #doc]
                #vis const #constant: __orm::Column<#ident, __orm::String> =
                    __orm::column_constant(<#base as __orm::ClassOf<#ident>>::TABLE, #discriminator);
            }
        }
    });
    let hierarchy = hierarchy(root);
    let key = quote!(<#base as __orm::Entity>::PrimaryKey);
    let key = if inheritance == "Concrete" { quote!(<#key as __orm::ClassPrefixedKey>::Key) } else { key };
    let places = (0..classes.len()).map(|at| place(root, at));
    let checks = checks(root);
    quote! {
        #constant
        #[automatically_derived]
        impl __orm::Record for #ident { __orm::root_record!(); }
        #[automatically_derived]
        impl __orm::Entity for #ident {
            type PrimaryKey = #key;
            const KEY_IS_SENSITIVE: bool = <#base as __orm::Entity>::KEY_IS_SENSITIVE;
            __orm::own_root!();
            fn entity_meta() -> &'static __orm::EntityMeta {
                static META: __orm::LazyLock<__orm::EntityMeta> = __orm::LazyLock::new(|| {
                    __orm::root_meta::<#ident>(#name, __orm::Inheritance::#inheritance, #discriminator)
                });
                &META
            }
            fn hydrate(row: &mut dyn __orm::RowReader, at: usize) -> __orm::Result<Self, __orm::ReadError> {
                __orm::hydrate(row, at)
            }
        }
        #[automatically_derived]
        impl __orm::IsA<#base> for #ident {}
        #[automatically_derived]
        impl<const NAME: u64> __orm::NamedField<NAME> for #ident where #base: __orm::NamedField<NAME> {
            type Type = <#base as __orm::NamedField<NAME>>::Type;
        }
        #hierarchy
        #(#places)*
        #checks
    }
}

fn hierarchy(root: &Root) -> TokenStream {
    let (ident, classes) = (&root.ident, &root.classes);
    let base = &classes[0].ty;
    let (variants, types): (Vec<_>, Vec<_>) = classes.iter().map(|class| (&class.variant, &class.ty)).unzip();
    let identities = classes.iter().map(|class| &class.identity);
    let names = types.iter().map(|ty| types::name(ty).unwrap_or_default());
    let numbers: Vec<Literal> = (0..classes.len()).map(Literal::usize_unsuffixed).collect();
    quote! {
        #[automatically_derived]
        impl __orm::Hierarchy for #ident {
            const DISCRIMINATOR: __orm::ColumnPosition = __orm::ColumnPosition(<#base as __orm::Class>::COLUMNS);
            const IDENTITIES: &'static [&'static str] = &[#(#identities),*];
            fn variant(&self) -> (usize, &dyn __orm::Record) {
                match self { #(Self::#variants(class) => (#numbers, class),)* }
            }
            fn variant_mut(&mut self) -> &mut dyn __orm::Record {
                match self { #(Self::#variants(class) => class,)* }
            }
            fn hydrate_variant(
                variant: usize,
                row: &mut dyn __orm::RowReader,
                at: usize,
            ) -> __orm::Result<Self, __orm::ReadError> {
                __orm::Ok(match variant {
                    #(#numbers => Self::#variants(__orm::Entity::hydrate(row, at)?),)*
                    _ => return __orm::Err(__orm::ReadError::new(at, "a class", "none")),
                })
            }
            fn classes() -> __orm::Vec<__orm::ClassSpec> {
                __orm::Vec::from([#(__orm::ClassSpec::of::<#types>(#names)),*])
            }
        }
    }
}

/// Positions of a class's columns and relationships, and the conversions between class and root.
fn place(root: &Root, at: usize) -> TokenStream {
    let Root { ident, inheritance, classes, .. } = root;
    let Class { variant, ty, written, .. } = &classes[at];
    let (number, base) = (Literal::usize_unsuffixed(at), &classes[0].ty);
    let own = if inheritance == "Single" { base } else { ty };
    let apart = inheritance == "Joined" && at > 0;
    let before: Vec<&Type> = classes[..at].iter().map(|class| &class.ty).collect();
    // Behind the columns of the base class comes the discriminator.
    let discriminator = Literal::usize_unsuffixed(usize::from(at > 0));
    let others = (classes.len() > 1).then(|| quote!(other => __orm::Err(other),));
    quote_spanned! {types::generated_at(written.span())=>
        #[automatically_derived]
        impl __orm::ClassOf<#ident> for #ty {
            const VARIANT: usize = #number;
            const TABLE: &'static str = <#own as __orm::Class>::OWN_TABLE;
            const APART: bool = #apart;
            const FIRST_COLUMN: usize = #discriminator #(+ <#before as __orm::Class>::COLUMNS)*;
            const FIRST_RELATION: usize = 0 #(+ <#before as __orm::Class>::RELATIONS)*;
            fn wrap(self) -> #ident { #ident::#variant(self) }
            fn unwrap(root: #ident) -> __orm::Result<Self, #ident> {
                match root { #ident::#variant(class) => __orm::Ok(class), #others }
            }
        }
        #[automatically_derived]
        impl __orm::From<#ty> for #ident {
            fn from(class: #ty) -> Self { Self::#variant(class) }
        }
    }
}

/// Compile-time assertions about the classes.
fn checks(root: &Root) -> TokenStream {
    let Root { inheritance, discriminator, classes, .. } = root;
    let message = format!(
        "the discriminator `{}` is also a column of a class: name another one, `discriminator = \"...\"`",
        discriminator.value()
    );
    let checks = classes.iter().enumerate().map(|(at, class)| {
        let (ty, first) = (&class.ty, at == 0);
        let single = inheritance == "Single";
        let names = format_ident!("NAMES");
        let base = quote_spanned! {types::generated_at(class.written.span())=>
            const _: () = __orm::check_base::<#ty, #first, #single>();
        };
        quote_spanned! {types::generated_at(discriminator.span())=>
            #base
            const _: () = assert!(!__orm::collides(#discriminator, <#ty as __orm::Class>::#names), #message);
        }
    });
    quote!(#(#checks)*)
}
