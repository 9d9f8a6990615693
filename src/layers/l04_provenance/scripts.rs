//! What a message asks for in scripts other than Latin: by words that stand in it, in whatever form.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// English words for a deed, each with the beginnings of words, or the signs, by which other scripts ask for it.
const DEEDS: &[(&str, &str)] = &[
    (
        "send",
        "отправ пошли послать напиш ответь передай сообщи 发送 发给 寄 發送 發給 傳送 回复 回覆 告知 通知 送信 送って 送る 返信 \
        伝えて 보내 전송 발송 답장 알려주",
    ),
    ("forward", "перешл 转发 轉發 転送"),
    ("publish", "опубликуй опубликовать 发布 發布 公開して 投稿 게시"),
    ("share", "поделись поделиться 分享 共享 共有 공유"),
    ("invite", "пригласи 邀请 邀請 招待 초대"),
    (
        "create",
        "создай создать добавь добавить запиши сохрани запланируй 创建 新建 建立 添加 新增 写 安排 作成 追加 書いて 保存 만들 \
        추가 저장 작성",
    ),
    (
        "update",
        "обнови измени перенеси передвинь исправь 更新 修改 更改 移动 移動 改成 変更 直して 수정 변경 옮겨 업데이트",
    ),
    ("delete", "удали сотри убери очисти 删除 刪除 移除 清空 删掉 削除 消して 삭제 지워"),
    ("cancel", "отмени отменить 取消 キャンセル 취소"),
    (
        "pay",
        "оплати заплати переведи купи закажи 支付 付款 转账 轉帳 汇款 匯款 购买 購買 买 払 送金 振込 振り込 購入 買って 注文 결제 \
        지불 송금 이체 구매 주문",
    ),
    ("book", "заброниру 预订 预定 預訂 予約 예약"),
    ("run", "запусти выполни собери протестируй 运行 执行 執行 測試 测试 実行 실행 테스트"),
    (
        "all",
        "все всех всё каждо последн 所有 全部 每 最新 最后 最大 すべて 全て 全部の 最新の 모든 전부 최신 마지막",
    ),
];

/// Words that ask for something to be read or told, and for nothing to be done.
const READS: &str = "прочит покаж найди найти посмотр резюмир суммир обобщ переска расскаж проверь скажи объясни что кто когда где \
    сколько какой какая какие 总结 總結 概括 摘要 查看 看看 阅读 閱讀 搜索 查找 告诉我 告訴我 什么 什麼 多少 翻译 翻譯 解释 解釋 \
    显示 哪 谁 検索 要約 教えて 読んで 見せて 調べて 何 翻訳 説明 いつ 誰 요약 읽어 보여 찾아 번역 무엇 뭐 언제 누가 설명";

/// Each pattern's English word; what only reads has none that asks for anything.
static PATTERNS: LazyLock<(Option<AhoCorasick>, Vec<&'static str>)> = LazyLock::new(|| {
    let deeds =
        DEEDS.iter().flat_map(|(english, words)| words.split_whitespace().map(|word| (word, *english)));
    let all = deeds.chain(READS.split_whitespace().map(|word| (word, "read")));
    let (words, english): (Vec<&str>, Vec<&str>) = all.unzip();
    let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok();
    (automaton, english)
});

/// The English words for what a message says; nothing where none of its words is known.
pub(super) fn asked(message: &str) -> Vec<&'static str> {
    let (automaton, english) = &*PATTERNS;
    let lower = message.to_lowercase();
    let Some(automaton) = automaton else { return Vec::new() };
    let mut known: Vec<&str> = automaton
        .find_iter(&lower)
        .filter(|found| {
            // Words with blanks between them are known by how they begin.
            let before = lower.get(..found.start()).and_then(|before| before.chars().next_back());
            let cyrillic = |c: char| ('\u{400}'..='\u{52f}').contains(&c);
            !before.is_some_and(cyrillic)
        })
        .filter_map(|found| english.get(found.pattern().as_usize()).copied())
        .collect();
    known.sort_unstable();
    known.dedup();
    known
}
