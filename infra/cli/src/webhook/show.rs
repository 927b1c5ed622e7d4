//! Webhooks and their deliveries as people read them.

use std::fmt::{self, Formatter};

use crate::{
    api::answers::{Delivery, DeliveryTry, Webhook, WebhookWithSecret},
    output::{harmless, line},
};

/// Writes a table of webhooks.
pub(crate) fn webhooks(webhooks: &[Webhook], f: &mut Formatter<'_>) -> fmt::Result {
    if webhooks.is_empty() {
        return writeln!(f, "There are no webhooks.");
    }
    writeln!(f, "{:<37} {:<16} {:<10} {:<24} URL", "ID", "OWNER", "STATE", "EVENTS")?;
    for webhook in webhooks {
        let Webhook { id, owner, url, events, .. } = webhook;
        let (id, owner) = (id.to_string(), owner.as_deref().unwrap_or("all"));
        writeln!(f, "{id:<37} {owner:<16} {:<10} {:<24} {url}", state(webhook), events.join(" "))?;
    }
    Ok(())
}

fn state(webhook: &Webhook) -> &str {
    match (&webhook.disabled_reason, webhook.failing_since) {
        (Some(reason), _) => reason,
        (None, Some(_)) => "failing",
        (None, None) => "good",
    }
}

/// Writes what there is to know of one webhook.
pub(crate) fn webhook(webhook: &Webhook, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f)?;
    line(f, "Webhook", &webhook.id.to_string())?;
    line(f, "URL", &webhook.url)?;
    line(f, "Events", &webhook.events.join(" "))?;
    line(f, "Owner", webhook.owner.as_deref().unwrap_or("all"))?;
    if let Some(description) = &webhook.description {
        line(f, "About", description)?;
    }
    line(f, "Created", &webhook.created_at.to_string())?;
    if let Some(at) = webhook.secret_rotated_at {
        line(f, "Secret", &format!("the present one since {at}"))?;
    }
    if let Some(since) = webhook.failing_since {
        line(f, "Failing", &format!("since {since}"))?;
    }
    if let (Some(at), Some(reason)) = (webhook.disabled_at, &webhook.disabled_reason) {
        line(f, "Disabled", &format!("since {at}: {reason}"))?;
    }
    Ok(())
}

/// Writes a webhook with its secret.
pub(crate) fn webhook_with_secret(webhook: &WebhookWithSecret, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f)?;
    line(f, "Webhook", &webhook.id.to_string())?;
    line(f, "URL", &webhook.url)?;
    line(f, "Events", &webhook.events.join(" "))?;
    line(f, "Secret", &webhook.secret)?;
    writeln!(f, "It is shown this once.")
}

/// Writes a table of deliveries.
pub(crate) fn deliveries(deliveries: &[Delivery], f: &mut Formatter<'_>) -> fmt::Result {
    if deliveries.is_empty() {
        return writeln!(f, "Nothing was sent to it yet.");
    }
    writeln!(f, "{:<37} {:<22} {:<30} {:<10} {:<6} AT", "ID", "EVENT", "STORE", "STATUS", "TRIES")?;
    for Delivery { id, event, store, status, at, tries, .. } in deliveries {
        let (id, store) = (id.to_string(), store.as_deref().unwrap_or("-"));
        let at = at.strftime("%d %b %H:%M:%S");
        writeln!(f, "{id:<37} {event:<22} {store:<30} {status:<10} {:<6} {at}", tries.len())?;
    }
    Ok(())
}

/// Writes what there is to know of one delivery.
pub(crate) fn delivery(delivery: &Delivery, f: &mut Formatter<'_>) -> fmt::Result {
    let Delivery { id, event, store, status, at, created_at, tries } = delivery;
    writeln!(f)?;
    line(f, "Delivery", &id.to_string())?;
    line(f, "Event", event)?;
    if let Some(store) = store {
        line(f, "Store", store)?;
    }
    line(f, "Status", &format!("{status}, {} {at}", if status == "Due" { "at" } else { "since" }))?;
    line(f, "Created", &created_at.to_string())?;
    for DeliveryTry { at, duration_ms, response_status, excerpt, error } in tries {
        let answer = match (response_status, error) {
            (Some(status), _) => status.to_string(),
            (None, Some(error)) => harmless(error),
            (None, None) => "no answer".to_owned(),
        };
        line(f, "Try", &format!("{at} {answer} ({duration_ms} ms)"))?;
        // What a stranger has answered.
        for text in excerpt.iter().flat_map(|excerpt| excerpt.lines()).filter(|text| !text.is_empty()) {
            line(f, "", &harmless(text))?;
        }
    }
    Ok(())
}
