//! `POST /v1/stores`

use axum::extract::State;
use domain::{
    auth::rate::Rate,
    store::{admin_email::AdminEmail, name::StoreName},
    values::{country::Country, currency::Currency, locale::Locale, market::Market},
};
use utoipa::ToSchema;

use super::accepted::Accepted;
use crate::{
    api::rules::Rules,
    app::App,
    commands::Commands,
    problem::{FieldError, Problem, kind::ProblemType},
    request::{
        actor::Acting,
        body::{Body, Fields, RequestBody},
        context::RequestContext,
        idempotency::Idempotency,
        trace::Trace,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Creates,
    &[
        ProblemType::Malformed,
        ProblemType::NameTaken,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
        ProblemType::Conflict,
        ProblemType::KeyReused,
        ProblemType::OwnerQuota,
        ProblemType::PlatformQuota,
    ],
);

/// What a store is made from.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStore {
    /// Makes the store's id, which no living store may have, nor is it one of the platform's own
    /// addresses, such as `www` and `admin`.
    pub name: StoreName,
    /// Where its administrator is reached: unquoted, in ASCII, with a dotted domain.
    pub admin_email: AdminEmail,
    /// The language of its pages and its administration, one of those that the platform has; unless given, the
    /// platform's.
    pub locale: Option<Locale>,
    /// The country that it sells from; unless given, the platform's.
    pub country: Option<Country>,
    /// The currency of its prices; unless given, the platform's.
    pub currency: Option<Currency>,
}

impl RequestBody for NewStore {
    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.text("name", StoreName::parse);
        let admin_email = fields.text("adminEmail", AdminEmail::parse);
        let locale = fields.optional_text("locale", Locale::parse);
        let country = fields.optional_text("country", Country::parse);
        let currency = fields.optional_text("currency", Currency::parse);
        Some(Self { name: name?, admin_email: admin_email?, locale, country, currency })
    }
}

/// Creates a store.
#[utoipa::path(
    post,
    path = "/v1/stores",
    operation_id = "createStore",
    tag = "Stores",
    summary = "Create a store",
    params(Idempotency),
    request_body = NewStore,
    responses(Accepted),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    key: Idempotency,
    Body(NewStore { name, admin_email, locale, country, currency }): Body<NewStore>,
) -> Result<Accepted, Problem> {
    if let Some(locale) = locale.as_ref().filter(|locale| !app.settings.locales.contains(locale)) {
        return Err(Problem::Invalid(vec![FieldError::field(
            "locale",
            not_there(locale, &app.settings.locales),
        )]));
    }
    let mut parts = vec!["create", name.as_str(), admin_email.as_str()];
    // None of one can be taken for the other: a locale begins with a small letter, and the codes of countries and of
    // currencies have different lengths.
    parts.extend(locale.as_ref().map(Locale::as_str));
    parts.extend(country.as_ref().map(Country::as_str));
    parts.extend(currency.as_ref().map(Currency::as_str));
    let keyed = key.request(&actor.principal.name, &parts);
    let market = Market { locale, country, currency };
    let commands = Commands::new(&app, trace.traceparent());
    let created = commands.create_store(name, admin_email, market, &actor, keyed.as_ref()).await?;
    RequestContext::current().record(|outcome| outcome.store_created = !created.is_replay);
    Ok(created.into())
}

/// Why a store can't have `locale`.
fn not_there(locale: &Locale, there: &[Locale]) -> String {
    let there: Vec<_> = there.iter().map(Locale::as_str).collect();
    format!("{locale} is not among the platform's languages: {}", there.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewStore>();
    }
}
