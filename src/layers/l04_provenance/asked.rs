//! What the user asked for: their own words, and whether these ask for what a tool does.
//!
//! A tool's verb is looked for among the user's words, by itself and by the words that people use for it. English has
//! its inflections, other languages their commonest forms. A verb that is not known has to stand in the user's words
//! itself.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::own::without_quotations;
use super::{STEM, scripts};
use crate::state::{Counter, Key, SessionFacts, Wish};
use crate::text::shingle::{self, TokenKey, TokenKind};
use crate::text::{NormalizedText, fold};
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
        "remind jot create make made new add insert schedule book set put plan planned arrange organize \
         organise open start write wrote save store draft generate register prepare record note log \
         upload append build block copy copied keep fill commit committed erstelle erstellen lege \
         anlegen plane speichere trage cree creer creez planifie planifier enregistre ajoute crea \
         crear programa programar guarda guardar agenda agendar creare salva salvare criar crie \
         salvar maak schrijf sla",
    ),
    (
        "complete finish tick update edit modify change adjust move reschedule rename patch set replace append mark \
         assign upsert alter configure enable label merge write put apply fix close reopen resolve \
         archive transition",
        "label sort file put did done bump upgrade downgrade increase raise lower reduce decrease prioritize prioritise escalate star flag pin snooze tick \
         finish toggle update edit modify modifies change adjust move reschedule postpone shift rename correct fix \
         set replace append add extend revise alter mark assign improve rewrite refactor insert \
         complete fill apply close reopen resolve archive merge enable configure bring push swap \
         switch write implement repair andere andern verschiebe verschieben aktualisiere modifie \
         modifier change changer deplace cambia cambiar modifica modificar actualiza actualizar \
         mueve mover aggiorna sposta altera alterar atualiza atualizar wijzig verplaats",
    ),
    (
        "delete remove erase drop discard trash clear wipe purge destroy unlink rm kick uninstall \
         truncate ban",
        "cancel delete remove erase drop dropped discard trash clear clean wipe wiped purge empty emptied \
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
    ("respond rsvp accept decline attend", "accept decline rsvp respond answer attend confirm reply join"),
    (
        // What is done in a browser is done by clicking and filling in.
        "click fill press tap form type select",
        "click press tap fill submit sign register apply enter book reserve order buy subscribe confirm choose \
         select enroll request checkout complete",
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

/// The kinds of which a wish covers its number: one mail, not ten. They are the places in [`VERBS`] of what sends, invites,
/// deletes, cancels, pays, answers, shares and reserves. Who asks for a fault to be mended asks for any number of edits.
pub(super) const COUNTED: u16 = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes(Wish);

impl Wishes {
    /// What this message asks for.
    // SECURITY: a verb in quotation marks is the title of something, or somebody else's.
    pub fn of(message: &NormalizedText<'_>) -> Self {
        let mut wish = Wish::default();
        let clean = message.clean();
        let bare = without_quotations(clean, 1);
        let folded = if bare.len() == clean.len() { Cow::Borrowed(message.folded()) } else { fold(&bare) };
        let mut before = 0;
        for sentence in sentences(&folded) {
            let words: Vec<&str> =
                sentence.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
            let mut kinds = 0;
            let times = times(sentence, &words);
            for asked in (0..words.len()).filter_map(|at| asks(&words, at)) {
                kinds |= asked;
                let counted = asked & !CHOOSES & !COUNTED == 0;
                wish.add(asked & !CHOOSES, if counted { times } else { Wish::ANY });
            }
            if kinds & CHOOSES != 0 {
                wish.chosen |= kinds;
            }
            if kinds & !CHOOSES == 0
                && words.iter().any(|word| listed("same too likewise again also ditto", word))
            {
                // *Do the same for Ann.*
                wish.add(before, Wish::ANY);
            }
            before |= kinds & !CHOOSES;
        }
        // In a script that none of the verbs is written in, nobody can tell what is asked for; then it counts as asked,
        // and the arguments alone decide.
        if bare.chars().any(|c| c.is_alphabetic() && c > '\u{24f}') {
            let known = scripts::asked(&bare);
            let words = known.iter().filter_map(|word| ASKS.get(*word)).fold(0, |all, kinds| all | kinds);
            let asked = if known.is_empty() { !CHOOSES } else { words };
            wish.add(asked & !CHOOSES, Wish::ANY);
            if asked & CHOOSES != 0 {
                wish.chosen |= asked;
            }
        }
        Self(wish)
    }

    /// Notes them among a session's facts, of which this is known.
    pub(crate) fn note(self, new: SessionFacts, known: &SessionFacts) -> SessionFacts {
        if self.0 == Wish::default() { new } else { new.wished(known.counter(Counter::Turns), &self.0) }
    }
}

/// The sentences of a text. A full stop inside an address or a number ends none.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = |(at, c): (usize, char)| {
            let behind = at.saturating_add(c.len_utf8());
            let closes = match c {
                '\n' | ';' => true,
                '.' | '!' | '?' => {
                    rest.get(behind..).is_none_or(|rest| !rest.starts_with(char::is_alphanumeric))
                }
                _ => false,
            };
            closes.then_some((at, behind))
        };
        let (end, next) = rest.char_indices().find_map(ends).unwrap_or((rest.len(), rest.len()));
        let sentence = rest.get(..end).unwrap_or_default();
        rest = rest.get(next..).unwrap_or_default();
        Some(sentence)
    })
}

/// How often a sentence asks for each thing that it asks for; [`Wish::ANY`] where it says no number. A name more, an
/// *and*, a comma is once more. Only of English is it known.
fn times(sentence: &str, words: &[&str]) -> u8 {
    /// Words beside which no number is known.
    const ANY: &str = "them they their these those several some few many multiple various more whenever until daily weekly \
        monthly hourly regularly repeatedly always following below list lists both pair couple everything anything whatever \
        whole entire inbox trash folder clean clear empty tidy purge wipe bulk batch rest people team everybody per";
    /// Words of the other languages that verbs are known of.
    const FOREIGN: &str = "der die das den dem ein eine einen einem und bitte mir dir an mit le la les une des et moi toi lui por \
        para el los las una mi il lo gli uno per alla ao os um uma het een aan voor y e";
    /// Behind these it is said about what.
    const ABOUT: &str = "with about containing saying that which regarding because from on in at using via where of who whose for \
        as so titled called named when telling asking";
    const NO_PLURAL: &str = "this his its was has does yes thanks us is as always perhaps ours yours theirs address business status \
        news details access regards";
    let mut joined = sentence.bytes().filter(|byte| matches!(byte, b',' | b'&' | b'+' | b'/')).count();
    let mut scope = 0_u8;
    for (at, word) in words.iter().enumerate() {
        joined = joined.saturating_add(usize::from(listed("and or then plus also well too", word)));
        if ASKS.get(*word).is_some_and(|kinds| kinds & CHOOSES != 0)
            || listed(ANY, word)
            || listed(FOREIGN, word)
        {
            return Wish::ANY;
        }
        if asks(words, at).is_some_and(|kinds| kinds & COUNTED != 0) {
            scope = 8;
        } else if listed(ABOUT, word) {
            scope = 0;
        } else if scope > 0 {
            scope = scope.saturating_sub(1);
            let plural =
                word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") && !listed(NO_PLURAL, word);
            if plural || *word == "people" || *word == "children" {
                return Wish::ANY;
            }
        }
    }
    // A list of its own lines stands below.
    if sentence.trim_end().ends_with(':') {
        return Wish::ANY;
    }
    u8::try_from(joined.saturating_add(1)).unwrap_or(Wish::ANY)
}

fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

/// What the word at this place asks for. A word that is a thing as well as a deed asks for nothing where it is a thing.
// SECURITY: *summarise my last emails* asks for no email to be sent.
fn asks(words: &[&str], at: usize) -> Option<u16> {
    /// Words that are things as often as deeds.
    const THINGS: &str = "email emails mail mails message messages text texts post posts comment comments order orders book \
        books record records note notes log logs tweet tweets contact contacts draft drafts answer answers copy copies \
        reply replies query transfer transfers plan plans label labels file files share set sets run runs test tests \
        build builds report check script command schedule start rent hire tip block change changes update updates access access list";
    /// Behind these stands a thing.
    const BEFORE: &str = "the a an my your his her our their its this that these those any some no of in from last latest new \
        newest unread next first previous old recent mein meine meinen das der die den ein eine mon ma mes le la les un une mi \
        mis el los las il lo gli mio mia meu minha o os as het een mijn each every with about by";
    let word = *words.get(at)?;
    let kinds = *ASKS.get(word)?;
    if listed(THINGS, word) {
        let plural = word.ends_with('s');
        let before = at.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
        let second = at.checked_sub(2).and_then(|before| words.get(before)).copied().unwrap_or_default();
        let after_two =
            listed(BEFORE, second) && !matches!(before, "to" | "and" | "then" | "please" | "also");
        if plural || listed(BEFORE, before) || after_two {
            return None;
        }
    }
    Some(kinds)
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
// SECURITY: `delete_email` deletes: who asks for an email to be sent does not ask for that.
pub(super) fn fulfils(tool: &str) -> u16 {
    const THINGS: &str = "email mail message text order payment transaction record label note post comment booking reservation \
        book script command test query sql python log draft share access";
    const DESTROYS: &str = "delete remove erase drop discard trash clear wipe purge destroy unlink rm truncate cancel revoke \
        terminate";
    let words = name_words(tool);
    let of = |admit: &dyn Fn(&str) -> bool| {
        let words = words.iter().map(String::as_str).filter(|word| admit(word));
        words.filter_map(|word| FULFILS.get(word)).fold(0, |all, kinds| all | kinds)
    };
    let destroys = of(&|word| listed(DESTROYS, word));
    if destroys != 0 {
        return destroys;
    }
    match of(&|word| !listed(THINGS, word)) {
        0 => of(&|_| true),
        verbs => verbs,
    }
}

/// Whether what a tool of this name does has to say on what: it pays, deletes, cancels or changes.
pub(super) const fn needs_an_object(fulfils: u16) -> bool {
    // The places of these groups in `VERBS`, from 1, and that of what changes.
    fulfils & (1 << 4 | 1 << 5 | 1 << 6 | 1 << 7) != 0
}

/// The words of a tool's name that a user has to say, where none of them is a known verb.
pub(super) fn own_verbs(tokens: &TokenKey, tool: &str) -> Vec<Key> {
    let words = name_words(tool);
    // SECURITY: who asks whether the door is locked does not ask for `unlock_door`: the deed stands first.
    let own = words.iter().find(|word| word.len() > 3 && !is_common(word)).into_iter();
    // What the user's words ask for is known of verbs that are known, and how often.
    let own = own.filter(|word| !FULFILS.contains_key(word.as_str()));
    own.flat_map(|word| inflected(word)).filter_map(|word| word_key(tokens, &word)).collect()
}

/// Whether a word is too common to select a record, or to be a tool's own.
fn is_common(word: &str) -> bool {
    word.chars().nth(2).is_none() || COMMON.split(' ').any(|common| common == word)
}

/// The same, and whether it is a word by which anything is asked for.
// SECURITY: a stranger's *please write to …* is not what the user means who says *write*.
pub(super) fn selects_nothing(word: &str) -> bool {
    is_common(word) || word == "please" || ASKS.contains_key(word)
}

pub(super) fn word_key(tokens: &TokenKey, word: &str) -> Option<Key> {
    let squeezed = shingle::squeeze(word);
    let token =
        shingle::tokens(tokens, &squeezed).into_iter().find(|token| token.kind() == TokenKind::Word)?;
    Some(Key::token(TokenKind::Word as u8, token.hash().to_u64()))
}

/// The key of a word as it selects a record: however it is inflected.
pub(super) fn stem_key(tokens: &TokenKey, word: &str) -> Option<Key> {
    let hash = shingle::whole(tokens, &shingle::squeeze(stem(word)));
    (!word.is_empty()).then(|| Key::token(STEM, hash.to_u64()))
}

/// The keys of a user's words by which they select records.
pub(super) fn stems(tokens: &TokenKey, folded: &str) -> Vec<(u8, u64)> {
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| (STEM, shingle::whole(tokens, &shingle::squeeze(stem(word))).to_u64())).collect()
}

/// A word without the endings that English puts on things and deeds. Two words of one stem may mean two things; both
/// have to stand in the user's own message.
fn stem(word: &str) -> &str {
    const ENDINGS: &[&str] =
        &["'s", "ings", "ing", "ies", "ied", "ment", "ers", "er", "ed", "es", "s", "y", "e"];
    const SHORTEST: usize = 4;
    let ended =
        ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= SHORTEST));
    ended.unwrap_or_else(|| word.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(word))
}

/// A verb as English inflects it, regularly.
fn inflected(verb: &str) -> [String; 4] {
    let stem = verb.strip_suffix('e').unwrap_or(verb);
    [verb.to_owned(), format!("{verb}s"), format!("{stem}ed"), format!("{stem}ing")]
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

/// The parts of the paths of links that a message names: who names `https://forge.example/ann/tides` names the
/// repository `tides` of `ann`.
pub(super) fn link_segments(folded: &str) -> String {
    let paths = folded.split_whitespace().filter_map(|word| word.split_once("://")?.1.split_once('/'));
    let mut named = String::new();
    for (_, path) in paths {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            named.push_str(segment.trim_end_matches(['.', ',', ')', '>']));
            named.push(' ');
        }
    }
    named
}

/// The text without its dates and times, and without numbers that are called the number of something.
// SECURITY: who names the 24th of November names no sum of 24.
pub(super) fn without_dates(folded: &str) -> String {
    const MONTHS: &str = "january february march april may june july august september october november december jan feb mar apr \
        jun jul aug sep sept oct nov dec januar februar marz mai juni juli oktober dezember janvier fevrier mars avril juin \
        juillet aout septembre octobre novembre decembre enero febrero marzo abril mayo junio julio agosto septiembre \
        octubre noviembre diciembre am pm uhr st nd rd th o'clock";
    const BEFORE: &str = "at room no nr number invoice issue ticket order version page step item id until since # pr flat floor \
        apartment gate line chapter section bill um ab";
    const BEHIND: &str =
        "am pm uhr o'clock days day weeks week hours hour minutes minute months month years year";
    let words: Vec<&str> = folded.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let near = |at: Option<usize>| at.and_then(|at| words.get(at)).map(|word| bare(word)).unwrap_or_default();
    let listed =
        |list: &str, word: &str| !word.is_empty() && list.split_whitespace().any(|listed| listed == word);
    let mut kept = String::with_capacity(folded.len());
    for (at, word) in words.iter().enumerate() {
        let inner = bare(word);
        let (before, behind) = (near(at.checked_sub(1)), near(at.checked_add(1)));
        let parts: Vec<&str> = inner.split(['-', '/', '.', ':']).collect();
        let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_date = parts.len() == 3 && parts.iter().all(digits)
            || inner.contains(':') && parts.iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        let number = inner.trim_end_matches(char::is_alphabetic);
        let unit = inner.strip_prefix(number).unwrap_or_default();
        let short = (1..=4).contains(&number.len()) && digits(&number);
        let of_date = short
            && (listed(MONTHS, unit)
                || listed(MONTHS, &before)
                || listed(MONTHS, &behind)
                || listed(BEHIND, &behind)
                || listed(BEFORE, &before)
                || word.starts_with('#'));
        if !is_date && !of_date {
            kept.push_str(word);
        }
        kept.push(' ');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Limits, SecretKey};

    #[test]
    fn a_verb_is_known_by_what_people_say_for_it() {
        let asks = |tool: &str, message: &str| {
            Wishes::of(&NormalizedText::new(message, &Limits::default())).0.asked() & fulfils(tool) != 0
        };
        assert!(asks("send_direct_message", "I am posting it"));
        assert!(asks("reschedule_calendar_event", "Could it be moved?"));
        assert!(!asks("delete_file", "send it"));
        assert!(!asks("send_email", "summarize it"));
        assert!(!asks("send_email", "Summarise my last emails, and the new mail of Ann"));
        assert!(asks("send_email", "Look it up, and email Ann the answer"));
        assert!(!asks("delete_email", "send an email"));
        assert!(!asks("cancel_payment", "pay the rent"));
        assert_eq!(fulfils("frobnicateWidget"), 0);
        let tokens = TokenKey::derive(&SecretKey::from_bytes([7; 32]));
        assert!(own_verbs(&tokens, "frobnicateWidget").contains(&word_key(&tokens, "frobnicating").unwrap()));
    }

    #[test]
    fn the_number_of_a_day_is_no_sum() {
        for (said, left) in [
            ("pay 80 on 24 november at 10", "pay 80 on november at"),
            ("by 2026-11-24 12:30 pay 12.50", "by pay 12.50"),
            ("on the 3rd, issue #17 and room 4: 1,500 please", "on the issue and room 1,500 please"),
            ("within 10 days", "within days"),
        ] {
            let found = without_dates(said);
            assert_eq!(found.split_whitespace().collect::<Vec<_>>().join(" "), left);
        }
    }

    #[test]
    fn a_wish_is_for_one_unless_it_says_more() {
        let times =
            |message: &str| Wishes::of(&NormalizedText::new(message, &Limits::default())).0.times(COUNTED);
        for (message, expected) in [
            ("Send Bob a mail that I am late.", Some(1)),
            ("Send Bob a mail with the notes of the meetings.", Some(1)),
            ("Email Bob and Ann.", Some(2)),
            ("Pay the rent, please", Some(2)),
            ("Pay the invoice INV-17.", Some(1)),
            ("Send mails to Bob and to Ann", None),
            ("Delete all of it", None),
            ("Invite my colleagues", None),
            ("Delete the old drafts", None),
            ("Empty the trash", None),
            ("Send this to:", None),
            ("Send Bob a mail. Do the same for Ann.", None),
            ("Schicke Bob eine Nachricht", None),
            ("Create an event called 'Pay the rent'", Some(0)),
        ] {
            assert_eq!(times(message), expected, "{message}");
        }
    }

    #[test]
    fn what_is_asked_for_in_other_scripts_is_known() {
        let asks = |tool: &str, message: &str| {
            Wishes::of(&NormalizedText::new(message, &Limits::default())).0.asked() & fulfils(tool) != 0
        };
        for (tool, message) in [
            ("send_email", "给张伟发送一封邮件"),
            ("delete_file", "ファイルを削除してください"),
            ("transfer_money", "철수에게 송금해 줘"),
            ("send_email", "Отправь письмо Анне"),
            ("enviar_correo", "Envía un correo a Ana"),
            ("ueberweisung", "Überweise Ana 20 Euro"),
            ("delete_file", "Σβήσε το αρχείο"),
        ] {
            assert!(asks(tool, message), "{tool} {message}");
        }
        for (tool, message) in [
            ("send_email", "总结这封邮件"),
            ("delete_file", "要約してください"),
            ("transfer_money", "이 메일을 요약해 줘"),
            ("delete_file", "Прочитай письмо и перескажи его"),
            ("eliminar_archivo", "Envía un correo a Ana"),
        ] {
            assert!(!asks(tool, message), "{tool} {message}");
        }
    }

    #[test]
    fn each_kind_has_its_bit() {
        assert!(VERBS.len() < 15);
    }
}
