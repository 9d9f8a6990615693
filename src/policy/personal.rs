//! Personal data, and what holds for one kind of sink: meanings of those parts of a policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::doc::{Patterns, PersonalDoc, Problems, SinkDoc};
use super::{HostPattern, OutboundSettings, PersonalAction, PersonalSettings, Settings, SinkSettings};

/// The types of personal data that a policy can name. L3 has what they look like.
pub const PERSONAL_TYPES: &[&str] = &[
    "ar-cuit",
    "at-svnr",
    "au-tfn",
    "bank-account",
    "bank-routing",
    "be-national-number",
    "bg-egn",
    "birth-date",
    "br-cpf",
    "business-number",
    "ca-sin",
    "card",
    "ch-ahv",
    "cl-rut",
    "cn-id",
    "cz-rodne-cislo",
    "de-steuer-id",
    "dk-cpr",
    "driving-licence",
    "email",
    "es-dni",
    "es-nie",
    "fi-hetu",
    "fr-nir",
    "gr-amka",
    "health-number",
    "hk-id",
    "hr-oib",
    "iban",
    "ie-pps",
    "il-id",
    "imei",
    "in-aadhaar",
    "in-pan",
    "it-codice-fiscale",
    "jp-my-number",
    "kr-rrn",
    "licence-plate",
    "location",
    "mx-curp",
    "mx-rfc",
    "my-nric",
    "national-id",
    "network-address",
    "nl-bsn",
    "no-fodselsnummer",
    "nz-ird",
    "passport",
    "phone",
    "pl-pesel",
    "postal-address",
    "pt-nif",
    "ro-cnp",
    "ru-inn",
    "ru-snils",
    "se-personnummer",
    "sg-nric",
    "ssn",
    "th-id",
    "tr-tckn",
    "tw-id",
    "uk-nhs",
    "uk-nino",
    "uk-utr",
    "us-ein",
    "us-itin",
    "us-practitioner",
    "vin",
    "za-id",
];

pub(super) fn replaced(
    mut settings: PersonalSettings,
    doc: &PersonalDoc,
    problems: &mut Problems,
) -> PersonalSettings {
    settings.identity = doc.identity.unwrap_or(settings.identity);
    settings.payment = doc.payment.unwrap_or(settings.payment);
    settings.account = doc.account.unwrap_or(settings.account);
    settings.contact = doc.contact.unwrap_or(settings.contact);
    if let Some(named) = &doc.types {
        let mut types: BTreeMap<Arc<str>, PersonalAction> =
            settings.types.iter().map(|(name, action)| (Arc::clone(name), *action)).collect();
        for (name, action) in named {
            // SECURITY: a type that does not exist is a sentence about nothing.
            if PERSONAL_TYPES.contains(&name.value.as_str()) {
                types.insert(name.value.as_str().into(), *action);
            } else {
                let message = format!("there is no type `{}` of personal data", super::shown(&name.value));
                problems.push((name.place, message));
            }
        }
        settings.types = types.into_iter().collect();
    }
    settings
}

/// What is done about the type of this name where nothing is said of the type itself.
#[cfg(feature = "yaml")]
pub(super) fn of_group(settings: &PersonalSettings, name: &str) -> PersonalAction {
    match name {
        "card" => settings.payment,
        "bank-account" | "bank-routing" | "business-number" | "iban" | "us-ein" => settings.account,
        "birth-date" | "email" | "location" | "network-address" | "phone" | "postal-address" => {
            settings.contact
        }
        _ => settings.identity,
    }
}

fn named_hosts(hosts: &Patterns, problems: &mut Problems) -> Arc<[HostPattern]> {
    let mut named = Vec::with_capacity(hosts.len());
    for host in hosts {
        let pattern = HostPattern::read(&host.value);
        if pattern.is_none() {
            let message = format!(
                "`{}` is no host; write `example.com`, or `*.example.com` for all below it",
                super::shown(&host.value)
            );
            problems.push((host.place, message));
        }
        named.extend(pattern);
    }
    named.sort();
    named.dedup();
    named.into()
}

pub(super) fn sinks(settings: &Settings, docs: &[SinkDoc], problems: &mut Problems) -> Vec<SinkSettings> {
    let mut sinks: BTreeMap<Arc<str>, SinkSettings> = BTreeMap::new();
    for sink in docs {
        let base = settings.for_sink(&sink.kind.value);
        let said = SinkSettings {
            outbound: OutboundSettings {
                secrets: sink.outbound.secrets.unwrap_or(base.outbound.secrets),
                sensitive: sink.outbound.sensitive.unwrap_or(base.outbound.sensitive),
                untrusted_copy: sink.outbound.untrusted_copy.unwrap_or(base.outbound.untrusted_copy),
            },
            personal: replaced(base.personal, &sink.personal, problems),
            hosts: sink.hosts.as_ref().map(|hosts| named_hosts(hosts, problems)).or(base.hosts),
            links: sink.links.unwrap_or(base.links),
            kind: base.kind,
        };
        if sinks.insert(Arc::clone(&said.kind), said).is_some() {
            let message =
                format!("another entry speaks of `{}`; write them as one", super::shown(&sink.kind.value));
            problems.push((sink.kind.place, message));
        }
    }
    for sink in &settings.sinks {
        sinks.entry(Arc::clone(&sink.kind)).or_insert_with(|| sink.clone());
    }
    sinks.into_values().collect()
}
