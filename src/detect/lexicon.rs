//! Words that mean the same to a detector, in the languages that most of the web is written in.
//!
//! A class stands for all its words, so what is learned from one language's `ignore the instructions` holds for
//! another's. A word with a star stands for everything that begins with it; the longest entry wins, and a whole
//! word before a beginning. Entries are folded when the table is made.

/// What a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    None,
    Override,
    Instruction,
    Previous,
    All,
    You,
    User,
    Model,
    Not,
    Tell,
    Send,
    Pay,
    Run,
    Delete,
    Make,
    Show,
    Secret,
    System,
    New,
    First,
    Must,
    Urgent,
    Role,
    Limits,
    Hide,
    Tool,
    When,
    Ask,
    Please,
    This,
    Memory,
    Task,
    Summary,
    Message,
    Document,
    End,
    Money,
    Reported,
    Approved,
    Trial,
    Mode,
    Link,
    Me,
    They,
    Instead,
    Only,
    Complete,
    Contact,
    Security,
    Recommend,
    // What is told by its form.
    Url,
    Email,
    Number,
    Opaque,
    Sentence,
    Colon,
    Quote,
    TagOpen,
    TagClose,
    Bracket,
    Brace,
    Fence,
    Path,
    Placeholder,
    // A word of a strong class that is written in a way that nobody writes.
    Backwards,
    Rotated,
}

impl Class {
    /// Whether this is a class of words in their ordinary spelling.
    pub(super) const fn is_word(self) -> bool {
        !matches!(self, Self::None | Self::Backwards | Self::Rotated)
    }
}

/// Classes that say most: their words are recognised with a letter too few, doubled or swapped, with digits for
/// letters, backwards and in ROT13.
pub(super) const STRONG: &[Class] = &[
    Class::Override,
    Class::Instruction,
    Class::Previous,
    Class::Secret,
    Class::System,
    Class::Model,
    Class::Send,
    Class::Tell,
    Class::Limits,
];

/// The words of each class.
pub(super) const WORDS: &[(Class, &str)] = &[
    // Not what they look like.
    (
        Class::None,
        "ignorance ignorant* ignoriert overridden overrides overrideable forgetful userland usern* modell* \
         modele* modelo* systematic* newton* newer newest news newspaper* allow* alloc* allerg* sender sendmail \
         commander* ordering ordered orderly ruler* tokeniz* keyboard* keyword* keynote* toolbar* toolkit* \
         rollen* showcas* showed printer* runtime* payload* paypal emailed \
         deletion* promptly prompted contextual* assistants' secretary secretar* firstly allez \
         systemd systemctl systems agentur* agency agencies modes modest* modern* modem* moder* messag* \
         linked linker linking linkage testament* testif* testimon* documentar* tasked endpoint* enden* ending* \
         endless* endors* endur*",
    ),
    (
        Class::Override,
        "ignore ignores ignoring ignored disregard* forget forgetting override overriding overrule* bypass* neglect* discard* \
         abandon abandoning circumvent* supersede* supersedes superseding supersede nullify void skip \
         ignora ignoren ignoras ignoramos ignorar ignorad olvida olvide olviden olvidar olvides omite omita descarta descarte desestim* anula anular \
         ignorez ignorons ignorer oublie oubliez oublier negligez outrepass* contourne* annulez \
         ignoriere ignorieren ignorierst ignorier vergiss vergessen vergesst vergesse missachte* uberschreibe* umgehe* verwerfe* verwirf \
         ignorem esqueca esquecam esquecer esquece desconsider* descarte ignorando \
         ignorare ignorate ignori dimentica dimenticate dimenticare tralascia trascura scorda scavalca \
         negeer negeren vergeet vergeten \
         игнорир* проигнорир* забудь* забыть забуд* отмени отмените пренебре* обойди обойти \
         zignoruj* ignoruj* zapomnij* pomin pomiń* pomijaj* lekcewaz* \
         yoksay yoksayin görmezden unut unutun gormezden gözardı gozardi \
         abaikan lupakan hiraukan \
         تجاهل تجاهلوا تجاهلي انس انسى أهمل تخطى \
         अनदेखा नजरअंदाज भूल भूलें उपेक्षा \
         무시* 잊어* 잊고 잊으* \
         忽略 无视 無視 忘记 忘記 忘れ 忽视 忽視 不理 抛弃 跳过 跳過 作废",
    ),
    (
        Class::Instruction,
        "instruction instructions prompt prompts directive directives command commands order orders rule rules guideline guidelines \
         guidance directions programming training constraints context \
         instruccion* indicacion* indicaciones orden ordenes reglas directriz directrices consignas comando comandos mandato* \
         instruction consigne consignes ordre ordres regle regles directives invite consignes \
         anweisung* anleitung* befehl* vorgabe* regel* instruktion* aufforderung* weisung* \
         instrucao instrucoes ordem ordens regras diretriz diretrizes orientacao orientacoes \
         istruzion* ordine ordini regola regole direttiva direttive indicazion* consegna consegne \
         instructie instructies opdracht opdrachten bevel bevelen regels richtlijn* aanwijzing* \
         инструкц* указани* команд* приказ* правил* распоряжени* директив* \
         instrukcj* polecen* polecenie rozkaz* zasad* wytyczn* \
         talimat* komut* kural* yonerge* yönerge* emir emirler* \
         instruksi perintah aturan petunjuk chi_dan huong_dan lenh \
         التعليمات تعليمات الأوامر أوامر القواعد الإرشادات توجيهات \
         निर्देश निर्देशों आदेश नियम नियमों \
         지시* 명령* 지침* 규칙* 프롬프트* \
         指令 指示 命令 规则 規則 提示 プロンプト 说明 說明 指引 ルール",
    ),
    (
        Class::Previous,
        "previous previously prior earlier preceding above foregoing original initial existing past former before \
         anterior anteriores anteriormente previas previos previo arriba iniciales originales dadas recibidas \
         precedente* precedent* anterieur* ci-dessus dessus initiales recues \
         vorherig* bisherig* vorig* obig* oben fruher* ursprunglich* vorangegangen* zuvor vorhergehend* bestehend* \
         acima previas iniciais anteriores recebidas \
         precedenti sopra iniziali originali ricevute \
         vorige eerdere bovenstaande voorgaande oorspronkelijke hierboven \
         предыдущ* прежн* ранее выше прошл* исходн* первоначальн* изначальн* \
         poprzedni* wczesniej* powyzsz* dotychczas* \
         onceki* önceki* yukaridaki* yukarıdaki* \
         sebelumnya terdahulu truoc \
         السابقة سابقة أعلاه السابق \
         पिछले पिछली पूर्व ऊपर पहले \
         이전* 앞의 앞서 위의 기존* \
         以上 之前 以前 上述 前面 先前 此前 上面 前述 前の 上の これまで 今まで",
    ),
    (
        Class::All,
        "all any every everything anything whatever entire todas todos toda todo cualquier tout toutes tous toute alle alles allen aller \
         samtliche* jegliche* tutte tutti tutto tudo qualquer все всё всю любые wszystk* tum tüm butun bütün semua seluruh \
         جميع كل كافة सभी सारे 모든 모두 전부 所有 全部 一切 任何 すべて 全て",
    ),
    (
        Class::You,
        "you your yours yourself you're you'll you've usted ustedes tu tus su vous votre vos ton ta tes toi du dein deine deinen deiner deinem ihr ihre ihnen sie \
         voce voces seu sua teu tua te tuo tuoi tue vostro jij je jouw uw u ты вы твой твои твоя твоего ваш ваши ваша вам тебе тебя \
         ty twoj* wasz* sen senin siz sizin kamu anda ban أنت لك عليك आप आपको आपका तुम 너는 당신* 너의 你 您 你的 您的 あなた 君は",
    ),
    (
        Class::User,
        "user users human humans operator customer reader usuario usuarios usuaria utilisateur utilisateurs utilisatrice benutzer nutzer anwender \
         benutzers nutzers kunde kunden utente utenti gebruiker gebruikers пользовател* клиент* uzytkownik* użytkownik* kullanici* kullanıcı* pengguna \
         المستخدم उपयोगकर्ता 사용자* 用户 用戶 使用者 ユーザー ユーザ 客户",
    ),
    (
        Class::Model,
        "assistant assistants ai llm llms chatbot chatbots chatgpt gpt claude gemini copilot agent agents bot bots model models ki ia \
         a.i asistente modelo modele assistente modello assistent ассистент* модел* нейросет* бот asystent* asisten asistan yapay \
         المساعد नमूना सहायक 어시스턴트* 모델* 助手 模型 机器人 智能 アシスタント モデル gpt-* openai anthropic deepmind llama mistral grok deepseek qwen",
    ),
    (
        Class::Not,
        "not never no don't dont won't cannot can't without nor neither avoid refrain nunca jamas sin ne pas jamais sans nicht nie niemals kein keine keinen ohne nao nunca sem non mai senza \
         niet nooit geen zonder не никогда без nie nigdy bez degil değil asla jangan tidak لا بدون मत नहीं 不要 不得 不可 别 請勿 请勿 しない せず ない 하지 마세요 말고",
    ),
    (
        Class::Tell,
        "tell telling mention mentioning reveal revealing notify notifying inform informing alert alerting disclose disclosing warn warning acknowledge discuss \
         diga digas dile decir digan informes informe informar menciones mencione mencionar reveles revele revelar notifique notifiques avises \
         dis dites dire informe informez mentionne* revele* notifie* divulgue* sag sage sagen sagst erwahn* informier* verrate* teile mitteilen offenbar* \
         diga conte contar informe mencione revele avise dire dica menzion* informa rivela* avvisa* vertel* vermeld* onthul* \
         сообщ* говори* скажи* упомина* раскр* уведом* расскаж* mow powiedz* wspomin* ujawni* informuj* soyle* söyle* bahset* bildir* beritahu* katakan sebutkan \
         أخبر تخبر اذكر اكشف बताएं बताओ बताना 말하* 알리* 언급* 공개* 告诉 告訴 告知 透露 提及 泄露 教え 伝え 言及",
    ),
    (
        Class::Send,
        "send sends sending forward forwarding upload uploading transmit* bcc exfiltrat* leak leaking share sharing post posting submit deliver \
         envia envie envien enviar enviale manda mande mandar reenvia* reenvie sube suba comparte comparta \
         envoie envoyez envoyer transfere* transferez partage* transmett* sende senden schicke schicken leite weiterleiten ubermittle* versende* \
         envie mande encaminh* compartilh* invia inviare inviate manda inoltra* condivid* stuur sturen verzend* doorsturen \
         отправ* пошли* перешли* передай* передать wyslij* wyślij* przeslij* prześlij* przekaz* gonder* gönder* ilet* kirim* teruskan gui \
         أرسل ارسل إرسال भेजें भेजो भेजना 보내* 전송* 전달* 发送 發送 发给 寄给 转发 上传 送信 送って 転送",
    ),
    (
        Class::Pay,
        "transfer transferring pay paying wire buy purchase deposit refund refunding withdraw donate transfiere transfiera paga pague virement payez paie uberweise* bezahle* kaufe \
         transfira bonifico trasferisci betaal перевед* оплат* заплат* przelej zaplac aktar ode 송금* 이체* 지불* 转账 轉帳 支付 付款 汇款 送金 支払",
    ),
    (
        Class::Run,
        "run runs running execute executes executing exec call calling invoke invoking trigger open click visit fetch download install navigate browse curl wget bash \
         launch eval perform use using ejecuta* ejecute* abre visita llama descarga instala execute* executez ouvre* ouvrez clique* telecharge* appelle* lance* \
         fuhre ausfuhren offne klicke besuche lade installiere rufe starte execut* abra clique baixe chame esegui* apri clicca scarica visita chiama voer uitvoeren klik open \
         выполн* запусти* открой* нажми* скачай* вызови* wykonaj* uruchom* otworz* kliknij* calistir* çalıştır* tikla* tıkla* jalankan klik buka \
         نفذ افتح انقر شغل चलाएं खोलें क्लिक 실행* 클릭* 호출* 열어* 执行 執行 运行 运行 打开 点击 點擊 调用 下载 访问 実行 クリック 開いて",
    ),
    (
        Class::Delete,
        "delete deleting remove removing drop erase erasing wipe cancel revoke disable uninstall destroy rm elimina* elimine borra borre supprime* effac* losche* entferne* \
         apague apagar exclua cancella* rimuov* verwijder* удали* сотри* usun* usuń* skasuj* sil silin hapus احذف हटाएं 삭제* 제거* 删除 刪除 移除 清除 削除",
    ),
    (
        Class::Make,
        "create creating add adding write writing insert append include update change changing set modify book reserve schedule invite attach register subscribe \
         crea cree anade añade escribe incluya incluye agrega cambia cree* ajout* ecri* inclu* modifie* changez erstelle* fuge schreibe andere buche \
         crie adicione escreva inclua altere crea aggiungi scrivi includi modifica maak voeg schrijf wijzig созда* добав* напиши* измени* utworz* dodaj* napisz* zmien* \
         olustur* ekle* yaz yazin değiştir* buat tambahkan tulis 추가* 작성* 변경* 添加 创建 創建 写入 修改 更改 插入 預訂 预订 追加 作成 変更",
    ),
    (
        Class::Show,
        "print prints printing output outputs repeat show showing display respond reply answer say recite translate return generate produce dump list \
         imprime* muestra* repite* responde* contesta imprime* affiche* montre* repete* reponds repondez antworte* gib zeige* wiederhole* drucke* \
         imprima mostre repita responda mostra* ripeti* rispondi* stampa* toon herhaal antwoord druk выведи* покажи* повтори* ответ* напечата* \
         wyswietl* pokaz* powtorz* odpowied* wypisz* goster* göster* tekrarla* yanitla* yazdir* tampilkan ulangi jawab اعرض اطبع كرر أجب दिखाएं दोहराएं \
         출력* 보여* 반복* 대답* 답변* 输出 輸出 显示 重复 回答 打印 回复 出力 表示 繰り返 答え",
    ),
    (
        Class::Secret,
        "password passwords passphrase credential credentials secret secrets token tokens apikey ssh .env private passcode otp 2fa seed cookie cookies keys key \
         confidential sensitive contrasena* contraseña* clave claves secreto secretos credencial* motdepasse passe secrets identifiants passwort* kennwort* geheim* zugangsdaten schlussel* \
         senha senhas segredo* chave chaves segreto segreti chiave chiavi wachtwoord* geheim* парол* секрет* ключ* учетн* haslo* hasła haseł sekret* klucz* sifre* şifre* parola gizli \
         sandi rahasia كلمة السر كلمات المرور गुप्त पासवर्ड 비밀번호* 비밀* 암호* 키를 密码 密碼 密钥 密鑰 口令 机密 凭证 秘密 パスワード 認証 鍵を",
    ),
    (
        Class::System,
        "system systems developer developers admin administrator administrators root sysadmin sudo owner creator sistema desarrollador* administrador* systeme developpeur* administrateur* \
         entwickler* administrator* systemmeldung desenvolvedor* sviluppatore amministratore systeem ontwikkelaar систем* разработчик* администратор* systemow* programist* sistem gelistirici* yonetici* \
         النظام المطور मालिक सिस्टम 시스템* 관리자* 개발자* 系统 系統 管理员 管理員 开发者 開發者 システム 開発者 管理者",
    ),
    (
        Class::New,
        "new updated real actual true following next revised latest nueva nuevas nuevo nuevos siguiente siguientes nouvelle nouvelles nouveau suivante suivantes suivant neue neuen neues neuer folgende folgenden folgendes \
         nova novas novo novos seguinte seguintes nuova nuove nuovo seguente seguenti nieuwe volgende нов* следующ* now* nastepuj* yeni asagidaki aşağıdaki baru berikut الجديدة التالية नए नया निम्न \
         새로운 새로* 다음* 新的 新任 以下 如下 下面 下列 次の 新しい",
    ),
    (
        Class::First,
        "first now then immediately afterwards subsequently next primero ahora luego entonces antes d'abord maintenant ensuite puis avant zuerst jetzt dann sofort zunachst bevor primeiro agora depois prima adesso ora poi eerst nu daarna voordat \
         сначала теперь затем сперва сейчас прежде najpierw teraz potem once şimdi simdi sonra pertama sekarang kemudian أولا الآن ثم पहले अब फिर 먼저 이제 지금 首先 现在 現在 然后 然後 接着 立即 まず 今すぐ その後",
    ),
    (
        Class::Must,
        "must should need needs shall required require mandatory have necessary obligated ought supposed debe debes deben deberas tienes necesitas doit dois devez faut musst muss mussen soll sollst sollen deve devem devi precisa bisogna moet moeten \
         долж* нужно необходимо обязан* обязательно musisz nalezy trzeba gerek zorunda malisin harus wajib يجب عليك चाहिए 해야* 반드시 必须 必須 务必 需要 应该 しなければ べき ください",
    ),
    (
        Class::Urgent,
        "urgent urgently important attention critical emergency asap immediate vital crucial essential priority importante atencion urgente urgence attention wichtig achtung dringend importante atencao urgente attenzione belangrijk \
         важно внимание срочно wazne uwaga pilne onemli önemli dikkat acil penting perhatian مهم تنبيه عاجل महत्वपूर्ण ध्यान 중요* 긴급* 주의 重要 注意 紧急 緊急",
    ),
    (
        Class::Role,
        "act acting pretend pretending roleplay role persona character simulate simulating imagine impersonate behave become actua finge rol personaje agis joue personnage handle verhalte rolle spiele aja finja papel agisci fingi ruolo gedraag rol \
         притвор* представь* роль действуй* udawaj* rola davran rol berperan تصرف تظاهر भूमिका 역할* 행동* 扮演 假装 假裝 角色 演じ 振る舞",
    ),
    (
        Class::Limits,
        "restriction restrictions limit limits limitation limitations filter filters policy policies ethical ethics safety safeguards unrestricted uncensored unfiltered guardrails censorship moderation morality boundaries \
         restriccion* limites filtros restrictions filtres einschrankung* beschrankung* filter restricoes limitacoes restrizioni limiti beperking* ограничен* фильтр* цензур* ogranicz* kisitlama* sinir* batasan 제한* 限制 约束 过滤 制限 制約",
    ),
    (
        Class::Hide,
        "hide hidden secretly silently quietly covertly discreetly stealthily invisible unnoticed oculta ocultar secretamente silencio cache cachez discretement heimlich verstecke* stillschweigend esconda oculte secretamente nascondi segretamente verberg stiekem \
         скрыт* тайно незаметно скрой* ukryj* potajemnie gizlice gizle sembunyikan diam-diam سرا أخف छिपाएं 숨기* 몰래 조용히 隐藏 隱藏 秘密 偷偷 悄悄 こっそり 隠し 黙って",
    ),
    (
        Class::Tool,
        "tool tools function functions api plugin plugins endpoint mcp skill herramienta outil werkzeug ferramenta strumento hulpmiddel инструмент* narzedzi* arac أداة 도구* 工具 函数 ツール 関数",
    ),
    (
        Class::When,
        "if when whenever once while unless si cuando quand lorsque wenn falls sobald se quando als wanneer если когда jesli gdy eger jika ketika إذا عندما अगर जब 如果 当你 若是 もし 만약",
    ),
    (
        Class::Ask,
        "ask asks asked asking request requests requested query queries question questions pide pregunta solicita demande* fragt frage fragen anfrage pede pergunta chiede domanda vraagt спрос* запрос* pyta zapyta* sorar istek meminta bertanya سأل طلب पूछे 질문* 요청* 询问 請求 请求 问题 質問 要求",
    ),
    (
        Class::Please,
        "please kindly favor porfavor bitte plait stp svp cortesia alstublieft graag пожалуйста prosze lutfen lütfen tolong कृपया 제발 부디 请 請 请你 どうか",
    ),
    (
        Class::This,
        "this these that those esto esta estas este cette ces ceci cela diese dieses diesen dieser isto este esta questo questa queste dit deze это эти этот to te bu bunlar ini هذا هذه यह ये 이것 这个 这些 此 これ この",
    ),
    (
        Class::Memory,
        "remember memory memorize memorise memories persist preference preferences always future henceforth forever permanently recuerda memoria siempre futuro souviens memoire toujours merke gedachtnis immer zukunft kunftig lembre memoria sempre ricorda onthoud altijd запомни* память всегда впредь zapamietaj* zawsze hatirla ingat selalu تذكر دائما याद हमेशा 기억* 항상 记住 記住 永远 总是 今后 覚え 常に 今後",
    ),
    (
        Class::Task,
        "task tasks job goal goals objective objectives mission assignment duty tarea tareas mision objetivo tache taches objectif aufgabe aufgaben ziel tarefa tarefas compito compiti taak taken задач* задани* цель zadani* gorev* görev* tugas المهمة مهمة कार्य काम 작업* 임무* 과제* 任务 任務 目标 タスク 仕事",
    ),
    (
        Class::Summary,
        "summary summaries summarize summarise summarizing summarising summarization summarizer answering response responses resumen resume respuesta resumir resumez reponse zusammenfassung antwort zusammenfassen resumo resposta riassunto risposta samenvatting antwoord резюме ответ* streszczen* odpowiedz ozet yanit ringkasan jawaban ملخص إجابة सारांश उत्तर 요약* 응답* 总结 總結 摘要 要約 回答",
    ),
    (
        Class::Message,
        "message messages note notes notice reminder announcement mensaje nota aviso remarque avis hinweis nachricht mitteilung mensagem recado messaggio avviso bericht сообщени* примечани* заметк* wiadomosc* uwaga mesaj pesan catatan رسالة ملاحظة संदेश नोट 메시지* 消息 訊息 备注 通知 メッセージ お知らせ",
    ),
    (
        Class::Document,
        "document documents page webpage email emails mail text content contents data file files attachment article comment documento pagina correo texto archivo courriel texte fichier dokument seite datei nachrichtentext arquivo testo pagina bestand документ* страниц* письмо файл* текст* plik* strona tekst belge dosya metin dokumen halaman berkas المستند الصفحة الملف दस्तावेज़ फ़ाइल पृष्ठ 문서* 파일* 페이지* 이메일* 文档 文件 页面 邮件 網頁 文本 内容 ファイル 文書 ページ メール",
    ),
    (
        Class::End,
        "end begin beginning start stop finish finished ended concluded over fin comienzo inicio debut ende anfang beginn fim inizio fine einde begin конец начало koniec poczatek son baslangic akhir awal نهاية بداية अंत 끝 시작* 结束 結束 开始 終了 開始",
    ),
    (
        Class::Money,
        "bitcoin btc eth iban payment invoice account bank dollar dollars usd eur euro euros money funds wallet crypto paypal amount card cuenta pago banco compte banque konto zahlung rechnung conta pagamento conto rekening счет оплата деньги konto przelew hesap para rekening pembayaran حساب دفع खाता भुगतान 계좌* 결제* 账户 帳戶 银行 钱包 比特币 口座 支払い",
    ),
    (
        Class::Reported,
        "attacker attackers attack attacks injection injections jailbreak jailbreaks jailbreaking adversarial malicious vulnerability vulnerabilities exploit exploits exploitation mitigation mitigations e.g example examples such technique techniques payloads detect detects detection detector research researchers paper victim atacante ataque ataques ejemplo attaquant attaque exemple angreifer angriff angriffe beispiel atacante exemplo attaccante attacco esempio aanvaller атак* злоумышленник* пример* atakujac* przyklad* saldırgan saldiri ornek penyerang serangan contoh مهاجم هجوم مثال हमला उदाहरण 공격* 예시* 攻击 攻撃 示例 例如",
    ),
    (
        Class::Approved,
        "authorized authorised authorization approved approval permission permissions granted confirmed confirmation consent verified trusted legitimate allowed permitted autorizado aprobado autorise approuve genehmigt autorisiert bestatigung erlaubt aprovado autorizzato goedgekeurd разреш* подтвержд* zatwierdz* onayli disetujui مصرح अनुमति 승인* 허가* 授权 批准 确认 承認 許可",
    ),
    (
        Class::Trial,
        "test testing tests debug debugging evaluation exercise demo simulation diagnostic diagnostics maintenance audit verify verification validate validation error errors sorry prueba depuracion essai ubung wartung teste manutencao prova controle тест* отладк* проверк* proba denetim uji اختبار परीक्षण 테스트* 디버그* 测试 調試 调试 テスト デバッグ",
    ),
    (
        Class::Mode,
        "mode dan stan jailbroken enabled activated activate enable modo modus режим* tryb mod وضع मोड 모드* 模式 モード",
    ),
    (
        Class::Link,
        "link links url urls website site webhook server address image img href enlace lien lenke verknupfung adresse servidor serveur collegamento ссылк* сайт* адрес* adres baglanti tautan situs رابط लिंक 링크* 링크를 链接 網址 网址 地址 图片 リンク",
    ),
    (
        Class::Me,
        "i me my mine myself i'm we us our yo mi me moi mon ma mes je ich mich mir mein meine eu meu minha io mio mia ik mijn я мне мой моя мои ja moj mnie ben benim saya أنا मैं मुझे 나는 나의 저는 我 我的 我们 私は 僕は",
    ),
    (
        Class::They,
        "he she they it his her their them him its el ella ellos il elle ils er ele eles lui lei hij zij он она они ona oni mereka هو هي वह 그는 他 她 他们 彼は",
    ),
    (
        Class::Instead,
        "instead rather otherwise replace replaces replaced lugar stattdessen anstatt plutot lieu vez invece plaats вместо zamiast yerine بدلا बजाय 대신 而是 代替 改为 代わり",
    ),
    (
        Class::Only,
        "only just simply solely exclusively verbatim exactly solo solamente unicamente seulement uniquement nur ausschliesslich genau apenas somente soltanto esattamente alleen только лишь tylko sadece hanya فقط केवल 오직 만을 只 仅 只需 だけ のみ",
    ),
    (
        Class::Complete,
        "complete completed completing follow following follows obey obeying comply adhere proceed continue carry solve fulfil fulfill sigue siga cumple obedece suis suivez obeis befolge* folge gehorche siga cumpra obedeca segui obbedisci volg gehoorzaam следуй* выполняй* подчин* wykonuj* przestrzegaj* uy takip ikuti patuhi اتبع نفذ पालन 따르* 따라* 준수* 遵循 遵守 服从 完成 従って 従い",
    ),
    (
        Class::Contact,
        "alice bob phone address calendar appointment meeting contact contacts inbox recipient recipients channel slack whatsapp telegram conversation history chat",
    ),
    (
        Class::Security,
        "security compliance team support helpdesk legal gdpr regulation soc seguridad securite sicherheit seguranca sicurezza beveiliging безопасност* bezpieczenstw* guvenlik keamanan",
    ),
    (
        Class::Recommend,
        "recommend recommends recommending praise promote favor favour best positive rate rated hire candidate recomienda recommande empfehle empfehlen recomende raccomanda aanbevelen рекоменд* polecaj oner rekomendasikan 推荐 推薦 おすすめ",
    ),
];
