//! Words of tools and their arguments in other languages, by the English words that everything else knows.
//!
//! Only words that mean one thing: what is not here is not understood, and what is not understood is the worst.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold;

/// English words, each with what other languages in Latin letters say for it, without accents. German umlauts stand
/// as single letters; `ae`, `oe` and `ue` are read as them.
const LATIN: &str = "\
send: enviar envia envie enviado mandar envoyer envoie inviare invia spedire senden sende schicken verschicken versenden \
versturen verzenden stuur
email: correo correos courriel courriels
message: mensaje mensajes mensagem mensagens messaggio messaggi nachricht nachrichten bericht berichten
reply: responder contestar repondre rispondere antworten beantworten
forward: reenviar reencaminhar inoltrare weiterleiten doorsturen
publish: publicar publier pubblicare veroffentlichen publiceren
share: compartir compartilhar partilhar partager condividere teilen freigeben delen
invite: invitar convidar inviter invitare einladen uitnodigen
delete: eliminar borrar suprimir apagar excluir deletar supprimer effacer eliminare cancellare loschen losche verwijderen \
verwijder wissen
remove: quitar remover retirer rimuovere entfernen
purge: vaciar esvaziar vider svuotare leeren legen
cancel: cancelar anular annuler annullare stornieren absagen kundigen annuleren annuleer
pay: pagar payer pagare bezahlen zahlen betalen betaal
payment: pago pagos pagamento pagamenti paiement zahlung betaling
transfer: transferir transferencia transferer virement virer trasferire trasferimento bonifico uberweisen uberweisung \
uberweise overmaken overboeken overboeking
withdraw: abheben prelevare
buy: comprar acheter acquistare comprare kaufen kopen
order: bestellen ordinare encomendar
refund: reembolsar reembolso rembourser remboursement rimborsare rimborso erstatten erstattung terugbetalen
reserve: reservar reserver prenotare prenotazione reservieren buchen buchung boeken reservacion
create: crear criar creer creare erstellen anlegen erzeugen maken aanmaken
add: agregar anadir adicionar ajouter aggiungere hinzufugen toevoegen
save: guardar salvar enregistrer sauvegarder salvare speichern opslaan
write: escribir escrever ecrire scrivere schreiben schrijven
upload: subir televerser caricare hochladen uploaden
update: actualizar atualizar aggiornare aktualisieren bijwerken
modify: modificar modifier modificare andern wijzigen wijzig
change: cambiar alterar changer cambiare
edit: editar bearbeiten bewerken
move: mover deplacer spostare verschieben verplaatsen
rename: renombrar renomear renommer rinominare umbenennen hernoemen
execute: ejecutar executar executer eseguire ausfuhren uitvoeren
run: lancer starten
install: instalar installer installare installieren installeren
register: registrar registrieren
schedule: programar agendar planifier pianificare planen inplannen
remember: recordar lembrar merken onthouden
list: listar lister elencare auflisten
search: buscar procurar pesquisar chercher rechercher recherche cercare suchen suche zoeken zoek
read: leer ler lire leggere lesen lezen
get: obtener obter obtenir recuperer ottenere abrufen holen ophalen
find: consultar encontrar trouver trovare finden vinden
show: mostrar afficher mostrare anzeigen tonen toon
download: descargar baixar telecharger scaricare herunterladen downloaden
recipient: destinatario destinatarios destinataire destinataires destinatari empfanger ontvanger ontvangers geadresseerde
beneficiary: beneficiario beneficiarios beneficiaire begunstigter begunstigte
account: cuenta conta compte conto konto kontonummer rekening rekeningnummer
contact: contacto contato kontakt contatto
user: usuario utilisateur utente benutzer nutzer gebruiker
username: benutzername gebruikersnaam
address: direccion endereco adresse indirizzo adres
phone: telefono telefone telefon telefoon telefoonnummer
channel: canal canale kanal kanaal
group: grupo groupe gruppo gruppe groep
participants: participantes teilnehmer teilnehmerin partecipanti deelnemers
attendees: asistentes convidados
subject: asunto assunto sujet objet oggetto betreff onderwerp
body: cuerpo corpo corps nachrichtentext
content: contenido conteudo contenu contenuto inhalt inhoud
text: texto texte testo tekst
title: titulo titre titolo titel
description: descripcion descricao descrizione beschreibung beschrijving omschrijving
comment: comentario commentaire commento kommentar opmerking
note: notiz notitie
reason: motivo motif grund reden verwendungszweck
amount: importe monto cantidad quantia montante montant somme importo betrag summe bedrag
price: precio preco prix prezzo preis prijs
quantity: quantidade quantite quantita menge anzahl hoeveelheid aantal
password: contrasena clave senha passe passwort kennwort wachtwoord
command: comando commande befehl opdracht
path: ruta caminho chemin percorso pfad
file: archivo archivos fichero ficheros arquivo arquivos fichier fichiers datei dateien bestand bestanden
folder: carpeta pasta dossier cartella ordner verzeichnis
link: enlace lien collegamento verknupfung
date: fecha datum
time: heure uhrzeit tijdstip
name: nombre nome nom
event: evento evenement termin afspraak
meeting: reunion reuniao riunione besprechung vergadering
ticket: boleto
";

/// The same for languages in other scripts, as they are written.
const OTHERS: &str = "\
send: отправить послать отправка 发送 寄送 發送 傳送 送信 送る 보내기 전송 발송
email: письмо 邮件 电子邮件 郵件 メール 이메일 메일
mail: почта
message: сообщение сообщения 消息 信息 短信 訊息 メッセージ 메시지
reply: ответить 回复 回覆 返信 답장
forward: переслать 转发 轉發 転送 전달
publish: опубликовать 发布 發布 公開 게시
post: 投稿
share: поделиться 分享 共享 共有 공유
invite: пригласить 邀请 邀請 招待 초대
delete: удалить стереть 删除 刪除 削除 삭제
remove: убрать 移除
cancel: отменить 取消 取り消し キャンセル 취소
pay: оплатить заплатить 支付 付款 支払い 支払 결제 지불
payment: платёж платеж
transfer: перевести перевод 转账 轉帳 汇款 匯款 送金 振込 송금 이체
buy: купить 购买 購買 購入 구매
order: заказать 订购 下单 注文 주문
refund: возврат 退款 返金 환불
reserve: забронировать 预订 预定 預訂 予約 예약
create: создать 创建 新建 建立 作成 생성 만들기
add: добавить 添加 新增 追加 추가
save: сохранить 保存 儲存 저장
write: записать написать 写入 寫入 書き込み 書く 쓰기 작성
upload: загрузить 上传 上傳 アップロード 업로드
update: обновить 更新 업데이트
modify: изменить 修改 変更 수정 변경
move: переместить 移动 移動 이동
rename: переименовать 重命名
execute: выполнить 执行 執行 実行 실행
run: запустить 运行
install: установить 安装 インストール 설치
list: список 列出 一覧 목록
search: поиск найти 搜索 查找 搜尋 検索 검색
read: прочитать читать 读取 讀取 読み取り 読む 읽기
get: получить 获取 查询 取得 조회 가져오기
view: посмотреть 查看 보기
show: показать 显示 表示
download: скачать 下载 下載 ダウンロード 다운로드
recipient: получатель получатели 收件人 接收人 收件者 宛先 受信者 받는사람 수신자 수신인
payee: 收款人 受取人
to: кому
account: счёт счет 账户 账号 帳戶 口座 계좌
user: пользователь 用户 用戶 ユーザー 사용자
username: 用户名 ユーザー名
address: адрес 地址 住所 주소
phone: телефон 电话 電話 전화
channel: канал 频道 頻道 チャンネル 채널
subject: тема 主题 主旨 件名 제목
title: название заголовок 标题 標題 タイトル
body: тело 正文 本文 본문
content: содержание содержимое 内容 內容 내용
text: текст 文本 テキスト
description: описание 描述 説明 설명
comment: комментарий 评论 評論 コメント 댓글
note: заметка 备注 メモ 메모
amount: сумма 金额 金額 금액
quantity: количество 数量 數量 수량
price: цена 价格 価格 가격
password: пароль 密码 密碼 パスワード 비밀번호
command: команда 命令 コマンド 명령 명령어
path: путь 路径 路徑 パス 경로
file: файл 文件 檔案 ファイル 파일
folder: папка 文件夹 資料夾 フォルダ フォルダー 폴더
link: ссылка 链接 連結 リンク 링크
date: дата 日期 日付 날짜
time: время 时间 時間 時刻 시간
name: имя 名称 名稱 名前 이름
event: событие 事件 イベント
meeting: встреча 会议 會議 会議 회의
";

static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = LATIN.lines().chain(OTHERS.lines());
    let lines = lines.filter_map(|line| line.split_once(": "));
    lines.flat_map(|(english, words)| words.split_whitespace().map(move |word| (word, english))).collect()
});

/// Longest word of a script without blanks that is looked for inside another, in characters.
const LONGEST: usize = 6;

/// Puts a word into English, where it is known: in place, or as several where its script has no blanks.
pub(super) fn english(word: String, into: &mut Vec<String>) {
    let known = |word: &str| WORDS.get(word).map(|english| (*english).to_owned());
    if let Some(english) = known(&word) {
        into.push(english);
    } else if word.is_ascii() {
        // `empfaenger` is how `Empfänger` is written where there are no umlauts.
        let umlauts = ["ae", "oe", "ue"].iter().any(|pair| word.contains(pair));
        let plain = umlauts.then(|| word.replace("ae", "a").replace("oe", "o").replace("ue", "u"));
        into.push(plain.and_then(|plain| known(&plain)).unwrap_or(word));
    } else if word.chars().all(|c| c < '\u{250}') {
        into.push(known(&fold(&word)).unwrap_or(word));
    } else if word.chars().any(has_no_blanks) {
        apart(&word, into);
    } else {
        into.push(word);
    }
}

/// Whether words of this character's script stand without blanks between them.
fn has_no_blanks(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// A row of signs, taken apart by the longest words that are known; what is left between them are words too.
fn apart(word: &str, into: &mut Vec<String>) {
    let mut rest = word;
    let mut unknown = String::new();
    while let Some(first) = rest.chars().next() {
        let ends = rest.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8())).take(LONGEST);
        let found = ends.filter_map(|end| Some((WORDS.get(rest.get(..end)?)?, end))).last();
        let end = if let Some((english, end)) = found {
            if !unknown.is_empty() {
                into.push(std::mem::take(&mut unknown));
            }
            into.push((*english).to_owned());
            end
        } else {
            unknown.push(first);
            first.len_utf8()
        };
        rest = rest.get(end..).unwrap_or_default();
    }
    if !unknown.is_empty() {
        into.push(unknown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str) -> String {
        let mut words = Vec::new();
        english(word.to_owned(), &mut words);
        words.join(" ")
    }

    #[test]
    fn a_word_is_known_with_and_without_its_accents() {
        for (word, expected) in [
            ("empfänger", "recipient"),
            ("empfaenger", "recipient"),
            ("überweisung", "transfer"),
            ("ueberweisung", "transfer"),
            ("contraseña", "password"),
            ("téléverser", "upload"),
            ("value", "value"),
            ("frobnicar", "frobnicar"),
            ("команда", "command"),
        ] {
            assert_eq!(of(word), expected);
        }
    }

    #[test]
    fn words_without_blanks_are_taken_apart() {
        for (word, expected) in [
            ("删除文件", "delete file"),
            ("删除文件夹", "delete folder"),
            ("送金する", "transfer する"),
            ("메일보내기", "email send"),
            ("一键转账", "一键 transfer"),
        ] {
            assert_eq!(of(word), expected);
        }
    }
}
