//! Codes that somebody else keeps the list of.

/// Makes the type of a code that is one of `$codes`, and its error, which says `$message`.
macro_rules! listed_code {
    (
        $(#[$doc:meta])*
        $name:ident, $error:ident: $message:tt,
        $codes:ident, pattern = $pattern:tt, example = $example:tt
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "schema", schema(value_type = String, pattern = $pattern, examples($example)))]
        #[serde(into = "String")]
        pub struct $name(String);

        /// The text is no such code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($message)]
        pub struct $error;

        impl $name {
            /// Takes a code as its list spells it.
            ///
            /// # Errors
            #[doc = concat!("[`", stringify!($error), "`] where it is not in the list.")]
            pub fn parse(text: &str) -> Result<Self, $error> {
                let is_code = $codes.split_ascii_whitespace().any(|code| code == text);
                is_code.then(|| Self(text.to_owned())).ok_or($error)
            }

            /// Takes back what was valid when it was written: a code that is withdrawn does not make the record of a
            /// store unreadable.
            pub(crate) fn from_record(text: String) -> Self {
                Self(text)
            }

            /// The code.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }
    };
}

pub(super) use listed_code;
