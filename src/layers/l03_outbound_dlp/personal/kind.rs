//! The types of personal data: names, rules, groups.

use crate::base::{Layer, Rule, Severity};

/// What kind of thing a type is. The presets treat the groups differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalGroup {
    /// What a state or a maker gave to one person, or to what they own.
    Identity,
    /// What money is paid with: numbers of cards.
    Payment,
    /// Where money is paid to: accounts, banks, businesses. Ordinary in an invoice.
    Account,
    /// How to reach a person, and when they were born.
    Contact,
}

/// A type of personal data: a row of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct PersonalType {
    name: &'static str,
    rule: Rule,
    group: PersonalGroup,
}

impl PersonalType {
    /// Its stable name: `iban`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The rule that findings of this type have.
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// What kind of thing it is.
    pub const fn group(&self) -> PersonalGroup {
        self.group
    }
}

macro_rules! types {
    ($($constant:ident $name:literal $group:ident $severity:ident $what:literal)+) => {
        $(pub(super) const $constant: PersonalType = PersonalType {
            name: $name,
            rule: Rule::new(
                Layer::OutboundDlp,
                concat!("l3/pii/", $name),
                Severity::$severity,
                concat!("The text holds ", $what),
            ),
            group: PersonalGroup::$group,
        };)+
        /// Every type of personal data.
        pub const TYPES: &[PersonalType] = &[$($constant),+];
    };
}

types! {
    CARD "card" Payment High "the number of a payment card"
    IBAN "iban" Account Low "an international bank account number"
    BANK_ACCOUNT "bank-account" Account Low "the number of a bank account"
    BANK_ROUTING "bank-routing" Account Low "the routing number of a bank"
    BUSINESS "business-number" Account Low "the tax number of a business"
    EIN "us-ein" Account Low "an employer identification number of the United States"
    SSN "ssn" Identity High "a social security number"
    ITIN "us-itin" Identity High "a taxpayer identification number of the United States"
    PRACTITIONER "us-practitioner" Identity Low "the number of a practitioner of the United States"
    HEALTH "health-number" Identity High "a number of a patient or an insured person"
    UK_NHS "uk-nhs" Identity High "a number of the National Health Service"
    UK_NINO "uk-nino" Identity High "a national insurance number of the United Kingdom"
    UK_UTR "uk-utr" Identity High "a taxpayer reference of the United Kingdom"
    CA_SIN "ca-sin" Identity High "a social insurance number of Canada"
    AU_TFN "au-tfn" Identity High "a tax file number of Australia"
    NZ_IRD "nz-ird" Identity High "a tax number of New Zealand"
    ES_DNI "es-dni" Identity High "an identity number of Spain"
    ES_NIE "es-nie" Identity High "an identity number of a foreigner in Spain"
    FR_NIR "fr-nir" Identity High "a social security number of France"
    NL_BSN "nl-bsn" Identity High "a citizen service number of the Netherlands"
    PL_PESEL "pl-pesel" Identity High "a PESEL number of Poland"
    DE_STEUER_ID "de-steuer-id" Identity High "a tax identification number of Germany"
    SE_PERSONNUMMER "se-personnummer" Identity High "a personal number of Sweden"
    DK_CPR "dk-cpr" Identity High "a personal number of Denmark"
    NO_FNR "no-fodselsnummer" Identity High "a birth number of Norway"
    FI_HETU "fi-hetu" Identity High "a personal identity code of Finland"
    IN_AADHAAR "in-aadhaar" Identity High "an Aadhaar number of India"
    IN_PAN "in-pan" Identity High "a permanent account number of India"
    BR_CPF "br-cpf" Identity High "a CPF number of Brazil"
    KR_RRN "kr-rrn" Identity High "a resident registration number of Korea"
    CN_ID "cn-id" Identity High "a resident identity number of China"
    SG_NRIC "sg-nric" Identity High "an identity number of Singapore"
    IT_CODICE_FISCALE "it-codice-fiscale" Identity High "a tax code of Italy"
    MX_CURP "mx-curp" Identity High "a CURP of Mexico"
    MX_RFC "mx-rfc" Identity High "a taxpayer number of Mexico"
    CH_AHV "ch-ahv" Identity High "a social security number of Switzerland"
    BE_NRN "be-national-number" Identity High "a national number of Belgium"
    TR_TCKN "tr-tckn" Identity High "an identity number of Turkey"
    ZA_ID "za-id" Identity High "an identity number of South Africa"
    JP_MY_NUMBER "jp-my-number" Identity High "an individual number of Japan"
    TH_ID "th-id" Identity High "an identity number of Thailand"
    IL_ID "il-id" Identity High "an identity number of Israel"
    IE_PPS "ie-pps" Identity High "a personal public service number of Ireland"
    PT_NIF "pt-nif" Identity High "a tax number of Portugal"
    RO_CNP "ro-cnp" Identity High "a personal number of Romania"
    BG_EGN "bg-egn" Identity High "a personal number of Bulgaria"
    HR_OIB "hr-oib" Identity High "a personal number of Croatia"
    CZ_RC "cz-rodne-cislo" Identity High "a birth number of Czechia or Slovakia"
    AT_SVNR "at-svnr" Identity High "a social insurance number of Austria"
    GR_AMKA "gr-amka" Identity High "a social security number of Greece"
    HK_ID "hk-id" Identity High "an identity number of Hong Kong"
    TW_ID "tw-id" Identity High "an identity number of Taiwan"
    MY_NRIC "my-nric" Identity High "an identity number of Malaysia"
    RU_SNILS "ru-snils" Identity High "an insurance number of Russia"
    RU_INN "ru-inn" Identity High "a taxpayer number of Russia"
    AR_CUIT "ar-cuit" Identity High "a tax number of Argentina"
    CL_RUT "cl-rut" Identity High "a tax number of Chile"
    NATIONAL_ID "national-id" Identity High "the number of an identity card"
    PASSPORT "passport" Identity High "the number of a passport"
    DRIVING_LICENCE "driving-licence" Identity High "the number of a driving licence"
    VIN "vin" Identity Low "the identification number of a vehicle"
    PLATE "licence-plate" Identity Low "the plate of a vehicle"
    IMEI "imei" Identity Low "the number of a mobile device"
    EMAIL "email" Contact Low "an address of mail"
    PHONE "phone" Contact Low "a telephone number"
    BIRTH "birth-date" Contact Low "a date of birth"
    POSTAL "postal-address" Contact Low "a postal address"
    NETWORK "network-address" Contact Low "a network address"
    PLACE "location" Contact Low "the coordinates of a place"
}
