//! What the user asked for: their own words, and whether these ask for what a tool does.
//!
//! A tool's verb is looked for among the user's words, by itself and by the words that people use for it. English has
//! its inflections, other languages their commonest forms. A verb that is not known has to stand in the user's words
//! itself.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::state::Key;
use crate::text::NormalizedText;
use crate::text::shingle::{self, TokenKey, TokenKind};
use crate::values::name_words;

/// Words of a tool's name, and the words by which people ask for it.
const VERBS: &[(&str, &str)] = &[
    ("", ""),
    (
        "send post publish reply forward email mail message notify tweet announce comment submit \
         broadcast respond dm sms text compose",
        "send sent post publish reply replies replied forward email mail message notify notifies \
         tweet announce comment submit submitted broadcast respond dm text write wrote tell told \
         inform contact answer share ask ping remind deliver compose let thank congratulate say \
         schicke schick sende schreibe schreib antworte teile envoie envoyer envoyez ecris ecrire \
         reponds repondre envia enviar envie escribe escribir responde responder manda mandar invia \
         inviare scrivi scrivere rispondi escreva escrever stuur schrijf",
    ),
    (
        "invite add include onboard subscribe enroll join",
        "invite add include onboard join subscribe enroll bring lade einladen hinzu hinzufugen \
         invite inviter ajoute ajouter invita invitar anade anadir agrega agregar aggiungi \
         aggiungere convida convidar adiciona adicionar voeg",
    ),
    (
        "create new make insert schedule draft generate write save put append upload add register \
         set store log record init commit copy duplicate",
        "create make made new add insert schedule book set put plan planned arrange organize \
         organise open start write wrote save store draft generate register prepare record note log \
         upload append build block copy copied keep fill commit committed erstelle erstellen lege \
         anlegen plane speichere trage cree creer creez planifie planifier enregistre ajoute crea \
         crear programa programar guarda guardar agenda agendar creare salva salvare criar crie \
         salvar maak schrijf sla",
    ),
    (
        "update edit modify change adjust move reschedule rename patch set replace append mark \
         assign upsert alter configure enable label merge write put apply fix close reopen resolve \
         archive transition",
        "update edit modify modifies change adjust move reschedule postpone shift rename correct fix \
         set replace append add extend revise alter mark assign improve rewrite refactor insert \
         complete fill apply close reopen resolve archive merge enable configure bring push swap \
         switch write implement repair andere andern verschiebe verschieben aktualisiere modifie \
         modifier change changer deplace cambia cambiar modifica modificar actualiza actualizar \
         mueve mover aggiorna sposta altera alterar atualiza atualizar wijzig verplaats",
    ),
    (
        "delete remove erase drop discard trash clear wipe purge destroy unlink rm kick uninstall \
         truncate ban",
        "delete remove erase drop dropped discard trash clear clean wipe wiped purge empty emptied \
         destroy rid kick uninstall ban eliminate losche loschen entferne entfernen supprime \
         supprimer efface effacer borra borrar elimina eliminar quita quitar cancella cancellare \
         rimuovi apaga apagar remova remover verwijder wis",
    ),
    (
        "cancel revoke abort withdraw terminate stop disable unsubscribe",
        "cancel cancelled cancelling revoke abort withdraw terminate stop stopped disable \
         unsubscribe delete remove off sage absagen storniere stornieren annule annuler cancela \
         cancelar annulla annullare annuleer",
    ),
    (
        "pay transfer wire refund purchase buy donate payment send transaction order checkout",
        "pay paid transfer transferred transferring wire refund reimburse settle donate buy bought \
         purchase tip owe give send sent order checkout uberweise uberweisen zahle zahlen bezahle \
         bezahlen kaufe kaufen paie paye payer vire virer achete acheter paga pagar transfiere \
         transferir compra comprar pagare trasferisci acquista betaal koop",
    ),
    (
        "share grant give allow permit export",
        "share grant give gave allow permit access send invite show export teile teilen freigeben \
         partage partager comparte compartir condividi compartilha deel",
    ),
    (
        "reserve book rent hire order reservation booking",
        "reserve book rent hire order reservation booking make get buche buchen reserviere \
         reservieren reserve reserver reserva reservar prenota prenotare boek",
    ),
    (
        "run exec execute shell bash command cmd terminal test build install deploy eval script \
         python sql query launch start invoke",
        "run ran running execute exec start launch test build install compile deploy check lint fix \
         format try debug benchmark query select count reproduce verify setup migrate script command \
         starte starten fuhre lance lancer execute ejecuta ejecutar esegui eseguire executa executar \
         draai",
    ),
];

/// Words that choose among all records of a listing.
const CHOOSING: &str = "all each every everyone everybody most least largest biggest smallest longest shortest last \
    latest first newest oldest next previous recent highest lowest cheapest best worst top earliest \
    nearest closest fewest whoever whichever any unread both others rest alle jeden jede jeder \
    grosste kleinste letzte neueste nachste billigste tous toutes chaque dernier derniere prochain \
    prochaine todos todas cada ultimo ultima proximo proxima tutti tutte ogni prossimo prossima \
    laatste volgende";

/// Words that say nothing of a record.
const COMMON: &str = "the an of and to in on for with my from at by is it this that you me re fw fwd or as be are was \
    your our their his her we us not no yes file files email emails mail message messages event \
    events meeting meetings user users channel channels document documents page pages com www http \
    https org net true false null none docx xlsx pdf txt new open closed read sent received \
    confirmed pending gmail hotmail outlook yahoo list name info data task tasks issue issues item \
    items";

/// The bit for words that choose among all records; below it, one for each entry of [`VERBS`].
const CHOOSES: u16 = 1 << 15;

/// What a word of the user's asks for.
static ASKS: LazyLock<HashMap<String, u16>> = LazyLock::new(|| {
    let mut asks: HashMap<String, u16> = HashMap::new();
    for (bit, (_, words)) in VERBS.iter().enumerate() {
        for word in words.split(' ').flat_map(inflected) {
            *asks.entry(word).or_default() |= kind(bit);
        }
    }
    for word in CHOOSING.split(' ') {
        *asks.entry(word.to_owned()).or_default() |= CHOOSES;
    }
    asks
});

fn kind(at: usize) -> u16 {
    u32::try_from(at).ok().and_then(|at| 1_u16.checked_shl(at)).unwrap_or(0)
}

/// The kinds of things that a message asks for, for [`SessionFacts::asked_for`](crate::state::SessionFacts::asked_for).
pub fn wishes(message: &NormalizedText<'_>) -> u16 {
    let words = message.folded().split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.filter_map(|word| ASKS.get(word)).fold(0, |all, kinds| all | kinds)
}

/// What a word of a tool's name fulfils.
static FULFILS: LazyLock<HashMap<&str, u16>> = LazyLock::new(|| {
    let mut fulfils: HashMap<&str, u16> = HashMap::new();
    for (bit, (names, _)) in VERBS.iter().enumerate() {
        for name in names.split(' ') {
            *fulfils.entry(name).or_default() |= kind(bit);
        }
    }
    fulfils
});

/// What of a message's wishes a tool of this name fulfils; no bit where none of its words is a known verb.
pub(super) fn fulfils(tool: &str) -> u16 {
    name_words(tool).iter().filter_map(|word| FULFILS.get(word.as_str())).fold(0, |all, kinds| all | kinds)
}

/// The words of a tool's name that a user has to say, where none of them is a known verb.
pub(super) fn own_verbs(tokens: &TokenKey, tool: &str) -> Vec<Key> {
    let words = name_words(tool);
    let own = words.iter().filter(|word| word.len() > 3 && !is_common(word));
    own.flat_map(|word| inflected(word)).filter_map(|word| word_key(tokens, &word)).collect()
}

/// Whether these wishes choose among all records of a listing.
pub(super) const fn chooses(wishes: u16) -> bool {
    wishes & CHOOSES != 0
}

/// Whether a word of a record's line is too common to select it.
pub(super) fn is_common(word: &str) -> bool {
    word.chars().nth(2).is_none() || COMMON.split(' ').any(|common| common == word)
}

pub(super) fn word_key(tokens: &TokenKey, word: &str) -> Option<Key> {
    let squeezed = shingle::squeeze(word);
    let token =
        shingle::tokens(tokens, &squeezed).into_iter().find(|token| token.kind() == TokenKind::Word)?;
    Some(Key::token(TokenKind::Word as u8, token.hash().to_u64()))
}

/// A verb as English inflects it, regularly.
fn inflected(verb: &str) -> [String; 4] {
    let stem = verb.strip_suffix('e').unwrap_or(verb);
    [verb.to_owned(), format!("{verb}s"), format!("{stem}ed"), format!("{stem}ing")]
}

/// What the user says in their own name and asks for: without quoted lines, without what stands behind the head of
/// a forwarded mail, without clauses that forbid.
// SECURITY: a mail that the user pastes, and an address to which nothing must be sent, endorse nothing.
pub fn own_words(message: &str) -> String {
    const FORWARDED: &[&str] =
        &["-----original message", "---------- forwarded message", "begin forwarded message"];
    let mut own = String::with_capacity(message.len());
    for line in message.split_inclusive('\n') {
        let start = line.trim_start().to_lowercase();
        if FORWARDED.iter().any(|head| start.starts_with(head)) {
            break;
        }
        if start.starts_with('>') {
            continue;
        }
        let mut rest = line;
        while !rest.is_empty() {
            // A full stop inside an address or a number ends no clause.
            let end = rest
                .char_indices()
                .zip(rest.chars().skip(1).chain([' ']))
                .find(|((_, c), next)| matches!(c, '.' | '!' | '?' | ';') && next.is_whitespace());
            let end = end.map_or(rest.len(), |((at, c), _)| at.saturating_add(c.len_utf8()));
            let (clause, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if !forbids(clause) {
                let glued = glued(clause);
                own.push_str(clause.get(..glued).unwrap_or(clause));
                if glued < clause.len() {
                    own.push(' ');
                    own.push_str(clause.get(glued..).unwrap_or_default());
                }
            }
            rest = after;
        }
    }
    own
}

/// The numbers that a message spells out, as digits: `for two people` names 2.
pub(super) fn spelled_numbers(folded: &str) -> impl Iterator<Item = &'static str> {
    const SPELLED: &[(&str, &str)] = &[
        ("one", "1"),
        ("two", "2"),
        ("three", "3"),
        ("four", "4"),
        ("five", "5"),
        ("six", "6"),
        ("seven", "7"),
        ("eight", "8"),
        ("nine", "9"),
        ("ten", "10"),
        ("eleven", "11"),
        ("twelve", "12"),
        ("fifteen", "15"),
        ("twenty", "20"),
        ("thirty", "30"),
        ("hundred", "100"),
        ("once", "1"),
        ("twice", "2"),
        ("half", "0.5"),
        ("dozen", "12"),
    ];
    folded
        .split(|c: char| !c.is_alphabetic())
        .filter_map(|word| SPELLED.iter().find(|(spelled, _)| *spelled == word).map(|(_, digits)| *digits))
}

/// Where a sentence begins that somebody wrote without a blank behind an address: `www.example.com.Then`.
fn glued(clause: &str) -> usize {
    const ENDS: &[&str] = &["com", "org", "net", "io", "dev", "edu", "gov", "co", "app", "ai", "info", "eu"];
    let mut parts = clause.char_indices().filter(|(_, c)| *c == '.');
    parts
        .find_map(|(at, _)| {
            let (before, after) = (clause.get(..at)?, clause.get(at.saturating_add(1)..)?);
            let label = before.rsplit(['.', ' ', '@', '/']).next()?;
            let inside = before.strip_suffix(label)?.ends_with('.');
            let mut next = after.chars();
            let sentence = next.next()?.is_ascii_uppercase() && next.next()?.is_ascii_lowercase();
            (inside && sentence && ENDS.contains(&label)).then(|| at.saturating_add(1))
        })
        .unwrap_or(clause.len())
}

/// Whether a clause says what not to do. English only.
fn forbids(clause: &str) -> bool {
    let mut words = clause
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '\u{2019}'))
        .map(|word| word.to_lowercase().replace('\u{2019}', "'"))
        .filter(|word| !word.is_empty())
        .peekable();
    let mut before = String::new();
    while let Some(word) = words.next() {
        let denies = matches!(word.as_str(), "never" | "don't" | "dont" | "mustn't" | "shouldn't")
            || word == "not" && matches!(before.as_str(), "do" | "must" | "should" | "may");
        // "Don't forget to" asks for it.
        if denies
            && !words.peek().is_some_and(|next| matches!(next.as_str(), "forget" | "hesitate" | "worry"))
        {
            return true;
        }
        before = word;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Limits, SecretKey};

    #[test]
    fn a_sentence_that_is_glued_to_an_address_is_none_of_it() {
        assert_eq!(
            own_words("Post to www.a-company.com.They sent it"),
            "Post to www.a-company.com. They sent it"
        );
        for text in ["See Node.Js and a.b.C", "Post to www.a-company.com.", "x"] {
            assert_eq!(own_words(text), text);
        }
    }

    #[test]
    fn a_verb_is_known_by_what_people_say_for_it() {
        let asks = |tool: &str, message: &str| {
            wishes(&NormalizedText::new(message, &Limits::default())) & fulfils(tool) != 0
        };
        assert!(asks("send_direct_message", "I am posting it"));
        assert!(asks("reschedule_calendar_event", "Could it be moved?"));
        assert!(!asks("delete_file", "send it"));
        assert!(!asks("send_email", "summarize it"));
        assert_eq!(fulfils("frobnicateWidget"), 0);
        let tokens = TokenKey::derive(&SecretKey::from_bytes([7; 32]));
        assert!(own_verbs(&tokens, "frobnicateWidget").contains(&word_key(&tokens, "frobnicating").unwrap()));
    }

    #[test]
    fn each_kind_has_its_bit() {
        assert!(VERBS.len() < 15);
    }
}
